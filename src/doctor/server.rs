//! Checks of a database on a PostgreSQL server.

use super::{Check, Findings};
use crate::store::{ServerAddress, ServerState};

/// Adds findings about the server and the connection to it.
pub(super) fn examine(findings: &mut Findings, address: &ServerAddress, state: &ServerState) {
    connection(findings, address, state);
    durability(findings, state);
}

fn connection(findings: &mut Findings, address: &ServerAddress, state: &ServerState) {
    let unencrypted = address.unencrypted_hosts();
    if unencrypted.is_empty() {
        let sentence = if state.is_encrypted {
            "The connection to the database is encrypted."
        } else {
            "The connection to the database stays on this machine."
        };
        findings.ok(Check::DatabaseConnection, sentence)
    } else {
        findings.fail(
            Check::DatabaseConnection,
            "The connection to the database is not encrypted: anyone on its way can read the private \
             keys.",
            "remove `sslmode=disable` from the database's URL, and give the server a certificate",
        )
    }
    .seen(format!("{address}, PostgreSQL {}", state.version));
}

fn durability(findings: &mut Findings, state: &ServerState) {
    if state.unsafe_settings.is_empty() {
        findings.ok(Check::DatabaseDurability, "What the server confirms is on its disk.").seen(
            if state.has_checksums { "with checksums of pages" } else { "no checksums of pages" },
        );
    } else {
        findings
            .fail(
                Check::DatabaseDurability,
                "After a crash, the server may have lost launches and grades that it confirmed.",
                "switch these settings on in postgresql.conf, then: SELECT pg_reload_conf()",
            )
            .seen(state.unsafe_settings.join(", "));
    }
}

/// Adds whether the database's indexes and constraints are valid.
pub(super) fn integrity(findings: &mut Findings, check: Check, state: &ServerState) {
    if state.invalid.is_empty() {
        findings
            .ok(check, "All indexes and constraints are valid; pg_amcheck also reads every page.")
    } else {
        findings
            .fail(
                check,
                "Indexes or constraints of the database are not valid.",
                "rebuild the indexes with reindexdb; if that fails, restore a backup",
            )
            .seen(state.invalid.join(", "))
    };
}

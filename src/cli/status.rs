//! `ltictl status`: shows the tool's database and the servers that use it.

use clap::Args;

use super::context::Context;
use super::examples::Examples;
use crate::failure::Failure;
use crate::report::view::StatusView;
use crate::store::SCHEMA_VERSION;

/// What to type: below the help of the command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[(
    "",
    &[
        ("ltictl status", "Show where the database is, and which servers use it"),
        ("ltictl status -q", "Print the names of the servers that run"),
    ],
)];

/// Show the database and the servers that use it
///
/// Each server reports itself once a minute; one that has not reported for three minutes is gone: it
/// ended without saying so, or it cannot reach the database.
#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run(context: &Context) -> Result<(), Failure> {
    let (store, settings) = context.store_and_settings()?;
    let read = store.read();
    let status = StatusView::new(
        context.database()?.to_string(),
        read.server_state()?.map(|state| state.version).as_deref(),
        SCHEMA_VERSION,
        &settings,
        &read.running_servers()?,
        context.now(),
    );
    let has_servers = !status.servers.is_empty();
    context.print(&status)?;
    if !has_servers {
        context.note("\nNext: ltictl serve");
    }
    Ok(())
}

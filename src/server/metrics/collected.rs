//! What is put together when somebody asks for it.

use std::collections::BTreeMap;
use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use crate::domain::Counted;
use crate::launch::tallies::{LaunchTotal, Total};
use crate::server::app::App;
use crate::store::file;
use crate::sync::runs::WorkFigures;

/// The most registrations that have labels of their own: each makes series that a monitoring system
/// keeps for as long as it keeps anything.
const MOST_REGISTRATIONS: usize = 1_000;

/// The label of all further ones together; no slug begins so.
const OTHERS: &str = "_others";

/// No labels.
const NONE: [(&str, &str); 0] = [];

/// Everything that the server counts anyway.
pub(super) struct Collected(pub(super) App);

impl fmt::Debug for Collected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Collected")
    }
}

impl Collector for Collected {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.launches(&mut encoder)?;
        self.load(&mut encoder)?;
        self.logins(&mut encoder)?;
        self.platforms(&mut encoder)?;
        self.synchronizations(&mut encoder)?;
        self.database(&mut encoder)
    }
}

impl Collected {
    fn launches(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut sums: BTreeMap<(String, String), u64> = BTreeMap::new();
        for LaunchTotal { registration, place, reason, count } in self.0.service.tallies.launches()
        {
            *sums.entry((label(registration, place), reason)).or_default() += count;
        }
        let launches = sums.iter().map(|((registration, reason), count)| {
            let outcome = if reason.is_empty() { "accepted" } else { "refused" };
            (
                [("registration", registration.as_str()), ("outcome", outcome), ("reason", reason)],
                *count,
            )
        });
        counters(
            encoder,
            "launches",
            "Launches, let in or refused and why, and refused logins",
            launches,
        )
    }

    fn load(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let figures = self.0.service.fairness.figures();
        let inside = [("working", figures.inside - figures.waiting), ("waiting", figures.waiting)];
        let inside = inside
            .map(|(state, count)| ([("state", state)], i64::try_from(count).unwrap_or(i64::MAX)));
        gauges(
            encoder,
            "launches_in_progress",
            "Launches that are being worked on or wait for their turn to be stored",
            None,
            inside,
        )?;
        counters(
            encoder,
            "launches_turned_away",
            "Logins and launches that got 429 because their registration had its share",
            [(NONE, figures.turned_away)],
        )
    }

    fn logins(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let totals = self.0.service.tallies.totals();
        let by = |what: Counted, by_registration: bool| {
            let mut sums: BTreeMap<String, u64> = BTreeMap::new();
            for Total { registration, place, detail, count, .. } in
                totals.iter().filter(|total| total.what == what)
            {
                let name = if by_registration {
                    label(registration.clone(), *place)
                } else {
                    (*detail).to_owned()
                };
                *sums.entry(name).or_default() += count;
            }
            sums
        };
        for (name, help, what) in [
            ("logins_started", "Logins that were answered", Counted::LoginStarted),
            (
                "logins_returned",
                "Logins whose answer arrived here for the first time",
                Counted::LoginReturned,
            ),
        ] {
            counters(
                encoder,
                name,
                help,
                by(what, true).iter().map(|(registration, count)| {
                    ([("registration", registration.as_str())], *count)
                }),
            )?;
        }
        let missing = by(Counted::CookieMissing, false);
        counters(
            encoder,
            "launches_without_cookie",
            "Launches whose browser sent no cookie of its login",
            missing.iter().map(|(browser, count)| ([("browser", browser.as_str())], *count)),
        )?;
        let fetched = by(Counted::KeysetFetched, false);
        counters(
            encoder,
            "own_keyset_fetches",
            "Requests for this tool's keyset",
            fetched.iter().map(|(client, count)| ([("client", client.as_str())], *count)),
        )
    }

    fn platforms(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let keysets = self.0.service.keysets.figures();
        let results = [("ok", keysets.fetched), ("failed", keysets.failed)];
        counters(
            encoder,
            "platform_keyset_fetches",
            "Requests for platforms' keysets",
            results.map(|(result, count)| ([("result", result)], count)),
        )?;
        counters(
            encoder,
            "platform_keyset_hits",
            "Questions for platforms' keys that were answered from memory",
            [(NONE, keysets.answered_from_memory)],
        )?;
        let tokens = self.0.synchronizer.tokens.figures();
        let results = [("ok", tokens.obtained), ("failed", tokens.failed)];
        counters(
            encoder,
            "token_requests",
            "Requests for access tokens of platforms",
            results.map(|(result, count)| ([("result", result)], count)),
        )
    }

    fn synchronizations(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let figures = self.0.sync_runs.figures();
        let both = [("members", &figures.members), ("grades", &figures.grades)];
        let results = |work, figures: &WorkFigures| {
            [
                ("ok", figures.succeeded),
                ("problems", figures.had_problems),
                ("failed", figures.failed),
            ]
            .map(|(result, count)| ([("work", work), ("result", result)], count))
        };
        counters(
            encoder,
            "sync_runs",
            "Synchronizations of this process",
            both.into_iter().flat_map(|(work, figures)| results(work, figures)),
        )?;
        let succeeded = both.into_iter().filter_map(|(work, figures)| {
            Some(([("work", work)], figures.last_success_at?.as_second()))
        });
        gauges(
            encoder,
            "sync_last_success",
            "When a synchronization did all that it had to last, in seconds since 1970",
            Some(&Unit::Seconds),
            succeeded,
        )?;
        counters(
            encoder,
            "grades_sent",
            "Grades that platforms took",
            [(NONE, figures.grades_sent)],
        )?;
        let left = [("waiting", figures.grades_waiting), ("refused", figures.grades_refused)];
        gauges(
            encoder,
            "grades_pending",
            "Grades that platforms do not have after the last run",
            None,
            left.map(|(state, count)| ([("state", state)], i64::from(count))),
        )
    }

    fn database(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let now = self.0.service.clock.now();
        // Anyone who watches learns by the missing figure, and by the log, that the database does
        // not answer.
        match self.0.service.pool.read(|read| read.open_sessions(now)) {
            Ok(sessions) => gauges(
                encoder,
                "sessions",
                "Sessions that have not ended",
                None,
                [(NONE, i64::from(sessions))],
            )?,
            Err(error) => tracing::warn!(%error, "the sessions cannot be counted"),
        }
        let (database, log) = file::sizes(&self.0.database);
        let sizes = [("database", database), ("write_ahead_log", log)]
            .map(|(file, bytes)| ([("file", file)], i64::try_from(bytes).unwrap_or(i64::MAX)));
        gauges(
            encoder,
            "database_size",
            "How large the files of the database are",
            Some(&Unit::Bytes),
            sizes,
        )
    }
}

/// The label of a registration, by how many others were seen before it.
fn label(registration: String, place: usize) -> String {
    if place < MOST_REGISTRATIONS { registration } else { OTHERS.to_owned() }
}

fn counters<L: EncodeLabelSet>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (L, u64)>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, value) in values {
        ConstCounter::new(value).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

fn gauges<L: EncodeLabelSet>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    unit: Option<&Unit>,
    values: impl IntoIterator<Item = (L, i64)>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
    for (labels, value) in values {
        ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registrations_beyond_the_bound_share_a_label() {
        assert_eq!(label("a".into(), MOST_REGISTRATIONS - 1), "a");
        assert_eq!(label("a".into(), MOST_REGISTRATIONS), OTHERS);
        assert!(crate::domain::Slug::new(OTHERS).is_err());
    }
}

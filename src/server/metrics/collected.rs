//! Metrics that are collected when they are requested.

use std::collections::BTreeMap;
use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use crate::domain::Counted;
use crate::launch::tallies::{CountedFor, LaunchTotal, Total};
use crate::server::app::App;
use crate::store::{PoolFigures, file};
use crate::sync::runs::WorkFigures;

/// How many registrations have their own labels: each adds series that a monitoring system stores for
/// its whole retention.
const MAX_REGISTRATIONS: usize = 1_000;

/// The label of all others together; no slug starts with an underscore.
const OTHERS: &str = "_others";

/// No labels.
const NONE: [(&str, &str); 0] = [];

/// Everything that the server counts.
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
        let mut totals = self.0.service.tallies.launches(MAX_REGISTRATIONS);
        totals.sort();
        let launches = totals.iter().map(|LaunchTotal { counted_for, reason, count }| {
            let outcome = if reason.is_empty() { "accepted" } else { "refused" };
            let labels =
                [("registration", label(counted_for)), ("outcome", outcome), ("reason", reason)];
            (labels, *count)
        });
        counters(encoder, "launches", "Accepted and refused launches, and refused logins", launches)
    }

    fn load(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let figures = self.0.service.fairness.figures();
        let inside = [("working", figures.inside - figures.waiting), ("waiting", figures.waiting)];
        let inside = inside
            .map(|(state, count)| ([("state", state)], i64::try_from(count).unwrap_or(i64::MAX)));
        gauges(
            encoder,
            "launches_in_progress",
            "Launches that are processed or wait to be stored",
            None,
            inside,
        )?;
        counters(
            encoder,
            "launches_turned_away",
            "Logins and launches that got status 429 because of their registration's share",
            [(NONE, figures.turned_away)],
        )
    }

    fn logins(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let totals = self.0.service.tallies.totals(MAX_REGISTRATIONS);
        let by = |what: Counted, by_registration: bool| {
            let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
            for Total { counted_for, detail, count, .. } in
                totals.iter().filter(|total| total.what == what)
            {
                let name = if by_registration { label(counted_for) } else { detail };
                *sums.entry(name).or_default() += count;
            }
            sums
        };
        for (name, help, what) in [
            ("logins_started", "Logins that were sent on to the platform", Counted::LoginStarted),
            (
                "logins_returned",
                "Logins whose launch arrived for the first time",
                Counted::LoginReturned,
            ),
        ] {
            counters(
                encoder,
                name,
                help,
                by(what, true)
                    .into_iter()
                    .map(|(registration, count)| ([("registration", registration)], count)),
            )?;
        }
        let missing = by(Counted::CookieMissing, false);
        counters(
            encoder,
            "launches_without_cookie",
            "Launches whose browser sent no login cookie",
            missing.into_iter().map(|(browser, count)| ([("browser", browser)], count)),
        )?;
        let fetched = by(Counted::KeysetFetched, false);
        counters(
            encoder,
            "own_keyset_fetches",
            "Requests for this tool's keyset",
            fetched.into_iter().map(|(client, count)| ([("client", client)], count)),
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
            "Keys of platforms that were found in memory",
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
            "Grades that platforms accepted",
            [(NONE, figures.grades_sent)],
        )?;
        let left = [("waiting", figures.grades_waiting), ("refused", figures.grades_refused)];
        gauges(
            encoder,
            "grades_pending",
            "Grades that were not sent by the last run",
            None,
            left.map(|(state, count)| ([("state", state)], i64::from(count))),
        )
    }

    fn database(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let PoolFigures { waiting, commits } = self.0.service.pool.figures();
        gauges(
            encoder,
            "database_changes_waiting",
            "Changes that wait for the thread that writes",
            None,
            [(NONE, waiting)],
        )?;
        let buckets: Vec<(f64, u64)> = commits.by_bound().collect();
        encoder
            .encode_descriptor(
                "database_commit_duration",
                "How long commits took until they were on disk",
                Some(&Unit::Seconds),
                MetricType::Histogram,
            )?
            .encode_histogram::<[(&str, &str); 0]>(
                commits.seconds,
                commits.count,
                &buckets,
                None,
            )?;
        // If the database fails, the metric is missing and the log says why.
        if let Some(sessions) = self.0.open_sessions.last() {
            gauges(encoder, "sessions", "Open sessions", None, [(NONE, i64::from(sessions))])?;
        }
        // The size of a database on a server is a metric of the server.
        let Some(path) = self.0.database.file() else { return Ok(()) };
        let (database, log) = file::sizes(path);
        let sizes = [("database", database), ("write_ahead_log", log)]
            .map(|(file, bytes)| ([("file", file)], i64::try_from(bytes).unwrap_or(i64::MAX)));
        gauges(encoder, "database_size", "Size of the database's files", Some(&Unit::Bytes), sizes)
    }
}

/// The label of a registration; empty for none.
fn label(counted_for: &CountedFor) -> &str {
    match counted_for {
        CountedFor::None => "",
        CountedFor::Registration(slug) => slug.as_str(),
        CountedFor::Others => OTHERS,
    }
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
    use crate::domain::Slug;

    #[test]
    fn label_of_other_registrations_is_no_slug() {
        let slug = Slug::new("a").unwrap();
        assert_eq!(label(&CountedFor::Registration(slug)), "a");
        assert_eq!((label(&CountedFor::None), label(&CountedFor::Others)), ("", OTHERS));
        assert!(Slug::new(OTHERS).is_err());
    }
}

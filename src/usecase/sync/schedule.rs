//! The synchronisations inside `serve`: from time to time, never two servers at the same moment.

use std::sync::Arc;
use std::time::Duration;

use super::grades::{self, GradeRun};
use super::members::{self, MemberRun};
use super::{Silent, Synchroniser};

/// How often the interval is looked at, so that a change of the setting counts soon.
const LOOK: Duration = Duration::from_secs(60);

/// Synchronises every so often, as the setting says, until it is aborted.
pub async fn run(synchroniser: Synchroniser) {
    let (mut waited, mut is_first) = (Duration::ZERO, true);
    let mut chance = f64::from(synchroniser.random.bytes::<1>()[0]) / 255.0;
    loop {
        let interval = match synchroniser.pool.read(|read| read.settings()) {
            Ok(settings) => settings.sync_interval.duration(),
            Err(error) => {
                tracing::warn!(%error, "the interval of the synchronisations cannot be read");
                None
            }
        };
        // Half of it to all of it at first, then nine tenths to eleven tenths: several servers do not stay together either.
        let due = interval.map(|interval| interval.mul_f64(if is_first { 0.5 + chance / 2.0 } else { 0.9 + chance / 5.0 }));
        match due {
            Some(due) if waited >= due => {
                once(&synchroniser).await;
                (waited, is_first) = (Duration::ZERO, false);
                chance = f64::from(synchroniser.random.bytes::<1>()[0]) / 255.0;
            }
            due => {
                let step = due.map_or(LOOK, |due| LOOK.min(due.saturating_sub(waited)).max(Duration::from_millis(100)));
                tokio::time::sleep(step).await;
                waited += step;
            }
        }
    }
}

/// Both, one after the other: who is new gets the grades that wait.
pub async fn once(synchroniser: &Synchroniser) {
    match members::run(synchroniser, &MemberRun::default(), Arc::new(Silent)).await {
        Ok(summary) if summary.busy => tracing::debug!("members are being synchronised elsewhere"),
        Ok(summary) => {
            for resource in &summary.resources {
                tracing::info!(
                    resource = resource.resource,
                    listed = resource.listed,
                    enrolled = resource.enrolled,
                    unenrolled = resource.unenrolled,
                    held_back = resource.held_back,
                    problems = resource.problems.len(),
                    "members synchronised"
                );
            }
        }
        Err(failure) => tracing::error!(%failure, "members were not synchronised"),
    }
    match grades::run(synchroniser, &GradeRun::default(), Arc::new(Silent)).await {
        Ok(summary) if summary.busy => tracing::debug!("grades are being synchronised elsewhere"),
        Ok(summary) => {
            tracing::info!(sent = summary.sent, waiting = summary.waiting, refused = summary.refused, "grades synchronised");
            for problem in &summary.problems {
                tracing::warn!(registration = problem.registration, code = problem.code, problem = problem.problem, "grades are stuck");
            }
        }
        Err(failure) => tracing::error!(%failure, "grades were not synchronised"),
    }
}

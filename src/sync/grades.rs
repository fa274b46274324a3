//! Grades out: whatever has changed since a link's platform took a grade last is sent again, link
//! by link (Assignment and Grade Services 2.0).
//!
//! Platforms are served side by side (`platform`), each with a lease and a time limit of its own
//! and a bounded number of requests at a time. An attempt is on disk, with the time under which it
//! goes out, before the platform hears of it. Anyone who finds one without an end sends it again
//! under the same time: a platform that had taken it answers that it is not newer (409), and then
//! it is done (`send`).

mod line_item;
mod platform;
mod send;
mod summary;

use std::collections::HashMap;
use std::sync::Arc;

use super::side_by_side::{Job, SideBySide};
use super::{Synchronizer, host};
use crate::domain::{Registration, ServiceLink};
use crate::failure::Failure;
use crate::rules::progress::Progress;
use crate::store;

pub use self::summary::{GradeSummary, PlannedGrade, Problem};

/// What a run is to do.
#[derive(Debug, Clone, Default)]
pub struct GradeRun {
    /// Only this resource, by its slug.
    pub resource: Option<String>,
    /// Only this registration, by its slug.
    pub registration: Option<String>,
    /// Say what would be sent, and send nothing.
    pub dry_run: bool,
    /// Try again what is stuck, refused grades too.
    pub retry: bool,
}

/// Sends what is due.
///
/// # Errors
///
/// No such resource. What platforms do is in the summary.
pub async fn run(
    synchronizer: &Synchronizer,
    run: &GradeRun,
    progress: Arc<dyn Progress>,
) -> Result<GradeSummary, Failure> {
    let only = Only {
        resource_id: synchronizer.resource(run.resource.as_deref())?.map(|resource| resource.id),
        registration_id: synchronizer.registration(run.registration.as_deref())?,
    };
    if run.dry_run {
        return plan(synchronizer, only, run.retry);
    }
    let jobs = by_registration(synchronizer, only)?.into_iter().map(|(registration, links)| Job {
        host: host(&registration),
        registration,
        is_slow: false,
        work: links,
    });
    let retry = run.retry;
    let start = |registration, links| {
        let (synchronizer, progress) = (synchronizer.clone(), Arc::clone(&progress));
        async move { platform::serve(&synchronizer, &registration, links, retry, &*progress).await }
    };
    let mut platforms =
        SideBySide::new(jobs.collect(), &synchronizer.limits, Arc::clone(&progress), start);
    let (mut summary, mut failure) = (GradeSummary::default(), None);
    while let Some((_, outcome)) = platforms.next().await {
        // One registration's failure is no reason to break the others off.
        match outcome {
            Ok(served) => summary.add(served),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    (summary.waiting, summary.refused) = synchronizer
        .pool
        .read(|read| read.count_stuck_grades(only.resource_id, only.registration_id))?;
    summary.finish();
    Ok(summary)
}

/// What a run is restricted to, by keys.
#[derive(Clone, Copy)]
struct Only {
    resource_id: Option<i64>,
    registration_id: Option<i64>,
}

/// The links with grades, by registration.
fn by_registration(
    synchronizer: &Synchronizer,
    only: Only,
) -> Result<Vec<(Registration, Vec<ServiceLink>)>, store::Error> {
    synchronizer.pool.read(|read| {
        let mut links: HashMap<i64, Vec<ServiceLink>> = HashMap::new();
        for link in read
            .grade_links(only.resource_id)?
            .into_iter()
            .filter(|link| only.registration_id.is_none_or(|id| id == link.registration_id))
        {
            links.entry(link.registration_id).or_default().push(link);
        }
        let mut found = Vec::new();
        for (id, links) in links {
            found.extend(read.registration_by_id(id)?.map(|registration| (registration, links)));
        }
        Ok(found)
    })
}

/// What would be sent.
fn plan(synchronizer: &Synchronizer, only: Only, retry: bool) -> Result<GradeSummary, Failure> {
    let now = synchronizer.clock.now();
    let mut summary = GradeSummary { dry_run: true, ..GradeSummary::default() };
    for (registration, links) in by_registration(synchronizer, only)? {
        for link in links {
            let (due, resource) = synchronizer.pool.read(|read| {
                let resource = read
                    .resource_by_id(link.resource_id)?
                    .map(|resource| resource.slug.to_string())
                    .unwrap_or_default();
                Ok::<_, store::Error>((
                    read.due_grades(link.id, now, retry, None, u32::MAX)?,
                    resource,
                ))
            })?;
            summary.planned.extend(due.into_iter().map(|due| PlannedGrade {
                registration: registration.slug.to_string(),
                resource: resource.clone(),
                resource_link_id: link.resource_link_id.clone(),
                sub: due.sub,
                grade: due.grade.score.map_or_else(
                    || "cleared".to_owned(),
                    |score| format!("{score}/{}", due.grade.maximum),
                ),
            }));
        }
    }
    summary.planned.sort_by(|one, other| {
        (&one.registration, &one.resource, &one.resource_link_id, &one.sub).cmp(&(
            &other.registration,
            &other.resource,
            &other.resource_link_id,
            &other.sub,
        ))
    });
    summary.sent = summary.planned.len() as u64;
    Ok(summary)
}

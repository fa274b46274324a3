//! Sends grades to the platforms: every grade that has changed since the platform last accepted it,
//! link by link (Assignment and Grade Services 2.0; under LTI 1.1, Basic Outcomes). The database lists these grades, so a run reads
//! no others.
//!
//! Platforms are served in parallel (`platform`), each with its own lease and time limit and a
//! bounded number of concurrent requests. Each attempt is stored with its timestamp before it is
//! sent. An attempt without an outcome is sent again with the same timestamp: a platform that had
//! accepted it responds that it is not newer (409), and the attempt is done (`send`).

mod line_item;
mod platform;
mod send;
mod summary;

use std::sync::Arc;

use super::parallel::{Job, ParallelJobs};
use super::{MAX_LISTED, Synchronizer, host, host_of};
use crate::domain::{
    DueGrade, GradesWithoutColumn, Registration, RegistrationRef, ResourceRef, ServiceLink,
};
use crate::failure::Failure;
use crate::lms::{self, ScoreDelivery};
use crate::rules::progress::Progress;
use crate::store::{self, Read};

pub use self::summary::{GradeSummary, PlannedGrade, Problem};

/// Options of a run.
#[derive(Debug, Clone, Default)]
pub struct GradeRun {
    /// Only this resource, by its slug.
    pub resource: Option<ResourceRef>,
    /// Only this registration, by its slug.
    pub registration: Option<RegistrationRef>,
    /// Report what would be sent, without sending it.
    pub dry_run: bool,
    /// Retry stuck grades, including refused ones.
    pub retry: bool,
    /// Look for grades without a column, which takes as long as there are such grades.
    pub names_missing_columns: bool,
}

/// Sends the grades that are due.
///
/// # Errors
///
/// If the resource or registration does not exist. Problems of platforms are in the summary.
pub async fn run(
    synchronizer: &Synchronizer,
    run: &GradeRun,
    progress: Arc<dyn Progress>,
) -> Result<GradeSummary, Failure> {
    let only = Only {
        resource_id: synchronizer.resource(run.resource.as_ref())?.map(|resource| resource.id),
        registration_id: synchronizer.registration(run.registration.as_ref())?,
    };
    if run.dry_run {
        return plan(synchronizer, only, run.retry).await;
    }
    let jobs =
        by_registration(synchronizer, only).await?.into_iter().map(|(registration, links)| Job {
            host: match links.first().filter(|_| registration.platform.is_none()) {
                Some(link) => host_of(link.known_lineitem_url().unwrap_or_default()),
                None => host(&registration),
            },
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
        ParallelJobs::new(jobs.collect(), &synchronizer.limits, Arc::clone(&progress), start);
    let (mut summary, mut failure) = (GradeSummary::default(), None);
    while let Some((_, outcome)) = platforms.next().await {
        // A failure of one registration does not stop the others.
        match outcome {
            Ok(served) => summary.add(served),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    (summary.waiting, summary.refused) = count_stuck(synchronizer, only).await?;
    if run.names_missing_columns {
        summary.without_column = without_column(synchronizer, only).await?;
    }
    summary.finish();
    Ok(summary)
}

/// Keys that a run is restricted to.
#[derive(Clone, Copy)]
struct Only {
    resource_id: Option<i64>,
    registration_id: Option<i64>,
}

/// The links with grades that their platforms do not have, by registration.
async fn by_registration(
    synchronizer: &Synchronizer,
    only: Only,
) -> Result<Vec<(Registration, Vec<ServiceLink>)>, store::Error> {
    let found = |read: Read<'_>| {
        let mut found: Vec<(Registration, Vec<ServiceLink>)> = Vec::new();
        for link in read.links_with_unsettled_grades(only.resource_id, only.registration_id)? {
            match found.last_mut().filter(|(last, _)| last.id == link.registration_id) {
                Some((_, links)) => links.push(link),
                None => found.extend(
                    read.registration_by_id(link.registration_id)?
                        .map(|registration| (registration, vec![link])),
                ),
            }
        }
        Ok(found)
    };
    synchronizer.pool.read(found).await
}

/// How many grades wait for another try, and how many were refused.
async fn count_stuck(synchronizer: &Synchronizer, only: Only) -> Result<(u32, u32), store::Error> {
    synchronizer
        .pool
        .read(|read| read.count_stuck_grades(only.resource_id, only.registration_id))
        .await
}

async fn without_column(
    synchronizer: &Synchronizer,
    only: Only,
) -> Result<Vec<GradesWithoutColumn>, store::Error> {
    synchronizer
        .pool
        .read(|read| read.grades_without_column(only.resource_id, only.registration_id, MAX_LISTED))
        .await
}

/// The grades that would be sent.
async fn plan(
    synchronizer: &Synchronizer,
    only: Only,
    retry: bool,
) -> Result<GradeSummary, Failure> {
    let now = synchronizer.clock.now();
    let (waiting, refused) = count_stuck(synchronizer, only).await?;
    let mut summary = GradeSummary {
        dry_run: true,
        waiting,
        refused,
        without_column: without_column(synchronizer, only).await?,
        ..GradeSummary::default()
    };
    for (registration, links) in by_registration(synchronizer, only).await? {
        let rule = lms::unfinished_scores(&registration);
        for link in links {
            let due = |read: Read<'_>| {
                Ok::<_, store::Error>((
                    read.due_grades(link.id, now, retry, None, u32::MAX)?,
                    read.resource_by_id(link.resource_id)?,
                ))
            };
            let (due, resource) = synchronizer.pool.read(due).await?;
            let Some(resource) = resource else { continue };
            let is_sent = |due: &DueGrade| {
                ScoreDelivery::of(rule, &due.grade, due.is_unanswered) != ScoreDelivery::Withheld
            };
            summary.planned.extend(due.into_iter().filter(is_sent).map(|due| PlannedGrade {
                registration: registration.slug.clone(),
                resource: resource.slug.clone(),
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

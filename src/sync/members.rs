//! Synchronizes members: people in a course on the platform are enrolled in the resource here
//! (Names and Role Provisioning Services 2.0, and under LTI 1.1 the services of that version).
//!
//! Each registration is read by its own task (`reader`), page by page, and each page is stored
//! before the next is requested, so memory use does not grow with the number of members. The
//! position in a list is stored: a list that takes longer than the time limit is continued by the
//! next run, and counts as read only when all its pages have been read in one pass.
//!
//! After all platforms with links to a resource have been read, roles and enrolments are updated
//! (`settle`): for each person according to the last complete list of each of their links. If a
//! list could not be read, the people on it are not unenrolled.
//!
//! Accounts from LTI 1.1 are not linked by member lists (`lti11_legacy_user_id`), because lists are
//! not signed by a consumer, unlike the migration claim of a launch. People who may have such an
//! account are linked at their first launch.

mod lists;
mod page;
mod plan;
mod reader;
mod run;
mod settle;
mod summary;

use std::collections::HashMap;
use std::sync::Arc;

use self::plan::PlannedAccounts;
use self::reader::{ListToRead, Outcome};
use self::settle::Course;
use super::parallel::{Job, ParallelJobs};
use super::{Synchronizer, host, host_of};
use crate::domain::{Consumer, Registration};
use crate::failure::Failure;
use crate::rules::progress::Progress;
use crate::store::Read;

pub use self::reader::example_of_too_many_accounts;
pub use self::run::MemberRun;
pub use self::settle::{example_of_held_back, force_command};
pub use self::summary::{HeldBack, LinkProblem, MemberSummary, ResourceMembers};

/// The lists to read.
struct Work {
    courses: HashMap<i64, Course>,
    jobs: Vec<Job<Vec<ListToRead>>>,
}

/// Synchronizes the members of every resource with member synchronization.
///
/// # Errors
///
/// If the resource or registration does not exist. Problems of platforms are in the summary.
pub async fn run(
    synchronizer: &Synchronizer,
    run: &MemberRun,
    progress: Arc<dyn Progress>,
) -> Result<MemberSummary, Failure> {
    let Work { mut courses, jobs } = gather(synchronizer, run).await?;
    let mut summary = MemberSummary { dry_run: run.dry_run, ..MemberSummary::default() };
    // Resources that none of their platforms may use anymore.
    summary.resources.extend(take_ready(&mut courses).into_iter().map(Course::untouched));
    let is_dry = run.dry_run;
    let start = |registration, lists| {
        let (synchronizer, progress) = (synchronizer.clone(), Arc::clone(&progress));
        async move { reader::read(&synchronizer, registration, lists, is_dry, &*progress).await }
    };
    let mut platforms = ParallelJobs::new(jobs, &synchronizer.limits, Arc::clone(&progress), start);
    let (mut failure, mut is_idle) = (None, true);
    while let Some((registration_id, outcome)) = platforms.next().await {
        // A failure of one registration does not stop the others.
        let parts = match outcome {
            Ok(Outcome::Read(parts)) => {
                is_idle = false;
                parts
            }
            Ok(Outcome::Busy(registration)) => {
                summary.busy_registrations.push(registration);
                HashMap::new()
            }
            Err(error) => {
                failure = failure.or(Some(error));
                HashMap::new()
            }
        };
        add_results(&mut courses, registration_id, parts);
        for course in take_ready(&mut courses).into_iter().filter(|course| course.is_read) {
            match course.settle(synchronizer, run).await {
                Ok(settled) => summary.resources.push(settled),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    summary.busy = is_idle && !summary.busy_registrations.is_empty();
    summary.busy_registrations.sort();
    summary.resources.sort_by(|one, other| one.resource.cmp(&other.resource));
    Ok(summary)
}

/// Adds what was read from one registration to the courses that it belongs to.
fn add_results(
    courses: &mut HashMap<i64, Course>,
    registration_id: i64,
    parts: HashMap<i64, reader::Part>,
) {
    for (id, part) in parts {
        if let Some(course) = courses.get_mut(&id) {
            course.add(part);
        }
    }
    for course in courses.values_mut() {
        course.waits_for.remove(&registration_id);
    }
}

/// Removes the courses that wait for no other registration, and returns them.
fn take_ready(courses: &mut HashMap<i64, Course>) -> Vec<Course> {
    courses.extract_if(|_, course| course.waits_for.is_empty()).map(|(_, course)| course).collect()
}

/// The lists to read, by registration, and the resources that they belong to. Registrations with a
/// list that no run has read completely yet are slow and come last.
async fn gather(synchronizer: &Synchronizer, run: &MemberRun) -> Result<Work, Failure> {
    let only_resource = synchronizer.resource(run.resource.as_ref())?.map(|resource| resource.id);
    let only_registration = synchronizer.registration(run.registration.as_ref())?;
    let planned = run.dry_run.then(PlannedAccounts::default);
    let gathered = |read: Read<'_>| {
        let mut work = Work { courses: HashMap::new(), jobs: Vec::new() };
        let (mut registration, mut consumer): (Option<Registration>, Option<Consumer>) =
            (None, None);
        for list in read.member_lists(only_resource, only_registration)? {
            if registration
                .as_ref()
                .is_none_or(|registration| registration.id != list.registration_id)
            {
                registration = read.registration_by_id(list.registration_id)?;
                consumer = read.consumer_by_id(list.registration_id)?;
            }
            let Some(registration) = &registration else { continue };
            let course = match work.courses.entry(list.resource_id) {
                std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::hash_map::Entry::Vacant(new) => {
                    let Some(resource) = read.resource_by_id(list.resource_id)? else { continue };
                    new.insert(Course::new(resource, planned.as_ref()))
                }
            };
            let may_use = match &consumer {
                Some(consumer) => consumer.may_use(&course.resource),
                None => course.resource.is_for(&registration.slug),
            };
            if !may_use {
                continue;
            }
            course.waits_for.insert(registration.id);
            if work.jobs.last().is_none_or(|job| job.registration.id != registration.id) {
                work.jobs.push(Job {
                    registration: registration.clone(),
                    host: match &consumer {
                        // A consumer has no URLs but those of its links.
                        Some(_) => host_of(&list.url),
                        None => host(registration),
                    },
                    is_slow: false,
                    work: Vec::new(),
                });
            }
            if let Some(job) = work.jobs.last_mut() {
                job.is_slow |= list.is_unfinished;
                job.work.push(ListToRead {
                    link_id: list.link_id,
                    resource: Arc::clone(&course.resource),
                    plan: course.plan.clone(),
                });
            }
        }
        Ok::<_, Failure>(work)
    };
    synchronizer.pool.read(gathered).await
}

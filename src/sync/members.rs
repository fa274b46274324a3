//! Members in: who takes part in a course on the platform takes part in the resource here (Names
//! and Role Provisioning Services 2.0).
//!
//! Each registration is read by a task of its own (`reader`), page by page, and each page is stored
//! before the next is requested, so memory does not grow with the number of members. How far a list
//! has been read is in the database: one that takes longer than a run may is continued by the next
//! run, and counts as read only when all its pages have been seen in one pass.
//!
//! When every platform with links to a resource has had its time, the resource is settled
//! (`settle`): each person with the last complete list of each of their links. A list that could
//! not be read protects the people on it, and no one else.
//!
//! Accounts from LTI 1.1 are not taken over by what a list says (`lti11_legacy_user_id`): no
//! consumer has signed it, as a launch's migration claim is signed. Anyone who may have one is left
//! to the first launch.

mod page;
mod plan;
mod reader;
mod settle;
mod summary;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use self::plan::Plan;
use self::reader::{ListToRead, Outcome};
use self::settle::Course;
use super::side_by_side::{Job, SideBySide};
use super::{Synchronizer, host};
use crate::domain::Registration;
use crate::failure::Failure;
use crate::rules::progress::Progress;

pub use self::reader::example_of_too_many_accounts;
pub use self::settle::{example_of_held_back, force_command};
pub use self::summary::{HeldBack, LinkProblem, MemberSummary, ResourceMembers};

/// How many members a page is asked to have; platforms make smaller ones.
const PAGE: u32 = 500;

/// What a run is to do.
#[derive(Debug, Clone, Default)]
pub struct MemberRun {
    /// Only this resource, by its slug.
    pub resource: Option<String>,
    /// Only this registration, by its slug.
    pub registration: Option<String>,
    /// Say what would change, and change nothing.
    pub dry_run: bool,
    /// Unenrol even when more than half would go.
    pub force: bool,
}

/// What is to be read.
struct Work {
    courses: HashMap<i64, Course>,
    jobs: Vec<Job<Vec<ListToRead>>>,
}

/// Looks at the members of every resource with member synchronization.
///
/// # Errors
///
/// No such resource or registration. What platforms do is in the
/// summary.
pub async fn run(
    synchronizer: &Synchronizer,
    run: &MemberRun,
    progress: Arc<dyn Progress>,
) -> Result<MemberSummary, Failure> {
    let Work { mut courses, jobs } = gather(synchronizer, run)?;
    let mut summary = MemberSummary { dry_run: run.dry_run, ..MemberSummary::default() };
    // Whose platforms may not use the resource any more.
    for id in courses
        .iter()
        .filter(|(_, course)| course.waits_for.is_empty())
        .map(|(id, _)| *id)
        .collect::<Vec<_>>()
    {
        summary.resources.extend(courses.remove(&id).map(Course::untouched));
    }
    let is_dry = run.dry_run;
    let start = |registration, lists| {
        let (synchronizer, progress) = (synchronizer.clone(), Arc::clone(&progress));
        async move { reader::read(&synchronizer, registration, lists, is_dry, &*progress).await }
    };
    let mut platforms = SideBySide::new(jobs, &synchronizer.limits, Arc::clone(&progress), start);
    let (mut failure, mut is_idle) = (None, true);
    while let Some((registration_id, outcome)) = platforms.next().await {
        // One registration's failure is no reason to break the others off.
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
        for (id, part) in parts {
            if let Some(course) = courses.get_mut(&id) {
                course.add(part);
            }
        }
        for course in courses.values_mut() {
            course.waits_for.remove(&registration_id);
        }
        for id in courses
            .iter()
            .filter(|(_, course)| course.waits_for.is_empty())
            .map(|(id, _)| *id)
            .collect::<Vec<_>>()
        {
            let Some(course) = courses.remove(&id).filter(|course| course.is_read) else {
                continue;
            };
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

/// The lists to read, by registration, and the resources whose they are. Registrations with a list
/// that no run has got to the end of yet are slow and come last.
fn gather(synchronizer: &Synchronizer, run: &MemberRun) -> Result<Work, Failure> {
    let only_resource = synchronizer.resource(run.resource.as_deref())?.map(|resource| resource.id);
    let only_registration = synchronizer.registration(run.registration.as_deref())?;
    synchronizer.pool.read(|read| {
        let mut work = Work { courses: HashMap::new(), jobs: Vec::new() };
        let mut registration: Option<Registration> = None;
        for list in read.member_lists(only_resource, only_registration)? {
            if registration
                .as_ref()
                .is_none_or(|registration| registration.id != list.registration_id)
            {
                registration = read.registration_by_id(list.registration_id)?;
            }
            let Some(registration) = &registration else { continue };
            let course = match work.courses.entry(list.resource_id) {
                std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::hash_map::Entry::Vacant(new) => {
                    let Some(resource) = read.resource_by_id(list.resource_id)? else { continue };
                    new.insert(Course::new(resource, run.dry_run))
                }
            };
            if !course.resource.is_for(&registration.slug) {
                continue;
            }
            course.waits_for.insert(registration.id);
            if work.jobs.last().is_none_or(|job| job.registration.id != registration.id) {
                work.jobs.push(Job {
                    registration: registration.clone(),
                    host: host(registration),
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
    })
}

/// What a dry run would have done at one resource, shared by the platforms that have links to it.
type SharedPlan = Arc<Mutex<Plan>>;

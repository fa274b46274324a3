//! Copied courses: a course is linked to those from which it was copied, and a copied link opens
//! the resource of the link from which it was copied. People, sessions, grades and service URLs are
//! not carried over.
//!
//! Courses and links are only looked up in one registration, because IDs are not unique beyond it,
//! and a platform could name another one's: first in the same deployment, then in others of it.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::domain::{CourseOrigins, LaunchDetails, LaunchId, Resource, StoredText};
use crate::lti::course_history::MAX_IDS;
use crate::store::{CopyReport, Error, KnownPlace, Read, Write};

/// How many origins of a course are stored with one report: those that are known, and the first of
/// the others.
pub const MAX_STORED: usize = 50;

/// A course that received content of others.
#[derive(Debug, Clone, Copy)]
pub struct CopiedCourse<'c> {
    /// Row ID of the registration.
    pub registration_id: i64,
    /// Deployment ID.
    pub deployment_id: &'c str,
    /// The platform's ID of the course.
    pub context_id: &'c str,
    /// Its label, if it is not known yet.
    pub label: Option<&'c str>,
    /// Its title, if it is not known yet.
    pub title: Option<&'c str>,
}

/// Records from which courses one was copied, in the transaction of the caller: a launch or a
/// notice. A course that no launch has described yet is added; one that exists gets further
/// origins and stays as it is.
pub fn record(
    write: &Write<'_>,
    course: &CopiedCourse<'_>,
    origins: &[String],
    report: CopyReport<'_>,
    now: Timestamp,
) -> Result<(), Error> {
    let CopiedCourse { registration_id, deployment_id, context_id, label, title } = *course;
    let mut seen = HashSet::new();
    let origins: Vec<String> = origins
        .iter()
        .filter(|id| StoredText::Identifier.whole(id).is_some() && !id.is_empty())
        .filter(|id| *id != context_id && seen.insert(id.as_str()))
        .take(MAX_IDS)
        .cloned()
        .collect();
    if StoredText::Identifier.whole(context_id).is_none() || context_id.is_empty() {
        return Ok(());
    }
    let cut = |text: Option<&str>| text.map(|text| StoredText::Title.cut(text).into_owned());
    let (label, title) = (cut(label), cut(title));
    let names = (label.as_deref(), title.as_deref());
    let known = write.contexts_by_id(registration_id, deployment_id, &origins)?;
    // Without either, there is nothing to link; the first launch of the course has its history.
    if known.is_empty() && matches!(report, CopyReport::Notice(_)) {
        let own = [context_id.to_owned()];
        if write.contexts_by_id(registration_id, deployment_id, &own)?.is_empty() {
            return Ok(());
        }
    }
    let Some(row) = write.add_context(registration_id, deployment_id, context_id, names)? else {
        return Ok(());
    };
    if origins.is_empty() {
        return Ok(());
    }
    let mut stored: Vec<(&str, Option<i64>)> =
        origins.iter().map(|id| (id.as_str(), known.get(id).copied())).collect();
    // Stable: the order in which the platform sent them only decides among the unknown ones.
    stored.sort_by_key(|(_, row)| std::cmp::Reverse(*row));
    stored.truncate(MAX_STORED);
    write.add_context_origins(row, &stored, report, now)
}

/// The resource of a link that names none itself: that of the link from which it was copied. The
/// caller decides whether the registration may use it.
pub fn resource_of_link(
    read: Read<'_>,
    registration_id: i64,
    deployment_id: &str,
    resource_link_id: &str,
    origins: &CourseOrigins,
) -> Result<Option<Resource>, Error> {
    if origins.links.is_empty() {
        return Ok(None);
    }
    let by_origin =
        read.resource_of_copied_link(registration_id, deployment_id, resource_link_id)?;
    let resource_id = match by_origin {
        Some(id) => Some(id),
        None => read
            .newest_link(registration_id, deployment_id, &origins.links, None)?
            .map(|link| link.resource_id),
    };
    resource_id.map_or(Ok(None), |id| read.resource_by_id(id))
}

/// What is known of a launch's course and link, if the platform says that they were copied. Read
/// before the launch is stored.
pub fn known_place(
    read: Read<'_>,
    registration_id: i64,
    resource_id: i64,
    details: &LaunchDetails,
    origins: &CourseOrigins,
) -> Result<Option<KnownPlace>, Error> {
    if origins.is_empty() {
        return Ok(None);
    }
    let place = (details.context_id.as_deref(), details.resource_link_id.as_str(), resource_id);
    read.known_place(registration_id, &details.deployment_id, place).map(Some)
}

/// Records from where the course and the link of a launch were copied, after the launch has stored
/// them. Only what was not known before it is linked to its origins.
pub fn record_launch(
    write: &Write<'_>,
    (registration_id, resource_id): (i64, i64),
    (details, origins): (&LaunchDetails, &CourseOrigins),
    before: KnownPlace,
    launch_id: &LaunchId,
    now: Timestamp,
) -> Result<(), Error> {
    let deployment_id = details.deployment_id.as_str();
    if let Some(context_id) = details.context_id.as_deref().filter(|_| !before.course)
        && !origins.contexts.is_empty()
    {
        let (label, title) = (details.context_label.as_deref(), details.context_title.as_deref());
        let course = CopiedCourse { registration_id, deployment_id, context_id, label, title };
        record(write, &course, &origins.contexts, CopyReport::Launch(launch_id), now)?;
    }
    if before.link || origins.links.is_empty() {
        return Ok(());
    }
    let origin =
        write.newest_link(registration_id, deployment_id, &origins.links, Some(resource_id))?;
    match origin {
        Some(origin) => {
            let link = (details.resource_link_id.as_str(), resource_id);
            write.add_link_origin(registration_id, deployment_id, link, &origin, launch_id, now)
        }
        None => Ok(()),
    }
}

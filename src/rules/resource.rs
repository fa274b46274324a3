//! Finding a resource, and changing one: the same rules for a command and a manifest.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::{profile, registration};
use crate::domain::{
    EnrolmentDuration, GradeSync, Invalid, MaxGrade, MemberSync, Name, Provisioning, Resource,
    ResourceKind, RoleName, Slug, Target, TargetUrl, check_printable, trimmed,
};
use crate::failure::{Complaints, Failure, Kind};
use crate::store::Read;

/// What to say of a resource; what is `None` takes its default, or stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ResourceChange {
    /// Title.
    pub name: Option<Name>,
    /// A sentence or two; empty text takes it away.
    pub description: Option<String>,
    /// Course or activity.
    pub kind: Option<ResourceKind>,
    /// Slug of the course; empty text takes it away.
    pub course: Option<String>,
    /// What a launched person gets.
    pub target: Option<Target>,
    /// Highest grade; `Some(None)` takes it away.
    pub max_grade: Option<Option<MaxGrade>>,
    /// Whether a score may be more than its maximum.
    pub extra_credit: Option<bool>,
    /// Whether grades go back.
    pub grade_sync: Option<GradeSync>,
    /// What happens as members come and go.
    pub member_sync: Option<MemberSync>,
    /// How students get an account.
    pub student_provisioning: Option<Provisioning>,
    /// How teachers get an account.
    pub teacher_provisioning: Option<Provisioning>,
    /// The role that teachers get.
    pub teacher_role: Option<RoleName>,
    /// The role that students get.
    pub student_role: Option<RoleName>,
    /// When enrolment starts; `Some(None)` takes it away, here and in the three that follow.
    pub enrolment_start: Option<Option<Timestamp>>,
    /// When it ends.
    pub enrolment_end: Option<Option<Timestamp>>,
    /// How long each enrolment lasts.
    pub enrolment_duration: Option<Option<EnrolmentDuration>>,
    /// The most people at the same time.
    pub enrolment_maximum: Option<Option<u32>>,
    /// Whether grades go back only once the work is completed.
    pub completion_required: Option<bool>,
    /// Language of new accounts; empty text takes it away, here and in the two that follow.
    pub default_locale: Option<String>,
    /// Time zone of new accounts.
    pub default_time_zone: Option<String>,
    /// Institution of new accounts.
    pub default_institution: Option<String>,
    /// Slugs of the registrations that may use it; `Some(None)` opens it to all.
    pub registrations: Option<Option<Vec<String>>>,
    /// Whether launches are let in.
    pub published: Option<bool>,
}

/// Reads a moment as a user types it: RFC 3339, or a date, which is its midnight in UTC.
///
/// # Errors
/// If the text is neither.
pub fn parse_moment(field: &str, text: &str) -> Result<Timestamp, Invalid> {
    let text = text.trim();
    let midnight = || {
        Date::strptime("%Y-%m-%d", text)
            .and_then(|date| Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)))
    };
    text.parse().or_else(|_| midnight()).map_err(|_| {
        Invalid::new(
            field,
            "must be a date such as 2026-09-01, a time such as 2026-09-01T08:00:00Z, or none",
        )
    })
}

/// Reads a target as a user types it: `page` for the built-in page, a URL, or a directory that
/// exists.
///
/// # Errors
///
/// An invalid URL; no such directory.
pub fn parse_target(text: &str, allow_http: bool) -> Result<Target, Invalid> {
    if text == "page" {
        return Ok(Target::Page);
    }
    if text.contains("://") {
        return TargetUrl::new(text, allow_http).map(Target::App);
    }
    let rule = "must be page, a URL with https://, or a directory that exists";
    let path = Path::new(text)
        .canonicalize()
        .map_err(|error| Invalid::new("target", format!("{rule}; {text}: {error}")))?;
    if !path.is_dir() || path.to_str().is_none() {
        return Err(Invalid::new("target", rule));
    }
    Ok(Target::Directory(path))
}

/// What stands around a resource: what its settings may refer to.
pub trait Surroundings {
    /// The slug and kind of a resource.
    fn resource(&self, name: &str) -> Result<(Slug, ResourceKind), Failure>;
    /// An activity that belongs to a course.
    fn activity_of(&self, course: &Slug) -> Result<Option<Slug>, Failure>;
    /// The slug of a registration.
    fn registration(&self, name: &str) -> Result<Slug, Failure>;
}

impl Surroundings for Read<'_> {
    fn resource(&self, name: &str) -> Result<(Slug, ResourceKind), Failure> {
        find(*self, name).map(|resource| (resource.slug, resource.kind))
    }

    fn activity_of(&self, course: &Slug) -> Result<Option<Slug>, Failure> {
        Ok(self
            .resources()?
            .into_iter()
            .find(|other| other.course.as_ref() == Some(course))
            .map(|activity| activity.slug))
    }

    fn registration(&self, name: &str) -> Result<Slug, Failure> {
        registration::find(*self, name).map(|registration| registration.slug)
    }
}

/// Changes a resource as far as the change follows the rules; what does not goes to `complaints`.
pub fn alter(
    around: &impl Surroundings,
    resource: &mut Resource,
    change: &ResourceChange,
    complaints: &mut Complaints,
) {
    if let Some(name) = &change.name {
        resource.name = name.clone();
    }
    if let Some(description) = &change.description {
        resource.description =
            complaints.take("description", checked_description(description)).flatten();
    }
    resource.kind = change.kind.unwrap_or(resource.kind);
    if let Some(course) = &change.course {
        resource.course =
            complaints.take("course", checked_course(around, resource, course)).flatten();
    }
    complaints.take("kind", check_kind(around, resource));
    if let Some(target) = &change.target {
        resource.target = target.clone();
    }
    resource.max_grade = change.max_grade.unwrap_or(resource.max_grade);
    resource.extra_credit = change.extra_credit.unwrap_or(resource.extra_credit);
    resource.grade_sync = change.grade_sync.unwrap_or(resource.grade_sync);
    resource.member_sync = change.member_sync.unwrap_or(resource.member_sync);
    resource.student_provisioning =
        change.student_provisioning.unwrap_or(resource.student_provisioning);
    resource.teacher_provisioning =
        change.teacher_provisioning.unwrap_or(resource.teacher_provisioning);
    resource.completion_required =
        change.completion_required.unwrap_or(resource.completion_required);
    resource.published = change.published.unwrap_or(resource.published);
    alter_people(around, resource, change, complaints);
}

/// Only an activity belongs to a course, and only a course has activities.
fn check_kind(around: &impl Surroundings, resource: &Resource) -> Result<(), Failure> {
    match (resource.kind, &resource.course) {
        (ResourceKind::Course, Some(_)) => Err(Failure::from(Invalid::new(
            "course",
            "must not be given for a course: only an activity belongs to one",
        ))),
        (ResourceKind::Course, None) => Ok(()),
        (ResourceKind::Activity, _) => match around.activity_of(&resource.slug)? {
            None => Ok(()),
            Some(activity) => Err(Failure::new(
                Kind::Conflict,
                format!("{} cannot become an activity", resource.slug),
                format!("the activity {activity} belongs to it"),
                format!("ltictl resource update {activity} --course \"\""),
            )),
        },
    }
}

/// The part of a change that is about people: roles, enrolment, new accounts, and through which
/// registrations they come.
fn alter_people(
    around: &impl Surroundings,
    resource: &mut Resource,
    change: &ResourceChange,
    complaints: &mut Complaints,
) {
    if let Some(role) = &change.teacher_role {
        resource.teacher_role = role.clone();
    }
    if let Some(role) = &change.student_role {
        resource.student_role = role.clone();
    }
    let rules = &mut resource.enrolment;
    rules.start = change.enrolment_start.unwrap_or(rules.start);
    rules.end = change.enrolment_end.unwrap_or(rules.end);
    rules.duration = change.enrolment_duration.unwrap_or(rules.duration);
    rules.maximum = change.enrolment_maximum.unwrap_or(rules.maximum);
    complaints.take("enrolment_end", rules.check());
    if let Some(locale) = &change.default_locale {
        resource.defaults.locale =
            complaints.take("default_locale", profile::locale("default locale", locale)).flatten();
    }
    if let Some(time_zone) = &change.default_time_zone {
        resource.defaults.time_zone = complaints
            .take("default_time_zone", profile::time_zone("default time zone", time_zone))
            .flatten();
    }
    if let Some(institution) = &change.default_institution {
        resource.defaults.institution = complaints
            .take("default_institution", profile::text("default institution", institution))
            .flatten();
    }
    if let Some(registrations) = &change.registrations {
        resource.registrations =
            registrations.as_deref().map(|slugs| known_registrations(around, slugs, complaints));
    }
}

/// The registrations of these slugs, each once and in the order of the alphabet.
fn known_registrations(
    around: &impl Surroundings,
    slugs: &[String],
    complaints: &mut Complaints,
) -> Vec<Slug> {
    let known = slugs.iter().enumerate().map(|(place, slug)| {
        complaints.take(format!("registrations[{place}]"), around.registration(slug))
    });
    let mut known: Vec<Slug> = known.flatten().collect();
    known.sort();
    known.dedup();
    known
}

fn checked_description(text: &str) -> Result<Option<String>, Invalid> {
    let text = trimmed(text);
    if text.chars().count() > 2000 {
        return Err(Invalid::new("description", "must be at most 2000 characters long"));
    }
    check_printable("description", text, &['\n'])?;
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn checked_course(
    around: &impl Surroundings,
    resource: &Resource,
    course: &str,
) -> Result<Option<Slug>, Failure> {
    if course.is_empty() {
        return Ok(None);
    }
    let (slug, kind) = around.resource(course)?;
    if kind != ResourceKind::Course || slug == resource.slug {
        return Err(Failure::invalid(
            &Invalid::new("course", format!("must name a course, and {slug} is not one")),
            "ltictl resource list",
        ));
    }
    Ok(Some(slug))
}

/// The resource of that slug, or of that UUID.
pub fn find(read: Read<'_>, slug: &str) -> Result<Resource, Failure> {
    if let Some(resource) = read.resource(slug)? {
        return Ok(resource);
    }
    if let Ok(uuid) = slug.parse()
        && let Some(resource) = read.resource_by_uuid(&uuid)?
    {
        return Ok(resource);
    }
    Err(Failure::not_found("resource", slug, &read.resource_slugs()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_dates_or_times_with_their_offset() {
        for (text, expected) in [
            ("2026-09-01", Some("2026-09-01T00:00:00Z")),
            (" 2026-09-01T08:00:00Z ", Some("2026-09-01T08:00:00Z")),
            ("2026-09-01T08:00:00+02:00", Some("2026-09-01T06:00:00Z")),
            ("2026-09-01T08:00:00", None),
            ("2026-02-29", None),
            ("2026-09-01x", None),
            ("tomorrow", None),
            ("", None),
        ] {
            assert_eq!(
                parse_moment("enrolment start", text)
                    .ok()
                    .map(|moment| moment.to_string())
                    .as_deref(),
                expected,
                "{text:?}"
            );
        }
    }
}

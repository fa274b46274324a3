//! Finds and changes resources: the same rules for commands and manifests.

use std::convert::Infallible;
use std::path::Path;
use std::str::FromStr;

use schemars::JsonSchema;

use super::setting::{
    Clearable, ClearableText, Count, Description, GradeMaximum, ListOf, Locale, Moment, PlainText,
    Switch, TimeZone, needs_allow_http, settings,
};
use super::{registration, web_app};
use crate::domain::{
    AllowedRoles, CrossSite, EnrolmentDuration, GradeSync, Guests, Handover, Invalid, MemberSync,
    Name, OmittedHeaders, PathPrefix, Provisioning, PublicUrl, RegistrationRef, Resource,
    ResourceKind, ResourceRef, RoleName, Slug, Target, TargetUrl,
};
use crate::failure::{Failure, FailureList, Kind};
use crate::store::Read;

settings! {
    /// The settings of a resource, as `ltictl resource publish` and `update` and manifests change
    /// them, and as exports list them.
    #[schemars(rename = "ResourceEntry")]
    ResourceChange of Resource {
        /// UUID that links carry as the custom parameter `id`; it never changes [default: random]
        #[arg(skip)]
        #[schemars(extend("format" = "uuid"))]
        uuid: String;
        /// Title [default: the slug]
        #[arg(skip)]
        #[schemars(with = "String")]
        name: Name = name;
        /// A sentence or two for the built-in page; "" clears it
        #[arg(long, value_name = "TEXT")]
        #[schemars(length(max = 2000))]
        description: ClearableText<Description> = description;
        /// course or activity [default: activity]
        #[arg(long, hide_possible_values = true)]
        kind: ResourceKind = kind;
        /// The course that this activity belongs to; "" clears it
        #[arg(long, value_name = "RES")]
        course: ClearableText<ResourceRef>;
        /// What launches open: an app URL, a directory or page [default: page]
        ///
        /// The URL of your own app receives the launch as a signed launch_token; a directory of
        /// static content is served as it is; page is the built-in page with title, description and
        /// user.
        #[arg(long)]
        target: TargetText;
        /// Accept an http:// target on a host other than this machine
        #[arg(long, action = clap::ArgAction::SetTrue)]
        allow_http: bool;
        /// How the app learns who people are: token, headers or openid [default: token]
        ///
        /// token posts a signed launch_token to the app. headers is for apps behind a reverse
        /// proxy that know nothing of LTI: the proxy asks the tool before each request and adds
        /// headers such as Remote-User; ltictl generate nginx prints its configuration. openid is
        /// for apps that offer "Sign in with OpenID Connect": the launch is the sign-in; ltictl
        /// client add prints what the app needs. With headers and openid, the app needs a host of
        /// its own.
        #[arg(long, value_name = "WAY", hide_possible_values = true, hide_short_help = true)]
        handover: Handover = app.handover;
        /// Roles that may use the app: admin, staff, learner [default: all]
        ///
        /// With --handover headers or openid. Names are separated by commas; staff includes admin.
        #[arg(long, value_name = "ROLES", hide_short_help = true)]
        allow_role: AllowedRoles = app.allow_role;
        /// Path of the app's host that is this resource's, or none [default: none]
        ///
        /// With --handover headers, if several resources are on one host, such as /wiki/. Each
        /// path belongs to the resource with the longest one that contains it.
        #[arg(long, value_name = "PATH", hide_short_help = true)]
        paths: Clearable<PathPrefix> = app.paths;
        /// Whether anonymous people may use the app: refuse or allow [default: refuse]
        ///
        /// With --handover headers or openid.
        #[arg(long, value_name = "WHAT", hide_possible_values = true, hide_short_help = true)]
        guests: Guests = app.guests;
        /// Whether the proxy adds a signed token as X-Lti-Token [default: off]
        ///
        /// With --handover headers, for apps that want proof or send scores. The token is a
        /// launch_token.
        #[arg(long, value_name = "on|off", hide_possible_values = true, hide_short_help = true)]
        token_header: Switch = app.token_header;
        /// Headers that stay empty, such as Remote-Email, or none [default: none]
        ///
        /// With --handover headers. Names are separated by commas; docs/any-web-app.md lists them.
        #[arg(long, value_name = "NAMES", hide_short_help = true)]
        omit_headers: OmittedHeaders = app.omit_headers;
        /// Whether pages of other sites may change things: refuse or allow [default: refuse]
        ///
        /// With --handover headers. Such requests, and WebSockets of other sites, carry the
        /// person's cookie; allow them only if the app checks each form itself.
        #[arg(long, value_name = "WHAT", hide_possible_values = true, hide_short_help = true)]
        cross_site: CrossSite = app.cross_site;
        /// Maximum grade, or none for no grades [default: none]
        #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
        max_grade: Clearable<GradeMaximum> = max_grade;
        /// Whether to accept scores above the maximum [default: off]
        ///
        /// Learning platforms accept such scores (Assignment and Grade Services 2.0, 3.4.4). If
        /// off, they are rejected, which also stops mistakes such as 85 out of 10.
        #[arg(long, value_name = "on|off", hide_possible_values = true)]
        extra_credit: Switch = extra_credit;
        /// When submissions open (date or time), or none [default: none]
        ///
        /// Sent to platforms with new line items, as the start of the grade book column. A date
        /// such as 2026-09-01 is its midnight in UTC. Platforms show and enforce it; the tool does
        /// not.
        #[arg(long, alias = "opens", value_name = "TIME")]
        #[serde(alias = "opens")]
        opens_at: Clearable<Moment> = submissions.opens;
        /// When submissions close (date or time), or none [default: none]
        ///
        /// Sent to platforms with new line items; most show it as the due date.
        #[arg(long, alias = "closes", value_name = "TIME")]
        #[serde(alias = "closes")]
        closes_at: Clearable<Moment> = submissions.closes;
        /// Whether grades are sent to the platform [default: on]
        #[arg(long, value_name = "on|off", hide_possible_values = true)]
        grade_sync: GradeSync = grade_sync;
        /// How to apply membership changes [default: enrol-and-unenrol]
        ///
        /// One of enrol-and-unenrol, enrol-new, unenrol-missing and off.
        #[arg(long, value_name = "MODE", hide_possible_values = true)]
        member_sync: MemberSync = member_sync;
        /// Accounts of students: auto, prompt or existing [default: auto]
        ///
        /// auto creates a new account; prompt lets them link an existing account or create a new
        /// one; existing lets them link an existing account only.
        #[arg(long, value_name = "MODE", hide_possible_values = true)]
        student_provisioning: Provisioning = student_provisioning;
        /// Accounts of teachers: auto, prompt or existing [default: prompt]
        #[arg(long, value_name = "MODE", hide_possible_values = true)]
        teacher_provisioning: Provisioning = teacher_provisioning;
        /// Role of teachers in the app [default: teacher]
        ///
        /// Your own app receives it. It is spelled like a slug, with a-z, 0-9 and hyphens.
        #[arg(long, value_name = "ROLE")]
        #[schemars(with = "String")]
        teacher_role: RoleName = teacher_role;
        /// Role of students in the app [default: student]
        #[arg(long, value_name = "ROLE")]
        #[schemars(with = "String")]
        student_role: RoleName = student_role;
        /// Start of enrolment (date or time), or none [default: none]
        ///
        /// A date such as 2026-09-01, which is its midnight in UTC, or a time such as
        /// 2026-09-01T08:00:00+02:00. Enrolment rules apply to first enrolments only; people who
        /// are enrolled stay enrolled.
        #[arg(long, alias = "enrolment-start", value_name = "TIME")]
        #[serde(alias = "enrolment_start")]
        enrolment_starts_at: Clearable<Moment> = enrolment.start;
        /// End of enrolment (date or time), or none [default: none]
        #[arg(long, alias = "enrolment-end", value_name = "TIME")]
        #[serde(alias = "enrolment_end")]
        enrolment_ends_at: Clearable<Moment> = enrolment.end;
        /// Duration of enrolments: 1m to 3650d, or none [default: none]
        #[arg(long, value_name = "TIME")]
        enrolment_duration: Clearable<EnrolmentDuration> = enrolment.duration;
        /// Maximum number of enrolled people, or none [default: none]
        #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
        enrolment_maximum: Clearable<Count> = enrolment.maximum;
        /// Whether to send only grades of completed work [default: off]
        #[arg(long, value_name = "on|off", hide_possible_values = true)]
        completion_required: Switch = completion_required;
        /// Language of new accounts if the platform sends none; "" clears it
        #[arg(long, value_name = "LOCALE", hide_short_help = true)]
        default_locale: ClearableText<Locale> = defaults.locale;
        /// Time zone of new accounts, such as Europe/Lisbon; "" clears it
        #[arg(long, value_name = "ZONE", hide_short_help = true)]
        default_time_zone: ClearableText<TimeZone> = defaults.time_zone;
        /// Institution of new accounts; "" clears it
        #[arg(long, value_name = "NAME", hide_short_help = true)]
        default_institution: ClearableText<PlainText> = defaults.institution;
        /// Slugs of the registrations that may use it, or null for all
        #[arg(skip)]
        registrations: Clearable<ListOf<RegistrationRef>>;
        /// Whether to accept launches
        #[arg(skip)]
        published: bool = published;
    }
}

impl ResourceChange {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        Self { allow_http: None, ..self.clone() } == Self::default()
    }
}

/// All settings of a resource, as exports list them.
impl From<&Resource> for ResourceChange {
    fn from(resource: &Resource) -> Self {
        let target = resource.target.to_text();
        let needs_permission = target.as_deref().is_some_and(needs_allow_http);
        let kept = Self::kept_in(resource);
        let has_effect = |name: &str| web_app::has_effect(name, resource.app.handover);
        Self {
            allow_role: kept.allow_role.clone().filter(|_| has_effect("allow_role")),
            paths: kept.paths.clone().filter(|_| has_effect("paths")),
            guests: kept.guests.filter(|_| has_effect("guests")),
            token_header: kept.token_header.filter(|_| has_effect("token_header")),
            omit_headers: kept.omit_headers.clone().filter(|_| has_effect("omit_headers")),
            cross_site: kept.cross_site.filter(|_| has_effect("cross_site")),
            uuid: Some(resource.uuid.to_string()),
            course: Some(resource.course.as_ref().map(ResourceRef::from).into()),
            target: Some(TargetText(target)),
            allow_http: needs_permission.then_some(true),
            registrations: Some(Clearable(
                resource
                    .registrations
                    .as_ref()
                    .map(|slugs| ListOf(slugs.iter().map(RegistrationRef::from).collect())),
            )),
            ..kept
        }
    }
}

/// The target of launches as entered: the text of [`Target`], or `None` for the built-in page.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct TargetText(pub Option<String>);

impl FromStr for TargetText {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self((text != "page").then(|| text.to_owned())))
    }
}

impl From<Target> for TargetText {
    fn from(target: Target) -> Self {
        Self(target.to_text())
    }
}

/// Parses a target: `page` for the built-in page, a URL, or an existing directory.
///
/// # Errors
///
/// If the URL is invalid or the directory does not exist.
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

/// Finds the objects that a resource's settings refer to, in the database or in a manifest.
pub trait Lookup {
    /// The slug and kind of a resource.
    fn resource(&self, reference: &ResourceRef) -> Result<(Slug, ResourceKind), Failure>;
    /// An activity that belongs to a course.
    fn activity_of(&self, course: &Slug) -> Result<Option<Slug>, Failure>;
    /// The slug of a registration.
    fn registration(&self, reference: &RegistrationRef) -> Result<Slug, Failure>;
    /// The tool's URL.
    fn tool_url(&self) -> Result<PublicUrl, Failure>;
}

impl Lookup for Read<'_> {
    fn resource(&self, reference: &ResourceRef) -> Result<(Slug, ResourceKind), Failure> {
        find(*self, reference).map(|resource| (resource.slug, resource.kind))
    }

    fn activity_of(&self, course: &Slug) -> Result<Option<Slug>, Failure> {
        Ok(self.activities_of(course)?.into_iter().next())
    }

    fn registration(&self, reference: &RegistrationRef) -> Result<Slug, Failure> {
        registration::find(*self, reference).map(|registration| registration.slug)
    }

    fn tool_url(&self) -> Result<PublicUrl, Failure> {
        Ok(self.settings()?.url)
    }
}

/// Applies the valid parts of a change to a resource, and adds the problems of the others to
/// `failures`.
pub fn alter(
    lookup: &impl Lookup,
    resource: &mut Resource,
    change: &ResourceChange,
    failures: &mut FailureList,
) {
    change.change(resource);
    if let Some(ClearableText(course)) = &change.course {
        let course = course.as_ref().map(|course| checked_course(lookup, resource, course));
        resource.course = failures.take("course", course.transpose()).flatten();
    }
    failures.take("kind", check_kind(lookup, resource));
    // A stored target needs no permission again, and its directory may have been deleted.
    if let Some(target) = &change.target
        && target.0 != resource.target.to_text()
    {
        let target = match &target.0 {
            None => Ok(Target::Page),
            Some(text) => parse_target(text, change.allow_http == Some(true)),
        };
        if let Some(target) = failures.take("target", target) {
            resource.target = target;
        }
    }
    let changes = |name: &str| match name {
        "allow_role" => change.allow_role.is_some(),
        "paths" => change.paths.is_some(),
        "guests" => change.guests.is_some(),
        "omit_headers" => change.omit_headers.is_some(),
        "cross_site" => change.cross_site.is_some(),
        _ => change.token_header.is_some(),
    };
    web_app::check_effects(resource, changes, failures);
    if resource.app.handover != Handover::Token
        && let Some(tool_url) = failures.take("target", lookup.tool_url())
    {
        web_app::check(&tool_url, resource, failures);
    }
    failures.take("closes_at", resource.submissions.check());
    failures.take("enrolment_ends_at", resource.enrolment.check());
    if let Some(Clearable(registrations)) = &change.registrations {
        resource.registrations = registrations
            .as_ref()
            .map(|references| known_registrations(lookup, &references.0, failures));
    }
}

/// Only an activity belongs to a course, and only a course has activities.
fn check_kind(lookup: &impl Lookup, resource: &Resource) -> Result<(), Failure> {
    match (resource.kind, &resource.course) {
        (ResourceKind::Course, Some(_)) => Err(Failure::from(Invalid::new(
            "course",
            "must not be given for a course: only an activity belongs to one",
        ))),
        (ResourceKind::Course, None) => Ok(()),
        (ResourceKind::Activity, _) => match lookup.activity_of(&resource.slug)? {
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

/// The registrations, without duplicates and in alphabetical order.
fn known_registrations(
    lookup: &impl Lookup,
    references: &[RegistrationRef],
    failures: &mut FailureList,
) -> Vec<Slug> {
    let known = references.iter().enumerate().map(|(place, reference)| {
        failures.take(format!("registrations[{place}]"), lookup.registration(reference))
    });
    let mut known: Vec<Slug> = known.flatten().collect();
    known.sort();
    known.dedup();
    known
}

fn checked_course(
    lookup: &impl Lookup,
    resource: &Resource,
    course: &ResourceRef,
) -> Result<Slug, Failure> {
    let (slug, kind) = lookup.resource(course)?;
    if kind != ResourceKind::Course || slug == resource.slug {
        return Err(Failure::invalid(
            &Invalid::new("course", format!("must name a course, and {slug} is not one")),
            "ltictl resource list",
        ));
    }
    Ok(slug)
}

/// The resource with this slug or UUID.
///
/// # Errors
///
/// If there is no such resource, with the nearest slugs.
pub fn find(read: Read<'_>, slug: &ResourceRef) -> Result<Resource, Failure> {
    if let Some(slug) = slug.slug()
        && let Some(resource) = read.resource(&slug)?
    {
        return Ok(resource);
    }
    if let Some(uuid) = slug.uuid()
        && let Some(resource) = read.resource_by_uuid(&uuid)?
    {
        return Ok(resource);
    }
    Err(Failure::not_found("resource", slug.as_str(), &read.resource_slugs()?))
}

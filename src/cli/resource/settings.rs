//! The settings of a resource as flags, the same for `ltictl resource publish` and `update`.

use clap::Args;

use crate::domain::{Invalid, Provisioning, RoleName};
use crate::failure::Failure;
use crate::rules::resource::{self, ResourceChange};

#[derive(Debug, Args)]
pub(super) struct ResourceSettings {
    /// course or activity [default: activity]
    #[arg(long)]
    kind: Option<String>,
    /// The course that this activity belongs to; "" clears it
    #[arg(long, value_name = "RES")]
    course: Option<String>,
    /// A sentence or two for the built-in page; "" clears it
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Where launches lead: the URL of your app, a directory or page [default: page]
    ///
    /// The URL of your own app receives the launch as a signed launch_token; a directory of static
    /// content is served as it is; page is the built-in page with title, description and user.
    #[arg(long)]
    target: Option<String>,
    /// Accept an http:// target on a host other than this machine
    #[arg(long)]
    allow_http: bool,
    /// Maximum grade, or none for no grades [default: none]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    max_grade: Option<String>,
    /// Whether to accept scores above the maximum [default: off]
    ///
    /// Learning platforms accept such scores (Assignment and Grade Services 2.0, 3.4.4). If off,
    /// they are rejected, which also stops mistakes such as 85 out of 10.
    #[arg(long, value_name = "on|off")]
    extra_credit: Option<String>,
    /// Whether grades are sent to the platform [default: on]
    #[arg(long, value_name = "on|off")]
    grade_sync: Option<String>,
    /// How membership changes on the platform are applied [default: enrol-and-unenrol]
    ///
    /// One of enrol-and-unenrol, enrol-new, unenrol-missing and off.
    #[arg(long, value_name = "MODE")]
    member_sync: Option<String>,
    /// How students get accounts: auto, prompt or existing [default: auto]
    ///
    /// auto creates a new account; prompt lets them link an existing account or create a new one;
    /// existing lets them link an existing account only.
    #[arg(long, value_name = "MODE")]
    student_provisioning: Option<String>,
    /// How teachers get accounts: auto, prompt or existing [default: prompt]
    #[arg(long, value_name = "MODE")]
    teacher_provisioning: Option<String>,
    /// Role of teachers in the app [default: teacher]
    ///
    /// Your own app receives it. It is spelled like a slug, with a-z, 0-9 and hyphens.
    #[arg(long, value_name = "ROLE")]
    teacher_role: Option<String>,
    /// Role of students in the app [default: student]
    #[arg(long, value_name = "ROLE")]
    student_role: Option<String>,
    /// Start of enrolment (date or time), or none [default: none]
    ///
    /// A date such as 2026-09-01, which is its midnight in UTC, or a time such as
    /// 2026-09-01T08:00:00+02:00. Enrolment rules apply to first enrolments only; people who are
    /// enrolled stay enrolled.
    #[arg(long, value_name = "TIME")]
    enrolment_start: Option<String>,
    /// End of enrolment (date or time), or none [default: none]
    #[arg(long, value_name = "TIME")]
    enrolment_end: Option<String>,
    /// How long each enrolment lasts: 1m to 3650d, or none [default: none]
    #[arg(long, value_name = "TIME")]
    enrolment_duration: Option<String>,
    /// Maximum number of people enrolled at the same time, or none [default: none]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    enrolment_maximum: Option<String>,
    /// Whether grades are sent only when the work is completed [default: off]
    #[arg(long, value_name = "on|off")]
    completion_required: Option<String>,
    /// Language of new accounts if the platform sends none; "" clears it
    #[arg(long, value_name = "LOCALE")]
    default_locale: Option<String>,
    /// Time zone of new accounts, such as Europe/Lisbon; "" clears it
    #[arg(long, value_name = "ZONE")]
    default_time_zone: Option<String>,
    /// Institution of new accounts; "" clears it
    #[arg(long, value_name = "NAME")]
    default_institution: Option<String>,
    /// Registration that may use it; can be given multiple times [default: all]
    ///
    /// Previous registrations are replaced; all opens it to every registration, "" to none.
    #[arg(long, value_name = "REG")]
    registration: Option<Vec<String>>,
}

impl ResourceSettings {
    /// The change that was asked for.
    pub(super) fn to_change(&self) -> Result<ResourceChange, Failure> {
        Ok(ResourceChange {
            name: None,
            description: self.description.clone(),
            kind: self.kind.as_deref().map(str::parse).transpose()?,
            course: self.course.clone(),
            target: self
                .target
                .as_deref()
                .map(|target| resource::parse_target(target, self.allow_http))
                .transpose()?,
            max_grade: or_none(self.max_grade.as_deref(), str::parse)?,
            extra_credit: self
                .extra_credit
                .as_deref()
                .map(|word| on_or_off("extra credit", word))
                .transpose()?,
            grade_sync: self.grade_sync.as_deref().map(str::parse).transpose()?,
            member_sync: self.member_sync.as_deref().map(str::parse).transpose()?,
            student_provisioning: provisioning(
                "student provisioning",
                self.student_provisioning.as_deref(),
            )?,
            teacher_provisioning: provisioning(
                "teacher provisioning",
                self.teacher_provisioning.as_deref(),
            )?,
            teacher_role: role("teacher role", self.teacher_role.as_deref())?,
            student_role: role("student role", self.student_role.as_deref())?,
            enrolment_start: or_none(self.enrolment_start.as_deref(), |text| {
                resource::parse_moment("enrolment start", text)
            })?,
            enrolment_end: or_none(self.enrolment_end.as_deref(), |text| {
                resource::parse_moment("enrolment end", text)
            })?,
            enrolment_duration: or_none(self.enrolment_duration.as_deref(), str::parse)?,
            enrolment_maximum: or_none(self.enrolment_maximum.as_deref(), |text| {
                text.trim().parse().map_err(|_| {
                    Invalid::new("enrolment maximum", "must be a whole number from 0 up, or none")
                })
            })?,
            completion_required: self
                .completion_required
                .as_deref()
                .map(|word| on_or_off("completion required", word))
                .transpose()?,
            default_locale: self.default_locale.clone(),
            default_time_zone: self.default_time_zone.clone(),
            default_institution: self.default_institution.clone(),
            registrations: self.registration.as_deref().map(registrations).transpose()?,
            published: None,
        })
    }

    /// Whether none of them is given.
    pub(super) fn is_empty(&self) -> bool {
        [
            &self.kind,
            &self.course,
            &self.description,
            &self.target,
            &self.max_grade,
            &self.extra_credit,
            &self.grade_sync,
            &self.member_sync,
            &self.student_provisioning,
            &self.teacher_provisioning,
            &self.teacher_role,
            &self.student_role,
            &self.enrolment_start,
            &self.enrolment_end,
            &self.enrolment_duration,
            &self.enrolment_maximum,
            &self.completion_required,
            &self.default_locale,
            &self.default_time_zone,
            &self.default_institution,
        ]
        .iter()
        .all(|setting| setting.is_none())
            && self.registration.is_none()
    }
}

/// A value, or `none` for none.
fn or_none<T>(
    text: Option<&str>,
    parse: impl Fn(&str) -> Result<T, Invalid>,
) -> Result<Option<Option<T>>, Invalid> {
    match text {
        None => Ok(None),
        Some("none" | "") => Ok(Some(None)),
        Some(text) => parse(text).map(|value| Some(Some(value))),
    }
}

/// A role; the rule that it breaks says whose it is.
fn role(field: &str, name: Option<&str>) -> Result<Option<RoleName>, Invalid> {
    name.map(RoleName::new).transpose().map_err(|invalid| Invalid::new(field, invalid.rule))
}

fn on_or_off(field: &str, word: &str) -> Result<bool, Invalid> {
    match word {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(Invalid::new(field, "must be one of on, off")),
    }
}

/// The registrations that were named; none means all of them.
fn registrations(slugs: &[String]) -> Result<Option<Vec<String>>, Invalid> {
    match slugs {
        [all] if all == "all" => Ok(None),
        [none] if none.is_empty() => Ok(Some(Vec::new())),
        slugs if slugs.iter().any(|slug| slug == "all" || slug.is_empty()) => {
            Err(Invalid::new("registration", "must be either all or names of registrations"))
        }
        slugs => Ok(Some(slugs.to_vec())),
    }
}

/// A way of provisioning; the rule that it breaks says whose it is.
fn provisioning(field: &str, word: Option<&str>) -> Result<Option<Provisioning>, Invalid> {
    word.map(str::parse).transpose().map_err(|invalid: Invalid| Invalid::new(field, invalid.rule))
}

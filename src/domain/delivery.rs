//! Grades that are sent to platforms, and the links that they are sent through.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Grade, MemberFormat, Protocol, Slug, Username, json};

/// A link on a platform, with the data that synchronization needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceLink {
    /// Key of the link within the database.
    pub id: i64,
    /// Key of its registration.
    pub registration_id: i64,
    /// Key of its resource.
    pub resource_id: i64,
    /// Deployment ID.
    pub deployment_id: String,
    /// The link's identifier within its deployment.
    pub resource_link_id: String,
    /// The course's title or label, or else the link's title, for messages.
    pub title: Option<String>,
    /// The link's own line item, from the latest launch.
    pub lineitem_url: Option<String>,
    /// The line item that was found or created for the link.
    pub found_lineitem_url: Option<String>,
    /// The course's line items.
    pub lineitems_url: Option<String>,
    /// The scopes for grades that the latest launch offered.
    pub grade_scopes: Vec<String>,
    /// The course's members.
    pub memberships_url: Option<String>,
    /// How they are requested.
    pub members_format: MemberFormat,
    /// Names the link in requests for members by the oldest service.
    pub members_id: Option<String>,
}

impl ServiceLink {
    /// The line item that grades are sent to, if one is known.
    pub fn known_lineitem_url(&self) -> Option<&str> {
        self.lineitem_url.as_deref().or(self.found_lineitem_url.as_deref())
    }
}

/// Grades of one link that have no column in the platform's grade book, so they cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GradesWithoutColumn {
    /// Slug of the registration.
    pub registration: Slug,
    /// Slug of the resource.
    pub resource: Slug,
    /// Identifier of the link within its deployment.
    pub resource_link_id: String,
    /// The course's title or label, or else the link's title.
    pub title: Option<String>,
    /// Whether the link has a column, but for another resource that is launched through it.
    pub is_shared: bool,
    /// Whether the platform takes grades, but no launch of these people has named theirs
    /// (`lis_result_sourcedid`, LTI 1.1).
    pub is_unnamed: bool,
    /// The version of LTI.
    #[serde(skip)]
    pub protocol: Protocol,
    /// How many grades.
    pub grades: u32,
}

/// The [`GradesWithoutColumn`] of one registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotalWithoutColumn {
    /// How many links.
    pub links: u64,
    /// How many grades.
    pub grades: u64,
    /// The link with the most grades.
    pub most: GradesWithoutColumn,
}

impl TotalWithoutColumn {
    /// The total of one link.
    pub fn of(link: GradesWithoutColumn) -> Self {
        Self { links: 1, grades: link.grades.into(), most: link }
    }

    /// Adds a link of the same registration.
    pub fn add(&mut self, link: GradesWithoutColumn) {
        self.links += 1;
        self.grades += u64::from(link.grades);
        if link.grades > self.most.grades {
            self.most = link;
        }
    }
}

impl GradesWithoutColumn {
    /// Why they cannot be sent.
    pub fn problem(&self) -> &'static str {
        if self.is_shared {
            "the link's column in the grade book is for another resource that is launched through \
             the same link"
        } else if self.is_unnamed {
            "the platform has named no grade of these people (lis_result_sourcedid) when they \
             opened the link"
        } else {
            "the platform offers no column in the grade book with this link"
        }
    }

    /// What to do about it.
    pub fn fix(&self) -> String {
        if self.protocol != Protocol::Lti1p3 {
            return self.fix_of_older_protocol();
        }
        let details = format!("`ltictl registration tool-details {}`", self.registration);
        if self.is_shared {
            format!(
                "create a separate link for each resource in the LMS, or allow the tool to create \
                 columns ({details} prints where); if no one uses the link for the other resource \
                 any more: ltictl resource link list {}",
                self.resource
            )
        } else {
            format!(
                "let the tool use the LMS's grade service for this link ({details} prints where), \
                 and open the link again"
            )
        }
    }

    /// What to do about it under LTI 1.1, where columns belong to links.
    fn fix_of_older_protocol(&self) -> String {
        if self.is_shared {
            return format!(
                "create a separate link for each resource in the LMS; if no one uses the link for \
                 the other resource any more: ltictl resource link list {}",
                self.resource
            );
        }
        "let the link accept grades from the tool in the LMS, where its settings are; then these \
         people have to open it again as learners"
            .to_owned()
    }
}

/// A grade that a platform has not accepted yet.
#[derive(Debug, Clone, PartialEq)]
pub struct DueGrade {
    /// The platform's identifier of the person.
    pub sub: String,
    /// The grade.
    pub grade: Grade,
    /// Names the grade in requests to the outcome service (LTI 1.1, `lis_result_sourcedid`).
    pub result_sourcedid: Option<String>,
    /// The grade as a single text, which changes whenever any part of it does.
    pub fingerprint: String,
    /// The newest time that was sent for this person through this link.
    pub newest_time: Option<Timestamp>,
    /// Whether this grade was sent with that time, and the outcome is unknown because the response
    /// was lost or the process stopped.
    pub is_unanswered: bool,
    /// Number of failed attempts to send this grade.
    pub tries: u32,
}

/// An attempt at sending a grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Key of the link within the database.
    pub link_id: i64,
    /// Key of the account.
    pub account_id: i64,
    /// The platform's identifier of the person.
    pub sub: String,
    /// The grade as one text.
    pub fingerprint: String,
    /// The time with which it is sent.
    pub time: Timestamp,
    /// Whether the platform may have accepted it with this time although no response was received.
    pub is_open: bool,
}

/// The outcome of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The platform has the grade.
    Accepted,
    /// Another attempt may succeed later.
    Later {
        /// When.
        at: Timestamp,
        /// Why not now.
        problem: SyncProblem,
    },
    /// The platform refuses it; the same grade is not sent again unless an admin requests it.
    Refused(SyncProblem),
}

/// Why synchronization failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SyncProblem {
    /// Stable code.
    pub code: String,
    /// The problem, in a sentence; text from the platform is cleaned and shortened.
    pub problem: String,
    /// What to do about it.
    pub fix: String,
}

/// A grade that has not been sent, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StuckGrade {
    /// Slug of the registration.
    pub registration: Slug,
    /// Slug of the resource.
    pub resource: Slug,
    /// Identifier of the link.
    pub resource_link_id: String,
    /// Username of the account.
    pub account: Username,
    /// The platform's identifier of the person.
    pub sub: String,
    /// Number of attempts.
    pub tries: u32,
    /// When the next attempt is due; null if the platform refused the grade for good.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub next_try_at: Option<Timestamp>,
    /// Why it was not sent.
    #[serde(flatten)]
    pub problem: SyncProblem,
}

/// Numbers of a resource's grades, for `sync status`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncCounts {
    /// Grades that platforms have.
    pub accepted: u32,
    /// Grades that wait for their turn or another try.
    pub waiting: u32,
    /// Grades that platforms refused for good.
    pub refused: u32,
}

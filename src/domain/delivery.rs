//! Grades on their way to platforms, and what is known of the way.

use jiff::Timestamp;

use super::Grade;

/// A link on a platform as the synchronizations see it.
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
    /// The link's own line item, as the latest launch said.
    pub lineitem_url: Option<String>,
    /// The line item that was found or made for the link.
    pub found_lineitem_url: Option<String>,
    /// The course's line items.
    pub lineitems_url: Option<String>,
    /// The scopes for grades that the latest launch offered.
    pub grade_scopes: Vec<String>,
    /// The course's members.
    pub memberships_url: Option<String>,
}

impl ServiceLink {
    /// The line item that grades go to, when one is known.
    pub fn known_lineitem_url(&self) -> Option<&str> {
        self.lineitem_url.as_deref().or(self.found_lineitem_url.as_deref())
    }
}

/// A grade that a platform has not taken yet.
#[derive(Debug, Clone, PartialEq)]
pub struct DueGrade {
    /// Whose, as the platform calls the person.
    pub sub: String,
    /// The grade.
    pub grade: Grade,
    /// The grade as one text that changes with every part of it.
    pub fingerprint: String,
    /// The newest time that was sent for this person through this link.
    pub newest_time: Option<Timestamp>,
    /// Whether this very grade was sent under that time, and nobody knows what came of it: the
    /// answer was lost, or whoever sent it is gone.
    pub is_unanswered: bool,
    /// How often this very grade was tried in vain.
    pub tries: u32,
}

/// An attempt at sending a grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Key of the link within the database.
    pub link_id: i64,
    /// Key of the account.
    pub account_id: i64,
    /// As whom the platform knows the person.
    pub sub: String,
    /// The grade as one text.
    pub fingerprint: String,
    /// The time under which it is sent.
    pub time: Timestamp,
    /// Whether the platform may have taken it under this time although nobody heard the answer.
    pub is_open: bool,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptEnd {
    /// The platform has the grade.
    Accepted,
    /// Another try may work, from then on.
    Later {
        /// When.
        at: Timestamp,
        /// Why not now.
        trouble: Trouble,
    },
    /// The platform does not want it; the same grade is not sent again unless somebody asks for it.
    Refused(Trouble),
}

/// What keeps a synchronization from its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// A stable word.
    pub code: String,
    /// Why, in a sentence; what the platform said is stripped and bounded.
    pub problem: String,
    /// What to do about it.
    pub fix: String,
}

/// Where a delivery stands, for `sync status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StuckGrade {
    /// Slug of the registration.
    pub registration: String,
    /// Slug of the resource.
    pub resource: String,
    /// The link's identifier.
    pub resource_link_id: String,
    /// Username of the account.
    pub account: String,
    /// As whom the platform knows the person.
    pub sub: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next; never, when the platform refused it for good.
    pub next_try_at: Option<Timestamp>,
    /// What is in the way.
    pub trouble: Trouble,
}

/// How a resource's grades and members stand, for `sync status`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncCounts {
    /// Grades that platforms have.
    pub accepted: u32,
    /// Grades that wait for their turn or another try.
    pub waiting: u32,
    /// Grades that platforms refused for good.
    pub refused: u32,
}

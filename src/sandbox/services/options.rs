//! Options of the services.

use std::time::Duration;

use super::member::{MemberDetails, RoleForm};
use super::paging::LinkStyle;

/// Options of the platform's services; they can be changed while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceOptions {
    /// The number of generated students in each course, in addition to the school's people.
    pub members: u32,
    /// The minimum duration of every response, including those of the access token URL.
    pub latency: Duration,
    /// A query in every service URL, which requests must repeat, like Moodle's; it detects tools
    /// that build URLs without it.
    pub query: Option<String>,
    /// How `Link` headers are written.
    pub links: LinkStyle,
    /// The maximum number of entries in a page, regardless of what the tool requests.
    pub largest_page: usize,
    /// How roles are written in lists of members.
    pub roles: RoleForm,
    /// Which details of members are sent.
    pub member_details: MemberDetails,
    /// What a score that is not final does to a grade.
    pub unfinished_scores: UnfinishedScores,
    /// The lifetime of access tokens, in seconds.
    pub token_lifetime: i64,
}

/// What a score that is not final does to a grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnfinishedScores {
    /// It removes the grade, as in Moodle.
    ClearGrade,
    /// As in Canvas: it removes the grade unless the score asks to preserve it; one that waits to be
    /// graded by hand sets the grade that it contains.
    Canvas,
    /// It is ignored, as the specification allows.
    Ignored,
}

impl Default for ServiceOptions {
    fn default() -> Self {
        Self {
            members: 0,
            latency: Duration::ZERO,
            query: Some("type_id=1".to_owned()),
            links: LinkStyle::Plain,
            largest_page: 1000,
            roles: RoleForm::Short,
            member_details: MemberDetails::Full,
            unfinished_scores: UnfinishedScores::ClearGrade,
            token_lifetime: 3600,
        }
    }
}

impl ServiceOptions {
    /// A service URL, as sent in launches.
    pub(in crate::sandbox) fn with_query(&self, url: String) -> String {
        match self.query.as_deref().filter(|query| !query.is_empty()) {
            Some(query) => format!("{url}?{query}"),
            None => url,
        }
    }
}

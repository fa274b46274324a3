//! How the services behave.

use std::time::Duration;

use super::member::{MemberDetails, RoleForm};
use super::paging::LinkStyle;

/// How the platform's services behave; can be changed while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceOptions {
    /// How many generated students are in each course, beside the school's people.
    pub members: u32,
    /// How long every answer takes at least, that of the access token URL included.
    pub latency: Duration,
    /// A query that every service URL carries and must come back with, as Moodle's do; it shows
    /// when a tool builds URLs as if there was none.
    pub query: Option<String>,
    /// How `Link` headers are written.
    pub links: LinkStyle,
    /// The most entries of a page, also when the tool asks for more or for no pages.
    pub largest_page: usize,
    /// How roles are written in lists of members.
    pub roles: RoleForm,
    /// What is told about members.
    pub member_details: MemberDetails,
    /// How long access tokens are good, in seconds.
    pub token_lifetime: i64,
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
            token_lifetime: 3600,
        }
    }
}

impl ServiceOptions {
    /// A service URL as launches carry it.
    pub(in crate::sandbox) fn address(&self, url: String) -> String {
        match self.query.as_deref().filter(|query| !query.is_empty()) {
            Some(query) => format!("{url}?{query}"),
            None => url,
        }
    }
}

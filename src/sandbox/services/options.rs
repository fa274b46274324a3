//! How the services behave.

use std::time::Duration;

use super::member::{MemberDetails, RoleForm};
use super::paging::LinkStyle;

/// How the platform's services behave; can be changed while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceOptions {
    /// The number of generated students in each course, in addition to the school's people.
    pub members: u32,
    /// The minimum time of every response, including those of the access token URL.
    pub latency: Duration,
    /// A query that every service URL carries and requests must repeat, as with Moodle; it detects
    /// tools that build URLs without it.
    pub query: Option<String>,
    /// How `Link` headers are written.
    pub links: LinkStyle,
    /// The maximum number of entries in a page, whatever the tool requests.
    pub largest_page: usize,
    /// How roles are written in lists of members.
    pub roles: RoleForm,
    /// Which details of members are sent.
    pub member_details: MemberDetails,
    /// The lifetime of access tokens, in seconds.
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

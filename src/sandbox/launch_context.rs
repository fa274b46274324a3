//! The values that launches are built from.

use jiff::Timestamp;

use super::content::ContentItem;
use super::course_history::History;
use super::notices::NoticeOptions;
use super::services::ServiceOptions;
use super::tool::ToolSetup;

/// The values that all launches are built from.
pub(super) struct LaunchContext {
    /// The platform's time.
    pub(super) now: Timestamp,
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) deployment_id: String,
    pub(super) tool: ToolSetup,
    /// As sent by the tool in the authentication request; empty before that.
    pub(super) nonce: String,
    /// A nonce that belongs to another login.
    pub(super) other_nonce: String,
    /// The selected content that is launched, instead of one of the school's own links.
    pub(super) item: Option<ContentItem>,
    /// From where the course and the link were copied; only for tokens.
    pub(super) history: Option<History>,
    /// How the services behave, and the query of their URLs.
    pub(super) services: ServiceOptions,
    /// Whether notices are offered.
    pub(super) notices: NoticeOptions,
    /// Where the response to a deep linking request is posted; empty for other launches.
    pub(super) deep_link_return_url: String,
}

impl LaunchContext {
    /// The platform's time in whole seconds.
    pub(super) fn seconds(&self) -> i64 {
        self.now.as_second()
    }

    /// A URL below the issuer.
    pub(super) fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.issuer.trim_end_matches('/'))
    }

    /// The host of the Tool URL, with its port.
    pub(super) fn tool_host(&self) -> String {
        let rest = self.tool.tool_url.split_once("://").map_or("", |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
    }

    /// `http` or `https`, from the Tool URL.
    pub(super) fn tool_scheme(&self) -> &str {
        self.tool.tool_url.split_once("://").map_or("https", |(scheme, _)| scheme)
    }
}

//! What a launch is made of.

use jiff::Timestamp;

use super::content::ContentItem;
use super::services::ServiceOptions;
use super::tool::ToolSetup;

/// What a launch is made of, for the good one and for everything that differs from it.
pub(super) struct Scene {
    /// The platform's time.
    pub(super) now: Timestamp,
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) deployment_id: String,
    pub(super) tool: ToolSetup,
    /// As the tool sent it with the authentication request; empty before that.
    pub(super) nonce: String,
    /// A nonce that belongs to another login.
    pub(super) other_nonce: String,
    /// The selected content that is launched, instead of one of the school's own links.
    pub(super) item: Option<ContentItem>,
    /// How the services behave, and what their URLs carry.
    pub(super) services: ServiceOptions,
    /// Where the answer to a deep linking request goes; empty for everything else.
    pub(super) deep_link_return_url: String,
}

impl Scene {
    /// The platform's time in whole seconds.
    pub(super) fn seconds(&self) -> i64 {
        self.now.as_second()
    }

    /// An address under the issuer.
    pub(super) fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.issuer.trim_end_matches('/'))
    }

    /// The host of the Tool URL, with its port.
    pub(super) fn tool_host(&self) -> String {
        let rest = self.tool.tool_url.split_once("://").map_or("", |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
    }

    /// `http` or `https`, as the Tool URL has it.
    pub(super) fn tool_scheme(&self) -> &str {
        self.tool.tool_url.split_once("://").map_or("https", |(scheme, _)| scheme)
    }
}

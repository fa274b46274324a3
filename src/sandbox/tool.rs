//! What the platform and its tool know of each other.

use std::collections::BTreeMap;

/// The tool's client ID at every sandbox.
pub const CLIENT_ID: &str = "sandbox-tool";

/// The tool's deployment ID at every sandbox.
pub const DEPLOYMENT_ID: &str = "1";

/// What an LMS is told about a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolSetup {
    /// What people call it.
    pub name: String,
    /// Tool URL: the target link URI of links without one of their own.
    pub tool_url: String,
    /// Content selection URL; the Tool URL where there is none of its own.
    pub deep_linking_url: Option<String>,
    /// Initiate login URL.
    pub initiate_login_url: String,
    /// Redirection URI(s), compared byte by byte.
    pub redirect_uris: Vec<String>,
    /// Public keyset.
    pub jwks_url: String,
    /// Custom parameters of every link.
    pub custom: BTreeMap<String, String>,
}

//! The details that the platform and its tool exchange.

use std::collections::BTreeMap;

/// The tool's client ID, the same for every sandbox.
pub const CLIENT_ID: &str = "sandbox-tool";

/// The tool's deployment ID, the same for every sandbox.
pub const DEPLOYMENT_ID: &str = "1";

/// The tool details that are entered in an LMS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolSetup {
    /// Display name.
    pub name: String,
    /// Tool URL: the target link URI of links without their own.
    pub tool_url: String,
    /// Content selection URL; by default, the Tool URL.
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

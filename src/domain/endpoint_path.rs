//! The paths of the tool's LTI endpoints, below its public URL.

/// Where the platform posts the id_token: "Tool URL" and redirect URI.
pub const LAUNCH_PATH: &str = "/lti/launch";

/// Where it posts the id_token of a content selection: "Content selection URL" and redirect URI.
pub const DEEP_LINKING_PATH: &str = "/lti/deep-link";

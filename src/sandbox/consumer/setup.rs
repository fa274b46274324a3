//! What the platform knows of a tool that uses LTI 1.1.

use std::collections::BTreeMap;

/// The values of a tool's form in an LMS. `Debug` does not show the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsumerSetup {
    /// The consumer key.
    pub key: String,
    /// The shared secret.
    pub secret: String,
    /// The launch URL of links without their own, and of content selections.
    pub launch_url: String,
    /// Custom parameters of every link.
    pub custom: BTreeMap<String, String>,
}

impl std::fmt::Debug for ConsumerSetup {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ConsumerSetup")
            .field("key", &self.key)
            .field("launch_url", &self.launch_url)
            .finish_non_exhaustive()
    }
}

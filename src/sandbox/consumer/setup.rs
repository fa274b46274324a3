//! What the platform knows of a tool that uses LTI 1.1 or 2.0.

use std::collections::BTreeMap;

use crate::sandbox::words::words;

words! {
    /// `lti_version` of launches.
    #[derive(Default)]
    FormVersion, "version" {
        /// A key and a secret that were entered.
        #[default]
        Lti1p0 "LTI-1p0" "LTI 1.1",
        /// The key is the GUID of a tool proxy.
        Lti2p0 "LTI-2p0" "LTI 2.0",
    }
}

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
    /// The version of launches.
    pub version: FormVersion,
}

impl std::fmt::Debug for ConsumerSetup {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ConsumerSetup")
            .field("key", &self.key)
            .field("launch_url", &self.launch_url)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_not_shown() {
        let setup = ConsumerSetup {
            key: "key".to_owned(),
            secret: "hidden".to_owned(),
            launch_url: String::new(),
            custom: BTreeMap::new(),
            version: FormVersion::Lti2p0,
        };
        let shown = format!("{setup:?}");
        assert!(shown.contains("key") && !shown.contains("hidden"), "{shown}");
    }
}

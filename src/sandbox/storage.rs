//! The platform's storage for tools (LTI postMessage Storage 0.1): which kind is offered.

use super::words::words;

/// The frame that keeps values, under the name that Canvas gives it.
pub(super) const FRAME: &str = "post_message_forwarding";

words! {
    /// How the platform keeps values for tools.
    Storage, "storage" {
        Absent "none" "None: the platform offers no storage",
        Parent "parent" "The platform's page keeps it",
        Frame "frame" "A frame of the platform's page keeps it",
        Moved "moved" "The platform's page is named, and says that a frame of it keeps it",
        Broken "broken" "It is offered, but nobody answers",
        WrongOrigin "wrong-origin" "It is offered, but another origin answers",
    }
}

impl Storage {
    /// `lti_storage_target` of the login request, if it has one.
    pub fn target(self) -> Option<&'static str> {
        match self {
            Self::Absent => None,
            Self::Frame => Some(FRAME),
            Self::Parent | Self::Moved | Self::Broken | Self::WrongOrigin => Some("_parent"),
        }
    }
}

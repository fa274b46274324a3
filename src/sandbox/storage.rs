//! The platform's storage for tools (LTI postMessage Storage 0.1): which kind is offered.

use super::words::words;

/// The frame that stores values, with the name that Canvas uses.
pub(super) const FRAME: &str = "post_message_forwarding";

words! {
    /// How the platform stores values for tools.
    Storage, "storage" {
        Absent "none" "None: the platform offers no storage",
        Parent "parent" "The platform's page keeps it",
        Frame "frame" "A frame of the platform's page keeps it",
        Moved "moved" "The platform's page is named, and says that a frame of it keeps it",
        Broken "broken" "It is offered, but there is no response",
        WrongOrigin "wrong-origin" "It is offered, but another origin responds",
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

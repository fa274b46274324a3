//! The kinds of platform storage for tools (LTI postMessage Storage 0.1).

use super::words::words;

/// The frame that stores values, with the name that Canvas uses.
pub(super) const FRAME: &str = "post_message_forwarding";

words! {
    /// How the platform stores values for tools.
    Storage, "storage" {
        Absent "none" "None: the platform offers no storage",
        Parent "parent" "In the platform's page",
        Frame "frame" "In a frame of the platform's page",
        Moved "moved" "The platform's page is named, but refers to a frame of it",
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

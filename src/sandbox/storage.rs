//! The platform's storage for tools (LTI postMessage Storage 0.1): which kind is offered, and the
//! page of the frame that keeps it.
//!
//! Keeping and answering is done by scripts (`sandbox-storage.js`), in the platform's page or in a
//! frame of it, for that is where tools ask.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::ToolSetup;
use super::platform::Platform;
use super::school::words;
use super::web::{html, origin};

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

/// The origin of a tool, which alone may keep values.
pub(super) fn tool_origin(tool: &ToolSetup) -> String {
    origin(&tool.tool_url)
}

/// The frame's address under another name of this machine than the issuer's.
pub(super) fn elsewhere(platform: &Platform) -> String {
    let host = if origin(&platform.issuer).contains("//127.") { "localhost" } else { "127.0.0.1" };
    format!("http://{host}:{}/storage", platform.port)
}

#[derive(Template)]
#[template(path = "sandbox-storage.html")]
struct Frame<'a> {
    tool_origin: &'a str,
    nonce: &'a str,
}

/// `GET /storage`: the frame.
pub(super) async fn frame(State(platform): State<Arc<Platform>>) -> Response {
    let tool_origin = platform.state().tool.as_ref().map(tool_origin).unwrap_or_default();
    let nonce = platform.fresh_identifier();
    html(
        &platform,
        StatusCode::OK,
        &Frame { tool_origin: &tool_origin, nonce: &nonce },
        &nonce,
        "; form-action 'none'",
    )
}

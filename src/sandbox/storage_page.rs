//! The page of the frame that stores values for tools.
//!
//! Scripts (`sandbox-storage.js`) in the platform's page or in its frame store the values and
//! respond to the tools' messages.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::platform::Platform;
use super::tool::ToolSetup;
use super::web::{html, origin};

/// The origin of a tool; only this origin may store values.
pub(super) fn tool_origin(tool: &ToolSetup) -> String {
    origin(&tool.tool_url)
}

/// The frame's URL under another name of this machine than the issuer's.
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

//! `GET` and `PUT /services/notices/{deployment}`: the tool's handlers.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::super::launch_context::LaunchContext;
use super::super::platform::{Platform, State};
use super::super::services::{Outcome, ServiceResponse, refuse};
use super::super::tool::{CLIENT_ID, DEPLOYMENT_ID, ToolSetup};
use super::super::web::{is_web_url, origin};
use super::Notices;
use super::choice::{HELLO_WORLD, NoticeChoice, NoticeOptions};
use super::delivery;

/// The scope of the service.
pub(super) const SCOPE: &str = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers";

/// A deployment of another tool.
const FOREIGN_DEPLOYMENT: &str = "other";

/// The smallest number of notices in a request that a tool may ask for.
const SMALLEST_BATCH: u64 = 10;

/// The claim of launches, if the platform offers notices.
pub(in crate::sandbox) fn claim(scene: &LaunchContext) -> Option<Value> {
    let options = &scene.notices;
    let mut claim = json!({
        "service_versions": ["1.0"],
        "platform_notification_service_url":
            scene.endpoint(&format!("/services/notices/{}", scene.deployment_id)),
        "scope": [SCOPE],
    });
    if options.lists_types {
        claim["notice_types_supported"] = json!(options.types);
    }
    options.offered.then_some(claim)
}

/// Lists the handlers, or sets one. The token has been checked.
pub(in crate::sandbox) fn carry_out(
    state: &mut State,
    method: &Method,
    path: &str,
    body: &[u8],
) -> Outcome {
    let path = path.split('?').next().unwrap_or_default();
    match path.rsplit('/').next() {
        Some(FOREIGN_DEPLOYMENT) => {
            return refuse(StatusCode::FORBIDDEN, "Deployment does not belong to the tool");
        }
        Some(DEPLOYMENT_ID) if state.notices.options.offered => {}
        _ => return refuse(StatusCode::NOT_FOUND, "Deployment not found"),
    }
    if method == Method::GET {
        return Ok(all(&state.notices));
    }
    let tool = state.tool.clone().unwrap_or_default();
    let (notice_type, url) = match read(body, &state.notices.options, &tool) {
        Ok(read) => read,
        Err(why) => return refuse(StatusCode::BAD_REQUEST, why),
    };
    if !state.notices.options.forgets_changes {
        set(&mut state.notices, &notice_type, &url);
    }
    if state.notices.options.answers_with_all {
        return Ok(all(&state.notices));
    }
    let handler = json!({ "notice_type": notice_type, "handler": url });
    Ok(ServiceResponse::json(StatusCode::OK, "application/json", &handler))
}

/// Sets a handler, or with an empty URL removes it.
pub(super) fn set(notices: &mut Notices, notice_type: &str, url: &str) {
    match url {
        "" => drop(notices.handlers.remove(notice_type)),
        url => drop(notices.handlers.insert(notice_type.to_owned(), url.to_owned())),
    }
}

/// All handlers, as Canvas lists them.
fn all(notices: &Notices) -> ServiceResponse {
    let handler = |name: &String| {
        let url = notices.handlers.get(name).map_or("", String::as_str);
        json!({ "notice_type": name, "handler": url })
    };
    let client_id = if notices.options.numeric_client_id {
        json!(10_000_000_000_041_u64)
    } else {
        json!(CLIENT_ID)
    };
    let list = json!({
        "client_id": client_id,
        "deployment_id": DEPLOYMENT_ID,
        "notice_handlers": notices.options.types.iter().map(handler).collect::<Vec<_>>(),
    });
    ServiceResponse::json(StatusCode::OK, "application/json", &list)
}

/// Reads a change: the type and the URL.
fn read(
    body: &[u8],
    options: &NoticeOptions,
    tool: &ToolSetup,
) -> Result<(String, String), String> {
    let body: Value = serde_json::from_slice(body).map_err(|_| "The body is not JSON")?;
    let notice_type = body["notice_type"].as_str().unwrap_or_default();
    if !options.types.iter().any(|known| known == notice_type) {
        return Err(format!("notice_type must be one of {}", options.types.join(", ")));
    }
    let Some(url) = body["handler"].as_str() else { return Err("handler is missing".to_owned()) };
    if body["max_batch_size"].as_u64().is_some_and(|size| size < SMALLEST_BATCH) {
        return Err(format!("max_batch_size must be at least {SMALLEST_BATCH}"));
    }
    if url.is_empty() {
        return Ok((notice_type.to_owned(), String::new()));
    }
    if !is_web_url(url) {
        return Err("handler must be a URL".to_owned());
    }
    if origin(url) != origin(&tool.tool_url) && !tool.redirect_uris.iter().any(|uri| uri == url) {
        return Err("handler must be on the tool's domain, or a redirect URI".to_owned());
    }
    Ok((notice_type.to_owned(), url.to_owned()))
}

/// Sends the greeting after its handler was set.
pub(in crate::sandbox) fn after_set(platform: &Arc<Platform>, body: &Bytes) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    if body["notice_type"] != HELLO_WORLD {
        return;
    }
    let Some(url) = platform.state().notices.handlers.get(HELLO_WORLD).cloned() else { return };
    let platform = Arc::clone(platform);
    tokio::spawn(async move {
        delivery::send(&platform, &url, &NoticeChoice::of_type(HELLO_WORLD)).await;
    });
}

//! `POST /deep-link-return`, which receives the tool's response.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::super::fields::{field, parse_fields};
use super::super::platform::Platform;
use super::super::selected_page::selected;
use super::super::token::fetch_keyset;
use super::super::tool::CLIENT_ID;
use super::super::web::{form, message};
use super::requests::Request;
use super::response::{Expected, SelectionResponse, check, verified};

/// The URL for the response to a request.
pub(in crate::sandbox) fn return_url(platform: &Platform, id: &str) -> String {
    platform.endpoint(&format!("/deep-link-return?request={id}"))
}

/// `POST /deep-link-return`. The form comes from the tool's page; only its signature
/// is trusted.
pub(in crate::sandbox) async fn returned(
    State(platform): State<Arc<Platform>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = parse_fields(query.unwrap_or_default().as_bytes());
    let id = field(&query, "request").unwrap_or_default();
    let refuse = |status, problems: &[String]| {
        message(&platform, status, "The selection was not accepted", problems)
    };
    let Some(request) = platform.state().deep_links.by_id.get(id).cloned() else {
        return refuse(
            StatusCode::BAD_REQUEST,
            &["No content selection belongs to this response: the platform requested none, or it \
                was restarted meanwhile."
                .to_owned()],
        );
    };
    let response = match read(&platform, &request, &headers, &body).await {
        Ok(response) => response,
        Err(problems) => return refuse(StatusCode::BAD_REQUEST, &problems),
    };
    let now = platform.now().as_second();
    let mut state = platform.state();
    if !state.deep_links.spend(&response.nonce, now) {
        drop(state);
        return refuse(
            StatusCode::BAD_REQUEST,
            &["The nonce of the response was used before.".to_owned()],
        );
    }
    if !state.deep_links.complete(id) {
        drop(state);
        return refuse(
            StatusCode::CONFLICT,
            &["This selection was completed before; nothing is added twice.".to_owned()],
        );
    }
    let (added, dropped) = state.content.add(response.items.clone());
    state.services.change_columns(&added, &dropped);
    drop(state);
    selected(&platform, request.course, &response.messages, &response.items)
}

/// Reads the response from the form and checks it.
async fn read(
    platform: &Platform,
    request: &Request,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<SelectionResponse, Vec<String>> {
    let form = form(headers, body).ok_or_else(|| {
        vec!["The response is not a form (application/x-www-form-urlencoded).".to_owned()]
    })?;
    let token = field(&form, "JWT").ok_or_else(|| vec!["The form has no field JWT.".to_owned()])?;
    let tool = platform.state().tool.clone().unwrap_or_default();
    if tool.jwks_url.is_empty() {
        return Err(vec!["The tool's public keyset is not known.".to_owned()]);
    }
    let keyset = fetch_keyset(platform, &tool.jwks_url)
        .await
        .map_err(|why| vec![format!("The tool's public keyset {why}.")])?;
    let claims = verified(token, &keyset).map_err(|problem| vec![problem])?;
    let scene = platform.scene(tool, String::new(), String::new());
    let expected = Expected {
        issuer: &platform.issuer,
        client_id: CLIENT_ID,
        deployment_id: &request.deployment_id,
        settings: &request.settings,
        course: request.course,
        tool_host: &scene.tool_host(),
        now_seconds: scene.seconds(),
    };
    check(&claims, &expected)
}

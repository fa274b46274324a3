//! Which pages may read responses of the token and userinfo endpoints: those of public clients,
//! whose scripts ask themselves. Without cookies, so no page gets more than it sends.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::single;
use crate::domain::Client;
use crate::server::app::App;
use crate::server::problem::Problem;

/// Lets the page that sent a request read the response, if it belongs to this public client.
pub(super) fn allow(headers: &HeaderMap, client: Option<&Client>, response: &mut Response) {
    vary(response);
    let Some(origin) = single(headers, &header::ORIGIN) else { return };
    if client.is_some_and(|client| is_page_of(client, &origin)) {
        allow_origin(&origin, response);
    }
}

/// The same for a response to a request that names no client: the page of any public client may read
/// it.
pub(super) fn allow_any(
    app: &App,
    headers: &HeaderMap,
    response: &mut Response,
) -> Result<(), Problem> {
    vary(response);
    let Some(origin) = single(headers, &header::ORIGIN) else { return Ok(()) };
    let clients = app.service.pool.look_up(|read| read.public_clients())?;
    if clients.iter().any(|client| is_page_of(client, &origin)) {
        allow_origin(&origin, response);
    }
    Ok(())
}

/// The response to the question of a browser whether a page may send a request (Fetch, 4.8).
pub(super) fn preflight(app: &App, headers: &HeaderMap) -> Result<Response, Problem> {
    let mut response = StatusCode::NO_CONTENT.into_response();
    allow_any(app, headers, &mut response)?;
    if response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        let methods = format!("{}, {}", Method::GET, Method::POST);
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_METHODS, methods.as_str()),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ] {
            response.headers_mut().extend(HeaderValue::from_str(value).map(|value| (name, value)));
        }
    }
    Ok(response)
}

fn is_page_of(client: &Client, origin: &str) -> bool {
    client.is_public()
        && client.redirect_uris.iter().any(|uri| uri.origin().as_deref() == Some(origin))
}

fn allow_origin(origin: &str, response: &mut Response) {
    if let Ok(origin) = HeaderValue::from_str(origin) {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
}

fn vary(response: &mut Response) {
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
}

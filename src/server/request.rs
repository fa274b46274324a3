//! The ID of the current request, which appears in its log lines, in a header of its response, and on
//! error pages.
//!
//! It is stored with the task, so that it need not be passed to every function that creates a page.

use std::future::Future;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;

use super::app::App;
use crate::domain::{Browser, RequestId};
use crate::launch::Caller;
use crate::web::header::text;

/// The response header with the request's ID.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The ID of a request: a new one, or that of a trusted proxy.
pub(super) fn name(app: &App, headers: &HeaderMap) -> RequestId {
    let fresh = fresh(app);
    let trusted = app
        .request_id_header
        .as_ref()
        .and_then(|header| Some(text(headers.get_all(header).iter().next_back()?.as_bytes())));
    match trusted {
        Some(name) => fresh.forwarded_as(&name),
        None => fresh,
    }
}

fn fresh(app: &App) -> RequestId {
    RequestId::fresh(app.id_clock.next(app.service.clock.now()), &app.service.random)
}

/// Runs a request with its ID, and adds the ID to the response.
pub(super) async fn run(id: RequestId, response: impl Future<Output = Response>) -> Response {
    let value = HeaderValue::try_from(id.as_str());
    let mut response = CURRENT.scope(id, response).await;
    if let Ok(value) = value {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}

/// The ID of the current request.
pub(super) fn id(app: &App) -> RequestId {
    CURRENT.try_with(RequestId::clone).unwrap_or_else(|_| fresh(app))
}

/// The sender of the current request.
pub(super) fn caller(app: &App, headers: &HeaderMap) -> Caller {
    let user_agent =
        headers.get(header::USER_AGENT).map(|value| text(value.as_bytes())).unwrap_or_default();
    Caller { request: id(app), browser: Browser::of(&user_agent) }
}

//! The request that is being answered: its name, which every line of the log, the answer's header
//! and every page that says that something went wrong have in common.
//!
//! The name goes with the task, so that anyone who makes a page need not be told it.

use std::future::Future;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;

use super::app::App;
use crate::domain::{Browser, RequestId};
use crate::launch::Caller;

/// The header that tells a request's name.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: RequestId;
}

/// A name for a request: a fresh one, or that of a proxy whose header is trusted.
pub(super) fn name(app: &App, headers: &HeaderMap) -> RequestId {
    let fresh = RequestId::fresh(app.service.clock.now(), &app.service.random);
    let trusted = app
        .request_id_header
        .as_ref()
        .and_then(|header| headers.get_all(header).iter().next_back()?.to_str().ok());
    match trusted {
        Some(name) => fresh.forwarded_as(name),
        None => fresh,
    }
}

/// Answers a request under its name, and tells it.
pub(super) async fn answer(id: RequestId, answer: impl Future<Output = Response>) -> Response {
    let told = HeaderValue::try_from(id.as_str());
    let mut response = CURRENT.scope(id, answer).await;
    if let Ok(told) = told {
        response.headers_mut().insert(X_REQUEST_ID, told);
    }
    response
}

/// The name of the request that is being answered.
pub(super) fn id(app: &App) -> RequestId {
    CURRENT
        .try_with(RequestId::clone)
        .unwrap_or_else(|_| RequestId::fresh(app.service.clock.now(), &app.service.random))
}

/// Who sends the request.
pub(super) fn caller(app: &App, headers: &HeaderMap) -> Caller {
    let user_agent =
        headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Caller { request: id(app), browser: Browser::of(user_agent) }
}

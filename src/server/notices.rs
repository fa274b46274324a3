//! `POST /lti/notices/{registration}`: what a platform's server reports. There is no browser, so the
//! responses have no pages.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::form;
use crate::domain::RegistrationRef;
use crate::launch::notices::{self, NoticeResponse, NoticeUrl};
use crate::lti::notice::MAX_BODY_BYTES;
use crate::web::header::is_media_type;

/// The seconds after which a platform may try again if the tool has failed.
const RETRY_SECONDS: u64 = 60;

/// `POST /lti/notices/{registration}`
pub(super) async fn by_post(
    State(app): State<App>,
    Path(registration): Path<String>,
    request: Request,
) -> Response {
    let url = NoticeUrl::Registration(RegistrationRef::from(registration.as_str()));
    receive(&app, url, request).await
}

/// `POST /lti/notices/probe/{code}`: a URL that `doctor` lets a platform use once.
pub(super) async fn probe_by_post(
    State(app): State<App>,
    Path(code): Path<String>,
    request: Request,
) -> Response {
    receive(&app, NoticeUrl::Probe(code), request).await
}

async fn receive(app: &App, url: NoticeUrl, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let kind = head.headers.get(header::CONTENT_TYPE);
    if !kind.is_some_and(|kind| is_media_type(kind.as_bytes(), "application/json")) {
        return answer(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let body = match form::read_body(body, MAX_BODY_BYTES, app.limits.body_time).await {
        Ok(body) => body,
        Err(status) => return answer(status),
    };
    // A platform that disconnects must not end a transaction between two batches.
    let service = app.service.clone();
    let received = tokio::spawn(async move { notices::receive(&service, &url, &body).await }).await;
    match received {
        Ok(Ok(NoticeResponse::Received)) => answer(StatusCode::OK),
        Ok(Ok(NoticeResponse::Malformed)) => answer(StatusCode::BAD_REQUEST),
        Ok(Ok(NoticeResponse::Refused)) => answer(StatusCode::UNAUTHORIZED),
        Ok(Ok(NoticeResponse::Later(wait))) => later(wait.as_secs().max(1)),
        Ok(Err(error)) => {
            tracing::error!(%error, "notices could not be stored");
            later(RETRY_SECONDS)
        }
        Err(error) => {
            tracing::error!(%error, "notices could not be checked");
            later(RETRY_SECONDS)
        }
    }
}

/// An empty JSON object.
fn answer(status: StatusCode) -> Response {
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], "{}")
        .into_response()
}

fn later(seconds: u64) -> Response {
    let mut response = answer(StatusCode::SERVICE_UNAVAILABLE);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

//! Messages of platforms that arrive at the URL of something else: they are refused with the field
//! to correct, and logged like other refused launches.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::app::App;
use super::form::{self, Parameters};
use super::problem::Problem;
use super::{outcome, request};
use crate::domain::RegistrationRef;
use crate::launch::{self, UrlParts};
use crate::lti::message::{Endpoint, Message};

const CONFIGURATION: &str = "/lti/config/";

/// The response to a message that does not belong at this URL; `None` if it may belong there, or
/// cannot be recognized.
pub(super) async fn refuse(
    app: &App,
    headers: &HeaderMap,
    endpoint: Endpoint,
    url: UrlParts<'_>,
    parameters: &Parameters,
) -> Option<Response> {
    let message = Message::misplaced_at(endpoint, parameters)?;
    let caller = request::caller(app, headers);
    // Boxed, because almost no request needs it.
    let refused = Box::pin(launch::refuse_misplaced(
        &app.service,
        &caller,
        message,
        endpoint,
        url,
        parameters,
    ));
    Some(outcome::error(app, refused.await))
}

/// `POST` to a URL that can only be read. Someone may have entered it as the URL of launches.
pub(super) async fn by_post(State(app): State<App>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let file = head.uri.path().strip_prefix(CONFIGURATION);
    let endpoint = if file.is_some() { Endpoint::Configuration } else { Endpoint::Keyset };
    let slug = file.and_then(|file| file.strip_suffix(".json")).map(RegistrationRef::from);
    let mut parameters = Parameters::new();
    let refused = match form::read(&head.headers, body, &app.limits, &mut parameters).await {
        Ok(()) => {
            let url = UrlParts { slug: slug.as_ref(), ..UrlParts::default() };
            refuse(&app, &head.headers, endpoint, url, &parameters).await
        }
        Err(_) => None,
    };
    refused.unwrap_or_else(|| {
        let mut response = Problem::Status(StatusCode::METHOD_NOT_ALLOWED).into_response();
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET,HEAD"));
        response
    })
}

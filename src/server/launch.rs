//! The launch: the platform's authentication response (core launch, sections 3 and 4).

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::form::{self, Parameters, Unreadable};
use super::page::{self, Framers};
use super::problem::Problem;
use super::{cookie, misplaced, outcome, request};
use crate::domain::{DEEP_LINKING_PATH, RegistrationRef};
use crate::launch::{self, UrlParts};
use crate::lti::message::{Endpoint, MessagePart};

/// `POST /lti/launch` and `/lti/deep-link`
pub(super) async fn by_post(State(app): State<App>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut parameters = Parameters::new();
    match form::read(&head.headers, body, &app.limits, &mut parameters).await {
        Ok(()) => accept(&app, head.uri.path(), &head.headers, parameters).await,
        Err(reason) => {
            unreadable(&app, &head.headers, endpoint(head.uri.path()), None, reason).await
        }
    }
}

/// `GET /lti/launch` and `/lti/deep-link`: some platforms send an error this way, or a login that
/// belongs elsewhere; tokens are accepted only in forms.
pub(super) async fn by_get(State(app): State<App>, request: Request) -> Response {
    let mut parameters = Parameters::new();
    let read = form::decode(request.uri().query().unwrap_or_default().as_bytes(), &mut parameters);
    match read {
        Ok(()) if parameters.iter().any(|(name, _)| name == "error") => {
            parameters.retain(|(name, _)| name != "id_token");
            accept(&app, request.uri().path(), request.headers(), parameters).await
        }
        Ok(()) => {
            let (headers, endpoint) = (request.headers(), endpoint(request.uri().path()));
            let refused =
                misplaced::refuse(&app, headers, endpoint, UrlParts::default(), &parameters).await;
            refused.unwrap_or_else(|| explain(&app, endpoint == Endpoint::DeepLinking))
        }
        Err(_) => explain(&app, endpoint(request.uri().path()) == Endpoint::DeepLinking),
    }
}

fn endpoint(path: &str) -> Endpoint {
    if path == DEEP_LINKING_PATH { Endpoint::DeepLinking } else { Endpoint::Launch }
}

async fn accept(app: &App, path: &str, headers: &HeaderMap, parameters: Parameters) -> Response {
    let url = UrlParts::default();
    if let Some(refused) = misplaced::refuse(app, headers, endpoint(path), url, &parameters).await {
        return refused;
    }
    let caller = request::caller(app, headers);
    let cookie = |name: &str| cookie::get(headers, name).map(str::to_owned);
    match Box::pin(launch::accept(&app.service, &caller, parameters, cookie)).await {
        Ok(next) => outcome::respond(app, headers, &next),
        Err(reason) => outcome::error(app, reason),
    }
}

/// The response to a query or form that cannot be read.
pub(super) async fn unreadable(
    app: &App,
    headers: &HeaderMap,
    endpoint: Endpoint,
    slug: Option<&RegistrationRef>,
    reason: Unreadable,
) -> Response {
    match reason {
        Unreadable::Status(status) => Problem::Status(status).into_response(),
        Unreadable::Malformed { is_query, problem } => {
            let caller = request::caller(app, headers);
            let part = if is_query { MessagePart::Query } else { MessagePart::Form };
            let refused =
                launch::refuse_malformed(&app.service, &caller, endpoint, slug, (part, problem));
            outcome::error(app, refused.await)
        }
    }
}

/// The page for people who open the URL manually.
fn explain(app: &App, is_for_selection: bool) -> Response {
    let (title, what, field) = match is_for_selection {
        false => (
            "This is the Tool URL",
            "The learning platform sends launches here by POST when someone follows a link to this \
             tool",
            "Tool URL",
        ),
        true => (
            "This is the Content selection URL",
            "The learning platform sends content selections here by POST when a teacher adds \
             content to a course",
            "Content selection URL",
        ),
    };
    let lines = [
        format!("{what}. There is nothing to see here."),
        format!(
            "If you are setting up a learning platform: this URL belongs in its fields \
             \"{field}\" and \"Redirection URI(s)\"."
        ),
    ];
    let mut response =
        page::message(app, StatusCode::METHOD_NOT_ALLOWED, title, &lines, Framers::Anyone);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

//! The launch URL of LTI 1.1 and 2.0: a form that the platform has signed (LTI 1.1.1, section 3).

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::app::App;
use super::form::{self, Parameters, Unreadable};
use super::launch::unreadable;
use super::page::{self, Framers};
use super::{misplaced, outcome, request};
use crate::domain::{LAUNCH_1P1_PATH, ResourceRef};
use crate::launch::{self, SignedForm, UrlParts};
use crate::lti::message::Endpoint;

/// `POST /lti/1p1/launch`
pub(super) async fn by_post(State(app): State<App>, request: Request) -> Response {
    launch(app, None, request).await
}

/// `POST /lti/1p1/launch/{resource}`
pub(super) async fn by_post_for(
    State(app): State<App>,
    Path(resource): Path<String>,
    request: Request,
) -> Response {
    launch(app, Some(resource.as_str().into()), request).await
}

async fn launch(app: App, resource: Option<ResourceRef>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let headers = &head.headers;
    let body = match form::read_raw(headers, body, &app.limits).await {
        Ok(body) => body,
        Err(reason) => return refuse_unreadable(&app, headers, reason).await,
    };
    // What belongs at another URL is recognized by its parameters. A form that cannot be decoded may
    // still have a valid signature, because that is of its octets.
    let mut parameters = Parameters::new();
    if crate::web::form::decode(&body, &mut parameters).is_ok() {
        let (endpoint, url) = (Endpoint::Launch1p1, UrlParts::default());
        if let Some(refused) = misplaced::refuse(&app, headers, endpoint, url, &parameters).await {
            return refused;
        }
    }
    let path_and_query = head
        .uri
        .path_and_query()
        .map_or_else(|| LAUNCH_1P1_PATH.to_owned(), |path| path.as_str().to_owned());
    let form = SignedForm { path_and_query, body, resource };
    let caller = request::caller(&app, headers);
    match Box::pin(launch::accept_signed_form(&app.service, &caller, form)).await {
        Ok(next) => outcome::respond(&app, headers, &next),
        Err(reason) => outcome::error(&app, reason),
    }
}

async fn refuse_unreadable(app: &App, headers: &HeaderMap, reason: Unreadable) -> Response {
    unreadable(app, headers, Endpoint::Launch1p1, None, reason).await
}

/// `GET /lti/1p1/launch`: the page for people who open the URL manually.
pub(super) async fn by_get(State(app): State<App>) -> Response {
    let lines = [
        "Learning platforms that use LTI 1.1 send launches here by POST when someone follows a link \
         to this tool. There is nothing to see here."
            .to_owned(),
        "If you are setting up a learning platform: enter this URL as \"Launch URL\" or \"Tool URL\", \
         together with the consumer key and the shared secret. The URL of a cartridge ends in .xml, \
         and belongs in another field."
            .to_owned(),
    ];
    let title = "This is the launch URL of LTI 1.1";
    let mut response =
        page::message(&app, StatusCode::METHOD_NOT_ALLOWED, title, &lines, Framers::Anyone);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

//! The endpoints for an app's server, `/api/…`: JSON, authorised by a launch token as bearer (RFC
//! 6750), the app key in the header `App-Key`, or both.
//!
//! Responses have no CORS headers: pages should not call these endpoints, because anyone who has the
//! token can use the session; it belongs on the app's server.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

mod codes;
mod error;
mod members;
mod notices;
mod openapi;
mod query;

pub use self::codes::explained;
use self::error::{ApiError, denied, not_a_score};
use self::members::MemberPage;
pub(super) use self::notices::notices;
pub use self::openapi::document;
use super::app::App;
use super::app_error;
use super::form;
use super::problem::Problem;
use crate::domain::AccountRef;
use crate::failure::Failure;
use crate::report::view::GradeView;
use crate::rules::grade::NewGrade;
use crate::session::app_members;
use crate::session::app_request::{self, Credentials, Denied, Person, Subject};
use crate::session::score_request;
use crate::store::Write;
use crate::web;

/// The header with the app key.
const APP_KEY: &str = "app-key";

/// `GET /api/launch`: the claims of the token
pub(super) async fn launch(State(app): State<App>, request: Request) -> Response {
    let launch = || {
        let sent = credentials(&app, request.headers())?;
        let now = app.service.clock.now();
        let granted = app.service.pool.look_up(|read| app_request::authorise(read, &sent, now))?;
        Ok::<_, ApiError>(granted.map_err(denied)?.claims)
    };
    respond(launch())
}

/// `GET /api/members`: a page of the people of the app's resource
pub(super) async fn members(State(app): State<App>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    let members = async {
        let sent = credentials(&app, &head.headers)?;
        let query = query::members(&head.uri)?;
        let now = app.service.clock.now();
        let read = app.service.pool.read(|read| {
            let resource = match app_request::app_resource(read, &sent, now)? {
                Ok(resource) => resource,
                Err(reason) => return Ok(Err(reason)),
            };
            let page = app_members::members(read, &resource, &query, now)?;
            Ok::<_, Failure>(Ok(MemberPage::new(resource, page)))
        });
        read.await?.map_err(denied)
    };
    respond(members.await)
}

/// `GET /api/score`: the grade of the token's person, or of another account of the app's resource
pub(super) async fn show_score(State(app): State<App>, request: Request) -> Response {
    let show = || {
        let sent = credentials(&app, request.headers())?;
        let (account, course) = query::account_and_course(request.uri())?;
        let subject = Subject { sent, account, course };
        let now = app.service.clock.now();
        let found = app.service.pool.look_up(|read| app_request::score(read, &subject, now))?;
        let (Person { resource, account, course, .. }, grade) = found.map_err(denied)?;
        Ok::<_, ApiError>(GradeView::new(&resource.slug, &account, &grade, course))
    };
    respond(show())
}

/// `POST /api/score`: records a grade of the token's person, or of another account of the app's
/// resource
pub(super) async fn score(State(app): State<App>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let scored = async {
        let sent = credentials(&app, &head.headers)?;
        let now = app.service.clock.now();
        app.service
            .pool
            .look_up(|read| app_request::may_record_scores(read, &sent, now))?
            .map_err(denied)?;
        query::none(&head.uri)?;
        let body = form::read_body(body, app.limits.body_bytes, app.limits.body_time)
            .await
            .map_err(|status| ApiError::Problem(Problem::Status(status)))?;
        let (account, course, new) = new_grade(&head.headers, &body)?;
        let subject = Subject { sent, account, course };
        let record = move |write: &Write<'_>| app_request::record_score(write, &subject, &new, now);
        let scored = app.service.pool.via("app").write(record).await?;
        let (person, grade) = scored.map_err(denied)?;
        log_recorded(&person);
        Ok(GradeView::new(&person.resource.slug, &person.account, &grade, person.course))
    };
    respond(scored.await)
}

fn log_recorded(person: &Person) {
    let resource = &person.resource.slug;
    match &person.launch {
        Some((launch, registration)) => {
            tracing::info!(%launch, %registration, %resource, "the app recorded a grade");
        }
        None => tracing::info!(%resource, "the app recorded a grade with its key alone"),
    }
}

/// `GET /api/openapi.json`: the description of these endpoints
pub(super) async fn openapi(State(app): State<App>) -> Response {
    let settings = app.service.pool.look_up(|read| read.settings());
    respond(settings.map(|settings| document(settings.url.as_str())).map_err(ApiError::from))
}

/// What a request sends to be authorised, with the token's signature verified.
fn credentials(app: &App, headers: &HeaderMap) -> Result<Credentials, ApiError> {
    let token = match headers.contains_key(header::AUTHORIZATION) {
        true => Some(bearer(headers).ok_or_else(|| denied(Denied::TokenMissing))?),
        false => None,
    };
    let sent =
        app.service.pool.look_up(|read| Credentials::verified(read, token, app_key(headers)))?;
    sent.map_err(denied)
}

/// The app key, if it was sent. Several keys, and text that cannot be one, count as a wrong key.
fn app_key(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(APP_KEY).iter();
    let first = std::str::from_utf8(all.next()?.as_bytes()).unwrap_or_default();
    Some(if all.next().is_some() { "" } else { first })
}

/// The token of the one `Authorization` header (RFC 6750, section 2.1). Text that cannot be one
/// counts as a wrong token.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(one), None) = (all.next(), all.next()) else { return None };
    web::header::bearer(std::str::from_utf8(one.as_bytes()).unwrap_or("Bearer \u{fffd}"))
}

fn new_grade(
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(Option<AccountRef>, Option<String>, NewGrade), ApiError> {
    let kind = headers.get(header::CONTENT_TYPE);
    if !kind.is_some_and(|kind| web::header::is_media_type(kind.as_bytes(), "application/json")) {
        return Err(ApiError::Problem(Problem::Status(StatusCode::UNSUPPORTED_MEDIA_TYPE)));
    }
    score_request::read(body).map_err(not_a_score)
}

fn respond(outcome: Result<impl Serialize, ApiError>) -> Response {
    match outcome {
        Ok(value) => app_error::json(StatusCode::OK, &value),
        Err(ApiError::Rejected(status, body)) => app_error::response(status, &body),
        Err(ApiError::Problem(problem)) => problem.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_single_bearer_token_is_accepted() {
        for (values, expected) in [
            (&["Bearer a.b.c"][..], Some("a.b.c")),
            (&["bearer  a.b.c "], Some("a.b.c")),
            (&["Basic a.b.c"], None),
            (&["Bearer"], None),
            (&["Bearer "], None),
            (&["a.b.c"], None),
            (&[], None),
            (&["Bearer a", "Bearer b"], None),
        ] {
            let headers: HeaderMap = values
                .iter()
                .map(|value| (header::AUTHORIZATION, HeaderValue::from_static(value)))
                .collect();
            let mut all = HeaderMap::new();
            for value in values {
                all.append(header::AUTHORIZATION, HeaderValue::from_static(value));
            }
            assert_eq!(bearer(&all), expected, "{headers:?}");
        }
    }
}

//! The endpoints for an app's server, `/api/launch` and `/api/score`, with a launch token as bearer
//! (RFC 6750) and JSON.
//!
//! Responses have no CORS headers: pages should not call these endpoints, because anyone who has the
//! token can use the session; it belongs on the app's server.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use zeroize::Zeroizing;

mod codes;
mod error;

pub use self::codes::explained;
use self::error::{ApiError, anonymous_launch, denied, not_a_score, token_missing};
use super::app::App;
use super::app_error;
use super::form;
use super::problem::Problem;
use crate::report::view::GradeView;
use crate::rules::grade::NewGrade;
use crate::session::app_request::{self, Granted, Scored};
use crate::session::score_request;
use crate::store::Write;
use crate::web;

/// The header with the app key.
const APP_KEY: &str = "app-key";

/// `GET /api/launch`: the claims of the token
pub(super) async fn launch(State(app): State<App>, request: Request) -> Response {
    respond(authorise(&app, request.headers()).map(|(granted, _)| granted.claims))
}

/// `POST /api/score`: records a grade of the token's person at the token's resource
pub(super) async fn score(State(app): State<App>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let scored = async {
        let (granted, now) = authorise(&app, &head.headers)?;
        granted.may_record_scores().map_err(denied)?;
        let body = form::read_body(body, app.limits.body_bytes, app.limits.body_time)
            .await
            .map_err(|status| ApiError::Problem(Problem::Status(status)))?;
        let new = new_grade(&head.headers, &body)?;
        let (launch, registration) =
            (granted.active.session.launch_id.clone(), granted.active.registration.slug.clone());
        let key = app_key(&head.headers).map(|key| Zeroizing::new(key.to_owned()));
        let record = move |write: &Write<'_>| {
            app_request::record_score(
                write,
                granted.claims,
                key.as_ref().map(|key| key.as_str()),
                &new,
                now,
            )
        };
        let scored = app.service.pool.via("app").write(record).await?;
        let Scored::Grade { account, grade } = scored.map_err(denied)? else {
            return Err(anonymous_launch());
        };
        tracing::info!(%launch, %registration, resource = %granted.resource.slug, "the app recorded a \
            grade");
        Ok(GradeView::new(&granted.resource.slug, &account, &grade))
    };
    respond(scored.await)
}

/// Checks the launch token and the app key of a request.
fn authorise(app: &App, headers: &HeaderMap) -> Result<(Granted, jiff::Timestamp), ApiError> {
    let token = bearer(headers).ok_or_else(token_missing)?;
    let now = app.service.clock.now();
    let granted = app
        .service
        .pool
        .look_up(|read| app_request::authorise(read, token, app_key(headers), now))?;
    Ok((granted.map_err(denied)?, now))
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

fn new_grade(headers: &HeaderMap, body: &[u8]) -> Result<NewGrade, ApiError> {
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

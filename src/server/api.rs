//! What an app behind a resource asks from its own server: `/api/launch` and `/api/score`, with a
//! launch token as bearer (RFC 6750) and JSON both ways.
//!
//! No answer has CORS headers: a page has no business here, since anyone who has the token has the
//! session, and it belongs on the app's server.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use zeroize::Zeroizing;

use crate::session::{app_request, score_request};

mod codes;

pub use self::codes::explained;
use super::app::App;
use super::form;
use super::problem::Problem;
use crate::failure::Failure;
use crate::failure::Kind;
use crate::report::view::GradeView;
use crate::rules::grade::NewGrade;
use crate::session::SessionEnded;
use crate::session::app_request::Denied;
use crate::session::app_request::Granted;
use crate::session::app_request::Scored;
use crate::session::score_request::BadScore;
use crate::store::Write;
use crate::web;

/// Below this are all endpoints for apps.
pub(super) const PATH: &str = "/api/";

/// The header with the app's own key.
const APP_KEY: &str = "app-key";

/// Why there is no answer.
enum Refused {
    /// By what was asked, or by whom: in words, for anyone who writes the app.
    Said(StatusCode, Words),
    /// By what any request may meet.
    Problem(Problem),
}

/// `GET /api/launch`: the claims of the token
pub(super) async fn launch(State(app): State<App>, request: Request) -> Response {
    answer(authorise(&app, request.headers()).map(|(granted, _)| granted.claims))
}

/// `POST /api/score`: records a grade of the token's person at the token's resource
pub(super) async fn score(State(app): State<App>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let scored = async {
        let (granted, now) = authorise(&app, &head.headers)?;
        granted.may_record_scores().map_err(denied)?;
        let body = form::read_body(body, app.limits.body_bytes, app.limits.body_time)
            .await
            .map_err(|status| Refused::Problem(Problem::Status(status)))?;
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
            return Err(nobody());
        };
        tracing::info!(%launch, %registration, resource = %granted.resource.slug, "the app has \
            recorded a grade");
        Ok(GradeView::new(granted.resource.slug.as_str(), &account, &grade))
    };
    answer(scored.await)
}

/// Whom the request is for.
fn authorise(app: &App, headers: &HeaderMap) -> Result<(Granted, jiff::Timestamp), Refused> {
    let token = bearer(headers).ok_or_else(token_missing)?;
    let now = app.service.clock.now();
    let granted =
        app.service.pool.read(|read| app_request::authorise(read, token, app_key(headers), now))?;
    Ok((granted.map_err(denied)?, now))
}

/// The app's own key, if it was sent. Several keys, and text that cannot be one, count as a wrong
/// key.
fn app_key(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(APP_KEY).iter();
    let first = all.next()?.to_str().unwrap_or_default();
    Some(if all.next().is_some() { "" } else { first })
}

/// The token of the one `Authorization` header (RFC 6750, section 2.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(one), None) = (all.next(), all.next()) else { return None };
    web::header::bearer(one.to_str().ok()?)
}

fn token_missing() -> Refused {
    said(
        StatusCode::UNAUTHORIZED,
        "token_missing",
        "there is no launch token",
        "send the header Authorization: Bearer, followed by the launch_token",
    )
}

fn denied(denied: Denied) -> Refused {
    const AGAIN: &str = "the person opens the link in the course again";
    let (status, code, message, hint) = match denied {
        Denied::NotOurs => (
            StatusCode::UNAUTHORIZED,
            "token_invalid",
            "this is no launch token of this tool",
            "send the launch_token as it came, unchanged",
        ),
        Denied::AppKey => (
            StatusCode::FORBIDDEN,
            "app_key_wrong",
            "the app's own key is missing or wrong",
            "send the header App-Key from the app's server, with what ltictl resource app-key \
             RESOURCE prints",
        ),
        Denied::Expired => (
            StatusCode::UNAUTHORIZED,
            "token_expired",
            "the launch token has expired, and the app's own key was not sent",
            "send the header App-Key from the app's server, with what ltictl resource app-key \
             RESOURCE prints: with it, a launch token is accepted as long as the session lasts",
        ),
        Denied::OtherAudience => (
            StatusCode::UNAUTHORIZED,
            "token_for_another_app",
            "the token was made for another app than the one that the resource has now",
            "ltictl resource show RESOURCE tells its target; then the person opens the link in the \
             course again",
        ),
        Denied::Ended(SessionEnded::Unknown) => (
            StatusCode::UNAUTHORIZED,
            "session_ended",
            "the session in which the token was made has ended",
            AGAIN,
        ),
        Denied::Ended(SessionEnded::Unpublished) => (
            StatusCode::FORBIDDEN,
            "resource_unpublished",
            "the resource was taken offline",
            "ltictl resource update RESOURCE --publish",
        ),
        Denied::Ended(SessionEnded::NotForRegistration) => (
            StatusCode::FORBIDDEN,
            "resource_not_for_registration",
            "the resource was closed to the registration",
            "ltictl resource show RESOURCE",
        ),
        Denied::Ended(SessionEnded::RegistrationDisabled) => (
            StatusCode::FORBIDDEN,
            "registration_disabled",
            "the registration was switched off",
            "ltictl registration enable REGISTRATION",
        ),
        Denied::Ended(SessionEnded::AccountDisabled) => (
            StatusCode::FORBIDDEN,
            "account_disabled",
            "the person's account was switched off",
            "ltictl account show ACCOUNT",
        ),
    };
    said(status, code, message, hint)
}

fn nobody() -> Refused {
    said(
        StatusCode::CONFLICT,
        "anonymous_launch",
        "the launch is of nobody in particular, so nobody can have a score",
        "check that account is not null before you send one",
    )
}

/// What a body looks like.
const EXAMPLE: &str = "send an object such as {\"score\": 8.5}; maximum, activity_progress, \
    grading_progress and comment may be left out";

fn unfit(problem: impl Into<String>) -> Refused {
    said(StatusCode::UNPROCESSABLE_ENTITY, "invalid_value", problem, EXAMPLE)
}

fn not_a_score(problem: BadScore) -> Refused {
    match problem {
        BadScore::NotJson { line, column } => said(
            StatusCode::BAD_REQUEST,
            "not_json",
            format!("the body is not JSON (line {line}, column {column})"),
            EXAMPLE,
        ),
        BadScore::Unfit(problem) => unfit(problem),
        BadScore::Invalid(invalid) => Failure::from(invalid).into(),
    }
}

fn new_grade(headers: &HeaderMap, body: &[u8]) -> Result<NewGrade, Refused> {
    let kind =
        headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Err(Refused::Problem(Problem::Status(StatusCode::UNSUPPORTED_MEDIA_TYPE)));
    }
    score_request::read(body).map_err(not_a_score)
}

/// What went wrong and what helps, as every error of this program says it in JSON.
pub(super) struct Words {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) hint: String,
}

fn said(
    status: StatusCode,
    code: &'static str,
    message: impl Into<String>,
    hint: impl Into<String>,
) -> Refused {
    Refused::Said(status, Words { code, message: message.into(), hint: hint.into() })
}

impl<E: Into<Failure>> From<E> for Refused {
    /// What the request is to blame for is said; anything else is for the log only.
    fn from(failure: E) -> Self {
        let failure = failure.into();
        let status = match failure.kind {
            Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::NotFound => StatusCode::NOT_FOUND,
            _ => return Self::Problem(Problem::Failed(failure)),
        };
        let (code, message) = (failure.kind.code(), failure.to_string());
        said(
            status,
            code,
            message,
            if failure.hint.is_empty() { EXAMPLE.to_owned() } else { failure.hint },
        )
    }
}

fn answer(outcome: Result<impl Serialize, Refused>) -> Response {
    match outcome {
        Ok(value) => json_answer(StatusCode::OK, &value),
        Err(Refused::Said(status, words)) => error(status, &words),
        Err(Refused::Problem(problem)) => problem.into_response(),
    }
}

/// An error; one of the token says how to send one (RFC 6750, section 3).
pub(super) fn error(status: StatusCode, words: &Words) -> Response {
    let Words { code, message, hint } = words;
    let mut response = json_answer(
        status,
        &json!({ "error": { "code": code, "message": message, "hint": hint } }),
    );
    if status == StatusCode::UNAUTHORIZED {
        let challenge =
            if *code == "token_missing" { "Bearer" } else { "Bearer error=\"invalid_token\"" };
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    response
}

fn json_answer(status: StatusCode, value: &impl Serialize) -> Response {
    let headers =
        [(header::CACHE_CONTROL, "no-store"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (status, headers, Json(json!(value))).into_response()
}

/// What any request may meet, in words for anyone who writes an app.
pub(super) fn words(status: StatusCode, request_id: &dyn std::fmt::Display) -> Words {
    let (code, message, hint) = match status {
        StatusCode::NOT_FOUND => (
            "not_found",
            "there is no such endpoint",
            "GET /api/launch and POST /api/score are there".to_owned(),
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "method_not_allowed",
            "this endpoint is used with another method",
            "the header Allow names it".to_owned(),
        ),
        StatusCode::REQUEST_TIMEOUT => {
            ("request_timeout", "the body did not arrive in time", "send it in one go".to_owned())
        }
        StatusCode::PAYLOAD_TOO_LARGE => (
            "payload_too_large",
            "the body is larger than this tool reads",
            "send one score at a time".to_owned(),
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            "unsupported_media_type",
            "the body is not said to be JSON",
            "send the header Content-Type: application/json".to_owned(),
        ),
        StatusCode::TOO_MANY_REQUESTS => (
            "too_many_requests",
            "there are too many requests at the moment",
            "wait as long as the header Retry-After says".to_owned(),
        ),
        StatusCode::SERVICE_UNAVAILABLE => (
            "unavailable",
            "this tool is busy",
            format!(
                "try again in a moment; the log of this tool has more under request {request_id}"
            ),
        ),
        status if status.is_server_error() => (
            "failed",
            "something went wrong here",
            format!("the log of this tool has more under request {request_id}"),
        ),
        _ => (
            "bad_request",
            "the request cannot be read",
            "compare it with the documentation".to_owned(),
        ),
    };
    Words { code, message: message.to_owned(), hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bearer_is_taken_from_the_header() {
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

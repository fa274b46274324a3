//! Why a request of an app fails.

use axum::http::StatusCode;

use crate::failure::{Failure, Kind};
use crate::server::app_error::ErrorBody;
use crate::server::problem::Problem;
use crate::session::SessionEnded;
use crate::session::app_request::Denied;
use crate::session::score_request::BadScore;

/// Why a request of an app fails.
pub(super) enum ApiError {
    /// The request is rejected, with an explanation for the app's developer.
    Rejected(StatusCode, ErrorBody),
    /// A problem that any request can have.
    Problem(Problem),
}

pub(super) fn denied(denied: Denied) -> ApiError {
    let (status, code, message, hint) = match denied {
        Denied::Ended(ended) => return session_ended(ended),
        Denied::UnknownAccount | Denied::NoGrade | Denied::Anonymous => return no_grade(denied),
        Denied::AccessToken | Denied::Scope | Denied::AccountMissing => {
            return not_for_client(denied);
        }
        Denied::TokenMissing => (
            StatusCode::UNAUTHORIZED,
            "token_missing",
            "the launch token is missing",
            "send the header Authorization: Bearer, followed by the launch_token; to use a grade \
             with the app key alone, name the account",
        ),
        Denied::NotOurs => (
            StatusCode::UNAUTHORIZED,
            "token_invalid",
            "this is not a token of this tool that this endpoint accepts",
            "send the launch_token unchanged; an access token of an OpenID client is accepted for \
             scores only, and without the header App-Key",
        ),
        Denied::AppKey => (
            StatusCode::FORBIDDEN,
            "app_key_wrong",
            "the app's own key is missing or wrong",
            "send the header App-Key from the app's server, with what `ltictl resource app-key \
             RESOURCE` prints",
        ),
        Denied::Expired => (
            StatusCode::UNAUTHORIZED,
            "token_expired",
            "the launch token has expired, and the app's own key was not sent",
            "send the header App-Key from the app's server, with what `ltictl resource app-key \
             RESOURCE` prints: with it, a launch token is accepted as long as the session lasts",
        ),
        Denied::OtherAudience => (
            StatusCode::UNAUTHORIZED,
            "token_for_another_app",
            "the token was created for a different app than the resource's current one",
            "`ltictl resource show RESOURCE` shows its target; then the person opens the link in \
             the course again",
        ),
        Denied::NoApp => (
            StatusCode::FORBIDDEN,
            "resource_without_app",
            "the resource no longer has an app",
            "ltictl resource update RESOURCE --target URL",
        ),
    };
    rejected(status, code, message, hint)
}

/// Why the access token of an OpenID client is not accepted.
fn not_for_client(denied: Denied) -> ApiError {
    let (status, code, message, hint) = match denied {
        Denied::Scope => (
            StatusCode::FORBIDDEN,
            "insufficient_scope",
            "the access token is not one for grades",
            "request the scope score when the person signs in; public clients cannot have it",
        ),
        Denied::AccountMissing => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "account_missing",
            "the access token is the client's own, and the request names no account",
            "name the account, by username or UUID",
        ),
        _ => (
            StatusCode::UNAUTHORIZED,
            "access_token_invalid",
            "the access token has expired, or its session or client has ended or was disabled",
            "sign the person in again, or request a new token with client_credentials",
        ),
    };
    rejected(status, code, message, hint)
}

/// Why there is no grade for a request that is authorised.
fn no_grade(denied: Denied) -> ApiError {
    let (status, code, message, hint) = match denied {
        Denied::UnknownAccount => (
            StatusCode::NOT_FOUND,
            "account_not_found",
            "no such account is enrolled in the resource",
            "GET /api/members lists the accounts with their IDs and usernames",
        ),
        Denied::NoGrade => (
            StatusCode::NOT_FOUND,
            "grade_not_found",
            "the account has no grade at the resource",
            "send one with POST /api/score",
        ),
        _ => (
            StatusCode::CONFLICT,
            "anonymous_launch",
            "the launch is anonymous, so there is no account for the score",
            "check that account is not null before you send or request a score",
        ),
    };
    rejected(status, code, message, hint)
}

fn session_ended(ended: SessionEnded) -> ApiError {
    let (status, code, message, hint) = match ended {
        SessionEnded::Unknown => (
            StatusCode::UNAUTHORIZED,
            "session_ended",
            "the session in which the token was created has ended",
            "the person opens the link in the course again",
        ),
        SessionEnded::Unpublished => (
            StatusCode::FORBIDDEN,
            "resource_unpublished",
            "the resource was unpublished",
            "ltictl resource update RESOURCE --publish",
        ),
        SessionEnded::NotForRegistration => (
            StatusCode::FORBIDDEN,
            "resource_not_for_registration",
            "the resource is no longer available to the registration",
            "ltictl resource show RESOURCE",
        ),
        SessionEnded::RegistrationDisabled => (
            StatusCode::FORBIDDEN,
            "registration_disabled",
            "the registration was disabled",
            "ltictl registration enable REGISTRATION",
        ),
        SessionEnded::AccountDisabled => (
            StatusCode::FORBIDDEN,
            "account_disabled",
            "the person's account was disabled",
            "ltictl account show ACCOUNT",
        ),
    };
    rejected(status, code, message, hint)
}

/// An example of a body.
const EXAMPLE: &str = "send an object such as {\"score\": 8.5}; account, maximum, \
    activity_progress, grading_progress, comment and submission may be left out";

pub(super) fn invalid_value(problem: impl Into<String>) -> ApiError {
    rejected(StatusCode::UNPROCESSABLE_ENTITY, "invalid_value", problem, EXAMPLE)
}

pub(super) fn invalid_query(problem: impl Into<String>) -> ApiError {
    rejected(
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid_value",
        problem,
        "GET /api/openapi.json describes the parameters of each endpoint",
    )
}

pub(super) fn not_a_score(problem: BadScore) -> ApiError {
    match problem {
        BadScore::NotJson { line, column } => rejected(
            StatusCode::BAD_REQUEST,
            "not_json",
            format!("the body is not JSON (line {line}, column {column})"),
            EXAMPLE,
        ),
        BadScore::WrongShape(problem) => invalid_value(problem),
        BadScore::Invalid(invalid) => Failure::from(invalid).into(),
    }
}

fn rejected(
    status: StatusCode,
    code: &'static str,
    message: impl Into<String>,
    hint: impl Into<String>,
) -> ApiError {
    ApiError::Rejected(status, ErrorBody { code, message: message.into(), hint: hint.into() })
}

impl<E: Into<Failure>> From<E> for ApiError {
    /// Errors in the request are explained; anything else appears only in the log.
    fn from(failure: E) -> Self {
        let failure = failure.into();
        let status = match failure.kind {
            Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::NotFound => StatusCode::NOT_FOUND,
            _ => return Self::Problem(Problem::Failed(failure)),
        };
        let (code, message) = (failure.kind.code(), failure.to_string());
        rejected(
            status,
            code,
            message,
            if failure.hint.is_empty() { EXAMPLE.to_owned() } else { failure.hint },
        )
    }
}

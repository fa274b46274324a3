//! Every error code of the interface for apps, for `ltictl explain`, taken from the responses.

use axum::http::StatusCode;

use super::error::{ApiError, denied, invalid_value, not_a_score};
use crate::failure::{Failure, Kind};
use crate::report::explain_codes::{Explanation, Family, Who};
use crate::server::app_error::{self, ErrorBody};
use crate::session::SessionEnded;
use crate::session::app_request::Denied;
use crate::session::score_request::BadScore;

/// The statuses with which any request may fail.
const STATUSES: [StatusCode; 9] = [
    StatusCode::BAD_REQUEST,
    StatusCode::NOT_FOUND,
    StatusCode::METHOD_NOT_ALLOWED,
    StatusCode::REQUEST_TIMEOUT,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::INTERNAL_SERVER_ERROR,
    StatusCode::SERVICE_UNAVAILABLE,
];

/// Why a request is denied, and who can fix it.
const DENIALS: [(Denied, Who); 17] = [
    (Denied::TokenMissing, Who::AppDeveloper),
    (Denied::NotOurs, Who::AppDeveloper),
    (Denied::AppKey, Who::AppDeveloper),
    (Denied::Expired, Who::AppDeveloper),
    (Denied::OtherAudience, Who::ToolAdmin),
    (Denied::NoApp, Who::ToolAdmin),
    (Denied::Ended(SessionEnded::Unknown), Who::Person),
    (Denied::Ended(SessionEnded::Unpublished), Who::ToolAdmin),
    (Denied::Ended(SessionEnded::NotForRegistration), Who::ToolAdmin),
    (Denied::Ended(SessionEnded::RegistrationDisabled), Who::ToolAdmin),
    (Denied::Ended(SessionEnded::AccountDisabled), Who::ToolAdmin),
    (Denied::Anonymous, Who::AppDeveloper),
    (Denied::UnknownAccount, Who::AppDeveloper),
    (Denied::NoGrade, Who::AppDeveloper),
    (Denied::AccessToken, Who::AppDeveloper),
    (Denied::Scope, Who::AppDeveloper),
    (Denied::AccountMissing, Who::AppDeveloper),
];

/// Every error that an app may get, explained.
pub fn explained() -> Vec<Explanation> {
    all().into_iter().map(|(status, body, who)| explanation(status, body, who)).collect()
}

/// Every error that an app may get, with its status and who can fix it.
pub(super) fn all() -> Vec<(StatusCode, ErrorBody, Who)> {
    let in_the_way = Failure::new(
        Kind::Conflict,
        "the score cannot be recorded",
        "it conflicts with something else",
        "ltictl resource show RESOURCE",
    );
    let others = [
        (not_a_score(BadScore::NotJson { line: 1, column: 0 }), Who::AppDeveloper),
        (invalid_value("a value in the request breaks a rule"), Who::AppDeveloper),
        (in_the_way.into(), Who::ToolAdmin),
    ];
    let denials = DENIALS.into_iter().map(|(denial, who)| (denied(denial), who));
    let mut all: Vec<_> = denials
        .chain(others)
        .filter_map(|(refused, who)| match refused {
            ApiError::Rejected(status, body) => Some((status, body, who)),
            ApiError::Problem(_) => None,
        })
        .collect();
    all.extend(STATUSES.into_iter().map(|status| {
        let who = if status.is_server_error() { Who::ToolAdmin } else { Who::AppDeveloper };
        (status, app_error::for_status(status, &"ID"), who)
    }));
    all
}

fn explanation(status: StatusCode, body: ErrorBody, who: Who) -> Explanation {
    let meaning = format!(
        "The app's request got a response with HTTP status {}: {}.",
        status.as_u16(),
        body.message
    );
    Explanation::new(Family::App, body.code, body.message, meaning, who, body.hint)
}

//! Errors of the interface for apps, as JSON.

use std::fmt::Display;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

/// The path of all endpoints for apps.
pub(super) const PATH: &str = "/api/";

/// The response to a request that failed, like every error of this program in JSON.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub(super) struct ErrorResponse<'b> {
    error: &'b ErrorBody,
}

/// What went wrong, and what helps.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ErrorDetails")]
pub(super) struct ErrorBody {
    /// A stable word for what went wrong.
    pub(super) code: &'static str,
    /// What went wrong.
    pub(super) message: String,
    /// What helps.
    pub(super) hint: String,
}

/// The response to a request that failed. If the token is missing or invalid, a header says how to
/// send one (RFC 6750, section 3).
pub(super) fn response(status: StatusCode, body: &ErrorBody) -> Response {
    let mut response = json(status, &ErrorResponse { error: body });
    if status == StatusCode::UNAUTHORIZED {
        let challenge =
            if body.code == "token_missing" { "Bearer" } else { "Bearer error=\"invalid_token\"" };
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    response
}

/// A response with JSON, which must not be stored.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let headers =
        [(header::CACHE_CONTROL, "no-store"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (status, headers, Json(json!(value))).into_response()
}

/// The error for a status that any request may get.
pub(super) fn for_status(status: StatusCode, request_id: &dyn Display) -> ErrorBody {
    let (code, message, hint) = match status {
        StatusCode::NOT_FOUND => (
            "not_found",
            "there is no such endpoint",
            "GET /api/openapi.json lists the endpoints".to_owned(),
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "method_not_allowed",
            "this endpoint does not support the method",
            "the header Allow lists the supported ones".to_owned(),
        ),
        StatusCode::REQUEST_TIMEOUT => {
            ("request_timeout", "the body did not arrive in time", "send it in one go".to_owned())
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            ("payload_too_large", "the body is too large", "send one score at a time".to_owned())
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            "unsupported_media_type",
            "the content type is not JSON",
            "send the header Content-Type: application/json".to_owned(),
        ),
        StatusCode::TOO_MANY_REQUESTS => (
            "too_many_requests",
            "there are too many requests at the moment",
            "wait for the time in the header Retry-After".to_owned(),
        ),
        StatusCode::SERVICE_UNAVAILABLE => (
            "unavailable",
            "this tool is busy",
            format!(
                "try again in a moment; the log of this tool has details under request {request_id}"
            ),
        ),
        status if status.is_server_error() => (
            "failed",
            "something failed in the tool",
            format!("the log of this tool has details under request {request_id}"),
        ),
        _ => (
            "bad_request",
            "the request cannot be read",
            "compare it with the documentation".to_owned(),
        ),
    };
    ErrorBody { code, message: message.to_owned(), hint }
}

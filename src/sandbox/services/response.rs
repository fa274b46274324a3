//! Responses of the services that are not sent yet.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A response, which a fault can still change.
#[derive(Debug)]
pub(in crate::sandbox) struct ServiceResponse {
    pub(super) status: StatusCode,
    pub(super) body: String,
    content_type: &'static str,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl ServiceResponse {
    /// A response with this body.
    pub(super) fn new(
        status: StatusCode,
        content_type: &'static str,
        body: impl Into<String>,
    ) -> Self {
        Self { status, body: body.into(), content_type, headers: Vec::new() }
    }

    /// JSON with its media type, to which Moodle appends the character set.
    pub(in crate::sandbox) fn json(
        status: StatusCode,
        content_type: &'static str,
        body: &Value,
    ) -> Self {
        Self::new(status, content_type, body.to_string())
    }

    /// A refusal, in the shape of Moodle's.
    pub(super) fn error(status: StatusCode, reason: &str) -> Self {
        Self::json(
            status,
            "application/json; charset=utf-8",
            &json!({ "status": status.as_u16(), "reason": reason }),
        )
    }

    /// Adds a header; an invalid value is ignored.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        // Typographic quotes are sent as UTF-8, like Moodle's.
        self.headers.extend(
            HeaderValue::from_bytes(value.as_bytes())
                .ok()
                .map(|value| (HeaderName::from_static(name), value)),
        );
        self
    }

    /// Removes the second half of the body.
    pub(super) fn cut_short(&mut self) {
        let mut half = self.body.len() / 2;
        while !self.body.is_char_boundary(half) {
            half -= 1;
        }
        self.body.truncate(half);
    }
}

impl IntoResponse for ServiceResponse {
    fn into_response(self) -> Response {
        let mut response = (
            self.status,
            [(header::CONTENT_TYPE, self.content_type), (header::CACHE_CONTROL, "no-store")],
            self.body,
        )
            .into_response();
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}

/// The result of a handler: the response, or a refusal.
pub(in crate::sandbox) type Outcome = Result<ServiceResponse, ServiceResponse>;

/// A refusal as the error of an [`Outcome`].
pub(in crate::sandbox) fn refuse<T>(
    status: StatusCode,
    reason: impl AsRef<str>,
) -> Result<T, ServiceResponse> {
    Err(ServiceResponse::error(status, reason.as_ref()))
}

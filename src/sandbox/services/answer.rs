//! Answers of the services, before they go out.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An answer that can still be spoilt.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: String,
    content_type: &'static str,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Answer {
    /// An answer with this body.
    pub(super) fn new(
        status: StatusCode,
        content_type: &'static str,
        body: impl Into<String>,
    ) -> Self {
        Self { status, body: body.into(), content_type, headers: Vec::new() }
    }

    /// JSON under its media type, to which Moodle adds the character set.
    pub(super) fn json(status: StatusCode, content_type: &'static str, body: &Value) -> Self {
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

    /// The answer with a header more; a value that no header can carry is left out.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        // Typographic quotes go out as UTF-8, as Moodle sends them.
        self.headers.extend(
            HeaderValue::from_bytes(value.as_bytes())
                .ok()
                .map(|value| (HeaderName::from_static(name), value)),
        );
        self
    }

    /// The same answer without the second half of its body.
    pub(super) fn cut_short(&mut self) {
        let mut half = self.body.len() / 2;
        while !self.body.is_char_boundary(half) {
            half -= 1;
        }
        self.body.truncate(half);
    }
}

impl IntoResponse for Answer {
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

/// What a handler gives: the answer, or the refusal.
pub(super) type Outcome = Result<Answer, Answer>;

/// A refusal as the wrong end of an [`Outcome`].
pub(super) fn refuse<T>(status: StatusCode, reason: impl AsRef<str>) -> Result<T, Answer> {
    Err(Answer::error(status, reason.as_ref()))
}

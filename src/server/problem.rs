//! Errors that any endpoint can return; [`super::gate`] turns them into a page, or JSON for apps.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::form::Unreadable;
use super::page::{self, Framers};
use super::{app_error, request};
use crate::failure::{Failure, Kind};
use crate::session::SessionEnded;
use crate::store;

/// An error. It is carried as an extension of an empty response.
#[derive(Debug, Clone)]
pub(super) enum Problem {
    /// The request is invalid; the status indicates why.
    Status(StatusCode),
    /// There are too many requests; the next one is possible after this time.
    TooMany(Duration),
    /// The session is not open in this browser. Such requests count against the client's address.
    NoSession(SessionEnded),
    /// The tool failed.
    Failed(Failure),
}

impl Problem {
    /// The status of the response.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Status(status) => *status,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NoSession(_) => StatusCode::FORBIDDEN,
            Self::Failed(failure) if failure.kind == Kind::Unavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The response: a page, or JSON for apps. The details of a failure appear only in the log.
    pub(super) fn response(&self, app: &App, to_app: bool) -> Response {
        if let Self::Failed(failure) = self {
            tracing::error!(
                what = failure.what,
                why = failure.why,
                hint = failure.hint,
                "request failed"
            );
        }
        let status = self.status();
        let mut response = if to_app {
            app_error::response(status, &app_error::for_status(status, &request::id(app)))
        } else {
            self.page(app, status)
        };
        let wait = match self {
            Self::TooMany(wait) => Some(wait.as_secs().saturating_add(1)),
            Self::Failed(_) if status == StatusCode::SERVICE_UNAVAILABLE => Some(1),
            _ => None,
        };
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    fn page(&self, app: &App, status: StatusCode) -> Response {
        let (title, lines) = match self {
            Self::NoSession(ended) => session_ended(*ended),
            _ => title_and_lines(status),
        };
        page::message(app, status, title, &lines, Framers::Anyone)
    }
}

/// The page for a status, for a registration whose frames are known.
pub(super) fn status_page(app: &App, status: StatusCode, frame_ancestors: &[String]) -> Response {
    let (title, lines) = title_and_lines(status);
    page::message(app, status, title, &lines, Framers::Only(frame_ancestors))
}

/// Title and lines of the page that explains why a session is not open.
fn session_ended(ended: SessionEnded) -> (&'static str, Vec<String>) {
    let (title, line) = match ended {
        SessionEnded::Unknown => (
            "Your session has ended",
            "Your session has ended or belongs to another browser. Go back to your course and open \
             the link again.",
        ),
        SessionEnded::Unpublished | SessionEnded::NotForRegistration => (
            "This resource is not available",
            "It was unpublished after you opened it. Ask your teacher whether it will be available again.",
        ),
        SessionEnded::AccountDisabled => (
            "Your account is disabled",
            "Your account on this tool was disabled. Ask the administrator of this tool.",
        ),
        SessionEnded::RegistrationDisabled => (
            "This connection is disabled",
            "The connection between this tool and your learning platform was disabled. Ask the \
             administrator of this tool.",
        ),
    };
    (title, vec![line.to_owned()])
}

/// Title and lines of the page for a status.
fn title_and_lines(status: StatusCode) -> (&'static str, Vec<String>) {
    let (title, line) = match status {
        StatusCode::NOT_FOUND => {
            ("Page not found", "Go back to your course and open the link again.")
        }
        StatusCode::METHOD_NOT_ALLOWED => (
            "This page cannot be opened this way",
            "Go back to your course and open the link again.",
        ),
        StatusCode::REQUEST_TIMEOUT => (
            "The request took too long",
            "The form did not arrive in time. Go back to your course and open the link again.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => {
            ("The request is too large", "The learning platform sent more than this tool accepts.")
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            "The request is not a form",
            "This URL accepts forms (application/x-www-form-urlencoded) from learning platforms.",
        ),
        StatusCode::TOO_MANY_REQUESTS => (
            "Too many requests",
            "There are too many requests at the moment. Wait a moment and open the link again.",
        ),
        StatusCode::SERVICE_UNAVAILABLE => {
            ("This tool is busy", "Wait a moment and open the link again.")
        }
        status if status.is_server_error() => {
            ("Something went wrong", "It is not your fault. Wait a moment and open the link again.")
        }
        _ => ("The request cannot be read", "Go back to your course and open the link again."),
    };
    (title, vec![line.to_owned()])
}

/// A form or a query that cannot be read, where nothing else is known about it.
impl From<Unreadable> for Problem {
    fn from(unreadable: Unreadable) -> Self {
        Self::Status(match unreadable {
            Unreadable::Status(status) => status,
            Unreadable::Malformed { .. } => StatusCode::BAD_REQUEST,
        })
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.into())
    }
}

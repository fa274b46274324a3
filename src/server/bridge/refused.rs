//! The page for people who may not open an app.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;

use super::decision::{mark, refusal, status};
use super::value;
use crate::server::app::App;
use crate::server::page::{self, Framers};
use crate::session::bridge::Refused;

/// `/bridge/app/refused`, which nginx requests in place of the app. The reason is the one of its
/// question; a browser can only ask for a page with another text.
pub(in crate::server) async fn show(State(app): State<App>, headers: HeaderMap) -> Response {
    let reason = value(&headers, "x-lti-refusal").and_then(|code| Refused::from_code(&code));
    let mut response = response(&app, &headers, reason.unwrap_or(Refused::NoVisit));
    // nginx adds the one of its question.
    response.headers_mut().remove(header::WWW_AUTHENTICATE);
    response
}

/// The page, or no body for a part of a page or a request of a script.
pub(super) fn response(app: &App, headers: &HeaderMap, reason: Refused) -> Response {
    if !opens_a_page(headers) {
        return refusal(reason);
    }
    let (title, line) = reason.page();
    let lines = [line.to_owned()];
    // It says nothing about a person or a registration.
    let mut response = page::message(app, status(reason), title, &lines, Framers::Anyone);
    mark(reason, response.headers_mut());
    response
}

/// Whether a browser opens a page (Fetch Metadata Request Headers, 2.1), or says nothing about it
/// and accepts HTML.
fn opens_a_page(headers: &HeaderMap) -> bool {
    match value(headers, "sec-fetch-dest") {
        Some(destination) => {
            matches!(&*destination, "document" | "iframe" | "frame" | "embed" | "object")
        }
        None => value(headers, "accept").is_some_and(|accepted| accepted.contains("text/html")),
    }
}

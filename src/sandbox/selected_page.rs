//! The page that a content selection ends with.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::content::ContentItem;
use super::platform::Platform;
use super::school::Course;
use super::web::html;

#[derive(Template)]
#[template(path = "sandbox-selected.html")]
struct Selected<'a> {
    nonce: &'a str,
    course: &'static str,
    messages: &'a [String],
    items: &'a [ContentItem],
}

/// What was added to a course, and what the tool says about it.
pub(super) fn selected(
    platform: &Platform,
    course: Course,
    messages: &[String],
    items: &[ContentItem],
) -> Response {
    let nonce = platform.fresh_identifier();
    let page = Selected { nonce: &nonce, course: course.description(), messages, items };
    html(platform, StatusCode::OK, &page, &nonce, "; form-action 'none'")
}

//! A page that finds out whether the browser stores cookies in this frame, and continues by script. If
//! it does not, the page offers a new window, in which a form does the same.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::app::App;
use super::page::{self, Framers};

/// The page.
#[derive(Template)]
#[template(path = "server-window.html")]
pub(super) struct WindowPage<'a> {
    /// The name of what continues.
    pub(super) tool: &'a str,
    /// Where it continues if the browser stores cookies.
    pub(super) url: &'a str,
    /// The path of the cookie that is stored to find out.
    pub(super) cookie_path: &'a str,
    /// Where the form is sent.
    pub(super) action: &'a str,
    /// The form's fields.
    pub(super) parameters: &'a [(&'static str, String)],
    /// That of the page's script.
    pub(super) nonce: &'a str,
}

/// The page for a ticket that cannot be used.
pub(super) fn not_entered(app: &App) -> Response {
    let line = "This page was opened before, or too long ago. Open the link in your course again.";
    let title = "Open the link in your course again";
    page::message(app, StatusCode::FORBIDDEN, title, &[line.to_owned()], Framers::Anyone)
}

/// The page for a browser that has not sent the cookie that it has just got.
pub(super) fn needs_cookies(app: &App) -> Response {
    let line = "Your browser does not send cookies of this page. Allow cookies for this site, or open \
         the link in your course in a new window.";
    let title = "This page needs cookies";
    page::message(app, StatusCode::UNAUTHORIZED, title, &[line.to_owned()], Framers::Anyone)
}

/// The page for a person who has left an app.
pub(super) fn left(app: &App) -> Response {
    let lines = [
        "To open this page again, open the link in your course.".to_owned(),
        "On a shared computer, sign out of your learning platform as well: as long as you are \
         signed in there, anyone at this computer can open the link as you."
            .to_owned(),
    ];
    page::message(app, StatusCode::OK, "You are signed out", &lines, Framers::Anyone)
}

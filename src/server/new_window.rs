//! A page that finds out whether the browser stores cookies in this frame, and continues by script. If
//! it does not, the page offers a new window, in which a form does the same.

use askama::Template;

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

//! The OpenID provider, one file per endpoint: apps sign people in by their launch.
//!
//! A launch of a resource with handover `openid` continues at [`enter`], which sets a cookie on this
//! host and sends the browser to the app. The app sends it to [`authorize`], and its server asks
//! [`token`] and [`userinfo`].

pub(super) mod authorize;
mod cors;
pub(super) mod discovery;
pub(super) mod enter;
pub(super) mod keyset;
pub(super) mod logout;
pub(super) mod token;
pub(super) mod userinfo;

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;

use super::cookie;
use crate::web::cookie::Cookies;
use crate::web::header::text;

/// Where the ticket of a session's page is exchanged for a cookie.
pub(super) const ENTER_PATH: &str = "/oidc/enter";

/// Where a person confirms that a program on their device may know them.
const CONFIRM_PATH: &str = "/oidc/confirm";

/// Where the browser continues with it.
const CONTINUE_PATH: &str = "/oidc/continue";

/// A cookie for this host alone, which works in the platform's frame.
fn set_cookie(response: &mut Response, name: &str, value: &str, max_age: i64) {
    if let Some(cookie) = cookie::set(name, value, "/", max_age) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// All cookies of a browser.
fn cookies(headers: &HeaderMap) -> Cookies {
    Cookies::read(headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes))
}

/// Whether a browser opens a page in a frame (Fetch Metadata Request Headers, 2.1).
fn is_framed(headers: &HeaderMap) -> bool {
    single(headers, &SEC_FETCH_DEST).is_some_and(|destination| destination == "iframe")
}

/// Whether a browser opens a page for an app. A page of the tool's own host never asks: content that
/// is published there could otherwise get codes of apps. Nor do scripts and pictures.
fn opens_for_an_app(headers: &HeaderMap) -> bool {
    let is = |name, value: &str| single(headers, name).is_some_and(|found| found == value);
    let is_navigation = !headers.contains_key(&SEC_FETCH_MODE) || is(&SEC_FETCH_MODE, "navigate");
    is_navigation && !is(&SEC_FETCH_SITE, "same-origin")
}

static SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
static SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The value of a header; `None` if there is none, or several.
fn single<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> Option<Cow<'h, str>> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => Some(text(one.as_bytes())),
        _ => None,
    }
}

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

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use super::cookie;
use crate::web::cookie::Cookies;
use crate::web::header::text;

/// Where the ticket of a session's page is exchanged for a cookie.
pub(super) const ENTER_PATH: &str = "/oidc/enter";

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

/// The value of a header; `None` if there is none, or several.
fn single<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> Option<Cow<'h, str>> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => Some(text(one.as_bytes())),
        _ => None,
    }
}

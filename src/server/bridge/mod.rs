//! Web apps behind a reverse proxy, one file per endpoint.
//!
//! The proxy asks one of the endpoints below `/bridge/auth/` before each request. Each of them reads
//! only the headers of its own proxies: all proxies pass the browser's other headers on, so one
//! endpoint for all would let a browser name another app or a harmless path.
//!
//! What is below `/bridge/app/` is for browsers: the proxy serves it as `/.ltictl/` of the app's
//! host. It needs no header but `Host`. The endpoints below `/bridge/auth/` cannot be reached there,
//! or scripts in the app could read a person's token.

pub(super) mod auth_envoy;
pub(super) mod auth_forward;
pub(super) mod auth_nginx;
pub(super) mod check;
mod decision;
pub(super) mod enter;
pub(super) mod leave;
pub(super) mod refused;
pub(super) mod tokens;

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderValue, header};

use super::app::App;
use super::cookie;
use crate::domain::TargetUrl;
use crate::failure::Failure;
use crate::session::bridge::COOKIE;
use crate::session::bridge::enter::entered;
use crate::web::header::text;
use crate::web::proxied::{Sender, Upgrade};

/// The path of all endpoints.
pub(super) const PATH: &str = "/bridge/";

/// The path of those that proxies ask.
pub(super) const AUTH_PATH: &str = "/bridge/auth/";

/// Where browsers reach the endpoints for them, at the app's host.
pub(super) const APP_PATH: &str = "/.ltictl/";

/// The value of a header; `None` if there is none.
fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<Cow<'h, str>> {
    headers.get(name).map(|value| text(value.as_bytes()))
}

/// Whether a request asks for another protocol: by the values of a header, or else as browsers ask for
/// a WebSocket.
fn upgrade(headers: &HeaderMap, name: &str) -> Upgrade {
    let upgrade = Upgrade::of(headers.get_all(name).iter().map(HeaderValue::as_bytes));
    let has_key = value(headers, "sec-websocket-key").is_some_and(|key| !key.is_empty());
    if upgrade == Upgrade::No && has_key { Upgrade::WebSocket } else { upgrade }
}

/// The host of a request.
fn host(headers: &HeaderMap) -> Cow<'_, str> {
    value(headers, header::HOST.as_str()).unwrap_or_default()
}

/// The URL of the app that the browser has entered at this host, and the origins that may frame it.
fn entered_app(
    app: &App,
    headers: &HeaderMap,
) -> Result<Option<(TargetUrl, Vec<String>)>, Failure> {
    let (host, now) = (host(headers), app.service.clock.now());
    app.service
        .pool
        .look_up(|read| entered(read, &app.service.state_key, &host, entries(headers), now))
}

/// The cookie of the app's host.
fn entries(headers: &HeaderMap) -> Option<&str> {
    cookie::get(headers, COOKIE)
}

/// The page that sends a request.
struct SenderHeaders<'h> {
    site: Option<Cow<'h, str>>,
    origin: Option<Cow<'h, str>>,
}

impl<'h> SenderHeaders<'h> {
    fn of(headers: &'h HeaderMap) -> Self {
        Self {
            site: value(headers, "sec-fetch-site"),
            origin: value(headers, header::ORIGIN.as_str()),
        }
    }

    fn sender(&self) -> Sender<'_> {
        Sender { site: self.site.as_deref(), origin: self.origin.as_deref() }
    }
}

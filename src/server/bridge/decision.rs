//! The decision about a request, as the headers of a response.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;

use super::{SenderHeaders, entries};
use crate::failure::Failure;
use crate::server::app::App;
use crate::server::page;
use crate::server::problem::Problem;
use crate::session::bridge::identity::{self, FRAME_ANCESTORS, TOKEN};
use crate::session::bridge::{self, Admitted, Asked, Refused};
use crate::store::Read;
use crate::web::proxied::Upgrade;

/// The header with the reason of a refusal.
const REFUSAL: HeaderName = HeaderName::from_static("x-lti-refusal");

/// The request that a proxy asks about, as its headers say.
pub(super) struct Original {
    pub(super) origin: String,
    pub(super) path: String,
    pub(super) method: String,
    pub(super) upgrade: Upgrade,
}

impl Original {
    /// The request for an absolute URL.
    pub(super) fn of_url(url: &str, method: String, upgrade: Upgrade) -> Option<Self> {
        let (origin, path) = bridge::split_url(url)?;
        Some(Self { origin, path: path.to_owned(), method, upgrade })
    }
}

/// Decides about a request; the response of an admitted one has no body.
pub(super) fn decide(
    app: &App,
    headers: &HeaderMap,
    original: Option<Original>,
) -> Result<Result<Response, Refused>, Problem> {
    let Some(original) = original else { return Ok(Err(Refused::NoOriginalUrl)) };
    let (sender, now) = (SenderHeaders::of(headers), app.service.clock.now());
    let asked = Asked {
        origin: &original.origin,
        path: &original.path,
        method: &original.method,
        upgrade: original.upgrade,
        sender: sender.sender(),
        cookie: entries(headers),
    };
    let decided = app.service.pool.look_up(|read| {
        match bridge::check(read, &app.service.state_key, &asked, now)? {
            Ok(admitted) => admitted_headers(app, read, &admitted, now).map(Ok),
            Err(refused) => Ok(Err(refused)),
        }
    })?;
    Ok(decided.map(|headers| (StatusCode::OK, headers).into_response()).inspect_err(|refused| {
        tracing::debug!(
            origin = original.origin,
            code = refused.code(),
            "a request to an app was refused"
        );
    }))
}

/// The headers that say who an admitted person is.
fn admitted_headers(
    app: &App,
    read: Read<'_>,
    admitted: &Admitted,
    now: Timestamp,
) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::with_capacity(identity::names().count() + 1);
    let mut add = |name: &'static str, value: String| {
        // What a header cannot contain was removed or encoded before.
        let value = HeaderValue::from_maybe_shared(axum::body::Bytes::from(value));
        let name = name.parse::<HeaderName>();
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.insert(name, value);
        }
    };
    for (name, value) in identity::headers(read, admitted)? {
        add(name, value);
    }
    let token = match admitted.resource.app.token_header {
        true => app.app_tokens.token(read, admitted, now, &app.service.random)?,
        false => String::new(),
    };
    add(TOKEN, token);
    add(FRAME_ANCESTORS, page::origins(&bridge::framers(&admitted.active)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(headers)
}

/// The response to a refused request, without a body.
pub(super) fn refusal(refused: Refused) -> Response {
    let mut response = status(refused).into_response();
    mark(refused, response.headers_mut());
    response
}

/// The status of a refusal.
pub(super) fn status(refused: Refused) -> StatusCode {
    StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::FORBIDDEN)
}

/// Says why a request is refused. No browser opens a dialog for a scheme that it does not know.
pub(super) fn mark(refused: Refused, headers: &mut HeaderMap) {
    headers.insert(REFUSAL, HeaderValue::from_static(refused.code()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if refused.status() == 401 {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("LTI"));
    }
}

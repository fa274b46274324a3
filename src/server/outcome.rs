//! The responses to a launch: the redirect to its session, a page that asks for something first, or
//! the page of a refused one.

use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::page::{self, BASE_TEMPLATE, Framers, TextPage};
use super::problem::Problem;
use super::session_url::{self, NAVIGATION_START};
use super::{cookie, frame};
use crate::domain::LaunchId;
use crate::launch::{AcceptedLaunch, LaunchError, LaunchOutcome, RefusedLaunch};
use crate::lti::refusal::Actor;

pub(super) mod account_page;
mod storage_page;
pub(super) mod window_page;

/// The response to a launch that was not refused; `headers` are those of the request.
pub(super) fn respond(app: &App, headers: &HeaderMap, next: &LaunchOutcome) -> Response {
    match next {
        LaunchOutcome::Accepted(accepted)
            if accepted.without_login && frame::may_be_framed(headers) =>
        {
            window_page::ask(app, accepted)
        }
        LaunchOutcome::Accepted(accepted) => open_session(accepted),
        LaunchOutcome::ChooseAccount(question) => account_page::ask(app, question, None),
        LaunchOutcome::CheckStorage(question) => storage_page::ask(app, question),
    }
}

/// Redirects to the session's page or the teacher's navigation by GET, so that a reload repeats
/// nothing. The secret is in a cookie, or in the URL if the browser does not send cookies.
pub(super) fn open_session(accepted: &AcceptedLaunch) -> Response {
    let mut headers = HeaderMap::with_capacity(5);
    page::insert(&mut headers, header::LOCATION, start_url(accepted));
    add_cookies(&mut headers, accepted);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    (StatusCode::SEE_OTHER, headers).into_response()
}

fn session_path(accepted: &AcceptedLaunch) -> String {
    let handle = &accepted.handle.to_string();
    if accepted.without_cookies {
        session_url::path_with_secret(handle, &accepted.secret)
    } else {
        session_url::path(handle)
    }
}

/// The URL at which the session starts.
fn start_url(accepted: &AcceptedLaunch) -> String {
    let start = if accepted.with_navigation { NAVIGATION_START } else { "" };
    accepted.tool_url.join(&format!("{}{start}", session_path(accepted)))
}

/// Adds the session's cookie, and removes that of the login.
fn add_cookies(headers: &mut HeaderMap, accepted: &AcceptedLaunch) {
    let base_path = accepted.tool_url.base_path();
    let session_cookie = || {
        cookie::set(
            &session_url::cookie_name(&accepted.handle.to_string()),
            &accepted.secret,
            &format!("{base_path}{}", session_path(accepted)),
            i64::from(accepted.lifetime_seconds),
        )
    };
    let cookies = [
        if accepted.without_cookies { None } else { session_cookie() },
        accepted
            .spent_cookie
            .as_deref()
            .and_then(|name| cookie::set(name, "", &format!("{base_path}/lti"), 0)),
    ];
    for cookie in cookies.into_iter().flatten() {
        headers.append(header::SET_COOKIE, cookie);
    }
}

/// The response to a login or launch that was refused or failed.
pub(super) fn error(app: &App, reason: LaunchError) -> Response {
    match reason {
        LaunchError::Refused(refused) => refused_page(app, &refused),
        LaunchError::TooManyRequests(wait) => Problem::TooMany(wait).into_response(),
        LaunchError::Failed(failure) => Problem::Failed(failure).into_response(),
    }
}

/// The page of a refused launch. It explains what the person can do, and reveals nothing that the
/// platform sent.
#[derive(Template)]
#[template(path = "server-refused.html")]
struct RefusedPage<'a> {
    sentence: &'a str,
    who: &'a str,
    launch_id: &'a LaunchId,
    nonce: &'a str,
}

impl TextPage for RefusedPage<'_> {
    const TEMPLATES: &'static [&'static str] =
        &[BASE_TEMPLATE, include_str!("templates/server-refused.html")];
}

fn refused_page(app: &App, refused: &RefusedLaunch) -> Response {
    let nonce = page::nonce(&app.service.random);
    let who = match refused.refusal.actor_on_page() {
        Actor::User => "You can: go back to your course and open the link again.",
        Actor::PlatformAdmin => "The administrator of your learning platform.",
        Actor::ToolAdmin => "The administrator of this tool.",
    };
    let status =
        StatusCode::from_u16(refused.refusal.http_status()).unwrap_or(StatusCode::BAD_REQUEST);
    let template = RefusedPage {
        sentence: refused.refusal.sentence(),
        who,
        launch_id: &refused.launch_id,
        nonce: &nonce,
    };
    let mut response =
        page::text(status, &template, &nonce, Framers::from(&refused.frame_ancestors));
    let path = format!("{}/lti", app.location.base_path());
    if let Some(cookie) =
        refused.spent_cookie.as_deref().and_then(|name| cookie::set(name, "", &path, 0))
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The page for a form whose launch is not waiting.
pub(super) fn not_waiting(app: &App) -> Response {
    let lines = [
        "It continued in another window or has expired. Go back to your course and open the link \
        again."
            .to_owned(),
    ];
    page::message(app, StatusCode::FORBIDDEN, "This launch is over", &lines, Framers::Anyone)
}

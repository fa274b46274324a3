//! Sign-out: ends a person's session, and with it the app's launch tokens.
//!
//! The button is on the tool's own pages of a session. A directory or an app can link to
//! `/session/{name}/~/sign-out`, which shows the button, too. Only a form ends a session, and it
//! must come from one of the tool's pages ([`own_page`]). If the session's secret is in the URL,
//! that is enough: no other site has it, and browsers do not send an origin from such a page.

use askama::Template;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;

use super::app::App;
use super::page::{self, PagePolicy};
use super::platform_page::PlatformMessages;
use super::problem::{Problem, status_page};
use super::{cookie, own_page, session_url};
use crate::report::clean;
use crate::rules::framing::frame_ancestors_of;
use crate::session::ActiveSession;

/// The form's path, below the session's page.
pub(super) const PATH: &str = "~/sign-out";

/// The page with the button.
#[derive(Template)]
#[template(path = "server-sign-out.html")]
pub(super) struct SignOutPage<'a> {
    pub(super) tool: &'a str,
    pub(super) action: &'a str,
    /// What its script may send to the platform's page, if it is a page of a session.
    pub(super) messages: Option<&'a PlatformMessages>,
    pub(super) nonce: &'a str,
}

/// The page afterwards.
#[derive(Template)]
#[template(path = "server-signed-out.html")]
struct SignedOutPage<'a> {
    platform: &'a str,
    messages: &'a PlatformMessages,
    nonce: &'a str,
}

/// `GET` and `POST /session/{name}/~/sign-out`
pub(super) async fn respond(
    app: &App,
    active: &ActiveSession,
    has_secret_in_url: bool,
    head: &Parts,
) -> Result<Response, Problem> {
    let ancestors = frame_ancestors_of(&active.registration, &active.session.details);
    if head.method != Method::POST {
        let nonce = page::nonce(&app.service.random);
        let template = SignOutPage {
            tool: &clean(active.settings.name.as_str()),
            action: "sign-out",
            messages: Some(&PlatformMessages::of(active)),
            nonce: &nonce,
        };
        let mut response = page::html(
            StatusCode::OK,
            &template,
            &nonce,
            &PagePolicy {
                frame_ancestors: &ancestors,
                posts_here: true,
                talks: true,
                ..PagePolicy::default()
            },
        );
        own_page::send_origin(response.headers_mut());
        return Ok(response);
    }
    if !has_secret_in_url && !own_page::is_sender(&head.headers, &active.settings.url) {
        return Ok(status_page(app, StatusCode::FORBIDDEN, &ancestors));
    }
    let handle = active.session.handle;
    app.service.pool.write(move |write| write.delete_session(handle)).await?;
    let launch = active.session.launch_id.clone();
    tracing::info!(%launch, registration = %active.registration.slug, "the person signed out");
    let platform = active
        .session
        .details
        .platform_name
        .as_deref()
        .unwrap_or(active.registration.name.as_str());
    let platform = clean(platform).replace('\n', " ");
    let nonce = page::nonce(&app.service.random);
    let template = SignedOutPage {
        platform: &platform,
        messages: &PlatformMessages { closes: true, ..PlatformMessages::of(active) },
        nonce: &nonce,
    };
    let rules = PagePolicy { frame_ancestors: &ancestors, talks: true, ..PagePolicy::default() };
    let mut response = page::html(StatusCode::OK, &template, &nonce, &rules);
    let handle = active.session.handle.to_string();
    let path = format!("{}{}", app.location.base_path(), session_url::path(&handle));
    if let Some(cookie) = cookie::set(&session_url::cookie_name(&handle), "", &path, 0) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

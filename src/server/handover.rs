//! The redirect to an app: a form with the signed launch token that submits itself.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;

use super::app::App;
use super::bridge::{self, APP_PATH};
use super::oidc;
use super::page::{self, PagePolicy};
use super::problem::Problem;
use crate::domain::{Handover, Resource, TargetUrl};
use crate::report::clean;
use crate::rules::framing::frame_ancestors_of;
use crate::session::bridge::enter::ticket;
use crate::session::{self, ActiveSession, openid};

/// Lets browsers send the origin of a page, and nothing else of its URL.
pub(super) const SEND_ORIGIN: HeaderValue = HeaderValue::from_static("origin");

/// A page with a form that sends itself.
#[derive(Template)]
#[template(path = "server-handover.html")]
pub(super) struct HandoverPage<'a> {
    /// What it continues to.
    pub(super) title: &'a str,
    /// Where the form is sent.
    pub(super) action: &'a str,
    /// Names and values of its fields.
    pub(super) fields: &'a [(&'a str, &'a str)],
    /// That of the page's script.
    pub(super) nonce: &'a str,
}

/// A page with a new token, which is valid for a minute; a reload creates another one. Other apps know
/// nothing of it: the page posts a ticket to the tool, through the app's proxy if it is behind one.
pub(super) fn show(
    app: &App,
    active: &ActiveSession,
    resource: &Resource,
    target: &TargetUrl,
    now: Timestamp,
) -> Result<Response, Problem> {
    let random = &app.service.random;
    let (action, name, value, origin) = match resource.app.handover {
        Handover::Headers => {
            let ticket = ticket(&app.service.state_key, &active.session, target, now, random);
            let action = format!("{}{APP_PATH}enter", target.origin());
            (action, bridge::enter::TICKET, ticket, target.origin())
        }
        Handover::Openid => {
            let key = &app.service.state_key;
            let ticket = openid::enter::ticket(key, &active.session, now, random);
            let url = &active.settings.url;
            let origin = url.to_url().origin().ascii_serialization();
            (url.join(oidc::ENTER_PATH), oidc::enter::TICKET, ticket, origin)
        }
        Handover::Token => {
            let token = app.service.pool.look_up(|read| {
                session::launch_token(read, active, resource, target, now, random)
            })?;
            (target.as_str().to_owned(), "launch_token", token, target.origin())
        }
    };
    let nonce = page::nonce(random);
    let template = HandoverPage {
        title: &clean(resource.name.as_str()),
        action: &action,
        fields: &[(name, &value)],
        nonce: &nonce,
    };
    let rules = PagePolicy {
        frame_ancestors: &frame_ancestors_of(&active.registration, &active.session.details),
        sends_to: Some(&origin),
        ..PagePolicy::default()
    };
    let mut response = page::html(StatusCode::OK, &template, &nonce, &rules);
    if resource.app.handover != Handover::Token {
        // Tickets are accepted only from this tool. The URL of the page, which may contain a secret,
        // is not sent.
        response.headers_mut().insert(header::REFERRER_POLICY, SEND_ORIGIN);
    }
    Ok(response)
}

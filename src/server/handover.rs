//! The redirect to an app: a form with the signed launch token that submits itself.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;

use super::app::App;
use super::bridge::APP_PATH;
use super::bridge::enter::TICKET;
use super::page::{self, PagePolicy};
use super::problem::Problem;
use crate::domain::{Handover, Resource, TargetUrl};
use crate::report::clean;
use crate::rules::framing::frame_ancestors_of;
use crate::session::bridge::enter::ticket;
use crate::session::{self, ActiveSession};

/// Lets browsers send the origin of a page, and nothing else of its URL.
pub(super) const SEND_ORIGIN: HeaderValue = HeaderValue::from_static("origin");

#[derive(Template)]
#[template(path = "server-handover.html")]
struct HandoverPage<'a> {
    title: &'a str,
    action: &'a str,
    /// The field of the form, and its value.
    name: &'a str,
    value: &'a str,
    nonce: &'a str,
}

/// A page with a new token, which is valid for a minute; a reload creates another one. An app behind
/// a proxy knows nothing of it: the proxy passes a ticket to the tool.
pub(super) fn show(
    app: &App,
    active: &ActiveSession,
    resource: &Resource,
    target: &TargetUrl,
    now: Timestamp,
) -> Result<Response, Problem> {
    let random = &app.service.random;
    let is_behind_proxy = resource.app.handover == Handover::Headers;
    let (action, name, value) = if is_behind_proxy {
        let action = format!("{}{APP_PATH}enter", target.origin());
        let ticket = ticket(&app.service.state_key, &active.session, target, now, random);
        (action, TICKET, ticket)
    } else {
        let token = app
            .service
            .pool
            .look_up(|read| session::launch_token(read, active, resource, target, now, random))?;
        (target.as_str().to_owned(), "launch_token", token)
    };
    let nonce = page::nonce(random);
    let template = HandoverPage {
        title: &clean(resource.name.as_str()),
        action: &action,
        name,
        value: &value,
        nonce: &nonce,
    };
    let rules = PagePolicy {
        frame_ancestors: &frame_ancestors_of(&active.registration, &active.session.details),
        sends_to: Some(&target.origin()),
        ..PagePolicy::default()
    };
    let mut response = page::html(StatusCode::OK, &template, &nonce, &rules);
    if is_behind_proxy {
        // Tickets are accepted only from this tool. The URL of the page, which may contain a secret,
        // is not sent.
        response.headers_mut().insert(header::REFERRER_POLICY, SEND_ORIGIN);
    }
    Ok(response)
}

//! The redirect to an app: a form with the signed launch token that submits itself.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use super::app::App;
use super::page::{self, PagePolicy};
use super::problem::Problem;
use crate::domain::{Resource, TargetUrl};
use crate::report::clean;
use crate::rules::framing::frame_ancestors_of;
use crate::session::{self, ActiveSession};

#[derive(Template)]
#[template(path = "server-handover.html")]
struct Handover<'a> {
    title: &'a str,
    action: &'a str,
    launch_token: &'a str,
    nonce: &'a str,
}

/// A page with a new token, which is valid for a minute; a reload creates another one.
pub(super) fn show(
    app: &App,
    active: &ActiveSession,
    resource: &Resource,
    target: &TargetUrl,
    now: Timestamp,
) -> Result<Response, Problem> {
    let token = app.service.pool.look_up(|read| {
        session::launch_token(read, active, resource, target, now, &app.service.random)
    })?;
    let nonce = page::nonce(&app.service.random);
    let template = Handover {
        title: &clean(resource.name.as_str()),
        action: target.as_str(),
        launch_token: &token,
        nonce: &nonce,
    };
    let rules = PagePolicy {
        frame_ancestors: &frame_ancestors_of(&active.registration, &active.session.details),
        sends_to: Some(&target.origin()),
        ..PagePolicy::default()
    };
    Ok(page::html(StatusCode::OK, &template, &nonce, &rules))
}

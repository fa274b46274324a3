//! A launch whose browser sent no cookie: it waits until the browser has shown what the platform
//! keeps for it (core launch, section 9.5).
//!
//! The page asks the platform and sends what it gets, with the handle of the waiting launch, to
//! `/lti/resume`. Who has started a launch knows its value and can have a handle too, so the form
//! must come from our own page: it asks the platform's page in which, or beside which, this very
//! browser shows us, and another site's page cannot make it ask for somebody else's.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::app::App;
use super::form::{self, Parameters, Unreadable};
use super::page::{self, Rules};
use super::problem::Problem;
use super::{account, launch, own_page, request};
use crate::launch::BindingQuestion;
use crate::launch::platform_storage::PlatformStorage;
use crate::launch::resume::{self, Resumed};
use crate::report::clean;

const PATH: &str = "/lti/resume";

/// The page that asks the platform.
#[derive(Template)]
#[template(path = "server-resume.html")]
struct ResumePage<'a> {
    tool: &'a str,
    action: &'a str,
    handle: &'a str,
    storage: &'a PlatformStorage,
    nonce: &'a str,
}

/// Asks the browser for what the platform keeps for it.
pub(super) fn ask(app: &App, question: &BindingQuestion) -> Response {
    let nonce = page::nonce(&app.service.random);
    let tool_url = &question.settings.url;
    let template = ResumePage {
        tool: &clean(question.settings.name.as_str()),
        action: &tool_url.join(PATH),
        handle: question.handle.expose(),
        storage: &question.storage,
        nonce: &nonce,
    };
    let origin = tool_url.to_url().origin().ascii_serialization();
    let mut response = page::html(
        StatusCode::OK,
        &template,
        &nonce,
        &Rules {
            frame_ancestors: &question.frame_ancestors,
            sends_to: Some(&origin),
            ..Rules::default()
        },
    );
    own_page::let_it_say_so(response.headers_mut());
    response
}

/// `POST /lti/resume`
pub(super) async fn by_post(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let settings = app.service.pool.read(|read| read.settings())?;
    if !own_page::sent(&head.headers, &settings.url) {
        return Ok(account::gone(&app));
    }
    let mut parameters = Parameters::new();
    match form::read(&head.headers, body, &app.limits, &mut parameters).await {
        Ok(()) => {}
        Err(Unreadable::Status(status)) => return Err(Problem::Status(status)),
        Err(Unreadable::Malformed(_)) => return Err(Problem::Status(StatusCode::BAD_REQUEST)),
    }
    let value = |name: &str| {
        parameters
            .iter()
            .find(|(one, _)| one == name)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    };
    match resume::prove_binding(
        &app.service,
        &request::caller(&app, &head.headers),
        value("handle"),
        value("value"),
    )
    .await
    {
        Ok(Resumed::Next(next)) => Ok(launch::go_on(&app, &next)),
        Ok(Resumed::Again(..) | Resumed::Gone) => Ok(account::gone(&app)),
        Err(reason) => Ok(launch::not_launched(&app, reason)),
    }
}

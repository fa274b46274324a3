//! Resumes a launch whose browser sent no cookie, once the browser has shown the value in the
//! platform's storage (core launch, section 9.5).
//!
//! The page gets the value from the platform and sends it to `/lti/resume` with the handle of the
//! waiting launch. An attacker who started a launch knows its value and can get a handle, so the
//! form must come from the tool's own page: that page only sends messages to the platform's page in
//! the same browser, and another site cannot make it send a different value.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::app::App;
use super::form::{self, Parameters, Unreadable};
use super::problem::Problem;
use super::{outcome, own_page, request};
use crate::launch::resume::{self, ResumedLaunch};

/// `POST /lti/resume`
pub(super) async fn by_post(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let settings = app.service.pool.look_up(|read| read.settings())?;
    if !own_page::is_sender(&head.headers, &settings.url) {
        return Ok(outcome::not_waiting(&app));
    }
    let mut parameters = Parameters::new();
    match form::read(&head.headers, body, &app.limits, &mut parameters).await {
        Ok(()) => {}
        Err(Unreadable::Status(status)) => return Err(Problem::Status(status)),
        Err(Unreadable::Malformed { .. }) => return Err(Problem::Status(StatusCode::BAD_REQUEST)),
    }
    let value = |name: &str| {
        parameters
            .iter()
            .find(|(one, _)| one == name)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    };
    let caller = request::caller(&app, &head.headers);
    let (handle, proof) = (value("handle"), value("value"));
    match Box::pin(resume::prove_binding(&app.service, &caller, handle, proof)).await {
        Ok(ResumedLaunch::Outcome(next)) => Ok(outcome::respond(&app, &head.headers, &next)),
        Ok(ResumedLaunch::AskAgain(..) | ResumedLaunch::NotWaiting) => {
            Ok(outcome::not_waiting(&app))
        }
        Err(reason) => Ok(outcome::error(&app, reason)),
    }
}

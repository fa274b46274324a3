//! Resumes a launch whose browser sent no cookie, once the browser has shown the value in the
//! platform's storage (core launch, section 9.5).
//!
//! The page gets the value from the platform and sends it to `/lti/resume` with the handle of the
//! waiting launch. An attacker who started a launch knows its value and can get a handle, so the
//! form must come from the tool's own page: that page only sends messages to the platform's page in
//! the same browser, and another site cannot make it send a different value.

use axum::extract::{Request, State};
use axum::response::Response;

use super::app::App;
use super::own_form::OwnForm;
use super::problem::Problem;
use super::{outcome, request};
use crate::launch::resume::{self, ResumedLaunch};

/// `POST /lti/resume`
pub(super) async fn by_post(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let Some(mut form) = OwnForm::read(&app, request).await? else {
        return Ok(outcome::not_waiting(&app));
    };
    let caller = request::caller(&app, &form.head.headers);
    let (handle, proof) = (form.take("handle"), form.take("value"));
    match Box::pin(resume::prove_binding(&app.service, &caller, &handle, &proof)).await {
        Ok(ResumedLaunch::Outcome(next)) => Ok(outcome::respond(&app, &form.head.headers, &next)),
        Ok(ResumedLaunch::AskAgain(..) | ResumedLaunch::NotWaiting) => {
            Ok(outcome::not_waiting(&app))
        }
        Err(reason) => Ok(outcome::error(&app, reason)),
    }
}

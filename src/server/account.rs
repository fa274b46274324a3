//! The form in which a person chooses the account of a launch.
//!
//! The page is in the platform's frame, where browsers may store no cookies, so it needs none: its
//! form contains the secret handle of the waiting launch. But an attacker could make another
//! person's browser send the attacker's handle, so that this person signs in for the attacker. So
//! the form must come from the tool's page.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use zeroize::Zeroizing;

use super::app::App;
use super::form::{self, Parameters, Unreadable};
use super::problem::Problem;
use super::{client_address, outcome, own_page, request};
use crate::domain::Username;
use crate::launch::resume::{self, AccountForm, ResumedLaunch};

/// `POST /lti/account`
pub(super) async fn choose(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let settings = app.service.pool.look_up(|read| read.settings())?;
    if !own_page::is_sender(&head.headers, &settings.url) {
        return Ok(outcome::not_waiting(&app));
    }
    let mut parameters = Parameters::new();
    form::read(&head.headers, body, &app.limits, &mut parameters).await.map_err(|unreadable| {
        match unreadable {
            Unreadable::Status(status) => Problem::Status(status),
            Unreadable::Malformed { .. } => Problem::Status(StatusCode::BAD_REQUEST),
        }
    })?;
    let mut value = |name: &str| {
        parameters
            .iter_mut()
            .find(|(found, _)| found == name)
            .map(|(_, value)| std::mem::take(value))
            .unwrap_or_default()
    };
    let (handle, choice, username, password) =
        (value("handle"), value("choice"), value("username"), Zeroizing::new(value("password")));
    let reply = match choice.as_str() {
        "create" => AccountForm::Create,
        "sign-in" => AccountForm::SignIn {
            username: Username::new(&username).ok(),
            password,
            address: client_address::of_request(&head.extensions),
        },
        _ => return Err(Problem::Status(StatusCode::BAD_REQUEST)),
    };
    let caller = request::caller(&app, &head.headers);
    let resumed = Box::pin(resume::choose_account(&app.service, &caller, &handle, reply)).await;
    Ok(match resumed {
        Ok(ResumedLaunch::Outcome(next)) => outcome::respond(&app, &head.headers, &next),
        Ok(ResumedLaunch::AskAgain(question, wrong)) => {
            outcome::account_page::ask(&app, &question, Some((wrong, &username)))
        }
        Ok(ResumedLaunch::NotWaiting) => outcome::not_waiting(&app),
        Err(reason) => outcome::error(&app, reason),
    })
}

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
use super::own_form::OwnForm;
use super::problem::Problem;
use super::{client_address, outcome, request};
use crate::domain::Username;
use crate::launch::resume::{self, AccountForm, ResumedLaunch};

/// `POST /lti/account`
pub(super) async fn choose(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let Some(mut form) = OwnForm::read(&app, request).await? else {
        return Ok(outcome::not_waiting(&app));
    };
    let (handle, choice, username, password) = (
        form.take("handle"),
        form.take("choice"),
        form.take("username"),
        Zeroizing::new(form.take("password")),
    );
    let reply = match choice.as_str() {
        "create" => AccountForm::Create,
        "provider" => AccountForm::Provider,
        "sign-in" => AccountForm::SignIn {
            username: Username::new(&username).ok(),
            password,
            address: client_address::of_request(&form.head.extensions),
        },
        _ => return Err(Problem::Status(StatusCode::BAD_REQUEST)),
    };
    let caller = request::caller(&app, &form.head.headers);
    let resumed = Box::pin(resume::choose_account(&app.service, &caller, &handle, reply)).await;
    Ok(match resumed {
        Ok(ResumedLaunch::Outcome(next)) => outcome::respond(&app, &form.head.headers, &next),
        Ok(ResumedLaunch::AskAgain(question, wrong)) => {
            outcome::account_page::ask(&app, &question, Some((wrong, &username)))
        }
        Ok(ResumedLaunch::NotWaiting) => outcome::not_waiting(&app),
        Err(reason) => outcome::error(&app, reason),
    })
}

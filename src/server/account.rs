//! The page that asks whose account a launch is to open, and its answer.
//!
//! The page stands in the platform's frame, where browsers may keep no cookies, so it needs none:
//! its form carries the handle of the waiting launch, which nobody else knows. It keeps nobody from
//! sending their own handle from another person's browser, who would then sign in for them; so the
//! form must come from our page.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use zeroize::Zeroizing;

use super::app::App;
use super::form::{self, Parameters, Unreadable};
use super::page::{self, Framers, Rules};
use super::problem::Problem;
use super::{cookie, gate, launch, own_page, request};
use crate::domain::Provisioning;
use crate::launch::AccountQuestion;
use crate::launch::resume::{self, Answer, Resumed, Wrong};
use crate::report::clean;

/// Where the form goes.
pub(super) const PATH: &str = "/lti/account";

#[derive(Template)]
#[template(path = "server-account.html")]
struct AccountPage<'a> {
    tool: &'a str,
    /// The resource's title; none for content selection.
    resource: Option<&'a str>,
    person: Option<&'a str>,
    may_create: bool,
    /// What was wrong with the last answer.
    problem: Option<String>,
    username: &'a str,
    action: String,
    handle: &'a str,
    nonce: &'a str,
}

/// The page; `wrong` says what was wrong with the last answer, and which username it had.
pub(super) fn ask(app: &App, question: &AccountQuestion, wrong: Option<(Wrong, &str)>) -> Response {
    let nonce = page::nonce(&app.service.random);
    let (resource, person) =
        (question.resource.as_deref().map(clean), question.person.as_deref().map(clean));
    let problem = wrong.map(|(wrong, _)| match wrong {
        Wrong::Credentials => "This username and password do not fit. Try again, or ask the \
            administrator of this tool."
            .to_owned(),
        Wrong::NoNewAccount => "No new account is made here. Sign in with one that you have, or \
            ask the administrator of this tool for one."
            .to_owned(),
        Wrong::TooMany { wait_seconds } => format!(
            "There were too many attempts. Wait \
            {wait_seconds} seconds, then try again."
        ),
    });
    let status = match wrong {
        None => StatusCode::OK,
        Some((Wrong::Credentials | Wrong::NoNewAccount, _)) => StatusCode::FORBIDDEN,
        Some((Wrong::TooMany { .. }, _)) => StatusCode::TOO_MANY_REQUESTS,
    };
    let template = AccountPage {
        tool: &clean(&question.tool),
        resource: resource.as_deref(),
        person: person.as_deref(),
        may_create: question.mode == Provisioning::Prompt,
        problem,
        username: wrong.map_or("", |(_, username)| username),
        action: format!("{}{PATH}", app.place.base_path()),
        handle: question.handle.expose(),
        nonce: &nonce,
    };
    let mut response = page::html(
        status,
        &template,
        &nonce,
        &Rules { frame_ancestors: &question.frame_ancestors, asks: true, ..Rules::default() },
    );
    own_page::let_it_say_so(response.headers_mut());
    let path = format!("{}/lti", app.place.base_path());
    if let Some(cookie) =
        question.spent_cookie.as_deref().and_then(|name| cookie::set(name, "", &path, 0))
    {
        response.headers_mut().append(axum::http::header::SET_COOKIE, cookie);
    }
    response
}

/// `POST /lti/account`
pub(super) async fn choose(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let settings = app.service.pool.read(|read| read.settings())?;
    if !own_page::sent(&head.headers, &settings.url) {
        return Ok(gone(&app));
    }
    let mut parameters = Parameters::new();
    form::read(&head.headers, body, &app.limits, &mut parameters).await.map_err(|unreadable| {
        match unreadable {
            Unreadable::Status(status) => Problem::Status(status),
            Unreadable::Malformed(_) => Problem::Status(StatusCode::BAD_REQUEST),
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
    let answer = match choice.as_str() {
        "create" => Answer::Create,
        "sign-in" => Answer::SignIn {
            username: username.clone(),
            password,
            address: gate::client_address(&head.extensions),
        },
        _ => return Err(Problem::Status(StatusCode::BAD_REQUEST)),
    };
    Ok(
        match resume::choose_account(
            &app.service,
            &request::caller(&app, &head.headers),
            &handle,
            answer,
        )
        .await
        {
            Ok(Resumed::Next(next)) => launch::go_on(&app, &next),
            Ok(Resumed::Again(question, wrong)) => ask(&app, &question, Some((wrong, &username))),
            Ok(Resumed::Gone) => gone(&app),
            Err(reason) => launch::not_launched(&app, reason),
        },
    )
}

/// Nothing waits under the handle that was sent.
pub(super) fn gone(app: &App) -> Response {
    let lines =
        ["It went on elsewhere, or it waited for too long. Go back to your course and open \
        the link again."
            .to_owned()];
    page::message(app, StatusCode::FORBIDDEN, "This launch is over", &lines, Framers::Anyone)
}

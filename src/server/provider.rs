//! Sign-in at an identity provider, in a window that the account page opens: providers refuse
//! frames, and in a window of its own the tool's cookie is a first-party one.
//!
//! The window is opened by a form, and browsers apply a page's `form-action` to the redirects after
//! it. So the response is a page that continues to the provider by script.

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use zeroize::Zeroizing;

use super::app::App;
use super::form::{self, Parameters};
use super::outcome::{self, account_page};
use super::own_form::OwnForm;
use super::page::{self, Framers, PagePolicy};
use super::problem::Problem;
use super::{client_address, cookie, own_page, request};
use crate::domain::{ProviderRef, Username};
use crate::launch::provider::{
    self, BegunSignIn, ProviderOutcome, ProviderQuestion, ProviderReply, SignInError,
};
use crate::launch::providers;
use crate::report::clean;
use crate::rules::provider_refusal::ProviderRefusal;
use crate::token::provider_sign_in::{COOKIE_SECONDS, ProviderSignIn};

/// Where the window's form is sent.
const CONFIRM_PATH: &str = "/lti/account/confirm";

/// The page that continues to the provider.
#[derive(Template)]
#[template(path = "server-provider-begin.html")]
struct BeginPage<'a> {
    tool: &'a str,
    provider: &'a str,
    url: &'a str,
    nonce: &'a str,
}

/// The page that asks the person whether this is their account.
#[derive(Template)]
#[template(path = "server-provider-confirm.html")]
struct ConfirmPage<'a> {
    tool: &'a str,
    provider: &'a str,
    /// What the provider calls the person.
    person: &'a str,
    account: Option<&'a str>,
    launched_by: Option<&'a str>,
    platform: &'a str,
    problem: Option<String>,
    username: &'a str,
    action: String,
    proof: &'a str,
    nonce: &'a str,
}

/// `POST /lti/account/provider/{provider}`
pub(super) async fn begin(
    State(app): State<App>,
    Path(slug): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let Some(mut form) = OwnForm::read(&app, request).await? else {
        return Ok(outcome::not_waiting(&app));
    };
    let (handle, reference) = (form.take("handle"), ProviderRef::from(slug.as_str()));
    match provider::begin(&app.service, &app.provider_sign_ins, &handle, &reference).await {
        Ok(begun) => Ok(begin_page(&app, &begun)),
        Err(error) => refused(&app, Some(&reference), error),
    }
}

fn begin_page(app: &App, begun: &BegunSignIn) -> Response {
    let nonce = page::nonce(&app.service.random);
    let template = BeginPage {
        tool: &clean(begun.tool.as_str()),
        provider: &clean(begun.provider.as_str()),
        url: &begun.url,
        nonce: &nonce,
    };
    let policy = PagePolicy { polls: true, ..PagePolicy::default() };
    let mut response = page::html(StatusCode::OK, &template, &nonce, &policy);
    let cookie = cookie::set_in_window(&begun.cookie_name, &begun.cookie_value, COOKIE_SECONDS);
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    response
}

/// `GET /lti/account/callback/{provider}`
pub(super) async fn finish(
    State(app): State<App>,
    Path(slug): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parameters, reference) = (Parameters::new(), ProviderRef::from(slug.as_str()));
    let query = request.uri().query().unwrap_or_default();
    if form::decode(query.as_bytes(), &mut parameters).is_err() {
        return refused(&app, Some(&reference), ProviderRefusal::State.into());
    }
    let headers = request.headers();
    let of_browser = |name: &str| cookie::get(headers, name);
    let (service, sign_ins) = (&app.service, &app.provider_sign_ins);
    let finished =
        Box::pin(provider::finish(service, sign_ins, &reference, &parameters, of_browser)).await;
    match finished {
        Ok(question) => Ok(confirm_page(&app, StatusCode::OK, &question, "")),
        Err(error) => {
            let mut response = refused(&app, Some(&reference), error)?;
            let state = parameters.iter().find(|(name, _)| name == "state");
            let name = state.and_then(|(_, state)| ProviderSignIn::cookie_of(state));
            clear_cookie(&mut response, name.as_deref());
            Ok(response)
        }
    }
}

fn confirm_page(
    app: &App,
    status: StatusCode,
    question: &ProviderQuestion,
    username: &str,
) -> Response {
    let nonce = page::nonce(&app.service.random);
    let account = question.account.as_deref().map(clean);
    let launched_by = question.launched_by.as_deref().map(clean);
    let template = ConfirmPage {
        tool: &clean(question.tool.as_str()),
        provider: &clean(question.provider.as_str()),
        person: &clean(&question.person),
        account: account.as_deref(),
        launched_by: launched_by.as_deref(),
        platform: &clean(question.platform.as_str()),
        problem: question.problem.map(|problem| account_page::problem_text(problem, false)),
        username,
        action: format!("{}{CONFIRM_PATH}", app.location.base_path()),
        proof: &question.proof,
        nonce: &nonce,
    };
    let policy = PagePolicy { posts_here: true, ..PagePolicy::default() };
    let mut response = page::html(status, &template, &nonce, &policy);
    own_page::send_origin(response.headers_mut());
    response
}

/// `POST /lti/account/confirm`
pub(super) async fn confirm(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let Some(mut form) = OwnForm::read(&app, request).await? else {
        return Ok(outcome::not_waiting(&app));
    };
    let (proof, choice, username) =
        (form.take("proof"), form.take("choice"), form.take("username"));
    let reply = match choice.as_str() {
        "continue" => ProviderReply::Continue,
        "cancel" => ProviderReply::Cancel,
        "link" => ProviderReply::Link {
            username: Username::new(&username).ok(),
            password: Zeroizing::new(form.take("password")),
            address: client_address::of_request(&form.head.extensions),
        },
        _ => return Err(Problem::Status(StatusCode::BAD_REQUEST)),
    };
    let headers = &form.head.headers;
    let caller = request::caller(&app, headers);
    let of_browser = |name: &str| cookie::get(headers, name);
    let outcome =
        Box::pin(provider::confirm(&app.service, &caller, &proof, reply, of_browser)).await;
    match outcome {
        Ok(ProviderOutcome::AskAgain(question)) => {
            let status = account_page::status_of(question.problem);
            Ok(confirm_page(&app, status, &question, &username))
        }
        Ok(ProviderOutcome::Confirmed(cookie)) => {
            Ok(closing_page(&app, &cookie, "You are signed in", CONTINUE))
        }
        Ok(ProviderOutcome::Cancelled(cookie)) => {
            Ok(closing_page(&app, &cookie, "Nothing was changed", CANCELLED))
        }
        Err(error) => refused(&app, None, error),
    }
}

const CONTINUE: &str = "Close this window and return to your course. If nothing happens there, press \
    Continue.";
const CANCELLED: &str = "Close this window and return to your course.";

/// The last page of the window, which clears the cookie of the sign-in.
fn closing_page(app: &App, cookie: &str, title: &str, line: &str) -> Response {
    let framers = Framers::Only(&[]);
    let mut response = page::message(app, StatusCode::OK, title, &[line.to_owned()], framers);
    clear_cookie(&mut response, Some(cookie));
    response
}

/// Clears the cookie of a sign-in.
fn clear_cookie(response: &mut Response, name: Option<&str>) {
    let cookie = name.and_then(|name| cookie::set_in_window(name, "", 0));
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
}

/// `POST /lti/account/progress`
pub(super) async fn progress(
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    let Some(mut form) = OwnForm::read(&app, request).await? else {
        return Err(Problem::Status(StatusCode::FORBIDDEN));
    };
    let progress =
        providers::progress(&app.service, &form.take("handle")).map_err(Problem::Failed)?;
    let mut response = progress.as_str().into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The page of a sign-in that does not continue.
fn refused(
    app: &App,
    provider: Option<&ProviderRef>,
    error: SignInError,
) -> Result<Response, Problem> {
    let refusal = match error {
        SignInError::Refused(refusal) => refusal,
        SignInError::NotWaiting => return Ok(outcome::not_waiting(app)),
        SignInError::LaunchRefused(refused) => {
            return Ok(outcome::error(app, crate::launch::LaunchError::Refused(refused)));
        }
        SignInError::TooManyRequests(wait) => return Err(Problem::TooMany(wait)),
        SignInError::Failed(failure) => return Err(Problem::Failed(failure)),
    };
    tracing::warn!(
        provider = provider.map(|provider| clean(provider.as_str())).as_deref(),
        code = refusal.code(),
        evidence = refusal.evidence(),
        "a sign-in at an identity provider was refused"
    );
    let mut lines = vec![refusal.sentence().to_owned(), refusal.advice().to_owned()];
    if let ProviderRefusal::NotLinked { subject } = &refusal {
        lines.push(clean(subject).into_owned());
    }
    lines.push(format!("Reason: {}", refusal.code()));
    let status = StatusCode::from_u16(refusal.http_status()).unwrap_or(StatusCode::FORBIDDEN);
    Ok(page::message(app, status, "You are not signed in", &lines, Framers::Only(&[])))
}

//! The page that asks for the account of a launch.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::Response;

use crate::domain::Provisioning;
use crate::launch::AccountQuestion;
use crate::launch::resume::FormProblem;
use crate::report::clean;
use crate::server::app::App;
use crate::server::page::{self, PagePolicy};
use crate::server::platform_page::PlatformMessages;
use crate::server::{cookie, own_page};

/// The form's path.
const PATH: &str = "/lti/account";

/// Where the form of a provider is sent, before the provider's slug.
const PROVIDER_PATH: &str = "/lti/account/provider/";

/// Where the page's script asks whether the person has signed in at a provider.
const PROGRESS_PATH: &str = "/lti/account/progress";

#[derive(Template)]
#[template(path = "server-account.html")]
struct AccountPage<'a> {
    tool: &'a str,
    /// The resource's name; `None` for content selection.
    title: Option<&'a str>,
    person: Option<&'a str>,
    may_create: bool,
    /// The identity providers: the paths of their forms, and their names.
    providers: Vec<(String, String)>,
    /// Where the page's script asks whether the person has signed in there.
    progress: String,
    /// What was wrong with the last form.
    problem: Option<String>,
    username: &'a str,
    action: String,
    handle: &'a str,
    messages: &'a PlatformMessages,
    nonce: &'a str,
}

/// The page; `wrong` is the problem of the last form, and its username.
pub(in crate::server) fn ask(
    app: &App,
    question: &AccountQuestion,
    wrong: Option<(FormProblem, &str)>,
) -> Response {
    let nonce = page::nonce(&app.service.random);
    let title = question.resource.as_ref().map(|name| clean(name.as_str()));
    let person = question.person.as_deref().map(clean);
    let problem = wrong.map(|(problem, _)| problem_text(problem, !question.providers.is_empty()));
    let status = status_of(wrong.map(|(problem, _)| problem));
    let template = AccountPage {
        tool: &clean(&question.tool),
        title: title.as_deref(),
        person: person.as_deref(),
        may_create: question.mode == Provisioning::Prompt,
        progress: format!("{}{}", app.location.base_path(), PROGRESS_PATH),
        providers: providers(app, question),
        problem,
        username: wrong.map_or("", |(_, username)| username),
        action: format!("{}{PATH}", app.location.base_path()),
        handle: question.handle.expose(),
        messages: &PlatformMessages::to(&question.frame_ancestors),
        nonce: &nonce,
    };
    let mut response = page::html(
        status,
        &template,
        &nonce,
        &PagePolicy {
            frame_ancestors: &question.frame_ancestors,
            posts_here: true,
            talks: true,
            polls: !question.providers.is_empty(),
            ..PagePolicy::default()
        },
    );
    own_page::send_origin(response.headers_mut());
    let path = format!("{}/lti", app.location.base_path());
    if let Some(cookie) =
        question.spent_cookie.as_deref().and_then(|name| cookie::set(name, "", &path, 0))
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The providers that the page offers: the paths of their forms, and their names.
fn providers(app: &App, question: &AccountQuestion) -> Vec<(String, String)> {
    let base = app.location.base_path();
    question
        .providers
        .iter()
        .map(|provider| {
            let path = format!("{base}{PROVIDER_PATH}{}", provider.slug);
            (path, clean(provider.name.as_str()).into_owned())
        })
        .collect()
}

/// The status of the page with a problem.
pub(in crate::server) fn status_of(problem: Option<FormProblem>) -> StatusCode {
    match problem {
        None => StatusCode::OK,
        Some(
            FormProblem::WrongCredentials | FormProblem::NoNewAccounts | FormProblem::NotSignedIn,
        ) => StatusCode::FORBIDDEN,
        Some(FormProblem::TooManyAttempts { .. }) => StatusCode::TOO_MANY_REQUESTS,
    }
}

/// A problem in a sentence or two.
pub(in crate::server) fn problem_text(problem: FormProblem, has_providers: bool) -> String {
    match problem {
        FormProblem::WrongCredentials if has_providers => {
            "The username or password is wrong, or the account cannot be opened with a password. \
            Try again, or use another way to sign in."
                .to_owned()
        }
        FormProblem::NotSignedIn => {
            "You have not signed in in the other window yet, or did not confirm your account there."
                .to_owned()
        }
        FormProblem::WrongCredentials => {
            "The username or password is wrong. Try again, or ask the \
            administrator of this tool."
                .to_owned()
        }
        FormProblem::NoNewAccounts => {
            "New accounts cannot be created here. Sign in with an existing one, or \
            ask the administrator of this tool for one."
                .to_owned()
        }
        FormProblem::TooManyAttempts { wait_seconds } => format!(
            "There were too many attempts. Wait \
            {wait_seconds} seconds, then try again."
        ),
    }
}

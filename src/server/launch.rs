//! The launch: the platform's answer to the authentication request (core launch, sections 3 and 4),
//! and the page of a refused one.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::form::{self, Parameters, Unreadable};
use super::page::{self, BASE_TEMPLATE, Framers, TextPage};
use super::problem::Problem;
use super::{account, cookie, navigation, request, resume, session};
use crate::launch::{self, Accepted, Next, NotLaunched, Refused};
use crate::lti::refusal::Actor;

/// `POST /lti/launch` and `/lti/deep-link`
pub(super) async fn by_post(State(app): State<App>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut parameters = Parameters::new();
    match form::read(&head.headers, body, &app.limits, &mut parameters).await {
        Ok(()) => accept(&app, &head.headers, parameters).await,
        Err(reason) => unreadable(&app, &head.headers, None, reason).await,
    }
}

/// `GET /lti/launch` and `/lti/deep-link`: some platforms bring an error this way; tokens come by
/// form only.
pub(super) async fn by_get(State(app): State<App>, request: Request) -> Response {
    let mut parameters = Parameters::new();
    let read = form::decode(request.uri().query().unwrap_or_default().as_bytes(), &mut parameters);
    match read {
        Ok(()) if parameters.iter().any(|(name, _)| name == "error") => {
            parameters.retain(|(name, _)| name != "id_token");
            accept(&app, request.headers(), parameters).await
        }
        _ => explain(&app, request.uri().path() == crate::domain::DEEP_LINKING_PATH),
    }
}

async fn accept(app: &App, headers: &HeaderMap, parameters: Parameters) -> Response {
    match launch::accept(&app.service, &request::caller(app, headers), parameters, |name| {
        cookie::get(headers, name).map(str::to_owned)
    })
    .await
    {
        Ok(next) => go_on(app, &next),
        Err(reason) => not_launched(app, reason),
    }
}

/// Answers a launch that goes on.
pub(super) fn go_on(app: &App, next: &Next) -> Response {
    match next {
        Next::Enter(accepted) => enter(accepted),
        Next::ChooseAccount(question) => account::ask(app, question, None),
        Next::ProveBinding(question) => resume::ask(app, question),
    }
}

/// On to the session's page, or to the navigation around it. It is opened by GET, so that a reload
/// repeats nothing. The secret goes into a cookie, or where there are none into the URL.
fn enter(accepted: &Accepted) -> Response {
    let base_path = accepted.tool_url.base_path();
    let (handle, secret) = (accepted.handle.as_str(), accepted.secret.as_str());
    let session = if accepted.without_cookies {
        session::path_with_secret(handle, secret)
    } else {
        session::path(handle)
    };
    let mut headers = HeaderMap::with_capacity(5);
    let start = if accepted.with_navigation { navigation::START } else { "" };
    page::insert(
        &mut headers,
        header::LOCATION,
        accepted.tool_url.join(&format!("{session}{start}")),
    );
    let session_cookie = || {
        cookie::set(
            &session::cookie_name(handle),
            secret,
            &format!("{base_path}{session}"),
            i64::from(accepted.lifetime_seconds),
        )
    };
    let cookies = [
        if accepted.without_cookies { None } else { session_cookie() },
        accepted
            .spent_cookie
            .as_deref()
            .and_then(|name| cookie::set(name, "", &format!("{base_path}/lti"), 0)),
    ];
    for cookie in cookies.into_iter().flatten() {
        headers.append(header::SET_COOKIE, cookie);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// Answers a query or form that cannot be read.
pub(super) async fn unreadable(
    app: &App,
    headers: &HeaderMap,
    slug: Option<&str>,
    reason: Unreadable,
) -> Response {
    match reason {
        Unreadable::Status(status) => Problem::Status(status).into_response(),
        Unreadable::Malformed(problem) => not_launched(
            app,
            launch::unreadable(&app.service, &request::caller(app, headers), slug, problem).await,
        ),
    }
}

/// Answers a login or launch that does not go on.
pub(super) fn not_launched(app: &App, reason: NotLaunched) -> Response {
    match reason {
        NotLaunched::Refused(refused) => refuse(app, &refused),
        NotLaunched::TooMany(wait) => Problem::TooMany(wait).into_response(),
        NotLaunched::Failed(failure) => Problem::Failed(failure).into_response(),
    }
}

/// The page of a refused launch. It says what the person can do, and nothing of what the platform
/// sent.
#[derive(Template)]
#[template(path = "server-refused.html")]
struct RefusedPage<'a> {
    sentence: &'a str,
    who: &'a str,
    launch_id: &'a str,
    nonce: &'a str,
}

impl TextPage for RefusedPage<'_> {
    const TEMPLATES: &'static [&'static str] =
        &[BASE_TEMPLATE, include_str!("templates/server-refused.html")];
}

fn refuse(app: &App, refused: &Refused) -> Response {
    let nonce = page::nonce(&app.service.random);
    let who = match refused.refusal.actor_on_page() {
        Actor::User => "You can: go back to your course and open the link again.",
        Actor::PlatformAdmin => "The administrator of your learning platform.",
        Actor::ToolAdmin => "The administrator of this tool.",
    };
    let status =
        StatusCode::from_u16(refused.refusal.http_status()).unwrap_or(StatusCode::BAD_REQUEST);
    let template = RefusedPage {
        sentence: refused.refusal.sentence(),
        who,
        launch_id: refused.launch_id.as_str(),
        nonce: &nonce,
    };
    let mut response =
        page::text(status, &template, &nonce, Framers::from(&refused.frame_ancestors));
    let path = format!("{}/lti", app.place.base_path());
    if let Some(cookie) =
        refused.spent_cookie.as_deref().and_then(|name| cookie::set(name, "", &path, 0))
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// For people who open the address by hand.
fn explain(app: &App, is_for_selection: bool) -> Response {
    let (title, what, field) = match is_for_selection {
        false => (
            "This is the Tool URL",
            "Launches arrive here by POST, sent by the learning platform when somebody follows a \
             link to this tool",
            "Tool URL",
        ),
        true => (
            "This is the Content selection URL",
            "Content selections arrive here by POST, sent by the learning platform when a teacher \
             chooses what to add to a course",
            "Content selection URL",
        ),
    };
    let lines = [
        format!("{what}; there is nothing to see here."),
        format!(
            "If you are setting up a learning platform: this address belongs in its fields \
             \"{field}\" and \"Redirection URI(s)\"."
        ),
    ];
    let mut response =
        page::message(app, StatusCode::METHOD_NOT_ALLOWED, title, &lines, Framers::Anyone);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

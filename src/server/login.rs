//! Third-party-initiated login (Security Framework 1.0, 5.1.1.1; core launch, sections 1, 2 and 9).
//!
//! A browser in the platform's frame may silently discard the tool's cookie, and then the launch
//! cannot be distinguished from a forged one. In a frame, a page first checks what the browser
//! stores, in this order: the partitioned cookie; a value in the platform's storage, if the
//! platform offers one; if neither works, the login starts again in its own window. This must be
//! known before the redirect to the platform, whose hint can be used only once. Otherwise the
//! response is a redirect.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::form::{self, Parameters, Unreadable};
use super::page::{self, Framers, PagePolicy};
use super::{cookie, frame, misplaced, outcome, request};
use crate::doctor;
use crate::domain::{Counted, RegistrationRef};
use crate::launch::platform_storage::PlatformStorage;
use crate::launch::{self, StartedLogin, UrlParts};
use crate::lti::message::Endpoint;
use crate::report::clean;
use crate::rules::framing;

const PATH: &str = "/lti/login/";

/// The parameter of a login that was started again in its own window; platforms do not send it.
const IN_WINDOW: &str = "ltictl_window";

/// `GET /lti/login` and `/lti/login/{registration}`
pub(super) async fn by_get(State(app): State<App>, request: Request) -> Response {
    if request.uri().query().unwrap_or_default().is_empty() {
        return explain(&app);
    }
    let mut parameters = Parameters::new();
    let read = form::decode(request.uri().query().unwrap_or_default().as_bytes(), &mut parameters);
    begin(&app, request.uri().path(), request.headers(), read.map(|()| parameters)).await
}

/// `POST /lti/login` and `/lti/login/{registration}`: a parameter may be in the URL or in the form;
/// in both, it counts as sent twice.
pub(super) async fn by_post(State(app): State<App>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut parameters = Parameters::new();
    let read = match form::decode(head.uri.query().unwrap_or_default().as_bytes(), &mut parameters)
    {
        Ok(()) => form::read(&head.headers, body, &app.limits, &mut parameters).await,
        Err(unreadable) => Err(unreadable),
    };
    begin(&app, head.uri.path(), &head.headers, read.map(|()| parameters)).await
}

async fn begin(
    app: &App,
    path: &str,
    headers: &HeaderMap,
    parameters: Result<Parameters, Unreadable>,
) -> Response {
    let slug = path.strip_prefix(PATH).map(RegistrationRef::from);
    let slug = slug.as_ref();
    let parameters = match parameters {
        Ok(parameters) => parameters,
        Err(reason) => {
            let endpoint = Endpoint::Login;
            return super::launch::unreadable(app, headers, endpoint, slug, reason).await;
        }
    };
    let url = UrlParts { slug, ..UrlParts::default() };
    if let Some(refused) = misplaced::refuse(app, headers, Endpoint::Login, url, &parameters).await
    {
        return refused;
    }
    let is_window = parameters.iter().any(|(name, _)| name == IN_WINDOW);
    let caller = request::caller(app, headers);
    let started = launch::start_login(&app.service, &caller, slug, parameters).await;
    if let Ok(started) = &started
        && !is_window
        && !doctor::is_own_login(&started.request)
    {
        // In its own window, it is still the same login.
        let (tallies, registration, now) =
            (&app.service.tallies, Some(&started.registration.slug), app.service.clock.now());
        tallies.count(Counted::LoginStarted, registration, caller.browser.as_str(), now);
        if slug.is_none() {
            tallies.count(Counted::GenericLogin, registration, "", now);
        }
    }
    match started {
        Ok(started) if is_window || started.storage.is_some() || frame::may_be_framed(headers) => {
            check_browser(app, path, &started)
        }
        Ok(started) => redirect(&started),
        Err(reason) => outcome::error(app, reason),
    }
}

/// Redirects to the platform's authentication endpoint. The URL contains the state, so it is neither
/// stored nor sent as a referrer.
fn redirect(started: &StartedLogin) -> Response {
    let mut headers = HeaderMap::with_capacity(4);
    page::insert(&mut headers, header::LOCATION, started.redirect_url.clone());
    headers.extend(state_cookie(started).map(|cookie| (header::SET_COOKIE, cookie)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    (StatusCode::FOUND, headers).into_response()
}

fn cookie_path(started: &StartedLogin) -> String {
    format!("{}/lti", started.settings.url.base_path())
}

fn state_cookie(started: &StartedLogin) -> Option<HeaderValue> {
    cookie::set(
        &started.cookie_name,
        &started.cookie_value,
        &cookie_path(started),
        started.cookie_max_age,
    )
}

/// The page that checks what the browser stores.
#[derive(Template)]
#[template(path = "server-login.html")]
struct LoginPage<'a> {
    tool: &'a str,
    url: &'a str,
    cookie_path: &'a str,
    storage: Option<&'a (PlatformStorage, String)>,
    action: &'a str,
    parameters: &'a [(&'static str, String)],
    nonce: &'a str,
}

/// Checks what the browser stores before the redirect to the platform. The page's form contains
/// only what the platform sent.
fn check_browser(app: &App, path: &str, started: &StartedLogin) -> Response {
    let nonce = page::nonce(&app.service.random);
    let tool_url = &started.settings.url;
    let mut parameters = started.request.to_window_parameters();
    parameters.push((IN_WINDOW, "1".to_owned()));
    let template = LoginPage {
        tool: &clean(started.settings.name.as_str()),
        url: &started.redirect_url,
        cookie_path: &cookie_path(started),
        storage: started.storage.as_ref(),
        action: &tool_url.join(path),
        parameters: &parameters,
        nonce: &nonce,
    };
    let origin = tool_url.to_url().origin().ascii_serialization();
    let rules = PagePolicy {
        frame_ancestors: &framing::frame_ancestors(&started.registration),
        sends_to: Some(&origin),
        ..PagePolicy::default()
    };
    let mut response = page::html(StatusCode::OK, &template, &nonce, &rules);
    response.headers_mut().extend(state_cookie(started).map(|cookie| (header::SET_COOKIE, cookie)));
    response
}

/// The page for people who open the URL manually.
fn explain(app: &App) -> Response {
    let lines = [
        "The learning platform opens it when someone follows a link to this tool. There is nothing \
         to see here.".to_owned(),
        "If you are setting up a learning platform: this URL belongs in its field \"Initiate login \
         URL\".".to_owned(),
    ];
    page::message(app, StatusCode::OK, "This is the initiate login URL", &lines, Framers::Anyone)
}

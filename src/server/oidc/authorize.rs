//! Signs a person in to an app: sends a code to the app if the person has launched the activity in
//! this browser, or asks them to.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::{CONFIRM_PATH, cookies, opens_for_an_app, set_cookie};
use crate::lti::openid::authorization::{
    AuthorizationError, Destination, PageError, ResponseMode, origin, redirect_url,
};
use crate::report::clean;
use crate::server::app::App;
use crate::server::form;
use crate::server::handover::HandoverPage;
use crate::server::own_form::OwnForm;
use crate::server::own_page;
use crate::server::page::{self, Framers, PagePolicy};
use crate::server::problem::Problem;
use crate::session::openid::WAITING_COOKIE;
use crate::session::openid::authorize::{Answer, Ready, Wanted, decide, issue, waiting_pairs};
use crate::token::openid::WAIT_SECONDS;
use crate::web::cookie::Cookies;

/// `GET` and `POST /oidc/authorize`
pub(in crate::server) async fn ask(
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let pairs = form::read_either(&head, body, &app.limits).await?;
    let is_for_app = opens_for_an_app(&head.headers);
    let cookies = if is_for_app { cookies(&head.headers) } else { Cookies::default() };
    let now = app.service.clock.now();
    let answer = app
        .service
        .pool
        .look_up(|read| decide(read, &app.service.state_key, &pairs, &cookies, false, now))?;
    if let Answer::Page(error) = &answer {
        log_refused(*error, &pairs);
    }
    let mut response = respond(&app, answer).await?;
    if !is_for_app {
        // Nothing may make the browser wait but the app.
        response.headers_mut().remove(header::SET_COOKIE);
    }
    Ok(response)
}

/// Logs what the administrator has to compare with the app's settings.
fn log_refused(error: PageError, pairs: &[(String, String)]) {
    let sent = |name: &str| {
        let value = pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        clean(value.unwrap_or_default()).chars().take(LOGGED_CHARACTERS).collect::<String>()
    };
    let (client_id, redirect_uri) = (sent("client_id"), sent("redirect_uri"));
    let code = error.code();
    tracing::info!(code, client_id, redirect_uri, "an app's sign-in request was refused");
}

/// How much of a value from a stranger is logged.
const LOGGED_CHARACTERS: usize = 200;

/// `POST /oidc/confirm`: the person lets a program on their device know them.
pub(in crate::server) async fn confirm(
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    let forbidden = Problem::Status(StatusCode::FORBIDDEN);
    let Some(mut form) = OwnForm::read(&app, request).await? else { return Err(forbidden) };
    let (key, now) = (&app.service.state_key, app.service.clock.now());
    let Some(pairs) = waiting_pairs(&form.take(REQUEST), key, now) else { return Err(forbidden) };
    let cookies = cookies(&form.head.headers);
    let answer =
        app.service.pool.look_up(|read| decide(read, key, &pairs, &cookies, false, now))?;
    respond_confirmed(&app, answer).await
}

/// The field with the request that is confirmed.
const REQUEST: &str = "request";

/// Asks whether a program on this device may know the person.
#[derive(Template)]
#[template(path = "server-confirm.html")]
struct ConfirmPage<'a> {
    app: &'a str,
    action: &'a str,
    request: &'a str,
    nonce: &'a str,
}

fn confirm_page(app: &App, ready: &Ready) -> Result<Response, Problem> {
    let url = app.service.pool.look_up(|read| read.settings())?.url;
    let nonce = page::nonce(&app.service.random);
    let template = ConfirmPage {
        app: &clean(ready.client.name.as_str()),
        action: &url.join(CONFIRM_PATH),
        request: ready.to_confirm.as_deref().unwrap_or_default(),
        nonce: &nonce,
    };
    let rules = PagePolicy { posts_here: true, ..PagePolicy::default() };
    let mut response = page::html(StatusCode::OK, &template, &nonce, &rules);
    own_page::send_origin(response.headers_mut());
    Ok(response)
}

/// The response to a request, wherever it comes from: if the person has to confirm it, a page that
/// asks them.
pub(super) async fn respond(app: &App, answer: Answer) -> Result<Response, Problem> {
    match answer {
        Answer::Ready(ready) if ready.to_confirm.is_some() => confirm_page(app, &ready),
        answer => respond_confirmed(app, answer).await,
    }
}

/// The response to a request that the person has confirmed, or need not confirm.
async fn respond_confirmed(app: &App, answer: Answer) -> Result<Response, Problem> {
    let ready = match answer {
        Answer::Ready(ready) => *ready,
        other => return respond_without_code(app, other),
    };
    let (key, random) = (Arc::clone(&app.service.state_key), app.service.random.clone());
    let now = app.service.clock.now();
    let issued =
        app.service.pool.write(move |write| issue(write, &key, ready, now, &random)).await?;
    match issued {
        Ok((Ready { client, request, framers, target_origin, .. }, code)) => {
            tracing::debug!(client = %client.slug, "a person signs in to an app");
            let place = Place { framers, target_origin };
            send(app, &request.destination, &[("code", &code)], &place)
        }
        Err(answer) => respond_without_code(app, answer),
    }
}

fn respond_without_code(app: &App, answer: Answer) -> Result<Response, Problem> {
    match answer {
        Answer::Page(error) => {
            let (title, line) = explained(error);
            let code = format!("For the administrator of this tool: {}", error.code());
            let lines = [line.to_owned(), code];
            Ok(page::message(app, StatusCode::BAD_REQUEST, title, &lines, Framers::Anyone))
        }
        Answer::Error(destination, error) => {
            if error != AuthorizationError::LoginRequired {
                tracing::info!(%error, "an app's sign-in request was refused");
            }
            let response = [("error", error.code()), ("error_description", error.description())];
            // An error contains nothing that others must not see.
            let place = Place { framers: vec!["*".to_owned()], target_origin: None };
            send(app, &destination, &response, &place)
        }
        Answer::Launch(wanted) => Ok(launch_page(app, &wanted)),
        Answer::Ready(_) => Err(Problem::Status(StatusCode::INTERNAL_SERVER_ERROR)),
    }
}

/// Sends a response to the app, with the state of its request and with who sends it (RFC 9207).
fn send(
    app: &App,
    destination: &Destination,
    response: &[(&str, &str)],
    place: &Place,
) -> Result<Response, Problem> {
    let issuer = app.service.pool.look_up(|read| read.settings())?.url;
    let mut fields = response.to_vec();
    fields.extend(destination.state.as_deref().map(|state| ("state", state)));
    fields.push(("iss", issuer.as_str()));
    match destination.mode {
        ResponseMode::Query => {
            let mut response = StatusCode::FOUND.into_response();
            let headers = response.headers_mut();
            let url = redirect_url(&destination.redirect_uri, &fields);
            page::insert(headers, header::LOCATION, url);
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            Ok(response)
        }
        ResponseMode::FormPost => Ok(form_post(app, &destination.redirect_uri, &fields, place)),
    }
}

/// Where a response is shown on its way to the app.
struct Place {
    /// The origins that may frame it.
    framers: Vec<String>,
    /// Where the app may continue.
    target_origin: Option<String>,
}

/// A form that sends itself (OAuth 2.0 Form Post Response Mode). The page is in a sandbox of its own,
/// so that no other page of this host can read the code in it.
fn form_post(app: &App, redirect_uri: &str, fields: &[(&str, &str)], place: &Place) -> Response {
    let nonce = page::nonce(&app.service.random);
    let template =
        HandoverPage { title: "Signing you in", action: redirect_uri, fields, nonce: &nonce };
    let app_origin = origin(redirect_uri);
    let framers: Vec<String> = place.framers.iter().cloned().chain(app_origin.clone()).collect();
    let rules = PagePolicy {
        frame_ancestors: &framers,
        sends_to: app_origin.as_deref(),
        returns_to: place.target_origin.as_deref(),
        ..PagePolicy::default()
    };
    let mut response = page::html(StatusCode::OK, &template, &nonce, &rules);
    let sandbox = HeaderValue::from_static("sandbox allow-forms allow-scripts");
    response.headers_mut().append(header::CONTENT_SECURITY_POLICY, sandbox);
    response
}

/// Asks the person to open the activity from their course. Their app's request waits in a cookie.
fn launch_page(app: &App, wanted: &Wanted) -> Response {
    let activity = clean(&wanted.activity);
    let title = format!("Open {activity} from your course");
    let lines = [format!(
        "You sign in to {} by opening {activity} in your learning platform: go to your course there \
         and open the link to it. There is no password to enter here.",
        clean(wanted.client.name.as_str())
    )];
    let mut response = page::message(app, StatusCode::OK, &title, &lines, Framers::Anyone);
    if let Some(waiting) = &wanted.waiting {
        set_cookie(&mut response, WAITING_COOKIE, waiting, WAIT_SECONDS);
    }
    response
}

/// The page for an error that is sent to no one.
fn explained(error: PageError) -> (&'static str, &'static str) {
    match error {
        PageError::UnknownClient => (
            "This app is not set up here",
            "The app that sent you here is not known to this tool, or was disabled. Go back to your \
             course and open the link again. If it happens again, ask the administrator of the app.",
        ),
        PageError::RedirectUriNotRegistered => (
            "This app is not set up correctly",
            "The address to which the app wants you to return is not registered with this tool. The \
             administrator of the app has to add it as a redirect URI.",
        ),
    }
}

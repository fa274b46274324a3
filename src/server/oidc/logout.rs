//! Ends a person's sessions at the request of an app, or after the person has confirmed it.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;

use super::{cookies, is_framed, set_cookie};
use crate::domain::OPENID_LOGOUT_PATH;
use crate::lti::openid::{logout, parameters};
use crate::server::app::App;
use crate::server::form;
use crate::server::new_window::left;
use crate::server::own_page;
use crate::server::page::{self, Framers, PagePolicy};
use crate::server::problem::Problem;
use crate::server::sign_out::SignOutPage;
use crate::session::openid::COOKIE_PREFIX;
use crate::session::openid::logout::{SignOut, all_handles, decide, end};
use crate::web::cookie::Cookies;

/// `GET` and `POST /oidc/logout`
pub(in crate::server) async fn ask(
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let pairs = form::read_either(&head, body, &app.limits).await?;
    let request = logout::read(&parameters::Parameters::new(pairs));
    let cookies = cookies(&head.headers);
    let key = &app.service.state_key;
    let decided = app.service.pool.look_up(|read| decide(read, key, &request, &cookies))?;
    match decided {
        SignOut::End { handles, cookie, url } => {
            let mut response = match url {
                Some(url) => page::see_other(url),
                None => left(&app),
            };
            // An ID token of someone else ends nothing here.
            if !handles.is_empty() {
                app.service.pool.write(move |write| end(write, &handles)).await?;
                set_cookie(&mut response, &cookie, "", 0);
            }
            Ok(response)
        }
        SignOut::BadHint => Ok(bad_hint(&app)),
        SignOut::Ask => confirmed(&app, &head, &cookies).await,
    }
}

/// Asks, or ends all sessions of apps in this browser if the tool's own page sends the form.
async fn confirmed(app: &App, head: &Parts, cookies: &Cookies) -> Result<Response, Problem> {
    let settings = app.service.pool.look_up(|read| read.settings())?;
    if head.method == Method::POST && own_page::is_sender(&head.headers, &settings.url) {
        let handles = all_handles(&app.service.state_key, cookies);
        app.service.pool.write(move |write| end(write, &handles)).await?;
        let mut response = left(app);
        for (name, _) in cookies.iter().filter(|(name, _)| name.starts_with(COOKIE_PREFIX)) {
            set_cookie(&mut response, name, "", 0);
        }
        return Ok(response);
    }
    if is_framed(&head.headers) {
        return Ok(in_a_frame(app));
    }
    let nonce = page::nonce(&app.service.random);
    let template = SignOutPage {
        messages: None,
        tool: &crate::report::clean(settings.name.as_str()),
        action: &settings.url.join(OPENID_LOGOUT_PATH),
        nonce: &nonce,
    };
    let rules = PagePolicy { posts_here: true, ..PagePolicy::default() };
    let mut response = page::html(StatusCode::OK, &template, &nonce, &rules);
    own_page::send_origin(response.headers_mut());
    Ok(response)
}

/// The page with the button, which no other site may frame, cannot be shown there.
fn in_a_frame(app: &App) -> Response {
    let line = "To sign out, open this page in a window of its own, or close the browser.";
    page::message(
        app,
        StatusCode::OK,
        "You are still signed in",
        &[line.to_owned()],
        Framers::Anyone,
    )
}

fn bad_hint(app: &App) -> Response {
    let line = "The app that sent you here did not say who signs out, or someone changed its \
        request. Close the browser to sign out.";
    page::message(
        app,
        StatusCode::BAD_REQUEST,
        "You may still be signed in",
        &[line.to_owned()],
        Framers::Anyone,
    )
}

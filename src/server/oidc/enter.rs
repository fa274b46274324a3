//! Continues at an app after a launch: exchanges the ticket of the session's page for a cookie, and
//! sends the browser to the app once it sends the cookie back.
//!
//! The response that sets the cookie is a page that continues by script, and not a redirect: Safari
//! leaves partitioned cookies out after several redirects between sites. If the browser stores no
//! cookie in the frame, the page offers a new window, in which another ticket does the same.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;

use super::authorize::respond;
use super::{CONTINUE_PATH, ENTER_PATH, cookies, set_cookie};
use crate::report::clean;
use crate::server::app::App;
use crate::server::form::{self, Parameters};
use crate::server::new_window::{WindowPage, needs_cookies, not_entered};
use crate::server::own_form::OwnForm;
use crate::server::own_page;
use crate::server::page::{self, Framers, PagePolicy};
use crate::server::problem::Problem;
use crate::session::bridge::Refused;
use crate::session::openid::enter::{Continued, Entered, continued, enter};
use crate::session::openid::{NotSignedIn, WAITING_COOKIE};

/// The field of the form.
pub(in crate::server) const TICKET: &str = "ticket";

/// The parameter with the key of the resource.
const RESOURCE: &str = "resource";

/// `POST /oidc/enter`
pub(in crate::server) async fn by_post(
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    let Some(mut form) = OwnForm::read(&app, request).await? else { return Ok(not_entered(&app)) };
    let (ticket, cookies) = (form.take(TICKET), cookies(&form.head.headers));
    let (key, random) = (Arc::clone(&app.service.state_key), app.service.random.clone());
    let now = app.service.clock.now();
    let entered = app
        .service
        .pool
        .write(move |write| enter(write, &key, &ticket, &cookies, now, &random))
        .await?;
    Ok(match entered {
        Some(Ok(entered)) => entered_page(&app, &entered)?,
        Some(Err(refused)) => refused_page(&app, refused),
        None => not_entered(&app),
    })
}

fn entered_page(app: &App, entered: &Entered) -> Result<Response, Problem> {
    let url = app.service.pool.look_up(|read| read.settings())?.url;
    let nonce = page::nonce(&app.service.random);
    let template = WindowPage {
        tool: &clean(&entered.title),
        url: &url.join(&format!("{CONTINUE_PATH}?{RESOURCE}={}", entered.resource_id)),
        cookie_path: "/",
        action: &url.join(ENTER_PATH),
        parameters: &[(TICKET, entered.again.clone())],
        nonce: &nonce,
    };
    let rules = PagePolicy {
        frame_ancestors: &entered.framers,
        sends_to: Some(&url.to_url().origin().ascii_serialization()),
        ..PagePolicy::default()
    };
    let mut response = page::html(StatusCode::OK, &template, &nonce, &rules);
    own_page::send_origin(response.headers_mut());
    let (name, value) = &entered.cookie;
    set_cookie(&mut response, name, value, entered.max_age);
    Ok(response)
}

fn refused_page(app: &App, refused: NotSignedIn) -> Response {
    let reason = match refused {
        NotSignedIn::Guest => Refused::Guest,
        NotSignedIn::Role => Refused::Role,
        NotSignedIn::Ended(ended) => Refused::Closed(ended),
    };
    let (title, line) = reason.page();
    page::message(app, StatusCode::FORBIDDEN, title, &[line.to_owned()], Framers::Anyone)
}

/// `GET /oidc/continue`
pub(in crate::server) async fn show(
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut query = Parameters::new();
    let unreadable = |_| Problem::Status(StatusCode::BAD_REQUEST);
    form::decode(uri.query().unwrap_or_default().as_bytes(), &mut query).map_err(unreadable)?;
    let resource_id = query.iter().find(|(name, _)| name == RESOURCE).map(|(_, id)| id.parse());
    let Some(Ok(resource_id)) = resource_id else {
        return Err(Problem::Status(StatusCode::BAD_REQUEST));
    };
    let cookies = cookies(&headers);
    let now = app.service.clock.now();
    let continued = app
        .service
        .pool
        .look_up(|read| continued(read, &app.service.state_key, resource_id, &cookies, now))?;
    Ok(match continued {
        Continued::At(url) => page::see_other(url),
        Continued::NoCookie => needs_cookies(&app),
        Continued::Waiting(answer) => {
            let mut response = respond(&app, *answer).await?;
            if !response.headers().contains_key(header::SET_COOKIE) {
                // It has waited for one launch.
                set_cookie(&mut response, WAITING_COOKIE, "", 0);
            }
            response
        }
    })
}

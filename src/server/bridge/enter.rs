//! Enters an app: exchanges the ticket of the page after a launch for the cookie on the app's host.
//!
//! The response is a page that continues by script, and not a redirect: Safari leaves partitioned
//! cookies out after several redirects between sites. If the browser stores no cookie in the frame,
//! the page offers a new window, in which another ticket does the same.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::{APP_PATH, entries, host, value};
use crate::report::clean;
use crate::server::app::App;
use crate::server::form::{self, Parameters};
use crate::server::new_window::{WindowPage, not_entered};
use crate::server::own_page;
use crate::server::page::{self, PagePolicy};
use crate::server::problem::Problem;
use crate::session::bridge::enter::{Entered, Entering, enter, set_cookie};

/// The field of the form.
pub(in crate::server) const TICKET: &str = "ticket";

/// `POST /bridge/app/enter`, at the app's host `POST /.ltictl/enter`
pub(in crate::server) async fn by_post(
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let mut parameters = Parameters::new();
    form::read(&head.headers, body, &app.limits, &mut parameters).await?;
    let ticket = parameters.into_iter().find(|(name, _)| name == TICKET);
    let ticket = ticket.map(|(_, ticket)| ticket).unwrap_or_default();
    let host = host(&head.headers).into_owned();
    let sender = value(&head.headers, header::ORIGIN.as_str()).map(std::borrow::Cow::into_owned);
    let cookie = entries(&head.headers).map(str::to_owned);
    let (key, random) = (Arc::clone(&app.service.state_key), app.service.random.clone());
    let now = app.service.clock.now();
    let entered = app
        .service
        .pool
        .write(move |write| {
            let entering = Entering {
                host: &host,
                sender: sender.as_deref(),
                ticket: &ticket,
                cookie: cookie.as_deref(),
            };
            enter(write, &key, &entering, now, &random)
        })
        .await?;
    Ok(match entered {
        Some(entered) => entered_page(&app, &entered),
        None => not_entered(&app),
    })
}

fn entered_page(app: &App, entered: &Entered) -> Response {
    let nonce = page::nonce(&app.service.random);
    let template = WindowPage {
        tool: &clean(&entered.title),
        url: &format!("{APP_PATH}check"),
        cookie_path: APP_PATH,
        action: &format!("{APP_PATH}enter"),
        parameters: &[(TICKET, entered.again.clone())],
        nonce: &nonce,
    };
    let rules = PagePolicy {
        frame_ancestors: &entered.framers,
        sends_to: Some(&entered.origin),
        ..PagePolicy::default()
    };
    let mut response = page::html(StatusCode::OK, &template, &nonce, &rules);
    own_page::send_origin(response.headers_mut());
    if let Ok(cookie) = HeaderValue::try_from(set_cookie(&entered.cookie, entered.max_age)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

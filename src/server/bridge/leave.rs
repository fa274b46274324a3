//! Leaves an app: a link to this page is the app's "Sign out". Only a form ends a session, and it has
//! to come from a page of the app's host.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::{APP_PATH, SenderHeaders, entered_app, entries, host};
use crate::server::app::App;
use crate::server::new_window::left;
use crate::server::own_page;
use crate::server::page::{self, PagePolicy};
use crate::server::problem::Problem;
use crate::server::sign_out::SignOutPage;
use crate::session::bridge::enter::{leave, set_cookie};
use crate::session::bridge::origin_of_host;
use crate::web::proxied::{Upgrade, is_cross_site};

/// `GET /bridge/app/leave`, at the app's host `GET /.ltictl/leave`
pub(in crate::server) async fn show(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some((_, framers)) = entered_app(&app, &headers)? else { return Ok(left(&app)) };
    let nonce = page::nonce(&app.service.random);
    let template = SignOutPage {
        tool: &host(&headers),
        action: &format!("{APP_PATH}leave"),
        messages: None,
        nonce: &nonce,
    };
    let rules = PagePolicy { frame_ancestors: &framers, posts_here: true, ..PagePolicy::default() };
    let mut response = page::html(StatusCode::OK, &template, &nonce, &rules);
    own_page::send_origin(response.headers_mut());
    Ok(response)
}

/// `POST /bridge/app/leave`, at the app's host `POST /.ltictl/leave`
pub(in crate::server) async fn by_post(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let host = host(&headers);
    let origin = app.service.pool.look_up(|read| origin_of_host(read, &host))?;
    let Some(origin) = origin else { return Err(Problem::Status(StatusCode::NOT_FOUND)) };
    if is_cross_site("POST", Upgrade::No, SenderHeaders::of(&headers).sender(), &origin) {
        return Err(Problem::Status(StatusCode::FORBIDDEN));
    }
    let (key, cookie) = (Arc::clone(&app.service.state_key), entries(&headers).map(str::to_owned));
    app.service.pool.write(move |write| leave(write, &key, &origin, cookie.as_deref())).await?;
    let mut response = left(&app);
    if let Ok(cookie) = HeaderValue::try_from(set_cookie("", 0)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

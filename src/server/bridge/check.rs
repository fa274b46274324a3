//! Finds out whether the browser sends the cookie that it has just got, and continues at the app.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::{entries, host};
use crate::server::app::App;
use crate::server::page::{self, Framers};
use crate::server::problem::Problem;
use crate::session::bridge::enter::entered;

/// `GET /bridge/app/check`, at the app's host `GET /.ltictl/check`
pub(in crate::server) async fn show(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (host, now) = (host(&headers), app.service.clock.now());
    let found = app
        .service
        .pool
        .look_up(|read| entered(read, &app.service.state_key, &host, entries(&headers), now))?;
    Ok(match found {
        Some((target, _)) => page::see_other(target.as_str().to_owned()),
        None => {
            let line = "Your browser does not send cookies of this page. Allow cookies for this \
                site, or open the link in your course in a new window.";
            page::message(
                &app,
                StatusCode::UNAUTHORIZED,
                "This page needs cookies",
                &[line.to_owned()],
                Framers::Anyone,
            )
        }
    })
}

//! Finds out whether the browser sends the cookie that it has just got, and continues at the app.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::entered_app;
use crate::server::app::App;
use crate::server::page::{self, Framers};
use crate::server::problem::Problem;

/// `GET /bridge/app/check`, at the app's host `GET /.ltictl/check`
pub(in crate::server) async fn show(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Ok(match entered_app(&app, &headers)? {
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

//! Finds out whether the browser sends the cookie that it has just got, and continues at the app.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::entered_app;
use crate::server::app::App;
use crate::server::new_window::needs_cookies;
use crate::server::page;
use crate::server::problem::Problem;

/// `GET /bridge/app/check`, at the app's host `GET /.ltictl/check`
pub(in crate::server) async fn show(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Ok(match entered_app(&app, &headers)? {
        Some((target, _)) => page::see_other(target.as_str().to_owned()),
        None => needs_cookies(&app),
    })
}

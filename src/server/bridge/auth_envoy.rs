//! The question of Envoy (`ext_authz` over HTTP): method, host and the rest of the path are those of
//! the request. The browser gets what is not 200, so a refusal has its page.

use axum::extract::{Request, State};
use axum::http::header;
use axum::response::Response;

use super::decision::{Original, decide};
use super::{AUTH_PATH, host, refused, upgrade};
use crate::server::app::App;
use crate::server::problem::Problem;
use crate::session::bridge::origin_of_host;

/// Any method, `/bridge/auth/envoy/{*path}`
pub(in crate::server) async fn ask(
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    let (head, _) = request.into_parts();
    let headers = &head.headers;
    let original = original(&app, &head)?;
    Ok(decide(&app, headers, original)?
        .unwrap_or_else(|reason| refused::response(&app, headers, reason)))
}

fn original(app: &App, head: &axum::http::request::Parts) -> Result<Option<Original>, Problem> {
    let headers = &head.headers;
    let below = head.uri.path().strip_prefix(AUTH_PATH).unwrap_or_default();
    let Some(path) = below.strip_prefix("envoy").filter(|path| path.starts_with('/')) else {
        return Ok(None);
    };
    let host = host(headers);
    // It does not say whether the browser uses TLS.
    let known = app.service.pool.look_up(|read| origin_of_host(read, &host))?;
    let origin = known.unwrap_or_else(|| format!("https://{host}"));
    let upgrade = upgrade(headers, header::UPGRADE.as_str());
    Ok(Some(Original {
        origin,
        path: path.to_owned(),
        method: head.method.as_str().to_owned(),
        upgrade,
    }))
}

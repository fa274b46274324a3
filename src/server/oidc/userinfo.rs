//! Says who has signed in.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use super::{cors, single};
use crate::lti::openid::parameters::Parameters;
use crate::server::app::App;
use crate::server::app_error;
use crate::server::form;
use crate::server::problem::Problem;
use crate::session::openid::userinfo::{Userinfo, userinfo};
use crate::web;

/// `GET`, `POST` and `OPTIONS /oidc/userinfo`: the token is in the header or in the form (RFC 6750,
/// 2.1 and 2.2), never in the query, which is logged elsewhere.
pub(in crate::server) async fn ask(
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    if head.method == Method::OPTIONS {
        return cors::preflight(&app, &head.headers);
    }
    let mut token = single(&head.headers, &header::AUTHORIZATION)
        .and_then(|value| web::header::bearer(&value).map(str::to_owned));
    let has_header = head.headers.contains_key(header::AUTHORIZATION);
    if head.method == Method::POST && !has_header {
        let mut pairs = form::Parameters::new();
        form::read(&head.headers, body, &app.limits, &mut pairs).await?;
        let form = Parameters::new(pairs);
        let sent = form.get("access_token").filter(|_| !form.is_repeated("access_token"));
        token = sent.map(str::to_owned);
    }
    let Some(token) = token else { return refused(&app, &head.headers, "Bearer") };
    let (key, now) = (&app.service.state_key, app.service.clock.now());
    let found = app.service.pool.look_up(|read| userinfo(read, key, &token, now))?;
    let Some(Userinfo { client, claims }) = found else {
        return refused(&app, &head.headers, "Bearer error=\"invalid_token\"");
    };
    let mut response = app_error::json(StatusCode::OK, &claims);
    cors::allow(&head.headers, Some(&client), &mut response);
    Ok(response)
}

fn refused(app: &App, headers: &HeaderMap, challenge: &'static str) -> Result<Response, Problem> {
    let body = json!({
        "error": "invalid_token",
        "error_description": "the access token is missing, unknown or expired, or the session has ended",
    });
    let mut response = app_error::json(StatusCode::UNAUTHORIZED, &body);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    cors::allow_any(app, headers, &mut response)?;
    Ok(response)
}

//! The discovery document.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use crate::domain::{
    OPENID_AUTHORIZE_PATH, OPENID_JWKS_PATH, OPENID_LOGOUT_PATH, OPENID_TOKEN_PATH,
    OPENID_USERINFO_PATH,
};
use crate::lti::openid::metadata::{Endpoints, document};
use crate::server::app::App;
use crate::server::problem::Problem;
use crate::session::openid::CLAIMS;

/// `GET /.well-known/openid-configuration`
pub(in crate::server) async fn show(State(app): State<App>) -> Result<Response, Problem> {
    let url = app.service.pool.look_up(|read| read.settings())?.url;
    let endpoints = Endpoints {
        authorization: url.join(OPENID_AUTHORIZE_PATH),
        token: url.join(OPENID_TOKEN_PATH),
        userinfo: url.join(OPENID_USERINFO_PATH),
        keyset: url.join(OPENID_JWKS_PATH),
        end_session: url.join(OPENID_LOGOUT_PATH),
    };
    Ok(public_json(&document(url.as_str(), &endpoints, &CLAIMS), "public, max-age=3600"))
}

/// JSON that anyone may read from any page.
pub(super) fn public_json(json: &serde_json::Value, caching: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, caching),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, json.to_string()).into_response()
}

//! The tool's public keyset (Security Framework 1.0, 6.3).

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::problem::Problem;
use crate::usecase::keys;

/// `GET /lti/jwks`: public keys, so anybody may read them from anywhere and keep them for five minutes.
pub(super) async fn show(State(app): State<App>) -> Result<Response, Problem> {
    let keyset = app.service.pool.read(keys::public_keyset)?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, keyset.to_string()).into_response())
}

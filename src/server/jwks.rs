//! The tool's public keyset (Security Framework 1.0, 6.3).

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::problem::Problem;
use crate::domain::Counted;
use crate::domain::KeyPurpose;
use crate::lms;
use crate::rules::signing_key;
use crate::web::header::text;

/// `GET /lti/jwks`: public keys, which anyone may read from any origin and cache for five minutes.
pub(super) async fn show(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let user_agent =
        headers.get(header::USER_AGENT).map(|value| text(value.as_bytes())).unwrap_or_default();
    app.service.tallies.count(
        Counted::KeysetFetched,
        None,
        lms::keyset_reader(&user_agent),
        app.service.clock.now(),
    );
    let keyset =
        app.service.pool.look_up(|read| signing_key::public_keyset(read, KeyPurpose::Lti))?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, keyset.to_string()).into_response())
}

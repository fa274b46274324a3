//! The keys that sign ID tokens, and nothing else.

use axum::extract::State;
use axum::response::Response;

use super::discovery::public_json;
use crate::domain::KeyPurpose;
use crate::rules::signing_key;
use crate::server::app::App;
use crate::server::problem::Problem;

/// `GET /oidc/jwks`
pub(in crate::server) async fn show(State(app): State<App>) -> Result<Response, Problem> {
    let keyset =
        app.service.pool.look_up(|read| signing_key::public_keyset(read, KeyPurpose::Openid))?;
    Ok(public_json(&keyset, "public, max-age=300"))
}

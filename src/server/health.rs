//! Health checks: `/healthz` shows that the process runs, `/readyz` that it can handle requests.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use super::app::App;

/// `GET /healthz`
pub(super) async fn healthz() -> impl IntoResponse {
    (NO_STORE, "ok\n")
}

/// `GET /readyz`: checks that the database responds.
pub(super) async fn readyz(State(app): State<App>) -> impl IntoResponse {
    match app.service.pool.read(|read| read.settings()) {
        Ok(_) => (StatusCode::OK, NO_STORE, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, NO_STORE, "not ready\n")
        }
    }
}

const NO_STORE: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

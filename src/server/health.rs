//! Health checks: `/healthz` shows that the process runs, `/readyz` that it can handle requests.

use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use super::app::App;
use crate::failure::Failure;
use crate::store;

/// `GET /healthz`
pub(super) async fn healthz() -> impl IntoResponse {
    (NO_STORE, "ok\n")
}

/// `GET /readyz`: checks that the database can be read and written. If not, the response says which
/// of the two, and nothing that strangers should not know; the log has the details.
pub(super) async fn readyz(State(app): State<App>) -> impl IntoResponse {
    let pool = &app.service.pool;
    let checked = match pool.look_up(|read| read.settings()) {
        Ok(_) => pool.prove_writable().await.map_err(|error| (error, "written")),
        Err(error) => Err((error, "read")),
    };
    match checked {
        Ok(()) => {
            if !app.is_ready.swap(true, Ordering::Relaxed) {
                tracing::info!("ready again");
            }
            (StatusCode::OK, NO_STORE, "ready\n".to_owned())
        }
        Err((error, what)) => {
            let is_newer = matches!(error, store::Error::Newer { .. });
            let failure = Failure::from(error);
            // Not at every request: anyone can send them.
            if app.is_ready.swap(false, Ordering::Relaxed) {
                tracing::error!(why = failure.why, hint = failure.hint, "not ready");
            }
            let reason = match is_newer {
                true => "not ready: the database is newer than this server\n".to_owned(),
                false => format!("not ready: the database cannot be {what}\n"),
            };
            (StatusCode::SERVICE_UNAVAILABLE, NO_STORE, reason)
        }
    }
}

const NO_STORE: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

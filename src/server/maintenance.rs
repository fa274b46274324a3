//! Once a minute: what is over is forgotten.

use std::time::Duration;

use super::app::App;
use crate::store;

/// The time between two rounds.
const PAUSE: Duration = Duration::from_secs(60);

/// How many refused launches of strangers are kept.
const STRANGERS_KEPT: u32 = 10_000;

/// Goes round until it is aborted.
pub(super) async fn run(app: App) {
    loop {
        tokio::time::sleep(PAUSE).await;
        round(&app).await;
    }
}

/// Forgets expired nonces and sessions, the oldest refused launches of strangers, and clients that are quiet; looks at the settings.
pub(super) async fn round(app: &App) {
    let now = app.service.clock.now();
    let tidied = app.service.pool.write(move |write| Ok::<_, store::Error>(write.forget_expired(now)? + write.trim_strangers(STRANGERS_KEPT)?)).await;
    let refreshed = app.place.refresh(&app.service.pool);
    app.addresses.forget_idle();
    app.service.throttle.forget_idle();
    match tidied.and_then(|rows| refreshed.map(|()| rows)) {
        Ok(rows) => tracing::debug!(rows, "tidied up"),
        Err(error) => tracing::warn!(%error, "could not tidy up"),
    }
}

//! Once a minute: what is over is forgotten.

use std::time::Duration;

use super::app::App;
use crate::store;

/// The time between two rounds.
const PAUSE: Duration = Duration::from_secs(60);

/// How many refused launches of each registration are kept, and of nobody's.
const REFUSED_KEPT: u32 = 10_000;

/// Goes round until it is aborted.
pub(super) async fn run(app: App) {
    loop {
        tokio::time::sleep(PAUSE).await;
        round(&app).await;
    }
}

/// Forgets expired nonces and sessions, the oldest refused launches, and clients that are quiet; looks at the settings.
pub(super) async fn round(app: &App) {
    let now = app.service.clock.now();
    let tidied =
        app.service.pool.via("maintenance").write(move |write| Ok::<_, store::Error>(write.forget_expired(now)? + write.trim_refused(REFUSED_KEPT)?)).await;
    let refreshed = app.place.refresh(&app.service.pool);
    app.addresses.forget_idle();
    app.service.throttle.forget_idle();
    app.service.sign_ins.forget_idle();
    match tidied.and_then(|rows| refreshed.map(|()| rows)) {
        Ok(rows) => tracing::debug!(rows, "tidied up"),
        Err(error) => tracing::warn!(%error, "could not tidy up"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::domain::Clock;
    use crate::server::app::tests::app;
    use crate::store::Store;
    use crate::usecase::setup;

    #[tokio::test]
    async fn what_is_over_is_forgotten_and_what_changed_is_seen() {
        let now: Timestamp = "2026-11-23T17:00:00Z".parse().unwrap();
        let mut database = None;
        let (app, _directory) = app(|options| {
            options.clock = Clock::Fixed(now);
            database = Some(options.database.clone());
        });
        let second = SignedDuration::from_secs(1);
        for (nonce, expires_at) in [("past", now - second), ("good", now + second)] {
            assert!(app.service.pool.write(move |write| write.spend_nonce(nonce, expires_at)).await.unwrap());
        }
        setup::set(&mut Store::open(&database.unwrap()).unwrap(), "url", "http://localhost:8080/below", false).unwrap();
        round(&app).await;
        assert!(!app.service.pool.read(|read| read.nonce_is_spent("past")).unwrap());
        assert!(app.service.pool.read(|read| read.nonce_is_spent("good")).unwrap());
        assert_eq!((app.place.base_path().as_str(), app.place.is_https()), ("/below", false));
    }
}

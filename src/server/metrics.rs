//! Metrics for monitoring systems, in the text format of Prometheus, on their own address: they
//! contain the names of customers, so they must not be public.
//!
//! Only requests and commits are measured as they happen; everything else is counted where it
//! happens and collected when metrics are requested. The number of labels is limited: the slugs of
//! at most a thousand registrations, reason codes, and the router's routes, but never a path, a
//! person or anything else that a client can choose.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use self::collected::Collected;
use super::app::App;
use super::host;
use super::request_metrics::RequestMetrics;

mod collected;

/// `GET /metrics`, and nothing else.
pub(super) fn router(app: App, requests: &RequestMetrics) -> Router {
    let registry = Arc::new(registry(app.clone(), requests));
    Router::new()
        .route("/metrics", get(show))
        .with_state((app, registry))
        .layer(from_fn(host::check))
}

async fn show(State((app, registry)): State<(App, Arc<Registry>)>) -> Response {
    let now = app.service.clock.now();
    if let Err(error) = app.open_sessions.count_if_few(&app.service.pool, now).await {
        tracing::warn!(%error, "the sessions could not be counted");
    }
    let mut text = String::new();
    match prometheus_text::encode(&mut text, &registry) {
        Ok(()) => (
            [
                (header::CONTENT_TYPE, prometheus_text::CONTENT_TYPE),
                (header::CACHE_CONTROL, "no-store"),
            ],
            text,
        )
            .into_response(),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "the metrics could not be written\n")
            .into_response(),
    }
}

fn registry(app: App, requests: &RequestMetrics) -> Registry {
    let mut registry = Registry::default();
    let started: Gauge<f64, std::sync::atomic::AtomicU64> = Gauge::default();
    started.set(app.service.clock.now().as_millisecond() as f64 / 1000.0);
    registry.register_with_unit(
        "process_start_time",
        "When the server started, in seconds since 1970",
        Unit::Seconds,
        started,
    );
    let own = registry.sub_registry_with_prefix("ltictl");
    own.register(
        "build",
        "Version of the program",
        Info::new([("version", env!("CARGO_PKG_VERSION"))]),
    );
    own.register_with_unit(
        "http_request_duration",
        "Time until the response to a request",
        Unit::Seconds,
        requests.durations.clone(),
    );
    own.register("http_requests_in_flight", "Requests in progress", requests.in_flight.clone());
    own.register_collector(Box::new(Collected(app)));
    registry
}

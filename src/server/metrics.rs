//! What a monitoring system asks for, in the text format of Prometheus, on an address of its own:
//! it names customers, so the world does not get to see it.
//!
//! Only requests and commits are measured as they happen; everything else is counted where it
//! happens anyway and put together when somebody asks. Labels are few: the slugs of at most a
//! thousand registrations, reason codes, and the routes of the router; never a path, a person or
//! anything that a stranger can make up.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::{EncodeLabelSet, prometheus_text};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use self::collected::Collected;
use super::app::App;
use super::host;

mod collected;

/// The route of what belongs to no endpoint, or was turned away before.
const NO_ROUTE: &str = "none";

/// Bounds of the durations of requests, in seconds.
const DURATIONS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What is measured of requests as they happen; clones share it.
#[derive(Clone)]
pub(super) struct RequestMetrics {
    durations: Family<Labels, Histogram, fn() -> Histogram>,
    in_flight: Gauge<i64, AtomicI64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    /// The route that answered, as the router has it: its parameters are not filled in.
    route: String,
    method: &'static str,
    status: &'static str,
}

/// A request that is under way, until it is dropped, whatever becomes of it.
pub(super) struct UnderWay {
    metrics: RequestMetrics,
    method: &'static str,
    since: Instant,
}

impl RequestMetrics {
    pub(super) fn new() -> Self {
        Self {
            durations: Family::new_with_constructor(|| Histogram::new(DURATIONS)),
            in_flight: Gauge::default(),
        }
    }

    /// Begins to measure a request.
    pub(super) fn begin(&self, method: &Method) -> UnderWay {
        self.in_flight.inc();
        UnderWay { metrics: self.clone(), method: method_word(method), since: Instant::now() }
    }
}

impl UnderWay {
    /// The request has been answered.
    pub(super) fn answered(self, response: &Response) {
        let route = response
            .extensions()
            .get::<MatchedPath>()
            .map_or(NO_ROUTE, MatchedPath::as_str)
            .to_owned();
        let labels = Labels { route, method: self.method, status: status_word(response.status()) };
        self.metrics.durations.get_or_create(&labels).observe(self.since.elapsed().as_secs_f64());
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.metrics.in_flight.dec();
    }
}

/// Methods that an endpoint knows; anyone who makes others up makes no labels.
fn method_word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}

fn status_word(status: StatusCode) -> &'static str {
    match status.as_u16() {
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

/// Tells the gate which route has answered.
pub(super) async fn tell_route(route: MatchedPath, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.extensions_mut().insert(route);
    response
}

/// `GET /metrics`, and nothing else.
pub(super) fn router(app: App, requests: &RequestMetrics) -> Router {
    let registry = Arc::new(registry(app, requests));
    Router::new().route("/metrics", get(show)).with_state(registry).layer(from_fn(host::check))
}

async fn show(State(registry): State<Arc<Registry>>) -> Response {
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
    started
        .set(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs_f64());
    registry.register_with_unit(
        "process_start_time",
        "When the server started, in seconds since 1970",
        Unit::Seconds,
        started,
    );
    let own = registry.sub_registry_with_prefix("ltictl");
    own.register("build", "The program", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
    own.register_with_unit(
        "http_request_duration",
        "How long requests took to be answered",
        Unit::Seconds,
        requests.durations.clone(),
    );
    own.register(
        "http_requests_in_flight",
        "Requests that are being answered",
        requests.in_flight.clone(),
    );
    own.register_collector(Box::new(Collected(app)));
    registry
}

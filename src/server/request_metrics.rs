//! Metrics of requests.

use std::sync::atomic::AtomicI64;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

/// The route of requests that no endpoint handled.
const NO_ROUTE: &str = "none";

/// Bounds of the histogram of durations, in seconds.
const DURATIONS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Metrics of requests; clones share them.
#[derive(Clone)]
pub(super) struct RequestMetrics {
    pub(super) durations: Family<Labels, Histogram, fn() -> Histogram>,
    pub(super) in_flight: Gauge<i64, AtomicI64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Labels {
    /// The route of the router, with the names of its parameters.
    route: String,
    method: &'static str,
    status: &'static str,
}

/// A request in progress, until it is dropped.
pub(super) struct InFlightRequest {
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

    /// Starts to measure a request.
    pub(super) fn begin(&self, method: &Method) -> InFlightRequest {
        self.in_flight.inc();
        InFlightRequest {
            metrics: self.clone(),
            method: method_word(method),
            since: Instant::now(),
        }
    }
}

impl InFlightRequest {
    /// Records the response.
    pub(super) fn finish(self, response: &Response) {
        let route = response
            .extensions()
            .get::<MatchedPath>()
            .map_or(NO_ROUTE, MatchedPath::as_str)
            .to_owned();
        let labels = Labels { route, method: self.method, status: status_word(response.status()) };
        self.metrics.durations.get_or_create(&labels).observe(self.since.elapsed().as_secs_f64());
    }
}

impl Drop for InFlightRequest {
    fn drop(&mut self) {
        self.metrics.in_flight.dec();
    }
}

/// The label of a method; methods that no endpoint supports share one.
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

/// Adds the route to the response, for the gate.
pub(super) async fn attach_route(route: MatchedPath, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.extensions_mut().insert(route);
    response
}

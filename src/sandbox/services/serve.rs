//! Handles service calls: logs, checks and carries them out, with injected faults.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::super::connection::Connection;
use super::super::fields::{Fields, field, parse_fields};
use super::super::notices;
use super::super::platform::{Platform, State as PlatformState};
use super::super::school::Link;
use super::call::Call;
use super::endpoint::{Endpoint, Target, route};
use super::fault::{Fault, FaultKind};
use super::log::ServiceCall;
use super::response::{Outcome, ServiceResponse, refuse};
use super::{line_items, lti_1p1, memberships, scores};

/// Maximum number of bytes read of a request's body.
const LARGEST_BODY: usize = 1024 * 1024;

/// A call in the log, which is completed there even if the tool disconnects.
struct CallGuard {
    platform: Arc<Platform>,
    number: u64,
    endpoint: Option<Endpoint>,
    status: Option<u16>,
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        self.platform.state().services.log.end(self.number, self.endpoint, self.status);
    }
}

/// Records a call and finds its fault.
fn begin(
    platform: &Arc<Platform>,
    endpoint: Option<Endpoint>,
    method: &Method,
    path: &str,
) -> (CallGuard, Option<Fault>, std::time::Duration) {
    let now = platform.now();
    let services = &mut platform.state().services;
    let fault = endpoint.and_then(|endpoint| services.faults.take(endpoint, path));
    let call = ServiceCall {
        endpoint,
        method: method.to_string(),
        path: path.to_owned(),
        status: None,
        fault: fault.as_ref().map(Fault::kind),
        at: now,
    };
    let guard = CallGuard {
        platform: Arc::clone(platform),
        number: services.log.begin(call),
        endpoint,
        status: None,
    };
    (guard, fault, services.options.latency)
}

/// Everything below `/services/`.
pub(in crate::sandbox) async fn serve(
    State(platform): State<Arc<Platform>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str()).to_owned();
    let target = route(&parts.method, parts.uri.path());
    let (mut guard, fault, latency) =
        begin(&platform, target.map(|target| target.endpoint), &parts.method, &path);
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return ServiceResponse::error(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large")
            .into_response();
    };
    delay(latency + fault.as_ref().map(Fault::delay).unwrap_or_default()).await;
    let instead = fault.as_ref().and_then(|fault| fault.response(platform.now()));
    let mut response = match (instead, target) {
        (Some(response), _) => response,
        (None, Some(target)) => {
            let query = parse_fields(parts.uri.query().unwrap_or_default().as_bytes());
            let request = Request { method: &parts.method, headers: &parts.headers, path: &path };
            carry_out(&platform, target, &request, &query, &body).unwrap_or_else(|refusal| refusal)
        }
        (None, None) => ServiceResponse::error(
            StatusCode::NOT_FOUND,
            &format!("No handler found for {} {path}", parts.method),
        ),
    };
    let is_set = target.is_some_and(|target| target.endpoint == Endpoint::NoticeHandlers)
        && parts.method == Method::PUT
        && response.status == StatusCode::OK;
    if is_set {
        notices::after_set(&platform, &body);
    }
    let closed = fault.is_some_and(|fault| apply_fault(fault.kind(), &connection, &mut response));
    guard.status = (!closed).then_some(response.status.as_u16());
    response.into_response()
}

async fn delay(time: std::time::Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

/// Applies a fault to a finished response; true if the tool does not receive a status.
fn apply_fault(fault: FaultKind, connection: &Connection, response: &mut ServiceResponse) -> bool {
    match fault {
        FaultKind::Dropped | FaultKind::DroppedAfterwards => {
            connection.drop_now();
            return true;
        }
        FaultKind::CutOff => connection.cut_after(response.body.len() / 2),
        FaultKind::CutShort => response.cut_short(),
        FaultKind::ErrorAfterwards => {
            *response = ServiceResponse::error(StatusCode::INTERNAL_SERVER_ERROR, "Out of order")
        }
        _ => {}
    }
    false
}

/// A request without its body.
struct Request<'a> {
    method: &'a Method,
    headers: &'a HeaderMap,
    /// With the query.
    path: &'a str,
}

/// Checks the token and the URL, and carries the request out.
fn carry_out(
    platform: &Platform,
    target: Target,
    request: &Request<'_>,
    query: &Fields,
    body: &[u8],
) -> Outcome {
    let (now, Request { method, headers, path }) = (platform.now(), request);
    let mut state = platform.state();
    let state: &mut PlatformState = &mut state;
    if !target.endpoint.is_signed() {
        state.services.tokens.check(headers, target.endpoint.scopes(method), now.as_second())?;
    }
    if target.endpoint == Endpoint::NoticeHandlers {
        return notices::carry_out(state, method, path, body);
    }
    let Some(course) = target.course() else {
        return refuse(
            StatusCode::NOT_FOUND,
            format!("Not Found: Course {} doesn't exist", target.course),
        );
    };
    let service_query = state.services.options.query.clone().unwrap_or_default();
    check_query(query, &service_query)?;
    let version = if target.endpoint.is_signed() { "1p1/" } else { "" };
    let base = platform.endpoint(&format!("/services/{version}{}", target.course));
    let call = Call {
        method,
        headers,
        query,
        body,
        course,
        item: target.item,
        now,
        base,
        service_query: &service_query,
    };
    if target.endpoint.is_signed() {
        return lti_1p1::carry_out(state, target.endpoint, &call, platform.endpoint(path));
    }
    let services = &mut state.services;
    let item_of = |link: &str| state.content.find(link).filter(|item| item.course == course);
    let own_link = |link: &str| Link::ALL.iter().any(|one| one.id(course).to_string() == link);
    match target.endpoint {
        Endpoint::LineItems => line_items::list(services, &call),
        Endpoint::NewLineItem => {
            line_items::create(services, &call, |link| own_link(link) || item_of(link).is_some())
        }
        Endpoint::LineItem => line_items::item(services, &call),
        Endpoint::Scores => scores::post(services, &call),
        Endpoint::Results => scores::results(services, &call),
        Endpoint::Memberships => memberships::list(services, &call, |link| {
            let item = item_of(link);
            let mut custom =
                state.tool.as_ref().map(|tool| tool.custom.clone()).unwrap_or_default();
            custom.extend(item.iter().flat_map(|item| item.custom.clone()));
            (own_link(link) || item.is_some()).then(|| json!(custom))
        }),
        Endpoint::Token
        | Endpoint::NoticeHandlers
        | Endpoint::Outcomes
        | Endpoint::Lti1p1Memberships
        | Endpoint::Lti1p1Members => refuse(StatusCode::NOT_FOUND, "Not Found"),
    }
}

/// Refuses a URL without the query that the platform gave it.
fn check_query(query: &Fields, service_query: &str) -> Result<(), ServiceResponse> {
    for (name, value) in parse_fields(service_query.as_bytes()) {
        if field(query, &name) != Some(value.as_str()) {
            return refuse(
                StatusCode::NOT_FOUND,
                format!("Not Found: the URL must carry {name}={value}, as the platform gave it"),
            );
        }
    }
    Ok(())
}

/// Middleware of the access token URL: logs the call and applies its fault. Without one, the body
/// is unchanged.
pub(in crate::sandbox) async fn watch_tokens(
    State(platform): State<Arc<Platform>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let (mut guard, fault, latency) =
        begin(&platform, Some(Endpoint::Token), request.method(), &path);
    delay(latency + fault.as_ref().map(Fault::delay).unwrap_or_default()).await;
    let response = match fault.as_ref().and_then(|fault| fault.response(platform.now())) {
        Some(response) => response.into_response(),
        None => next.run(request).await,
    };
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
    let mut response =
        ServiceResponse::new(parts.status, "application/json", String::from_utf8_lossy(&body));
    let closed = fault.is_some_and(|fault| apply_fault(fault.kind(), &connection, &mut response));
    guard.status = (!closed).then_some(response.status.as_u16());
    parts.status = response.status;
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(response.body))
}

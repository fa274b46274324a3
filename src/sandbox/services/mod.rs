//! Grades and members: Assignment and Grade Services 2.0 and Names and Role Provisioning Services
//! 2.0, as Moodle has them.
//!
//! Every call below `/services/` comes through [`serve`]: it is noted in the log, spoilt or delayed
//! when a [`Fault`] was ordered, its access token is checked, and only then is it answered. What is
//! kept (the grade book, who is in which course, the tokens) is [`Services`], behind the platform's
//! lock.

mod access;
mod answer;
mod control;
mod endpoint;
mod fault;
mod grade_book;
mod line_items;
mod log;
mod member;
mod memberships;
mod options;
pub(super) mod page;
mod paging;
mod scores;

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::connection::Connection;
use super::content::ContentItem;
use super::platform::{Platform, State as PlatformState};
use super::school::{Course, Link};
use super::web::{Fields, field, parse_fields};

pub use self::endpoint::Endpoint;
pub use self::fault::{Fault, FaultKind};
pub use self::grade_book::{Grade, GradeColumn};
pub use self::log::{AcceptedScore, ServiceCall, ServiceLog};
pub use self::member::{Member, MemberDetails, MemberStatus, RoleForm};
pub use self::options::ServiceOptions;
pub use self::paging::LinkStyle;

use self::access::AccessTokens;
use self::answer::{Answer, Outcome, refuse};
use self::endpoint::{Target, route};
use self::fault::Faults;
use self::grade_book::GradeBook;
use self::log::Log;
use self::member::Rosters;

/// The most bytes of a request's body that are read.
const LARGEST_BODY: usize = 1024 * 1024;

/// What the services know.
pub(super) struct Services {
    pub(super) options: ServiceOptions,
    grade_book: GradeBook,
    rosters: Rosters,
    tokens: AccessTokens,
    faults: Faults,
    log: Log,
}

impl Services {
    pub(super) fn new(options: ServiceOptions) -> Self {
        Self {
            grade_book: GradeBook::new(),
            rosters: Rosters::new(options.members),
            tokens: AccessTokens::default(),
            faults: Faults::default(),
            log: Log::default(),
            options,
        }
    }

    /// Adds the columns that came with selected content, and takes away those of content that is
    /// gone.
    pub(super) fn change_columns(&mut self, added: &[ContentItem], forgotten: &[ContentItem]) {
        self.grade_book.add_items(added);
        for id in forgotten.iter().filter_map(|item| item.id.parse().ok()) {
            self.grade_book.delete(id);
        }
    }

    /// Remembers an access token; gives the seconds for which it is good.
    pub(super) fn grant(&mut self, token: &str, scopes: &str, now: Timestamp) -> i64 {
        let lifetime = self.options.token_lifetime;
        self.tokens.grant(
            token.to_owned(),
            scopes.split(' ').map(str::to_owned).collect(),
            now.as_second(),
            lifetime,
        );
        lifetime
    }
}

/// A call as the handlers see it.
struct Call<'a> {
    method: &'a Method,
    headers: &'a HeaderMap,
    query: &'a Fields,
    body: &'a [u8],
    course: Course,
    /// The line item's number; 0 where there is none.
    item: u32,
    now: Timestamp,
    /// The address of everything below this course, and the query that belongs to every URL.
    base: String,
    service_query: &'a str,
}

impl Call<'_> {
    fn accept(&self) -> &str {
        self.header(&header::ACCEPT).unwrap_or("*/*")
    }

    fn header(&self, name: &header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Refuses a call that does not ask for this media type by name.
    fn must_accept(&self, media_type: &str) -> Result<(), Answer> {
        match self.accept() {
            "*/*" => refuse(StatusCode::BAD_REQUEST, "No context or unsupported content type"),
            accept if accept.split(',').any(|one| essence(one) == media_type) => Ok(()),
            accept => refuse(
                StatusCode::BAD_REQUEST,
                format!("No handler found for {accept}; ask for {media_type}"),
            ),
        }
    }

    /// Refuses a call whose body is not of this media type.
    fn must_carry(&self, media_type: &str) -> Result<(), Answer> {
        let sent = self.header(&header::CONTENT_TYPE).unwrap_or_default();
        if essence(sent) == media_type {
            Ok(())
        } else {
            refuse(
                StatusCode::BAD_REQUEST,
                format!("No handler found for {sent}; send {media_type}"),
            )
        }
    }

    fn body<T: DeserializeOwned>(&self) -> Result<T, Answer> {
        serde_json::from_slice(self.body)
            .or_else(|_| refuse(StatusCode::BAD_REQUEST, "The body is no JSON"))
    }

    /// An address below the course, with the query that belongs to every URL and more of it.
    fn address(&self, path: &str, more: &[(&str, String)]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(more);
        let (own, more) = (self.service_query, query.finish());
        let separator = if own.is_empty() || more.is_empty() { "" } else { "&" };
        let mark = if own.is_empty() && more.is_empty() { "" } else { "?" };
        format!("{}/{path}{mark}{own}{separator}{more}", self.base)
    }

    fn line_item_url(&self, id: u32) -> String {
        self.address(&format!("lineitems/{id}/lineitem"), &[])
    }

    /// Those of the query's fields that must be in the next page's address too.
    fn kept<'a>(&self, names: &[&'a str]) -> Vec<(&'a str, String)> {
        names.iter().filter_map(|name| Some((*name, field(self.query, name)?.to_owned()))).collect()
    }
}

/// A media type without its parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// A call in the log, which ends there even when the tool has gone away meanwhile.
struct Noted {
    platform: Arc<Platform>,
    number: u64,
    endpoint: Option<Endpoint>,
    status: Option<u16>,
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.platform.state().services.log.end(self.number, self.endpoint, self.status);
    }
}

/// Notes a call and finds out what is to go wrong with it.
fn begin(
    platform: &Arc<Platform>,
    endpoint: Option<Endpoint>,
    method: &Method,
    path: &str,
) -> (Noted, Option<Fault>, std::time::Duration) {
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
    let noted = Noted {
        platform: Arc::clone(platform),
        number: services.log.begin(call),
        endpoint,
        status: None,
    };
    (noted, fault, services.options.latency)
}

/// Everything below `/services/`.
pub(super) async fn serve(
    State(platform): State<Arc<Platform>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str()).to_owned();
    let target = route(&parts.method, parts.uri.path());
    let (mut noted, fault, latency) =
        begin(&platform, target.map(|target| target.endpoint), &parts.method, &path);
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return Answer::error(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large")
            .into_response();
    };
    hold_up(latency + fault.as_ref().map(Fault::delay).unwrap_or_default()).await;
    let instead = fault.as_ref().and_then(|fault| fault.answer(platform.now()));
    let mut answer = match (instead, target) {
        (Some(answer), _) => answer,
        (None, Some(target)) => {
            let query = parse_fields(parts.uri.query().unwrap_or_default().as_bytes());
            carry_out(&platform, target, &parts.method, &parts.headers, &query, &body)
                .unwrap_or_else(|refusal| refusal)
        }
        (None, None) => Answer::error(
            StatusCode::NOT_FOUND,
            &format!("No handler found for {} {path}", parts.method),
        ),
    };
    let closed = fault.is_some_and(|fault| spoil(fault.kind(), &connection, &mut answer));
    noted.status = (!closed).then_some(answer.status.as_u16());
    answer.into_response()
}

async fn hold_up(time: std::time::Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

/// Spoils a finished answer; whether the tool will see no status at all.
fn spoil(fault: FaultKind, connection: &Connection, answer: &mut Answer) -> bool {
    match fault {
        FaultKind::Dropped | FaultKind::DroppedAfterwards => {
            connection.drop_now();
            return true;
        }
        FaultKind::CutOff => connection.cut_after(answer.body.len() / 2),
        FaultKind::CutShort => answer.cut_short(),
        FaultKind::ErrorAfterwards => {
            *answer = Answer::error(StatusCode::INTERNAL_SERVER_ERROR, "Out of order")
        }
        _ => {}
    }
    false
}

/// Checks the token and the address, and does what is asked.
fn carry_out(
    platform: &Platform,
    target: Target,
    method: &Method,
    headers: &HeaderMap,
    query: &Fields,
    body: &[u8],
) -> Outcome {
    let now = platform.now();
    let mut state = platform.state();
    let state: &mut PlatformState = &mut state;
    state.services.tokens.check(headers, target.endpoint.scopes(method), now.as_second())?;
    let Some(course) = target.course() else {
        return refuse(
            StatusCode::NOT_FOUND,
            format!("Not Found: Course {} doesn't exist", target.course),
        );
    };
    let service_query = state.services.options.query.clone().unwrap_or_default();
    for (name, value) in parse_fields(service_query.as_bytes()) {
        if field(query, &name) != Some(value.as_str()) {
            return refuse(
                StatusCode::NOT_FOUND,
                format!("Not Found: the URL must carry {name}={value}, as the platform gave it"),
            );
        }
    }
    let base = platform.endpoint(&format!("/services/{}", target.course));
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
        Endpoint::Token => refuse(StatusCode::NOT_FOUND, "Not Found"),
    }
}

/// Around the access token URL: notes the call and spoils it to order; the answer's body stays what
/// it is but for that.
pub(super) async fn watch_tokens(
    State(platform): State<Arc<Platform>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let (mut noted, fault, latency) =
        begin(&platform, Some(Endpoint::Token), request.method(), &path);
    hold_up(latency + fault.as_ref().map(Fault::delay).unwrap_or_default()).await;
    let response = match fault.as_ref().and_then(|fault| fault.answer(platform.now())) {
        Some(answer) => answer.into_response(),
        None => next.run(request).await,
    };
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
    let mut answer = Answer::new(parts.status, "application/json", String::from_utf8_lossy(&body));
    let closed = fault.is_some_and(|fault| spoil(fault.kind(), &connection, &mut answer));
    noted.status = (!closed).then_some(answer.status.as_u16());
    parts.status = answer.status;
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(answer.body))
}

//! Handles every request first: removes the base path, limits the rate, turns failures into pages,
//! and logs a line.

use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument as _;

use super::app::App;
use super::client_address::{self, ClientAddress};
use super::problem::Problem;
use super::{app_error, bridge, host, request, session_url};
use crate::domain::SessionHandle;
use crate::failure::{Failure, Kind};

/// Browsers that used TLS use only TLS for a year.
const STRICT_TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Handles a request, including failures.
pub(super) async fn handle(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let id = request::name(&app, request.headers());
    let span = tracing::info_span!("request", id = %id);
    let in_flight = app.requests.as_ref().map(|requests| requests.begin(request.method()));
    let response = request::run(id, respond(app, peer, request, next).instrument(span)).await;
    if let Some(in_flight) = in_flight {
        in_flight.finish(&response);
    }
    response
}

async fn respond(app: App, peer: SocketAddr, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    // Without the query, which may contain a state or a hint.
    let logged = tracing::enabled!(tracing::Level::DEBUG)
        .then(|| (request.method().clone(), without_secrets(request.uri().path())));
    let client =
        client_address::find(peer.ip(), app.client_address_header.as_ref(), request.headers());
    let admitted = admit(&app, client, &mut request);
    let to_app = request.uri().path().starts_with(app_error::PATH);
    let is_at_app = request.uri().path().starts_with(bridge::PATH);
    let response = match admitted {
        Ok(()) => run(next, request).await,
        Err(problem) => problem.into_response(),
    };
    let mut response = finish(&app, client, response, to_app);
    // The host of an app is not ours.
    if app.location.is_https() && !is_at_app {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
    }
    if let Some((method, path)) = logged {
        let status = response.status().as_u16();
        tracing::debug!(%method, path, status, microseconds = started.elapsed().as_micros() as u64, "request");
    }
    response
}

/// A path for the log. The name of a session may contain its secret and is cut after the handle; the
/// tokens of registration and confirmation URLs are left out.
fn without_secrets(path: &str) -> String {
    let mut length = usize::MAX;
    let mut parts = Vec::new();
    for part in path.split('/') {
        let mut shown: String = part.chars().take(length).collect();
        if shown.len() < part.len() {
            shown.push('…');
        }
        parts.push(shown);
        length = match part {
            "session" => SessionHandle::LENGTH,
            "register" | "confirm" => 0,
            _ => usize::MAX,
        };
    }
    parts.join("/")
}

/// Removes the base path from the request's URL and counts the request. Requests below a session
/// are counted only if the session does not exist: if a class behind one address opens a page with
/// many pictures, there are hundreds of requests per second. The questions of proxies are not
/// counted for the same reason.
fn admit(app: &App, client: Option<IpAddr>, request: &mut Request) -> Result<(), Problem> {
    if !host::is_valid(request.version(), request.headers()) {
        count(app, client)?;
        return Err(Problem::Status(StatusCode::BAD_REQUEST));
    }
    let found = app.location.strip_base_path(request.uri_mut());
    let path = request.uri().path();
    let is_below_session =
        path.strip_prefix(session_url::PATH).is_some_and(|rest| rest.contains('/'));
    if found && (is_below_session || path.starts_with(bridge::AUTH_PATH)) {
        return Ok(());
    }
    request.extensions_mut().insert(ClientAddress(client));
    count(app, client)?;
    if !found {
        // The tool's URL may have changed in the meantime.
        app.location.refresh(&app.service.pool)?;
        app.location.strip_base_path(request.uri_mut());
    }
    Ok(())
}

/// Counts a request of a client.
fn count(app: &App, client: Option<IpAddr>) -> Result<(), Problem> {
    client.map_or(Ok(()), |client| app.addresses.check(&client)).map_err(Problem::TooMany)
}

/// Runs an endpoint. If it panics, which is a bug, only this request fails.
async fn run(next: Next, request: Request) -> Response {
    let mut response = pin!(next.run(request));
    let panicked = || {
        Problem::Failed(Failure::new(
            Kind::Failed,
            "a request panicked",
            "see the message above",
            "report this as a bug",
        ))
    };
    std::future::poll_fn(|context| {
        match catch_unwind(AssertUnwindSafe(|| response.as_mut().poll(context))) {
            Ok(poll) => poll,
            Err(_) => Poll::Ready(panicked().into_response()),
        }
    })
    .await
}

/// Turns a problem into a page, or JSON for an app. Counts a request below a session that does not
/// exist.
fn finish(app: &App, client: Option<IpAddr>, mut response: Response, to_app: bool) -> Response {
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem @ Problem::NoSession(_)) => count(app, client).err().unwrap_or(problem),
        Some(problem) => problem,
        None if response.status() == StatusCode::METHOD_NOT_ALLOWED
            && !response.headers().contains_key(header::CONTENT_TYPE) =>
        {
            Problem::Status(StatusCode::METHOD_NOT_ALLOWED)
        }
        None => return response,
    };
    let mut finished = problem.response(app, to_app);
    if let Some(route) = response.extensions_mut().remove::<MatchedPath>() {
        finished.extensions_mut().insert(route);
    }
    if let Some(allow) = response.headers_mut().remove(header::ALLOW) {
        finished.headers_mut().insert(header::ALLOW, allow);
    }
    finished
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::http::HeaderMap;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;
    use crate::server::app::tests::app;

    /// Sends one request to an endpoint behind the gate.
    async fn behind_the_gate(endpoint: Router) -> (StatusCode, HeaderMap, String) {
        let (app, _directory) = app(|_| {});
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = "/healthz".parse().unwrap();
        request.headers_mut().insert(header::HOST, HeaderValue::from_static("tool.example"));
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1))));
        let response = endpoint
            .layer(axum::middleware::from_fn_with_state(app, handle))
            .oneshot(request)
            .await
            .unwrap();
        let (head, body) = response.into_parts();
        (
            head.status,
            head.headers,
            String::from_utf8(to_bytes(body, 100_000).await.unwrap().into()).unwrap(),
        )
    }

    #[tokio::test]
    async fn failure_becomes_a_page_with_a_number_and_without_details() {
        let failure = |kind| {
            Failure::new(kind, "the secret thing", "broke at /secret/path", "secret command")
        };
        for (kind, status, retries) in [(Kind::Failed, 500, false), (Kind::Unavailable, 503, true)]
        {
            let failure = failure(kind);
            let endpoint =
                Router::new().route("/healthz", get(|| async { Problem::Failed(failure) }));
            let (found, headers, page) = behind_the_gate(endpoint).await;
            assert_eq!(found.as_u16(), status);
            assert!(page.contains("Request ID: ") && !page.contains("secret"), "{page}");
            assert_eq!(headers.contains_key(header::RETRY_AFTER), retries);
            assert_eq!(headers[header::STRICT_TRANSPORT_SECURITY], "max-age=31536000");
        }
    }

    #[tokio::test]
    async fn a_panic_fails_one_request_only() {
        async fn breaks() -> Response {
            panic!("secret")
        }
        let (status, _, page) = behind_the_gate(Router::new().route("/healthz", get(breaks))).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(page.contains("Something went wrong") && !page.contains("secret"), "{page}");
    }

    #[test]
    fn logged_paths_contain_no_secrets() {
        let secret = "c2VjcmV0".repeat(6);
        for (path, expected) in [
            ("/lti/launch", "/lti/launch"),
            ("/session/0123456789abcdef/a.css", "/session/0123456789abcdef/a.css"),
            (
                &format!("/session/0123456789abcdef.{secret}/part/a.css"),
                "/session/0123456789abcdef…/part/a.css",
            ),
            (&format!("/session/0123456789abcdef.{secret}"), "/session/0123456789abcdef…"),
            (
                &format!("/base/session/0123456789abcdef%2E{secret}/"),
                "/base/session/0123456789abcdef…/",
            ),
            (
                &format!("/session/session/0123456789abcdef.{secret}/"),
                "/session/session/0123456789abcdef…/",
            ),
            (&format!("/session/{secret}"), "/session/c2VjcmV0c2VjcmV0…"),
            (&format!("/base/lti/2p0/confirm/{secret}"), "/base/lti/2p0/confirm/…"),
            (&format!("/lti/2p0/register/{secret}"), "/lti/2p0/register/…"),
            ("/lti/2p0/register", "/lti/2p0/register"),
        ] {
            assert_eq!(without_secrets(path), expected);
        }
    }
}

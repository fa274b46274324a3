//! What every request goes through: where it is, how many there may be, what happens when something
//! fails, and one line in the log.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument as _;

use super::app::App;
use super::problem::Problem;
use super::{host, request};
use crate::domain::SessionHandle;
use crate::failure::{Failure, Kind};
use crate::web::header::forwarded_address;

/// For a year, browsers that came by TLS come by TLS only.
const STRICT_TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Lets a request in, and answers whatever happens.
pub(super) async fn pass(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let id = request::name(&app, request.headers());
    let span = tracing::info_span!("request", id = %id);
    let under_way = app.requests.as_ref().map(|requests| requests.begin(request.method()));
    let response = request::answer(id, answer(app, peer, request, next).instrument(span)).await;
    if let Some(under_way) = under_way {
        under_way.answered(&response);
    }
    response
}

async fn answer(app: App, peer: SocketAddr, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    // Without its query, which may hold a state or a hint.
    let logged = tracing::enabled!(tracing::Level::DEBUG)
        .then(|| (request.method().clone(), without_secrets(request.uri().path())));
    let client = client(peer.ip(), app.client_address_header.as_ref(), request.headers());
    let admitted = admit(&app, client, &mut request);
    let to_app = request.uri().path().starts_with(super::api::PATH);
    let response = match admitted {
        Ok(()) => run(next, request).await,
        Err(problem) => problem.into_response(),
    };
    let mut response = finish(&app, client, response, to_app);
    if app.place.is_https() {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
    }
    if let Some((method, path)) = logged {
        let status = response.status().as_u16();
        tracing::debug!(%method, path, status, microseconds = started.elapsed().as_micros() as u64, "request");
    }
    response
}

/// A path for the log. What names a session in it may hold the session's secret and is cut after
/// the handle.
fn without_secrets(path: &str) -> String {
    let mut follows_session = false;
    let mut parts = Vec::new();
    for part in path.split('/') {
        let mut shown: String = part
            .chars()
            .take(if follows_session { SessionHandle::LENGTH } else { usize::MAX })
            .collect();
        if shown.len() < part.len() {
            shown.push('…');
        }
        parts.push(shown);
        follows_session = part == "session";
    }
    parts.join("/")
}

/// Takes the base path off the request's URL and counts it. What lies below a session is not
/// counted before it has turned out that there is none: a class that opens a page with many
/// pictures from behind one address has hundreds of requests in a second.
fn admit(app: &App, client: Option<IpAddr>, request: &mut Request) -> Result<(), Problem> {
    if !host::is_valid(request.version(), request.headers()) {
        count(app, client)?;
        return Err(Problem::Status(StatusCode::BAD_REQUEST));
    }
    let found = app.place.enter(request.uri_mut());
    if found
        && request
            .uri()
            .path()
            .strip_prefix(super::session::PATH)
            .is_some_and(|rest| rest.contains('/'))
    {
        return Ok(());
    }
    request.extensions_mut().insert(ClientAddress(client));
    count(app, client)?;
    if !found {
        // The tool may have moved since.
        app.place.refresh(&app.service.pool)?;
        app.place.enter(request.uri_mut());
    }
    Ok(())
}

/// Counts one more request of a client.
fn count(app: &App, client: Option<IpAddr>) -> Result<(), Problem> {
    client.map_or(Ok(()), |client| app.addresses.check(&client)).map_err(Problem::TooMany)
}

/// Who is counted for a request, among its extensions.
#[derive(Clone, Copy)]
struct ClientAddress(Option<IpAddr>);

/// The address that is counted for a request that has passed the gate; none if no address is
/// counted.
pub(super) fn client_address(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ClientAddress>().and_then(|address| address.0)
}

/// Who is counted for a request: the peer, or the last address in the proxy's header. Of an IPv6
/// address the network counts, since one machine has all of it. Nobody is counted when the peer is
/// this machine and no header is trusted.
fn client(peer: IpAddr, trusted: Option<&HeaderName>, headers: &HeaderMap) -> Option<IpAddr> {
    let address = match trusted {
        None if peer.to_canonical().is_loopback() => return None,
        None => peer,
        Some(name) => forwarded(headers, name).unwrap_or(peer),
    };
    Some(network(address))
}

/// What counts as one client: an IPv4 address, or a /64 of IPv6.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (!0 << 64))),
        address => address,
    }
}

/// The client's address by the last of a proxy's headers.
fn forwarded(headers: &HeaderMap, name: &HeaderName) -> Option<IpAddr> {
    forwarded_address(headers.get_all(name).iter().next_back()?.to_str().ok()?)
}

/// Runs an endpoint. Nothing there panics; if something does, one request fails and not the server.
async fn run(next: Next, request: Request) -> Response {
    let mut answer = pin!(next.run(request));
    let panicked = || {
        Problem::Failed(Failure::new(
            Kind::Failed,
            "a request panicked",
            "see the message above",
            "report this as a bug",
        ))
    };
    std::future::poll_fn(|context| {
        match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
            Ok(poll) => poll,
            Err(_) => Poll::Ready(panicked().into_response()),
        }
    })
    .await
}

/// Makes a page of a problem, or JSON for an app. A request below a session that is not there
/// counts now.
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
    let mut answer = problem.answer(app, to_app);
    if let Some(route) = response.extensions_mut().remove::<MatchedPath>() {
        answer.extensions_mut().insert(route);
    }
    if let Some(allow) = response.headers_mut().remove(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow);
    }
    answer
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
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
            .layer(axum::middleware::from_fn_with_state(app, pass))
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
    async fn a_failure_becomes_a_page_with_a_number_and_without_details() {
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
            assert!(page.contains("Request number: ") && !page.contains("secret"), "{page}");
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
    fn the_log_leaves_secrets_out_of_paths() {
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
        ] {
            assert_eq!(without_secrets(path), expected);
        }
    }

    #[test]
    fn the_client_is_whom_the_trusted_proxy_saw() {
        let name = HeaderName::from_static("x-forwarded-for");
        for (peer, header, expected) in [
            ("127.0.0.1", None, None),
            ("::1", None, None),
            ("::ffff:127.0.0.1", None, None),
            ("192.0.2.1", None, Some("192.0.2.1")),
            ("::ffff:192.0.2.1", None, Some("192.0.2.1")),
            ("2001:db8:1:2:3:4:5:6", None, Some("2001:db8:1:2::")),
            ("127.0.0.1", Some("192.0.2.9, 192.0.2.2"), Some("192.0.2.2")),
            ("127.0.0.1", Some("192.0.2.2:8080"), Some("192.0.2.2")),
            ("127.0.0.1", Some("[2001:db8::1]:443"), Some("2001:db8::")),
            ("127.0.0.1", Some("[2001:db8::1]"), Some("2001:db8::")),
            ("127.0.0.1", Some("unknown"), Some("127.0.0.1")),
            ("192.0.2.1", Some(""), Some("192.0.2.1")),
        ] {
            let mut headers = HeaderMap::new();
            headers.append(&name, HeaderValue::from_static("198.51.100.1"));
            headers.extend(header.map(|value| (name.clone(), HeaderValue::from_static(value))));
            let mut with_header = headers.clone();
            if let Some(value) = header {
                with_header.append(&name, HeaderValue::from_static(value));
            }
            let client = client(peer.parse().unwrap(), header.map(|_| &name), &with_header);
            assert_eq!(
                client,
                expected.map(|address| address.parse().unwrap()),
                "{peer} {header:?}"
            );
        }
    }
}

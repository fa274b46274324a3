//! The one guarded HTTP client.

use std::borrow::Cow;
use std::error::Error;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue,
    LOCATION,
};
use reqwest::redirect::Policy;
use reqwest::tls::TlsInfo;
use reqwest::{Method, Response, StatusCode};
use url::Url;

use super::address::AddressKind;
use super::certificate;
use super::network_access::host_of;
use super::resolver::{self, GuardedResolver, Lookup, Refused};
use super::{FetchError, NetworkAccess};
use crate::domain::is_unprintable;
use crate::web::header::{max_age, text};

#[cfg(test)]
mod tests;

/// Time limit for connecting, including name look-up and TLS.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Time limit for a request, from the look-up to the last byte.
const TOTAL_TIME: Duration = Duration::from_secs(10);
/// Time limit for a request to a service: platforms need time to generate member lists.
const SERVICE_TIME: Duration = Duration::from_secs(30);
/// How long an unused connection is kept; requests to a platform are rare.
const IDLE_TIME: Duration = Duration::from_secs(30);
/// How many unused connections to one host are kept: as many as may send grades to it concurrently.
const MAX_IDLE: usize = 32;
/// The `User-Agent` header.
const USER_AGENT: &str = concat!("ltictl/", env!("CARGO_PKG_VERSION"));

/// An HTTP client for platforms only: addresses outside the [`NetworkAccess`] of a request are refused
/// before connecting, redirects are not followed, proxy settings in the environment are ignored,
/// and time and size of every response are limited.
///
/// Clones share their connections. TLS is initialised with the first request, so a server that
/// sends none uses less memory.
#[derive(Clone)]
pub struct PlatformClient {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    /// Whether every request may reach private networks, regardless of its own reach.
    private_network: bool,
    connect_time: Duration,
    total_time: Duration,
    service_time: Duration,
    lookup: Lookup,
    /// One client for each pair of [`NetworkAccess::loopback`] and [`NetworkAccess::private_network`], so that
    /// connections are shared only among requests with the same reach.
    clients: [OnceLock<reqwest::Client>; 4],
}

/// A fetched document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The decompressed body. Its content type is not checked.
    pub body: Vec<u8>,
    /// For how long the response may be cached (RFC 9111, 5.2.2); zero for `no-store` and
    /// `no-cache`.
    pub max_age: Option<Duration>,
}

/// A server's response with any status, for diagnosis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// HTTP status; redirects are not followed.
    pub status: u16,
    /// The time of the server's clock (RFC 9110, 6.6.1), to the second.
    pub date: Option<Timestamp>,
    /// The decompressed body, as far as it was read.
    pub body: Vec<u8>,
    /// Whether the body was read completely.
    pub is_whole: bool,
    /// When the server's certificate expires; `None` over http.
    pub certificate_expires_at: Option<Timestamp>,
    /// The server's address, if the connection exposes it.
    pub address: Option<IpAddr>,
    headers: HeaderMap,
}

impl Probe {
    /// Whether the server is in a private network.
    pub fn is_from_private_network(&self) -> bool {
        self.address.is_some_and(|address| AddressKind::of(address) == AddressKind::Private)
    }

    /// The values of a header, in order.
    pub fn header_values<'p>(&'p self, name: &'p str) -> impl Iterator<Item = Cow<'p, str>> {
        self.headers.get_all(name).iter().map(|value| text(value.as_bytes()))
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.headers.get(name).map(|value| text(value.as_bytes()))
    }
}

/// A platform's response to a POST request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// HTTP status; success or not.
    pub status: u16,
    /// The decompressed body.
    pub body: Vec<u8>,
}

impl Default for PlatformClient {
    fn default() -> Self {
        Self::new()
    }
}

impl PlatformClient {
    /// A client with the default limits: 5 seconds to connect, 10 seconds in total, 30 seconds for
    /// a service.
    pub fn new() -> Self {
        Self::with_lookup(CONNECT_TIME, TOTAL_TIME, SERVICE_TIME, resolver::system())
    }

    /// A client with other time limits, for tests; the limits apply to services, too.
    pub fn with_time_limits(connect_time: Duration, total_time: Duration) -> Self {
        Self::with_lookup(connect_time, total_time, total_time, resolver::system())
    }

    fn with_lookup(
        connect_time: Duration,
        total_time: Duration,
        service_time: Duration,
        lookup: Lookup,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                private_network: false,
                connect_time,
                total_time,
                service_time,
                lookup,
                clients: Default::default(),
            }),
        }
    }

    /// Sets whether every request may reach private networks (`serve --allow-private-network`).
    #[must_use]
    pub fn allowing_private_networks(mut self, allowed: bool) -> Self {
        Arc::make_mut(&mut self.inner).private_network = allowed;
        self
    }

    /// The reach of a request, with the additions of this client.
    fn widened(&self, reach: NetworkAccess) -> NetworkAccess {
        NetworkAccess {
            private_network: reach.private_network || self.inner.private_network,
            ..reach
        }
    }

    /// Gets a JSON document of at most `limit_bytes` after decompression.
    ///
    /// # Errors
    ///
    /// If the document cannot be fetched; see [`FetchError`].
    pub async fn get_json(
        &self,
        url: &str,
        reach: NetworkAccess,
        limit_bytes: usize,
    ) -> Result<Fetched, FetchError> {
        let url = Url::parse(url)
            .map_err(|_| FetchError::UrlUnusable { problem: "it is not an absolute URL" })?;
        let reach = self.widened(reach);
        reach.check_url(&url)?;
        let client = self.inner.client(reach)?;
        let explain = |error: reqwest::Error| self.inner.explain(&url, &error);
        let request = client.get(url.clone()).header(ACCEPT, "application/json, */*;q=0.5");
        let response = request.send().await.map_err(explain)?;
        check_status(&url, &response)?;
        let cache_control = response.headers().get_all(CACHE_CONTROL).iter();
        let cache_control: Vec<_> = cache_control.map(|value| text(value.as_bytes())).collect();
        let max_age = max_age(cache_control.iter().map(AsRef::as_ref));
        let too_big = || FetchError::TooBig { host: host_of(&url), limit_bytes };
        read_body(response, limit_bytes)
            .await
            .map_err(explain)?
            .map(|body| Fetched { body, max_age })
            .ok_or_else(too_big)
    }

    /// Posts JSON, with a bearer token if there is one, and returns the response with any status
    /// except redirects, which are errors. The token is never logged.
    ///
    /// # Errors
    ///
    /// If no response is received; see [`FetchError`].
    pub async fn post_json(
        &self,
        url: &str,
        body: &serde_json::Value,
        bearer: Option<&str>,
        reach: NetworkAccess,
        limit_bytes: usize,
    ) -> Result<Posted, FetchError> {
        let url = Url::parse(url)
            .map_err(|_| FetchError::UrlUnusable { problem: "it is not an absolute URL" })?;
        let reach = self.widened(reach);
        reach.check_url(&url)?;
        let client = self.inner.client(reach)?;
        let explain = |error: reqwest::Error| self.inner.explain(&url, &error);
        let mut request = client
            .post(url.clone())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        if let Some(token) = bearer {
            request = request.header(AUTHORIZATION, authorization(token)?);
        }
        let response = request.send().await.map_err(explain)?;
        if response.status().is_redirection() {
            check_status(&url, &response)?;
        }
        let status = response.status().as_u16();
        let too_big = || FetchError::TooBig { host: host_of(&url), limit_bytes };
        read_body(response, limit_bytes)
            .await
            .map_err(explain)?
            .map(|body| Posted { status, body })
            .ok_or_else(too_big)
    }
}

/// A request to a service or for a token.
pub(super) struct Exchange<'r> {
    pub(super) method: Method,
    /// The only accepted media type; some platforms refuse a list.
    pub(super) accept: &'static str,
    /// Media type and body.
    pub(super) content: Option<(&'static str, Vec<u8>)>,
    pub(super) authorization: Option<Authorization<'r>>,
    /// Another header; never logged.
    pub(super) extra: Option<(&'static str, &'r str)>,
}

/// What proves that a request comes from the tool; never logged.
#[derive(Clone, Copy)]
pub(super) enum Authorization<'r> {
    /// A token (RFC 6750).
    Bearer(&'r str),
    /// The whole value of the header, with a signature (RFC 5849, 3.5.1).
    Signature(&'r str),
}

/// A response with any status.
pub(super) struct Exchanged {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Exchanged {
    /// The first value of a header.
    pub(super) fn header(&self, name: &HeaderName) -> Option<Cow<'_, str>> {
        self.headers.get(name).map(|value| text(value.as_bytes()))
    }
}

impl PlatformClient {
    /// Sends one request to a service and returns the response with any status except redirects,
    /// which are errors. The authorization is never logged.
    pub(super) async fn exchange(
        &self,
        url: &str,
        exchange: Exchange<'_>,
        reach: NetworkAccess,
        limit_bytes: usize,
    ) -> Result<Exchanged, FetchError> {
        let url = Url::parse(url)
            .map_err(|_| FetchError::UrlUnusable { problem: "it is not an absolute URL" })?;
        let reach = self.widened(reach);
        reach.check_url(&url)?;
        let within = self.inner.service_time;
        let explain = |error: reqwest::Error| match self.inner.explain(&url, &error) {
            FetchError::TimedOut { host, .. } if !error.is_connect() => {
                FetchError::TimedOut { host, within }
            }
            error => error,
        };
        let mut request = self
            .inner
            .client(reach)?
            .request(exchange.method, url.clone())
            .timeout(within)
            .header(ACCEPT, exchange.accept);
        if let Some((media_type, body)) = exchange.content {
            request = request.header(CONTENT_TYPE, media_type).body(body);
        }
        if let Some(proof) = exchange.authorization {
            let value = match proof {
                Authorization::Bearer(token) => authorization(token)?,
                Authorization::Signature(value) => sensitive(value)?,
            };
            request = request.header(AUTHORIZATION, value);
        }
        if let Some((name, value)) = exchange.extra {
            request = request.header(name, sensitive(value)?);
        }
        let response = request.send().await.map_err(explain)?;
        if response.status().is_redirection() {
            check_status(&url, &response)?;
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let too_big = || FetchError::TooBig { host: host_of(&url), limit_bytes };
        read_body(response, limit_bytes)
            .await
            .map_err(explain)?
            .map(|body| Exchanged { status, headers, body })
            .ok_or_else(too_big)
    }

    /// Gets a document of one media type, with the time limit of services.
    ///
    /// # Errors
    ///
    /// If the document cannot be fetched; see [`FetchError`].
    pub async fn get_document(
        &self,
        url: &str,
        media_type: &'static str,
        reach: NetworkAccess,
        limit_bytes: usize,
    ) -> Result<Vec<u8>, FetchError> {
        let request = Exchange {
            method: Method::GET,
            accept: media_type,
            content: None,
            authorization: None,
            extra: None,
        };
        let response = self.exchange(url, request, reach, limit_bytes).await?;
        match response.status {
            200..300 => Ok(response.body),
            status => Err(FetchError::Status {
                host: Url::parse(url).map(|url| host_of(&url)).unwrap_or_default(),
                status,
            }),
        }
    }

    /// Posts a document with a signature (RFC 5849, 3.5.1) and perhaps another header, and returns the
    /// response with any status except redirects, which are errors. Neither header is ever logged.
    ///
    /// # Errors
    ///
    /// If no response is received; see [`FetchError`].
    pub async fn post_signed(
        &self,
        url: &str,
        (media_type, body): (&'static str, Vec<u8>),
        (signature, extra): (&str, Option<(&'static str, &str)>),
        reach: NetworkAccess,
        limit_bytes: usize,
    ) -> Result<Posted, FetchError> {
        let request = Exchange {
            method: Method::POST,
            // Some platforms refuse a list.
            accept: "*/*",
            content: Some((media_type, body)),
            authorization: Some(Authorization::Signature(signature)),
            extra,
        };
        let Exchanged { status, body, .. } =
            self.exchange(url, request, reach, limit_bytes).await?;
        Ok(Posted { status, body })
    }

    /// Sends a GET request, accepts any status, and reads at most `limit_bytes` of the decompressed
    /// body.
    ///
    /// # Errors
    ///
    /// If no response is received; see [`FetchError`]. A status, a redirect or a long body is not
    /// an error.
    pub async fn probe(
        &self,
        url: &str,
        reach: NetworkAccess,
        limit_bytes: usize,
    ) -> Result<Probe, FetchError> {
        self.probe_with(url, None, None, reach, limit_bytes).await
    }

    /// Like [`PlatformClient::probe`], with a header.
    ///
    /// # Errors
    ///
    /// As [`PlatformClient::probe`].
    pub async fn probe_with_header(
        &self,
        url: &str,
        header: (&'static str, &'static str),
        reach: NetworkAccess,
        limit_bytes: usize,
    ) -> Result<Probe, FetchError> {
        self.probe_with(url, None, Some(header), reach, limit_bytes).await
    }

    /// Like [`PlatformClient::probe`], for posting a form, which is never logged.
    ///
    /// # Errors
    ///
    /// As [`PlatformClient::probe`].
    pub async fn probe_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        reach: NetworkAccess,
        limit_bytes: usize,
    ) -> Result<Probe, FetchError> {
        self.probe_with(url, Some(form), None, reach, limit_bytes).await
    }

    async fn probe_with(
        &self,
        url: &str,
        form: Option<&[(&str, &str)]>,
        header: Option<(&'static str, &'static str)>,
        reach: NetworkAccess,
        limit_bytes: usize,
    ) -> Result<Probe, FetchError> {
        let url = Url::parse(url)
            .map_err(|_| FetchError::UrlUnusable { problem: "it is not an absolute URL" })?;
        let reach = self.widened(reach);
        reach.check_url(&url)?;
        let explain = |error: reqwest::Error| self.inner.explain(&url, &error);
        let client = self.inner.client(reach)?;
        let request = match form {
            None => client.get(url.clone()),
            Some(form) => client.post(url.clone()).form(form),
        };
        let request = match header {
            Some((name, value)) => request.header(name, value),
            None => request,
        };
        let mut response = request.header(ACCEPT, "*/*").send().await.map_err(explain)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let tls = response.extensions().get::<TlsInfo>();
        let certificate_expires_at =
            tls.and_then(TlsInfo::peer_certificate).and_then(certificate::expires_at);
        let address = response.remote_addr().map(|address| address.ip());
        let (mut body, mut is_whole) = (Vec::new(), true);
        while let Some(chunk) = response.chunk().await.map_err(explain)? {
            let room = limit_bytes - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                is_whole = false;
                break;
            }
        }
        let date = headers
            .get(DATE)
            .and_then(|value| rfc2822::parse(text(value.as_bytes()).trim()).ok())
            .map(|date| date.timestamp());
        Ok(Probe { status, date, body, is_whole, certificate_expires_at, address, headers })
    }
}

impl Inner {
    fn client(&self, reach: NetworkAccess) -> Result<&reqwest::Client, FetchError> {
        let cell =
            &self.clients[usize::from(reach.loopback) + 2 * usize::from(reach.private_network)];
        if cell.get().is_none() {
            let client = self.build(reach)?;
            // Another thread may have set it first, which is fine.
            let _ = cell.set(client);
        }
        cell.get().ok_or(FetchError::UrlUnusable { problem: "no HTTP client could be created" })
    }

    fn build(&self, reach: NetworkAccess) -> Result<reqwest::Client, FetchError> {
        let builder = || {
            reqwest::Client::builder()
                .user_agent(USER_AGENT)
                .redirect(Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .tls_info(true)
                .no_proxy()
                .connect_timeout(self.connect_time)
                .timeout(self.total_time)
                .pool_idle_timeout(IDLE_TIME)
                .pool_max_idle_per_host(MAX_IDLE)
                .dns_resolver(GuardedResolver { reach, lookup: self.lookup.clone() })
        };
        // Without root certificates, http to this machine still works; https fails as untrusted.
        builder().build().or_else(|error| {
            tracing::warn!(
                problem = root_cause(&error),
                "the system's root certificates cannot be loaded; no https platform can be reached"
            );
            builder()
                .tls_certs_only([])
                .build()
                .map_err(|_| FetchError::UrlUnusable { problem: "no HTTP client could be created" })
        })
    }

    /// Finds the cause in the HTTP client's chain of errors that an admin can act on.
    fn explain(&self, url: &Url, error: &reqwest::Error) -> FetchError {
        if let Some(Refused(refusal)) = chain(error).find_map(|cause| cause.downcast_ref()) {
            return refusal.clone();
        }
        let (host, problem) = (host_of(url), root_cause(error));
        if error.is_timeout() {
            return FetchError::TimedOut {
                host,
                within: if error.is_connect() { self.connect_time } else { self.total_time },
            };
        }
        // The TLS layer reports its own errors, and a connection that ends during the handshake, as
        // these kinds; TCP never does while connecting.
        let is_tls =
            chain(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|cause| {
                matches!(cause.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
            });
        if error.is_connect() {
            return if is_tls {
                FetchError::Tls { host, problem }
            } else {
                FetchError::Unreachable { host, problem }
            };
        }
        FetchError::Broken { host, problem }
    }
}

/// A bearer token as a header value, which is not printed with other headers.
fn authorization(token: &str) -> Result<HeaderValue, FetchError> {
    sensitive(&format!("Bearer {token}"))
}

fn sensitive(value: &str) -> Result<HeaderValue, FetchError> {
    let mut value = HeaderValue::try_from(value).map_err(|_| FetchError::UrlUnusable {
        problem: "the platform's token contains characters that are not allowed in a header",
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn check_status(url: &Url, response: &Response) -> Result<(), FetchError> {
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let host = host_of(url);
    match response.headers().get(LOCATION) {
        Some(location) if status.is_redirection() && status != StatusCode::NOT_MODIFIED => {
            Err(FetchError::Redirected {
                host,
                location: printable(&String::from_utf8_lossy(location.as_bytes()), 200),
            })
        }
        _ => Err(FetchError::Status { host, status: status.as_u16() }),
    }
}

/// Reads a decompressed body of at most `limit_bytes`. Returns `None`, and stops reading, if it is
/// longer.
async fn read_body(
    mut response: Response,
    limit_bytes: usize,
) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if chunk.len() > limit_bytes - body.len() {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// An error and its causes, outermost first; unlike [`Error::source`], this includes errors wrapped
/// in I/O errors.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = wrapped.map(|wrapped| wrapped as _).or_else(|| error.source());
        Some(error)
    })
}

/// The innermost error: the outer ones only report that a request failed, with the whole URL.
fn root_cause(error: &reqwest::Error) -> String {
    chain(error)
        .skip(1)
        .last()
        .map_or_else(|| "the request failed".to_owned(), |cause| printable(&cause.to_string(), 500))
}

/// Text from outside for a message: only visible characters, at most `length` of them.
pub(super) fn printable(text: &str, length: usize) -> String {
    text.chars().filter(|character| !is_unprintable(*character)).take(length).collect()
}

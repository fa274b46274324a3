//! Requests to identity providers: discovery documents, which are cached, and codes, which are
//! exchanged for ID tokens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;

use super::client::{Authorization, Exchange};
use super::{FetchError, NetworkAccess, PlatformClient};
use crate::lti::relying_party::{
    CodeExchange, Discovery, ExchangeProblem, Kind, MEDIA_TYPE, read_answer,
};

/// Maximum size of a response, in bytes.
const LARGEST_ANSWER: usize = 256 * 1024;

/// How long a discovery document is used.
const MAX_AGE: SignedDuration = SignedDuration::from_hours(24);

/// How long a provider whose document could not be read is not contacted again.
const PAUSE: SignedDuration = SignedDuration::from_secs(10);

/// Why a provider cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderError {
    /// There is no response.
    Fetch(FetchError),
    /// The discovery document cannot be used; why, as a sentence.
    Discovery(String),
    /// The code was not exchanged.
    Exchange(ExchangeProblem),
}

/// A provider, for requests.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProviderAccess {
    /// Its issuer.
    pub issuer: String,
    /// Whether it is Microsoft, Google or another one.
    pub kind: Kind,
    /// What its requests may reach.
    pub reach: NetworkAccess,
}

/// Sends requests to identity providers. Clones share their documents.
#[derive(Clone)]
pub struct Providers {
    client: PlatformClient,
    known: Arc<Mutex<HashMap<ProviderAccess, Known>>>,
}

/// The last outcome of a provider.
#[derive(Clone)]
struct Known {
    outcome: Result<Arc<Discovery>, ProviderError>,
    at: Timestamp,
}

impl Known {
    fn is_current(&self, now: Timestamp) -> bool {
        let longest = if self.outcome.is_ok() { MAX_AGE } else { PAUSE };
        now.duration_since(self.at).abs() < longest
    }
}

impl Providers {
    /// An empty cache that sends requests with `client`.
    pub fn new(client: PlatformClient) -> Self {
        Self { client, known: Arc::default() }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<ProviderAccess, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The discovery document of a provider, which is kept for a day.
    ///
    /// # Errors
    ///
    /// If it cannot be fetched or used. For ten seconds, this is not tried again.
    pub async fn discovery(
        &self,
        access: &ProviderAccess,
        now: Timestamp,
    ) -> Result<Arc<Discovery>, ProviderError> {
        let found = self.known().get(access).filter(|known| known.is_current(now)).cloned();
        if let Some(known) = found {
            return known.outcome;
        }
        let outcome = self.fetch(access).await.map(Arc::new);
        let mut known = self.known();
        // Providers whose settings have changed are no longer needed.
        known.retain(|_, known| known.is_current(now));
        known.insert(access.clone(), Known { outcome: outcome.clone(), at: now });
        outcome
    }

    async fn fetch(&self, access: &ProviderAccess) -> Result<Discovery, ProviderError> {
        let url = Discovery::url(&access.issuer);
        let fetched = self.client.get_json(&url, access.reach, LARGEST_ANSWER).await;
        let fetched = fetched.map_err(ProviderError::Fetch)?;
        Discovery::parse(&fetched.body, &access.issuer, access.kind)
            .map_err(ProviderError::Discovery)
    }

    /// Exchanges a code for an ID token. Neither is ever logged.
    ///
    /// # Errors
    ///
    /// If there is no response, or the provider refuses.
    pub async fn exchange(
        &self,
        discovery: &Discovery,
        exchange: &CodeExchange<'_>,
        reach: NetworkAccess,
    ) -> Result<String, ProviderError> {
        let authorization = exchange.authorization();
        let request = Exchange {
            method: Method::POST,
            accept: "application/json",
            content: Some((MEDIA_TYPE, exchange.body(discovery.secret_in_header).into_bytes())),
            authorization: discovery
                .secret_in_header
                .then_some(Authorization::Signature(&authorization)),
            extra: None,
        };
        let response = self
            .client
            .exchange(&discovery.token_endpoint, request, reach, LARGEST_ANSWER)
            .await
            .map_err(ProviderError::Fetch)?;
        read_answer(response.status, &response.body).map_err(ProviderError::Exchange)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::super::stub::{Stub, StubResponse};
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
    }

    /// A provider whose next response can be changed.
    struct World {
        stub: Stub,
        response: Arc<Mutex<StubResponse>>,
        providers: Providers,
    }

    impl World {
        async fn start() -> Self {
            let response = Arc::new(Mutex::new(StubResponse::ok(b"")));
            let current = Arc::clone(&response);
            let stub = Stub::start(move |_, _| current.lock().unwrap().clone()).await;
            let time = Duration::from_millis(300);
            let client = PlatformClient::with_time_limits(time, time);
            Self { stub, response, providers: Providers::new(client) }
        }

        fn answers(&self, response: StubResponse) {
            *self.response.lock().unwrap() = response;
        }

        fn document(&self, issuer: &str) -> StubResponse {
            let document = json!({
                "issuer": issuer,
                "authorization_endpoint": "https://login.example.edu/authorize",
                "token_endpoint": self.stub.url("/token"),
                "jwks_uri": self.stub.url("/keys"),
            });
            StubResponse::ok(document.to_string().as_bytes())
        }

        /// What a request leads to, in a word, and how many there were.
        async fn discover(&self, seconds: i64, reach: NetworkAccess) -> (&'static str, usize) {
            let access = ProviderAccess { issuer: self.stub.url(""), kind: Kind::Other, reach };
            let word = match self.providers.discovery(&access, at(seconds)).await {
                Ok(_) => "ok",
                Err(ProviderError::Fetch(FetchError::TimedOut { .. })) => "slow",
                Err(ProviderError::Fetch(FetchError::TooBig { .. })) => "big",
                Err(ProviderError::Fetch(FetchError::Redirected { .. })) => "redirect",
                Err(ProviderError::Fetch(FetchError::NotAllowed { .. })) => "not allowed",
                Err(ProviderError::Fetch(FetchError::HttpNotAllowed { .. })) => "no http",
                Err(ProviderError::Fetch(_)) => "unreachable",
                Err(ProviderError::Discovery(_)) => "bad",
                Err(ProviderError::Exchange(_)) => "exchange",
            };
            (word, self.stub.requests())
        }
    }

    const LOOPBACK: NetworkAccess =
        NetworkAccess { loopback: true, private_network: false, http: false };

    #[tokio::test]
    async fn documents_are_read_once_a_day_and_failures_not_repeated_at_once() {
        let world = World::start().await;
        world.answers(StubResponse::new("500 Internal Server Error", "", b""));
        assert_eq!(world.discover(0, LOOPBACK).await, ("unreachable", 1));
        world.answers(world.document(&world.stub.url("")));
        assert_eq!(world.discover(9, LOOPBACK).await, ("unreachable", 1));
        assert_eq!(world.discover(10, LOOPBACK).await, ("ok", 2));
        assert_eq!(world.discover(80_000, LOOPBACK).await, ("ok", 2));
        assert_eq!(world.discover(90_000, LOOPBACK).await, ("ok", 3));
        // What another provider may reach is no help.
        assert_eq!(world.discover(90_000, NetworkAccess::default()).await, ("no http", 3));
    }

    #[tokio::test]
    async fn documents_that_are_slow_large_or_of_others_are_refused() {
        let world = World::start().await;
        let right = world.document(&world.stub.url(""));
        for (number, (response, expected)) in [
            (right.after(Duration::from_secs(5)), "slow"),
            (StubResponse::ok(&vec![b' '; 2 * LARGEST_ANSWER]), "big"),
            (StubResponse::new("302 Found", "location: https://10.0.0.1/x\r\n", b""), "redirect"),
            (StubResponse::ok(b"<html>"), "bad"),
            (world.document("https://attacker.example.com"), "bad"),
        ]
        .into_iter()
        .enumerate()
        {
            world.answers(response);
            let seconds = 100 * i64::try_from(number).unwrap();
            assert_eq!(world.discover(seconds, LOOPBACK).await.0, expected);
        }
    }

    #[tokio::test]
    async fn codes_are_sent_only_where_requests_may_go() {
        let world = World::start().await;
        let exchange = CodeExchange {
            client_id: "tool",
            secret: "secret",
            code: "c",
            redirect_uri: "https://tool.example.edu/back",
            verifier: "v",
        };
        let discovery = |token_endpoint: String| Discovery {
            issuer: world.stub.url(""),
            authorization_endpoint: String::new(),
            token_endpoint,
            jwks_uri: String::new(),
            algorithms: Vec::new(),
            secret_in_header: true,
            names_issuer: false,
        };
        world.answers(StubResponse::ok(br#"{"id_token":"t"}"#));
        let ours = discovery(world.stub.url("/token"));
        let token = world.providers.exchange(&ours, &exchange, LOOPBACK).await;
        assert_eq!((token, world.stub.requests()), (Ok("t".to_owned()), 1));
        for endpoint in ["https://10.0.0.1/token", "http://login.example.edu/token", "file:///x"] {
            let theirs = discovery(endpoint.to_owned());
            let refused = world.providers.exchange(&theirs, &exchange, LOOPBACK).await;
            assert!(matches!(refused, Err(ProviderError::Fetch(_))), "{endpoint}");
        }
        world.answers(StubResponse::new("400 Bad Request", "", br#"{"error":"invalid_grant"}"#));
        let refused = world.providers.exchange(&ours, &exchange, LOOPBACK).await.unwrap_err();
        assert!(matches!(refused, ProviderError::Exchange(ExchangeProblem::Refused { .. })));
    }
}

//! Access tokens, cached in memory: they are requested rarely, and by one request at a time.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::RETRY_AFTER;
use tracing::Instrument as _;

use super::client::{Exchange, Exchanged, printable};
use super::service_error::{TemporaryError, TokenError, platform_message, temporary_error};
use super::{FetchError, NetworkAccess, PlatformClient};
use crate::domain::{Clock, Random, Registration, Secret, SigningKey, Slug};
use crate::lti::access_token::{AccessToken, TokenErrorResponse};
use crate::lti::client_assertion::{self, ClientAssertion};
use crate::lti::scope::Scopes;
use crate::web::header::retry_after;

#[cfg(test)]
mod tests;

/// The maximum size of a response, in bytes.
const LARGEST_ANSWER: usize = 100_000;
/// The maximum number of cached tokens before expired ones are removed.
const MANY_TOKENS: usize = 1_000;

/// The values of a registration that requests to its platform need.
#[derive(Clone)]
pub struct ServiceAccess {
    /// Key of the registration in the database.
    pub registration_id: i64,
    /// The slug of the registration, for logs.
    pub registration: Slug,
    /// The tool's client ID at the platform.
    pub client_id: String,
    /// The access token URL.
    pub token_url: String,
    /// `aud` of the tool's assertions.
    pub audience: String,
    /// The deployment for which tokens are used, if there is only one.
    pub deployment_id: Option<String>,
    /// What requests may reach.
    pub reach: NetworkAccess,
    /// The ID of the signing key.
    pub kid: String,
    /// The key, PKCS #8 in DER.
    pub private_key: Secret,
}

impl ServiceAccess {
    /// The access of a registration to its platform; `None` for a draft.
    pub fn for_registration(
        registration: &Registration,
        key: &SigningKey,
        tool_is_on_loopback: bool,
    ) -> Option<Self> {
        let platform = registration.platform.as_ref()?;
        Some(Self {
            registration_id: registration.id,
            registration: registration.slug.clone(),
            client_id: platform.client_id.to_string(),
            audience: registration.assertion_audience()?.to_owned(),
            token_url: platform.access_token_url.to_string(),
            deployment_id: None,
            reach: NetworkAccess::for_registration(&registration.policy, tool_is_on_loopback),
            kid: key.kid.to_string(),
            private_key: key.private_key.clone(),
        })
    }

    fn place(&self, scopes: &Scopes) -> CacheKey {
        CacheKey {
            registration_id: self.registration_id,
            client_id: self.client_id.clone(),
            token_url: self.token_url.clone(),
            audience: self.audience.clone(),
            deployment_id: self.deployment_id.clone(),
            reach: self.reach,
            scopes: scopes.clone(),
        }
    }
}

impl fmt::Debug for ServiceAccess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ServiceAccess")
            .field("registration", &self.registration)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// The access tokens of all platforms. Clones share them.
///
/// A token is used until shortly before it expires ([`AccessToken::usable_for`]) and dropped if a
/// service rejects it. Concurrent callers that need the same token wait for one request and share
/// its outcome (Security Framework 1.0, 4.1).
#[derive(Clone)]
pub struct Tokens {
    shared: Arc<Shared>,
}

struct Shared {
    client: PlatformClient,
    clock: Clock,
    random: Random,
    entries: Mutex<HashMap<CacheKey, Entry>>,
    figures: Mutex<TokenFigures>,
}

/// The number of token requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenFigures {
    /// Successful requests.
    pub obtained: u64,
    /// Failed requests.
    pub failed: u64,
}

/// The cache key of a token: everything in the request, so that a changed registration gets new
/// tokens.
#[derive(Clone, PartialEq, Eq, Hash)]
struct CacheKey {
    registration_id: i64,
    client_id: String,
    token_url: String,
    audience: String,
    deployment_id: Option<String>,
    reach: NetworkAccess,
    scopes: Scopes,
}

#[derive(Default)]
struct Entry {
    gate: Arc<tokio::sync::Mutex<()>>,
    held: Option<(AccessToken, Timestamp)>,
    /// The number of requests.
    requests: u64,
    /// The outcome of the latest request, for callers that waited for it.
    latest: Option<Result<AccessToken, TokenError>>,
}

impl Tokens {
    /// An empty cache that sends requests with `client`.
    pub fn new(client: PlatformClient, clock: Clock, random: Random) -> Self {
        Self {
            shared: Arc::new(Shared {
                client,
                clock,
                random,
                entries: Mutex::default(),
                figures: Mutex::default(),
            }),
        }
    }

    /// The current time of the clock that decides whether tokens have expired.
    pub(super) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// A token for these scopes, from the cache or from the platform.
    ///
    /// # Errors
    ///
    /// [`TokenError`].
    pub async fn token(
        &self,
        access: &ServiceAccess,
        scopes: &Scopes,
    ) -> Result<AccessToken, TokenError> {
        let place = access.place(scopes);
        let (gate, seen) = {
            let mut entries = self.shared.entries();
            let entry = entries.entry(place.clone()).or_default();
            if let Some(token) = entry.usable(self.now()) {
                return Ok(token);
            }
            (Arc::clone(&entry.gate), entry.requests)
        };
        let turn = gate.lock_owned().await;
        if let Some(outcome) = self.shared.outcome_since(&place, seen) {
            return outcome;
        }
        // A separate task: a cancelled caller must not stop a request that others wait for.
        let (shared, access) = (Arc::clone(&self.shared), access.clone());
        let asking = async move {
            let outcome = shared.request(&access, &place.scopes).await;
            shared.keep(place, &outcome);
            drop(turn);
            outcome
        };
        tokio::spawn(asking.in_current_span()).await.unwrap_or_else(|_| {
            Err(TokenError::Unreadable { problem: "the request was interrupted".to_owned() })
        })
    }

    /// The number of requests so far.
    pub fn figures(&self) -> TokenFigures {
        *self.shared.figures()
    }

    /// Drops a token that a service rejected, unless it has been replaced already.
    pub fn forget(&self, access: &ServiceAccess, scopes: &Scopes, token: &AccessToken) {
        if let Some(entry) = self.shared.entries().get_mut(&access.place(scopes)) {
            entry.held.take_if(|(held, _)| held.expose() == token.expose());
        }
    }
}

impl Entry {
    fn usable(&self, now: Timestamp) -> Option<AccessToken> {
        self.held.as_ref().filter(|(_, until)| now < *until).map(|(token, _)| token.clone())
    }
}

impl Shared {
    /// Locks the entries. Nothing awaits while the lock is held.
    fn entries(&self) -> MutexGuard<'_, HashMap<CacheKey, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The outcome of a request that ended while the caller waited for its turn.
    fn outcome_since(
        &self,
        place: &CacheKey,
        seen: u64,
    ) -> Option<Result<AccessToken, TokenError>> {
        let entries = self.entries();
        let entry = entries.get(place)?;
        entry
            .usable(self.clock.now())
            .map(Ok)
            .or_else(|| entry.latest.clone().filter(|_| entry.requests > seen))
    }

    fn figures(&self) -> MutexGuard<'_, TokenFigures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, place: CacheKey, outcome: &Result<AccessToken, TokenError>) {
        match outcome {
            Ok(_) => self.figures().obtained += 1,
            Err(_) => self.figures().failed += 1,
        }
        let now = self.clock.now();
        let mut entries = self.entries();
        if entries.len() > MANY_TOKENS {
            // A locked gate means that a request is in progress.
            entries.retain(|_, entry| {
                Arc::strong_count(&entry.gate) > 1 || entry.usable(now).is_some()
            });
        }
        let entry = entries.entry(place).or_default();
        entry.requests += 1;
        entry.held = outcome
            .as_ref()
            .ok()
            .and_then(|token| Some((token.clone(), now.checked_add(token.usable_for()).ok()?)));
        entry.latest = Some(outcome.clone());
    }

    async fn request(
        &self,
        access: &ServiceAccess,
        scopes: &Scopes,
    ) -> Result<AccessToken, TokenError> {
        let assertion = ClientAssertion {
            client_id: &access.client_id,
            audience: &access.audience,
            deployment_id: access.deployment_id.as_deref(),
            now_seconds: self.clock.now().as_second(),
            jti: &self.random.uuid().to_string(),
        };
        let assertion = assertion
            .sign(&access.kid, access.private_key.expose())
            .map_err(|_| TokenError::Key)?;
        let request = Exchange {
            method: Method::POST,
            accept: "application/json",
            content: Some((
                client_assertion::MEDIA_TYPE,
                client_assertion::token_request(&assertion, scopes).into_bytes(),
            )),
            authorization: None,
            extra: None,
        };
        let response = self
            .client
            .exchange(&access.token_url, request, access.reach, LARGEST_ANSWER)
            .await
            .map_err(|error| match error {
                FetchError::Unreachable { .. }
                | FetchError::TimedOut { .. }
                | FetchError::Tls { .. }
                | FetchError::Broken { .. } => {
                    TokenError::Temporary { error: TemporaryError::NoResponse(error), after: None }
                }
                error => TokenError::OutOfReach(error),
            })?;
        if (200..300).contains(&response.status) {
            return AccessToken::read(&response.body)
                .map_err(|problem| TokenError::Unreadable { problem: problem.to_string() });
        }
        Err(self.error_in(&response, &access.registration))
    }

    /// The error in a response without a token.
    fn error_in(&self, response: &Exchanged, registration: &Slug) -> TokenError {
        let text = platform_message(&response.body);
        if let Some(error) = temporary_error(response.status, &text) {
            let after = response
                .header(&RETRY_AFTER)
                .and_then(|value| retry_after(&value, self.clock.now()));
            return TokenError::Temporary { error, after };
        }
        let TokenErrorResponse { error, description } = TokenErrorResponse::read(&response.body);
        let words = match (&error, description) {
            (Some(error), Some(description)) => format!("{error}: {description}"),
            (Some(error), None) => error.clone(),
            (None, _) => text,
        };
        tracing::warn!(
            registration = registration.as_str(),
            status = response.status,
            "a platform issued no token"
        );
        TokenError::Refused {
            status: response.status,
            error: printable(&error.unwrap_or_default(), 100),
            words: printable(&words, 500),
        }
    }
}

//! The state of the running platform: its keys, the tool, the launches in progress.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::choice::LaunchChoice;
use super::consumer::Consumer;
use super::content::Content;
use super::course_history::Copies;
use super::deep_linking::Requests;
use super::keys::{Keys, SigningKey};
use super::keyset_variant::KeysetVariant;
use super::launch_context::LaunchContext;
use super::notices::Notices;
use super::options::Options;
use super::registration::PendingRegistration;
use super::services::Services;
use super::tool::{CLIENT_ID, DEPLOYMENT_ID, ToolSetup};
use super::tool_proxy::PendingProxies;

/// Maximum time from the click to the authentication request; the same as Canvas's.
const LAUNCH_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// Maximum number of launches in progress, to limit memory.
const MAX_PENDING: usize = 10_000;

/// Time limit for fetching the tool's keyset.
const KEYSET_TIMEOUT: Duration = Duration::from_secs(5);

/// The platform behind all endpoints.
pub(super) struct Platform {
    /// Platform ID (issuer).
    pub(super) issuer: String,
    /// The port that the server listens on, for pages that are opened by another name of this
    /// machine.
    pub(super) port: u16,
    /// Fetches the tool's keyset.
    pub(super) http: reqwest::Client,
    clock_offset: AtomicI64,
    keyset_requests: AtomicU64,
    attacker_requests: AtomicU64,
    registration_requests: AtomicU64,
    state: Mutex<State>,
}

/// What changes while the platform runs.
pub(super) struct State {
    pub(super) keys: Keys,
    pub(super) tool: Option<ToolSetup>,
    /// The variant that the ordinary keyset URL serves, if any.
    pub(super) keyset: Option<KeysetVariant>,
    pub(super) pending: PendingLaunches,
    /// The nonce of the authentication request before this one.
    pub(super) previous_nonce: Option<String>,
    /// Tools that are being added by registration URL, by a random identifier.
    pub(super) registrations: HashMap<String, PendingRegistration>,
    /// Content selections in progress.
    pub(super) deep_links: Requests,
    /// What content selections have added to the courses.
    pub(super) content: Content,
    /// Courses that were copied.
    pub(super) copies: Copies,
    /// Members of the OpenID configuration that replace the platform's own.
    pub(super) claimed_configuration: serde_json::Map<String, Value>,
    /// The last registration request of a tool.
    pub(super) registration_request: Option<Value>,
    /// Client assertions that were used, by `jti`, with their `exp`.
    pub(super) used_assertions: HashMap<String, i64>,
    /// Grades, members and access tokens.
    pub(super) services: Services,
    /// Notices, and who has subscribed to them.
    pub(super) notices: Notices,
    /// The tool that is launched by LTI 1.1 or 2.0.
    pub(super) consumer: Consumer,
    /// Tools that are being registered by LTI 2.0.
    pub(super) proxies: PendingProxies,
}

/// A launch between the click and the authentication request.
pub(super) struct Pending {
    pub(super) choice: LaunchChoice,
    /// As sent in the login request.
    pub(super) login_hint: String,
    at: Timestamp,
}

/// The launches in progress, by the hint that the tool sends back.
#[derive(Default)]
pub(super) struct PendingLaunches {
    by_hint: HashMap<String, Pending>,
    order: VecDeque<String>,
}

impl PendingLaunches {
    /// Stores a launch, and removes the oldest if there are too many.
    pub(super) fn add(
        &mut self,
        hint: String,
        choice: LaunchChoice,
        login_hint: String,
        now: Timestamp,
    ) {
        while self.order.len() >= MAX_PENDING {
            if let Some(oldest) = self.order.pop_front() {
                self.by_hint.remove(&oldest);
            }
        }
        self.order.push_back(hint.clone());
        self.by_hint.insert(hint, Pending { choice, login_hint, at: now });
    }

    /// Removes and returns a launch. Each can be used once, within five minutes.
    pub(super) fn take(&mut self, hint: &str, now: Timestamp) -> Option<Pending> {
        let pending = self.by_hint.remove(hint)?;
        // Most launches continue in the order in which they started.
        if let Some(place) = self.order.iter().position(|one| one == hint) {
            self.order.remove(place);
        }
        (now.duration_since(pending.at) <= LAUNCH_LIFETIME).then_some(pending)
    }
}

impl Platform {
    /// Creates the platform of a server that listens on this address.
    pub(super) fn new(options: Options, address: SocketAddr) -> io::Result<Self> {
        let key = match &options.signing_key {
            Some(pkcs8) => SigningKey::from_pkcs8(pkcs8)?,
            None => SigningKey::generate()?,
        };
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(KEYSET_TIMEOUT)
            .build()
            .map_err(io::Error::other)?;
        let state = State {
            keys: Keys::new(key),
            tool: options.tool,
            keyset: None,
            pending: PendingLaunches::default(),
            previous_nonce: None,
            registrations: HashMap::new(),
            deep_links: Requests::default(),
            content: Content::default(),
            copies: Copies::default(),
            claimed_configuration: serde_json::Map::new(),
            registration_request: None,
            used_assertions: HashMap::new(),
            services: Services::new(options.services),
            notices: Notices::new(options.notices),
            consumer: Consumer::new(options.consumer, fresh_identifier()),
            proxies: PendingProxies::default(),
        };
        Ok(Self {
            issuer: options
                .public_url
                .unwrap_or_else(|| format!("http://localhost:{}", address.port())),
            port: address.port(),
            http,
            clock_offset: AtomicI64::new(0),
            keyset_requests: AtomicU64::new(0),
            attacker_requests: AtomicU64::new(0),
            registration_requests: AtomicU64::new(0),
            state: Mutex::new(state),
        })
    }

    /// The changing state. The lock is never held across an await.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A URL below the issuer.
    pub(super) fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.issuer.trim_end_matches('/'))
    }

    /// The platform's time, offset included.
    #[expect(clippy::disallowed_methods, reason = "this is the platform's clock")]
    pub(super) fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(self.clock_offset.load(Ordering::Relaxed))
    }

    pub(super) fn set_clock_offset(&self, seconds: i64) {
        self.clock_offset.store(seconds, Ordering::Relaxed);
    }

    /// Counts a fetch of a keyset.
    pub(super) fn count_keyset_request(&self) {
        self.keyset_requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn keyset_requests(&self) -> u64 {
        self.keyset_requests.load(Ordering::Relaxed)
    }

    /// Counts a fetch of the keyset to which only forged headers point.
    pub(super) fn count_attacker_request(&self) {
        self.attacker_requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn attacker_requests(&self) -> u64 {
        self.attacker_requests.load(Ordering::Relaxed)
    }

    /// Counts a request for the configuration, or a registration.
    pub(super) fn count_registration_request(&self) {
        self.registration_requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn registration_requests(&self) -> u64 {
        self.registration_requests.load(Ordering::Relaxed)
    }

    /// Random characters for an identifier.
    pub(super) fn fresh_identifier(&self) -> String {
        fresh_identifier()
    }

    /// The values for a launch at this moment.
    pub(super) fn scene(
        &self,
        tool: ToolSetup,
        nonce: String,
        other_nonce: String,
    ) -> LaunchContext {
        let (services, notices) = {
            let state = self.state();
            (state.services.options.clone(), state.notices.options.clone())
        };
        LaunchContext {
            now: self.now(),
            issuer: self.issuer.clone(),
            client_id: CLIENT_ID.to_owned(),
            deployment_id: DEPLOYMENT_ID.to_owned(),
            tool,
            nonce,
            other_nonce,
            item: None,
            history: None,
            services,
            notices,
            deep_link_return_url: String::new(),
        }
    }
}

/// Random characters for an identifier.
fn fresh_identifier() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn launches_are_single_use_and_expire_after_five_minutes() {
        let start: Timestamp = "2026-11-23T17:00:00Z".parse().unwrap();
        let mut pending = PendingLaunches::default();
        pending.add("a".to_owned(), LaunchChoice::student(), "4".to_owned(), start);
        pending.add("b".to_owned(), LaunchChoice::student(), "4".to_owned(), start);
        let later = start + SignedDuration::from_secs(300);
        assert!(pending.take("a", later).is_some());
        assert!(pending.take("a", later).is_none());
        assert!(pending.take("b", later + SignedDuration::from_secs(1)).is_none());
    }

    #[test]
    fn oldest_launches_are_dropped() {
        let now = Timestamp::UNIX_EPOCH;
        let mut pending = PendingLaunches::default();
        for number in 0..=MAX_PENDING {
            pending.add(number.to_string(), LaunchChoice::student(), String::new(), now);
        }
        assert!(pending.take("0", now).is_none());
        assert!(pending.take("1", now).is_some());
        assert_eq!(pending.order.len(), pending.by_hint.len());
    }
}

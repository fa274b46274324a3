//! What every request needs, made once.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::HeaderName;

use super::place::Place;
use super::{Limits, Options};
use crate::domain::Actor;
use crate::lti::state::StateKey;
use crate::platform::{Keysets, PlatformClient, Tokens};
use crate::store::{Error, Pool, Store};
use crate::usecase::Failure;
use crate::usecase::dynamic::Registrar;
use crate::usecase::launch::LaunchService;
use crate::usecase::sync::{CONCURRENCY, Synchroniser};
use crate::usecase::throttle::Throttle;

/// What every request needs; cheap to clone.
#[derive(Clone)]
pub(super) struct App {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    /// Logins and launches, and with them the database, the clock and randomness.
    pub(super) service: LaunchService,
    /// The synchronisations.
    pub(super) synchroniser: Synchroniser,
    /// Dynamic registration.
    pub(super) registrar: Registrar,
    /// Where the tool lives.
    pub(super) place: Place,
    /// What a request may take.
    pub(super) limits: Limits,
    /// How many requests each client may send.
    pub(super) addresses: Throttle<IpAddr>,
    /// Where a trusted proxy gives the client's address.
    pub(super) client_address_header: Option<HeaderName>,
    /// Files that nobody gets to see, wherever a resource's directory may lie: the database and the key of TLS.
    pub(super) private_files: Vec<PathBuf>,
    requests: AtomicU64,
    /// Tells the requests of one run from those of another.
    run: u32,
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl App {
    /// Opens the database and reads what does not change while the server runs.
    pub(super) fn open(options: &Options) -> Result<Self, Failure> {
        let pool = Pool::of(Store::open(&options.database)?.acting_as(Actor::server()).with_clock(options.clock))?;
        let place = Place::open(&pool)?;
        let state_key = pool.read(|read| read.state_key())?.expose().try_into().map_err(|_| Error::Corrupt("state key"))?;
        let client = PlatformClient::new().allowing_private_networks(options.allow_private_network);
        let state_key = Arc::new(StateKey::new(state_key));
        let registrar = Registrar { pool: pool.via("dynamic registration"), state_key: Arc::clone(&state_key), client: client.clone(), clock: options.clock };
        let synchroniser = Synchroniser {
            pool: pool.via("sync"),
            tokens: Tokens::new(client.clone(), options.clock, options.random.clone()),
            client: client.clone(),
            clock: options.clock,
            random: options.random.clone(),
            concurrency: CONCURRENCY,
        };
        let service = LaunchService {
            pool: pool.via("launch"),
            keysets: Keysets::new(client),
            throttle: Throttle::new(options.limits.registration),
            sign_ins: Throttle::new(options.limits.sign_in),
            state_key,
            clock: options.clock,
            random: options.random.clone(),
        };
        let private = [Some(&options.database), options.tls.as_ref().map(|(_, key)| key)];
        let shared = Shared {
            place,
            limits: options.limits.clone(),
            addresses: Throttle::new(options.limits.address),
            client_address_header: options.client_address_header.clone(),
            private_files: private.into_iter().flatten().filter_map(|path| path.canonicalize().ok()).collect(),
            requests: AtomicU64::new(0),
            run: u32::from_be_bytes(options.random.bytes()),
            service,
            synchroniser,
            registrar,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// A fresh name for a request, for its page and its line in the log.
    pub(super) fn request_id(&self) -> RequestId {
        RequestId { run: self.run, number: self.requests.fetch_add(1, Ordering::Relaxed) }
    }
}

/// Names a request on the page that says that it failed, and in the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestId {
    run: u32,
    number: u64,
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:08x}-{}", self.run, self.number)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::{Clock, Name, PublicUrl, Random};
    use crate::usecase::setup;

    /// A fresh database and what a server makes of it; `change` changes its options.
    pub(in crate::server) fn app(change: impl FnOnce(&mut Options)) -> (App, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("ltictl.db");
        let url = PublicUrl::new("https://tool.example", false).unwrap();
        setup::init(&database, url, Name::new("Tool").unwrap(), false, Clock::System.now(), &Random::System).unwrap();
        let mut options = Options::new(database, ([127, 0, 0, 1], 0).into());
        change(&mut options);
        (App::open(&options).unwrap(), directory)
    }
}

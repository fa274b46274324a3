//! What every request needs, created once.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::http::HeaderName;

use super::bridge::tokens::Tokens;
use super::connections::Capacity;
use super::location::Location;
use super::open_sessions::OpenSessions;
use super::options::{Limits, Options};
use super::request_metrics::RequestMetrics;
use crate::admin::dynamic::Registrar;
use crate::admin::tool_proxy::ProxyRegistrar;
use crate::domain::{Actor, RisingClock};
use crate::failure::Failure;
use crate::launch::LaunchService;
use crate::launch::provider::ProviderSignIns;
use crate::launch::sign_in_throttle::SignInThrottle;
use crate::launch::tallies::Tallies;
use crate::platform::{Keysets, PlatformClient, Providers};
use crate::rules::fairness::{self, Fairness};
use crate::rules::state_key;
use crate::rules::throttle::Throttle;
use crate::store::{Database, Pool, Store};
use crate::sync::Synchronizer;
use crate::sync::runs::SyncRuns;
use crate::token::MacKey;

/// How many dynamic registrations may be in progress. A platform that does not respond occupies a
/// connection each time; when there are too many, each registration URL is limited to its share.
const REGISTRATIONS: fairness::Capacity = fairness::Capacity { at_once: 4, inside: 4 };

/// How many requests to identity providers may be in progress, for the same reason: when there are
/// too many, each registration is limited to its share.
const PROVIDER_SIGN_INS: fairness::Capacity = fairness::Capacity { at_once: 32, inside: 32 };

/// How many requests with notices may be in progress. Anyone can send some, and each may have hundreds
/// of signatures to check; when there are too many, each registration is limited to its share.
const NOTICES: fairness::Capacity = fairness::Capacity { at_once: 4, inside: 64 };

/// What every request needs; cheap to clone.
#[derive(Clone)]
pub(super) struct App {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    /// Logins and launches, and with them the database, the clock and randomness.
    pub(super) service: LaunchService,
    /// The last result of `/readyz`.
    pub(super) is_ready: AtomicBool,
    /// The times in the identifiers of requests and launches.
    pub(super) id_clock: RisingClock,
    /// The synchronizations.
    pub(super) synchronizer: Synchronizer,
    /// Their results.
    pub(super) sync_runs: SyncRuns,
    /// Path of the database.
    pub(super) database: Database,
    /// Metrics of requests, if they are served.
    pub(super) requests: Option<RequestMetrics>,
    /// The number of open sessions.
    pub(super) open_sessions: OpenSessions,
    /// Dynamic registration.
    pub(super) registrar: Registrar,
    /// Sign-ins at identity providers.
    pub(super) provider_sign_ins: ProviderSignIns,
    /// Registration by LTI 2.0.
    pub(super) proxy_registrar: ProxyRegistrar,
    /// The path and scheme of the tool's URL.
    pub(super) location: Location,
    /// The tokens for apps behind a proxy.
    pub(super) app_tokens: Tokens,
    /// The limits on requests.
    pub(super) limits: Limits,
    /// The limits on connections.
    pub(super) capacity: Capacity,
    /// Limits the requests of each client.
    pub(super) addresses: Throttle<IpAddr>,
    /// The header in which a trusted proxy sends the client's address.
    pub(super) client_address_header: Option<HeaderName>,
    /// The header in which a trusted proxy sends the request's ID.
    pub(super) request_id_header: Option<HeaderName>,
    /// Files that are never served, even if they are in a resource's directory: the database and
    /// the TLS key.
    pub(super) private_files: Vec<PathBuf>,
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
        let actor = Actor::server(options.name.as_ref());
        let pool =
            Pool::of(Store::open(&options.database)?.acting_as(actor).with_clock(options.clock))?;
        let location = Location::open(&pool)?;
        let state_key = Arc::new(pool.look_up(state_key::state_key)?);
        let newest_launch = pool.look_up(|read| read.newest_launch_id())?;
        let client = PlatformClient::new().allowing_private_networks(options.allow_private_network);
        let registrar = Registrar {
            pool: pool.via("dynamic registration"),
            state_key: Arc::clone(&state_key),
            client: client.clone(),
            clock: options.clock,
            under_way: Fairness::new(REGISTRATIONS),
        };
        let proxy_registrar = ProxyRegistrar {
            pool: pool.via("registration by LTI 2.0"),
            state_key: Arc::clone(&state_key),
            client: client.clone(),
            clock: options.clock,
            random: options.random.clone(),
            under_way: Fairness::new(REGISTRATIONS),
        };
        let synchronizer = Synchronizer::new(
            pool.via("sync"),
            client.clone(),
            options.clock,
            options.random.clone(),
        );
        // Counts the open files, so the database must be open.
        let capacity = Capacity::of_process(
            options.limits.connections,
            options.limits.connections_per_address,
        );
        let provider_sign_ins = ProviderSignIns {
            providers: Providers::new(client.clone()),
            under_way: Fairness::new(PROVIDER_SIGN_INS),
        };
        let service = launch_service(options, pool.via("launch"), client, state_key, capacity);
        let shared = Shared {
            location,
            is_ready: AtomicBool::new(true),
            id_clock: RisingClock::after(newest_launch.map(|id| id.moment())),
            limits: options.limits.clone(),
            capacity,
            addresses: Throttle::new(options.limits.address),
            client_address_header: options.client_address_header.clone(),
            request_id_header: options.request_id_header.clone(),
            private_files: private_files(options),
            service,
            synchronizer,
            sync_runs: SyncRuns::default(),
            database: options.database.clone(),
            requests: options.metrics.is_some().then(RequestMetrics::new),
            open_sessions: OpenSessions::default(),
            registrar,
            provider_sign_ins,
            proxy_registrar,
            app_tokens: Tokens::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }
}

fn launch_service(
    options: &Options,
    pool: Pool,
    client: PlatformClient,
    state_key: Arc<MacKey>,
    capacity: Capacity,
) -> LaunchService {
    let limits = &options.limits;
    let inside = limits.launches.inside.min(capacity.launches());
    LaunchService {
        pool,
        keysets: Keysets::new(client),
        fairness: Fairness::new(fairness::Capacity { inside, ..limits.launches }),
        launch_rate: limits.launch_rate.map(Throttle::new),
        notices: Fairness::new(NOTICES),
        refusals: Throttle::new(limits.refusals),
        sign_ins: SignInThrottle::new(limits.sign_in),
        tallies: Tallies::default(),
        state_key,
        clock: options.clock,
        random: options.random.clone(),
    }
}

/// Files that must not be served as content: the database and the TLS key.
fn private_files(options: &Options) -> Vec<PathBuf> {
    [options.database.file(), options.tls.as_ref().map(|(_, key)| key.as_path())]
        .into_iter()
        .flatten()
        .filter_map(|path| path.canonicalize().ok())
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::admin::setup;
    use crate::domain::{Clock, Name, PublicUrl, Random};

    /// A new database and the [`App`] of a server with it; `change` changes its options.
    pub(in crate::server) fn app(change: impl FnOnce(&mut Options)) -> (App, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("ltictl.db");
        let url = PublicUrl::new("https://tool.example", false).unwrap();
        setup::init(
            &database,
            url,
            Name::new("Tool").unwrap(),
            false,
            Clock::System.now(),
            &Random::System,
        )
        .unwrap();
        let mut options = Options::new(database, ([127, 0, 0, 1], 0).into());
        change(&mut options);
        (App::open(&options).unwrap(), directory)
    }
}

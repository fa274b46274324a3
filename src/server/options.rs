//! How a server is started, and the limits that it applies.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::HeaderName;

use crate::domain::{Clock, Random};
use crate::launch::sign_in_throttle::SignInLimits;
use crate::rules::fairness;
use crate::rules::throttle::Rate;

/// How a server is to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The database file, which `ltictl init` has made.
    pub database: PathBuf,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Certificate chain and private key, both in PEM, to serve TLS itself; without them it speaks
    /// plain HTTP, as behind a proxy.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Where it serves metrics, if it does; not to the world, for they name customers. Port 0 takes
    /// a free one.
    pub metrics: Option<SocketAddr>,
    /// The server's clock.
    pub clock: Clock,
    /// Where nonces, handles and secrets come from.
    pub random: Random,
    /// The header in which a trusted proxy gives the client's address (its last entry counts);
    /// without it the peer is the client.
    pub client_address_header: Option<HeaderName>,
    /// The header in which a trusted proxy names each request; without it names are our own.
    pub request_id_header: Option<HeaderName>,
    /// Whether every registration may reach private networks, dynamic registration included;
    /// otherwise those whose policy says so.
    pub allow_private_network: bool,
    /// What a request may take.
    pub limits: Limits,
}

impl Options {
    /// A plain server on this address, with the machine's clock and randomness and the usual
    /// limits.
    pub fn new(database: PathBuf, listen: SocketAddr) -> Self {
        Self {
            database,
            listen,
            tls: None,
            metrics: None,
            clock: Clock::System,
            random: Random::System,
            client_address_header: None,
            request_id_header: None,
            allow_private_network: false,
            limits: Limits::default(),
        }
    }
}

/// What a request may take; tests shorten them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of a form.
    pub body_bytes: usize,
    /// How long a form may take to arrive.
    pub body_time: Duration,
    /// How long the header of a request may take to arrive, and before it a TLS handshake.
    pub header_time: Duration,
    /// How long a connection may be idle between two requests; longer than proxies keep theirs, so
    /// that the proxy closes first.
    pub keep_alive_time: Duration,
    /// How long a client may leave a response unread; in each such period it has to take 1 KiB for
    /// every second of it.
    pub write_time: Duration,
    /// The most connections; without it, as many as the limit on open files allows, up to 4,096.
    pub connections: Option<usize>,
    /// The most connections of one client address (of one /64 with IPv6); without it, a quarter of
    /// all. This machine and a trusted proxy may have more.
    pub connections_per_address: Option<usize>,
    /// Whether that holds for this machine, too, as tests want it.
    pub limit_loopback: bool,
    /// Requests of one client address, those of open sessions aside; a whole school may share one.
    pub address: Rate,
    /// How many logins and launches the server works on before each registration is held to its
    /// share; no more than half of the connections.
    pub launches: fairness::Capacity,
    /// Logins of one registration, and as many launches, if there is a cap.
    pub launch_rate: Option<Rate>,
    /// Refused launches that no platform has signed and that are stored: of one registration after
    /// a login of it, and of all others together.
    pub refusals: Rate,
    /// Attempts to sign in to an account.
    pub sign_in: SignInLimits,
    /// How long requests in flight may take to finish at shutdown.
    pub shutdown_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            body_time: Duration::from_secs(10),
            header_time: Duration::from_secs(15),
            keep_alive_time: Duration::from_secs(75),
            write_time: Duration::from_secs(30),
            connections: None,
            connections_per_address: None,
            limit_loopback: false,
            address: Rate::per_second(100, 1000),
            // Two batches of the thread that writes: one on its way to the disk, one that fills up
            // meanwhile. What waits then is worked off in about a second.
            launches: fairness::Capacity { at_once: 512, inside: 4096 },
            launch_rate: None,
            refusals: Rate::per_second(20, 1000),
            sign_in: SignInLimits::default(),
            shutdown_time: Duration::from_secs(10),
        }
    }
}

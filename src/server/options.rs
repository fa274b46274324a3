//! Options of a server, and its limits.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::HeaderName;

use crate::domain::{Clock, Random, ServerName};
use crate::launch::sign_in_throttle::SignInLimits;
use crate::rules::fairness;
use crate::rules::throttle::Rate;
use crate::store::Database;

/// Options of a server.
#[derive(Debug, Clone)]
pub struct Options {
    /// The database, created by `ltictl init`.
    pub database: Database,
    /// The name of this server among those that use the database; that of the machine and the port
    /// if there is none.
    pub name: Option<ServerName>,
    /// The address on which to listen; port 0 chooses a free one.
    pub listen: SocketAddr,
    /// Certificate chain and private key in PEM, to serve TLS; without them, it serves plain HTTP, for
    /// use behind a proxy.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// The address on which to serve metrics, if at all. They contain the names of customers, so
    /// the address should not be public. Port 0 chooses a free one.
    pub metrics: Option<SocketAddr>,
    /// The server's clock.
    pub clock: Clock,
    /// The source of nonces, handles and secrets.
    pub random: Random,
    /// The header in which a trusted proxy sends the client's address (the last entry is used);
    /// without it, the peer is the client.
    pub client_address_header: Option<HeaderName>,
    /// The header in which a trusted proxy sends the request's ID; without it, the server generates
    /// one.
    pub request_id_header: Option<HeaderName>,
    /// Whether all registrations, and dynamic registration, may reach private networks; otherwise only
    /// registrations whose policy allows it.
    pub allow_private_network: bool,
    /// The limits on requests.
    pub limits: Limits,
}

impl Options {
    /// A server on this address with the system's clock and randomness and the default limits.
    pub fn new(database: impl Into<Database>, listen: SocketAddr) -> Self {
        Self {
            database: database.into(),
            name: None,
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

/// Limits on requests and connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The maximum size of a form, in bytes.
    pub body_bytes: usize,
    /// How long a form may take to arrive.
    pub body_time: Duration,
    /// How long the header of a request may take to arrive, and a TLS handshake before it.
    pub header_time: Duration,
    /// How long a connection may be idle between two requests. It is longer than the timeout of usual
    /// proxies, so that the proxy closes first.
    pub keep_alive_time: Duration,
    /// How long a client may leave a response unread. In each such period it has to read 1 KiB per
    /// second.
    pub write_time: Duration,
    /// The maximum number of connections; by default, as many as the limit on open files allows, up to
    /// 4,096.
    pub connections: Option<usize>,
    /// The maximum number of connections of one client address (one /64 with IPv6); by default, a
    /// quarter of all. This machine and a trusted proxy are exempt.
    pub connections_per_address: Option<usize>,
    /// Whether this machine is limited, too; for tests.
    pub limit_loopback: bool,
    /// Requests of one client address, not counting those of open sessions. A whole school may share
    /// an address.
    pub address: Rate,
    /// How many logins and launches may be in progress before each registration is limited to its
    /// share; at most half of the connections.
    pub launches: fairness::Capacity,
    /// Logins of one registration, and as many launches, if there is a limit.
    pub launch_rate: Option<Rate>,
    /// How many refused launches without a platform's signature are stored: of each registration after
    /// a valid login, and of all others together.
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
            // Two batches of the writer thread: one that is being written, one that fills up
            // meanwhile. The queue behind them takes about a second.
            launches: fairness::Capacity { at_once: 512, inside: 4096 },
            launch_rate: None,
            refusals: Rate::per_second(20, 1000),
            sign_in: SignInLimits::default(),
            shutdown_time: Duration::from_secs(10),
        }
    }
}

//! Top floor: the launch server.
//!
//! One file per endpoint (`register`, `login`, `launch`, `resume`, `account`, `configuration`,
//! `jwks`, `health`, `api` for what apps ask, `session` with `content` for directories, `handover`
//! for apps, `deep_link` for content selection, and `navigation` with `course_lists` for teachers),
//! one line each in `router`. What every request goes through (where it is, how many there may be,
//! what happens when something fails) is in `gate`, which connections there may be and how long
//! they may take in `connections`, and its name in `request`; what every page carries is in `page`,
//! and which forms only our own pages may send in `own_page`. `metrics` is for anyone who watches,
//! on an address of its own. Nothing here knows the protocol or the database: endpoints read a
//! request, call a use case and show its value.
//!
//! Every URL that leaves this server comes from the tool's settings, never from what a request says
//! about its host.

mod account;
mod api;
mod app;
mod configuration;
mod connections;
mod content;
mod cookie;
mod course_lists;
mod deep_link;
mod form;
mod gate;
mod handover;
mod health;
mod host;
mod jwks;
mod launch;
mod login;
mod maintenance;
mod metrics;
mod navigation;
mod own_page;
mod page;
mod place;
mod problem;
mod register;
mod request;
mod resume;
mod router;
mod session;
mod sign_out;

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use axum::http::HeaderName;
use tokio::task::JoinHandle;

use crate::launch::fetched_keysets;
use crate::rules::fairness;

pub use self::api::explained as codes_of_apps;
use self::app::App;
use self::connections::{Capacity, Rules, Serving};
use crate::domain::{Clock, Random};
use crate::failure::Failure;
use crate::failure::Kind;
use crate::launch::sign_in_throttle::SignInLimits;
use crate::rules::throttle::Rate;
use crate::sync::schedule;

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

/// A running launch server. Stop it with [`Server::shutdown`]; dropping it stops it at once.
pub struct Server {
    app: App,
    serving: Serving,
    metrics: Option<Serving>,
    maintaining: JoinHandle<()>,
    synchronizing: JoinHandle<()>,
    shutdown_time: Duration,
}

impl Server {
    /// Opens the database, listens and serves.
    ///
    /// # Errors
    ///
    /// The database's own failures; an address that cannot be had; a certificate or key that cannot
    /// be read.
    pub async fn start(options: Options) -> Result<Self, Failure> {
        let app = App::open(&options)?;
        let rules = Rules {
            capacity: Capacity { total: 0, per_address: 0 },
            from_proxy: options.client_address_header.is_some(),
            limit_loopback: options.limits.limit_loopback,
            header_time: options.limits.header_time,
            keep_alive_time: options.limits.keep_alive_time,
            write_time: options.limits.write_time,
            tls: options
                .tls
                .as_ref()
                .map(|(certificate, key)| connections::acceptor(certificate, key))
                .transpose()?,
        };
        let listener = TcpListener::bind(options.listen)
            .map_err(|error| cannot_listen(options.listen, &error))?;
        let metrics = match options.metrics.zip(app.requests.clone()) {
            Some((address, requests)) => {
                let rules = Rules {
                    capacity: Capacity::of_metrics(),
                    from_proxy: true,
                    tls: None,
                    ..rules.clone()
                };
                let listen = || {
                    Serving::start(
                        TcpListener::bind(address)?,
                        metrics::router(app.clone(), &requests),
                        rules,
                    )
                };
                Some(listen().map_err(|error| cannot_listen_for_metrics(address, &error))?)
            }
            None => None,
        };
        let maintaining = tokio::spawn(maintenance::run(app.clone()));
        let synchronizing =
            tokio::spawn(schedule::run(app.synchronizer.clone(), app.sync_runs.clone()));
        let capacity = app.capacity;
        let serving =
            Serving::start(listener, router::router(app.clone()), Rules { capacity, ..rules });
        let serving = serving.map_err(|error| cannot_listen(options.listen, &error))?;
        if options.allow_private_network {
            tracing::warn!(
                "every registration may reach private networks (--allow-private-network)"
            );
        }
        if let Some(address) = metrics.as_ref().map(Serving::address) {
            if !address.ip().is_loopback() {
                tracing::warn!(%address, "metrics name registrations, and whoever reaches this \
                    address can read them");
            }
            tracing::info!(%address, "metrics are served");
        }
        tracing::info!(address = %serving.address(), tls = options.tls.is_some(), connections = capacity.total, "listening");
        Ok(Self {
            app,
            serving,
            metrics,
            maintaining,
            synchronizing,
            shutdown_time: options.limits.shutdown_time,
        })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.serving.address()
    }

    /// Where it serves metrics, if it does.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(Serving::address)
    }

    /// How many launches are being worked on, those that wait for their turn included.
    pub fn launches_in_progress(&self) -> usize {
        self.app.service.fairness.figures().inside
    }

    /// Takes no further requests, finishes those in flight within [`Limits::shutdown_time`], and
    /// writes what is still queued.
    pub async fn shutdown(mut self) {
        for task in [&mut self.maintaining, &mut self.synchronizing] {
            task.abort();
            let _ = task.await;
        }
        self.serving.shutdown(self.shutdown_time).await;
        if let Err(error) = self.app.service.tallies.write_down(&self.app.service.pool).await {
            tracing::warn!(%error, "what was counted last could not be written down");
        }
        if let Err(error) =
            fetched_keysets::write_down(&self.app.service.keysets, &self.app.service.pool).await
        {
            tracing::warn!(%error, "which keysets were fetched last could not be written down");
        }
        tracing::info!("stopped");
    }

    /// Runs until something happens, such as Ctrl-C, then shuts down.
    pub async fn run_until(self, end: impl Future<Output = ()>) {
        end.await;
        self.shutdown().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.maintaining.abort();
        self.synchronizing.abort();
    }
}

fn cannot_listen_for_metrics(address: SocketAddr, error: &std::io::Error) -> Failure {
    Failure::new(
        Kind::Failed,
        format!("cannot serve metrics on {address}"),
        error.to_string(),
        "choose another address with --metrics=ADDRESS",
    )
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Failure {
    Failure::new(
        Kind::Failed,
        format!("cannot listen on {address}"),
        error.to_string(),
        "choose another address with --listen",
    )
}

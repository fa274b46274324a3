//! Top floor: the launch server.
//!
//! One file per endpoint (`register`, `login`, `launch`, `resume`, `account`, `configuration`, `jwks`, `health`, `api` for what apps ask, `session` with `content` for
//! directories, `handover` for apps, `deep_link` for content selection, and `navigation` with `course_lists` for teachers), one line each in `router`. What every request
//! goes through (where it is, how many there may be, what happens when something fails) is in `gate`, and its name in `request`; what every page carries is in `page`, and
//! which forms only our own pages may send in `own_page`. `metrics` is for whoever watches, on an address of its own. Nothing here knows the protocol or
//! the database: endpoints read a request, call a use case and show its value.
//!
//! Every URL that leaves this server comes from the tool's settings, never from what a request says about its host.

mod account;
mod api;
mod app;
mod configuration;
mod content;
mod cookie;
mod course_lists;
mod deep_link;
mod form;
mod gate;
mod handover;
mod health;
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

use axum::Router;
use axum::http::HeaderName;
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use tokio::task::JoinHandle;

pub use self::api::explained as codes_of_apps;
use self::app::App;
use crate::domain::{Clock, Random};
use crate::usecase::fetched_keysets;
use crate::usecase::sign_in_throttle::SignInLimits;
use crate::usecase::sync::schedule;
use crate::usecase::throttle::Rate;
use crate::usecase::{Failure, Kind};

/// How a server is to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The database file, which `ltictl init` has made.
    pub database: PathBuf,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Certificate chain and private key, both in PEM, to serve TLS itself; without them it speaks plain HTTP, as behind a proxy.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Where it serves metrics, if it does; not to the world, for they name customers. Port 0 takes a free one.
    pub metrics: Option<SocketAddr>,
    /// The server's clock.
    pub clock: Clock,
    /// Where nonces, handles and secrets come from.
    pub random: Random,
    /// The header in which a trusted proxy gives the client's address (its last entry counts); without it the peer is the client.
    pub client_address_header: Option<HeaderName>,
    /// The header in which a trusted proxy names each request; without it names are our own.
    pub request_id_header: Option<HeaderName>,
    /// Whether every registration may reach private networks, dynamic registration included; otherwise those whose policy says so.
    pub allow_private_network: bool,
    /// What a request may take.
    pub limits: Limits,
}

impl Options {
    /// A plain server on this address, with the machine's clock and randomness and the usual limits.
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
    /// How long the header of a request may take to arrive; a connection that is quiet for so long is closed.
    pub header_time: Duration,
    /// Requests of one client address, those below a session aside; a whole school may share one.
    pub address: Rate,
    /// Logins and launches of one registration.
    pub registration: Rate,
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
            header_time: Duration::from_secs(30),
            address: Rate::per_second(100, 1000),
            registration: Rate::per_second(500, 5000),
            sign_in: SignInLimits::default(),
            shutdown_time: Duration::from_secs(10),
        }
    }
}

/// The most bytes of a request's header; platforms send hints of kilobytes in the URL.
const LARGEST_HEADER: usize = 128 * 1024;

/// A running launch server. Stop it with [`Server::shutdown`]; dropping it stops it at once.
pub struct Server {
    app: App,
    address: SocketAddr,
    metrics: Option<Metrics>,
    handle: Handle<SocketAddr>,
    serving: JoinHandle<std::io::Result<()>>,
    maintaining: JoinHandle<()>,
    synchronising: JoinHandle<()>,
    shutdown_time: Duration,
}

/// The listener for whoever watches.
struct Metrics {
    address: SocketAddr,
    handle: Handle<SocketAddr>,
}

impl Server {
    /// Opens the database, listens and serves.
    ///
    /// # Errors
    ///
    /// The database's own failures; an address that cannot be had; a certificate or key that cannot be read.
    pub async fn start(options: Options) -> Result<Self, Failure> {
        let app = App::open(&options)?;
        let tls = match &options.tls {
            Some((certificate, key)) => Some(tls(certificate, key).await?),
            None => None,
        };
        let listener = TcpListener::bind(options.listen).map_err(|error| cannot_listen(options.listen, &error))?;
        let address = listener.local_addr().map_err(|error| cannot_listen(options.listen, &error))?;
        let metrics = match options.metrics.zip(app.requests.clone()) {
            Some((address, requests)) => Some(
                Metrics::start(address, metrics::router(app.clone(), &requests), options.limits.header_time)
                    .map_err(|error| cannot_listen_for_metrics(address, &error))?,
            ),
            None => None,
        };
        let handle = Handle::new();
        let maintaining = tokio::spawn(maintenance::run(app.clone()));
        let synchronising = tokio::spawn(schedule::run(app.synchroniser.clone(), app.sync_runs.clone()));
        let router = router::router(app.clone());
        let serving = serve(router, listener, tls, handle.clone(), options.limits.header_time).map_err(|error| cannot_listen(options.listen, &error))?;
        if options.allow_private_network {
            tracing::warn!("every registration may reach private networks (--allow-private-network)");
        }
        if let Some(Metrics { address, .. }) = &metrics {
            if !address.ip().is_loopback() {
                tracing::warn!(%address, "metrics name registrations, and whoever reaches this address can read them");
            }
            tracing::info!(%address, "metrics are served");
        }
        tracing::info!(%address, tls = options.tls.is_some(), "listening");
        Ok(Self { app, address, metrics, handle, serving, maintaining, synchronising, shutdown_time: options.limits.shutdown_time })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Where it serves metrics, if it does.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|metrics| metrics.address)
    }

    /// Takes no further requests, finishes those in flight within [`Limits::shutdown_time`], and writes what is still queued.
    pub async fn shutdown(mut self) {
        for task in [&mut self.maintaining, &mut self.synchronising] {
            task.abort();
            let _ = task.await;
        }
        self.handle.graceful_shutdown(Some(self.shutdown_time));
        let finished = (&mut self.serving).await;
        if let Ok(Err(error)) = finished {
            tracing::error!(%error, "the server ended badly");
        }
        if let Err(error) = self.app.service.tallies.write_down(&self.app.service.pool).await {
            tracing::warn!(%error, "what was counted last could not be written down");
        }
        if let Err(error) = fetched_keysets::write_down(&self.app.service.keysets, &self.app.service.pool).await {
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
        self.synchronising.abort();
        self.handle.shutdown();
        if let Some(metrics) = &self.metrics {
            metrics.handle.shutdown();
        }
    }
}

impl Metrics {
    fn start(address: SocketAddr, router: Router, header_time: Duration) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let (address, handle) = (listener.local_addr()?, Handle::new());
        // It ends with its handle.
        drop(serve(router, listener, None, handle.clone(), header_time)?);
        Ok(Self { address, handle })
    }
}

fn serve(
    router: Router,
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    handle: Handle<SocketAddr>,
    header_time: Duration,
) -> std::io::Result<JoinHandle<std::io::Result<()>>> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let mut server = axum_server::from_tcp(listener)?.handle(handle).http1_only().first_request_timeout(header_time);
    server.http_builder().http1().header_read_timeout(header_time).max_buf_size(LARGEST_HEADER);
    // Answers are small and whole; waiting to fill a packet would only delay them.
    let server = server.acceptor(NoDelayAcceptor::new());
    Ok(match tls {
        None => tokio::spawn(server.serve(service)),
        Some(tls) => tokio::spawn(server.map(|plain| RustlsAcceptor::new(tls).acceptor(plain)).serve(service)),
    })
}

async fn tls(certificate: &PathBuf, key: &PathBuf) -> Result<RustlsConfig, Failure> {
    let config = RustlsConfig::from_pem_file(certificate, key).await.map_err(|error| {
        Failure::new(
            Kind::Failed,
            "TLS cannot be set up",
            format!("{} and {}: {error}", certificate.display(), key.display()),
            "give the certificate chain with --tls-cert and its private key with --tls-key, both in PEM",
        )
    })?;
    // HTTP/1 only: that is what is bounded in time and size above.
    let mut rules = (*config.get_inner()).clone();
    rules.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.reload_from_config(std::sync::Arc::new(rules));
    Ok(config)
}

fn cannot_listen_for_metrics(address: SocketAddr, error: &std::io::Error) -> Failure {
    Failure::new(Kind::Failed, format!("cannot serve metrics on {address}"), error.to_string(), "choose another address with --metrics=ADDRESS")
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Failure {
    Failure::new(Kind::Failed, format!("cannot listen on {address}"), error.to_string(), "choose another address with --listen")
}

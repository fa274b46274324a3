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
mod app_error;
mod client_address;
mod configuration;
mod connections;
mod content;
mod cookie;
mod course_lists;
mod deep_link;
mod facts;
mod form;
mod gate;
mod handover;
mod health;
mod host;
mod jwks;
mod launch;
mod location;
mod login;
mod maintenance;
mod metrics;
mod navigation;
mod options;
mod outcome;
mod own_page;
mod page;
mod problem;
mod register;
mod request;
mod request_metrics;
mod resume;
mod router;
mod session;
mod session_url;
mod sign_out;
mod tabs;

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use tokio::task::JoinHandle;

pub use self::api::explained as codes_of_apps;
use self::app::App;
use self::connections::{Capacity, Rules, Serving};
pub use self::options::{Limits, Options};
use crate::failure::{Failure, Kind};
use crate::launch::fetched_keysets;
use crate::sync::schedule;

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
        if let Err(error) = self.app.service.tallies.flush(&self.app.service.pool).await {
            tracing::warn!(%error, "what was counted last could not be written down");
        }
        if let Err(error) =
            fetched_keysets::flush(&self.app.service.keysets, &self.app.service.pool).await
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

//! The launch server.
//!
//! Each endpoint is one file (`register`, `login`, `launch`, `resume`, `account`, `provider`,
//! `configuration`,
//! `jwks`, `health`, `api` for apps, `bridge` for apps behind a proxy, `oidc` for apps that sign people in by OpenID Connect, and `session` with `content`
//! for directories, `handover` for apps, `deep_link` for content selection, `navigation` and `course_lists` for teachers) and one
//! line in `router`. `outcome` creates the responses to launches. Every request passes `gate`,
//! which limits, routes and logs it and turns failures into pages; `connections` limits connections
//! and how long each part may take, and `request` provides the request's ID. `page` sends pages and
//! their policies, and `own_page` checks that a form comes from one of the tool's pages. `metrics`
//! are served on their own address. Endpoints contain neither the protocol nor SQL: they read a
//! request, call `launch`, `session` or `admin`, and show the result.
//!
//! Every URL that this server sends comes from the tool's settings, never from the request's host.

mod account;
mod api;
mod app;
mod app_error;
mod bridge;
mod cartridge;
mod client_address;
mod configuration;
mod connections;
mod content;
mod cookie;
mod course_lists;
mod deep_link;
mod facts;
mod form;
mod frame;
mod gate;
mod handover;
mod health;
mod host;
mod jwks;
mod launch;
mod launch_1p1;
mod location;
mod login;
mod maintenance;
mod metrics;
mod misplaced;
mod navigation;
mod new_window;
mod notices;
mod oidc;
mod open_sessions;
mod options;
mod outcome;
mod own_form;
mod own_page;
mod page;
mod platform_page;
mod presence;
mod problem;
mod provider;
mod register;
mod register_2p0;
mod request;
mod request_metrics;
mod resume;
mod review;
mod router;
mod session;
mod session_url;
mod sign_out;
mod tabs;
mod window;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

pub use self::api::{document as openapi_document, explained as codes_of_apps};
use self::app::App;
use self::connections::{Capacity, Rules, Serving, Tls};
pub use self::options::{Limits, Options};
use self::presence::Presence;
use crate::domain::Settings;
use crate::failure::{Failure, cannot_listen};
use crate::launch::fetched_keysets;
use crate::sync::schedule;

/// A running launch server. Stop it with [`Server::shutdown`]; dropping it stops it immediately.
pub struct Server {
    app: App,
    serving: Serving,
    tls: Option<Arc<Tls>>,
    metrics: Option<Serving>,
    maintaining: JoinHandle<()>,
    synchronizing: JoinHandle<()>,
    presence: Presence,
    shutdown_time: Duration,
}

impl Server {
    /// Opens the database, listens and serves.
    ///
    /// # Errors
    ///
    /// If the database cannot be opened, an address cannot be used, or the certificate or key cannot be
    /// read.
    pub async fn start(options: Options) -> Result<Self, Failure> {
        let app = App::open(&options)?;
        let rules = rules(&options, app.capacity)?;
        let listener = TcpListener::bind(options.listen)
            .map_err(|error| cannot_listen("ltictl serve --listen ", options.listen, &error))?;
        let metrics = serve_metrics(&options, &app, &rules)?;
        let maintaining = tokio::spawn(maintenance::run(app.clone()));
        let synchronizing =
            tokio::spawn(schedule::run(app.synchronizer.clone(), app.sync_runs.clone()));
        let connections = app.capacity.total;
        let tls = rules.tls.clone();
        let serving = Serving::start(listener, router::router(app.clone()), rules)
            .map_err(|error| cannot_listen("ltictl serve --listen ", options.listen, &error))?;
        if options.allow_private_network {
            tracing::warn!(
                "every registration may reach private networks (--allow-private-network)"
            );
        }
        if let Some(address) = metrics.as_ref().map(Serving::address) {
            if !address.ip().is_loopback() {
                tracing::warn!(%address, "metrics contain the names of registrations, and anyone \
                    who can reach this address can read them");
            }
            tracing::info!(%address, "metrics are served");
        }
        let presence = Presence::start(&app, options.name.as_ref(), serving.address());
        tracing::info!(address = %serving.address(), tls = options.tls.is_some(), connections, "listening");
        Ok(Self {
            app,
            serving,
            tls,
            metrics,
            maintaining,
            synchronizing,
            presence,
            shutdown_time: options.limits.shutdown_time,
        })
    }

    /// The address on which it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.serving.address()
    }

    /// The address on which it serves metrics, if it does.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(Serving::address)
    }

    /// How many launches are in progress, including those that wait for their turn.
    pub fn launches_in_progress(&self) -> usize {
        self.app.service.fairness.figures().inside
    }

    /// Reads the TLS certificate and key again, if there are any; open connections stay open.
    ///
    /// # Errors
    ///
    /// If the files cannot be used; the server continues with the previous ones.
    pub fn reload_certificate(&self) -> Result<(), Failure> {
        self.tls.as_ref().map_or(Ok(()), |tls| tls.reload())
    }

    /// The tool's current settings.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub fn settings(&self) -> Result<Settings, Failure> {
        Ok(self.app.service.pool.look_up(|read| read.settings())?)
    }

    /// Accepts no further requests, finishes those in flight within [`Limits::shutdown_time`], and
    /// stores what is still in memory.
    pub async fn shutdown(mut self) {
        for task in [&mut self.maintaining, &mut self.synchronizing] {
            task.abort();
            let _ = task.await;
        }
        self.serving.shutdown(self.shutdown_time).await;
        self.presence.end(&self.app.service.pool).await;
        // From here on, another process that writes only delays the end.
        self.app.service.pool.close();
        if let Err(error) = self.app.service.tallies.flush(&self.app.service.pool).await {
            tracing::warn!(%error, "the last counters could not be stored");
        }
        if let Err(error) =
            fetched_keysets::flush(&self.app.service.keysets, &self.app.service.pool).await
        {
            tracing::warn!(%error, "the last fetched keysets could not be stored");
        }
        // Waits for the writer, which must not block this task.
        let app = self.app.clone();
        drop(self);
        let _ = tokio::task::spawn_blocking(move || drop(app)).await;
        tracing::info!("stopped");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.maintaining.abort();
        self.synchronizing.abort();
    }
}

fn rules(options: &Options, capacity: Capacity) -> Result<Rules, Failure> {
    let tls = options.tls.as_ref();
    Ok(Rules {
        capacity,
        from_proxy: options.client_address_header.is_some(),
        limit_loopback: options.limits.limit_loopback,
        header_time: options.limits.header_time,
        keep_alive_time: options.limits.keep_alive_time,
        write_time: options.limits.write_time,
        tls: tls.map(|(certificate, key)| Tls::read(certificate, key)).transpose()?.map(Arc::new),
    })
}

/// Serves metrics, if the options have an address for them.
fn serve_metrics(options: &Options, app: &App, rules: &Rules) -> Result<Option<Serving>, Failure> {
    let Some((address, requests)) = options.metrics.zip(app.requests.as_ref()) else {
        return Ok(None);
    };
    let rules =
        Rules { capacity: Capacity::of_metrics(), from_proxy: true, tls: None, ..rules.clone() };
    TcpListener::bind(address)
        .and_then(|listener| {
            Serving::start(listener, metrics::router(app.clone(), requests), rules)
        })
        .map(Some)
        .map_err(|error| cannot_listen("ltictl serve --metrics=", address, &error))
}

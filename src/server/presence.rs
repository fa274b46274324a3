//! Reports this server to the others, and to `ltictl status`.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;

use super::app::App;
use crate::domain::{Clock, RunningServer, ServerName};
use crate::store::Pool;

/// The time between two reports.
const PAUSE: Duration = Duration::from_secs(60);

/// How long a server that is gone is listed.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// This server, which reports itself once a minute.
pub(super) struct Presence {
    server: RunningServer,
    reporting: JoinHandle<()>,
}

impl Presence {
    /// Begins to report a server. Without a name, it gets that of the machine.
    pub(super) fn start(app: &App, name: Option<&ServerName>, address: SocketAddr) -> Self {
        let name = name.cloned().unwrap_or_else(|| own_name(address.port()));
        let now = app.service.clock.now();
        let server = RunningServer {
            name,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            address: address.to_string(),
            started_at: now,
            seen_at: now,
        };
        let pool = app.service.pool.via("presence");
        let reporting = tokio::spawn(report(pool, app.service.clock, server.clone()));
        Self { server, reporting }
    }

    /// Reports that the server ends.
    pub(super) async fn end(&mut self, pool: &Pool) {
        self.reporting.abort();
        let _ = (&mut self.reporting).await;
        let server = self.server.clone();
        let deleted = pool.write(move |write| write.delete_server(&server)).await;
        if let Err(error) = deleted {
            tracing::debug!(%error, "the end of this server could not be reported");
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.reporting.abort();
    }
}

/// The name of this machine, with the port.
fn own_name(port: u16) -> ServerName {
    ServerName::of_machine(&machine_name(), port)
}

#[cfg(unix)]
fn machine_name() -> String {
    nix::unistd::gethostname().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn machine_name() -> String {
    "server".to_owned()
}

/// Reports once a minute until it is aborted.
async fn report(pool: Pool, clock: Clock, mut server: RunningServer) {
    let mut is_named_twice = false;
    loop {
        server.seen_at = clock.now();
        let reported = server.clone();
        let known = pool
            .write(move |write| {
                write.delete_servers_before(before(reported.seen_at))?;
                write.report_server(&reported)
            })
            .await;
        match known {
            Ok(Some(known)) if known.is_rival_of(&server) => {
                if !is_named_twice {
                    tracing::warn!(
                        name = %server.name,
                        address = known.address,
                        "another server has the same name; give each one of its own: ltictl serve \
                         --name NAME"
                    );
                }
                is_named_twice = true;
            }
            Ok(_) => is_named_twice = false,
            Err(error) => tracing::debug!(%error, "this server could not be reported"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn before(now: Timestamp) -> Timestamp {
    now.checked_sub(KEPT).unwrap_or(Timestamp::MIN)
}

//! Connecting: which server, how long it may take, and what must be true of it.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::tls::{MakeTlsConnect, NoTls, TlsConnect, TlsStream};
use tokio_postgres::{Client, Config, Socket};

use super::super::super::error::Error;
use super::address::{Host, Place, ServerAddress};
use super::failure::{described, problem_of};
use super::problem::ServerProblem;
use super::tls::Tls;
use super::waiting::wait_for;

/// The oldest version of PostgreSQL that the program works with.
const OLDEST_SERVER: u32 = 13;

/// What the program relies on, whatever the URL, the user's or the database's own settings say. The
/// server notices within seconds that this program's machine is gone, and releases its locks.
const SESSION: &str = "SET standard_conforming_strings = on; SET transform_null_equals = off;
     SET row_security = on; SET client_encoding = 'UTF8';
     SELECT set_config('synchronous_commit', 'on', false)
         WHERE current_setting('synchronous_commit') = 'off'";

/// The same, for connections over a network.
const TCP_SESSION: &str = "; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5;
     SET tcp_keepalives_count = 3";

/// Why one attempt failed.
enum Failed {
    /// With the server's reason.
    Server(ServerProblem, String),
    /// Not because of the server.
    Other(Error),
}

impl Failed {
    fn server(problem: ServerProblem, reason: impl Into<String>) -> Self {
        Self::Server(problem, reason.into())
    }
}

/// Connects to the first server that is up and can be written. No attempt takes longer than
/// `patience` in all.
pub(super) fn connect(
    runtime: &Runtime,
    address: &ServerAddress,
    patience: Option<Duration>,
) -> Result<Client, Error> {
    let deadline = patience.map(|patience| Instant::now() + patience);
    let mut failures = Vec::new();
    let mut problem = ServerProblem::Unreachable;
    for host in address.hosts() {
        match wait_for(runtime, connect_host(address, host, deadline)) {
            Ok(client) => return Ok(client),
            Err(Failed::Server(found, reason)) => {
                problem = found;
                failures.push(if address.hosts().len() == 1 {
                    reason
                } else {
                    format!("{host}: {reason}")
                });
                // As with libpq, only a server that is not there is replaced by the next one.
                if !found.is_outage() {
                    break;
                }
            }
            Err(Failed::Other(error)) => return Err(error),
        }
    }
    Err(Error::server(address, problem, failures.join("; ")))
}

/// Connects to a server at any of its addresses.
async fn connect_host(
    address: &ServerAddress,
    host: &Host,
    deadline: Option<Instant>,
) -> Result<Client, Failed> {
    let limit = || {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let limit = address.options().connect_timeout;
        left.map_or(limit, |left| left.min(limit))
    };
    let config = config(address, host)?;
    let Place::Tcp { name, address: given } = &host.place else {
        return connect_once(address, host, config, limit()).await;
    };
    let found = match given {
        Some(address) => vec![*address],
        None => look_up(name, host.port, limit()).await?,
    };
    let mut failed = Failed::server(ServerProblem::Unreachable, "its name has no address");
    for one in found {
        let mut config = config.clone();
        config.hostaddr(one);
        match connect_once(address, host, config, limit()).await {
            Err(Failed::Server(problem, reason)) if problem.is_outage() => {
                failed = Failed::Server(problem, reason);
            }
            decided => return decided,
        }
    }
    Err(failed)
}

async fn look_up(name: &str, port: u16, limit: Duration) -> Result<Vec<IpAddr>, Failed> {
    let unknown = |reason: String| Failed::server(ServerProblem::Unreachable, reason);
    match tokio::time::timeout(limit, tokio::net::lookup_host((name, port))).await {
        Ok(Ok(found)) => Ok(found.map(|address| address.ip()).collect()),
        Ok(Err(error)) => Err(unknown(format!("the name {name} is not known: {error}"))),
        Err(_) => Err(unknown(format!("the name {name} was not resolved within {limit:.0?}"))),
    }
}

/// What the library has to know about one server.
fn config(address: &ServerAddress, host: &Host) -> Result<Config, Failed> {
    let options = address.options();
    let mut config = Config::new();
    config
        .user(address.user())
        .dbname(address.database())
        .application_name(&options.application_name)
        .port(host.port)
        .ssl_mode(if host.has_tls { SslMode::Require } else { SslMode::Disable })
        .keepalives(options.keepalives)
        .keepalives_idle(options.keepalives_idle)
        .keepalives_interval(options.keepalives_interval)
        .keepalives_retries(options.keepalives_count)
        .tcp_user_timeout(options.tcp_user_timeout);
    if let Some(settings) = &options.settings {
        config.options(settings);
    }
    if options.must_be_writable {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    match &host.place {
        #[cfg(unix)]
        Place::Socket(directory) => config.host_path(directory),
        #[cfg(not(unix))]
        Place::Socket(directory) => config.host(directory.display().to_string()),
        Place::Tcp { name, .. } => config.host(name),
    };
    if let Some(password) = address.password(host).map_err(|error| Failed::Other(error.into()))? {
        config.password(password.expose());
    }
    Ok(config)
}

/// One attempt, to one address.
async fn connect_once(
    address: &ServerAddress,
    host: &Host,
    config: Config,
    limit: Duration,
) -> Result<Client, Failed> {
    let started = async {
        if host.has_tls {
            let options = address.options();
            let tls = Tls::new(&options.roots, options.certificate.as_ref())
                .map_err(|(problem, reason)| Failed::server(problem, reason))?;
            start(&config, tls, host).await
        } else {
            start(&config, NoTls, host).await
        }
    };
    tokio::time::timeout(limit, started).await.unwrap_or_else(|_| {
        Err(Failed::server(ServerProblem::Unreachable, format!("no answer within {limit:.1?}")))
    })
}

/// Connects, starts to serve the connection, checks the server and sets up the session.
async fn start<T>(config: &Config, tls: T, host: &Host) -> Result<Client, Failed>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: TlsStream + Send + 'static,
    T::TlsConnect: TlsConnect<Socket>,
{
    let (client, connection) =
        config.connect(tls).await.map_err(|error| refused(&error, config))?;
    let [version, encoding] = ["server_version", "server_encoding"]
        .map(|name| connection.parameter(name).unwrap_or_default().to_owned());
    tokio::spawn(serve(connection));
    check_server(&version, &encoding)?;
    let mut session = SESSION.to_owned();
    if matches!(host.place, Place::Tcp { .. }) {
        session += TCP_SESSION;
    }
    client.batch_execute(&session).await.map_err(|error| refused(&error, config))?;
    Ok(client)
}

/// The client's next call reports why the connection has ended.
async fn serve(connection: impl Future<Output = Result<(), tokio_postgres::Error>>) {
    let _ = connection.await;
}

fn check_server(version: &str, encoding: &str) -> Result<(), Failed> {
    let major = version.split(|one: char| !one.is_ascii_digit()).next().unwrap_or_default();
    if major.parse().is_ok_and(|major: u32| major < OLDEST_SERVER) {
        return Err(Failed::server(ServerProblem::TooOld, format!("it is PostgreSQL {version}")));
    }
    if encoding != "UTF8" {
        return Err(Failed::server(
            ServerProblem::OtherEncoding,
            format!("its encoding is {encoding}, not UTF8"),
        ));
    }
    Ok(())
}

/// Why a server did not accept a connection.
fn refused(error: &tokio_postgres::Error, config: &Config) -> Failed {
    let reason = described(error);
    if let Some(problem) = problem_of(error) {
        let source = std::error::Error::source(error);
        let kind = source.and_then(|source| Some(source.downcast_ref::<io::Error>()?.kind()));
        return match (problem, kind) {
            // What the library says of a standby.
            (ServerProblem::Lost, Some(io::ErrorKind::PermissionDenied))
                if reason.contains("does not allow writes") =>
            {
                Failed::server(ServerProblem::ReadOnly, reason)
            }
            (ServerProblem::Lost, _) => Failed::server(ServerProblem::Unreachable, reason),
            _ => Failed::server(problem, reason),
        };
    }
    let problem = if reason == "password missing" {
        ServerProblem::PasswordMissing
    } else if reason == "server does not support TLS" {
        ServerProblem::NoTls
    } else if config.get_ssl_mode() == SslMode::Require {
        ServerProblem::Tls
    } else {
        ServerProblem::NotAdmitted
    };
    Failed::server(problem, reason)
}

#[cfg(test)]
mod tests;

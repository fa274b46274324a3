//! `ltictl serve`: logins, launches and resources.

use std::io::{self, BufRead as _, IsTerminal, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

use super::context::Context;
use super::examples::Examples;
use crate::domain::Invalid;
use crate::failure::{Failure, Kind};
use crate::report;
use crate::rules::throttle::Rate;
use crate::server::{self, Limits, Server};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[(
    "",
    &[
        ("ltictl serve", "Serve behind a proxy on this machine"),
        ("ltictl serve --check", "Check whether the server is ready"),
        (
            "ltictl serve --client-address-header X-Forwarded-For --log-format json",
            "Read the client address from the proxy's header, and write JSON logs",
        ),
        ("ltictl serve --metrics", "Serve metrics for Prometheus at http://127.0.0.1:9464/metrics"),
        (
            "ltictl serve --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem",
            "Serve TLS without a proxy",
        ),
    ],
)];

/// How long a server may take to report whether it is ready.
const TIMEOUT: Duration = Duration::from_secs(4);

/// Serve logins, launches and resources
///
/// Runs until Ctrl-C or SIGTERM, then finishes the requests in progress. Changes made by other
/// ltictl commands take effect with the next request. The URLs in its responses come from the
/// setting `url`, never from request headers, so it works behind any proxy.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// Check whether the server at that address is ready, instead of starting one; for health
    /// checks
    #[arg(long, conflicts_with_all = ["tls_cert", "tls_key"])]
    check: bool,

    /// Certificate chain (PEM), to serve TLS without a proxy
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// Private key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Header in which your proxy sends the client's address, such as X-Forwarded-For; used for
    /// rate limits only
    #[arg(long, value_name = "HEADER")]
    client_address_header: Option<String>,

    /// Header with your proxy's request ID, such as X-Request-Id, for the log, error pages and
    /// `ltictl launch show` [default: the tool generates IDs]
    #[arg(long, value_name = "HEADER")]
    request_id_header: Option<String>,

    /// Maximum launches per second for each registration, with bursts of ten times as many
    /// [default: no limit while the server keeps up]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max_launch_rate: Option<u32>,

    /// Allow all registrations to use platforms in private networks, such as 10.x, including
    /// dynamic registration
    ///
    /// For one platform only: ltictl platform set REG --allow-private-network. This machine and the
    /// addresses of cloud credential services are always blocked.
    #[arg(long)]
    allow_private_network: bool,

    /// Serve Prometheus metrics at /metrics on a separate address, by default 127.0.0.1:9464; they
    /// contain names of registrations, so do not expose it publicly
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true, default_missing_value = "127.0.0.1:9464")]
    metrics: Option<SocketAddr>,

    /// Maximum number of client connections [default: as many as the limit on open files allows, up
    /// to 4096]
    ///
    /// At the limit, the connection that has been waiting longest for its client is closed to make
    /// room for a new one. One address may have a quarter of them, except this machine and the
    /// proxy behind `--client-address-header`.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(4..))]
    max_connections: Option<u32>,

    /// Format of log lines on standard error
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    log_format: LogFormat,

    /// Log level: error, warn, info, debug, or a filter such as ltictl=debug
    #[arg(
        long,
        env = "LTICTL_LOG",
        value_name = "LEVEL",
        default_value = "info",
        hide_env_values = true
    )]
    log_level: String,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum LogFormat {
    #[default]
    Text,
    Json,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    if arguments.check {
        return check(arguments.listen);
    }
    let database = context.database()?;
    let (store, settings) = context.store_and_settings()?;
    drop(store);
    start_log(arguments.log_format, &arguments.log_level)?;
    let header = |name: Option<String>, what, such_as: &str| {
        name.map(|name| {
            name.parse().map_err(|_| {
                Invalid::new(what, format!("must be the name of a header such as {such_as}"))
            })
        })
        .transpose()
    };
    let client_address_header =
        header(arguments.client_address_header, "client address header", "X-Forwarded-For")?;
    let request_id_header =
        header(arguments.request_id_header, "request ID header", "X-Request-Id")?;
    let limits = Limits {
        connections: arguments.max_connections.and_then(|number| usize::try_from(number).ok()),
        launch_rate: arguments
            .max_launch_rate
            .map(|launches| Rate::per_second(launches, launches.saturating_mul(10))),
        ..Limits::default()
    };
    let options = server::Options {
        limits,
        tls: arguments.tls_cert.zip(arguments.tls_key),
        metrics: arguments.metrics,
        client_address_header,
        request_id_header,
        allow_private_network: arguments.allow_private_network,
        ..server::Options::new(database, arguments.listen)
    };
    let scheme = if options.tls.is_some() { "https" } else { "http" };
    if options.client_address_header.is_none()
        && options.listen.ip().is_loopback()
        && !settings.url.is_loopback()
    {
        tracing::warn!(
            "requests through a proxy on this machine are not rate-limited; use \
             --client-address-header to name the header with the client's address"
        );
    }
    runtime()?.block_on(async {
        let server = Server::start(options).await?;
        if matches!(arguments.log_format, LogFormat::Text) {
            report::note(&format!(
                "{} listens on {scheme}://{} and is reachable at {}. Stop with Ctrl-C.",
                settings.name,
                server.local_addr(),
                settings.url
            ));
        }
        server.run_until(stopped()).await;
        Ok(())
    })
}

/// Sends a request to `/readyz` of a running server.
fn check(listen: SocketAddr) -> Result<(), Failure> {
    let mut address = listen;
    if listen.ip().is_unspecified() {
        // A server that listens on all addresses is reached at the loopback address.
        address.set_ip(if listen.is_ipv4() {
            Ipv4Addr::LOCALHOST.into()
        } else {
            Ipv6Addr::LOCALHOST.into()
        });
    }
    let not_ready = |why: String| {
        Failure::new(
            Kind::Platform,
            "the server is not ready",
            why,
            format!("ltictl serve --listen {listen}, and its log"),
        )
    };
    let request = || {
        let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        // A single write: a peer that responds early could close the connection before a second
        // one.
        stream.write_all(
            format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        )?;
        let mut status = String::new();
        io::BufReader::new(stream.take(1024)).read_line(&mut status)?;
        Ok::<_, io::Error>(status)
    };
    match request() {
        Ok(status) if status.starts_with("HTTP/1.1 200 ") => Ok(()),
        Ok(status) => Err(not_ready(format!("{address} returned {:?}", status.trim_end()))),
        Err(error) => Err(not_ready(format!("{address}: {error}"))),
    }
}

/// Structured log lines on standard error; colours on a terminal only.
#[expect(
    clippy::disallowed_methods,
    reason = "NO_COLOR belongs to the terminal, not to the command line"
)]
fn start_log(format: LogFormat, level: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(level).map_err(|error| {
        Failure::from(Invalid::new(
            "log level",
            format!("must be error, warn, info, debug or a filter: {error}"),
        ))
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| report::VisibleLines(io::stderr()))
        .with_target(false);
    match format {
        LogFormat::Text => log
            .with_ansi(io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
            .init(),
        LogFormat::Json => log.json().flatten_event(true).with_span_list(false).init(),
    }
    Ok(())
}

/// The runtime of commands with network requests.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        Failure::new(
            Kind::Failed,
            "the server cannot start",
            error.to_string(),
            "check the limits on threads and open files",
        )
    })
}

/// Waits for Ctrl-C or SIGTERM.
pub(super) async fn stopped() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

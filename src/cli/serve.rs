//! `ltictl serve`: logins, launches and resources.

mod named_lines;

use std::io::{self, ErrorKind, IsTerminal, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, reload};
use url::Host;

use self::named_lines::NamedLines;
use super::context::Context;
use super::examples::Examples;
use super::signals::{Signal, Signals};
use crate::domain::{Invalid, ServerName, Settings};
use crate::failure::{Failure, Kind};
use crate::report;
use crate::rules::throttle::Rate;
use crate::server::{self, Limits, Server};
use crate::store::{self, Store};

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

/// Where the server listens if neither `--listen` nor the tool's URL says so.
const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// How long a server may take to report whether it is ready.
const TIMEOUT: Duration = Duration::from_secs(4);

/// Serve logins, launches and resources
///
/// Runs until Ctrl-C or SIGTERM, then finishes the requests in progress; a second one stops it at
/// once. SIGHUP makes it read the certificate and the setting `log_level` again. Changes made by
/// other ltictl commands take effect with the next request. The URLs in its responses come from the
/// setting `url`, never from request headers, so it works behind any proxy.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Address and port to listen on [default: those of the setting `url` if it is on this machine,
    /// otherwise 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,

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

    /// Name of this server among several that use the database, in the audit log, in log lines and in
    /// `ltictl status` [default: the machine's name and the port]
    #[arg(long, env = "LTICTL_SERVER_NAME", value_name = "NAME", hide_env_values = true)]
    name: Option<String>,

    /// Format of log lines on standard error
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    log_format: LogFormat,

    /// Log level: error, warn, info, debug, or a filter such as ltictl=debug [default: the setting
    /// `log_level`]
    #[arg(long, env = "LTICTL_LOG", value_name = "LEVEL", hide_env_values = true)]
    log_level: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum LogFormat {
    #[default]
    Text,
    Json,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    if arguments.check {
        return check(arguments.listen.map_or_else(|| usual_address(context), Ok)?);
    }
    let settings = Store::open(context.database()?).map_err(permanent)?.read().settings()?;
    let name = arguments.name.as_deref().map(ServerName::new).transpose()?;
    let log =
        Log::start(arguments.log_format, arguments.log_level.as_deref(), name.clone(), &settings)?;
    let log_format = arguments.log_format;
    let options = server::Options { name, ..options(context, arguments, &settings)? };
    let scheme = if options.tls.is_some() { "https" } else { "http" };
    warn_about_addresses(&options, &settings);
    runtime()?.block_on(async {
        // Before the server starts: a signal without a receiver would end the process.
        let signals = Signals::new();
        let server = Server::start(options).await?;
        if matches!(log_format, LogFormat::Text) {
            report::note(&format!(
                "{} listens on {scheme}://{} and is reachable at {}. Stop with Ctrl-C.",
                settings.name,
                server.local_addr(),
                settings.url
            ));
        }
        run_until_stopped(server, signals, &log).await;
        Ok(())
    })
}

/// The failure to open the database. What no restart can change has an exit code of its own, for the
/// supervisors of services.
fn permanent(error: store::Error) -> Failure {
    use store::Error::{Damaged, Newer, NotOurs, ReadableByOthers};
    let is_permanent =
        matches!(error, Damaged { .. } | Newer { .. } | NotOurs { .. } | ReadableByOthers { .. });
    let failure = Failure::from(error);
    if is_permanent { Failure { kind: Kind::Check, ..failure } } else { failure }
}

/// What the arguments say about the server.
fn options(
    context: &Context,
    arguments: Arguments,
    settings: &Settings,
) -> Result<server::Options, Failure> {
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
    let has_tls = arguments.tls_cert.is_some();
    let listen = arguments.listen.unwrap_or_else(|| address_of(settings, has_tls));
    Ok(server::Options {
        limits,
        tls: arguments.tls_cert.zip(arguments.tls_key),
        metrics: arguments.metrics,
        client_address_header,
        request_id_header,
        allow_private_network: arguments.allow_private_network,
        ..server::Options::new(context.database()?, listen)
    })
}

/// Where a server without `--listen` listens: at the tool's URL if that is on this machine. At an
/// https URL, a server without TLS is behind a proxy.
pub(super) fn address_of(settings: &Settings, has_tls: bool) -> SocketAddr {
    let url = settings.url.to_url();
    let address = match url.host() {
        _ if !settings.url.is_loopback() || settings.url.is_https() != has_tls => {
            return DEFAULT_ADDRESS;
        }
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        _ => DEFAULT_ADDRESS.ip(),
    };
    SocketAddr::new(address, url.port_or_known_default().unwrap_or(DEFAULT_ADDRESS.port()))
}

/// [`address_of`] the database's settings. A server whose database cannot be read is not ready.
fn usual_address(context: &Context) -> Result<SocketAddr, Failure> {
    match context.store_and_settings() {
        Ok((_, settings)) => Ok(address_of(&settings, false)),
        Err(failure) => Err(Failure {
            kind: Kind::Check,
            what: "the server is not ready".into(),
            why: failure.to_string(),
            ..failure
        }),
    }
}

fn warn_about_addresses(options: &server::Options, settings: &Settings) {
    let url = &settings.url;
    if options.client_address_header.is_none()
        && options.listen.ip().is_loopback()
        && !url.is_loopback()
    {
        tracing::warn!(
            "requests through a proxy on this machine are not rate-limited; use \
             --client-address-header to name the header with the client's address"
        );
    }
    let port = options.listen.port();
    let is_direct = url.is_loopback() && url.is_https() == options.tls.is_some();
    if is_direct && port != 0 && url.to_url().port_or_known_default() != Some(port) {
        tracing::warn!(
            %url, %port,
            "the tool's URL has another port, so links lead elsewhere; use --listen, or change \
             the URL: ltictl config set url URL"
        );
    }
}

/// Runs until the first signal to stop, and finishes the requests in progress until the second.
#[expect(
    clippy::disallowed_methods,
    reason = "dropping everything waits for what is in progress, which the second signal is against"
)]
async fn run_until_stopped(server: Server, mut signals: Signals, log: &Log) {
    while signals.next().await == Signal::Reload {
        reload(&server, log);
    }
    let stopped_again = async { while signals.next().await != Signal::Stop {} };
    tokio::select! {
        () = server.shutdown() => {}
        () = stopped_again => {
            tracing::warn!("stopped before all requests in progress were finished");
            std::process::exit(1);
        }
    }
}

/// Reads the certificate and the log level again. Nothing is interrupted, whatever fails.
fn reload(server: &Server, log: &Log) {
    let level = server.settings().and_then(|settings| log.reload(&settings));
    let results = [server.reload_certificate(), level];
    for failure in results.iter().filter_map(|result| result.as_ref().err()) {
        tracing::error!(
            what = failure.what,
            why = failure.why,
            hint = failure.hint,
            "not everything was reloaded; what was in use stays in use"
        );
    }
    if results.iter().all(Result::is_ok) {
        tracing::info!("reloaded the certificate and the log level");
    }
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
    let no_server = |why: String| {
        Failure::new(
            Kind::Platform,
            "the server is not ready",
            why,
            format!("run `ltictl serve --listen {listen}`, and check its log"),
        )
    };
    let not_ready = |why: &str| {
        Failure::new(
            Kind::Check,
            "the server is not ready",
            why,
            "run `ltictl db check`, and check the log of `ltictl serve`",
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
        let mut response = Vec::new();
        stream.take(4096).read_to_end(&mut response)?;
        Ok::<_, io::Error>(String::from_utf8_lossy(&response).into_owned())
    };
    let response = match request() {
        Ok(response) if response.starts_with("HTTP/1.1 200 ") => return Ok(()),
        Ok(response) => response,
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            return Err(not_ready("it does not answer within four seconds"));
        }
        Err(error) => return Err(no_server(format!("{address}: {error}"))),
    };
    // What the server itself says about its database is the last line.
    match response.lines().last().and_then(|line| line.strip_prefix("not ready: ")) {
        Some(reason) if response.starts_with("HTTP/1.1 503 ") => Err(not_ready(reason)),
        _ => {
            let status = response.lines().next().unwrap_or_default();
            Err(no_server(format!("{address} returned {status:?}")))
        }
    }
}

/// Structured log lines on standard error, whose level can be changed.
struct Log {
    level: reload::Handle<EnvFilter, Registry>,
    /// The level of the command line, which takes precedence over the setting.
    fixed: Option<String>,
}

impl Log {
    /// Starts logging; colours on a terminal only.
    #[expect(
        clippy::disallowed_methods,
        reason = "NO_COLOR belongs to the terminal, not to the command line"
    )]
    fn start(
        format: LogFormat,
        fixed: Option<&str>,
        name: Option<ServerName>,
        settings: &Settings,
    ) -> Result<Self, Failure> {
        let fixed = fixed.map(str::to_owned);
        let (filter, level) = reload::Layer::new(filter(fixed.as_deref(), settings)?);
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(|| report::VisibleLines(io::stderr()))
            .with_target(false);
        let log = tracing_subscriber::registry().with(filter);
        match format {
            LogFormat::Text => {
                let color = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
                let lines = lines.with_ansi(color);
                log.with(lines.map_event_format(|lines| NamedLines { lines, name })).init();
            }
            LogFormat::Json => {
                let lines = lines.json().flatten_event(true).with_span_list(false);
                log.with(lines.map_event_format(|lines| NamedLines { lines, name })).init();
            }
        }
        Ok(Self { level, fixed })
    }

    /// Uses the level of the settings from now on, unless the command line has one.
    fn reload(&self, settings: &Settings) -> Result<(), Failure> {
        let filter = filter(self.fixed.as_deref(), settings)?;
        self.level.reload(filter).map_err(|error| {
            Failure::new(
                Kind::Failed,
                "the log level cannot be changed",
                error.to_string(),
                "restart `ltictl serve`",
            )
        })
    }
}

fn filter(fixed: Option<&str>, settings: &Settings) -> Result<EnvFilter, Failure> {
    EnvFilter::try_new(fixed.unwrap_or(settings.log_level.as_str())).map_err(|error| {
        Failure::from(Invalid::new(
            "log level",
            format!("must be error, warn, info, debug or a filter: {error}"),
        ))
    })
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

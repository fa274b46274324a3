//! Where a database on a server is, as a URL of libpq says it.
//!
//! What the URL does not say comes from a section of the service file if it names one, then from
//! [`SignInFiles`], then from the defaults. Passwords are read when a connection is opened, so that
//! a new one is used without a restart.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::sign_in::{self, SignInError, SignInFiles, invalid};
use super::tls::{ClientCertificate, Roots};
use crate::domain::{Secret, shell_word};

/// The port of PostgreSQL.
const DEFAULT_PORT: u16 = 5432;

/// Where servers have their sockets: Debian's and Red Hat's directory, and PostgreSQL's own.
const SOCKET_DIRECTORIES: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// How long it may take to connect to one address of a server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The schema of a database that every user may see.
const DEFAULT_SCHEMA: &str = "public";

/// What the program relies on, and what it sets in each session, so `options` cannot contain it.
pub(super) const OWN_SETTINGS: [&str; 12] = [
    "client_encoding",
    "default_transaction_isolation",
    "idle_in_transaction_session_timeout",
    "lock_timeout",
    "row_security",
    "session_replication_role",
    "standard_conforming_strings",
    "statement_timeout",
    "synchronous_commit",
    "tcp_keepalives_idle",
    "tcp_user_timeout",
    "transform_null_equals",
];

/// What stays as it is in a part of a URL.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Where a database on a server is, and how to sign in. `Display` and `Debug` show neither passwords
/// nor options.
#[derive(Clone)]
pub struct ServerAddress(Arc<Parts>);

/// What a URL and the files say.
struct Parts {
    url: String,
    hosts: Vec<Host>,
    user: String,
    database: String,
    options: Options,
    files: SignInFiles,
}

/// One of the servers that may have the database, in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    pub(super) place: Place,
    pub(super) port: u16,
    pub(super) has_tls: bool,
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In the directory of its socket.
    Socket(PathBuf),
    /// At a name or an IP address, which its certificate has; and at the address that replaces the
    /// search for it.
    Tcp { name: String, address: Option<IpAddr> },
}

/// How to use a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) roots: Roots,
    pub(super) certificate: Option<ClientCertificate>,
    pub(super) application_name: String,
    /// Settings of the session, such as `-csearch_path=ltictl`.
    pub(super) settings: Option<String>,
    pub(super) connect_timeout: Duration,
    pub(super) keepalives: bool,
    pub(super) keepalives_idle: Duration,
    pub(super) keepalives_interval: Duration,
    pub(super) keepalives_count: u32,
    pub(super) tcp_user_timeout: Duration,
    /// Whether a server that cannot be written is no server for this program.
    pub(super) must_be_writable: bool,
}

impl ServerAddress {
    /// Reads a URL: `postgres://[user@][host[:port],…][/database][?parameter=value&…]`, with the
    /// parameters of libpq. The service file is read if the URL names a service.
    ///
    /// # Errors
    ///
    /// [`SignInError::Address`] if the URL is not complete or contains what is not possible, such as a
    /// password, and the errors of reading the service file.
    pub fn parse(url: &str, files: SignInFiles) -> Result<Self, SignInError> {
        let mut values = split(url)?;
        if let Some(service) = values.get("service") {
            for (name, value) in sign_in::service(service, files.service_file.as_deref())? {
                values.entry(name).or_insert(value);
            }
        }
        Parts::of(url, &mut values, files).map(|parts| Self(Arc::new(parts)))
    }

    /// Whether a value of `--db` is the URL of a server, not the path of a file.
    pub fn is_url(text: &str) -> bool {
        scheme_of(text).is_some()
    }

    /// The URL as it was given; it cannot contain a password.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// The URL for PostgreSQL's own commands, which would not check the server's certificate otherwise.
    pub fn client_url(&self) -> String {
        let url = &self.0.url;
        if url.contains("sslmode=") || !self.0.hosts.iter().any(|host| host.has_tls) {
            return url.clone();
        }
        let separator = if url.contains('?') { '&' } else { '?' };
        format!("{url}{separator}sslmode=verify-full")
    }

    /// The user who signs in.
    pub fn user(&self) -> &str {
        &self.0.user
    }

    /// The name of the database.
    pub fn database(&self) -> &str {
        &self.0.database
    }

    /// The name of the schema with the tables.
    pub fn schema(&self) -> &str {
        let settings = self.0.options.settings.as_deref().unwrap_or_default();
        let path = settings.split_once("search_path=").map(|(_, path)| path);
        let first = path.and_then(|path| path.split([',', ' ', '\t']).next());
        first.map_or(DEFAULT_SCHEMA, |name| name.trim_matches('"'))
    }

    /// The name, the IP address or the directory of the socket of the first server.
    pub fn host(&self) -> String {
        self.0.hosts.first().map(|host| host.place.to_string()).unwrap_or_default()
    }

    /// The port of the first server.
    pub fn port(&self) -> u16 {
        self.0.hosts.first().map_or(DEFAULT_PORT, |host| host.port)
    }

    /// The servers on other machines to which connections are not encrypted, because the URL says
    /// `sslmode=disable`: others in the network in between can read and change everything.
    pub fn unencrypted_hosts(&self) -> Vec<&str> {
        let hosts = self.0.hosts.iter().filter(|host| !host.has_tls && !host.place.is_local());
        hosts
            .filter_map(|host| match &host.place {
                Place::Tcp { name, .. } => Some(name.as_str()),
                Place::Socket(_) => None,
            })
            .collect()
    }

    /// Options with which PostgreSQL's own commands connect to the same server: `-h HOST -p PORT`,
    /// quoted for a shell.
    pub fn connection_flags(&self) -> String {
        format!("-h {} -p {}", shell_word(&self.host()), self.port())
    }

    pub(super) fn hosts(&self) -> &[Host] {
        &self.0.hosts
    }

    pub(super) fn options(&self) -> &Options {
        &self.0.options
    }

    /// The password for one of the servers, if there is one.
    pub(super) fn password(&self, host: &Host) -> Result<Option<Secret>, SignInError> {
        let names = match &host.place {
            // libpq writes `localhost` for sockets in the usual directory.
            Place::Socket(directory) => {
                vec!["localhost".to_owned(), directory.display().to_string()]
            }
            Place::Tcp { name, .. } => vec![name.clone()],
        };
        self.0.files.password(&names, host.port, &self.0.database, &self.0.user)
    }
}

impl fmt::Display for ServerAddress {
    /// `postgres://user@host:port/database`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = |text: &str| utf8_percent_encode(text, PLAIN).to_string();
        let hosts: Vec<String> = self.0.hosts.iter().map(Host::in_url).collect();
        write!(
            formatter,
            "postgres://{}@{}/{}",
            encoded(&self.0.user),
            hosts.join(","),
            encoded(&self.0.database)
        )
    }
}

impl fmt::Debug for ServerAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ServerAddress({self})")
    }
}

impl Host {
    /// As a part of a URL.
    fn in_url(&self) -> String {
        match &self.place {
            Place::Socket(_) if self.port == DEFAULT_PORT => self.place.in_url(),
            place => format!("{}:{}", place.in_url(), self.port),
        }
    }
}

impl fmt::Display for Host {
    /// For messages.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Socket(directory) => {
                write!(formatter, "{}/.s.PGSQL.{}", directory.display(), self.port)
            }
            Place::Tcp { .. } => formatter.write_str(&self.in_url()),
        }
    }
}

impl Place {
    /// Of a name, an IP address or a directory; `address` replaces the search for a name.
    fn of(host: &str, address: Option<IpAddr>) -> Self {
        if cfg!(unix) && host.starts_with('/') {
            return Self::Socket(PathBuf::from(host));
        }
        Self::Tcp { name: host.to_owned(), address }
    }

    /// Where a server of this machine usually listens.
    fn usual() -> Self {
        if !cfg!(unix) {
            return Self::Tcp { name: "localhost".to_owned(), address: None };
        }
        let [usual, other] = SOCKET_DIRECTORIES;
        Self::Socket(PathBuf::from(if Path::new(usual).is_dir() { usual } else { other }))
    }

    /// Whether what is sent there does not leave this machine.
    fn is_local(&self) -> bool {
        match self {
            Self::Socket(_) => true,
            Self::Tcp { address: Some(address), .. } => address.is_loopback(),
            Self::Tcp { name, .. } => {
                name == "localhost"
                    || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            }
        }
    }

    fn in_url(&self) -> String {
        match self {
            Self::Tcp { name, .. } if name.contains(':') => format!("[{name}]"),
            _ => utf8_percent_encode(&self.to_string(), PLAIN).to_string(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(directory) => directory.display().fmt(formatter),
            Self::Tcp { name, .. } => formatter.write_str(name),
        }
    }
}

/// The parameters by their names, with the parts before the `?` as `user`, `host`, `port` and
/// `dbname`.
type Values = BTreeMap<String, String>;

/// What follows the scheme.
fn scheme_of(text: &str) -> Option<&str> {
    ["postgres://", "postgresql://"].iter().find_map(|scheme| text.strip_prefix(scheme))
}

/// The parts of a URL.
fn split(url: &str) -> Result<Values, SignInError> {
    const FORM: &str = "write postgres://USER@HOST:PORT/DATABASE";
    let rest = scheme_of(url)
        .ok_or_else(|| invalid("this is not the URL of a PostgreSQL database", FORM))?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    if user.contains(':') {
        return Err(password_in_url());
    }
    let mut values = Values::new();
    let mut add = |name: &str, value: &str| -> Result<(), SignInError> {
        let decoded = percent_decode_str(value)
            .decode_utf8()
            .ok()
            .filter(|text| !text.contains('\0'))
            .ok_or_else(|| invalid(format_args!("{name} is not a text in UTF-8"), FORM))?;
        if !decoded.is_empty() {
            values.insert(name.to_owned(), decoded.into_owned());
        }
        Ok(())
    };
    let (names, ports) = split_hosts(hosts)?;
    for (name, value) in [("user", user), ("host", &names), ("port", &ports), ("dbname", database)]
    {
        add(name, value)?;
    }
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').ok_or_else(|| {
            invalid(format_args!("the parameter {parameter:?} has no value"), FORM)
        })?;
        if name == "password" {
            return Err(password_in_url());
        }
        add(name, value)?;
    }
    Ok(values)
}

/// The names and the ports of `host:port,host:port`, each separated by commas.
fn split_hosts(hosts: &str) -> Result<(String, String), SignInError> {
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',') {
        let (name, port) = match host.strip_prefix('[') {
            Some(rest) => {
                let (name, port) = rest.split_once(']').ok_or_else(|| {
                    invalid(
                        "an IPv6 address in the URL has no closing bracket",
                        "write postgres://USER@[::1]:5432/DATABASE",
                    )
                })?;
                (name, port.strip_prefix(':').unwrap_or(port))
            }
            None => host.split_once(':').unwrap_or((host, "")),
        };
        names.push(name);
        ports.push(port);
    }
    let has_ports = ports.iter().any(|port| !port.is_empty());
    Ok((names.join(","), if has_ports { ports.join(",") } else { String::new() }))
}

fn password_in_url() -> SignInError {
    invalid(
        "the URL contains a password, which would be visible in lists of processes, in unit files \
         and in logs",
        "leave the password out of the URL and name a file that has only the password with \
         --db-password-file, or add it to ~/.pgpass or the file that PGPASSFILE names",
    )
}

impl Parts {
    fn of(url: &str, values: &mut Values, mut files: SignInFiles) -> Result<Self, SignInError> {
        let mut take = |name: &str| values.remove(name);
        take("service");
        if let Some(password) = take("password") {
            files.password = Some(Secret::new(password.into_bytes()));
        }
        if let Some(passfile) = take("passfile") {
            files.passfile = Some(PathBuf::from(passfile));
        }
        let user = take("user").or_else(|| files.user.clone()).ok_or_else(|| {
            invalid("the URL does not name a user", "write postgres://USER@HOST:PORT/DATABASE")
        })?;
        let database = take("dbname").unwrap_or_else(|| user.clone());
        let tls = encryption(take("sslmode").as_deref())?;
        let hosts = hosts(take("host"), take("hostaddr"), take("port"), tls)?;
        let options = Options::of(&mut take)?;
        if let Some(name) = values.keys().next() {
            return Err(invalid(
                format_args!("the URL has a parameter that is not supported: {name}"),
                "leave the parameter out of the URL",
            ));
        }
        Ok(Self { url: url.to_owned(), hosts, user, database, options, files })
    }
}

/// Whether connections are encrypted: `None` if that depends on the host.
fn encryption(mode: Option<&str>) -> Result<Option<bool>, SignInError> {
    match mode {
        None => Ok(None),
        Some("disable") => Ok(Some(false)),
        Some("verify-full") => Ok(Some(true)),
        Some(mode @ ("allow" | "prefer" | "require" | "verify-ca")) => Err(invalid(
            format_args!(
                "sslmode={mode} does not check which server answers, so others could read and \
                 change everything"
            ),
            "write sslmode=verify-full, with sslrootcert=FILE if the server's certificate is from \
             your own certificate authority",
        )),
        Some(_) => Err(invalid(
            "sslmode is neither verify-full nor disable",
            "write sslmode=verify-full, or sslmode=disable for a server on this machine",
        )),
    }
}

/// The servers of lists that are separated by commas, as libpq combines them.
fn hosts(
    hosts: Option<String>,
    addresses: Option<String>,
    ports: Option<String>,
    tls: Option<bool>,
) -> Result<Vec<Host>, SignInError> {
    let list = |text: Option<String>| -> Vec<String> {
        text.map(|text| text.split(',').map(str::to_owned).collect()).unwrap_or_default()
    };
    let (names, addresses, ports) = (list(hosts), list(addresses), list(ports));
    let count = names.len().max(addresses.len()).max(1);
    let fits = |length: usize, short: usize| length == count || length <= short;
    if !fits(names.len(), 0) || !fits(addresses.len(), 0) || !fits(ports.len(), 1) {
        return Err(invalid(
            "the URL does not have as many ports or addresses as hosts",
            "write postgres://USER@HOST:PORT,HOST:PORT/DATABASE",
        ));
    }
    (0..count)
        .map(|index| {
            let text = |list: &[String]| list.get(index).filter(|text| !text.is_empty()).cloned();
            let address = text(&addresses).map(|address| ip_address(&address)).transpose()?;
            let place = match (text(&names), address) {
                (Some(name), address) => Place::of(&name, address),
                (None, Some(address)) => Place::of(&address.to_string(), None),
                (None, None) => Place::usual(),
            };
            let port = match if ports.len() == 1 { ports.first().cloned() } else { text(&ports) } {
                Some(port) => number(&port, "port")?,
                None => DEFAULT_PORT,
            };
            let has_tls = match &place {
                Place::Socket(_) => false,
                Place::Tcp { .. } => tls.unwrap_or_else(|| !place.is_local()),
            };
            Ok(Host { place, port, has_tls })
        })
        .collect()
}

fn ip_address(text: &str) -> Result<IpAddr, SignInError> {
    text.parse().map_err(|_| {
        invalid(
            format_args!("hostaddr={text} is not an IP address"),
            "write the IP address as hostaddr and the name in the server's certificate as the host",
        )
    })
}

/// A whole number that is not negative.
fn number<N: std::str::FromStr>(text: &str, name: &str) -> Result<N, SignInError> {
    text.parse().map_err(|_| {
        invalid(
            format_args!("{name}={text} is not a number in the right range"),
            "correct the number in the URL",
        )
    })
}

impl Options {
    fn of(take: &mut impl FnMut(&str) -> Option<String>) -> Result<Self, SignInError> {
        let seconds = |take: &mut dyn FnMut(&str) -> Option<String>, name, default| {
            let value = take(name).map(|text| number(&text, name)).transpose()?;
            Ok::<_, SignInError>(Duration::from_secs(value.unwrap_or(default)))
        };
        // 0 means no limit to libpq, and there always is one here.
        let connect_timeout = seconds(take, "connect_timeout", 0)?;
        let keepalives_idle = seconds(take, "keepalives_idle", 10)?;
        let keepalives_interval = seconds(take, "keepalives_interval", 5)?;
        let user_timeout = take("tcp_user_timeout");
        let user_timeout =
            user_timeout.map(|text| number(&text, "tcp_user_timeout")).transpose()?;
        let count = take("keepalives_count");
        let count = count.map(|text| number(&text, "keepalives_count")).transpose()?;
        for (name, only) in [
            ("client_encoding", &["utf8", "auto"][..]),
            ("channel_binding", &["prefer", "disable"]),
        ] {
            check_value(take(name), name, only)?;
        }
        let settings = take("options");
        settings.as_deref().map_or(Ok(()), check_settings)?;
        let certificate = client_certificate(take("sslcert"), take("sslkey"))?;
        let application_name = take("application_name");
        let fallback = take("fallback_application_name");
        Ok(Self {
            roots: Roots::of(take("sslrootcert")),
            certificate,
            application_name: application_name.or(fallback).unwrap_or_else(|| "ltictl".to_owned()),
            settings,
            connect_timeout: if connect_timeout.is_zero() {
                CONNECT_TIMEOUT
            } else {
                connect_timeout
            },
            keepalives: take("keepalives").is_none_or(|value| value != "0"),
            keepalives_idle,
            keepalives_interval,
            keepalives_count: count.unwrap_or(3),
            tcp_user_timeout: Duration::from_millis(user_timeout.unwrap_or(10_000)),
            must_be_writable: must_be_writable(take("target_session_attrs").as_deref())?,
        })
    }
}

/// Whether standbys are skipped: this program always writes.
fn must_be_writable(attributes: Option<&str>) -> Result<bool, SignInError> {
    match attributes {
        None | Some("read-write" | "primary") => Ok(true),
        Some("any") => Ok(false),
        Some(other) => Err(invalid(
            format_args!("target_session_attrs={other} selects a server that cannot be written"),
            "write target_session_attrs=read-write or leave it out",
        )),
    }
}

fn check_value(value: Option<String>, name: &str, only: &[&str]) -> Result<(), SignInError> {
    match value {
        Some(value) if !only.contains(&value.to_lowercase().replace('-', "").as_str()) => {
            Err(invalid(
                format_args!("{name}={value} is not supported"),
                format!("leave {name} out of the URL"),
            ))
        }
        _ => Ok(()),
    }
}

fn client_certificate(
    certificate: Option<String>,
    key: Option<String>,
) -> Result<Option<ClientCertificate>, SignInError> {
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => {
            Ok(Some(ClientCertificate { certificate: certificate.into(), key: key.into() }))
        }
        _ => Err(invalid(
            "only one of sslcert and sslkey is given",
            "write sslcert=FILE&sslkey=FILE, or leave both out",
        )),
    }
}

/// Fails if a setting would be replaced: it is better to say so than to ignore it.
fn check_settings(settings: &str) -> Result<(), SignInError> {
    let mut names = settings.split_whitespace().filter_map(|word| {
        let setting = word.strip_prefix("--").or_else(|| word.strip_prefix("-c")).unwrap_or(word);
        let (name, _) = setting.split_once('=')?;
        Some(name.replace('\\', "").replace('-', "_").to_lowercase())
    });
    match names.find(|name| OWN_SETTINGS.contains(&name.as_str())) {
        Some(name) => Err(invalid(
            format_args!("options in the URL sets {name}, which this program sets itself"),
            format!("leave {name} out of options"),
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;

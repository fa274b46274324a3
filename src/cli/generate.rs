//! `ltictl generate`: prints configuration files for running the server.
//!
//! Values from the command line are checked before they are inserted: a line break or a quote could
//! add a directive.

pub(super) mod proxy;
mod text;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use axum::http::HeaderName;
use clap::{Args, Subcommand};

use self::proxy::{ProxyArguments, TlsArguments};
use self::text::{filled, is_path, is_plain, is_plain_byte, path};
use super::context::Context;
use super::examples::Examples;
use crate::domain::{Invalid, Name, PublicUrl};
use crate::failure::{Failure, Kind, shell_word};
use crate::store::{Database, ServerAddress};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[
    (
        "systemd",
        &[
            (
                "ltictl generate systemd > ltictl.service",
                "Print a unit for a server behind a proxy on the same machine; its first lines \
                 explain the installation",
            ),
            (
                "ltictl generate systemd --client-address-header X-Forwarded-For --user ltictl",
                "Read the client address from the proxy's header, and run as an existing user",
            ),
        ],
    ),
    (
        "dockerfile",
        &[(
            "ltictl generate dockerfile | docker build -f - -t ltictl .",
            "Build an image from a checkout; it contains only the binary and does not run as root",
        )],
    ),
    (
        "compose",
        &[(
            "ltictl generate compose --url https://tool.example.edu > compose.yaml",
            "Print a file for two servers on PostgreSQL; its first lines explain the installation",
        )],
    ),
    (
        "nginx",
        &[(
            "ltictl generate nginx wiki > /etc/nginx/conf.d/ltictl-wiki.conf",
            "Put the web app of a resource behind launches; its --handover must be headers",
        )],
    ),
    (
        "caddy",
        &[(
            "ltictl generate caddy wiki --upstream http://127.0.0.1:5000 > wiki.caddy",
            "The same for Caddy, with the app on port 5000",
        )],
    ),
    (
        "traefik",
        &[(
            "ltictl generate traefik wiki > /etc/traefik/dynamic/wiki.yaml",
            "The same for Traefik",
        )],
    ),
];

/// Print files for systemd, containers and reverse proxies
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print a systemd unit with minimal privileges
    ///
    /// The database is /var/lib/ltictl/ltictl.db unless --db is given; LTICTL_DB is ignored. A file
    /// must be below /var/lib, where systemd creates a directory for it. The password for a database
    /// on PostgreSQL is read from the file that --db-password-file names, as a credential of the unit.
    Systemd(SystemdArguments),
    /// Print a Dockerfile with only the binary, and a volume for the database
    Dockerfile {
        /// Port that the server listens on
        #[arg(long, value_name = "PORT", default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1024..))]
        port: u16,
    },
    /// Print a file for Docker Compose with PostgreSQL, two servers and a load balancer
    Compose {
        /// The tool's public URL, as browsers and platforms reach it
        #[arg(long, value_name = "URL", default_value = "https://tool.example.edu")]
        url: String,
        /// The tool's name
        #[arg(long, default_value = "Example Tool")]
        name: String,
    },
    /// Print a configuration for nginx in front of a resource's web app
    ///
    /// nginx asks this tool before each request to the app, and tells the app who the person is by
    /// headers such as Remote-User. docs/any-web-app.md explains it.
    Nginx {
        #[command(flatten)]
        proxy: ProxyArguments,
        /// Address and port to listen on [default: the port of the target, at all addresses]
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<SocketAddr>,
        #[command(flatten)]
        tls: TlsArguments,
    },
    /// Print a configuration for Caddy in front of a resource's web app
    Caddy {
        #[command(flatten)]
        proxy: ProxyArguments,
        #[command(flatten)]
        tls: TlsArguments,
    },
    /// Print a configuration for Traefik in front of a resource's web app
    Traefik {
        #[command(flatten)]
        proxy: ProxyArguments,
    },
}

#[derive(Debug, Args)]
struct SystemdArguments {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Header in which your proxy sends the client's address, such as X-Forwarded-For
    #[arg(long, value_name = "HEADER")]
    client_address_header: Option<String>,
    /// User that the server runs as [default: a dynamic user, allocated by systemd]
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Path of the ltictl binary [default: its current path, or /usr/local/bin/ltictl]
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// The default database.
const DATABASE: &str = "/var/lib/ltictl/ltictl.db";

/// The binary if the current path is hidden from services.
const BINARY: &str = "/usr/local/bin/ltictl";

/// Directories hidden from the service (ProtectHome, PrivateTmp).
const HIDDEN: [&str; 5] = ["/home", "/root", "/run/user", "/tmp", "/var/tmp"];

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let text = match &arguments.verb {
        Verb::Systemd(arguments) => unit(context, arguments)?,
        Verb::Dockerfile { port } => {
            filled(include_str!("generate/Dockerfile"), &[("port", &port.to_string())])
        }
        Verb::Compose { url, name } => compose(url, name)?,
        Verb::Nginx { proxy, listen, tls } => proxy::nginx(context, proxy, *listen, tls)?,
        Verb::Caddy { proxy, tls } => proxy::caddy(context, proxy, tls)?,
        Verb::Traefik { proxy } => proxy::traefik(context, proxy)?,
    };
    Context::print_text(text.trim_end())
}

fn compose(url: &str, name: &str) -> Result<String, Failure> {
    let command = "ltictl generate compose --url https://tool.example.edu --name \"Example Tool\"";
    let url = PublicUrl::new(url, false).map_err(|invalid| Failure::invalid(&invalid, command))?;
    let name = Name::new(name).map_err(|invalid| Failure::invalid(&invalid, command))?;
    let host = url.to_url().host_str().unwrap_or_default().to_owned();
    // A text in JSON is one in YAML; Compose replaces what follows a dollar sign.
    let quoted = |text: &str| serde_json::Value::from(text).to_string().replace('$', "$$");
    let values =
        [("url", &*quoted(url.as_str())), ("host", &host), ("name", &quoted(name.as_str()))];
    Ok(filled(include_str!("generate/compose.yaml"), &values))
}

fn unit(context: &Context, arguments: &SystemdArguments) -> Result<String, Failure> {
    let has_database_flag = std::env::args_os()
        .any(|word| word == "--db" || word.to_str().is_some_and(|word| word.starts_with("--db=")));
    let database =
        if has_database_flag { context.database()? } else { PathBuf::from(DATABASE).into() };
    let storage = match &database {
        Database::File(path) => Storage::file(path)?,
        Database::Server(address) => Storage::server(address, context.password_file())?,
    };
    let current_binary =
        std::env::current_exe().ok().filter(|path| is_path(path) && !is_hidden(path));
    let binary =
        arguments.binary.clone().or(current_binary).unwrap_or_else(|| PathBuf::from(BINARY));
    let binary = path(&binary, "binary")?;
    if is_hidden(Path::new(binary)) {
        return Err(hidden("binary", binary, "install it in /usr/local/bin, or give --binary"));
    }
    let options = client_address_option(arguments.client_address_header.as_deref())?;
    let user = match &arguments.user {
        None => "DynamicUser=yes".to_owned(),
        Some(name) => format!("User={}", user_name(name)?),
    };
    let make_user = arguments
        .user
        .as_ref()
        .map(|name| {
            format!("#   useradd --system --no-create-home --shell /usr/sbin/nologin {name}\n")
        })
        .unwrap_or_default();
    let is_privileged = arguments.listen.port() < 1024;
    Ok(filled(
        include_str!("generate/ltictl.service"),
        &[
            ("prepare", &storage.prepare),
            ("database", &storage.database),
            ("password_file", &storage.password_file),
            ("start_database", &storage.start_database),
            ("start_password_file", storage.start_password_file),
            ("credential", &storage.credential),
            ("binary", binary),
            ("listen", &arguments.listen.to_string()),
            ("options", &options),
            ("user", &user),
            ("make_user", &make_user),
            ("state", &storage.state),
            ("capabilities", if is_privileged { "CAP_NET_BIND_SERVICE" } else { "" }),
            // In its own user namespace, the capability would not apply to the machine's ports.
            ("private_users", if is_privileged { "no" } else { "yes" }),
        ],
    ))
}

/// The option with the header in which the proxy sends the client's address.
fn client_address_option(header: Option<&str>) -> Result<String, Invalid> {
    const FIELD: &str = "client address header";
    let Some(header) = header else { return Ok(String::new()) };
    let header: HeaderName = header
        .parse()
        .map_err(|_| Invalid::new(FIELD, "must be the name of a header such as X-Forwarded-For"))?;
    if !is_plain(header.as_str()) {
        return Err(Invalid::new(FIELD, "must consist of letters, digits, - and _"));
    }
    Ok(format!(" --client-address-header {header}"))
}

/// What the unit says about the database.
struct Storage {
    /// Commands before `init`, as comments.
    prepare: String,
    /// The value of `--db` in a shell.
    database: String,
    /// The option with the password's file in a shell, if there is one.
    password_file: String,
    /// The value of `--db` in the unit.
    start_database: String,
    /// The option with the password's file in the unit.
    start_password_file: &'static str,
    /// The directive that gives the service the password.
    credential: String,
    /// The directives for a directory of the service.
    state: String,
}

impl Storage {
    fn file(database: &Path) -> Result<Self, Failure> {
        let database = path(database, "database")?;
        let (state, directory) = state_directory(database)?;
        Ok(Self {
            prepare: format!("#   install -d -m 700 {directory}\n"),
            database: database.to_owned(),
            password_file: String::new(),
            start_database: database.to_owned(),
            start_password_file: "",
            credential: String::new(),
            state,
        })
    }

    fn server(address: &ServerAddress, password_file: Option<&Path>) -> Result<Self, Failure> {
        let url = address.url();
        if !url.bytes().all(|byte| is_plain_byte(byte) || b":?&=%,[]".contains(&byte)) {
            return Err(Invalid::new(
                "database",
                "must be a URL of letters, digits and : / ? & = % , . _ - + @ [ ]",
            )
            .into());
        }
        let password_file = password_file.map(|file| path(file, "password file")).transpose()?;
        Ok(Self {
            prepare: String::new(),
            database: shell_word(url),
            password_file: password_file
                .map(|file| format!(" --db-password-file {file}"))
                .unwrap_or_default(),
            // systemd replaces what follows a percent sign.
            start_database: url.replace('%', "%%"),
            start_password_file: password_file.map_or("", |_| " --db-password-file %d/db-password"),
            credential: password_file
                .map(|file| format!("LoadCredential=db-password:{file}\n"))
                .unwrap_or_default(),
            // Only for files in the home directory that commands look for.
            state: "StateDirectory=ltictl\nStateDirectoryMode=0700".to_owned(),
        })
    }
}

/// The directive that gives the service access to the database's directory, and that directory.
fn state_directory(database: &str) -> Result<(String, &str), Failure> {
    let outside = || {
        let why = format!("{database} is not in a directory below /var/lib");
        Failure::new(
            Kind::Invalid,
            "invalid database",
            why,
            format!("ltictl generate systemd --db {DATABASE}"),
        )
    };
    let below = database.strip_prefix("/var/lib/").ok_or_else(outside)?;
    let (name, file) = below.rsplit_once('/').ok_or_else(outside)?;
    if name.is_empty()
        || file.is_empty()
        || below.split('/').any(|part| matches!(part, "" | "." | ".."))
    {
        return Err(outside());
    }
    Ok((
        format!("StateDirectory={name}\nStateDirectoryMode=0700"),
        &database[..database.len() - file.len() - 1],
    ))
}

fn is_hidden(path: &Path) -> bool {
    HIDDEN.iter().any(|directory| path.starts_with(directory))
}

fn hidden(field: &str, path: &str, hint: &str) -> Failure {
    Failure::new(
        Kind::Invalid,
        format!("invalid {field}"),
        format!("the service cannot access {path} (ProtectHome, PrivateTmp)"),
        hint,
    )
}

/// A username that useradd(8) accepts.
fn user_name(name: &str) -> Result<&str, Invalid> {
    let mut bytes = name.bytes();
    let first_is_valid = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let rest_is_valid = bytes
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte));
    if first_is_valid && rest_is_valid && name.len() <= 32 {
        Ok(name)
    } else {
        Err(Invalid::new("user", "must be a username such as ltictl"))
    }
}

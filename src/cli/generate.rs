//! `ltictl generate`: prints configuration files for running the server.
//!
//! Values from the command line are checked before they are inserted: a line break or a quote could
//! add a directive.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use axum::http::HeaderName;
use clap::{Args, Subcommand};

use super::context::Context;
use super::database::file_of;
use super::examples::Examples;
use crate::domain::Invalid;
use crate::failure::{Failure, Kind};

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
];

/// Print a systemd unit or a Dockerfile for the server
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
    /// The database is /var/lib/ltictl/ltictl.db unless --db is given; LTICTL_DB is ignored. It
    /// must be below /var/lib, where systemd creates a directory for it.
    Systemd(SystemdArguments),
    /// Print a Dockerfile with only the binary, and a volume for the database
    Dockerfile {
        /// Port that the server listens on
        #[arg(long, value_name = "PORT", default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1024..))]
        port: u16,
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
    };
    Context::print_text(text.trim_end())
}

fn unit(context: &Context, arguments: &SystemdArguments) -> Result<String, Failure> {
    let has_database_flag = std::env::args_os()
        .any(|word| word == "--db" || word.to_str().is_some_and(|word| word.starts_with("--db=")));
    let database =
        if has_database_flag { context.database()? } else { PathBuf::from(DATABASE).into() };
    let database = path(file_of(&database)?, "database")?;
    let (state, directory) = state_directory(database)?;
    let current_binary =
        std::env::current_exe().ok().filter(|path| is_path(path) && !is_hidden(path));
    let binary =
        arguments.binary.clone().or(current_binary).unwrap_or_else(|| PathBuf::from(BINARY));
    let binary = path(&binary, "binary")?;
    if is_hidden(Path::new(binary)) {
        return Err(hidden("binary", binary, "install it in /usr/local/bin, or give --binary"));
    }
    let options = match &arguments.client_address_header {
        None => String::new(),
        Some(header) => {
            let header: HeaderName = header.parse().map_err(|_| {
                Invalid::new(
                    "client address header",
                    "must be the name of a header such as X-Forwarded-For",
                )
            })?;
            if !is_plain(header.as_str()) {
                return Err(Invalid::new(
                    "client address header",
                    "must consist of letters, digits, - and _",
                )
                .into());
            }
            format!(" --client-address-header {header}")
        }
    };
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
            ("directory", directory),
            ("database", database),
            ("binary", binary),
            ("listen", &arguments.listen.to_string()),
            ("options", &options),
            ("user", &user),
            ("make_user", &make_user),
            ("state", &state),
            ("capabilities", if is_privileged { "CAP_NET_BIND_SERVICE" } else { "" }),
            // In its own user namespace, the capability would not apply to the machine's ports.
            ("private_users", if is_privileged { "no" } else { "yes" }),
        ],
    ))
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

/// An absolute path that neither systemd nor a shell splits or expands.
fn path<'p>(path: &'p Path, field: &'static str) -> Result<&'p str, Invalid> {
    let text = path.to_str().filter(|_| is_path(path));
    text.ok_or_else(|| {
        Invalid::new(field, "must be an absolute path of letters, digits and / . _ - + @")
    })
}

fn is_path(path: &Path) -> bool {
    path.is_absolute() && path.to_str().is_some_and(is_plain)
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+@".contains(&byte))
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

/// The template with each `{name}` replaced.
fn filled(template: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

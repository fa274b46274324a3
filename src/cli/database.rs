//! Where the database is: `--db`, `LTICTL_DB`, or the user's data directory.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::who;
use crate::domain::Secret;
use crate::failure::{Failure, Kind};
use crate::store::{Database, ServerAddress, SignInFiles};

/// The options that say where the database is.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct DatabaseOptions {
    /// Database [default: LTICTL_DB or your data directory]
    ///
    /// The path of a file, or the URL of a database on PostgreSQL: postgres://USER@HOST/DATABASE
    #[arg(
        long,
        global = true,
        env = "LTICTL_DB",
        value_name = "PATH|URL",
        value_hint = clap::ValueHint::FilePath,
        hide_env = true,
        help_heading = "Global options"
    )]
    db: Option<OsString>,

    /// File with the password for PostgreSQL [default: LTICTL_DB_PASSWORD_FILE, or what PGPASSFILE
    /// names]
    #[arg(
        long,
        global = true,
        env = "LTICTL_DB_PASSWORD_FILE",
        value_name = "FILE",
        hide_env = true,
        hide_short_help = true,
        help_heading = "Global options"
    )]
    db_password_file: Option<PathBuf>,
}

impl DatabaseOptions {
    /// The file with the password, if one was named.
    pub(super) fn password_file(&self) -> Option<&Path> {
        self.db_password_file.as_deref()
    }

    /// How to sign in to a server: as every client of PostgreSQL does.
    #[expect(clippy::disallowed_methods, reason = "the variables of PostgreSQL's clients")]
    fn sign_in_files(&self) -> SignInFiles {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let home = |name: &str| etcetera::home_dir().ok().map(|home| home.join(name));
        let file = |name, usual| variable(name).map(PathBuf::from).or_else(|| home(usual));
        SignInFiles {
            password_file: self.db_password_file.clone(),
            password: variable("PGPASSWORD")
                .map(|password| Secret::new(password.to_string_lossy().into_owned().into_bytes())),
            passfile: file("PGPASSFILE", ".pgpass"),
            service_file: file("PGSERVICEFILE", ".pg_service.conf"),
            user: variable("PGUSER")
                .map(|user| user.to_string_lossy().into_owned())
                .or_else(|| Some(who::process_user())),
        }
    }

    /// The same while a command line is completed: clap has not read the variables then.
    #[expect(
        clippy::disallowed_methods,
        reason = "clap reads variables only when it parses a line"
    )]
    pub(super) fn while_completing(db: Option<PathBuf>) -> Self {
        Self {
            db: db.map(OsString::from).or_else(|| std::env::var_os("LTICTL_DB")),
            db_password_file: std::env::var_os("LTICTL_DB_PASSWORD_FILE").map(PathBuf::from),
        }
    }

    /// The database that they name, or the default one.
    pub(super) fn database(&self) -> Result<Database, Failure> {
        match &self.db {
            Some(given) if !given.is_empty() => self.database_at(given),
            _ => Ok(default_file()?.into()),
        }
    }

    /// The database with this path or URL; the password for a server is that of the options.
    pub(super) fn database_at(&self, given: &OsStr) -> Result<Database, Failure> {
        match given.to_str() {
            Some(url) if ServerAddress::is_url(url) => {
                Ok(ServerAddress::parse(url, self.sign_in_files())?.into())
            }
            _ => Ok(PathBuf::from(given).into()),
        }
    }
}

/// The default database, in the user's data directory.
pub(super) fn default_file() -> Result<PathBuf, Failure> {
    let directories = etcetera::choose_base_strategy().map_err(|error| {
        Failure::new(
            Kind::Failed,
            "no data directory",
            error.to_string(),
            "name the database with --db or LTICTL_DB",
        )
    })?;
    Ok(directories.data_dir().join("ltictl").join("ltictl.db"))
}

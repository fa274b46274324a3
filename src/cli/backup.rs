//! `ltictl backup` and `ltictl restore`.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use super::context::Context;
use super::examples::Examples;
use crate::admin::backup::{self, BackupOptions};
use crate::admin::dump::{self, Restorable};
use crate::admin::restore::{self, Checked};
use crate::domain::json::rfc3339;
use crate::failure::{Failure, Kind, shell_word};
use crate::report::view::RestoredView;
use crate::store::{Database, SCHEMA_VERSION, ServerAddress};

/// What to type: below the help of the command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[(
    "",
    &[
        ("ltictl backup ltictl-backup.db", "Back up the whole database"),
        (
            "ltictl backup for-tests.db --without-keys",
            "Back up without keys, passwords and other secrets",
        ),
    ],
)];

/// Examples of `restore`.
pub(super) const RESTORE_EXAMPLES: Examples = &[(
    "",
    &[
        ("ltictl restore ltictl-backup.db", "Restore the backup, after stopping the server"),
        (
            "ltictl --db restored.db restore ltictl-backup.db",
            "Inspect a backup without affecting the running tool",
        ),
    ],
)];

/// Back up the database into one file, even while it is in use
///
/// The backup is a snapshot of the database. It is checked before it gets its final name, so that
/// you never get a partial file. Only you can read it. A database on PostgreSQL is backed up by
/// `pg_dump`: this prints the command, and checks the file when it is there.
#[derive(Debug, Args)]
pub(super) struct BackupArguments {
    /// File to write the backup to
    file: PathBuf,
    /// Omit everything that could be used to sign or sign in: private keys, the server's secret,
    /// LTI 1.1 secrets, password hashes and sessions
    ///
    /// A tool restored from such a backup gets new keys. Platforms fetch them automatically from
    /// the JWKS URL.
    #[arg(long)]
    without_keys: bool,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

/// Restore the database from a backup
///
/// The backup is checked completely before anything is changed. The database is replaced as a whole
/// or not at all, and the previous one is kept beside it. Stop `ltictl serve` first: a running
/// server would mix up records of the two databases. On PostgreSQL, `psql` restores backups into an
/// empty database: this prints the command, and checks the result afterwards.
#[derive(Debug, Args)]
pub(super) struct RestoreArguments {
    /// File created by `ltictl backup`
    file: PathBuf,
    /// Skip the confirmation prompt
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(context: &Context, arguments: &BackupArguments) -> Result<(), Failure> {
    match &context.database()? {
        Database::File(path) => back_up_file(context, arguments, path)?,
        Database::Server(_) if arguments.without_keys => return Err(only_of_files()),
        Database::Server(address) => check_backup(context, &arguments.file, address)?,
    }
    context.note(&format!(
        "\nTo restore it, with the server stopped: ltictl restore {}",
        shell_word(&arguments.file.display().to_string())
    ));
    Ok(())
}

fn back_up_file(
    context: &Context,
    arguments: &BackupArguments,
    database: &Path,
) -> Result<(), Failure> {
    let bar = context.bar("Pages");
    let options = BackupOptions { without_keys: arguments.without_keys, force: arguments.force };
    let result = backup::back_up(database, &arguments.file, options, &bar, context.now());
    bar.finish();
    context.print(&result?)
}

/// Checks a backup that PostgreSQL's own tool has made, or says how to make it.
fn check_backup(context: &Context, file: &Path, address: &ServerAddress) -> Result<(), Failure> {
    let bar = context.bar("Bytes");
    let result = dump::back_up(address, file, &bar);
    bar.finish();
    context.print(&result?)?;
    let modified = std::fs::metadata(file).and_then(|file| file.modified()).ok();
    if let Some(written) = modified.and_then(|time| Timestamp::try_from(time).ok()) {
        context.note(&format!(
            "\nThe file was checked, and no new one was made: it is from {}.",
            rfc3339(written)
        ));
    }
    Ok(())
}

pub(super) fn restore(context: &Context, arguments: &RestoreArguments) -> Result<(), Failure> {
    match &context.database()? {
        Database::File(path) => restore_file(context, arguments, path),
        Database::Server(address) => restore_on_server(context, &arguments.file, address),
    }
}

/// A copy of a database on a server without secrets.
fn only_of_files() -> Failure {
    Failure::new(
        Kind::Usage,
        "a backup of PostgreSQL contains everything",
        "--without-keys is only for files",
        "copy the database to a file, and back that up: `ltictl db copy --to all.db`, then `ltictl \
         --db all.db backup for-tests.db --without-keys`",
    )
}

/// Checks a backup of a database on a server, and says how to restore it; or that it was.
fn restore_on_server(
    context: &Context,
    file: &Path,
    address: &ServerAddress,
) -> Result<(), Failure> {
    let bar = context.bar("Bytes");
    let dump = dump::read(file, &bar);
    bar.finish();
    let dump = dump?;
    let name = shell_word(&file.display().to_string());
    if dump::compare(address, &dump)? == Restorable::Empty {
        return Err(Failure::new(
            Kind::NotFound,
            "nothing is restored yet",
            format!(
                "the backup of {} at {} is complete, and PostgreSQL's own tool restores it into \
                 the empty database",
                dump.name, dump.url
            ),
            format!("`{}`, then `ltictl restore {name}`", dump::restore_command(address, file)),
        ));
    }
    context.print(&RestoredView {
        database: address.to_string(),
        restored_from: file.display().to_string(),
        previous_database: None,
        url: dump.url,
        name: dump.name,
        backup_schema_version: dump.schema_version,
        schema_version: dump.schema_version,
        has_new_keys: false,
        tables: dump.tables,
    })?;
    context.note("\nNext: `ltictl doctor --offline`, then start `ltictl serve`");
    Ok(())
}

fn restore_file(
    context: &Context,
    arguments: &RestoreArguments,
    database: &Path,
) -> Result<(), Failure> {
    let bar = context.bar("Pages");
    let checked = restore::check(
        &arguments.file,
        database,
        context.actor(),
        &bar,
        context.now(),
        &context.random,
    );
    bar.finish();
    let checked = checked?;
    if checked.replaces_database() {
        let command =
            format!("ltictl restore {}", shell_word(&arguments.file.display().to_string()));
        context.confirm(
            arguments.yes,
            &question(&checked, &database.display().to_string()),
            &command,
        )?;
    }
    let mut view = RestoredView {
        database: database.display().to_string(),
        restored_from: arguments.file.display().to_string(),
        previous_database: None,
        url: checked.settings.url.to_string(),
        name: checked.settings.name.to_string(),
        backup_schema_version: checked.schema_version,
        schema_version: SCHEMA_VERSION,
        has_new_keys: checked.has_new_keys,
        tables: checked.tables.clone(),
    };
    let bar = context.bar("Pages");
    let restored = checked.install(&bar, context.now());
    bar.finish();
    view.previous_database = restored?.kept.map(|kept| kept.display().to_string());
    context.print(&view)?;
    if view.has_new_keys {
        context.note(
            "\nThe backup was made without keys, so new ones were created. Platforms that use the \
             JWKS URL fetch them automatically; platforms with a fixed key need the output \
             of\n\x20 ltictl key export\nThe apps' keys (ltictl resource app-key RES) and \
             registration URLs (ltictl registration url REG) are new, too. Set passwords, LTI 1.1 \
             secrets and those of OpenID clients (ltictl client rotate-secret CLIENT) and of identity \
             providers (ltictl identity-provider rotate PROVIDER) again. Apps that sign people in \
             by OpenID Connect get another sub for each person, unless their client has \
             --subject account: they take everyone for a new person.",
        );
    }
    context.note("\nNext: `ltictl doctor --offline`, then start `ltictl serve`");
    Ok(())
}

fn question(checked: &Checked, database: &str) -> String {
    let rows = |table: &str| {
        checked.tables.iter().find(|found| found.table == table).map_or(0, |found| found.rows)
    };
    format!(
        "Replace {database} with the backup of {} at {} ({} registrations, {} accounts, {} \
         launches)? The current file is kept beside it.",
        checked.settings.name,
        checked.settings.url,
        rows("registration"),
        rows("account"),
        rows("launch")
    )
}

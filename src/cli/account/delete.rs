//! `ltictl account delete`: deletes an account, and exports its data first if asked to.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::admin::account;
use crate::cli::context::Context;
use crate::domain::AccountRef;
use crate::failure::{Failure, Kind, shell_word};
use crate::report::view::AccountExport;
use crate::report::{self, counted_in_words};
use crate::store::AccountExtent;

#[derive(Debug, Args)]
pub(super) struct DeleteArguments {
    /// Username or UUID of the account
    #[arg(value_name = "ACCOUNT")]
    account: AccountRef,
    /// First write profile, links, enrolments and grades to this new file, as JSON
    ///
    /// Only you can read it (mode 0600). It is written to disk before anything is deleted; an
    /// existing file is never replaced. "-" writes to standard output.
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// Skip the confirmation prompt
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn delete(context: &Context, arguments: &DeleteArguments) -> Result<(), Failure> {
    let mut store = context.store()?;
    let (account, extent) = account::deletion_extent(store.read(), &arguments.account)?;
    let username = &account.username;
    let export = arguments.export.as_deref();
    if let Some(file) =
        export.filter(|file| file.as_os_str() != "-" && file.symlink_metadata().is_ok())
    {
        // Fail before prompting.
        return Err(exists(file));
    }
    let flag = export
        .map(|file| format!(" --export {}", shell_word(&file.display().to_string())))
        .unwrap_or_default();
    let words = extent_in_words(extent);
    let lost = match (export, extent.grades) {
        (None, 1) => " The grade is not exported (--export FILE).",
        (None, 2..) => " The grades are not exported (--export FILE).",
        _ => "",
    };
    let question = format!("Delete {} ({username}) with {words}?{lost}", account.display_name());
    context.confirm(
        arguments.yes,
        &question,
        &format!("ltictl account delete {username}{flag}"),
    )?;

    let written = Cell::new(false);
    let deleted = account::delete(&mut store, &account.uuid.into(), |dossier| {
        let Some(file) = export else { return Ok(()) };
        write(file, &AccountExport::new(dossier, context.now()), &written)
    });
    if let (Err(failure), Some(file), true) = (&deleted, export, written.get()) {
        // The account was not deleted: remove the file, so that the next attempt can create it.
        let _ = std::fs::remove_file(file);
        return Err(failure.clone());
    }
    deleted?;
    context.note(&format!("Deleted {username} with {words}. The launch log is kept."));
    if let Some(file) = export.filter(|_| written.get()) {
        context.note(&format!("The stored data was exported to {}.", file.display()));
    }
    Ok(())
}

fn extent_in_words(extent: AccountExtent) -> String {
    counted_in_words(&[
        (extent.links, "linked user", "linked users"),
        (extent.enrolments, "enrolment", "enrolments"),
        (extent.grades, "grade", "grades"),
        (extent.sessions, "session", "sessions"),
    ])
}

fn exists(file: &Path) -> Failure {
    Failure::new(
        Kind::Conflict,
        format!("{} already exists", file.display()),
        "an export never replaces an existing file",
        "name another file with --export",
    )
}

/// Writes the export and syncs it to disk; sets `written` once the file has been created.
fn write(file: &Path, export: &AccountExport, written: &Cell<bool>) -> Result<(), Failure> {
    let cannot_write = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(file),
        _ => Failure::new(
            Kind::Failed,
            format!("cannot write {}", file.display()),
            error.to_string(),
            "check the path; nothing was deleted",
        ),
    };
    if file.as_os_str() == "-" {
        return report::write_json(export, io::stdout().lock()).map_err(cannot_write);
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(file).map_err(cannot_write)?;
    written.set(true);
    report::write_json(export, io::BufWriter::new(&opened)).map_err(cannot_write)?;
    opened.sync_all().map_err(cannot_write)?;
    sync_directory_of(file).map_err(cannot_write)
}

/// Syncs the directory, so that the name of the file is on disk, too.
fn sync_directory_of(file: &Path) -> io::Result<()> {
    let directory = file
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

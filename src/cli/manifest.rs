//! The manifests that `ltictl apply` and `diff` read: files, directories, standard input.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;

use super::context::Context;
use crate::domain::Invalid;
use crate::failure::{Failure, Kind, shell_word};
use crate::provision::{self, Manifest, Plan, Source};

/// Maximum size of all files together, in bytes.
const LARGEST_MANIFEST: u64 = 64 * 1024 * 1024;

/// Extensions of the files that are read in a directory.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

#[derive(Debug, Args)]
pub(super) struct ManifestArguments {
    /// YAML or JSON to read: a file, a directory with *.yaml, *.yml and *.json, or - for standard
    /// input; can be given multiple times
    #[arg(short, long = "file", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Replace ${NAME} in values with the environment variable of that name
    ///
    /// This happens only in values and after the files are parsed, so a variable is always a single
    /// value. $${ stands for ${. A variable that is not set is an error.
    #[arg(long)]
    env: bool,
    /// Delete what `ltictl apply` created and these files no longer list; an absent key deletes
    /// nothing
    ///
    /// Anything created by hand, by launches or by dynamic registration is kept, even if a manifest
    /// has listed it since.
    #[arg(long)]
    pub(super) prune: bool,
}

impl ManifestArguments {
    /// Reads all files, in order.
    pub(super) fn sources(&self) -> Result<Vec<Source>, Failure> {
        let mut sources = Vec::new();
        let mut remaining = LARGEST_MANIFEST;
        if self.files.iter().filter(|file| is_stdin(file)).count() > 1 {
            return Err(Failure::new(
                Kind::Usage,
                "standard input is named twice",
                "it can only be read once",
                "ltictl apply --help",
            ));
        }
        for file in &self.files {
            if !is_stdin(file) && file.is_dir() {
                for file in files_in(file)? {
                    sources.push(read(&file, &mut remaining)?);
                }
            } else {
                sources.push(read(file, &mut remaining)?);
            }
        }
        Ok(sources)
    }

    /// Parses the sources, and warns of variables that are not replaced.
    pub(super) fn manifest<'s>(&self, context: &Context, sources: &'s [Source]) -> Manifest<'s> {
        #[expect(clippy::disallowed_methods, reason = "--env lets manifests read variables")]
        let environment = |name: &str| std::env::var(name).ok();
        let manifest = provision::read(sources, if self.env { Some(&environment) } else { None });
        if let Some((position, variable)) = manifest.unexpanded() {
            context.note(&format!(
                "Warning: {position}: ${{{variable}}} is used as it is. To replace it with the \
                 environment variable of that name, use --env.\n"
            ));
        }
        manifest
    }

    /// The flags as given, for a hint.
    pub(super) fn to_flags(&self) -> String {
        let files: Vec<String> = self
            .files
            .iter()
            .map(|file| format!("-f {}", shell_word(&file.display().to_string())))
            .collect();
        format!(
            "{}{}{}",
            files.join(" "),
            if self.env { " --env" } else { "" },
            if self.prune { " --prune" } else { "" }
        )
    }

    /// A failed check if the plan has changes.
    pub(super) fn differences(&self, plan: &Plan, summary: String) -> Result<(), Failure> {
        if plan.changes.is_empty() {
            return Ok(());
        }
        Err(Failure::new(
            Kind::Check,
            "the tool does not match the manifest",
            summary,
            format!("ltictl apply {}", self.to_flags()),
        ))
    }
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

fn cannot_read(file: &Path, error: &io::Error) -> Failure {
    Failure::new(
        Kind::Failed,
        format!("cannot read {}", file.display()),
        error.to_string(),
        "check the path, or give - for standard input",
    )
}

/// The manifests in a directory, sorted by name.
fn files_in(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(directory)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .map_err(|error| cannot_read(directory, &error))?;
    let is_manifest = |path: &PathBuf| {
        let is_hidden =
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        !is_hidden
            && path
                .extension()
                .is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known))
            && path.is_file()
    };
    let mut files: Vec<PathBuf> =
        entries.into_iter().map(|entry| entry.path()).filter(is_manifest).collect();
    files.sort();
    if files.is_empty() {
        return Err(Failure::from(Invalid::new(
            "file",
            format!(
                "must contain a manifest, but there is no *.yaml, *.yml or *.json in {}",
                directory.display()
            ),
        )));
    }
    Ok(files)
}

fn read(file: &Path, remaining: &mut u64) -> Result<Source, Failure> {
    let mut text = String::new();
    let result = match is_stdin(file) {
        true => io::stdin().lock().take(*remaining + 1).read_to_string(&mut text),
        false => std::fs::File::open(file)
            .and_then(|file| file.take(*remaining + 1).read_to_string(&mut text)),
    };
    match result {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(Failure::from(Invalid::new(
                "file",
                format!("must be UTF-8 text, but {} is not", file.display()),
            )));
        }
        Err(error) => return Err(cannot_read(file, &error)),
    }
    let length = text.len() as u64;
    *remaining = remaining.checked_sub(length).ok_or_else(|| {
        Failure::from(Invalid::new("manifest", "must be at most 64 MiB, all files together"))
    })?;
    let name =
        if is_stdin(file) { "standard input".to_owned() } else { file.display().to_string() };
    Ok(Source {
        name,
        text,
        directory: file.parent().filter(|_| !is_stdin(file)).map(Path::to_owned),
    })
}

//! The test platform's signing key, kept in a file, so that tools that have its keyset accept its
//! launches after a restart, too.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::super::context::Context;
use crate::domain::Invalid;
use crate::failure::{Failure, Kind};
use crate::lti::private_key::PrivateKey;
use crate::report;

/// The extension of the file beside the database.
const EXTENSION: &str = "sandbox-key.pem";

/// The key in a file, PKCS #8 in DER, created if the file does not exist: in `file`, or beside the
/// database. Only if no file is named, the platform also starts without one.
pub(super) fn read_or_create(
    context: &Context,
    file: Option<&Path>,
) -> Result<Option<Vec<u8>>, Failure> {
    if let Some(file) = file {
        return kept_in(file).map(Some);
    }
    let Ok(file) = context.database().map(beside) else { return Ok(None) };
    match create_directory(&file).and_then(|()| kept_in(&file)) {
        Ok(key) => Ok(Some(key)),
        Err(failure) => {
            report::note(&format!(
                "warning: the key of the test platform is not kept: {} ({})\n  to keep it \
                 elsewhere: ltictl sandbox --key FILE",
                failure.what, failure.why
            ));
            Ok(None)
        }
    }
}

fn beside(database: PathBuf) -> PathBuf {
    database.with_extension(EXTENSION)
}

/// Creates the directory of the database, as `init` would: the platform needs no database.
fn create_directory(file: &Path) -> Result<(), Failure> {
    let Some(directory) = file.parent().filter(|directory| !directory.as_os_str().is_empty())
    else {
        return Ok(());
    };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(|error| unusable("write", file, &error))
}

fn kept_in(file: &Path) -> Result<Vec<u8>, Failure> {
    match fs::read_to_string(file).map(Zeroizing::new) {
        Ok(text) => {
            let problem = |problem| Invalid::new("key", format!("{}: {problem}", file.display()));
            Ok(PrivateKey::from_pem(&text).map_err(problem)?.pkcs8_der.to_vec())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = PrivateKey::generate().pkcs8_der.to_vec();
            write(file, &key).map_err(|error| unusable("write", file, &error))?;
            Ok(key)
        }
        Err(error) => Err(unusable("read", file, &error)),
    }
}

/// Writes the key to a new file that only its owner can read.
fn write(file: &Path, key: &[u8]) -> io::Result<()> {
    let text = Zeroizing::new(pem::encode(&pem::Pem::new("PRIVATE KEY", key)));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file)?;
    opened.write_all(text.as_bytes())?;
    opened.sync_all()
}

fn unusable(verb: &str, file: &Path, error: &io::Error) -> Failure {
    Failure::new(
        Kind::Failed,
        format!("cannot {verb} {}", file.display()),
        error.to_string(),
        "check the path, or choose another file with --key",
    )
}

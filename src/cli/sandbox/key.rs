//! The test platform's signing key, kept in a file, so that tools that have its keyset accept its
//! launches after a restart, too.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use super::super::context::Context;
use super::super::database::default_file;
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
    let Ok(database) = context.database() else { return Ok(None) };
    // For a database on a server, it is where the database would be without --db.
    let database = database.file().map_or_else(default_file, |path| Ok(path.to_owned()));
    let Ok(file) = database.map(beside) else { return Ok(None) };
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
            match write(file, &key) {
                Ok(()) => Ok(key),
                // Another process was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => kept_in(file),
                Err(error) => Err(unusable("write", file, &error)),
            }
        }
        Err(error) => Err(unusable("read", file, &error)),
    }
}

/// Writes the key to a new file that only its owner can read. The file is there as a whole or not at
/// all, and never replaces another process's.
fn write(file: &Path, key: &[u8]) -> io::Result<()> {
    let text = Zeroizing::new(pem::encode(&pem::Pem::new("PRIVATE KEY", key)));
    let directory = file.parent().filter(|directory| !directory.as_os_str().is_empty());
    // Temporary files are created with mode 0600.
    let temporary = NamedTempFile::new_in(directory.unwrap_or(Path::new(".")));
    // The name of the temporary file is another one each time.
    let mut temporary = temporary.map_err(|error| io::Error::from(error.kind()))?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().sync_all()?;
    temporary.persist_noclobber(file)?;
    Ok(())
}

fn unusable(verb: &str, file: &Path, error: &io::Error) -> Failure {
    Failure::new(
        Kind::Failed,
        format!("cannot {verb} {}", file.display()),
        error.to_string(),
        "check the path, or choose another file with --key",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_appears_as_a_whole_and_replaces_none() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("key.pem");
        write(&file, b"first").unwrap();
        let first = fs::read_to_string(&file).unwrap();
        let error = write(&file, b"second").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&file).unwrap(), first);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no temporary file is left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}

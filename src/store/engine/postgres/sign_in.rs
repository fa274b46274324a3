//! The files in which libpq, and this program, find passwords and addresses.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error as ThisError;

use crate::domain::Secret;
use crate::store::mode_for_others;

/// Why it is not known where a database is or how to sign in.
#[derive(Debug, ThisError)]
pub enum SignInError {
    /// The URL of a database on a server cannot be used.
    #[error("{why}")]
    Address {
        /// The reason.
        why: String,
        /// How to write it.
        fix: String,
    },
    /// A file with a password or a service cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// A file with a password can be read by others.
    #[error("{} contains a password and can be read or written by others (mode {mode:04o})",
        path.display())]
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

/// An address that cannot be used, and how to write it.
pub(super) fn invalid(why: impl fmt::Display, fix: impl Into<String>) -> SignInError {
    SignInError::Address { why: why.to_string(), fix: fix.into() }
}

/// How the program signs in, and what else the URL of a database leaves out. Only the command line
/// reads environment variables, so it fills this in.
#[derive(Clone, Default)]
pub struct SignInFiles {
    /// A file that contains only the password, which takes precedence over all others.
    pub password_file: Option<PathBuf>,
    /// The password, from PGPASSWORD.
    pub password: Option<Secret>,
    /// libpq's file of passwords: PGPASSFILE or `~/.pgpass`. It need not exist.
    pub passfile: Option<PathBuf>,
    /// libpq's file of services: PGSERVICEFILE or `~/.pg_service.conf`.
    pub service_file: Option<PathBuf>,
    /// The user if the URL names none: PGUSER or the name of the system's user.
    pub user: Option<String>,
}

/// The values of a section of the service file.
pub(super) fn service(
    name: &str,
    file: Option<&Path>,
) -> Result<Vec<(String, String)>, SignInError> {
    let missing = |place: &str| {
        invalid(
            format_args!("the service {name:?} is not in {place}"),
            "add the service to ~/.pg_service.conf or to the file that PGSERVICEFILE names, or \
             write postgres://USER@HOST:PORT/DATABASE",
        )
    };
    let Some(file) = file else { return Err(missing("a service file, because there is none")) };
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(missing("a service file, because there is none"));
        }
        Err(source) => return Err(SignInError::Unreadable { path: file.to_owned(), source }),
    };
    let values = section(&text, name).ok_or_else(|| missing(&file.display().to_string()))?;
    if values.iter().any(|(name, _)| name == "password") {
        check_private(file)?;
    }
    Ok(values)
}

/// The values of a section; `None` if there is no such section.
fn section(text: &str, name: &str) -> Option<Vec<(String, String)>> {
    let mut values = None;
    let lines = text.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let title = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        match (title, &mut values) {
            (Some((title, _)), None) if title == name => values = Some(Vec::new()),
            (Some(_), Some(_)) => break,
            (None, Some(values)) => {
                if let Some((name, value)) = line.split_once('=') {
                    values.push((name.trim().to_owned(), value.trim().to_owned()));
                }
            }
            _ => {}
        }
    }
    values
}

impl SignInFiles {
    /// The password for a user of a database of a server, which has these names.
    pub(super) fn password(
        &self,
        names: &[String],
        port: u16,
        database: &str,
        user: &str,
    ) -> Result<Option<Secret>, SignInError> {
        if let Some(file) = &self.password_file {
            check_private(file)?;
            let mut content = fs::read(file)
                .map_err(|source| SignInError::Unreadable { path: file.clone(), source })?;
            if content.ends_with(b"\n") {
                content.pop();
                if content.ends_with(b"\r") {
                    content.pop();
                }
            }
            return Ok(Some(Secret::new(content)));
        }
        if let Some(password) = &self.password {
            return Ok(Some(password.clone()));
        }
        let Some(file) = &self.passfile else { return Ok(None) };
        let text = match fs::read_to_string(file) {
            Ok(text) => zeroize::Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(SignInError::Unreadable { path: file.clone(), source }),
        };
        check_private(file)?;
        let port = port.to_string();
        let found = text.lines().find_map(|line| {
            names.iter().find_map(|name| password_in_line(line, [name, &port, database, user]))
        });
        Ok(found)
    }
}

/// The password in a line `host:port:database:user:password`, if its fields are these.
fn password_in_line(line: &str, fields: [&str; 4]) -> Option<Secret> {
    if line.starts_with('#') {
        return None;
    }
    let rest = fields.into_iter().try_fold(line, after_field)?;
    let mut password = Vec::with_capacity(rest.len());
    let mut characters = rest.trim_end_matches(['\r', '\n']).chars();
    while let Some(character) = characters.next() {
        let character =
            if character == '\\' { characters.next().unwrap_or('\\') } else { character };
        password.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    (!password.is_empty()).then(|| Secret::new(password))
}

/// What follows a field of a line, if the field is `*` or has this value.
fn after_field<'l>(line: &'l str, value: &str) -> Option<&'l str> {
    if let Some(rest) = line.strip_prefix("*:") {
        return Some(rest);
    }
    let (mut found, mut expected) = (line.chars(), value.chars());
    loop {
        let character = match found.next()? {
            ':' => return expected.next().is_none().then_some(found.as_str()),
            '\\' => found.next()?,
            character => character,
        };
        if expected.next() != Some(character) {
            return None;
        }
    }
}

/// Fails if others can read a file with a password. libpq ignores such a file and warns; a warning
/// would not be seen in a unit file.
fn check_private(file: &Path) -> Result<(), SignInError> {
    let metadata = fs::metadata(file)
        .map_err(|source| SignInError::Unreadable { path: file.to_owned(), source })?;
    match mode_for_others(&metadata) {
        Some(mode) if metadata.is_file() => {
            Err(SignInError::ReadableByOthers { path: file.to_owned(), mode })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_found_as_libpq_finds_them() {
        for (line, password) in [
            ("db.example.edu:5432:ltictl:tool:secret", Some("secret")),
            ("*:*:*:*:secret", Some("secret")),
            (r"*:*:*:*:a\:b\\c:d", Some(r"a:b\c:d")),
            (r"db.example.ed\u:5432:ltictl:tool:secret", Some("secret")),
            ("*:*:*:*:with space ", Some("with space ")),
            ("#*:*:*:*:secret", None),
            ("*:*:*:*:", None),
            ("*:*:*:tool", None),
            (r"\*:*:*:*:secret", None),
            ("db.example.edu:5433:ltictl:tool:secret", None),
            ("db.example.edu:5432:ltictl2:tool:secret", None),
            ("db.example.edu:5432:ltictl:too:secret", None),
            ("db.example.ed:5432:ltictl:tool:secret", None),
            ("", None),
        ] {
            let found = password_in_line(line, ["db.example.edu", "5432", "ltictl", "tool"]);
            let found = found.map(|found| String::from_utf8(found.expose().to_vec()).unwrap());
            assert_eq!(found.as_deref(), password, "{line}");
        }
    }

    #[test]
    fn sections_of_the_service_file_are_read() {
        let text = "[a]\nhost=one\n\n# x\n[b]\nhost = two\nport=1\n[c]\nport=3\n[b]\nport=4\n";
        let pairs = |name| {
            section(text, name).map(|values| {
                values.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
            })
        };
        assert_eq!(pairs("b"), Some(vec!["host=two".to_owned(), "port=1".to_owned()]));
        assert_eq!(pairs("c"), Some(vec!["port=3".to_owned()]));
        assert_eq!(pairs("d"), None::<Vec<String>>);
    }
}

//! The path of a file of a published directory, checked before the file system sees it.

use std::path::{Component, Path, PathBuf};

use super::form::percent_decode;

/// A path that consists of plain names below a directory.
#[derive(Debug, PartialEq, Eq)]
pub struct ContentPath {
    /// The path relative to the directory; empty for the directory itself.
    pub names: PathBuf,
    /// Whether it ends with a slash and means a directory.
    pub is_directory: bool,
}

impl ContentPath {
    /// Parses the raw path below the directory, still percent-encoded. `None` if it cannot be
    /// served: `..`, hidden names, empty names, control characters, encoded separators.
    pub fn read(below: &str) -> Option<Self> {
        let is_directory = below.is_empty() || below.ends_with('/');
        let mut names = PathBuf::new();
        if !below.is_empty() {
            for segment in below.strip_suffix('/').unwrap_or(below).split('/') {
                names.push(name(segment)?);
            }
        }
        Some(Self { names, is_directory })
    }
}

/// One name of a path, decoded once.
fn name(segment: &str) -> Option<String> {
    let name = String::from_utf8(percent_decode(segment.as_bytes())?).ok()?;
    // The file system would ignore an empty name and `.`; `..` leaves the directory, as does a
    // backslash or a drive on Windows.
    let is_one_plain_name = matches!(Path::new(&name).components().collect::<Vec<_>>()[..], [Component::Normal(plain)] if plain == name.as_str());
    (is_one_plain_name
        && !name.starts_with('.')
        && !name.contains(['/', '\\'])
        && !name.chars().any(char::is_control))
    .then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_reach_the_file_system() {
        for (below, expected) in [
            ("", Some(("", true))),
            ("a.txt", Some(("a.txt", false))),
            ("a/b/", Some(("a/b", true))),
            ("with%20space.txt", Some(("with space.txt", false))),
            ("%C3%A9.html", Some(("é.html", false))),
            ("plus+plus", Some(("plus+plus", false))),
            ("a..b", Some(("a..b", false))),
            ("..", None),
            ("../x", None),
            ("a/../b", None),
            ("a/..", None),
            ("%2e%2e/x", None),
            ("%2E%2e%2fx", None),
            ("..%2fx", None),
            ("a%2fb", None),
            ("..%5cx", None),
            ("..\\x", None),
            ("%252e%252e/x", Some(("%2e%2e/x", false))),
            ("./x", None),
            ("/etc/passwd", None),
            ("a//b", None),
            ("a/b//", None),
            ("/", None),
            ("%2fetc", None),
            (".git/config", None),
            ("a/.htaccess", None),
            ("%2ehidden", None),
            ("a%00.txt", None),
            ("a%0a", None),
            ("a%ff", None),
            ("a%c3%28", None),
            ("a%2", None),
            ("a%", None),
            ("a%zz", None),
        ] {
            let expected = expected.map(|(names, is_directory)| ContentPath {
                names: PathBuf::from(names),
                is_directory,
            });
            assert_eq!(ContentPath::read(below), expected, "{below:?}");
        }
    }
}

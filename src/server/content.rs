//! A directory of static content, for launched people only.
//!
//! Whatever the path says, only plain files below the directory are read: names are checked before the file system sees them, and what the file system found is
//! checked again, so that neither `..` nor a symbolic link leads out. Files whose name starts with a dot do not exist here, and neither do the tool's own secrets.

use std::path::{Component, Path, PathBuf};

use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use tower::ServiceExt as _;
use tower_http::services::ServeFile;

use super::app::App;
use super::form::hexadecimal;
use super::page;
use super::session::{path, see_other};
use crate::usecase::launch::frame_ancestors;
use crate::usecase::visit::Stay;

/// What a directory answers to a path.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// This file.
    File(PathBuf),
    /// A directory that was asked for without the slash at its end.
    Directory,
}

/// Answers the raw path below the page of the session that the URL names so; nothing when there is nothing.
pub(super) async fn show(app: &App, stay: &Stay, directory: &Path, (name, below): (&str, &str), head: &Parts) -> Option<Response> {
    let asked = wanted(below)?;
    let file = match find(directory, &asked, &app.private_files).await? {
        Found::Directory => return Some(see_other(stay.settings.url.join(&format!("{}{below}/", path(name))))),
        Found::File(file) => file,
    };
    // Method, range and conditions; nothing else of the request concerns a file.
    let mut inner = Request::new(Body::empty());
    inner.method_mut().clone_from(&head.method);
    inner.headers_mut().clone_from(&head.headers);
    let mut response = ServeFile::new(file).oneshot(inner).await.unwrap_or_else(|never| match never {}).map(Body::new);
    if response.status() == StatusCode::NOT_FOUND {
        return None;
    }
    let headers = response.headers_mut();
    page::insert(headers, header::CONTENT_SECURITY_POLICY, page::frame_ancestors(&frame_ancestors(&stay.registration)));
    // Each use asks whether the visit still lasts.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
    Some(response)
}

/// A path as names below the directory.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    names: PathBuf,
    /// Whether it ends with a slash, and so means a directory.
    is_directory: bool,
}

/// Reads a raw path; nothing when it is none that could be served.
fn wanted(below: &str) -> Option<Wanted> {
    let is_directory = below.is_empty() || below.ends_with('/');
    let mut names = PathBuf::new();
    if !below.is_empty() {
        for segment in below.strip_suffix('/').unwrap_or(below).split('/') {
            names.push(name(segment)?);
        }
    }
    Some(Wanted { names, is_directory })
}

/// One name of a path, decoded once.
fn name(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'%' {
            let [high, low, after @ ..] = rest else { return None };
            rest = after;
            bytes.push(hexadecimal(*high)? << 4 | hexadecimal(*low)?);
        } else {
            bytes.push(*first);
        }
    }
    let name = String::from_utf8(bytes).ok()?;
    // An empty name and `.` would be passed over by the file system, `..` leads out, and a back slash or a drive does on Windows.
    let is_one_plain_name = matches!(Path::new(&name).components().collect::<Vec<_>>()[..], [Component::Normal(plain)] if plain == name.as_str());
    (is_one_plain_name && !name.starts_with('.') && !name.contains(['/', '\\']) && !name.chars().any(char::is_control)).then_some(name)
}

async fn find(directory: &Path, wanted: &Wanted, private_files: &[PathBuf]) -> Option<Found> {
    let root = tokio::fs::canonicalize(directory).await.ok()?;
    let mut found = tokio::fs::canonicalize(root.join(&wanted.names)).await.ok()?;
    if !is_public(&root, &found, private_files) {
        return None;
    }
    let is_directory = tokio::fs::metadata(&found).await.ok()?.is_dir();
    match (is_directory, wanted.is_directory) {
        (true, false) => return Some(Found::Directory),
        (false, true) => return None,
        (false, false) => {}
        (true, true) => {
            found = tokio::fs::canonicalize(found.join("index.html")).await.ok()?;
            if !is_public(&root, &found, private_files) {
                return None;
            }
        }
    }
    // Sockets and pipes are no content, and reading one could wait for ever.
    tokio::fs::metadata(&found).await.ok().filter(std::fs::Metadata::is_file).map(|_| Found::File(found))
}

/// Whether what a path led to lies below the directory, has no hidden name on the way, and is none of the tool's own secrets.
fn is_public(root: &Path, found: &Path, private_files: &[PathBuf]) -> bool {
    let Ok(below) = found.strip_prefix(root) else { return false };
    let is_hidden = |name: Component<'_>| name.as_os_str().as_encoded_bytes().starts_with(b".");
    // The database has companions: the same name with an ending.
    let is_private = |private: &PathBuf| found.as_os_str().as_encoded_bytes().starts_with(private.as_os_str().as_encoded_bytes());
    !below.components().any(is_hidden) && !private_files.iter().any(is_private)
}

#[cfg(test)]
mod tests {
    use std::fs;

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
            let expected = expected.map(|(names, is_directory)| Wanted { names: PathBuf::from(names), is_directory });
            assert_eq!(wanted(below), expected, "{below:?}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn nothing_leads_out_of_the_directory() {
        let temporary = tempfile::tempdir().unwrap();
        let base = temporary.path().canonicalize().unwrap();
        let root = base.join("site");
        fs::create_dir_all(root.join("sub")).unwrap();
        fs::create_dir_all(root.join("empty")).unwrap();
        fs::create_dir_all(base.join("site-secret")).unwrap();
        fs::create_dir_all(root.join(".git")).unwrap();
        for file in
            ["secret.txt", "site-secret/s.txt", "site/index.html", "site/sub/index.html", "site/a.txt", "site/.git/config", "site/tool.db", "site/tool.db-wal"]
        {
            fs::write(base.join(file), file).unwrap();
        }
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, root.join(name)).unwrap();
        link("a.txt", "inside");
        link("../secret.txt", "outside");
        link("..", "up");
        link("../site-secret", "neighbour");
        link(".git", "git");
        link("nowhere", "dangling");
        link("loop", "loop");
        link("tool.db", "database");
        let private = [root.join("tool.db")];
        for (below, expected) in [
            ("", Some("index.html")),
            ("index.html", Some("index.html")),
            ("a.txt", Some("a.txt")),
            ("inside", Some("a.txt")),
            ("sub/", Some("sub/index.html")),
            ("sub/index.html", Some("sub/index.html")),
            ("sub", Some("")),
            ("a.txt/", None),
            ("a.txt/x", None),
            ("empty/", None),
            ("none", None),
            ("outside", None),
            ("up/secret.txt", None),
            ("up/site/a.txt", Some("a.txt")),
            ("neighbour/s.txt", None),
            ("git/config", None),
            ("dangling", None),
            ("loop", None),
            ("tool.db", None),
            ("tool.db-wal", None),
            ("database", None),
        ] {
            let expected = expected.map(|file| if file.is_empty() { Found::Directory } else { Found::File(root.join(file)) });
            assert_eq!(find(&root, &wanted(below).unwrap(), &private).await, expected, "{below:?}");
        }
    }
}

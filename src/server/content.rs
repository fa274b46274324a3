//! A directory of static content, for sessions only.
//!
//! Only regular files below the directory are served: names are checked before they reach the file
//! system, and the path that the file system found is checked again, so that neither `..` nor a
//! symbolic link leaves the directory. Files whose name starts with a dot, and the tool's own
//! secrets, are never served.

use std::path::{Component, Path, PathBuf};

use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use tower::ServiceExt as _;
use tower_http::services::ServeFile;

use super::app::App;
use super::page;
use super::session_url::path;
use crate::rules::framing::frame_ancestors_of;
use crate::session::ActiveSession;
use crate::web::content_path::ContentPath;

/// What a path below a directory refers to.
#[derive(Debug, PartialEq, Eq)]
enum Resolved {
    /// This file.
    File(PathBuf),
    /// A directory, requested without the slash at its end.
    Directory,
}

/// Serves the raw path below a session's page; `None` if there is no such file.
pub(super) async fn show(
    app: &App,
    active: &ActiveSession,
    directory: &Path,
    (name, below): (&str, &str),
    head: &Parts,
) -> Option<Response> {
    let asked = ContentPath::read(below)?;
    let file = match find(directory, &asked, &app.private_files).await? {
        Resolved::Directory => {
            return Some(page::see_other(
                active.settings.url.join(&format!("{}{below}/", path(name))),
            ));
        }
        Resolved::File(file) => file,
    };
    // Only method and headers (range, conditions) matter for a file.
    let mut inner = Request::new(Body::empty());
    inner.method_mut().clone_from(&head.method);
    inner.headers_mut().clone_from(&head.headers);
    let mut response = ServeFile::new(file)
        .oneshot(inner)
        .await
        .unwrap_or_else(|never| match never {})
        .map(Body::new);
    if response.status() == StatusCode::NOT_FOUND {
        return None;
    }
    let headers = response.headers_mut();
    page::insert(
        headers,
        header::CONTENT_SECURITY_POLICY,
        page::frame_ancestors(&frame_ancestors_of(&active.registration, &active.session.details)),
    );
    // Browsers revalidate each time, so that the end of the session takes effect.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    );
    Some(response)
}

async fn find(
    directory: &Path,
    wanted: &ContentPath,
    private_files: &[PathBuf],
) -> Option<Resolved> {
    let root = tokio::fs::canonicalize(directory).await.ok()?;
    let mut found = tokio::fs::canonicalize(root.join(&wanted.names)).await.ok()?;
    if !is_public(&root, &found, private_files) {
        return None;
    }
    let is_directory = tokio::fs::metadata(&found).await.ok()?.is_dir();
    match (is_directory, wanted.is_directory) {
        (true, false) => return Some(Resolved::Directory),
        (false, true) => return None,
        (false, false) => {}
        (true, true) => {
            found = tokio::fs::canonicalize(found.join("index.html")).await.ok()?;
            if !is_public(&root, &found, private_files) {
                return None;
            }
        }
    }
    // Reading a socket or pipe could block forever.
    tokio::fs::metadata(&found)
        .await
        .ok()
        .filter(std::fs::Metadata::is_file)
        .map(|_| Resolved::File(found))
}

/// Whether a path is below the directory, contains no hidden names, and is not one of the tool's
/// own secrets.
fn is_public(root: &Path, found: &Path, private_files: &[PathBuf]) -> bool {
    let Ok(below) = found.strip_prefix(root) else { return false };
    let is_hidden = |name: Component<'_>| name.as_os_str().as_encoded_bytes().starts_with(b".");
    // SQLite's other files have the database's name with a suffix.
    let is_private = |private: &PathBuf| {
        found.as_os_str().as_encoded_bytes().starts_with(private.as_os_str().as_encoded_bytes())
    };
    !below.components().any(is_hidden) && !private_files.iter().any(is_private)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Paths of URLs, and the file to which each leads; an empty text is a directory.
    #[cfg(unix)]
    const PATHS: &[(&str, Option<&str>)] = &[
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
    ];

    /// Creates a site with links that lead out of it, hidden files and a database. Returns its
    /// directory.
    #[cfg(unix)]
    fn site(base: &Path) -> PathBuf {
        let root = base.join("site");
        fs::create_dir_all(root.join("sub")).unwrap();
        fs::create_dir_all(root.join("empty")).unwrap();
        fs::create_dir_all(base.join("site-secret")).unwrap();
        fs::create_dir_all(root.join(".git")).unwrap();
        for file in [
            "secret.txt",
            "site-secret/s.txt",
            "site/index.html",
            "site/sub/index.html",
            "site/a.txt",
            "site/.git/config",
            "site/tool.db",
            "site/tool.db-wal",
        ] {
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
        root
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_files_below_the_directory_are_served() {
        let temporary = tempfile::tempdir().unwrap();
        let root = site(&temporary.path().canonicalize().unwrap());
        let private = [root.join("tool.db")];
        for (below, expected) in PATHS {
            let expected = expected.map(|file| {
                if file.is_empty() { Resolved::Directory } else { Resolved::File(root.join(file)) }
            });
            assert_eq!(
                find(&root, &ContentPath::read(below).unwrap(), &private).await,
                expected,
                "{below:?}"
            );
        }
    }
}

//! The tool's location: the base path of its endpoints, and whether browsers use TLS.
//!
//! It is a copy from the database, for responses that do not read the database.

use std::sync::{PoisonError, RwLock};

use axum::http::Uri;
use axum::http::uri::PathAndQuery;

use crate::domain::PublicUrl;
use crate::store::{self, Pool};

/// The prefixes of all paths that are served.
const ROOTS: [&str; 8] =
    ["/lti/", "/session/", "/api/", "/bridge/", "/oidc/", "/.well-known/", "/healthz", "/readyz"];

/// The tool's location when the database was last read.
pub(super) struct Location {
    current: RwLock<Current>,
}

struct Current {
    base_path: String,
    is_https: bool,
}

impl Location {
    pub(super) fn open(pool: &Pool) -> Result<Self, store::Error> {
        Ok(Self { current: RwLock::new(Current::read(pool)?) })
    }

    /// Reads the database again.
    pub(super) fn refresh(&self, pool: &Pool) -> Result<(), store::Error> {
        let fresh = Current::read(pool)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    fn current(&self) -> std::sync::RwLockReadGuard<'_, Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The base path, without a slash at the end.
    pub(super) fn base_path(&self) -> String {
        self.current().base_path.clone()
    }

    /// Whether browsers reach the tool over TLS.
    pub(super) fn is_https(&self) -> bool {
        self.current().is_https
    }

    /// Removes the base path from a request's URL. A path without it is left as it is, because a proxy
    /// may have removed it. Returns whether the path may be served.
    pub(super) fn strip_base_path(&self, uri: &mut Uri) -> bool {
        let current = self.current();
        let path = uri.path();
        let serves = |path: &str| ROOTS.iter().any(|root| path.starts_with(root));
        match path.strip_prefix(current.base_path.as_str()) {
            Some(rest) if serves(rest) => {
                if !current.base_path.is_empty() {
                    *uri = without(uri, current.base_path.len());
                }
                true
            }
            _ => serves(path),
        }
    }
}

impl Current {
    fn read(pool: &Pool) -> Result<Self, store::Error> {
        pool.look_up(|read| Ok(Self::of(&read.settings()?.url)))
    }

    fn of(url: &PublicUrl) -> Self {
        Self { base_path: url.base_path(), is_https: url.is_https() }
    }
}

/// The URL without the first bytes of its path.
fn without(uri: &Uri, bytes: usize) -> Uri {
    let rest = uri
        .path_and_query()
        .map(|whole| &whole.as_str()[bytes..])
        .and_then(|rest| rest.parse::<PathAndQuery>().ok());
    rest.map_or_else(|| uri.clone(), Uri::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_path_is_removed() {
        for (base, path, expected) in [
            ("", "/lti/login?a=/b", Some("/lti/login?a=/b")),
            ("", "/x/lti/login", None),
            ("/x/y", "/x/y/lti/login?a=b", Some("/lti/login?a=b")),
            ("/x/y", "/lti/login", Some("/lti/login")),
            ("/x", "/xlti/login", None),
            ("/x", "/x/healthz", Some("/healthz")),
            ("/x", "/x", None),
            ("/lti", "/lti/lti/launch", Some("/lti/launch")),
            ("/lti", "/lti/launch", Some("/lti/launch")),
        ] {
            let url = PublicUrl::new(&format!("https://tool.example{base}"), false).unwrap();
            let location = Location { current: RwLock::new(Current::of(&url)) };
            let mut uri: Uri = path.parse().unwrap();
            let found = location.strip_base_path(&mut uri).then(|| uri.to_string());
            assert_eq!(found.as_deref(), expected, "{base} {path}");
        }
    }
}

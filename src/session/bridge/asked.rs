//! The request that a proxy asks about.

use crate::domain::canonical_origin;
use crate::web::host::is_host;
use crate::web::proxied::{Sender, Upgrade};

/// A request that a proxy asks about.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'r> {
    /// The origin of the app.
    pub origin: &'r str,
    /// The path as the browser sent it, without the query.
    pub path: &'r str,
    /// The method.
    pub method: &'r str,
    /// Whether it asks for another protocol.
    pub upgrade: Upgrade,
    /// The page that sends it.
    pub sender: Sender<'r>,
    /// The value of [`super::COOKIE`].
    pub cookie: Option<&'r str>,
}

/// Splits an absolute URL into its origin and its path as they were sent; `None` if it is no URL
/// that a browser requests.
pub fn split_url(url: &str) -> Option<(String, &str)> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#', '\\']).next().filter(|text| is_host(text))?;
    let below = &rest[authority.len()..];
    let origin = canonical_origin(&url[..url.len() - below.len()])?;
    let is_requested =
        below.starts_with('/') && !below.contains('#') && !below.chars().any(char::is_control);
    is_requested.then(|| (origin, below.split('?').next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_without_changing_their_paths() {
        for (url, expected) in [
            ("https://app.example.edu/", Some(("https://app.example.edu", "/"))),
            ("https://APP.example.edu.:443/a?b=/c", Some(("https://app.example.edu", "/a"))),
            ("http://localhost:3000/x/../y", Some(("http://localhost:3000", "/x/../y"))),
            ("https://app.example.edu//a%2fb", Some(("https://app.example.edu", "//a%2fb"))),
            ("https://app.example.edu/a\\b", Some(("https://app.example.edu", "/a\\b"))),
            ("https://app.example.edu/?x=https://a/", Some(("https://app.example.edu", "/"))),
            ("https://app.example.edu", None),
            ("https://app.example.edu?x", None),
            ("https://app.example.edu\\@other.example/", None),
            ("https://user@app.example.edu/", None),
            ("https://app.example.edu/a#b", None),
            ("https://a, b/", None),
            ("https:///a", None),
            ("ftp://app.example.edu/", None),
            ("/a", None),
            ("", None),
        ] {
            let expected = expected.map(|(origin, path)| (origin.to_owned(), path));
            assert_eq!(split_url(url), expected, "{url:?}");
        }
    }
}

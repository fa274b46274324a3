//! The URLs and cookies of sessions.

/// The path of all sessions.
pub(super) const PATH: &str = "/session/";

/// The path of a session's page. `name` is its handle, or handle and secret. The slash at its end
/// makes relative links work and keeps its cookie from other sessions.
pub(super) fn path(name: &str) -> String {
    format!("{PATH}{name}/")
}

/// The path of the page of a session whose secret is in the URL.
pub(super) fn path_with_secret(handle: &str, secret: &str) -> String {
    path(&format!("{handle}.{secret}"))
}

/// The name of a session's cookie. Each session has its own, so that several tabs work.
pub(super) fn cookie_name(handle: &str) -> String {
    format!("lti_session_{handle}")
}

/// The start page of a teacher's session, below the session's path.
pub(super) const NAVIGATION_START: &str = "~/";

/// The parts of a path below [`PATH`].
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SessionPath<'u> {
    /// The handle, or handle and secret.
    pub(super) name: &'u str,
    pub(super) handle: &'u str,
    pub(super) secret: Option<&'u str>,
    /// What follows the slash after the name, if there is one.
    pub(super) below: Option<&'u str>,
}

impl<'u> SessionPath<'u> {
    pub(super) fn parse(path: &'u str) -> Self {
        let rest = path.strip_prefix(PATH).unwrap_or_default();
        let (name, below) =
            rest.split_once('/').map_or((rest, None), |(name, below)| (name, Some(below)));
        let (handle, secret) =
            name.split_once('.').map_or((name, None), |(handle, secret)| (handle, Some(secret)));
        Self { name, handle, secret, below }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_splits_paths_without_decoding() {
        for (path, name, handle, secret, below) in [
            ("/session/abc", "abc", "abc", None, None),
            ("/session/abc/", "abc", "abc", None, Some("")),
            ("/session/abc/a%2Fb/c.d", "abc", "abc", None, Some("a%2Fb/c.d")),
            ("/session//x", "", "", None, Some("x")),
            ("/session/abc.def", "abc.def", "abc", Some("def"), None),
            ("/session/abc.def/x.css", "abc.def", "abc", Some("def"), Some("x.css")),
            ("/session/abc./", "abc.", "abc", Some(""), Some("")),
            ("/session/abc.d.e/", "abc.d.e", "abc", Some("d.e"), Some("")),
        ] {
            assert_eq!(
                SessionPath::parse(path),
                SessionPath { name, handle, secret, below },
                "{path}"
            );
        }
    }
}

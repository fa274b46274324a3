//! Requests that a reverse proxy asks about before it passes them to an app.

use super::form::percent_decode;

/// A path, decoded once, or `None` if programs could read it in different ways: one of them might
/// see another path than the one that a rule allows.
///
/// Refused are broken escapes, escaped slashes, backslashes, dots and percent signs, control
/// characters, bytes that are not UTF-8, semicolons, and names that are empty or end with a dot or a
/// space, such as `..`.
pub fn plain_path(path: &str) -> Option<String> {
    let names = path.strip_prefix('/')?;
    let mut plain = String::with_capacity(path.len());
    let mut rest = Some(names);
    while let Some(names) = rest {
        let (name, after) = match names.split_once('/') {
            Some((name, after)) => (name, Some(after)),
            None => (names, None),
        };
        let is_last = after.is_none();
        rest = after;
        plain.push('/');
        // A path may end with a slash.
        if !(is_last && name.is_empty()) {
            plain.push_str(&plain_name(name)?);
        }
    }
    Some(plain)
}

/// One name of a path, decoded once.
fn plain_name(name: &str) -> Option<String> {
    let escapes_a_dot = name.as_bytes().windows(3).any(|three| three.eq_ignore_ascii_case(b"%2e"));
    let decoded = String::from_utf8(percent_decode(name.as_bytes())?).ok()?;
    // Windows ignores dots and spaces at the end of a name.
    let is_plain = !decoded.is_empty()
        && !decoded.ends_with(['.', ' '])
        && !escapes_a_dot
        && !decoded.contains(['/', '\\', '%', ';', '?', '#'])
        && !decoded.chars().any(char::is_control);
    is_plain.then_some(decoded)
}

/// Whether a plain path is below a prefix that ends with a slash, or is the prefix without it.
pub fn is_below(plain: &str, prefix: &str) -> bool {
    plain.starts_with(prefix) || prefix.strip_suffix('/') == Some(plain)
}

/// Whether a request asks for another protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Upgrade {
    /// It does not.
    #[default]
    No,
    /// For a WebSocket.
    WebSocket,
    /// For another one, in which requests would pass that no proxy asks about.
    Other,
}

impl Upgrade {
    /// What the values of `Upgrade` say.
    pub fn of<'v>(values: impl Iterator<Item = &'v [u8]>) -> Self {
        values.map(<[u8]>::trim_ascii).filter(|value| !value.is_empty()).fold(
            Self::No,
            |upgrade, value| match upgrade {
                Self::No if value.eq_ignore_ascii_case(b"websocket") => Self::WebSocket,
                _ => Self::Other,
            },
        )
    }
}

/// What a browser says about the page that a request comes from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sender<'h> {
    /// `Sec-Fetch-Site`.
    pub site: Option<&'h str>,
    /// `Origin`.
    pub origin: Option<&'h str>,
}

/// Whether a request that changes something, or opens a connection, comes from a page of another
/// origin than `own`. The cookie of a session is sent with such requests, too, because the app is in
/// the platform's frame. Programs other than browsers say nothing about their pages; a page cannot
/// make a browser leave both headers out.
pub fn is_cross_site(method: &str, upgrade: Upgrade, sender: Sender<'_>, own: &str) -> bool {
    if matches!(method, "GET" | "HEAD" | "OPTIONS") && upgrade == Upgrade::No {
        return false;
    }
    match sender {
        // A page without referrers sends the origin `null` even to itself.
        Sender { site: Some(site), .. } => !matches!(site, "same-origin" | "none"),
        Sender { origin: Some(origin), .. } => origin != own,
        Sender { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ambiguous_paths_are_not_plain() {
        for (path, expected) in [
            ("/", Some("/")),
            ("/a", Some("/a")),
            ("/a/b/", Some("/a/b/")),
            ("/%61dmin/x", Some("/admin/x")),
            ("/ADMIN/x", Some("/ADMIN/x")),
            ("/a%20b/%C3%A9", Some("/a b/é")),
            ("/a..b/.c", Some("/a..b/.c")),
            ("", None),
            ("a", None),
            ("//admin/x", None),
            ("/a//b", None),
            ("/a//", None),
            ("/x/../admin/x", None),
            ("/x/./y", None),
            ("/..", None),
            ("/x/%2e%2e/admin", None),
            ("/x/%2E./admin", None),
            ("/file%2etxt", None),
            ("/admin./x", None),
            ("/admin%20/x", None),
            ("/...", None),
            ("/admin%2fx", None),
            ("/admin%5cx", None),
            ("/admin\\x", None),
            ("/admin%252fx", None),
            ("/100%25", None),
            ("/admin;x=1/y", None),
            ("/admin%3bx", None),
            ("/x%00", None),
            ("/x%0a", None),
            ("/x%3f", None),
            ("/x%23", None),
            ("/x%c0%af", None),
            ("/x%", None),
            ("/x%zz", None),
        ] {
            assert_eq!(plain_path(path).as_deref(), expected, "{path:?}");
        }
    }

    #[test]
    fn a_prefix_contains_its_directory() {
        for (path, prefix, expected) in [
            ("/admin/x", "/admin/", true),
            ("/admin/", "/admin/", true),
            ("/admin", "/admin/", true),
            ("/administrator", "/admin/", false),
            ("/ADMIN/x", "/admin/", false),
            ("/", "/admin/", false),
            ("/x", "/", true),
            ("/", "/", true),
        ] {
            assert_eq!(is_below(path, prefix), expected, "{path} {prefix}");
        }
    }

    #[test]
    fn changes_from_other_pages_are_cross_site() {
        let own = "https://app.example.edu";
        for (method, upgrade, site, origin, expected) in [
            ("GET", Upgrade::No, Some("cross-site"), Some("https://other.example"), false),
            ("HEAD", Upgrade::No, Some("cross-site"), None, false),
            ("OPTIONS", Upgrade::No, Some("cross-site"), Some("https://other.example"), false),
            ("GET", Upgrade::WebSocket, Some("cross-site"), Some("https://other.example"), true),
            ("GET", Upgrade::WebSocket, None, Some("https://other.example"), true),
            ("GET", Upgrade::WebSocket, None, Some(own), false),
            ("GET", Upgrade::WebSocket, Some("same-origin"), Some(own), false),
            ("POST", Upgrade::No, Some("same-origin"), Some("null"), false),
            ("POST", Upgrade::No, Some("none"), None, false),
            ("POST", Upgrade::No, Some("same-site"), Some(own), true),
            ("POST", Upgrade::No, Some("cross-site"), Some(own), true),
            ("POST", Upgrade::No, Some(""), None, true),
            ("PUT", Upgrade::No, None, Some(own), false),
            ("DELETE", Upgrade::No, None, Some("null"), true),
            ("get", Upgrade::No, None, Some("null"), true),
            ("POST", Upgrade::No, None, Some("http://app.example.edu"), true),
            ("POST", Upgrade::No, None, None, false),
        ] {
            let sender = Sender { site, origin };
            assert_eq!(
                is_cross_site(method, upgrade, sender, own),
                expected,
                "{method} {upgrade:?} {site:?} {origin:?}"
            );
        }
    }

    #[test]
    fn only_a_websocket_alone_is_one() {
        for (values, expected) in [
            (&[][..], Upgrade::No),
            (&["", " "], Upgrade::No),
            (&["websocket"], Upgrade::WebSocket),
            (&["WebSocket "], Upgrade::WebSocket),
            (&["h2c"], Upgrade::Other),
            (&["websocket, h2c"], Upgrade::Other),
            (&["websocket", "h2c"], Upgrade::Other),
            (&["h2c", "websocket"], Upgrade::Other),
            (&["websocket", "websocket"], Upgrade::Other),
        ] {
            let found = Upgrade::of(values.iter().map(|value| value.as_bytes()));
            assert_eq!(found, expected, "{values:?}");
        }
    }
}

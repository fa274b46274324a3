//! Cookies, as far as launches need them (RFC 6265). `cookie_store` would share cookies between
//! ports.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::super::loopback::is_loopback;

/// All cookies of a browser.
#[derive(Debug, Default)]
pub(super) struct Jar {
    cookies: Vec<Cookie>,
}

#[derive(Debug)]
struct Cookie {
    name: String,
    value: String,
    /// Host and port. Real browsers share cookies between ports. Here they are separate, so that
    /// platform and tool on one machine do not see each other's cookies.
    host_and_port: String,
    path: String,
    secure: bool,
    expires: Option<Timestamp>,
}

impl Jar {
    /// Stores the cookie of a `Set-Cookie` header; an expired cookie removes its predecessor.
    /// Secure cookies are accepted over https and from this machine.
    pub(super) fn take(&mut self, url: &Url, line: &str, now: Timestamp) {
        let mut parts = line.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let mut cookie = Cookie {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
            host_and_port: host_and_port(url),
            path: default_path(url),
            secure: false,
            expires: None,
        };
        let mut max_age: Option<i64> = None;
        for part in parts {
            let (attribute, value) = part.split_once('=').unwrap_or((part, ""));
            match attribute.trim().to_ascii_lowercase().as_str() {
                "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
                "secure" => cookie.secure = true,
                "max-age" => max_age = value.trim().parse().ok(),
                "expires" => cookie.expires = date(value),
                _ => {}
            }
        }
        if let Some(seconds) = max_age {
            // Max-Age wins over Expires.
            cookie.expires =
                Some(now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX));
        }
        self.cookies.retain(|old| {
            (&old.name, &old.host_and_port, &old.path)
                != (&cookie.name, &cookie.host_and_port, &cookie.path)
        });
        if !(cookie.has_expired(now) || cookie.secure && !may_be_secure(url)) {
            self.cookies.push(cookie);
        }
    }

    /// Names and values for a request to this URL, the longest paths first.
    pub(super) fn matching(&self, url: &Url, now: Timestamp) -> Vec<(String, String)> {
        let mut cookies: Vec<&Cookie> = self
            .cookies
            .iter()
            .filter(|cookie| cookie.matches(url) && !cookie.has_expired(now))
            .collect();
        cookies.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        cookies.into_iter().map(|cookie| (cookie.name.clone(), cookie.value.clone())).collect()
    }
}

impl Cookie {
    fn has_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }

    fn matches(&self, url: &Url) -> bool {
        let below = url.path().strip_prefix(&self.path).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with('/') || self.path.ends_with('/')
        });
        below && self.host_and_port == host_and_port(url) && (!self.secure || may_be_secure(url))
    }
}

fn host_and_port(url: &Url) -> String {
    format!(
        "{}:{}",
        url.host_str().unwrap_or_default(),
        url.port_or_known_default().unwrap_or_default()
    )
}

fn may_be_secure(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

/// The directory of the URL's path (RFC 6265, 5.1.4).
fn default_path(url: &Url) -> String {
    match url.path().rsplit_once('/') {
        Some((directory, _)) if !directory.is_empty() => directory.to_owned(),
        _ => "/".to_owned(),
    }
}

fn date(text: &str) -> Option<Timestamp> {
    // The old spelling puts hyphens between day, month and year.
    let text = text.trim().replace('-', " ");
    jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-23T17:00:00Z";

    fn kept(set_by: &str, lines: &[&str], asked: &str, after_seconds: i64) -> String {
        let now: Timestamp = NOW.parse().unwrap();
        let mut jar = Jar::default();
        for line in lines {
            jar.take(&Url::parse(set_by).unwrap(), line, now);
        }
        let cookies = jar
            .matching(&Url::parse(asked).unwrap(), now + SignedDuration::from_secs(after_seconds));
        cookies
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ")
    }

    #[test]
    fn cookies_go_where_they_belong_and_nowhere_else() {
        let here = "http://localhost:8080/lti/login/a";
        for (lines, asked, expected) in [
            (vec!["a=1"], "http://localhost:8080/lti/login/b", "a=1"),
            (vec!["a=1"], "http://localhost:8080/lti/launch", ""),
            (vec!["a=1; Path=/lti"], "http://localhost:8080/lti/launch", "a=1"),
            (vec!["a=1; Path=/lti"], "http://localhost:8080/lti", "a=1"),
            (vec!["a=1; Path=/lti"], "http://localhost:8080/ltix", ""),
            (vec!["a=1; Path=/"], "http://localhost:8081/", ""),
            (vec!["a=1; Path=/"], "http://127.0.0.1:8080/", ""),
            (
                vec!["a=1; Path=/; Secure; HttpOnly; SameSite=None; Partitioned"],
                "http://localhost:8080/",
                "a=1",
            ),
            (vec!["a=1; path=/", "b=2=3; PATH=/lti"], "http://localhost:8080/lti/x", "b=2=3; a=1"),
            (vec!["a=1; Path=/", "a=2; Path=/"], "http://localhost:8080/", "a=2"),
            (vec!["a=1; Path=/", "a=; Path=/; Max-Age=0"], "http://localhost:8080/", ""),
            (
                vec!["a=1; Path=/", "a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"],
                "http://localhost:8080/",
                "",
            ),
            (
                vec!["a=1; Path=/", "a=; Path=/; Expires=Thu, 01-Jan-1970 00:00:00 GMT"],
                "http://localhost:8080/",
                "",
            ),
            (
                vec!["a=1; Path=/; Expires=Mon, 23 Nov 2026 17:03:37 GMT"],
                "http://localhost:8080/",
                "a=1",
            ),
            (vec!["nonsense", ""], "http://localhost:8080/", ""),
        ] {
            assert_eq!(kept(here, &lines, asked, 0), expected, "{lines:?} {asked}");
        }
    }

    #[test]
    fn cookies_expire() {
        let here = "http://localhost:8080/";
        assert_eq!(kept(here, &["a=1; Max-Age=60"], here, 59), "a=1");
        assert_eq!(kept(here, &["a=1; Max-Age=60"], here, 60), "");
        assert_eq!(
            kept(here, &["a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], here, 0),
            "a=1"
        );
        assert_eq!(kept(here, &["a=1; Max-Age=99999999999999999"], here, 1_000_000), "a=1");
    }

    #[test]
    fn secure_cookies_need_https_away_from_this_machine() {
        let line = ["a=1; Secure; Path=/"];
        assert_eq!(kept("http://tool.example/", &line, "http://tool.example/", 0), "");
        assert_eq!(kept("https://tool.example/", &line, "https://tool.example/", 0), "a=1");
        assert_eq!(kept("https://tool.example/", &line, "http://tool.example:443/", 0), "");
    }
}

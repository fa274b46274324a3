//! URLs that are checked when they are constructed.

use std::fmt;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;
use url::{Host, Url};

use super::Invalid;
use super::invisible::{check_printable, trimmed};

/// Maximum length of a URL, in characters.
const MAX_URL_CHARACTERS: usize = 2048;

/// Whether a URL's host is this machine: `localhost`, a name under it, or a loopback address.
pub fn is_loopback_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

/// Scheme, host and port of a web URL, normalised: in lower case, without a default port and
/// without a trailing dot in the host. `None` for other URLs.
pub fn canonical_origin(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?.trim_end_matches('.');
    Some(match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    })
}

/// Whether a text is a URL that browsers may open or show: absolute, http or https, without a user
/// name, and with a spelling that all parsers interpret in the same way.
pub fn is_web_url(text: &str) -> bool {
    check_web_url("url", text, "").is_ok()
}

/// The rules for every URL of the tool and of platforms; `field` is the name in the error, and
/// `example` a URL that all of its rules accept.
pub(super) fn check_platform_url(
    field: &str,
    text: &str,
    example: &str,
    allow_http: bool,
) -> Result<Url, Invalid> {
    let url = check_web_url(field, text, example)?;
    if url.scheme() == "http" && !is_loopback_host(&url) && !allow_http {
        return Err(Invalid::new(
            field,
            "must start with https:// (http:// is for localhost, or with --allow-http)",
        ));
    }
    if url.fragment().is_some() {
        return Err(Invalid::new(field, "must not have a fragment (#…)"));
    }
    Ok(url)
}

/// The rules that do not depend on what a URL is for.
fn check_web_url(field: &str, text: &str, example: &str) -> Result<Url, Invalid> {
    let invalid = |rule: &str| Err(Invalid::new(field, rule));
    if text.is_empty() {
        return invalid("must not be empty");
    }
    if text.len() > MAX_URL_CHARACTERS {
        return invalid("must be at most 2048 characters long");
    }
    check_printable(field, text, &[])?;
    if text
        .chars()
        .any(|character| character.is_whitespace() || matches!(character, '\\' | '"' | '<' | '>'))
    {
        return invalid("must be a URL without spaces, quotes, backslashes or angle brackets");
    }
    let Ok(url) = Url::parse(text) else {
        return invalid(&format!("must be an absolute URL such as {example}"));
    };
    if url.host().is_none() || !matches!(url.scheme(), "http" | "https") {
        return invalid("must be an absolute URL that starts with https://");
    }
    // A parsed host may contain nearly any character; in a content security policy `*` would allow
    // all hosts and `;` would start a new directive.
    if let Some(Host::Domain(name)) = url.host()
        && !name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    {
        return invalid("must have a host of letters, digits, dots and hyphens");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return invalid("must not contain a user name or password");
    }
    Ok(url)
}

/// The URL of a platform's endpoint, exactly as it was entered or sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct EndpointUrl(String);

impl EndpointUrl {
    /// Checks an endpoint: absolute, https (http for loopback hosts or with `allow_http`), no user
    /// name or password, no fragment.
    ///
    /// # Errors
    ///
    /// The rule that is broken, with `field`.
    pub fn new(field: &str, text: &str, allow_http: bool) -> Result<Self, Invalid> {
        check_platform_url(field, trimmed(text), "https://lms.example.edu/path", allow_http)?;
        Ok(Self(trimmed(text).to_owned()))
    }

    /// Accepts an endpoint from the database, which contains only checked ones.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The URL as text, unchanged.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parsed URL.
    ///
    /// # Panics
    ///
    /// Never, because the text was parsed before.
    pub fn to_url(&self) -> Url {
        Url::parse(&self.0).expect("an endpoint was parsed when it was created")
    }

    /// Scheme, host and port, as browsers write an origin.
    pub fn origin(&self) -> String {
        self.to_url().origin().ascii_serialization()
    }
}

impl fmt::Display for EndpointUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// The tool's public URL; every URL that the tool prints or redirects to starts with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Checks the tool's URL: like [`EndpointUrl`], and without a query; a trailing slash is
    /// removed.
    ///
    /// # Errors
    ///
    /// The rule that is broken.
    pub fn new(text: &str, allow_http: bool) -> Result<Self, Invalid> {
        let url = check_platform_url("url", trimmed(text), "https://tool.example.edu", allow_http)?;
        if url.query().is_some() {
            return Err(Invalid::new("url", "must not have a query (?…)"));
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// Accepts a URL from the database, which contains only checked ones.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The URL without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL of `path`, which starts with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The parsed URL.
    ///
    /// # Panics
    ///
    /// Never, because the text was parsed before.
    pub fn to_url(&self) -> Url {
        Url::parse(&self.0).expect("the public URL was parsed when it was created")
    }

    /// The path of the tool without a trailing slash; empty for most tools.
    pub fn base_path(&self) -> String {
        self.to_url().path().trim_end_matches('/').to_owned()
    }

    /// Whether the tool is on this machine's loopback interface, as in a local test.
    pub fn is_loopback(&self) -> bool {
        is_loopback_host(&self.to_url())
    }

    /// Whether browsers reach the tool through TLS.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// The URL of an app that receives a resource's launches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct TargetUrl(String);

impl TargetUrl {
    /// Checks an app's URL by the rules of [`EndpointUrl`].
    ///
    /// # Errors
    ///
    /// The rule that is broken.
    pub fn new(text: &str, allow_http: bool) -> Result<Self, Invalid> {
        check_platform_url("target", trimmed(text), "https://app.example.edu/quiz", allow_http)?;
        Ok(Self(trimmed(text).to_owned()))
    }

    /// Accepts a URL from the database, which contains only checked ones.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port, as browsers write an origin.
    ///
    /// # Panics
    ///
    /// Never, because the text was parsed before.
    pub fn origin(&self) -> String {
        self.to_url().origin().ascii_serialization()
    }

    /// The parsed URL.
    ///
    /// # Panics
    ///
    /// Never, because the text was parsed before.
    pub fn to_url(&self) -> Url {
        Url::parse(&self.0).expect("a target was parsed when it was created")
    }

    /// The URL as browsers write it: its text begins with its origin and a slash.
    pub fn normalized(&self) -> Self {
        Self(self.to_url().into())
    }
}

/// The URL of the tool's logo, which platforms show beside its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct LogoUrl(String);

impl LogoUrl {
    /// Checks a logo's URL by the rules of [`EndpointUrl`]. There is no `allow_http` because https
    /// pages would not show the logo.
    ///
    /// # Errors
    ///
    /// The rule that is broken.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let url =
            check_platform_url("logo", trimmed(text), "https://tool.example.edu/logo.png", true)?;
        if url.scheme() != "https" && !is_loopback_host(&url) {
            return Err(Invalid::new(
                "logo",
                "must start with https:// (http:// is for localhost), since pages with https show \
                 no other pictures",
            ));
        }
        Ok(Self(trimmed(text).to_owned()))
    }

    /// Accepts a URL from the database, which contains only checked ones.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_absolute_secure_and_plain() {
        for (text, allow_http, accepted) in [
            ("https://lms.example.edu/mod/lti/auth.php", false, true),
            ("https://lms.example.edu/auth?tenant=7", false, true),
            ("http://localhost:8100/mod/lti/auth.php", false, true),
            ("http://lms.localhost/auth", false, true),
            ("http://127.0.0.1:9/auth", false, true),
            ("http://[::1]:9/auth", false, true),
            ("http://lms.example.edu/auth", false, false),
            ("http://lms.example.edu/auth", true, true),
            ("http://127.0.0.1.example.edu/", false, false),
            ("https://user@lms.example.edu/", false, false),
            ("https://user:pass@lms.example.edu/", false, false),
            ("https://lms.example.edu/#top", false, false),
            ("lms.example.edu/auth", false, false),
            ("/auth", false, false),
            ("ftp://lms.example.edu/", false, false),
            ("javascript:alert(1)", true, false),
            ("https://", false, false),
            ("https://*", false, false),
            ("https://*.edu/", false, false),
            ("https://a;sandbox/", false, false),
            ("https://a,b/", false, false),
            ("https://a'b/", false, false),
            ("https://lms_1.example.edu/", false, true),
            ("https://b\u{fc}cher.example/", false, true),
            ("https://lms.example.edu/a b", false, false),
            ("https://lms.example.edu\\@evil.example/", false, false),
            ("https://lms.example.edu/\u{1b}[31m", false, false),
            ("", false, false),
        ] {
            assert_eq!(
                EndpointUrl::new("token URL", text, allow_http).is_ok(),
                accepted,
                "{text:?}"
            );
        }
    }

    #[test]
    fn web_urls_may_have_fragments_and_no_scheme_of_their_own() {
        for (text, expected) in [
            ("https://lms.example.edu/mod/lti/return.php?course=2", true),
            ("http://lms.example.edu/course#/week/3", true),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("//lms.example.edu/", false),
            ("/course", false),
            ("https://user@lms.example.edu/", false),
            ("https://lms.example.edu/\n", false),
            (" https://lms.example.edu/", false),
            ("", false),
        ] {
            assert_eq!(is_web_url(text), expected, "{text:?}");
        }
    }

    #[test]
    fn logo_can_be_shown_on_secure_pages() {
        for (text, accepted) in [
            ("https://tool.example.edu/logo.png", true),
            (" https://tool.example.edu/logo.svg?v=2 ", true),
            ("http://localhost:8200/logo.png", true),
            ("http://tool.example.edu/logo.png", false),
            ("data:image/png;base64,AAAA", false),
            ("//tool.example.edu/logo.png", false),
            ("", false),
        ] {
            assert_eq!(LogoUrl::new(text).is_ok(), accepted, "{text:?}");
        }
    }

    #[test]
    fn public_url_has_no_trailing_slash_and_keeps_its_path() {
        let url = PublicUrl::new("https://tool.example.edu/lti-tool/", false).unwrap();
        assert_eq!(url.join("/lti/launch"), "https://tool.example.edu/lti-tool/lti/launch");
        assert_eq!(url.base_path(), "/lti-tool");
        assert_eq!(PublicUrl::new("http://localhost:8080", false).unwrap().base_path(), "");
        assert!(PublicUrl::new("https://tool.example.edu/?a=b", false).is_err());
    }
}

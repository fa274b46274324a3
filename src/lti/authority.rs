//! The authority of an unparsed URL (RFC 3986, section 3.2), for checks that must not depend on how
//! a parser repairs a URL.

/// Scheme and authority of an absolute URL. `None` if no `://` follows the scheme: browsers and
/// many parsers read `https:host` and `https:/host` as if it did, others do not.
pub(super) fn written(url: &str) -> Option<(&str, &str)> {
    let is_scheme = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    let (scheme, rest) = url.split_once(':').filter(|(scheme, _)| is_scheme(scheme))?;
    let authority = rest.strip_prefix("//")?.split(['/', '?', '#']).next()?;
    Some((scheme, authority))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_follows_the_scheme() {
        for (url, expected) in [
            ("https://lms.example:8443/a?b#c", Some(("https", "lms.example:8443"))),
            ("https://lms.example?://other.example", Some(("https", "lms.example"))),
            ("https://user@lms.example", Some(("https", "user@lms.example"))),
            ("https:///lms.example", Some(("https", ""))),
            ("https:/user@lms.example/#://other.example", None),
            ("https:lms.example/?a=://other.example", None),
            ("lms.example/?a=://other.example", None),
            ("//lms.example", None),
            ("", None),
        ] {
            assert_eq!(written(url), expected, "{url}");
        }
    }
}

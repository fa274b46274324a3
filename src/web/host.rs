//! `Host` headers (RFC 9110, section 7.2).

use std::net::Ipv6Addr;

/// Whether a value is a host with an optional port (RFC 3986, 3.2). An empty name is not a host of
/// an http or https URL (RFC 9110, 4.2), and a comma joins two fields.
pub fn is_host(text: &str) -> bool {
    let (name_is_valid, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) => (
                address.parse::<Ipv6Addr>().is_ok(),
                port.strip_prefix(':').or(port.is_empty().then_some("")),
            ),
            None => return false,
        },
        None => {
            let (name, port) = text.split_once(':').unwrap_or((text, ""));
            (is_name(name), Some(port))
        }
    };
    let is_port = |port: &str| {
        port.is_empty()
            || (port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok())
    };
    name_is_valid && port.is_some_and(is_port)
}

/// Whether a text is a host's name or IPv4 address.
fn is_name(name: &str) -> bool {
    let mut parts = name.split('%');
    let is_plain = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+;=".contains(&byte))
    };
    let begins = parts.next().is_some_and(is_plain);
    let mut rest = parts.map(|part| {
        part.len() >= 2
            && part.is_char_boundary(2)
            && part[..2].bytes().all(|byte| byte.is_ascii_hexdigit())
            && is_plain(&part[2..])
    });
    !name.is_empty() && begins && rest.all(|is_valid| is_valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_follow_the_standard() {
        for (value, expected) in [
            ("tool.example", true),
            ("TOOL.example.:443", true),
            ("localhost:8080", true),
            ("127.0.0.1:1", true),
            ("my_tool.internal", true),
            ("[2001:db8::1]", true),
            ("[::1]:65535", true),
            ("t%C3%B6ol.example", true),
            ("tool.example:", true),
            ("", false),
            (":80", false),
            (" ", false),
            ("a b", false),
            ("tool.example, evil.example", false),
            ("tool.example,evil.example", false),
            ("tool.example/path", false),
            ("user@tool.example", false),
            ("http://tool.example", false),
            ("tool.example:80:80", false),
            ("tool.example:65536", false),
            ("tool.example:+1", false),
            ("tool.example:http", false),
            ("::1", false),
            ("[::1", false),
            ("[::1]x", false),
            ("[::1]]", false),
            ("[tool.example]", false),
            ("%", false),
            ("%4", false),
            ("%zz", false),
            ("a\\b", false),
            ("a\"b", false),
            ("a?b", false),
            ("a#b", false),
            ("töol.example", false),
        ] {
            assert_eq!(is_host(value), expected, "{value:?}");
        }
    }
}

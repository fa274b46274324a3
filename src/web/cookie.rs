//! Cookies that a browser sends (RFC 6265, section 5.4).

use std::collections::HashMap;

/// The value of the cookie with this name in the values of all `Cookie` headers; the first one that
/// is text if there are several. Names are case-sensitive.
///
/// Headers are octets: browsers also send the cookies of other programs on the same host, and one of
/// them may contain any byte.
pub fn find<'h, H: AsRef<[u8]> + ?Sized + 'h>(
    headers: impl IntoIterator<Item = &'h H>,
    name: &str,
) -> Option<&'h str> {
    all(headers).find_map(|(found, value)| (found == name).then_some(value))
}

/// Names and values of all cookies that are text, in their order.
fn all<'h, H: AsRef<[u8]> + ?Sized + 'h>(
    headers: impl IntoIterator<Item = &'h H>,
) -> impl Iterator<Item = (&'h str, &'h str)> {
    let pairs = headers.into_iter().flat_map(|header| header.as_ref().split(|byte| *byte == b';'));
    pairs.filter_map(|pair| {
        let pair = pair.trim_ascii();
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let [name, value] = [&pair[..equals], &pair[equals + 1..]].map(std::str::from_utf8);
        name.ok().zip(value.ok())
    })
}

/// All cookies that are text, by name; the first one of each name.
#[derive(Debug, Clone, Default)]
pub struct Cookies(HashMap<String, String>);

impl Cookies {
    /// Those in the values of all `Cookie` headers.
    pub fn read<'h, H: AsRef<[u8]> + ?Sized + 'h>(
        headers: impl IntoIterator<Item = &'h H>,
    ) -> Self {
        let mut cookies = HashMap::new();
        for (name, value) in all(headers) {
            cookies.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
        Self(cookies)
    }

    /// The value of a cookie.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Names and values, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        for (name, value) in [
            ("a", Some("1")),
            ("b", Some("2=3")),
            ("c", None),
            ("d", Some("4")),
            ("A", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(find(["xa=0; a=1;b=2=3; c; a=5", "d=4"], name), value, "{name}");
        }
    }

    #[test]
    fn cookies_of_other_programs_hide_none() {
        for foreign in [
            &b"city=Z\xc3\xbcrich"[..],
            b"city=Z\xfcrich",
            b"\xff=1",
            b"\xff",
            b"=",
            b"a\xff=1",
            b"a=\xff",
            b"x=\x01\x7f",
        ] {
            let headers = [&[foreign, b"; a=1; b=2"].concat()[..], foreign, b"d=4"];
            for (name, value) in [("a", "1"), ("b", "2"), ("d", "4")] {
                assert_eq!(find(headers, name), Some(value), "{foreign:?} {name}");
            }
        }
    }
}

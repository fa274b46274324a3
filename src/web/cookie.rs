//! Cookies that a browser sends (RFC 6265, section 5.4).

/// The value of the cookie with this name in the values of all `Cookie` headers; the first one if
/// there are several. Names are case-sensitive.
pub fn find<'h>(headers: impl IntoIterator<Item = &'h str>, name: &str) -> Option<&'h str> {
    let pairs = headers
        .into_iter()
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find_map(|(found, value)| (found == name).then_some(value))
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
}

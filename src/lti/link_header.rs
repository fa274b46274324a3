//! Tolerant parser of `Link` headers (RFC 8288): they contain the URL of a list's next page, and
//! platforms write them in many ways.
//!
//! Moodle, for example, puts typographic quotes around the relation and writes `&amp;` for `&` in
//! the target.

use url::Url;

/// There is a next page, but its URL cannot be read, so the list is incomplete.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the Link header has a next page whose URL cannot be read")]
pub struct UnusableLink;

/// The URL of the next page, from the values of all `Link` headers of a response; relative ones are
/// resolved against `base`, the requested URL.
///
/// # Errors
///
/// [`UnusableLink`].
pub fn next<'a>(
    values: impl IntoIterator<Item = &'a [u8]>,
    base: &Url,
) -> Result<Option<Url>, UnusableLink> {
    for value in values {
        let value = String::from_utf8_lossy(value);
        let mut rest = value.as_ref();
        while let Some((link, after)) = first_link(rest) {
            if link.is_next() {
                return link.resolve(base).map(Some);
            }
            rest = after;
        }
    }
    Ok(None)
}

struct Link<'a> {
    target: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
}

impl Link<'_> {
    /// Only the first `rel` counts (RFC 8288, 3.3); it may name several relations.
    fn is_next(&self) -> bool {
        let relation = self.parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case("rel"));
        // Anything around the word is a kind of quotation mark, perhaps wrongly encoded.
        let bare = |word: &str| {
            word.trim_matches(|character: char| !character.is_ascii_alphanumeric())
                .eq_ignore_ascii_case("next")
        };
        relation.is_some_and(|(_, value)| value.split_whitespace().any(bare))
    }

    fn resolve(&self, base: &Url) -> Result<Url, UnusableLink> {
        let target = self.target.trim().replace("&amp;", "&");
        if target.is_empty() {
            return Err(UnusableLink);
        }
        let mut url = base.join(&target).map_err(|_| UnusableLink)?;
        url.set_fragment(None);
        Ok(url)
    }
}

/// The first link of a header's value, and the rest.
fn first_link(value: &str) -> Option<(Link<'_>, &str)> {
    let (_, after) = value.split_once('<')?;
    let (target, mut rest) = after.split_once('>')?;
    let mut parameters = Vec::new();
    loop {
        rest = rest.trim_start();
        let Some(parameter) = rest.strip_prefix(';') else { break };
        let end = end_of_parameter(parameter);
        let (name, value) = parameter[..end].split_once('=').unwrap_or((&parameter[..end], ""));
        parameters.push((name.trim(), value.trim()));
        rest = &parameter[end..];
    }
    Some((Link { target, parameters }, rest))
}

/// The position of the `;` or `,` that ends a parameter; those inside double quotes do not count.
fn end_of_parameter(text: &str) -> usize {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (place, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ';' | ',' if !is_quoted => return place,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn next_of(values: &[&str]) -> Result<Option<String>, UnusableLink> {
        let base = Url::parse("https://lms.example/api/members?rlid=1").unwrap();
        next(values.iter().map(|value| value.as_bytes()), &base).map(|url| url.map(String::from))
    }

    #[test]
    fn next_page_is_found_in_all_spellings() {
        const URL: &str = "https://lms.example/p?a=1&from=2";
        for values in [
            &["<https://lms.example/p?a=1&from=2>; rel=\"next\""][..],
            &["<https://lms.example/p?a=1&from=2>;rel=next"],
            &["<https://lms.example/p?a=1&from=2> ; REL = \"Next\""],
            &["<https://lms.example/p?a=1&from=2>; title=\"a, <b>; rel=x \\\" y\"; rel=\"next\"; \
                 type=\"x\""],
            &["<https://lms.example/p?a=1&from=2>; rel=\"last next\""],
            &["<https://lms.example/p?a=1&from=2>; rel='next'"],
            &["<https://lms.example/p?a=1&amp;from=2>; rel=“next”"],
            &["<https://lms.example/p?a=1&amp;from=2>; rel=â\u{80}\u{9c}nextâ\u{80}\u{9d}"],
            &["</p?a=1&from=2>; rel=\"next\""],
            &["<../p?a=1&from=2>; rel=\"next\""],
            &["< https://lms.example/p?a=1&from=2#here >; rel=\"next\""],
            &["<https://lms.example/1>; rel=\"first\", <https://lms.example/p?a=1&from=2>; \
                 rel=\"next\", <https://lms.example/9>; rel=\"last\""],
            &[
                "<https://lms.example/1>; rel=\"first\"",
                "<https://lms.example/p?a=1&from=2>; rel=\"next\"",
            ],
            &["<https://lms.example/1>;rel=“first”,<https://lms.example/p?a=1&from=2>;rel=“next”"],
            &["<https://lms.example/d>; \
                 rel=\"differences\",\t<https://lms.example/p?a=1&from=2>; rel=\"next\""],
        ] {
            assert_eq!(next_of(values), Ok(Some(URL.to_owned())), "{values:?}");
        }
    }

    #[test]
    fn other_links_are_not_the_next_page() {
        for values in [
            &[][..],
            &[""],
            &["<https://lms.example/p>"],
            &["<https://lms.example/p>; rel=\"prev\""],
            &["<https://lms.example/p>; rel=\"prev\"; rel=\"next\""],
            &["<https://lms.example/next>; rel=\"last\"; title=\"next\""],
            &["<https://lms.example/p>; rev=\"next\""],
            &["https://lms.example/p; rel=\"next\""],
            &["<https://lms.example/p; rel=\"next\""],
            &["<https://lms.example/p>; title=\"; rel=next\""],
        ] {
            assert_eq!(next_of(values), Ok(None), "{values:?}");
        }
        for value in ["<>; rel=\"next\"", "<https://>; rel=\"next\"", "<https://a b/>; rel=next"] {
            assert_eq!(next_of(&[value]), Err(UnusableLink), "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_parsed_without_a_panic(value in proptest::collection::vec(any::<u8>(), 0..200)) {
            let base = Url::parse("https://lms.example/").unwrap();
            let _ = next([value.as_slice()], &base);
        }

        #[test]
        fn a_well_formed_next_is_found_among_others(
            page in 0_u32..1_000_000, before in 0_usize..4, after in 0_usize..4, quoted in any::<bool>(), title in "[ \
                -!#-\\[\\]-~]{0,20}", is_first in any::<bool>(),
        ) {
            let quote = if quoted { "\"" } else { "" };
            let other = |number| format!("<https://lms.example/other/{number}>; rel=\"prev\"; \
                title=\"{title}\"");
            let relation = format!("rel={quote}next{quote}");
            let title = format!("title=\"{title}\"");
            let parameters = if is_first { format!("{relation}; {title}") } else { format!("{title}; \
                {relation}") };
            let mut links: Vec<String> = (0..before).map(other).collect();
            links.push(format!("<https://lms.example/m?page={page}>; {parameters}"));
            links.extend((0..after).map(other));
            let expected = Some(format!("https://lms.example/m?page={page}"));
            prop_assert_eq!(next_of(&[&links.join(", ")]), Ok(expected.clone()));
            let headers: Vec<&str> = links.iter().map(String::as_str).collect();
            prop_assert_eq!(next_of(&headers), Ok(expected));
        }
    }
}

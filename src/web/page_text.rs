//! The text of HTML pages, for messages: platforms and proxies often send error pages instead of a
//! message.

/// Elements whose content is not displayed.
const HIDDEN: [&str; 3] = ["script", "style", "head"];

/// The most common character references; `&amp;` is last so that nothing is decoded twice.
const REFERENCES: [(&str, &str); 7] = [
    ("&nbsp;", " "),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&#039;", "'"),
    ("&amp;", "&"),
];

/// Roughly the text that a browser would display: a space for each tag, and no hidden elements. Its
/// time is proportional to the length of the page.
pub fn visible(page: &str) -> String {
    // Only ASCII letters change, so positions are the same in both.
    let lower = page.to_ascii_lowercase();
    let after_tag =
        |start: usize| lower[start..].find('>').map_or(page.len(), |end| start + end + 1);
    let (mut text, mut place) = (String::new(), 0);
    while let Some(before) = page[place..].find('<') {
        let start = place + before;
        text.push_str(&page[place..start]);
        let tag = &lower[start + 1..];
        let is_named = |name: &&str| {
            tag.strip_prefix(name).is_some_and(|rest| {
                !rest.starts_with(|character: char| character.is_ascii_alphanumeric())
            })
        };
        place = if let Some(name) = HIDDEN.into_iter().find(is_named) {
            text.push(' ');
            lower[start..]
                .find(&format!("</{name}"))
                .map_or(page.len(), |end| after_tag(start + end))
        } else if tag.starts_with(|character: char| {
            character.is_ascii_alphabetic() || matches!(character, '/' | '!' | '?')
        }) {
            text.push(' ');
            after_tag(start)
        } else {
            text.push('<');
            start + 1
        };
    }
    text.push_str(&page[place..]);
    REFERENCES.iter().fold(text, |text, (reference, character)| text.replace(reference, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_hidden_elements_are_left_out() {
        for (page, expected) in [
            ("plain", "plain"),
            ("a<br>b", "a b"),
            ("1 < 2 <3", "1 < 2 <3"),
            ("<p title='x'>a</p>b", " a b"),
            ("<HEAD><title>x</title></Head ><header>y</header>", "  y "),
            ("<script>x('</p>')</SCRIPT>a", " a"),
            ("<style>never closed", " "),
            ("a<p never closed", "a "),
            ("<é>", "<é>"),
            ("&lt;b&gt; &amp;lt;", "<b> &lt;"),
        ] {
            assert_eq!(visible(page), expected, "{page}");
        }
    }

    #[test]
    fn time_is_linear_for_pages_of_opening_tags() {
        // Searching the rest of the page for each of them would take minutes.
        assert_eq!(visible(&"<script>".repeat(1_000_000)), " ");
        assert_eq!(visible(&"<script></script>".repeat(200_000)).len(), 200_000);
    }
}

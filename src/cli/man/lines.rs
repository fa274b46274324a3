//! The lines of a page's source: short, as `mandoc -Tlint` asks, and without breaks that have no
//! effect.

/// The longest line of text that is accepted without a remark, in bytes.
const MAX_LINE: usize = 80;

/// Breaks long lines of text between words, which does not change the page, since lines are filled.
/// Tags and lines that are printed as they are stay whole.
pub(super) fn broken(page: &str) -> String {
    // A blank line between two breaks.
    let page = page.replace(".br\n\n.br\n", ".sp\n");
    let (mut text, mut is_tag, mut is_filled) = (String::with_capacity(page.len()), false, true);
    for line in page.lines() {
        let is_text = !line.starts_with(['.', '\'']) && !is_tag && is_filled;
        match line {
            ".nf" => is_filled = false,
            ".fi" => is_filled = true,
            _ => {}
        }
        is_tag = line == ".TP";
        if is_text {
            append(&mut text, line);
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// Appends a line of text in lines that are short enough.
fn append(text: &mut String, line: &str) {
    let mut width = 0;
    for (place, word) in line.split(' ').enumerate() {
        let is_first = place == 0;
        // Not at an escaped space, and not before a word that would become a request.
        let may_break = !text.ends_with('\\') && !word.starts_with(['.', '\'']) && !word.is_empty();
        if !is_first && may_break && width + 1 + word.len() > MAX_LINE {
            text.push('\n');
            width = 0;
        } else if !is_first {
            text.push(' ');
            width += 1;
        }
        text.push_str(word);
        width += word.len();
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::broken;

    #[test]
    fn only_filled_text_is_broken() {
        let words = |count| "word ".repeat(count).trim_end().to_owned();
        let [long, one, two] = [30, 16, 14].map(words);
        let unbroken = format!("{}\\ word", "x".repeat(78));
        for (page, expected) in [
            (long.clone(), format!("{one}\n{two}")),
            (format!(".TP\n{long}\nshort"), format!(".TP\n{long}\nshort")),
            (format!(".nf\n{long}\n.fi\n{long}"), format!(".nf\n{long}\n.fi\n{one}\n{two}")),
            (format!(".SH {long}"), format!(".SH {long}")),
            (unbroken.clone(), unbroken),
            (format!("{one} .br"), format!("{one} .br")),
            ("a\n.br\n\n.br\nb".to_owned(), "a\n.sp\nb".to_owned()),
        ] {
            assert_eq!(broken(&page).trim_end(), expected);
        }
    }
}

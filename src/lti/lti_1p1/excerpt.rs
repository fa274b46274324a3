//! Excerpts of what was received, for errors and logs.

/// A text on one line, without control characters and at most this many characters long. Runs of
/// white space become one space.
pub(in crate::lti) fn one_line(text: &str, maximum: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    for character in text.trim().chars() {
        let is_blank = character.is_whitespace() || character.is_control();
        if is_blank && line.ends_with(' ') {
            continue;
        }
        if length == maximum {
            line.push('…');
            break;
        }
        line.push(if is_blank { ' ' } else { character });
        length += 1;
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_one_short_line() {
        for (text, expected) in [
            (" a\r\n\tb\0c ", "a b c"),
            ("abcdefgh", "abcde…"),
            ("abcd \n", "abcd"),
            ("äöüßé", "äöüßé"),
            ("\u{1b}\u{1b}", ""),
            ("", ""),
        ] {
            assert_eq!(one_line(text, 5), expected, "{text:?}");
        }
    }
}

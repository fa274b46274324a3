//! Makes untrusted text safe to display.

use std::borrow::Cow;

use crate::domain::is_unprintable;
use crate::failure;

/// Whether a character can move the cursor, start an escape sequence or change the direction of
/// text, or is invisible; line breaks are not.
pub(super) fn is_hostile(character: char) -> bool {
    is_unprintable(character) && character != '\n'
}

/// The text with a replacement character for each that could move the cursor, start an escape
/// sequence or change the direction of text, or is invisible.
pub fn clean(text: &str) -> Cow<'_, str> {
    // Nearly all text is plain, and hundreds of thousands of lines are quickly checked for that.
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n'));
    if !is_plain && text.contains(is_hostile) {
        Cow::Owned(text.replace(is_hostile, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Numbers with their nouns, each in the singular and plural, as text; zero is omitted.
pub fn counted_in_words(counted: &[(u32, &str, &str)]) -> String {
    let words: Vec<String> = counted
        .iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| failure::counted(*number, one, many))
        .collect();
    match words.split_last() {
        None => "no dependent data".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn escape_sequences_are_neutralized() {
        assert_eq!(clean("plain é 学校"), "plain é 学校");
        assert_eq!(
            clean("a\u{1b}[31mb\u{9b}c\u{202e}d\re"),
            "a\u{fffd}[31mb\u{fffd}c\u{fffd}d\u{fffd}e"
        );
        assert_eq!(clean("a\u{ad}b\u{61c}c\u{e0041}d"), "a\u{fffd}b\u{fffd}c\u{fffd}d");
    }
}

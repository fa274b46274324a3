//! Text from outside, made safe to show.

use std::borrow::Cow;

use crate::domain::is_unprintable;

/// Whether a character can move the cursor, start an escape sequence, turn the direction of what
/// follows, or cannot be seen; line breaks may stay.
pub(super) fn is_hostile(character: char) -> bool {
    is_unprintable(character) && character != '\n'
}

/// The text without characters that could move the cursor, start an escape sequence or turn the
/// direction of what follows, and without those that cannot be seen.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.contains(is_hostile) {
        Cow::Owned(text.replace(is_hostile, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// How many there are of what, each with its word for one and its word for several; what there is
/// none of is left out.
pub fn counted_in_words(counted: &[(u32, &str, &str)]) -> String {
    let words: Vec<String> = counted
        .iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| format!("{number} {}", if *number == 1 { one } else { many }))
        .collect();
    match words.split_last() {
        None => "nothing below it".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn escape_sequences_lose_their_teeth() {
        assert_eq!(clean("plain é 学校"), "plain é 学校");
        assert_eq!(
            clean("a\u{1b}[31mb\u{9b}c\u{202e}d\re"),
            "a\u{fffd}[31mb\u{fffd}c\u{fffd}d\u{fffd}e"
        );
        assert_eq!(clean("a\u{ad}b\u{61c}c\u{e0041}d"), "a\u{fffd}b\u{fffd}c\u{fffd}d");
    }
}

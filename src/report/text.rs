//! Text from outside, made safe to show.

use std::borrow::Cow;

/// Whether a character can move the cursor, start an escape sequence, or turn the direction of what follows.
pub(super) fn is_hostile(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The text without characters that could move the cursor, start an escape sequence or turn the direction of what follows.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.contains(is_hostile) { Cow::Owned(text.replace(is_hostile, "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// How many there are of what, each with its word for one and its word for several; what there is none of is left out.
pub fn counted_in_words(counted: &[(u32, &str, &str)]) -> String {
    let words: Vec<String> =
        counted.iter().filter(|(number, ..)| *number > 0).map(|(number, one, many)| format!("{number} {}", if *number == 1 { one } else { many })).collect();
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
        assert_eq!(clean("a\u{1b}[31mb\u{9b}c\u{202e}d\re"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}d\u{fffd}e");
    }
}

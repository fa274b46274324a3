//! Texts for terminals, wrapped between words. No word is broken, because it may be an identifier or a
//! URL, and no command, so that it can be copied whole.

use std::borrow::Cow;

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter};
use unicode_width::UnicodeWidthStr;

/// The assumed width of a terminal that does not report it.
const USUAL_WIDTH: u16 = 80;

/// With less room, text is not wrapped.
const LEAST_ROOM: usize = 16;

/// The width of the terminal.
pub(super) fn terminal_width() -> u16 {
    // COLUMNS takes precedence over the terminal (POSIX, environment variables).
    #[expect(clippy::disallowed_methods, reason = "COLUMNS sets the width of the terminal")]
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let reported = || comfy_table::Table::new().width();
    columns.or_else(reported).filter(|columns| *columns > 0).unwrap_or(USUAL_WIDTH)
}

/// The lines of a text, none of them wider than `room` unless a word is.
pub(super) fn lines(text: &str, room: usize) -> Vec<Cow<'_, str>> {
    if room < LEAST_ROOM {
        return text.split('\n').map(Cow::Borrowed).collect();
    }
    let options = Options::new(room)
        .break_words(false)
        .word_separator(WordSeparator::Custom(|line| Box::new(words(line).map(Word::from))))
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(text, options)
}

/// The parts of a line that are not broken, each with the spaces after it: words, code in backticks,
/// and a command that takes the rest of the line.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    let mut starts_command = true;
    std::iter::from_fn(move || {
        let end = if starts_command && rest.starts_with("ltictl ") {
            rest.len()
        } else {
            let mut in_code = false;
            let ends_word = |(_, character): &(usize, char)| {
                in_code ^= *character == '`';
                *character == ' ' && !in_code
            };
            let space = rest.char_indices().find(ends_word).map_or(rest.len(), |(at, _)| at);
            rest.len() - rest[space..].trim_start_matches(' ').len()
        };
        let (word, after) = rest.split_at_checked(end).filter(|(word, _)| !word.is_empty())?;
        starts_command = word.ends_with(": ");
        rest = after;
        Some(word)
    })
}

/// The width of the longest part of a line that is not broken.
pub(super) fn least_width(line: &str) -> usize {
    words(line).map(|word| word.trim_end_matches(' ').width()).max().unwrap_or(0)
}

/// A text within `width`, whose later lines are indented by `indent`; each line of the text keeps its
/// own indent in addition.
pub(super) fn indented(text: &str, width: usize, indent: usize) -> String {
    let mut wrapped = String::with_capacity(text.len() + text.len() / 8);
    for (number, line) in text.split('\n').enumerate() {
        let own = line.len() - line.trim_start_matches(' ').len();
        let room = width.saturating_sub(indent + own);
        for (place, part) in lines(line.trim_start_matches(' '), room).iter().enumerate() {
            if number + place > 0 {
                wrapped.push('\n');
                if !part.is_empty() {
                    wrapped.extend(std::iter::repeat_n(' ', indent));
                }
            }
            wrapped.extend(std::iter::repeat_n(' ', own));
            wrapped.push_str(part);
        }
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEXT: &str = "Next:\nltictl registration list --limit 5";
    const RUN: &str = "Run\n`ltictl doctor --offline`,\nand `ls` it";

    #[test]
    fn words_are_never_broken() {
        let url = "https://lms.example.edu/a-long-path/with-hyphens";
        for (text, width, indent, expected) in [
            ("", 30, 0, ""),
            ("one line", 30, 0, "one line"),
            ("one two three four five six", 20, 2, "one two three four\n  five six"),
            (url, 20, 0, url),
            (&format!("Set it to {url} now"), 24, 4, &format!("Set it to\n    {url}\n    now")),
            ("a\n  b c d e f g h i j k", 18, 0, "a\n  b c d e f g h i\n  j k"),
            ("a\n\nb", 30, 0, "a\n\nb"),
            ("Next: ltictl registration list --limit 5", 20, 0, NEXT),
            ("ltictl registration list", 20, 2, "ltictl registration list"),
            ("Run `ltictl doctor --offline`, and `ls` it", 20, 0, RUN),
            ("A ` alone, and no other", 17, 0, "A\n` alone, and no other"),
            ("too little room for this", 10, 0, "too little room for this"),
        ] {
            assert_eq!(indented(text, width, indent), expected, "{text:?}");
        }
    }
}

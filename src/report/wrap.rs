//! Texts for terminals, wrapped between words. No word is broken, because it may be an identifier or a
//! URL. A command that is too long is broken as a shell accepts it, so that it can be pasted.

use std::borrow::Cow;

use dialoguer::console::Term;
use textwrap::core::{Word, display_width};
use textwrap::{Options, WordSeparator, WordSplitter};
use unicode_width::UnicodeWidthStr;

/// The assumed width of a terminal that does not report it.
const USUAL_WIDTH: u16 = 80;

/// How much further the later lines of a command are indented.
const CONTINUED: &str = "  ";

/// What ends each line of a command that continues.
const CONTINUES: &str = " \\";

/// With less room, text is not wrapped.
const LEAST_ROOM: usize = 16;

/// The width of the terminal.
pub(super) fn terminal_width() -> u16 {
    // COLUMNS takes precedence over the terminal (POSIX, environment variables).
    #[expect(clippy::disallowed_methods, reason = "COLUMNS sets the width of the terminal")]
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let reported = || {
        let sizes = [Term::stdout(), Term::stderr()].map(|terminal| terminal.size_checked());
        sizes.into_iter().flatten().map(|(_, columns)| columns).next()
    };
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
    let wrapped = textwrap::wrap(text, options).into_iter();
    wrapped
        .flat_map(|line| match is_command(&line) && display_width(&line) > room {
            true => command_lines(&line, room).into_iter().map(Cow::Owned).collect(),
            false => vec![line],
        })
        .collect()
}

/// Whether a line that does not start within a sentence is a command.
fn is_command(line: &str) -> bool {
    line.strip_prefix("$ ").unwrap_or(line).starts_with("ltictl ")
}

/// A command in several lines as a shell accepts it, if it is wider than `room`. It is broken between
/// options, each of which stays with its value, and elsewhere only if that does not suffice.
pub fn broken_command(command: &str, room: usize) -> String {
    command_lines(command, room).join("\n")
}

fn command_lines(command: &str, room: usize) -> Vec<String> {
    if display_width(command) <= room {
        return vec![command.to_owned()];
    }
    let room = room.saturating_sub(CONTINUES.len());
    let fits = |line: &str, more: &str| display_width(line) + 1 + display_width(more) <= room;
    let mut lines: Vec<String> = Vec::new();
    let mut add = |part: &str| match lines.last_mut() {
        Some(last) if fits(last, part) => {
            last.push(' ');
            last.push_str(part);
        }
        Some(_) => lines.push(format!("{CONTINUED}{part}")),
        None => lines.push(part.to_owned()),
    };
    for option in parts(command).chunk_by(|_, part| !part.starts_with('-')) {
        let whole = option.join(" ");
        if CONTINUED.len() + display_width(&whole) <= room {
            add(&whole);
        } else {
            option.iter().for_each(|part| add(part));
        }
    }
    if let Some((_, continued)) = lines.split_last_mut() {
        continued.iter_mut().for_each(|line| line.push_str(CONTINUES));
    }
    lines
}

/// The words of a command, each flag with its value.
fn parts(command: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let (mut quote, mut is_escaped, mut starts_word) = (None, false, true);
    for character in command.chars() {
        if character == ' ' && quote.is_none() && !is_escaped {
            starts_word = true;
            continue;
        }
        match quote {
            _ if is_escaped => is_escaped = false,
            Some('"') | None if character == '\\' => is_escaped = true,
            Some(open) if open == character => quote = None,
            None if matches!(character, '"' | '\'') => quote = Some(character),
            _ => {}
        }
        if std::mem::take(&mut starts_word) {
            let is_value = character != '-'
                && parts.last().is_some_and(|flag| flag.starts_with('-') && !flag.contains(' '));
            match parts.last_mut().filter(|_| is_value) {
                Some(flag) => flag.push(' '),
                None => parts.push(String::new()),
            }
        }
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts
}

/// A text whose lines are within `width`. What continues a line is below the line's start, or below
/// the value if the line is a label, two spaces or more, and a value.
pub(super) fn whole(text: &str, width: usize) -> String {
    let lines = text.split('\n').map(|line| {
        if display_width(line) <= width {
            return Cow::Borrowed(line);
        }
        let (label, value) = label_and_value(line);
        let column = display_width(label);
        match column <= width / 2 {
            true => Cow::Owned(format!("{label}{}", indented(value, width, column))),
            false => Cow::Owned(indented(line, width, 0)),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Splits a line before the value of a label; without a label, after its indent.
fn label_and_value(line: &str) -> (&str, &str) {
    let text = line.trim_start_matches(' ');
    let gap = text.find("  ").unwrap_or_default();
    let value = text[gap..].trim_start_matches(' ');
    line.split_at(line.len() - value.len())
}

/// The parts of a line that are not broken, each with the spaces after it: words, code in backticks,
/// and a command that takes the rest of the line.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    let mut starts_command = true;
    std::iter::from_fn(move || {
        let end = if starts_command && is_command(rest) {
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

    const NEXT: &str = "Next:\nltictl registration list \\\n  --limit 5";
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
            ("Next: ltictl registration list --limit 5", 28, 0, NEXT),
            ("ltictl registration list", 26, 2, "ltictl registration list"),
            ("Run `ltictl doctor --offline`, and `ls` it", 20, 0, RUN),
            ("A ` alone, and no other", 17, 0, "A\n` alone, and no other"),
            ("too little room for this", 10, 0, "too little room for this"),
        ] {
            assert_eq!(indented(text, width, indent), expected, "{text:?}");
        }
    }

    #[test]
    fn long_commands_are_broken_between_options_as_a_shell_accepts_it() {
        for (room, command, expected) in [
            (78, "ltictl init", "ltictl init"),
            (
                78,
                "ltictl platform set moodle-prod --issuer https://moodle.example.edu --client-id \
                 \"a b\" --keyset-url https://moodle.example.edu/mod/lti/certs.php",
                "ltictl platform set moodle-prod --issuer https://moodle.example.edu \\\n  \
                 --client-id \"a b\" \\\n  --keyset-url \
                 https://moodle.example.edu/mod/lti/certs.php",
            ),
            (24, "$ ltictl demo --keep --dynamic", "$ ltictl demo --keep \\\n  --dynamic"),
            (
                20,
                "ltictl account show a-long-username",
                "ltictl account \\\n  show \\\n  a-long-username",
            ),
            (
                30,
                "ltictl account create 'it'\\''s a long name' --email a@b.example",
                "ltictl account create \\\n  'it'\\''s a long name' \\\n  --email a@b.example",
            ),
        ] {
            assert_eq!(broken_command(command, room), expected);
            let joined = expected.replace(" \\\n ", "");
            assert_eq!(joined, command, "a shell reads the same");
        }
    }

    #[test]
    fn whole_texts_are_wrapped_below_their_values() {
        for (text, expected) in [
            ("short\n  x  y", "short\n  x  y"),
            ("  one two three four five six seven", "  one two three four five\n  six seven"),
            ("  Label   one two three four five", "  Label   one two three\n          four five"),
            ("  Label   https://lms.example.edu/x", "  Label   https://lms.example.edu/x"),
            ("   $ ltictl demo --keep --dynamic", "   $ ltictl demo --keep \\\n     --dynamic"),
            ("\u{1b}[1mone two three four\u{1b}[0m", "\u{1b}[1mone two three four\u{1b}[0m"),
        ] {
            assert_eq!(whole(text, 26), expected, "{text:?}");
        }
    }
}

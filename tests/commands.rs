//! Whether what a text tells people to run is a complete command line of this program.
//!
//! A text either is one command, or has each command in backticks, in parentheses, on a line of its
//! own, or after a colon up to the end of the sentence. Anywhere else, a reader could not see where
//! it ends.

use std::sync::OnceLock;

use clap::error::ErrorKind;

/// Stands for a value that is not known yet, such as an argument of `format!`: characters for private
/// use, one for each value.
const HOLES: std::ops::RangeInclusive<char> = '\u{e000}'..='\u{e0ff}';

/// The character for the value with this number.
pub(crate) fn hole(number: usize) -> char {
    HOLES.clone().nth(number).unwrap()
}

/// The number of the value that a character stands for.
pub(crate) fn hole_number(character: char) -> Option<usize> {
    HOLES.contains(&character).then(|| character as usize - *HOLES.start() as usize)
}

/// What may be in the place of a value that is not known: one of them makes the command complete.
const VALUES: [&str; 15] = [
    "x",
    "1",
    "60s",
    "https://x.example",
    "127.0.0.1:1",
    "RS256",
    "Instructor",
    "moodle",
    "openid",
    "registration",
    "doctor",
    "2026-01-01",
    "--file=x",
    "--yes",
    "",
];

/// The maximum number of values with different replacements.
const SEPARATE_VALUES: usize = 2;

fn tree() -> &'static clap::Command {
    static TREE: OnceLock<clap::Command> = OnceLock::new();
    TREE.get_or_init(|| {
        let mut tree = ltictl::cli::command();
        tree.build();
        tree
    })
}

/// Every command line of this program in a text, and what follows `ltictl` in places where no reader
/// could see where a command ends.
pub(crate) fn find_in(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut commands, mut unmarked) = (Vec::new(), Vec::new());
    let text = text.replace("\\\n", " ");
    for line in text.lines() {
        let mut prose = String::new();
        for (index, part) in line.split('`').enumerate() {
            if index % 2 == 0 {
                prose += part;
            } else if part.starts_with("ltictl ") {
                commands.push(part.to_owned());
            }
        }
        for (place, _) in prose.match_indices("ltictl ") {
            let (before, rest) = prose.split_at(place);
            let start = before.trim_start().trim_start_matches("$ ");
            let up_to = |end: &str| rest.split(end).next().unwrap_or_default().trim();
            // A number or a hole may be before a command on a line of its own.
            let is_mark =
                |c: char| c.is_ascii_digit() || c == '.' || c == ' ' || HOLES.contains(&c);
            if start.strip_prefix("hint: ").unwrap_or(start).chars().all(is_mark) {
                // Commands in a row run one after the other in a shell, too.
                let row = up_to("   ").split("; ltictl ").next().unwrap_or_default();
                commands.push(row.to_owned());
            } else if before.ends_with("; ") && prose.trim_start().starts_with("ltictl ") {
                commands.push(rest.split("; ltictl ").next().unwrap_or_default().to_owned());
            } else if before.ends_with('(') {
                commands.push(up_to(")").to_owned());
            } else if before.ends_with(": ") || before.ends_with(":  ") {
                let sentence = rest.split("; ").next().and_then(|rest| rest.split(". ").next());
                commands.push(sentence.unwrap_or_default().trim_end_matches('.').to_owned());
            } else if !before.ends_with(|c: char| c.is_ascii_alphanumeric() || "-/_.".contains(c)) {
                unmarked.push(rest.to_owned());
            }
        }
    }
    (commands, unmarked)
}

/// Every command line of this program in a text.
pub(crate) fn named_in(text: &str) -> Vec<String> {
    find_in(text).0
}

/// What is wrong with the commands in a text.
pub(crate) fn problems_in(text: &str) -> Vec<String> {
    let (commands, unmarked) = find_in(text);
    let incomplete = commands.into_iter().filter_map(|command| {
        problem_of(&command).map(|problem| format!("`{command}`: {problem}"))
    });
    // Not a command: an ltictl database.
    let unmarked = unmarked.into_iter().filter(|rest| {
        let word = rest.split([' ', ',', '.', ';', ':', ')']).nth(1).unwrap_or_default();
        word.starts_with(|c| HOLES.contains(&c)) || tree().find_subcommand(word).is_some()
    });
    incomplete.chain(unmarked.map(|rest| format!("{rest}: not in backticks"))).collect()
}

/// Panics if a command in a text is not a complete command line of this program.
pub(crate) fn check(text: &str) {
    let problems = problems_in(text);
    assert!(problems.is_empty(), "{text:?}\n{}", problems.join("\n"));
}

/// Why a text is not a command line of this program, whatever the values are that it leaves out.
fn problem_of(command: &str) -> Option<String> {
    let words = match shell_words::split(command) {
        Ok(words) => words,
        Err(error) => return Some(error.to_string()),
    };
    let is_shell = |word: &String| matches!(word.as_str(), ">" | "<" | "|" | "&" | "&&");
    let words: Vec<String> = words.into_iter().take_while(|word| !is_shell(word)).collect();
    let number = words.iter().map(|word| values_in(word)).sum::<usize>();
    let separate = number.min(SEPARATE_VALUES);
    let mut problem: Option<clap::Error> = None;
    for choice in 0..VALUES.len().pow(u32::try_from(separate).unwrap()) {
        let mut index = 0;
        let filled = words.iter().map(|word| {
            let filled = filled(word, |_| {
                let place = u32::try_from(index % separate.max(1)).unwrap();
                index += 1;
                VALUES[choice / VALUES.len().pow(place) % VALUES.len()]
            });
            (filled, word)
        });
        // An empty value leaves no word behind.
        let line: Vec<String> = filled
            .filter(|(filled, word)| !filled.is_empty() || word.is_empty())
            .map(|(filled, _)| filled)
            .collect();
        match tree().clone().try_get_matches_from(line) {
            Ok(_) => return None,
            Err(error)
                if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) =>
            {
                return None;
            }
            Err(error) => {
                // Of several problems, the values themselves are the least interesting.
                let is_value = |error: &clap::Error| error.kind() == ErrorKind::ValueValidation;
                if problem.as_ref().is_none_or(is_value) {
                    problem = Some(error);
                }
            }
        }
    }
    problem.map(|problem| problem.to_string().lines().next().unwrap_or_default().to_owned())
}

/// Whether a part of a word is a value to fill in: `REG`, `…` or a hole.
fn is_value(part: &str) -> bool {
    part == "…"
        || part.len() > 1 && part.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        || part.starts_with(|c| HOLES.contains(&c))
}

/// The parts of a word: values to fill in, and the text between them.
fn parts(word: &str) -> Vec<&str> {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut parts = Vec::new();
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let end = if is_inside(first) {
            rest.find(|c| !is_inside(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        parts.push(&rest[..end]);
        rest = &rest[end..];
    }
    parts
}

fn values_in(word: &str) -> usize {
    parts(word).into_iter().filter(|part| is_value(part)).count()
}

fn filled(word: &str, mut value: impl FnMut(&str) -> &'static str) -> String {
    parts(word).into_iter().map(|part| if is_value(part) { value(part) } else { part }).collect()
}

#[test]
fn commands_are_found_and_must_be_complete() {
    for (text, number_of_problems) in [
        ("ltictl registration show REG", 0),
        ("ltictl platform set moodle --leeway 60s", 0),
        ("ltictl platform set moodle --issuer … --client-id …", 0),
        ("run `ltictl launch list`, and `ltictl launch show ID`", 0),
        ("an ltictl database (ltictl db check); for another: ltictl init --url URL", 0),
        ("  ltictl serve     unless it is running", 0),
        ("ltictl grade set quiz tina 5 --comment 'Well done'", 0),
        ("ltictl registration show", 1),
        ("ltictl registration shows REG", 1),
        ("ltictl account show tina, or another username", 1),
        ("ltictl platform set moodle --client-id a b", 1),
        ("ltictl platform set moodle --client-id 'a", 1),
        ("stop ltictl serve, then restore a backup: ltictl restore FILE", 1),
        ("run `ltictl platform set moodle --leeway`, or ltictl doctor", 2),
    ] {
        let problems = problems_in(text);
        assert_eq!(problems.len(), number_of_problems, "{text}: {problems:?}");
    }
}

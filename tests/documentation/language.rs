//! Words that `CONTRIBUTING.md` says to avoid do not appear in code and documentation.

use std::fs;
use std::path::{Path, PathBuf};

/// Files and directories to check.
const CHECKED: [&str; 11] = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "benches",
    "docs",
    "fuzz/README.md",
    "fuzz/src",
    "man",
    "src",
    "tests",
];

/// Where a word may be used all the same: file, word, and why.
const EXCEPTIONS: [(&str, &str, &str); 13] = [
    ("src/domain/pending.rs", "visit", COLUMN),
    ("src/report/explain_codes.rs", "nobody", "a value of the JSON output"),
    ("src/sandbox/choice.rs", "nobody", SANDBOX_USER),
    ("src/sandbox/school.rs", "nobody", SANDBOX_USER),
    ("src/sandbox/services/member.rs", "nobody", SANDBOX_USER),
    ("src/store/account.rs", "visit", COLUMN),
    ("src/store/consumer_migration.rs", "visit", COLUMN),
    ("src/store/membership.rs", "visit", COLUMN),
    ("src/store/pending.rs", "visit", COLUMN),
    ("src/store/registration.rs", "visit", COLUMN),
    ("src/store/session.rs", "visit", COLUMN),
    ("tests/lab/database/fill.rs", "visit", COLUMN),
    ("tests/lab/database/mod.rs", "visit", COLUMN),
];

const COLUMN: &str = "the name of a column or of a key in its JSON";
const SANDBOX_USER: &str = "the name of a user on the command line of the sandbox";

/// Migrations have run on databases and do not change any more. This file contains the exceptions.
const NOT_CHECKED: [&str; 2] = ["src/store/migrations", "tests/documentation/language.rs"];

/// Phrases that are fine with the word that follows.
const FINE: [(&str, &str); 2] = [("no more", "than"), ("stands", "for")];

const LIST: &str = "### Words to avoid";

/// A word in lower case and its line. Punctuation is the empty word, so that no phrase continues
/// after it.
struct Word {
    text: String,
    line: usize,
}

fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        let mut word = String::new();
        for character in line.chars().chain([' ']) {
            if character.is_alphanumeric() || "_-'’".contains(character) {
                word.extend(character.to_lowercase());
                continue;
            }
            let text = word.trim_matches(['-', '\'', '’']);
            if !text.is_empty() {
                words.push(Word { text: text.to_owned(), line: line_number });
            }
            word.clear();
            // Comment markers and quotes do not end a phrase.
            if !character.is_whitespace() && !"/!`\\".contains(character) {
                words.push(Word { text: String::new(), line: line_number });
            }
        }
    }
    words
}

/// The words to avoid, as the list names them.
fn words_to_avoid() -> Vec<Vec<String>> {
    let guide = fs::read_to_string("CONTRIBUTING.md").unwrap();
    let list = guide.split(LIST).nth(1).unwrap().split("```text\n").nth(1).unwrap();
    let list = list.split("```").next().unwrap();
    let phrases = list.lines().map(|line| line.split_once(':').unwrap().0);
    phrases.map(|phrase| phrase.split(' ').map(str::to_owned).collect()).collect()
}

fn uses(text: &str, avoided: &[Vec<String>]) -> Vec<(usize, String)> {
    let words = words(text);
    let mut found = Vec::new();
    for start in 0..words.len() {
        for phrase in avoided {
            let rest = &words[start..];
            let matches = rest.len() >= phrase.len()
                && phrase.iter().zip(rest).all(|(expected, word)| *expected == word.text);
            let next = rest.get(phrase.len()).map(|word| word.text.as_str());
            if matches && !FINE.contains(&(phrase.join(" ").as_str(), next.unwrap_or_default())) {
                found.push((words[start].line, phrase.join(" ")));
            }
        }
    }
    found
}

fn files(path: &Path, found: &mut Vec<PathBuf>) {
    if NOT_CHECKED.iter().any(|skipped| path == Path::new(skipped)) {
        return;
    }
    if path.is_dir() {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for entry in entries {
            files(&entry, found);
        }
    } else if path.extension().is_none_or(|extension| extension != "svg") {
        found.push(path.to_owned());
    }
}

#[test]
fn words_to_avoid_do_not_appear() {
    let avoided = words_to_avoid();
    assert!(avoided.len() > 15, "{avoided:?}");
    let mut checked = Vec::new();
    CHECKED.iter().for_each(|path| files(Path::new(path), &mut checked));
    let (mut complaints, mut exceptions) = (String::new(), EXCEPTIONS.to_vec());
    for path in checked {
        let mut text = fs::read_to_string(&path).unwrap();
        if path == Path::new("CONTRIBUTING.md") {
            text.truncate(text.find(LIST).unwrap());
        }
        for (line, word) in uses(&text, &avoided) {
            let is_exception = |(file, exception, _): &(&str, &str, &str)| {
                Path::new(file) == path && *exception == word
            };
            if EXCEPTIONS.iter().any(is_exception) {
                exceptions.retain(|exception| !is_exception(exception));
            } else {
                complaints += &format!("{}:{line}: {word}\n", path.display());
            }
        }
    }
    assert!(complaints.is_empty(), "CONTRIBUTING.md says what to write instead:\n{complaints}");
    assert!(exceptions.is_empty(), "these exceptions are no longer needed: {exceptions:?}");
}

#[test]
fn phrases_are_found_across_lines_and_not_across_sentences() {
    let avoided = [vec!["no".to_owned(), "more".to_owned()]];
    for (text, expected) in [
        ("/// It is no\n/// more.", 1),
        ("No More", 1),
        ("no more than 3", 0),
        ("The answer is no. More follows.", 0),
        ("no_more, no-more", 0),
    ] {
        assert_eq!(uses(text, &avoided).len(), expected, "{text}");
    }
}

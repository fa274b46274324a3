//! The command as it was typed, for hints that repeat it with other options.

use clap::{Arg, Args as _};

use crate::domain::Slug;
use crate::failure::{Failure, Kind, shell_word};
use crate::rules::registration::PlatformChange;

/// The words of the command as it was typed, from the noun on, without the output format, so that a
/// hint is the same in every format.
pub(super) fn typed_words() -> Vec<String> {
    let mut words = Vec::new();
    let mut arguments =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-o" | "--output" => drop(arguments.next()),
            joined
                if joined.starts_with("--output=")
                    || (joined.starts_with("-o") && !joined.starts_with("--")) => {}
            _ => words.push(argument),
        }
    }
    words
}

/// The command as it was typed, ready for a shell.
pub(super) fn typed_command() -> String {
    command_of(&typed_words())
}

/// The command with these words, ready for a shell.
pub(super) fn command_of(words: &[String]) -> String {
    words.iter().fold("ltictl".to_owned(), |command, word| match word.as_str() {
        // A value that is to be filled in.
        "…" => format!("{command} …"),
        word => format!("{command} {}", shell_word(word)),
    })
}

/// A failure whose hint has commands that set details of a platform: instead of them, it has the
/// typed command with these options. If details are missing, those that were given are kept.
pub(super) fn corrected(mut failure: Failure, slug: &Slug, words: &[String]) -> Failure {
    let keep_given = failure.kind == Kind::Usage;
    let start = format!("ltictl platform set {slug} ");
    let mut rest = std::mem::take(&mut failure.hint);
    while let Some((before, after)) = rest.split_once(&start) {
        let end = after.find(['`', ';']).unwrap_or(after.len());
        let (options, after) = after.split_at(end);
        failure.hint += before;
        failure.hint += &with_options(words, options, keep_given);
        rest = after.to_owned();
    }
    failure.hint += &rest;
    failure
}

/// The command with other options; those that have a value keep it if `keep_given` is set.
fn with_options(words: &[String], options: &str, keep_given: bool) -> String {
    let mut words = words.to_vec();
    let mut added = String::new();
    // An option may have been typed by its other name.
    let known = PlatformChange::augment_args(clap::Command::new("platform"));
    for option in options.trim().trim_start_matches("--").split(" --") {
        let (name, value) = option.split_once(' ').unwrap_or((option, ""));
        let option = format!("--{name}");
        let argument = known.get_arguments().find(|argument| argument.get_long() == Some(name));
        let names = argument.and_then(Arg::get_long_and_visible_aliases).unwrap_or(vec![name]);
        let given = words.iter().position(|word| {
            let long = word.strip_prefix("--").and_then(|word| word.split('=').next());
            long.is_some_and(|long| names.contains(&long))
        });
        match given {
            Some(_) if keep_given => continue,
            Some(place) => {
                let number = if !words[place].contains('=') && !value.is_empty() { 2 } else { 1 };
                words.drain(place..words.len().min(place + number));
            }
            None => {}
        }
        added += &format!(" {option} {value}");
    }
    format!("{}{}", command_of(&words), added.trim_end())
}

//! Usage errors: finds the command that was meant, and converts the parser's message to the same
//! three lines as any other failure.

use std::error::Error as _;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, ValueEnum as _};

use super::{guess, missing_name, rejected_value};
use crate::domain::Invalid;
use crate::failure::{Failure, Kind};
use crate::report::{self, Output, clean};

/// Whether the command line has no command: `ltictl` alone, or with global options only.
pub(super) fn lacks_command(error: &clap::Error, arguments: &[OsString], tree: &Command) -> bool {
    matches!(
        error.kind(),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand
    ) && guess::named_command(arguments, tree) == "ltictl"
}

/// Prints help and version to standard output, with exit code 0; anything else is an invalid value
/// or a usage error, in the format that the command line requests.
pub(super) fn print(error: &clap::Error, arguments: &[OsString], tree: &mut Command) -> ExitCode {
    if !error.use_stderr() {
        return match error.print() {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
            _ => ExitCode::SUCCESS,
        };
    }
    let output = requested_output(arguments);
    let for_programs = matches!(output, Output::Json | Output::Yaml);
    // If standard error is closed, the message is lost.
    match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if !for_programs => drop(error.print()),
        ErrorKind::MissingSubcommand if !for_programs => {
            let command = guess::named_command(arguments, tree);
            report::note(help(&command, tree).trim_end());
        }
        _ => {
            let failure = failure(error, arguments, tree);
            report::print_failure(&failure, output);
            return ExitCode::from(failure.kind.exit_code());
        }
    }
    ExitCode::from(Kind::Usage.exit_code())
}

/// The command line with a negative number as the value that it is, as in `--limit=-3`, if the
/// parser took it for an option: the value can then be refused with what is allowed instead.
pub(super) fn with_negative_number(
    error: &clap::Error,
    arguments: &[OsString],
    tree: &Command,
) -> Option<Vec<OsString>> {
    let option = context(error, ContextKind::InvalidArg).filter(|option| {
        error.kind() == ErrorKind::UnknownArgument
            && option.as_bytes().get(1).is_some_and(u8::is_ascii_digit)
    })?;
    let words: Vec<String> =
        arguments.iter().map(|word| word.to_str().map(str::to_owned)).collect::<Option<_>>()?;
    let places = words.iter().enumerate().filter(|(_, word)| word.starts_with(option));
    places.map(|(place, _)| with_value_at(place, words.clone(), tree)).find_map(|words| match tree
        .clone()
        .try_get_matches_from(&words)
    {
        Err(other) if context(&other, ContextKind::InvalidArg) == Some(option) => None,
        _ => Some(words.into_iter().map(OsString::from).collect()),
    })
}

/// The words with the one at a place as the value of the option before it, or of an argument.
fn with_value_at(place: usize, mut words: Vec<String>, tree: &Command) -> Vec<String> {
    let value = words.remove(place);
    match place.checked_sub(1) {
        Some(before) if guess::awaits_value(&words[before], &words, tree) => {
            words[before] = format!("{}={value}", words[before]);
        }
        _ => {
            if !words.iter().any(|word| word == "--") {
                words.push("--".to_owned());
            }
            words.push(value);
        }
    }
    words
}

/// The value of an argument that its parser rejected, under the name of the argument: `max grade`
/// for `--max-grade`.
fn invalid(error: &clap::Error) -> Option<Invalid> {
    let invalid = error.source()?.downcast_ref::<Invalid>()?;
    let flag = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => argument.strip_prefix("--"),
        _ => None,
    };
    let field =
        flag.and_then(|flag| flag.split([' ', '[', '=']).next()).map(|flag| flag.replace('-', " "));
    Some(Invalid { field: field.unwrap_or_else(|| invalid.field.clone()), ..invalid.clone() })
}

/// The help of a command, as [`guess::named_command`] writes it.
fn help(command: &str, tree: &mut Command) -> String {
    tree.build();
    let mut named = tree;
    for word in command.split(' ').skip(1) {
        if named.find_subcommand(word).is_some() {
            named = named.find_subcommand_mut(word).expect("this is a bug");
        }
    }
    named.render_help().to_string()
}

/// Converts the parser's paragraphs to what, why and hint.
fn failure(error: &clap::Error, arguments: &[OsString], tree: &Command) -> Failure {
    let command = &guess::named_command(arguments, tree);
    let hint = format!("{command} --help");
    if let Some(invalid) = invalid(error) {
        return Failure::invalid(&invalid, hint);
    }
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand
    ) {
        return Failure::new(
            Kind::Usage,
            "a command is missing",
            format!("{command} needs a subcommand"),
            hint,
        );
    }
    let words: Option<Vec<String>> =
        arguments.iter().map(|word| word.to_str().map(str::to_owned)).collect();
    let words = words.unwrap_or_default();
    match error.kind() {
        ErrorKind::InvalidSubcommand => return unknown_command(error, command, &words, tree),
        ErrorKind::UnknownArgument => {
            let argument = context(error, ContextKind::InvalidArg).unwrap_or_default();
            let meant =
                guess::meant(&words, tree).or_else(|| guess::meant_option(&words, argument, tree));
            if let Some(meant) = meant {
                let what = format!("{command} does not have {}", clean(argument));
                return Failure::new(Kind::Usage, what, meant.why, meant.hint);
            }
        }
        ErrorKind::ValueValidation if let Some(why) = rejected_value::why(error, &words, tree) => {
            let what = format!(
                "invalid value {:?} for {}",
                clean(context(error, ContextKind::InvalidValue).unwrap_or_default()),
                context(error, ContextKind::InvalidArg).unwrap_or_default(),
            );
            return Failure::new(Kind::Usage, what, why, hint);
        }
        _ => {}
    }
    in_the_parsers_words(error, command, &words)
}

/// What the parser says, and what is known about a missing value.
fn in_the_parsers_words(error: &clap::Error, command: &str, words: &[String]) -> Failure {
    let text = error.render().to_string();
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut paragraphs = text.trim().trim_start_matches("error: ").split("\n\n").map(str::trim);
    let first = paragraphs.next().unwrap_or_default();
    // A headline that ends with a colon continues in the next lines; otherwise those add details.
    let (what, more) = match first.split_once('\n') {
        Some((headline, more)) if !headline.trim_end().ends_with(':') => {
            (one_line(headline), one_line(more))
        }
        _ => (one_line(first), String::new()),
    };
    let mut reasons = vec![more];
    let mut usage = String::new();
    for paragraph in paragraphs {
        if let Some(pattern) = paragraph.strip_prefix("Usage: ") {
            // The database is in every usage line if its variable is set.
            usage = one_line(pattern).replace(" --db <PATH|URL>", "");
        } else if !paragraph.starts_with("For more information")
            // The parser's guesses of options are no help.
            && error.kind() != ErrorKind::UnknownArgument
        {
            reasons.push(one_line(paragraph.trim_start_matches("tip: ")));
        }
    }
    reasons.extend(missing_name::existing(error, words));
    reasons.extend(missing_name::known_values(error, command, words));
    reasons.retain(|reason| !reason.is_empty());
    let why = match (reasons.is_empty(), usage.is_empty()) {
        (false, _) => reasons.join("; "),
        (true, false) => format!("usage: {usage}"),
        (true, true) => format!("{command} does not accept it"),
    };
    Failure::new(Kind::Usage, what, why, format!("{command} --help"))
}

fn context(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        ContextValue::Strings(texts) => texts.first().map(String::as_str),
        _ => None,
    }
}

/// A command that does not exist, with the one that was probably meant or those that do.
fn unknown_command(
    error: &clap::Error,
    command: &str,
    words: &[String],
    tree: &Command,
) -> Failure {
    let word = context(error, ContextKind::InvalidSubcommand).unwrap_or_default();
    let fail = |why, hint| {
        let what = format!("{command} has no command \"{}\"", clean(word));
        Failure::new(Kind::Usage, what, why, hint)
    };
    if let Some(meant) = guess::meant(words, tree) {
        return fail(meant.why, meant.hint);
    }
    let nouns = if command == "ltictl" { guess::nouns_with(word, tree) } else { Vec::new() };
    if let [first, ..] = &nouns[..] {
        let hint = if nouns.len() == 1 { format!("ltictl {first}") } else { command.to_owned() };
        return fail(format!("there is {}", nouns.join(", ")), format!("{hint} --help"));
    }
    let named =
        command.split(' ').skip(1).try_fold(tree, |above, word| above.find_subcommand(word));
    let below = named.into_iter().flat_map(Command::get_subcommands);
    let existing: Vec<&str> = below.map(Command::get_name).collect();
    fail(format!("its commands are {}", existing.join(", ")), format!("{command} --help"))
}

/// The output format that the command line requests, although it cannot be parsed as a whole.
pub(super) fn requested_output(arguments: &[OsString]) -> Output {
    let words: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let separate =
        words.windows(2).filter(|pair| matches!(pair[0], "-o" | "--output")).map(|pair| pair[1]);
    let joined = words.iter().filter_map(|word| {
        ["--output=", "-o=", "-o"].iter().find_map(|flag| word.strip_prefix(flag))
    });
    separate.chain(joined).find_map(|name| Output::from_str(name, false).ok()).unwrap_or_default()
}

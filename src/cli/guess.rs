//! Words that people try because other programs have them: other words for verbs, which work, and
//! commands and options of other names, to which a failure refers.

use std::ffi::OsString;

use clap::Command;
use clap::error::ErrorKind;

use crate::failure::shell_word;

/// Other words for a verb. Each works for every noun that has the verb and does not have another verb
/// of that name.
const VERBS: &[(&str, &[&str])] = &[
    ("list", &["ls"]),
    ("show", &["get"]),
    ("get", &["show"]),
    ("create", &["add", "new"]),
    ("add", &["create", "new"]),
    ("publish", &["create", "add", "new"]),
    ("rotate", &["create", "add", "new"]),
    ("set", &["update", "edit"]),
    ("update", &["set", "edit"]),
    ("delete", &["remove", "rm"]),
    ("remove", &["delete", "rm"]),
    ("retire", &["delete", "remove", "rm"]),
    ("forget", &["delete", "remove", "rm"]),
];

/// Other words for a noun.
const NOUNS: &[(&str, &[&str])] = &[
    ("registration", &["registrations"]),
    ("platform", &["platforms"]),
    ("deployment", &["deployments"]),
    ("resource", &["resources"]),
    ("account", &["accounts", "user", "users"]),
    ("grade", &["grades"]),
    ("consumer", &["consumers"]),
    ("key", &["keys"]),
    ("launch", &["launches"]),
    ("doctor", &["status"]),
    ("diff", &["plan"]),
];

/// Commands of other names.
const COMMANDS: &[(&str, &str)] = &[
    ("platform test", "doctor"),
    ("platform check", "doctor"),
    ("platform delete", "registration delete"),
    ("platform create", "registration create"),
    ("platform add", "registration create"),
    ("platform new", "registration create"),
    ("platform rename", "registration rename"),
    ("platform remove", "registration delete"),
    ("platform rm", "registration delete"),
    ("registration test", "doctor"),
    ("registration check", "doctor"),
    ("registration update", "platform set"),
    ("registration set", "platform set"),
    ("registration edit", "platform set"),
    ("registration import", "platform import"),
    ("deployment update", "deployment rename"),
    ("deployment set", "deployment rename"),
    ("deployment edit", "deployment rename"),
    ("grade create", "grade set"),
    ("grade add", "grade set"),
    ("grade new", "grade set"),
    ("key update", "key rotate"),
    ("launch last", "launch show last"),
    ("log", "launch list"),
    ("logs", "launch list"),
    ("test", "doctor"),
    ("check", "doctor"),
    ("validate", "diff"),
    ("version", "--version"),
    ("start", "serve"),
    ("run", "serve"),
    ("setup", "init"),
];

/// Options of other names, after the command that has them or after any; `*` is a word that is kept.
const OPTIONS: &[(&str, &str, &str)] = &[
    ("serve", "-v", "--log-level debug"),
    ("serve", "--verbose", "--log-level debug"),
    ("serve", "--debug", "--log-level debug"),
    ("serve", "--port *", "--listen 127.0.0.1:*"),
    ("serve", "-p *", "--listen 127.0.0.1:*"),
    ("export", "-f *", "> *"),
    ("export", "--file *", "> *"),
    ("apply", "*", "--file *"),
    ("diff", "*", "--file *"),
    ("", "--json", "-o json"),
    ("", "--yaml", "-o yaml"),
    ("", "--csv", "-o csv"),
    ("", "-v", "-o wide"),
    ("", "--verbose", "-o wide"),
    ("", "-n *", "--limit *"),
    ("", "--force", "--yes"),
    ("", "-f", "--yes"),
];

/// The command tree with the other words for its nouns and verbs.
pub(super) fn with_aliases(tree: Command) -> Command {
    with_words(tree, |verb, words| verb.visible_aliases(words))
}

/// The same for shells, which offer only one of the words.
pub(super) fn with_hidden_aliases(tree: Command) -> Command {
    with_words(tree, |verb, words| verb.aliases(words))
}

fn with_words(tree: Command, add: fn(Command, Vec<&'static str>) -> Command) -> Command {
    tree.mut_subcommands(|noun| {
        let aliases = others_for(NOUNS, noun.get_name());
        with_verbs(noun.aliases(aliases.iter().copied()), add)
    })
}

fn with_verbs(noun: Command, add: fn(Command, Vec<&'static str>) -> Command) -> Command {
    let verbs: Vec<String> = noun.get_subcommands().map(|verb| verb.get_name().into()).collect();
    noun.mut_subcommands(|verb| {
        let is_free = |word: &&str| !verbs.iter().any(|verb| verb == word);
        let words = others_for(VERBS, verb.get_name()).iter().copied().filter(is_free).collect();
        with_verbs(add(verb, words), add)
    })
}

fn others_for(table: &[(&str, &'static [&'static str])], word: &str) -> &'static [&'static str] {
    table.iter().find(|(known, _)| *known == word).map_or(&[], |(_, others)| others)
}

/// The command that a command line with unknown words means, if one is known: complete if it can be
/// run, and otherwise its help.
pub(super) fn meant(arguments: &[String], tree: &Command) -> Option<String> {
    let mut given = from_command(arguments).to_vec();
    if let Some(noun) = given.first_mut()
        && let Some(known) = tree.find_subcommand(&*noun)
    {
        known.get_name().clone_into(noun);
    }
    let mut words = given.clone();
    if let Some((from, to)) = COMMANDS.iter().find(|(from, _)| starts_with(&words, from)) {
        words.splice(..from.split(' ').count(), to.split(' ').map(str::to_owned));
    }
    let mut is_complete = parses(&words, tree);
    for (command, from, to) in OPTIONS {
        if !is_complete && starts_with(&words, command) && replace(&mut words, command, from, to) {
            is_complete = parses(&words, tree);
        }
    }
    (words != given).then(|| complete(&words, tree))
}

/// The command that the arguments name, as far as they name one: `ltictl platform set` for `ltictl
/// -o json platform set moodle-prod`.
pub(super) fn named_command(arguments: &[OsString], tree: &Command) -> String {
    let mut command = tree;
    let mut path = vec![tree.get_name()];
    for word in arguments.iter().skip(1) {
        if let Some(below) = word.to_str().and_then(|word| command.find_subcommand(word)) {
            command = below;
            path.push(below.get_name());
        }
    }
    path.join(" ")
}

/// The command line with the word `unknown` replaced by one that is similar.
pub(super) fn corrected(
    arguments: &[String],
    unknown: &str,
    similar: &str,
    tree: &Command,
) -> Option<String> {
    let mut words = from_command(arguments).to_vec();
    similar.clone_into(words.iter_mut().find(|word| *word == unknown)?);
    Some(complete(&words, tree))
}

/// The command line if it can be run, and otherwise the help of its command.
fn complete(words: &[String], tree: &Command) -> String {
    if parses(words, tree) {
        let quoted = |word: &String| if word == ">" { word.clone() } else { shell_word(word) };
        let quoted: Vec<String> = words.iter().map(quoted).collect();
        let quoted = quoted.join(" ");
        return format!("ltictl {quoted}");
    }
    let line: Vec<OsString> =
        std::iter::once("ltictl".into()).chain(words.iter().map(OsString::from)).collect();
    format!("{} --help", named_command(&line, tree))
}

/// The words from the command on, without global options before it, which hints leave out.
fn from_command(arguments: &[String]) -> &[String] {
    let mut words = arguments.get(1..).unwrap_or_default();
    while let [option, after @ ..] = words
        && option.starts_with('-')
    {
        let has_value = matches!(option.as_str(), "-o" | "--output" | "--db");
        words = after.get(usize::from(has_value)..).unwrap_or_default();
    }
    words
}

fn starts_with(words: &[String], command: &str) -> bool {
    let mut parts = command.split(' ').filter(|part| !part.is_empty());
    let mut words = words.iter();
    parts.all(|part| words.next().is_some_and(|word| word == part))
}

/// Whether the words are a command line of this program, or one with its output in a file.
fn parses(words: &[String], tree: &Command) -> bool {
    let words = match words {
        [before @ .., redirection, _] if redirection == ">" => before,
        _ => words,
    };
    let line = std::iter::once("ltictl").chain(words.iter().map(String::as_str));
    match tree.clone().try_get_matches_from(line) {
        Ok(_) => true,
        Err(error) => error.kind() == ErrorKind::DisplayVersion,
    }
}

/// Replaces the first option `from` after the command, if there is one.
fn replace(words: &mut Vec<String>, command: &str, from: &str, to: &str) -> bool {
    let parts: Vec<&str> = from.split(' ').collect();
    let fits = |(word, part): (&String, &&str)| match *part {
        "*" => !word.starts_with('-'),
        part => word == part,
    };
    let start = command.split(' ').filter(|part| !part.is_empty()).count();
    let found = words
        .windows(parts.len())
        .skip(start)
        .position(|window| window.iter().zip(&parts).all(fits))
        .map(|place| place + start);
    let Some(place) = found else { return false };
    let kept = words[place + parts.len() - 1].clone();
    let new: Vec<String> = to.split(' ').map(|part| part.replace('*', &kept)).collect();
    words.splice(place..place + parts.len(), new);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_lead_to_commands_of_this_program() {
        let tree = crate::cli::command();
        for (guess, expected) in [
            ("platform test moodle-prod", Some("ltictl doctor moodle-prod")),
            (
                "platform rename moodle-prod Moodle",
                Some("ltictl registration rename moodle-prod Moodle"),
            ),
            (
                "registration update moodle-prod --leeway 60s",
                Some("ltictl platform set moodle-prod --leeway 60s"),
            ),
            ("registration update", Some("ltictl platform set --help")),
            (
                "deployment update moodle-prod 3 Arts",
                Some("ltictl deployment rename moodle-prod 3 Arts"),
            ),
            ("version", Some("ltictl --version")),
            ("validate a.yaml", Some("ltictl diff --file a.yaml")),
            ("apply a.yaml --prune", Some("ltictl apply --file a.yaml --prune")),
            ("export -f a.yaml", Some("ltictl export > a.yaml")),
            ("serve --port 8080", Some("ltictl serve --listen 127.0.0.1:8080")),
            ("-o json --db a.db status -v", Some("ltictl doctor -o wide")),
            ("serve -v", Some("ltictl serve --log-level debug")),
            ("launch list -n 5 --json", Some("ltictl launch list --limit 5 -o json")),
            (
                "registration delete moodle-prod --force",
                Some("ltictl registration delete moodle-prod --yes"),
            ),
            ("apply $HOME", Some("ltictl apply --file '$HOME'")),
            ("launch list --nonsense", None),
            ("nonsense", None),
        ] {
            let arguments: Vec<String> =
                std::iter::once("ltictl").chain(guess.split(' ')).map(str::to_owned).collect();
            assert_eq!(meant(&arguments, &tree).as_deref(), expected, "{guess}");
        }
    }

    #[test]
    fn every_word_that_stands_for_another_is_unknown_itself() {
        let mut tree = crate::cli::command();
        tree.build();
        for (from, to) in COMMANDS {
            let known = |line: &str| {
                let mut command = &tree;
                line.split(' ').filter(|word| !word.starts_with('-')).all(|word| {
                    let below = command.find_subcommand(word);
                    command = below.unwrap_or(command);
                    below.is_some()
                })
            };
            assert!(!known(from) && known(to.trim_end_matches(" last")), "{from}: {to}");
        }
    }

    #[test]
    fn the_command_is_found_among_its_arguments() {
        for (line, command) in [
            ("ltictl", "ltictl"),
            ("ltictl -o json platform set moodle-prod --leeway x", "ltictl platform set"),
            ("ltictl nonsense registration rm moodle-prod", "ltictl registration delete"),
            ("ltictl registration show list", "ltictl registration show"),
        ] {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(named_command(&arguments, &crate::cli::command()), command, "{line}");
        }
    }
}

//! Words that people try because other programs have them: other words for verbs, which work, and
//! commands and options of other names, to which a failure refers.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Arg, Command};

use super::nearest::nearest;
use crate::failure::shell_word;
use crate::report::clean;

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
    ("context", &["contexts", "course", "courses"]),
    ("consumer", &["consumers"]),
    ("client", &["clients"]),
    ("identity-provider", &["identity-providers", "idp"]),
    ("key", &["keys"]),
    ("launch", &["launches"]),
    ("doctor", &["health"]),
    ("status", &["servers"]),
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
    ("", "--format *", "-o *"),
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
        // If several verbs of the noun have the same other word, it stands for the first of them.
        let stands_for = |word: &str| {
            let known = VERBS.iter().filter(|(known, _)| verbs.iter().any(|verb| verb == known));
            known.into_iter().find(|(_, others)| others.contains(&word)).map(|(known, _)| *known)
        };
        let is_free = |word: &&str| {
            !verbs.iter().any(|verb| verb == word) && stands_for(word) == Some(verb.get_name())
        };
        let words = others_for(VERBS, verb.get_name()).iter().copied().filter(is_free).collect();
        with_verbs(add(verb, words), add)
    })
}

fn others_for(table: &[(&str, &'static [&'static str])], word: &str) -> &'static [&'static str] {
    table.iter().find(|(known, _)| *known == word).map_or(&[], |(_, others)| others)
}

/// What a command line with unknown words means.
#[derive(Debug)]
pub(super) struct Meant {
    /// The unknown words, and the ones that are known.
    pub(super) why: String,
    /// The command line if it can be run and nothing else can be meant, and otherwise help.
    pub(super) hint: String,
}

/// What a command line with unknown words means, if that is known.
pub(super) fn meant(arguments: &[String], tree: &Command) -> Option<Meant> {
    let mut words = from_command(arguments, tree);
    if let Some(noun) = words.first_mut()
        && let Some(known) = tree.find_subcommand(&*noun)
    {
        known.get_name().clone_into(noun);
    }
    let mut reasons = Vec::new();
    let mut is_clear = true;
    if !replace_command(&mut words, &mut reasons) {
        is_clear = correct_commands(&mut words, &mut reasons, tree);
        replace_command(&mut words, &mut reasons);
    }
    split_unknown(&mut words, tree);
    let mut is_complete = parses(&words, tree);
    for (command, from, to) in OPTIONS {
        let name = from.split(' ').next().unwrap_or_default();
        let is_option = options(&words, tree).any(|option| has_name(option, name));
        if !is_complete && !is_option && starts_with(&words, command) {
            reasons.extend(replace(&mut words, command, from, to));
            is_complete = parses(&words, tree);
        }
    }
    if reasons.is_empty() {
        return None;
    }
    let hint = if is_clear { complete(&words, tree) } else { help_of(&words, tree) };
    Some(Meant { why: reasons.join("; "), hint })
}

/// Replaces a command of another name.
fn replace_command(words: &mut Vec<String>, reasons: &mut Vec<String>) -> bool {
    let Some((from, to)) = COMMANDS.iter().find(|(from, _)| starts_with(words, from)) else {
        return false;
    };
    words.splice(..from.split(' ').count(), to.split(' ').map(str::to_owned));
    reasons.push(written(from, to));
    true
}

fn written(from: &str, to: &str) -> String {
    format!("\"{}\" is written \"{}\" here", clean(from), clean(to))
}

/// Replaces misspelled commands by the nearest ones; whether nothing else can be meant. What is after
/// a word that may mean several commands is left out.
fn correct_commands(words: &mut Vec<String>, reasons: &mut Vec<String>, tree: &Command) -> bool {
    let (mut command, mut place, mut is_clear) = (tree, 0, true);
    while command.has_subcommands()
        && let Some(word) = words.get(place)
    {
        if word.starts_with('-') {
            place += if takes_value(word) { 2 } else { 1 };
            continue;
        }
        let known = command.get_subcommands().flat_map(|below| {
            let spellings = std::iter::once(below.get_name()).chain(below.get_all_aliases());
            spellings.map(|spelling| (spelling, below.get_name()))
        });
        let below = match command.find_subcommand(word) {
            Some(below) => below,
            None => {
                let Some(near) = nearest(word, known) else { break };
                reasons.push(format!("did you mean {}?", near.names.join(" or ")));
                is_clear &= near.is_clear;
                let [name] = near.names[..] else {
                    words.truncate(place);
                    break;
                };
                command.find_subcommand(name).expect("this is a bug")
            }
        };
        below.get_name().clone_into(&mut words[place]);
        command = below;
        place += 1;
    }
    is_clear
}

/// The option that an unknown one means, and the command line with it.
pub(super) fn meant_option(arguments: &[String], unknown: &str, tree: &Command) -> Option<Meant> {
    let mut words = from_command(arguments, tree);
    let shown = options(&words, tree).filter(|option| !option.is_hide_set());
    let names: Vec<&str> = shown
        .flat_map(|option| option.get_long_and_visible_aliases().unwrap_or_default())
        .collect();
    let near = nearest(unknown.strip_prefix("--")?, names.into_iter().map(|name| (name, name)))?;
    let shown: Vec<String> = near.names.iter().map(|name| format!("--{name}")).collect();
    let why = format!("did you mean {}?", shown.join(" or "));
    let joined = format!("{unknown}=");
    let place = words.iter().position(|word| word == unknown || word.starts_with(&joined))?;
    words[place] = words[place].replacen(unknown, &shown[0], 1);
    let hint = if near.is_clear { complete(&words, tree) } else { help_of(&words, tree) };
    Some(Meant { why, hint })
}

/// The commands above which a command of this name would have to be written: `platform` and `grade`
/// for `import`.
pub(super) fn nouns_with(verb: &str, tree: &Command) -> Vec<String> {
    let nouns = tree.get_subcommands().filter(|noun| noun.find_subcommand(verb).is_some());
    nouns.map(|noun| format!("{} {verb}", noun.get_name())).collect()
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

/// The command line if it can be run, and otherwise the help of its command.
fn complete(words: &[String], tree: &Command) -> String {
    if parses(words, tree) {
        let quoted = |word: &String| if word == ">" { word.clone() } else { shell_word(word) };
        let quoted: Vec<String> = words.iter().map(quoted).collect();
        let quoted = quoted.join(" ");
        return format!("ltictl {quoted}");
    }
    help_of(words, tree)
}

fn help_of(words: &[String], tree: &Command) -> String {
    format!("{} --help", named_command(&line_of(words), tree))
}

fn line_of(words: &[String]) -> Vec<OsString> {
    std::iter::once("ltictl".into()).chain(words.iter().map(OsString::from)).collect()
}

/// The words from the command on. Hints leave out global options before it; unknown ones are moved
/// to the end.
fn from_command(arguments: &[String], tree: &Command) -> Vec<String> {
    let mut words = arguments.get(1..).unwrap_or_default();
    let mut unknown = Vec::new();
    while let [option, after @ ..] = words
        && option.starts_with('-')
    {
        if !tree.get_arguments().any(|known| has_name(known, option)) {
            unknown.push(option.clone());
        }
        words = after.get(usize::from(takes_value(option))..).unwrap_or_default();
    }
    [words, &unknown].concat()
}

/// Whether a global option has its value in the next word.
fn takes_value(option: &str) -> bool {
    matches!(option, "-o" | "--output" | "--db")
}

/// Whether an option can be written in this way, with or without a value.
fn has_name(option: &Arg, text: &str) -> bool {
    match text.strip_prefix("--") {
        Some(long) => {
            let name = long.split('=').next().unwrap_or_default();
            option.get_long_and_visible_aliases().is_some_and(|names| names.contains(&name))
        }
        None => text.strip_prefix('-').is_some_and(|short| {
            short.chars().next().is_some_and(|name| option.get_short() == Some(name))
        }),
    }
}

/// The options of the command that the words name, and of those above it.
fn options<'t>(words: &[String], tree: &'t Command) -> impl Iterator<Item = &'t Arg> + use<'t> {
    let mut path = vec![tree];
    for word in words {
        path.extend(path.last().and_then(|command| command.find_subcommand(word)));
    }
    path.into_iter().flat_map(Command::get_arguments).filter(|argument| !argument.is_positional())
}

/// Whether a word is an option of the command that the words name, and its value is the next word.
pub(super) fn awaits_value(option: &str, words: &[String], tree: &Command) -> bool {
    !option.contains('=')
        && options(words, tree)
            .any(|known| has_name(known, option) && known.get_action().takes_values())
}

/// Writes unknown options with a joined value as two words, as the tables do.
fn split_unknown(words: &mut Vec<String>, tree: &Command) {
    let split = words.iter().flat_map(|word| match word.split_once('=') {
        Some((name, value))
            if name.starts_with("--")
                && !options(words, tree).any(|known| has_name(known, name)) =>
        {
            vec![name.to_owned(), value.to_owned()]
        }
        _ => vec![word.clone()],
    });
    *words = split.collect();
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

/// Replaces the first option `from` after the command, if there is one; what it replaced.
fn replace(words: &mut Vec<String>, command: &str, from: &str, to: &str) -> Option<String> {
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
    let place = found?;
    let kept = words[place + parts.len() - 1].clone();
    let new: Vec<String> = to.split(' ').map(|part| part.replace('*', &kept)).collect();
    let reason = written(&words[place..place + parts.len()].join(" "), &new.join(" "));
    words.splice(place..place + parts.len(), new);
    Some(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is typed, and the command in the hint.
    const GUESSES: &[(&str, Option<&str>)] = &[
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
        ("-o json --db a.db status -v", Some("ltictl status -o wide")),
        ("serve -v", Some("ltictl serve --log-level debug")),
        ("launch list -n 5 --json", Some("ltictl launch list --limit 5 -o json")),
        (
            "registration delete moodle-prod --force",
            Some("ltictl registration delete moodle-prod --yes"),
        ),
        ("apply $HOME", Some("ltictl apply --file '$HOME'")),
        ("--json registration list", Some("ltictl registration list -o json")),
        ("--verbose doctor", Some("ltictl doctor -o wide")),
        ("registration list --format json", Some("ltictl registration list -o json")),
        ("registration list --format=csv", Some("ltictl registration list -o csv")),
        ("registration list --format xml", Some("ltictl registration list --help")),
        ("key export --format pem --nonsense", None),
        ("registration enabled x", Some("ltictl registration enable x")),
        ("registration disabled x", Some("ltictl registration disable x")),
        ("registration delte x", Some("ltictl registration delete x")),
        ("registration del x", Some("ltictl registration delete --help")),
        ("registration creat X", Some("ltictl registration create X")),
        ("regsitration list", Some("ltictl registration list")),
        ("registraton lst", Some("ltictl registration list")),
        ("registrtion list", Some("ltictl registration list")),
        ("platfrom test moodle", Some("ltictl doctor moodle")),
        ("resource publsh", Some("ltictl resource publish")),
        ("resource unpublished", Some("ltictl resource unpublish --help")),
        ("key retired", Some("ltictl key retire --help")),
        ("acount list", Some("ltictl account list")),
        ("user lst", Some("ltictl account list")),
        ("account crate", Some("ltictl account create")),
        ("resorce list", Some("ltictl resource list")),
        ("plaform list", Some("ltictl platform list")),
        ("deploment list", Some("ltictl deployment list")),
        ("lanch list", Some("ltictl launch list")),
        ("serach zoe", Some("ltictl search zoe")),
        ("seach zoe", Some("ltictl search zoe")),
        ("key -o json lst", Some("ltictl key -o json list")),
        ("platform sett", Some("ltictl platform set --help")),
        ("res list", Some("ltictl --help")),
        ("course list", None),
        ("students", None),
        ("import", None),
        ("upgrade", None),
        ("launch list --nonsense", None),
        ("nonsense", None),
    ];

    #[test]
    fn guesses_lead_to_commands_of_this_program() {
        let tree = crate::cli::command();
        for (guess, expected) in GUESSES {
            let arguments: Vec<String> =
                std::iter::once("ltictl").chain(guess.split(' ')).map(str::to_owned).collect();
            let hint = meant(&arguments, &tree).map(|meant| meant.hint);
            assert_eq!(hint.as_deref(), *expected, "{guess}");
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

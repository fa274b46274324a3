//! `ltictl completions`: shell completion of commands, flags and names in the database.
//!
//! The scripts are a few lines each: they call this program with an environment variable set, and
//! it prints the candidates at the cursor. The candidates of an argument depend on its name, which
//! is the same in all commands, so that a new command is completed without a change here.
//! Completion must never disturb typing: what cannot be read is not offered, and no error is
//! printed.

use std::any::TypeId;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use super::context::Context;
use super::database::DatabaseOptions;
use super::examples::Examples;
use super::{explain, schema};
use crate::domain::{
    ActivityProgress, ClientAuthMethod, DeploymentPolicy, GradeSync, GradingProgress, Linking,
    LogLevel, MemberSync, ProviderPreset, Provisioning, ResourceKind, Settings, SigningAlgorithms,
    StaffRoles,
};
use crate::failure::{Failure, Kind};
use crate::lms;
use crate::report;
use crate::rules::registration::IdentityChoice;
use crate::rules::setting::Switch;
use crate::store::{Named, Store, audited_nouns};

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[(
    "",
    &[
        (
            "source <(ltictl completions bash)",
            "Enable completion in the current bash session; add it to ~/.bashrc to keep it",
        ),
        (
            "ltictl completions fish > ~/.config/fish/completions/ltictl.fish",
            "Enable completion in fish permanently",
        ),
    ],
)];

/// Print a completion script for a shell
///
/// The script calls ltictl for completions, so that slugs, usernames, deployment IDs, key IDs and
/// launch IDs are completed from the database, including one named by --db or LTICTL_DB.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Set by the completion scripts; a common name such as `COMPLETE` might be set for something else.
const VARIABLE: &str = "LTICTL_COMPLETE";

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(
            Kind::Failed,
            "no completion script",
            error.to_string(),
            "report this as a bug",
        )
    };
    let shells = Shells::builtins();
    let shell = shells
        .completer(&arguments.shell.to_string())
        .ok_or_else(|| failed(&"the shell is not supported"))?;
    let mut script = Vec::new();
    shell
        .write_registration(VARIABLE, "ltictl", "ltictl", "ltictl", &mut script)
        .map_err(|error| failed(&error))?;
    let script = String::from_utf8(script).map_err(|error| failed(&error))?;
    Context::print_text(loaded_at_once(&script).trim_end())
}

/// The script of zsh with another end. In a directory of functions, zsh runs the script as a
/// function when a completion is first requested: it must then complete, too, instead of only
/// registering what does.
fn loaded_at_once(script: &str) -> String {
    script.replace(
        "compdef _clap_dynamic_completer_ltictl ltictl",
        "if [ \"$funcstack[1]\" = \"_ltictl\" ]; then\n    _clap_dynamic_completer_ltictl \"$@\"\nelse\n    \
         compdef _clap_dynamic_completer_ltictl ltictl\nfi",
    )
}

/// Prints completions if a shell requests them; returns whether one did.
#[expect(clippy::disallowed_methods, reason = "shells ask through the environment")]
pub(super) fn complete(arguments: &[OsString], tree: fn() -> Command) -> bool {
    if std::env::var_os(VARIABLE).is_none() {
        return false;
    }
    let directory = std::env::current_dir().ok();
    let starts_word = word_at_cursor(arguments).is_some_and(|word| word.is_empty());
    // An invalid request gets no output: an error message would appear in the line being typed.
    CompleteEnv::with_factory(|| with_completers(tree(), "", starts_word))
        .var(VARIABLE)
        .completer("ltictl")
        .try_complete(arguments.iter().cloned(), directory.as_deref())
        .unwrap_or(true)
}

/// The word at the cursor, if a shell names its place; it is the last one otherwise.
#[expect(clippy::disallowed_methods, reason = "shells ask through the environment")]
fn word_at_cursor(arguments: &[OsString]) -> Option<&OsString> {
    let mut words = arguments.iter().skip_while(|word| *word != "--").skip(1);
    let place = std::env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|place| place.parse().ok());
    match place {
        Some(place) => words.nth(place),
        None => words.last(),
    }
}

/// The command tree with completers for its arguments. `path` is that of the command, without the
/// program. Where a word starts, flags are offered only if there is nothing else.
fn with_completers(mut command: Command, path: &str, starts_word: bool) -> Command {
    let subcommands: Vec<String> =
        command.get_subcommands().map(|subcommand| subcommand.get_name().to_owned()).collect();
    for subcommand in subcommands {
        let path = format!("{path} {subcommand}");
        command = command.mut_subcommand(subcommand, |subcommand| {
            with_completers(subcommand, path.trim(), starts_word)
        });
    }
    let command = command.disable_help_flag(starts_word).disable_version_flag(starts_word);
    command.mut_args(|argument| {
        let hidden = argument.is_hide_set() || (starts_word && !argument.is_positional());
        let argument = argument.hide(hidden);
        let source = source(path, argument.get_id().as_str()).or_else(|| words(&argument));
        match source {
            Some(source) => {
                argument.add(ArgValueCompleter::new(move |start: &OsStr| source.candidates(start)))
            }
            None => argument,
        }
    })
}

/// Where the values of an argument come from.
#[derive(Clone)]
enum Source {
    Database(Named),
    Deployments,
    Lms,
    Codes,
    Settings,
    /// The kinds of objects in the audit log.
    Nouns,
    /// The value of the setting that is named before it.
    SettingValue,
    /// The keys of the rows that this command lists, each with this text behind it.
    Keys(String, &'static str),
    Words(&'static [&'static str]),
    /// Several words with commas between them, in one value.
    WordList(&'static [&'static str]),
}

/// The values of an argument's type, if it is an enumeration.
fn words(argument: &clap::Arg) -> Option<Source> {
    let types = [
        (TypeId::of::<ResourceKind>(), ResourceKind::WORDS),
        (TypeId::of::<Switch>(), Switch::WORDS),
        (TypeId::of::<GradeSync>(), GradeSync::WORDS),
        (TypeId::of::<MemberSync>(), MemberSync::WORDS),
        (TypeId::of::<Provisioning>(), Provisioning::WORDS),
        (TypeId::of::<DeploymentPolicy>(), &["known", "accept"] as &[&str]),
        (TypeId::of::<IdentityChoice>(), IdentityChoice::WORDS),
        (TypeId::of::<bool>(), &["true", "false"]),
    ];
    let lists = [
        (TypeId::of::<SigningAlgorithms>(), SigningAlgorithms::WORDS),
        (TypeId::of::<StaffRoles>(), StaffRoles::WORDS),
    ];
    let value = argument.get_value_parser().type_id();
    let of = |known: &[(TypeId, &'static [&'static str])]| {
        known.iter().find(|(known, _)| value == *known).map(|(_, words)| *words)
    };
    of(&types).map(Source::Words).or_else(|| of(&lists).map(Source::WordList))
}

/// The source of an argument's values, by the path of the command and the name of the argument.
fn source(path: &str, argument: &str) -> Option<Source> {
    let (noun, verb) = path.rsplit_once(' ').unwrap_or(("", path));
    Some(match (noun, verb, argument) {
        // It is not in the database yet.
        ("deployment", "add", "deployment_id") => return None,
        (_, _, "registration" | "registrations") => Source::Database(Named::Registrations),
        (_, _, "resource" | "resources" | "course") => Source::Database(Named::Resources),
        (_, _, "account") => Source::Database(Named::Accounts),
        (_, _, "deployment_id" | "deployment") => Source::Deployments,
        (_, _, "kid") => Source::Database(Named::SigningKeys),
        (_, _, "consumer") => Source::Database(Named::Consumers),
        (_, _, "client") => Source::Database(Named::Clients),
        (_, _, "identity_provider") => Source::Database(Named::IdentityProviders),
        (_, _, "provider_preset") => Source::Words(ProviderPreset::WORDS),
        (_, _, "linking") => Source::Words(Linking::WORDS),
        (_, _, "consumer_key") => Source::Database(Named::ConsumerKeys),
        ("launch", _, "id") => Source::Database(Named::Launches),
        ("config", _, "key") => Source::Settings,
        ("config", "set", "value") => Source::SettingValue,
        ("", "explain", "code") | ("launch", _, "reason") => Source::Codes,
        (_, _, "columns" | "sort") => Source::Keys(path.to_owned(), ""),
        (_, _, "filters") => Source::Keys(path.to_owned(), "="),
        (_, _, "platform" | "preset" | "product") => Source::Lms,
        (_, _, "activity_progress") => Source::Words(ActivityProgress::WORDS),
        (_, _, "grading_progress") => Source::Words(GradingProgress::WORDS),
        (_, _, "log_level") => Source::Words(LogLevel::WORDS),
        (_, _, "auth_method") => Source::Words(ClientAuthMethod::WORDS),
        ("audit", _, "noun") => Source::Nouns,
        (_, _, "role_of") => Source::Words(&["teacher", "student"]),
        _ => return None,
    })
}

impl Source {
    fn candidates(&self, start: &OsStr) -> Vec<CompletionCandidate> {
        let Some(start) = start.to_str() else { return Vec::new() };
        // What stays as it is in front of the word that is completed.
        let (kept, start) = match self {
            Self::WordList(_) => start.split_at(start.rfind(',').map_or(0, |comma| comma + 1)),
            Self::Keys(..) => start.split_at(usize::from(start.starts_with('-'))),
            _ => ("", start),
        };
        let words: Vec<String> = std::env::args_os()
            .skip_while(|word| word != "--")
            .skip(1)
            .filter_map(|word| word.into_string().ok())
            .collect();
        let plain = |word: &str| (word.to_owned(), String::new());
        let found: Vec<(String, String)> = match self {
            Self::Words(words) | Self::WordList(words) => {
                words.iter().copied().map(plain).collect()
            }
            Self::Nouns => audited_nouns().into_iter().map(|noun| (noun, String::new())).collect(),
            Self::Settings => Settings::KEYS.iter().copied().map(plain).collect(),
            Self::SettingValue => {
                let key = words.iter().rev().find(|word| Settings::KEYS.contains(&word.as_str()));
                let values = key.map(|key| Settings::words(key)).unwrap_or_default();
                values.iter().map(|value| plain(value)).collect()
            }
            Self::Keys(command, end) => {
                schema::row_keys(command).iter().map(|key| plain(&format!("{key}{end}"))).collect()
            }
            Self::Codes => {
                let codes = explain::all().into_iter();
                let terms = (explain::TERMS.to_owned(), explain::ABOUT_TERMS.to_owned());
                codes
                    .map(|code| (code.code.to_string(), code.title.to_string()))
                    .chain([terms])
                    .collect()
            }
            Self::Lms if words.iter().any(|word| word == "--lti-1p1") => lms::signed_names()
                .filter_map(|name| Some((name.to_owned(), lms::find_signed(name)?.name.to_owned())))
                .collect(),
            Self::Lms => lms::all()
                .iter()
                .map(|(name, lms)| ((*name).to_owned(), lms.name.clone()))
                .collect(),
            Self::Database(named) => {
                from_database(&words, |store| store.read().names(*named, start).ok())
            }
            Self::Deployments => {
                from_database(&words, |store| store.read().deployment_names(&words, start).ok())
            }
        };
        found
            .into_iter()
            .filter(|(value, _)| {
                !kept.split(',').any(|before| before == value)
                    && value.starts_with(start)
                    && (matches!(self, Self::Keys(..)) || is_plain(value))
            })
            .map(|(value, help)| candidate(format!("{kept}{value}"), &help))
            .collect()
    }
}

fn candidate(value: String, help: &str) -> CompletionCandidate {
    let help = report::clean(help);
    CompletionCandidate::new(value)
        .help((!help.trim().is_empty()).then(|| help.into_owned().into()))
}

/// Whether a shell accepts a value unquoted. Deployment IDs come from platforms, and completed text
/// is executed when Enter is pressed: one such as `$(…)` is not offered.
fn is_plain(value: &str) -> bool {
    value.chars().all(|character| character.is_alphanumeric() || "-_.:@/+,%".contains(character))
        && !value.starts_with('-')
}

/// Reads from the database that the command line would open; empty if it cannot be opened.
pub(super) fn from_database(
    words: &[String],
    read: impl Fn(&Store) -> Option<Vec<(String, String)>>,
) -> Vec<(String, String)> {
    let database = DatabaseOptions::while_completing(database_on(words)).database().ok();
    let store = database.and_then(|database| Store::peek(database).ok());
    store.and_then(|store| read(&store)).unwrap_or_default()
}

/// The database given by `--db` on the line, where no shell has expanded `~` yet.
fn database_on(words: &[String]) -> Option<PathBuf> {
    let after = |word: &str| {
        words.iter().position(|known| known == word).and_then(|place| words.get(place + 1))
    };
    // Bash splits words at equals signs.
    let value = words
        .iter()
        .find_map(|word| word.strip_prefix("--db=").map(str::to_owned))
        .or_else(|| match after("--db")?.as_str() {
            "=" => after("=").cloned(),
            value => Some(value.to_owned()),
        })?;
    match value.strip_prefix("~/") {
        Some(subcommand) => etcetera::home_dir().ok().map(|home| home.join(subcommand)),
        None => Some(PathBuf::from(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn database_is_found_on_the_command_line() {
        for (line, database) in [
            ("ltictl --db a.db registration show", Some("a.db")),
            ("ltictl registration show --db=b.db", Some("b.db")),
            ("ltictl registration show --db = c.db x", Some("c.db")),
            ("ltictl registration show --db", None),
            ("ltictl registration show", None),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(database_on(&words), database.map(PathBuf::from), "{line}");
        }
    }

    #[test]
    fn values_that_a_shell_would_execute_are_not_offered() {
        for (value, plain) in [
            ("moodle-prod", true),
            ("1:8f3a@x", true),
            ("$(reboot)", false),
            ("a;b", false),
            ("a b", false),
            ("`x`", false),
            ("-x", false),
            ("a\nb", false),
        ] {
            assert_eq!(is_plain(value), plain, "{value}");
        }
    }
}

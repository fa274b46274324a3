//! Missing names of objects: a usage error lists those that exist, and on a terminal, the user can
//! pick one.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::completions::from_database;
use super::context::Context;
use super::database::DatabaseOptions;
use super::guess;
use super::typed::command_of;
use crate::domain::{Deployment, RegistrationRef, Settings};
use crate::failure::{Failure, Kind, shell_word};
use crate::report::Format;
use crate::rules::registration;
use crate::store::Named;

/// How many names a message has.
const SHOWN: usize = 10;

/// How many names the user can pick from: more do not fit on a small terminal.
const MOST_ITEMS: usize = 20;

/// The values that have names in the database, as usage lines write them: what they are, one and
/// several, and where they are.
const VALUES: [(&str, &str, &str, Named); 3] = [
    ("<REG>", "registration", "registrations", Named::Registrations),
    ("<RES>", "resource", "resources", Named::Resources),
    ("<ACCOUNT>", "account", "accounts", Named::Accounts),
];

/// A missing name, and those that exist with their descriptions.
struct Missing {
    one: &'static str,
    several: &'static str,
    names: Vec<(String, String)>,
}

impl Missing {
    /// The first value that is missing, if it is a name.
    fn of(error: &clap::Error, words: &[String]) -> Option<Self> {
        if error.kind() != ErrorKind::MissingRequiredArgument {
            return None;
        }
        let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else {
            return None;
        };
        let first = missing.first()?;
        let (_, one, several, named) = VALUES.into_iter().find(|(value, ..)| value == first)?;
        let names = from_database(words, |store| store.read().names(named, "").ok());
        Some(Self { one, several, names })
    }
}

/// The names that exist, if the first missing value is one.
pub(super) fn existing(error: &clap::Error, words: &[String]) -> Option<String> {
    let Missing { one, several, names } = Missing::of(error, words)?;
    listed(one, several, &names)
}

fn listed(one: &str, several: &str, names: &[(String, String)]) -> Option<String> {
    let shown: Vec<String> = names.iter().take(SHOWN).map(|(name, _)| shell_word(name)).collect();
    let shown = shown.join(", ");
    Some(match names.len() {
        0 => return None,
        1 => format!("the {one} is {shown}"),
        number if number > SHOWN => {
            format!("the {several} are {shown} and {} more", number - SHOWN)
        }
        _ => format!("the {several} are {shown}"),
    })
}

/// What can be given for a missing value that the database or this program knows.
pub(super) fn known_values(error: &clap::Error, command: &str, words: &[String]) -> Option<String> {
    if error.kind() != ErrorKind::MissingRequiredArgument {
        return None;
    }
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    match (command.strip_prefix("ltictl ")?, missing.first()?.as_str()) {
        ("launch show", _) => Some("\"last\" is the newest launch".to_owned()),
        ("config get" | "config set", "<KEY>") => {
            Some(format!("the keys are {}", Settings::KEYS.join(", ")))
        }
        (_, "<DEPLOYMENT_ID>") => {
            let is_noun = |word: &&String| matches!(word.as_str(), "deployment" | "deployments");
            let mut after = words.iter().skip_while(|word| !is_noun(word)).skip(2);
            let registration: RegistrationRef =
                after.find(|word| !word.starts_with('-'))?.parse().ok()?;
            let ids = from_database(words, |store| {
                let (_, deployments) = registration::show(store.read(), &registration).ok()?;
                let id = |one: Deployment| (one.deployment_id.to_string(), String::new());
                Some(deployments.into_iter().map(id).collect())
            });
            listed("deployment ID", "deployment IDs", &ids)
        }
        _ => None,
    }
}

/// The commands with a name that change nothing, or ask before they do.
const HARMLESS: [&str; 7] =
    ["add", "app-key", "connect", "launch-details", "list", "show", "tool-details"];

/// Asks whether to run a command whose name was picked, if it changes something and does not ask by
/// itself: the arrow keys are easily on a neighbour of the name that is meant.
pub(super) fn confirm(
    completed: &[OsString],
    format: Format,
    tree: &Command,
) -> Result<(), Failure> {
    let command = guess::named_command(completed, tree);
    let mut path = command.split(' ').skip(1);
    let verb = command.rsplit(' ').next().unwrap_or_default();
    let named = path.try_fold(tree, |above, word| above.find_subcommand(word));
    let asks_itself = named.is_some_and(|named| {
        named.get_arguments().any(|argument| argument.get_long() == Some("yes"))
    });
    if asks_itself || HARMLESS.contains(&verb) {
        return Ok(());
    }
    let words: Vec<String> =
        completed.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let line = command_of(&words);
    let context = Context::new(String::new(), DatabaseOptions::default(), format, false);
    if context.ask_yes_or_no(&format!("Run `{line}`?"), false, &line)? {
        return Ok(());
    }
    Err(Failure::new(Kind::Failed, "nothing was changed", "you answered no", line))
}

/// Lets the user pick the missing name on a terminal; the command line with it.
pub(super) fn pick(
    error: &clap::Error,
    arguments: &[OsString],
    format: Format,
) -> Result<Option<Vec<OsString>>, Failure> {
    let words: Vec<String> =
        arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let is_quiet =
        words.iter().any(|word| ["--no-input", "--quiet", "-q"].contains(&word.as_str()));
    if is_quiet
        || !format.output.is_text()
        || !io::stdin().is_terminal()
        || !io::stderr().is_terminal()
    {
        return Ok(None);
    }
    let Some(Missing { one, names, .. }) = Missing::of(error, &words) else { return Ok(None) };
    if names.is_empty() || names.len() > MOST_ITEMS {
        return Ok(None);
    }
    let items: Vec<String> =
        names.iter().map(|(name, description)| format!("{name}  {description}")).collect();
    let context = Context::new(String::new(), DatabaseOptions::default(), format, false);
    let chosen = context.choose(&format!("Which {one}?"), &items, 0)?;
    Ok(chosen.map(|place| {
        let mut completed = arguments.to_vec();
        completed.push(names[place].0.clone().into());
        completed
    }))
}

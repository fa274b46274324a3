//! Missing names of objects: a usage error lists those that exist, and on a terminal, the user can
//! pick one.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::completions::from_database;
use super::context::Context;
use crate::failure::{Failure, shell_word};
use crate::report::Format;
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
    let context = Context::new(String::new(), None, format, false);
    let chosen = context.choose(&format!("Which {one}?"), &items, 0)?;
    Ok(chosen.map(|place| {
        let mut completed = arguments.to_vec();
        completed.push(names[place].0.clone().into());
        completed
    }))
}

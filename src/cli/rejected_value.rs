//! Why the value of an option is not accepted, in words that name the values that are.

use std::error::Error as _;
use std::net::AddrParseError;
use std::num::{ParseFloatError, ParseIntError};

use clap::Command;
use clap::error::{ContextKind, ContextValue};

/// Why the value is not accepted.
pub(super) fn why(error: &clap::Error, words: &[String], tree: &Command) -> Option<String> {
    let source = error.source()?;
    if source.is::<ParseIntError>() {
        let range = with_number(error, words).and_then(|words| {
            let error = tree.clone().try_get_matches_from(words).err()?;
            range(&error.source()?.to_string())
        });
        return Some(range.unwrap_or_else(|| "it must be a whole number".to_owned()));
    }
    if source.is::<ParseFloatError>() {
        return Some("it must be a number".to_owned());
    }
    if source.is::<AddrParseError>() {
        return Some("it must be an address with a port, such as 127.0.0.1:8080".to_owned());
    }
    let text = source.to_string();
    Some(range(&text).unwrap_or(text))
}

/// The command line with a number that no option accepts instead of the value: its error has the
/// numbers that are accepted.
fn with_number(error: &clap::Error, words: &[String]) -> Option<Vec<String>> {
    let text = |kind| match error.get(kind)? {
        ContextValue::String(text) => Some(text.as_str()),
        _ => None,
    };
    let flag = text(ContextKind::InvalidArg)?.split([' ', '=']).next()?;
    let value = text(ContextKind::InvalidValue)?;
    let number = format!("{flag}=-1");
    let mut words = words.to_vec();
    if flag.starts_with('<') {
        words.retain(|word| word != value && word != "--");
        words.extend(["--".to_owned(), "-1".to_owned()]);
        return Some(words);
    }
    let joined = format!("{flag}={value}");
    if let Some(place) = words.iter().position(|word| *word == joined) {
        words[place] = number;
    } else {
        let place = words.windows(2).position(|pair| pair[0] == flag && pair[1] == value)?;
        words.splice(place..place + 2, [number]);
    }
    Some(words)
}

/// The numbers in a parser's message, `0 is not in 1..=65535`.
fn range(message: &str) -> Option<String> {
    let (_, range) = message.split_once(" is not in ")?;
    let (least, most) = range.split_once("..")?;
    let most = most.trim_start_matches('=');
    let is_limit = most.parse().is_ok_and(|most: u64| most < u64::from(u32::MAX));
    Some(if is_limit {
        format!("it must be a whole number from {least} to {most}")
    } else {
        format!("it must be a whole number of at least {least}")
    })
}

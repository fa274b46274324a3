//! Checks profile values that an admin enters. Values from platforms are accepted as far as they
//! are valid.

use crate::domain::{Invalid, Name, Zone, trimmed};

/// Plain text; empty text clears it.
///
/// # Errors
///
/// If it is longer than 255 characters, or has control characters.
pub fn text(field: &str, value: &str) -> Result<Option<String>, Invalid> {
    match trimmed(value) {
        "" => Ok(None),
        value => Name::new(value)
            .map(|value| Some(value.to_string()))
            .map_err(|invalid| Invalid::new(field, invalid.rule)),
    }
}

/// An email address; empty text clears it. Only the form is checked.
///
/// # Errors
///
/// If it has no `@` with text before and after it, or contains white space.
pub fn email(value: &str) -> Result<Option<String>, Invalid> {
    let address = text("email", value)?;
    let plausible = |address: &str| {
        address.rsplit_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
            && !address.contains(char::is_whitespace)
    };
    match address {
        Some(address) if !plausible(&address) => {
            Err(Invalid::new("email", "must be an address such as sam@example.edu"))
        }
        address => Ok(address),
    }
}

/// A language tag (BCP 47), such as `en` or `pt-BR`; empty text clears it.
///
/// # Errors
///
/// If it does not have the form of a language tag. Whether the language exists is not checked.
pub fn locale(field: &str, value: &str) -> Result<Option<String>, Invalid> {
    let value = trimmed(value);
    let mut parts = value.split('-');
    let language = parts.next().unwrap_or_default();
    let formed = (2..=8).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
        && value.len() <= 64;
    match value {
        "" => Ok(None),
        value if formed => Ok(Some(value.to_owned())),
        _ => Err(Invalid::new(field, "must be a language tag such as en or pt-BR")),
    }
}

/// A time zone by its name in the IANA database, such as `Europe/Lisbon`, in the spelling of the
/// database; empty text clears it.
///
/// # Errors
///
/// If there is no such time zone.
pub fn time_zone(field: &str, value: &str) -> Result<Option<String>, Invalid> {
    let value = trimmed(value);
    if value.is_empty() {
        return Ok(None);
    }
    let zone: Zone = value.parse().map_err(|invalid: Invalid| Invalid::new(field, invalid.rule))?;
    Ok(Some(zone.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profile_values_are_checked() {
        let long = "x".repeat(256);
        for (checked, expected) in [
            (text("name", "  Sam Student "), Some(Some("Sam Student"))),
            (text("name", " "), Some(None)),
            (text("name", "a\u{1b}b"), None),
            (text("name", &long), None),
            (email("sam@example.edu"), Some(Some("sam@example.edu"))),
            (email(""), Some(None)),
            (email("sam"), None),
            (email("@example.edu"), None),
            (email("sam@"), None),
            (email("sam student@example.edu"), None),
            (locale("locale", "pt-BR"), Some(Some("pt-BR"))),
            (locale("locale", "zh-Hant-TW"), Some(Some("zh-Hant-TW"))),
            (locale("locale", ""), Some(None)),
            (locale("locale", "en_US"), None),
            (locale("locale", "e"), None),
            (locale("locale", "en-"), None),
            (time_zone("time zone", "Europe/Lisbon"), Some(Some("Europe/Lisbon"))),
            (time_zone("time zone", "europe/lisbon"), Some(Some("Europe/Lisbon"))),
            (time_zone("time zone", "UTC"), Some(Some("UTC"))),
            (time_zone("time zone", ""), Some(None)),
            (time_zone("time zone", "Europe/Atlantis"), None),
            (time_zone("time zone", "../../etc/passwd"), None),
        ] {
            assert_eq!(
                checked.clone().ok().as_ref().map(Option::as_deref),
                expected,
                "{checked:?}"
            );
        }
    }
}

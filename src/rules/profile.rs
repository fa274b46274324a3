//! What is said of a person, checked where an admin types it. What platforms say is taken over as
//! far as it fits, and no further.

use jiff::tz::TimeZoneDatabase;

use crate::domain::{Invalid, Name, trimmed};

/// Plain text; empty text takes it away.
///
/// # Errors
///
/// Longer than 255 characters, or with control characters.
pub fn text(field: &str, value: &str) -> Result<Option<String>, Invalid> {
    match trimmed(value) {
        "" => Ok(None),
        value => Name::new(value)
            .map(|value| Some(value.to_string()))
            .map_err(|invalid| Invalid::new(field, invalid.rule)),
    }
}

/// An e-mail address; empty text takes it away. Whether it reaches anybody only a message can tell.
///
/// # Errors
///
/// No `@` with something before and after it, or white space within.
pub fn email(value: &str) -> Result<Option<String>, Invalid> {
    let address = text("e-mail", value)?;
    let plausible = |address: &str| {
        address.rsplit_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
            && !address.contains(char::is_whitespace)
    };
    match address {
        Some(address) if !plausible(&address) => {
            Err(Invalid::new("e-mail", "must be an address such as sam@example.edu"))
        }
        address => Ok(address),
    }
}

/// A language tag (BCP 47), such as `en` or `pt-BR`; empty text takes it away.
///
/// # Errors
///
/// Not of the form of one; whether there is such a language is not looked up.
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
/// database; empty text takes it away.
pub fn time_zone(field: &str, value: &str) -> Result<Option<String>, Invalid> {
    let value = trimmed(value);
    if value.is_empty() {
        return Ok(None);
    }
    // The database within the program: what it knows does not depend on the machine.
    let known = TimeZoneDatabase::bundled().get(value).ok();
    match known.as_ref().and_then(|zone| zone.iana_name()) {
        Some(name) => Ok(Some(name.to_owned())),
        None => Err(Invalid::new(
            field,
            "must be a time zone of the IANA database, such as Europe/Lisbon or UTC",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_person_is_checked() {
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

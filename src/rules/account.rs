//! Finding an account, and changing what it says of its person.

use super::profile;
use crate::domain::{Account, Invalid, Profile, Username};
use crate::failure::{Complaints, Failure};
use crate::store::Read;

/// What to say of a person; what is `None` stays as it is, and empty text takes it away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// Full name.
    pub name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Language (BCP 47).
    pub locale: Option<String>,
    /// Time zone (IANA).
    pub time_zone: Option<String>,
    /// School or university.
    pub institution: Option<String>,
}

/// The account of that username, or of that UUID.
pub fn find(read: Read<'_>, name: &str) -> Result<Account, Failure> {
    match known(read, name)? {
        Some(account) => Ok(account),
        None => Err(Failure::not_found("account", name, &read.usernames()?)),
    }
}

/// The same, if there is one: for lists of names, where looking for the nearest would take too
/// long.
pub fn known(read: Read<'_>, name: &str) -> Result<Option<Account>, Failure> {
    let name = name.trim();
    if let Some(account) = read.account(&name.to_ascii_lowercase())? {
        return Ok(Some(account));
    }
    match name.parse() {
        Ok(uuid) => Ok(read.account_by_uuid(&uuid)?),
        Err(_) => Ok(None),
    }
}

/// Checks a username for an account that is made or renamed: it must not read as the UUID of
/// another one.
///
/// # Errors
///
/// The rules of usernames; a UUID.
pub fn new_username(text: &str) -> Result<Username, Invalid> {
    let username = Username::new(text)?;
    match username.as_str().parse::<uuid::Uuid>() {
        Ok(_) => Err(Invalid::new(
            "username",
            "must not be a UUID, for accounts are addressed by theirs too",
        )),
        Err(_) => Ok(username),
    }
}

/// Changes what is said of a person as far as the change follows the rules; what does not goes to
/// `complaints`.
pub fn change_profile(profile: &mut Profile, change: &ProfileChange, complaints: &mut Complaints) {
    type Check = fn(&str, &str) -> Result<Option<String>, Invalid>;
    type Part<'p> = (&'static str, &'static str, &'p Option<String>, &'p mut Option<String>, Check);
    let parts: [Part<'_>; 7] = [
        ("name", "name", &change.name, &mut profile.name, profile::text),
        ("given_name", "given name", &change.given_name, &mut profile.given_name, profile::text),
        (
            "family_name",
            "family name",
            &change.family_name,
            &mut profile.family_name,
            profile::text,
        ),
        ("email", "e-mail", &change.email, &mut profile.email, |_, value| profile::email(value)),
        ("locale", "locale", &change.locale, &mut profile.locale, profile::locale),
        ("time_zone", "time zone", &change.time_zone, &mut profile.time_zone, profile::time_zone),
        (
            "institution",
            "institution",
            &change.institution,
            &mut profile.institution,
            profile::text,
        ),
    ];
    for (part, field, new, known, check) in parts {
        if let Some(new) = new
            && let Some(checked) = complaints.take(part, check(field, new))
        {
            *known = checked;
        }
    }
}

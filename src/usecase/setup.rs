//! Setting the tool up: its address, its name, its first key.

use std::path::Path;

use jiff::Timestamp;

use super::{Failure, Kind, keys};
use crate::domain::{LogoUrl, Name, PublicUrl, Random, Secret, Settings};
use crate::store::{Error, Store};

/// What `init` did.
pub struct Initialised {
    /// The settings, new or as they were.
    pub settings: Settings,
    /// Whether the database was set up before.
    pub existed: bool,
}

/// The names of all settings, as `config` knows them.
pub const SETTINGS: &[&str] = &[
    "url",
    "name",
    "logo",
    "session_lifetime",
    "sync_interval",
    "app_key",
    "launch_retention",
    "key_rotation",
    "waiting_launch_limit",
    "account_limit",
];

/// Creates the database with settings, a signing key and the key of login states; all of it or
/// nothing.
///
/// # Errors
///
/// A conflict when it is set up already and `if_not_exists` is not given; the database's own
/// errors.
pub fn init(
    path: &Path,
    url: PublicUrl,
    name: Name,
    if_not_exists: bool,
    now: Timestamp,
    random: &Random,
) -> Result<Initialised, Failure> {
    set_up(&mut Store::create(path)?, path, url, name, if_not_exists, now, random)
}

/// The same in a database whose file is there already, for anyone who acts in the store.
///
/// # Errors
///
/// As for [`init`].
pub fn set_up(
    store: &mut Store,
    path: &Path,
    url: PublicUrl,
    name: Name,
    if_not_exists: bool,
    now: Timestamp,
    random: &Random,
) -> Result<Initialised, Failure> {
    match store.read().settings() {
        Ok(settings) if if_not_exists => return Ok(Initialised { settings, existed: true }),
        Ok(settings) => {
            return Err(Failure::new(
                Kind::Conflict,
                "the database is set up already",
                format!("{} holds {} at {}", path.display(), settings.name, settings.url),
                "ltictl config set url URL, or another file with --db, or init --if-not-exists",
            ));
        }
        Err(Error::NotInitialised) => {}
        Err(error) => return Err(error.into()),
    }
    let settings = Settings::new(url, name);
    let key = keys::generate(now, random)?;
    let state_key = Secret::new(random.bytes::<32>().to_vec());
    store.write(|write| {
        write.save_settings(&settings)?;
        write.save_state_key(&state_key)?;
        write.insert_signing_key(&key)
    })?;
    Ok(Initialised { settings, existed: false })
}

/// One setting as text; empty when it is not set.
///
/// # Errors
///
/// Not found, when there is no such setting.
pub fn get(settings: &Settings, key: &str) -> Result<String, Failure> {
    match key {
        "url" => Ok(settings.url.to_string()),
        "name" => Ok(settings.name.to_string()),
        "logo" => {
            Ok(settings.logo.as_ref().map(|logo| logo.as_str().to_owned()).unwrap_or_default())
        }
        "session_lifetime" => Ok(settings.session_lifetime.to_string()),
        "sync_interval" => Ok(settings.sync_interval.to_string()),
        "app_key" => Ok(settings.app_key.to_string()),
        "launch_retention" => Ok(settings.launch_retention.to_string()),
        "key_rotation" => Ok(settings.key_rotation.to_string()),
        "waiting_launch_limit" => Ok(settings.waiting_launch_limit.to_string()),
        "account_limit" => Ok(settings.account_limit.to_string()),
        _ => {
            let known: Vec<String> = SETTINGS.iter().map(|setting| (*setting).to_owned()).collect();
            let mut failure = Failure::not_found("setting", key, &known);
            failure.hint = "ltictl config list".into();
            Err(failure)
        }
    }
}

/// Changes one setting.
///
/// # Errors
///
/// Not found, when there is no such setting; an invalid value; the database's own errors.
pub fn set(
    store: &mut Store,
    key: &str,
    value: &str,
    allow_http: bool,
) -> Result<Settings, Failure> {
    store.write(|write| {
        let mut settings = write.settings()?;
        change(&mut settings, key, value, allow_http)?;
        write.save_settings(&settings)?;
        Ok(settings)
    })
}

/// Changes one of the settings in hand.
///
/// # Errors
///
/// Not found, when there is no such setting; an invalid value.
pub(super) fn change(
    settings: &mut Settings,
    key: &str,
    value: &str,
    allow_http: bool,
) -> Result<(), Failure> {
    get(settings, key)?;
    match key {
        "url" => settings.url = PublicUrl::new(value, allow_http)?,
        "name" => settings.name = Name::new(value)?,
        "logo" => {
            settings.logo = if value.trim().is_empty() { None } else { Some(LogoUrl::new(value)?) }
        }
        "sync_interval" => settings.sync_interval = value.parse()?,
        "app_key" => settings.app_key = value.parse()?,
        "launch_retention" => settings.launch_retention = value.parse()?,
        "key_rotation" => settings.key_rotation = value.parse()?,
        "waiting_launch_limit" => settings.waiting_launch_limit = value.parse()?,
        "account_limit" => settings.account_limit = value.parse()?,
        _ => settings.session_lifetime = value.parse()?,
    }
    Ok(())
}

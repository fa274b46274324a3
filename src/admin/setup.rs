//! Sets the tool up: database, settings and first signing key.

use jiff::Timestamp;

use crate::admin::keys;
use crate::domain::{KeyPurpose, Name, PublicUrl, Random, Secret, Settings};
use crate::failure::{Failure, Kind};
use crate::rules::settings;
use crate::store::{Database, Error, Store};

/// The result of `init`.
pub struct Initialised {
    /// The settings, new or existing.
    pub settings: Settings,
    /// Whether the database was set up before.
    pub existed: bool,
}

/// Creates the database with settings, a signing key and the state key in one transaction.
///
/// # Errors
///
/// If it is already set up, unless `if_not_exists` is set.
pub fn init(
    database: impl Into<Database>,
    url: PublicUrl,
    name: Name,
    if_not_exists: bool,
    now: Timestamp,
    random: &Random,
) -> Result<Initialised, Failure> {
    let database = database.into();
    set_up(&mut Store::create(&database)?, &database, url, name, if_not_exists, now, random)
}

/// Like [`init`], in an open database.
pub fn set_up(
    store: &mut Store,
    database: &Database,
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
                "the database is already set up",
                format!(
                    "{database} holds {} at {}; for another tool, name another database with --db",
                    settings.name, settings.url
                ),
                "ltictl config list",
            ));
        }
        Err(Error::NotInitialised) => {}
        Err(error) => return Err(error.into()),
    }
    let settings = Settings::new(url, name);
    let key = keys::generate(KeyPurpose::Lti, now, random)?;
    let state_key = Secret::new(random.bytes::<32>().to_vec());
    store.write(|write| {
        write.save_settings(&settings)?;
        write.save_state_key(&state_key)?;
        write.insert_signing_key(&key)
    })?;
    Ok(Initialised { settings, existed: false })
}

/// Changes one setting.
///
/// # Errors
///
/// If there is no such setting or the value is invalid.
pub fn set(
    store: &mut Store,
    key: &str,
    value: &str,
    allow_http: bool,
) -> Result<Settings, Failure> {
    store.write(|write| {
        let mut settings = write.settings()?;
        settings::change(&mut settings, key, value, allow_http)?;
        write.save_settings(&settings)?;
        Ok(settings)
    })
}

//! The tool's settings by name, for `config` and the manifest.

use crate::domain::{LogoUrl, Name, PublicUrl, Settings};
use crate::failure::Failure;

/// The names of all settings in `config`.
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

/// One setting as text; empty if it is not set.
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

/// Changes one of the settings.
///
/// # Errors
///
/// If there is no such setting or the value is invalid.
pub fn change(
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

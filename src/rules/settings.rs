//! The tool's settings by name, for `config` and manifests.

use crate::domain::Settings;
use crate::failure::Failure;

/// One setting as text; empty if it is not set.
///
/// # Errors
///
/// If there is no such setting.
pub fn get(settings: &Settings, key: &str) -> Result<String, Failure> {
    settings.get(key).ok_or_else(|| {
        let known: Vec<String> = Settings::KEYS.iter().map(|key| (*key).to_owned()).collect();
        let mut failure = Failure::not_found("setting", key, &known);
        failure.hint = "ltictl config list".into();
        failure
    })
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
    Ok(settings.set(key, value, allow_http)?)
}

//! Settings of the tool as a whole.

use std::fmt::Display;
use std::str::FromStr;

use super::duration::{DAY, HOUR, MINUTE, durations};
use super::words::words;
use super::{AccountLimit, Invalid, LogoUrl, Name, PublicUrl, WaitingLaunchLimit, Zone, trimmed};

/// Calls a macro with the settings: documentation, name, type, format in JSON Schema, and, unless
/// `ltictl init` requires it, the default. A setting is a row here and a type with [`SettingValue`];
/// `config`, the database, manifests and their schema follow.
macro_rules! with_settings {
    ($callback:ident) => {
        $callback! {
            required {
                /// Public URL of the tool.
                url: $crate::domain::PublicUrl, "uri";
                /// Name of the tool.
                name: $crate::domain::Name;
            }
            optional {
                /// The https URL of the tool's logo, which platforms receive; null clears it.
                logo: Option<$crate::domain::LogoUrl> = None, "uri";
                /// How long a session lasts without a new launch, such as 8h.
                session_lifetime: $crate::domain::SessionLifetime = SessionLifetime::default();
                /// How often `serve` synchronizes grades and members, such as 30m, or off.
                sync_interval: $crate::domain::SyncInterval = SyncInterval::default();
                /// Whether an app needs its key to record scores.
                app_key: $crate::domain::AppKeyRule = AppKeyRule::Required;
                /// How long the launch log keeps its entries, such as 90d, or off to keep them all.
                launch_retention: $crate::domain::LaunchRetention = LaunchRetention::default();
                /// How old a signing key becomes before another replaces it, such as 90d, or off.
                key_rotation: $crate::domain::KeyRotation = KeyRotation::default();
                /// How many launches of one registration may wait for an account at the same time.
                waiting_launch_limit: $crate::domain::WaitingLaunchLimit = WaitingLaunchLimit::default();
                /// How many accounts launches and member lists may create for one registration.
                account_limit: $crate::domain::AccountLimit = AccountLimit::default();
                /// The time zone of tables and pages, such as Europe/Lisbon; null for this machine's.
                time_zone: Option<$crate::domain::Zone> = None;
                /// What `serve` logs, unless it has --log-level; it takes effect with SIGHUP.
                log_level: $crate::domain::LogLevel = LogLevel::Info;
            }
        }
    };
}

pub(crate) use with_settings;

/// A value of a setting: text in `config` and the database, and a value in manifests.
pub trait SettingValue: Sized {
    /// Its type in manifests.
    type Manifest;

    /// The words that it may be; empty if they cannot be listed.
    const WORDS: &[&str] = &[];

    /// Reads text; empty text clears an optional value.
    ///
    /// # Errors
    ///
    /// The rule that the text breaks. `allow_http` is the permission for http:// URLs of hosts other
    /// than this machine.
    fn from_text(text: &str, allow_http: bool) -> Result<Self, Invalid>;

    /// Reads text from the database, which was checked when it was stored.
    fn stored(text: String) -> Option<Self> {
        Self::from_text(&text, true).ok()
    }

    /// The text; empty if there is no value.
    fn to_text(&self) -> String;

    /// The value in a manifest.
    fn to_manifest(&self) -> Self::Manifest;

    /// The text of a manifest's value.
    fn manifest_text(value: &Self::Manifest) -> String;
}

macro_rules! settings_type {
    (
        required { $($(#[$required_doc:meta])* $required:ident: $required_type:ty $(, $f:literal)?;)+ }
        optional { $($(#[$doc:meta])* $field:ident: $type:ty = $default:expr $(, $g:literal)?;)+ }
    ) => {
        /// The tool's settings.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Settings {
            $($(#[$required_doc])* pub $required: $required_type,)+
            $($(#[$doc])* pub $field: $type,)+
        }

        impl Settings {
            /// The names of the settings.
            pub const KEYS: &[&str] = &[$(stringify!($required),)+ $(stringify!($field)),+];

            /// These required settings, and the defaults of the others.
            pub fn new($($required: $required_type),+) -> Self {
                Self { $($required,)+ $($field: $default),+ }
            }

            /// A setting as text, empty if it is not set; none if there is no such setting.
            pub fn get(&self, key: &str) -> Option<String> {
                match key {
                    $(stringify!($required) => Some(self.$required.to_text()),)+
                    $(stringify!($field) => Some(self.$field.to_text()),)+
                    _ => None,
                }
            }

            /// What shells offer as the value of a setting: the words that it may be, or its
            /// default.
            pub fn words(key: &str) -> Vec<String> {
                let (words, default): (&[&str], String) = match key {
                    $(stringify!($required) => (<$required_type as SettingValue>::WORDS, String::new()),)+
                    $(stringify!($field) => {
                        let default: $type = $default;
                        (<$type as SettingValue>::WORDS, default.to_text())
                    })+
                    _ => (&[], String::new()),
                };
                let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
                if !default.is_empty() && !words.contains(&default) {
                    words.push(default);
                }
                words
            }

            /// Changes a setting; does nothing if there is no such setting.
            ///
            /// # Errors
            ///
            /// The rule that the value breaks.
            pub fn set(&mut self, key: &str, text: &str, allow_http: bool) -> Result<(), Invalid> {
                match key {
                    $(stringify!($required) => self.$required = SettingValue::from_text(text, allow_http)?,)+
                    $(stringify!($field) => self.$field = SettingValue::from_text(text, allow_http)?,)+
                    _ => {}
                }
                Ok(())
            }

            /// Takes settings from the database, where each was checked when it was stored; none if a
            /// required one is missing.
            ///
            /// # Errors
            ///
            /// The name of a setting with an invalid value.
            pub(crate) fn stored(
                values: impl IntoIterator<Item = (String, String)>,
            ) -> Result<Option<Self>, &'static str> {
                $(let mut $required = None;)+
                $(let mut $field: $type = $default;)+
                for (key, text) in values {
                    match key.as_str() {
                        $(stringify!($required) => $required = Some(SettingValue::stored(text).ok_or(stringify!($required))?),)+
                        $(stringify!($field) => $field = SettingValue::stored(text).ok_or(stringify!($field))?,)+
                        _ => {}
                    }
                }
                $(let Some($required) = $required else { return Ok(None) };)+
                Ok(Some(Self { $($required,)+ $($field),+ }))
            }
        }
    };
}

with_settings!(settings_type);

impl SettingValue for PublicUrl {
    type Manifest = String;

    fn from_text(text: &str, allow_http: bool) -> Result<Self, Invalid> {
        Self::new(text, allow_http)
    }

    fn stored(text: String) -> Option<Self> {
        Some(Self::stored(text))
    }

    fn to_text(&self) -> String {
        self.to_string()
    }

    fn to_manifest(&self) -> String {
        self.to_string()
    }

    fn manifest_text(value: &String) -> String {
        value.clone()
    }
}

impl SettingValue for Option<LogoUrl> {
    type Manifest = Option<String>;

    fn from_text(text: &str, _: bool) -> Result<Self, Invalid> {
        if text.trim().is_empty() { Ok(None) } else { LogoUrl::new(text).map(Some) }
    }

    fn stored(text: String) -> Option<Self> {
        Some(Some(LogoUrl::stored(text)))
    }

    fn to_text(&self) -> String {
        self.to_manifest().unwrap_or_default()
    }

    fn to_manifest(&self) -> Option<String> {
        self.as_ref().map(|logo| logo.as_str().to_owned())
    }

    fn manifest_text(value: &Option<String>) -> String {
        value.clone().unwrap_or_default()
    }
}

impl SettingValue for Option<Zone> {
    type Manifest = Option<String>;

    fn from_text(text: &str, _: bool) -> Result<Self, Invalid> {
        if trimmed(text).is_empty() { Ok(None) } else { text.parse().map(Some) }
    }

    /// A zone that this version does not know is like none.
    fn stored(text: String) -> Option<Self> {
        Some(text.parse().ok())
    }

    fn to_text(&self) -> String {
        self.to_manifest().unwrap_or_default()
    }

    fn to_manifest(&self) -> Option<String> {
        self.as_ref().map(Zone::to_string)
    }

    fn manifest_text(value: &Option<String>) -> String {
        value.clone().unwrap_or_default()
    }
}

impl Settings {
    /// The time zone of tables and pages.
    pub fn zone(&self) -> Zone {
        self.time_zone.clone().unwrap_or_else(Zone::of_machine)
    }
}

/// The values that are written and parsed in one way, with their type in manifests.
macro_rules! plain_setting_values {
    ($($name:ident $([$words:expr])?: $manifest:ty, $to_manifest:expr $(, $stored:expr)?;)+) => {
        $(
            impl SettingValue for $name {
                type Manifest = $manifest;

                $(const WORDS: &[&str] = $words;)?

                fn from_text(text: &str, _: bool) -> Result<Self, Invalid> {
                    Self::from_str(text)
                }

                $(fn stored(text: String) -> Option<Self> {
                    let stored: fn(String) -> Self = $stored;
                    Some(stored(text))
                })?

                fn to_text(&self) -> String {
                    self.to_string()
                }

                fn to_manifest(&self) -> $manifest {
                    let to_manifest: fn(&Self) -> $manifest = $to_manifest;
                    to_manifest(self)
                }

                fn manifest_text(value: &$manifest) -> String {
                    value.to_string()
                }
            }
        )+
    };
}

plain_setting_values! {
    Name: String, text, Name::stored;
    SessionLifetime: String, text;
    SyncInterval [&["off"]]: String, text;
    AppKeyRule [AppKeyRule::WORDS]: AppKeyRule, |rule| *rule;
    LaunchRetention [&["off"]]: String, text;
    KeyRotation [&["off"]]: String, text;
    WaitingLaunchLimit: u32, |limit| limit.number();
    AccountLimit: u32, |limit| limit.number();
    LogLevel [LogLevel::WORDS]: LogLevel, |level| *level;
}

fn text(value: &impl Display) -> String {
    value.to_string()
}

words! {
    /// Whether an app needs its key to record scores. Without it, anyone who has a launch token
    /// can, and launch tokens pass through the person's browser.
    AppKeyRule, "app_key", {
        /// A launch token is enough.
        Optional = "optional",
        /// A launch token and the app's key.
        Required = "required",
    }
}

words! {
    /// The least important messages that `serve` logs.
    LogLevel, "log_level", {
        /// What failed and has to be repaired.
        Error = "error",
        /// Also what may need attention.
        Warn = "warn",
        /// Also what happens.
        Info = "info",
        /// Also what helps to find faults.
        Debug = "debug",
    }
}

durations! {
    /// How long a session lasts without a new launch.
    SessionLifetime, "session_lifetime", (MINUTE..=7 * DAY), "8h";

    /// How often `serve` synchronizes grades and members; if off, it does not, for instance because
    /// cron does.
    SyncInterval or off, "sync_interval", (MINUTE..=7 * DAY), "30m";

    /// How long launches are kept in the launch log; if off, all are kept.
    LaunchRetention or off, "launch_retention", (DAY..=3650 * DAY), "90d";

    /// Maximum age of the active signing key before `serve` replaces it; if off, keys are only
    /// rotated manually.
    KeyRotation or off, "key_rotation", (7 * DAY..=3650 * DAY), "90d";
}

impl Default for SessionLifetime {
    fn default() -> Self {
        Self(8 * HOUR)
    }
}

impl Default for SyncInterval {
    fn default() -> Self {
        Self(Some(30 * MINUTE))
    }
}

impl Default for LaunchRetention {
    fn default() -> Self {
        Self(Some(90 * DAY))
    }
}

impl Default for KeyRotation {
    fn default() -> Self {
        Self::OFF
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(settings: &[(&str, &str)]) -> Result<Option<Settings>, &'static str> {
        Settings::stored(settings.iter().map(|&(key, text)| (key.to_owned(), text.to_owned())))
    }

    #[test]
    fn stored_settings_are_read_even_if_rules_have_changed() {
        let (url, name) = (("url", "https://tool.example.edu"), ("name", "a\u{7}b"));
        assert!(Name::new(name.1).is_err());
        let settings = stored(&[url, name, ("from_another_version", "x")]).unwrap().unwrap();
        assert_eq!(settings.name.to_string(), name.1);
        assert_eq!(settings, Settings::new(settings.url.clone(), settings.name.clone()));
        assert_eq!(stored(&[url]), Ok(None));
        assert_eq!(stored(&[url, name, ("session_lifetime", "x")]), Err("session_lifetime"));
    }
}

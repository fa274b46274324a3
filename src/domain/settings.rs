//! The tool's settings.

use super::duration::{DAY, HOUR, MINUTE, durations};
use super::words::words;
use super::{AccountLimit, LogoUrl, Name, PublicUrl, WaitingLaunchLimit};

/// The tool's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The tool's public URL.
    pub url: PublicUrl,
    /// The tool's name.
    pub name: Name,
    /// URL of the tool's logo, which platforms receive; most tools have none.
    pub logo: Option<LogoUrl>,
    /// How long a session lasts without a new launch.
    pub session_lifetime: SessionLifetime,
    /// How often `serve` synchronizes grades and members.
    pub sync_interval: SyncInterval,
    /// Whether an app needs its key to record scores.
    pub app_key: AppKeyRule,
    /// How long launches are kept in the launch log.
    pub launch_retention: LaunchRetention,
    /// Maximum age of the active signing key before it is replaced.
    pub key_rotation: KeyRotation,
    /// How many launches of one registration may wait.
    pub waiting_launch_limit: WaitingLaunchLimit,
    /// How many accounts launches and member lists may create for one registration.
    pub account_limit: AccountLimit,
}

impl Settings {
    /// Settings with this URL and name, and defaults for everything else.
    pub fn new(url: PublicUrl, name: Name) -> Self {
        Self {
            url,
            name,
            logo: None,
            session_lifetime: SessionLifetime::default(),
            sync_interval: SyncInterval::default(),
            app_key: AppKeyRule::Required,
            launch_retention: LaunchRetention::default(),
            key_rotation: KeyRotation::default(),
            waiting_launch_limit: WaitingLaunchLimit::default(),
            account_limit: AccountLimit::default(),
        }
    }
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

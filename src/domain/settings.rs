//! What holds for the whole tool.

use super::duration::{DAY, HOUR, MINUTE, durations};
use super::words::words;
use super::{AccountLimit, LogoUrl, Name, PublicUrl, WaitingLaunchLimit};

/// The tool's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The tool's address, as the world sees it.
    pub url: PublicUrl,
    /// What the tool is called.
    pub name: Name,
    /// The tool's picture, which platforms receive; most tools have none.
    pub logo: Option<LogoUrl>,
    /// How long a launched person may stay without a new launch.
    pub session_lifetime: SessionLifetime,
    /// How often `serve` synchronizes grades and members.
    pub sync_interval: SyncInterval,
    /// Whether an app needs its key to record scores.
    pub app_key: AppKeyRule,
    /// How long the launch log keeps what it has.
    pub launch_retention: LaunchRetention,
    /// How old the key that signs gets before another takes its place.
    pub key_rotation: KeyRotation,
    /// How many launches of one registration may wait.
    pub waiting_launch_limit: WaitingLaunchLimit,
    /// How many accounts launches and member lists may create for one registration.
    pub account_limit: AccountLimit,
}

impl Settings {
    /// A tool of that address and name; everything else is as it is for most.
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
    /// can, and that passes through the person's browser.
    AppKeyRule, "app_key", {
        /// A launch token is enough.
        Optional = "optional",
        /// A launch token and the app's key.
        Required = "required",
    }
}

durations! {
    /// How long a launched person may stay without a new launch.
    SessionLifetime, "session_lifetime", (MINUTE..=7 * DAY), "8h";

    /// How often `serve` synchronizes grades and members; off, it leaves that to others, such as
    /// cron.
    SyncInterval or off, "sync_interval", (MINUTE..=7 * DAY), "30m";

    /// How long the launch log keeps what it has; off, it keeps everything.
    LaunchRetention or off, "launch_retention", (DAY..=3650 * DAY), "90d";

    /// How old the key that signs gets before `serve` puts another in its place; off, keys change
    /// by hand only.
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

//! What holds for the whole tool.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::words::words;
use super::{Invalid, LogoUrl, Name, PublicUrl};

/// The tool's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The tool's address, as the world sees it.
    pub url: PublicUrl,
    /// What the tool is called.
    pub name: Name,
    /// The tool's picture, which platforms are told of; most tools do without.
    pub logo: Option<LogoUrl>,
    /// How long a launched person may stay without a new launch.
    pub session_lifetime: SessionLifetime,
    /// How often `serve` synchronises grades and members.
    pub sync_interval: SyncInterval,
    /// Whether an app needs its key to record scores.
    pub app_key: AppKeyRule,
}

words! {
    /// Whether an app needs its key to record scores. Without it, whoever has a launch token can, and that passes through the person's browser.
    AppKeyRule, "app_key", {
        /// A launch token is enough.
        Optional = "optional",
        /// A launch token and the app's key.
        Required = "required",
    }
}

/// How often `serve` synchronises grades and members: one minute to seven days, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncInterval(Option<u32>);

impl SyncInterval {
    /// The interval; none when `serve` leaves it to others, such as cron.
    pub fn duration(self) -> Option<Duration> {
        self.0.map(|seconds| Duration::from_secs(seconds.into()))
    }
}

impl Default for SyncInterval {
    fn default() -> Self {
        Self(Some(30 * 60))
    }
}

impl FromStr for SyncInterval {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.trim() == "off" {
            return Ok(Self(None));
        }
        let lifetime = text
            .parse::<SessionLifetime>()
            .map_err(|_| Invalid::new("sync_interval", "must be a number with m, h or d between 1m and 7d, such as 30m, or off"))?;
        Ok(Self(Some(lifetime.seconds())))
    }
}

impl fmt::Display for SyncInterval {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => formatter.write_str("off"),
            Some(seconds) => fmt::Display::fmt(&SessionLifetime(seconds), formatter),
        }
    }
}

/// How long a launched person may stay without a new launch; one minute to seven days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLifetime(u32);

impl SessionLifetime {
    /// A lifetime in seconds.
    ///
    /// # Errors
    ///
    /// Less than a minute or more than seven days.
    pub fn from_seconds(seconds: u32) -> Result<Self, Invalid> {
        if (60..=7 * 24 * 3600).contains(&seconds) { Ok(Self(seconds)) } else { Err(Invalid::new("session_lifetime", "must be between 1m and 7d")) }
    }

    /// The lifetime in seconds.
    pub fn seconds(self) -> u32 {
        self.0
    }
}

impl Default for SessionLifetime {
    fn default() -> Self {
        Self(8 * 3600)
    }
}

impl FromStr for SessionLifetime {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("session_lifetime", "must be a number with s, m, h or d, such as 8h");
        let text = text.trim();
        let unit = match text.chars().last() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3600,
            Some('d') => 24 * 3600,
            _ => return Err(invalid()),
        };
        let number: u32 = text[..text.len() - 1].parse().map_err(|_| invalid())?;
        Self::from_seconds(number.saturating_mul(unit))
    }
}

impl fmt::Display for SessionLifetime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, seconds) in [("d", 24 * 3600), ("h", 3600), ("m", 60)] {
            if self.0.is_multiple_of(seconds) {
                return write!(formatter, "{}{unit}", self.0 / seconds);
            }
        }
        write!(formatter, "{}s", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{SessionLifetime, SyncInterval};

    #[test]
    fn intervals_read_what_they_write() {
        for text in ["30m", "1m", "7d", "off"] {
            assert_eq!(text.parse::<SyncInterval>().unwrap().to_string(), text);
        }
        assert_eq!(SyncInterval::default().to_string(), "30m");
        for text in ["", "30", "59s", "8d", "never", "-1m"] {
            assert!(text.parse::<SyncInterval>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn lifetimes_read_what_they_write() {
        for text in ["8h", "90m", "61s", "7d"] {
            assert_eq!(text.parse::<SessionLifetime>().unwrap().to_string(), text);
        }
        assert_eq!("3600s".parse::<SessionLifetime>().unwrap().to_string(), "1h");
        for text in ["", "8", "h", "-1h", "59s", "8d", "99999999999h", "8 h", "é"] {
            assert!(text.parse::<SessionLifetime>().is_err(), "{text:?}");
        }
    }
}

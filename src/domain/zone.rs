//! Time zones, and how people read times: the only place that formats times for them. Programs read
//! [`rfc3339`](super::rfc3339).

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::{Invalid, trimmed};

/// A time zone by its name in the IANA database, such as `Europe/Lisbon`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The zone of this machine, or else UTC.
    pub fn of_machine() -> Self {
        Self(TimeZone::try_system().unwrap_or(TimeZone::UTC))
    }

    /// The name as it is shown beside times.
    pub fn name(&self) -> &str {
        match self.0.iana_name() {
            Some("Etc/UTC" | "Etc/UCT" | "Etc/Universal" | "Etc/Zulu") => "UTC",
            Some(name) => name,
            None => "local time",
        }
    }

    /// Date and time to the second, without the name. An hour that occurs twice because clocks are
    /// set back has the offset from UTC.
    pub fn second(&self, moment: Timestamp) -> String {
        self.format(moment, "%Y-%m-%d %H:%M:%S", "%:z")
    }

    /// Date and time to the second, with the name.
    pub fn second_with_name(&self, moment: Timestamp) -> String {
        format!("{} {}", self.second(moment), self.name())
    }

    /// Date and time to the minute, with the name.
    pub fn minute_with_name(&self, moment: Timestamp) -> String {
        format!("{} {}", self.format(moment, "%Y-%m-%d %H:%M", "%:z"), self.name())
    }

    /// Date and time to the minute as on pages, without the name.
    pub fn on_page(&self, moment: Timestamp) -> String {
        self.format(moment, "%-d %b %Y, %H:%M", " (UTC%:z)")
    }

    /// The date.
    pub fn date(&self, moment: Timestamp) -> String {
        moment.to_zoned_datetime(self.0.clone()).strftime("%Y-%m-%d").to_string()
    }

    fn format(&self, moment: Timestamp, format: &str, offset: &str) -> String {
        let zoned = moment.to_zoned_datetime(self.0.clone());
        let mut text = zoned.strftime(format).to_string();
        if self.0.to_ambiguous_zoned_datetime(zoned.datetime()).is_ambiguous() {
            text.push_str(&zoned.strftime(offset).to_string());
        }
        text
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

impl FromStr for Zone {
    type Err = Invalid;

    /// Finds a zone, whatever its capitals. The database is the bundled one, so that the result does
    /// not depend on the machine.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = trimmed(text);
        let database = TimeZoneDatabase::bundled();
        match database.get(text).ok().filter(|zone| zone.iana_name().is_some()) {
            Some(zone) => Ok(Self(zone)),
            None => {
                let similar = similar(text, &database);
                let meant = match similar.is_empty() {
                    true => "such as Europe/Lisbon or UTC".to_owned(),
                    false => format!("for instance {}", similar.join(" or ")),
                };
                let problem = format!("must be a time zone in the IANA database, {meant}");
                Err(Invalid::new("time_zone", problem))
            }
        }
    }
}

/// How many similar names are suggested.
const MAX_SIMILAR: usize = 3;

/// Zones of which a part of the name contains these letters, such as `Berlin` or `new york`.
fn similar(text: &str, database: &TimeZoneDatabase) -> Vec<String> {
    let letters = |text: &str| -> String {
        text.chars()
            .filter(|character| character.is_alphanumeric())
            .collect::<String>()
            .to_lowercase()
    };
    let typed = letters(text.rsplit('/').next().unwrap_or_default());
    if typed.len() < 3 {
        return Vec::new();
    }
    database
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| {
            let city = letters(name.rsplit('/').next().unwrap_or_default());
            name.contains('/') && (city.contains(&typed) || typed.contains(&city))
        })
        .take(MAX_SIMILAR)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_local_and_repeated_hours_have_their_offset() {
        for (zone, moment, expected) in [
            ("UTC", "2026-07-01T10:00:05Z", "2026-07-01 10:00:05"),
            ("Europe/Berlin", "2026-07-01T10:00:05Z", "2026-07-01 12:00:05"),
            ("Europe/Berlin", "2026-12-01T23:30:00Z", "2026-12-02 00:30:00"),
            // Clocks are set forward at 02:00, and no hour occurs twice.
            ("Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29 01:59:59"),
            ("Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29 03:00:00"),
            // Clocks are set back at 03:00, and an hour occurs twice.
            ("Europe/Berlin", "2026-10-24T23:59:59Z", "2026-10-25 01:59:59"),
            ("Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25 02:30:00+02:00"),
            ("Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25 02:30:00+01:00"),
            ("Europe/Berlin", "2026-10-25T02:00:00Z", "2026-10-25 03:00:00"),
            ("America/New_York", "2026-11-01T05:30:00Z", "2026-11-01 01:30:00-04:00"),
            ("America/New_York", "2026-11-01T06:30:00Z", "2026-11-01 01:30:00-05:00"),
            ("Asia/Kolkata", "2026-07-01T18:30:00Z", "2026-07-02 00:00:00"),
        ] {
            let zone: Zone = zone.parse().unwrap();
            let moment = moment.parse().unwrap();
            assert_eq!(zone.second(moment), expected, "{moment} in {zone}");
        }
        let berlin: Zone = "europe/berlin".parse().unwrap();
        let moment = "2026-10-25T01:30:00Z".parse().unwrap();
        assert_eq!(berlin.on_page(moment), "25 Oct 2026, 02:30 (UTC+01:00)");
        assert_eq!(berlin.minute_with_name(moment), "2026-10-25 02:30+01:00 Europe/Berlin");
        assert_eq!(Zone::UTC.second_with_name(moment), "2026-10-25 01:30:00 UTC");
        assert_eq!("Etc/UTC".parse::<Zone>().unwrap().name(), "UTC");
    }

    #[test]
    fn unknown_names_are_refused_with_similar_ones() {
        for (text, expected) in [
            ("Berlin", Some("Europe/Berlin")),
            ("new york", Some("America/New_York")),
            ("US/Sao Paulo", Some("America/Sao_Paulo")),
            ("Europe/Atlantis", Some("such as Europe/Lisbon or UTC")),
            ("../../etc/passwd", Some("such as Europe/Lisbon or UTC")),
            ("", Some("such as Europe/Lisbon or UTC")),
            ("+02:00", Some("such as Europe/Lisbon or UTC")),
            ("Europe/Lisbon", None),
            (" EUROPE/LISBON ", None),
        ] {
            let problem = text.parse::<Zone>().err().map(|invalid| invalid.to_string());
            match (problem, expected) {
                (None, None) => {}
                (Some(problem), Some(part)) => assert!(problem.contains(part), "{text}: {problem}"),
                (problem, _) => panic!("{text}: {problem:?}"),
            }
        }
    }
}

//! Enrolment: who takes part in a resource, since when and until when.

use jiff::Timestamp;

use super::Invalid;
use super::duration::{DAY, MINUTE, durations};
use super::words::words;

/// When and how many people may be enrolled, and for how long. The rules hold at everybody's first
/// enrolment; who is in stays in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EnrolmentRules {
    /// Nobody is enrolled before.
    pub start: Option<Timestamp>,
    /// Nobody is enrolled from then on.
    pub end: Option<Timestamp>,
    /// How long each enrolment lasts.
    pub duration: Option<EnrolmentDuration>,
    /// The most people who may be enrolled at the same time.
    pub maximum: Option<u32>,
}

/// Why nobody is enrolled at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnrolmentClosed {
    /// As many are enrolled as may be.
    Full {
        /// How many that is.
        maximum: u32,
    },
    /// It begins later.
    NotStarted {
        /// When.
        start: Timestamp,
    },
    /// It is over.
    Finished {
        /// Since when.
        end: Timestamp,
    },
}

impl EnrolmentRules {
    /// Whether one more may be enrolled when so many are already.
    ///
    /// # Errors
    ///
    /// The first rule that is against it.
    pub fn admit(&self, enrolled: u32, now: Timestamp) -> Result<(), EnrolmentClosed> {
        match (self.maximum, self.start, self.end) {
            (Some(maximum), ..) if enrolled >= maximum => Err(EnrolmentClosed::Full { maximum }),
            (_, Some(start), _) if now < start => Err(EnrolmentClosed::NotStarted { start }),
            (.., Some(end)) if now >= end => Err(EnrolmentClosed::Finished { end }),
            _ => Ok(()),
        }
    }

    /// When an enrolment that begins now ends; never, without a duration.
    pub fn ends_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.duration
            .map(|duration| now.saturating_add(duration.duration()).unwrap_or(Timestamp::MAX))
    }

    /// Checks that the times fit each other.
    ///
    /// # Errors
    ///
    /// The end is not after the start.
    pub fn check(&self) -> Result<(), Invalid> {
        match (self.start, self.end) {
            (Some(start), Some(end)) if end <= start => {
                Err(Invalid::new("enrolment end", "must be later than the enrolment start"))
            }
            _ => Ok(()),
        }
    }
}

durations! {
    /// How long an enrolment lasts.
    EnrolmentDuration, "enrolment duration", (MINUTE..=3650 * DAY), "90d";
}

/// One account's part in one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Key of the account within the database.
    pub account_id: i64,
    /// Key of the resource within the database.
    pub resource_id: i64,
    /// The role on the tool, as the resource names it.
    pub role: String,
    /// Whether that is the role of teachers.
    pub teaches: bool,
    /// Who enrolled them.
    pub source: EnrolmentSource,
    /// When.
    pub created_at: Timestamp,
    /// When it ends; never without.
    pub ends_at: Option<Timestamp>,
    /// The latest launch.
    pub last_access_at: Option<Timestamp>,
}

impl Enrolment {
    /// Whether its time is over.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| now >= end)
    }
}

words! {
    /// Who enrolled somebody.
    EnrolmentSource, "source", {
        /// A launch.
        Launch = "launch",
        /// The member synchronization.
        Sync = "sync",
        /// The admin; no synchronization takes it away.
        Admin = "admin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_rules_are_asked_in_order() {
        let (start, end) = (at("2026-09-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
        let rules =
            EnrolmentRules { start: Some(start), end: Some(end), duration: None, maximum: Some(2) };
        let (early, within, late) =
            (at("2026-08-31T23:59:59Z"), at("2026-09-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
        for (enrolled, now, expected) in [
            (2, early, Err(EnrolmentClosed::Full { maximum: 2 })),
            (1, early, Err(EnrolmentClosed::NotStarted { start })),
            (1, within, Ok(())),
            (2, within, Err(EnrolmentClosed::Full { maximum: 2 })),
            (0, late, Err(EnrolmentClosed::Finished { end })),
        ] {
            assert_eq!(rules.admit(enrolled, now), expected, "{enrolled} {now}");
        }
        assert_eq!(EnrolmentRules::default().admit(1_000_000, late), Ok(()));
        assert_eq!(
            EnrolmentRules { maximum: Some(0), ..EnrolmentRules::default() }.admit(0, late),
            Err(EnrolmentClosed::Full { maximum: 0 })
        );
        assert!(rules.check().is_ok());
        assert!(EnrolmentRules { end: Some(start), ..rules }.check().is_err());
    }

    #[test]
    fn a_duration_says_when_an_enrolment_ends() {
        let rules =
            EnrolmentRules { duration: Some("1d".parse().unwrap()), ..EnrolmentRules::default() };
        assert_eq!(rules.ends_at(at("2026-09-01T00:00:00Z")), Some(at("2026-09-02T00:00:00Z")));
        assert_eq!(EnrolmentRules::default().ends_at(at("2026-09-01T00:00:00Z")), None);
    }
}

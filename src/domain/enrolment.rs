//! Enrolments of accounts in resources, and the rules for them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::duration::{DAY, MINUTE, durations};
use super::words::words;
use super::{Invalid, json};

/// When and how many people may be enrolled, and for how long. The rules apply to first enrolments
/// only; people who are enrolled stay enrolled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EnrolmentRules {
    /// When enrolment starts.
    #[serde(rename = "enrolment_starts_at", serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub start: Option<Timestamp>,
    /// When enrolment ends.
    #[serde(rename = "enrolment_ends_at", serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub end: Option<Timestamp>,
    /// How long each enrolment lasts, for instance `90d`.
    #[serde(rename = "enrolment_duration", serialize_with = "json::optional_text")]
    #[schemars(with = "Option<String>")]
    pub duration: Option<EnrolmentDuration>,
    /// Maximum number of people enrolled at the same time.
    #[serde(rename = "enrolment_maximum")]
    pub maximum: Option<u32>,
}

/// Why no one can be enrolled now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnrolmentClosed {
    /// The maximum has been reached.
    Full {
        /// The maximum.
        maximum: u32,
    },
    /// Enrolment has not started.
    NotStarted {
        /// When it starts.
        start: Timestamp,
    },
    /// Enrolment has ended.
    Finished {
        /// When it ended.
        end: Timestamp,
    },
}

impl EnrolmentRules {
    /// Checks whether another person may be enrolled if `enrolled` people are enrolled already.
    ///
    /// # Errors
    ///
    /// The first rule that forbids it: the maximum, the start, then the end.
    pub fn admit(&self, enrolled: u32, now: Timestamp) -> Result<(), EnrolmentClosed> {
        match (self.maximum, self.start, self.end) {
            (Some(maximum), ..) if enrolled >= maximum => Err(EnrolmentClosed::Full { maximum }),
            (_, Some(start), _) if now < start => Err(EnrolmentClosed::NotStarted { start }),
            (.., Some(end)) if now >= end => Err(EnrolmentClosed::Finished { end }),
            _ => Ok(()),
        }
    }

    /// When an enrolment that starts at `now` ends; `None` if there is no duration.
    pub fn ends_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.duration
            .map(|duration| now.saturating_add(duration.duration()).unwrap_or(Timestamp::MAX))
    }

    /// Checks the start against the end.
    ///
    /// # Errors
    ///
    /// If the end is not after the start.
    pub fn check(&self) -> Result<(), Invalid> {
        check_order(self.start, self.end, "enrolment end", "must be later than the enrolment start")
    }
}

/// Checks that an end is after its start, if there are both. `field` and `rule` are those of the
/// error.
pub(super) fn check_order(
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    field: &str,
    rule: &str,
) -> Result<(), Invalid> {
    match (start, end) {
        (Some(start), Some(end)) if end <= start => Err(Invalid::new(field, rule)),
        _ => Ok(()),
    }
}

durations! {
    /// How long an enrolment lasts: 1 minute to 3650 days.
    EnrolmentDuration, "enrolment duration", (MINUTE..=3650 * DAY), "90d";
}

/// One account's enrolment in one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Enrolment {
    /// Row ID of the account.
    #[serde(skip)]
    pub account_id: i64,
    /// Row ID of the resource.
    #[serde(skip)]
    pub resource_id: i64,
    /// Role on the tool, as the resource names it.
    pub role: String,
    /// Whether that is the role of teachers.
    pub teaches: bool,
    /// What enrolled the account.
    pub source: EnrolmentSource,
    /// When the account was enrolled.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// When the enrolment ends; null if it has no end.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub ends_at: Option<Timestamp>,
    /// When the person last launched the resource.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub last_access_at: Option<Timestamp>,
}

impl Enrolment {
    /// Whether the enrolment has ended.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| now >= end)
    }
}

words! {
    /// What enrolled an account.
    EnrolmentSource, "source", {
        /// A launch.
        Launch = "launch",
        /// Member synchronization.
        Sync = "sync",
        /// An admin; synchronization never ends such an enrolment.
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
    fn enrolment_rules_are_checked_in_order() {
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
    fn enrolment_ends_after_its_duration() {
        let rules =
            EnrolmentRules { duration: Some("1d".parse().unwrap()), ..EnrolmentRules::default() };
        assert_eq!(rules.ends_at(at("2026-09-01T00:00:00Z")), Some(at("2026-09-02T00:00:00Z")));
        assert_eq!(EnrolmentRules::default().ends_at(at("2026-09-01T00:00:00Z")), None);
    }
}

//! The launch log: accepted and refused launches.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Browser, Random, Slug, json};

/// A launch, or a login that was refused: an entry of the launch log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Launch {
    /// ID of the launch on pages, in logs and in commands, and of the request that ended it.
    #[serde(skip)]
    pub id: LaunchId,
    /// ID that a trusted proxy gave to that request.
    #[serde(skip)]
    pub request_id: Option<String>,
    /// ID of the request that began the launch, if the person was asked something in between.
    pub first_request_id: Option<String>,
    /// When the launch was received.
    #[serde(rename = "received_at", serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Whether the launch was accepted, or why it was refused.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Slug of the registration.
    pub registration: Option<Slug>,
    /// Slug of the resource.
    pub resource: Option<Slug>,
    /// Deployment ID.
    pub deployment_id: Option<String>,
    /// LTI message type.
    pub message_type: Option<String>,
    /// The platform's identifier of the person.
    pub sub: Option<String>,
    /// The person's name.
    pub user_name: Option<String>,
    /// Role: `admin`, `staff` or `learner`.
    pub role: Option<String>,
    /// Title or label of the course.
    pub context_title: Option<String>,
    /// Identifier of the link.
    pub resource_link_id: Option<String>,
    /// Title of the link.
    pub resource_link_title: Option<String>,
    /// Browser: `chrome`, `edge`, `firefox`, `safari` or `other`.
    #[schemars(with = "Option<String>")]
    pub browser: Option<Browser>,
    /// The tool's clock minus the platform's, in seconds, if the launch was refused for it.
    pub clock_skew_seconds: Option<i64>,
}

impl Launch {
    /// A launch with an ID, a time and an outcome; everything else is unknown.
    pub fn new(id: LaunchId, at: Timestamp, outcome: Outcome) -> Self {
        Self {
            id,
            request_id: None,
            first_request_id: None,
            at,
            outcome,
            registration: None,
            resource: None,
            deployment_id: None,
            message_type: None,
            sub: None,
            user_name: None,
            role: None,
            context_title: None,
            resource_link_id: None,
            resource_link_title: None,
            browser: None,
            clock_skew_seconds: None,
        }
    }
}

/// The outcome of a launch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(into = "OutcomeKeys")]
#[schemars(with = "OutcomeKeys")]
pub enum Outcome {
    /// The person reached the resource.
    Accepted,
    /// The launch waits for the person's choice of an account, or for the browser. It is not stored
    /// in the log before it has ended.
    Waiting {
        /// What it waits for, and until when.
        cause: String,
        /// What can be done.
        fix: String,
    },
    /// The person saw the error page.
    Refused {
        /// Stable reason code, such as `deployment_unknown`.
        reason: String,
        /// The cause in full, with the expected and the received value.
        cause: String,
        /// Who has to act.
        actor: String,
        /// What to do: a command, or the LMS field to change.
        fix: String,
    },
}

/// The reason of a launch that was refused because the person did not choose an account in time.
pub const ACCOUNT_NOT_CHOSEN: &str = "account_not_chosen";

/// The reason of a launch that was refused because the page that reads the platform's storage was
/// closed, or did not respond in time.
pub const BROWSER_NOT_CHECKED: &str = "browser_not_checked";

impl Outcome {
    /// `accepted`, `waiting`, `refused`, or `abandoned` if the launch was refused because its wait
    /// expired.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Waiting { .. } => "waiting",
            Self::Refused { reason, .. }
                if [ACCOUNT_NOT_CHOSEN, BROWSER_NOT_CHECKED].contains(&reason.as_str()) =>
            {
                "abandoned"
            }
            Self::Refused { .. } => "refused",
        }
    }
}

/// The keys of an outcome in JSON: those of a refused launch are null for others.
#[derive(Serialize, JsonSchema)]
struct OutcomeKeys {
    /// `accepted`, `refused`, `abandoned` if its wait expired, or `waiting`.
    outcome: &'static str,
    /// Reason code, if the launch was refused.
    reason: Option<String>,
    /// The cause in full.
    cause: Option<String>,
    /// Who has to act.
    actor: Option<String>,
    /// What to do.
    fix: Option<String>,
}

impl From<Outcome> for OutcomeKeys {
    fn from(outcome: Outcome) -> Self {
        let word = outcome.as_str();
        match outcome {
            Outcome::Accepted => {
                Self { outcome: word, reason: None, cause: None, actor: None, fix: None }
            }
            Outcome::Waiting { cause, fix } => Self {
                outcome: word,
                reason: None,
                cause: Some(cause),
                actor: None,
                fix: Some(fix),
            },
            Outcome::Refused { reason, cause, actor, fix } => Self {
                outcome: word,
                reason: Some(reason),
                cause: Some(cause),
                actor: Some(actor),
                fix: Some(fix),
            },
        }
    }
}

/// Entries of the log that share a limit of storage, for each registration and for launches without
/// a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogShare {
    /// Accepted launches.
    Accepted,
    /// Refused launches that the platform signed.
    Signed,
    /// Refused launches that anyone could have sent. They never displace signed ones.
    Unsigned,
}

impl LogShare {
    /// The share that an entry belongs to.
    pub fn of(launch: &Launch) -> Self {
        match launch.outcome {
            Outcome::Accepted | Outcome::Waiting { .. } => Self::Accepted,
            // The role is known only from a token with a valid signature.
            Outcome::Refused { .. } if launch.role.is_some() => Self::Signed,
            Outcome::Refused { .. } => Self::Unsigned,
        }
    }

    /// Name of the share in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Signed => "signed",
            Self::Unsigned => "unsigned",
        }
    }

    /// Maximum number of bytes that are stored; if it is exceeded, the oldest entries are deleted.
    /// A typical entry of an accepted launch has 500 bytes, one of a refused launch 1,000: the
    /// limits allow eight million of the former, and 16,000 of the latter.
    pub const fn max_bytes(self) -> i64 {
        match self {
            Self::Accepted => 4 << 30,
            Self::Signed | Self::Unsigned => 16 << 20,
        }
    }
}

/// ID of a launch: 16 characters that sort by time, without letters that are easily confused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct LaunchId(String);

/// Crockford's base 32, in lower case.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl LaunchId {
    /// Number of characters.
    pub const LENGTH: usize = 16;

    /// A new ID: 45 bits of milliseconds, then 35 random bits.
    pub fn fresh(now: Timestamp, random: &Random) -> Self {
        let milliseconds = u128::from(now.as_millisecond().unsigned_abs()) & ((1 << 45) - 1);
        let noise = u128::from(u64::from_be_bytes(random.bytes())) & ((1 << 35) - 1);
        Self::of_bits(milliseconds << 35 | noise)
    }

    /// Parses an ID that a person entered, in upper or lower case: `o` is read as `0`, `i` and `l`
    /// as `1`. `None` if the text is not an ID.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text
            .trim()
            .chars()
            .map(|character| match character.to_ascii_lowercase() {
                'o' => '0',
                'i' | 'l' => '1',
                other => other,
            })
            .collect();
        (text.len() == Self::LENGTH && text.bytes().all(|byte| ALPHABET.contains(&byte)))
            .then_some(Self(text))
    }

    /// The smallest ID of a launch at this moment, to the millisecond; earlier launches have
    /// smaller ones.
    pub fn first_of(moment: Timestamp) -> Self {
        let milliseconds =
            u128::from(moment.as_millisecond().clamp(0, (1 << 45) - 1).unsigned_abs());
        Self::of_bits(milliseconds << 35)
    }

    /// The moment before which no launch can arrive any more: one hour after its request a launch is
    /// certainly stored, also by another server whose clock is behind.
    pub fn settled_before(now: Timestamp) -> Timestamp {
        now.saturating_sub(SignedDuration::from_hours(1)).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The time of the launch's request, to the millisecond.
    pub fn moment(&self) -> Timestamp {
        i64::try_from(self.bits() >> 35)
            .ok()
            .and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok())
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The ID's first 60 bits as a number, which sorts by time, too: the time and 15 random bits.
    /// Launches of the same millisecond may have the same.
    pub fn place(&self) -> i64 {
        i64::try_from(self.bits() >> 20).unwrap_or(i64::MAX)
    }

    /// The smallest ID with this place, or a greater one.
    pub fn first_at(place: i64) -> Self {
        Self::of_bits(u128::from(place.clamp(0, (1 << 60) - 1).unsigned_abs()) << 20)
    }

    fn bits(&self) -> u128 {
        self.0.bytes().fold(0_u128, |bits, byte| {
            bits << 5 | ALPHABET.iter().position(|letter| *letter == byte).unwrap_or(0) as u128
        })
    }

    fn of_bits(bits: u128) -> Self {
        Self(
            (0..Self::LENGTH)
                .rev()
                .map(|place| char::from(ALPHABET[(bits >> (5 * place)) as usize & 31]))
                .collect(),
        )
    }

    /// Accepts an ID from the database.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LaunchId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn launch_ids_sort_by_time_and_tolerate_typing_errors() {
        let random = Random::seeded(1);
        let earlier = LaunchId::fresh("2026-11-23T17:00:00Z".parse().unwrap(), &random);
        let later = LaunchId::fresh("2026-11-23T17:00:00.001Z".parse().unwrap(), &random);
        assert!(earlier < later);
        assert_eq!(later.moment(), "2026-11-23T17:00:00.001Z".parse().unwrap());
        assert!(
            LaunchId::first_of(earlier.moment()) <= earlier
                && earlier < LaunchId::first_of(later.moment())
        );
        assert_eq!(LaunchId::parse(&earlier.as_str().to_uppercase()), Some(earlier.clone()));
        assert!(earlier.place() < later.place() && later.place() < 1 << 60);
        assert!(
            LaunchId::first_at(later.place()) <= later
                && later < LaunchId::first_at(later.place() + 1)
        );
        assert_eq!(LaunchId::first_at(later.place()).place(), later.place());
        assert_eq!(LaunchId::parse("not an id"), None);
        assert_eq!(LaunchId::parse("éééééééé"), None);
    }
}

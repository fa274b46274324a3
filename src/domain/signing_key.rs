//! The tool's signing keys, and the schedule of their rotation.
//!
//! Platforms cache a keyset for hours. So a key is in the keyset before it signs, and stays there
//! after it has stopped, so that a platform with a cached keyset can verify the signatures of both
//! keys.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::duration::{DAY, durations};
use super::words::words;
use super::{Kid, Secret, json};

durations! {
    /// How long a new key is in the keyset before it signs: 0 to 30 days.
    KeyOverlap, "overlap", (0..=30 * DAY), "24h";
}

/// The longest time for which platforms cache a keyset: a day.
impl Default for KeyOverlap {
    fn default() -> Self {
        Self(DAY)
    }
}

/// An RSA key pair with which the tool signs; platforms and apps verify with its public half from
/// the keyset.
///
/// Its JSON has neither half: the public one is in the keyset.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(description = "A signing key, without its private part.")]
pub struct SigningKey {
    /// Its ID in the keyset.
    pub kid: Kid,
    /// What it signs: `lti` or `openid`.
    pub purpose: KeyPurpose,
    /// Its state: `next`, `active`, `published` or `retired`.
    pub state: KeyState,
    /// The private key, PKCS #8 in DER; empty once it is retired.
    #[serde(skip)]
    pub private_key: Secret,
    /// The public modulus, big-endian.
    #[serde(skip)]
    pub modulus: Vec<u8>,
    /// The public exponent, big-endian.
    #[serde(skip)]
    pub exponent: Vec<u8>,
    /// When it was created or imported.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// When it started to sign, or will start.
    #[serde(rename = "signing_starts_at", serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub signs_from: Option<Timestamp>,
    /// When it stopped signing.
    #[serde(rename = "signing_ends_at", serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub signed_until: Option<Timestamp>,
    /// When it was retired.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub retired_at: Option<Timestamp>,
}

impl SigningKey {
    /// How long a key stays in the keyset after it has stopped signing: its last signatures may be
    /// on launch tokens for apps, which are valid as long as the longest session.
    pub const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

    /// The size of the modulus in bits.
    pub fn bits(&self) -> usize {
        let modulus: Vec<u8> = self.modulus.iter().copied().skip_while(|byte| *byte == 0).collect();
        modulus.first().map_or(0, |first| modulus.len() * 8 - first.leading_zeros() as usize)
    }

    /// How long ago it was created.
    pub fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.created_at).max(SignedDuration::ZERO)
    }

    /// When its last signature becomes invalid; `None` while it signs, or before.
    pub fn needed_until(&self) -> Option<Timestamp> {
        (self.state == KeyState::Published)
            .then(|| after(self.signed_until.unwrap_or(self.created_at), Self::KEPT))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("kid", &self.kid)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

words! {
    /// What a key signs. Keys of different purposes are in different keysets, so that no token for
    /// one is accepted for the other.
    KeyPurpose, "purpose", {
        /// Messages to platforms, and launch tokens for apps.
        Lti = "lti",
        /// ID tokens for apps that sign people in by OpenID Connect.
        Openid = "openid",
    }
}

/// The state of a key. For each purpose, one key is active at a time, and at most one is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It is in the keyset, so that platforms have it when it starts to sign.
    Next,
    /// It signs, and it is in the keyset.
    Active,
    /// It has stopped signing and remains in the keyset to verify what it signed.
    Published,
    /// It is no longer in the keyset.
    Retired,
}

impl KeyState {
    /// The word in tables and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Published => "published",
            Self::Retired => "retired",
        }
    }

    /// Parses a state.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Next, Self::Active, Self::Published, Self::Retired]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// The key changes of one purpose that are due.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeysDue {
    /// The next key, if it starts to sign.
    pub activate: Option<Kid>,
    /// When a new next key, to be published now, will start to sign.
    pub publish: Option<Timestamp>,
    /// Keys that are no longer needed.
    pub retire: Vec<Kid>,
}

impl KeysDue {
    /// The changes that are due. A next key starts to sign at its time whether or not keys are
    /// rotated on a schedule; with an `interval`, the active key is replaced after it, and old ones
    /// are retired.
    ///
    /// `steady` is a time that has certainly been reached, if there is one: a clock that is wrong for
    /// a while must not retire keys, which is permanent, or schedule the next one.
    pub fn of(
        keys: &[SigningKey],
        interval: Option<SignedDuration>,
        now: Timestamp,
        steady: Option<Timestamp>,
    ) -> Self {
        let next = keys.iter().find(|key| key.state == KeyState::Next);
        let mut due = Self {
            activate: next
                .filter(|key| key.signs_from.is_none_or(|from| from <= steady.unwrap_or(now)))
                .map(|key| key.kid.clone()),
            ..Self::default()
        };
        let Some((interval, now)) = interval.zip(steady) else { return due };
        if let (Some(at), None) = (successor_due_at(keys, interval), next)
            && at <= now
        {
            due.publish = Some(after(now, KeyOverlap::default().duration()));
        }
        due.retire = keys
            .iter()
            .filter(|key| key.needed_until().is_some_and(|until| until <= now))
            .map(|key| key.kid.clone())
            .collect();
        due
    }

    /// Whether no changes are due.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What happens to a key next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyStep {
    /// It starts to sign.
    Signs,
    /// The next key starts to sign in its place.
    StopsSigning,
    /// A next key is published, by schedule.
    GetsSuccessor,
    /// It is removed from the keyset, by schedule.
    LeavesKeyset,
    /// It is no longer needed, and stays in the keyset until an admin retires it.
    MayBeRetired,
}

impl KeyStep {
    /// What happens next to one of the `keys`, and when; `None` for an active key without a
    /// schedule, and for a retired one.
    pub fn of(
        key: &SigningKey,
        keys: &[SigningKey],
        interval: Option<SignedDuration>,
    ) -> Option<(Self, Timestamp)> {
        match key.state {
            KeyState::Next => Some((Self::Signs, key.signs_from?)),
            KeyState::Active => match keys.iter().find(|key| key.state == KeyState::Next) {
                Some(next) => Some((Self::StopsSigning, next.signs_from?)),
                None => Some((Self::GetsSuccessor, successor_due_at(keys, interval?)?)),
            },
            KeyState::Published => Some((
                if interval.is_some() { Self::LeavesKeyset } else { Self::MayBeRetired },
                key.needed_until()?,
            )),
            KeyState::Retired => None,
        }
    }
}

/// When the active key's successor is to be published on a schedule; `None` if there is no active
/// key, or it has a successor.
pub fn successor_due_at(keys: &[SigningKey], interval: SignedDuration) -> Option<Timestamp> {
    let active = keys.iter().find(|key| key.state == KeyState::Active)?;
    let is_there = keys.iter().any(|key| key.state == KeyState::Next);
    (!is_there).then(|| {
        after(
            active.signs_from.unwrap_or(active.created_at),
            interval.saturating_sub(KeyOverlap::default().duration()),
        )
    })
}

fn after(moment: Timestamp, duration: SignedDuration) -> Timestamp {
    moment.saturating_add(duration).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE_DAY: SignedDuration = SignedDuration::from_hours(24);

    fn at(day: i32) -> Timestamp {
        after("2026-01-01T00:00:00Z".parse().unwrap(), ONE_DAY * day)
    }

    fn key(kid: &str, state: KeyState, from: i32, until: Option<i32>) -> SigningKey {
        SigningKey {
            kid: Kid::new(kid).unwrap(),
            purpose: KeyPurpose::Lti,
            state,
            private_key: Secret::new(Vec::new()),
            modulus: vec![0, 0x81, 0],
            exponent: vec![1, 0, 1],
            created_at: at(from - 1),
            signs_from: Some(at(from)),
            signed_until: until.map(at),
            retired_at: None,
        }
    }

    #[test]
    fn changes_are_due_on_their_days() {
        let kids = |due: KeysDue| {
            let activate = due.activate.map(|kid| kid.to_string());
            let retire: Vec<String> = due.retire.iter().map(Kid::to_string).collect();
            (activate, due.publish, retire.join(" "))
        };
        let active = || key("active", KeyState::Active, 0, None);
        let next = |from| key("next", KeyState::Next, from, None);
        let old = |until| key("old", KeyState::Published, -90, Some(until));
        let ninety = Some(ONE_DAY * 90);
        for (what, keys, interval, now, expected) in [
            ("alone, early", vec![active()], ninety, 88, (None, None, "")),
            (
                "a day before its end the successor is published",
                vec![active()],
                ninety,
                89,
                (None, Some(at(90)), ""),
            ),
            ("the tool was off for long", vec![active()], ninety, 200, (None, Some(at(201)), "")),
            ("without a schedule nothing follows", vec![active()], None, 200, (None, None, "")),
            ("the successor waits", vec![active(), next(90)], ninety, 89, (None, None, "")),
            ("the successor signs", vec![active(), next(90)], ninety, 90, (Some("next"), None, "")),
            (
                "and it does without a schedule",
                vec![active(), next(90)],
                None,
                95,
                (Some("next"), None, ""),
            ),
            ("the old one stays for a week", vec![active(), old(0)], ninety, 6, (None, None, "")),
            ("and is retired", vec![active(), old(0)], ninety, 7, (None, None, "old")),
            ("but only by schedule", vec![active(), old(0)], None, 70, (None, None, "")),
            ("nothing to follow", vec![old(0)], ninety, 3, (None, None, "")),
        ] {
            let expected = (expected.0.map(str::to_owned), expected.1, expected.2.to_owned());
            let due = KeysDue::of(&keys, interval, at(now), Some(at(now)));
            assert_eq!(kids(due), expected, "{what}");
            // A clock that is years ahead.
            let due = KeysDue::of(&keys, interval, at(now + 1_000), Some(at(now)));
            assert_eq!(kids(due), expected, "{what}");
            let due = KeysDue::of(&keys, interval, at(now), None);
            assert_eq!(kids(due), (expected.0, None, String::new()), "{what}");
        }
    }

    #[test]
    fn next_steps_are_predicted() {
        let (active, next, old) = (
            key("active", KeyState::Active, 0, None),
            key("next", KeyState::Next, 90, None),
            key("old", KeyState::Published, -90, Some(0)),
        );
        let (both, alone) =
            ([active.clone(), next.clone(), old.clone()], [active.clone(), old.clone()]);
        let ninety = Some(ONE_DAY * 90);
        for (what, key, keys, interval, expected) in [
            ("next", &next, &both[..], None, Some((KeyStep::Signs, at(90)))),
            ("active with a next one", &active, &both, None, Some((KeyStep::StopsSigning, at(90)))),
            ("active by schedule", &active, &alone, ninety, Some((KeyStep::GetsSuccessor, at(89)))),
            ("active", &active, &alone, None, None),
            ("old by schedule", &old, &alone, ninety, Some((KeyStep::LeavesKeyset, at(7)))),
            ("old", &old, &alone, None, Some((KeyStep::MayBeRetired, at(7)))),
        ] {
            assert_eq!(KeyStep::of(key, keys, interval), expected, "{what}");
        }
    }

    #[test]
    fn keys_have_size_and_age() {
        let key = key("a", KeyState::Active, 1, None);
        assert_eq!(key.bits(), 16);
        assert_eq!((key.age(at(10)), key.age(at(-10))), (ONE_DAY * 10, SignedDuration::ZERO));
        assert_eq!(KeyState::parse("next"), Some(KeyState::Next));
        assert_eq!(KeyState::parse("other"), None);
    }
}

//! The tool's own keys.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Derived, Extended, age_in_words, list, or_dash, short_time, with_zone};
use crate::domain::{KeyPurpose, KeyState, KeyStep, SigningKey, json};
use crate::report::table::{Health, colored_column, column, time_column};
use crate::report::{Details, Style, View};

/// A signing key with its size, its age and what happens to it next.
pub type KeyView = Extended<SigningKey, KeyStatus>;

/// What a view adds to a signing key.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct KeyStatus {
    /// JWS algorithm.
    pub algorithm: &'static str,
    /// Size of the modulus in bits.
    pub bits: usize,
    /// Whole days since then.
    pub age_days: i64,
    /// What happens to it next: `signs`, `stops_signing`, `gets_successor`, `leaves_keyset` or
    /// `may_be_retired`.
    pub next_step: Option<KeyStep>,
    /// When that happens.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub next_step_at: Option<Timestamp>,
    #[serde(skip)]
    now: Timestamp,
}

impl Derived for KeyStatus {
    const PLACES: &'static [(&'static str, &'static str)] =
        &[("algorithm", "state"), ("bits", "algorithm"), ("age_days", "created_at")];
}

impl KeyView {
    /// The view of one of the `keys`, if they are rotated every `interval`.
    pub fn new(
        key: &SigningKey,
        keys: &[SigningKey],
        interval: Option<SignedDuration>,
        now: Timestamp,
    ) -> Self {
        let keys: Vec<SigningKey> =
            keys.iter().filter(|other| other.purpose == key.purpose).cloned().collect();
        let next = KeyStep::of(key, &keys, interval);
        let derived = KeyStatus {
            algorithm: "RS256",
            bits: key.bits(),
            age_days: key.age(now).as_hours() / 24,
            next_step: next.map(|(step, _)| step),
            next_step_at: next.map(|(_, at)| at),
            now,
        };
        Self { value: key.clone(), derived }
    }

    fn state_in_words(&self) -> (&'static str, Health) {
        match self.state {
            KeyState::Next => ("Next", Health::Waiting),
            KeyState::Active => ("Active", Health::Good),
            KeyState::Published => ("Published", Health::Waiting),
            KeyState::Retired => ("Retired", Health::Bad),
        }
    }

    fn purpose_in_words(&self) -> &'static str {
        match self.purpose {
            KeyPurpose::Lti => "LTI: messages to platforms and launch tokens",
            KeyPurpose::Openid => "OpenID: ID tokens for apps",
        }
    }

    fn next_in_words(&self) -> Option<String> {
        let KeyStatus { next_step, next_step_at, now, .. } = self.derived;
        Some(step_in_words(next_step?, next_step_at?, now))
    }
}

fn step_in_words(step: KeyStep, at: Timestamp, now: Timestamp) -> String {
    let (words, by_serve) = match step {
        KeyStep::Signs => ("signs from", true),
        KeyStep::StopsSigning => ("signs until", true),
        KeyStep::GetsSuccessor => ("next key due", true),
        KeyStep::LeavesKeyset => ("is removed from the keyset", true),
        KeyStep::MayBeRetired => ("may be retired from", false),
    };
    // The server checks this once a minute.
    let overdue = by_serve && now.duration_since(at) > SignedDuration::from_mins(2);
    format!(
        "{words} {}{}",
        short_time(at),
        if overdue { " (overdue: `ltictl serve` does it)" } else { "" }
    )
}

impl View for KeyView {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        let KeyStatus { algorithm, bits, .. } = self.derived;
        details.add("Key ID", self.kid.as_str());
        details.add("Purpose", self.purpose_in_words());
        details.add("State", self.state_in_words().0);
        details.add("Algorithm", &format!("{algorithm}, {bits} bits"));
        details.add(&with_zone("Created"), &short_time(self.created_at));
        if let Some(next) = self.next_in_words() {
            details.add(&with_zone("Next"), &next);
        }
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.kid.to_string()]
    }
}

list! {
    /// Every key.
    KeyList of KeyView {
        noun: "keys",
        columns: &[
            column("KEY ID", |key| key.kid.to_string()),
            column("PURPOSE", |key| key.purpose.to_string()),
            colored_column(
                "STATE",
                |key| key.state_in_words().0.to_owned(),
                |key| key.state_in_words().1,
            ),
            column("ALGORITHM", |key| key.derived.algorithm.to_owned()),
            column("BITS", |key| key.derived.bits.to_string()),
            column("AGE", |key| age_in_words(key.age(key.derived.now))),
            time_column("CREATED", |key| short_time(key.created_at)),
            time_column("NEXT", |key| or_dash(key.next_in_words())),
        ],
        identifier: |key| key.kid.to_string(),
        empty: "No keys yet. Create one with: ltictl key rotate",
    }
}

impl KeyList {
    /// The view of all keys.
    pub fn new(keys: &[SigningKey], interval: Option<SignedDuration>, now: Timestamp) -> Self {
        Self(keys.iter().map(|key| KeyView::new(key, keys, interval, now)).collect())
    }
}

/// The tool's public keys as a JSON Web Key Set (RFC 7517, section 5).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Keyset {
    /// The keys.
    pub keys: Vec<Jwk>,
}

/// A public RSA key (RFC 7517, section 4; RFC 7518, section 6.3.1).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Jwk {
    /// JWS algorithm.
    pub alg: String,
    /// The exponent.
    pub e: String,
    /// The key's ID in the keyset.
    pub kid: String,
    /// The key type.
    pub kty: String,
    /// The modulus.
    pub n: String,
    /// Its use.
    #[serde(rename = "use")]
    pub purpose: String,
}

impl View for Keyset {
    fn table(&self, _: Style) -> String {
        // People paste keysets into fields that accept JSON. Serializing text cannot fail.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    fn identifiers(&self) -> Vec<String> {
        self.keys.iter().map(|key| key.kid.clone()).collect()
    }
}

/// A public key for platforms that do not accept a JWKS URL.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PublicPem {
    /// Its ID in the keyset.
    pub kid: String,
    /// The key as PEM (RFC 7468).
    pub pem: String,
}

impl View for PublicPem {
    fn table(&self, _: Style) -> String {
        self.pem.trim_end().to_owned()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.kid.clone()]
    }
}

//! The tool's own keys.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{age_in_words, list, rfc3339, short_time};
use crate::domain::{KeyState, KeyStep, SigningKey};
use crate::report::table::Health;
use crate::report::{Details, Style, Table, View};

/// A signing key, without its private part.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct KeyView {
    /// Its ID in the keyset.
    pub kid: String,
    /// Its state: `next`, `active`, `published` or `retired`.
    pub state: KeyState,
    /// JWS algorithm.
    pub algorithm: &'static str,
    /// Size of the modulus in bits.
    pub bits: usize,
    /// When it was created or imported.
    pub created_at: String,
    /// Whole days since then.
    pub age_days: i64,
    /// When it started to sign, or will start.
    pub signs_from: Option<String>,
    /// When it stopped signing.
    pub signed_until: Option<String>,
    /// When it was retired.
    pub retired_at: Option<String>,
    /// What happens to it next: `signs`, `stops_signing`, `gets_successor`, `leaves_keyset` or
    /// `may_be_retired`.
    pub next_step: Option<KeyStep>,
    /// When that happens.
    pub next_step_at: Option<String>,
    #[serde(skip)]
    created: String,
    #[serde(skip)]
    age: String,
    #[serde(skip)]
    next: Option<String>,
}

impl KeyView {
    /// The view of one of the `keys`, if they are rotated every `interval`.
    pub fn new(
        key: &SigningKey,
        keys: &[SigningKey],
        interval: Option<SignedDuration>,
        now: Timestamp,
    ) -> Self {
        let next = KeyStep::of(key, keys, interval);
        Self {
            kid: key.kid.to_string(),
            state: key.state,
            algorithm: "RS256",
            bits: key.bits(),
            created_at: rfc3339(key.created_at),
            age_days: key.age(now).as_hours() / 24,
            signs_from: key.signs_from.map(rfc3339),
            signed_until: key.signed_until.map(rfc3339),
            retired_at: key.retired_at.map(rfc3339),
            next_step: next.map(|(step, _)| step),
            next_step_at: next.map(|(_, at)| rfc3339(at)),
            created: short_time(key.created_at),
            age: age_in_words(key.age(now)),
            next: next.map(|(step, at)| step_in_words(step, at, now)),
        }
    }

    fn state_in_words(&self) -> (&'static str, Health) {
        match self.state {
            KeyState::Next => ("Next", Health::Waiting),
            KeyState::Active => ("Active", Health::Good),
            KeyState::Published => ("Published", Health::Waiting),
            KeyState::Retired => ("Retired", Health::Bad),
        }
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
        if overdue { " (overdue: run ltictl serve)" } else { "" }
    )
}

impl View for KeyView {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Key ID", &self.kid);
        details.add("State", self.state_in_words().0);
        details.add("Algorithm", &format!("{}, {} bits", self.algorithm, self.bits));
        details.add("Created (UTC)", &self.created);
        if let Some(next) = &self.next {
            details.add("Next (UTC)", next);
        }
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.kid.clone()]
    }
}

/// Every key.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct KeyList(pub Vec<KeyView>);

impl KeyList {
    /// The view of all keys.
    pub fn new(keys: &[SigningKey], interval: Option<SignedDuration>, now: Timestamp) -> Self {
        Self(keys.iter().map(|key| KeyView::new(key, keys, interval, now)).collect())
    }
}

impl View for KeyList {
    fn table(&self, style: Style) -> String {
        let mut table = Table::new(
            style,
            &["KEY ID", "STATE", "ALGORITHM", "BITS", "AGE", "CREATED (UTC)", "NEXT (UTC)"],
        );
        for key in &self.0 {
            let (state, health) = key.state_in_words();
            let cells = [
                &key.kid,
                state,
                key.algorithm,
                &key.bits.to_string(),
                &key.age,
                &key.created,
                key.next.as_deref().unwrap_or("-"),
            ];
            table.row(&cells, Some((1, health)));
        }
        table.finish("No keys yet. Create one with: ltictl key rotate")
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.iter().map(|key| key.kid.clone()).collect()
    }
}

list!(KeyList, KeyView);

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

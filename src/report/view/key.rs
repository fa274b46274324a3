//! The tool's own keys.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{list, rfc3339, short_time};
use crate::domain::{KeyState, SigningKey};
use crate::report::table::Mood;
use crate::report::{Details, Style, Table, View};

/// A key, without its private half.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct KeyView {
    /// Its name in the keyset.
    pub kid: String,
    /// Where it is in its life.
    pub state: KeyState,
    /// JWS algorithm.
    pub algorithm: &'static str,
    /// Size of the modulus in bits.
    pub bits: usize,
    /// When it was made.
    pub created_at: String,
    /// When it was retired.
    pub retired_at: Option<String>,
    #[serde(skip)]
    created: String,
}

impl From<&SigningKey> for KeyView {
    fn from(key: &SigningKey) -> Self {
        Self {
            kid: key.kid.to_string(),
            state: key.state,
            algorithm: "RS256",
            bits: key.bits(),
            created_at: rfc3339(key.created_at),
            retired_at: key.retired_at.map(rfc3339),
            created: short_time(key.created_at),
        }
    }
}

impl KeyView {
    fn state_in_words(&self) -> (&'static str, Mood) {
        match self.state {
            KeyState::Active => ("Active", Mood::Good),
            KeyState::Published => ("Published", Mood::Waiting),
            KeyState::Retired => ("Retired", Mood::Bad),
        }
    }
}

impl View for KeyView {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Key ID", &self.kid);
        details.add("State", self.state_in_words().0);
        details.add("Algorithm", &format!("{}, {} bits", self.algorithm, self.bits));
        details.add("Created (UTC)", &self.created);
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

impl View for KeyList {
    fn table(&self, style: Style) -> String {
        let mut table = Table::new(style, &["KEY ID", "STATE", "ALGORITHM", "BITS", "CREATED (UTC)"]);
        for key in &self.0 {
            let (state, mood) = key.state_in_words();
            table.row(&[&key.kid, state, key.algorithm, &key.bits.to_string(), &key.created], Some((1, mood)));
        }
        table.finish("No keys yet. Make one with: ltictl key rotate")
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
    /// The key's name in the keyset.
    pub kid: String,
    /// The kind of key.
    pub kty: String,
    /// The modulus.
    pub n: String,
    /// What it is for.
    #[serde(rename = "use")]
    pub purpose: String,
}

impl View for Keyset {
    fn table(&self, _: Style) -> String {
        // A keyset is pasted where JSON is wanted. Nothing in it can fail.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    fn identifiers(&self) -> Vec<String> {
        self.keys.iter().map(|key| key.kid.clone()).collect()
    }
}

/// A public key for platforms that take no JWKS URL.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PublicPem {
    /// Its name in the keyset.
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

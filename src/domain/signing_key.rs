//! The tool's own keys.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Kid, Secret};

/// An RSA key pair with which the tool signs; platforms and apps verify with its public half from the keyset.
#[derive(Clone)]
pub struct SigningKey {
    /// Its name in the keyset; never used again.
    pub kid: Kid,
    /// Where it is in its life.
    pub state: KeyState,
    /// The private key, PKCS #8 in DER.
    pub private_key: Secret,
    /// The public modulus, big-endian.
    pub modulus: Vec<u8>,
    /// The public exponent, big-endian.
    pub exponent: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was retired.
    pub retired_at: Option<Timestamp>,
}

impl SigningKey {
    /// The size of the modulus in bits.
    pub fn bits(&self) -> usize {
        self.modulus.iter().skip_while(|byte| **byte == 0).count() * 8
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SigningKey").field("kid", &self.kid).field("state", &self.state).finish_non_exhaustive()
    }
}

/// Where a key is in its life. One key is active at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It signs, and it is in the keyset.
    Active,
    /// It signs no more, and it is still in the keyset for what was signed with it.
    Published,
    /// It is out of the keyset.
    Retired,
}

impl KeyState {
    /// The word in tables and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Published => "published",
            Self::Retired => "retired",
        }
    }
}

//! The keyset of the tool's signing keys.

use crate::domain::{KeyPurpose, KeyState};
use crate::failure::Failure;
use crate::lti::keyset;
use crate::store::Read;

/// The keyset of a purpose as platforms and apps fetch it: public halves only (RFC 7517). The key that signs
/// comes first, for readers that take the first one; then the next key and the older ones.
pub fn public_keyset(read: Read<'_>, purpose: KeyPurpose) -> Result<serde_json::Value, Failure> {
    let mut keys = read.signing_keys(purpose)?;
    keys.retain(|key| key.state != KeyState::Retired);
    keys.sort_by_key(|key| key.state != KeyState::Active);
    Ok(keyset::public_keyset(
        keys.iter()
            .map(|key| keyset::public_jwk(key.kid.as_str(), &key.modulus, &key.exponent))
            .collect(),
    ))
}

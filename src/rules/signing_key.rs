//! New signing keys of the tool, and their keyset.

use data_encoding::HEXLOWER;
use jiff::Timestamp;

use crate::domain::{KeyPurpose, KeyState, Kid, Random, Secret, SigningKey};
use crate::failure::Failure;
use crate::lti::keyset;
use crate::lti::private_key::PrivateKey;
use crate::store::{Error, Read, Write};

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

/// Generates a new active key.
///
/// # Errors
///
/// If the cryptographic library fails.
pub fn generate(
    purpose: KeyPurpose,
    now: Timestamp,
    random: &Random,
) -> Result<SigningKey, Failure> {
    let kid = HEXLOWER.encode(&random.bytes::<10>());
    Ok(signing_key(PrivateKey::generate(), Kid::new(&kid)?, purpose, now))
}

/// Generates an active key if no key signs for a purpose; to be called in the transaction that needs
/// one. Returns its ID if it was generated.
///
/// # Errors
///
/// If the database or the cryptographic library fails.
pub fn make_sure(
    write: &Write<'_>,
    purpose: KeyPurpose,
    now: Timestamp,
    random: &Random,
) -> Result<Option<Kid>, Failure> {
    match write.active_signing_key(purpose) {
        Ok(_) => Ok(None),
        Err(Error::NotInitialised) => {
            let key = generate(purpose, now, random)?;
            write.insert_signing_key(&key)?;
            Ok(Some(key.kid))
        }
        Err(error) => Err(error.into()),
    }
}

/// A new active key.
pub fn signing_key(key: PrivateKey, kid: Kid, purpose: KeyPurpose, now: Timestamp) -> SigningKey {
    SigningKey {
        kid,
        purpose,
        state: KeyState::Active,
        private_key: Secret::from(key.pkcs8_der),
        modulus: key.modulus,
        exponent: key.exponent,
        created_at: now,
        signs_from: Some(now),
        signed_until: None,
        retired_at: None,
    }
}

//! The tool's own keys: one signs, older ones stay in the keyset until they are retired.

use jiff::Timestamp;

use super::{Failure, Kind};
use crate::domain::{KeyState, Kid, Random, Secret, SigningKey};
use crate::lti::keyset;
use crate::store::{Read, Store};

/// Makes a new active key.
///
/// # Errors
///
/// The cryptographic library cannot make one.
pub fn generate(now: Timestamp, random: &Random) -> Result<SigningKey, Failure> {
    let generated = keyset::generate_rsa_key();
    let kid: String = random.bytes::<10>().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(SigningKey {
        kid: Kid::new(&kid)?,
        state: KeyState::Active,
        private_key: Secret::new(generated.pkcs8_der),
        modulus: generated.modulus,
        exponent: generated.exponent,
        created_at: now,
        retired_at: None,
    })
}

/// Adds a new key that signs from now on; the old one stays in the keyset.
///
/// # Errors
///
/// The key cannot be made or stored.
pub fn rotate(store: &mut Store, now: Timestamp, random: &Random) -> Result<SigningKey, Failure> {
    // A tool that has lost its active key gets one; a file that was never set up does not.
    store.read().settings()?;
    let key = generate(now, random)?;
    store.write(|write| write.insert_signing_key(&key))?;
    Ok(key)
}

/// Takes a key out of the keyset for good.
///
/// # Errors
///
/// Not found; a conflict when it is the one that signs.
pub fn retire(store: &mut Store, kid: &str, now: Timestamp) -> Result<SigningKey, Failure> {
    store.write(|write| {
        let mut key = find(**write, kid)?;
        match key.state {
            KeyState::Active => {
                return Err(Failure::new(Kind::Conflict, format!("key {kid} cannot be retired"), "it is the one that signs", "ltictl key rotate"));
            }
            KeyState::Retired => {}
            KeyState::Published => {
                write.retire_signing_key(&key.kid, now)?;
                key.state = KeyState::Retired;
                key.retired_at = Some(now);
            }
        }
        Ok(key)
    })
}

/// The key of that name.
///
/// # Errors
///
/// Not found, with the nearest names.
pub fn find(read: Read<'_>, kid: &str) -> Result<SigningKey, Failure> {
    if let Some(key) = read.signing_key(kid)? {
        return Ok(key);
    }
    let known: Vec<String> = read.signing_keys()?.into_iter().map(|key| key.kid.to_string()).collect();
    Err(Failure::not_found("key", kid, &known))
}

/// The keyset as platforms and apps fetch it: active and published keys, public halves only (RFC 7517).
///
/// # Errors
///
/// The database's own errors.
pub fn public_keyset(read: Read<'_>) -> Result<serde_json::Value, Failure> {
    let keys: Vec<serde_json::Value> = read
        .signing_keys()?
        .iter()
        .filter(|key| key.state != KeyState::Retired)
        .map(|key| keyset::public_jwk(key.kid.as_str(), &key.modulus, &key.exponent))
        .collect();
    Ok(serde_json::json!({ "keys": keys }))
}

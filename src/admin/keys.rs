//! The tool's own keys: one signs, the next one waits in the keyset, older ones stay there until
//! they are retired.
//!
//! [`keep_up`] is what `serve` does about them once a minute. Every change looks at the keys inside
//! its own transaction, so that two servers on one database rotate once.

use jiff::{SignedDuration, Timestamp};

use crate::domain::{KeyState, KeysDue, Kid, Random, Secret, SigningKey};
use crate::failure::{Failure, Kind};
use crate::lti::private_key::PrivateKey;
use crate::store::{Pool, Read, Store, Write};

/// Makes a new active key.
///
/// # Errors
///
/// The cryptographic library cannot make one.
pub fn generate(now: Timestamp, random: &Random) -> Result<SigningKey, Failure> {
    let kid: String = random.bytes::<10>().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(signing_key(PrivateKey::generate(), Kid::new(&kid)?, now))
}

fn signing_key(key: PrivateKey, kid: Kid, now: Timestamp) -> SigningKey {
    SigningKey {
        kid,
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

/// Adds a new key to the keyset, which signs after `overlap`; without one, or when no key signs, at
/// once, whatever waits. The key that signed until then stays in the keyset. Gives the key, and
/// whether it was there: with `if_not_exists`, a key that waits already is given unchanged.
///
/// # Errors
///
/// A conflict when a next key waits already; the key cannot be made or stored.
pub fn rotate(
    store: &mut Store,
    overlap: SignedDuration,
    if_not_exists: bool,
    now: Timestamp,
    random: &Random,
) -> Result<(SigningKey, bool), Failure> {
    // A tool that has lost its active key gets one; a file that was never set up does not.
    store.read().settings()?;
    let waiting = |keys: &[SigningKey]| {
        if overlap > SignedDuration::ZERO { waiting(keys, if_not_exists) } else { Ok(None) }
    };
    if let Some(waiting) = waiting(&store.read().signing_keys()?)? {
        return Ok((waiting, true));
    }
    let key = generate(now, random)?;
    store.write(|write| {
        let keys = write.signing_keys()?;
        if let Some(waiting) = waiting(&keys)? {
            return Ok((waiting, true));
        }
        Ok((add(write, key, &keys, overlap, now)?, false))
    })
}

/// The next key where one waits, as far as it is wanted; none where there is none, or no key signs,
/// which a new one then does at once.
fn waiting(keys: &[SigningKey], if_not_exists: bool) -> Result<Option<SigningKey>, Failure> {
    let signs = keys.iter().any(|key| key.state == KeyState::Active);
    match keys.iter().find(|key| key.state == KeyState::Next) {
        Some(next) if signs && if_not_exists => Ok(Some(next.clone())),
        Some(next) if signs => Err(Failure::new(
            Kind::Conflict,
            format!("key {} is next already", next.kid),
            "it is in the keyset and waits to sign",
            format!(
                "ltictl key activate {0}, or take it out first: ltictl key retire {0}",
                next.kid
            ),
        )),
        _ => Ok(None),
    }
}

fn add(
    write: &Write<'_>,
    mut key: SigningKey,
    keys: &[SigningKey],
    overlap: SignedDuration,
    now: Timestamp,
) -> Result<SigningKey, Failure> {
    if overlap > SignedDuration::ZERO && keys.iter().any(|key| key.state == KeyState::Active) {
        key.state = KeyState::Next;
        key.signs_from = Some(now.saturating_add(overlap).unwrap_or(Timestamp::MAX));
    }
    write.insert_signing_key(&key)?;
    Ok(key)
}

/// Takes over a private key that platforms know already, or are to know. It signs after `overlap`
/// as in [`rotate`]. Its name is `kid`, or else its thumbprint (RFC 7638). Gives the key, and
/// whether it was there.
///
/// # Errors
///
/// No private RSA key of at least 2048 bits; a conflict when the key or its name is there, or
/// another key is next.
pub fn import(
    store: &mut Store,
    pem: &str,
    kid: Option<&str>,
    overlap: SignedDuration,
    if_not_exists: bool,
    now: Timestamp,
) -> Result<(SigningKey, bool), Failure> {
    store.read().settings()?;
    let key = PrivateKey::from_pem(pem).map_err(|why| {
        Failure::new(
            Kind::Invalid,
            "this is not a private key that can be imported",
            why,
            "give a PEM file with an RSA private key: openssl genrsa -out key.pem 2048",
        )
    })?;
    let key = match kid {
        Some(kid) => (Kid::new(kid)?, key),
        None => (Kid::new(&key.thumbprint())?, key),
    };
    let key = signing_key(key.1, key.0, now);
    store.write(|write| {
        let keys = write.signing_keys()?;
        if let Some(same) = keys.iter().find(|other| other.modulus == key.modulus) {
            return present(same, kid.is_none_or(|_| same.kid == key.kid), if_not_exists);
        }
        if keys.iter().any(|other| other.kid == key.kid) {
            return Err(Failure::new(
                Kind::Conflict,
                format!("there is another key {}", key.kid),
                "a name stands for one key for ever",
                "choose another name with --kid",
            ));
        }
        if overlap > SignedDuration::ZERO {
            waiting(&keys, false)?;
        }
        Ok((add(write, key, &keys, overlap, now)?, false))
    })
}

/// What comes of importing a key that is there.
fn present(
    same: &SigningKey,
    name_fits: bool,
    if_not_exists: bool,
) -> Result<(SigningKey, bool), Failure> {
    let conflict = |why: &str, hint: &str| {
        Err(Failure::new(
            Kind::Conflict,
            format!("this key is there already, as {}", same.kid),
            why,
            hint,
        ))
    };
    match same.state {
        KeyState::Retired => {
            conflict("it was retired, and a retired key never comes back", "ltictl key rotate")
        }
        _ if !name_fits => {
            conflict("a key has one name", "leave --kid out, or see ltictl key list")
        }
        _ if if_not_exists => Ok((same.clone(), true)),
        _ => conflict("a key is imported once", "ltictl key list"),
    }
}

/// Lets a key sign at once: that of this name, which is next or still in the keyset, or the next
/// one. The key that signed until now stays in the keyset.
///
/// # Errors
///
/// Not found; a conflict when it is retired.
pub fn activate(
    store: &mut Store,
    kid: Option<&str>,
    now: Timestamp,
) -> Result<SigningKey, Failure> {
    store.write(|write| {
        let key = match kid {
            Some(kid) => find(**write, kid)?,
            None => write
                .signing_keys()?
                .into_iter()
                .find(|key| key.state == KeyState::Next)
                .ok_or_else(no_next)?,
        };
        match key.state {
            KeyState::Retired => Err(Failure::new(
                Kind::Conflict,
                format!("key {} cannot sign", key.kid),
                "it is retired, and its private half is gone",
                "ltictl key rotate --now",
            )),
            KeyState::Active => Ok(key),
            KeyState::Next | KeyState::Published => {
                write.activate_signing_key(&key.kid, now)?;
                find(**write, key.kid.as_str())
            }
        }
    })
}

fn no_next() -> Failure {
    Failure::new(
        Kind::NotFound,
        "no key is next",
        "none waits in the keyset to sign",
        "ltictl key rotate --now",
    )
}

/// Takes a key out of the keyset for good and wipes its private half.
///
/// # Errors
///
/// Not found; a conflict when it is the one that signs.
pub fn retire(store: &mut Store, kid: &str, now: Timestamp) -> Result<SigningKey, Failure> {
    let key = store.write(|write| {
        let key = find(**write, kid)?;
        if key.state == KeyState::Active {
            return Err(Failure::new(
                Kind::Conflict,
                format!("key {kid} cannot be retired"),
                "it is the one that signs",
                "ltictl key rotate --now",
            ));
        }
        write.retire_signing_key(&key.kid, now)?;
        find(**write, kid)
    })?;
    store.truncate_log();
    Ok(key)
}

/// The key of that name.
pub fn find(read: Read<'_>, kid: &str) -> Result<SigningKey, Failure> {
    if let Some(key) = read.signing_key(kid)? {
        return Ok(key);
    }
    let known: Vec<String> =
        read.signing_keys()?.into_iter().map(|key| key.kid.to_string()).collect();
    Err(Failure::not_found("key", kid, &known))
}

/// What [`keep_up`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeysKept {
    /// This key signs from now on.
    pub activated: Option<Kid>,
    /// This key was published, and signs from then on.
    pub published: Option<(Kid, Timestamp)>,
    /// These keys have left the keyset.
    pub retired: Vec<Kid>,
}

/// Does what is due by now: lets the next key sign when its time has come and, by the setting
/// `key_rotation`, publishes another one and retires old ones. Whoever else does the same at the
/// same time finds nothing left to do.
///
/// # Errors
/// If the database fails, or no key can be created.
pub async fn keep_up(pool: &Pool, now: Timestamp, random: &Random) -> Result<KeysKept, Failure> {
    let due = pool.read(|read| due(read, now))?;
    if due.is_nothing() {
        return Ok(KeysKept::default());
    }
    let key = match due.publish {
        None => None,
        Some(_) => {
            let random = random.clone();
            // Making a key takes a while, and requests are not to wait for it.
            let made = tokio::task::spawn_blocking(move || generate(now, &random)).await;
            Some(made.map_err(|error| {
                Failure::new(Kind::Failed, "no new key", error.to_string(), "ltictl key rotate")
            })??)
        }
    };
    pool.write(move |write| do_what_is_due(write, key, now)).await
}

fn due(read: Read<'_>, now: Timestamp) -> Result<KeysDue, Failure> {
    Ok(KeysDue::of(&read.signing_keys()?, read.settings()?.key_rotation.duration(), now))
}

fn do_what_is_due(
    write: &Write<'_>,
    key: Option<SigningKey>,
    now: Timestamp,
) -> Result<KeysKept, Failure> {
    let due = due(**write, now)?;
    let mut kept = KeysKept { retired: due.retire, ..KeysKept::default() };
    if let Some(kid) = due.activate {
        write.activate_signing_key(&kid, now)?;
        kept.activated = Some(kid);
    }
    if let (Some(from), Some(key)) = (due.publish, key) {
        write.insert_signing_key(&SigningKey {
            state: KeyState::Next,
            signs_from: Some(from),
            ..key.clone()
        })?;
        kept.published = Some((key.kid, from));
    }
    for kid in &kept.retired {
        write.retire_signing_key(kid, now)?;
    }
    Ok(kept)
}

impl KeysKept {
    /// Whether nothing was done.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests;

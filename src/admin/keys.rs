//! Manages the tool's signing keys: for each purpose, the active key signs, the next key waits in
//! the keyset, and older ones stay there until they are retired.
//!
//! `serve` calls [`maintain`] once a minute. Every change reads the keys in its own transaction, so
//! that two servers on one database rotate once.

use jiff::{SignedDuration, Timestamp};

use crate::domain::{KeyPurpose, KeyState, KeysDue, Kid, Random, SigningKey};
use crate::failure::{Failure, Kind};
use crate::lti::private_key::PrivateKey;
use crate::rules::signing_key::signing_key;
pub use crate::rules::signing_key::{generate, make_sure};
use crate::store::{Pool, Read, Store, Write};

/// Adds a new key to the keyset of a purpose, which signs after `overlap`; without an overlap, or if no key is
/// active, it signs immediately, even if another key is next. The previous key stays in the keyset.
/// Returns the key, and whether it existed: with `if_not_exists`, an existing next key is returned
/// unchanged.
///
/// # Errors
///
/// If there is a next key already, or the key cannot be generated or stored.
pub fn rotate(
    store: &mut Store,
    purpose: KeyPurpose,
    overlap: SignedDuration,
    if_not_exists: bool,
    now: Timestamp,
    random: &Random,
) -> Result<(SigningKey, bool), Failure> {
    // A tool that lost its active key gets one; a database that was never initialised does not.
    store.read().settings()?;
    let waiting = |keys: &[SigningKey]| {
        if overlap > SignedDuration::ZERO { waiting(keys, if_not_exists) } else { Ok(None) }
    };
    if let Some(waiting) = waiting(&store.read().signing_keys(purpose)?)? {
        return Ok((waiting, true));
    }
    let key = generate(purpose, now, random)?;
    store.write(|write| {
        let keys = write.signing_keys(purpose)?;
        if let Some(waiting) = waiting(&keys)? {
            return Ok((waiting, true));
        }
        Ok((add(write, key, &keys, overlap, now)?, false))
    })
}

/// The next key if there is one and `if_not_exists` is set; `None` if there is none, or if no key
/// is active, in which case a new key signs immediately.
fn waiting(keys: &[SigningKey], if_not_exists: bool) -> Result<Option<SigningKey>, Failure> {
    let signs = keys.iter().any(|key| key.state == KeyState::Active);
    match keys.iter().find(|key| key.state == KeyState::Next) {
        Some(next) if signs && if_not_exists => Ok(Some(next.clone())),
        Some(next) if signs => Err(Failure::new(
            Kind::Conflict,
            format!("key {} is already the next key", next.kid),
            "it is in the keyset and becomes active next; it must be activated or retired first",
            format!("ltictl key activate {}", next.kid),
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

/// Imports a private key. It signs after `overlap` as in [`rotate`]. Its ID is `kid`, or its
/// thumbprint by default (RFC 7638). Returns the key, and whether it existed.
///
/// # Errors
///
/// If it is not a private RSA key of at least 2048 bits, the key or its ID already exists, or
/// another key is next.
pub fn import(
    store: &mut Store,
    pem: &str,
    (kid, purpose): (Option<&str>, KeyPurpose),
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
            "use a PEM file with an RSA private key: openssl genrsa -out key.pem 2048",
        )
    })?;
    let key = match kid {
        Some(kid) => (Kid::new(kid)?, key),
        None => (Kid::new(&key.thumbprint())?, key),
    };
    let key = signing_key(key.1, key.0, purpose, now);
    store.write(|write| {
        let keys = write.all_signing_keys()?;
        if let Some(same) = keys.iter().find(|other| other.modulus == key.modulus) {
            let name_fits = kid.is_none_or(|_| same.kid == key.kid);
            return existing(same, name_fits, purpose, if_not_exists);
        }
        if keys.iter().any(|other| other.kid == key.kid) {
            return Err(Failure::new(
                Kind::Conflict,
                format!("there is another key {}", key.kid),
                "key IDs are never reused",
                "choose another ID with --kid",
            ));
        }
        let keys: Vec<_> = keys.into_iter().filter(|key| key.purpose == purpose).collect();
        if overlap > SignedDuration::ZERO {
            waiting(&keys, false)?;
        }
        Ok((add(write, key, &keys, overlap, now)?, false))
    })
}

/// The result of importing a key that already exists.
fn existing(
    same: &SigningKey,
    name_fits: bool,
    purpose: KeyPurpose,
    if_not_exists: bool,
) -> Result<(SigningKey, bool), Failure> {
    let conflict = |why: &str, hint: &str| {
        Err(Failure::new(
            Kind::Conflict,
            format!("this key already exists as {}", same.kid),
            why,
            hint,
        ))
    };
    match same.state {
        KeyState::Retired => {
            conflict("it was retired, and retired keys cannot be used again", "ltictl key rotate")
        }
        _ if same.purpose != purpose => conflict(
            &format!("it signs for another purpose, {}, and a key has only one", same.purpose),
            "ltictl key list",
        ),
        _ if !name_fits => conflict("a key has only one ID; omit --kid", "ltictl key list"),
        _ if if_not_exists => Ok((same.clone(), true)),
        _ => conflict("a key can only be imported once", "ltictl key list"),
    }
}

/// Activates a key immediately: the one with this ID, if it is still in the keyset, or the next
/// one of those that sign messages to platforms. The previous key stays in the keyset.
///
/// # Errors
///
/// If there is no such key, or it is retired.
pub fn activate(
    store: &mut Store,
    kid: Option<&str>,
    now: Timestamp,
) -> Result<SigningKey, Failure> {
    store.write(|write| {
        let key = match kid {
            Some(kid) => find(**write, kid)?,
            None => write
                .signing_keys(KeyPurpose::Lti)?
                .into_iter()
                .find(|key| key.state == KeyState::Next)
                .ok_or_else(no_next)?,
        };
        match key.state {
            KeyState::Retired => Err(Failure::new(
                Kind::Conflict,
                format!("key {} cannot sign", key.kid),
                "it is retired, and its private key was erased",
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
        "there is no next key",
        "no key in the keyset is due to become active",
        "ltictl key rotate --now",
    )
}

/// Removes a key from the keyset permanently and wipes its private half.
///
/// # Errors
///
/// If there is no such key, or it is the active one.
pub fn retire(store: &mut Store, kid: &str, now: Timestamp) -> Result<SigningKey, Failure> {
    let key = store.write(|write| {
        let key = find(**write, kid)?;
        if key.state == KeyState::Active {
            return Err(Failure::new(
                Kind::Conflict,
                format!("key {kid} cannot be retired"),
                "it is the active key",
                "ltictl key rotate --now",
            ));
        }
        write.retire_signing_key(&key.kid, now)?;
        find(**write, kid)
    })?;
    store.truncate_log();
    Ok(key)
}

/// The key with this ID.
pub fn find(read: Read<'_>, kid: &str) -> Result<SigningKey, Failure> {
    if let Some(key) = read.signing_key(kid)? {
        return Ok(key);
    }
    let known: Vec<String> =
        read.all_signing_keys()?.into_iter().map(|key| key.kid.to_string()).collect();
    Err(Failure::not_found("key", kid, &known))
}

/// The changes that [`maintain`] made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyChanges {
    /// The key that signs from now on.
    pub activated: Option<Kid>,
    /// The key that was published, and when it starts to sign.
    pub published: Option<(Kid, Timestamp)>,
    /// The keys that were removed from the keyset.
    pub retired: Vec<Kid>,
}

/// Makes the changes that are due to the keys of a purpose: activates the next key and, according to the setting
/// `key_rotation`, publishes another one and retires old ones, for which there must be a time that
/// has certainly been reached (`steady`, see [`KeysDue::of`]). Safe to call concurrently.
///
/// # Errors
/// If the database fails, or no key can be created.
pub async fn maintain(
    pool: &Pool,
    purpose: KeyPurpose,
    now: Timestamp,
    steady: Option<Timestamp>,
    random: &Random,
) -> Result<KeyChanges, Failure> {
    let due = pool.look_up(|read| due(read, purpose, now, steady))?;
    let now = steady.unwrap_or(now);
    if due.is_empty() {
        return Ok(KeyChanges::default());
    }
    let key = match due.publish {
        None => None,
        Some(_) => {
            let random = random.clone();
            // Generating a key takes a while and must not delay requests.
            let made = tokio::task::spawn_blocking(move || generate(purpose, now, &random)).await;
            Some(made.map_err(|error| {
                Failure::new(
                    Kind::Failed,
                    "cannot create a key",
                    error.to_string(),
                    format!("ltictl key rotate --purpose {purpose}"),
                )
            })??)
        }
    };
    pool.write(move |write| apply_due_changes(write, purpose, key, now, steady)).await
}

fn due(
    read: Read<'_>,
    purpose: KeyPurpose,
    now: Timestamp,
    steady: Option<Timestamp>,
) -> Result<KeysDue, Failure> {
    let interval = read.settings()?.key_rotation.duration();
    Ok(KeysDue::of(&read.signing_keys(purpose)?, interval, now, steady))
}

fn apply_due_changes(
    write: &Write<'_>,
    purpose: KeyPurpose,
    key: Option<SigningKey>,
    now: Timestamp,
    steady: Option<Timestamp>,
) -> Result<KeyChanges, Failure> {
    let due = due(**write, purpose, now, steady)?;
    let mut kept = KeyChanges { retired: due.retire, ..KeyChanges::default() };
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

impl KeyChanges {
    /// Whether there were no changes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests;

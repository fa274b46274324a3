//! LTI 1.1: the shared secrets that sign migration claims.

use jiff::Timestamp;

use crate::admin::account::check_exact;
use crate::domain::{Invalid, Secret};
use crate::failure::{Failure, Kind, shell_word};
use crate::store::{Read, Store};

/// Maximum length of a secret, in bytes.
const MAX_SECRET_BYTES: usize = 1024;

/// Checks a shared secret.
///
/// # Errors
///
/// If it is empty, or longer than 1024 bytes.
pub fn check_secret(secret: &str) -> Result<(), Invalid> {
    if secret.is_empty() || secret.len() > MAX_SECRET_BYTES {
        return Err(Invalid::new("secret", format!("must have 1 to {MAX_SECRET_BYTES} bytes")));
    }
    Ok(())
}

/// Adds a secret to a consumer key, which may have several; with `if_not_exists`, succeeds if the
/// key has it already. Returns the number of the key's secrets.
///
/// # Errors
///
/// If the key or the secret is invalid, or the key already has this secret.
pub fn add(
    store: &mut Store,
    consumer_key: &str,
    secret: &str,
    if_not_exists: bool,
    now: Timestamp,
) -> Result<(String, u32), Failure> {
    let consumer_key = check_exact("consumer key", consumer_key)?;
    check_secret(secret)?;
    store.write(|write| {
        if !write.insert_consumer_secret(
            &consumer_key,
            &Secret::new(secret.as_bytes().to_vec()),
            now,
        )? && !if_not_exists
        {
            return Err(Failure::new(
                Kind::Conflict,
                format!("consumer key {consumer_key:?} already has this secret"),
                "a secret can only be added once; with --if-not-exists, that is no error",
                "ltictl consumer list",
            ));
        }
        find(**write, &consumer_key)
    })
}

/// A consumer key with the number of its secrets.
pub fn find(read: Read<'_>, consumer_key: &str) -> Result<(String, u32), Failure> {
    let known = read.consumer_keys()?;
    match known.iter().find(|(known, _)| known == consumer_key) {
        Some(found) => Ok(found.clone()),
        None => Err(Failure::not_found(
            "consumer key",
            consumer_key,
            &known.into_iter().map(|(known, _)| shell_word(&known)).collect::<Vec<_>>(),
        )),
    }
}

/// Removes a consumer key with all its secrets; its LTI 1.1 users stay linked to accounts.
pub fn remove(store: &mut Store, consumer_key: &str) -> Result<(), Failure> {
    store.write(|write| {
        find(**write, consumer_key)?;
        write.delete_consumer_secrets(consumer_key)?;
        Ok(())
    })
}

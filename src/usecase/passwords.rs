//! Passwords: argon2id (RFC 9106), and a check that takes as long for accounts that are not there as for those that are.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::{Failure, Kind};
use crate::domain::{Invalid, Random};

/// The fewest characters of a password (NIST SP 800-63B, 3.1.1.2).
const SHORTEST: usize = 8;

/// The most bytes of a password.
const LONGEST: usize = 1024;

/// How many passwords are checked at the same time; each takes 19 MiB.
static CHECKS: Semaphore = Semaphore::const_new(2);

/// What is checked where there is nothing to check, so that it takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash("nobody's password", &Random::seeded(0)).unwrap_or_default());

/// Checks a password that somebody wants to have.
///
/// # Errors
///
/// Shorter than 8 characters or longer than 1024 bytes.
pub fn check(password: &str) -> Result<(), Invalid> {
    if password.chars().count() < SHORTEST || password.len() > LONGEST {
        return Err(Invalid::new("password", format!("must have at least {SHORTEST} characters, and at most {LONGEST} bytes")));
    }
    Ok(())
}

/// The hash of a password with a fresh salt, as a PHC string. It takes a while: that is its purpose.
///
/// # Errors
///
/// The password breaks a rule, or the library fails.
pub fn hash(password: &str, random: &Random) -> Result<String, Failure> {
    check(password)?;
    Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &random.bytes::<16>())
        .map(|hash| hash.to_string())
        .map_err(|error| Failure::new(Kind::Failed, "the password cannot be hashed", error.to_string(), "report this as a bug"))
}

/// Whether a password has this hash; never without one, which takes as long to find out.
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    let known = hash.and_then(|hash| PasswordHash::new(hash).ok());
    let is_known = known.is_some();
    let Some(hash) = known.or_else(|| PasswordHash::new(&NOBODY).ok()) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && is_known
}

/// The same away from the threads that answer requests, a few at a time.
///
/// # Errors
///
/// The server is shutting down.
pub async fn verify_apart(password: Zeroizing<String>, hash: Option<String>) -> Result<bool, Failure> {
    let closing = |error: String| Failure::new(Kind::Unavailable, "the server is shutting down", error, "try again in a moment");
    if password.len() > LONGEST {
        return Ok(false);
    }
    let permit = CHECKS.acquire().await.map_err(|error| closing(error.to_string()))?;
    // The check holds its permit itself: it goes on when the browser has hung up and nobody waits for it any more.
    let check = move || {
        let _permit = permit;
        verify(&password, hash.as_deref())
    };
    tokio::task::spawn_blocking(check).await.map_err(|error| closing(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_fits_its_password_only() {
        let random = Random::seeded(1);
        let one = hash("correct horse", &random).unwrap();
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, hash("correct horse", &random).unwrap(), "every hash has its own salt");
        for (password, hash, expected) in [
            ("correct horse", Some(&*one), true),
            ("correct horsE", Some(&*one), false),
            ("", Some(&*one), false),
            ("nobody's password", None, false),
            ("x", Some("no hash"), false),
        ] {
            assert_eq!(verify(password, hash), expected, "{password} {hash:?}");
        }
    }

    #[tokio::test]
    async fn a_check_that_nobody_waits_for_counts_until_it_is_over() {
        let mut check = Box::pin(verify_apart(Zeroizing::new("correct horse".to_owned()), None));
        assert!(std::future::poll_fn(|context| std::task::Poll::Ready(check.as_mut().poll(context))).await.is_pending());
        drop(check);
        assert!(CHECKS.available_permits() < 2, "whoever hangs up must not make room for another check");
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        for (password, accepted) in [("1234567", false), ("12345678", true), ("ëëëëëëëë", true), (&*"x".repeat(1024), true), (&*"x".repeat(1025), false)]
        {
            assert_eq!(check(password).is_ok(), accepted, "{}", password.len());
        }
    }
}

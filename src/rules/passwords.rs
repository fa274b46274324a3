//! Passwords: argon2id (RFC 9106), and a check that takes the same time whether or not the account
//! exists.

use std::sync::{LazyLock, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use tokio::sync::Semaphore;
use zeroize::{Zeroize as _, Zeroizing};

use crate::domain::{Invalid, Random};
use crate::failure::{Failure, Kind};

/// Minimum length of a new password, in characters (OWASP ASVS 2.1.1). Shorter passwords that were
/// set before this rule are still accepted.
const MIN_CHARACTERS: usize = 12;

/// Maximum length of a password, in bytes.
const MAX_BYTES: usize = 1024;

/// How many passwords are checked at the same time. Each check takes 19 MiB and a core for about 20
/// ms, and launches need the cores.
const SLOTS: usize = 1;

static CHECKS: Semaphore = Semaphore::const_new(SLOTS);

static MEMORY: Memory = Memory::new();

/// The hash to check if there is no account, so that the check takes the same time.
static PLACEHOLDER: LazyLock<String> =
    LazyLock::new(|| hash("placeholder password", &Random::seeded(0)).unwrap_or_default());

/// The memory that argon2 fills, allocated once per slot and reused.
///
/// Allocators keep freed memory per thread, and checks run on many threads. If each check allocated
/// its own memory, this could add up to a gigabyte.
struct Memory {
    free: Mutex<Vec<Box<[Block]>>>,
    #[cfg(test)]
    allocated: std::sync::atomic::AtomicUsize,
}

impl Memory {
    /// The number of blocks that the parameters require.
    const BLOCKS: usize = Params::DEFAULT.block_count();

    const fn new() -> Self {
        Self {
            free: Mutex::new(Vec::new()),
            #[cfg(test)]
            allocated: std::sync::atomic::AtomicUsize::new(0),
        }
    }

    /// Lends the memory of one slot, and overwrites it afterwards, because its contents are derived
    /// from the password.
    fn lend<T>(&self, work: impl FnOnce(&mut [Block]) -> T) -> T {
        let free = || self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let reused = free().pop();
        let mut blocks = reused.unwrap_or_else(|| self.allocate());
        let result = work(&mut blocks);
        blocks.iter_mut().for_each(Block::zeroize);
        let mut free = free();
        if free.len() < SLOTS {
            free.push(blocks);
        }
        result
    }

    fn allocate(&self) -> Box<[Block]> {
        #[cfg(test)]
        self.allocated.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        vec![Block::new(); Self::BLOCKS].into_boxed_slice()
    }
}

/// Checks a new password.
///
/// # Errors
///
/// If it is shorter than 12 characters or longer than 1024 bytes.
pub fn check(password: &str) -> Result<(), Invalid> {
    if password.chars().count() < MIN_CHARACTERS || password.len() > MAX_BYTES {
        return Err(Invalid::new(
            "password",
            format!(
                "must have at least {MIN_CHARACTERS} characters, and at most {MAX_BYTES} bytes"
            ),
        ));
    }
    Ok(())
}

/// The hash of a password with a random salt, as a PHC string. Deliberately slow.
///
/// # Errors
///
/// If the password breaks a rule, or the library fails.
pub fn hash(password: &str, random: &Random) -> Result<String, Failure> {
    check(password)?;
    let salt = random.bytes::<16>();
    let hashed = || -> Result<String, argon2::password_hash::Error> {
        let salt = Salt::new(&salt)?;
        let argon2 = Argon2::default();
        let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
        MEMORY.lend(|blocks| {
            argon2.hash_password_into_with_memory(password.as_bytes(), &salt, &mut output, blocks)
        })?;
        let hash = PasswordHash {
            algorithm: Algorithm::default().ident(),
            version: Some(Version::default().into()),
            params: ParamsString::try_from(argon2.params())?,
            salt: Some(salt),
            hash: Some(Output::new(&output)?),
        };
        Ok(hash.to_string())
    };
    hashed().map_err(|error| {
        Failure::new(
            Kind::Failed,
            "the password cannot be hashed",
            error.to_string(),
            "report this as a bug",
        )
    })
}

/// Whether a password has this hash; `false` without a hash, after the same time.
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    verify_in(&MEMORY, password, hash)
}

fn verify_in(memory: &Memory, password: &str, hash: Option<&str>) -> bool {
    let known = hash.and_then(Expected::read);
    let is_known = known.is_some();
    let Some(expected) = known.or_else(|| Expected::read(&PLACEHOLDER)) else { return false };
    expected.matches(memory, password) && is_known
}

/// A parsed PHC string.
struct Expected {
    argon2: Argon2<'static>,
    salt: Salt,
    output: Output,
}

impl Expected {
    /// Parses a PHC string; `None` if it is not of argon2, or needs more memory than a slot has.
    fn read(hash: &str) -> Option<Self> {
        let hash = PasswordHash::new(hash).ok()?;
        let (algorithm, version) = (
            Algorithm::try_from(hash.algorithm.as_str()).ok()?,
            Version::try_from(hash.version?).ok()?,
        );
        let params =
            Params::try_from(&hash).ok().filter(|params| params.block_count() <= Memory::BLOCKS)?;
        Some(Self {
            argon2: Argon2::new(algorithm, version, params),
            salt: hash.salt?,
            output: hash.hash?,
        })
    }

    fn matches(&self, memory: &Memory, password: &str) -> bool {
        let mut buffer = Zeroizing::new([0; Output::MAX_LENGTH]);
        let Some(output) = buffer.get_mut(..self.output.len()) else { return false };
        let blocks = self.argon2.params().block_count();
        let hashed = memory.lend(|memory| {
            self.argon2.hash_password_into_with_memory(
                password.as_bytes(),
                &self.salt,
                output,
                &mut memory[..blocks],
            )
        });
        hashed.is_ok() && verify_slices_are_equal(output, self.output.as_ref()).is_ok()
    }
}

/// Like [`verify`], on a thread that does not handle requests; at most `SLOTS` at a time.
///
/// # Errors
///
/// If the server is shutting down.
pub async fn verify_in_background(
    password: Zeroizing<String>,
    hash: Option<String>,
) -> Result<bool, Failure> {
    let closing = |error: String| {
        Failure::new(
            Kind::Unavailable,
            "the server is shutting down",
            error,
            "try again in a moment",
        )
    };
    if password.len() > MAX_BYTES {
        return Ok(false);
    }
    let permit = CHECKS.acquire().await.map_err(|error| closing(error.to_string()))?;
    // The check itself holds the permit, because it continues if the browser disconnects.
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
    fn hash_matches_only_its_password() {
        let random = Random::seeded(1);
        let one = hash("correct horse", &random).unwrap();
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, hash("correct horse", &random).unwrap(), "every hash has its own salt");
        for (password, hash, expected) in [
            ("correct horse", Some(&*one), true),
            ("correct horsE", Some(&*one), false),
            ("", Some(&*one), false),
            ("placeholder password", None, false),
            ("x", Some("no hash"), false),
        ] {
            assert_eq!(verify(password, hash), expected, "{password} {hash:?}");
        }
    }

    #[tokio::test]
    async fn abandoned_check_keeps_its_slot_until_it_ends() {
        let mut check =
            Box::pin(verify_in_background(Zeroizing::new("correct horse".to_owned()), None));
        assert!(
            std::future::poll_fn(|context| std::task::Poll::Ready(check.as_mut().poll(context)))
                .await
                .is_pending()
        );
        drop(check);
        assert!(
            CHECKS.available_permits() < SLOTS,
            "disconnecting must not free the slot for another check"
        );
    }

    #[test]
    fn memory_is_allocated_once_per_slot_and_overwritten_between_checks() {
        let hash = hash("correct horse", &Random::seeded(1)).unwrap();
        let memory = Memory::new();
        std::thread::scope(|scope| {
            for thread in 0..SLOTS {
                let (memory, hash) = (&memory, &hash);
                scope.spawn(move || {
                    for round in 0..3 {
                        let password =
                            if round == thread { "correct horse" } else { "wrong password" };
                        assert_eq!(verify_in(memory, password, Some(hash)), round == thread);
                    }
                });
            }
        });
        let allocated = memory.allocated.load(std::sync::atomic::Ordering::Relaxed);
        assert!((1..=SLOTS).contains(&allocated), "{allocated} allocations for {SLOTS} slots");
        let addresses = || {
            memory
                .free
                .lock()
                .unwrap()
                .iter()
                .map(|blocks| blocks.as_ptr() as usize)
                .collect::<Vec<_>>()
        };
        let before = addresses();
        for _ in 0..3 {
            assert!(verify_in(&memory, "correct horse", Some(&hash)));
            assert!(!verify_in(&memory, "correct horse", None));
        }
        assert_eq!(
            (addresses(), memory.allocated.load(std::sync::atomic::Ordering::Relaxed)),
            (before, allocated),
            "the buffers are reused"
        );
        let is_zero = |blocks: &[Block]| {
            blocks.iter().all(|block| block.as_ref().iter().all(|word| *word == 0))
        };
        assert!(
            memory.free.lock().unwrap().iter().all(|blocks| is_zero(blocks)),
            "what was derived from a password is overwritten"
        );
    }

    #[test]
    fn hashes_that_take_more_memory_than_a_slot_are_not_computed() {
        let memory = Memory::new();
        let greedy = "$argon2id$v=19$m=1048576,t=2,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert!(!verify_in(&memory, "correct horse", Some(greedy)));
        assert_eq!(memory.free.lock().unwrap()[0].len(), Memory::BLOCKS);
    }

    /// Created before passwords had to have 12 characters, with memory allocated by the library.
    #[test]
    fn existing_short_passwords_are_still_accepted() {
        use argon2::PasswordHasher as _;
        let old = Argon2::default()
            .hash_password_with_salt(b"12345678", b"saltsaltsaltsalt")
            .unwrap()
            .to_string();
        assert!(
            check("12345678").is_err()
                && verify("12345678", Some(&old))
                && !verify("12345679", Some(&old))
        );
    }

    #[test]
    fn short_and_long_passwords_are_rejected() {
        for (password, accepted) in [
            ("12345678901", false),
            ("123456789012", true),
            ("ëëëëëëëëëëëë", true),
            ("ëëëëëë", false),
            (&*"x".repeat(1024), true),
            (&*"x".repeat(1025), false),
        ] {
            assert_eq!(check(password).is_ok(), accepted, "{}", password.len());
        }
    }
}

//! Limits how fast passwords can be guessed on the page that asks for a person's account.
//!
//! A limit per account alone would let anyone lock its owner out. So the account is limited last,
//! and slowed down instead of locked:
//!
//! 1. Each **platform user** has a small reserve of attempts at all accounts together. A person who
//!    guesses uses up their own reserve first.
//! 2. Each **client address** has a larger one, because a school may share one address.
//! 3. Each **registration** has a large one, so that a platform that invents users cannot keep the
//!    password checks busy.
//! 4. Attempts at one **account** through one registration share a pace. The first few are checked
//!    at once; after that, each waits for its turn, for a bounded time. The password is checked
//!    after the wait, so the right one passes. Only if the queue is longer than that is an attempt
//!    rejected.
//!
//! That queue is split by the sender, so that people who guess do not block the owner: attempts by
//! a platform user *and* an address that have hardly tried this account so far, attempts by such a
//! platform user from an address that has (the owner in the same school as people who guess), and
//! all others. A person who guesses falls into the last one after three attempts. To be in the
//! owner's queue, guessers need ever more platform users, and addresses as well. Only a hostile
//! platform (or one where anyone can sign up) has these. It can fill the queues of its own
//! registration, through which it could impersonate its users anyway; an owner who launches through
//! another registration is not affected.
//!
//! What remains for an attacker with any number of platform users and addresses is the pace: three
//! queues with one attempt each per ten seconds, per registration and account, regardless of
//! parallel attempts. That is 26,000 guesses a day at a password of at least 12 characters.
//!
//! All of this also applies to accounts that do not exist. Keys are digests, so their size does not
//! depend on what was entered, and a key is kept only until its reserve is full again.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{Context, SHA256};

use crate::domain::Username;
use crate::rules::throttle::{Rate, Refill, Throttle};

/// How many attempts at one account a platform user or an address makes before they count as
/// guessing.
const FEW_ATTEMPTS: Rate = Rate { refill: Refill::PerHour(3), burst: 3 };

/// After this many attempts, queues that are empty again are removed, unless
/// [`SignInThrottle::remove_idle`] does it first.
const QUEUES_BEFORE_SWEEP: usize = 10_000;

/// Limits on attempts to sign in; see the module for the reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInLimits {
    /// Attempts of one platform user.
    pub user: Rate,
    /// Attempts from one client address.
    pub address: Rate,
    /// Attempts through one registration.
    pub registration: Rate,
    /// Attempts at one account that are checked at once, in each queue.
    pub account_burst: u32,
    /// The time between two attempts at one account after that.
    pub account_pause: Duration,
    /// The longest time that an attempt waits for its turn.
    pub max_wait: Duration,
}

impl Default for SignInLimits {
    fn default() -> Self {
        Self {
            user: Rate::per_minute(6, 10),
            address: Rate::per_minute(60, 120),
            registration: Rate::per_second(10, 100),
            account_burst: 10,
            account_pause: Duration::from_secs(10),
            max_wait: Duration::from_secs(20),
        }
    }
}

/// An attempt to sign in to an account.
#[derive(Debug, Clone, Copy)]
pub struct SignInAttempt<'a> {
    /// The registration of the launch, by its key in the database.
    pub registration_id: i64,
    /// The tenant of the platform user.
    pub tenant: &'a str,
    /// The platform's identifier of the person.
    pub sub: &'a str,
    /// The client's address; `None` if it is not counted.
    pub address: Option<IpAddr>,
    /// The username that was entered; `None` if the text cannot be one.
    pub username: Option<&'a Username>,
}

/// Limits attempts to sign in. Clones share their counts.
#[derive(Clone)]
pub struct SignInThrottle {
    users: Throttle<Key>,
    addresses: Throttle<Key>,
    registrations: Throttle<Key>,
    newcomers: Throttle<Key>,
    queues: Arc<Queues>,
}

impl SignInThrottle {
    /// A throttle with nothing counted yet.
    pub fn new(limits: SignInLimits) -> Self {
        Self {
            users: Throttle::new(limits.user),
            addresses: Throttle::new(limits.address),
            registrations: Throttle::new(limits.registration),
            newcomers: Throttle::new(FEW_ATTEMPTS),
            queues: Arc::new(Queues { limits, turns: Mutex::default() }),
        }
    }

    /// Counts an attempt, and waits until its password may be checked.
    ///
    /// # Errors
    ///
    /// How long to wait before another attempt, if the limit is exceeded.
    pub async fn admit(&self, attempt: &SignInAttempt<'_>) -> Result<(), Duration> {
        let wait = self.reserve(attempt, Instant::now())?;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    /// How long the attempt has to wait for its turn.
    fn reserve(&self, attempt: &SignInAttempt<'_>, now: Instant) -> Result<Duration, Duration> {
        let registration = attempt.registration_id.to_be_bytes();
        let user: [&[u8]; 3] = [&registration, attempt.tenant.as_bytes(), attempt.sub.as_bytes()];
        let account = attempt.username.map_or("", Username::as_str).as_bytes();
        let address = attempt.address.map(|address| address.to_string());
        self.users.check(&key(&user))?;
        if let Some(address) = &address {
            self.addresses.check(&key(&[address.as_bytes()]))?;
        }
        self.registrations.check(&key(&[&registration]))?;
        let [registration, tenant, sub] = user;
        let is_new_user =
            self.newcomers.check(&key(&[b"user", registration, tenant, sub, account])).is_ok();
        let is_new_address = address.is_some_and(|address| {
            self.newcomers.check(&key(&[b"address", address.as_bytes(), account])).is_ok()
        });
        let queue: &[u8] = match (is_new_user, is_new_address) {
            (true, true) => b"new user and address",
            (true, false) => b"new user",
            (false, _) => b"all others",
        };
        self.queues.reserve(key(&[queue, registration, account]), now)
    }

    /// Removes entries that no longer have any effect.
    pub fn remove_idle(&self) {
        [&self.users, &self.addresses, &self.registrations, &self.newcomers]
            .into_iter()
            .for_each(Throttle::remove_idle);
        self.queues.remove_idle(Instant::now());
    }
}

/// A digest of what is counted.
type Key = [u8; 16];

fn key(parts: &[&[u8]]) -> Key {
    let mut context = Context::new(&SHA256);
    for part in parts {
        // The length separates the parts.
        context.update(&part.len().to_be_bytes());
        context.update(part);
    }
    let mut key = Key::default();
    key.copy_from_slice(&context.finish().as_ref()[..size_of::<Key>()]);
    key
}

/// Turns in queues, as in the generic cell rate algorithm. [`Throttle`] reports when there is a
/// turn, but does not reserve it.
struct Queues {
    limits: SignInLimits,
    /// When each queue would have its whole burst back.
    turns: Mutex<HashMap<Key, Instant>>,
}

impl Queues {
    fn reserve(&self, queue: Key, now: Instant) -> Result<Duration, Duration> {
        let limits = &self.limits;
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.len() >= QUEUES_BEFORE_SWEEP {
            turns.retain(|_, full| *full > now);
        }
        let full = turns.get(&queue).copied().unwrap_or(now).max(now);
        let wait = (full - now)
            .saturating_sub(limits.account_pause * limits.account_burst.saturating_sub(1));
        if let Some(excess) = wait.checked_sub(limits.max_wait).filter(|excess| !excess.is_zero()) {
            return Err(excess);
        }
        turns.insert(queue, full + limits.account_pause);
        Ok(wait)
    }

    fn remove_idle(&self, now: Instant) {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, full| *full > now);
        turns.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    fn limits() -> SignInLimits {
        let plenty = Rate::per_second(1_000_000, 1_000_000);
        SignInLimits {
            user: plenty,
            address: plenty,
            registration: plenty,
            ..SignInLimits::default()
        }
    }

    fn username(text: &str) -> Username {
        Username::new(text).unwrap()
    }

    static ALMA: LazyLock<Username> = LazyLock::new(|| username("alma"));
    static BERT: LazyLock<Username> = LazyLock::new(|| username("bert"));
    static X: LazyLock<Username> = LazyLock::new(|| username("x"));

    fn attempt<'a>(sub: &'a str, address: &str, username: &'a Username) -> SignInAttempt<'a> {
        SignInAttempt {
            registration_id: 1,
            tenant: "",
            sub,
            address: address.parse().ok(),
            username: Some(username),
        }
    }

    fn seconds(outcome: Result<Duration, Duration>) -> Result<u64, u64> {
        outcome.map(|wait| wait.as_secs()).map_err(|wait| wait.as_secs())
    }

    #[test]
    fn each_queue_has_a_burst_then_a_pace_then_an_end() {
        let queues = Queues { limits: limits(), turns: Mutex::default() };
        let (one, other, now) = (key(&[b"one"]), key(&[b"other"]), Instant::now());
        let found: Vec<_> = (0..14).map(|_| seconds(queues.reserve(one, now))).collect();
        assert_eq!(found[..10], [Ok(0); 10]);
        assert_eq!(
            found[10..],
            [Ok(10), Ok(20), Err(10), Err(10)],
            "a rejected attempt takes no turn"
        );
        assert_eq!(seconds(queues.reserve(other, now)), Ok(0));
        let later = now + Duration::from_secs(30);
        assert_eq!(seconds(queues.reserve(one, later)), Ok(0));
        queues.remove_idle(now + Duration::from_hours(1));
        assert!(queues.turns.lock().unwrap().is_empty());
    }

    #[test]
    fn one_persons_guesses_do_not_block_the_owner() {
        let (throttle, now) = (SignInThrottle::new(limits()), Instant::now());
        let guess = || throttle.reserve(&attempt("guesser", "192.0.2.1", &ALMA), now);
        let guesses: Vec<_> = (0..30).map(|_| guess()).collect();
        assert!(guesses.last().unwrap().is_err(), "{guesses:?}");
        assert_eq!(
            seconds(throttle.reserve(&attempt("owner", "192.0.2.1", &ALMA), now)),
            Ok(0),
            "in the same school"
        );
        assert_eq!(
            seconds(throttle.reserve(&attempt("owner", "192.0.2.9", &ALMA), now)),
            Ok(0),
            "elsewhere"
        );
        assert_eq!(
            seconds(throttle.reserve(&attempt("guesser", "192.0.2.1", &BERT), now)),
            Ok(0),
            "at another account"
        );
    }

    #[test]
    fn invented_users_are_limited_to_the_accounts_pace() {
        let (throttle, now) = (SignInThrottle::new(limits()), Instant::now());
        let within = |address: &dyn Fn(u32) -> String, from: &str| {
            let admitted = (0..1000).filter(|number| {
                throttle
                    .reserve(&attempt(&format!("{from}{number}"), &address(*number), &ALMA), now)
                    .is_ok()
            });
            admitted.count()
        };
        // Each queue: ten at once, and two that wait.
        assert_eq!(
            within(&|_| "192.0.2.1".to_owned(), "a"),
            24 - 9,
            "one address has three attempts in the first queue"
        );
        assert_eq!(within(&|number| format!("198.51.{}.{}", number / 256, number % 256), "b"), 9);
        let elsewhere =
            SignInAttempt { registration_id: 2, ..attempt("owner", "203.0.113.1", &ALMA) };
        assert_eq!(
            seconds(throttle.reserve(&elsewhere, now)),
            Ok(0),
            "an owner who launches through another registration is not affected"
        );
    }

    #[test]
    fn users_addresses_and_registrations_have_their_own_reserves() {
        let one = Rate::per_minute(1, 1);
        let now = Instant::now();
        for (limits, same, other) in [
            (
                SignInLimits { user: one, ..limits() },
                attempt("a", "192.0.2.2", &X),
                attempt("b", "192.0.2.1", &ALMA),
            ),
            (
                SignInLimits { address: one, ..limits() },
                attempt("b", "192.0.2.1", &X),
                attempt("a", "192.0.2.2", &ALMA),
            ),
            (
                SignInLimits { registration: one, ..limits() },
                attempt("b", "192.0.2.2", &X),
                SignInAttempt { registration_id: 2, ..attempt("a", "192.0.2.1", &ALMA) },
            ),
        ] {
            let throttle = SignInThrottle::new(limits);
            assert!(throttle.reserve(&attempt("a", "192.0.2.1", &ALMA), now).is_ok());
            assert!(
                throttle.reserve(&same, now).is_err() && throttle.reserve(&other, now).is_ok(),
                "{limits:?}"
            );
        }
    }
}

//! Synchronizes grades to the platforms ([`grades`]) and members from them ([`members`]), and
//! reports the status ([`status`]). It also subscribes to the platforms' notices ([`notices`]).
//!
//! Both run periodically inside `serve`, and from the command line. The unit of work is the
//! registration: it has its own task, its own time and budget, and its own lease in the database,
//! which allows only one process at a time to work on it. So a slow, frozen or hostile platform
//! uses up only its own share. All other state is in the database, too, so the next run continues
//! where the last one stopped.

pub mod grades;
mod lease;
pub mod members;
pub mod notices;
mod parallel;
mod retry;
pub mod runs;
pub mod schedule;
pub mod status;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::duration::describe;
use crate::domain::{
    Clock, KeyPurpose, Protocol, Random, Registration, RegistrationRef, Resource, ResourceRef,
    ServiceLink, SyncProblem,
};
use crate::failure::{Failure, Kind};
use crate::platform::{
    ConsumerAccess, NetworkAccess, PlatformClient, ServiceAccess, ServiceClient, ServiceError,
    SignedClient, Tokens,
};
use crate::rules::{registration, resource, tenancy};
use crate::store::{self, Pool};

/// How many stuck grades, and links with grades that cannot be sent, are listed.
const MAX_LISTED: u32 = 1000;

/// Default for the maximum concurrent requests per platform.
pub const CONCURRENCY: u16 = 8;

/// Everything that synchronizations need; cheap to clone.
#[derive(Clone)]
pub struct Synchronizer {
    /// The database.
    pub pool: Pool,
    /// The HTTP client.
    pub client: PlatformClient,
    /// Access tokens.
    pub tokens: Tokens,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// Maximum concurrent requests per platform.
    pub concurrency: u16,
    /// Limits of one run for one platform.
    pub limits: Limits,
}

/// Limits of one run for one platform, and of one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The time from the first request of a run to its last.
    pub time: Duration,
    /// Pages of members.
    pub pages: u32,
    /// Members.
    pub members: u32,
    /// Bytes of pages of members.
    pub bytes: u64,
    /// Members of one list, over all runs that it takes to read it. How many pages it may have is
    /// [`crate::platform::MAX_MEMBER_PAGES`].
    pub list_members: u32,
    /// Bytes of one list, over all runs.
    pub list_bytes: u64,
    /// The first pause before a request is repeated, unless the platform specifies one.
    pub pause: Duration,
    /// How often a run reports which platforms it waits for.
    pub report: Duration,
    /// How long a lease lasts without being renewed.
    pub lease: Duration,
}

impl Limits {
    /// Default time limit of one run for one platform.
    pub const TIME: Duration = Duration::from_secs(300);

    /// The error if the time limit is reached.
    fn out_of_time(&self) -> ServiceError {
        let seconds = u32::try_from(self.time.as_secs()).unwrap_or(u32::MAX);
        let limit = if self.time < Duration::from_secs(1) {
            format!("{}ms", self.time.as_millis())
        } else {
            describe(seconds)
        };
        ServiceError::BudgetExhausted { limit }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Self::TIME,
            pages: 5_000,
            members: 250_000,
            bytes: 250_000_000,
            list_members: 1_000_000,
            list_bytes: 1_000_000_000,
            pause: Duration::from_millis(500),
            report: Duration::from_secs(1),
            lease: Duration::from_secs(30),
        }
    }
}

/// Kind of synchronization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Sending grades.
    Grades,
    /// Reading members.
    Members,
    /// Comparing the subscriptions to notices.
    Notices,
}

impl Work {
    /// The name of a registration's lease.
    fn lease(self, registration_id: i64) -> String {
        format!("{}/{registration_id}", self.name())
    }

    /// The work and the key of the registration that a lease is for; `None` if it is for another
    /// work.
    fn of_lease(name: &str) -> Option<(Self, i64)> {
        let (name, registration_id) = name.split_once('/')?;
        let work = [Self::Grades, Self::Members].into_iter().find(|work| work.name() == name)?;
        Some((work, registration_id.parse().ok()?))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Grades => "grades",
            Self::Members => "members",
            Self::Notices => "notices",
        }
    }
}

impl Synchronizer {
    /// With the default concurrency and limits.
    pub fn new(pool: Pool, client: PlatformClient, clock: Clock, random: Random) -> Self {
        let tokens = Tokens::new(client.clone(), clock, random.clone());
        Self {
            pool,
            client,
            tokens,
            clock,
            random,
            concurrency: CONCURRENCY,
            limits: Limits::default(),
        }
    }

    /// The key of the given registration, of any version of LTI; `None` means all.
    fn registration(&self, slug: Option<&RegistrationRef>) -> Result<Option<i64>, Failure> {
        let find = |read: store::Read<'_>, wanted: &RegistrationRef| {
            let consumer = wanted.slug().map(|slug| read.consumer(&slug)).transpose()?.flatten();
            match consumer {
                Some(consumer) => Ok(consumer.registration),
                None => registration::find(read, wanted),
            }
        };
        let found = slug.map(|slug| self.pool.look_up(|read| find(read, slug))).transpose()?;
        Ok(found.map(|registration| registration.id))
    }

    /// The given resource; `None` means all.
    fn resource(&self, slug: Option<&ResourceRef>) -> Result<Option<Resource>, Failure> {
        slug.map(|slug| self.pool.look_up(|read| resource::find(read, slug))).transpose()
    }

    /// The client for the services of a consumer's link, with the key under which it was launched.
    fn signed(
        &self,
        registration: &Registration,
        link: &ServiceLink,
    ) -> Result<SignedClient, store::Error> {
        let now = self.clock.now();
        let (settings, secrets) = self.pool.look_up(|read| {
            Ok::<_, store::Error>((read.settings()?, read.consumer_secrets(registration.id, now)?))
        })?;
        let access = ConsumerAccess {
            consumer: registration.slug.clone(),
            consumer_key: link.deployment_id.clone(),
            secrets,
            reach: NetworkAccess::for_registration(
                &registration.policy,
                settings.url.is_loopback(),
            ),
        };
        let guard = tenancy::Guard::new(self.pool.clone(), registration.clone());
        let (client, random) = (self.client.clone(), self.random.clone());
        Ok(SignedClient::new(client, access, Arc::new(guard), self.clock, random))
    }

    /// The client for a platform's services; `None` for a draft and for a consumer.
    fn services(&self, registration: &Registration) -> Result<Option<ServiceClient>, Failure> {
        let (settings, key) = self.pool.look_up(|read| {
            Ok::<_, store::Error>((read.settings()?, read.active_signing_key(KeyPurpose::Lti)?))
        })?;
        let access =
            ServiceAccess::for_registration(registration, &key, settings.url.is_loopback());
        let guard = || tenancy::Guard::new(self.pool.clone(), registration.clone());
        Ok(access.map(|access| {
            ServiceClient::new(self.client.clone(), self.tokens.clone(), access, Arc::new(guard()))
        }))
    }
}

/// A platform's error as shown by `sync status`.
fn sync_problem(error: &ServiceError, registration: &Registration) -> SyncProblem {
    SyncProblem {
        code: error.code().to_owned(),
        problem: error.to_string(),
        fix: match registration.protocol {
            Protocol::Lti1p3 => error.fix(&registration.slug).into_owned(),
            Protocol::Lti1p1 | Protocol::Lti2p0 => {
                error.fix_of_consumer(&registration.slug).into_owned()
            }
        },
    }
}

/// Whether a retry may succeed, and the pause that the platform asks for before it. Errors that
/// affect the whole platform are retried, too, because an admin fixes them for all grades at once.
fn retry_delay(error: &ServiceError) -> Option<Option<Duration>> {
    match error {
        ServiceError::Temporary { after, .. } => Some(*after),
        error if error.affects_whole_platform() => Some(None),
        // Admins fix these, too.
        ServiceError::Withheld { .. }
        | ServiceError::Unsigned { .. }
        | ServiceError::Conflict { .. } => Some(None),
        _ => None,
    }
}

/// The host that issues a registration's tokens: registrations that share it tend to fail together.
fn host(registration: &Registration) -> String {
    let url = registration
        .platform
        .as_ref()
        .map(|platform| platform.access_token_url.to_string())
        .unwrap_or_default();
    host_of(&url)
}

fn host_of(url: &str) -> String {
    let parsed = url::Url::parse(url).ok();
    parsed.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| url.to_owned())
}

fn task_failed(error: &tokio::task::JoinError) -> Failure {
    Failure::new(
        Kind::Failed,
        "a synchronization failed",
        error.to_string(),
        "report this as a bug",
    )
}

/// When to retry after the `tries`-th failure: after 30 s, doubling each time up to six hours, but
/// never earlier than the platform asks for; randomized by a quarter, so that retries are spread.
fn next_try(tries: u32, after: Option<Duration>, now: Timestamp, random: &Random) -> Timestamp {
    let seconds = 30_i64.saturating_mul(1 << tries.min(10)).min(6 * 3600);
    let chance = i64::from(random.bytes::<1>()[0]);
    let backoff = SignedDuration::from_millis(seconds * 750 + seconds * 500 * chance / 255);
    let wanted = after.and_then(|after| SignedDuration::try_from(after).ok()).unwrap_or_default();
    now.saturating_add(backoff.max(wanted)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_delay_grows_and_platforms_can_extend_it() {
        let (now, random) =
            ("2026-11-23T17:00:00Z".parse::<Timestamp>().unwrap(), Random::seeded(1));
        for (tries, after, least, most) in [
            (0, None, 22, 38),
            (1, None, 45, 75),
            (3, None, 180, 300),
            (40, None, 16_200, 27_000),
            (0, Some(120), 120, 120),
            (40, Some(1), 16_200, 27_000),
        ] {
            let wait = next_try(tries, after.map(Duration::from_secs), now, &random)
                .duration_since(now)
                .as_secs();
            assert!((least..=most).contains(&wait), "{tries} {after:?}: {wait}");
        }
    }
}

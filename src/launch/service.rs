//! The dependencies of logins and launches.

use std::sync::Arc;

use super::outcome::LaunchError;
use super::sign_in_throttle::SignInThrottle;
use super::tallies::Tallies;
use crate::domain::{Browser, Clock, PlatformDetails, Random, Registration, RequestId};
use crate::platform::Keysets;
use crate::rules::fairness::{Admission, Fairness};
use crate::rules::refusal::Refusal;
use crate::rules::throttle::Throttle;
use crate::store::Pool;
use crate::token::MacKey;
use crate::token::login_state::{RegistrationChange, RegistrationDigest};

/// The dependencies of logins and launches; cheap to clone.
#[derive(Clone)]
pub struct LaunchService {
    /// The database.
    pub pool: Pool,
    /// The platforms' keysets.
    pub keysets: Keysets,
    /// Shares the server among registrations under load.
    pub fairness: Fairness<Party>,
    /// Limits the logins and the launches of each registration, if the admin has set a limit.
    pub launch_rate: Option<Throttle<(Party, Step)>>,
    /// Shares the checks of notices among registrations.
    pub notices: Fairness<i64>,
    /// Limits how many refusals without a platform's signature are stored for each party.
    pub refusals: Throttle<Party>,
    /// Limits how fast passwords can be guessed.
    pub sign_ins: SignInThrottle,
    /// Counts events without rows of their own.
    pub tallies: Tallies,
    /// The key of login states.
    pub state_key: Arc<MacKey>,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
}

/// What a request is counted against: a registration by its key in the database, or all requests
/// without one together.
pub type Party = Option<i64>;

/// The steps of a launch that have separate limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// The platform starts a login.
    Login,
    /// The platform posts an id_token.
    Launch,
}

impl LaunchService {
    /// Admits a login or launch, unless its party has too many in progress.
    pub(super) fn admit(&self, party: Party, step: Step) -> Result<Admission<Party>, LaunchError> {
        if let Some(rate) = &self.launch_rate {
            rate.check(&(party, step)).map_err(LaunchError::TooManyRequests)?;
        }
        self.fairness.enter(party).map_err(LaunchError::TooManyRequests)
    }
}

/// The sender of a request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The ID of the request, which determines the ID of the launch.
    pub request: RequestId,
    /// The browser's family.
    pub browser: Browser,
}

/// A registration that is enabled and complete.
pub(super) struct ReadyRegistration<'r> {
    pub(super) registration: &'r Registration,
    pub(super) platform: &'r PlatformDetails,
}

/// Refuses registrations that are disabled or incomplete.
pub(super) fn require_ready(registration: &Registration) -> Result<ReadyRegistration<'_>, Refusal> {
    match &registration.platform {
        _ if !registration.enabled => Err(Refusal::RegistrationDisabled),
        None => Err(Refusal::RegistrationIncomplete),
        Some(platform) => Ok(ReadyRegistration { registration, platform }),
    }
}

/// Refuses a launch that belongs to earlier details of its registration. Returns whether only the
/// URL of the platform's keyset was changed, so that the launch may still be valid.
pub(super) fn require_unchanged(
    then: &RegistrationDigest,
    now: &ReadyRegistration<'_>,
) -> Result<bool, Refusal> {
    let now = RegistrationDigest::of(now.registration, now.platform);
    let what = match then.change_to(&now) {
        None => return Ok(false),
        Some(RegistrationChange::KeysetUrl) => return Ok(true),
        Some(RegistrationChange::Recreated) => return Err(Refusal::RegistrationRecreated),
        Some(RegistrationChange::Issuer) => "issuer",
        Some(RegistrationChange::ClientId) => "client ID",
        Some(RegistrationChange::Parties) => "issuer and client ID",
    };
    Err(Refusal::RegistrationChanged { what, problem: None })
}

//! Login and launch: one read of the database, the protocol's checks, one write.
//!
//! A login writes nothing ([`start_login`]): its state is authenticated, not stored. A launch
//! ([`accept`]) spends its nonce and stores account, enrolment, course, link, session and log entry
//! in one transaction (`complete`). So every launch that was answered is on disk, and a nonce is
//! spent only once even if several servers run. If the person has to do something first, the launch
//! waits in the database, checked and with its nonce spent, until [`resume`] continues it. A refusal
//! is one value, from which both the log entry and the error page are made.

mod accept;
mod complete;
pub mod fetched_keysets;
mod login;
pub mod platform_storage;
mod record;
mod refuse;
pub mod resume;
pub mod sign_in_throttle;
pub mod tallies;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{
    Browser, Clock, LaunchId, PendingHandle, PlatformDetails, Provisioning, PublicUrl, Random,
    Registration, RequestId, SessionHandle, Settings,
};
use crate::failure::Failure;
use crate::launch::platform_storage::PlatformStorage;
use crate::launch::sign_in_throttle::SignInThrottle;
use crate::launch::tallies::Tallies;
use crate::lti::login::LoginRequest;
use crate::platform::Keysets;
use crate::rules::fairness::{Fairness, Place};
use crate::rules::refusal::Refusal;
use crate::rules::throttle::Throttle;
use crate::store::Pool;
use crate::token::MacKey;

pub use self::accept::accept;
pub use self::login::{refuse_malformed, start_login};

/// What the server needs for logins and launches; cheap to clone.
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
    /// Limits how many refusals without a platform's signature are stored for each party.
    pub refusals: Throttle<Party>,
    /// Limits how fast passwords can be guessed.
    pub sign_ins: SignInThrottle,
    /// Counts what is not stored row by row.
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
    /// Admits a login or launch, unless its party has too many at the moment.
    fn admit(&self, party: Party, step: Step) -> Result<Place<Party>, LaunchError> {
        if let Some(rate) = &self.launch_rate {
            rate.check(&(party, step)).map_err(LaunchError::TooManyRequests)?;
        }
        self.fairness.enter(party).map_err(LaunchError::TooManyRequests)
    }
}

/// The sender of a request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The ID of the request, from which the ID of the launch is made.
    pub request: RequestId,
    /// The browser's family.
    pub browser: Browser,
}

/// A login that was accepted: where the browser goes next, and the cookie that binds it to the
/// login.
pub struct StartedLogin {
    /// The platform's authentication endpoint with the request.
    pub redirect_url: String,
    /// Name of the cookie, one for each login so that tabs do not disturb each other.
    pub cookie_name: String,
    /// Value of the cookie.
    pub cookie_value: String,
    /// How long the cookie is needed, in seconds.
    pub cookie_max_age: i64,
    /// The platform's storage, if it offers one, and the value that binds the browser there.
    pub storage: Option<(PlatformStorage, String)>,
    /// The request, from which the login can be started again in another window.
    pub request: LoginRequest,
    /// The registration that it is for.
    pub registration: Registration,
    /// The tool's settings.
    pub settings: Settings,
}

/// What happens next with a launch whose token passed every check.
pub enum LaunchOutcome {
    /// The session is open.
    Accepted(AcceptedLaunch),
    /// The person has to say which account is theirs.
    ChooseAccount(Box<AccountQuestion>),
    /// The browser sent no cookie and has to show the value in the platform's storage.
    CheckStorage(Box<StorageQuestion>),
}

/// A launch that was accepted and stored.
pub struct AcceptedLaunch {
    /// The launch's ID in the log.
    pub launch_id: LaunchId,
    /// The session's handle in its URL.
    pub handle: SessionHandle,
    /// The session's secret, for the cookie, or for the URL if the browser has no cookies.
    pub secret: String,
    /// Whether the browser has no cookies here.
    pub without_cookies: bool,
    /// Whether the person teaches, and sees navigation around the resource.
    pub with_navigation: bool,
    /// How long the session lasts, in seconds.
    pub lifetime_seconds: u32,
    /// The name of the login's cookie, to be cleared.
    pub spent_cookie: Option<String>,
    /// The tool's URL, which the session's path is appended to.
    pub tool_url: PublicUrl,
}

/// The page that asks a person for their account.
pub struct AccountQuestion {
    /// The handle of the waiting launch.
    pub handle: PendingHandle,
    /// Whether a new account may be created ([`Provisioning::Prompt`]) or not
    /// ([`Provisioning::Existing`]).
    pub mode: Provisioning,
    /// The resource's title; none for content selection.
    pub resource: Option<String>,
    /// The tool's name.
    pub tool: String,
    /// The person's name on the platform.
    pub person: Option<String>,
    /// Who may frame the page.
    pub frame_ancestors: Vec<String>,
    /// The name of the login's cookie, to be cleared.
    pub spent_cookie: Option<String>,
}

/// The page that gets the value from the platform's storage.
pub struct StorageQuestion {
    /// The handle of the waiting launch.
    pub handle: PendingHandle,
    /// Where the platform stores the value.
    pub storage: PlatformStorage,
    /// The tool's settings.
    pub settings: Settings,
    /// Who may frame the page.
    pub frame_ancestors: Vec<String>,
}

/// A login or launch that was refused, for the error page.
pub struct RefusedLaunch {
    /// The launch's ID in the log and on the page.
    pub launch_id: LaunchId,
    /// Why.
    pub refusal: Refusal,
    /// The registration's slug, once it is known.
    pub registration: Option<String>,
    /// Who may frame the page; none if the page must not reveal a registration: then anyone may.
    pub frame_ancestors: Option<Vec<String>>,
    /// The name of the login's cookie, to be cleared, if it is of no further use.
    pub spent_cookie: Option<String>,
}

/// Why a login or launch does not go on.
pub enum LaunchError {
    /// A check failed.
    Refused(Box<RefusedLaunch>),
    /// The registration has too many logins or launches at the moment; how long to wait. These are
    /// not stored in the log, so that a flood cannot fill it.
    TooManyRequests(Duration),
    /// Something failed on our side.
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for LaunchError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// A registration that is enabled and complete.
struct ReadyRegistration<'r> {
    registration: &'r Registration,
    platform: &'r PlatformDetails,
}

/// Refuses registrations that are disabled or incomplete.
fn require_ready(registration: &Registration) -> Result<ReadyRegistration<'_>, Refusal> {
    match &registration.platform {
        _ if !registration.enabled => Err(Refusal::RegistrationDisabled),
        None => Err(Refusal::RegistrationIncomplete),
        Some(platform) => Ok(ReadyRegistration { registration, platform }),
    }
}

//! Login and launch, as the server does them: one look into the database, the protocol's checks,
//! one write.
//!
//! A login writes nothing ([`begin_login`]): its state is authenticated, not stored. A launch
//! ([`accept`]) spends its nonce and stores account, enrolment, course, link, session and log entry
//! in one transaction (`arrive`), so a launch that was answered is on disk, and a nonce is spent
//! once however many servers there are. A launch for which the person has to do something first
//! waits in the database, checked and with its nonce spent, until [`resume`] takes it up again.
//! Whatever is refused becomes one value that is both the log entry and the error page.

mod accept;
mod arrive;
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
pub use self::login::{begin_login, unreadable};

/// What the server needs for logins and launches; cheap to clone.
#[derive(Clone)]
pub struct LaunchService {
    /// The database.
    pub pool: Pool,
    /// The platforms' keysets.
    pub keysets: Keysets,
    /// What share of the server each registration gets under load.
    pub fairness: Fairness<Party>,
    /// How many logins, and how many launches, each registration may have, if the admin caps them.
    pub launch_rate: Option<Throttle<(Party, Step)>>,
    /// How many refusals that no platform has signed are stored for each party.
    pub refusals: Throttle<Party>,
    /// How fast passwords can be guessed.
    pub sign_ins: SignInThrottle,
    /// What is counted and leaves no row.
    pub tallies: Tallies,
    /// The key of login states.
    pub state_key: Arc<MacKey>,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
}

/// For whom a request counts: a registration by its key in the database, or all requests together
/// that belong to none.
pub type Party = Option<i64>;

/// The steps of a launch that are capped each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// The platform starts a login.
    Login,
    /// The platform posts an id_token.
    Launch,
}

impl LaunchService {
    /// Lets a login or launch in, if its party may have another one at this moment.
    fn admit(&self, party: Party, step: Step) -> Result<Place<Party>, NotLaunched> {
        if let Some(rate) = &self.launch_rate {
            rate.check(&(party, step)).map_err(NotLaunched::TooMany)?;
        }
        self.fairness.enter(party).map_err(NotLaunched::TooMany)
    }
}

/// Who asks, before anybody has read what they send.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Names the request, and the launch that it ends.
    pub request: RequestId,
    /// The browser's family.
    pub browser: Browser,
}

/// A login that may go on: where to, and the cookie that binds it to this browser.
pub struct Begun {
    /// The platform's authentication endpoint with the request.
    pub redirect_url: String,
    /// Name of the cookie, one for each login so that tabs do not disturb each other.
    pub cookie_name: String,
    /// Value of the cookie.
    pub cookie_value: String,
    /// How long the cookie is needed, in seconds.
    pub cookie_max_age: i64,
    /// Where the platform offers to bind it to this browser instead, and the value that does it.
    pub storage: Option<(PlatformStorage, String)>,
    /// The request, from which the login can be started again in another window.
    pub request: LoginRequest,
    /// The registration that it is for.
    pub registration: Registration,
    /// The tool's settings.
    pub settings: Settings,
}

/// How a launch goes on whose token passed every check.
pub enum Next {
    /// The person is in.
    Enter(Accepted),
    /// The person has to say which account is theirs.
    ChooseAccount(Box<AccountQuestion>),
    /// The browser has to show what the platform keeps for it, since it sent no cookie.
    ProveBinding(Box<BindingQuestion>),
}

/// A launch that was let in and is on disk.
pub struct Accepted {
    /// Names the launch in the log.
    pub launch_id: LaunchId,
    /// Names the session in the URL.
    pub handle: SessionHandle,
    /// The session's secret, for the cookie, or for the URL where there are no cookies.
    pub secret: String,
    /// Whether the browser has no cookies here.
    pub without_cookies: bool,
    /// Whether the person teaches, and sees navigation around the resource.
    pub with_navigation: bool,
    /// How long the session lasts, in seconds.
    pub lifetime_seconds: u32,
    /// The cookie of the login, which has done its work.
    pub spent_cookie: Option<String>,
    /// The tool's address, below which the session's page is.
    pub tool_url: PublicUrl,
}

/// What a person is asked who has no account yet.
pub struct AccountQuestion {
    /// Names the waiting launch to the page.
    pub handle: PendingHandle,
    /// Whether a new account may be made ([`Provisioning::Prompt`]) or not
    /// ([`Provisioning::Existing`]).
    pub mode: Provisioning,
    /// What the launch is for: the resource's title; none when content is to be selected.
    pub resource: Option<String>,
    /// What the tool calls itself.
    pub tool: String,
    /// What the platform calls the person.
    pub person: Option<String>,
    /// Who may frame the page.
    pub frame_ancestors: Vec<String>,
    /// The cookie of the login, which has done its work.
    pub spent_cookie: Option<String>,
}

/// What a browser is asked that sent no cookie.
pub struct BindingQuestion {
    /// Names the waiting launch to the page.
    pub handle: PendingHandle,
    /// Where the platform keeps the proof.
    pub storage: PlatformStorage,
    /// The tool's settings.
    pub settings: Settings,
    /// Who may frame the page.
    pub frame_ancestors: Vec<String>,
}

/// A login or launch that was refused, as the log keeps it and the page shows it.
pub struct Refused {
    /// Names the launch in the log and on the page.
    pub launch_id: LaunchId,
    /// Why.
    pub refusal: Refusal,
    /// The registration's slug, once it is known.
    pub registration: Option<String>,
    /// Who may frame the page; none where the page must not reveal a registration, and anyone may.
    pub frame_ancestors: Option<Vec<String>>,
    /// The cookie of the login, when there is one that can do no more work.
    pub spent_cookie: Option<String>,
}

/// Why there is no launch.
pub enum NotLaunched {
    /// It was refused, by the rules.
    Refused(Box<Refused>),
    /// The registration has more logins and launches than it may have at the moment; the wait until
    /// there may be another one. Nothing is logged, so that a flood fills no table.
    TooMany(Duration),
    /// Something failed on our side.
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for NotLaunched {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// A platform that is ready for launches.
struct Ready<'r> {
    registration: &'r Registration,
    platform: &'r PlatformDetails,
}

/// A registration that is switched on and complete enough to be talked to.
fn ready(registration: &Registration) -> Result<Ready<'_>, Refusal> {
    match &registration.platform {
        _ if !registration.enabled => Err(Refusal::RegistrationDisabled),
        None => Err(Refusal::RegistrationIncomplete),
        Some(platform) => Ok(Ready { registration, platform }),
    }
}

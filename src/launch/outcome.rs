//! What happens next with a login or launch.

use std::time::Duration;

use super::platform_storage::PlatformStorage;
use crate::domain::{
    LaunchId, Name, PendingHandle, Provisioning, PublicUrl, Registration, SessionHandle, Settings,
    Slug,
};
use crate::failure::Failure;
use crate::lti::login::LoginRequest;
use crate::rules::refusal::Refusal;

/// An accepted login: the URL for the browser, and the cookie that binds it to the login.
pub struct StartedLogin {
    /// The platform's authentication endpoint with the request.
    pub redirect_url: String,
    /// Name of the cookie, one for each login, so that tabs do not interfere with each other.
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
    /// The person has to choose an account.
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
    /// Whether the browser does not send cookies.
    pub without_cookies: bool,
    /// Whether the person teaches, and sees navigation around the resource.
    pub with_navigation: bool,
    /// How long the session lasts, in seconds.
    pub lifetime_seconds: u32,
    /// The name of the login's cookie, to be cleared.
    pub spent_cookie: Option<String>,
    /// The tool's URL, which the session's path is appended to.
    pub tool_url: PublicUrl,
    /// The tool's name.
    pub tool: Name,
    /// Whether it was one of LTI 1.1: no login before it has found out whether the browser stores
    /// cookies in a frame.
    pub without_login: bool,
    /// The origins that may frame pages of the launch.
    pub frame_ancestors: Vec<String>,
}

/// A provider for the account page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedProvider {
    /// Its slug.
    pub slug: Slug,
    /// Its name.
    pub name: Name,
}

/// The page that asks a person for their account.
pub struct AccountQuestion {
    /// The handle of the waiting launch.
    pub handle: PendingHandle,
    /// Whether a new account may be created ([`Provisioning::Prompt`]) or not
    /// ([`Provisioning::Existing`]).
    pub mode: Provisioning,
    /// The resource's name; `None` for content selection.
    pub resource: Option<Name>,
    /// The tool's name.
    pub tool: String,
    /// The person's name on the platform.
    pub person: Option<String>,
    /// The identity providers at which the person can sign in.
    pub providers: Vec<OfferedProvider>,
    /// The origins that may frame the page.
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
    /// The origins that may frame the page.
    pub frame_ancestors: Vec<String>,
}

/// A login or launch that was refused, for the error page.
pub struct RefusedLaunch {
    /// The launch's ID in the log and on the page.
    pub launch_id: LaunchId,
    /// Why.
    pub refusal: Refusal,
    /// The registration's slug, once it is known.
    pub registration: Option<Slug>,
    /// The origins that may frame the page; `None` if anyone may, because the page must not reveal
    /// a registration.
    pub frame_ancestors: Option<Vec<String>>,
    /// The name of the login's cookie, to be cleared, if it is no longer needed.
    pub spent_cookie: Option<String>,
}

/// Why a login or launch does not continue.
pub enum LaunchError {
    /// A check failed.
    Refused(Box<RefusedLaunch>),
    /// The registration has too many logins or launches at the moment; how long to wait. These are
    /// not stored in the log, so that a flood cannot fill it.
    TooManyRequests(Duration),
    /// The tool failed.
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for LaunchError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

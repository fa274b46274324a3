//! What registrations by LTI 2.0 and their changes have in common with the server.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use super::failed::FailedProxy;
use crate::domain::{Clock, Name, Random, Resource, Slug};
use crate::failure::Failure;
use crate::lti::lti_2p0::Profile;
use crate::platform::PlatformClient;
use crate::rules::fairness::Fairness;
use crate::rules::refusal::Refusal;
use crate::store::{Error, Pool};
use crate::token::MacKey;
use crate::token::proxy_token::ProxyTarget;

/// The path of registration URLs, before their token; without one, it accepts only changes.
pub const PATH: &str = "/lti/2p0/register";

/// The path of the URLs with which platforms confirm changes, before their token.
pub const CONFIRM_PATH: &str = "/lti/2p0/confirm";

/// Dependencies of registrations by LTI 2.0; cheap to clone.
#[derive(Clone)]
pub struct ProxyRegistrar {
    /// The database.
    pub pool: Pool,
    /// The key that authenticates tokens.
    pub state_key: Arc<MacKey>,
    /// Sends requests to platforms.
    pub client: PlatformClient,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// The requests in progress, by what their URL is for.
    pub under_way: Fairness<ProxyTarget>,
}

/// What the confirmation page shows.
pub struct ConfirmationRequest {
    /// The name of the consumer that will be added.
    pub name: Name,
    /// What the platform says about itself.
    pub profile: Profile,
    /// The host of its profile.
    pub host: String,
    /// The resources that it will be able to launch.
    pub resources: Vec<Resource>,
    /// The value that the form sends back.
    pub sealed: String,
    /// The platform's origin, which may frame the page, and to which the browser returns.
    pub origin: String,
    /// Whether the consumer exists already.
    pub is_change: bool,
}

/// Where the browser returns to after a confirmation, and what was registered.
pub struct Returned {
    /// The platform's return URL with the status.
    pub url: Url,
    /// The slug of the new consumer; `None` if there is none.
    pub consumer: Option<Slug>,
}

/// Why nothing was registered, if the browser cannot be sent back to the platform.
pub enum NotRegistered {
    /// The token was not created by this tool, or was replaced. The page gives no details.
    UnknownToken,
    /// The URL was used at this time.
    Used(Timestamp),
    /// The URL expired at this time.
    Expired(Timestamp),
    /// Too many requests are using registration URLs; another attempt is possible after this time.
    TooMany(Duration),
    /// The confirmation page is too old, or was not created by this tool.
    ConfirmationExpired,
    /// The platform's signed request is refused, for the same reasons as a launch.
    Refused(Box<Refusal>),
    /// The platform's request or profile cannot be used.
    Failed(Box<FailedProxy>),
    /// The tool failed.
    Internal(Failure),
}

impl From<Failure> for NotRegistered {
    fn from(failure: Failure) -> Self {
        Self::Internal(failure)
    }
}

impl From<Error> for NotRegistered {
    fn from(error: Error) -> Self {
        Self::Internal(error.into())
    }
}

impl From<Refusal> for NotRegistered {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<FailedProxy> for NotRegistered {
    fn from(failed: FailedProxy) -> Self {
        Self::Failed(Box::new(failed))
    }
}

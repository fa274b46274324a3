//! Registration by LTI 2.0, as pure functions. 1EdTech no longer supports it, but Moodle and others
//! still offer it.
//!
//! 1. The platform sends the browser to the tool with a [`RegistrationRequest`].
//! 2. The tool fetches the platform's [`Profile`], which lists its capabilities and services.
//! 3. The tool posts a [`ToolProxy`] to one of these services, signed with
//!    [`super::lti_1p1::oauth1::authorization`] and the request's credentials. It uses only what the
//!    profile offers.
//! 4. A [`Registered`] tool sends the browser back with a [`RegistrationStatus`].
//!
//! A platform that has registered can ask for another tool proxy with a signed [`ChangeRequest`]. The
//! tool posts it with the header [`CONFIRM_URL`], and uses it once the platform has confirmed it
//! there.
//!
//! Launches are those of LTI 1.1 ([`super::lti_1p1::message`]); the consumer key is the GUID of the
//! tool proxy.

mod profile;
mod proxy;
mod registration;

pub use self::profile::{Profile, ProfileProblem, Service, filled};
pub use self::proxy::{
    Parameter, Product, ProxyError, Resource, Secret, ToolProxy, ToolService, WANTED_CAPABILITIES,
    half_secret, shared_secret,
};
pub use self::registration::{
    ChangeRequest, Registered, RegistrationError, RegistrationProblem, RegistrationRequest,
    RegistrationStatus,
};

/// The `Accept` of a profile (LTI 2.0, Tool Consumer Profile).
pub const PROFILE_MEDIA_TYPE: &str = "application/vnd.ims.lti.v2.toolconsumerprofile+json";

/// The `Content-Type` of a tool proxy, by which its service is found (LTI 2.0, Tool Proxy).
pub const PROXY_MEDIA_TYPE: &str = "application/vnd.ims.lti.v2.toolproxy+json";

/// The capability of sharing a secret of which each side chooses a half (LTI 2.1).
pub const SPLIT_SECRET: &str = "OAuth.splitSecret";

/// The message types that ask for another tool proxy in place of the registered one: that of LTI 2.0,
/// and that of LTI 2.1. Platforms offer them as capabilities, too.
pub const CHANGE_REQUESTS: &[&str] = &["ToolProxyReregistrationRequest", "ToolProxyUpdateRequest"];

/// The header of a tool proxy that takes the place of another one: with PUT or POST to this URL, the
/// platform confirms it, and with DELETE, it discards it (LTI 2.0, Re-registration).
pub const CONFIRM_URL: &str = "VND-IMS-CONFIRM-URL";

/// The tool as a product in its tool proxies, which fills parts of service URLs, too.
pub const PRODUCT_CODE: &str = "ltictl";

/// The version in requests and documents.
const VERSION: &str = super::lti_1p1::message::Version::Lti2p0.as_str();

#[cfg(test)]
mod tests;

//! Registration by LTI 2.0: from a registration URL to a consumer, and its changes.
//!
//! Like dynamic registration ([`super::dynamic`]): the tool's own token, or the platform's signature,
//! is checked before any request is sent, an administrator confirms what the platform says of itself,
//! and a URL that can be used once is spent before the tool proxy is sent. All URLs of the platform
//! must have the origin of its profile, so that this server sends nothing, and no browser, elsewhere.
//!
//! - `registration` adds consumers.
//! - `change` registers a consumer again: its platform gets a new tool proxy with a new secret, which
//!   is valid once the platform has confirmed it.

mod change;
mod failed;
mod offer;
mod proxy;
mod registrar;
mod registration;

pub use self::change::{
    ChangeDecision, Decided, SignedRequest, confirm_change, decide, open_change,
};
pub use self::failed::FailedProxy;
pub use self::registrar::{
    CONFIRM_PATH, ConfirmationRequest, NotRegistered, PATH, ProxyRegistrar, Returned,
};
pub use self::registration::{
    confirm, invite, open, registration_url, registration_url_of, revoke,
};

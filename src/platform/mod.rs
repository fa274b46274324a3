//! Requests to platforms.
//!
//! All requests use one [`PlatformClient`], which refuses addresses that platforms must not have,
//! and limits the time and the size of every response. [`Keysets`] caches the platforms' public
//! keys, so that a launch seldom waits for the network. [`Tokens`] caches access tokens, and a
//! [`ServiceClient`] sends grades and reads members with them. A [`ServiceError`] describes a
//! failed request and its fix. [`Providers`] are the identity providers at which people sign in. This
//! module does not use the store: callers supply the URL, the
//! [`NetworkAccess`] and the time.

mod address;
mod certificate;
mod client;
mod fetch_error;
mod keysets;
mod network_access;
mod providers;
mod resolver;
mod service_error;
mod services;
#[cfg(test)]
mod stub;
mod tokens;

pub use self::certificate::expires_at as certificate_expires_at;
pub use self::client::{Fetched, PlatformClient, Posted, Probe};
pub use self::fetch_error::FetchError;
pub use self::keysets::{KeysetFigures, Keysets};
pub use self::network_access::NetworkAccess;
pub use self::providers::{ProviderAccess, ProviderError, Providers};
pub use self::service_error::{ServiceError, TemporaryError, TokenError, platform_message};
pub use self::services::{
    ConsumerAccess, GradeService, ListPosition, MAX_MEMBER_PAGES, MemberPages, MembersPage,
    NoticeHandlers, OutcomeService, ServiceClient, SignedClient, SignedMemberList, TokenGuard,
};
pub use self::tokens::{ServiceAccess, TokenFigures, Tokens};

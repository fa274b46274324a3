//! Outbound: everything that the tool asks of a platform.
//!
//! A request leaves this house through one door, [`PlatformClient`], which refuses addresses that a
//! platform has no business with and bounds the time and the size of every answer. What is built on
//! it lives beside it: [`Keysets`] keeps the platforms' public keys, so that a launch seldom waits
//! for the network; [`Tokens`] keeps access tokens, and a [`ServiceClient`] sends grades and reads
//! members with them, or says by a [`ServiceError`] what is to be done. This floor knows the domain
//! and the protocol; it does not know the store, so anyone who calls brings the URL, the [`Reach`]
//! and the time along.

mod address;
mod certificate;
mod client;
mod fetch_error;
mod keysets;
mod reach;
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
pub use self::reach::Reach;
pub use self::service_error::{ServiceError, Trouble, own_words};
pub use self::services::{
    GradeService, ListPosition, MOST_MEMBER_PAGES, MemberPages, MembersPage, ServiceClient,
    TokenGuard,
};
pub use self::tokens::{ServiceAccess, TokenError, TokenFigures, Tokens};

//! Registration by LTI 2.0 on the platform's side: its form for the tool's registration URL, its profile,
//! the service that accepts tool proxies, and the return of the administrator.
//!
//! What was accepted is launched by [`super::consumer`].

mod choice;
mod drive;
mod endpoint;
mod misbehaviour;
mod pending;
mod profile;
mod read;
mod start;

pub use self::choice::{ChangeChoice, ProxyChoice, ProxyDecision, SecretForm};
pub(super) use self::endpoint::{accept, profile, returned};
pub use self::misbehaviour::{ChangeMisbehaviour, ProxyMisbehaviour};
pub(super) use self::pending::PendingProxies;
pub(super) use self::start::{change, register};

//! The platform as a consumer of LTI 1.1 and 2.0: it launches the tool by signed forms, and its services
//! accept signed requests.
//!
//! Signatures are made and checked by `oauth`, which is not the tool's code, so that an error in one
//! is found by the other. The services themselves are in [`super::services`].

mod choice;
mod drive;
mod fields;
mod item;
mod launch;
mod misbehaviour;
pub(super) mod oauth;
mod page;
pub(super) mod proxy;
mod returned;
mod setup;
pub(super) mod sourcedid;
mod state;

pub use self::choice::{ContentItemChoice, FormLaunch, MemberServices};
pub(super) use self::launch::start;
pub use self::misbehaviour::FormMisbehaviour;
pub use self::oauth::FormSignature;
pub(super) use self::page::{set_tool, show};
pub(super) use self::returned::returned;
pub use self::setup::{ConsumerSetup, FormVersion};
pub(super) use self::state::Consumer;

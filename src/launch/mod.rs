//! Login and launch: one read of the database, the protocol's checks, one write.
//!
//! A login writes nothing ([`start_login`]): its state is authenticated, not stored. A launch
//! ([`accept`]) spends its nonce and stores account, enrolment, course, link, session and log entry
//! in one transaction (`complete`). So every accepted launch is on disk, and a nonce is spent only
//! once even if several servers run. If the person has to do something first, the launch waits in
//! the database, checked and with its nonce spent, until [`resume`] continues it, or
//! [`waiting_launch`](crate::rules::waiting_launch) ends it. A refusal is one value, from which both
//! the log entry and the error page are created.

mod accept;
mod candidates;
mod complete;
pub mod fetched_keysets;
mod login;
mod misplaced;
pub mod notices;
mod outcome;
mod platform_key;
pub mod platform_storage;
pub mod provider;
pub mod providers;
mod record;
mod refuse;
mod resource_access;
pub mod resume;
mod service;
pub mod sign_in_throttle;
mod signed_form;
pub mod tallies;

pub use self::accept::{NONCE_LIFETIME, accept};
pub use self::login::{refuse_malformed, start_login};
pub use self::misplaced::{UrlParts, refuse_misplaced};
pub use self::outcome::{
    AcceptedLaunch, AccountQuestion, LaunchError, LaunchOutcome, RefusedLaunch, StartedLogin,
    StorageQuestion,
};
pub use self::service::{Caller, LaunchService, Party, Step};
pub use self::signed_form::{SignedForm, accept_signed_form};

//! Top floor: the test platform, a learning platform in miniature.
//!
//! It plays the LMS for `ltictl sandbox`, `ltictl demo` and the tests: it has an issuer, keys,
//! people and links, starts logins, answers authentication requests, gives access tokens, keeps a
//! grade book, lists its members, and misbehaves to order. It checks what Moodle checks and sends
//! what Moodle sends, so that a tool which works here has met the real thing. Nothing is kept: a
//! stopped sandbox leaves no trace, and the client ID and deployment ID are the same at the next
//! start, so a registration made once keeps working.
//!
//! - [`Sandbox::start`] runs the server; [`LaunchChoice`] says what to launch, [`Misbehaviour`],
//!   [`Variation`] and [`KeysetVariant`] what is to be different.
//! - [`DeepLinkingChoice`] makes a launch a content selection; what the tool answers is checked as
//!   an LMS checks it and becomes [`ContentItem`]s, which can be launched.
//! - [`ServiceOptions`], [`Fault`], [`Member`] and [`ServiceLog`] are about grades and members: how
//!   the services behave, what goes wrong, who is in a course, what was sent.
//! - [`browser::Browser`] is the person's browser, for scripts and tests: [`Sandbox::launch`] goes
//!   through a whole launch with it.
//!
//! Apart from a test, nothing here uses the rest of the crate, so it can test any other tool as
//! well. `server` runs the platform and `router` lists its endpoints; `platform` holds what they
//! share.

mod auth;
mod bad_choice;
pub mod browser;
mod choice;
mod claims;
mod connection;
mod content;
mod deep_linking;
mod drive;
mod fields;
mod jwt;
mod keys;
mod keyset;
mod keyset_variant;
mod launch;
mod login_request;
mod loopback;
mod migration;
mod misbehaviour;
mod options;
mod page;
mod payload;
mod platform;
mod registration;
mod router;
mod scene;
mod school;
mod server;
mod services;
mod storage;
mod storage_page;
mod token;
mod tool;
mod web;
mod words;

#[cfg(test)]
mod tests;

pub use self::bad_choice::BadChoice;
pub use self::choice::LaunchChoice;
pub use self::content::{ContentItem, LineItem};
pub use self::deep_linking::DeepLinkingChoice;
pub use self::keys::generate_signing_key;
pub use self::keyset_variant::KeysetVariant;
pub use self::migration::{MigrationChoice, MigrationSign};
pub use self::misbehaviour::{Misbehaviour, Variation};
pub use self::options::Options;
pub use self::registration::{Manner, RegistrationChoice, Trouble};
pub use self::school::{Course, Link, Role, User};
pub use self::server::Sandbox;
pub use self::services::{
    AcceptedScore, Endpoint, Fault, FaultKind, Grade, GradeColumn, LinkStyle, Member,
    MemberDetails, MemberStatus, RoleForm, ServiceCall, ServiceLog, ServiceOptions,
};
pub use self::storage::Storage;
pub use self::tool::{CLIENT_ID, DEPLOYMENT_ID, ToolSetup};
pub use self::words::UnknownWord;

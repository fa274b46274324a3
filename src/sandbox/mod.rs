//! The test platform, a small learning platform.
//!
//! It is the LMS of `ltictl sandbox`, `ltictl demo` and the tests: it has an issuer, keys, people
//! and links, starts logins, responds to authentication requests, issues access tokens, has a grade
//! book and lists of members, and misbehaves on request. It checks what Moodle checks and sends
//! what Moodle sends, so a tool that works with it should work with Moodle. Nothing is stored, but
//! the client ID and deployment ID are the same at every start, so a registration keeps working.
//!
//! - [`Sandbox::start`] runs the server; [`LaunchChoice`] describes a launch, and [`Misbehaviour`],
//!   [`Variation`] and [`KeysetVariant`] describe how it differs from a good one.
//! - [`DeepLinkingChoice`] turns a launch into a content selection; the tool's response is checked
//!   like in an LMS and becomes [`ContentItem`]s, which can be launched.
//! - [`FormLaunch`] and [`FormMisbehaviour`] are the same for LTI 1.1, with a [`ConsumerSetup`] instead
//!   of keys; [`ContentItemChoice`] is its content selection.
//! - [`ProxyChoice`] and [`ProxyMisbehaviour`] are for registrations by LTI 2.0, after which launches are
//!   those of LTI 1.1 with what the tool proxy enables. [`ChangeChoice`] registers the tool again.
//! - [`ServiceOptions`], [`Fault`], [`Member`] and [`ServiceLog`] are for grades and members: options
//!   of the services, injected faults, the members of a course, and what was sent.
//! - [`NoticeOptions`], [`NoticeChoice`] and [`NoticeSwitch`] are for notices, which the platform sends
//!   to the tool's server.
//! - [`browser::Browser`] is the user's browser, for scripts and tests: [`Sandbox::launch`] performs
//!   a complete launch with it.
//!
//! Except for a test, nothing here uses the rest of the crate, so it can test any other tool, too.
//! `server` runs the platform, and `router` lists its endpoints; `platform` is their shared state.

mod auth;
mod bad_choice;
pub mod browser;
mod choice;
mod claims;
mod connection;
mod consumer;
mod content;
mod course_copy;
mod course_history;
mod deep_linking;
mod drive;
mod entries;
mod fields;
mod jwt;
mod keys;
mod keyset;
mod keyset_variant;
mod launch;
mod launch_context;
mod login_request;
mod loopback;
mod migration;
mod misbehaviour;
mod notices;
mod options;
mod page;
mod payload;
mod platform;
mod registration;
mod router;
mod school;
mod selected_page;
mod server;
mod services;
mod storage;
mod storage_page;
mod token;
mod tool;
mod tool_proxy;
mod web;
mod words;

#[cfg(test)]
mod tests;

pub use self::bad_choice::BadChoice;
pub use self::choice::LaunchChoice;
pub use self::consumer::{
    ConsumerSetup, ContentItemChoice, FormLaunch, FormMisbehaviour, FormSignature, FormVersion,
    MemberServices,
};
pub use self::content::{ContentItem, LineItem};
pub use self::course_copy::CopiedCourse;
pub use self::course_history::HistoryManner;
pub use self::deep_linking::DeepLinkingChoice;
pub use self::keys::generate_signing_key;
pub use self::keyset_variant::KeysetVariant;
pub use self::migration::{MigrationChoice, MigrationSign};
pub use self::misbehaviour::{Misbehaviour, Variation};
pub use self::notices::{CONTEXT_COPY, HELLO_WORLD, NoticeChoice, NoticeOptions, NoticeSwitch};
pub use self::options::Options;
pub use self::registration::{LmsBehaviour, RegistrationChoice, RegistrationFault};
pub use self::school::{Course, Link, Role, User};
pub use self::server::Sandbox;
pub use self::services::{
    AcceptedScore, Endpoint, Fault, FaultKind, Grade, GradeColumn, LinkStyle, Member,
    MemberDetails, MemberStatus, RoleForm, ServiceCall, ServiceLog, ServiceOptions,
    UnfinishedScores,
};
pub use self::storage::Storage;
pub use self::tool::{CLIENT_ID, DEPLOYMENT_ID, ToolSetup};
pub use self::tool_proxy::{
    ChangeChoice, ChangeMisbehaviour, ProxyChoice, ProxyDecision, ProxyMisbehaviour, SecretForm,
};
pub use self::words::UnknownWord;

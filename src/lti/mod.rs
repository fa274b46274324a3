//! The LTI protocol for tools, as pure functions: bytes and a clock in, values or a [`Refusal`] out.
//! No I/O, no store, no async, and nothing specific to this product.
//!
//! This is how a tool validates a launch:
//!
//! ```
#![doc = include_str!("example.rs")]
//! ```
//!
//! The tool itself compares `state` with the browser's login and stores used nonces.
//!
//! - Before all launches: [`dynamic_registration`].
//! - A launch: [`login`] ([`message`] recognizes one that arrives at the wrong URL), then [`id_token`] with an [`algorithm`] and a key from a [`keyset`]. Its
//!   [`claims`] and [`roles`] describe the person and the launch; [`migration`] finds users of LTI
//!   1.1, and [`course_history`] from where the course was copied.
//! - Content selection: [`deep_linking`].
//! - Services: a [`client_assertion`] requests an [`access_token`] with some [`scope`]s. With it,
//!   [`grade_service`] and [`line_item`] access the grade book, and [`members`] the members of a
//!   course, page by page with a [`link_header`].
//! - Notices of a platform: [`notice`], and the service with which a tool subscribes to them.
//! - The tool's own keys: a [`private_key`] signs a [`jws`].
//! - Sign-in at an identity provider: [`relying_party`], with the same checks of an ID token.
//! - Platforms that have not migrated to LTI 1.3: [`lti_1p1`] and [`lti_2p0`].
//! - Apps that sign people in by their launch: [`openid`].

#![warn(missing_docs)]

pub mod access_token;
pub mod algorithm;
mod authority;
pub mod claims;
pub mod client_assertion;
pub mod course_history;
pub mod deep_linking;
pub mod dynamic_registration;
pub mod grade_service;
pub mod id_token;
mod json_problem;
pub mod jws;
pub mod keyset;
pub mod line_item;
pub mod link_header;
pub mod login;
pub mod lti_1p1;
pub mod lti_2p0;
pub mod members;
pub mod message;
pub mod migration;
pub mod notice;
pub mod openid;
pub mod private_key;
pub mod refusal;
pub mod relying_party;
pub mod roles;
pub mod scope;
mod service_url;
mod tolerant;

#[cfg(test)]
pub(crate) mod test_support;

pub use self::json_problem::json_problem;
pub use self::refusal::{Actor, Refusal};

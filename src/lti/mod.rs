//! Ground floor: what we speak.
//!
//! The LTI 1.3 protocol as pure functions: bytes and a clock in, values or a [`Refusal`] out. No
//! I/O, no store, no async.
//!
//! A launch passes through these rooms in order: [`login`] reads the platform's request and writes
//! ours, [`id_token`] checks the answer with an [`algorithm`] and a key from a [`keyset`] and hands
//! out [`claims`] and a [`roles::Role`]. Whatever fails on the way is a [`Refusal`]. A launch that asks for
//! content instead of showing some is answered by [`deep_linking`]; [`migration`] tells whether a
//! user is known from LTI 1.1. With a [`client_assertion`] the tool asks a platform for an access
//! token. The tool's own keys are [`private_key`]s; [`jws`] signs with them.
//!
//! Before all launches, [`dynamic_registration`] introduces the tool to a platform.
//!
//! Between launches the tool asks the platform: a [`client_assertion`] for an [`access_token`] with
//! some [`scope`]s, with which [`grade_service`] fills a [`line_item`] and [`members`] come page by
//! page along a [`link_header`].

pub mod access_token;
pub mod algorithm;
mod authority;
pub mod claims;
pub mod client_assertion;
pub mod deep_linking;
pub mod dynamic_registration;
pub mod grade_service;
pub mod id_token;
pub mod jws;
pub mod keyset;
pub mod line_item;
pub mod link_header;
pub mod login;
pub mod members;
pub mod migration;
pub mod private_key;
pub mod refusal;
pub mod roles;
pub mod scope;
mod service_url;
mod tolerant;

#[cfg(test)]
pub(crate) mod test_support;

pub use self::refusal::{Actor, Refusal};

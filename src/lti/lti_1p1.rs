//! LTI 1.1 for tools, as pure functions. 1EdTech no longer supports it, but platforms still have
//! links that use it. LTI 2.0 ([`super::lti_2p0`]) launches in the same way.
//!
//! Platform and tool share a consumer key and a secret, and sign with OAuth 1.0 ([`oauth1`]).
//!
//! - An administrator can import a [`cartridge`] into the platform instead of filling in its form.
//! - A launch, or a request to select content, is a signed form; [`message`] reads it after its
//!   signature was verified. [`content_item`] is the response to the latter.
//! - Services: [`outcomes`] sends grades, and [`members`] lists the members of a course.

pub mod cartridge;
pub mod content_item;
pub(super) mod excerpt;
pub mod members;
pub mod message;
pub mod oauth1;
pub mod outcomes;
mod xml;

pub use self::xml::XmlProblem;

#[cfg(test)]
pub(crate) mod test_support;

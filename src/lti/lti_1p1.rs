//! LTI 1.1 for tools, as pure functions. 1EdTech no longer supports it, but platforms still have
//! links of it.
//!
//! Platform and tool share a consumer key and a secret. Launches, and requests to the platform's
//! services, are signed with OAuth 1.0 ([`oauth1`]).

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

//! OAuth 1.0 signatures without tokens (RFC 5849), as LTI 1.1 and 2.0 use them.
//!
//! Names and values are octets: what is signed is what was sent, and not what it means as text. A
//! received [`Message`] is read, its consumer key looked up by the caller, and then
//! [`Message::verify`] returns the [`Verified`] parameters. The caller finally stores the nonce, so
//! that only someone with the secret can fill that store.

mod encoding;
mod explanation;
mod outgoing;
mod received;
mod signature;

pub(in crate::lti) use self::encoding::encode;
pub use self::encoding::{Pairs, parse_authorization, parse_form};
pub use self::explanation::{Difference, Explanation, Matching, explain_mismatch};
pub use self::outgoing::{Credentials, authorization, sign_form};
pub(super) use self::received::has_one_meaning;
pub use self::received::{MAX_AGE_SECONDS, MAX_FIELD_CHARACTERS, Message, Rejection, Verified};
pub use self::signature::{Method, UrlUnusable, base_string, base_url, body_hash, signing_key};

#[cfg(test)]
mod tests;

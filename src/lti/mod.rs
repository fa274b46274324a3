//! The LTI protocol for tools, as pure functions: bytes and a clock in, values or a [`Refusal`] out.
//! No I/O, no store, no async, and nothing specific to this product.
//!
//! This is how a tool validates a launch:
//!
//! ```
//! use ltictl::lti::Refusal;
//! use ltictl::lti::id_token::{self, Expectation, Verified};
//! use ltictl::lti::keyset::Keyset;
//! use ltictl::lti::login::AuthenticationResponse;
//!
//! fn validate(
//!     form: Vec<(String, String)>,
//!     expected: &Expectation<'_>, // from the registration and the login
//!     keyset: &Keyset,            // from the platform's keyset URL
//!     now_seconds: i64,
//! ) -> Result<Verified, Refusal> {
//!     let bad = |problem: &str| Refusal::TokenMalformed { problem: problem.to_owned() };
//!     let response = AuthenticationResponse::from_parameters(form)?;
//!     let token = id_token::parse(response.id_token.as_deref().unwrap_or_default())?;
//!     let kid = token.check_parties(expected)?;
//!     let keys = keyset.find(kid).ok_or_else(|| bad("no such key"))?.map_err(bad)?;
//!     token.verify(expected, keys, now_seconds).map_err(|rejected| rejected.refusal)
//! }
//! # use ltictl::lti::{jws, keyset, login::Fingerprint, private_key::PrivateKey};
//! # let pair = PrivateKey::generate();
//! # let keys = keyset::public_keyset(vec![keyset::public_jwk("1", &pair.modulus, &pair.exponent)]);
//! # let keyset = Keyset::parse(keys.to_string().as_bytes()).unwrap();
//! # let claim = |name: &str| format!("https://purl.imsglobal.org/spec/lti/claim/{name}");
//! # let target = "https://tool.example/launch";
//! # let claims = serde_json::json!({
//! #     "iss": "https://lms.example", "aud": "client", "sub": "4", "nonce": "n",
//! #     "iat": 1000, "exp": 1060,
//! #     claim("version"): "1.3.0",
//! #     claim("message_type"): "LtiResourceLinkRequest",
//! #     claim("deployment_id"): "7",
//! #     claim("target_link_uri"): target,
//! #     claim("roles"): [],
//! #     claim("resource_link"): { "id": "1" },
//! # });
//! # let token = jws::sign("JWT", &claims, "1", &pair.pkcs8_der).unwrap();
//! # let expected = Expectation {
//! #     issuer: "https://lms.example",
//! #     client_id: "client",
//! #     algorithms: &["RS256"],
//! #     nonce: "n",
//! #     target_link_uri: Fingerprint::of(target),
//! #     deployment_id: None,
//! #     deployment_known: true,
//! #     tool_origin: "https://tool.example",
//! #     leeway_seconds: 60,
//! #     staff_roles: &["Instructor"],
//! #     allow_anonymous: false,
//! #     message_types: &["LtiResourceLinkRequest"],
//! #     keyset_url: "https://lms.example/keys",
//! # };
//! # let form = |token: &str| vec![("id_token".to_owned(), token.to_owned())];
//! # let verified = validate(form(&token), &expected, &keyset, 1000).unwrap();
//! # assert_eq!(verified.claims.sub(), Some("4"));
//! # assert_eq!(
//! #     validate(form(&token), &expected, &keyset, 2000).unwrap_err().code(),
//! #     "token_expired"
//! # );
//! ```
//!
//! The tool itself compares `state` with the browser's login and stores used nonces.
//!
//! - Before all launches: [`dynamic_registration`].
//! - A launch: [`login`] ([`message`] recognizes one that arrives at the wrong URL), then [`id_token`] with an [`algorithm`] and a key from a [`keyset`]. Its
//!   [`claims`] and [`roles`] describe the person and the launch; [`migration`] finds users of LTI
//!   1.1.
//! - Content selection: [`deep_linking`].
//! - Services: a [`client_assertion`] requests an [`access_token`] with some [`scope`]s. With it,
//!   [`grade_service`] and [`line_item`] access the grade book, and [`members`] the members of a
//!   course, page by page with a [`link_header`].
//! - The tool's own keys: a [`private_key`] signs a [`jws`].
//! - Platforms that have not migrated to LTI 1.3: [`lti_1p1`] and [`lti_2p0`].

#![warn(missing_docs)]

pub mod access_token;
pub mod algorithm;
mod authority;
pub mod claims;
pub mod client_assertion;
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
pub mod private_key;
pub mod refusal;
pub mod roles;
pub mod scope;
mod service_url;
mod tolerant;

#[cfg(test)]
pub(crate) mod test_support;

pub use self::json_problem::json_problem;
pub use self::refusal::{Actor, Refusal};

//! The protocol of an OpenID provider (OpenID Connect Core 1.0, abbreviated Core below): what an app
//! sends to sign a person in, and what it gets.
//!
//! - [`authorization`]: the request that the app sends through the browser, and the redirect back
//! - [`pkce`]: binds the code to the app's own request (RFC 7636)
//! - [`client_authentication`]: who sends a request to the token endpoint
//! - [`scope`]: what the app asks for
//! - [`metadata`]: the discovery document (OpenID Connect Discovery 1.0)
//! - [`logout`]: the request that ends a session (OpenID Connect RP-Initiated Logout 1.0)
//!
//! Apps are called clients, as in these specifications.

pub mod authorization;
pub mod client_authentication;
pub mod logout;
pub mod metadata;
pub mod parameters;
pub mod pkce;
pub mod scope;

//! The values that this tool creates for itself and its apps: sealed with a [`MacKey`] or signed
//! with the tool's signing key, in formats of its own.
//!
//! Pure functions, like [`crate::lti`]: bytes and a clock in, values out. None of these values is
//! stored. A value sealed for one purpose is never accepted for another.
//!
//! - [`login_state`]: the `state` of a login, and what binds it to the browser
//! - [`launch_token`]: describes a launch to an app
//! - [`app_key`]: authenticates an app's server
//! - [`invitation`]: the token in a registration URL
//! - [`confirmation`]: the form value of the page that confirms a dynamic registration
//! - [`app_entry`]: the ticket and the cookie with which a session reaches a web app behind a proxy,
//!   or signs in to an app by OpenID Connect
//! - [`openid`]: the codes and access tokens of apps that sign people in by OpenID Connect
//! - [`provider_sign_in`]: a sign-in at an identity provider, between browser and provider

pub mod app_entry;
pub mod app_key;
pub mod confirmation;
pub mod invitation;
pub mod launch_token;
pub mod login_state;
mod mac;
pub mod openid;
pub mod provider_sign_in;
pub mod proxy_token;
mod sealed;

pub use self::mac::MacKey;

//! The values that this tool makes for itself and its apps: sealed with a [`MacKey`] or signed with
//! the tool's signing key, and in formats of our own.
//!
//! Pure functions, like [`crate::lti`]: bytes and a clock in, values out. None of these values is
//! stored. A value sealed for one purpose is never accepted for another.
//!
//! - [`login_state`]: the `state` of a login, and what binds it to the browser
//! - [`launch_token`]: tells an app who launched what
//! - [`app_key`]: authenticates an app's server
//! - [`invitation`]: the token in a registration URL
//! - [`confirmation`]: the form value of the page that confirms a dynamic registration

pub mod app_key;
pub mod confirmation;
pub mod invitation;
pub mod launch_token;
pub mod login_state;
mod mac;

pub use self::mac::MacKey;

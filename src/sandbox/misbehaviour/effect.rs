//! What a misbehaviour changes, and what tokens are created from.

use serde_json::Value;

use super::super::claims::Object;
use super::super::keys::{CurveKey, Scheme, SigningKey};
use super::super::launch_context::LaunchContext;
use super::super::login_request::LoginRequest;

/// The fields of the form that is posted to the tool's redirect URI.
pub(super) type ResponseFields = Vec<(String, String)>;

/// The part of a launch that a misbehaviour changes.
pub(super) enum Effect {
    /// The login request.
    Login(fn(&mut LoginRequest, &LaunchContext)),
    /// The claims before they are signed.
    Claims(fn(&mut Object, &LaunchContext)),
    /// The header before it is signed.
    Header(fn(&mut Object, &Material<'_>)),
    /// How header and claims become a token.
    Token(fn(&Material<'_>, Object, Object) -> String),
    /// The deployment, in the claim and in the login request; the latter can only contain text.
    Deployment(fn(&LaunchContext) -> Value),
    /// The target link URI, in the claim and in the login request.
    Target(fn(&LaunchContext) -> String),
    /// The form with the token.
    Response(fn(&mut ResponseFields)),
}

/// Keys and URLs for creating a token.
pub(in crate::sandbox) struct Material<'a> {
    /// The current key, which is published.
    pub(in crate::sandbox) key: &'a SigningKey,
    /// Creates the published P-256 key, or returns it.
    pub(in crate::sandbox) on_curve: &'a dyn Fn() -> &'a CurveKey,
    /// Creates the unpublished key, or returns it.
    pub(in crate::sandbox) attacker: &'a dyn Fn() -> &'a SigningKey,
    /// The launch.
    pub(in crate::sandbox) scene: &'a LaunchContext,
}

impl Material<'_> {
    /// Signs header and claims, unchanged, with the current key.
    pub(in crate::sandbox) fn seal(&self, header: &Object, claims: &Object) -> String {
        self.key.seal(Scheme::Rs256, &json(header), &json(claims))
    }
}

/// An object as JSON text.
pub(super) fn json(object: &Object) -> Vec<u8> {
    serde_json::to_vec(object).expect("an object with text for names can be written")
}

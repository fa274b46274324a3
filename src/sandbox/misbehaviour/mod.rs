//! What can differ from a good launch.
//!
//! Two lists, both offered by the page and by `POST /launch`: a [`Variation`] is one of the
//! certification suite's valid launches, which every tool must accept in the teacher's and in the
//! student's form; a [`Misbehaviour`] is something that the platform does wrong, or unusually.
//! Almost all misbehaviours must be refused; the few that are allowed after all say so by
//! [`Misbehaviour::is_valid`]. Each is one line in a table ([`cases`]) that says what it changes:
//! the login request, the claims, the header, the finished token or the form that brings it to the
//! tool.

mod cases;
mod tokens;
mod variation;

use serde_json::Value;

use super::keys::{CurveKey, Scheme, SigningKey};
use super::payload::{LoginRequest, Object, Scene, claim};

pub use self::cases::Misbehaviour;
pub use self::variation::Variation;

/// The fields of the form that goes to the tool's redirect URI.
pub(super) type Answer = Vec<(String, String)>;

/// What a misbehaviour changes.
enum Effect {
    /// The login request.
    Login(fn(&mut LoginRequest, &Scene)),
    /// The claims before they are signed.
    Claims(fn(&mut Object, &Scene)),
    /// The header before it is signed.
    Header(fn(&mut Object, &Material<'_>)),
    /// How header and claims become a token.
    Token(fn(&Material<'_>, Object, Object) -> String),
    /// The deployment, in the claim and in the login request alike; the login request can only
    /// carry text.
    Deployment(fn(&Scene) -> Value),
    /// The target link URI, in the claim and in the login request alike.
    Target(fn(&Scene) -> String),
    /// The form that carries the token.
    Answer(fn(&mut Answer)),
}

/// Keys and addresses to make a token with.
pub(super) struct Material<'a> {
    /// The published key that is in use.
    pub(super) key: &'a SigningKey,
    /// Makes the published key on a curve, or gets it.
    pub(super) on_curve: &'a dyn Fn() -> &'a CurveKey,
    /// Makes the unpublished key, or gets it.
    pub(super) attacker: &'a dyn Fn() -> &'a SigningKey,
    /// The launch itself.
    pub(super) scene: &'a Scene,
}

impl Material<'_> {
    /// Signs header and claims as they are with the key in use.
    pub(super) fn seal(&self, header: &Object, claims: &Object) -> String {
        self.key.seal(Scheme::Rs256, &json(header), &json(claims))
    }
}

/// An object as JSON text.
fn json(object: &Object) -> Vec<u8> {
    serde_json::to_vec(object).expect("an object with text for names can be written")
}

impl Misbehaviour {
    /// Changes the login request.
    pub(super) fn change_login(self, login: &mut LoginRequest, scene: &Scene) {
        match self.effect() {
            Effect::Login(change) => change(login, scene),
            Effect::Target(target) => login.set("target_link_uri", target(scene)),
            Effect::Deployment(deployment) => match deployment(scene) {
                Value::String(text) => login.set("lti_deployment_id", text),
                _ => login.remove("lti_deployment_id"),
            },
            _ => {}
        }
    }

    /// Changes the claims.
    pub(super) fn change_claims(self, claims: &mut Object, scene: &Scene) {
        match self.effect() {
            Effect::Claims(change) => change(claims, scene),
            Effect::Target(target) => {
                drop(claims.insert(claim("target_link_uri"), target(scene).into()))
            }
            Effect::Deployment(deployment) => match deployment(scene) {
                Value::Null => drop(claims.remove(&claim("deployment_id"))),
                value => drop(claims.insert(claim("deployment_id"), value)),
            },
            _ => {}
        }
    }

    /// Changes the header.
    pub(super) fn change_header(self, header: &mut Object, material: &Material<'_>) {
        if let Effect::Header(change) = self.effect() {
            change(header, material);
        }
    }

    /// Makes the token out of header and claims.
    pub(super) fn seal(self, material: &Material<'_>, header: Object, claims: Object) -> String {
        match self.effect() {
            Effect::Token(seal) => seal(material, header, claims),
            _ => material.seal(&header, &claims),
        }
    }

    /// Changes the form that carries the token.
    pub(super) fn change_answer(self, answer: &mut Answer) {
        if let Effect::Answer(change) = self.effect() {
            change(answer);
        }
    }
}

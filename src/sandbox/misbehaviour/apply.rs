//! Applies misbehaviours to launches.

use serde_json::Value;

use super::super::claims::{Object, claim};
use super::super::launch_context::LaunchContext;
use super::super::login_request::LoginRequest;
use super::cases::Misbehaviour;
use super::effect::{Effect, Material, ResponseFields};

impl Misbehaviour {
    /// Changes the login request.
    pub(in crate::sandbox) fn change_login(self, login: &mut LoginRequest, scene: &LaunchContext) {
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
    pub(in crate::sandbox) fn change_claims(self, claims: &mut Object, scene: &LaunchContext) {
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
    pub(in crate::sandbox) fn change_header(self, header: &mut Object, material: &Material<'_>) {
        if let Effect::Header(change) = self.effect() {
            change(header, material);
        }
    }

    /// Signs header and claims.
    pub(in crate::sandbox) fn seal(
        self,
        material: &Material<'_>,
        header: Object,
        claims: Object,
    ) -> String {
        match self.effect() {
            Effect::Token(seal) => seal(material, header, claims),
            _ => material.seal(&header, &claims),
        }
    }

    /// Changes the form with the token.
    pub(in crate::sandbox) fn change_response(self, response: &mut ResponseFields) {
        if let Effect::Response(change) = self.effect() {
            change(response);
        }
    }
}

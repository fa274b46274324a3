//! `POST /lti-2p0/register`: sends the administrator's browser to the tool's registration URL.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::choice::ProxyChoice;
use super::misbehaviour::{Effect, ProxyMisbehaviour, RETURN_URL};
use super::profile::profile_path;
use crate::sandbox::fields::{Fields, field};
use crate::sandbox::platform::Platform;
use crate::sandbox::web::{is_web_url, message, own_form, submit};

/// Responds with the request as a form that submits itself.
pub(in crate::sandbox) async fn register(
    State(platform): State<Arc<Platform>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let refuse =
        |status, why: String| message(&platform, status, "The tool was not registered", &[why]);
    let form = match own_form(&platform.issuer, &headers, &body) {
        Ok(form) => form,
        Err(why) => return refuse(StatusCode::FORBIDDEN, why.to_owned()),
    };
    let url = field(&form, "registration_url").unwrap_or_default().trim();
    if !is_web_url(url) {
        let why = "The registration URL must be an absolute http or https URL.";
        return refuse(StatusCode::BAD_REQUEST, why.to_owned());
    }
    match ProxyChoice::from_form(&form) {
        Ok(choice) => submit(&platform, false, url, &request(&platform, choice)),
        Err(error) => refuse(StatusCode::BAD_REQUEST, error.to_string()),
    }
}

/// The request to register (LTI 2.0, Registration). It is not signed.
fn request(platform: &Platform, choice: ProxyChoice) -> Fields {
    let (id, password) = (platform.fresh_identifier(), platform.fresh_identifier());
    platform.state().proxies.add(id.clone(), choice, password.clone());
    let mut fields: Fields = [
        ("lti_message_type", "ToolProxyRegistrationRequest".to_owned()),
        ("lti_version", "LTI-2p0".to_owned()),
        ("tc_profile_url", platform.endpoint(&profile_path(&id))),
        // A parameter of its own, which the tool keeps.
        (RETURN_URL, platform.endpoint(&format!("/lti-2p0/return?for={id}"))),
        ("reg_key", id),
        ("reg_password", password),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    if let Some(Effect::Request(change)) = choice.misbehaviour.map(ProxyMisbehaviour::effect) {
        change(&mut fields);
    }
    fields
}

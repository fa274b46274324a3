//! `POST /lti-2p0/register` and `POST /lti-2p0/change`: send the administrator's browser to the tool's
//! registration URL.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::choice::{ChangeChoice, ProxyChoice};
use super::misbehaviour::{
    CHANGE, ChangeMisbehaviour, Effect, ProxyMisbehaviour, RETURN_URL, Signature,
};
use super::pending::PendingProxy;
use super::profile::profile_path;
use crate::sandbox::consumer::FormVersion;
use crate::sandbox::consumer::oauth::{FormSignature, Signing};
use crate::sandbox::fields::{Fields, field};
use crate::sandbox::platform::Platform;
use crate::sandbox::web::{is_web_url, message, own_form, submit};

/// Responds with the request as a form that submits itself.
pub(in crate::sandbox) async fn register(
    State(platform): State<Arc<Platform>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let refuse = |status, why: String| refused(&platform, status, why);
    let form = match own_form(&platform.issuer, &headers, &body) {
        Ok(form) => form,
        Err(why) => return refuse(StatusCode::FORBIDDEN, why.to_owned()),
    };
    let url = field(&form, "registration_url").unwrap_or_default().trim();
    if !is_web_url(url) {
        return refuse(StatusCode::BAD_REQUEST, URL_UNUSABLE.to_owned());
    }
    match ProxyChoice::from_form(&form) {
        Ok(choice) => submit(&platform, false, url, &request(&platform, url, choice)),
        Err(error) => refuse(StatusCode::BAD_REQUEST, error.to_string()),
    }
}

fn refused(platform: &Platform, status: StatusCode, why: String) -> Response {
    message(platform, status, "The tool was not registered", &[why])
}

const URL_UNUSABLE: &str = "The registration URL must be an absolute http or https URL.";

/// `POST /lti-2p0/change`: sends the administrator's browser to the tool to register it again.
pub(in crate::sandbox) async fn change(
    State(platform): State<Arc<Platform>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let refuse = |status, why: String| refused(&platform, status, why);
    let form = match own_form(&platform.issuer, &headers, &body) {
        Ok(form) => form,
        Err(why) => return refuse(StatusCode::FORBIDDEN, why.to_owned()),
    };
    let choice = match ChangeChoice::from_form(&form) {
        Ok(choice) => choice,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, error.to_string()),
    };
    let known = platform.state().consumer.proxy.as_ref().map(|proxy| proxy.change_url.clone());
    let entered = field(&form, "registration_url").map(|url| url.trim().to_owned());
    let url = entered.filter(|url| !url.is_empty()).or(known).unwrap_or_default();
    if !is_web_url(&url) {
        return refuse(StatusCode::BAD_REQUEST, URL_UNUSABLE.to_owned());
    }
    match change_request(&platform, &url, choice) {
        Some(fields) => submit(&platform, false, &url, &fields),
        None => {
            let why = "No tool has registered by LTI 2.0 yet: register it first.";
            refuse(StatusCode::CONFLICT, why.to_owned())
        }
    }
}

/// The request to register (LTI 2.0, Registration). It is not signed.
fn request(platform: &Platform, url: &str, choice: ProxyChoice) -> Fields {
    let (id, password) = (platform.fresh_identifier(), platform.fresh_identifier());
    let effect = choice.misbehaviour.map(ProxyMisbehaviour::effect);
    let pending = PendingProxy {
        registration_url: url.to_owned(),
        secret: choice.secret,
        effect,
        key: id.clone(),
        password: password.clone(),
        change: None,
        accepted: None,
    };
    platform.state().proxies.add(id.clone(), pending);
    let mut fields = message_fields(platform, "ToolProxyRegistrationRequest", &id);
    fields.push(("reg_key".to_owned(), id));
    fields.push(("reg_password".to_owned(), password));
    if let Some(Effect::Request(change)) = effect {
        change(&mut fields);
    }
    fields
}

/// What both requests contain.
fn message_fields(platform: &Platform, message_type: &str, id: &str) -> Fields {
    [
        ("lti_message_type", message_type.to_owned()),
        ("lti_version", "LTI-2p0".to_owned()),
        ("tc_profile_url", platform.endpoint(&profile_path(id))),
        // A parameter of its own, which the tool keeps.
        (RETURN_URL, platform.endpoint(&format!("/lti-2p0/return?for={id}"))),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// The request to register again (LTI 2.0, Re-registration), which is signed like a launch; `None` if
/// no tool has registered.
fn change_request(platform: &Platform, url: &str, choice: ChangeChoice) -> Option<Fields> {
    let (id, nonce) = (platform.fresh_identifier(), platform.fresh_identifier());
    let effect = choice.misbehaviour.map(ChangeMisbehaviour::effect);
    let mut fields = message_fields(platform, CHANGE, &id);
    let administrator = [("user_id", "1"), ("roles", "urn:lti:sysrole:ims/lis/Administrator")];
    fields.extend(administrator.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let timestamp = platform.now().as_second();
    let mut state = platform.state();
    let setup = state.consumer.setup.clone()?;
    if setup.version != FormVersion::Lti2p0 {
        return None;
    }
    let mut signature = Signature {
        key: setup.key.clone(),
        secret: setup.secret.clone(),
        timestamp,
        previous_nonce: state.consumer.replace_nonce(&nonce),
        nonce,
    };
    let pending = PendingProxy {
        registration_url: url.to_owned(),
        secret: choice.secret,
        effect,
        key: setup.key,
        password: setup.secret,
        change: Some(choice.decision),
        accepted: None,
    };
    state.proxies.add(id, pending);
    drop(state);
    match effect {
        Some(Effect::Request(change)) => change(&mut fields),
        Some(Effect::Signature(change)) => change(&mut signature),
        _ => {}
    }
    sign(&mut fields, url, &signature);
    if let Some(Effect::Sent(change)) = effect {
        change(&mut fields);
    }
    Some(fields)
}

/// Adds the fields of OAuth.
fn sign(fields: &mut Fields, url: &str, signature: &Signature) {
    let method = FormSignature::Sha1;
    let oauth = [
        ("oauth_consumer_key", signature.key.clone()),
        ("oauth_signature_method", method.name().to_owned()),
        ("oauth_timestamp", signature.timestamp.to_string()),
        ("oauth_nonce", signature.nonce.clone()),
        ("oauth_version", "1.0".to_owned()),
        ("oauth_callback", "about:blank".to_owned()),
    ];
    fields.extend(oauth.map(|(name, value)| (name.to_owned(), value)));
    let secret = signature.secret.clone();
    let signing = Signing { http_method: "POST", url: url.to_owned(), secret, method };
    let value = signing.signature(fields);
    fields.push(("oauth_signature".to_owned(), value));
}

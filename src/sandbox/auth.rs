//! `GET` and `POST /auth`: the tool's authentication request, with Moodle's checks
//! (`mod/lti/auth.php`).
//!
//! A request without a trusted redirect URI gets an error page of the platform; everything else
//! is posted to the tool as a form: the token or an error.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::choice::LaunchChoice;
use super::deep_linking;
use super::fields::{Fields, field, parse_fields};
use super::keys::{Keys, attacker_key, curve_key};
use super::launch_context::LaunchContext;
use super::misbehaviour::Material;
use super::platform::{Pending, Platform};
use super::tool::{CLIENT_ID, ToolSetup};
use super::web::{form, message, submit};
use super::{claims, payload};

/// How the platform responds to an authentication request.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// The person sees a page of the platform: the request, or its sender, cannot be trusted.
    Page(String),
    /// The browser posts these fields to the redirect URI.
    Post { redirect_uri: String, fields: Fields },
}

/// `GET /auth`
pub(super) async fn by_get(
    State(platform): State<Arc<Platform>>,
    RawQuery(query): RawQuery,
) -> Response {
    respond(&platform, &parse_fields(query.unwrap_or_default().as_bytes()))
}

/// `POST /auth`
pub(super) async fn by_post(
    State(platform): State<Arc<Platform>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut fields = parse_fields(query.unwrap_or_default().as_bytes());
    match form(&headers, &body) {
        Some(more) => fields.extend(more),
        None => {
            return refuse(
                &platform,
                "The request is not a form (application/x-www-form-urlencoded).",
            );
        }
    }
    respond(&platform, &fields)
}

fn respond(platform: &Platform, request: &Fields) -> Response {
    match check(platform, request) {
        Verdict::Page(why) => refuse(platform, &why),
        Verdict::Post { redirect_uri, fields } => submit(platform, false, &redirect_uri, &fields),
    }
}

fn refuse(platform: &Platform, why: &str) -> Response {
    message(platform, StatusCode::BAD_REQUEST, "Invalid authentication request", &[why.to_owned()])
}

/// Moodle's checks in Moodle's order (Security Framework 1.0, 5.1.1.2).
fn check(platform: &Platform, request: &Fields) -> Verdict {
    let (pending, tool) = match recognise(platform, request) {
        Ok(known) => known,
        Err(why) => return Verdict::Page(why),
    };
    let redirect_uri = field(request, "redirect_uri").unwrap_or_default();
    if !tool.redirect_uris.iter().any(|one| one == redirect_uri) {
        return Verdict::Page(format!(
            "redirect_uri {redirect_uri} is not one of the tool's Redirection URIs: {}.",
            tool.redirect_uris.join(", ")
        ));
    }
    let state = field(request, "state").unwrap_or_default().to_owned();
    let mut fields = match request_error(request, &pending) {
        None => good_response(platform, request, &pending.choice, tool),
        Some((error, "")) => vec![("error".to_owned(), error.to_owned())],
        Some((error, description)) => vec![
            ("error".to_owned(), error.to_owned()),
            ("error_description".to_owned(), description.to_owned()),
        ],
    };
    let failed = fields.iter().any(|(name, _)| name == "error");
    fields.push(("state".to_owned(), state));
    if let Some(misbehaviour) = pending.choice.misbehaviour.filter(|_| !failed) {
        misbehaviour.change_response(&mut fields);
    }
    Verdict::Post { redirect_uri: redirect_uri.to_owned(), fields }
}

/// Finds the launch that the request belongs to. Errors up to here cannot be sent to the
/// tool.
fn recognise(platform: &Platform, request: &Fields) -> Result<(Pending, ToolSetup), String> {
    for (place, (name, _)) in request.iter().enumerate() {
        if request[..place].iter().any(|(earlier, _)| earlier == name) {
            return Err(format!("The parameter {name} was sent twice."));
        }
    }
    for name in ["scope", "response_type", "client_id", "redirect_uri", "login_hint", "nonce"] {
        if field(request, name).is_none() {
            return Err(format!("The parameter {name} is missing."));
        }
    }
    for (name, expected) in [("scope", "openid"), ("response_type", "id_token")] {
        let value = field(request, name).unwrap_or_default();
        if value != expected {
            return Err(format!("{name} must be {expected}, not {value}."));
        }
    }
    let now = platform.now();
    let mut state = platform.state();
    let hint = field(request, "lti_message_hint")
        .or_else(|| field(request, "login_hint"))
        .unwrap_or_default();
    let unknown = "No launch belongs to lti_message_hint: it was changed, was \
        already used, or is older than five minutes.";
    let pending = state.pending.take(hint, now).ok_or(unknown)?;
    let tool = state.tool.clone().ok_or("The tool's details are not known.")?;
    Ok((pending, tool))
}

/// The error of a request whose redirect URI can be trusted: code and description.
fn request_error(request: &Fields, pending: &Pending) -> Option<(&'static str, &'static str)> {
    if field(request, "client_id") != Some(CLIENT_ID) {
        return Some(("unauthorized_client", ""));
    }
    if field(request, "login_hint") != Some(pending.login_hint.as_str()) {
        return Some(("access_denied", ""));
    }
    match field(request, "response_mode") {
        Some("form_post") => {}
        Some(_) => return Some(("invalid_request", "Invalid response_mode")),
        None => return Some(("invalid_request", "Missing response_mode")),
    }
    match field(request, "prompt") {
        // Moodle also accepts requests without prompt.
        Some("none") | None => None,
        Some(_) => Some(("invalid_request", "Invalid prompt")),
    }
}

fn good_response(
    platform: &Platform,
    request: &Fields,
    choice: &LaunchChoice,
    tool: ToolSetup,
) -> Fields {
    let nonce = field(request, "nonce").unwrap_or_default().to_owned();
    let previous = platform.state().previous_nonce.replace(nonce.clone());
    let other_nonce = previous
        .filter(|previous| *previous != nonce)
        .unwrap_or_else(|| platform.fresh_identifier());
    let mut scene = platform.scene(tool, nonce, other_nonce);
    {
        let state = platform.state();
        scene.item = choice.item.as_ref().and_then(|id| state.content.find(id).cloned());
        let own = choice.link.id(choice.course).to_string();
        let link = choice.item.as_deref().unwrap_or(&own);
        scene.history = Some(state.copies.history(choice.course, link));
    }
    let selection = choice.deep_linking.as_ref().map(|_| platform.fresh_identifier());
    scene.deep_link_return_url =
        selection.as_deref().map(|id| deep_linking::return_url(platform, id)).unwrap_or_default();
    // The lock must not be held while signing, and the key may rotate meanwhile.
    let (key, on_curve, attacker) = {
        let keys: &Keys = &platform.state().keys;
        (keys.current(), keys.on_curve(), keys.attacker())
    };
    let material = Material {
        key: &key,
        on_curve: &|| curve_key(&on_curve),
        attacker: &|| attacker_key(&attacker),
        scene: &scene,
    };
    let token = id_token(choice, &material, &scene);
    if let Some(id) = selection {
        platform.state().deep_links.add(id, choice.course, &token);
    }
    vec![("id_token".to_owned(), token)]
}

/// The token of a launch: good claims, changed by variation, misbehaviour and patches, in this
/// order.
pub(super) fn id_token(
    choice: &LaunchChoice,
    material: &Material<'_>,
    scene: &LaunchContext,
) -> String {
    let mut header = payload::header(material.key.kid());
    let mut body = payload::payload(scene, choice);
    if let Some(variation) = choice.variation {
        variation.change_claims(&mut body, choice.role);
    }
    if let Some(misbehaviour) = choice.misbehaviour {
        misbehaviour.change_claims(&mut body, scene);
        misbehaviour.change_header(&mut header, material);
    }
    if let Some(patch) = &choice.patch {
        claims::merge(&mut body, patch);
    }
    if let Some(patch) = &choice.header_patch {
        claims::merge(&mut header, patch);
    }
    if let Some(migration) = &choice.migration {
        migration.add_to(&mut body);
    }
    match choice.misbehaviour {
        Some(misbehaviour) => misbehaviour.seal(material, header, body),
        None => material.seal(&header, &body),
    }
}

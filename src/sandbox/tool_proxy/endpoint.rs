//! The endpoints that a registration by LTI 2.0 needs: the profile, the service that accepts tool
//! proxies, and the return.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};

use super::choice::SecretForm;
use super::misbehaviour::{Effect, ProxyMisbehaviour, Reply};
use super::pending::PendingProxy;
use super::profile::{self, PROFILE, PROXY, PROXY_PATH, profile_path};
use super::read;
use crate::sandbox::consumer::oauth::Request;
use crate::sandbox::consumer::proxy::ToolProxy;
use crate::sandbox::consumer::{ConsumerSetup, FormVersion};
use crate::sandbox::fields::{field, parse_fields};
use crate::sandbox::platform::Platform;
use crate::sandbox::web::{message, text};

/// The media type of the response to a tool proxy.
const ACCEPTED: &str = "application/vnd.ims.lti.v2.toolproxy.id+json";

/// `GET /lti-2p0/profile/{id}`
pub(in crate::sandbox) async fn profile(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
) -> Response {
    let choice = platform.state().proxies.find(&id).map(|pending| pending.choice);
    let Some(choice) = choice else {
        return (StatusCode::NOT_FOUND, "No registration has this profile.\n").into_response();
    };
    let services = platform.state().services.options.clone();
    let url = |path: &str| {
        let url = platform.endpoint(path);
        if path.starts_with("/services/") { services.with_query(url) } else { url }
    };
    let mut profile = profile::profile(&id, choice.secret, url);
    match choice.misbehaviour.map(ProxyMisbehaviour::effect) {
        Some(Effect::Profile(change)) => change(&mut profile),
        Some(Effect::ProfileResponse(response)) => return response(),
        _ => {}
    }
    let headers = [(header::CONTENT_TYPE, PROFILE), (header::CACHE_CONTROL, "no-store")];
    (headers, profile.to_string()).into_response()
}

/// A response that refuses; each problem is a sentence.
fn refused(status: StatusCode, problems: &[String]) -> Response {
    (status, format!("{}\n", problems.join("\n"))).into_response()
}

/// `POST /lti-2p0/tool-proxy`: accepts one tool proxy of each registration.
pub(in crate::sandbox) async fn accept(
    State(platform): State<Arc<Platform>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (id, pending) = match registration(&platform, &headers, &body) {
        Ok(found) => found,
        Err(why) => return refused(StatusCode::UNAUTHORIZED, &[why]),
    };
    let kind = headers.get(header::CONTENT_TYPE).map(text).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(PROXY) {
        let why = format!("The Content-Type must be {PROXY}.");
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, &[why]);
    }
    let Ok(document) = serde_json::from_slice::<Value>(&body) else {
        return refused(StatusCode::BAD_REQUEST, &["The tool proxy is not JSON.".to_owned()]);
    };
    let profile_url = platform.endpoint(&profile_path(&id));
    match read::read(&document, &profile_url, pending.choice.secret) {
        Ok((proxy, secret)) => complete(&platform, &id, &pending, document, proxy, secret),
        Err(problems) => refused(StatusCode::BAD_REQUEST, &problems),
    }
}

/// The registration that has signed a request; a problem is a sentence.
fn registration(
    platform: &Platform,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<(String, PendingProxy), String> {
    let value = |name: HeaderName| headers.get(name).map(text);
    let authorization = value(header::AUTHORIZATION);
    let request = Request {
        http_method: "POST",
        url: platform.endpoint(PROXY_PATH),
        form: None,
        authorization: authorization.as_deref(),
        body,
    };
    let now = platform.now().as_second();
    let mut state = platform.state();
    let id = request.claimed_key().unwrap_or_default();
    let pending =
        state.proxies.find(&id).cloned().ok_or("No registration has this consumer key.")?;
    let nonce = request.verify(&id, &pending.password, now)?;
    if !state.consumer.spend(&nonce, now) {
        return Err("The nonce was used before.".to_owned());
    }
    if pending.accepted.is_some() {
        return Err("The registration was completed before.".to_owned());
    }
    Ok((id, pending))
}

/// Stores what was accepted, and responds with its GUID.
fn complete(
    platform: &Platform,
    id: &str,
    pending: &PendingProxy,
    document: Value,
    proxy: ToolProxy,
    secret: String,
) -> Response {
    let guid = platform.fresh_identifier();
    let own_half: String = (0..4).map(|_| platform.fresh_identifier()).collect();
    let is_split = document["security_contract"]["tp_half_shared_secret"].is_string();
    let mut state = platform.state();
    let mut reply = Reply {
        status: StatusCode::CREATED,
        body: json!({
            "@context": "http://purl.imsglobal.org/ctx/lti/v2/ToolProxyId",
            "@type": "ToolProxy",
            "@id": format!("{}/{guid}", platform.endpoint(PROXY_PATH)),
            "tool_proxy_guid": guid,
        }),
        other_key: state.consumer.setup.as_ref().map(|setup| setup.key.clone()).unwrap_or_default(),
    };
    if is_split && pending.choice.secret == SecretForm::Split {
        reply.body["tc_half_shared_secret"] = json!(own_half);
    }
    if let Some(Effect::Reply(change)) = pending.choice.misbehaviour.map(ProxyMisbehaviour::effect)
    {
        change(&mut reply);
    }
    if reply.status == StatusCode::CREATED {
        let half = reply.body["tc_half_shared_secret"].as_str().unwrap_or_default();
        let setup = ConsumerSetup {
            key: reply.body["tool_proxy_guid"].as_str().unwrap_or_default().to_owned(),
            secret: format!("{half}{secret}"),
            launch_url: proxy
                .resources
                .first()
                .map_or_else(String::new, |one| one.launch_url.clone()),
            custom: Default::default(),
            version: FormVersion::Lti2p0,
        };
        // Two requests may arrive at once.
        if !state.proxies.complete(id, setup, proxy) {
            let why = "The registration was completed before.".to_owned();
            return refused(StatusCode::UNAUTHORIZED, &[why]);
        }
        state.proxies.last = Some(document);
    }
    let headers = [(header::CONTENT_TYPE, ACCEPTED), (header::CACHE_CONTROL, "no-store")];
    (reply.status, headers, reply.body.to_string()).into_response()
}

/// `GET /lti-2p0/return`: the administrator comes back with the result. A tool that has registered is
/// the one that is launched from now on.
pub(in crate::sandbox) async fn returned(
    State(platform): State<Arc<Platform>>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = parse_fields(query.unwrap_or_default().as_bytes());
    let value = |name: &str| field(&query, name).unwrap_or_default();
    let said = ["lti_msg", "lti_errormsg"].iter().filter_map(|name| field(&query, name));
    let mut lines: Vec<String> = said.map(str::to_owned).collect();
    let mut state = platform.state();
    let accepted = state.proxies.find(value("for")).and_then(|pending| pending.accepted.clone());
    let problem = match (value("status"), accepted) {
        ("success", Some((setup, proxy))) if setup.key == value("tool_proxy_guid") => {
            state.consumer.set(setup, Some(proxy));
            return Redirect::to("/lti-1p1?registered").into_response();
        }
        ("success", Some(_)) => "The tool came back with another GUID than it was sent.",
        ("success", None) => {
            "The tool says that it is registered, but its tool proxy was not accepted."
        }
        ("failure", _) => "The tool came back with the status failure.",
        _ => "The tool came back without a status.",
    };
    drop(state);
    lines.push(problem.to_owned());
    message(&platform, StatusCode::OK, "The tool was not registered", &lines)
}

//! The endpoints that a registration by LTI 2.0 needs: the profile, the service that accepts tool
//! proxies, and the return.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use reqwest::Method;
use serde_json::{Value, json};

use super::choice::{ProxyDecision, SecretForm};
use super::misbehaviour::{Effect, Reply};
use super::pending::{AcceptedProxy, PendingProxy};
use super::profile::{self, PROFILE, PROXY, PROXY_PATH, profile_path};
use super::read;
use crate::sandbox::consumer::oauth::Request;
use crate::sandbox::consumer::proxy::ToolProxy;
use crate::sandbox::consumer::{ConsumerSetup, FormVersion};
use crate::sandbox::fields::{field, parse_fields};
use crate::sandbox::platform::Platform;
use crate::sandbox::web::{is_web_url, message, text};

/// The media type of the response to a tool proxy.
const ACCEPTED: &str = "application/vnd.ims.lti.v2.toolproxy.id+json";

/// The header that names where a tool proxy that replaces another one is confirmed.
const CONFIRM_URL: &str = "vnd-ims-confirm-url";

/// `GET /lti-2p0/profile/{id}`
pub(in crate::sandbox) async fn profile(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
) -> Response {
    let found = platform.state().proxies.find(&id).map(|one| (one.secret, one.effect));
    let Some((secret, effect)) = found else {
        return (StatusCode::NOT_FOUND, "No registration has this profile.\n").into_response();
    };
    let services = platform.state().services.options.clone();
    let url = |path: &str| {
        let url = platform.endpoint(path);
        if path.starts_with("/services/") { services.with_query(url) } else { url }
    };
    let mut profile = profile::profile(&id, secret, url);
    match effect {
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
    let confirm_url = headers.get(CONFIRM_URL).map(|url| text(url).into_owned());
    match read::read(&document, &profile_url, &pending) {
        Ok((proxy, secret)) => {
            complete(&platform, (&id, &pending), document, (proxy, confirm_url), secret)
        }
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
    let key = request.claimed_key().unwrap_or_default();
    let (id, pending) =
        state.proxies.find_by_key(&key).ok_or("No registration has this consumer key.")?;
    let (id, pending) = (id.clone(), pending.clone());
    let nonce = request.verify(&key, &pending.password, now)?;
    if !state.consumer.spend(&nonce, now) {
        return Err("The nonce was used before.".to_owned());
    }
    if pending.accepted.is_some() {
        return Err("The registration was completed before.".to_owned());
    }
    Ok((id, pending))
}

/// Stores what was accepted, and responds with its GUID, which stays the same.
fn complete(
    platform: &Platform,
    (id, pending): (&str, &PendingProxy),
    document: Value,
    (proxy, confirm_url): (ToolProxy, Option<String>),
    secret: String,
) -> Response {
    // Canvas responds with 200 to a tool proxy that replaces another one.
    let (guid, success) = match pending.change {
        Some(_) => (pending.key.clone(), StatusCode::OK),
        None => (platform.fresh_identifier(), StatusCode::CREATED),
    };
    let own_half: String = (0..4).map(|_| platform.fresh_identifier()).collect();
    let is_split = document["security_contract"]["tp_half_shared_secret"].is_string();
    let mut state = platform.state();
    let known_key = state.consumer.setup.as_ref().map(|setup| setup.key.clone());
    let mut reply = Reply {
        status: success,
        body: json!({
            "@context": "http://purl.imsglobal.org/ctx/lti/v2/ToolProxyId",
            "@type": "ToolProxy",
            "@id": format!("{}/{guid}", platform.endpoint(PROXY_PATH)),
            "tool_proxy_guid": guid,
        }),
        other_key: known_key.unwrap_or_default(),
    };
    if is_split && pending.secret == SecretForm::Split {
        reply.body["tc_half_shared_secret"] = json!(own_half);
    }
    if let Some(Effect::Reply(change)) = pending.effect {
        change(&mut reply);
    }
    if reply.status == success {
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
        if !state.proxies.complete(id, AcceptedProxy { setup, proxy, confirm_url }) {
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
    let pending = platform.state().proxies.find(value("for")).cloned();
    let (accepted, change, effect) =
        pending.map_or((None, None, None), |one| (one.accepted, one.change, one.effect));
    let problem = match (value("status"), accepted) {
        ("success", Some(accepted)) if accepted.setup.key == value("tool_proxy_guid") => {
            match decide(&platform, &accepted, change, effect).await {
                Ok(true) => {
                    platform.state().consumer.set(accepted.setup, Some(accepted.proxy));
                    return Redirect::to("/lti-1p1?registered").into_response();
                }
                Ok(false) => "The platform discarded the new tool proxy.".to_owned(),
                Err(why) => why,
            }
        }
        ("success", Some(_)) => "The tool came back with another GUID than it was sent.".to_owned(),
        ("success", None) => {
            "The tool says that it is registered, but its tool proxy was not accepted.".to_owned()
        }
        ("failure", _) => "The tool came back with the status failure.".to_owned(),
        _ => "The tool came back without a status.".to_owned(),
    };
    lines.push(problem);
    message(&platform, StatusCode::OK, "The tool was not registered", &lines)
}

/// Decides on a tool proxy that replaces another one, and tells the tool. Returns whether it is used;
/// a problem is a sentence.
async fn decide(
    platform: &Platform,
    accepted: &AcceptedProxy,
    change: Option<ProxyDecision>,
    effect: Option<Effect>,
) -> Result<bool, String> {
    let (method, is_used) = match change {
        None | Some(ProxyDecision::Ignore) => return Ok(true),
        Some(ProxyDecision::Confirm) => (Method::PUT, true),
        Some(ProxyDecision::Discard) => (Method::DELETE, false),
    };
    let url = accepted.confirm_url.clone().filter(|url| is_web_url(url));
    let mut url = url.ok_or(format!("The tool proxy came without the header {CONFIRM_URL}."))?;
    if let Some(Effect::ConfirmUrl(change)) = effect {
        change(&mut url);
    }
    let response = platform.http.request(method, url).send().await;
    let response = response.map_err(|error| format!("The tool did not respond: {error}."))?;
    match response.status().as_u16() {
        200 => Ok(is_used),
        status => Err(format!("The tool responded to the decision with status {status}.")),
    }
}

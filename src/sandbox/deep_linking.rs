//! Content selection: the deep linking request, and `POST /deep-link-return`, where the tool's
//! answer comes back (Deep Linking 2.0, 4.4 and 4.5).

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::CLIENT_ID;
use super::content::ContentItem;
use super::deep_linking_answer::{Answer, DEEP_LINKING_CLAIM, Expected, judge, verified};
use super::deep_linking_choice::DeepLinkingChoice;
use super::payload::{Object, Scene, claim};
use super::platform::Platform;
use super::school::Course;
use super::token::{decoded, fetch_keyset};
use super::web::{field, form, html, message, parse_fields};

/// How many selections may be under way; the oldest are forgotten.
const MOST_REQUESTS: usize = 1000;

/// How long a nonce is remembered, in seconds: longer than any answer is taken.
const NONCE_MEMORY: i64 = 2 * 3600;

/// A selection that was asked for.
#[derive(Clone)]
pub(super) struct Request {
    course: Course,
    deployment_id: Value,
    settings: Value,
    answered: bool,
}

/// The selections under way, and the answers' nonces.
#[derive(Default)]
pub(super) struct Requests {
    by_id: HashMap<String, Request>,
    order: VecDeque<String>,
    used_nonces: HashMap<String, i64>,
}

impl Requests {
    /// Remembers what a finished token asks for.
    pub(super) fn add(&mut self, id: String, course: Course, id_token: &str) {
        let claims: Value = id_token.split('.').nth(1).and_then(decoded).unwrap_or_default();
        while self.order.len() >= MOST_REQUESTS {
            if let Some(oldest) = self.order.pop_front() {
                self.by_id.remove(&oldest);
            }
        }
        self.order.push_back(id.clone());
        let settings = claims[format!("{DEEP_LINKING_CLAIM}deep_linking_settings")].clone();
        self.by_id.insert(
            id,
            Request {
                course,
                deployment_id: claims[claim("deployment_id")].clone(),
                settings,
                answered: false,
            },
        );
    }

    /// Marks a nonce as used; false when it was used before.
    fn spend(&mut self, nonce: &str, now: i64) -> bool {
        self.used_nonces.retain(|_, at| *at + NONCE_MEMORY > now);
        self.used_nonces.insert(nonce.to_owned(), now).is_none()
    }

    /// Marks a request as answered; false when it was answered before.
    fn answer(&mut self, id: &str) -> bool {
        self.by_id
            .get_mut(id)
            .is_some_and(|request| !std::mem::replace(&mut request.answered, true))
    }
}

/// Where the answer to a request is to be sent.
pub(super) fn return_url(platform: &Platform, id: &str) -> String {
    platform.endpoint(&format!("/deep-link-return?request={id}"))
}

/// Turns the claims of a launch into those of a deep linking request, as Moodle sends them.
pub(super) fn change_claims(claims: &mut Object, scene: &Scene, choice: &DeepLinkingChoice) {
    claims.remove(&claim("resource_link"));
    claims.insert(claim("message_type"), json!("LtiDeepLinkingRequest"));
    claims.insert(claim("launch_presentation"), json!({ "locale": "en" }));
    claims.remove("https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome");
    if let Some(Value::Object(endpoint)) =
        claims.get_mut("https://purl.imsglobal.org/spec/lti-ags/claim/endpoint")
    {
        endpoint.remove("lineitem");
    }
    if let (Some(family), Some(Value::Object(platform))) =
        (&choice.product_family, claims.get_mut(&claim("tool_platform")))
    {
        platform.insert("product_family_code".to_owned(), json!(family));
    }
    let mut settings = json!({
        "accept_types": choice.accept_types,
        "accept_presentation_document_targets": choice.targets,
        "auto_create": false,
        "deep_link_return_url": scene.deep_link_return_url,
        "title": scene.tool.name,
        "text": "",
    });
    let optional = [
        ("accept_media_types", choice.media_types.as_ref().map(|types| json!(types))),
        ("accept_multiple", choice.accept_multiple.map(Value::Bool)),
        ("accept_lineitem", choice.accept_lineitem.map(Value::Bool)),
        ("data", choice.data.as_ref().map(|data| json!(data))),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            settings[name] = value;
        }
    }
    claims.insert(format!("{DEEP_LINKING_CLAIM}deep_linking_settings"), settings);
}

/// What came of a selection.
#[derive(Template)]
#[template(path = "sandbox-selected.html")]
struct Selected<'a> {
    nonce: &'a str,
    course: &'static str,
    words: &'a [String],
    items: &'a [ContentItem],
}

/// `POST /deep-link-return`. The form comes from the tool's page; what it is worth is for the
/// signature to say.
pub(super) async fn returned(
    State(platform): State<Arc<Platform>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = parse_fields(query.unwrap_or_default().as_bytes());
    let id = field(&query, "request").unwrap_or_default();
    let refuse = |status, problems: &[String]| {
        message(&platform, status, "The selection was not taken", problems)
    };
    let Some(request) = platform.state().deep_links.by_id.get(id).cloned() else {
        return refuse(
            StatusCode::BAD_REQUEST,
            &["No content selection belongs to this answer: the platform asked for none, or it was \
                stopped meanwhile.".to_owned()],
        );
    };
    let answer = match read(&platform, &request, &headers, &body).await {
        Ok(answer) => answer,
        Err(problems) => return refuse(StatusCode::BAD_REQUEST, &problems),
    };
    let now = platform.now().as_second();
    let mut state = platform.state();
    if !state.deep_links.spend(&answer.nonce, now) {
        drop(state);
        return refuse(
            StatusCode::BAD_REQUEST,
            &["The nonce of the answer was used before.".to_owned()],
        );
    }
    if !state.deep_links.answer(id) {
        drop(state);
        return refuse(
            StatusCode::CONFLICT,
            &["This selection was answered before; nothing is added twice.".to_owned()],
        );
    }
    let (added, forgotten) = state.content.add(answer.items.clone());
    state.services.change_columns(&added, &forgotten);
    drop(state);
    let nonce = platform.fresh_identifier();
    let page = Selected {
        nonce: &nonce,
        course: request.course.description(),
        words: &answer.words,
        items: &answer.items,
    };
    html(&platform, StatusCode::OK, &page, &nonce, "; form-action 'none'")
}

/// Takes the answer out of the form and checks it.
async fn read(
    platform: &Platform,
    request: &Request,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Answer, Vec<String>> {
    let form = form(headers, body).ok_or_else(|| {
        vec!["The answer is no form (application/x-www-form-urlencoded).".to_owned()]
    })?;
    let token = field(&form, "JWT").ok_or_else(|| vec!["The form has no field JWT.".to_owned()])?;
    let tool = platform.state().tool.clone().unwrap_or_default();
    if tool.jwks_url.is_empty() {
        return Err(vec!["The platform does not know the tool's public keyset.".to_owned()]);
    }
    let keyset = fetch_keyset(platform, &tool.jwks_url)
        .await
        .map_err(|why| vec![format!("The tool's public keyset {why}.")])?;
    let claims = verified(token, &keyset).map_err(|problem| vec![problem])?;
    let scene = platform.scene(tool, String::new(), String::new());
    let expected = Expected {
        issuer: &platform.issuer,
        client_id: CLIENT_ID,
        deployment_id: &request.deployment_id,
        settings: &request.settings,
        course: request.course,
        tool_host: &scene.tool_host(),
        now_seconds: scene.seconds(),
    };
    judge(&claims, &expected)
}

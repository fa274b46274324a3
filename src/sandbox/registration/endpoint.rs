//! The endpoints of dynamic registration.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::fields::{field, parse_fields};
use super::super::platform::Platform;
use super::super::token::SCOPES;
use super::super::tool::{CLIENT_ID, DEPLOYMENT_ID, ToolSetup};
use super::super::web::{html, message, own_form, text};
use super::choice::{LmsBehaviour, RegistrationChoice, RegistrationFault};
use super::pending::PendingRegistration;

const PLATFORM_KEY: &str = "https://purl.imsglobal.org/spec/lti-platform-configuration";
const TOOL_KEY: &str = "https://purl.imsglobal.org/spec/lti-tool-configuration";

/// Maximum number of registrations in progress, to limit memory.
const MAX_PENDING: usize = 1000;

/// The page that frames the tool's registration page and waits for its closing message.
#[derive(Template)]
#[template(path = "sandbox-add-tool.html")]
struct AddTool<'a> {
    nonce: &'a str,
    link: &'a str,
    origin: &'a str,
}

/// The tool's URL that the platform opens.
pub(in crate::sandbox) fn link(
    platform: &Platform,
    registration_url: &str,
    choice: RegistrationChoice,
) -> String {
    let id = platform.fresh_identifier();
    // A JWT like Moodle's; only this platform reads it.
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let token = (choice.behaviour != LmsBehaviour::Brightspace).then(|| {
        let now = platform.now().as_second();
        let payload = json!({ "sub": id, "scope": "reg", "iat": now, "exp": now + 3600 });
        format!(
            "{}.{}.{}",
            part(json!({ "typ": "JWT", "alg": "RS256" })),
            part(payload),
            platform.fresh_identifier()
        )
    });
    let mut state = platform.state();
    if state.registrations.len() >= MAX_PENDING {
        state.registrations.clear();
    }
    state
        .registrations
        .insert(id.clone(), PendingRegistration { choice, token: token.clone(), used: false });
    drop(state);
    let mut parameters = url::form_urlencoded::Serializer::new(String::new());
    parameters.append_pair(
        "openid_configuration",
        &platform.endpoint(&format!("/openid-configuration?for={id}")),
    );
    if let Some(token) = token {
        parameters.append_pair("registration_token", &token);
    }
    let separator = if registration_url.contains('?') && choice.behaviour != LmsBehaviour::Ilias {
        '&'
    } else {
        '?'
    };
    format!("{registration_url}{separator}{}", parameters.finish())
}

/// `POST /add-tool`: opens the tool's registration URL in a frame.
pub(in crate::sandbox) async fn add_tool(
    State(platform): State<Arc<Platform>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let refuse =
        |status, why: &str| message(&platform, status, "The tool was not added", &[why.to_owned()]);
    let form = match own_form(&platform.issuer, &headers, &body) {
        Ok(form) => form,
        Err(why) => return refuse(StatusCode::FORBIDDEN, why),
    };
    let registration_url = field(&form, "registration_url").unwrap_or_default().trim().to_owned();
    let Some(parsed) = url::Url::parse(&registration_url)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
    else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "The registration URL must be an absolute http or https URL.",
        );
    };
    let behaviour = field(&form, "manner").map(str::parse).transpose();
    let fault = field(&form, "trouble").map(str::parse).transpose();
    let (Ok(behaviour), Ok(fault)) = (behaviour, fault) else {
        return refuse(StatusCode::BAD_REQUEST, "The behaviour or the error is unknown.");
    };
    let link = link(
        &platform,
        &registration_url,
        RegistrationChoice { behaviour: behaviour.unwrap_or_default(), fault },
    );
    if field(&form, "window").is_some() {
        return Redirect::to(&link).into_response();
    }
    let nonce = platform.fresh_identifier();
    let page =
        AddTool { nonce: &nonce, link: &link, origin: &parsed.origin().ascii_serialization() };
    html(&platform, StatusCode::OK, &page, &nonce, "; form-action 'none'; frame-src http: https:")
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")],
        body.to_string(),
    )
        .into_response()
}

/// `GET /openid-configuration`
pub(in crate::sandbox) async fn configuration(
    State(platform): State<Arc<Platform>>,
    RawQuery(query): RawQuery,
) -> Response {
    platform.count_registration_request();
    let query = parse_fields(query.unwrap_or_default().as_bytes());
    let id = field(&query, "for").unwrap_or_default();
    let choice =
        platform.state().registrations.get(id).map(|pending| pending.choice).unwrap_or_default();
    let mut document = document(&platform, choice.behaviour);
    document["registration_endpoint"] = platform.endpoint(&format!("/register?for={id}")).into();
    for (name, value) in platform.state().claimed_configuration.clone() {
        document[name] = value;
    }
    match choice.fault {
        Some(RegistrationFault::ConfigurationHtml) => {
            return Html("<!doctype html><title>Log in</title><h1>Log in to the site</h1>")
                .into_response();
        }
        Some(RegistrationFault::ConfigurationMissing) => {
            return (StatusCode::NOT_FOUND, "not found\n").into_response();
        }
        Some(RegistrationFault::ConfigurationRedirect) => {
            return (
                StatusCode::FOUND,
                [(
                    header::LOCATION,
                    HeaderValue::from_static("http://169.254.169.254/latest/meta-data/"),
                )],
            )
                .into_response();
        }
        Some(RegistrationFault::ConfigurationTooBig) => {
            document["padding"] = "x".repeat(1_100_000).into()
        }
        Some(RegistrationFault::ForeignIssuer) => {
            document["issuer"] = "https://lms.example.edu".into()
        }
        Some(RegistrationFault::ForeignEndpoint) => {
            document["registration_endpoint"] = "https://collector.example/register".into()
        }
        _ => {}
    }
    json_response(StatusCode::OK, &document)
}

/// The configuration without its registration endpoint, in the shape of Moodle 4.4.
fn document(platform: &Platform, behaviour: LmsBehaviour) -> Value {
    let mut scopes = SCOPES.to_vec();
    scopes.push("openid");
    let (product, version, content) = match behaviour {
        LmsBehaviour::Moodle => ("moodle", "4.4 (Sandbox)", json!(["ContentArea"])),
        LmsBehaviour::Canvas => {
            let prefix =
                |placement: &str| format!("https://canvas.instructure.com/lti/{placement}");
            (
                "canvas",
                "Sandbox",
                json!([
                    "ContentArea",
                    "RichTextEditor",
                    prefix("link_selection"),
                    prefix("assignment_selection")
                ]),
            )
        }
        LmsBehaviour::Brightspace => ("desire2learn", "20.26.11", json!(null)),
        LmsBehaviour::Ilias => ("ilias", "9.4", json!(["ContentArea"])),
    };
    let mut choice = json!({ "type": "LtiDeepLinkingRequest" });
    if !content.is_null() {
        choice["placements"] = content;
    }
    let mut link = json!({ "type": "LtiResourceLinkRequest" });
    if behaviour == LmsBehaviour::Canvas {
        link["placements"] = json!(["course_navigation"]);
    }
    let mut document = json!({
        "issuer": platform.issuer,
        "token_endpoint": platform.endpoint("/token"),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": platform.endpoint("/jwks"),
        "authorization_endpoint": platform.endpoint("/auth"),
        "scopes_supported": scopes,
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
        PLATFORM_KEY: {
            "product_family_code": product,
            "version": version,
            "messages_supported": [link, choice],
            "variables": ["Context.id", "Context.id.history", "ResourceLink.id"],
        },
    });
    let notices = platform.state().notices.options.clone();
    if notices.offered {
        document[PLATFORM_KEY]["notice_types_supported"] = json!(notices.types);
    }
    document
}

/// A refusal of a registration: status and the platform's error code.
type Refused = (StatusCode, String);

/// `POST /register`
pub(in crate::sandbox) async fn register(
    State(platform): State<Arc<Platform>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    platform.count_registration_request();
    let query = parse_fields(query.unwrap_or_default().as_bytes());
    let id = field(&query, "for").unwrap_or_default();
    let Some((choice, token, used)) = platform
        .state()
        .registrations
        .get(id)
        .map(|pending| (pending.choice, pending.token.clone(), pending.used))
    else {
        return (StatusCode::NOT_FOUND, "no tool is being added\n").into_response();
    };
    if let Some(response) = unusual_refusal(choice.fault, token.as_deref()) {
        return response;
    }
    let used = used || choice.fault == Some(RegistrationFault::TokenUsed);
    let checked = check_token(&headers, token.as_deref(), used)
        .and_then(|()| serde_json::from_slice::<Value>(&body).map_err(|_| bad("invalid_json")))
        .and_then(|request| check_request(&request, choice).map(|()| request));
    let request = match checked {
        Ok(request) => request,
        Err(refused) => return refusal(choice.behaviour, refused),
    };
    let mut state = platform.state();
    if let Some(pending) = state.registrations.get_mut(id) {
        pending.used = true;
    }
    // Custom parameters of all links were entered by hand, and are kept.
    let custom = state.tool.take().map(|before| before.custom).unwrap_or_default();
    let mut tool = tool(&request);
    for (name, value) in custom {
        tool.custom.entry(name).or_insert(value);
    }
    state.tool = Some(tool);
    state.registration_request = Some(request.clone());
    drop(state);
    json_response(StatusCode::OK, &response(request, choice))
}

/// The response of a platform that refuses every registration in an unusual way.
fn unusual_refusal(fault: Option<RegistrationFault>, token: Option<&str>) -> Option<Response> {
    match fault? {
        RegistrationFault::Redirect => {
            let location = HeaderValue::from_static("https://collector.example/");
            Some((StatusCode::FOUND, [(header::LOCATION, location)]).into_response())
        }
        RegistrationFault::Html => {
            let page = "<!doctype \
                html><style>b{}</style><title>Error</title><script>alert('x')</script><h1>Coding \
                error</h1><p>Something &lt;broke&gt;</p>";
            Some((StatusCode::INTERNAL_SERVER_ERROR, Html(page)).into_response())
        }
        RegistrationFault::LongText => {
            let text =
                format!("\u{1b}[31mno\u{7} {} {}", token.unwrap_or_default(), "word ".repeat(2000));
            Some((StatusCode::BAD_REQUEST, text).into_response())
        }
        _ => None,
    }
}

/// A refusal in the format of the imitated LMS.
fn refusal(behaviour: LmsBehaviour, (status, word): Refused) -> Response {
    match behaviour {
        LmsBehaviour::Canvas => json_response(status, &json!({ "errors": [word] })),
        LmsBehaviour::Brightspace | LmsBehaviour::Ilias => json_response(
            status,
            &json!({ "error": "invalid_client_metadata", "error_description": word }),
        ),
        LmsBehaviour::Moodle => (status, word).into_response(),
    }
}

fn bad(word: &str) -> Refused {
    (StatusCode::BAD_REQUEST, word.to_owned())
}

fn check_token(headers: &HeaderMap, token: Option<&str>, used: bool) -> Result<(), Refused> {
    let unauthorised = |word: &str| Err((StatusCode::UNAUTHORIZED, word.to_owned()));
    let authorization = headers.get(header::AUTHORIZATION).map(text);
    let bearer = authorization.as_deref().and_then(|value| value.strip_prefix("Bearer "));
    match (token, bearer) {
        (None, None) => Ok(()),
        (None, Some(_)) => unauthorised("unexpected_registration_token"),
        (Some(_), None) => unauthorised("missing_registration_token"),
        (Some(expected), Some(found)) if expected != found => {
            unauthorised("invalid_registration_token")
        }
        _ if used => unauthorised("token_already_used"),
        _ => Ok(()),
    }
}

/// The checks of Moodle, and the additional ones of Canvas.
fn check_request(request: &Value, choice: RegistrationChoice) -> Result<(), Refused> {
    let has = |field: &str, wanted: &str| {
        request[field].as_array().is_some_and(|list| list.iter().any(|one| one == wanted))
    };
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    for field in ["initiate_login_uri", "client_name", "jwks_uri", "scope"] {
        text(&request[field]).ok_or_else(|| bad(&format!("missing required attribute {field}")))?;
    }
    if request
        .get("logo_uri")
        .is_some_and(|logo| logo.as_str().and_then(|logo| url::Url::parse(logo).ok()).is_none())
    {
        return Err(bad("invalid logo_uri"));
    }
    if request["application_type"] != "web" {
        return Err(bad("invalid_application_type"));
    }
    if !has("response_types", "id_token") {
        return Err(bad("invalid_response_types"));
    }
    if !has("grant_types", "implicit") || !has("grant_types", "client_credentials") {
        return Err(bad("invalid_grant_types"));
    }
    if request["token_endpoint_auth_method"] != "private_key_jwt" {
        return Err(bad("invalid_token_endpoint_auth_method"));
    }
    let tool = &request[TOOL_KEY];
    let domain = text(&tool["domain"]).ok_or_else(|| bad("missing_domain"))?;
    let target = text(&tool["target_link_uri"])
        .ok_or_else(|| bad("missing required attribute target_link_uri"))?;
    if choice.fault == Some(RegistrationFault::DomainMismatch)
        || target.split('/').nth(2) != Some(domain.as_str())
    {
        return Err(bad("domain_targetlinkuri_mismatch"));
    }
    if !request["redirect_uris"]
        .as_array()
        .is_some_and(|uris| uris.iter().any(|uri| *uri == tool["target_link_uri"]))
    {
        return Err(bad("invalid_redirect_uris"));
    }
    if choice.behaviour == LmsBehaviour::Canvas { check_as_canvas(request, tool) } else { Ok(()) }
}

fn check_as_canvas(request: &Value, tool: &Value) -> Result<(), Refused> {
    let refuse = |word: String| Err((StatusCode::UNPROCESSABLE_ENTITY, word));
    if let Some(scope) = request["scope"].as_str().and_then(|scopes| {
        scopes.split(' ').find(|scope| !SCOPES.contains(scope) && *scope != "openid")
    }) {
        return refuse(format!("unknown scope {scope}"));
    }
    for fields in [request, tool] {
        if let Some((name, _)) =
            fields.as_object().into_iter().flatten().find(|(_, value)| **value == json!(""))
        {
            return refuse(format!("{name} must not be empty"));
        }
    }
    if tool.get("custom_parameters").is_some_and(|custom| {
        !custom.as_object().is_some_and(|custom| custom.values().all(Value::is_string))
    }) {
        return refuse("custom_parameters must be an object of strings".to_owned());
    }
    let known = [
        "course_navigation",
        "ContentArea",
        "RichTextEditor",
        "link_selection",
        "assignment_selection",
    ];
    for message in tool["messages"].as_array().into_iter().flatten() {
        if !matches!(
            message["type"].as_str(),
            Some("LtiResourceLinkRequest" | "LtiDeepLinkingRequest")
        ) {
            return refuse(format!("unknown message type {}", message["type"]));
        }
        for placement in
            message["placements"].as_array().into_iter().flatten().filter_map(Value::as_str)
        {
            if !known.contains(
                &placement.strip_prefix("https://canvas.instructure.com/lti/").unwrap_or(placement),
            ) {
                return refuse(format!("unknown placement {placement}"));
            }
        }
    }
    Ok(())
}

/// The tool's details, as stored by the platform.
fn tool(request: &Value) -> ToolSetup {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let custom: BTreeMap<String, String> = request[TOOL_KEY]["custom_parameters"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    ToolSetup {
        name: text(&request["client_name"]),
        tool_url: text(&request[TOOL_KEY]["target_link_uri"]),
        deep_linking_url: request[TOOL_KEY]["messages"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|message| message["type"] == "LtiDeepLinkingRequest")
            .and_then(|message| message["target_link_uri"].as_str())
            .map(str::to_owned),
        initiate_login_url: text(&request["initiate_login_uri"]),
        redirect_uris: request["redirect_uris"]
            .as_array()
            .into_iter()
            .flatten()
            .map(text)
            .collect(),
        jwks_url: text(&request["jwks_uri"]),
        custom,
    }
}

/// The registration with the members that the platform adds.
fn response(mut request: Value, choice: RegistrationChoice) -> Value {
    if choice.fault != Some(RegistrationFault::NoClientId) {
        request["client_id"] = CLIENT_ID.into();
    }
    if choice.fault != Some(RegistrationFault::NoDeployment) {
        match choice.behaviour {
            LmsBehaviour::Moodle | LmsBehaviour::Ilias => {
                request[TOOL_KEY]["version"] = "1.3.0".into();
                request[TOOL_KEY]["deployment_id"] = DEPLOYMENT_ID.into();
            }
            LmsBehaviour::Canvas => request["deployment_id"] = DEPLOYMENT_ID.into(),
            LmsBehaviour::Brightspace => {}
        }
    }
    request
}

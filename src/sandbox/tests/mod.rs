//! The platform over real HTTP, against a tool of a few lines.

mod auth;
mod deep_linking;
mod launches;
mod pages;
mod token;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::browser::Page;
use super::keys::SigningKey;
use super::web::{field, parse_fields};
use super::{Options, Sandbox, ToolSetup, generate_signing_key};

/// One key for all sandboxes of a test run.
fn platform_key() -> Vec<u8> {
    static KEY: OnceLock<Vec<u8>> = OnceLock::new();
    KEY.get_or_init(|| generate_signing_key().unwrap()).clone()
}

/// The tool's key.
fn tool_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate().unwrap())
}

/// What the tool needs to know: where to send authentication requests.
struct Tool {
    authentication_request_url: String,
    client_id: String,
    redirect_uri: String,
}

/// A sandbox and a tool that know each other. The tool answers a login with an authentication request, and a launch with the fields that it got.
async fn platform_and_tool() -> Sandbox {
    let sandbox = Sandbox::start(Options { signing_key: Some(platform_key()), ..Options::local() }).await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    sandbox.set_tool(ToolSetup {
        name: "Tool".to_owned(),
        tool_url: format!("{base}/launch"),
        deep_linking_url: Some(format!("{base}/second")),
        initiate_login_url: format!("{base}/login"),
        redirect_uris: vec![format!("{base}/launch"), format!("{base}/second")],
        jwks_url: format!("{base}/jwks"),
        custom: [("id".to_owned(), "393cf3fc-5b7c-4b60-b528-80e38f6159d3".to_owned())].into(),
    });
    let tool = Tool {
        authentication_request_url: sandbox.authentication_request_url(),
        client_id: sandbox.client_id().to_owned(),
        redirect_uri: format!("{base}/launch"),
    };
    let router = Router::new()
        .route("/login", get(login_by_get).post(login_by_post))
        .route("/launch", post(|body: Bytes| async move { axum::Json(parse_fields(&body)) }))
        .route("/jwks", get(|| async { json!({ "keys": [tool_key().jwk()] }).to_string() }))
        .with_state(Arc::new(tool));
    tokio::spawn(async move { axum::serve(listener, router).await });
    sandbox
}

async fn login_by_get(State(tool): State<Arc<Tool>>, RawQuery(query): RawQuery) -> Response {
    login(&tool, query.unwrap_or_default().as_bytes())
}

async fn login_by_post(State(tool): State<Arc<Tool>>, body: Bytes) -> Response {
    login(&tool, &body)
}

fn login(tool: &Tool, request: &[u8]) -> Response {
    let request = parse_fields(request);
    let mut fields = authentication_request(&tool.client_id, &tool.redirect_uri);
    for name in ["login_hint", "lti_message_hint"] {
        fields.extend(field(&request, name).map(|value| (name, value.to_owned())));
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    (StatusCode::FOUND, [(header::LOCATION, format!("{}?{query}", tool.authentication_request_url))]).into_response()
}

/// The parts of an authentication request that do not come from the login request.
fn authentication_request(client_id: &str, redirect_uri: &str) -> Vec<(&'static str, String)> {
    [
        ("scope", "openid"),
        ("response_type", "id_token"),
        ("response_mode", "form_post"),
        ("prompt", "none"),
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("state", "the-state"),
        ("nonce", "the-nonce"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

/// A part of a token as JSON.
fn decoded(token: &str, part: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(part).unwrap()).unwrap()).unwrap()
}

/// The token on the page that sends it to the tool.
fn token_on(page: &Page) -> String {
    page.form().unwrap().field("id_token").unwrap().to_owned()
}

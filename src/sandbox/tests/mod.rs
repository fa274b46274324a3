//! The platform over real HTTP, with a small tool.

#![expect(clippy::disallowed_methods, reason = "tests use the system clock")]

mod auth;
mod consumer;
mod deep_linking;
mod faults;
mod grades_page;
mod launches;
mod line_items;
mod memberships;
mod pages;
mod scores;
mod token;
mod tool_proxy;

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
use super::fields::{field, parse_fields};
use super::keys::SigningKey;
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

/// The tool's state: where to send authentication requests.
struct Tool {
    authentication_request_url: String,
    client_id: String,
    redirect_uri: String,
}

/// A sandbox and a tool that are connected. The tool responds to a login with an authentication
/// request, and to a launch with the received fields.
async fn platform_and_tool() -> Sandbox {
    let sandbox = Sandbox::start(Options { signing_key: Some(platform_key()), ..Options::local() })
        .await
        .unwrap();
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
    (
        StatusCode::FOUND,
        [(header::LOCATION, format!("{}?{query}", tool.authentication_request_url))],
    )
        .into_response()
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

/// A tool's view of the services: a client, and a token for all of them.
struct Client {
    http: reqwest::Client,
    token: String,
    issuer: String,
}

/// A response of a service.
struct ServiceResponse {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: String,
}

impl Client {
    fn new(sandbox: &Sandbox) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            http,
            token: sandbox.access_token(&super::token::SCOPES),
            issuer: sandbox.issuer().to_owned(),
        }
    }

    /// Calls a service by path or by URL, with this media type as `Accept` of a GET and as
    /// `Content-Type` of everything else.
    async fn call(
        &self,
        method: &str,
        path: &str,
        media_type: &str,
        body: &Value,
    ) -> Result<ServiceResponse, reqwest::Error> {
        let url =
            if path.starts_with('/') { format!("{}{path}", self.issuer) } else { path.to_owned() };
        let request = self.http.request(method.parse().unwrap(), url).bearer_auth(&self.token);
        let request = if method == "GET" {
            request.header("accept", media_type)
        } else {
            request.header("content-type", media_type).body(body.to_string())
        };
        let response = request.send().await?;
        Ok(ServiceResponse {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await?,
        })
    }

    async fn get(&self, path: &str, media_type: &str) -> ServiceResponse {
        self.call("GET", path, media_type, &Value::Null).await.unwrap()
    }
}

impl ServiceResponse {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{}: {error}", self.body))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| std::str::from_utf8(value.as_bytes()).unwrap())
    }

    /// The URL of the link with this relation, if links have the standard form.
    fn link(&self, relation: &str) -> Option<String> {
        let end = format!(">; rel=\"{relation}\"");
        self.header("link")
            .split(", ")
            .find_map(|link| Some(link.strip_prefix('<')?.strip_suffix(&end)?.to_owned()))
    }
}

const LINE_ITEM: &str = "application/vnd.ims.lis.v2.lineitem+json";
const LINE_ITEMS: &str = "application/vnd.ims.lis.v2.lineitemcontainer+json";
const SCORE: &str = "application/vnd.ims.lis.v1.score+json";
const RESULTS: &str = "application/vnd.ims.lis.v2.resultcontainer+json";
const MEMBERS: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";

/// A sandbox with these services, and a client of them.
async fn services(services: super::ServiceOptions) -> (Sandbox, Client) {
    let sandbox =
        Sandbox::start(Options { signing_key: Some(platform_key()), services, ..Options::local() })
            .await
            .unwrap();
    let client = Client::new(&sandbox);
    (sandbox, client)
}

/// A part of a token as JSON.
fn decoded(token: &str, part: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(part).unwrap()).unwrap())
        .unwrap()
}

/// The token on the page that sends it to the tool.
fn token_on(page: &Page) -> String {
    page.form().unwrap().field("id_token").unwrap().to_owned()
}

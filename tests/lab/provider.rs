//! An identity provider on this machine that answers as a test says, also wrongly.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ltictl::admin::identity_provider::{self, NewProvider};
use ltictl::domain::{Clock, IdentityProvider, Linking, Name, ProviderPreset, Slug};
use ltictl::lti::jws;
use ltictl::lti::keyset::{public_jwk, public_keyset};
use ltictl::lti::private_key::PrivateKey;
use ltictl::rules::identity_provider::ProviderChange;
use serde_json::{Value, json};
use sha2_of::challenge;
use tokio::task::JoinHandle;

use super::Lab;

/// The client ID of the tool at every provider, and its secret.
pub(crate) const CLIENT_ID: &str = "ltictl";
pub(crate) const SECRET: &str = "the client's secret";

/// What differs in the next answers.
#[derive(Clone, Default)]
pub(crate) struct Answers {
    /// Claims of the ID token; null removes one.
    pub(crate) claims: Vec<(&'static str, Value)>,
    /// The header of the ID token, without a valid signature.
    pub(crate) header: Option<Value>,
    /// Whether another key signs.
    pub(crate) other_key: bool,
    /// An error instead of a code.
    pub(crate) error: Option<&'static str>,
    /// The parameter `iss` of the response.
    pub(crate) iss: Option<String>,
    /// The answer of the token endpoint.
    pub(crate) token: Option<(u16, &'static str)>,
    /// Members of the discovery document.
    pub(crate) discovery: Vec<(&'static str, Value)>,
}

/// A running provider, which ends when it is dropped.
pub(crate) struct Provider {
    pub(crate) issuer: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    issuer: Mutex<String>,
    answers: Mutex<Answers>,
    codes: Mutex<HashMap<String, HashMap<String, String>>>,
    exchanges: AtomicUsize,
    key: PrivateKey,
    other: PrivateKey,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            issuer: Mutex::new(issuer.clone()),
            answers: Mutex::default(),
            codes: Mutex::default(),
            exchanges: AtomicUsize::new(0),
            key: PrivateKey::generate(),
            other: PrivateKey::generate(),
        });
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/keys", get(keys))
            .with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { issuer, shared, task }
    }

    /// Sets what differs in the answers from now on.
    pub(crate) fn answers(&self, answers: Answers) {
        *self.shared.answers.lock().unwrap() = answers;
    }

    /// How many codes it was asked to exchange.
    pub(crate) fn exchanges(&self) -> usize {
        self.shared.exchanges.load(Ordering::SeqCst)
    }

    /// Adds it to the tool.
    pub(crate) fn add_to(
        &self,
        lab: &Lab,
        name: &str,
        change: impl FnOnce(&mut NewProvider),
    ) -> IdentityProvider {
        let mut new = NewProvider {
            slug: None,
            preset: ProviderPreset::Generic,
            issuer: Some(self.issuer.clone()),
            change: ProviderChange {
                client_id: Some(CLIENT_ID.to_owned()),
                linking: Some(Linking::Manual),
                ..ProviderChange::default()
            },
        };
        change(&mut new);
        let name = Name::new(name).unwrap();
        let provider = identity_provider::checked(&name, &new, Clock::System.now()).unwrap();
        identity_provider::add(&mut lab.store(), &provider, SECRET, false).unwrap()
    }
}

/// The provider of the tool with this slug, as it is stored.
pub(crate) fn stored(lab: &Lab, slug: &str) -> IdentityProvider {
    lab.store().read().identity_provider(&Slug::new(slug).unwrap()).unwrap().unwrap()
}

async fn discovery(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let issuer = shared.issuer.lock().unwrap().clone();
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    for (name, value) in &shared.answers.lock().unwrap().discovery {
        document[*name] = value.clone();
    }
    Json(document)
}

async fn keys(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let key = public_jwk("one", &shared.key.modulus, &shared.key.exponent);
    Json(public_keyset(vec![key]))
}

/// Sends the browser back with a code at once.
async fn authorize(
    State(shared): State<Arc<Shared>>,
    Query(request): Query<HashMap<String, String>>,
) -> Response {
    let mut back = url::Url::parse(&request["redirect_uri"]).unwrap();
    let answers = shared.answers.lock().unwrap().clone();
    let mut query = back.query_pairs_mut();
    query.append_pair("state", &request["state"]);
    match answers.error {
        Some(error) => query.append_pair("error", error),
        None => {
            let mut codes = shared.codes.lock().unwrap();
            let code = format!("code-{}", codes.len());
            codes.insert(code.clone(), request.clone());
            query.append_pair("code", &code)
        }
    };
    if let Some(iss) = answers.iss {
        query.append_pair("iss", &iss);
    }
    drop(query);
    (StatusCode::FOUND, [(header::LOCATION, back.to_string())]).into_response()
}

/// Exchanges a code once, for the client with its secret and the verifier of its request.
async fn token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    shared.exchanges.fetch_add(1, Ordering::SeqCst);
    let answers = shared.answers.lock().unwrap().clone();
    if let Some((status, body)) = answers.token {
        return (StatusCode::from_u16(status).unwrap(), body).into_response();
    }
    let request = shared.codes.lock().unwrap().remove(&form["code"]);
    let Some(request) = request else {
        let body = json!({ "error": "invalid_grant" });
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    };
    let basic = headers[header::AUTHORIZATION].to_str().unwrap();
    let pair = format!("{CLIENT_ID}:the+client%27s+secret");
    let expected = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
    assert_eq!(basic, expected);
    assert!(!form.contains_key("client_secret"));
    assert_eq!(form["redirect_uri"], request["redirect_uri"]);
    assert_eq!(request["code_challenge_method"], "S256");
    assert_eq!(request["code_challenge"], challenge(&form["code_verifier"]));
    let now = Timestamp::now().as_second();
    let mut claims = json!({
        "iss": *shared.issuer.lock().unwrap(), "aud": CLIENT_ID, "sub": "tina-at-school",
        "nonce": request["nonce"], "iat": now, "exp": now + 300, "name": "Tina T.",
        "email": "tina@school.example.edu",
    });
    for (name, value) in &answers.claims {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(*name)),
            value => claims[*name] = value.clone(),
        }
    }
    let key = if answers.other_key { &shared.other } else { &shared.key };
    let mut token = jws::sign("JWT", &claims, "one", &key.pkcs8_der).unwrap();
    if let Some(header) = answers.header {
        let (_, rest) = token.split_once('.').unwrap();
        token = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()));
    }
    Json(json!({ "id_token": token, "access_token": "unused", "token_type": "Bearer" }))
        .into_response()
}

mod sha2_of {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    /// The PKCE challenge of a verifier.
    pub(super) fn challenge(verifier: &str) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
    }
}

//! `POST /token`: access tokens for tools that authenticate (RFC 6749, 4.4; RFC 7523; Security
//! Framework 1.0, 4.1).

use std::sync::Arc;

use aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::fields::field;
use super::jwt::{decoded, find_key};
use super::platform::Platform;
use super::tool::CLIENT_ID;
use super::web::form;

/// The only supported type of client assertion (RFC 7523, 2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Accepted difference of the tool's clock, in seconds.
const LEEWAY: i64 = 60;

/// Maximum number of bytes read of a tool's keyset.
const LARGEST_KEYSET: usize = 256 * 1024;

/// The scopes that the platform offers.
pub(super) const SCOPES: [&str; 6] = [
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
    "https://purl.imsglobal.org/spec/lti/scope/noticehandlers",
];

/// Why no token is issued (RFC 6749, 5.2).
#[derive(Debug)]
struct Denied(&'static str, String);

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        respond(StatusCode::BAD_REQUEST, &json!({ "error": self.0, "error_description": self.1 }))
    }
}

/// The claims of a client assertion.
#[derive(Deserialize)]
struct Assertion {
    iss: String,
    sub: String,
    aud: Value,
    exp: f64,
    iat: Option<f64>,
    jti: Option<String>,
}

/// `GET /token`, which no tool should send.
pub(super) async fn refuse_get() -> Response {
    Denied("invalid_request", "Access tokens must be requested by POST.".to_owned()).into_response()
}

/// `POST /token`
pub(super) async fn grant(
    State(platform): State<Arc<Platform>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match decide(&platform, &headers, &body).await {
        Ok(scope) => {
            let (token, now) = (platform.fresh_identifier(), platform.now());
            let lifetime = platform.state().services.grant(&token, &scope, now);
            let response = json!({ "access_token": token, "token_type": "Bearer", "expires_in": lifetime, "scope": scope });
            respond(StatusCode::OK, &response)
        }
        Err(denied) => denied.into_response(),
    }
}

fn respond(status: StatusCode, body: &Value) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")],
        body.to_string(),
    )
        .into_response()
}

/// Checks the request and returns the granted scopes.
async fn decide(platform: &Platform, headers: &HeaderMap, body: &Bytes) -> Result<String, Denied> {
    let invalid = |why: &str| Denied("invalid_request", why.to_owned());
    let form = form(headers, body).ok_or_else(|| {
        invalid("The request must be a form (application/x-www-form-urlencoded).")
    })?;
    match field(&form, "grant_type") {
        Some("client_credentials") => {}
        Some(_) => {
            return Err(Denied(
                "unsupported_grant_type",
                "grant_type must be client_credentials.".to_owned(),
            ));
        }
        None => return Err(invalid("grant_type is missing.")),
    }
    if field(&form, "client_assertion_type") != Some(ASSERTION_TYPE) {
        return Err(invalid(&format!("client_assertion_type must be {ASSERTION_TYPE}.")));
    }
    let assertion =
        field(&form, "client_assertion").ok_or_else(|| invalid("client_assertion is missing."))?;
    authenticate(platform, assertion).await?;
    let requested = field(&form, "scope").unwrap_or_default();
    let granted: Vec<&str> = requested.split(' ').filter(|scope| SCOPES.contains(scope)).collect();
    if granted.is_empty() {
        return Err(Denied(
            "invalid_scope",
            "None of the requested scopes is available.".to_owned(),
        ));
    }
    Ok(granted.join(" "))
}

/// Checks the client assertion: first its claims, then the signature with the tool's keyset, then
/// that it was not used before.
async fn authenticate(platform: &Platform, assertion: &str) -> Result<(), Denied> {
    let invalid = |why: &str| Denied("invalid_client", why.to_owned());
    let (message, signature) =
        assertion.rsplit_once('.').ok_or_else(|| invalid("The client assertion is not a JWT."))?;
    let (header, claims) =
        message.split_once('.').ok_or_else(|| invalid("The client assertion is not a JWT."))?;
    let header: Value =
        decoded(header).ok_or_else(|| invalid("The client assertion's header cannot be read."))?;
    let claims: Assertion = decoded(claims).ok_or_else(|| {
        invalid("The client assertion needs iss, sub, aud, exp and iat, the times as numbers.")
    })?;
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| invalid("The client assertion's signature cannot be read."))?;
    if header["alg"] != "RS256" {
        return Err(invalid("The client assertion must be signed with RS256."));
    }
    let kid = header["kid"]
        .as_str()
        .ok_or_else(|| invalid("The client assertion's header must name the key (kid)."))?;
    let jti = check_claims(platform, &claims)?;
    let tool = platform
        .state()
        .tool
        .clone()
        .ok_or_else(|| invalid("The tool's details are not known."))?;
    let keyset = fetch_keyset(platform, &tool.jwks_url)
        .await
        .map_err(|why| invalid(&format!("The tool's keyset {} {why}.", tool.jwks_url)))?;
    let key = find_key(&keyset, kid)
        .ok_or_else(|| invalid("The tool's keyset has no RSA key with that kid."))?;
    key.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature)
        .map_err(|_| invalid("The client assertion's signature is invalid."))?;
    spend(platform, jti, claims.exp)
}

fn check_claims<'a>(platform: &Platform, claims: &'a Assertion) -> Result<&'a str, Denied> {
    let invalid = |why: String| Err(Denied("invalid_client", why));
    if claims.iss != CLIENT_ID || claims.sub != CLIENT_ID {
        return invalid(format!(
            "iss and sub of the client assertion must be the client ID, {CLIENT_ID}."
        ));
    }
    let accepted = [platform.endpoint("/token"), platform.issuer.clone()];
    let fits = |audience: &Value| {
        audience.as_str().is_some_and(|audience| accepted.iter().any(|one| one == audience))
    };
    if !(fits(&claims.aud) || claims.aud.as_array().is_some_and(|list| list.iter().any(fits))) {
        return invalid(format!("aud of the client assertion must be {}.", accepted[0]));
    }
    let (now, leeway) = (seconds(platform.now().as_second()), seconds(LEEWAY));
    if claims.exp + leeway <= now {
        return invalid("The client assertion has expired.".to_owned());
    }
    if claims.iat.is_none_or(|iat| iat > now + leeway) {
        return invalid("iat of the client assertion is missing or in the future.".to_owned());
    }
    claims
        .jti
        .as_deref()
        .filter(|jti| !jti.is_empty())
        .ok_or_else(|| Denied("invalid_client", "The client assertion needs a jti.".to_owned()))
}

fn seconds(seconds: i64) -> f64 {
    seconds as f64
}

/// Marks an assertion as used, and removes expired ones.
fn spend(platform: &Platform, jti: &str, expires: f64) -> Result<(), Denied> {
    // A time beyond the range of i64 becomes its maximum.
    let expires = expires as i64;
    let now = platform.now().as_second();
    let mut state = platform.state();
    state.used_assertions.retain(|_, end| end.saturating_add(LEEWAY) > now);
    match state.used_assertions.insert(jti.to_owned(), expires) {
        None => Ok(()),
        Some(_) => {
            Err(Denied("invalid_client", "The client assertion was used before.".to_owned()))
        }
    }
}

/// Fetches the tool's keyset; an error is the rest of a sentence.
pub(super) async fn fetch_keyset(platform: &Platform, url: &str) -> Result<Value, String> {
    let mut response = platform
        .http
        .get(url)
        .send()
        .await
        .map_err(|error| format!("cannot be fetched: {}", error.without_url()))?;
    if response.status() != StatusCode::OK {
        return Err(format!("returned status {}", response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|error| format!("is incomplete: {}", error.without_url()))?
    {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST_KEYSET {
            return Err("is too large".to_owned());
        }
    }
    serde_json::from_slice(&body).map_err(|_| "is not JSON".to_owned())
}

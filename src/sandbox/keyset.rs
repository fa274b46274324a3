//! The platform's keyset, valid and invalid.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};

use super::keys::{attacker_key, base64url};
use super::keyset_variant::KeysetVariant;
use super::platform::Platform;

/// The delay of the slow keyset.
const SLOW: Duration = Duration::from_secs(30);

/// The size of the big keyset's padding, in bytes.
const BIG: usize = 5 * 1024 * 1024;

/// `GET /jwks`
pub(super) async fn jwks(State(platform): State<Arc<Platform>>) -> Response {
    platform.count_keyset_request();
    let variant = platform.state().keyset;
    respond(&platform, variant).await
}

/// `GET /jwks/{variant}`
pub(super) async fn jwks_variant(
    State(platform): State<Arc<Platform>>,
    Path(name): Path<String>,
) -> Response {
    platform.count_keyset_request();
    match name.parse() {
        Ok(variant) => respond(&platform, Some(variant)).await,
        Err(error) => (StatusCode::NOT_FOUND, format!("{error}\n")).into_response(),
    }
}

/// `GET /attacker/jwks`, the URL in forged headers.
pub(super) async fn attacker_jwks(State(platform): State<Arc<Platform>>) -> Response {
    platform.count_attacker_request();
    let attacker = platform.state().keys.attacker();
    json_response(&json!({ "keys": [attacker_key(&attacker).jwk()] }))
}

async fn respond(platform: &Platform, variant: Option<KeysetVariant>) -> Response {
    let keys = platform.state().keys.published();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut keys = keys.clone();
        keys.iter_mut().for_each(change);
        json_response(&json!({ "keys": keys }))
    };
    let Some(variant) = variant else { return json_response(&json!({ "keys": keys })) };
    match variant {
        KeysetVariant::Rsa1024 => changed(&|key| key["n"] = json!(short_modulus())),
        KeysetVariant::UseEnc => changed(&|key| key["use"] = json!("enc")),
        KeysetVariant::Oct => changed(
            &|key| *key = json!({ "kty": "oct", "alg": "HS256", "kid": key["kid"], "k": base64url([7; 32]), "use": "sig" }),
        ),
        KeysetVariant::DuplicateKid => duplicate(platform, keys),
        KeysetVariant::Empty => json_response(&json!({ "keys": [] })),
        KeysetVariant::Html => {
            axum::response::Html("<!doctype html><title>Sign in</title><p>Please sign in.</p>")
                .into_response()
        }
        KeysetVariant::Big => json_response(&json!({ "filler": "x".repeat(BIG), "keys": keys })),
        KeysetVariant::Redirect => Redirect::to(&platform.endpoint("/jwks")).into_response(),
        KeysetVariant::Slow => {
            tokio::time::sleep(SLOW).await;
            json_response(&json!({ "keys": keys }))
        }
        KeysetVariant::NotFound => (StatusCode::NOT_FOUND, "Not found\n").into_response(),
        KeysetVariant::ServerError => {
            (StatusCode::INTERNAL_SERVER_ERROR, "Out of order\n").into_response()
        }
        KeysetVariant::NoKid => {
            changed(&|key| drop(key.as_object_mut().and_then(|members| members.remove("kid"))))
        }
        KeysetVariant::NotAList => json_response(&json!({ "keys": { "0": keys } })),
        KeysetVariant::CutShort => {
            let text = json!({ "keys": keys }).to_string();
            ([(header::CONTENT_TYPE, "application/json")], text[..text.len() / 2].to_owned())
                .into_response()
        }
    }
}

/// An odd number of 1024 bits; no signature matches it, and none should be verified with it.
fn short_modulus() -> String {
    let mut bytes = [0xa5; 128];
    bytes[0] = 0xc1;
    base64url(bytes)
}

/// The published keys, preceded by the unpublished one with the same key ID.
fn duplicate(platform: &Platform, mut keys: Vec<Value>) -> Response {
    let attacker = platform.state().keys.attacker();
    let mut twin = attacker_key(&attacker).jwk();
    twin["kid"] = keys[0]["kid"].clone();
    keys.insert(0, twin);
    json_response(&json!({ "keys": keys }))
}

fn json_response(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], value.to_string()).into_response()
}

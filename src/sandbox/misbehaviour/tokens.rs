//! The functions behind the table: change objects, forge tokens, change responses.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE};
use serde_json::{Value, json};

use super::super::claims::{Object, claim, object};
use super::super::keys::{Scheme, seal_with_secret, signing_input};
use super::super::school::Role;
use super::effect::{Material, ResponseFields, json as text};

/// Sets a member.
pub(super) fn set(object: &mut Object, name: &str, value: impl Into<Value>) {
    object.insert(name.to_owned(), value.into());
}

/// Removes a member.
pub(super) fn unset(object: &mut Object, name: &str) {
    object.remove(name);
}

/// Half a second later.
pub(super) fn with_half(seconds: i64) -> f64 {
    seconds as f64 + 0.5
}

/// Sets or removes the custom parameter `id`.
pub(super) fn custom(claims: &mut Object, id: Option<&str>) {
    if let Some(Value::Object(custom)) = claims.get_mut(&claim("custom")) {
        match id {
            Some(id) => set(custom, "id", id),
            None => unset(custom, "id"),
        }
    }
}

/// Adds custom parameters.
pub(super) fn add_custom(claims: &mut Object, more: Value) {
    if let Some(Value::Object(custom)) = claims.get_mut(&claim("custom")) {
        custom.extend(object(more));
    }
}

/// A host that starts with the tool's: `https://tool.example` becomes
/// `https://tool.example.evil.example`.
pub(super) fn suffixed(tool_url: &str) -> String {
    edit_host(tool_url, |url, host| url.set_host(Some(&format!("{host}.evil.example"))).is_ok())
}

/// The tool's host with another port.
pub(super) fn other_port(tool_url: &str) -> String {
    edit_host(tool_url, |url, _| {
        url.set_port(Some(if url.port() == Some(4443) { 4444 } else { 4443 })).is_ok()
    })
}

fn edit_host(tool_url: &str, edit: impl Fn(&mut url::Url, &str) -> bool) -> String {
    let changed = url::Url::parse(tool_url).ok().and_then(|mut url| {
        // An IP address cannot be the prefix of a name, so a name is used instead.
        let host = if let Some(url::Host::Domain(name)) = url.host() {
            name.to_owned()
        } else {
            "localhost".to_owned()
        };
        edit(&mut url, &host).then(|| url.to_string())
    });
    changed.unwrap_or_else(|| "https://evil.example/".to_owned())
}

/// No signature, and an algorithm that needs none.
pub(super) fn unsigned(
    _: &Material<'_>,
    mut header: Object,
    claims: Object,
    algorithm: &str,
) -> String {
    set(&mut header, "alg", algorithm);
    format!("{}.", signing_input(&text(&header), &text(&claims)))
}

/// HS256 with the public key's PEM as the secret.
pub(super) fn hs256_pem(material: &Material<'_>, header: Object, claims: Object) -> String {
    hs256(material.key.public_pem().as_bytes(), header, &claims)
}

/// HS256 with the public key's JWK as the secret.
pub(super) fn hs256_jwk(material: &Material<'_>, header: Object, claims: Object) -> String {
    hs256(material.key.jwk().to_string().as_bytes(), header, &claims)
}

fn hs256(secret: &[u8], mut header: Object, claims: &Object) -> String {
    set(&mut header, "alg", "HS256");
    seal_with_secret(secret, &text(&header), &text(claims))
}

/// A valid PS256 signature.
pub(super) fn ps256(material: &Material<'_>, mut header: Object, claims: Object) -> String {
    set(&mut header, "alg", "PS256");
    material.key.seal(Scheme::Ps256, &text(&header), &text(&claims))
}

/// A valid ES256 signature.
pub(super) fn es256(material: &Material<'_>, mut header: Object, claims: Object) -> String {
    let key = (material.on_curve)();
    set(&mut header, "alg", "ES256");
    set(&mut header, "kid", key.kid());
    key.seal(&text(&header), &text(&claims))
}

/// The unpublished key signs under the published key's ID.
pub(super) fn other_key(material: &Material<'_>, header: Object, claims: Object) -> String {
    (material.attacker)().seal(Scheme::Rs256, &text(&header), &text(&claims))
}

/// The unpublished key signs under the published key's ID, and the header contains it.
pub(super) fn attacker_jwk(material: &Material<'_>, mut header: Object, claims: Object) -> String {
    let mut jwk = object((material.attacker)().jwk());
    set(&mut jwk, "kid", material.key.kid());
    set(&mut header, "jwk", jwk);
    other_key(material, header, claims)
}

/// The unpublished key signs under its own ID, and the header contains its URL.
pub(super) fn attacker_jku(material: &Material<'_>, mut header: Object, claims: Object) -> String {
    let url = material.scene.endpoint("/attacker/jwks");
    set(&mut header, "jku", url.clone());
    set(&mut header, "x5u", url);
    set(&mut header, "kid", (material.attacker)().kid());
    other_key(material, header, claims)
}

/// The signature belongs to other claims.
pub(super) fn changed_after_signing(
    material: &Material<'_>,
    header: Object,
    mut claims: Object,
) -> String {
    let signed = material.seal(&header, &claims);
    let signature = signed.rsplit('.').next().unwrap_or_default();
    set(&mut claims, &claim("roles"), json!(Role::Admin.uris()));
    set(&mut claims, "sub", "1");
    format!("{}.{signature}", signing_input(&text(&header), &text(&claims)))
}

/// `header.payload.` without the signature.
pub(super) fn without_signature(token: &str) -> String {
    format!("{}.", first_two(token))
}

/// `header.payload`.
pub(super) fn first_two(token: &str) -> String {
    token.rsplit_once('.').map_or(token, |(start, _)| start).to_owned()
}

/// The token without its last characters.
pub(super) fn cut(token: &str, characters: usize) -> String {
    token[..token.len().saturating_sub(characters)].to_owned()
}

/// Any bytes as the payload, with a valid signature.
pub(super) fn raw(material: &Material<'_>, header: &Object, payload: &[u8]) -> String {
    material.key.seal(Scheme::Rs256, &text(header), payload)
}

/// Padded base64url, signed in this form. A signature of 256 bytes always needs padding.
pub(super) fn padded(material: &Material<'_>, header: Object, claims: Object) -> String {
    encoded(material, &URL_SAFE, &header, &claims)
}

/// Standard base64, signed in this form. The question marks result in a slash at any offset.
pub(super) fn standard_base64(
    material: &Material<'_>,
    header: Object,
    mut claims: Object,
) -> String {
    set(&mut claims, "filler", "????????");
    encoded(material, &STANDARD_NO_PAD, &header, &claims)
}

fn encoded(
    material: &Material<'_>,
    engine: &impl Engine,
    header: &Object,
    claims: &Object,
) -> String {
    let message = format!("{}.{}", engine.encode(text(header)), engine.encode(text(claims)));
    let signature = engine.encode(material.key.signature(Scheme::Rs256, message.as_bytes()));
    format!("{message}.{signature}")
}

/// `sub` twice: first another person's, then the user's own.
pub(super) fn duplicate_claim(material: &Material<'_>, header: Object, claims: Object) -> String {
    raw(material, &header, &spliced(&claims, br#""sub":"1","#))
}

/// A claim whose text contains the byte 0xff.
pub(super) fn not_utf8(material: &Material<'_>, header: Object, claims: Object) -> String {
    raw(material, &header, &spliced(&claims, b"\"filler\":\"\xff\","))
}

/// A claim with nested lists.
pub(super) fn nested(material: &Material<'_>, header: Object, claims: Object) -> String {
    const LEVELS: usize = 10_000;
    let lists = format!(r#""filler":{}{},"#, "[".repeat(LEVELS), "]".repeat(LEVELS));
    raw(material, &header, &spliced(&claims, lists.as_bytes()))
}

/// The claims as JSON with text after the opening brace that no JSON serializer would produce.
fn spliced(claims: &Object, piece: &[u8]) -> Vec<u8> {
    let claims = text(claims);
    [b"{", piece, &claims[1..]].concat()
}

/// An error instead of the token.
pub(super) fn error(response: &mut ResponseFields, code: &str, description: &str) {
    response.retain(|(name, _)| name != "id_token");
    response.insert(0, ("error_description".to_owned(), description.to_owned()));
    response.insert(0, ("error".to_owned(), code.to_owned()));
}

/// Repeats a field.
pub(super) fn repeat(response: &mut ResponseFields, field: &str) {
    if let Some(found) = response.iter().find(|(name, _)| name == field).cloned() {
        response.push(found);
    }
}

/// Appends text to a field.
pub(super) fn append(response: &mut ResponseFields, field: &str, more: &str) {
    response
        .iter_mut()
        .filter(|(name, _)| name == field)
        .for_each(|(_, value)| value.push_str(more));
}

/// Replaces the value of a field.
pub(super) fn replace(response: &mut ResponseFields, field: &str, other: &str) {
    response
        .iter_mut()
        .filter(|(name, _)| name == field)
        .for_each(|(_, value)| other.clone_into(value));
}

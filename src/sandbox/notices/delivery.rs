//! Signs notices and sends them.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::super::claims::{Object, claim, object};
use super::super::keys::{Scheme, attacker_key};
use super::super::payload;
use super::super::platform::Platform;
use super::super::tool::{CLIENT_ID, DEPLOYMENT_ID};
use super::choice::{HELLO_WORLD, NoticeChoice, NoticeSwitch};

/// Lifetime of a notice in seconds; the same as Canvas's.
const LIFETIME: i64 = 3600;

/// Sends a notice, again after a status of 500 or more if the options say so. Returns the statuses.
pub(super) async fn send(platform: &Platform, url: &str, choice: &NoticeChoice) -> Vec<u16> {
    let options = platform.state().notices.options.clone();
    if !options.delay.is_zero() {
        tokio::time::sleep(options.delay).await;
    }
    let body = body(platform, choice).to_string();
    let mut statuses = Vec::new();
    for _ in 0..=options.retries {
        let sent = platform
            .http
            .post(url)
            .header("content-type", "application/json")
            .body(body.clone())
            .send()
            .await;
        let status = sent.map_or(0, |response| response.status().as_u16());
        statuses.push(status);
        if (1..500).contains(&status) {
            break;
        }
    }
    statuses
}

fn body(platform: &Platform, choice: &NoticeChoice) -> Value {
    let has = |switch| choice.switches.contains(&switch);
    let good = signed(platform, choice);
    let tokens = if has(NoticeSwitch::Duplicate) {
        vec![good.clone(), good]
    } else if has(NoticeSwitch::BadInBatch) {
        let other = NoticeChoice { switches: Vec::new(), id: None, ..choice.clone() };
        let bad = other.clone().with(NoticeSwitch::WrongKey);
        vec![good, signed(platform, &bad), signed(platform, &other)]
    } else {
        vec![good]
    };
    let entry = |token| match has(NoticeSwitch::BareStrings) {
        true => json!(token),
        false => json!({ "jwt": token }),
    };
    json!({ "notices": tokens.into_iter().map(entry).collect::<Vec<_>>() })
}

/// One token.
pub(super) fn signed(platform: &Platform, choice: &NoticeChoice) -> String {
    let has = |switch| choice.switches.contains(&switch);
    // The lock must not be held while signing.
    let (key, attacker) = {
        let keys = &platform.state().keys;
        (keys.current(), keys.attacker())
    };
    let key = match has(NoticeSwitch::WrongKey) {
        true => attacker_key(&attacker),
        false => &*key,
    };
    let mut header = payload::header(key.kid());
    if has(NoticeSwitch::NoKeyId) {
        header.remove("kid");
    }
    let payload = claims(platform, choice);
    let [header, payload] = [header, payload].map(|part| Value::Object(part).to_string());
    key.seal(Scheme::Rs256, header.as_bytes(), payload.as_bytes())
}

fn claims(platform: &Platform, choice: &NoticeChoice) -> Object {
    let has = |switch| choice.switches.contains(&switch);
    let now = platform.now();
    let issued_at = match has(NoticeSwitch::Expired) {
        true => now.as_second() - 2 * LIFETIME,
        false => now.as_second(),
    };
    let client_id = if has(NoticeSwitch::ForeignClient) { "another-tool" } else { CLIENT_ID };
    let audience = match has(NoticeSwitch::AudienceList) {
        true => json!([client_id, "another-tool"]),
        false => json!(client_id),
    };
    let mut claims = object(json!({
        "iss": platform.issuer, "aud": audience, "azp": client_id, "iat": issued_at,
        "exp": issued_at + LIFETIME, "nonce": platform.fresh_identifier(),
    }));
    let notice_type = match has(NoticeSwitch::UnknownType) {
        true => "LtiSandboxNotice",
        false => &choice.notice_type,
    };
    let mut add = |name: &str, value: Value| drop(claims.insert(claim(name), value));
    add("version", json!("1.3.0"));
    let deployment_id =
        if has(NoticeSwitch::ForeignDeployment) { "another" } else { DEPLOYMENT_ID };
    add("deployment_id", json!(deployment_id));
    let id = choice.id.clone().unwrap_or_else(|| platform.fresh_identifier());
    let at = now - SignedDuration::from_secs(1);
    add("notice", json!({ "id": id, "timestamp": at.to_string(), "type": notice_type }));
    if let Some([id, label, title]) = &choice.context {
        let course = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering";
        add("context", json!({ "id": id, "label": label, "title": title, "type": [course] }));
    }
    if !choice.origins.is_empty() && !has(NoticeSwitch::NoOrigins) {
        add("origin_contexts", json!(choice.origins));
    }
    if has(NoticeSwitch::MessageType) {
        add("message_type", json!("LtiResourceLinkRequest"));
    }
    if choice.notice_type == HELLO_WORLD {
        let greeting = json!({ "title": "Hello World!", "message": "Hello from the sandbox" });
        claims.insert("https://www.instructure.com/hello_world".to_owned(), greeting);
    }
    claims
}

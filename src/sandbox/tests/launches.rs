//! Good launches, and all differences from them.

use std::collections::BTreeMap;

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::browser::{Browser, Form, Page};
use super::super::claims::claim;
use super::super::{LaunchChoice, Misbehaviour, Sandbox, Storage, User, Variation};
use super::{decoded, platform_and_tool, token_on};

/// Whether a token's signature matches the key that the platform publishes under the token's `kid`.
async fn verifies(sandbox: &Sandbox, browser: &mut Browser, token: &str) -> bool {
    let keyset: Value =
        serde_json::from_str(&browser.get(&sandbox.keyset_url()).await.unwrap().body).unwrap();
    let kid = decoded(token, 0)["kid"].clone();
    let Some(key) = keyset["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid) else {
        return false;
    };
    let number = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let key = PublicKeyComponents { n: number("n"), e: number("e") };
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
    key.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature).is_ok()
}

#[tokio::test]
async fn good_launches_reach_the_tool_and_verify() {
    let sandbox = platform_and_tool().await;
    let mut browser = Browser::new();
    let response = sandbox.launch_and_follow(&mut browser, &LaunchChoice::student()).await.unwrap();
    let log: Vec<(&str, u16)> =
        browser.log.iter().map(|exchange| (exchange.method.as_str(), exchange.status)).collect();
    assert_eq!(log, [("POST", 200), ("POST", 302), ("GET", 200), ("POST", 200)]);
    let fields: BTreeMap<String, String> =
        serde_json::from_str::<Vec<(String, String)>>(&response.body)
            .unwrap()
            .into_iter()
            .collect();
    assert_eq!(fields["state"], "the-state");
    let token = &fields["id_token"];
    assert!(verifies(&sandbox, &mut browser, token).await);
    assert_eq!(decoded(token, 0)["alg"], "RS256");
    let claims = decoded(token, 1);
    assert_eq!(claims["iss"], sandbox.issuer());
    assert_eq!(claims["aud"], sandbox.client_id());
    assert_eq!(claims["nonce"], "the-nonce");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60);
    assert_eq!(claims["name"], "Sam Student");
    assert_eq!(claims[claim("deployment_id")], sandbox.deployment_id());
    assert_eq!(
        claims[claim("roles")],
        json!(["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"])
    );
    assert_eq!(claims[claim("custom")]["id"], "393cf3fc-5b7c-4b60-b528-80e38f6159d3");
}

#[tokio::test]
async fn login_requests_are_like_moodles() {
    let sandbox = platform_and_tool().await;
    let form =
        sandbox.click(&mut Browser::new(), &LaunchChoice::student()).await.unwrap().form().unwrap();
    let names: Vec<&str> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "iss",
            "target_link_uri",
            "login_hint",
            "lti_message_hint",
            "client_id",
            "lti_deployment_id"
        ]
    );
    assert_eq!(form.method, "POST");
    assert_eq!(form.field("login_hint"), Some("4"));
    assert!(
        serde_json::from_str::<Value>(form.field("lti_message_hint").unwrap()).unwrap()["launchid"]
            .is_string()
    );
}

#[tokio::test]
async fn login_requests_name_the_storage_frame() {
    let sandbox = platform_and_tool().await;
    for (storage, expected) in Storage::ALL.iter().zip([
        None,
        Some("_parent"),
        Some("post_message_forwarding"),
        Some("_parent"),
        Some("_parent"),
        Some("_parent"),
    ]) {
        let choice = LaunchChoice { storage: *storage, ..LaunchChoice::student() };
        let form = sandbox.click(&mut Browser::new(), &choice).await.unwrap().form().unwrap();
        assert_eq!(form.field("lti_storage_target"), expected, "{storage}");
    }
    let frame = Browser::new().get(&format!("{}/storage", sandbox.issuer())).await.unwrap();
    let tool = sandbox.tool().unwrap().tool_url;
    assert!(
        frame
            .body
            .contains(&format!("data-tool-origin=\"{}\"", tool.strip_suffix("/launch").unwrap())),
        "{}",
        frame.body
    );
}

#[tokio::test]
async fn choices_change_the_launch() {
    let sandbox = platform_and_tool().await;
    let mut choice = LaunchChoice::of(User::Anonymous)
        .custom("id", "other")
        .patched(json!({ "sub": null, "amr": ["pwd"] }));
    choice.header_patch = Some(json!({ "kid": "another" }));
    choice.target_link_uri = Some("http://localhost:1/deep".to_owned());
    choice.login =
        [("lti_deployment_id".to_owned(), String::new()), ("extra".to_owned(), "1".to_owned())]
            .into();
    let mut browser = Browser::new();
    let login = sandbox.click(&mut browser, &choice).await.unwrap().form().unwrap();
    assert_eq!(login.field("target_link_uri"), Some("http://localhost:1/deep"));
    assert_eq!((login.field("lti_deployment_id"), login.field("extra")), (None, Some("1")));
    let token = token_on(&sandbox.launch_until_token(&mut browser, &choice).await.unwrap());
    let claims = decoded(&token, 1);
    assert_eq!(decoded(&token, 0)["kid"], "another");
    assert_eq!(
        (&claims["sub"], &claims["amr"], &claims["name"]),
        (&Value::Null, &json!(["pwd"]), &Value::Null)
    );
    assert_eq!(claims[claim("custom")]["id"], "other");
    assert_eq!(claims[claim("target_link_uri")], "http://localhost:1/deep");
}

#[tokio::test]
async fn clock_and_keys_can_be_changed() {
    let sandbox = platform_and_tool().await;
    let mut browser = Browser::new();
    let before = token_on(
        &sandbox.launch_until_token(&mut browser, &LaunchChoice::student()).await.unwrap(),
    );
    sandbox.rotate_keys();
    sandbox.set_clock_offset(-3600);
    let after = token_on(
        &sandbox.launch_until_token(&mut browser, &LaunchChoice::student()).await.unwrap(),
    );
    assert_ne!(decoded(&before, 0)["kid"], decoded(&after, 0)["kid"]);
    assert!(
        verifies(&sandbox, &mut browser, &before).await
            && verifies(&sandbox, &mut browser, &after).await
    );
    let shift =
        decoded(&before, 1)["iat"].as_i64().unwrap() - decoded(&after, 1)["iat"].as_i64().unwrap();
    assert!((3595..=3600).contains(&shift), "{shift}");
    assert_eq!(sandbox.keyset_requests(), 2);
}

#[tokio::test]
async fn variations_are_those_of_the_certification_suite() {
    let sandbox = platform_and_tool().await;
    let mut browser = Browser::new();
    let (context, roles) = (claim("context"), claim("roles"));
    for variation in Variation::ALL {
        for choice in [LaunchChoice::teacher(), LaunchChoice::student()] {
            let token = token_on(
                &sandbox
                    .launch_until_token(&mut browser, &choice.clone().varied(*variation))
                    .await
                    .unwrap(),
            );
            assert!(verifies(&sandbox, &mut browser, &token).await);
            let claims = decoded(&token, 1);
            let found = (
                claims.get("name").is_some(),
                claims.get("email").is_some(),
                claims.get(&context).is_some(),
            );
            let expected = match variation {
                Variation::EmailOnly => (false, true, true),
                Variation::NamesOnly => (true, false, true),
                Variation::NoPii => (false, false, true),
                Variation::EmailWithoutContext => (false, true, false),
                _ => (true, true, true),
            };
            assert_eq!(found, expected, "{variation}");
            let first = claims[&roles][0].as_str().unwrap();
            match variation {
                Variation::NoRole => assert_eq!(claims[&roles], json!([""])),
                Variation::ShortRole => assert_eq!(
                    first,
                    if choice.user == User::Tina { "Instructor" } else { "Learner" }
                ),
                Variation::UnknownRole => {
                    assert_eq!(first.ends_with("unknown#Helper"), choice.user == User::Tina)
                }
                _ => {
                    assert!(first.starts_with("http://purl.imsglobal.org/vocab/lis/v2/membership#"))
                }
            }
        }
    }
}

/// What a launch sends, without what differs between all launches.
fn comparable(login: &Form, response: &Page, good: &Value) -> Value {
    let form = response.form();
    let form = form.as_ref();
    let token = form.and_then(|form| form.field("id_token")).unwrap_or_default();
    let part = |number: usize| -> Value {
        let bytes = token
            .split('.')
            .nth(number)
            .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok())
            .unwrap_or_default();
        let mut value = serde_json::from_slice(&bytes).unwrap_or(json!(bytes.len()));
        // A second may pass between two launches.
        for name in ["iat", "exp"] {
            if let (Some(time), Some(expected)) =
                (value[name].as_i64(), good["claims"][name].as_i64())
                && (time - expected).abs() < 10
            {
                value[name] = json!(expected);
            }
        }
        value
    };
    let mut login_fields = login.fields.clone();
    for (_, value) in &mut login_fields {
        if value.starts_with(r#"{"cmid"#) && value.ends_with('}') {
            *value = "hint".to_owned();
        }
    }
    let fields: Vec<(&str, &str)> = form
        .map(|form| {
            form.fields
                .iter()
                .map(|(name, value)| (name.as_str(), if name == "id_token" { "" } else { value }))
                .collect()
        })
        .unwrap_or_default();
    json!({ "login": [login.method, login_fields], "fields": fields, "header": part(0), "claims": part(1), "parts": token.split('.').count() })
}

async fn whole(
    sandbox: &Sandbox,
    browser: &mut Browser,
    choice: &LaunchChoice,
    good: &Value,
) -> (Value, Page) {
    let login = sandbox.click(browser, choice).await.unwrap().form().unwrap();
    let response = sandbox.launch_until_token(browser, choice).await.unwrap();
    (comparable(&login, &response, good), response)
}

/// Misbehaviours that affect only the signature.
const SIGNED_OTHERWISE: [Misbehaviour; 3] =
    [Misbehaviour::SignedByOtherKey, Misbehaviour::SignatureEmpty, Misbehaviour::SignatureShort];

#[tokio::test]
async fn every_misbehaviour_differs_from_a_good_launch() {
    let sandbox = platform_and_tool().await;
    let mut browser = Browser::new();
    let (good, _) = whole(&sandbox, &mut browser, &LaunchChoice::student(), &Value::Null).await;
    let (again, _) = whole(&sandbox, &mut browser, &LaunchChoice::student(), &good).await;
    assert_eq!(good, again, "two good launches are alike");
    for misbehaviour in Misbehaviour::ALL {
        let (bad, response) =
            whole(&sandbox, &mut browser, &LaunchChoice::student().with(*misbehaviour), &good)
                .await;
        let token = response.form().and_then(|form| form.field("id_token").map(str::to_owned));
        if *misbehaviour == Misbehaviour::DuplicateClaims {
            // Parsers that use the last of two values see no difference; the text itself is checked
            // below.
            continue;
        }
        if SIGNED_OTHERWISE.contains(misbehaviour) {
            assert!(!verifies(&sandbox, &mut browser, &token.unwrap()).await, "{misbehaviour}");
        } else {
            assert_ne!(good, bad, "{misbehaviour}");
        }
    }
}

/// Whether the token itself is valid, so that it can only be refused for the described difference.
fn is_signed(misbehaviour: Misbehaviour) -> bool {
    let forged = matches!(
        misbehaviour.group(),
        "Algorithm" | "Key and header" | "Form of the token" | "Response" | "Login request"
    );
    misbehaviour.is_valid() || !forged
}

#[tokio::test]
async fn tokens_with_wrong_claims_have_a_valid_signature() {
    let sandbox = platform_and_tool().await;
    let mut browser = Browser::new();
    for misbehaviour in Misbehaviour::ALL.iter().filter(|one| is_signed(**one)) {
        let page = sandbox
            .launch_until_token(&mut browser, &LaunchChoice::student().with(*misbehaviour))
            .await
            .unwrap();
        assert!(verifies(&sandbox, &mut browser, &token_on(&page)).await, "{misbehaviour}");
    }
}

#[tokio::test]
async fn forged_tokens_are_as_described() {
    let sandbox = platform_and_tool().await;
    let get = async |misbehaviour| {
        token_on(
            &sandbox
                .launch_until_token(
                    &mut Browser::new(),
                    &LaunchChoice::student().with(misbehaviour),
                )
                .await
                .unwrap(),
        )
    };
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let payload = |token: &str| bytes(token.split('.').nth(1).unwrap());
    assert!(get(Misbehaviour::AlgNoneMixed).await.ends_with('.'));
    assert!(get(Misbehaviour::Padding).await.ends_with("=="));
    assert!(get(Misbehaviour::StandardBase64).await.contains('/'));
    assert!(get(Misbehaviour::HugeToken).await.len() > 1_000_000);
    assert!(String::from_utf8(payload(&get(Misbehaviour::NotUtf8).await)).is_err());
    assert_eq!(
        String::from_utf8(payload(&get(Misbehaviour::DuplicateClaims).await))
            .unwrap()
            .matches(r#""sub":"#)
            .count(),
        2
    );
    assert!(
        payload(&get(Misbehaviour::DeepNesting).await).iter().filter(|byte| **byte == b'[').count()
            > 10_000
    );
    assert!(decoded(&get(Misbehaviour::PayloadArray).await, 1).is_array());
    assert_eq!(decoded(&get(Misbehaviour::ExpHuge).await, 1)["exp"].as_f64(), Some(1e30));
    let jku = get(Misbehaviour::JkuOfAttacker).await;
    let keyset = Browser::new().get(decoded(&jku, 0)["jku"].as_str().unwrap()).await.unwrap();
    assert!(keyset.body.contains(decoded(&jku, 0)["kid"].as_str().unwrap()));
    assert_eq!((sandbox.attacker_requests(), sandbox.keyset_requests()), (1, 0));
}

#[test]
fn names_and_descriptions_of_misbehaviours_are_unique_words() {
    let names: std::collections::BTreeSet<_> =
        Misbehaviour::ALL.iter().map(|one| one.name()).collect();
    let descriptions: std::collections::BTreeSet<_> =
        Misbehaviour::ALL.iter().map(|one| one.description()).collect();
    assert_eq!(
        (names.len(), descriptions.len()),
        (Misbehaviour::ALL.len(), Misbehaviour::ALL.len())
    );
    for one in Misbehaviour::ALL {
        assert_eq!(one.name().parse(), Ok(*one));
        assert!(
            one.name()
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
            "{one}"
        );
    }
    assert!(
        "nothing"
            .parse::<Misbehaviour>()
            .unwrap_err()
            .to_string()
            .starts_with(r#"misbehaviour "nothing" is unknown; choose one of alg-none, "#)
    );
}

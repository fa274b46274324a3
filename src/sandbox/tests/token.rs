//! The token endpoint: valid and invalid client assertions.

use serde_json::{Value, json};

use super::super::browser::Browser;
use super::super::claims::merge;
use super::super::keys::{Scheme, SigningKey};
use super::super::{Sandbox, ServiceOptions, generate_signing_key};
use super::{Client, LINE_ITEM, LINE_ITEMS, MEMBERS, platform_and_tool, tool_key};

const SCORE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";

fn assertion(sandbox: &Sandbox, jti: &str, patch: &Value, key: &SigningKey) -> String {
    let now = jiff::Timestamp::now().as_second();
    let Value::Object(mut claims) = json!({
        "iss": sandbox.client_id(), "sub": sandbox.client_id(), "aud": sandbox.access_token_url(), "iat": now, "exp": now + 60, "jti": jti,
    }) else {
        unreachable!("an object was written")
    };
    merge(&mut claims, patch);
    let header = json!({ "alg": "RS256", "kid": tool_key().kid() }).to_string();
    key.seal(Scheme::Rs256, header.as_bytes(), Value::Object(claims).to_string().as_bytes())
}

async fn ask(sandbox: &Sandbox, assertion: String, scope: &str) -> (u16, Value) {
    let fields = [
        ("grant_type", "client_credentials".to_owned()),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
        ),
        ("client_assertion", assertion),
        ("scope", scope.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let page = Browser::new().post_form(&sandbox.access_token_url(), &fields).await.unwrap();
    (page.status, serde_json::from_str(&page.body).unwrap())
}

#[tokio::test]
async fn valid_assertions_get_a_token_once() {
    let sandbox = platform_and_tool().await;
    let good = assertion(&sandbox, "one", &json!({}), tool_key());
    let (status, response) =
        ask(&sandbox, good.clone(), &format!("{SCORE} https://unknown.example")).await;
    assert_eq!(
        (status, &response["token_type"], &response["expires_in"], &response["scope"]),
        (200, &json!("Bearer"), &json!(3600), &json!(SCORE))
    );
    assert!(response["access_token"].as_str().unwrap().len() >= 32);
    let (status, response) = ask(&sandbox, good, SCORE).await;
    assert_eq!(
        (status, &response["error"], &response["error_description"]),
        (400, &json!("invalid_client"), &json!("The client assertion was used before."))
    );
    let list = assertion(&sandbox, "two", &json!({ "aud": ["x", sandbox.issuer()] }), tool_key());
    assert_eq!(ask(&sandbox, list, SCORE).await.0, 200);
    let nothing_known = assertion(&sandbox, "three", &json!({}), tool_key());
    assert_eq!(
        ask(&sandbox, nothing_known, "https://unknown.example").await.1["error"],
        "invalid_scope"
    );
}

#[tokio::test]
async fn invalid_assertions_get_no_token() {
    let sandbox = platform_and_tool().await;
    let other = SigningKey::from_pkcs8(&generate_signing_key().unwrap()).unwrap();
    let now = jiff::Timestamp::now().as_second();
    for (patch, key, text) in [
        (json!({}), &other, "signature is invalid"),
        (json!({ "iss": "other-tool" }), tool_key(), "iss and sub"),
        (json!({ "sub": "other-tool" }), tool_key(), "iss and sub"),
        (
            json!({ "aud": "https://example.com/" }),
            tool_key(),
            "aud of the client assertion must be",
        ),
        (json!({ "exp": now - 61 }), tool_key(), "has expired"),
        (json!({ "iat": now + 3600 }), tool_key(), "in the future"),
        (json!({ "exp": "soon" }), tool_key(), "the times as numbers"),
        (json!({ "jti": null }), tool_key(), "needs a jti"),
    ] {
        let (status, response) = ask(&sandbox, assertion(&sandbox, "x", &patch, key), SCORE).await;
        assert_eq!((status, &response["error"]), (400, &json!("invalid_client")), "{patch}");
        assert!(
            response["error_description"].as_str().unwrap().contains(text),
            "{patch}: {response}"
        );
    }
    for junk in ["", "a", "a.b", "a.b.c"] {
        assert_eq!(ask(&sandbox, junk.to_owned(), SCORE).await.0, 400, "{junk}");
    }
    assert_eq!(Browser::new().get(&sandbox.access_token_url()).await.unwrap().status, 400);
}

#[tokio::test]
async fn tokens_grant_only_their_scopes() {
    let sandbox = platform_and_tool().await;
    let mut client = Client::new(&sandbox);
    let readonly = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly";
    let (_, response) = ask(
        &sandbox,
        assertion(&sandbox, "one", &json!({}), tool_key()),
        &format!("https://unknown.example {readonly}"),
    )
    .await;
    client.token = response["access_token"].as_str().unwrap().to_owned();
    let lineitems = "/services/2/lineitems?type_id=1";
    assert_eq!(client.get(lineitems, LINE_ITEMS).await.status, 200);
    assert_eq!(client.get("/services/2/memberships?type_id=1", MEMBERS).await.status, 401);
    assert_eq!(
        client
            .call("POST", lineitems, LINE_ITEM, &json!({ "label": "A", "scoreMaximum": 1 }))
            .await
            .unwrap()
            .status,
        401
    );
    sandbox.set_clock_offset(3601);
    assert_eq!(client.get(lineitems, LINE_ITEMS).await.status, 401);
    sandbox.set_services(ServiceOptions { token_lifetime: 5, ..ServiceOptions::default() });
    let now = jiff::Timestamp::now().as_second() + 3601;
    let later = assertion(&sandbox, "two", &json!({ "iat": now, "exp": now + 60 }), tool_key());
    assert_eq!(ask(&sandbox, later, readonly).await.1["expires_in"], 5);
}

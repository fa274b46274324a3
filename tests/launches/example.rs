//! The example in the documentation of the library's `lti`.

include!("../../src/lti/example.rs");

#[test]
fn the_example_validates_a_launch() {
    use ltictl::lti::{jws, keyset, login::Fingerprint, private_key::PrivateKey};
    let pair = PrivateKey::generate();
    let keys = keyset::public_keyset(vec![keyset::public_jwk("1", &pair.modulus, &pair.exponent)]);
    let keyset = Keyset::parse(keys.to_string().as_bytes()).unwrap();
    let claim = |name: &str| format!("https://purl.imsglobal.org/spec/lti/claim/{name}");
    let target = "https://tool.example/launch";
    let claims = serde_json::json!({
        "iss": "https://lms.example", "aud": "client", "sub": "4", "nonce": "n",
        "iat": 1000, "exp": 1060,
        claim("version"): "1.3.0",
        claim("message_type"): "LtiResourceLinkRequest",
        claim("deployment_id"): "7",
        claim("target_link_uri"): target,
        claim("roles"): [],
        claim("resource_link"): { "id": "1" },
    });
    let token = jws::sign("JWT", &claims, "1", &pair.pkcs8_der).unwrap();
    let expected = Expectation {
        issuer: "https://lms.example",
        client_id: "client",
        algorithms: &["RS256"],
        nonce: "n",
        target_link_uri: Fingerprint::of(target),
        deployment_id: None,
        deployment_known: true,
        tool_origin: "https://tool.example",
        leeway_seconds: 60,
        staff_roles: &["Instructor"],
        allow_anonymous: false,
        message_types: &["LtiResourceLinkRequest"],
        keyset_url: "https://lms.example/keys",
    };
    let form = |token: &str| vec![("id_token".to_owned(), token.to_owned())];
    let verified = validate(form(&token), &expected, &keyset, 1000).unwrap();
    assert_eq!(verified.claims.sub(), Some("4"));
    assert_eq!(
        validate(form(&token), &expected, &keyset, 2000).unwrap_err().code(),
        "token_expired"
    );
}

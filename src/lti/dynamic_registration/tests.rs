use serde_json::{Value, json};

use super::*;
use crate::lms;

const STRICT: Permitted = Permitted { loopback: false, http: false };
const LOOPBACK: Permitted = Permitted { loopback: true, http: false };

fn document() -> Value {
    json!({
        "issuer": "https://lms.example.edu",
        "authorization_endpoint": "https://lms.example.edu/auth",
        "token_endpoint": "https://lms.example.edu/token",
        "jwks_uri": "https://lms.example.edu/jwks",
        "registration_endpoint": "https://lms.example.edu/register?token=1",
        PLATFORM_KEY: { "product_family_code": "Moodle", "messages_supported": [{ "type": "LtiResourceLinkRequest" }] },
    })
}

fn read(document: &Value) -> Result<Configuration, RegistrationError> {
    Configuration::read(document.to_string().as_bytes())
}

fn tool() -> ToolDescription {
    ToolDescription {
        name: "Example Tool".into(),
        logo_url: None,
        launch_url: "http://localhost:8200/lti/launch".into(),
        deep_linking_url: "http://localhost:8200/lti/deep-link".into(),
        initiate_login_url: "http://localhost:8200/lti/login/moodle".into(),
        jwks_url: "http://localhost:8200/lti/jwks".into(),
        custom: [
            ("context_history".to_owned(), "$Context.id.history".to_owned()),
            ("plain".to_owned(), "x".to_owned()),
        ]
        .into(),
    }
}

fn recorded(name: &str) -> Value {
    let text = match name {
        "2-openid-configuration" => include_str!(
            "../../../tests/data/moodle/dynamic-registration/2-openid-configuration.json"
        ),
        "3-registration-request" => include_str!(
            "../../../tests/data/moodle/dynamic-registration/3-registration-request.json"
        ),
        "4-registration-response" => include_str!(
            "../../../tests/data/moodle/dynamic-registration/4-registration-response.json"
        ),
        "error-domain-without-port" => include_str!(
            "../../../tests/data/moodle/dynamic-registration/error-domain-without-port.json"
        ),
        _ => include_str!(
            "../../../tests/data/moodle/dynamic-registration/update-existing-tool.json"
        ),
    };
    serde_json::from_str(text).unwrap()
}

/// The document in a recording.
fn body(recording: &Value) -> &Value {
    [&recording["response"]["body"], &recording["body"]]
        .into_iter()
        .find(|body| body.is_object())
        .unwrap_or(recording)
}

/// What the recorded Moodle checks (its openid-registration.php), on a request.
fn moodle_refuses(request: &Value) -> Option<&'static str> {
    let tool = &request[TOOL_KEY];
    let host =
        |url: &str| url.split('/').nth(2).map(|host| host.trim_start_matches("www.").to_owned());
    let target = tool["target_link_uri"].as_str().unwrap_or_default();
    match tool["domain"].as_str() {
        None => Some("missing_domain"),
        Some(domain) if host(target).as_deref() != Some(domain.trim_start_matches("www.")) => {
            Some("domain_targetlinkuri_mismatch")
        }
        _ if request["application_type"] != "web" => Some("invalid_application_type"),
        _ if request["response_types"] != json!(["id_token"]) => Some("invalid_response_types"),
        _ if request["token_endpoint_auth_method"] != "private_key_jwt" => {
            Some("invalid_token_endpoint_auth_method")
        }
        _ if request["redirect_uris"].as_array().is_none_or(Vec::is_empty) => {
            Some("invalid_redirect_uris")
        }
        _ if ["client_name", "jwks_uri", "initiate_login_uri"]
            .iter()
            .any(|field| request[*field].as_str().is_none_or(str::is_empty)) =>
        {
            Some("missing attribute")
        }
        _ => None,
    }
}

#[test]
fn recorded_moodle_accepts_the_registration() {
    let configuration = read(body(&recorded("2-openid-configuration"))).unwrap();
    assert_eq!(
        configuration.check(
            "http://localhost:8100/mod/lti/openid-configuration.php",
            LOOPBACK,
            &[]
        ),
        Ok(())
    );
    assert_eq!(
        (configuration.issuer.as_str(), configuration.product.as_deref()),
        ("http://localhost:8100", Some("moodle"))
    );
    let request = registration_request(&configuration, &tool());
    assert_eq!(moodle_refuses(&request), None, "{request}");
    let theirs = &recorded("3-registration-request")["body"];
    assert_eq!(
        moodle_refuses(theirs),
        Some("domain_targetlinkuri_mismatch"),
        "the rule is the recorded platform's"
    );
    assert_eq!(
        moodle_refuses(&recorded("error-domain-without-port")["body"]),
        Some("domain_targetlinkuri_mismatch")
    );
    for field in ["application_type", "response_types", "token_endpoint_auth_method"] {
        assert_eq!(request[field], theirs[field], "{field}");
    }
    assert_eq!(request[TOOL_KEY]["domain"], "localhost:8200");
    assert_eq!(
        request[TOOL_KEY]["claims"],
        json!(["iss", "sub", "name", "given_name", "family_name", "email"])
    );
    assert_eq!(
        request[TOOL_KEY]["custom_parameters"],
        json!({ "context_history": "$Context.id.history", "plain": "x" })
    );
    assert_eq!(request[TOOL_KEY]["messages"][1]["placements"], json!(["ContentArea"]));
    assert_eq!(
        request["redirect_uris"],
        json!(["http://localhost:8200/lti/launch", "http://localhost:8200/lti/deep-link"])
    );
    assert!(!request["scope"].as_str().unwrap().contains("toolsetting"));
}

#[test]
fn logo_is_sent_if_there_is_one() {
    let configuration = read(body(&recorded("2-openid-configuration"))).unwrap();
    // Canvas refuses empty URLs, so the field is absent if there is none.
    assert_eq!(registration_request(&configuration, &tool()).get("logo_uri"), None);
    let request = registration_request(
        &configuration,
        &ToolDescription { logo_url: Some("https://tool.example.edu/logo.png".into()), ..tool() },
    );
    assert_eq!(request["logo_uri"], "https://tool.example.edu/logo.png");
    assert_eq!(moodle_refuses(&request), None, "{request}");
}

#[test]
fn recorded_responses_are_parsed() {
    let fresh = recorded("4-registration-response");
    let update = recorded("update-existing-tool");
    for answer in [body(&fresh), &update["response_body"]] {
        let answer = RegistrationResponse::read(answer.to_string().as_bytes()).unwrap();
        assert_eq!(
            (answer.client_id.as_str(), answer.deployment_id.as_deref()),
            ("s9uvIMHkICkf4nb", Some("4"))
        );
        assert_eq!(answer.scopes.unwrap().len(), 5);
    }
    let refusal = recorded("error-domain-without-port");
    assert_eq!(
        printable_response(refusal["response"]["body"].as_str().unwrap().as_bytes(), None),
        "domain_targetlinkuri_mismatch"
    );
}

#[test]
fn configurations_are_parsed_tolerantly() {
    assert_eq!(read(&json!([])), Err(RegistrationError::ConfigurationNotJson));
    assert_eq!(Configuration::read(b"<html>"), Err(RegistrationError::ConfigurationNotJson));
    for field in
        ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"]
    {
        for value in [json!(null), json!(""), json!(7)] {
            let mut document = document();
            document[field] = value;
            assert_eq!(read(&document), Err(RegistrationError::Missing { field }));
        }
    }
    let mut plain = document();
    plain.as_object_mut().unwrap().remove(PLATFORM_KEY);
    assert_eq!(read(&plain), Err(RegistrationError::NotLti));
    // Moodle 3.10.0: a space after the key, names as strings.
    plain[format!("{PLATFORM_KEY} ")] = json!({ "messages_supported": ["LtiResourceLink", " \
        LtiDeepLinkingRequest\t", " \
        "], "placements": ["ContentArea"] });
    let old = read(&plain).unwrap();
    assert_eq!(
        old.messages.iter().map(|message| message.kind.as_str()).collect::<Vec<_>>(),
        ["LtiResourceLinkRequest", "LtiDeepLinkingRequest"]
    );
    assert_eq!(
        registration_request(&old, &tool())[TOOL_KEY]["messages"][1]["placements"],
        json!(["ContentArea"])
    );
    for (field, value, accepted) in [
        ("token_endpoint_auth_methods_supported", json!(["client_secret_basic"]), false),
        ("token_endpoint_auth_methods_supported", json!(null), true),
        ("id_token_signing_alg_values_supported", json!(["ES256"]), false),
        ("id_token_signing_alg_values_supported", json!(["ES256", "RS256"]), true),
        ("claims_supported", json!(null), true),
    ] {
        let mut document = document();
        document[field] = value.clone();
        assert_eq!(read(&document).is_ok(), accepted, "{field} {value}");
    }
}

const LMS: &str = "https://lms.example.edu";
const LMS_CONFIGURATION: &str = "https://lms.example.edu/configuration";
const LMS_ENDPOINT: &str = "https://lms.example.edu/r";
const LOCAL: &str = "http://localhost:8100";
const LOCAL_CONFIGURATION: &str = "http://localhost:8100/c";
const LOCAL_ENDPOINT: &str = "http://localhost:8100/r";

/// Checks configurations with these issuers and registration endpoints, from these URLs.
fn assert_host_checks(cases: &[(&str, &str, &str, Permitted)], expected: &str) {
    for (issuer, url, endpoint, permitted) in cases {
        let mut document = document();
        document["issuer"] = json!(issuer);
        document["registration_endpoint"] = json!(endpoint);
        let outcome = read(&document).unwrap().check(url, *permitted, &lms::clouds());
        assert_eq!(
            outcome.as_ref().err().map_or("", RegistrationError::code),
            expected,
            "{issuer} {url} {endpoint}: {outcome:?}"
        );
    }
}

#[test]
fn configuration_represents_its_own_host() {
    let http = Permitted { loopback: false, http: true };
    let cases = [
        (LMS, LMS_CONFIGURATION, LMS_ENDPOINT, STRICT),
        (LMS, "https://config.lms.example.edu/c", LMS_ENDPOINT, STRICT),
        (LMS, LMS_CONFIGURATION, "https://register.example.edu/r", STRICT),
        ("http://lms.example.edu", "http://lms.example.edu/c", "http://lms.example.edu/r", http),
        (LOCAL, LOCAL_CONFIGURATION, LOCAL_ENDPOINT, LOOPBACK),
    ];
    assert_host_checks(&cases, "");
}

#[test]
fn configuration_that_represents_another_host_is_refused() {
    let cases = [
        (LMS, "https://evil.example/c", LMS_ENDPOINT, STRICT),
        (LMS, "https://example.edu/c", LMS_ENDPOINT, STRICT),
        (LMS, "https://evil-lms.example.edu/c", LMS_ENDPOINT, STRICT),
        ("https://ac.uk", "https://evil.ac.uk/c", "https://evil.ac.uk/r", STRICT),
        (LMS, LMS_CONFIGURATION, "https://collector.example/r", STRICT),
        ("https://lms.one.ac.uk", "https://lms.one.ac.uk/c", "https://lms.two.ac.uk/r", STRICT),
        (LOCAL, "http://127.0.0.1:8100/c", LOCAL_ENDPOINT, LOOPBACK),
        ("https://10.0.0.1", "https://10.0.0.1/c", "https://10.0.0.2/r", STRICT),
    ];
    assert_host_checks(&cases, "host_mismatch");
}

#[test]
fn configuration_with_unusable_urls_is_refused() {
    let cases = [
        ("https://lms.example.edu?x", LMS_CONFIGURATION, LMS_ENDPOINT, STRICT),
        ("http://lms.example.edu", LMS_CONFIGURATION, LMS_ENDPOINT, STRICT),
        ("https://user@lms.example.edu", LMS_CONFIGURATION, LMS_ENDPOINT, STRICT),
        (LMS, LMS_CONFIGURATION, "https://lms.example.edu/r#f", STRICT),
        (LOCAL, LOCAL_CONFIGURATION, LOCAL_ENDPOINT, STRICT),
    ];
    assert_host_checks(&cases, "configuration_invalid");
}

#[test]
fn clouds_have_their_own_hosts() {
    let canvas = |auth: &str, endpoint: &str, url: &str| {
        let mut document = document();
        document["issuer"] = json!("https://canvas.instructure.com");
        document["authorization_endpoint"] = json!(auth);
        document["token_endpoint"] = json!("https://sso.canvaslms.com/login/oauth2/token");
        document["jwks_uri"] = json!("https://sso.canvaslms.com/api/lti/security/jwks");
        document["registration_endpoint"] = json!(endpoint);
        read(&document).unwrap().check(url, STRICT, &lms::clouds())
    };
    let (auth, endpoint) = (
        "https://sso.canvaslms.com/api/lti/authorize_redirect",
        "https://school.instructure.com/api/lti/registrations",
    );
    let url =
        "https://canvas.instructure.com/api/lti/security/openid-configuration?registration_token=x";
    assert_eq!(canvas(auth, endpoint, url), Ok(()));
    assert!(matches!(
        canvas("https://evil.example/auth", endpoint, url),
        Err(RegistrationError::NotTheCloud { .. })
    ));
    assert!(matches!(
        canvas(auth, "https://evil.example/r", url),
        Err(RegistrationError::NotTheCloud { .. })
    ));
    assert!(matches!(
        canvas(auth, endpoint, "https://evil.example/c"),
        Err(RegistrationError::IssuerElsewhere { .. })
    ));
    let mut blackboard = document();
    for field in ["authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"] {
        blackboard[field] = json!("https://developer.blackboard.com/api/v1/x?registrationToken=1");
    }
    blackboard["issuer"] = json!("https://blackboard.com");
    assert_eq!(
        read(&blackboard).unwrap().check(
            "https://developer.blackboard.com/c",
            STRICT,
            &lms::clouds()
        ),
        Ok(())
    );
}

#[test]
fn only_supported_values_are_requested() {
    let mut offered = document();
    offered["scopes_supported"] =
        json!(["openid", "https://purl.imsglobal.org/spec/lti-ags/scope/score"]);
    offered["claims_supported"] = json!(["sub", "email", "odd"]);
    let request = registration_request(&read(&offered).unwrap(), &tool());
    assert_eq!(request["scope"], "https://purl.imsglobal.org/spec/lti-ags/scope/score");
    assert_eq!(request[TOOL_KEY]["claims"], json!(["sub", "email"]));
    assert_eq!(
        request[TOOL_KEY]["messages"].as_array().unwrap().len(),
        1,
        "deep linking is not on offer"
    );
    assert_eq!(
        request[TOOL_KEY]["custom_parameters"],
        json!({ "plain": "x" }),
        "a variable that is not replaced would arrive as it is"
    );
    let bare = registration_request(
        &read(&offered).unwrap(),
        &ToolDescription { custom: Default::default(), ..tool() },
    );
    assert_eq!(bare[TOOL_KEY].get("custom_parameters"), None);
    // Sakai lists only openid; Blackboard's are broken: all are requested.
    offered["scopes_supported"] = json!(["openid"]);
    assert_eq!(
        registration_request(&read(&offered).unwrap(), &tool())["scope"]
            .as_str()
            .unwrap()
            .split(' ')
            .count(),
        5
    );
}

#[test]
fn canvas_gets_placements_by_its_own_names() {
    let mut canvas = document();
    let prefixed = "https://canvas.instructure.com/lti/link_selection";
    canvas[PLATFORM_KEY] = json!({
        "product_family_code": "canvas",
        "messages_supported": [
            { "type": "LtiResourceLinkRequest", "placements": ["account_navigation", "course_navigation"] },
            { "type": "LtiDeepLinkingRequest", "placements": [prefixed, "homework_submission", "editor_button"] },
        ],
    });
    let messages = &registration_request(&read(&canvas).unwrap(), &tool())[TOOL_KEY]["messages"];
    assert_eq!(messages[0]["placements"], json!(["course_navigation"]));
    assert_eq!(
        messages[0]["https://canvas.instructure.com/lti/course_navigation/default_enabled"],
        false
    );
    assert_eq!(messages[1]["placements"], json!([prefixed, "editor_button"]));
}

#[test]
fn submission_reviews_are_registered_where_they_are_offered() {
    for (offered, expected) in [
        (json!([{ "type": "LtiResourceLinkRequest" }]), json!(["LtiResourceLinkRequest"])),
        (
            json!([{ "type": "LtiSubmissionReviewRequest" }, { "type": "LtiDeepLinkingRequest" }]),
            json!([
                "LtiResourceLinkRequest",
                "LtiDeepLinkingRequest",
                "LtiSubmissionReviewRequest"
            ]),
        ),
    ] {
        let mut platform = document();
        platform[PLATFORM_KEY]["messages_supported"] = offered;
        let request = registration_request(&read(&platform).unwrap(), &tool());
        let messages = request[TOOL_KEY]["messages"].as_array().unwrap();
        let types: Vec<&Value> = messages.iter().map(|message| &message["type"]).collect();
        assert_eq!(json!(types), expected);
    }
}

#[test]
fn canvas_gets_the_privacy_level_and_an_icon() {
    let (level, icon) = (
        "https://canvas.instructure.com/lti/privacy_level",
        "https://canvas.instructure.com/lti/canvas_icon_class",
    );
    for (product, logo, expected) in [
        ("canvas", None, (json!("public"), json!("icon-lti"), json!(null))),
        (
            "canvas",
            Some("https://t.example/l.png"),
            (json!("public"), json!(null), json!("https://t.example/l.png")),
        ),
        ("moodle", None, (json!(null), json!(null), json!(null))),
    ] {
        let mut platform = document();
        platform[PLATFORM_KEY] = json!({
            "product_family_code": product,
            "messages_supported": [
                { "type": "LtiResourceLinkRequest" },
                { "type": "LtiDeepLinkingRequest", "placements": ["editor_button"] },
            ],
        });
        let tool = ToolDescription { logo_url: logo.map(str::to_owned), ..tool() };
        let configuration = &registration_request(&read(&platform).unwrap(), &tool)[TOOL_KEY];
        let message = &configuration["messages"][1];
        assert_eq!(
            (configuration[level].clone(), message[icon].clone(), message["icon_uri"].clone()),
            expected,
            "{product} {logo:?}"
        );
    }
}

#[test]
fn responses_of_all_forms_are_parsed() {
    let read = |answer: Value| {
        RegistrationResponse::read(answer.to_string().as_bytes())
            .map(|answer| (answer.client_id, answer.deployment_id))
    };
    let both = |client: &str, deployment: Option<&str>| {
        Ok((client.to_owned(), deployment.map(str::to_owned)))
    };
    assert_eq!(read(json!({ "client_id": "a" })), both("a", None));
    assert_eq!(
        read(json!({ "client_id": 10000000000001_u64, "deployment_id": 7 })),
        both("10000000000001", Some("7"))
    );
    assert_eq!(
        read(json!({ "client_id": "a", TOOL_KEY: { "deployment_id": 7 }, "deployment_id": "8" })),
        both("a", Some("7"))
    );
    assert_eq!(
        read(
            json!({ "client_id": "a", TOOL_KEY: { "deployment_id": "" }, "deployment_id": "1:a" })
        ),
        both("a", Some("1:a"))
    );
    for client_id in [json!(null), json!(""), json!(1.5), json!({}), json!(true)] {
        assert_eq!(read(json!({ "client_id": client_id })), Err(RegistrationError::NoClientId));
    }
    assert_eq!(RegistrationResponse::read(b"<html>"), Err(RegistrationError::ResponseNotJson));
    assert_eq!(RegistrationResponse::read(b"\"client\""), Err(RegistrationError::ResponseNotJson));
}

#[test]
fn refusals_are_cleaned_and_shortened() {
    for (body, expected) in [
        ("missing_domain", "missing_domain"),
        ("", ""),
        ("a\u{1b}[31m\r\n b\u{0}", "a [31m b"),
        (
            r#"{"error":"invalid_redirect_uri","error_description":"not here"}"#,
            "invalid_redirect_uri: not here",
        ),
        (r#"{"errors":["unknown scope"]}"#, r#"{"errors":["unknown scope"]}"#),
        (
            "<!doctype html><style>a<b</style><h1>No</h1><script>x('</p>')</SCRIPT><p>1 < 2 \
             &amp;lt; &lt;b&gt;",
            "No 1 < 2 &lt; <b>",
        ),
        ("<script>never closed", ""),
        ("the token secret123 is used", "the token … is used"),
    ] {
        assert_eq!(printable_response(body.as_bytes(), Some("secret123")), expected, "{body}");
    }
    let long = printable_response("é ".repeat(100_000).as_bytes(), None);
    assert_eq!((long.chars().count(), long.ends_with('…')), (500, true));
    assert!(printable_response(&[0xff, 0xfe, b'a'], None).contains('a'));
}

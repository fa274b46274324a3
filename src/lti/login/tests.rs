use proptest::prelude::*;

use super::*;

type Pairs = Vec<(String, String)>;

fn pairs(list: &[(&str, &str)]) -> Pairs {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// What Moodle sent (launch-student, 1-login-initiation).
const MOODLE: [(&str, &str); 6] = [
    ("iss", "http://localhost:8100"),
    ("target_link_uri", "http://localhost:8200/enrol/lti/launch.php"),
    ("login_hint", "4"),
    ("lti_message_hint", r#"{"cmid":3,"launchid":"ltilaunch1_1028948999"}"#),
    ("client_id", "HeMUTONKFQVMjVA"),
    ("lti_deployment_id", "2"),
];

fn login(extra: &[(&str, &str)]) -> Result<LoginRequest, Refusal> {
    LoginRequest::from_parameters(pairs(&[&MOODLE, extra].concat()))
}

fn login_without(name: &str) -> Pairs {
    pairs(&MOODLE).into_iter().filter(|(present, _)| present != name).collect()
}

#[test]
fn recorded_login_is_parsed() {
    let request =
        login(&[("canvas_region", "us-east-1"), ("utf8", "x"), ("utf8", "y")]).expect("a login");
    assert_eq!(request.iss, "http://localhost:8100");
    assert_eq!(request.login_hint, "4");
    assert_eq!(
        request.lti_message_hint.as_deref(),
        Some(r#"{"cmid":3,"launchid":"ltilaunch1_1028948999"}"#)
    );
    assert_eq!(request.client_id.as_deref(), Some("HeMUTONKFQVMjVA"));
    assert_eq!(request.lti_deployment_id.as_deref(), Some("2"));
    assert_eq!(request.lti_storage_target, None);
}

#[test]
fn the_same_login_can_be_started_in_a_window() {
    let sent = |request: &LoginRequest| -> Pairs {
        request
            .to_window_parameters()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    };
    let mut expected = pairs(&MOODLE);
    expected.sort();
    let request = login(&[("lti_storage_target", "_parent"), ("canvas_region", "us-east-1")])
        .expect("a login");
    let mut parameters = sent(&request);
    parameters.sort();
    assert_eq!(parameters, expected, "the parameters, without the frame and unknown ones");
    let short = LoginRequest::from_parameters(pairs(&MOODLE[..3])).expect("a login");
    assert_eq!(LoginRequest::from_parameters(sent(&short)), Ok(short));
}

#[test]
fn required_parameters_are_required() {
    for parameter in ["iss", "login_hint", "target_link_uri"] {
        let expected = Err(Refusal::LoginParameterMissing { parameter });
        assert_eq!(LoginRequest::from_parameters(login_without(parameter)), expected);
        let mut empty = login_without(parameter);
        empty.push((parameter.to_owned(), String::new()));
        assert_eq!(LoginRequest::from_parameters(empty), expected);
    }
    for parameter in ["lti_message_hint", "client_id", "lti_deployment_id"] {
        assert!(
            LoginRequest::from_parameters(login_without(parameter)).is_ok(),
            "{parameter} is optional"
        );
    }
}

#[test]
fn no_known_parameter_may_come_twice() {
    for (parameter, value) in MOODLE {
        let expected = Err(Refusal::ParameterRepeated {
            parameter: parameter.to_owned(),
            arrived_at: Endpoint::Login,
        });
        assert_eq!(login(&[(parameter, "other")]), expected);
        assert_eq!(login(&[(parameter, value)]), expected, "even with the same value");
    }
}

#[test]
fn names_from_drafts_are_accepted() {
    assert_eq!(
        login(&[("deployment_id", "2")]).expect("both agree").lti_deployment_id.as_deref(),
        Some("2")
    );
    assert!(
        matches!(login(&[("deployment_id", "3")]), Err(Refusal::ParameterMalformed { part: MessagePart::Parameter(name), .. }) if name == "deployment_id")
    );
    let mut legacy = login_without("lti_deployment_id");
    legacy.push(("deployment_id".to_owned(), "9".to_owned()));
    assert_eq!(
        LoginRequest::from_parameters(legacy).expect("a login").lti_deployment_id.as_deref(),
        Some("9")
    );
    for name in ["lti_storage_target", "ims_web_message_target", "web_message_target"] {
        assert_eq!(
            login(&[(name, "_parent")]).expect("a login").lti_storage_target.as_deref(),
            Some("_parent"),
            "{name}"
        );
    }
}

#[test]
fn lengths_and_control_characters_are_bounded() {
    let bounds = [
        ("iss", 2048),
        ("login_hint", 8192),
        ("target_link_uri", 2048),
        ("lti_message_hint", 16384),
        ("client_id", 255),
        ("lti_deployment_id", 255),
        ("lti_storage_target", 255),
    ];
    for (parameter, longest) in bounds {
        let with = |value: String| {
            let mut list = login_without(parameter);
            list.push((parameter.to_owned(), value));
            LoginRequest::from_parameters(list)
        };
        assert!(with("x".repeat(longest)).is_ok(), "{parameter}");
        let malformed = |problem| {
            Err(Refusal::ParameterMalformed {
                part: MessagePart::Parameter(parameter.to_owned()),
                problem,
                arrived_at: Endpoint::Login,
            })
        };
        assert_eq!(with("x".repeat(longest + 1)), malformed("is too long"));
        for value in ["a\r\nSet-Cookie: x=y", "a\0", "a\u{1b}[31m", "\u{85}"] {
            assert_eq!(
                with(value.to_owned()),
                malformed("contains control characters"),
                "{parameter} {value:?}"
            );
        }
    }
}

fn authentication_request() -> AuthenticationRequest<'static> {
    AuthenticationRequest {
        endpoint: "http://localhost:8100/mod/lti/auth.php",
        client_id: "HeMUTONKFQVMjVA",
        redirect_uri: "http://localhost:8200/enrol/lti/launch.php",
        login_hint: "4",
        lti_message_hint: Some(r#"{"cmid":3,"launchid":"ltilaunch1_1028948999"}"#),
        nonce: "nonce-55059be44600413f7c2a26d4d2188b298fb92a9d98501cfde80bdab47d8ef80e",
        state: "state-a232398a585b48320d66fe58d2caefb6875718136fd6961009b8753de3120264",
    }
}

#[test]
fn the_authentication_request_is_the_recorded_one() {
    assert_eq!(
        authentication_request().to_url(),
        "http://localhost:8100/mod/lti/auth.php?scope=openid&response_type=id_token&response_mode=form_post&prompt=none&client_id=HeMUTONKFQVMjVA&redirect_uri=http%3A%2F%2Flocalhost%3A8200%2Fenrol%2Flti%2Flaunch.php&state=state-a232398a585b48320d66fe58d2caefb6875718136fd6961009b8753de3120264&nonce=nonce-55059be44600413f7c2a26d4d2188b298fb92a9d98501cfde80bdab47d8ef80e&login_hint=4&lti_message_hint=%7B%22cmid%22%3A3%2C%22launchid%22%3A%22ltilaunch1_1028948999%22%7D"
    );
}

#[test]
fn the_query_of_the_endpoint_is_kept() {
    let table = [
        ("https://lms.example/auth", "https://lms.example/auth?scope=openid&"),
        ("https://lms.example/auth?", "https://lms.example/auth?scope=openid&"),
        ("https://lms.example/auth?a=b", "https://lms.example/auth?a=b&scope=openid&"),
        ("https://lms.example/auth?a=b&", "https://lms.example/auth?a=b&scope=openid&"),
        ("https://lms.example/auth?a=b%20c#top", "https://lms.example/auth?a=b%20c&scope=openid&"),
    ];
    for (endpoint, expected) in table {
        let url = AuthenticationRequest { endpoint, ..authentication_request() }.to_url();
        assert!(url.starts_with(expected), "{url}");
    }
    let url = AuthenticationRequest { lti_message_hint: None, ..authentication_request() }.to_url();
    assert!(url.ends_with("&login_hint=4"), "{url}");
}

#[test]
fn values_cannot_break_out_of_the_query() {
    let url =
        AuthenticationRequest { login_hint: "a&state=evil#x y\u{e9}", ..authentication_request() }
            .to_url();
    assert!(url.contains("&login_hint=a%26state%3Devil%23x+y%C3%A9&"), "{url}");
}

#[test]
fn responses_are_parsed() {
    let token = AuthenticationResponse::from_parameters(pairs(&[
        ("id_token", "a.b.c"),
        ("state", "s"),
        ("lti_storage_target", "_parent"),
        ("x", "1"),
    ]))
    .expect("reads");
    assert_eq!(
        (token.id_token.as_deref(), token.state.as_deref(), token.lti_storage_target.as_deref()),
        (Some("a.b.c"), Some("s"), Some("_parent"))
    );
    let error = AuthenticationResponse::from_parameters(pairs(&[
        ("error", "login_required"),
        ("error_description", "\u{1b}[31mno\r\n"),
        ("state", "s"),
    ]))
    .expect("reads");
    assert_eq!(
        (error.error.as_deref(), error.error_description.as_deref()),
        (Some("login_required"), Some("[31mno"))
    );
    let long =
        AuthenticationResponse::from_parameters(pairs(&[("error_description", &"x".repeat(5000))]))
            .expect("reads");
    assert!(long.error_description.is_some_and(|text| text.chars().count() <= 201));
    for parameter in ["id_token", "state", "error", "error_description", "lti_storage_target"] {
        let expected = Err(Refusal::ParameterRepeated {
            parameter: parameter.to_owned(),
            arrived_at: Endpoint::Launch,
        });
        assert_eq!(
            AuthenticationResponse::from_parameters(pairs(&[(parameter, "a"), (parameter, "a")])),
            expected
        );
    }
    assert!(matches!(
        AuthenticationResponse::from_parameters(pairs(&[("state", "a\r\nb")])),
        Err(Refusal::ParameterMalformed { .. })
    ));
    assert_eq!(
        AuthenticationResponse::from_parameters(pairs(&[("id_token", ""), ("state", "")])),
        Ok(AuthenticationResponse::default())
    );
}

#[test]
fn debug_shows_nothing_confidential() {
    let request = format!("{:?}", login(&[]).expect("a login"));
    assert!(!request.contains("ltilaunch1"), "{request}");
    let response = format!(
        "{:?}",
        AuthenticationResponse {
            id_token: Some("a.b.c".into()),
            state: Some("sealed".into()),
            ..Default::default()
        }
    );
    assert!(!response.contains("a.b.c") && !response.contains("sealed"), "{response}");
    assert!(!format!("{:?}", authentication_request()).contains("nonce-"));
}

#[test]
fn near_misses_are_named() {
    let table = [
        ("https://lms.example/", "https://lms.example", Some("slash at the end that is too many")),
        ("https://lms.example", "https://lms.example/", Some("missing slash")),
        ("http://lms.example", "https://lms.example", Some("http instead of https")),
        ("https://LMS.example", "https://lms.example", Some("capital letters")),
        ("https://lms.example ", "https://lms.example", Some("white space")),
        ("https://lms.example:443", "https://lms.example", Some("port")),
        ("lms.example", "https://lms.example", Some("lms.example")),
        ("http://lms.example/", "https://lms.example", Some("http instead of https and a slash")),
        (
            "https://canvas.beta.instructure.com",
            "https://canvas.instructure.com",
            Some("test or beta site"),
        ),
        (
            "https://canvas.test.instructure.com",
            "https://canvas.instructure.com",
            Some("test or beta site"),
        ),
        ("https://lms.example/Path", "https://lms.example/path", Some("capital letters")),
        ("https://lms.example/a", "https://lms.example/b", None),
        ("https://lms.example:8443", "https://lms.example", None),
        ("https://other.example", "https://lms.example", None),
        ("https://lms.example", "https://lms.example", None),
        ("", "https://lms.example", None),
    ];
    for (received, known, expected) in table {
        let found = near_miss(received, &["https://unrelated.example", known]);
        match expected {
            Some(words) => assert!(
                found.as_ref().is_some_and(|text| text.contains(words) && text.contains(known)),
                "{received} {known}: {found:?}"
            ),
            None => assert_eq!(found, None, "{received} {known}"),
        }
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(list in proptest::collection::vec(("(iss|login_hint|target_link_uri|state|id_token|error|.*)", ".*"), 0..8), issuer in ".*") {
        let _ = LoginRequest::from_parameters(list.clone());
        let _ = AuthenticationResponse::from_parameters(list);
        let _ = near_miss(&issuer, &["https://lms.example", &issuer]);
    }
}

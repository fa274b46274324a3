//! The platform's details: typed, piped, or read from a file; and how the platform is
//! treated.

use super::tool::{Tool, platform_of, platform_set};

#[test]
fn the_five_values_come_back_as_they_were_given() {
    let tool = Tool::new().drafted("Moodle Prod");
    let values = platform_of("moodle");
    let set = tool.connect("moodle-prod", &values);
    for (label, value) in [
        "Platform ID (issuer)",
        "Client ID",
        "Public keyset URL",
        "Access token URL",
        "Authentication request URL",
    ]
    .iter()
    .zip(&values)
    {
        assert!(
            set.answer.lines().any(|line| line.trim_start().starts_with(label)
                && line.ends_with(&format!("  {value}"))),
            "{label}: {}",
            set.answer
        );
    }
    assert!(
        set.remarks.contains("ltictl deployment add moodle-prod DEPLOYMENT_ID"),
        "{}",
        set.remarks
    );
    let platform = &tool.json(&["registration", "show", "moodle-prod"])["platform"];
    for (key, value) in
        ["issuer", "client_id", "keyset_url", "access_token_url", "authentication_request_url"]
            .iter()
            .zip(&values)
    {
        assert_eq!(platform[*key], **value);
    }
}

#[test]
fn the_first_time_all_five_are_needed_later_any_of_them() {
    let tool = Tool::new().drafted("Moodle Prod");
    let before = tool.dump();
    for (arguments, missing) in [
        (
            &[][..],
            "missing: --issuer, --client-id, --keyset-url, --access-token-url, --authentication-request-url",
        ),
        (
            &["--client-id", "a"],
            "missing: --issuer, --keyset-url, --access-token-url, --authentication-request-url",
        ),
        (
            &[
                "--issuer",
                "https://m.example.edu",
                "--client-id",
                "a",
                "--keyset-url",
                "https://m.example.edu/k",
                "--authentication-request-url",
                "https://m.example.edu/a",
            ],
            "missing: --access-token-url",
        ),
    ] {
        let refused = tool.fails(&[&["platform", "set", "moodle-prod"], arguments].concat(), 2);
        assert!(refused.lines().nth(1).unwrap().ends_with(missing), "{refused}");
    }
    assert_eq!(tool.dump(), before);
    tool.connect("moodle-prod", &platform_of("moodle"));
    let changed = tool.json(&["platform", "set", "moodle-prod", "--client-id", "other"]);
    assert_eq!(
        (changed["platform"]["client_id"].as_str(), changed["platform"]["issuer"].as_str()),
        (Some("other"), Some("https://moodle.example.edu"))
    );
    assert!(tool.fails(&["platform", "set", "moodle-prod"], 2).contains("no new value was given"));
}

#[test]
fn platforms_are_listed_as_each_is_shown() {
    let tool = Tool::new();
    assert!(tool.run(&["platform", "list"]).answer.starts_with("No platforms yet."));
    let tool = tool.registered("Moodle Prod").drafted("Canvas");
    let listed = tool.json(&["platform", "list"]);
    for row in listed.as_array().unwrap() {
        let slug = row["registration"].as_str().unwrap();
        assert_eq!(*row, tool.json(&["platform", "show", slug]));
    }
    assert_eq!(tool.run(&["platform", "list", "-q"]).answer, "canvas\nmoodle-prod\n");
    let table = tool.run(&["platform", "list"]).answer;
    assert!(table.lines().nth(2).unwrap().contains("https://moodle-prod.example.edu"), "{table}");
}

#[test]
fn a_policy_can_be_set_and_reset_alone() {
    let tool = Tool::new().drafted("Moodle Prod");
    for (arguments, key, value) in [
        (
            &["--token-audience", "https://api.brightspace.com/auth/token"][..],
            "token_audience",
            r#""https://api.brightspace.com/auth/token""#,
        ),
        (&["--token-audience", ""], "token_audience", "null"),
        (&["--algorithms", "ps256,RS256"], "algorithms", r#"["RS256","PS256"]"#),
        (&["--algorithms", "RS256"], "algorithms", r#"["RS256"]"#),
        (&["--staff-roles", "mentor,Instructor"], "staff_roles", r#"["Instructor","Mentor"]"#),
        (&["--deployments", "accept"], "deployments", r#""accept""#),
        (&["--deployments", "known"], "deployments", r#""known""#),
        (&["--email", "verified"], "email", r#""verified""#),
        (&["--email", "unverified"], "email", r#""unverified""#),
        (&["--identity", "client-id"], "identity", r#""client-id""#),
        (&["--identity", "auto"], "identity", r#""issuer""#),
        (&["--leeway", "0s"], "leeway_seconds", "0"),
        (&["--leeway", "300"], "leeway_seconds", "300"),
        (&["--allow-anonymous"], "allow_anonymous", "true"),
        (&["--allow-anonymous=false"], "allow_anonymous", "false"),
        (&["--allow-http"], "allow_http", "true"),
        (&["--allow-private-network=true"], "allow_private_network", "true"),
        (
            &[
                "--frame-ancestor",
                "https://lms.example.edu",
                "--frame-ancestor",
                "https://*.example.org",
            ],
            "frame_ancestors",
            r#"["https://lms.example.edu","https://*.example.org"]"#,
        ),
        (&["--frame-ancestor", ""], "frame_ancestors", "[]"),
    ] {
        let set = tool.json(&[&["platform", "set", "moodle-prod"], arguments].concat());
        assert_eq!(set, tool.json(&["platform", "show", "moodle-prod"]), "{arguments:?}");
        assert_eq!(set["policy"][key].to_string(), value, "{arguments:?}");
    }
    assert_eq!(
        tool.json(&["platform", "show", "moodle-prod"])["platform"],
        serde_json::Value::Null
    );
    assert!(
        tool.run(&["platform", "show", "moodle-prod"])
            .answer
            .contains("Unknown deployments         refused")
    );
}

#[test]
fn only_algorithms_with_a_public_key_can_be_allowed() {
    let tool = Tool::new().drafted("Moodle Prod");
    let before = tool.dump();
    for (list, named) in [
        ("HS256", "could sign launches"),
        ("RS256,none", "could sign launches"),
        ("RS257", "one or more of RS256"),
        ("", "one or more of RS256"),
    ] {
        let refused = tool.fails(&["platform", "set", "moodle-prod", "--algorithms", list], 5);
        assert!(
            refused.contains("algorithms must") && refused.contains(named),
            "{list}: {refused}"
        );
    }
    assert_eq!(tool.dump(), before);
    tool.run(&["platform", "set", "moodle-prod", "--algorithms", "ES256,RS256"]);
    assert!(
        tool.run(&["platform", "show", "moodle-prod"])
            .answer
            .contains("Signing algorithms          RS256, ES256\n")
    );
}

#[test]
fn the_product_is_known_from_preset_or_said() {
    let tool = Tool::new().drafted("Moodle Prod");
    let shown = || {
        let shown = tool.json(&["platform", "show", "moodle-prod"]);
        (
            shown["product"].as_str().map(str::to_owned),
            shown["openid_configuration_url"].as_str().map(str::to_owned),
        )
    };
    assert_eq!(shown(), (None, None));
    tool.run(&[
        "platform",
        "import",
        "moodle-prod",
        "--preset",
        "moodle",
        "--host",
        "lms.example.edu",
        "--client-id",
        "c",
    ]);
    assert_eq!(
        shown(),
        (
            Some("moodle".into()),
            Some("https://lms.example.edu/mod/lti/openid-configuration.php".into())
        )
    );
    // Another platform has another configuration.
    tool.run(&["platform", "set", "moodle-prod", "--issuer", "https://other.example.edu"]);
    assert_eq!(shown(), (Some("moodle".into()), None));
    tool.run(&["platform", "set", "moodle-prod", "--product", "OpenEdX"]);
    assert_eq!(shown().0.as_deref(), Some("openedx"));
    assert!(
        tool.fails(&["platform", "set", "moodle-prod", "--product", "a b"], 5)
            .contains("short name")
    );
    tool.run(&["platform", "set", "moodle-prod", "--product", ""]);
    assert_eq!(shown(), (None, None));
}

#[test]
fn json_is_taken_in_the_spellings_that_platforms_and_programs_use() {
    let ours = r#"{"issuer": "https://m.example.edu", "client_id": "c", "keyset_url": "https://m.example.edu/k",
                   "access_token_url": "https://m.example.edu/t", "authentication_request_url": "https://m.example.edu/a"}"#;
    let openid = r#"{"issuer": "https://m.example.edu", "client_id": "c", "jwks_uri": "https://m.example.edu/k", "token_endpoint": "https://m.example.edu/t",
                     "authorization_endpoint": "https://m.example.edu/a", "scopes_supported": ["openid"], "deployment_id": "1"}"#;
    let flags = r#"{"issuer": "https://m.example.edu", "client_id": "c", "keyset_url": "https://m.example.edu/k", "token_url": "https://m.example.edu/t", "auth_url": "https://m.example.edu/a"}"#;
    let nested = format!(
        r#"{{"slug": "other", "platform": {ours}, "deployments": [{{"deployment_id": "1", "name": "Whole site"}}, {{"deployment_id": "2"}}]}}"#
    );
    for (text, deployments) in [(ours, 0), (openid, 1), (flags, 0), (&nested, 2)] {
        let tool = Tool::new().drafted("Moodle Prod");
        let from_file =
            tool.json(&["platform", "import", "moodle-prod", &tool.file("platform.json", text)]);
        assert_eq!(
            from_file["platform"]["authentication_request_url"], "https://m.example.edu/a",
            "{text}"
        );
        assert_eq!(from_file["deployments"].as_array().unwrap().len(), deployments, "{text}");
        let before = tool.dump();
        tool.run_with_input(&["platform", "import", "moodle-prod", "-"], text);
        assert_eq!(tool.dump(), before, "the same again changes nothing: {text}");
    }
}

#[test]
fn the_output_of_one_tool_is_accepted_by_another() {
    let one = Tool::new().registered("Moodle Prod");
    let other = Tool::new().drafted("Moodle Prod");
    other.run_with_input(
        &["platform", "import", "moodle-prod", "-"],
        &one.json_text(&["registration", "show", "moodle-prod"]),
    );
    let (one, other) = (
        one.json(&["registration", "show", "moodle-prod"]),
        other.json(&["registration", "show", "moodle-prod"]),
    );
    assert_eq!(
        (&one["platform"], &one["deployments"], &one["status"]),
        (&other["platform"], &other["deployments"], &other["status"])
    );
}

#[test]
fn a_bad_import_leaves_nothing() {
    let tool = Tool::new().drafted("Moodle Prod");
    let before = tool.dump();
    let complete = |value: &str, deployments: &str| {
        format!(
            r#"{{"issuer": "https://m.example.edu", "client_id": "c", "keyset_url": "{value}", "token_url": "https://m.example.edu/t", "auth_url": "https://m.example.edu/a", "deployments": {deployments}}}"#
        )
    };
    for (text, exit_code, named) in [
        ("", 5, "no platform details"),
        ("{", 5, "invalid JSON"),
        ("[]", 5, "invalid JSON"),
        ("{}", 5, "no platform details"),
        (r#"{"issuer": 7}"#, 5, "invalid JSON"),
        (r#"{"issuer": "https://m.example.edu"}"#, 2, "missing: --client-id"),
        (&complete("ftp://m.example.edu", "[]"), 5, "Public keyset URL"),
        (&complete("http://m.example.edu/k", "[]"), 5, "Public keyset URL"),
        (
            &complete(
                "https://m.example.edu/k",
                r#"[{"deployment_id": "1"}, {"deployment_id": ""}]"#,
            ),
            5,
            "deployment ID",
        ),
        (
            &complete("https://m.example.edu/k", r#"[{"deployment_id": "1", "name": "a\u001bb"}]"#),
            5,
            "name",
        ),
    ] {
        let refused = tool.fails(
            &["platform", "import", "moodle-prod", &tool.file("platform.json", text)],
            exit_code,
        );
        assert!(refused.contains(named), "{text}: {refused}");
    }
    assert!(
        tool.fails(&["platform", "import", "moodle-prod", "no-such-file.json"], 1)
            .contains("no-such-file.json")
    );
    assert_eq!(tool.dump(), before);
}

#[test]
fn two_registrations_never_have_the_same_client_at_the_same_issuer() {
    let tool = Tool::new().registered("Moodle Prod").drafted("Moodle Test").registered("Canvas");
    let before = tool.dump();
    let values = platform_of("moodle-prod");
    let refused = tool.fails(&platform_set("moodle-test", &values), 4);
    assert!(
        refused.contains(
            "registration moodle-prod has issuer https://moodle-prod.example.edu \
        and client ID client-of-moodle-prod"
        ),
        "{refused}"
    );
    assert!(refused.contains("hint: ltictl registration show moodle-prod"), "{refused}");
    tool.fails(
        &["platform", "set", "canvas", "--issuer", &values[0], "--client-id", &values[1]],
        4,
    );
    assert_eq!(tool.dump(), before);
    tool.run(&["platform", "set", "canvas", "--issuer", &values[0], "--keyset-url", &values[2]]);
    tool.run(&["platform", "set", "moodle-prod", "--client-id", &values[1]]);
}

#[test]
fn the_identity_rule_follows_the_issuer_or_is_set() {
    let tool = Tool::new().drafted("Canvas").registered("Moodle Prod");
    let mut values = platform_of("canvas");
    values[0] = "https://canvas.instructure.com".to_owned();
    values[2] = "https://sso.canvaslms.com/api/lti/security/jwks".to_owned();
    tool.connect("canvas", &values);
    let policy = |slug: &str| tool.json(&["platform", "show", slug])["policy"].clone();
    assert_eq!(
        (policy("canvas")["identity"].as_str(), policy("canvas")["identity_automatic"].as_bool()),
        (Some("client-id"), Some(true))
    );
    assert_eq!(policy("moodle-prod")["identity"], "issuer");
    let shown = tool.run(&["platform", "show", "canvas"]).answer;
    assert!(
        shown.lines().any(|line| line.contains("Users identified by")
            && line.ends_with("  client-id (automatic)")),
        "{shown}"
    );
    let changed = tool.run(&["platform", "set", "canvas", "--identity", "deployment"]);
    assert!(
        !changed.remarks.contains("people"),
        "there are none who could lose their accounts: {}",
        changed.remarks
    );
    assert_eq!(
        (policy("canvas")["identity"].as_str(), policy("canvas")["identity_automatic"].as_bool()),
        (Some("deployment"), Some(false))
    );
    assert!(
        tool.fails(&["platform", "set", "canvas", "--identity", "sub"], 5)
            .contains("must be one of auto, issuer, client-id, deployment")
    );
}

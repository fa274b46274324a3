//! An admin brings a platform's details back: pasted from the LMS, from its OpenID configuration,
//! or from a preset.

use std::io::{Read, Write};
use std::net::TcpListener;

use super::tool::Tool;

const MOODLE: &str = include_str!("../data/moodle/tool-configuration-details.txt");

#[test]
fn moodles_window_is_pasted_as_it_is() {
    let tool = Tool::new().drafted("Moodle A");
    let said = tool.run_with_input(&["platform", "import", "moodle-a", "-"], MOODLE);
    assert!(said.remarks.contains("Client ID: AGBGEBlIcA74NZ3"), "{}", said.remarks);
    assert!(
        said.remarks.contains("Not recognized:") && said.remarks.contains("Email Cancel"),
        "{}",
        said.remarks
    );
    let shown = tool.json(&["registration", "show", "moodle-a"]);
    assert_eq!(shown["status"], "active");
    assert_eq!(shown["platform"]["issuer"], "http://localhost:8100");
    assert_eq!(
        shown["platform"]["authentication_request_url"],
        "http://localhost:8100/mod/lti/auth.php"
    );
    assert_eq!(shown["deployments"][0]["deployment_id"], "3");
}

/// What Studio shows for a block, as it is copied.
const STUDIO: &str = include_str!("../data/openedx/studio-page.txt");

#[test]
fn open_edx_studios_page_is_read_and_only_the_issuer_is_missing() {
    let tool = Tool::new().drafted("Open edX");
    let page = tool.file("page.txt", STUDIO);
    let import = ["platform", "import", "open-edx", &page];
    let said = tool.fails(&import, 2);
    assert!(said.contains("all five are needed; missing: --issuer\n"), "{said}");
    assert!(said.contains(&format!("ltictl platform import open-edx {page} --issuer …")), "{said}");
    let mut complete = import.to_vec();
    complete.extend(["--issuer", "http://127.0.0.1:8601", "--allow-http"]);
    tool.run(&complete);
    let shown = tool.json(&["registration", "show", "open-edx"]);
    assert_eq!(shown["platform"]["client_id"], "e9fd2fb1-c9fb-45fa-a152-3e80ed178330");
    assert_eq!(
        shown["platform"]["authentication_request_url"],
        "http://127.0.0.1:8601/api/lti_consumer/v1/launch/"
    );
    assert_eq!(shown["deployments"][0]["deployment_id"], "1");
}

#[test]
fn missing_details_are_named_with_the_typed_command() {
    let tool = Tool::new().drafted("Moodle A");
    let said = tool.fails(
        &["platform", "set", "moodle-a", "--issuer", "https://lms.example.edu", "--client-id", "x"],
        2,
    );
    assert!(
        said.contains(
            "ltictl platform set moodle-a --issuer https://lms.example.edu --client-id x \
             --keyset-url … --access-token-url … --authentication-request-url …"
        ),
        "{said}"
    );
}

#[test]
fn stored_values_are_replaced_only_with_yes() {
    let tool = Tool::new().drafted("Moodle A");
    tool.run_with_input(&["platform", "import", "moodle-a", "-"], MOODLE);
    let before = tool.dump();
    let file = tool.file("other.txt", "Client ID\nanother\nDeployment ID: 9\n");
    let command = format!("ltictl platform import moodle-a {file} --yes");
    assert!(tool.fails(&["platform", "import", "moodle-a", &file], 2).contains(&command));
    let preset = ["platform", "import", "moodle-a", "--preset", "canvas", "--client-id", "7"];
    assert!(
        tool.fails(&preset, 2)
            .contains("ltictl platform import moodle-a --preset canvas --client-id 7 --yes")
    );
    let dry = tool.json(&["platform", "import", "moodle-a", &file, "--dry-run"]);
    assert_eq!(
        (&dry["changes"][0]["before"], &dry["changes"][0]["after"]),
        (&"AGBGEBlIcA74NZ3".into(), &"another".into())
    );
    assert_eq!(tool.dump(), before);
    tool.run(&["platform", "import", "moodle-a", &file, "--yes"]);
    let shown = tool.json(&["registration", "show", "moodle-a"]);
    assert_eq!(shown["platform"]["client_id"], "another");
    assert_eq!(shown["deployments"].as_array().unwrap().len(), 2);
}

/// Names of presets, with the host that they need, and the issuer and keyset URL that they set.
const PRESETS: &[(&str, Option<&str>, &str, &str)] = &[
    (
        "canvas",
        None,
        "https://canvas.instructure.com",
        "https://sso.canvaslms.com/api/lti/security/jwks",
    ),
    (
        "canvas-beta",
        None,
        "https://canvas.beta.instructure.com",
        "https://sso.beta.canvaslms.com/api/lti/security/jwks",
    ),
    (
        "canvas-test",
        None,
        "https://canvas.test.instructure.com",
        "https://sso.test.canvaslms.com/api/lti/security/jwks",
    ),
    (
        "canvas-selfhosted",
        Some("canvas.example.edu"),
        "https://canvas.instructure.com",
        "https://canvas.example.edu/api/lti/security/jwks",
    ),
    (
        "blackboard",
        None,
        "https://blackboard.com",
        "https://developer.blackboard.com/api/v1/management/applications/c-7/jwks.json",
    ),
    (
        "brightspace",
        Some("lms.example.edu"),
        "https://lms.example.edu",
        "https://lms.example.edu/d2l/.well-known/jwks",
    ),
    (
        "moodle",
        Some("https://lms.example.edu/moodle/"),
        "https://lms.example.edu/moodle",
        "https://lms.example.edu/moodle/mod/lti/certs.php",
    ),
    (
        "schoology",
        None,
        "https://schoology.schoology.com",
        "https://lti-service.svc.schoology.com/lti-service/.well-known/jwks",
    ),
    (
        "ilias",
        Some("lms.example.edu"),
        "https://lms.example.edu",
        "https://lms.example.edu/lticerts.php",
    ),
    (
        "chamilo",
        Some("lms.example.edu"),
        "https://lms.example.edu",
        "https://lms.example.edu/plugin/ImsLti/jwks.php",
    ),
];

#[test]
fn a_preset_has_the_endpoints() {
    for &(preset, host, issuer, keyset_url) in PRESETS {
        let tool = Tool::new().drafted("Campus");
        let mut arguments =
            vec!["platform", "import", "campus", "--preset", preset, "--client-id", "c-7"];
        if let Some(host) = host {
            tool.fails(&arguments, 2);
            arguments.extend(["--host", host]);
        }
        tool.run(&arguments);
        let shown = tool.json(&["platform", "show", "campus"]);
        assert_eq!(
            (&shown["platform"]["issuer"], &shown["platform"]["keyset_url"]),
            (&issuer.into(), &keyset_url.into()),
            "{preset}"
        );
        assert_eq!(
            shown["policy"]["deployments"],
            if preset.starts_with("canvas") { "accept" } else { "known" },
            "{preset}"
        );
        let audience = shown["policy"]["token_audience"].as_str();
        assert_eq!(
            audience,
            (preset == "brightspace").then_some("https://api.brightspace.com/auth/token"),
            "{preset}"
        );
    }
}

#[test]
fn a_preset_that_lacks_something_says_so() {
    let tool = Tool::new().drafted("Campus");
    let before = tool.dump();
    assert!(
        tool.fails(&["platform", "import", "campus", "--preset", "canvas"], 2)
            .contains("--client-id")
    );
    assert!(
        tool.fails(&["platform", "import", "campus", "--preset", "sakai", "--client-id", "c"], 2)
            .contains("no preset")
    );
    assert!(
        tool.fails(&["platform", "import", "campus", "--preset", "canvsa", "--client-id", "c"], 3)
            .contains("did you mean canvas")
    );
    assert!(
        tool.fails(
            &[
                "platform",
                "import",
                "campus",
                "--preset",
                "moodle",
                "--host",
                "a b",
                "--client-id",
                "c"
            ],
            5
        )
        .contains("issuer")
    );
    tool.fails(&["platform", "import", "campus"], 2);
    assert_eq!(tool.dump(), before);
}

#[test]
fn contradictions_name_both_values() {
    let tool = Tool::new().drafted("Campus");
    let canvas = "Issuer: https://canvas.beta.instructure.com/\nClient ID: 7\nKeyset URL: \
        https://sso.canvaslms.com/api/lti/security/jwks\n";
    let file = tool.file("canvas.txt", canvas);
    let dry =
        tool.json(&["platform", "import", "campus", &file, "--preset", "canvas-beta", "--dry-run"]);
    let warnings: Vec<&str> = dry["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| warning.as_str().unwrap())
        .collect();
    for pair in [
        [
            "https://canvas.beta.instructure.com/ with a slash",
            "https://canvas.beta.instructure.com,",
        ],
        [
            "https://canvas.beta.instructure.com/ (beta)",
            "https://sso.canvaslms.com/api/lti/security/jwks (production)",
        ],
        [
            "is https://sso.canvaslms.com/api/lti/security/jwks",
            "has https://sso.beta.canvaslms.com/api/lti/security/jwks",
        ],
    ] {
        assert!(
            warnings.iter().any(|warning| pair.iter().all(|part| warning.contains(part))),
            "{pair:?}: {warnings:#?}"
        );
    }
    let mixed = "Issuer: http://localhost:8100\nClient ID: 7\nKeyset URL: \
        https://localhost:8100/keys\nToken URL: http://localhost:8100/t\nAccess token URL: \
        http://localhost:8100/t\nAuthentication request URL: http://localhost:8100/a\n";
    let said = tool.run_with_input(&["platform", "import", "campus", "-"], mixed);
    assert!(said.remarks.contains("http and https are mixed"), "{}", said.remarks);
}

/// A tool on this machine may ask this machine; the tool of the other stories has a public address
/// and may not.
#[test]
fn an_openid_configuration_is_fetched() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/mod/lti/openid-configuration.php", listener.local_addr().unwrap());
    let public = Tool::new().drafted("Moodle A");
    assert!(
        public
            .fails(&["platform", "import", "moodle-a", &url, "--client-id", "c"], 6)
            .contains("cannot be fetched")
    );
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let length = stream.read(&mut request).unwrap();
        let body = r#"{"issuer": "http://localhost:8100", "jwks_uri": "http://localhost:8100/k", "token_endpoint": "http://localhost:8100/t", "authorization_endpoint": "http://localhost:8100/a"}"#;
        write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: \
            {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        length
    });
    let tool = Tool::empty();
    tool.run(&["init", "--url", "http://localhost:8200", "--name", "Example Tool"]);
    tool.run(&["registration", "create", "Moodle A"]);
    tool.run(&["platform", "import", "moodle-a", &url, "--client-id", "c"]);
    assert!(server.join().unwrap() > 0);
    assert_eq!(
        tool.json(&["platform", "show", "moodle-a"])["platform"]["keyset_url"],
        "http://localhost:8100/k"
    );
}

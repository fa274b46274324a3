//! The test platform for pipelines: it launches by itself and says whether people got in.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};

use serde_json::Value;

use super::consumer::insert_registered;
use super::schema::check;
use super::service::{Service, free_port};
use super::tool::Tool;

/// A tool and the address of its test platform, connected; the tool is served as long as the
/// service lives.
fn connected() -> (Tool, Service, String) {
    let (port, platform_port) = (free_port(), free_port());
    let tool = Tool::new().drafted("Test platform").published("Algebra quiz");
    tool.run(&["config", "set", "url", &format!("http://localhost:{port}")]);
    let issuer = format!("http://localhost:{platform_port}");
    let platform = [
        issuer.clone(),
        "sandbox-tool".to_owned(),
        format!("{issuer}/jwks"),
        format!("{issuer}/token"),
        format!("{issuer}/auth"),
    ];
    tool.connect("test-platform", &platform);
    tool.run(&["deployment", "add", "test-platform", "1"]);
    let service =
        Service::start(tool.process(&["serve", "--listen", &format!("127.0.0.1:{port}")]), port);
    (tool, service, format!("127.0.0.1:{platform_port}"))
}

#[test]
fn it_launches_on_its_own_and_reports_the_results() {
    let (tool, _service, listen) = connected();
    let launch = [
        "sandbox",
        "--listen",
        &listen,
        "--registration",
        "test-platform",
        "--resource",
        "algebra-quiz",
        "--launch",
        "sam",
        "--launch",
        "tina",
    ];
    let launches = tool.json(&launch);
    check(&tool, "sandbox-launches", &launches, &launch);
    assert_eq!(launches.as_array().unwrap().len(), 2);
    for (launch, (user, role, log)) in launches
        .as_array()
        .unwrap()
        .iter()
        .zip([("sam", "student", "learner"), ("tina", "teacher", "staff")])
    {
        assert_eq!(
            (&launch["user"], &launch["role"], &launch["page"], &launch["reason"]),
            (&user.into(), &role.into(), &"Algebra quiz - Example Tool".into(), &().into())
        );
        assert_eq!((&launch["accepted"], &launch["status"]), (&true.into(), &200.into()));
        assert_eq!(tool.json(&["launch", "show", launch["launch"].as_str().unwrap()])["role"], log);
    }

    tool.run(&["deployment", "remove", "test-platform", "1", "--yes"]);
    let refused = tool.command(&launch).output().unwrap();
    let (answer, remarks) =
        (String::from_utf8(refused.stdout).unwrap(), String::from_utf8(refused.stderr).unwrap());
    assert_eq!(refused.status.code(), Some(7), "{answer}{remarks}");
    assert_eq!(answer.matches("deployment_unknown").count(), 2, "{answer}");
    assert!(
        remarks.contains("2 of 2 launches were refused")
            && remarks.contains("ltictl launch list --failed --registration test-platform"),
        "{remarks}"
    );
}

#[test]
fn it_warns_when_others_can_reach_it() {
    let tool = Tool::new();
    // The registration is unknown, so it fails before it listens.
    for (listen, warns) in [
        ("0.0.0.0:8090", true),
        ("[::]:8090", true),
        ("192.0.2.1:8090", true),
        ("127.0.0.1:8090", false),
        ("[::1]:8090", false),
    ] {
        for format in ["table", "json"] {
            let output = tool
                .command(&[
                    "sandbox",
                    "--listen",
                    listen,
                    "-o",
                    format,
                    "--registration",
                    "missing",
                ])
                .output()
                .unwrap();
            let remarks = String::from_utf8(output.stderr).unwrap();
            assert_ne!(output.status.code(), Some(0));
            let warning =
                format!("warning: other machines may reach the test platform on {listen}");
            assert_eq!(remarks.contains(&warning), warns, "{remarks}");
            assert_eq!(
                remarks.contains("ltictl sandbox --listen 127.0.0.1:8090"),
                warns,
                "{remarks}"
            );
        }
    }
}

#[test]
fn it_launches_only_where_it_is_known() {
    let tool = Tool::new().registered("Moodle Prod").published("Quiz");
    let words = [
        "sandbox",
        "--listen",
        "127.0.0.1:0",
        "--registration",
        "moodle-prod",
        "--resource",
        "quiz",
        "--launch",
        "sam",
    ];
    let refused = tool.command(&words).output().unwrap();
    let remarks = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(4), "{remarks}");
    assert!(
        remarks.contains("moodle-prod is not connected to the test platform")
            && remarks.contains("ltictl platform set moodle-prod --issuer http://localhost:")
    );
    tool.fails(
        &[
            "sandbox",
            "--registration",
            "moodle-prod",
            "--resource",
            "quiz",
            "--launch",
            "nobody-i-know",
        ],
        2,
    );
    tool.fails(&["sandbox", "--launch", "sam"], 2);
}

#[test]
fn it_launches_by_lti_1p1_with_the_secret_of_a_consumer() {
    let port = free_port();
    let tool = Tool::new().published("Algebra quiz").published("Essay");
    tool.run(&["config", "set", "url", &format!("http://localhost:{port}")]);
    tool.run(&["consumer", "add", "Old School", "--resource", "algebra-quiz"]);
    let listen = format!("127.0.0.1:{port}");
    let _service = Service::start(tool.process(&["serve", "--listen", &listen]), port);
    let words = |resource: &'static str| {
        let consumer = ["sandbox", "--listen", "127.0.0.1:0", "--consumer", "old-school"];
        [&consumer[..], &["--resource", resource, "--launch", "sam"]].concat()
    };
    let launches = tool.json(&words("algebra-quiz"));
    let (launch, page) = (&launches[0], "Algebra quiz - Example Tool");
    assert_eq!((&launch["accepted"], &launch["page"]), (&true.into(), &page.into()));
    let refused = tool.command(&words("essay")).output().unwrap();
    assert_eq!(refused.status.code(), Some(7));
    let printed = String::from_utf8(refused.stdout).unwrap();
    assert!(printed.contains("resource_not_for_consumer"), "{printed}");
    tool.fails(&["sandbox", "--consumer", "unknown"], 3);
    tool.fails(&["sandbox", "--consumer", "old-school", "--registration", "x"], 2);
}

#[test]
fn it_launches_by_lti_2p0_with_the_secret_of_a_consumer_that_has_registered() {
    let port = free_port();
    let tool = Tool::new().published("Algebra quiz");
    tool.run(&["config", "set", "url", &format!("http://localhost:{port}")]);
    insert_registered(&tool, "college", &["algebra-quiz"]);
    let listen = format!("127.0.0.1:{port}");
    let _service = Service::start(tool.process(&["serve", "--listen", &listen]), port);
    let sandbox = ["sandbox", "--listen", "127.0.0.1:0", "--consumer", "college"];
    let words = [&sandbox[..], &["--resource", "algebra-quiz", "--launch", "sam"]].concat();
    let launches = tool.json(&words);
    assert_eq!(launches[0]["accepted"], true, "{launches}");
    assert_eq!(tool.json(&["consumer", "show", "college"])["protocol"], "lti-2.0");
}

#[test]
fn a_secret_of_another_tool_is_never_an_argument() {
    let tool = Tool::new();
    let other = ["sandbox", "--listen", "127.0.0.1:0", "--launch-url", "https://tool.example/a b"];
    tool.fails(&other, 2);
    let words = [&other[..], &["--consumer-key", "school key"]].concat();
    let refused = tool.command(&words).output().unwrap();
    let remarks = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{remarks}");
    let hint = "ltictl sandbox --launch-url 'https://tool.example/a b' --consumer-key 'school key' \
                --secret-stdin < secret.txt";
    assert!(remarks.contains(hint), "{remarks}");
}

/// Starts a test platform with these arguments and stops it; gives its keyset.
fn keyset(tool: &Tool, more: &[&str]) -> Value {
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let words = [&["sandbox", "--listen", &listen], more].concat();
    let _service = Service::start(tool.process(&words), port);
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    let host = format!("localhost:{port}");
    write!(stream, "GET /jwks HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn it_keeps_its_key_in_a_file_that_only_the_owner_can_read() {
    let tool = Tool::in_file();
    let (beside, named) = (tool.path("ltictl.sandbox-key.pem"), tool.path("key"));
    let named_text = named.to_str().unwrap();
    let first = keyset(&tool, &[]);
    assert_eq!(keyset(&tool, &[]), first, "the key is the same after a restart");
    let other = keyset(&tool, &["--key", named_text]);
    assert_ne!(other, first);
    assert_eq!(keyset(&tool, &["--key", named_text]), other);
    #[cfg(unix)]
    for file in [&beside, &named] {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // A file that is no key is not replaced.
    std::fs::write(&named, "no key").unwrap();
    let error = tool.fails(&["sandbox", "--listen", "127.0.0.1:0", "--key", named_text], 5);
    assert!(format!("{error:?}").contains("it contains no PEM"), "{error:?}");
    assert_eq!(std::fs::read_to_string(&named).unwrap(), "no key");
    let missing = tool.path("missing/key");
    tool.fails(&["sandbox", "--listen", "127.0.0.1:0", "--key", missing.to_str().unwrap()], 1);
}

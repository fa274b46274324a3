//! The test platform for pipelines: it launches by itself and says whether people got in.

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
fn it_launches_by_itself_and_says_who_got_in() {
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
        remarks.contains("2 of 2 launches did not get in")
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

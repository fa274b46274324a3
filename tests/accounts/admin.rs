//! What the admin does to accounts on the command line, and what the running server makes of it at
//! the next request: the real binary beside the real server.

use std::io::Write as _;
use std::process::Stdio;

use ltictl::sandbox::browser::Page;
use ltictl::sandbox::{LaunchChoice, MigrationChoice, MigrationSign};
use serde_json::{Value, json};

use crate::lab::database::Database;
use crate::lab::{Lab, REGISTRATION, RESOURCE, outcome};

/// Runs a command on the server's database, with a line on standard input; gives the JSON of its
/// answer.
fn ltictl(lab: &Lab, arguments: &[&str], input: &str) -> Value {
    let mut child = crate::lab::binary()
        .args(["-o", "json"])
        .args(arguments)
        .env("LTICTL_DB", &lab.database)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    if output.stdout.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn run(lab: &Lab, line: &str) -> Value {
    ltictl(lab, &line.split(' ').collect::<Vec<_>>(), "")
}

fn is_in(page: &Page) -> bool {
    page.status == 303 && page.header("location").unwrap().contains("/session/")
}

async fn refused(lab: &Lab) -> String {
    let page = lab.launch(&LaunchChoice::student()).await;
    assert!([403, 404].contains(&page.status), "{} {}", page.status, page.body);
    outcome(&lab.newest_launch().unwrap()).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_linked_by_the_admin_is_recognized() {
    let lab = Lab::start().await;
    for (username, identity, deployment) in [
        ("sam", "auto", None),
        ("max", "client-id", None),
        ("kim", "deployment", Some(lab.sandbox.deployment_id().to_owned())),
    ] {
        run(&lab, &format!("platform set {REGISTRATION} --identity {identity} --leave-users"));
        run(&lab, &format!("account create {username} --email {username}@example.edu"));
        let deployment = deployment.map(|id| format!(" --deployment {id}")).unwrap_or_default();
        run(
            &lab,
            &format!("account link {username} --registration {REGISTRATION} --sub 4{deployment}"),
        );
        assert!(is_in(&lab.launch(&LaunchChoice::student()).await), "{identity}");
        let account = run(&lab, &format!("account show {username}"));
        assert!(account["links"][0]["last_launch_at"].is_string(), "{identity}: {account}");
        assert_eq!(
            (&account["name"], &account["email"]),
            (&Value::Null, &json!(format!("{username}@example.edu"))),
            "what the admin says of a person stays"
        );
        assert_eq!(
            (&account["enrolments"][0]["resource"], &account["enrolments"][0]["source"]),
            (&json!(RESOURCE), &json!("launch"))
        );
    }
    assert_eq!(run(&lab, "account list").as_array().unwrap().len(), 3, "no launch made an account");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_password_that_was_set_opens_the_account() {
    let lab = Lab::start().await;
    run(&lab, &format!("resource update {RESOURCE} --student-provisioning existing"));
    run(&lab, "account create sam");
    let mut browser = lab.browser.another();
    let page = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    let mut form = page.form_with("choice", "sign-in").unwrap();
    form.set("username", "sam");
    form.set("password", "correct horse");
    assert!(
        !is_in(&browser.submit_form(&page, &form).await.unwrap()),
        "no one can sign in to an account without a password"
    );
    // Set while the person looks at the page.
    ltictl(&lab, &["account", "set-password", "sam", "--password-stdin"], "correct horse\n");
    assert!(is_in(&browser.submit_form(&page, &form).await.unwrap()));
    assert_eq!(run(&lab, "account show sam")["links"][0]["sub"], "4");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_of_lti_1_1_are_known_by_key_and_secret() {
    let lab = Lab::start().await;
    run(&lab, &format!("resource update {RESOURCE} --student-provisioning existing"));
    run(&lab, "account create sam");
    run(&lab, "account link sam --consumer-key school-key --user-id legacy-4");
    let claim = || {
        LaunchChoice::student().migrating(MigrationChoice {
            consumer_key: "school-key".into(),
            secret: "school secret".into(),
            user_id: Some("legacy-4".into()),
            sign: MigrationSign::Raw,
        })
    };
    assert!(
        !is_in(&lab.launch(&claim()).await),
        "without the secret, the signature cannot be checked"
    );
    ltictl(&lab, &["consumer", "add", "school-key", "--secret-stdin"], "school secret\n");
    assert!(is_in(&lab.launch(&claim()).await));
    assert_eq!(run(&lab, "account show sam")["links"][0]["sub"], "4");
    run(&lab, "consumer remove school-key --yes");
    assert!(
        is_in(&lab.launch(&LaunchChoice::student()).await),
        "once moved, the user needs no claim"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_suggested_command_fixes_the_refusal() {
    let lab = Lab::start().await;
    for (closed, code, open) in [
        ("--enrolment-maximum 0", "enrolment_full", "--enrolment-maximum none"),
        ("--enrolment-starts-at 2999-01-01", "enrolment_not_started", "--enrolment-starts-at none"),
        ("--enrolment-ends-at 2020-01-01", "enrolment_finished", "--enrolment-ends-at none"),
    ] {
        run(&lab, &format!("resource update {RESOURCE} {closed}"));
        assert_eq!(refused(&lab).await, code);
        run(&lab, &format!("resource update {RESOURCE} {open}"));
    }
    ltictl(&lab, &["resource", "update", RESOURCE, "--registration", ""], "");
    assert_eq!(refused(&lab).await, "resource_not_for_registration");
    run(&lab, &format!("resource update {RESOURCE} --registration {REGISTRATION}"));
    assert!(is_in(&lab.launch(&LaunchChoice::student()).await));

    let username = run(&lab, "account list")[0]["username"].as_str().unwrap().to_owned();
    run(&lab, &format!("account disable {username}"));
    assert_eq!(refused(&lab).await, "account_disabled");
    run(&lab, &format!("account enable {username}"));

    Database::open(&lab.database).end_enrolments();
    assert_eq!(refused(&lab).await, "enrolment_ended");
    run(&lab, &format!("account enrol {username} {RESOURCE}"));
    assert!(is_in(&lab.launch(&LaunchChoice::student()).await));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_end_with_their_registration_deployment_or_account() {
    let lab = Lab::start().await;
    for verb in ["disable", "unenrol", "delete"] {
        let mut browser = lab.browser.another();
        let entered = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
        let address = entered.header("location").unwrap().to_owned();
        assert_eq!(browser.get(&address).await.unwrap().status, 200, "{verb}");
        let username = run(&lab, "account list")[0]["username"].as_str().unwrap().to_owned();
        match verb {
            "unenrol" => run(&lab, &format!("account unenrol {username} {RESOURCE}")),
            "delete" => run(&lab, &format!("account delete {username} --yes")),
            _ => run(&lab, &format!("account disable {username}")),
        };
        let page = browser.get(&address).await.unwrap();
        assert_ne!(page.status, 200, "{verb}: {}", page.body);
        if verb == "disable" {
            run(&lab, &format!("account enable {username}"));
            assert_ne!(
                browser.get(&address).await.unwrap().status,
                200,
                "a session that has ended stays ended"
            );
        }
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_end_when_the_account_is_deleted_or_the_resource_unpublished() {
    let lab = Lab::start().await;
    let (mut browser, mut other) = (lab.browser.another(), lab.browser.another());
    run(&lab, "account create sam");
    for sub in ["3", "4"] {
        run(&lab, &format!("account link sam --registration {REGISTRATION} --sub {sub}"));
    }
    let address = lab
        .sandbox
        .launch(&mut browser, &LaunchChoice::student())
        .await
        .unwrap()
        .header("location")
        .unwrap()
        .to_owned();
    let teachers = lab
        .sandbox
        .launch(&mut other, &LaunchChoice::teacher())
        .await
        .unwrap()
        .header("location")
        .unwrap()
        .to_owned();
    assert_eq!(
        (browser.get(&address).await.unwrap().status, other.get(&teachers).await.unwrap().status),
        (200, 200)
    );
    run(&lab, &format!("account unlink sam --registration {REGISTRATION} --sub 4"));
    assert_eq!(
        browser.get(&address).await.unwrap().status,
        403,
        "a person who got an account by mistake cannot keep using it"
    );
    assert_eq!(other.get(&teachers).await.unwrap().status, 200, "its other user does");
    ltictl(&lab, &["resource", "update", RESOURCE, "--registration", ""], "");
    let page = other.get(&teachers).await.unwrap();
    assert_eq!(
        (page.status, page.body.contains("This resource is not available")),
        (403, true),
        "{}",
        page.body
    );
    lab.stop().await;
}

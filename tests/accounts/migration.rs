//! Platforms move from LTI 1.1 to LTI 1.3: people keep their accounts, and the way back.

use std::sync::Arc;

use ltictl::admin::register;
use ltictl::domain::{Clock, LaunchId, Name, Random, Session, SessionHandle};
use ltictl::rules::progress::NoProgress;
use ltictl::sandbox::browser::Browser;
use ltictl::sandbox::{LaunchChoice, MigrationChoice, MigrationSign};
use ltictl::sync::members::{self, MemberRun};
use serde_json::{Value, json};

use crate::doctor::setup::ltictl;
use crate::lab::signed_form::{KEY, SECRET, Signing, fields, launch_url};
use crate::lab::{Lab, REGISTRATION, RESOURCE};

/// Runs a command that succeeds, and reads its answer.
fn run(lab: &Lab, line: &str) -> Value {
    let output = ltictl(&lab.database, &format!("{line} -o json"));
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

/// The answer of `consumer migrate` with these options, and the numbers of people who are matched, not
/// matched and new.
fn migrate(lab: &Lab, options: &str) -> (Value, [Value; 3]) {
    let answer = run(lab, format!("consumer migrate {KEY} {REGISTRATION} {options}").trim());
    let numbers = ["matched", "unmatched", "new"].map(|key| answer[key].clone());
    (answer, numbers)
}

async fn launch_by_lti_1p1(lab: &Lab, user: &str, nonce: &str) {
    let url = launch_url(lab);
    let signed = Signing { nonce, ..Signing::default() }.sign(&url, fields(user, "Learner"));
    let page = Browser::new().post_form(&url, &signed).await.unwrap();
    assert_eq!(page.status, 303, "{}", page.body);
}

fn claim(user_id: &str) -> MigrationChoice {
    MigrationChoice {
        consumer_key: KEY.into(),
        secret: SECRET.into(),
        user_id: Some(user_id.into()),
        sign: MigrationSign::Raw,
    }
}

fn accounts(lab: &Lab) -> usize {
    run(lab, "account list").as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_keep_their_accounts_when_a_platform_moves() {
    let lab = Lab::with_consumer().await;
    launch_by_lti_1p1(&lab, "old-4", "n1").await;
    launch_by_lti_1p1(&lab, "old-9", "n2").await;
    let (planned, numbers) = migrate(&lab, "--dry-run");
    assert_eq!(
        (&planned["started_at"], &planned["people"], &planned["links"], &planned["enrolments"]),
        (&Value::Null, &json!(2), &json!(1), &json!(2)),
        "{planned}"
    );
    assert_eq!(numbers, [json!(0), json!(2), json!(0)]);
    let (begun, _) = migrate(&lab, "");
    assert_ne!(begun["started_at"], Value::Null);

    let before = accounts(&lab);
    let page = lab.launch(&LaunchChoice::student().migrating(claim("old-4"))).await;
    assert_eq!((page.status, accounts(&lab)), (303, before), "the account of old-4");
    let page = lab.launch(&LaunchChoice::teacher()).await;
    assert_eq!((page.status, accounts(&lab)), (303, before + 1), "without a claim");
    let (again, numbers) = migrate(&lab, "");
    assert_eq!(numbers, [json!(1), json!(1), json!(1)]);
    assert_eq!(again["started_at"], begun["started_at"]);
    launch_by_lti_1p1(&lab, "old-4", "n3").await;
    assert_eq!(accounts(&lab), before + 1, "LTI 1.1 still works, with the same account");

    let (back, numbers) = migrate(&lab, "--roll-back --yes");
    assert_eq!((&back["started_at"], &numbers[0]), (&Value::Null, &json!(0)), "{back}");
    launch_by_lti_1p1(&lab, "old-4", "n4").await;
    assert_eq!(accounts(&lab), before + 1, "with its own account");
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    assert_eq!(accounts(&lab), before + 2, "a new one for the same person by LTI 1.3");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taking_a_move_back_leaves_what_an_admin_has_linked() {
    let lab = Lab::with_consumer().await;
    launch_by_lti_1p1(&lab, "old-4", "r1").await;
    launch_by_lti_1p1(&lab, "old-3", "r2").await;
    migrate(&lab, "");
    let names: Vec<Value> = run(&lab, "account list").as_array().unwrap().clone();
    let linked = names[0]["username"].as_str().unwrap().to_owned();
    run(&lab, &format!("account link {linked} --registration {REGISTRATION} --sub 4"));
    let before = accounts(&lab);
    // The student has been linked by the admin, the teacher comes with a claim.
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    let other = if is_linked(&lab, &linked, "old-4") { "old-3" } else { "old-4" };
    let page = lab.launch(&LaunchChoice::teacher().migrating(claim(other))).await;
    assert_eq!((page.status, accounts(&lab)), (303, before));
    let sessions =
        |store: &ltictl::store::Store| store.read().open_sessions(Clock::System.now()).unwrap();
    assert_eq!(sessions(&lab.store()), 4);

    let (_, numbers) = migrate(&lab, "--roll-back --yes");
    assert_eq!(numbers[0], json!(1), "the one whom the admin linked");
    assert!(is_linked(&lab, &linked, "4"));
    assert_eq!(sessions(&lab.store()), 3, "all but the teacher's");
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    assert_eq!(accounts(&lab), before, "the same account");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taking_a_move_back_ends_the_sessions_of_these_users_in_other_registrations_too() {
    let lab = Lab::with_consumer().await;
    launch_by_lti_1p1(&lab, "old-4", "o1").await;
    migrate(&lab, "");
    let page = lab.launch(&LaunchChoice::student().migrating(claim("old-4"))).await;
    assert_eq!(page.status, 303);
    let (mut store, now) = (lab.store(), Clock::System.now());
    let name = Name::new("Another").unwrap();
    let ((another, _), _) = register::create(&mut store, &name, None, false, now).unwrap();
    let launch = lab.newest_launch().unwrap().id;
    let session = store.read().session_of_launch(&launch, now).unwrap().unwrap();
    // The same user through the other registration, and another user of the same account.
    let mut other_user = session.clone();
    other_user.details.sub = Some("another".into());
    for session in [session, other_user] {
        let launch_id = LaunchId::fresh(now, &Random::System);
        let handle = SessionHandle::fresh(&launch_id, &Random::System);
        let session = Session { launch_id, handle, registration_id: another.id, ..session };
        let total = store.read().registration_total(another.id).unwrap();
        assert!(store.write(|write| write.insert_session(&session, total)).unwrap());
    }
    assert_eq!(store.read().open_sessions(now).unwrap(), 4);
    migrate(&lab, "--roll-back --yes");
    assert_eq!(store.read().open_sessions(now).unwrap(), 2, "that of LTI 1.1, and of another user");
    lab.stop().await;
}

/// Whether a platform user opens an account.
fn is_linked(lab: &Lab, username: &str, user_id: &str) -> bool {
    let account = run(lab, &format!("account show {username}"));
    account["links"].as_array().unwrap().iter().any(|link| link["sub"] == user_id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_of_members_do_not_come_before_launches_that_show_who_people_are() {
    let lab = Lab::with_consumer().await;
    launch_by_lti_1p1(&lab, "4", "m1").await;
    migrate(&lab, "");
    run(&lab, &format!("resource update {RESOURCE} --member-sync enrol-and-unenrol"));
    assert_eq!(lab.launch(&LaunchChoice::teacher()).await.status, 303, "brings the list");
    let summary =
        members::run(&lab.synchronizer(Clock::System), &MemberRun::default(), Arc::new(NoProgress))
            .await
            .unwrap();
    let [listed] = summary.resources.try_into().unwrap();
    assert_eq!(listed.without_account, 1, "user 4 may have one: {listed:?}");
    let before = accounts(&lab);
    let page = lab.launch(&LaunchChoice::student().migrating(claim("4"))).await;
    assert_eq!((page.status, accounts(&lab)), (303, before), "the account of LTI 1.1");
    let (_, numbers) = migrate(&lab, "");
    assert_eq!(numbers[0], json!(1));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_with_the_same_ids_are_linked_only_if_an_admin_says_so() {
    let lab = Lab::with_consumer().await;
    launch_by_lti_1p1(&lab, "4", "n5").await;
    launch_by_lti_1p1(&lab, "3", "n6").await;
    let before = accounts(&lab);
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    assert_eq!(accounts(&lab), before + 1, "user 4 of LTI 1.3 is another one");
    let (linked, numbers) = migrate(&lab, "--same-user-ids --yes");
    assert_eq!(numbers, [json!(1), json!(1), json!(0)], "the one who has no account: {linked}");
    assert_eq!(lab.launch(&LaunchChoice::teacher()).await.status, 303);
    assert_eq!(accounts(&lab), before + 1, "the account of user 3");
    migrate(&lab, "--roll-back --yes");
    assert_eq!(lab.launch(&LaunchChoice::teacher()).await.status, 303);
    assert_eq!(accounts(&lab), before + 2);
    for (line, expected) in [
        (
            format!("consumer migrate {KEY} {REGISTRATION} --roll-back --yes"),
            "nothing to roll back",
        ),
        (format!("consumer migrate {KEY} other"), "no registration"),
        (format!("consumer migrate {RESOURCE} {REGISTRATION}"), "no consumer"),
        (format!("consumer migrate {KEY} {REGISTRATION} --same-user-ids"), "--yes is missing"),
    ] {
        let output = ltictl(&lab.database, &line);
        let problem = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && problem.contains(expected), "{line}: {problem}");
    }
    run(&lab, "registration create Draft");
    let output = ltictl(&lab.database, &format!("consumer migrate {KEY} draft"));
    let problem = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(problem.contains("ltictl registration connect draft"), "{problem}");
    lab.stop().await;
}

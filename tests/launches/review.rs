//! Submission reviews (Submission Review 1.0): Moodle sends them from its grade report for every tool.

use ltictl::admin::grade;
use ltictl::domain::Clock;
use ltictl::rules::grade::NewGrade;
use ltictl::rules::resource::{self, ResourceChange};
use ltictl::sandbox::{Course, LaunchChoice, User};
use serde_json::{Value, json};

use super::steps::{decoded, update};
use crate::lab::{Lab, RESOURCE, outcome};

/// A lab in which Sam has opened the quiz from the algebra course, and has a grade.
async fn with_grade() -> Lab {
    let lab = Lab::start().await;
    update(
        &lab,
        &ResourceChange { max_grade: Some("10".parse().unwrap()), ..ResourceChange::default() },
    );
    lab.launch(&LaunchChoice::student()).await;
    let account = lab.store().read().accounts().unwrap().pop().unwrap();
    let new = NewGrade {
        score: Some("7.5".parse().unwrap()),
        comment: Some("<b>Well</b> done".to_owned()),
        ..NewGrade::default()
    };
    let name = account.username.as_str().into();
    grade::set(&mut lab.store(), &RESOURCE.into(), &name, &new, Clock::System.now()).unwrap();
    lab
}

/// What a person sees, or the code of the refusal.
async fn shown(lab: &Lab, choice: &LaunchChoice) -> Result<String, String> {
    let mut browser = lab.browser.another();
    let launched = lab.sandbox.launch(&mut browser, choice).await.unwrap();
    match launched.header("location") {
        Some(location) => Ok(browser.get(location).await.unwrap().body),
        None => Err(outcome(&lab.newest_launch().unwrap()).to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn teachers_see_the_work_of_their_course_and_learners_their_own() {
    let lab = with_grade().await;
    let teacher = LaunchChoice::teacher;
    let student = LaunchChoice::student;
    let patched = |choice: LaunchChoice, user_id: Value| LaunchChoice {
        patch: Some(json!({ "https://purl.imsglobal.org/spec/lti/claim/for_user": user_id })),
        ..choice.reviewing(User::Sam)
    };
    let without_column = LaunchChoice {
        patch: Some(json!({ "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": null })),
        ..teacher().reviewing(User::Sam)
    };
    let graded = Ok("7.5 / 10");
    let no_work = Ok("has not opened the activity from this course yet");
    for (name, choice, expected) in [
        ("a teacher", teacher().reviewing(User::Sam), graded),
        ("an administrator", LaunchChoice::of(User::Ada).reviewing(User::Sam), graded),
        ("the learner", student().reviewing(User::Sam), graded),
        ("without a line item", without_column, graded),
        (
            "another learner",
            LaunchChoice::of(User::Zoe).reviewing(User::Sam),
            Err("review_not_allowed"),
        ),
        ("of someone who was never here", teacher().reviewing(User::Zoe), no_work),
        (
            "from another course",
            LaunchChoice { course: Course::Biology, ..teacher() }.reviewing(User::Sam),
            no_work,
        ),
        ("without a user", patched(teacher(), Value::Null), Err("for_user_missing")),
        ("with an empty ID", patched(teacher(), json!({ "user_id": "" })), Err("for_user_missing")),
        ("with a list", patched(teacher(), json!({ "user_id": ["1"] })), Err("for_user_missing")),
        ("with a number", patched(teacher(), json!({ "user_id": 12_345 })), no_work),
        (
            "with a long ID",
            patched(teacher(), json!({ "user_id": "1".repeat(256) })),
            Err("for_user_missing"),
        ),
    ] {
        let seen = shown(&lab, &choice).await;
        match (seen, expected) {
            (Ok(body), Ok(text)) => {
                assert!(body.contains(text), "{name}: {body}");
                assert!(!body.contains("<b>Well"), "{name}");
            }
            (seen, expected) => {
                assert_eq!(seen.map(drop), expected.map(drop).map_err(str::to_owned), "{name}");
            }
        }
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_gets_the_person_in_the_launch_token() {
    let lab = with_grade().await;
    let target = resource::parse_target("http://localhost:9/start", false).unwrap();
    update(&lab, &ResourceChange { target: Some(target.into()), ..ResourceChange::default() });
    let account = lab.store().read().accounts().unwrap().pop().unwrap();
    let work = json!({
        "sub": "4",
        "account": { "id": account.uuid.to_string(), "username": account.username, "name": "Sam Student" },
    });
    for (choice, expected) in [
        (LaunchChoice::teacher().reviewing(User::Sam), work.clone()),
        (LaunchChoice::student().reviewing(User::Sam), work),
        (LaunchChoice::teacher(), Value::Null),
        // In an ordinary launch, the claim has no meaning.
        (
            LaunchChoice {
                patch: Some(json!({
                    "https://purl.imsglobal.org/spec/lti/claim/for_user": { "user_id": "4" }
                })),
                ..LaunchChoice::student()
            },
            Value::Null,
        ),
    ] {
        let mut browser = lab.browser.another();
        let launched = lab.sandbox.launch(&mut browser, &choice).await.unwrap();
        let session = launched.header("location").unwrap().trim_end_matches("~/").to_owned();
        let page = browser.get(&session).await.unwrap();
        let token = page.form().unwrap().field("launch_token").unwrap().to_owned();
        let claims = decoded(token.split('.').nth(1).unwrap());
        assert_eq!(claims["for_user"], expected, "{choice:?}");
    }
    lab.stop().await;
}

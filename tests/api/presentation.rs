//! What the launch token says of the platform's page and of people, and which values of a platform
//! it does not repeat.

use ltictl::domain::{Clock, LaunchDetails};
use ltictl::lti::roles::Role;
use ltictl::rules::registration::PolicyChange;
use ltictl::sandbox::LaunchChoice;
use ltictl::store::CoursePlace;
use serde_json::{Value, json};

use super::{account_of, claims, get, token, with_app};
use crate::lab::Lab;

const CLAIM: &str = "https://purl.imsglobal.org/spec/lti/claim/";
const MENTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor";
const LEARNER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";

/// A launch whose token has other values for claims; names without a scheme are LTI's own.
fn patched(patch: &Value) -> LaunchChoice {
    let claims = patch.as_object().unwrap().iter().map(|(name, value)| {
        let own = matches!(name.as_str(), "picture" | "sub");
        (if own { name.clone() } else { format!("{CLAIM}{name}") }, value.clone())
    });
    LaunchChoice::student().patched(Value::Object(claims.collect()))
}

/// A text of so many characters that is a URL.
fn url(characters: usize) -> String {
    format!("https://lms.example/{}", "x".repeat(characters - 20))
}

/// Members of the claim `launch_presentation` as a platform sends them, and as an app gets them.
fn presentations() -> Vec<(&'static str, Value, Value)> {
    let plain = "http://lms.example/#/c/2";
    vec![
        ("return_url", json!(plain), json!(plain)),
        ("return_url", json!("javascript:alert(1)"), json!(null)),
        ("return_url", json!("/course/2"), json!(null)),
        ("return_url", json!("https://user:secret@lms.example/"), json!(null)),
        ("return_url", json!("https://lms.example/\r\nSet-Cookie: a=b"), json!(null)),
        ("return_url", json!(7), json!(null)),
        ("document_target", json!("window"), json!("window")),
        ("document_target", json!("<script>"), json!(null)),
        ("width", json!(640), json!(640)),
        ("height", json!("480"), json!(480)),
        ("height", json!(-480), json!(null)),
        ("height", json!(1_000_000), json!(null)),
        ("locale", json!("x".repeat(65)), json!(null)),
    ]
}

/// What a platform sends, and what an app gets: a pointer into the claims, and the value there.
fn cases() -> Vec<(Value, String, Value)> {
    let picture = |url: &str| json!({ "picture": url });
    let mentor = |role: &str, ids: Value| json!({ "roles": [role], "role_scope_mentor": ids });
    let lis = |name: &str, value: &str| json!({ "lis": { name: value } });
    let others = [
        (picture("https://lms.example/4.png"), "/user/picture", json!("https://lms.example/4.png")),
        (picture("javascript:alert(1)"), "/user/picture", json!(null)),
        (picture("data:image/png;base64,AAAA"), "/user/picture", json!(null)),
        (picture(&url(2048)), "/user/picture", json!(url(2048))),
        (picture(&url(2049)), "/user/picture", json!(null)),
        (json!({ "launch_presentation": null }), "/launch_presentation", json!(null)),
        (json!({ "launch_presentation": "iframe" }), "/launch_presentation", json!(null)),
        (mentor(MENTOR, json!(["4", 5, "6"])), "/mentor", json!(["4", "6"])),
        (mentor(MENTOR, json!(["x".repeat(256), "6"])), "/mentor", json!(["6"])),
        (mentor(MENTOR, json!("4")), "/mentor", json!([])),
        (mentor(LEARNER, json!(["4"])), "/mentor", json!([])),
        (lis("course_offering_sourcedid", "O-1"), "/lis/course_offering_sourcedid", json!("O-1")),
        (lis("person_sourcedid", &"x".repeat(256)), "/lis/person_sourcedid", json!(null)),
        (json!({ "lis": null }), "/lis", json!(null)),
    ];
    let presentations = presentations().into_iter().map(|(name, sent, expected)| {
        let beside = if name == "return_url" { "" } else { "/launch_presentation" };
        // Another member keeps the claim from being empty.
        let mut claim = json!({ "document_target": "iframe" });
        claim[name] = sent;
        (json!({ "launch_presentation": claim }), format!("{beside}/{name}"), expected)
    });
    let others = others.into_iter().map(|(sent, pointer, value)| (sent, pointer.to_owned(), value));
    others.chain(presentations).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_of_the_platform_are_checked_before_an_app_gets_them() {
    let lab = with_app().await;
    let plain = claims(&token(&lab, &LaunchChoice::student()).await);
    let return_url = plain["return_url"].as_str().unwrap();
    assert!(return_url.starts_with(lab.sandbox.issuer()), "{return_url}");
    assert_eq!(plain["launch_presentation"]["document_target"], "iframe");
    assert!(plain["lis"]["person_sourcedid"].is_string(), "{}", plain["lis"]);
    for (patch, pointer, expected) in cases() {
        let found = claims(&token(&lab, &patched(&patch)).await);
        assert_eq!(found.pointer(&pointer), Some(&expected), "{patch:.200}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_anonymous_launch_has_no_identifier_of_the_person() {
    let lab = with_app().await;
    lab.set_policy(PolicyChange { allow_anonymous: Some(true), ..PolicyChange::default() });
    let sent = json!({
        "sub": null, "picture": "https://lms.example/4.png", "roles": [MENTOR],
        "role_scope_mentor": ["4"],
        "lis": { "person_sourcedid": "P-4", "course_section_sourcedid": "S-1" },
    });
    let found = claims(&token(&lab, &patched(&sent)).await);
    assert_eq!((&found["user"], &found["mentor"]), (&json!(null), &json!([])));
    assert_eq!(
        (&found["lis"]["person_sourcedid"], &found["lis"]["course_section_sourcedid"]),
        (&json!(null), &json!("S-1"))
    );
    lab.stop().await;
}

/// Lowers the role of the open sessions of an account in the course, as the platform would at
/// another link.
fn lower_role(lab: &Lab, account_id: i64, claims: &Value, roles: &[String]) {
    let details = LaunchDetails {
        sub: claims["user"]["sub"].as_str().map(str::to_owned),
        deployment_id: claims["platform"]["deployment_id"].as_str().unwrap().to_owned(),
        context_id: claims["context"]["id"].as_str().map(str::to_owned),
        ..LaunchDetails::default()
    };
    let mut store = lab.store();
    let registration =
        store.read().registration(&crate::lab::REGISTRATION.parse().unwrap()).unwrap().unwrap();
    store
        .write(|write| {
            let place = CoursePlace::of(registration.id, &details);
            write.lower_role(account_id, place, Role::Learner, roles)
        })
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mentor_whose_role_was_removed_mentors_no_one() {
    let lab = with_app().await;
    let staff = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";
    let sent = json!({ "roles": [MENTOR, staff], "role_scope_mentor": ["5"] });
    let token = token(&lab, &patched(&sent)).await;
    let signed = claims(&token);
    assert_eq!((&signed["mentor"], &signed["role"]), (&json!(["5"]), &json!("staff")));
    assert_eq!(get(&lab, &token).await.body["mentor"], json!(["5"]));
    let account = account_of(&lab, &signed);
    assert!(account.created_at <= Clock::System.now());
    lower_role(&lab, account.id, &signed, &[LEARNER.to_owned()]);
    let now = get(&lab, &token).await.body;
    assert_eq!((&now["mentor"], &now["role"]), (&json!([]), &json!("learner")));
    lab.stop().await;
}

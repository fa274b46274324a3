//! What `ltictl context` shows of a copied course.

use ltictl::sandbox::{Course, LaunchChoice, User};
use serde_json::{Value, json};

use crate::doctor::setup::ltictl;
use crate::lab::Lab;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copied_course_shows_its_origins_links_and_line_items() {
    let lab = Lab::start().await;
    lab.account_of(User::Sam, "sam");
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    let old = lab.add_content(Course::Algebra).await;
    let copy = lab.add_content(Course::Biology).await;
    let launch = |item, context: &str, link: &str| {
        let choice = LaunchChoice::student().opening(item).custom("context_history", context);
        choice.custom("link_history", link)
    };
    for choice in [launch(&old, "", ""), launch(&copy, "2,1", &old.id)] {
        assert_eq!(lab.launch(&choice).await.status, 303);
    }
    let output = ltictl(&lab.database, "context show test-platform 3 --output json");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown["title"], "Biology 101");
    let origins: Vec<Value> = shown["copied_from"]
        .as_array()
        .unwrap()
        .iter()
        .map(|origin| json!([origin["context_id"], origin["course"]]))
        .collect();
    // The known one first, whatever the platform's order.
    assert_eq!(origins, [json!(["2", "Algebra I"]), json!(["1", null])]);
    assert_eq!(shown["course_links"][0]["copied_from"], old.id);
    assert_eq!(shown["course_links"][0]["resource"], "algebra-quiz");
    lab.stop().await;
}

//! Where grades go when a launch names no line item, or one that is gone.

use ltictl::sandbox::{Course, Endpoint, Fault, FaultKind, LaunchChoice, User};
use serde_json::{Value, json};

use super::{SCOPE, come, counts, score, sync_status, without_line_item};
use crate::lab::{self, Lab};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_without_line_item_finds_its_own_or_makes_one_and_never_two() {
    let lab = Lab::start().await;
    lab.account_of(User::Sam, "sam");
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    // The platform has a column for the link and does not say so at the launch.
    come(&lab, &without_line_item(LaunchChoice::student())).await;
    lab.set_grade("sam", Some(5.0));
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 5.0)]);

    // There is none at all: one is made, although the answer to the first request is lost.
    let item = lab.add_content(Course::Algebra).await;
    come(&lab, &LaunchChoice::student().opening(&item)).await;
    lab.sandbox.add_fault(Fault::new(FaultKind::DroppedAfterwards).at(Endpoint::NewLineItem));
    assert_eq!(counts(&lab.send_grades().await), (0, 1, 0));
    assert_eq!(counts(&lab.send_grades_again().await), (1, 0, 0));
    let log = lab.sandbox.service_log();
    assert_eq!(log.count(Endpoint::NewLineItem), 1);
    assert!(
        log.calls
            .iter()
            .all(|call| call.endpoint == Some(Endpoint::Token) || call.path.contains("type_id=1")),
        "{:?}",
        log.calls
    );
    let columns = lab.sandbox.grade_book(Course::Algebra);
    let made: Vec<_> = columns.iter().filter(|column| !column.coupled).collect();
    assert_eq!(made.len(), 1);
    assert_eq!(
        (made[0].label.as_str(), made[0].score_maximum, made[0].tag.as_str()),
        ("Algebra quiz", 10.0, "grade")
    );
    assert_eq!(
        (&made[0].resource_id, made[0].resource_link_id.as_ref()),
        (&lab.resource_uuid, Some(&item.id))
    );
    assert_eq!(lab.taken(), [score(made[0].id, "4", 5.0)]);

    // The course was copied: the column came along without its link.
    let copy = lab.add_content(Course::Biology).await;
    let copied = create_column(
        &lab,
        3,
        &json!({
            "label": "Algebra quiz",
            "scoreMaximum": 10,
            "resourceId": lab.resource_uuid,
            "tag": "grade",
        }),
    )
    .await;
    come(&lab, &LaunchChoice::student().opening(&copy)).await;
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(copied, "4", 5.0)]);
    // A second link in the copy gets a column of its own.
    let second = lab.add_content(Course::Biology).await;
    come(&lab, &LaunchChoice::student().opening(&second)).await;
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(
        lab.sandbox.grade_book(Course::Biology).iter().filter(|column| !column.coupled).count(),
        2
    );

    // All of them are known from now on.
    lab.sandbox.clear_service_log();
    lab.set_grade("sam", Some(6.0));
    assert_eq!(counts(&lab.send_grades().await), (4, 0, 0));
    assert_eq!(lab.sandbox.service_log().count(Endpoint::LineItems), 0);
    lab.stop().await;
}

async fn create_column(lab: &Lab, course: u32, column: &Value) -> u32 {
    let token = lab.sandbox.access_token(&[&format!("{SCOPE}lineitem")]);
    let url = format!("{}/services/{course}/lineitems?type_id=1", lab.sandbox.issuer());
    let request =
        reqwest::Client::builder().no_proxy().build().unwrap().post(url).bearer_auth(token);
    let answer = request
        .header("content-type", "application/vnd.ims.lis.v2.lineitem+json")
        .body(column.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 201);
    let made: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    lab.sandbox.clear_service_log();
    lab::sync::number_of(made["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_item_that_is_gone_is_looked_for_again() {
    let lab = Lab::start().await;
    lab.account_of(User::Sam, "sam");
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    let item = lab.add_content(Course::Algebra).await;
    come(&lab, &LaunchChoice::student().opening(&item)).await;
    lab.set_grade("sam", Some(5.0));
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    let made = lab.taken()[0].0;
    let token = lab.sandbox.access_token(&[&format!("{SCOPE}lineitem")]);
    let url = format!("{}/services/2/lineitems/{made}/lineitem?type_id=1", lab.sandbox.issuer());
    let deleted = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .delete(url)
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.status().as_u16(), 204);
    lab.set_grade("sam", Some(6.0));
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    let taken = lab.taken();
    assert!(taken.len() == 1 && taken[0].0 != made && taken[0].2 == Some(6.0), "{taken:?}");

    // The link's own, which the platform still names: found once more by the link, and gone for
    // good if that does not help.
    come(&lab, &LaunchChoice::student()).await;
    lab.sandbox.add_fault(
        Fault::new(FaultKind::NotFound).on("/lineitems/21/").with_reason("Grade item 21 is gone"),
    );
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 6.0)]);
    lab.set_grade("sam", Some(7.0));
    lab.sandbox.add_fault(
        Fault::new(FaultKind::NotFound)
            .on("/lineitems/21/")
            .with_reason("Grade item 21 is gone")
            .times(2),
    );
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 1));
    let stuck = sync_status(&lab).stuck;
    assert!(
        stuck.len() == 1 && stuck[0].problem.problem.contains("Grade item 21 is gone"),
        "{stuck:?}"
    );
    assert!(stuck[0].problem.fix.contains("Launch the link again"), "{stuck:?}");
    // Which helps.
    come(&lab, &LaunchChoice::student()).await;
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    lab.stop().await;
}

//! Where grades go when a launch names no line item, or one that is gone.

use ltictl::admin::{grade, publish};
use ltictl::domain::{Clock, MaxGrade, Name, Random, Slug};
use ltictl::rules::grade::NewGrade;
use ltictl::rules::resource::ResourceChange;
use ltictl::sandbox::{Course, Endpoint, Fault, FaultKind, LaunchChoice, User};
use serde_json::{Value, json};

use super::{AGS, SCOPE, come, counts, score, sync_status, without_line_item};
use crate::doctor::setup::{ltictl, run};
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

/// A launch of another resource through the same link, as Open edX does for all items that were
/// picked for a block.
fn of_second_resource(lab: &Lab, choice: LaunchChoice) -> LaunchChoice {
    let (slug, name) = (Slug::new(SECOND).unwrap(), Name::new(SECOND).unwrap());
    let max_grade = Some(Some(MaxGrade::new(10.0).unwrap()).into());
    let change = ResourceChange { max_grade, ..ResourceChange::default() };
    let (now, random) = (Clock::System.now(), Random::System);
    let (resource, _) =
        publish::publish(&mut lab.store(), &name, Some(slug), &change, true, now, &random).unwrap();
    choice.custom("id", &resource.uuid.to_string())
}

const SECOND: &str = "second";

fn grade_second(lab: &Lab, score: f64) {
    let score = Some(score.to_string().parse().unwrap());
    let new = NewGrade { score, ..NewGrade::default() };
    let (resource, account) = (SECOND.into(), "sam".into());
    grade::set(&mut lab.store(), &resource, &account, &new, Clock::System.now()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resources_that_are_launched_through_one_link_have_columns_of_their_own() {
    let lab = Lab::start().await;
    lab.account_of(User::Sam, "sam");
    for round in [1.0, 2.0] {
        // In turn, as people do.
        come(&lab, &LaunchChoice::student()).await;
        come(&lab, &of_second_resource(&lab, LaunchChoice::student())).await;
        lab.set_grade("sam", Some(5.0 + round));
        grade_second(&lab, round);
        assert_eq!(counts(&lab.send_grades().await), (2, 0, 0));
        let mut taken = lab.taken();
        taken.sort_by_key(|taken| taken.0);
        let columns = lab.sandbox.grade_book(Course::Algebra);
        let own: Vec<_> = columns.iter().filter(|column| !column.coupled).collect();
        assert_eq!(own.len(), 1, "one column was made for the second resource");
        assert_eq!(own[0].label, SECOND);
        assert_eq!(taken, [score(21, "4", 5.0 + round), score(own[0].id, "4", round)]);
    }
    assert_eq!(sync_status(&lab).links.len(), 2);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grade_without_a_column_is_counted_and_named() {
    let lab = Lab::start().await;
    lab.account_of(User::Sam, "sam");
    // The platform has a column for the link, and does not let the tool make others.
    let only_its_own = |choice: LaunchChoice| choice.patched(json!({ AGS: { "lineitems": null } }));
    come(&lab, &only_its_own(LaunchChoice::student())).await;
    let second = of_second_resource(&lab, only_its_own(LaunchChoice::student()));
    come(&lab, &second).await;
    let expect = |expected: u32, at: &str| {
        let status = sync_status(&lab);
        let counted: u32 = status.without_column.iter().map(|link| link.grades).sum();
        assert_eq!(counted, expected, "{at}: {:?}", status.without_column);
    };
    expect(0, "there is no grade");
    lab.set_grade("sam", Some(5.0));
    grade_second(&lab, 3.0);
    expect(1, "before the first column has its grade");
    let summary = lab.send_grades().await;
    assert_eq!(counts(&summary), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 5.0)], "and nothing else");
    let without = &summary.without_column;
    assert!(
        without.len() == 1
            && without[0].resource.as_str() == SECOND
            && without[0].is_shared
            && without[0].grades == 1,
        "{without:?}"
    );
    expect(1, "after it");
    let run = |line: &'static str| {
        let output = ltictl(&lab.database, line);
        String::from_utf8(output.stdout).unwrap()
    };
    let out = run("sync grades --dry-run");
    assert!(
        out.contains("Nothing would be sent now.")
            && out.contains("1 grade of second cannot be sent through link 21"),
        "{out}"
    );
    let out = run("sync status");
    assert!(out.contains("1 grade of second cannot be sent through link 21"), "{out}");
    let out = run("doctor --offline");
    assert!(out.contains("1 grade cannot be sent: the link's column"), "{out}");

    // No one uses the link for the first resource any more: the column is free for the other one.
    let listed = run("resource link list -o json");
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let resources: Vec<&str> =
        listed.as_array().unwrap().iter().map(|link| link["resource"].as_str().unwrap()).collect();
    assert_eq!(resources, ["algebra-quiz", SECOND], "{listed}");
    assert_eq!((&listed[0]["resource_link_id"], &listed[0]["people"]), (&json!("21"), &json!(1)));
    run("resource link forget algebra-quiz 21 --yes");
    let forgotten = run("audit list --noun link -o json");
    assert!(forgotten.contains("\"deleted\"") && forgotten.contains("/21"), "{forgotten}");
    assert!(ltictl(&lab.database, "audit verify").status.success(), "the chain continues");
    expect(0, "the column is free");
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 3.0)]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resource_without_grades_does_not_take_the_column_of_another() {
    let lab = Lab::start().await;
    lab.account_of(User::Sam, "sam");
    let only_its_own = |choice: LaunchChoice| choice.patched(json!({ AGS: { "lineitems": null } }));
    come(&lab, &only_its_own(LaunchChoice::student())).await;
    come(&lab, &of_second_resource(&lab, only_its_own(LaunchChoice::student()))).await;
    grade_second(&lab, 3.0);
    assert_eq!(counts(&lab.send_grades().await), (0, 0, 0), "the first one takes grades");
    run(&lab.database, "resource update algebra-quiz --grade-sync off");
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 3.0)]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_column_of_another_resource_is_not_used() {
    let lab = Lab::start().await;
    lab.account_of(User::Sam, "sam");
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    for (resource_id, is_ours) in [(json!("another"), false), (Value::Null, true)] {
        let item = lab.add_content(Course::Biology).await;
        let mut column = json!({
            "label": "Column of the link",
            "scoreMaximum": 10,
            "resourceLinkId": item.id,
        });
        if !resource_id.is_null() {
            column["resourceId"] = resource_id.clone();
        }
        let existing = create_column(&lab, 3, &column).await;
        come(&lab, &LaunchChoice::student().opening(&item)).await;
        lab.set_grade("sam", Some(5.0));
        lab.send_grades().await;
        let taken = lab.taken();
        assert_eq!(
            taken.iter().any(|(column, ..)| *column == existing),
            is_ours,
            "{resource_id}: {taken:?}"
        );
    }
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

//! Scores and results.

use serde_json::{Value, json};

use super::super::{Course, Member, MemberStatus, ServiceOptions};
use super::{Client, LINE_ITEM, RESULTS, SCORE, services};

const SCORES: &str = "/services/2/lineitems/21/lineitem/scores?type_id=1";
const ITEM_RESULTS: &str = "/services/2/lineitems/21/lineitem/results?type_id=1";

/// A score for Sam, changed by a merge patch.
fn score(patch: &Value) -> Value {
    let mut score = super::super::claims::object(json!({
        "userId": "4", "scoreGiven": 15, "scoreMaximum": 20, "activityProgress": "Completed", "gradingProgress": "FullyGraded", "timestamp": "2026-11-23T16:08:07.835Z",
    }));
    super::super::claims::merge(&mut score, patch);
    Value::Object(score)
}

async fn send(client: &Client, patch: Value) -> u16 {
    client.call("POST", SCORES, SCORE, &score(&patch)).await.unwrap().status
}

#[tokio::test]
async fn scores_are_rescaled_and_listed_in_the_results() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    let response = client
        .call("POST", SCORES, SCORE, &score(&json!({ "comment": "Well <b>done</b>" })))
        .await
        .unwrap();
    assert_eq!(
        (response.status, response.body.as_str(), response.header("content-type")),
        (200, "", "application/vnd.ims.lis.v1.score+json; charset=utf-8")
    );
    assert_eq!(send(&client, json!({ "userId": "5", "scoreGiven": 25, "scoreMaximum": 20, "timestamp": "2026-11-23T17:08:07+01:00" })).await, 200);
    assert_eq!(send(&client, json!({ "userId": "6", "scoreGiven": 0 })).await, 200);
    let results = client.get(ITEM_RESULTS, RESULTS).await.json();
    let base = format!("{}/services/2/lineitems/21/lineitem", sandbox.issuer());
    assert_eq!(
        results[0],
        json!({
            "id": format!("{base}/results?type_id=1&user_id=4"), "userId": "4", "resultScore": 75, "resultMaximum": 100, "comment": "Well \
                <b>done</b>",
            "scoreOf": format!("{base}?type_id=1"), "timestamp": "2026-11-23T16:08:07+00:00",
        })
    );
    // A grade is at most the maximum, and no grade is possible, too.
    assert_eq!((&results[1]["resultScore"], &results[2]["resultScore"]), (&json!(100), &json!(0)));
    // A new maximum rescales the grades.
    assert_eq!(
        client
            .call(
                "PUT",
                &format!("{base}?type_id=1"),
                LINE_ITEM,
                &json!({ "label": "Quiz", "scoreMaximum": 40 })
            )
            .await
            .unwrap()
            .status,
        200
    );
    assert_eq!(client.get(ITEM_RESULTS, RESULTS).await.json()[0]["resultScore"], 30);
    let log = sandbox.service_log();
    assert_eq!(
        log.scores
            .iter()
            .map(|score| (score.user_id.as_str(), score.score_given))
            .collect::<Vec<_>>(),
        [("4", Some(15.0)), ("5", Some(25.0)), ("6", Some(0.0))]
    );
    assert_eq!(log.scores[0].line_item, format!("{base}?type_id=1"));
}

#[tokio::test]
async fn scores_are_checked_like_in_moodle() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    for (patch, status, reason) in [
        (json!({ "userId": null }), 400, "userId is missing"),
        (json!({ "userId": "9999" }), 400, "cannot be graded"),
        (json!({ "userId": "3" }), 400, "cannot be graded"),
        (json!({ "timestamp": null }), 400, "timestamp is missing"),
        (json!({ "timestamp": "yesterday" }), 400, "timestamp is no"),
        (json!({ "timestamp": "2026-11-23T16:08:07" }), 400, "timestamp is no"),
        (json!({ "activityProgress": null }), 400, "activityProgress is missing"),
        (json!({ "activityProgress": "Done" }), 400, "activityProgress must be one of"),
        (json!({ "gradingProgress": null }), 400, "gradingProgress is missing"),
        (json!({ "gradingProgress": "Graded" }), 400, "gradingProgress must be one of"),
        (json!({ "scoreMaximum": null }), 400, "scoreMaximum above 0"),
        (json!({ "scoreMaximum": 0 }), 400, "scoreMaximum above 0"),
        (json!({ "scoreGiven": -1 }), 400, "scoreGiven must be"),
        (json!({ "scoreGiven": "15" }), 400, "scoreGiven must be"),
    ] {
        let response = client.call("POST", SCORES, SCORE, &score(&patch)).await.unwrap();
        assert_eq!(response.status, status, "{patch}");
        assert!(
            response.json()["reason"].as_str().unwrap().contains(reason),
            "{patch}: {}",
            response.body
        );
    }
    for (path, media_type, status) in [
        (SCORES, "application/json", 400),
        (SCORES, LINE_ITEM, 400),
        ("/services/2/lineitems/31/lineitem/scores?type_id=1", SCORE, 404),
    ] {
        assert_eq!(
            client.call("POST", path, media_type, &score(&json!({}))).await.unwrap().status,
            status,
            "{path} {media_type}"
        );
    }
    assert_eq!(
        client
            .call(
                "POST",
                SCORES,
                "application/vnd.ims.lis.v1.score+json; charset=utf-8",
                &score(&json!({}))
            )
            .await
            .unwrap()
            .status,
        200
    );
    assert_eq!(sandbox.service_log().scores.len(), 1);
}

#[tokio::test]
async fn scores_must_be_newer_by_whole_seconds() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    for (time, status) in [
        ("2026-11-23T16:08:07.100Z", 200),
        ("2026-11-23T16:08:07.900Z", 409),
        ("2026-11-23T16:08:07.100Z", 409),
        ("2020-01-01T00:00:00Z", 409),
        ("2026-11-23T16:08:08.000Z", 200),
    ] {
        assert_eq!(send(&client, json!({ "timestamp": time })).await, status, "{time}");
    }
    // Times are compared for each person.
    assert_eq!(
        send(&client, json!({ "userId": "5", "timestamp": "2020-01-01T00:00:00Z" })).await,
        200
    );
    assert_eq!(sandbox.service_log().scores.len(), 3);
}

#[tokio::test]
async fn partial_grading_clears_the_grade() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    let clearing = [
        json!({ "scoreGiven": null }),
        json!({ "scoreGiven": null, "scoreMaximum": null }),
        json!({ "gradingProgress": "Pending", "activityProgress": "InProgress" }),
        json!({ "gradingProgress": "PendingManual", "activityProgress": "Submitted" }),
    ];
    for (place, mut patch) in clearing.into_iter().enumerate() {
        let time = |second: usize| json!(format!("2026-11-23T16:08:{second:02}.000Z"));
        assert_eq!(
            send(&client, json!({ "timestamp": time(2 * place), "comment": "Good" })).await,
            200
        );
        let grade = || sandbox.grade_book(Course::Algebra)[0].grades["4"].clone();
        assert_eq!((grade().score, grade().comment.as_deref()), (Some(75.0), Some("Good")));
        patch["timestamp"] = time(2 * place + 1);
        assert_eq!(send(&client, patch.clone()).await, 200, "{patch}");
        assert_eq!((grade().score, grade().comment), (None, None), "{patch}");
        let results = client.get(&format!("{ITEM_RESULTS}&user_id=4"), RESULTS).await.json();
        assert!(results[0]["resultScore"].is_null() && results[0]["userId"] == "4", "{results}");
    }
}

#[tokio::test]
async fn only_active_students_of_the_course_are_graded() {
    let (sandbox, client) =
        services(ServiceOptions { members: 2, ..ServiceOptions::default() }).await;
    assert_eq!(send(&client, json!({ "userId": "1002" })).await, 200);
    assert_eq!(send(&client, json!({ "userId": "1003" })).await, 400);
    sandbox.add_member(Course::Algebra, Member::student("new", "New", "Student"));
    assert_eq!(send(&client, json!({ "userId": "new" })).await, 200);
    assert!(
        sandbox.set_member_status(Course::Algebra, "5", MemberStatus::Inactive)
            && !sandbox.set_member_status(Course::Algebra, "x", MemberStatus::Inactive)
    );
    assert_eq!(send(&client, json!({ "userId": "5" })).await, 400);
    assert!(sandbox.remove_member(Course::Algebra, "6"));
    assert_eq!(send(&client, json!({ "userId": "6" })).await, 400);
    let other = "/services/3/lineitems/31/lineitem/scores?type_id=1";
    assert_eq!(
        client.call("POST", other, SCORE, &score(&json!({ "userId": "6" }))).await.unwrap().status,
        200
    );
}

#[tokio::test]
async fn results_are_paged_and_filtered_by_person() {
    let (_sandbox, client) =
        services(ServiceOptions { members: 5, ..ServiceOptions::default() }).await;
    for user in 1001..=1005 {
        assert_eq!(send(&client, json!({ "userId": user.to_string() })).await, 200);
    }
    let (mut url, mut seen) = (Some(format!("{ITEM_RESULTS}&limit=2")), Vec::new());
    while let Some(page) = url {
        let response = client.get(&page, RESULTS).await;
        seen.extend(
            response
                .json()
                .as_array()
                .unwrap()
                .iter()
                .map(|result| result["userId"].as_str().unwrap().to_owned()),
        );
        url = response.link("next");
    }
    assert_eq!(seen, ["1001", "1002", "1003", "1004", "1005"]);
    assert_eq!(
        client
            .get(&format!("{ITEM_RESULTS}&user_id=1003"), RESULTS)
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(client.get(&format!("{ITEM_RESULTS}&user_id=4"), RESULTS).await.json(), json!([]));
    assert_eq!(client.get(ITEM_RESULTS, LINE_ITEM).await.status, 400);
}

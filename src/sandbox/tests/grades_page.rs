//! The page with the grade book and the members.

use serde_json::json;

use super::super::browser::{Browser, Page};
use super::super::{Course, FaultKind, Member, MemberStatus, Sandbox, ServiceOptions};
use super::{LINE_ITEM, SCORE, services};

fn fields(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A platform with many members and some grades, among them texts with markup.
async fn graded() -> Sandbox {
    let (sandbox, client) =
        services(ServiceOptions { members: 60, ..ServiceOptions::default() }).await;
    sandbox.add_member(Course::Algebra, Member::student("4", "<b>Sam", "Student"));
    client
        .call(
            "PUT",
            "/services/2/lineitems/22/lineitem?type_id=1",
            LINE_ITEM,
            &json!({ "label": "<i>Essay", "scoreMaximum": 12.5 }),
        )
        .await
        .unwrap();
    let score = json!({
        "userId": "4", "scoreGiven": 1, "scoreMaximum": 3, "activityProgress": "Completed", "gradingProgress": "FullyGraded",
        "timestamp": "2026-11-23T16:08:07Z", "comment": "<script>alert(1)</script>",
    });
    assert_eq!(
        client
            .call("POST", "/services/2/lineitems/21/lineitem/scores?type_id=1", SCORE, &score)
            .await
            .unwrap()
            .status,
        200
    );
    sandbox
}

async fn get(sandbox: &Sandbox, path: &str) -> Page {
    Browser::new().get(&format!("{}{path}", sandbox.issuer())).await.unwrap()
}

#[tokio::test]
async fn the_page_shows_grades_members_and_calls() {
    let sandbox = graded().await;
    let page = get(&sandbox, "/grades").await;
    for text in [
        "33.33",
        "12.5",
        "Weekly quiz",
        "65 members in all",
        "Next page",
        "(no name)",
        "Student 000001",
        "/services/2/lineitems/21/lineitem/scores?type_id=1",
    ] {
        assert!(page.body.contains(text), "{text}");
    }
    for text in ["<script>alert", "<b>Sam", "<i>Essay"] {
        assert!(!page.body.contains(text), "{text}");
    }
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
}

#[tokio::test]
async fn the_page_has_a_part_of_the_members_of_one_course() {
    let sandbox = graded().await;
    let last = get(&sandbox, "/grades?course=algebra&from=50").await;
    assert!(
        last.body.contains("Student 000060")
            && last.body.contains("First page")
            && !last.body.contains("Next page")
    );
    assert!(!get(&sandbox, "/grades?course=biology").await.body.contains("33.33"));
    assert!(get(&sandbox, "/").await.body.contains("href=\"/grades\""));
    for course in ["chemistry", "outside"] {
        let page = get(&sandbox, &format!("/grades?course={course}")).await;
        assert_eq!(page.status, 400, "{course}");
    }
}

#[tokio::test]
async fn members_are_added_changed_and_removed_on_the_page() {
    let (sandbox, _client) = services(ServiceOptions::default()).await;
    let mut browser = Browser::new();
    let url = format!("{}/grades/members", sandbox.issuer());
    let sent = browser
        .post_form(
            &url,
            &fields(&[
                ("course", "biology"),
                ("id", "77"),
                ("given_name", "Ann"),
                ("role", "assistant"),
                ("status", "inactive"),
            ]),
        )
        .await
        .unwrap();
    let page = browser.follow(sent).await.unwrap();
    assert!(page.body.contains("The member was added") && page.body.contains("Teaching assistant"));
    let member = sandbox.member(Course::Biology, "77").unwrap();
    assert_eq!(
        (member.name().as_deref(), member.email, member.status),
        (Some("Ann"), None, MemberStatus::Inactive)
    );
    browser.post_form(&url, &fields(&[("course", "biology"), ("toggle", "77")])).await.unwrap();
    assert_eq!(sandbox.member(Course::Biology, "77").unwrap().status, MemberStatus::Active);
    assert_eq!(
        browser
            .post_form(&url, &fields(&[("course", "biology"), ("remove", "77")]))
            .await
            .unwrap()
            .status,
        303
    );
    assert!(sandbox.member(Course::Biology, "77").is_none());
    for bad in [
        fields(&[("remove", "77")]),
        fields(&[("id", " ")]),
        fields(&[("id", "1"), ("role", "king")]),
        fields(&[("course", "outside"), ("id", "1")]),
    ] {
        assert_eq!(browser.post_form(&url, &bad).await.unwrap().status, 400, "{bad:?}");
    }
}

#[tokio::test]
async fn faults_are_added_and_cancelled_on_the_page() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    let mut browser = Browser::new();
    let url = format!("{}/grades/faults", sandbox.issuer());
    let order = fields(&[
        ("fault", "too-many-requests"),
        ("endpoint", "line-items"),
        ("after", "0"),
        ("times", "2"),
        ("wait", "9"),
    ]);
    let sent = browser.post_form(&url, &order).await.unwrap();
    assert!(browser.follow(sent).await.unwrap().body.contains("Pending: Status 429"));
    let response = client.get("/services/2/lineitems?type_id=1", super::LINE_ITEMS).await;
    assert_eq!((response.status, response.header("retry-after")), (429, "9"));
    assert_eq!(sandbox.faults()[0].kind(), FaultKind::TooManyRequests);
    browser.post_form(&url, &fields(&[("cancel", "1")])).await.unwrap();
    assert!(sandbox.faults().is_empty());
    for bad in [
        fields(&[("fault", "fire")]),
        fields(&[("fault", "delay"), ("times", "x")]),
        fields(&[("fault", "delay"), ("endpoint", "x")]),
    ] {
        assert_eq!(browser.post_form(&url, &bad).await.unwrap().status, 400, "{bad:?}");
    }
}

#[tokio::test]
async fn other_sites_change_nothing() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    for (path, form) in
        [("/grades/members", ("remove", "4")), ("/grades/faults", ("fault", "server-error"))]
    {
        let response = client
            .http
            .post(format!("{}{path}", sandbox.issuer()))
            .header("origin", "https://evil.example")
            .form(&[form])
            .send()
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), 403, "{path}");
    }
    assert!(sandbox.member(Course::Algebra, "4").is_some() && sandbox.faults().is_empty());
}

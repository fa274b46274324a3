//! When submissions open and close: sent with new line items and with selected content.

use ltictl::rules::resource::ResourceChange;
use ltictl::sandbox::{Course, DeepLinkingChoice, GradeColumn, LaunchChoice, User};

use super::{change, come, counts, without_line_item};
use crate::lab::Lab;

fn times(column: &GradeColumn) -> (Option<&str>, Option<&str>) {
    (column.start.as_deref(), column.end.as_deref())
}

fn period(opens: &str, closes: &str) -> ResourceChange {
    ResourceChange {
        opens_at: Some(opens.parse().unwrap()),
        closes_at: Some(closes.parse().unwrap()),
        ..ResourceChange::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_line_items_have_the_submission_period_and_existing_ones_keep_theirs() {
    let lab = Lab::start().await;
    lab.account_of(User::Sam, "sam");
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    let mut expected = Vec::new();
    for (opens, closes, times_sent) in [
        ("none", "none", (None, None)),
        ("2026-09-01", "none", (Some("2026-09-01T00:00:00Z"), None)),
        (
            "2026-09-01T08:00:00+02:00",
            "2099-12-01",
            (Some("2026-09-01T06:00:00Z"), Some("2099-12-01T00:00:00Z")),
        ),
    ] {
        change(&lab, &period(opens, closes));
        let item = lab.add_content(Course::Algebra).await;
        come(&lab, &without_line_item(LaunchChoice::student().opening(&item))).await;
        lab.set_grade("sam", Some(5.0));
        lab.send_grades().await;
        expected.push(times_sent);
        let columns = lab.sandbox.grade_book(Course::Algebra);
        let created = columns.iter().filter(|column| !column.coupled);
        assert_eq!(created.map(times).collect::<Vec<_>>(), expected);
    }
    // Scores are accepted outside the period: the platform decides about late work.
    change(&lab, &period("2020-01-01", "2020-02-01"));
    lab.set_grade("sam", Some(6.0));
    assert_eq!(counts(&lab.send_grades().await), (3, 0, 0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn selected_content_has_the_submission_period() {
    let lab = Lab::start().await;
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    change(&lab, &period("none", "2026-12-01"));
    let choice = LaunchChoice::teacher().selecting(DeepLinkingChoice::default());
    let mut browser = lab.browser.another();
    let page = lab.sandbox.launch_and_follow(&mut browser, &choice).await.unwrap();
    let mut form = page.form().unwrap();
    for (name, value) in
        [("pick", &*lab.resource_uuid), ("gradebook", &lab.resource_uuid), ("do", "add")]
    {
        form.fields.push((name.to_owned(), value.to_owned()));
    }
    let response = browser.post_form(&form.action, &form.fields).await.unwrap();
    assert_eq!(browser.submit(&response).await.unwrap().status, 200);
    let item = lab.sandbox.content_items().pop().unwrap();
    let columns = lab.sandbox.grade_book(item.course);
    let column = columns.iter().find(|column| column.resource_link_id.as_ref() == Some(&item.id));
    assert_eq!(times(column.unwrap()), (None, Some("2026-12-01T00:00:00Z")));
    lab.stop().await;
}

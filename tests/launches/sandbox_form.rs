//! The test platform as a consumer of LTI 1.1, with the real tool: everything that it does wrong is
//! refused, and what is only unusual is accepted.

use ltictl::sandbox::browser::{Browser, Page};
use ltictl::sandbox::{ContentItemChoice, Course, FormLaunch, FormMisbehaviour};

use crate::lab::{Lab, outcome};

async fn open(lab: &Lab, choice: &FormLaunch) -> (Browser, Page) {
    let mut browser = lab.browser.another();
    let page = lab.sandbox.launch_form_and_follow(&mut browser, choice).await.unwrap();
    (browser, page)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_allowed_differences_are_accepted() {
    let lab = Lab::with_consumer().await;
    let mut wrong = Vec::new();
    for misbehaviour in FormMisbehaviour::ALL {
        let before = lab.newest_launch().map(|launch| launch.id);
        // The launch whose nonce can be used again.
        let (_, page) = open(&lab, &FormLaunch::student()).await;
        assert_eq!(page.status, 200, "before {misbehaviour}: {}", page.body);
        let (_, page) = open(&lab, &FormLaunch::student().with(*misbehaviour)).await;
        if (page.status == 200) != misbehaviour.is_valid() {
            let launch = lab.newest_launch().filter(|launch| Some(&launch.id) != before.as_ref());
            let reason = launch.map(|launch| outcome(&launch).to_owned());
            wrong.push(format!("{misbehaviour}: {} {reason:?}", page.status));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(lab.store().read().account_count().unwrap(), 1, "no one else has got an account");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn selected_content_is_launched_and_graded() {
    let lab = Lab::with_consumer().await;
    let tina = lab.account_of_consumer("3", "tina");
    lab.account_of_consumer("4", "sam");
    lab.grant_all(tina);
    let choice = FormLaunch::teacher().selecting(ContentItemChoice::default());
    let (mut browser, page) = open(&lab, &choice).await;
    let mut form = page.form().unwrap_or_else(|| panic!("{} {}", page.status, page.body));
    let uuid = lab.resource_uuid.as_str();
    let fields = [("pick", uuid), ("gradebook", uuid), ("do", "add")];
    form.fields.extend(fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let answer = browser.post_form(&form.action, &form.fields).await.unwrap();
    let taken = browser.submit(&answer).await.unwrap();
    assert!(taken.status == 200 && taken.body.contains("Added to Algebra I"), "{}", taken.body);
    let item = lab.sandbox.content_items().pop().expect("an item");
    let (_, page) = open(&lab, &FormLaunch::student().opening(&item)).await;
    assert!(page.status == 200 && page.body.contains("<h1>Algebra quiz</h1>"), "{}", page.body);
    lab.set_grade("sam", Some(7.5));
    let summary = lab.send_grades().await;
    assert_eq!((summary.sent, summary.refused, summary.waiting), (1, 0, 0));
    let columns = lab.sandbox.grade_book(Course::Algebra);
    let column = columns.iter().find(|column| column.id.to_string() == item.id).expect("a column");
    assert_eq!((column.score_maximum, column.grades["4"].score), (10.0, Some(7.5)));
    let (mut browser, page) = open(&lab, &choice).await;
    let mut form = page.form().expect("the selection");
    form.fields.push(("do".to_owned(), "cancel".to_owned()));
    let answer = browser.post_form(&form.action, &form.fields).await.unwrap();
    let taken = browser.submit(&answer).await.unwrap();
    assert!(taken.body.contains("Nothing was selected."), "{}", taken.body);
    lab.stop().await;
}

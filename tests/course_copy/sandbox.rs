//! A course is copied in the test platform, and the new term's grade reaches the new column before a
//! teacher has touched anything.

use ltictl::sandbox::{Course, HistoryManner, LaunchChoice, Link, User};

use crate::doctor::setup::ltictl;
use crate::lab::Lab;

/// Opens a link as the platform offers it, with the history variables of the sheets.
async fn open(lab: &Lab, choice: LaunchChoice) {
    let choice = choice
        .custom("context_history", "$Context.id.history")
        .custom("link_history", "$ResourceLink.id.history");
    let page = lab.launch(&choice).await;
    assert_eq!(page.status, 303, "{}", page.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_grade_of_the_new_term_reaches_the_column_of_the_copied_course() {
    for manner in HistoryManner::ALL {
        let lab = Lab::start().await;
        lab.account_of(User::Sam, "sam");
        lab.grant_all(lab.account_of(User::Tina, "tina"));
        let output = ltictl(&lab.database, "resource update algebra-quiz --grade-scope course");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let item = lab.add_content(Course::Algebra).await;
        open(&lab, LaunchChoice::student().opening(&item)).await;
        lab.set_grade("sam", Some(5.0));
        lab.send_grades().await;

        // The new term: the course is copied, and again from the copy.
        lab.sandbox.copy_course(Course::Algebra, Course::CopyOne, *manner).unwrap();
        let copied = lab.sandbox.copy_course(Course::CopyOne, Course::CopyTwo, *manner).unwrap();
        assert_eq!(copied.origins, ["4", "2"]);
        let items = lab.sandbox.content_items();
        let new = items.iter().find(|one| one.course == Course::CopyTwo).unwrap();
        assert_eq!(new.custom, item.custom, "{manner}");
        lab.sandbox.clear_service_log();

        // Sam opens it first. The old grade stays where it is; the new one is sent.
        open(&lab, LaunchChoice::student().opening(new)).await;
        lab.send_grades().await;
        assert_eq!(lab.taken(), [], "{manner}");
        let output = ltictl(&lab.database, "grade set algebra-quiz sam 9 --course test-platform/5");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        lab.send_grades().await;
        let columns = lab.sandbox.grade_book(Course::CopyTwo);
        let graded: Vec<_> =
            columns.iter().filter_map(|column| column.grades.get("4")?.score).collect();
        assert_eq!(graded, [9.0], "{manner}");
        let old: Vec<_> = lab
            .sandbox
            .grade_book(Course::Algebra)
            .iter()
            .filter_map(|column| column.grades.get("4")?.score)
            .collect();
        assert_eq!(old, [5.0], "{manner}");

        let shown = ltictl(&lab.database, "context show test-platform 5 --output json");
        let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
        let origins = shown["copied_from"].as_array().unwrap();
        assert!(origins.iter().any(|origin| origin["course"] == "Algebra I"), "{manner}: {shown}");
        lab.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_into_an_existing_course_adds_links_and_changes_nothing_else() {
    let lab = Lab::start().await;
    lab.account_of(User::Sam, "sam");
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    let item = lab.add_content(Course::Algebra).await;
    open(&lab, LaunchChoice { course: Course::Biology, ..LaunchChoice::student() }).await;
    let before = lab.sandbox.grade_book(Course::Biology).len();
    let imported =
        lab.sandbox.copy_course(Course::Algebra, Course::Biology, HistoryManner::Spec).unwrap();
    assert_eq!(imported.links.keys().collect::<Vec<_>>(), [&item.id]);
    assert_eq!(
        lab.sandbox.grade_book(Course::Biology).len(),
        before + usize::from(item.line_item.is_some())
    );
    for (from, to) in [(Course::Algebra, Course::Algebra), (Course::CopyOne, Course::Biology)] {
        assert!(lab.sandbox.copy_course(from, to, HistoryManner::Spec).is_err());
    }
    // The course's own links have no history; the course is known already.
    open(
        &lab,
        LaunchChoice { course: Course::Biology, link: Link::Quiz, ..LaunchChoice::student() },
    )
    .await;
    lab.stop().await;
}

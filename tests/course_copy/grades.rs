//! Grades of a course and of its copy.

use ltictl::admin::{grade, publish};
use ltictl::domain::{Clock, GradeScope};
use ltictl::failure::Kind;
use ltictl::rules::grade::NewGrade;
use ltictl::rules::resource::ResourceChange;
use ltictl::sandbox::{Course, LaunchChoice, Link, User};

use crate::lab::{Lab, RESOURCE};

/// Sam opens the quiz of a course; the biology course was copied from the algebra course.
async fn open(lab: &Lab, course: Course) {
    let choice = LaunchChoice { course, link: Link::Quiz, ..LaunchChoice::of(User::Sam) };
    let copied = choice.custom("id", &lab.resource_uuid).custom("context_history", "2,1");
    let page = lab.launch(&copied).await;
    assert_eq!(page.status, 303, "{}", page.body);
}

fn set_scope(lab: &Lab, scope: GradeScope, drop: bool) -> Result<(), Kind> {
    let change = ResourceChange { grade_scope: Some(scope), ..ResourceChange::default() };
    let (resource, now) = (RESOURCE.into(), Clock::System.now());
    publish::update_and_drop(&mut lab.store(), &resource, &change, drop, now)
        .map(drop_value)
        .map_err(|failure| failure.kind)
}

fn drop_value<T>(_: T) {}

fn set_in(lab: &Lab, course: Option<&str>, score: f64) -> Result<(), Kind> {
    let score = Some(score.to_string().parse().unwrap());
    let new = NewGrade { score, ..NewGrade::default() };
    let (resource, account, now) = (RESOURCE.into(), "sam".into(), Clock::System.now());
    grade::set_in(&mut lab.store(), &resource, &account, course, &new, now)
        .map(drop_value)
        .map_err(|failure| failure.kind)
}

/// Sends what is due; what the platform has taken since the last call, by column.
async fn sent(lab: &Lab) -> Vec<(u32, Option<f64>)> {
    lab.send_grades().await;
    let mut taken: Vec<_> =
        lab.taken().into_iter().map(|(column, _, score)| (column, score)).collect();
    taken.sort_by_key(|(column, _)| *column);
    lab.sandbox.clear_service_log();
    taken
}

/// The columns of the quiz in the old course and in the new one.
const OLD: u32 = 21;
const NEW: u32 = 31;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_default_the_grade_of_the_old_term_is_sent_to_the_copied_course() {
    let lab = Lab::start().await;
    lab.account_of(User::Sam, "sam");
    open(&lab, Course::Algebra).await;
    lab.set_grade("sam", Some(5.0));
    assert_eq!(sent(&lab).await, [(OLD, Some(5.0))]);
    open(&lab, Course::Biology).await;
    assert_eq!(sent(&lab).await, [(NEW, Some(5.0))]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_grades_by_course_a_copied_course_starts_empty() {
    let lab = Lab::start().await;
    lab.account_of(User::Sam, "sam");
    set_scope(&lab, GradeScope::Course, false).unwrap();
    open(&lab, Course::Algebra).await;
    lab.set_grade("sam", Some(5.0));
    assert_eq!(sent(&lab).await, [(OLD, Some(5.0))]);

    // Nothing is sent to the copy before there is a grade in it, and then only that.
    open(&lab, Course::Biology).await;
    assert_eq!(sent(&lab).await, []);
    assert_eq!(set_in(&lab, None, 9.0), Err(Kind::Conflict), "there are two courses");
    assert_eq!(set_in(&lab, Some("7"), 9.0), Err(Kind::NotFound));
    set_in(&lab, Some("3"), 9.0).unwrap();
    assert_eq!(sent(&lab).await, [(NEW, Some(9.0))]);
    set_in(&lab, Some("test-platform/2"), 6.0).unwrap();
    assert_eq!(sent(&lab).await, [(OLD, Some(6.0))]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_the_scope_keeps_grades_and_drops_none_without_permission() {
    let lab = Lab::start().await;
    lab.account_of(User::Sam, "sam");
    open(&lab, Course::Algebra).await;
    open(&lab, Course::Biology).await;
    lab.set_grade("sam", Some(5.0));
    assert_eq!(sent(&lab).await, [(OLD, Some(5.0)), (NEW, Some(5.0))]);

    // Each course keeps the grade, and nothing is sent again.
    assert_eq!(set_in(&lab, Some("3"), 8.0), Err(Kind::Conflict), "grades have no course");
    set_scope(&lab, GradeScope::Course, false).unwrap();
    assert_eq!(sent(&lab).await, []);
    // Equal grades are not lost when they are joined again.
    set_scope(&lab, GradeScope::Resource, false).unwrap();
    set_scope(&lab, GradeScope::Course, false).unwrap();
    set_in(&lab, Some("3"), 8.0).unwrap();
    assert_eq!(sent(&lab).await, [(NEW, Some(8.0))]);

    // Back: the newest is kept, after a confirmation, and sent to both.
    assert_eq!(set_scope(&lab, GradeScope::Resource, false), Err(Kind::Conflict));
    assert_eq!(sent(&lab).await, []);
    set_scope(&lab, GradeScope::Resource, true).unwrap();
    assert_eq!(sent(&lab).await, [(OLD, Some(8.0))]);
    lab.stop().await;
}

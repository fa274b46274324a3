//! Scores that are not final never remove a grade by accident.

use ltictl::domain::{ActivityProgress, Clock, GradingProgress, Product, Slug};
use ltictl::rules::grade::NewGrade;
use ltictl::sandbox::{Course, UnfinishedScores};

use super::class;
use crate::lab::{Lab, REGISTRATION};

fn set_product(lab: &Lab, product: &str) {
    let slug = Slug::new(REGISTRATION).unwrap();
    let mut registration = lab.store().read().registration(&slug).unwrap().unwrap();
    registration.product = Some(Product::new(product).unwrap());
    lab.store()
        .write(|write| write.update_registration(&registration, Clock::System.now()))
        .unwrap();
}

/// Sam's grade in the platform's grade book, and how often work was submitted there.
fn in_grade_book(lab: &Lab) -> (Option<f64>, u32) {
    let columns = lab.sandbox.grade_book(Course::Algebra);
    let grades: Vec<_> = columns.iter().filter_map(|column| column.grades.get("4")).collect();
    assert_eq!(grades.len(), 1);
    (grades[0].score, grades[0].attempts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_after_a_grade_leaves_the_grade_in_the_grade_book() {
    for (product, rule, sent) in [
        ("moodle", UnfinishedScores::ClearGrade, [0, 0, 1, 1]),
        ("canvas", UnfinishedScores::Canvas, [1, 1, 1, 1]),
        ("sakai", UnfinishedScores::Ignored, [1, 1, 1, 1]),
    ] {
        let lab = class().await;
        set_product(&lab, product);
        let options =
            ltictl::sandbox::ServiceOptions { unfinished_scores: rule, ..lab.sandbox.services() };
        lab.sandbox.set_services(options);
        lab.set_grade("sam", Some(7.5));
        assert_eq!(lab.send_grades_again().await.sent, 1, "{product}");
        assert_eq!(in_grade_book(&lab), (Some(75.0), 1), "{product}");
        let progress = |activity, grading, score| NewGrade {
            score,
            activity_progress: Some(activity),
            grading_progress: Some(grading),
            ..NewGrade::default()
        };
        let submitted = ActivityProgress::Submitted;
        for (grade, sent, expected) in [
            (
                progress(ActivityProgress::InProgress, GradingProgress::NotReady, None),
                sent[0],
                Some(75.0),
            ),
            (progress(submitted, GradingProgress::PendingManual, None), sent[1], Some(75.0)),
            (
                progress(submitted, GradingProgress::FullyGraded, Some("9".parse().unwrap())),
                sent[2],
                Some(90.0),
            ),
            // A grade that is cleared on purpose is cleared there.
            (NewGrade::default(), sent[3], None),
        ] {
            lab.set_whole_grade("sam", &grade);
            let summary = lab.send_grades_again().await;
            assert_eq!((summary.sent, summary.waiting, summary.refused), (sent, 0, 0), "{product}");
            assert_eq!(in_grade_book(&lab).0, expected, "{product} {grade:?}");
            // Nothing of it is due any more.
            assert_eq!(lab.send_grades_again().await.sent, 0, "{product}");
        }
        if product == "canvas" {
            // The grade, the submitted work and the teacher's grade; progress is no attempt.
            assert_eq!(in_grade_book(&lab).1, 3);
        }
        lab.stop().await;
    }
}

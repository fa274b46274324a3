//! One works at a time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use ltictl::domain::Clock;
use ltictl::rules::progress::NoProgress;
use ltictl::sandbox::{Endpoint, Fault, FaultKind};
use ltictl::sync::grades::{self, GradeRun};
use ltictl::sync::runs::SyncRuns;
use ltictl::sync::{Work, schedule};
use serde_json::Value;

use super::{class, counts, score, sync_status};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_runs_send_each_grade_once() {
    let lab = class().await;
    lab.enrol_crowd(60);
    let mut services = lab.sandbox.services();
    services.latency = Duration::from_millis(20);
    lab.sandbox.set_services(services);
    let mut command = crate::lab::binary();
    command.args(["sync", "grades", "-o", "json"]).env("LTICTL_DB", &lab.database);
    let synchronizer = lab.synchronizer(Clock::System);
    let runs = SyncRuns::default();
    let ((), output) = tokio::join!(schedule::once(&synchronizer, &runs, Work::Grades), async {
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    });
    assert!(output.status.success(), "{output:?}");
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(summary["busy"] == true || summary["sent"] == 0 || summary["sent"] == 60, "{summary}");
    let taken = lab.taken();
    let users: BTreeSet<&str> = taken.iter().map(|(_, user, _)| user.as_str()).collect();
    assert_eq!((taken.len(), users.len()), (60, 60));
    assert_eq!(counts(&lab.send_grades().await), (0, 0, 0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_passes_on_when_its_holder_dies() {
    let lab = class().await;
    lab.set_grade("sam", Some(5.0));
    let now = Timestamp::now();
    lab.store()
        .write(|write| {
            write.take_lease("grades/1", "another", now, now + SignedDuration::from_secs(30))
        })
        .unwrap();
    assert!(lab.send_grades().await.busy);
    assert!(sync_status(&lab).grades_under_way());
    assert_eq!(lab.taken(), []);
    for (seconds, is_busy) in [(29, true), (31, false)] {
        let later = lab.synchronizer(Clock::Fixed(now + SignedDuration::from_secs(seconds)));
        assert_eq!(
            grades::run(&later, &GradeRun::default(), Arc::new(NoProgress)).await.unwrap().busy,
            is_busy,
            "{seconds}"
        );
    }
    assert_eq!(lab.taken(), [score(21, "4", 5.0)]);
    assert!(!sync_status(&lab).grades_under_way());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grade_is_not_sent_under_another_time_by_one_that_has_lost_its_lease() {
    let lab = class().await;
    lab.set_grade("sam", Some(5.0));
    let wait = Duration::from_secs(1);
    lab.sandbox.add_fault(Fault::new(FaultKind::TooManyRequests).with_wait(wait));
    let slow = lab.synchronizer(Clock::System);
    let late = async {
        grades::run(&slow, &GradeRun::default(), Arc::new(NoProgress)).await.unwrap();
    };
    let meanwhile = async {
        while lab.sandbox.service_log().count(Endpoint::Scores) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // As if the one that waits had been out of touch with the database for half a minute.
        let later = Timestamp::now() + SignedDuration::from_secs(31);
        let other = lab.synchronizer(Clock::Fixed(later));
        grades::run(&other, &GradeRun::default(), Arc::new(NoProgress)).await.unwrap()
    };
    let ((), summary) = tokio::join!(late, meanwhile);
    assert_eq!(counts(&summary), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 5.0)], "it was there when the first one sent it");
    lab.set_grade("sam", Some(6.0));
    assert_eq!(counts(&lab.send_grades().await), (1, 0, 0));
    assert_eq!(lab.taken(), [score(21, "4", 6.0)]);
    lab.stop().await;
}

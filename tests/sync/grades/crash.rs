//! `kill -9` of `ltictl sync grades` in mid-run: the next run completes, nothing is lost, and
//! nothing that the platform had accepted is accepted again.

use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use ltictl::domain::Random;
use ltictl::sandbox::{Course, Endpoint, Fault, FaultKind, LaunchChoice, Sandbox, User};

use super::{class, come, counts};
use crate::lab::Lab;
use crate::lab::database::place::Place;
use crate::lab::sync::score_of;

const STUDENTS: u32 = 200;

fn start(database: &Place) -> Child {
    let mut command = crate::lab::binary();
    command
        .args(["sync", "grades"])
        .env("LTICTL_DB", database)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn kill(mut process: Child) {
    process.kill().unwrap();
    process.wait().unwrap();
}

/// What half a minute does to the lease of a process that is gone.
fn let_the_lease_run_out(lab: &Lab) {
    let now = Timestamp::now();
    let later = now + SignedDuration::from_secs(31);
    assert!(
        lab.store().write(|write| write.take_lease("grades/1", "another", later, now)).unwrap()
    );
}

/// Waits until so much has happened on the platform, then up to 40 ms more, as chance has it.
async fn wait_for(sandbox: &Sandbox, has_happened: impl Fn(&Sandbox) -> bool) {
    for _ in 0..10_000 {
        if has_happened(sandbox) {
            let [chance] = Random::System.bytes::<1>();
            return tokio::time::sleep(Duration::from_micros(u64::from(chance) * 160)).await;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("it never happened");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_grade_is_accepted_once_however_often_the_sender_is_killed() {
    let lab = class().await;
    lab.enrol_crowd(STUDENTS);
    let mut services = lab.sandbox.services();
    services.latency = Duration::from_millis(15);
    lab.sandbox.set_services(services);
    for enough in [0, 1, 30, 75, 110, 160, 199] {
        let process = start(&lab.database);
        wait_for(&lab.sandbox, |sandbox| sandbox.service_log().scores.len() >= enough).await;
        kill(process);
        let_the_lease_run_out(&lab);
    }
    // A grade that changes between death and resurrection is one more.
    lab.set_grade("student0", Some(9.75));
    let mut last = start(&lab.database);
    assert!(tokio::task::spawn_blocking(move || last.wait().unwrap()).await.unwrap().success());

    let log = lab.sandbox.service_log();
    assert!(
        log.calls.iter().any(|call| call.status == Some(409)),
        "something that was accepted is sent under the same time again"
    );
    let mut accepted: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    for score in &log.scores {
        accepted
            .entry((&score.line_item, &score.user_id))
            .or_default()
            .push(score.score_given.unwrap());
    }
    assert_eq!(accepted.len(), STUDENTS as usize);
    for number in 1..STUDENTS {
        let sub = (1001 + number).to_string();
        let scores: Vec<&Vec<f64>> = accepted
            .iter()
            .filter(|((_, user), _)| *user == sub)
            .map(|(_, scores)| scores)
            .collect();
        assert_eq!(scores, [&vec![score_of(number)]], "student{number}");
    }
    let changed = accepted.iter().find(|((_, user), _)| *user == "1001").unwrap().1;
    assert_eq!(changed.last(), Some(&9.75));
    assert_eq!(changed.iter().filter(|score| **score == 9.75).count(), 1);
    assert_eq!(counts(&lab.send_grades().await), (0, 0, 0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_column_that_was_being_made_is_not_made_again() {
    let lab = Lab::start().await;
    lab.account_of(User::Sam, "sam");
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    let item = lab.add_content(Course::Algebra).await;
    come(&lab, &LaunchChoice::student().opening(&item)).await;
    lab.set_grade("sam", Some(5.0));
    // Made, and the sender dies before it can write down where.
    lab.sandbox.add_fault(
        Fault::new(FaultKind::Delay).with_wait(Duration::from_secs(5)).at(Endpoint::Scores),
    );
    lab.sandbox.add_fault(Fault::new(FaultKind::DroppedAfterwards).at(Endpoint::NewLineItem));
    let process = start(&lab.database);
    wait_for(&lab.sandbox, |sandbox| sandbox.service_log().count(Endpoint::NewLineItem) > 0).await;
    kill(process);
    let_the_lease_run_out(&lab);
    lab.sandbox.cancel_faults();
    assert_eq!(lab.send_grades_again().await.sent, 1);
    let log = lab.sandbox.service_log();
    assert_eq!((log.count(Endpoint::NewLineItem), log.scores.len()), (1, 1));
    lab.stop().await;
}

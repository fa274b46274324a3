//! `doctor --live`: a notice arrives at a URL that is used once, and what was set before is restored.

use std::process::Stdio;
use std::time::Duration;

use jiff::SignedDuration;
use ltictl::domain::Clock;
use ltictl::sandbox::{HELLO_WORLD, NoticeOptions};
use ltictl::sync::notices;

use super::{accepted, lab};
use crate::doctor::setup::ltictl;
use crate::lab::{Lab, REGISTRATION};

/// The line of the check in the output of `doctor`.
fn line(lab: &Lab) -> String {
    let output = tokio::task::block_in_place(|| {
        ltictl(&lab.database, &format!("doctor {REGISTRATION} --live --all"))
    });
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find(|line| line.contains("notices ")).unwrap_or(&text).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_arrives_and_the_earlier_setting_is_restored() {
    let lab = lab().await;
    let earlier = format!("{}/other/notices", lab.url);
    for before in ["", &earlier] {
        lab.sandbox.set_notice_handler(HELLO_WORLD, before);
        let line = line(&lab);
        assert!(line.contains("ok"), "{line}");
        let after = lab.sandbox.notice_handler(HELLO_WORLD).unwrap_or_default();
        assert_eq!(after, before);
    }
    assert_eq!(accepted(&lab).len(), 2);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn platforms_without_that_notice_are_skipped() {
    let lab = lab().await;
    let types = vec!["LtiContextCopyNotice".to_owned()];
    lab.sandbox.set_notices(NoticeOptions { types, ..NoticeOptions::offered() });
    assert!(line(&lab).contains("skip"), "{}", line(&lab));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_check_leaves_nothing_behind() {
    let lab = lab().await;
    let earlier = format!("{}/other/notices", lab.url);
    lab.sandbox.set_notice_handler(HELLO_WORLD, &earlier);
    // The notice would take longer than the check, which is killed as soon as its URL is set.
    let delay = Duration::from_secs(600);
    lab.sandbox.set_notices(NoticeOptions { delay, ..NoticeOptions::offered() });
    let mut command = crate::lab::binary();
    command
        .env("LTICTL_DB", &lab.database)
        .args(["doctor", REGISTRATION, "--live"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    while !lab.sandbox.notice_handler(HELLO_WORLD).is_some_and(|url| url.contains("/probe/")) {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_ne!(lab.sandbox.notice_handler(HELLO_WORLD), Some(earlier.clone()));
    // The server restores it once the check must have been interrupted.
    let minutes = SignedDuration::from_mins(3);
    lab.sandbox.set_clock_offset(minutes.as_secs());
    let later = Clock::Fixed(Clock::System.now() + minutes);
    notices::run_due(&lab.synchronizer(later)).await.unwrap();
    assert_eq!(lab.sandbox.notice_handler(HELLO_WORLD), Some(earlier));
    lab.stop().await;
}

//! Several platforms, and how hard each of them is worked.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use ltictl::domain::Username;
use ltictl::sandbox::{Endpoint, Fault, FaultKind, FormLaunch, LaunchChoice, Sandbox};

use super::{class, counts};
use crate::lab::Lab;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_gets_eight_requests_at_once_and_none_for_long_when_it_is_down() {
    let lab = class().await;
    lab.enrol_crowd(120);
    let mut services = lab.sandbox.services();
    services.latency = Duration::from_millis(20);
    lab.sandbox.set_services(services);
    lab.sandbox.add_fault(
        Fault::new(FaultKind::Unavailable)
            .with_wait(Duration::from_secs(3600))
            .at(Endpoint::Scores)
            .always(),
    );
    assert_eq!(counts(&lab.send_grades().await), (0, 120, 0));
    assert!(
        lab.sandbox.service_log().count(Endpoint::Scores) <= 8,
        "a platform that wants an hour's peace has it"
    );
    lab.sandbox.cancel_faults();
    lab.sandbox.clear_service_log();
    assert_eq!(counts(&lab.send_grades_again().await), (120, 0, 0));
    assert_eq!(lab.sandbox.service_log().max_concurrent, 8);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_of_lti_1p1_gets_eight_requests_at_once_as_well() {
    let lab = Lab::with_consumer().await;
    let launch = FormLaunch::student();
    let page = lab.sandbox.launch_form(&mut lab.browser.another(), &launch).await.unwrap();
    assert_eq!(page.status, 303, "{}", page.body);
    lab.enrol_crowd_of_consumer(120);
    let mut services = lab.sandbox.services();
    services.latency = Duration::from_millis(20);
    lab.sandbox.set_services(services);
    assert_eq!(counts(&lab.send_grades().await), (120, 0, 0));
    let log = lab.sandbox.service_log();
    assert_eq!((log.count(Endpoint::Outcomes), log.max_concurrent), (120, 8));
    lab.stop().await;
}

/// A second platform, from which Sam has come too.
async fn second_platform(lab: &Lab) -> Sandbox {
    let sandbox = lab.second_platform().await;
    let sam = lab.store().read().account(&Username::new("sam").unwrap()).unwrap().unwrap();
    lab.share_account(sam.id, &sandbox, "4");
    assert_eq!(
        sandbox.launch(&mut lab.browser.another(), &LaunchChoice::student()).await.unwrap().status,
        303
    );
    sandbox
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_is_down_does_not_delay_another() {
    let lab = class().await;
    let other = second_platform(&lab).await;
    lab.set_grade("sam", Some(5.0));
    lab.set_grade("zoe", Some(6.0));
    // No answer at all, four times for each of two grades at the same time.
    lab.sandbox.add_fault(Fault::new(FaultKind::TimeOut).at(Endpoint::Scores).always());
    let started = Timestamp::now();
    let summary = lab.send_grades().await;
    assert_eq!(
        (counts(&summary), summary.problems.len(), summary.problems[0].code.as_str()),
        ((1, 2, 0), 1, "platform_unreachable")
    );
    let took = Timestamp::now().duration_since(started);
    let accepted = &other.service_log().scores;
    assert_eq!((accepted.len(), accepted[0].user_id.as_str()), (1, "4"));
    let waited = accepted[0].at.duration_since(started);
    assert!(
        waited < SignedDuration::from_secs(1) && took > SignedDuration::from_secs(2),
        "after {waited:#} of {took:#}"
    );
    lab.sandbox.cancel_faults();
    assert_eq!(counts(&lab.send_grades_again().await), (2, 0, 0));
    assert_eq!(other.service_log().scores.len(), 1);
    other.shutdown().await;
    lab.stop().await;
}

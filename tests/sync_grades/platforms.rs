//! Several platforms, and how hard each of them is worked.

use jiff::{SignedDuration, Timestamp};
use ltictl::domain::{AccountLink, Clock, DeploymentId, Name, PlatformUser};
use ltictl::sandbox::{self, Endpoint, Fault, FaultKind, LaunchChoice, Sandbox};
use ltictl::usecase::connect::{self, PlatformChange};
use ltictl::usecase::register;
use std::time::Duration;

use crate::lab::Lab;
use crate::{class, counts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_gets_eight_requests_at_once_and_none_for_long_when_it_is_down() {
    let lab = class().await;
    lab.enrol_crowd(120);
    let mut services = lab.sandbox.services();
    services.latency = Duration::from_millis(20);
    lab.sandbox.set_services(services);
    lab.sandbox.order(Fault::new(FaultKind::Unavailable).waiting(Duration::from_secs(3600)).at(Endpoint::Scores).for_ever());
    assert_eq!(counts(&lab.send_grades().await), (0, 120, 0));
    assert!(lab.sandbox.service_log().count(Endpoint::Scores) <= 8, "a platform that wants an hour's peace has it");
    lab.sandbox.cancel_faults();
    lab.sandbox.clear_service_log();
    assert_eq!(counts(&lab.send_grades_again().await), (120, 0, 0));
    assert_eq!(lab.sandbox.service_log().most_at_once, 8);
    lab.stop().await;
}

/// A registration of its own platform beside the lab's, with the same resource; Sam has come from there too.
async fn second_platform(lab: &Lab) -> Sandbox {
    let sandbox = Sandbox::start(sandbox::Options::local()).await.unwrap();
    let (mut store, now) = (lab.store(), Clock::System.now());
    register::create(&mut store, &Name::new("Another platform").unwrap(), None, false, now).unwrap();
    let change = PlatformChange {
        issuer: Some(sandbox.issuer().to_owned()),
        client_id: Some(sandbox.client_id().to_owned()),
        keyset_url: Some(sandbox.keyset_url()),
        access_token_url: Some(sandbox.access_token_url()),
        authentication_request_url: Some(sandbox.authentication_request_url()),
        ..PlatformChange::default()
    };
    connect::set_platform(&mut store, "another-platform", &change, now).unwrap();
    connect::add_deployment(&mut store, "another-platform", DeploymentId::new(sandbox.deployment_id()).unwrap(), None, false, now).unwrap();
    let mut tool = lab.sandbox.tool().unwrap();
    tool.initiate_login_url = format!("{}/lti/login/another-platform", lab.url);
    sandbox.set_tool(tool);
    let user = PlatformUser { issuer: sandbox.issuer().to_owned(), tenant: String::new(), sub: "4".to_owned() };
    let link = AccountLink { user, made_account: false, created_at: now, last_launch_at: None };
    let sam = store.read().account("sam").unwrap().unwrap();
    assert!(store.write(|write| write.insert_account_link(sam.id, &link)).unwrap());
    assert_eq!(sandbox.launch(&mut lab.browser.another(), &LaunchChoice::student()).await.unwrap().status, 303);
    sandbox
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_is_down_does_not_delay_another() {
    let lab = class().await;
    let other = second_platform(&lab).await;
    lab.set_grade("sam", Some(5.0));
    lab.set_grade("zoe", Some(6.0));
    // No answer at all, four times for each of two grades at the same time.
    lab.sandbox.order(Fault::new(FaultKind::TimeOut).at(Endpoint::Scores).for_ever());
    let started = Timestamp::now();
    let summary = lab.send_grades().await;
    assert_eq!((counts(&summary), summary.problems.len(), summary.problems[0].code.as_str()), ((1, 2, 0), 1, "platform_unreachable"));
    let took = Timestamp::now().duration_since(started);
    let accepted = &other.service_log().scores;
    assert_eq!((accepted.len(), accepted[0].user_id.as_str()), (1, "4"));
    let waited = accepted[0].at.duration_since(started);
    assert!(waited < SignedDuration::from_secs(1) && took > SignedDuration::from_secs(2), "after {waited:#} of {took:#}");
    lab.sandbox.cancel_faults();
    assert_eq!(counts(&lab.send_grades_again().await), (2, 0, 0));
    assert_eq!(other.service_log().scores.len(), 1);
    other.shutdown().await;
    lab.stop().await;
}

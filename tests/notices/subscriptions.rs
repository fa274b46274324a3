//! The tool subscribes by itself to what it can use, and leaves alone what is not its own.

use ltictl::domain::{NoticePolicy, SubscriptionState};
use ltictl::sandbox::{CONTEXT_COPY, HELLO_WORLD, LaunchChoice, NoticeOptions};

use super::{compare, handler, lab, set_policy, state, subscribed, subscription};
use crate::doctor::setup::ltictl;
use crate::lab::{Lab, REGISTRATION};

fn run(lab: &Lab, line: &str) -> (Option<i32>, String) {
    let output = tokio::task::block_in_place(|| ltictl(&lab.database, line));
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code(), text.concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tool_subscribes_after_the_first_launch() {
    let lab = subscribed().await;
    assert_eq!(state(&lab, CONTEXT_COPY), Some(SubscriptionState::Subscribed));
    assert_eq!(state(&lab, HELLO_WORLD), Some(SubscriptionState::NotSubscribed));
    // Nothing is due for a day.
    assert_eq!(compare(&lab, &[]).await.changed, 0);
    // With the policy off, the subscription ends, and with it on, it is made again.
    set_policy(&lab, NoticePolicy::Off);
    assert_eq!(compare(&lab, &[]).await.changed, 1);
    assert_eq!(lab.sandbox.notice_handler(CONTEXT_COPY), None);
    set_policy(&lab, NoticePolicy::On);
    compare(&lab, &[]).await;
    assert_eq!(lab.sandbox.notice_handler(CONTEXT_COPY), Some(handler(&lab)));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_url_of_another_server_is_replaced_only_by_a_command() {
    let lab = lab().await;
    let other = format!("{}/other/notices", lab.url);
    lab.sandbox.set_notice_handler(CONTEXT_COPY, &other);
    assert_eq!(compare(&lab, &[]).await.changed, 0);
    assert_eq!(state(&lab, CONTEXT_COPY), Some(SubscriptionState::Elsewhere));
    assert_eq!(subscription(&lab, CONTEXT_COPY).unwrap().handler, Some(other.clone()));
    let (code, text) = run(&lab, &format!("notice unsubscribe {REGISTRATION}"));
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(lab.sandbox.notice_handler(CONTEXT_COPY), Some(other));
    let (code, text) = run(&lab, &format!("notice subscribe {REGISTRATION}"));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("subscribed"), "{text}");
    assert_eq!(lab.sandbox.notice_handler(CONTEXT_COPY), Some(handler(&lab)));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_platform_does_not_do_is_shown() {
    let lab = lab().await;
    lab.sandbox.set_notices(NoticeOptions { forgets_changes: true, ..NoticeOptions::offered() });
    compare(&lab, &[]).await;
    assert_eq!(state(&lab, CONTEXT_COPY), Some(SubscriptionState::Refused));
    assert!(subscription(&lab, CONTEXT_COPY).unwrap().problem.unwrap().fix.contains("LMS"));
    let (code, text) = run(&lab, &format!("notice subscribe {REGISTRATION} --type {CONTEXT_COPY}"));
    assert_eq!(code, Some(6), "{text}");
    // Older platforms answer with all handlers, and a client ID of another kind is another client.
    lab.sandbox.set_notices(NoticeOptions { answers_with_all: true, ..NoticeOptions::offered() });
    compare(&lab, &[]).await;
    assert_eq!(state(&lab, CONTEXT_COPY), Some(SubscriptionState::Subscribed));
    lab.sandbox.set_notices(NoticeOptions { numeric_client_id: true, ..NoticeOptions::offered() });
    assert_eq!(compare(&lab, &[]).await.problem.unwrap().code, "answer_unreadable");
    // A type that it does not offer.
    lab.sandbox.set_notices(NoticeOptions::offered());
    let (code, text) = run(&lab, &format!("notice subscribe {REGISTRATION} --type LtiOther"));
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(state(&lab, "LtiOther"), Some(SubscriptionState::NotOffered));
    lab.sandbox.set_notices(NoticeOptions::default());
    assert_eq!(compare(&lab, &[]).await.problem.unwrap().code, "gone");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_known_before_a_launch() {
    let lab = Lab::start().await;
    assert_eq!(lab.launch(&LaunchChoice::teacher()).await.status, 303);
    let (code, text) = run(&lab, &format!("notice subscribe {REGISTRATION}"));
    assert_eq!(code, Some(3), "{text}");
    let (code, text) = run(&lab, "notice status");
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = run(&lab, "notice list -o json");
    assert_eq!((code, text.trim()), (Some(0), "[]"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_on_another_platforms_host_gets_no_token() {
    let lab = lab().await;
    let other = lab.second_platform().await;
    other.set_notices(NoticeOptions::offered());
    // A launch of the first platform names the service of the second one.
    let claim = serde_json::json!({
        "https://purl.imsglobal.org/spec/lti/claim/platformnotificationservice": {
            "service_versions": ["1.0"],
            "platform_notification_service_url": format!("{}/services/notices/1", other.issuer()),
            "scope": ["https://purl.imsglobal.org/spec/lti/scope/noticehandlers"],
        },
    });
    lab.launch(&LaunchChoice::teacher().patched(claim)).await;
    other.clear_service_log();
    let problem = compare(&lab, &[]).await.problem.unwrap();
    assert_eq!(problem.code, "token_withheld", "{problem:?}");
    assert!(other.service_log().calls.is_empty());
    other.shutdown().await;
    lab.stop().await;
}

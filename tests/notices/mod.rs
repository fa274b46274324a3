//! Notices of platforms: subscriptions, deliveries and what follows, through the real server over
//! real HTTP.

mod apps;
mod deliveries;
mod live;
mod subscriptions;

use ltictl::domain::{Clock, ListedNotice, NoticePolicy, NoticeSubscription, SubscriptionState};
use ltictl::rules::registration::PolicyChange;
use ltictl::sandbox::{CONTEXT_COPY, LaunchChoice, NoticeOptions};
use ltictl::store::NoticeFilter;
use ltictl::sync::notices::{self, Compared};

use crate::lab::{Lab, REGISTRATION};

/// A lab whose platform offers notices, after its teacher has come.
async fn lab() -> Lab {
    let lab = Lab::start().await;
    lab.sandbox.set_notices(NoticeOptions::offered());
    assert_eq!(lab.launch(&LaunchChoice::teacher()).await.status, 303);
    lab
}

/// The same after the tool has subscribed.
async fn subscribed() -> Lab {
    let lab = lab().await;
    compare(&lab, &[]).await;
    assert_eq!(lab.sandbox.notice_handler(CONTEXT_COPY), Some(handler(&lab)));
    lab
}

fn handler(lab: &Lab) -> String {
    format!("{}/lti/notices/{REGISTRATION}", lab.url)
}

/// Compares the subscriptions now. The server may do so at the same moment, and then has the lease.
async fn compare(lab: &Lab, replaced: &[&str]) -> Compared {
    let replaced: Vec<String> = replaced.iter().map(|name| (*name).to_owned()).collect();
    let synchronizer = lab.synchronizer(Clock::System);
    loop {
        let mut compared =
            notices::run(&synchronizer, &REGISTRATION.into(), &replaced).await.unwrap();
        if let Some(one) = compared.pop() {
            return one;
        }
        tokio::task::yield_now().await;
    }
}

fn listed(lab: &Lab) -> Vec<ListedNotice> {
    let filter = NoticeFilter { limit: 1_000, ..NoticeFilter::default() };
    lab.store().read().notices(&filter).unwrap()
}

/// Why notices were refused, oldest first.
fn reasons(lab: &Lab) -> Vec<String> {
    listed(lab).into_iter().rev().filter_map(|one| one.reason).collect()
}

fn accepted(lab: &Lab) -> Vec<ListedNotice> {
    listed(lab).into_iter().filter(|one| one.reason.is_none()).collect()
}

fn subscription(lab: &Lab, notice_type: &str) -> Option<NoticeSubscription> {
    let store = lab.store();
    let registration = store.read().registration(&REGISTRATION.parse().unwrap()).unwrap().unwrap();
    let service = store.read().notice_services(registration.id).unwrap().pop()?;
    let all = store.read().notice_subscriptions(service.deployment).unwrap();
    all.into_iter().find(|one| one.notice_type == notice_type)
}

fn state(lab: &Lab, notice_type: &str) -> Option<SubscriptionState> {
    subscription(lab, notice_type).map(|one| one.state)
}

fn set_policy(lab: &Lab, notices: NoticePolicy) {
    lab.set_policy(PolicyChange { notices: Some(notices), ..PolicyChange::default() });
}

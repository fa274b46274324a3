//! Grades on their way to the platform, over real HTTP: what is sent, when, where, and what becomes
//! of it when something fails.

mod command;
mod crash;
mod errors;
mod lease;
mod line_item;
mod platforms;
mod submission_period;
mod unfinished;
mod values;

use ltictl::admin::publish;
use ltictl::domain::Clock;
use ltictl::rules::resource::ResourceChange;
use ltictl::sandbox::{Course, LaunchChoice, Link, User};
use ltictl::sync::grades::GradeSummary;
use ltictl::sync::status::{self, Selected, SyncStatus};
use serde_json::json;

use crate::lab::{Lab, RESOURCE};

pub(crate) const AGS: &str = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint";
pub(crate) const SCOPE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/";

/// A lab in which Sam and Zoe have come through the algebra quiz, which has line item 21.
pub(crate) async fn class() -> Lab {
    let lab = Lab::start().await;
    for (user, username) in [(User::Sam, "sam"), (User::Zoe, "zoe")] {
        lab.account_of(user, username);
        come(&lab, &LaunchChoice::of(user)).await;
    }
    lab
}

pub(crate) async fn come(lab: &Lab, choice: &LaunchChoice) {
    let page = lab.launch(choice).await;
    assert_eq!(page.status, 303, "{}", page.body);
}

pub(crate) fn through(user: User, course: Course, link: Link) -> LaunchChoice {
    LaunchChoice { course, link, ..LaunchChoice::of(user) }
}

/// A launch without a line item of its own.
pub(crate) fn without_line_item(choice: LaunchChoice) -> LaunchChoice {
    choice.patched(json!({ AGS: { "lineitem": null } }))
}

pub(crate) fn change(lab: &Lab, change: &ResourceChange) {
    publish::update(&mut lab.store(), &RESOURCE.into(), change, Clock::System.now()).unwrap();
}

pub(crate) fn sync_status(lab: &Lab) -> SyncStatus {
    status::status(lab.store().read(), Selected::All, Clock::System.now()).unwrap()
}

pub(crate) fn counts(summary: &GradeSummary) -> (u64, u32, u32) {
    (summary.sent, summary.waiting, summary.refused)
}

pub(crate) fn score(item: u32, user: &str, score: f64) -> (u32, String, Option<f64>) {
    (item, user.to_owned(), Some(score))
}

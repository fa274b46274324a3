//! Notices of platforms, and the subscriptions to them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{list, or_dash, short_time};
use crate::admin::notice::NoticeStatus;
use crate::domain::{ListedNotice, NoticePolicy, Slug, SubscriptionState, json};
use crate::report::table::{Health, colored_column, column, time_column};

list! {
    /// The newest notices.
    NoticeList of ListedNotice {
        noun: "notices",
        columns: &[
            time_column("RECEIVED", |view| short_time(view.received_at)),
            colored_column(
                "OUTCOME",
                |view| if view.reason.is_some() { "refused" } else { "accepted" }.to_owned(),
                |view| if view.reason.is_some() { Health::Bad } else { Health::Good },
            ),
            column("REASON", |view| or_dash(view.reason.as_ref())),
            column("REGISTRATION", |view| view.registration.to_string()),
            column("DEPLOYMENT", |view| or_dash(view.deployment_id.as_ref())),
            column("TYPE", |view| or_dash(view.notice_type.as_ref())),
            column("COURSE", |view| or_dash(view.context_id.as_ref())),
            column("COPIED FROM", |view| match view.origin_contexts.as_slice() {
                [] => "-".to_owned(),
                origins => origins.join(", "),
            }),
        ],
        identifier: |view| view.notice_id.clone().unwrap_or_default(),
        empty: "No notices yet. `ltictl notice status` shows the subscriptions.",
    }
}

/// What a platform says about the subscription of a deployment to a type of notices.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NoticeStatusView {
    /// Slug of the registration.
    pub registration: Slug,
    /// ID of the deployment.
    pub deployment_id: String,
    /// The type; null if the platform has not been asked yet, or cannot be.
    #[serde(rename = "type")]
    pub notice_type: Option<String>,
    /// What the platform says.
    pub state: SubscriptionState,
    /// Whether the tool wants notices of the type.
    pub wanted: bool,
    /// The URL to which the platform sends notices of the type.
    pub handler: Option<String>,
    /// URL of the platform's service.
    pub service_url: String,
    /// When the platform was last asked.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub checked_at: Option<Timestamp>,
    /// Code of the problem; null if there is none.
    pub code: Option<String>,
    /// The problem.
    pub problem: Option<String>,
    /// What to do about it.
    pub fix: Option<String>,
}

impl NoticeStatusView {
    /// The rows of a deployment.
    pub fn rows(status: &NoticeStatus) -> Vec<Self> {
        let service = &status.service;
        let whole = Self {
            registration: status.registration.slug.clone(),
            deployment_id: service.deployment_id.to_string(),
            notice_type: None,
            state: SubscriptionState::Unknown,
            // Before the first comparison, types are not known.
            wanted: status.registration.policy.notices == NoticePolicy::On,
            handler: None,
            service_url: service.offer.url.clone(),
            checked_at: status.checked_at(),
            code: service.problem.as_ref().map(|problem| problem.code.clone()),
            problem: service.problem.as_ref().map(|problem| problem.problem.clone()),
            fix: service.problem.as_ref().map(|problem| problem.fix.clone()),
        };
        let rows: Vec<Self> = status
            .subscriptions
            .iter()
            .map(|one| {
                let problem = one.problem.as_ref().or(service.problem.as_ref());
                Self {
                    notice_type: Some(one.notice_type.clone()),
                    state: one.state,
                    wanted: status.is_wanted(one),
                    handler: one.handler.clone(),
                    code: problem.map(|problem| problem.code.clone()),
                    problem: problem.map(|problem| problem.problem.clone()),
                    fix: problem.map(|problem| problem.fix.clone()),
                    ..whole.clone()
                }
            })
            .collect();
        if rows.is_empty() { vec![whole] } else { rows }
    }

    fn health(&self) -> Health {
        match self.state {
            SubscriptionState::Refused => Health::Bad,
            SubscriptionState::Subscribed if self.wanted => Health::Good,
            _ if self.wanted || self.code.is_some() => Health::Bad,
            _ => Health::Good,
        }
    }
}

list! {
    /// The subscriptions of deployments.
    NoticeStatusList of NoticeStatusView {
        noun: "subscriptions",
        columns: &[
            column("REGISTRATION", |view| view.registration.to_string()),
            column("DEPLOYMENT", |view| view.deployment_id.clone()),
            column("TYPE", |view| or_dash(view.notice_type.as_ref())),
            colored_column("STATE", |view| view.state.to_string(), NoticeStatusView::health),
            column("WANTED", |view| super::yes_no(view.wanted).to_owned()),
            column("CHECKED", |view| view.checked_at.map_or_else(|| "-".to_owned(), short_time)),
            column("PROBLEM", |view| or_dash(view.problem.as_ref())),
        ],
        identifier: |view| view.notice_type.clone().unwrap_or_default(),
        empty: "No platform has offered notices in a launch. Enable them for the tool in the LMS, and \
            open one of its links.",
    }
}

//! Notices of platforms, and what the tool has subscribed to (Platform Notification Service 1.0).

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words::words;
use super::{DeploymentId, Slug, SyncProblem};

/// The path of the URL to which platforms send notices; the slug of the registration follows.
pub const NOTICES_PATH: &str = "/lti/notices/";

/// The path of URLs that are used once; a random text follows.
pub const NOTICE_PROBE_PATH: &str = "/lti/notices/probe/";

/// Where a platform lets the tool subscribe to notices, as a launch says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeOffer {
    /// The URL of the service.
    pub url: String,
    /// The types of notices, separated by spaces; `None` if the platform does not list them.
    pub types: Option<String>,
    /// Whether the tool may request an access token for the service.
    pub has_scope: bool,
}

/// The same as it is stored, with the outcome of the last comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeService {
    /// Key of the deployment in the database.
    pub deployment: i64,
    /// Key of the registration in the database.
    pub registration: i64,
    /// The ID of the deployment.
    pub deployment_id: DeploymentId,
    /// What the newest launch says.
    pub offer: NoticeOffer,
    /// When the subscriptions were last compared with the platform; `None` if that is due.
    pub checked_at: Option<Timestamp>,
    /// Why they could not be compared.
    pub problem: Option<SyncProblem>,
}

words! {
    /// What a platform says about a subscription.
    SubscriptionState, "state", {
        /// The platform has not been asked yet.
        Unknown = "unknown",
        /// The platform sends notices of the type to this tool.
        Subscribed = "subscribed",
        /// The platform sends no notices of the type.
        NotSubscribed = "not-subscribed",
        /// The platform sends notices of the type to another URL.
        Elsewhere = "elsewhere",
        /// The platform does not offer the type.
        NotOffered = "not-offered",
        /// The platform has refused the subscription.
        Refused = "refused",
    }
}

/// The subscription of a deployment to one type of notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeSubscription {
    /// The type.
    pub notice_type: String,
    /// What an administrator has chosen; `None` if nothing.
    pub wanted: Option<bool>,
    /// What the platform says.
    pub state: SubscriptionState,
    /// The URL to which the platform sends notices of the type, as it said last.
    pub handler: Option<String>,
    /// Why the platform has refused it.
    pub problem: Option<SyncProblem>,
}

/// A check with a URL that is used once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeProbe {
    /// Key of the deployment in the database.
    pub deployment: i64,
    /// The platform's setting before it, which is restored afterwards; empty if there was none.
    pub previous: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When the notice arrived.
    pub received_at: Option<Timestamp>,
}

impl NoticeProbe {
    /// A check takes less than this; one that began earlier and has not ended was interrupted.
    pub const TIME: SignedDuration = SignedDuration::from_mins(2);
}

/// A notice that was accepted, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// Key of the registration in the database.
    pub registration: i64,
    /// Key of the deployment in the database.
    pub deployment: i64,
    /// The platform's ID of the notice.
    pub notice_id: String,
    /// Its type.
    pub notice_type: String,
    /// The course that it is about.
    pub context_id: Option<String>,
    /// The courses from which that one was copied.
    pub origins: Vec<String>,
    /// When it happened.
    pub at: Timestamp,
    /// When the notice arrived.
    pub received_at: Timestamp,
    /// All claims as JSON, for apps; `None` if they are too long.
    pub claims: Option<String>,
}

/// A notice, accepted or refused, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ListedNotice {
    /// When it arrived.
    #[serde(serialize_with = "super::json::time")]
    #[schemars(with = "String")]
    pub received_at: Timestamp,
    /// When the event happened, according to the platform; null if the notice was refused.
    #[serde(serialize_with = "super::json::optional_time")]
    #[schemars(with = "Option<String>")]
    pub at: Option<Timestamp>,
    /// Slug of the registration.
    pub registration: Slug,
    /// ID of the deployment, if it is known.
    pub deployment_id: Option<String>,
    /// Type of the notice, if it is known.
    #[serde(rename = "type")]
    pub notice_type: Option<String>,
    /// The platform's ID of the notice, if it is known.
    pub notice_id: Option<String>,
    /// The course that it is about.
    pub context_id: Option<String>,
    /// The courses from which that course was copied.
    pub origin_contexts: Vec<String>,
    /// Why it was refused; null if it was accepted.
    pub reason: Option<String>,
    /// The cause of the refusal.
    pub cause: Option<String>,
    /// How to fix it.
    pub fix: Option<String>,
}

/// A notice for an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppNotice {
    /// Its position, which only grows.
    pub position: i64,
    /// Slug of the registration.
    pub registration: Slug,
    /// ID of the deployment.
    pub deployment_id: DeploymentId,
    /// The platform's ID of the notice.
    pub notice_id: String,
    /// Its type.
    pub notice_type: String,
    /// The course that it is about.
    pub context_id: Option<String>,
    /// When it happened.
    pub at: Timestamp,
    /// All claims as JSON; `None` if they were too long.
    pub claims: Option<String>,
}

/// A notice that was refused, as it is stored. Texts are cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedNotice {
    /// Whether its signature is valid.
    pub is_signed: bool,
    /// The deployment that it names.
    pub deployment: Option<String>,
    /// Its ID.
    pub notice_id: Option<String>,
    /// Its type.
    pub notice_type: Option<String>,
    /// Why it was refused: a stable code.
    pub reason: String,
    /// The cause, with all evidence.
    pub cause: String,
    /// How to fix it.
    pub fix: String,
    /// When it arrived.
    pub received_at: Timestamp,
}

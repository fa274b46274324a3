//! The launch log.

use schemars::JsonSchema;
use serde::Serialize;

use super::{list, rfc3339, short_time};
use crate::domain::{Launch, Outcome};
use crate::report::table::Mood;
use crate::report::{Details, LineView, Style, Table, View, clean};

/// One launch, or one login that was refused.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LaunchView {
    /// Names it on pages, in logs and in commands.
    pub id: String,
    /// The request that ended it, by the name that its log lines and its answer have.
    pub request_id: String,
    /// The request that began it, where it waited for its person.
    pub first_request_id: Option<String>,
    /// When it came in.
    pub at: String,
    /// `accepted` or `refused`.
    pub outcome: &'static str,
    /// Reason code, when it was refused.
    pub reason: Option<String>,
    /// The cause in full.
    pub cause: Option<String>,
    /// Who has to act.
    pub actor: Option<String>,
    /// What to do.
    pub fix: Option<String>,
    /// The registration's slug.
    pub registration: Option<String>,
    /// The resource's slug.
    pub resource: Option<String>,
    /// Deployment ID.
    pub deployment_id: Option<String>,
    /// LTI message type.
    pub message_type: Option<String>,
    /// The platform's identifier of the person.
    pub sub: Option<String>,
    /// The person's name.
    pub user_name: Option<String>,
    /// `admin`, `staff` or `learner`.
    pub role: Option<String>,
    /// The course.
    pub context_title: Option<String>,
    /// The link's identifier.
    pub resource_link_id: Option<String>,
    /// The link's title.
    pub resource_link_title: Option<String>,
    /// The browser: `chrome`, `edge`, `firefox`, `safari` or `other`.
    pub browser: Option<String>,
    /// The tool's clock minus the platform's, in seconds, where that is why it was refused.
    pub clock_skew_seconds: Option<i64>,
    #[serde(skip)]
    time: String,
}

impl From<&Launch> for LaunchView {
    fn from(launch: &Launch) -> Self {
        let (outcome, refused) = match &launch.outcome {
            Outcome::Accepted => ("accepted", None),
            Outcome::Refused { reason, cause, actor, fix } => {
                ("refused", Some((reason, cause, actor, fix)))
            }
        };
        Self {
            id: launch.id.to_string(),
            request_id: launch.request_id.clone().unwrap_or_else(|| launch.id.to_string()),
            first_request_id: launch.first_request_id.clone(),
            at: rfc3339(launch.at),
            outcome,
            reason: refused.map(|(reason, ..)| reason.clone()),
            cause: refused.map(|(_, cause, ..)| cause.clone()),
            actor: refused.map(|(_, _, actor, _)| actor.clone()),
            fix: refused.map(|(.., fix)| fix.clone()),
            registration: launch.registration.clone(),
            resource: launch.resource.clone(),
            deployment_id: launch.deployment_id.clone(),
            message_type: launch.message_type.clone(),
            sub: launch.sub.clone(),
            user_name: launch.user_name.clone(),
            role: launch.role.clone(),
            context_title: launch.context_title.clone(),
            resource_link_id: launch.resource_link_id.clone(),
            resource_link_title: launch.resource_link_title.clone(),
            browser: launch.browser.map(|browser| browser.as_str().to_owned()),
            clock_skew_seconds: launch.clock_skew_seconds,
            time: short_time(launch.at),
        }
    }
}

impl View for LaunchView {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Launch", &self.id);
        details.add("Request", &self.request_id);
        if let Some(first) = &self.first_request_id {
            details.add("First request", first);
        }
        details.add("Time (UTC)", &self.time);
        details.add("Outcome", self.outcome);
        if let (Some(reason), Some(cause), Some(actor), Some(fix)) =
            (&self.reason, &self.cause, &self.actor, &self.fix)
        {
            details.section("Why it was refused");
            details.add("Reason", reason);
            details.add("Cause", cause);
            if let Some(skew) = self.clock_skew_seconds {
                details.add(
                    "Clocks",
                    &format!(
                        "by the token, the tool's is {} s {} the platform's",
                        skew.unsigned_abs(),
                        if skew < 0 { "behind" } else { "ahead of" }
                    ),
                );
            }
            details.add("Who can help", actor);
            details.add("What to do", fix);
            details.add("More about it", &format!("ltictl explain {reason}"));
        }
        details.section("What came in");
        details.add_optional("Registration", self.registration.as_deref());
        details.add_optional("Deployment ID", self.deployment_id.as_deref());
        details.add_optional("Message", self.message_type.as_deref());
        details.add_optional("Resource", self.resource.as_deref());
        details.add_optional("Person", self.user_name.as_deref());
        details.add_optional("User ID (sub)", self.sub.as_deref());
        details.add_optional("Role", self.role.as_deref());
        details.add_optional("Course", self.context_title.as_deref());
        details.add_optional("Browser", self.browser.as_deref());
        details.add_optional(
            "Link",
            self.resource_link_title.as_deref().or(self.resource_link_id.as_deref()),
        );
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.id.clone()]
    }
}

impl LineView for LaunchView {
    fn line(&self, style: Style) -> String {
        let is_accepted = self.reason.is_none();
        let outcome = style.colored(
            &format!("{:8}", self.outcome),
            if is_accepted { Mood::Good } else { Mood::Bad },
        );
        let what = if is_accepted { self.resource.as_deref() } else { self.reason.as_deref() };
        let person = self.user_name.as_deref().or(self.sub.as_deref());
        let [registration, what, person] =
            [self.registration.as_deref(), what, person].map(|text| clean(text.unwrap_or("-")));
        format!("{}  {}  {outcome}  {registration:20}  {what:24}  {person}", self.id, self.time)
    }
}

/// The newest launches.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct LaunchList(pub Vec<LaunchView>);

impl View for LaunchList {
    fn table(&self, style: Style) -> String {
        let mut table = Table::new(
            style,
            &[
                "LAUNCH",
                "TIME (UTC)",
                "OUTCOME",
                "REASON",
                "REGISTRATION",
                "RESOURCE",
                "PERSON",
                "ROLE",
            ],
        );
        for launch in &self.0 {
            let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            let mood = if launch.reason.is_none() { Mood::Good } else { Mood::Bad };
            table.row(
                &[
                    &launch.id,
                    &launch.time,
                    launch.outcome,
                    &dash(&launch.reason),
                    &dash(&launch.registration),
                    &dash(&launch.resource),
                    &dash(&launch.user_name.clone().or_else(|| launch.sub.clone())),
                    &dash(&launch.role),
                ],
                Some((2, mood)),
            );
        }
        table.finish("No launches yet. They come in while `ltictl serve` runs.")
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.iter().map(|launch| launch.id.clone()).collect()
    }
}

list!(LaunchList, LaunchView);

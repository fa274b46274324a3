//! The launch log.

use schemars::JsonSchema;
use serde::Serialize;

use super::{list, or_dash, short_time, whole_time};
use crate::domain::{Launch, LaunchId, Outcome, SignatureComparison, Slug};
use crate::failure::shell_word;
use crate::lti::deep_linking;
use crate::report::table::{Entry, Health, colored_column, column, time_column};
use crate::report::{Details, LineView, Style, View, clean};

/// A launch, or a login that was refused.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LaunchView {
    /// ID of the launch on pages, in logs and in commands.
    pub id: LaunchId,
    /// ID of the request that ended the launch, as in log lines and responses.
    pub request_id: String,
    /// The launch.
    #[serde(flatten)]
    pub launch: Launch,
}

impl From<Launch> for LaunchView {
    fn from(launch: Launch) -> Self {
        Self {
            id: launch.id.clone(),
            request_id: launch.request_id.clone().unwrap_or_else(|| launch.id.to_string()),
            launch,
        }
    }
}

/// The kind of a launch that opens no resource.
const SELECTION: &str = "(content selection)";

impl LaunchView {
    fn outcome(&self) -> &'static str {
        self.launch.outcome.as_str()
    }

    fn reason(&self) -> Option<&str> {
        match &self.launch.outcome {
            Outcome::Accepted | Outcome::Waiting { .. } => None,
            Outcome::Refused { reason, .. } => Some(reason),
        }
    }

    fn health(&self) -> Health {
        match self.launch.outcome {
            Outcome::Accepted => Health::Good,
            Outcome::Waiting { .. } => Health::Waiting,
            Outcome::Refused { .. } => Health::Bad,
        }
    }

    /// What was opened: the resource, or the selection of content.
    fn opened(&self) -> Option<&str> {
        let resource = self.launch.resource.as_ref().map(Slug::as_str);
        resource.or(self.selects().then_some(SELECTION))
    }

    /// Whether it was a launch for content selection.
    fn selects(&self) -> bool {
        self.launch.message_type.as_deref() == Some(deep_linking::REQUEST)
    }

    /// The person's name, or else the platform's identifier.
    fn person(&self) -> Option<&str> {
        self.launch.user_name.as_deref().or(self.launch.sub.as_deref())
    }

    fn clocks(&self) -> Option<String> {
        self.launch.clock_skew_seconds.map(|skew| {
            format!(
                "according to the token, the tool's is {} s {} the platform's",
                skew.unsigned_abs(),
                if skew < 0 { "behind" } else { "ahead of" }
            )
        })
    }

    fn add_refusal(&self, details: &mut Details) {
        if let Outcome::Waiting { cause, fix } = &self.launch.outcome {
            details.section("Why it waits");
            details.add("Cause", cause);
            details.add("What to do", fix);
        }
        let Outcome::Refused { reason, cause, actor, fix } = &self.launch.outcome else { return };
        details.section("Why it was refused");
        details.add("Reason", reason);
        details.add("Cause", cause);
        if let Some(clocks) = self.clocks() {
            details.add("Clocks", &clocks);
        }
        details.add("Who can help", actor);
        details.add("What to do", fix);
        details.add("More about it", &format!("ltictl explain {}", shell_word(reason)));
    }
}

const DETAILS: &[Entry<LaunchView>] = &[
    Entry::Value("Launch", |view| view.id.to_string()),
    // Usually they are the same.
    Entry::IfAny("Request", |view| {
        (view.request_id != view.id.as_str()).then(|| view.request_id.clone())
    }),
    Entry::IfAny("First request", |view| view.launch.first_request_id.clone()),
    Entry::Time("Time", |view| view.launch.at),
    Entry::Value("Outcome", |view| view.outcome().to_owned()),
];

const RECEIVED: &[Entry<LaunchView>] = &[
    Entry::Section("What the platform sent"),
    Entry::Optional("Registration", |view| view.launch.registration.as_ref().map(Slug::to_string)),
    Entry::Optional("Deployment ID", |view| view.launch.deployment_id.clone()),
    Entry::Optional("Message", |view| view.launch.message_type.clone()),
    Entry::Optional("Resource", |view| view.opened().map(str::to_owned)),
    Entry::Optional("Person", |view| view.launch.user_name.clone()),
    Entry::Optional("User ID (sub)", |view| view.launch.sub.clone()),
    Entry::Optional("Role", |view| view.launch.role.clone()),
    Entry::Optional("Course", |view| view.launch.context_title.clone()),
    Entry::Optional("Browser", |view| {
        view.launch.browser.map(|browser| browser.as_str().to_owned())
    }),
    Entry::Optional("Link", |view| {
        let title = view.launch.resource_link_title.as_ref();
        title.or(view.launch.resource_link_id.as_ref()).cloned()
    }),
];

/// A launch with everything that the log has about it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LoggedLaunch {
    /// The entry of the log.
    #[serde(flatten)]
    entry: LaunchView,
    /// The text that the tool signed for comparison (signature base string), if the signature of a
    /// launch of LTI 1.1 does not match.
    computed_base_string: Option<String>,
    /// The text that the platform signed, if one of the usual differences explains it.
    signed_base_string: Option<String>,
    #[serde(skip)]
    comparison: Option<SignatureComparison>,
}

impl LoggedLaunch {
    /// A launch, and what was signed in it if its signature does not match.
    pub fn new(launch: Launch, comparison: Option<SignatureComparison>) -> Self {
        Self {
            entry: launch.into(),
            computed_base_string: comparison.as_ref().map(|one| one.computed.clone()),
            signed_base_string: comparison.as_ref().and_then(|one| one.signed.clone()),
            comparison,
        }
    }

    fn add_signed(&self, details: &mut Details) {
        let Some(comparison) = &self.comparison else { return };
        details.section("What was signed");
        let (ours, theirs) = comparison.differences();
        if theirs.is_empty() && ours.is_empty() {
            details.add("By the tool", &comparison.url());
            let theirs = match comparison.signed {
                Some(_) => "the same, with another secret",
                None => "not known: none of the usual differences explains the signature",
            };
            details.add("By the platform", theirs);
        } else {
            details.add("By the tool", &parts(&ours));
            details.add("By the platform", &parts(&theirs));
        }
        details.add("Whole texts", &format!("ltictl launch show {} -o json", self.entry.id));
    }
}

/// Parts of a signed text, one per line.
fn parts(parts: &[String]) -> String {
    match parts.is_empty() {
        true => "nothing else".to_owned(),
        false => parts.join("\n"),
    }
}

impl View for LoggedLaunch {
    fn table(&self, style: Style) -> String {
        let mut details = Details::of(style, &self.entry, DETAILS);
        self.entry.add_refusal(&mut details);
        self.add_signed(&mut details);
        details.extend(&self.entry, RECEIVED);
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.entry.id.to_string()]
    }
}

impl LineView for LoggedLaunch {
    fn line(&self, style: Style) -> String {
        let entry = &self.entry;
        let outcome = style.colored(&format!("{:9}", entry.outcome()), entry.health());
        let registration = entry.launch.registration.as_ref().map(Slug::as_str);
        let what = match entry.reason() {
            Some(reason) if entry.selects() => Some(format!("{reason} {SELECTION}")),
            reason => reason.or(entry.opened()).map(str::to_owned),
        };
        let [registration, what, person] =
            [registration, what.as_deref(), entry.person()].map(|text| clean(text.unwrap_or("-")));
        format!(
            "{}  {}  {outcome}  {registration:20}  {what:24}  {person}",
            entry.id,
            whole_time(entry.launch.at)
        )
    }
}

list! {
    /// The newest launches.
    LaunchList of LaunchView {
        noun: "launches",
        columns: &[
            column("LAUNCH", |view| view.id.to_string()),
            time_column("TIME", |view| short_time(view.launch.at)),
            colored_column("OUTCOME", |view| view.outcome().to_owned(), LaunchView::health),
            column("REASON", |view| or_dash(view.reason())),
            column("REGISTRATION", |view| or_dash(view.launch.registration.as_ref())),
            column("RESOURCE", |view| or_dash(view.opened())),
            column("PERSON", |view| or_dash(view.person())),
            column("ROLE", |view| or_dash(view.launch.role.as_ref())),
        ],
        identifier: |view| view.id.to_string(),
        empty: "No launches yet. `ltictl serve` receives them.",
    }
}

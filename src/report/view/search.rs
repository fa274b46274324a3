//! What a search of the whole database found.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::list;
use crate::admin::search::SearchOutcome;
use crate::domain::{SearchKind, Slug, is_unprintable, json};
use crate::failure::{shell_argument, shell_word};
use crate::report::{Style, View, clean};
use crate::store::Found;

/// Hits, grouped by kind, the best ones of each first.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct SearchResults(pub Vec<SearchResult>);

/// A hit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SearchResult {
    /// What it is.
    pub kind: SearchKind,
    /// Slug, username, ID of a deployment, course, link or launch, or number of an audit log entry.
    pub id: String,
    /// Its name or title; of a launch, the person's; of an audit log entry, what was changed.
    pub name: Option<String>,
    /// Slug of the registration that it is or belongs to.
    pub registration: Option<Slug>,
    /// Slug of the resource that it is or belongs to; of a course, one that was launched there.
    pub resource: Option<Slug>,
    /// What else distinguishes it: an issuer, a description, an email address, a course, a reason
    /// or who made a change.
    pub detail: Option<String>,
    /// When it happened, if it is an entry of a log.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub occurred_at: Option<Timestamp>,
    /// The command that shows it.
    pub command: String,
}

impl SearchResult {
    fn new(kind: SearchKind, found: Found) -> Self {
        let command = command(kind, &found);
        let Found { id, name, registration, resource, detail, at: occurred_at, .. } = found;
        Self { kind, id, name, registration, resource, detail, occurred_at, command }
    }

    /// What it is called, for people.
    fn title(&self) -> String {
        let time = self.occurred_at.map(super::short_time);
        let slugs =
            [&self.registration, &self.resource].map(|slug| slug.as_ref().map(Slug::as_str));
        let belongs_to = match self.kind {
            SearchKind::Deployment | SearchKind::Course => slugs[0],
            SearchKind::Link | SearchKind::Launch => slugs[1].or(slugs[0]),
            _ => None,
        };
        let parts = [
            time.as_deref(),
            Some(self.id.as_str()),
            self.name.as_deref().filter(|name| *name != self.id),
            self.detail.as_deref().filter(|detail| self.name.as_deref() != Some(*detail)),
            belongs_to,
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
    }
}

/// The command that shows what was found.
fn command(kind: SearchKind, found: &Found) -> String {
    let (id, argument) = (shell_word(&found.id), shell_argument(&found.id));
    let (registration, resource) = (found.registration.as_ref(), found.resource.as_ref());
    let slug = |slug: Option<&Slug>| slug.map(Slug::to_string).unwrap_or_default();
    match kind {
        _ if found.is_consumer => format!("ltictl consumer show {}", slug(registration)),
        SearchKind::Registration => format!("ltictl registration show {id}"),
        SearchKind::Platform => format!("ltictl platform show {id}"),
        SearchKind::Deployment => {
            format!("ltictl deployment show {} {argument}", slug(registration))
        }
        SearchKind::Resource => format!("ltictl resource show {id}"),
        SearchKind::Account => format!("ltictl account show {id}"),
        SearchKind::Course => {
            // What cannot be printed cannot be copied either.
            let title = found.name.as_ref().filter(|title| !title.contains(is_unprintable));
            let filter = match title {
                Some(title) => format!("course={title}"),
                None => format!("registration={}", slug(registration)),
            };
            format!("ltictl resource link list --filter {}", shell_word(&filter))
        }
        SearchKind::Link if found.id.contains(is_unprintable) => {
            format!("ltictl resource link list {}", slug(resource))
        }
        SearchKind::Link => format!(
            "ltictl resource link list {} --filter {}",
            slug(resource),
            shell_word(&format!("resource_link_id={}", found.id))
        ),
        SearchKind::Launch => format!("ltictl launch show {id}"),
        SearchKind::Audit => format!("ltictl audit show {id}"),
    }
}

impl SearchResults {
    /// What was found.
    pub fn new(outcome: SearchOutcome) -> Self {
        let results = outcome.kinds.into_iter().flat_map(|group| {
            group.found.into_iter().map(move |found| SearchResult::new(group.kind, found))
        });
        Self(results.collect())
    }
}

/// The heading of a kind.
fn heading(kind: SearchKind) -> &'static str {
    match kind {
        SearchKind::Registration => "Registrations",
        SearchKind::Platform => "Platforms",
        SearchKind::Deployment => "Deployments",
        SearchKind::Resource => "Resources",
        SearchKind::Account => "Accounts",
        SearchKind::Course => "Courses",
        SearchKind::Link => "Links",
        SearchKind::Launch => "Launches",
        SearchKind::Audit => "Changes",
    }
}

impl View for SearchResults {
    fn table(&self, style: Style) -> String {
        if self.0.is_empty() {
            return "Nothing matches.".to_owned();
        }
        let groups = self.0.chunk_by(|one, other| one.kind == other.kind).map(|group| {
            let results = group.iter().map(|result| {
                let title = style.fitted(&format!("  {}", clean(&result.title())), 6);
                format!("{title}\n    {}", style.fitted(&clean(&result.command), 4))
            });
            let results = results.collect::<Vec<_>>().join("\n");
            format!("{}\n{results}", style.bold(heading(group[0].kind)))
        });
        groups.collect::<Vec<_>>().join("\n\n")
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.iter().map(|result| result.id.clone()).collect()
    }
}

list!(SearchResults, SearchResult, |result| result.title());

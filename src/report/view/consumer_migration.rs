//! How far a platform has moved from LTI 1.1 to LTI 1.3.

use schemars::JsonSchema;
use serde::Serialize;

use super::{whole_time, yes_no};
use crate::admin::consumer_migration::ConsumerMigration;
use crate::domain::{Slug, json};
use crate::report::table::Entry;
use crate::report::{Details, Style, View};

/// How far a platform has moved from LTI 1.1 to LTI 1.3.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ConsumerMigrationView {
    /// Slug of the consumer.
    pub consumer: Slug,
    /// Slug of the registration that replaces it.
    pub registration: Slug,
    /// When it began; null if it has not.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub started_at: Option<jiff::Timestamp>,
    /// What to do in the platform, and what happens to its links.
    pub steps: &'static str,
    /// Whether the platform's launches name the LTI 1.1 user in a signed claim; null if that is not
    /// known.
    pub sends_claim: Option<bool>,
    /// Whether its users have the same IDs as before; null if that is not known.
    pub same_user_ids: Option<bool>,
    /// How many secrets can have signed such a claim.
    pub secret_count: u32,
    /// Accounts of the consumer's users.
    pub people: u32,
    /// Its links to resources.
    pub links: u32,
    /// Enrolments of these accounts.
    pub enrolments: u32,
    /// Grades of these accounts.
    pub grades: u32,
    /// Accounts that users of the registration open, too.
    pub matched: u32,
    /// Accounts that the registration's users got since the beginning and the consumer's do not have.
    pub new: u32,
    /// Accounts that no user of the registration opens so far.
    pub unmatched: u32,
}

impl From<&ConsumerMigration> for ConsumerMigrationView {
    fn from(migration: &ConsumerMigration) -> Self {
        let ConsumerMigration { consumer, registration, started_at, platform, moved, .. } =
            migration;
        Self {
            consumer: consumer.registration.slug.clone(),
            registration: registration.slug.clone(),
            started_at: *started_at,
            steps: &platform.steps,
            sends_claim: platform.claim,
            same_user_ids: platform.same_user_ids,
            secret_count: consumer.secret_count,
            people: moved.people,
            links: moved.links,
            enrolments: moved.enrolments,
            grades: moved.grades,
            matched: moved.matched,
            new: moved.new,
            unmatched: moved.people.saturating_sub(moved.matched),
        }
    }
}

fn known(value: Option<bool>) -> String {
    value.map_or("not known", yes_no).to_owned()
}

const ENTRIES: &[Entry<ConsumerMigrationView>] = &[
    Entry::Value("From (LTI 1.1)", |view| view.consumer.to_string()),
    Entry::Value("To (LTI 1.3)", |view| view.registration.to_string()),
    Entry::Value("Began", |view| view.started_at.map_or_else(|| "not yet".to_owned(), whole_time)),
    Entry::Section("What it has"),
    Entry::Value("People", |view| view.people.to_string()),
    Entry::Value("Links", |view| view.links.to_string()),
    Entry::Value("Enrolments", |view| view.enrolments.to_string()),
    Entry::Value("Grades", |view| view.grades.to_string()),
    Entry::Section("The platform"),
    Entry::Value("What to do there", |view| view.steps.to_owned()),
    Entry::Value("Sends the LTI 1.1 user", |view| known(view.sends_claim)),
    Entry::Value("Same user IDs", |view| known(view.same_user_ids)),
    Entry::Section("So far"),
    Entry::Value("Matched", |view| format!("{} of {} people", view.matched, view.people)),
    Entry::Value("Not matched yet", |view| view.unmatched.to_string()),
    Entry::Value("New people", |view| view.new.to_string()),
];

impl View for ConsumerMigrationView {
    fn table(&self, style: Style) -> String {
        Details::of(style, self, ENTRIES).finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.registration.to_string()]
    }
}

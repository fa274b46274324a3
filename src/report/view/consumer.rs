//! LTI 1.1 consumers, without their secrets unless an admin asks for them.

use schemars::JsonSchema;
use serde::Serialize;

use super::{list, whole_time, yes_no};
use crate::domain::{Consumer, LAUNCH_1P1_PATH, PublicUrl, Slug, json};
use crate::report::table::{Column, Entry, Health, colored_column, column};
use crate::report::{Details, Style, View};

/// A consumer: a platform that uses the tool by LTI 1.1 or 2.0.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ConsumerView {
    /// Its name in commands; it never changes.
    pub slug: Slug,
    /// Display name.
    pub name: String,
    /// The consumer key.
    pub consumer_key: String,
    /// The shared secret, only with `--show-secret` and when it has just been generated.
    pub shared_secret: Option<String>,
    /// `active` or `disabled`; the secrets of a disabled one still sign migration claims.
    pub status: String,
    /// `lti-1.1` or `lti-2.0`.
    pub protocol: String,
    /// The launch URL for links that name their resource by the custom parameter `id`.
    pub launch_url: String,
    /// Whether its secrets are accepted with any consumer key.
    pub any_key: bool,
    /// Slugs of the resources that it may use; null if it may use all of them.
    pub resources: Option<Vec<Slug>>,
    /// The resource that it was published with, if it was.
    pub published_with: Option<Slug>,
    /// Further origins that may frame the tool's pages.
    pub frame_ancestors: Vec<String>,
    /// How many secrets it has, with those that are being replaced.
    pub secret_count: u32,
    /// When its platform can no longer confirm a changed registration by LTI 2.0; null if none
    /// waits.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub change_expires_at: Option<jiff::Timestamp>,
    /// When its last launch was accepted, to the hour.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub last_seen_at: Option<jiff::Timestamp>,
    /// When it was added.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub created_at: jiff::Timestamp,
    /// When it was last changed.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub updated_at: jiff::Timestamp,
}

impl ConsumerView {
    /// The view of a consumer of the tool at `url`.
    pub fn new(consumer: &Consumer, url: &PublicUrl) -> Self {
        let Consumer { registration, key, any_key, resources, own_resource, .. } = consumer;
        Self {
            slug: registration.slug.clone(),
            name: registration.name.to_string(),
            consumer_key: key.to_string(),
            shared_secret: None,
            status: if registration.enabled { ACTIVE } else { "disabled" }.to_owned(),
            protocol: registration.protocol.to_string(),
            launch_url: url.join(LAUNCH_1P1_PATH),
            any_key: *any_key,
            resources: resources.clone(),
            published_with: own_resource.clone(),
            frame_ancestors: registration.policy.frame_ancestors.clone(),
            secret_count: consumer.secret_count,
            change_expires_at: consumer.change_expires_at,
            last_seen_at: consumer.last_seen_at,
            created_at: registration.created_at,
            updated_at: registration.updated_at,
        }
    }

    /// The same with its secret.
    #[must_use]
    pub fn with_secret(self, shared_secret: Option<String>) -> Self {
        Self { shared_secret, ..self }
    }

    fn allowed(&self) -> String {
        match &self.resources {
            None => "all".to_owned(),
            Some(slugs) if slugs.is_empty() => "none".to_owned(),
            Some(slugs) => slugs.iter().map(Slug::as_str).collect::<Vec<_>>().join(", "),
        }
    }

    fn last_seen(&self) -> String {
        self.last_seen_at.map_or_else(|| "never".to_owned(), whole_time)
    }
}

const ACTIVE: &str = "active";

const ENTRIES: &[Entry<ConsumerView>] = &[
    Entry::Value("Slug", |view| view.slug.to_string()),
    Entry::Value("Name", |view| view.name.clone()),
    Entry::Value("Status", |view| view.status.clone()),
    Entry::Value("Protocol", |view| view.protocol.clone()),
    Entry::Section("What the platform asks for"),
    Entry::Value("Launch URL", |view| view.launch_url.clone()),
    Entry::Value("Consumer key", |view| view.consumer_key.clone()),
    Entry::Value("Shared secret", |view| {
        view.shared_secret.clone().unwrap_or_else(|| match view.secret_count {
            0 => "none".to_owned(),
            1 => "set (--show-secret prints it)".to_owned(),
            number => format!("{number} are accepted (--show-secret prints the newest)"),
        })
    }),
    Entry::IfAny("Change", |view| {
        let until = whole_time(view.change_expires_at?);
        Some(format!(
            "registered again; the new secret is valid once the platform confirms it, until {until}"
        ))
    }),
    Entry::Section("Access"),
    Entry::Value("Resources", ConsumerView::allowed),
    Entry::IfAny("Published with", |view| view.published_with.as_ref().map(Slug::to_string)),
    Entry::Value("Any key", |view| yes_no(view.any_key).to_owned()),
    Entry::IfAny("Frame ancestors", |view| {
        (!view.frame_ancestors.is_empty()).then(|| view.frame_ancestors.join(", "))
    }),
    Entry::Value("Last seen", ConsumerView::last_seen),
];

impl View for ConsumerView {
    fn table(&self, style: Style) -> String {
        Details::of(style, self, ENTRIES).finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.slug.to_string()]
    }
}

const COLUMNS: &[Column<ConsumerView>] = &[
    column("SLUG", |view| view.slug.to_string()),
    column("CONSUMER KEY", |view| view.consumer_key.clone()),
    colored_column(
        "STATUS",
        |view| view.status.clone(),
        |view| if view.status == ACTIVE { Health::Good } else { Health::Bad },
    ),
    column("RESOURCES", ConsumerView::allowed),
    column("LAST SEEN", ConsumerView::last_seen),
];

list! {
    /// Every consumer.
    ConsumerList of ConsumerView {
        noun: "consumers",
        columns: COLUMNS,
        identifier: |view| view.slug.to_string(),
        empty: "No LTI 1.1 consumers. Add one with: ltictl consumer add NAME",
    }
}

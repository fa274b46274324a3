//! The key of the app behind a resource.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{age_in_words, rfc3339, whole_time};
use crate::domain::{AppKeys, Slug};
use crate::report::{Style, View};

/// The key of an app: a secret.
#[derive(Clone, Serialize, JsonSchema)]
pub struct AppKeyView {
    /// The resource's slug.
    pub resource: Slug,
    /// The key that the app sends in the header `App-Key`.
    pub app_key: String,
    /// When it was created.
    pub created_at: String,
    /// Whole days since then.
    pub age_days: i64,
    /// When the previous key stops being accepted; null if there is none.
    pub previous_expires_at: Option<String>,
    #[serde(skip)]
    note: String,
}

impl AppKeyView {
    /// The view of the current key.
    pub fn new(resource: &Slug, app_key: String, keys: &AppKeys, now: Timestamp) -> Self {
        let previous = keys.previous_at(now).map(|previous| previous.accepted_until);
        let mut note =
            format!("Created {} ({}).", whole_time(keys.created_at), age_in_words(keys.age(now)));
        if let Some(until) = previous {
            note += &format!(
                "\nThe previous key is accepted until {}. To stop both and get another \
                 key:\n\x20 ltictl resource app-key {resource} --rotate --now",
                whole_time(until)
            );
        }
        Self {
            resource: resource.clone(),
            app_key,
            created_at: rfc3339(keys.created_at),
            age_days: keys.age(now).as_hours() / 24,
            previous_expires_at: previous.map(rfc3339),
            note,
        }
    }

    /// Its age, and when the previous key stops, in words.
    pub fn note(&self) -> &str {
        &self.note
    }
}

/// Nothing but the key, for a script that stores it.
impl View for AppKeyView {
    fn table(&self, _style: Style) -> String {
        self.app_key.clone()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.app_key.clone()]
    }
}

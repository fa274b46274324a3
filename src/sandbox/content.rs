//! Links that were added to courses by a tool's content selection, and their grade book columns.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::school::Course;

/// Maximum number of stored items, to limit memory; the oldest are dropped first.
const MAX_ITEMS: usize = 10_000;

/// The first item's identifier; lower ones belong to the school's own links.
const FIRST_ID: u32 = 100;

/// A link that a person has selected with the tool's content selection.
#[derive(Debug, Clone, PartialEq)]
pub struct ContentItem {
    /// Its `resource_link` identifier at the platform.
    pub id: String,
    /// The course that it was added to.
    pub course: Course,
    /// The title.
    pub title: String,
    /// The description; may be empty.
    pub text: String,
    /// The URL to launch; the Tool URL if the tool sent none.
    pub url: Option<String>,
    /// Its custom parameters.
    pub custom: BTreeMap<String, String>,
    /// Whether it opens in a new window.
    pub new_window: bool,
    /// Its column in the grade book, if it has one.
    pub line_item: Option<LineItem>,
    /// The item as the tool sent it.
    pub sent: Value,
}

/// A column of the grade book.
#[derive(Debug, Clone, PartialEq)]
pub struct LineItem {
    /// The maximum grade.
    pub score_maximum: f64,
    /// The label; the item's title if the tool sent none.
    pub label: String,
    /// The tool's identifier of its resource (`resourceId`).
    pub resource_id: Option<String>,
    /// The tool's tag of the column (`tag`).
    pub tag: Option<String>,
}

impl ContentItem {
    /// Whether it was selected by LTI 1.1, and is launched by it.
    pub fn is_of_lti_1p1(&self) -> bool {
        self.sent["@type"] == "LtiLinkItem"
    }

    /// The claim `resource_link`.
    pub(super) fn resource_link(&self) -> Value {
        json!({ "id": self.id, "title": self.title, "description": self.text })
    }
}

/// All selected content, oldest first.
#[derive(Default)]
pub(super) struct Content {
    items: Vec<ContentItem>,
    added: u32,
}

impl Content {
    /// Adds items and assigns their identifiers; returns the added items, and those that
    /// were dropped to make room.
    pub(super) fn add(&mut self, items: Vec<ContentItem>) -> (Vec<ContentItem>, Vec<ContentItem>) {
        let mut added = items;
        for item in &mut added {
            item.id = (FIRST_ID + self.added).to_string();
            self.added += 1;
        }
        self.items.extend(added.iter().cloned());
        let superfluous = self.items.len().saturating_sub(MAX_ITEMS);
        (added, self.items.drain(..superfluous).collect())
    }

    /// All items.
    pub(super) fn items(&self) -> &[ContentItem] {
        &self.items
    }

    /// The item with this identifier.
    pub(super) fn find(&self, id: &str) -> Option<&ContentItem> {
        self.items.iter().find(|item| item.id == id)
    }
}

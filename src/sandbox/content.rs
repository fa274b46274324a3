//! Links that a tool's content selection has added to the courses, and the grade book columns that
//! came with them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::school::Course;

/// How many items are kept, so that a script that never stops selecting fills no memory; the oldest
/// go first.
const MOST_ITEMS: usize = 10_000;

/// The first item's identifier; those below belong to the school's own links.
const FIRST_ID: u32 = 100;

/// A link that somebody has picked with the tool's content selection.
#[derive(Debug, Clone, PartialEq)]
pub struct ContentItem {
    /// Its `resource_link` identifier at the platform.
    pub id: String,
    /// The course that it was added to.
    pub course: Course,
    /// What it is called.
    pub title: String,
    /// How it is described; may be empty.
    pub text: String,
    /// What is launched; the Tool URL when the tool named none.
    pub url: Option<String>,
    /// Its custom parameters.
    pub custom: BTreeMap<String, String>,
    /// Whether it opens in a window of its own.
    pub new_window: bool,
    /// Its column in the grade book, if it has one.
    pub line_item: Option<LineItem>,
    /// The item as the tool sent it.
    pub sent: Value,
}

/// A column of the grade book.
#[derive(Debug, Clone, PartialEq)]
pub struct LineItem {
    /// The best grade.
    pub score_maximum: f64,
    /// What it is called: the item's title when the tool gave it no label.
    pub label: String,
    /// What it is for, in the tool's words.
    pub resource_id: Option<String>,
    /// What kind of column it is, in the tool's words.
    pub tag: Option<String>,
}

impl ContentItem {
    /// The claim `resource_link`.
    pub(super) fn resource_link(&self) -> Value {
        json!({ "id": self.id, "title": self.title, "description": self.text })
    }
}

/// All of them, oldest first.
#[derive(Default)]
pub(super) struct Content {
    items: Vec<ContentItem>,
    added: u32,
}

impl Content {
    /// Adds items and gives them their identifiers; gives the items as they are now, and those that
    /// had to go for them.
    pub(super) fn add(&mut self, items: Vec<ContentItem>) -> (Vec<ContentItem>, Vec<ContentItem>) {
        let mut added = items;
        for item in &mut added {
            item.id = (FIRST_ID + self.added).to_string();
            self.added += 1;
        }
        self.items.extend(added.iter().cloned());
        let superfluous = self.items.len().saturating_sub(MOST_ITEMS);
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

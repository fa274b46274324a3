//! What changes while the platform is a consumer.

use std::collections::{HashMap, VecDeque};

use super::choice::ContentItemChoice;
use super::oauth::MAX_AGE;
use super::proxy::ToolProxy;
use super::setup::ConsumerSetup;
use crate::sandbox::school::Course;

/// Maximum number of content selections in progress; the oldest are dropped.
const MAX_SELECTIONS: usize = 1000;

/// A content selection that was requested.
#[derive(Clone)]
pub(super) struct Selection {
    pub(super) course: Course,
    pub(super) choice: ContentItemChoice,
    /// The URL for the response.
    pub(super) return_url: String,
    is_complete: bool,
}

/// The tool, the nonces of its requests, and the content selections in progress.
pub(in crate::sandbox) struct Consumer {
    pub(in crate::sandbox) setup: Option<ConsumerSetup>,
    /// The tool proxy by which it has registered, if it has (LTI 2.0).
    pub(in crate::sandbox) proxy: Option<ToolProxy>,
    /// Makes the names of results unforgeable.
    pub(in crate::sandbox) result_key: String,
    /// The nonce of the launch before this one.
    pub(super) previous_nonce: Option<String>,
    selections: HashMap<String, Selection>,
    order: VecDeque<String>,
    /// The nonces of requests, with their times.
    nonces: HashMap<String, i64>,
}

impl Consumer {
    pub(in crate::sandbox) fn new(setup: Option<ConsumerSetup>, result_key: String) -> Self {
        Self {
            setup,
            proxy: None,
            result_key,
            previous_nonce: None,
            selections: HashMap::new(),
            order: VecDeque::new(),
            nonces: HashMap::new(),
        }
    }

    /// Replaces the tool.
    pub(in crate::sandbox) fn set(&mut self, setup: ConsumerSetup, proxy: Option<ToolProxy>) {
        (self.setup, self.proxy) = (Some(setup), proxy);
    }

    /// Stores the nonce of a message of the platform, and returns that of the one before it.
    pub(in crate::sandbox) fn replace_nonce(&mut self, nonce: &str) -> String {
        self.previous_nonce.replace(nonce.to_owned()).unwrap_or_else(|| nonce.to_owned())
    }

    /// Marks the nonce of a request as used; false if it was used before.
    pub(in crate::sandbox) fn spend(&mut self, nonce: &str, now: i64) -> bool {
        self.nonces.retain(|_, at| *at + 2 * MAX_AGE > now);
        self.nonces.insert(nonce.to_owned(), now).is_none()
    }

    /// Stores a content selection.
    pub(super) fn add_selection(
        &mut self,
        id: String,
        course: Course,
        choice: ContentItemChoice,
        return_url: String,
    ) {
        while self.order.len() >= MAX_SELECTIONS {
            if let Some(oldest) = self.order.pop_front() {
                self.selections.remove(&oldest);
            }
        }
        self.order.push_back(id.clone());
        let selection = Selection { course, choice, return_url, is_complete: false };
        self.selections.insert(id, selection);
    }

    pub(super) fn selection(&self, id: &str) -> Option<Selection> {
        self.selections.get(id).cloned()
    }

    /// Marks a content selection as completed; false if it already was.
    pub(super) fn complete(&mut self, id: &str) -> bool {
        self.selections
            .get_mut(id)
            .is_some_and(|selection| !std::mem::replace(&mut selection.is_complete, true))
    }
}

//! The history of copied courses and links, in each LMS's manner.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::school::Course;
use super::words::words;
use crate::lti::course_history::{BRIGHTSPACE_CLAIM, CONTEXT_VARIABLE, LINK_VARIABLE};

words! {
    /// How the platform sends the history of copied courses and links.
    HistoryManner, "history" {
        Spec "spec" "As specified: newest first, empty if nothing was copied",
        Canvas "canvas" "Canvas: courses only, ending with \"truncated\"",
        Moodle "moodle" "Moodle: courses only",
        Sakai "sakai" "Sakai: oldest first",
        Brightspace "brightspace" "Brightspace: in a claim of its own, too",
    }
}

/// What was copied so far.
#[derive(Default)]
pub(super) struct Copies {
    /// The origins of courses, the newest first.
    pub(super) courses: BTreeMap<u32, Vec<String>>,
    /// The origins of links, the newest first.
    pub(super) links: BTreeMap<String, Vec<String>>,
    pub(super) manner: Option<HistoryManner>,
}

impl Copies {
    /// Whether a course exists: those of the school do, and others once they were copied.
    pub(super) fn has(&self, course: Course) -> bool {
        !course.is_copy() || self.courses.contains_key(&course.id())
    }

    /// The history of a launch of this link.
    pub(super) fn history(&self, course: Course, link: &str) -> History {
        History {
            contexts: self.courses.get(&course.id()).cloned().unwrap_or_default(),
            links: self.links.get(link).cloned().unwrap_or_default(),
            manner: self.manner.unwrap_or(HistoryManner::Spec),
        }
    }
}

/// From where the course and the link of a launch were copied, the newest first.
#[derive(Debug, Clone)]
pub(super) struct History {
    contexts: Vec<String>,
    links: Vec<String>,
    manner: HistoryManner,
}

impl History {
    /// The value that replaces a custom parameter with a variable; `None` if it stays.
    pub(super) fn replaced(&self, value: &str) -> Option<String> {
        match (value, self.manner) {
            (CONTEXT_VARIABLE, HistoryManner::Canvas) if !self.contexts.is_empty() => {
                Some(format!("{},truncated", list(&self.contexts, false)))
            }
            (CONTEXT_VARIABLE, manner) => {
                Some(list(&self.contexts, manner == HistoryManner::Sakai))
            }
            (LINK_VARIABLE, HistoryManner::Canvas | HistoryManner::Moodle) => None,
            (LINK_VARIABLE, manner) => Some(list(&self.links, manner == HistoryManner::Sakai)),
            _ => None,
        }
    }

    /// The claim that Brightspace sends without being asked.
    pub(super) fn claim(&self) -> Option<(String, Value)> {
        let claim = json!({
            "Context.id.history": list(&self.contexts, false),
            "ResourceLink.id.history": list(&self.links, false),
        });
        (self.manner == HistoryManner::Brightspace).then(|| (BRIGHTSPACE_CLAIM.to_owned(), claim))
    }
}

fn list(ids: &[String], oldest_first: bool) -> String {
    let mut ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    if oldest_first {
        ids.reverse();
    }
    ids.join(",")
}

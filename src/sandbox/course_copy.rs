//! Copies of courses: new IDs of the course, its links and columns, the same custom parameters, and
//! in each LMS's manner the history of the course and its links.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};
use std::sync::Arc;

use super::choice::LaunchChoice;
use super::fields::field;
use super::platform::{Platform, State as PlatformState};
use super::school::{Course, Link};
use super::server::Sandbox;
use super::web::{message, own_form};
use super::words::{UnknownWord, words};
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

/// A course that was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedCourse {
    /// The course from which content was copied.
    pub from: Course,
    /// The course that received it.
    pub to: Course,
    /// The IDs of all courses from which `to` was copied, the newest first.
    pub origins: Vec<String>,
    /// The new links by the ID of those from which they were copied.
    pub links: BTreeMap<String, String>,
}

/// What was copied so far.
#[derive(Default)]
pub(super) struct Copies {
    /// The origins of courses, the newest first.
    courses: BTreeMap<u32, Vec<String>>,
    /// The origins of links, the newest first.
    links: BTreeMap<String, Vec<String>>,
    manner: Option<HistoryManner>,
}

impl Copies {
    /// Whether a course exists: those of the school do, and others once they were copied.
    pub(super) fn has(&self, course: Course) -> bool {
        !course.is_copy() || self.courses.contains_key(&course.id())
    }

    /// The history of a launch.
    pub(super) fn history(&self, choice: &LaunchChoice) -> History {
        let link = choice.item.clone().unwrap_or_else(|| choice.link.id(choice.course).to_string());
        History {
            contexts: self.courses.get(&choice.course.id()).cloned().unwrap_or_default(),
            links: self.links.get(&link).cloned().unwrap_or_default(),
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

/// Copies a course into a new or an existing one.
fn copy(
    state: &mut PlatformState,
    from: Course,
    to: Course,
    manner: HistoryManner,
) -> Result<CopiedCourse, &'static str> {
    if from == to || from.context().is_none() || to.context().is_none() {
        return Err("Copy a course into another one.");
    }
    if !state.copies.has(from) {
        return Err("There is nothing to copy yet in that course.");
    }
    let is_new = !state.copies.has(to);
    let origins_of = |course: Course| {
        state.copies.courses.get(&course.id()).cloned().unwrap_or_default().into_iter()
    };
    let mut origins = vec![from.id().to_string()];
    for origin in origins_of(from).chain(origins_of(to)) {
        if origin != to.id().to_string() && !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    let mut links = BTreeMap::new();
    if is_new {
        let both = |link: &Link| (link.id(from).to_string(), link.id(to).to_string());
        links.extend(Link::ALL.iter().map(both));
    }
    let items: Vec<_> =
        state.content.items().iter().filter(|item| item.course == from).cloned().collect();
    let old: Vec<String> = items.iter().map(|item| item.id.clone()).collect();
    let copies = items.into_iter().map(|mut item| {
        item.course = to;
        item
    });
    let (added, dropped) = state.content.add(copies.collect());
    links.extend(old.into_iter().zip(added.iter().map(|item| item.id.clone())));
    state.services.change_columns(&[], &dropped);
    state.services.copy_columns(from, to, &links);
    for (old, new) in &links {
        let mut history = vec![old.clone()];
        history.extend(state.copies.links.get(old).into_iter().flatten().cloned());
        state.copies.links.insert(new.clone(), history);
    }
    state.copies.courses.insert(to.id(), origins.clone());
    state.copies.manner = Some(manner);
    Ok(CopiedCourse { from, to, origins, links })
}

impl Sandbox {
    /// Copies a course into another: its links with their custom parameters, and its columns without
    /// grades.
    ///
    /// # Errors
    ///
    /// If the courses are the same, are none, or there is nothing to copy.
    pub fn copy_course(
        &self,
        from: Course,
        to: Course,
        manner: HistoryManner,
    ) -> Result<CopiedCourse, &'static str> {
        copy(&mut self.platform.state(), from, to, manner)
    }
}

/// `POST /copy-course`
pub(super) async fn by_page(
    State(platform): State<Arc<Platform>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let refuse = |status, why: &str| {
        message(&platform, status, "The course was not copied", &[why.to_owned()])
    };
    let form = match own_form(&platform.issuer, &headers, &body) {
        Ok(form) => form,
        Err(why) => return refuse(StatusCode::FORBIDDEN, why),
    };
    let read = || {
        let value = |name: &str| field(&form, name).unwrap_or_default();
        Ok::<_, UnknownWord>((
            value("from").parse()?,
            value("to").parse()?,
            value("history").parse()?,
        ))
    };
    let (from, to, manner) = match read() {
        Ok(choice) => choice,
        Err(unknown) => return refuse(StatusCode::BAD_REQUEST, &unknown.to_string()),
    };
    let copied = copy(&mut platform.state(), from, to, manner);
    match copied {
        Ok(_) => Redirect::to("/?copied").into_response(),
        Err(why) => refuse(StatusCode::BAD_REQUEST, why),
    }
}

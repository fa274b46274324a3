//! Copies of courses: new IDs of the course, its links and columns, and the same custom parameters.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::course_history::HistoryManner;
use super::fields::field;
use super::notices;
use super::platform::{Platform, State as PlatformState};
use super::school::{Course, Link};
use super::web::{message, own_form};
use super::words::UnknownWord;

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

/// Copies a course into a new or an existing one.
pub(super) fn copy(
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
            notices::choice(field(&form, "notice").unwrap_or(notices::NO_NOTICE))?,
        ))
    };
    let (from, to, manner, notice) = match read() {
        Ok(choice) => choice,
        Err(unknown) => return refuse(StatusCode::BAD_REQUEST, &unknown.to_string()),
    };
    let copied = copy(&mut platform.state(), from, to, manner);
    if let Err(why) = copied {
        return refuse(StatusCode::BAD_REQUEST, why);
    }
    let Some(switch) = notice else { return Redirect::to("/?copied").into_response() };
    let (label, title) = to.names().unwrap_or_default();
    let context = [to.id().to_string(), label.to_owned(), title.to_owned()];
    let lines = notices::report(&platform, context, &from.id().to_string(), switch).await;
    message(&platform, StatusCode::OK, "The course was copied", &lines)
}

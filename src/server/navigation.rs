//! The navigation for teachers, below `/session/{name}/~/`: a bar with four tabs, and below it the
//! resource itself, or the members, grades and links of the teacher's own course.
//!
//! The built-in page is part of its tab. A directory or an app is in a frame, which shows
//! `/session/{name}/` as students see it. Paths below `~` are never looked up in a directory, so
//! its files and the tabs do not conflict.

use askama::Template;
use axum::response::Response;

use super::app::App;
use super::course_lists;
use super::page::PagePolicy;
use super::problem::Problem;
use super::review::Review;
use super::session_url::{self, NAVIGATION_START};
use super::tabs::{Tab, TabPage};
use super::{facts, page};
use crate::domain::{Resource, Target};
use crate::report::clean;
use crate::session::{ActiveSession, overview};

/// What follows the `~` of a path below a session; `None` if the path belongs to the content. A `~`
/// that is written as `%7E` does not refer to a tab.
pub(super) fn place(below: &str) -> Option<Option<&str>> {
    let (first, rest) =
        below.split_once('/').map_or((below, None), |(first, rest)| (first, Some(rest)));
    match first {
        "~" => Some(rest),
        first if first.eq_ignore_ascii_case("%7e") => Some(Some("/")),
        _ => None,
    }
}

/// Shows a path below the `~`; `None` if there is no such page for this person.
pub(super) async fn show(
    app: &App,
    active: &ActiveSession,
    resource: &Resource,
    (name, rest): (&str, Option<&str>),
    query: Option<&str>,
) -> Result<Option<Response>, Problem> {
    if !overview::has_navigation(active) {
        return Ok(None);
    }
    let Some(rest) = rest else {
        return Ok(Some(page::see_other(
            active.settings.url.join(&format!("{}{NAVIGATION_START}", session_url::path(name))),
        )));
    };
    let Some(current) = Tab::ALL.into_iter().find(|tab| tab.path() == rest) else {
        return Ok(None);
    };
    let tab = TabPage::new(app, active, resource, current);
    let query = course_lists::people_query(query);
    let pool = &app.service.pool;
    Ok(Some(match current {
        Tab::Resource => match Review::read(pool, active, resource)? {
            Some(review) => facts_tab(&tab, &review.title, review.lead, &review.facts),
            None => resource_tab(&tab, resource),
        },
        Tab::Members => course_lists::members(
            &tab,
            pool.read(|read| overview::members(read, active, resource, &query)).await?,
            &query,
            app.service.clock.now(),
        ),
        Tab::Grades => course_lists::grades(
            &tab,
            pool.read(|read| overview::grades(read, active, resource, &query)).await?,
            &query,
        ),
        Tab::Links => course_lists::links(
            &tab,
            resource,
            pool.read(|read| overview::links(read, active, resource)).await?,
        ),
    }))
}

/// The resource itself.
fn resource_tab(tab: &TabPage<'_>, resource: &Resource) -> Response {
    let description = resource.description.as_deref().map(clean);
    let is_framed = resource.target != Target::Page;
    let app = if let Target::App(target) = &resource.target { Some(target.origin()) } else { None };
    let template = ResourcePage {
        tab,
        is_framed,
        title: &tab.title,
        description: description.as_deref(),
        facts: &facts::facts(tab.active),
        nonce: &tab.nonce,
    };
    tab.page(
        &template,
        PagePolicy { frames: is_framed, frames_app: app.as_deref(), ..PagePolicy::default() },
    )
}

/// A heading and facts in place of the resource.
fn facts_tab(
    tab: &TabPage<'_>,
    title: &str,
    description: Option<&str>,
    facts: &[(&'static str, String)],
) -> Response {
    let is_framed = false;
    let template = ResourcePage { tab, is_framed, title, description, facts, nonce: &tab.nonce };
    tab.page(&template, PagePolicy::default())
}

#[derive(Template)]
#[template(path = "server-resource-tab.html")]
struct ResourcePage<'a> {
    tab: &'a TabPage<'a>,
    /// Whether the resource is shown in a frame.
    is_framed: bool,
    title: &'a str,
    description: Option<&'a str>,
    facts: &'a [(&'static str, String)],
    nonce: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_below_a_tilde_are_not_content() {
        for (below, expected) in [
            ("~", Some(None)),
            ("~/", Some(Some(""))),
            ("~/members", Some(Some("members"))),
            ("~/a/b", Some(Some("a/b"))),
            ("%7E/members", Some(Some("/"))),
            ("%7e", Some(Some("/"))),
            ("~members", None),
            ("", None),
            ("members", None),
            ("a/~/members", None),
            ("a~", None),
            ("é~", None),
        ] {
            assert_eq!(place(below), expected, "{below}");
        }
        assert!(Tab::ALL.iter().all(|tab| tab.path() != "/"));
    }
}

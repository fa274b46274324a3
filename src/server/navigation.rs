//! What a teacher sees around a resource, below `/session/{name}/~/`: a bar with four places, and
//! below it the resource itself, or the members, grades and links of the teacher's own course.
//!
//! The built-in page is shown in place. A directory or an app stands in a frame of its own, which
//! shows `/session/{name}/` as students see it. What lies below `~` is never asked of a directory,
//! so its files and the places are not in each other's way.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::app::App;
use super::course_lists::{self, Asked};
use super::page::{self, Rules};
use super::problem::Problem;
use super::{own_page, session};
use crate::domain::{Resource, Target};
use crate::report::clean;
use crate::rules::framing::frame_ancestors;
use crate::session::{ActiveSession, overview};

/// Where a teacher's session begins, below the session's path.
pub(super) const START: &str = "~/";

/// One of the places of the bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Resource,
    Members,
    Grades,
    Links,
}

impl Place {
    const ALL: [Self; 4] = [Self::Resource, Self::Members, Self::Grades, Self::Links];

    /// Its address below [`START`].
    pub(super) fn address(self) -> &'static str {
        match self {
            Self::Resource => "",
            Self::Members => "members",
            Self::Grades => "grades",
            Self::Links => "links",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Resource => "Resource",
            Self::Members => "Members",
            Self::Grades => "Grades",
            Self::Links => "Links",
        }
    }

    /// The bar as the template has it: label, address, and whether we are there.
    pub(super) fn bar(self) -> Vec<(&'static str, &'static str, bool)> {
        Self::ALL
            .map(|place| {
                (
                    place.label(),
                    if place == Self::Resource { "./" } else { place.address() },
                    place == self,
                )
            })
            .into()
    }
}

/// What follows the `~` of a path below a session; nothing when the path belongs to the content. A
/// `~` that is written as `%7E` leads nowhere.
pub(super) fn place(below: &str) -> Option<Option<&str>> {
    let (first, rest) =
        below.split_once('/').map_or((below, None), |(first, rest)| (first, Some(rest)));
    match first {
        "~" => Some(rest),
        first if first.eq_ignore_ascii_case("%7e") => Some(Some("/")),
        _ => None,
    }
}

/// Answers a path below the `~`; nothing when there is nothing for this person.
pub(super) fn show(
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
        return Ok(Some(session::see_other(
            active.settings.url.join(&format!("{}{START}", session::path(name))),
        )));
    };
    let Some(place) = Place::ALL.into_iter().find(|place| place.address() == rest) else {
        return Ok(None);
    };
    let around = Around::new(app, active, resource, place);
    let asked = Asked::of(query);
    let pool = &app.service.pool;
    Ok(Some(match place {
        Place::Resource => around.resource(resource),
        Place::Members => course_lists::members(
            &around,
            pool.read(|read| overview::members(read, active, resource))?,
            &asked,
            app.service.clock.now(),
        ),
        Place::Grades => course_lists::grades(
            &around,
            resource,
            pool.read(|read| overview::grades(read, active, resource))?,
            &asked,
        ),
        Place::Links => course_lists::links(
            &around,
            resource,
            pool.read(|read| overview::links(read, active, resource))?,
        ),
    }))
}

/// What all places have in common.
pub(super) struct Around<'a> {
    active: &'a ActiveSession,
    pub(super) place: Place,
    /// The resource's title.
    pub(super) title: String,
    pub(super) tool: String,
    /// The course's title; some platforms tell none.
    pub(super) course: Option<String>,
    pub(super) nonce: String,
}

impl<'a> Around<'a> {
    fn new(app: &App, active: &'a ActiveSession, resource: &Resource, place: Place) -> Self {
        let details = &active.session.details;
        Self {
            active,
            place,
            title: line(resource.name.as_str()),
            tool: line(active.settings.name.as_str()),
            course: details.context_title.as_deref().or(details.context_label.as_deref()).map(line),
            nonce: page::nonce(&app.service.random),
        }
    }

    /// A page of this place, which comes back with what its form asks.
    pub(super) fn page(&self, template: &impl Template, rules: Rules<'_>) -> Response {
        let rules = Rules {
            frame_ancestors: &frame_ancestors(&self.active.registration),
            asks: true,
            ..rules
        };
        let mut response = page::html(StatusCode::OK, template, &self.nonce, &rules);
        own_page::let_it_say_so(response.headers_mut());
        response
    }

    /// The resource itself.
    fn resource(&self, resource: &Resource) -> Response {
        let description = resource.description.as_deref().map(clean);
        let is_framed = resource.target != Target::Page;
        let app =
            if let Target::App(target) = &resource.target { Some(target.origin()) } else { None };
        let template = ResourcePage {
            around: self,
            is_framed,
            title: &self.title,
            description: description.as_deref(),
            facts: &session::facts(self.active),
            nonce: &self.nonce,
        };
        self.page(
            &template,
            Rules { frames: is_framed, frames_app: app.as_deref(), ..Rules::default() },
        )
    }
}

/// Text from outside as one line.
pub(super) fn line(text: &str) -> String {
    clean(text).replace('\n', " ")
}

#[derive(Template)]
#[template(path = "server-resource-around.html")]
struct ResourcePage<'a> {
    around: &'a Around<'a>,
    /// Whether the resource stands in a frame.
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
    fn what_lies_below_a_tilde_is_no_content() {
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
        assert!(Place::ALL.iter().all(|place| place.address() != "/"));
    }
}

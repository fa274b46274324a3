//! A launched person's stay: the built-in page, a directory, or the way on to an app.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::page::{self, Rules};
use super::problem::{Problem, status_page};
use super::{content, cookie, handover};
use crate::domain::{Resource, SessionHandle, Target};
use crate::report::clean;
use crate::store;
use crate::usecase::launch::{all_frame_ancestors, frame_ancestors};
use crate::usecase::visit::{self, Ended, Stay};

/// Below this are all sessions.
pub(super) const PATH: &str = "/session/";

/// The path of a session's page. The slash at its end makes relative links work, and keeps its cookie from other sessions.
pub(super) fn path(handle: &str) -> String {
    format!("{PATH}{handle}/")
}

/// The name of a session's cookie; one for each, so that tabs do not disturb each other.
pub(super) fn cookie_name(handle: &str) -> String {
    format!("lti_session_{handle}")
}

/// `GET /session/{handle}/` and everything below it
pub(super) async fn show(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let (head, _) = request.into_parts();
    let (handle, below) = split(&head.uri);
    let Some(below) = below else { return add_slash(&app, handle) };
    let now = app.service.clock.now();
    let secret = cookie::get(&head.headers, &cookie_name(handle));
    let entered = app.service.pool.read(|read| visit::enter(read, handle, secret, now))?;
    let stay = match entered {
        Ok(stay) => stay,
        Err(ended) => return gone(&app, ended),
    };
    let Some(resource) = &stay.resource else { return Err(Problem::Status(StatusCode::NOT_FOUND)) };
    let answer = match &resource.target {
        Target::Page if below.is_empty() => Some(resource_page(&app, &stay, resource)),
        Target::App(target) if below.is_empty() => Some(handover::show(&app, &stay, resource, target, now)?),
        Target::Directory(directory) => content::show(&app, &stay, directory, below, &head).await,
        Target::Page | Target::App(_) => None,
    };
    Ok(answer.unwrap_or_else(|| status_page(&app, StatusCode::NOT_FOUND, &frame_ancestors(&stay.registration))))
}

/// The handle in a URL, and what follows the slash after it, if there is one.
fn split(uri: &Uri) -> (&str, Option<&str>) {
    let rest = uri.path().strip_prefix(PATH).unwrap_or_default();
    rest.split_once('/').map_or((rest, None), |(handle, below)| (handle, Some(below)))
}

fn add_slash(app: &App, handle: &str) -> Result<Response, Problem> {
    let handle = SessionHandle::parse(handle).ok_or(Problem::Status(StatusCode::NOT_FOUND))?;
    let settings = app.service.pool.read(|read| read.settings())?;
    Ok(see_other(settings.url.join(&path(handle.as_str()))))
}

/// A redirect to a URL of ours.
pub(super) fn see_other(url: String) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    page::insert(response.headers_mut(), header::LOCATION, url);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// There is nothing to see for this browser.
fn gone(app: &App, ended: Ended) -> Result<Response, Problem> {
    let (title, line) = match ended {
        Ended::Unknown => ("Your visit has ended", "Your visit has ended or belongs to another browser. Go back to your course and open the link again."),
        Ended::Unpublished => ("This resource is not available", "It was taken offline since you opened it. Ask your teacher whether it will be back."),
        Ended::AccountDisabled => {
            ("Your account is switched off", "Your account on this tool was switched off since you came. Ask the administrator of this tool.")
        }
        Ended::Disabled => (
            "This connection is switched off",
            "The connection between this tool and your learning platform was switched off since you came. Ask the administrator of this tool.",
        ),
    };
    let frame_ancestors = app.service.pool.read(all_frame_ancestors).map_err(|error: store::Error| Problem::from(error))?;
    Ok(page::message(app, StatusCode::FORBIDDEN, title, &[line.to_owned()], &frame_ancestors))
}

/// The built-in page.
#[derive(Template)]
#[template(path = "server-resource.html")]
struct ResourcePage<'a> {
    tool: &'a str,
    title: &'a str,
    description: Option<&'a str>,
    facts: &'a [(&'static str, String)],
    nonce: &'a str,
}

fn resource_page(app: &App, stay: &Stay, resource: &Resource) -> Response {
    let nonce = page::nonce(&app.service.random);
    let description = resource.description.as_deref().map(clean);
    let template = ResourcePage {
        tool: &clean(stay.settings.name.as_str()),
        title: &clean(resource.name.as_str()),
        description: description.as_deref(),
        facts: &facts(stay),
        nonce: &nonce,
    };
    page::html(StatusCode::OK, &template, &nonce, &Rules { frame_ancestors: &frame_ancestors(&stay.registration), ..Rules::default() })
}

/// Who somebody is here, and where they come from, as far as the platform told.
fn facts(stay: &Stay) -> Vec<(&'static str, String)> {
    let visit = &stay.session.visit;
    let role = match visit.role.as_str() {
        "admin" => "Administrator",
        "staff" => "Teacher",
        _ => "Student",
    };
    let name = match (&visit.name, &visit.sub) {
        (Some(name), _) => name.as_str(),
        (None, Some(_)) => "Your learning platform did not tell your name",
        (None, None) => "A guest",
    };
    let platform = visit.platform_name.as_deref().unwrap_or(stay.registration.name.as_str());
    let mut facts = vec![("You", name), ("Your role", role)];
    facts.extend(visit.context_title.as_deref().or(visit.context_label.as_deref()).map(|course| ("Course", course)));
    facts.push(("Learning platform", platform));
    facts.into_iter().map(|(label, fact)| (label, clean(fact).replace('\n', " "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart_as_they_came() {
        for (uri, expected) in [
            ("/session/abc", ("abc", None)),
            ("/session/abc/", ("abc", Some(""))),
            ("/session/abc/a%2Fb/c?d", ("abc", Some("a%2Fb/c"))),
            ("/session//x", ("", Some("x"))),
        ] {
            assert_eq!(split(&uri.parse().unwrap()), expected, "{uri}");
        }
    }
}

//! Sessions: the built-in page, a directory, or the redirect to an app.
//!
//! A session opens with a handle, which names it in the URL, and a secret. Where the browser keeps
//! cookies the secret is in one; the URL alone then opens nothing. A launch that was bound by the
//! platform's storage came from a browser that keeps none, and its secret stands in the URL:
//! `/session/{handle}.{secret}/…`, so that pages, reloads and relative links work without a cookie.
//! Anyone who has such a URL has the session, which is sound because of what it is:
//!
//! - it is for one person at one resource and ends with the session's lifetime; it opens no
//!   account, no other resource and no other session, and changes nothing. A teacher's shows the
//!   people of their own course too (`navigation`), and one that selects content answers the one
//!   request that it was opened for (`deep_link`);
//! - it is in a frame, where no address bar shows it, and no page below it tells it to others
//!   (`Referrer-Policy: no-referrer`); our log leaves the secret out;
//! - no other site leads a browser to it: a navigation that says that it comes from one is refused,
//!   so that nobody is put into somebody else's session by a link there.
//!
//! It is not safe from the content itself: a script in a published directory can read its own
//! address and tell it, as scripts that count visitors do. Nor is it safe from a proxy's log of
//! paths, or from people who hand the address of the frame on; and what a mail program opens, or a
//! browser that does not say where it comes from, is let in. Where that is too much, cookies must
//! work: in the tool's own window they do.

use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::page::{self, Rules};
use super::problem::{Problem, status_page};
use super::{content, cookie, deep_link, handover, navigation, own_page, sign_out};
use crate::domain::{Resource, SessionHandle, Target};
use crate::report::clean;
use crate::rules;
use crate::rules::framing::frame_ancestors;
use crate::session::{self, SessionEnded, ActiveSession};

/// Below this are all sessions.
pub(super) const PATH: &str = "/session/";

/// The path of a session's page; `name` is its handle, or a handle and a secret. The slash at its
/// end makes relative links work, and keeps its cookie from other sessions.
pub(super) fn path(name: &str) -> String {
    format!("{PATH}{name}/")
}

/// The path of the page of a session whose secret stands in the URL.
pub(super) fn path_with_secret(handle: &str, secret: &str) -> String {
    path(&format!("{handle}.{secret}"))
}

/// The name of a session's cookie; one for each, so that tabs do not disturb each other.
pub(super) fn cookie_name(handle: &str) -> String {
    format!("lti_session_{handle}")
}

/// `GET /session/{handle}/` and everything below it, `POST /session/{handle}/select` and
/// `POST /session/{handle}/~/sign-out`
pub(super) async fn show(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let asked = Asked::of(head.uri.path());
    let mut response = answer(&app, &asked, &head, body).await?;
    if asked.secret.is_some() {
        response
            .headers_mut()
            .insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    }
    Ok(response)
}

async fn answer(
    app: &App,
    asked: &Asked<'_>,
    head: &Parts,
    body: Body,
) -> Result<Response, Problem> {
    let Some(below) = asked.below else { return add_slash(app, asked) };
    if asked.secret.is_some() && comes_from_another_site(&head.headers) {
        return Err(Problem::NoSession(SessionEnded::Unknown));
    }
    let now = app.service.clock.now();
    let secret = asked.secret.or_else(|| cookie::get(&head.headers, &cookie_name(asked.handle)));
    let entered = app.service.pool.read(|read| session::open(read, asked.handle, secret, now))?;
    let active = entered.map_err(Problem::NoSession)?;
    if below == sign_out::ADDRESS {
        return sign_out::answer(app, &active, asked.secret.is_some(), head).await;
    }
    let Some(resource) = &active.resource else {
        return deep_link::show(
            app,
            &active,
            (asked.name, below),
            secret.unwrap_or_default(),
            head,
            body,
        )
        .await;
    };
    if head.method == Method::POST {
        return Err(Problem::Status(StatusCode::METHOD_NOT_ALLOWED));
    }
    if let Some(rest) = navigation::place(below) {
        let shown = navigation::show(app, &active, resource, (asked.name, rest), head.uri.query())?;
        return Ok(shown.unwrap_or_else(|| nothing(app, &active)));
    }
    let answer = match &resource.target {
        Target::Page if below.is_empty() => Some(resource_page(app, &active, resource)),
        Target::App(target) if below.is_empty() => {
            Some(handover::show(app, &active, resource, target, now)?)
        }
        Target::Directory(directory) => {
            content::show(app, &active, directory, (asked.name, below), head).await
        }
        Target::Page | Target::App(_) => None,
    };
    Ok(answer.unwrap_or_else(|| nothing(app, &active)))
}

fn nothing(app: &App, active: &ActiveSession) -> Response {
    status_page(app, StatusCode::NOT_FOUND, &frame_ancestors(&active.registration))
}

/// What a session's URL asks for.
#[derive(Debug, PartialEq, Eq)]
struct Asked<'u> {
    /// The handle, and the secret if it stands there too.
    name: &'u str,
    handle: &'u str,
    secret: Option<&'u str>,
    /// What follows the slash after the name, if there is one.
    below: Option<&'u str>,
}

impl<'u> Asked<'u> {
    fn of(path: &'u str) -> Self {
        let rest = path.strip_prefix(PATH).unwrap_or_default();
        let (name, below) =
            rest.split_once('/').map_or((rest, None), |(name, below)| (name, Some(below)));
        let (handle, secret) =
            name.split_once('.').map_or((name, None), |(handle, secret)| (handle, Some(secret)));
        Self { name, handle, secret, below }
    }
}

/// Whether another site's page leads the browser here (Fetch Metadata Request Headers, 2.3); the
/// way from a launch to its session leads through our own pages.
fn comes_from_another_site(headers: &HeaderMap) -> bool {
    let is = |name: &str, values: &[&str]| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| values.contains(&value))
    };
    is("sec-fetch-mode", &["navigate"]) && is("sec-fetch-site", &["cross-site", "same-site"])
}

fn add_slash(app: &App, asked: &Asked<'_>) -> Result<Response, Problem> {
    let is_name = SessionHandle::parse(asked.handle).is_some()
        && asked.secret.is_none_or(rules::session::is_secret_text);
    if !is_name {
        return Err(Problem::Status(StatusCode::NOT_FOUND));
    }
    let settings = app.service.pool.read(|read| read.settings())?;
    Ok(see_other(settings.url.join(&path(asked.name))))
}

/// A redirect to a URL of ours.
pub(super) fn see_other(url: String) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    page::insert(response.headers_mut(), header::LOCATION, url);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Title and lines of the page that says why there is nothing to see for this browser.
pub(super) fn ended(ended: SessionEnded) -> (&'static str, Vec<String>) {
    let (title, line) = match ended {
        SessionEnded::Unknown => (
            "Your session has ended",
            "Your session has ended or belongs to another browser. Go back to your course and open \
             the link again.",
        ),
        SessionEnded::Unpublished | SessionEnded::NotForRegistration => (
            "This resource is not available",
            "It was taken offline since you opened it. Ask your teacher whether it will be back.",
        ),
        SessionEnded::AccountDisabled => (
            "Your account is switched off",
            "Your account on this tool was switched off since you came. Ask the administrator of \
             this tool.",
        ),
        SessionEnded::RegistrationDisabled => (
            "This connection is switched off",
            "The connection between this tool and your learning platform was switched off since \
             you came. Ask the administrator of this tool.",
        ),
    };
    (title, vec![line.to_owned()])
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

fn resource_page(app: &App, active: &ActiveSession, resource: &Resource) -> Response {
    let nonce = page::nonce(&app.service.random);
    let description = resource.description.as_deref().map(clean);
    let template = ResourcePage {
        tool: &clean(active.settings.name.as_str()),
        title: &clean(resource.name.as_str()),
        description: description.as_deref(),
        facts: &facts(active),
        nonce: &nonce,
    };
    let rules = Rules {
        frame_ancestors: &frame_ancestors(&active.registration),
        asks: true,
        ..Rules::default()
    };
    let mut response = page::html(StatusCode::OK, &template, &nonce, &rules);
    own_page::let_it_say_so(response.headers_mut());
    response
}

/// Who somebody is here, and where they come from, as far as the platform told.
pub(super) fn facts(active: &ActiveSession) -> Vec<(&'static str, String)> {
    let details = &active.session.details;
    let role = match details.role.as_str() {
        "admin" => "Administrator",
        "staff" => "Teacher",
        _ => "Student",
    };
    let name = match (&details.name, &details.sub) {
        (Some(name), _) => name.as_str(),
        (None, Some(_)) => "Your learning platform did not tell your name",
        (None, None) => "A guest",
    };
    let platform = details.platform_name.as_deref().unwrap_or(active.registration.name.as_str());
    let mut facts = vec![("You", name), ("Your role", role)];
    facts.extend(
        details
            .context_title
            .as_deref()
            .or(details.context_label.as_deref())
            .map(|course| ("Course", course)),
    );
    facts.push(("Learning platform", platform));
    facts.into_iter().map(|(label, fact)| (label, clean(fact).replace('\n', " "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart_as_they_came() {
        for (path, name, handle, secret, below) in [
            ("/session/abc", "abc", "abc", None, None),
            ("/session/abc/", "abc", "abc", None, Some("")),
            ("/session/abc/a%2Fb/c.d", "abc", "abc", None, Some("a%2Fb/c.d")),
            ("/session//x", "", "", None, Some("x")),
            ("/session/abc.def", "abc.def", "abc", Some("def"), None),
            ("/session/abc.def/x.css", "abc.def", "abc", Some("def"), Some("x.css")),
            ("/session/abc./", "abc.", "abc", Some(""), Some("")),
            ("/session/abc.d.e/", "abc.d.e", "abc", Some("d.e"), Some("")),
        ] {
            assert_eq!(Asked::of(path), Asked { name, handle, secret, below }, "{path}");
        }
    }

    #[test]
    fn only_another_sites_page_comes_from_another_site() {
        for (mode, site, expected) in [
            (None, None, false),
            (Some("navigate"), Some("same-origin"), false),
            (Some("navigate"), Some("none"), false),
            (Some("navigate"), Some("cross-site"), true),
            (Some("navigate"), Some("same-site"), true),
            (Some("no-cors"), Some("same-origin"), false),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in [("sec-fetch-mode", mode), ("sec-fetch-site", site)] {
                headers.extend(value.map(|value| {
                    (header::HeaderName::from_static(name), HeaderValue::from_static(value))
                }));
            }
            assert_eq!(comes_from_another_site(&headers), expected, "{mode:?} {site:?}");
        }
    }
}

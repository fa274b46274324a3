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
use axum::response::Response;

use super::app::App;
use super::page::{self, PagePolicy};
use super::problem::{Problem, status_page};
use super::session_url::{self, SessionPath};
use super::{content, cookie, deep_link, facts, handover, navigation, own_page, sign_out};
use crate::domain::{Resource, SessionHandle, Target};
use crate::report::clean;
use crate::rules;
use crate::rules::framing::frame_ancestors;
use crate::session::{self, ActiveSession, SessionEnded};

/// `GET /session/{handle}/` and everything below it, `POST /session/{handle}/select` and
/// `POST /session/{handle}/~/sign-out`
pub(super) async fn show(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let path = SessionPath::parse(head.uri.path());
    let mut response = answer(&app, &path, &head, body).await?;
    if path.secret.is_some() {
        response
            .headers_mut()
            .insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    }
    Ok(response)
}

async fn answer(
    app: &App,
    path: &SessionPath<'_>,
    head: &Parts,
    body: Body,
) -> Result<Response, Problem> {
    let Some(below) = path.below else { return add_slash(app, path) };
    if path.secret.is_some() && comes_from_another_site(&head.headers) {
        return Err(Problem::NoSession(SessionEnded::Unknown));
    }
    let now = app.service.clock.now();
    let secret =
        path.secret.or_else(|| cookie::get(&head.headers, &session_url::cookie_name(path.handle)));
    let entered = app.service.pool.read(|read| session::open(read, path.handle, secret, now))?;
    let active = entered.map_err(Problem::NoSession)?;
    if below == sign_out::ADDRESS {
        return sign_out::answer(app, &active, path.secret.is_some(), head).await;
    }
    let Some(resource) = &active.resource else {
        return deep_link::show(
            app,
            &active,
            (path.name, below),
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
        let shown = navigation::show(app, &active, resource, (path.name, rest), head.uri.query())?;
        return Ok(shown.unwrap_or_else(|| nothing(app, &active)));
    }
    let answer = match &resource.target {
        Target::Page if below.is_empty() => Some(resource_page(app, &active, resource)),
        Target::App(target) if below.is_empty() => {
            Some(handover::show(app, &active, resource, target, now)?)
        }
        Target::Directory(directory) => {
            content::show(app, &active, directory, (path.name, below), head).await
        }
        Target::Page | Target::App(_) => None,
    };
    Ok(answer.unwrap_or_else(|| nothing(app, &active)))
}

fn nothing(app: &App, active: &ActiveSession) -> Response {
    status_page(app, StatusCode::NOT_FOUND, &frame_ancestors(&active.registration))
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

fn add_slash(app: &App, path: &SessionPath<'_>) -> Result<Response, Problem> {
    let is_name = SessionHandle::parse(path.handle).is_some()
        && path.secret.is_none_or(rules::session::is_secret_text);
    if !is_name {
        return Err(Problem::Status(StatusCode::NOT_FOUND));
    }
    let settings = app.service.pool.read(|read| read.settings())?;
    Ok(page::see_other(settings.url.join(&session_url::path(path.name))))
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
        facts: &facts::facts(active),
        nonce: &nonce,
    };
    let rules = PagePolicy {
        frame_ancestors: &frame_ancestors(&active.registration),
        posts_here: true,
        ..PagePolicy::default()
    };
    let mut response = page::html(StatusCode::OK, &template, &nonce, &rules);
    own_page::send_origin(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

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

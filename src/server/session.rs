//! Sessions: the built-in page, a directory, or the redirect to an app.
//!
//! A session needs a handle, which is in its URL, and a secret. If the browser stores cookies, the
//! secret is in a cookie, and the URL alone gives no access. A launch that was bound by the
//! platform's storage came from a browser without cookies, so its secret is in the URL:
//! `/session/{handle}.{secret}/…`. Pages, reloads and relative links then work without a cookie.
//! Anyone who has such a URL can use the session. The risk is limited:
//!
//! - A session is for one person at one resource and ends with its lifetime. It gives no access to
//!   an account, another resource or another session, and changes nothing. A teacher's session also
//!   shows the people of their own course (`navigation`), and one for content selection can complete
//!   only the request that it was opened for (`deep_link`).
//! - Its URL is used in a frame, so no address bar shows it, and its pages do not send it to other
//!   sites (`Referrer-Policy: no-referrer`). The log omits the secret.
//! - A navigation that comes from another site is refused, so a link there cannot put a person into
//!   someone else's session.
//!
//! The URL is not protected from the content itself: a script in a published directory can read its
//! own URL and send it elsewhere, as analytics scripts do. Nor is it protected from a proxy's access
//! log or from people who share the URL of the frame. Requests from mail programs, and from browsers
//! that do not send Fetch Metadata, are accepted. If that is not acceptable, cookies must work; in
//! the tool's own window they do.

use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use super::app::App;
use super::page::{self, PagePolicy};
use super::platform_page::PlatformMessages;
use super::problem::{Problem, status_page};
use super::review::Review;
use super::session_url::{self, SessionPath};
use super::{
    content, cookie, deep_link, facts, handover, navigation, own_page, platform_page, sign_out,
};
use crate::domain::{Resource, SessionHandle, Target};
use crate::report::clean;
use crate::rules;
use crate::rules::framing::frame_ancestors_of;
use crate::session::{self, ActiveSession, SessionEnded};

/// `GET /session/{handle}/` and everything below it, `POST /session/{handle}/select` and
/// `POST /session/{handle}/~/sign-out`
pub(super) async fn show(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let path = SessionPath::parse(head.uri.path());
    let mut response = respond(&app, &path, &head, body).await?;
    // The page that opens an app behind a proxy sends its origin only.
    let sends_origin =
        response.headers().get(header::REFERRER_POLICY) == Some(&handover::SEND_ORIGIN);
    if path.secret.is_some() && !sends_origin {
        response
            .headers_mut()
            .insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    }
    Ok(response)
}

async fn respond(
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
    let entered = app.service.pool.look_up(|read| session::open(read, path.handle, secret, now))?;
    let active = entered.map_err(Problem::NoSession)?;
    if below == platform_page::PATH {
        return Ok(platform_page::show(&active));
    }
    if below == sign_out::PATH {
        return sign_out::respond(app, &active, path.secret.is_some(), head).await;
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
        let tab = (path.name, rest);
        let shown = navigation::show(app, &active, resource, tab, head.uri.query()).await?;
        return Ok(shown.unwrap_or_else(|| nothing(app, &active)));
    }
    let response = match &resource.target {
        Target::Page | Target::Directory(_) if active.session.details.for_user.is_some() => {
            let review = match below.is_empty() {
                true => Review::read(&app.service.pool, &active, resource)?,
                false => None,
            };
            review.map(|review| facts_page(app, &active, &review.title, review.lead, &review.facts))
        }
        Target::Page if below.is_empty() => Some(resource_page(app, &active, resource)),
        Target::App(target) if below.is_empty() => {
            Some(handover::show(app, &active, resource, target, now)?)
        }
        Target::Directory(directory) => {
            content::show(app, &active, directory, (path.name, below), head).await
        }
        Target::Page | Target::App(_) => None,
    };
    Ok(response.unwrap_or_else(|| nothing(app, &active)))
}

fn nothing(app: &App, active: &ActiveSession) -> Response {
    status_page(
        app,
        StatusCode::NOT_FOUND,
        &frame_ancestors_of(&active.registration, &active.session.details),
    )
}

/// Whether the browser comes from another site's page (Fetch Metadata Request Headers, 2.3). After
/// a launch, browsers come from the tool's own pages.
fn comes_from_another_site(headers: &HeaderMap) -> bool {
    let is = |name: &str, values: &[&str]| {
        headers
            .get(name)
            .is_some_and(|value| values.iter().any(|one| one.as_bytes() == value.as_bytes()))
    };
    is("sec-fetch-mode", &["navigate"]) && is("sec-fetch-site", &["cross-site", "same-site"])
}

fn add_slash(app: &App, path: &SessionPath<'_>) -> Result<Response, Problem> {
    let is_name = SessionHandle::parse(path.handle).is_some()
        && path.secret.is_none_or(rules::session::is_secret_text);
    if !is_name {
        return Err(Problem::Status(StatusCode::NOT_FOUND));
    }
    let settings = app.service.pool.look_up(|read| read.settings())?;
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
    messages: &'a PlatformMessages,
    nonce: &'a str,
}

fn resource_page(app: &App, active: &ActiveSession, resource: &Resource) -> Response {
    let description = resource.description.as_deref().map(clean);
    let title = clean(resource.name.as_str());
    facts_page(app, active, &title, description.as_deref(), &facts::facts(active))
}

/// A page with a heading and facts.
fn facts_page(
    app: &App,
    active: &ActiveSession,
    title: &str,
    description: Option<&str>,
    facts: &[(&'static str, String)],
) -> Response {
    let nonce = page::nonce(&app.service.random);
    let template = ResourcePage {
        tool: &clean(active.settings.name.as_str()),
        title,
        description,
        facts,
        messages: &PlatformMessages::of(active),
        nonce: &nonce,
    };
    let rules = PagePolicy {
        frame_ancestors: &frame_ancestors_of(&active.registration, &active.session.details),
        posts_here: true,
        talks: true,
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
    fn only_navigations_from_other_sites_are_foreign() {
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

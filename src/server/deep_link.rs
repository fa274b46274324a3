//! Content selection: the page on which a teacher selects what to add to a course, and the response
//! to the platform (Deep Linking 2.0).
//!
//! Both are below the session of the launch, so they work without cookies if the browser stores
//! none. The form contains a token of the session, which no other site has. The response is a form
//! that submits itself to the platform's return URL; its policy allows no other. Sending a
//! selection again, by a reload or a second click, results in another response, and opening its URL
//! shows the page again.

use std::collections::BTreeSet;

use askama::Template;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;

use super::app::App;
use super::form::{self, Parameters, Unreadable};
use super::page::{self, PagePolicy};
use super::problem::{Problem, status_page};
use super::{own_page, session_url};
use crate::domain::{Resource, ResourceKind, Username};
use crate::lti::deep_linking::{FORM_FIELD, Settings};
use crate::report::clean;
use crate::rules::framing::frame_ancestors;
use crate::session::ActiveSession;
use crate::session::select_content::{self, Group, Offer, Picks, SelectionResponse};

/// The form's path, below the session's page.
const SELECT: &str = "select";

/// `GET /session/{name}/` and `POST /session/{name}/select` of a session that selects content.
/// `secret` is that of the session.
pub(super) async fn show(
    app: &App,
    active: &ActiveSession,
    (name, below): (&str, &str),
    secret: &str,
    head: &Parts,
    body: Body,
) -> Result<Response, Problem> {
    match (&head.method, below) {
        (&Method::POST, SELECT) => {
            let mut parameters = Parameters::new();
            form::read(&head.headers, body, &app.limits, &mut parameters).await.map_err(
                |unreadable| match unreadable {
                    Unreadable::Status(status) => Problem::Status(status),
                    Unreadable::Malformed(_) => Problem::Status(StatusCode::BAD_REQUEST),
                },
            )?;
            respond(app, active, secret, &parameters)
        }
        (&Method::POST, _) => Err(Problem::Status(StatusCode::METHOD_NOT_ALLOWED)),
        (_, "") => {
            let (settings, offer) = app.service.pool.read(|read| {
                Ok::<_, Problem>((
                    select_content::settings(active)?,
                    select_content::offer(read, active)?,
                ))
            })?;
            Ok(ask(app, active, secret, &settings, &offer, &Picks::default(), None))
        }
        // Opening the URL of the response, for example by reloading it, shows the selection again.
        (_, SELECT) => Ok(page::see_other(active.settings.url.join(&session_url::path(name)))),
        _ => Ok(status_page(app, StatusCode::NOT_FOUND, &frame_ancestors(&active.registration))),
    }
}

/// Handles the form.
fn respond(
    app: &App,
    active: &ActiveSession,
    secret: &str,
    parameters: &Parameters,
) -> Result<Response, Problem> {
    let picks = picks(parameters);
    let token = first(parameters, "token");
    let (now, random) = (app.service.clock.now(), &app.service.random);
    let (settings, offer, response) = app.service.pool.read(|read| {
        let offer = select_content::offer(read, active)?;
        let response = match select_content::is_form_token(token, secret) {
            true => Some(select_content::respond(read, active, &offer, &picks, now, random)?),
            false => None,
        };
        Ok::<_, Problem>((select_content::settings(active)?, offer, response))
    })?;
    let again = |picks: &Picks, status, problem: String| {
        Ok(ask(app, active, secret, &settings, &offer, picks, Some((status, problem))))
    };
    match response {
        Some(SelectionResponse::Signed(jwt)) => Ok(send(app, active, &settings, &jwt)),
        Some(SelectionResponse::NotOffered(count)) => {
            let what = if count == 1 {
                "One of the resources that you selected is".to_owned()
            } else {
                format!("{count} of the resources that you selected are")
            };
            again(
                &picks,
                StatusCode::CONFLICT,
                format!(
                    "{what} no longer available to you. Nothing was added yet: review the remaining \
                     selection, and add it."
                ),
            )
        }
        Some(SelectionResponse::TooMany) => again(
            &Picks::default(),
            StatusCode::CONFLICT,
            "Your learning platform accepts one resource at a time. Nothing was added yet: select one."
                .to_owned(),
        ),
        // The form was not sent by this page, so it is ignored.
        None => again(
            &Picks::default(),
            StatusCode::FORBIDDEN,
            "The form did not come from this page. Nothing was added: make your selection again.".to_owned(),
        ),
    }
}

/// The first value of a parameter, or an empty text.
fn first<'p>(parameters: &'p Parameters, name: &str) -> &'p str {
    parameters
        .iter()
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.as_str())
        .unwrap_or_default()
}

/// What the form selects; nothing if it was cancelled.
fn picks(parameters: &Parameters) -> Picks {
    let all = |name: &str| -> BTreeSet<String> {
        parameters
            .iter()
            .filter(|(found, _)| found == name)
            .map(|(_, value)| value.clone())
            .collect()
    };
    match first(parameters, "do") {
        "cancel" => Picks::default(),
        _ => Picks { resources: all("pick"), gradebook: all("gradebook") },
    }
}

/// The page with the list.
#[derive(Template)]
#[template(path = "server-select.html")]
struct SelectPage<'a> {
    tool: &'a str,
    platform: &'a str,
    course: Option<String>,
    /// The platform's title and text for the selection.
    wish: Option<String>,
    several: bool,
    problem: Option<&'a str>,
    lists: &'a [List],
    username: &'a Username,
    has_grants: bool,
    /// The form's path, relative to the page; the same for the list and the response.
    action: &'static str,
    token: &'a str,
    nonce: &'a str,
}

/// A course and its activities.
struct List {
    title: String,
    rows: Vec<Row>,
}

struct Row {
    uuid: String,
    name: String,
    description: Option<String>,
    is_course: bool,
    is_picked: bool,
    /// The maximum grade, if "Add to grade book" is offered.
    max_grade: Option<String>,
    in_gradebook: bool,
}

fn ask(
    app: &App,
    active: &ActiveSession,
    secret: &str,
    settings: &Settings,
    offer: &Offer,
    picks: &Picks,
    problem: Option<(StatusCode, String)>,
) -> Response {
    let nonce = page::nonce(&app.service.random);
    let details = &active.session.details;
    let one_line = |text: &str| clean(text).replace('\n', " ");
    // Many platforms send the tool's own name here, which is not helpful.
    let title =
        settings.title.as_ref().filter(|title| title.as_str() != active.settings.name.as_str());
    let wish = [title, settings.text.as_ref()]
        .into_iter()
        .flatten()
        .map(|text| one_line(text))
        .collect::<Vec<_>>()
        .join(": ");
    let placeholder = Username::placeholder();
    let lists: Vec<List> =
        offer.groups.iter().map(|group| list(group, offer, settings, picks)).collect();
    let template = SelectPage {
        tool: &clean(active.settings.name.as_str()),
        platform: &platform(active),
        course: details.context_title.as_deref().or(details.context_label.as_deref()).map(one_line),
        wish: Some(wish).filter(|wish| !wish.is_empty()),
        several: settings.accept_multiple,
        problem: problem.as_ref().map(|(_, text)| text.as_str()),
        lists: &lists,
        username: active.account.as_ref().map_or(&placeholder, |account| &account.username),
        has_grants: offer.has_grants,
        action: SELECT,
        token: &select_content::form_token(secret),
        nonce: &nonce,
    };
    let status = problem.as_ref().map_or(StatusCode::OK, |(status, _)| *status);
    let origin = active.settings.url.to_url().origin().ascii_serialization();
    let rules = PagePolicy {
        frame_ancestors: &frame_ancestors(&active.registration),
        sends_to: Some(&origin),
        ..PagePolicy::default()
    };
    let mut response = page::html(status, &template, &nonce, &rules);
    own_page::send_origin(response.headers_mut());
    response
}

fn list(group: &Group, offer: &Offer, settings: &Settings, picks: &Picks) -> List {
    let title = match &group.course {
        Some(course) => clean(course).replace('\n', " "),
        None if offer.groups.len() > 1 => "Without a course".to_owned(),
        None => "Activities".to_owned(),
    };
    List {
        title,
        rows: group.resources.iter().map(|resource| row(resource, settings, picks)).collect(),
    }
}

fn row(resource: &Resource, settings: &Settings, picks: &Picks) -> Row {
    let uuid = resource.uuid.to_string();
    Row {
        name: clean(resource.name.as_str()).into_owned(),
        description: resource.description.as_deref().map(|text| clean(text).into_owned()),
        is_course: resource.kind == ResourceKind::Course,
        is_picked: picks.resources.contains(&uuid),
        max_grade: resource
            .max_grade
            .filter(|_| select_content::has_gradebook(settings, resource))
            .map(|max_grade| max_grade.to_string()),
        in_gradebook: picks.gradebook.contains(&uuid),
        uuid,
    }
}

/// The platform's own name, or that of its registration.
fn platform(active: &ActiveSession) -> String {
    clean(
        active
            .session
            .details
            .platform_name
            .as_deref()
            .unwrap_or(active.registration.name.as_str()),
    )
    .replace('\n', " ")
}

/// The page that sends the response to the platform automatically.
#[derive(Template)]
#[template(path = "server-selected.html")]
struct SelectedPage<'a> {
    platform: &'a str,
    return_url: &'a str,
    field: &'static str,
    jwt: &'a str,
    nonce: &'a str,
}

fn send(app: &App, active: &ActiveSession, settings: &Settings, jwt: &str) -> Response {
    let nonce = page::nonce(&app.service.random);
    let template = SelectedPage {
        platform: &platform(active),
        return_url: &settings.return_url,
        field: FORM_FIELD,
        jwt,
        nonce: &nonce,
    };
    let rules = PagePolicy {
        frame_ancestors: &frame_ancestors(&active.registration),
        sends_to: Some(&settings.return_origin()),
        ..PagePolicy::default()
    };
    page::html(StatusCode::OK, &template, &nonce, &rules)
}

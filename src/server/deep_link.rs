//! Content selection: the page on which a teacher selects what to add to a course, and the response
//! to the platform (Deep Linking 2.0, or Content-Item Message 1.0 under LTI 1.1).
//!
//! Both are below the session of the launch, so they work without cookies if the browser stores
//! none. The form contains a token of the session, which no other site has. The response is a form
//! that submits itself to the platform's return URL; its policy allows no other. Sending a
//! selection again, by a reload or a second click, results in another response, and opening its URL
//! shows the page again.
//!
//! The list has pages and a search. Their buttons belong to the same form, so what is selected
//! stays selected; what is not on the page is listed below it. All this works without scripts.

use std::collections::BTreeSet;

use askama::Template;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use uuid::Uuid;

use super::app::App;
use super::form::{self, Parameters};
use super::page::{self, PagePolicy};
use super::problem::{Problem, status_page};
use super::{own_page, session_url};
use crate::domain::{Resource, ResourceKind, Username};
use crate::lti::deep_linking::Settings;
use crate::report::clean;
use crate::rules::framing::frame_ancestors_of;
use crate::session::ActiveSession;
use crate::session::select_content::{
    self, Group, Offer, OfferQuery, Picks, Position, SelectionResponse,
};

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
            form::read(&head.headers, body, &app.limits, &mut parameters).await?;
            let select =
                Select { app, active, secret, settings: select_content::settings(active)? };
            select.respond(&parameters).await
        }
        (&Method::POST, _) => Err(Problem::Status(StatusCode::METHOD_NOT_ALLOWED)),
        (_, "") => {
            let select =
                Select { app, active, secret, settings: select_content::settings(active)? };
            select.ask(&Picks::default(), &View::default(), None).await
        }
        // Opening the URL of the response, for example by reloading it, shows the selection again.
        (_, SELECT) => Ok(page::see_other(active.settings.url.join(&session_url::path(name)))),
        _ => Ok(status_page(
            app,
            StatusCode::NOT_FOUND,
            &frame_ancestors_of(&active.registration, &active.session.details),
        )),
    }
}

/// What a person sees of the list.
#[derive(Default)]
struct View {
    /// The search as text.
    search: String,
    position: Position,
}

impl View {
    /// The part of the list that the form requests, and whether its button only shows another part.
    fn of(parameters: &Parameters) -> (Self, bool) {
        let search = form::search_text(first(parameters, "q"));
        let searched = form::search_text(first(parameters, "searched"));
        let shown = |name| Uuid::parse_str(first(parameters, name)).ok();
        let at = |position: Option<Position>| position.unwrap_or_default();
        let (search, position, is_turn) = match first(parameters, "do") {
            "all" => (String::new(), Position::Start, true),
            "previous" if search == searched => {
                (search, at(shown("first").map(Position::Before)), true)
            }
            "next" if search == searched => (search, at(shown("last").map(Position::After)), true),
            "search" | "previous" | "next" => (search, Position::Start, true),
            _ => (searched, at(shown("first").map(Position::From)), false),
        };
        (Self { search, position }, is_turn)
    }
}

/// A session that selects content.
struct Select<'a> {
    app: &'a App,
    active: &'a ActiveSession,
    secret: &'a str,
    settings: Settings,
}

impl Select<'_> {
    /// Handles the form.
    async fn respond(&self, parameters: &Parameters) -> Result<Response, Problem> {
        let picks = picks(parameters);
        let (view, is_turn) = View::of(parameters);
        if !select_content::is_form_token(first(parameters, "token"), self.secret) {
            // The form was not sent by this page, so it is ignored.
            let problem = "The form did not come from this page. Nothing was added: make your \
                           selection again.";
            let problem = Some((StatusCode::FORBIDDEN, problem.to_owned()));
            return self.ask(&Picks::default(), &View::default(), problem).await;
        }
        if is_turn {
            return self.ask(&picks, &view, None).await;
        }
        let (now, random) = (self.app.service.clock.now(), &self.app.service.random);
        let pool = &self.app.service.pool;
        let response = pool
            .read(|read| select_content::respond(read, self.active, &picks, now, random))
            .await?;
        match response {
            SelectionResponse::Signed(fields) => {
                Ok(send(self.app, self.active, &self.settings, &fields))
            }
            SelectionResponse::NotOffered(count) => {
                let what = if count == 1 {
                    "One of the resources that you selected is".to_owned()
                } else {
                    format!("{count} of the resources that you selected are")
                };
                let problem = format!(
                    "{what} no longer available to you. Nothing was added yet: review the \
                     remaining selection, and add it."
                );
                self.ask(&picks, &view, Some((StatusCode::CONFLICT, problem))).await
            }
            SelectionResponse::TooMany => {
                let problem = "Your learning platform accepts one resource at a time. Nothing was \
                               added yet: select one.";
                let problem = Some((StatusCode::CONFLICT, problem.to_owned()));
                self.ask(&Picks::default(), &view, problem).await
            }
        }
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
    /// Whether nothing can be selected.
    is_empty: bool,
    lists: &'a [List],
    /// What is selected and not in these lists.
    elsewhere: &'a [Row],
    search: &'a str,
    /// The UUIDs of the first and the last resource in the lists.
    first: &'a str,
    last: &'a str,
    has_previous: bool,
    has_next: bool,
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

impl Select<'_> {
    /// Shows a part of the list.
    async fn ask(
        &self,
        picks: &Picks,
        view: &View,
        problem: Option<(StatusCode, String)>,
    ) -> Result<Response, Problem> {
        let Self { app, active, settings, .. } = self;
        let query = OfferQuery { search: view.search.clone(), position: view.position };
        let pool = &app.service.pool;
        let offer = pool.read(|read| select_content::offer(read, active, &query, picks)).await?;
        let picks = Picks {
            resources: select_content::selected(settings, picks),
            gradebook: picks.gradebook.clone(),
        };
        let lists: Vec<List> =
            offer.groups.iter().map(|group| list(group, &offer, settings, &picks)).collect();
        let elsewhere: Vec<Row> =
            offer.picked_elsewhere.iter().map(|resource| row(resource, settings, &picks)).collect();
        let nonce = page::nonce(&app.service.random);
        let details = &active.session.details;
        let placeholder = Username::placeholder();
        let uuid = |resource: Option<&Resource>| {
            resource.map(|resource| resource.uuid.to_string()).unwrap_or_default()
        };
        let template = SelectPage {
            tool: &clean(active.settings.name.as_str()),
            platform: &platform(active),
            course: details
                .context_title
                .as_deref()
                .or(details.context_label.as_deref())
                .map(one_line),
            wish: self.wish(),
            several: settings.accept_multiple,
            problem: problem.as_ref().map(|(_, text)| text.as_str()),
            is_empty: lists.is_empty() && view.search.is_empty(),
            lists: &lists,
            elsewhere: &elsewhere,
            search: &view.search,
            first: &uuid(offer.resources().next()),
            last: &uuid(offer.resources().next_back()),
            has_previous: offer.has_previous,
            has_next: offer.has_next,
            username: active.account.as_ref().map_or(&placeholder, |account| &account.username),
            has_grants: offer.has_grants,
            action: SELECT,
            token: &select_content::form_token(self.secret),
            nonce: &nonce,
        };
        let status = problem.as_ref().map_or(StatusCode::OK, |(status, _)| *status);
        Ok(self.page(status, &template, &nonce))
    }

    /// The platform's title and text for the selection.
    fn wish(&self) -> Option<String> {
        let Settings { title, text, .. } = &self.settings;
        // Many platforms send the tool's own name here, which is not helpful.
        let title =
            title.as_ref().filter(|title| title.as_str() != self.active.settings.name.as_str());
        let wish: Vec<String> =
            [title, text.as_ref()].into_iter().flatten().map(|text| one_line(text)).collect();
        Some(wish.join(": ")).filter(|wish| !wish.is_empty())
    }

    fn page(&self, status: StatusCode, template: &SelectPage<'_>, nonce: &str) -> Response {
        let origin = self.active.settings.url.to_url().origin().ascii_serialization();
        let rules = PagePolicy {
            frame_ancestors: &frame_ancestors_of(
                &self.active.registration,
                &self.active.session.details,
            ),
            sends_to: Some(&origin),
            ..PagePolicy::default()
        };
        let mut response = page::html(status, template, nonce, &rules);
        own_page::send_origin(response.headers_mut());
        response
    }
}

/// Text from outside as one line.
fn one_line(text: &str) -> String {
    clean(text).replace('\n', " ")
}

fn list(group: &Group, offer: &Offer, settings: &Settings, picks: &Picks) -> List {
    let title = match &group.course {
        Some(course) => one_line(course),
        None if offer.has_courses => "Without a course".to_owned(),
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
    fields: &'a [(String, String)],
    nonce: &'a str,
}

fn send(
    app: &App,
    active: &ActiveSession,
    settings: &Settings,
    fields: &[(String, String)],
) -> Response {
    let nonce = page::nonce(&app.service.random);
    let template = SelectedPage {
        platform: &platform(active),
        return_url: &settings.return_url,
        fields,
        nonce: &nonce,
    };
    let rules = PagePolicy {
        frame_ancestors: &frame_ancestors_of(&active.registration, &active.session.details),
        sends_to: Some(&settings.return_origin()),
        ..PagePolicy::default()
    };
    page::html(StatusCode::OK, &template, &nonce, &rules)
}

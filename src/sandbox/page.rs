//! The page on which to launch, copy the platform's details and enter the tool's.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::choice::{lines, parse_lines};
use super::content::ContentItem;
use super::course_history::HistoryManner;
use super::entries::{Entry, Group, entries, grouped};
use super::fields::{Fields, field, parse_fields};
use super::keyset_variant::KeysetVariant;
use super::migration::MigrationSign;
use super::misbehaviour::{Misbehaviour, Variation};
use super::notices::NoticeSwitch;
use super::platform::Platform;
use super::registration::{LmsBehaviour, RegistrationFault};
use super::school::{Course, Link, Role, User};
use super::storage::{self, Storage};
use super::storage_page;
use super::tool::{CLIENT_ID, DEPLOYMENT_ID, ToolSetup};
use super::web::{html, is_web_url, message, own_form};

/// A value to copy.
struct Detail {
    id: &'static str,
    label: &'static str,
    value: String,
}

#[derive(Template)]
#[template(path = "sandbox-page.html")]
struct Page {
    nonce: String,
    users: Vec<Entry>,
    roles: Vec<Entry>,
    courses: Vec<Entry>,
    /// The courses into which one can be copied.
    copies: Vec<Entry>,
    histories: Vec<Entry>,
    copied: bool,
    links: Vec<Entry>,
    variations: Vec<Entry>,
    misbehaviours: Vec<Group>,
    storages: Vec<Entry>,
    storage_frame: &'static str,
    elsewhere: String,
    tool_origin: String,
    keysets: Vec<Entry>,
    keyset_url: String,
    details: Vec<Detail>,
    behaviours: Vec<Entry>,
    registration_faults: Vec<Entry>,
    known: bool,
    saved: bool,
    registered: bool,
    items: Vec<ContentItem>,
    signs: Vec<Entry>,
    notices: bool,
    notice_switches: Vec<Entry>,
    tool: ToolSetup,
    deep_linking_url: String,
    redirect_uris: String,
    custom: String,
}

/// `GET /`
pub(super) async fn show(
    State(platform): State<Arc<Platform>>,
    RawQuery(query): RawQuery,
) -> Response {
    let (tool, notices) = {
        let state = platform.state();
        (state.tool.clone(), state.notices.options.offered)
    };
    let known = tool.is_some();
    let tool = tool.unwrap_or_default();
    let page = Page {
        nonce: platform.fresh_identifier(),
        users: entries(User::ALL, User::name, User::description),
        roles: entries(Role::ALL, Role::name, Role::description),
        courses: entries(&courses(&platform), Course::name, Course::description),
        copies: entries(Course::ALL, Course::name, Course::description)
            .into_iter()
            .filter(|entry| entry.name != Course::Outside.name())
            .collect(),
        histories: entries(HistoryManner::ALL, HistoryManner::name, HistoryManner::description),
        copied: query.as_deref() == Some("copied"),
        links: entries(Link::ALL, Link::name, Link::description),
        variations: entries(Variation::ALL, Variation::name, Variation::description),
        misbehaviours: groups(),
        storages: entries(Storage::ALL, Storage::name, Storage::description),
        storage_frame: storage::FRAME,
        elsewhere: storage_page::elsewhere(&platform),
        tool_origin: storage_page::tool_origin(&tool),
        keysets: entries(KeysetVariant::ALL, KeysetVariant::name, KeysetVariant::description),
        keyset_url: platform.endpoint("/jwks"),
        details: details(&platform),
        behaviours: entries(LmsBehaviour::ALL, LmsBehaviour::name, LmsBehaviour::description),
        registration_faults: entries(
            RegistrationFault::ALL,
            RegistrationFault::name,
            RegistrationFault::description,
        ),
        known,
        registered: query.as_deref() == Some("registered"),
        saved: query.as_deref() == Some("saved"),
        items: items(&platform),
        notices,
        notice_switches: entries(NoticeSwitch::ALL, NoticeSwitch::name, NoticeSwitch::description),
        signs: entries(MigrationSign::ALL, MigrationSign::name, MigrationSign::description),
        deep_linking_url: tool.deep_linking_url.clone().unwrap_or_default(),
        redirect_uris: tool.redirect_uris.join("\n"),
        custom: lines(&tool.custom),
        tool,
    };
    // A tool may redirect to an app on another origin, so any origin may be framed.
    html(
        &platform,
        StatusCode::OK,
        &page,
        &page.nonce,
        "; form-action 'self'; frame-src 'self' http: https:",
    )
}

/// The courses that exist.
fn courses(platform: &Platform) -> Vec<Course> {
    let state = platform.state();
    Course::ALL.iter().copied().filter(|course| state.copies.has(*course)).collect()
}

/// The misbehaviours by heading.
fn groups() -> Vec<Group> {
    grouped(Misbehaviour::ALL.iter().map(|one| {
        let entry = Entry { name: one.name(), label: one.description() };
        (one.group(), one.is_valid(), entry)
    }))
}

/// What was selected by LTI 1.3.
fn items(platform: &Platform) -> Vec<ContentItem> {
    let state = platform.state();
    state.content.items().iter().filter(|item| !item.is_of_lti_1p1()).cloned().collect()
}

fn details(platform: &Platform) -> Vec<Detail> {
    let detail = |id, label, value| Detail { id, label, value };
    vec![
        detail("issuer", "Platform ID (issuer)", platform.issuer.clone()),
        detail("client-id", "Client ID", CLIENT_ID.to_owned()),
        detail("deployment-id", "Deployment ID", DEPLOYMENT_ID.to_owned()),
        detail("keyset-url", "Public keyset URL", platform.endpoint("/jwks")),
        detail("access-token-url", "Access token URL", platform.endpoint("/token")),
        detail(
            "authentication-request-url",
            "Authentication request URL",
            platform.endpoint("/auth"),
        ),
    ]
}

/// `POST /tool`
pub(super) async fn set_tool(
    State(platform): State<Arc<Platform>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = match own_form(&platform.issuer, &headers, &body) {
        Ok(form) => form,
        Err(why) => {
            return message(
                &platform,
                StatusCode::FORBIDDEN,
                "The tool's details were not saved",
                &[why.to_owned()],
            );
        }
    };
    match read_tool(&form) {
        Ok(tool) => {
            platform.state().tool = Some(tool);
            Redirect::to("/?saved").into_response()
        }
        Err(problems) => message(
            &platform,
            StatusCode::BAD_REQUEST,
            "The tool's details were not saved",
            &problems,
        ),
    }
}

/// Reads the form with the tool's details; each problem is a sentence.
fn read_tool(form: &Fields) -> Result<ToolSetup, Vec<String>> {
    let mut problems = Vec::new();
    let mut url = |name: &str, label: &str, needed: bool| {
        let value = field(form, name).unwrap_or_default().trim().to_owned();
        if (needed || !value.is_empty()) && !is_web_url(&value) {
            problems.push(format!("{label} must be an absolute http or https URL."));
        }
        value
    };
    let tool_url = url("tool_url", "Tool URL", true);
    let deep_linking_url =
        Some(url("deep_linking_url", "Content selection URL", false)).filter(|url| !url.is_empty());
    let initiate_login_url = url("initiate_login_url", "Initiate login URL", true);
    let jwks_url = url("jwks_url", "Public keyset", false);
    let redirect_uris: Vec<String> = field(form, "redirect_uris")
        .unwrap_or(&tool_url)
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    if !redirect_uris.iter().all(|uri| is_web_url(uri)) {
        problems.push(
            "Redirection URI(s) must be absolute http or https URLs, one in each line.".to_owned(),
        );
    }
    let custom = parse_lines(field(form, "custom").unwrap_or_default()).unwrap_or_else(|error| {
        problems.push(format!("Custom parameters: {error}."));
        Default::default()
    });
    let name = field(form, "name").unwrap_or("Tool").to_owned();
    if problems.is_empty() {
        Ok(ToolSetup {
            name,
            tool_url,
            deep_linking_url,
            initiate_login_url,
            redirect_uris,
            jwks_url,
            custom,
        })
    } else {
        Err(problems)
    }
}

/// `GET /return`: the page to which a tool returns the user, with a message (LTI Core 1.3, 5.4.4).
pub(super) async fn returned(
    State(platform): State<Arc<Platform>>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = parse_fields(query.unwrap_or_default().as_bytes());
    let mut lines: Vec<String> = ["lti_msg", "lti_errormsg"]
        .iter()
        .filter_map(|name| field(&query, name))
        .map(str::to_owned)
        .collect();
    if lines.is_empty() {
        lines.push("The tool sent you back to your course.".to_owned());
    }
    message(&platform, StatusCode::OK, "Back at the platform", &lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tool_details_are_read_and_checked() {
        let form = |fields: &[(&str, &str)]| {
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<Fields>()
        };
        let tool = read_tool(&form(&[
            ("tool_url", " https://tool.example/lti/launch "),
            ("initiate_login_url", "https://tool.example/lti/login"),
            (
                "redirect_uris",
                "https://tool.example/lti/launch\r\nhttps://tool.example/lti/deep-link\r\n",
            ),
            ("custom", "id=1\r\n b = c=d \r\n"),
        ]))
        .unwrap();
        assert_eq!(
            tool.redirect_uris,
            ["https://tool.example/lti/launch", "https://tool.example/lti/deep-link"]
        );
        assert_eq!(lines(&tool.custom), "b=c=d\nid=1");
        assert_eq!(tool.name, "Tool");
        let problems = read_tool(&form(&[
            ("tool_url", "tool.example"),
            ("jwks_url", "ftp://x/"),
            ("custom", "id"),
            ("redirect_uris", "/x"),
        ]))
        .unwrap_err();
        assert_eq!(problems.len(), 5, "{problems:?}");
    }

    #[test]
    fn every_misbehaviour_is_offered_once() {
        let offered: Vec<_> = groups()
            .iter()
            .flat_map(|group| {
                group.refused.iter().chain(&group.valid).map(|entry| entry.name).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(offered.len(), Misbehaviour::ALL.len());
    }
}

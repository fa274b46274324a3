//! `POST /lti-1p1/return`, which receives the tool's response to a content selection.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::item::{self, Expected};
use super::oauth::Request;
use super::setup::ConsumerSetup;
use super::state::Selection;
use crate::sandbox::content::ContentItem;
use crate::sandbox::fields::{Fields, field, parse_fields};
use crate::sandbox::platform::Platform;
use crate::sandbox::selected_page::selected;
use crate::sandbox::web::{form, message};

/// A valid response.
struct Returned {
    nonce: String,
    items: Vec<ContentItem>,
    messages: Vec<String>,
}

/// The form comes from the tool's page; only its signature is trusted.
pub(in crate::sandbox) async fn returned(
    State(platform): State<Arc<Platform>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let refuse = |status, problems: &[String]| {
        message(&platform, status, "The selection was not accepted", problems)
    };
    let query = parse_fields(query.unwrap_or_default().as_bytes());
    let id = field(&query, "request").unwrap_or_default();
    let (setup, selection) = {
        let consumer = &platform.state().consumer;
        (consumer.setup.clone(), consumer.selection(id))
    };
    let Some((setup, selection)) = setup.zip(selection) else {
        let why = "No content selection belongs to this response: the platform requested none, or it \
                   was restarted meanwhile.";
        return refuse(StatusCode::BAD_REQUEST, &[why.to_owned()]);
    };
    let now = platform.now().as_second();
    let returned = match read(&setup, &selection, &headers, &body, &query, now) {
        Ok(returned) => returned,
        Err(problems) => return refuse(StatusCode::BAD_REQUEST, &problems),
    };
    let mut state = platform.state();
    let problem = if !state.consumer.spend(&returned.nonce, now) {
        Some((StatusCode::BAD_REQUEST, "The nonce of the response was used before."))
    } else if !state.consumer.complete(id) {
        let why = "This selection was completed before; nothing is added twice.";
        Some((StatusCode::CONFLICT, why))
    } else {
        None
    };
    if let Some((status, why)) = problem {
        drop(state);
        return refuse(status, &[why.to_owned()]);
    }
    let (added, dropped) = state.content.add(returned.items);
    state.services.change_columns(&added, &dropped);
    drop(state);
    selected(&platform, selection.course, &returned.messages, &added)
}

/// Reads the response and checks it; each problem is a sentence.
fn read(
    setup: &ConsumerSetup,
    selection: &Selection,
    headers: &HeaderMap,
    body: &Bytes,
    query: &Fields,
    now: i64,
) -> Result<Returned, Vec<String>> {
    let form = form(headers, body).ok_or_else(|| {
        vec!["The response is not a form (application/x-www-form-urlencoded).".to_owned()]
    })?;
    let request = Request {
        http_method: "POST",
        url: selection.return_url.clone(),
        form: Some(&form),
        authorization: None,
        body: &[],
    };
    let nonce = request.verify(&setup.key, &setup.secret, now).map_err(|problem| vec![problem])?;
    let mut problems = Vec::new();
    for (name, expected) in
        [("lti_message_type", "ContentItemSelection"), ("lti_version", "LTI-1p0")]
    {
        if field(&form, name) != Some(expected) {
            problems.push(format!("{name} of the response must be {expected}."));
        }
    }
    for (name, _) in query {
        if form.iter().any(|(sent, _)| sent == name) {
            problems.push(format!("The form repeats {name} of the return URL."));
        }
    }
    let data = form.iter().find(|(name, _)| name == "data").map(|(_, value)| value);
    if data != selection.choice.data.as_ref() {
        problems.push("data was not returned unchanged.".to_owned());
    }
    let expected = Expected {
        choice: &selection.choice,
        course: selection.course,
        launch_url: &setup.launch_url,
    };
    let items = field(&form, "content_items")
        .map(|text| item::read(text, &expected, &mut |problem| problems.push(problem)));
    let messages = ["lti_msg", "lti_errormsg"].iter().filter_map(|name| field(&form, name));
    match problems.is_empty() {
        true => Ok(Returned {
            nonce,
            items: items.unwrap_or_default(),
            messages: messages.map(str::to_owned).collect(),
        }),
        false => Err(problems),
    }
}

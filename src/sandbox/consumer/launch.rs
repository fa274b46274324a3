//! `POST /lti-1p1/launch`: a person clicks a link, and the browser sends a signed form to the tool.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::choice::FormLaunch;
use super::fields::{Scene, fields};
use super::misbehaviour::{Facts, SignedLaunch, sign};
use crate::sandbox::platform::Platform;
use crate::sandbox::web::{message, own_form, submit};

/// Responds with the launch as a form that submits itself.
pub(in crate::sandbox) async fn start(
    State(platform): State<Arc<Platform>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let refuse =
        |status, why: String| message(&platform, status, "This launch cannot be started", &[why]);
    let form = match own_form(&platform.issuer, &headers, &body) {
        Ok(form) => form,
        Err(why) => return refuse(StatusCode::FORBIDDEN, why.to_owned()),
    };
    let choice = match FormLaunch::from_form(&form) {
        Ok(choice) => choice,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, error.to_string()),
    };
    match signed(&platform, choice) {
        Ok(launch) => submit(&platform, launch.by_get, &launch.url, &launch.fields),
        Err((status, why)) => refuse(status, why),
    }
}

fn signed(
    platform: &Platform,
    mut choice: FormLaunch,
) -> Result<SignedLaunch, (StatusCode, String)> {
    let (nonce, id) = (platform.fresh_identifier(), platform.fresh_identifier());
    let now = platform.now().as_second();
    let mut state = platform.state();
    let Some(setup) = state.consumer.setup.clone() else {
        let why = "The tool's key and secret are not known yet: enter them first.";
        return Err((StatusCode::CONFLICT, why.to_owned()));
    };
    let proxy = state.consumer.proxy.clone();
    if proxy.is_some() && choice.selection.is_some() {
        let why = "The tool proxy has no message for content selections, only for launches.";
        return Err((StatusCode::CONFLICT, why.to_owned()));
    }
    let item = match &choice.item {
        Some(id) => Some(state.content.find(id).cloned().ok_or_else(|| {
            (StatusCode::BAD_REQUEST, format!("No selected content has the identifier {id}."))
        })?),
        None => None,
    };
    if let Some(item) = &item {
        choice.course = item.course;
    }
    // A second parameter: the query of the URL is signed and not repeated in the response.
    let return_url =
        platform.endpoint(&format!("/lti-1p1/return?request={id}&course={}", choice.course.id()));
    let previous_nonce = state.consumer.previous_nonce.replace(nonce.clone());
    let scene = Scene {
        issuer: &platform.issuer,
        setup: &setup,
        proxy: proxy.as_ref(),
        item: item.as_ref(),
        services: &state.services.options,
        result_key: &state.consumer.result_key,
        return_url: &return_url,
        now,
        nonce: &nonce,
    };
    let facts = Facts { secret: &setup.secret, now, previous_nonce: previous_nonce.as_deref() };
    let url = scene.launch_url(&choice);
    let launch = sign(&facts, fields(&scene, &choice), url, choice.misbehaviour);
    if let Some(selection) = choice.selection {
        state.consumer.add_selection(id, choice.course, selection, return_url);
    }
    Ok(launch)
}

//! `POST /launch`: a person clicks a link, and the browser is sent to the tool's login.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::choice::LaunchChoice;
use super::login_request::LoginRequest;
use super::payload::login_request;
use super::platform::Platform;
use super::web::{message, own_form, submit};

/// Stores the launch and responds with the login request as a form that submits itself.
pub(super) async fn start(
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
    let mut choice = match LaunchChoice::from_form(&form) {
        Ok(choice) => choice,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, error.to_string()),
    };
    let Some(tool) = platform.state().tool.clone() else {
        return refuse(
            StatusCode::CONFLICT,
            "The tool's details are not known yet: enter them first.".to_owned(),
        );
    };
    let login_url = tool.initiate_login_url.clone();
    let mut scene = platform.scene(tool, String::new(), String::new());
    if let Some(id) = &choice.item {
        let Some(item) = platform.state().content.find(id).cloned() else {
            return refuse(
                StatusCode::BAD_REQUEST,
                format!("No selected content has the identifier {id}."),
            );
        };
        choice.course = item.course;
        scene.item = Some(item);
    }
    let mut login = login_request(
        &scene,
        &choice,
        &format!("ltilaunch{}_{}", scene.deployment_id, platform.fresh_identifier()),
    );
    if let Some(target) = choice.storage.target() {
        login.set("lti_storage_target", target);
    }
    if let Some(misbehaviour) = choice.misbehaviour {
        misbehaviour.change_login(&mut login, &scene);
    }
    override_login(&mut login, &choice);
    let login_hint = login.get("login_hint").unwrap_or_default().to_owned();
    // A launch without a message hint is recognized by its login hint.
    let hint = login.get("lti_message_hint").unwrap_or(&login_hint).to_owned();
    platform.state().pending.add(hint, choice, login_hint, scene.now);
    submit(&platform, login.by_get, &login_url, &login.fields)
}

fn override_login(login: &mut LoginRequest, choice: &LaunchChoice) {
    for (name, value) in &choice.login {
        if value.is_empty() {
            login.remove(name);
        } else {
            login.set(name, value.clone());
        }
    }
}

//! The button that copies a course.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::super::fields::field;
use super::super::platform::Platform;
use super::super::school::Course;
use super::super::web::{message, own_form};
use super::super::words::UnknownWord;
use super::choice::{CONTEXT_COPY, NoticeChoice, NoticeSwitch};
use super::delivery;

/// `POST /notices/copy`: reports a copy of a course to the tool.
pub(in crate::sandbox) async fn copy_course(
    State(platform): State<Arc<Platform>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = match own_form(&platform.issuer, &headers, &body) {
        Ok(form) => form,
        Err(why) => return refuse(&platform, StatusCode::FORBIDDEN, why),
    };
    let course = field(&form, "course").unwrap_or_default().parse::<Course>();
    let switch = match field(&form, "switch").unwrap_or_default() {
        "" => Ok(None),
        name => name.parse::<NoticeSwitch>().map(Some),
    };
    let read = course.and_then(|course| Ok::<_, UnknownWord>((course, switch?)));
    let (course, switch) = match read {
        Ok(read) => read,
        Err(error) => return refuse(&platform, StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let (number, handler) = {
        let notices = &mut platform.state().notices;
        notices.copies += 1;
        (notices.copies, notices.handlers.get(CONTEXT_COPY).cloned())
    };
    let Some(url) = handler else {
        let why =
            "The tool has not subscribed to this type of notice. It can do so after a launch.";
        return refuse(&platform, StatusCode::CONFLICT, why);
    };
    let copy = format!("{}-copy-{number}", course.id());
    let mut choice = NoticeChoice::copy(&copy, &[&course.id().to_string()]);
    choice.switches.extend(switch);
    let statuses = delivery::send(&platform, &url, &choice).await;
    let statuses: Vec<String> = statuses
        .into_iter()
        .map(|status| match status {
            0 => "The tool did not respond.".to_owned(),
            status => format!("The tool responded with status {status}."),
        })
        .collect();
    let mut lines = vec![format!("A notice about the new course {copy} was sent to {url}.")];
    lines.extend(statuses);
    message(&platform, StatusCode::OK, "The course was copied", &lines)
}

fn refuse(platform: &Platform, status: StatusCode, why: &str) -> Response {
    message(platform, status, "The course was not copied", &[why.to_owned()])
}

//! The page that gets the value from the platform's storage and sends it back.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::launch::StorageQuestion;
use crate::launch::platform_storage::PlatformStorage;
use crate::report::clean;
use crate::server::app::App;
use crate::server::own_page;
use crate::server::page::{self, PagePolicy};

const PATH: &str = "/lti/resume";

/// The page that gets the value from the platform's storage.
#[derive(Template)]
#[template(path = "server-resume.html")]
struct ResumePage<'a> {
    tool: &'a str,
    action: &'a str,
    handle: &'a str,
    storage: &'a PlatformStorage,
    nonce: &'a str,
}

pub(super) fn ask(app: &App, question: &StorageQuestion) -> Response {
    let nonce = page::nonce(&app.service.random);
    let tool_url = &question.settings.url;
    let template = ResumePage {
        tool: &clean(question.settings.name.as_str()),
        action: &tool_url.join(PATH),
        handle: question.handle.expose(),
        storage: &question.storage,
        nonce: &nonce,
    };
    let origin = tool_url.to_url().origin().ascii_serialization();
    let mut response = page::html(
        StatusCode::OK,
        &template,
        &nonce,
        &PagePolicy {
            frame_ancestors: &question.frame_ancestors,
            sends_to: Some(&origin),
            ..PagePolicy::default()
        },
    );
    own_page::send_origin(response.headers_mut());
    response
}

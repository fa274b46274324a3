//! Messages to the platform's page that frames a page of the tool (`lti.frameResize`, `lti.close` and
//! others), as a script of the page.

use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use crate::domain::{Resource, Target};
use crate::rules::framing::frame_ancestors_of;
use crate::session::ActiveSession;

/// What the script of a page may do.
#[derive(Debug, Default)]
pub(super) struct PlatformMessages {
    /// The origins that messages may be sent to, with spaces between them.
    pub(super) origins: String,
    /// The platform's product, if it is known.
    pub(super) product: String,
    /// The origin of the app in the page's frame; empty if there is none.
    pub(super) app: String,
    /// Whether the page is the last one, so that what the platform has opened for it can be closed.
    pub(super) closes: bool,
}

impl PlatformMessages {
    /// For a page that these origins may frame.
    pub(super) fn to(origins: &[String]) -> Self {
        Self { origins: origins.join(" "), ..Self::default() }
    }

    /// For a page of a session.
    pub(super) fn of(active: &ActiveSession) -> Self {
        let origins = frame_ancestors_of(&active.registration, &active.session.details);
        let product = active.registration.product.as_ref().map(|product| product.as_str());
        Self { product: product.unwrap_or_default().to_owned(), ..Self::to(&origins) }
    }

    /// For the page that has the resource in a frame.
    pub(super) fn with_app(self, resource: &Resource) -> Self {
        match &resource.target {
            Target::App(target) => Self { app: target.origin(), ..self },
            Target::Page | Target::Directory(_) => self,
        }
    }
}

/// Below the session's page, the script for the pages of a directory.
pub(super) const PATH: &str = "~/platform-page.js";

/// `GET /session/{name}/~/platform-page.js`
pub(super) fn show(active: &ActiveSession) -> Response {
    let messages = PlatformMessages::of(active);
    let [origins, product] =
        [messages.origins, messages.product].map(|text| serde_json::Value::from(text).to_string());
    let script = format!(
        "Object.assign(document.currentScript.dataset, {{ origins: {origins}, product: {product} }});\n{}",
        include_str!("templates/server-platform-page.js")
    );
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, script).into_response()
}

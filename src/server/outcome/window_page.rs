//! The page of a launch of LTI 1.1 in a frame. There is no login before it that has found out whether
//! the browser stores cookies, and the signed form must not be sent again. So the page checks this, and
//! continues at the session, or offers a window in which the session's secret is sent once more to
//! become a first-party cookie. The secret is in a form, and never in a URL.

use axum::http::StatusCode;
use axum::response::Response;

use crate::launch::AcceptedLaunch;
use crate::report::clean;
use crate::server::app::App;
use crate::server::new_window::WindowPage;
use crate::server::own_page;
use crate::server::page::{self, PagePolicy};

/// The form's path.
const PATH: &str = "/lti/1p1/window";

/// The form's fields.
pub(in crate::server) const HANDLE: &str = "handle";
pub(in crate::server) const SECRET: &str = "secret";
/// Present if the session starts with the navigation.
pub(in crate::server) const NAVIGATION: &str = "navigation";

pub(super) fn ask(app: &App, accepted: &AcceptedLaunch) -> Response {
    let nonce = page::nonce(&app.service.random);
    let tool_url = &accepted.tool_url;
    let mut parameters =
        vec![(HANDLE, accepted.handle.to_string()), (SECRET, accepted.secret.clone())];
    parameters.extend(accepted.with_navigation.then(|| (NAVIGATION, "1".to_owned())));
    let template = WindowPage {
        tool: &clean(accepted.tool.as_str()),
        url: &super::start_url(accepted),
        cookie_path: &format!("{}/lti", tool_url.base_path()),
        action: &tool_url.join(PATH),
        parameters: &parameters,
        nonce: &nonce,
    };
    let origin = tool_url.to_url().origin().ascii_serialization();
    let rules = PagePolicy {
        frame_ancestors: &accepted.frame_ancestors,
        sends_to: Some(&origin),
        ..PagePolicy::default()
    };
    let mut response = page::html(StatusCode::OK, &template, &nonce, &rules);
    own_page::send_origin(response.headers_mut());
    super::add_cookies(response.headers_mut(), accepted);
    response
}

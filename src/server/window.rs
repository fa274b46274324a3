//! A session of LTI 1.1 continues in its own window, where its secret becomes a first-party cookie.
//!
//! Only the tool's own page may send the form: a stranger who has a session could otherwise put other
//! people into it. Sessions of LTI 1.3 are not opened like this, because their logins are bound to a
//! browser.

use axum::extract::{Request, State};
use axum::response::Response;

use super::app::App;
use super::outcome;
use super::outcome::window_page::{HANDLE, NAVIGATION, SECRET};
use super::own_form::OwnForm;
use super::problem::Problem;
use crate::launch::AcceptedLaunch;
use crate::session::{self, ActiveSession};

/// `POST /lti/1p1/window`
pub(super) async fn by_post(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let Some(mut form) = OwnForm::read(&app, request).await? else {
        return Ok(outcome::not_waiting(&app));
    };
    let (handle, secret) = (form.take(HANDLE), form.take(SECRET));
    let now = app.service.clock.now();
    let opened =
        app.service.pool.look_up(|read| session::open(read, &handle, Some(&secret), now))?;
    let active = opened.map_err(Problem::NoSession)?;
    if active.consumer.is_none() {
        return Ok(outcome::not_waiting(&app));
    }
    let left = active.session.expires_at.duration_since(now).as_secs();
    let ActiveSession { session, settings, .. } = active;
    Ok(outcome::open_session(&AcceptedLaunch {
        launch_id: session.launch_id,
        handle: session.handle,
        secret,
        without_cookies: false,
        with_navigation: form.has(NAVIGATION),
        lifetime_seconds: u32::try_from(left).unwrap_or_default(),
        spent_cookie: None,
        tool_url: settings.url,
        tool: settings.name,
        without_login: true,
        frame_ancestors: Vec::new(),
    }))
}

//! The question of Caddy (`forward_auth`) and Traefik (`ForwardAuth`). The browser gets what is not
//! 2xx, so a refusal has its page.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;

use super::decision::{Original, decide};
use super::{refused, upgrade, value};
use crate::server::app::App;
use crate::server::problem::Problem;

/// `/bridge/auth/forward`
pub(in crate::server) async fn ask(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let text = |name| value(&headers, name).unwrap_or_default();
    let url = format!(
        "{}://{}{}",
        text("x-forwarded-proto"),
        text("x-forwarded-host"),
        text("x-forwarded-uri")
    );
    // Caddy and Traefik pass it on with the browser's other headers.
    let upgrade = upgrade(&headers, header::UPGRADE.as_str());
    let original = Original::of_url(&url, text("x-forwarded-method").into_owned(), upgrade);
    Ok(decide(&app, &headers, original)?
        .unwrap_or_else(|reason| refused::response(&app, &headers, reason)))
}

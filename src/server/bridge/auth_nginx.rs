//! The question of nginx (`auth_request`) and ingress-nginx. nginx turns a refused request into one
//! for the page of [`super::refused`], and every status but 2xx, 401 and 403 into 500.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::decision::{Original, decide, refusal};
use super::{upgrade, value};
use crate::server::app::App;
use crate::server::problem::Problem;

/// `/bridge/auth/nginx`
pub(in crate::server) async fn ask(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let text = |name| value(&headers, name).map(std::borrow::Cow::into_owned);
    let upgrade = upgrade(&headers, "x-original-upgrade");
    // Without the method, it may be any: none from another site is accepted then.
    let method = text("x-original-method").unwrap_or_default();
    let url = value(&headers, "x-original-url").unwrap_or_default();
    let original = Original::of_url(&url, method, upgrade);
    Ok(decide(&app, &headers, original)?.unwrap_or_else(refusal))
}

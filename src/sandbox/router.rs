//! The endpoints by path.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get, post};

use super::platform::Platform;
use super::web::{is_own_host, message, text};
use super::{
    auth, consumer, course_copy, deep_linking, keyset, launch, page, registration, services,
    storage_page, token, tool_proxy,
};

/// All endpoints of the platform.
pub(super) fn router(platform: Arc<Platform>) -> Router {
    let tokens = get(token::refuse_get)
        .post(token::grant)
        .layer(from_fn_with_state(Arc::clone(&platform), services::watch_tokens));
    Router::new()
        .route("/", get(page::show))
        .route("/tool", post(page::set_tool))
        .route("/add-tool", post(registration::add_tool))
        .route("/openid-configuration", get(registration::configuration))
        .route("/.well-known/openid-configuration", get(registration::configuration))
        .route("/register", post(registration::register))
        .route("/launch", post(launch::start))
        .route("/copy-course", post(course_copy::by_page))
        .route("/return", get(page::returned))
        .route("/deep-link-return", post(deep_linking::returned))
        .route("/lti-1p1", get(consumer::show))
        .route("/lti-1p1/tool", post(consumer::set_tool))
        .route("/lti-1p1/launch", post(consumer::start))
        .route("/lti-1p1/return", post(consumer::returned))
        .route("/lti-2p0/register", post(tool_proxy::register))
        .route("/lti-2p0/change", post(tool_proxy::change))
        .route("/lti-2p0/profile/{id}", get(tool_proxy::profile))
        .route("/lti-2p0/tool-proxy", post(tool_proxy::accept))
        .route("/lti-2p0/return", get(tool_proxy::returned))
        .route("/auth", get(auth::by_get).post(auth::by_post))
        .route("/storage", get(storage_page::frame))
        .route("/token", tokens)
        .route("/services/{*rest}", any(services::serve))
        .route("/grades", get(services::page::show))
        .route("/grades/members", post(services::page::change_members))
        .route("/grades/faults", post(services::page::change_faults))
        .route("/jwks", get(keyset::jwks))
        .route("/jwks/{variant}", get(keyset::jwks_variant))
        .route("/attacker/jwks", get(keyset::attacker_jwks))
        .route("/healthz", get(|| async { "ok\n" }))
        .with_state(Arc::clone(&platform))
        .layer(from_fn_with_state(platform, check_host))
}

/// Accepts only requests for the platform's own host names: another site's name can resolve to this
/// machine (DNS rebinding), and then that site's pages could read the platform's.
async fn check_host(
    State(platform): State<Arc<Platform>>,
    request: Request,
    next: Next,
) -> Response {
    let problem = match (named_host(&request), request.uri().host()) {
        (None, _) => (StatusCode::BAD_REQUEST, "The request does not name exactly one host."),
        (Some(host), in_target)
            if ![Some(host.as_str()), in_target]
                .into_iter()
                .flatten()
                .all(|host| is_own_host(&platform.issuer, host)) =>
        {
            (
                StatusCode::MISDIRECTED_REQUEST,
                "The request is for another host. This test platform is available as localhost, by IP \
                 address, and under the host name of its issuer.",
            )
        }
        _ => return next.run(request).await,
    };
    message(&platform, problem.0, "Wrong host", &[problem.1.to_owned()])
}

/// The host in a request's header, without its port, if there is exactly one.
fn named_host(request: &Request) -> Option<String> {
    let mut named = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (named.next(), named.next()) else { return None };
    let authority: Authority = text(host).parse().ok()?;
    (!authority.as_str().contains('@')).then(|| authority.host().to_owned())
}

//! All endpoints, one line each.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse as _;
use axum::routing::{any, get, post, put};

use super::app::App;
use super::problem::Problem;
use super::{
    account, api, bridge, cartridge, configuration, gate, health, jwks, launch, launch_1p1, login,
    misplaced, notices, oidc, provider, register, register_2p0, request_metrics, resume, session,
    window,
};

/// All endpoints, behind the gate. The gate runs before the routing because it removes the base
/// path.
pub(super) fn router(app: App) -> Router {
    let endpoints = Router::new()
        .route("/lti/login", get(login::by_get).post(login::by_post))
        .route("/lti/login/{registration}", get(login::by_get).post(login::by_post))
        .route("/lti/launch", get(launch::by_get).post(launch::by_post))
        .route("/lti/launch/{resource}", get(launch::by_get).post(launch::by_post))
        .route("/lti/1p1/launch", get(launch_1p1::by_get).post(launch_1p1::by_post))
        .route("/lti/1p1/launch/{resource}", get(launch_1p1::by_get).post(launch_1p1::by_post_for))
        .route("/lti/1p1/window", post(window::by_post))
        .route("/lti/1p1/cartridge/{token}/{file}", get(cartridge::show))
        .route("/lti/deep-link", get(launch::by_get).post(launch::by_post))
        .route("/lti/resume", post(resume::by_post))
        .route("/lti/account", post(account::choose))
        .route("/lti/account/provider/{provider}", post(provider::begin))
        .route("/lti/account/callback/{provider}", get(provider::finish))
        .route("/lti/account/confirm", post(provider::confirm))
        .route("/lti/account/progress", post(provider::progress))
        .route("/lti/notices/{registration}", post(notices::by_post))
        .route("/lti/notices/probe/{code}", post(notices::probe_by_post))
        .route("/lti/register", get(register::open).post(register::confirm))
        .route("/lti/2p0/register/{token}", get(register_2p0::by_get).post(register_2p0::by_post))
        .route(
            "/lti/2p0/register",
            get(register_2p0::change_by_get).post(register_2p0::change_by_post),
        )
        .route(
            "/lti/2p0/confirm/{token}",
            put(register_2p0::decide).post(register_2p0::decide).delete(register_2p0::decide),
        )
        .route("/lti/config/{file}", get(configuration::show).post(misplaced::by_post))
        .route("/lti/jwks", get(jwks::show).post(misplaced::by_post))
        .route("/.well-known/jwks.json", get(jwks::show).post(misplaced::by_post))
        .route("/session/{handle}", get(session::show))
        .route("/session/{handle}/", get(session::show))
        .route("/session/{handle}/select", get(session::show).post(session::show))
        .route("/session/{handle}/~/sign-out", get(session::show).post(session::show))
        .route("/session/{handle}/{*path}", get(session::show))
        .route("/api/launch", get(api::launch))
        .route("/api/members", get(api::members))
        .route("/api/score", get(api::show_score).post(api::score))
        .route("/api/notices", get(api::notices))
        .route("/api/openapi.json", get(api::openapi))
        .route("/bridge/auth/nginx", any(bridge::auth_nginx::ask))
        .route("/bridge/auth/forward", any(bridge::auth_forward::ask))
        .route("/bridge/auth/envoy/", any(bridge::auth_envoy::ask))
        .route("/bridge/auth/envoy/{*path}", any(bridge::auth_envoy::ask))
        .route("/bridge/app/enter", post(bridge::enter::by_post))
        .route("/bridge/app/check", get(bridge::check::show))
        .route("/bridge/app/refused", get(bridge::refused::show))
        .route("/bridge/app/leave", get(bridge::leave::show).post(bridge::leave::by_post))
        .merge(openid_provider())
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz));
    let endpoints = match &app.requests {
        Some(_) => endpoints.route_layer(from_fn(request_metrics::attach_route)),
        None => endpoints,
    };
    let endpoints = endpoints
        .fallback(|| async { Problem::Status(axum::http::StatusCode::NOT_FOUND).into_response() })
        .with_state(app.clone());
    Router::new().fallback_service(endpoints).layer(from_fn_with_state(app, gate::handle))
}

/// The endpoints of the OpenID provider.
fn openid_provider() -> Router<App> {
    Router::new()
        .route("/.well-known/openid-configuration", get(oidc::discovery::show))
        .route("/oidc/jwks", get(oidc::keyset::show))
        .route("/oidc/authorize", get(oidc::authorize::ask).post(oidc::authorize::ask))
        .route("/oidc/confirm", post(oidc::authorize::confirm))
        .route("/oidc/enter", post(oidc::enter::by_post))
        .route("/oidc/continue", get(oidc::enter::show))
        .route("/oidc/token", post(oidc::token::ask).options(oidc::token::ask))
        .route(
            "/oidc/userinfo",
            get(oidc::userinfo::ask).post(oidc::userinfo::ask).options(oidc::userinfo::ask),
        )
        .route("/oidc/logout", get(oidc::logout::ask).post(oidc::logout::ask))
}

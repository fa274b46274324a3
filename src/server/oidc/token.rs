//! Exchanges a code for tokens.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::cors;
use crate::domain::Client;
use crate::domain::OPENID_TOKEN_PATH;
use crate::lti::keyset::VerificationKeys;
use crate::lti::openid::client_authentication::{self, Proof, Unclear};
use crate::lti::openid::parameters::Parameters;
use crate::platform::NetworkAccess;
use crate::server::app::App;
use crate::server::app_error;
use crate::server::form;
use crate::server::problem::Problem;
use crate::session::openid::token::{
    TokenError, authenticate, exchange, named_client, response, screen, stored_keys,
};
use crate::web::header::text;

/// `POST` and `OPTIONS /oidc/token`
pub(in crate::server) async fn ask(
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    if head.method == Method::OPTIONS {
        return cors::preflight(&app, &head.headers);
    }
    let mut pairs = form::Parameters::new();
    form::read(&head.headers, body, &app.limits, &mut pairs).await?;
    let form = Parameters::new(pairs);
    let (client, granted) = granted(&app, &head.headers, form).await?;
    let mut response = match granted {
        Ok(tokens) => app_error::json(StatusCode::OK, &tokens),
        Err(error) => refused(&head.headers, client.as_ref(), error),
    };
    cors::allow(&head.headers, client.as_ref(), &mut response);
    Ok(response)
}

/// The client, as far as it is known, and what it gets.
async fn granted(
    app: &App,
    headers: &HeaderMap,
    form: Parameters,
) -> Result<(Option<Client>, Result<serde_json::Value, TokenError>), Problem> {
    let authorization = authorization(headers);
    let presented = match client_authentication::read(authorization.as_deref(), &form) {
        Ok(presented) => presented,
        Err(Unclear::InvalidRequest(what)) => {
            return Ok((None, Err(TokenError::InvalidRequest(what))));
        }
        Err(Unclear::InvalidClient) => return Ok((None, Err(TokenError::InvalidClient))),
    };
    let client_id = &presented.client_id;
    let (client, settings) = app.service.pool.look_up(|read| {
        Ok::<_, crate::store::Error>((named_client(read, client_id)?, read.settings()?))
    })?;
    let Some(client) = client else { return Ok((None, Err(TokenError::InvalidClient))) };
    let keys = keys(app, &client, &presented.proof, settings.url.is_loopback()).await;
    let (now, known) = (app.service.clock.now(), client.clone());
    let endpoint = settings.url.join(OPENID_TOKEN_PATH);
    let audiences = [settings.url.as_str(), &endpoint];
    let authenticated = match authenticate(client, presented.proof, keys.as_ref(), &audiences, now)
    {
        Ok(authenticated) => authenticated,
        Err(error) => return Ok((Some(known), Err(error))),
    };
    if let Err(error) = screen(&app.service.state_key, &known, &form, now) {
        return Ok((Some(known), Err(error)));
    }
    let key = Arc::clone(&app.service.state_key);
    let exchanged = app
        .service
        .pool
        .write(move |write| exchange(write, &key, authenticated, &form, now))
        .await?;
    let granted = match exchanged {
        Ok(granted) => granted,
        Err(error) => return Ok((Some(known), Err(error))),
    };
    let (key, random) = (&app.service.state_key, &app.service.random);
    let tokens = app.service.pool.look_up(|read| response(read, key, &granted, now, random))?;
    Ok((Some(known), Ok(tokens)))
}

/// The keys with the ID that an assertion names, from the client's stored keys or its URL.
async fn keys(
    app: &App,
    client: &Client,
    proof: &Proof<'_>,
    is_on_loopback: bool,
) -> Option<VerificationKeys> {
    let Proof::Assertion(assertion) = proof else { return None };
    let kid = assertion.kid();
    if let Some(url) = &client.keys_url {
        let reach = NetworkAccess { loopback: is_on_loopback, ..NetworkAccess::default() };
        let (url, now) = (url.as_str(), app.service.clock.now());
        return app.service.keysets.key(url, kid, reach, is_on_loopback, None, now).await.ok();
    }
    stored_keys(client)?.find(kid)?.ok().cloned()
}

/// The value of `Authorization`. Several, and text that cannot be one, count as a wrong one.
fn authorization(headers: &HeaderMap) -> Option<String> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let first = text(all.next()?.as_bytes()).into_owned();
    Some(if all.next().is_some() { String::new() } else { first })
}

/// An error (RFC 6749, 5.2). The log tells more than the client gets.
fn refused(headers: &HeaderMap, client: Option<&Client>, error: TokenError) -> Response {
    let client = client.map(|client| client.slug.as_str());
    tracing::info!(client, ?error, "an app got no token");
    let status = match error {
        TokenError::InvalidClient => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    let body = json!({ "error": error.code(), "error_description": error.description() });
    let mut response = app_error::json(status, &body);
    if error == TokenError::InvalidClient && headers.contains_key(header::AUTHORIZATION) {
        let challenge = HeaderValue::from_static("Basic realm=\"OpenID client\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response.into_response()
}

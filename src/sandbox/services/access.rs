//! Access tokens with their expiry and scopes.

use std::collections::HashMap;

use axum::http::{HeaderMap, StatusCode, header};

use super::response::ServiceResponse;

/// The permissions of an access token.
struct Grant {
    scopes: Vec<String>,
    /// In seconds since 1970.
    expires: i64,
}

/// The access tokens that have not expired.
#[derive(Default)]
pub(super) struct AccessTokens(HashMap<String, Grant>);

impl AccessTokens {
    /// Stores a token, and removes expired ones.
    pub(super) fn grant(&mut self, token: String, scopes: Vec<String>, now: i64, lifetime: i64) {
        self.0.retain(|_, grant| grant.expires > now);
        self.0.insert(token, Grant { scopes, expires: now.saturating_add(lifetime) });
    }

    /// Revokes all tokens.
    pub(super) fn revoke(&mut self) {
        self.0.clear();
    }

    /// Checks the token of a call: it must be known, not expired, and have one of the scopes (RFC
    /// 6750, 3; Security Framework 1.0, 4.1).
    pub(super) fn check(
        &self,
        headers: &HeaderMap,
        scopes: &[&str],
        now: i64,
    ) -> Result<(), ServiceResponse> {
        let unauthorized = |challenge: &str| {
            Err(ServiceResponse::error(StatusCode::UNAUTHORIZED, "Unauthorized")
                .with("www-authenticate", challenge))
        };
        let value = headers
            .get(header::AUTHORIZATION)
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .unwrap_or_default();
        let Some((scheme, token)) = value.split_once(' ') else {
            return unauthorized(r#"Bearer realm="services""#);
        };
        let known =
            scheme.eq_ignore_ascii_case("bearer").then(|| self.0.get(token.trim())).flatten();
        match known.filter(|grant| grant.expires > now) {
            None => unauthorized(
                r#"Bearer realm="services", error="invalid_token", error_description="The access token is unknown or has expired""#,
            ),
            Some(grant) if grant.scopes.iter().any(|scope| scopes.contains(&scope.as_str())) => {
                Ok(())
            }
            Some(_) => unauthorized(&format!(
                r#"Bearer realm="services", error="insufficient_scope", scope="{}""#,
                scopes.join(" ")
            )),
        }
    }
}

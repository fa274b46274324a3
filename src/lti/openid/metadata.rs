//! The discovery document of the provider (OpenID Connect Discovery 1.0, 3; RFC 8414).

use serde_json::{Value, json};

use super::scope::Scope;
use crate::lti::jws::ASSERTION_ALGORITHMS;

/// The URLs of the endpoints.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// Where the browser brings an authentication request.
    pub authorization: String,
    /// Where a client exchanges a code.
    pub token: String,
    /// Where it gets claims.
    pub userinfo: String,
    /// The keys that sign ID tokens.
    pub keyset: String,
    /// Where a client ends a session.
    pub end_session: String,
}

/// The document. `issuer` is repeated in every ID token; `claims` are the names of the claims.
pub fn document(issuer: &str, endpoints: &Endpoints, claims: &[&str]) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": endpoints.authorization,
        "token_endpoint": endpoints.token,
        "userinfo_endpoint": endpoints.userinfo,
        "jwks_uri": endpoints.keyset,
        "end_session_endpoint": endpoints.end_session,
        "scopes_supported": Scope::ALL.map(Scope::as_str),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        // If this were absent, the implicit flow would be meant, too.
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "claim_types_supported": ["normal"],
        "claims_supported": claims,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        // If this were absent, it would be true.
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
    })
}

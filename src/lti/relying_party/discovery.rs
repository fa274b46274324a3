//! The discovery document of a provider (OpenID Connect Discovery 1.0, section 3).

use serde_json::Value;

use super::{Kind, SEVERAL_TENANTS, TENANT};
use crate::lti::algorithm;

/// What the document says, as far as it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovery {
    /// The issuer of its ID tokens, which may contain [`TENANT`].
    pub issuer: String,
    /// Where browsers are sent.
    pub authorization_endpoint: String,
    /// Where codes are exchanged.
    pub token_endpoint: String,
    /// Its keyset.
    pub jwks_uri: String,
    /// The algorithms of its ID tokens that are accepted; never one with a shared secret.
    pub algorithms: Vec<&'static str>,
    /// Whether the client's secret is sent in a header, or else in the form.
    pub secret_in_header: bool,
    /// Whether responses to the browser name the issuer (RFC 9207).
    pub names_issuer: bool,
}

impl Discovery {
    /// Where the document of an issuer is (section 4).
    pub fn url(issuer: &str) -> String {
        format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
    }

    /// Reads the document of an issuer.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as a sentence: it is not JSON, it is of another issuer, a URL is
    /// missing, or no algorithm is accepted.
    pub fn parse(body: &[u8], issuer: &str, kind: Kind) -> Result<Self, String> {
        let document: Value =
            serde_json::from_slice(body).map_err(|_| "It is not JSON.".to_owned())?;
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        let found = text("issuer").ok_or("It names no issuer.")?;
        if found != issuer && !is_template_of(found, issuer, kind) {
            return Err(format!(
                "It is of the issuer {}, and not of {issuer}.",
                crate::lti::refusal::quoted(found)
            ));
        }
        let url = |name: &str| {
            text(name)
                .filter(|url| !url.is_empty())
                .map(str::to_owned)
                .ok_or_else(|| format!("It has no {name}."))
        };
        let list = |name: &str| document.get(name).and_then(Value::as_array);
        let has = |name: &str, wanted: &str| {
            list(name).is_some_and(|list| list.iter().any(|one| one == wanted))
        };
        const ALGORITHMS: &str = "id_token_signing_alg_values_supported";
        let algorithms: Vec<&'static str> = match list(ALGORITHMS) {
            Some(_) => algorithm::names().filter(|name| has(ALGORITHMS, name)).collect(),
            None => vec!["RS256"],
        };
        if algorithms.is_empty() {
            return Err("It names no algorithm for ID tokens that is accepted here.".to_owned());
        }
        const METHODS: &str = "token_endpoint_auth_methods_supported";
        Ok(Self {
            issuer: found.to_owned(),
            authorization_endpoint: url("authorization_endpoint")?,
            token_endpoint: url("token_endpoint")?,
            jwks_uri: url("jwks_uri")?,
            algorithms,
            // The default of the specification.
            secret_in_header: list(METHODS).is_none() || has(METHODS, "client_secret_basic"),
            names_issuer: document.get("authorization_response_iss_parameter_supported")
                == Some(&Value::Bool(true)),
        })
    }
}

/// Whether an issuer is the template of Microsoft's endpoints for several tenants.
fn is_template_of(found: &str, issuer: &str, kind: Kind) -> bool {
    let template = format!("/{TENANT}/");
    kind == Kind::Microsoft
        && SEVERAL_TENANTS.iter().any(|several| {
            issuer.matches(several).count() == 1 && issuer.replace(several, &template) == found
        })
}

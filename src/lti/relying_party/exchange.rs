//! The exchange of a code for an ID token (section 3.1.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::lti::refusal::printable;

/// The media type of the request.
pub const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// A code that is to be exchanged. It has no `Debug`, because it contains secrets.
pub struct CodeExchange<'a> {
    /// The client ID at the provider.
    pub client_id: &'a str,
    /// The client's secret at the provider.
    pub secret: &'a str,
    /// The code.
    pub code: &'a str,
    /// The redirect URI of the request.
    pub redirect_uri: &'a str,
    /// The PKCE verifier of the request.
    pub verifier: &'a str,
}

/// Why there is no ID token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExchangeProblem {
    /// The provider refuses: its error code, and its words.
    Refused {
        /// `error`, printable.
        error: String,
        /// `error_description`, printable.
        description: String,
    },
    /// The response is not one of the protocol.
    Unreadable,
}

impl CodeExchange<'_> {
    /// The body of the request, with the client's secret unless that is in the header.
    pub fn body(&self, secret_in_header: bool) -> String {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", self.code)
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("code_verifier", self.verifier);
        if !secret_in_header {
            form.append_pair("client_id", self.client_id).append_pair("client_secret", self.secret);
        }
        form.finish()
    }

    /// The value of the header `Authorization` (RFC 6749, 2.3.1).
    pub fn authorization(&self) -> String {
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encoded(self.client_id), encoded(self.secret));
        format!("Basic {}", STANDARD.encode(pair))
    }
}

/// Reads the response of the token endpoint.
///
/// # Errors
///
/// [`ExchangeProblem`].
pub fn read_answer(status: u16, body: &[u8]) -> Result<String, ExchangeProblem> {
    #[derive(Deserialize)]
    struct Answer {
        id_token: Option<String>,
        error: Option<String>,
        error_description: Option<String>,
    }
    let answer: Answer = serde_json::from_slice(body).map_err(|_| ExchangeProblem::Unreadable)?;
    match answer {
        Answer { id_token: Some(token), error: None, .. } if (200..300).contains(&status) => {
            Ok(token)
        }
        Answer { error: Some(error), error_description, .. } => Err(ExchangeProblem::Refused {
            error: printable(&error),
            description: printable(&error_description.unwrap_or_default()),
        }),
        _ => Err(ExchangeProblem::Unreadable),
    }
}

//! The platform's response to a registration.

use serde_json::{Map, Value};

use super::{RegistrationError, TOOL_KEY};
use crate::web::page_text;

/// The maximum length of a platform's message, in characters.
const MAX_MESSAGE_CHARACTERS: usize = 500;

/// The maximum number of bytes of an error response that are read.
const MAX_ERROR_BYTES: usize = 16 * 1024;

/// The response of a platform that has registered the tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationResponse {
    /// The tool's client ID.
    pub client_id: String,
    /// The deployment that the platform created, if any.
    pub deployment_id: Option<String>,
    /// The granted scopes, if the platform lists them.
    pub scopes: Option<Vec<String>>,
}

impl RegistrationResponse {
    /// Parses a response. The client ID and the deployment ID may be numbers. The deployment ID may
    /// be inside the tool's configuration (Moodle, Sakai, Brightspace) or next to it (Canvas).
    ///
    /// # Errors
    ///
    /// If it is not a JSON object, or has no client ID.
    pub fn read(body: &[u8]) -> Result<Self, RegistrationError> {
        let body: Map<String, Value> =
            serde_json::from_slice(body).map_err(|_| RegistrationError::ResponseNotJson)?;
        let client_id = identifier(body.get("client_id")).ok_or(RegistrationError::NoClientId)?;
        let nested = body.get(TOOL_KEY).and_then(|tool| identifier(tool.get("deployment_id")));
        Ok(Self {
            client_id,
            deployment_id: nested.or_else(|| identifier(body.get("deployment_id"))),
            scopes: body
                .get("scope")
                .and_then(Value::as_str)
                .map(|scopes| scopes.split_whitespace().map(str::to_owned).collect()),
        })
    }
}

/// An identifier as text; platforms also send numbers.
fn identifier(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The message of an error response: the text of JSON errors and HTML pages, on one line, at
/// most 500 characters, without `secret`.
pub fn printable_response(body: &[u8], secret: Option<&str>) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(MAX_ERROR_BYTES)]);
    let text = match serde_json::from_str::<Value>(&text) {
        Ok(Value::Object(fields)) => described(&fields),
        Ok(Value::String(text)) => text,
        _ => page_text::visible(&text),
    };
    let text = match secret.filter(|secret| !secret.is_empty()) {
        Some(secret) => text.replace(secret, "…"),
        None => text,
    };
    let words = text
        .split(|character: char| character.is_whitespace() || character.is_control())
        .filter(|word| !word.is_empty());
    let mut line: String =
        words.collect::<Vec<_>>().join(" ").chars().take(MAX_MESSAGE_CHARACTERS + 1).collect();
    if line.chars().count() > MAX_MESSAGE_CHARACTERS {
        line = line.chars().take(MAX_MESSAGE_CHARACTERS - 1).collect();
        line.push('…');
    }
    line
}

/// `error: error_description` if the platform follows the standard, and the whole object otherwise.
fn described(fields: &Map<String, Value>) -> String {
    let field = |name: &str| fields.get(name).and_then(Value::as_str);
    match (field("error"), field("error_description")) {
        (Some(error), Some(description)) => format!("{error}: {description}"),
        _ => Value::Object(fields.clone()).to_string(),
    }
}

//! What the platform makes of our registration.

use serde_json::{Map, Value};

use super::{TOOL_KEY, Unusable};
use crate::web::page_text;

/// The most characters of a platform's own words that are kept and shown.
const LONGEST_TEXT: usize = 500;

/// The most bytes of a refusal that are looked at.
const MOST_READ: usize = 16 * 1024;

/// What a platform answers when it has registered the tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Our client ID there.
    pub client_id: String,
    /// The deployment that it made along with it, if it made one.
    pub deployment_id: Option<String>,
    /// The scopes that it grants, when it says which.
    pub scopes: Option<Vec<String>>,
}

impl Answer {
    /// Reads the answer. The client ID may be a number, the deployment ID too; that may stand
    /// within the tool's part (Moodle, Sakai, Brightspace) or beside it (Canvas).
    ///
    /// # Errors
    ///
    /// No JSON object, or no client ID in it.
    pub fn read(body: &[u8]) -> Result<Self, Unusable> {
        let body: Map<String, Value> =
            serde_json::from_slice(body).map_err(|_| Unusable::AnswerNotJson)?;
        let client_id = identifier(body.get("client_id")).ok_or(Unusable::NoClientId)?;
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

/// A platform's refusal in its own words: the text of JSON errors and HTML pages, on one line, at
/// most 500 characters, without `secret`.
pub fn printable_answer(body: &[u8], secret: Option<&str>) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(MOST_READ)]);
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
        words.collect::<Vec<_>>().join(" ").chars().take(LONGEST_TEXT + 1).collect();
    if line.chars().count() > LONGEST_TEXT {
        line = line.chars().take(LONGEST_TEXT - 1).collect();
        line.push('…');
    }
    line
}

/// `error: error_description` where the platform keeps to the standard, and the whole object
/// otherwise.
fn described(fields: &Map<String, Value>) -> String {
    let field = |name: &str| fields.get(name).and_then(Value::as_str);
    match (field("error"), field("error_description")) {
        (Some(error), Some(description)) => format!("{error}: {description}"),
        _ => Value::Object(fields.clone()).to_string(),
    }
}

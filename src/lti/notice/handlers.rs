//! The service by which a tool tells a platform where to send notices: one handler for each type.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::lti::json_problem;

/// The media type of requests and responses.
pub const MEDIA_TYPE: &str = "application/json";

/// Maximum number of types that are read from a list.
pub const MAX_TYPES: usize = 50;

/// The handlers of a deployment, as the platform lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handlers {
    /// The client ID, if the platform names it; numbers are written as decimals.
    pub client_id: Option<String>,
    /// The deployment ID, if the platform names it.
    pub deployment_id: Option<String>,
    /// The handler of each type; an empty one means that the platform sends no such notices.
    pub handlers: Vec<Handler>,
}

/// The handler of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// The type.
    pub notice_type: String,
    /// The URL to which notices are sent; empty if none are.
    pub url: String,
}

impl Handlers {
    /// Reads the platform's list. Entries without a type are left out.
    ///
    /// # Errors
    ///
    /// Why it is no such list.
    pub fn read(body: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Document {
            #[serde(default)]
            client_id: Value,
            #[serde(default)]
            deployment_id: Value,
            notice_handlers: Vec<Entry>,
        }

        #[derive(Deserialize)]
        struct Entry {
            #[serde(default)]
            notice_type: Value,
            #[serde(default)]
            handler: Value,
        }

        let document: Document =
            serde_json::from_slice(body).map_err(|error| json_problem(&error))?;
        let handlers = document.notice_handlers.into_iter().filter_map(|entry| {
            let notice_type = entry.notice_type.as_str().filter(|name| is_type(name))?.to_owned();
            let url = entry.handler.as_str().unwrap_or_default().to_owned();
            Some(Handler { notice_type, url })
        });
        Ok(Self {
            client_id: text(&document.client_id),
            deployment_id: text(&document.deployment_id),
            handlers: handlers.take(MAX_TYPES).collect(),
        })
    }

    /// The handler of a type; `None` if the platform does not list the type.
    pub fn of(&self, notice_type: &str) -> Option<&str> {
        let found = self.handlers.iter().find(|handler| handler.notice_type == notice_type)?;
        Some(&found.url)
    }
}

/// An ID as text. Some platforms send numbers.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The body of a request that sets the handler of a type; an empty URL ends the notices.
pub fn change(notice_type: &str, url: &str) -> Value {
    json!({ "notice_type": notice_type, "handler": url })
}

/// Whether a text can be the name of a type: 1 to 255 printable ASCII characters without spaces.
pub fn is_type(name: &str) -> bool {
    (1..=255).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_with_ids_of_any_kind() {
        let body = br#"{"client_id":10000000000041,"deployment_id":"41:c0ffee","notice_handlers":[
            {"notice_type":"LtiHelloWorldNotice","handler":""},
            {"notice_type":"LtiContextCopyNotice","handler":"https://tool.example/n","max_batch_size":50},
            {"notice_type":"LtiOther","handler":null}, {"handler":"x"}, {"notice_type":"a b"}]}"#;
        let handlers = Handlers::read(body).unwrap();
        assert_eq!(handlers.client_id.as_deref(), Some("10000000000041"));
        assert_eq!(handlers.deployment_id.as_deref(), Some("41:c0ffee"));
        assert_eq!(handlers.of("LtiHelloWorldNotice"), Some(""));
        assert_eq!(handlers.of("LtiContextCopyNotice"), Some("https://tool.example/n"));
        assert_eq!(handlers.of("LtiOther"), Some(""));
        assert_eq!((handlers.handlers.len(), handlers.of("LtiUnlisted")), (3, None));
    }

    #[test]
    fn anything_else_is_no_list() {
        for body in ["", "[]", "{}", r#"{"notice_handlers":{}}"#, r#"{"notice_handlers":[1]}"#] {
            assert!(Handlers::read(body.as_bytes()).is_err(), "{body}");
        }
    }
}

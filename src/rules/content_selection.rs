//! What the session of a content selection stores of the platform's request: the settings as JSON, and
//! under LTI 1.1, how the request was signed, because the response is signed in the same way.

use aws_lc_rs::hmac;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::Secret;
use crate::lti::deep_linking::Settings;
use crate::lti::lti_1p1::oauth1::Method;

/// The member that is added to the settings.
const SIGNED_WITH: &str = "signed_with";

/// How a request of LTI 1.1 was signed. It does not contain the secret, but recognizes it: while a
/// consumer has two, its platform accepts only the one that it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedWith {
    method: String,
    secret: String,
}

impl SignedWith {
    /// A request with this method, which this secret has signed.
    pub fn new(method: Method, secret: &Secret) -> Self {
        Self { method: method.as_str().to_owned(), secret: mark(secret) }
    }

    /// The method, or the one that every platform supports.
    pub fn method(&self) -> Method {
        Method::named(&self.method).unwrap_or(Method::HmacSha1)
    }

    /// The secret among those that are still accepted, the newest first; the newest if the one of the
    /// request has ended.
    pub fn secret<'s>(&self, accepted: &'s [Secret]) -> Option<&'s Secret> {
        accepted.iter().find(|secret| mark(secret) == self.secret).or(accepted.first())
    }
}

/// Tells the few secrets of a consumer apart.
fn mark(secret: &Secret) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose());
    HEXLOWER.encode(&hmac::sign(&key, b"content selection").as_ref()[..8])
}

/// The text to store.
///
/// # Errors
///
/// If the settings cannot be written as JSON.
pub fn stored(
    settings: &Settings,
    signed_with: Option<&SignedWith>,
) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_value(settings)?;
    if let (Value::Object(members), Some(signed_with)) = (&mut text, signed_with) {
        members.insert(SIGNED_WITH.to_owned(), json!(signed_with));
    }
    serde_json::to_string(&text)
}

/// The settings in a stored text.
///
/// # Errors
///
/// If the text is no such JSON.
pub fn settings(stored: &str) -> Result<Settings, serde_json::Error> {
    serde_json::from_str(stored)
}

/// How the request was signed; `None` under LTI 1.3.
///
/// # Errors
///
/// If the text is no such JSON.
pub fn signed_with(stored: &str) -> Result<Option<SignedWith>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Stored {
        signed_with: Option<SignedWith>,
    }
    Ok(serde_json::from_str::<Stored>(stored)?.signed_with)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.as_bytes().to_vec())
    }

    fn example() -> Settings {
        Settings {
            return_url: "https://lms.example/return?session=1".to_owned(),
            accept_types: vec!["ltiResourceLink".to_owned()],
            accept_presentation_document_targets: Vec::new(),
            accept_media_types: Vec::new(),
            accept_multiple: true,
            accept_lineitem: None,
            auto_create: false,
            title: None,
            text: None,
            data: Some(json!("")),
        }
    }

    #[test]
    fn the_secret_of_the_request_is_found_again_and_not_stored() {
        let with = SignedWith::new(Method::HmacSha256, &secret("old"));
        let text = stored(&example(), Some(&with)).expect("JSON");
        assert!(!text.contains("old"), "{text}");
        assert_eq!(settings(&text).expect("settings"), example());
        let read = signed_with(&text).expect("JSON").expect("a signature");
        assert_eq!(read.method(), Method::HmacSha256);
        for (accepted, expected) in
            [(&["new", "old"][..], Some("old")), (&["new", "newer"], Some("new")), (&[], None)]
        {
            let accepted: Vec<Secret> = accepted.iter().map(|text| secret(text)).collect();
            let found = read.secret(&accepted).map(Secret::expose);
            assert_eq!(found, expected.map(str::as_bytes));
        }
    }

    #[test]
    fn a_request_of_lti_1p3_has_no_signature_of_a_form() {
        let text = stored(&example(), None).expect("JSON");
        assert_eq!(text, serde_json::to_string(&json!(example())).expect("JSON"));
        assert_eq!(signed_with(&text).expect("JSON"), None);
    }
}

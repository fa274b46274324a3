//! How to register a tool by LTI 2.0.

use super::misbehaviour::{ChangeMisbehaviour, ProxyMisbehaviour};
use crate::sandbox::bad_choice::BadChoice;
use crate::sandbox::fields::Fields;
use crate::sandbox::words::{optional, words};

words! {
    /// Who chooses the secret.
    #[derive(Default)]
    SecretForm, "secret" {
        /// `shared_secret`.
        #[default]
        Plain "plain" "The tool",
        /// `OAuth.splitSecret` (LTI 2.1).
        Split "split" "Both: each side chooses a half (OAuth.splitSecret)",
    }
}

/// How to register one tool. It is sent as fields of the page's form, see [`ProxyChoice::to_form`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProxyChoice {
    /// Who chooses the secret.
    pub secret: SecretForm,
    /// What the platform does wrong.
    pub misbehaviour: Option<ProxyMisbehaviour>,
}

impl ProxyChoice {
    /// The fields of `POST /lti-2p0/register`, besides the registration URL.
    pub fn to_form(self) -> Vec<(String, String)> {
        let mut form = vec![("secret".to_owned(), self.secret.name().to_owned())];
        let misbehaviour = self.misbehaviour.map(|one| one.name().to_owned());
        form.extend(misbehaviour.map(|name| ("misbehaviour".to_owned(), name)));
        form
    }

    /// Reads the fields of `POST /lti-2p0/register`; missing and empty ones mean a secret that the tool
    /// chooses, and nothing wrong.
    pub(super) fn from_form(form: &Fields) -> Result<Self, BadChoice> {
        let mut choice = Self::default();
        for (name, value) in form {
            match name.as_str() {
                "secret" => choice.secret = optional(value)?.unwrap_or_default(),
                "misbehaviour" => choice.misbehaviour = optional(value)?,
                "registration_url" => {}
                other => return Err(BadChoice::Field(other.to_owned())),
            }
        }
        Ok(choice)
    }
}

words! {
    /// What the platform does with a tool proxy that takes the place of another one.
    #[derive(Default)]
    ProxyDecision, "decision" {
        /// PUT to `VND-IMS-CONFIRM-URL`.
        #[default]
        Confirm "confirm" "Confirm it at VND-IMS-CONFIRM-URL (PUT)",
        /// DELETE to `VND-IMS-CONFIRM-URL`.
        Discard "discard" "Discard it there (DELETE)",
        /// It does not know that header.
        Ignore "ignore" "Ignore the header, and use the new secret at once",
    }
}

/// How to register a tool again. It is sent as fields of the page's form, see [`ChangeChoice::to_form`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChangeChoice {
    /// Who chooses the new secret.
    pub secret: SecretForm,
    /// What the platform does with the new tool proxy.
    pub decision: ProxyDecision,
    /// What it does wrong.
    pub misbehaviour: Option<ChangeMisbehaviour>,
}

impl ChangeChoice {
    /// The fields of `POST /lti-2p0/change`, besides the registration URL.
    pub fn to_form(self) -> Vec<(String, String)> {
        let mut form = vec![
            ("secret".to_owned(), self.secret.name().to_owned()),
            ("decision".to_owned(), self.decision.name().to_owned()),
        ];
        let misbehaviour = self.misbehaviour.map(|one| one.name().to_owned());
        form.extend(misbehaviour.map(|name| ("misbehaviour".to_owned(), name)));
        form
    }

    /// Reads the fields of `POST /lti-2p0/change`; missing and empty ones mean a secret that the tool
    /// chooses, a confirmation, and nothing wrong.
    pub(super) fn from_form(form: &Fields) -> Result<Self, BadChoice> {
        let mut choice = Self::default();
        for (name, value) in form {
            match name.as_str() {
                "secret" => choice.secret = optional(value)?.unwrap_or_default(),
                "decision" => choice.decision = optional(value)?.unwrap_or_default(),
                "misbehaviour" => choice.misbehaviour = optional(value)?,
                "registration_url" => {}
                other => return Err(BadChoice::Field(other.to_owned())),
            }
        }
        Ok(choice)
    }
}

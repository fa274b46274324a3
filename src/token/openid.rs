//! What an OpenID provider gives away and takes back: codes, access tokens, and requests that wait
//! for a launch.
//!
//! All of them name a session or a client, which are read from the database when they come back, so
//! they end with these. None of them is stored: a code that is used is marked as spent, like the
//! nonce of a launch.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use super::mac::{MacKey, Purpose, mac};
use super::sealed::{open, seal};
use crate::domain::{Random, SessionHandle};

/// How long a code is valid, in seconds.
pub const CODE_SECONDS: i64 = 60;

/// How long an access token is valid, in seconds, unless its session ends before.
pub const ACCESS_SECONDS: i64 = 600;

/// How long a request waits for a launch, in seconds.
pub const WAIT_SECONDS: i64 = 900;

/// An authorization code: who signs in, and to what its exchange is bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The client ID.
    #[serde(rename = "c")]
    pub client_id: String,
    /// The number of the session's handle.
    #[serde(rename = "h")]
    pub session: u64,
    /// The digest of the request's redirect URI, [`Code::digest`].
    #[serde(rename = "u")]
    pub redirect_uri: String,
    /// The scopes, with spaces between them.
    #[serde(rename = "s")]
    pub scopes: String,
    /// The nonce of the request.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The PKCE challenge of the request.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
    /// When it expires, in seconds since 1970.
    #[serde(rename = "e")]
    pub expires_at: i64,
    /// Makes it unique: 128 random bits in hexadecimal.
    #[serde(rename = "r")]
    pub id: String,
}

impl Code {
    /// A new ID.
    pub fn new_id(random: &Random) -> String {
        HEXLOWER.encode(&random.bytes::<16>())
    }

    /// What stands for a redirect URI, which may be long: SHA-256 in base64url.
    pub fn digest(redirect_uri: &str) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, redirect_uri.as_bytes()))
    }

    /// The session.
    pub fn handle(&self) -> SessionHandle {
        SessionHandle::from_number(self.session)
    }

    /// Its text.
    pub fn seal(&self, key: &MacKey) -> String {
        seal(key, Purpose::AuthorizationCode, self)
    }

    /// Opens a text that [`Code::seal`] created. It may have expired.
    pub fn open(text: &str, key: &MacKey) -> Option<Self> {
        open(text, key, Purpose::AuthorizationCode)
    }
}

/// An access token of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// The client ID.
    #[serde(rename = "c")]
    pub client_id: String,
    /// For whom.
    #[serde(flatten)]
    pub subject: AccessSubject,
    /// The scopes, with spaces between them.
    #[serde(rename = "s")]
    pub scopes: String,
    /// When it expires, in seconds since 1970.
    #[serde(rename = "e")]
    pub expires_at: i64,
}

/// For whom an access token is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "k")]
pub enum AccessSubject {
    /// A person who has signed in.
    #[serde(rename = "s")]
    Session {
        /// The number of the session's handle.
        #[serde(rename = "h")]
        session: u64,
        /// The ID of the code that it was exchanged for.
        #[serde(rename = "r")]
        code_id: String,
        /// When that code expired, in seconds since 1970.
        #[serde(rename = "x")]
        code_expires_at: i64,
    },
    /// The client itself.
    #[serde(rename = "c")]
    Client,
}

impl AccessToken {
    /// Its text.
    pub fn seal(&self, key: &MacKey) -> String {
        seal(key, Purpose::AccessToken, self)
    }

    /// Whether a text is an access token of this tool, which may have expired.
    pub fn is_one(text: &str, key: &MacKey) -> bool {
        open::<Self>(text, key, Purpose::AccessToken).is_some()
    }

    /// Opens a text that [`AccessToken::seal`] created, unless it has expired.
    pub fn open(text: &str, key: &MacKey, now_seconds: i64) -> Option<Self> {
        let token: Self = open(text, key, Purpose::AccessToken)?;
        (now_seconds < token.expires_at).then_some(token)
    }
}

/// An authentication request that waits in the browser for a launch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingRequest {
    /// Its parameters as a query.
    #[serde(rename = "q")]
    pub query: String,
    /// When it began to wait, in seconds since 1970.
    #[serde(rename = "b")]
    pub began_at: i64,
}

impl WaitingRequest {
    /// The parameters.
    pub fn pairs(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.query.as_bytes()).into_owned().collect()
    }

    /// The value of its cookie.
    pub fn seal(&self, key: &MacKey) -> String {
        seal(key, Purpose::WaitingRequest, self)
    }

    /// Opens a value that [`WaitingRequest::seal`] created, unless it has expired.
    pub fn open(text: &str, key: &MacKey, now_seconds: i64) -> Option<Self> {
        let waiting: Self = open(text, key, Purpose::WaitingRequest)?;
        (now_seconds < waiting.began_at + WAIT_SECONDS).then_some(waiting)
    }
}

/// What names an account to a client and to no other one (Core, 8.1): 43 characters of base64url.
pub fn pairwise_subject(key: &MacKey, client_id: &str, account: &uuid::Uuid) -> String {
    mac(key, Purpose::PairwiseSubject, &format!("{client_id} {account}"))
}

/// What names a person without an account, for the time of their session.
pub fn guest_subject(key: &MacKey, client_id: &str, handle: SessionHandle) -> String {
    format!("guest-{}", mac(key, Purpose::GuestSubject, &format!("{client_id} {handle}")))
}

/// What names a session to a client (`sid`).
pub fn session_id(key: &MacKey, client_id: &str, handle: SessionHandle) -> String {
    mac(key, Purpose::SessionId, &format!("{client_id} {handle}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code() -> Code {
        Code {
            client_id: "app_1".to_owned(),
            session: 5,
            redirect_uri: Code::digest("https://app.example.edu/cb"),
            scopes: "openid".to_owned(),
            nonce: Some("n\"é".to_owned()),
            challenge: None,
            expires_at: 1060,
            id: Code::new_id(&Random::seeded(1)),
        }
    }

    fn access(subject: AccessSubject) -> AccessToken {
        AccessToken {
            client_id: "app_1".to_owned(),
            subject,
            scopes: "openid score".to_owned(),
            expires_at: 1600,
        }
    }

    #[test]
    fn values_open_as_they_were_sealed_and_for_their_own_purpose() {
        let (key, other) = (MacKey::new([7; 32]), MacKey::new([8; 32]));
        let sealed = code().seal(&key);
        assert_eq!(Code::open(&sealed, &key), Some(code()));
        assert_eq!(Code::open(&sealed, &other), None);
        assert!(AccessToken::open(&sealed, &key, 0).is_none());
        assert!(WaitingRequest::open(&sealed, &key, 0).is_none());
        for subject in [
            AccessSubject::Session { session: 5, code_id: "r".to_owned(), code_expires_at: 1060 },
            AccessSubject::Client,
        ] {
            let token = access(subject);
            let sealed = token.seal(&key);
            assert_eq!(AccessToken::open(&sealed, &key, 1599), Some(token));
            assert_eq!(AccessToken::open(&sealed, &key, 1600), None, "it has expired");
            assert_eq!(Code::open(&sealed, &key), None);
        }
        let waiting = WaitingRequest { query: "a=b".to_owned(), began_at: 1000 };
        let sealed = waiting.seal(&key);
        assert_eq!(WaitingRequest::open(&sealed, &key, 1899), Some(waiting));
        assert_eq!(WaitingRequest::open(&sealed, &key, 1900), None);
    }

    #[test]
    fn a_token_that_lacks_something_is_no_other_token() {
        let key = MacKey::new([7; 32]);
        for (document, opens) in [
            (serde_json::json!({ "c": "a", "k": "c", "s": "score", "e": 9 }), true),
            (serde_json::json!({ "c": "a", "s": "score", "e": 9 }), false),
            (serde_json::json!({ "c": "a", "k": "s", "s": "score", "e": 9 }), false),
            (serde_json::json!({ "c": "a", "h": 5, "r": "r", "s": "score", "e": 9 }), false),
            (serde_json::json!({ "c": "a", "k": "x", "s": "score", "e": 9 }), false),
        ] {
            let text = seal(&key, Purpose::AccessToken, &document);
            assert_eq!(AccessToken::open(&text, &key, 0).is_some(), opens, "{document}");
        }
    }

    #[test]
    fn nothing_of_a_value_can_be_changed() {
        let key = MacKey::new([7; 32]);
        let sealed = code().seal(&key);
        assert!(sealed.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)));
        for place in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[place] ^= 1;
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(Code::open(&changed, &key), None, "{changed}");
        }
        for text in ["", ".", "a.b", &sealed[1..], &format!("{sealed}."), &format!(".{sealed}")] {
            assert_eq!(Code::open(text, &key), None, "{text}");
        }
    }

    #[test]
    fn subjects_differ_between_clients_and_people() {
        let key = MacKey::new([7; 32]);
        let [one, two] = [1, 2].map(uuid::Uuid::from_u128);
        let subject = |client: &str, account| pairwise_subject(&key, client, account);
        assert_eq!(subject("app_1", &one), subject("app_1", &one));
        assert_ne!(subject("app_1", &one), subject("app_2", &one));
        assert_ne!(subject("app_1", &one), subject("app_1", &two));
        assert_ne!(pairwise_subject(&MacKey::new([8; 32]), "app_1", &one), subject("app_1", &one));
        let handle = SessionHandle::from_number(5);
        let guest = guest_subject(&key, "app_1", handle);
        assert!(guest.starts_with("guest-") && !guest.contains(&session_id(&key, "app_1", handle)));
        assert_ne!(guest, guest_subject(&key, "app_2", handle));
    }
}

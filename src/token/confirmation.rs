//! The form value between the confirmation page of a registration and the registration itself. It is
//! not stored: it contains the parameters with which the platform opened the page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::mac::{MacKey, Purpose, mac, mac_matches};
use super::proxy_token::ProxyTarget;

/// How long a confirmation page can be confirmed, in seconds.
pub const LIFETIME_SECONDS: i64 = 600;

/// How far the tool's clock may have been set back in between, in seconds.
const CLOCK_STEP_SECONDS: i64 = 60;

/// Maximum length of a form value, in characters.
const MAX_CONFIRMATION_CHARACTERS: usize = 32 * 1024;

/// What the registration needs from the confirmation page. It has no `Debug`, because it contains
/// the platform's registration token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The invitation's number.
    pub invitation: i64,
    /// The URL of the configuration that the page showed.
    pub configuration_url: String,
    /// The platform's token for its registration endpoint, if any.
    pub registration_token: Option<String>,
    /// When the page was created, in seconds since 1970.
    pub issued_at: i64,
}

impl Confirmation {
    /// The form value: payload and MAC, both base64url, with a dot between them.
    pub fn seal(&self, key: &MacKey) -> String {
        sealed(self, key, Purpose::Confirmation)
    }

    /// Opens a form value that [`Confirmation::seal`] created at most ten minutes ago; `None`
    /// otherwise.
    pub fn open(text: &str, key: &MacKey, now_seconds: i64) -> Option<Self> {
        let confirmation: Self = opened(text, key, Purpose::Confirmation)?;
        is_fresh(confirmation.issued_at, now_seconds).then_some(confirmation)
    }
}

/// The same for a registration by LTI 2.0. It has no `Debug`, because it contains the credentials of
/// the platform's request.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyConfirmation {
    /// What the registration URL is for.
    pub target: ProxyTarget,
    /// `reg_key`.
    pub key: String,
    /// `reg_password`.
    pub password: String,
    /// The URL of the profile that the page showed.
    pub profile_url: String,
    /// Where the administrator returns to.
    pub return_url: String,
    /// When the page was created, in seconds since 1970.
    pub issued_at: i64,
}

impl ProxyConfirmation {
    /// The form value.
    pub fn seal(&self, key: &MacKey) -> String {
        sealed(self, key, Purpose::ProxyConfirmation)
    }

    /// Opens a form value that [`ProxyConfirmation::seal`] created at most ten minutes ago; `None`
    /// otherwise.
    pub fn open(text: &str, key: &MacKey, now_seconds: i64) -> Option<Self> {
        let confirmation: Self = opened(text, key, Purpose::ProxyConfirmation)?;
        is_fresh(confirmation.issued_at, now_seconds).then_some(confirmation)
    }
}

/// The same for the change of a registration by LTI 2.0.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyChangeConfirmation {
    /// Key of the consumer's registration.
    pub registration_id: i64,
    /// Digest of the secret that signed the platform's request.
    pub secret_digest: String,
    /// `oauth_signature_method` of that request.
    pub method: String,
    /// The nonce of that request as it is stored, which makes the value unique.
    pub nonce: String,
    /// The URL of the profile that the page showed.
    pub profile_url: String,
    /// Where the administrator returns to.
    pub return_url: String,
    /// When the page was created, in seconds since 1970.
    pub issued_at: i64,
}

impl ProxyChangeConfirmation {
    /// The form value.
    pub fn seal(&self, key: &MacKey) -> String {
        sealed(self, key, Purpose::ProxyChange)
    }

    /// Opens a form value that [`ProxyChangeConfirmation::seal`] created at most ten minutes ago;
    /// `None` otherwise.
    pub fn open(text: &str, key: &MacKey, now_seconds: i64) -> Option<Self> {
        let confirmation: Self = opened(text, key, Purpose::ProxyChange)?;
        is_fresh(confirmation.issued_at, now_seconds).then_some(confirmation)
    }
}

pub(super) fn sealed(value: &impl Serialize, key: &MacKey, purpose: Purpose) -> String {
    let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).unwrap_or_default());
    let code = mac(key, purpose, &payload);
    format!("{payload}.{code}")
}

pub(super) fn opened<T: DeserializeOwned>(text: &str, key: &MacKey, purpose: Purpose) -> Option<T> {
    if text.len() > MAX_CONFIRMATION_CHARACTERS {
        return None;
    }
    let (payload, _) =
        text.split_once('.').filter(|(payload, code)| mac_matches(key, purpose, payload, code))?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

fn is_fresh(issued_at: i64, now_seconds: i64) -> bool {
    is_within(issued_at, now_seconds, LIFETIME_SECONDS)
}

/// Whether a value is at most this old, in seconds.
pub(super) fn is_within(issued_at: i64, now_seconds: i64, seconds: i64) -> bool {
    let age_seconds = now_seconds.saturating_sub(issued_at);
    (-CLOCK_STEP_SECONDS..=seconds).contains(&age_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confirmation_of_lti_2p0_is_none_of_lti_1p3() {
        let key = MacKey::new([7; 32]);
        let confirmation = ProxyConfirmation {
            target: ProxyTarget::Resource(3),
            key: "key".into(),
            password: "password".into(),
            profile_url: "https://lms.example/profile".into(),
            return_url: "https://lms.example/return".into(),
            issued_at: 5000,
        };
        let sealed = confirmation.seal(&key);
        for (now, opens) in [(5000, true), (5600, true), (5601, false)] {
            let opened = ProxyConfirmation::open(&sealed, &key, now);
            assert_eq!(opened.is_some_and(|opened| opened == confirmation), opens, "{now}");
        }
        assert!(Confirmation::open(&sealed, &key, 5000).is_none());
        assert!(ProxyConfirmation::open(&sealed, &MacKey::new([8; 32]), 5000).is_none());
    }

    #[test]
    fn a_changed_registration_is_confirmed_for_ten_minutes() {
        let key = MacKey::new([7; 32]);
        let change = ProxyChangeConfirmation {
            registration_id: 3,
            secret_digest: "digest".into(),
            method: "HMAC-SHA1".into(),
            nonce: "nonce".into(),
            profile_url: "https://lms.example/profile".into(),
            return_url: "https://lms.example/return".into(),
            issued_at: 5000,
        };
        let sealed = change.seal(&key);
        for (now, opens) in [(5000, true), (5600, true), (5601, false)] {
            let opened = ProxyChangeConfirmation::open(&sealed, &key, now);
            assert_eq!(opened.is_some_and(|opened| opened == change), opens, "{now}");
        }
        assert!(ProxyConfirmation::open(&sealed, &key, 5000).is_none());
        assert!(ProxyChangeConfirmation::open(&sealed, &MacKey::new([8; 32]), 5000).is_none());
    }

    #[test]
    fn confirmation_opens_for_ten_minutes_and_only_with_its_key() {
        let key = MacKey::new([7; 32]);
        let confirmation = Confirmation {
            invitation: 1,
            configuration_url: "https://lms.example/c".into(),
            registration_token: Some("secret".into()),
            issued_at: 5000,
        };
        let sealed = confirmation.seal(&key);
        for (now, opens) in [(5000, true), (5600, true), (5601, false), (4940, true), (4939, false)]
        {
            assert_eq!(
                Confirmation::open(&sealed, &key, now).is_some_and(|opened| opened == confirmation),
                opens,
                "{now}"
            );
        }
        assert!(Confirmation::open(&sealed, &MacKey::new([8; 32]), 5000).is_none());
        let (payload, _) = sealed.split_once('.').unwrap();
        for text in
            ["", ".", payload, &format!("{payload}."), &format!("x{sealed}"), &format!("{sealed}A")]
        {
            assert!(Confirmation::open(text, &key, 5000).is_none());
        }
    }
}

//! What stands between a stranger and a registration: the token in a registration URL, and the form
//! between the confirmation page and the registration.
//!
//! Neither is stored. The token is made of the invitation's number under the tool's key, so it can
//! be shown again while it is open and cannot be guessed; the form carries under the same key what
//! the platform opened the page with.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::mac::{Purpose, mac, mac_matches};
use super::state::StateKey;

/// How long a confirmation page can be confirmed, in seconds.
pub const CONFIRMATION_SECONDS: i64 = 600;

/// How far our own clock may have gone back in between, in seconds.
const CLOCK_STEP_SECONDS: i64 = 60;

/// The longest form value that is looked at, in characters.
const LONGEST_CONFIRMATION: usize = 32 * 1024;

/// The token of an invitation: its number and a MAC over number and moment of creation, in
/// milliseconds since 1970. 256 bits that nobody can guess.
pub fn token(key: &StateKey, id: i64, created_at: i64) -> String {
    format!("{id}.{}", mac(key, Purpose::Invitation, &format!("{id}.{created_at}")))
}

/// The number of the invitation that a token claims to be; [`token_matches`] says whether it is.
pub fn claimed_id(token: &str) -> Option<i64> {
    let (id, _) = token.split_once('.')?;
    id.parse().ok().filter(|parsed: &i64| parsed.to_string() == id)
}

/// Whether a token belongs to an invitation, compared in constant time.
pub fn token_matches(key: &StateKey, text: &str, id: i64, created_at: i64) -> bool {
    let code = text.split_once('.').map_or("", |(_, code)| code);
    claimed_id(text) == Some(id)
        && mac_matches(key, Purpose::Invitation, &format!("{id}.{created_at}"), code)
}

/// What the confirmation page hands to the registration. It has no `Debug`: it carries the
/// platform's registration token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The invitation's number.
    pub invitation: i64,
    /// The configuration that the page has shown.
    pub configuration_url: String,
    /// The platform's token for its registration endpoint, if it gave one.
    pub registration_token: Option<String>,
    /// When the page was made, in seconds since 1970.
    pub issued_at: i64,
}

impl Confirmation {
    /// The form value: payload and MAC, both base64url, with a dot between them.
    pub fn seal(&self, key: &StateKey) -> String {
        let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default());
        let code = mac(key, Purpose::Confirmation, &payload);
        format!("{payload}.{code}")
    }

    /// Opens a form value that [`Confirmation::seal`] made at most ten minutes ago; nothing
    /// otherwise.
    pub fn open(text: &str, key: &StateKey, now_seconds: i64) -> Option<Self> {
        if text.len() > LONGEST_CONFIRMATION {
            return None;
        }
        let (payload, _) = text
            .split_once('.')
            .filter(|(payload, code)| mac_matches(key, Purpose::Confirmation, payload, code))?;
        let confirmation: Self =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        let age_seconds = now_seconds.saturating_sub(confirmation.issued_at);
        (-CLOCK_STEP_SECONDS..=CONFIRMATION_SECONDS).contains(&age_seconds).then_some(confirmation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_belongs_to_one_invitation() {
        let key = StateKey::new([7; 32]);
        let token = token(&key, 12, 1000);
        assert_eq!(claimed_id(&token), Some(12));
        assert!(token_matches(&key, &token, 12, 1000));
        assert!(!token_matches(&key, &token, 13, 1000) && !token_matches(&key, &token, 12, 1001));
        assert!(!token_matches(&StateKey::new([8; 32]), &token, 12, 1000));
        let tag = token.split_once('.').unwrap().1;
        for text in [
            "",
            ".",
            "12",
            "12.",
            &format!("012.{tag}"),
            &format!("+12.{tag}"),
            &format!("13.{tag}"),
            &format!("{token}="),
        ] {
            assert!(!token_matches(&key, text, 12, 1000), "{text}");
        }
    }

    #[test]
    fn a_confirmation_opens_for_ten_minutes_and_only_here() {
        let key = StateKey::new([7; 32]);
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
        assert!(Confirmation::open(&sealed, &StateKey::new([8; 32]), 5000).is_none());
        let (payload, _) = sealed.split_once('.').unwrap();
        for text in
            ["", ".", payload, &format!("{payload}."), &format!("x{sealed}"), &format!("{sealed}A")]
        {
            assert!(Confirmation::open(text, &key, 5000).is_none());
        }
    }
}

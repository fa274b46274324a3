//! A person's way to an identity provider and back. Nothing of it is stored: a cookie of the browser
//! contains the launch that waits, and `state`, nonce and PKCE verifier are derived from the cookie,
//! so they fit only in the browser that began.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::confirmation::{is_within, opened, sealed};
use super::mac::{MacKey, Purpose, mac, mac_matches};
use crate::domain::{PendingHandle, ProviderIdentity, Random};

/// How long the provider may take to send the person back, in seconds.
pub const LIFETIME_SECONDS: i64 = 600;

/// How long the cookie is needed, in seconds: as long again, for the page that asks the person
/// whether this is their account.
pub const COOKIE_SECONDS: i64 = 2 * LIFETIME_SECONDS;

/// How the name of the cookie starts. Browsers accept such a cookie only from the tool's own host.
const COOKIE_PREFIX: &str = "__Host-lti_provider_";

/// A sign-in that has begun. It has no `Debug`, because its handle continues the launch.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderSignIn {
    /// Key of the provider.
    pub provider_id: i64,
    /// The launch that waits for an account.
    pub handle: PendingHandle,
    /// When it began, in seconds since 1970.
    pub issued_at: i64,
    /// Names it: 64 random bits in hexadecimal.
    id: String,
    /// The value of the cookie, from which everything else is derived.
    cookie: String,
}

/// What the cookie contains.
#[derive(Serialize, Deserialize)]
struct Content {
    id: String,
    provider_id: i64,
    handle: String,
    issued_at: i64,
    /// 128 random bits in hexadecimal, so that what is derived cannot be guessed.
    secret: String,
}

impl ProviderSignIn {
    /// Begins a sign-in.
    pub fn begin(
        provider_id: i64,
        handle: PendingHandle,
        now_seconds: i64,
        key: &MacKey,
        random: &Random,
    ) -> Self {
        let content = Content {
            id: HEXLOWER.encode(&random.bytes::<8>()),
            provider_id,
            handle: handle.expose().to_owned(),
            issued_at: now_seconds,
            secret: HEXLOWER.encode(&random.bytes::<16>()),
        };
        let cookie = sealed(&content, key, Purpose::ProviderCookie);
        Self { provider_id, handle, issued_at: now_seconds, id: content.id, cookie }
    }

    /// The name of the cookie that a `state` belongs to; `None` if it is not one.
    pub fn cookie_of(state: &str) -> Option<String> {
        let (id, _) = state.split_once('.')?;
        let is_id = id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_id.then(|| format!("{COOKIE_PREFIX}{id}"))
    }

    /// Opens a sign-in that is at most `seconds` old, from a `state` and the browser's cookie for
    /// it; `None` if they do not belong together, or are not ours.
    pub fn open(
        state: &str,
        cookie: &str,
        key: &MacKey,
        now_seconds: i64,
        seconds: i64,
    ) -> Option<Self> {
        let (id, code) = state.split_once('.')?;
        let content: Content = opened(cookie, key, Purpose::ProviderCookie)?;
        let sign_in = Self {
            provider_id: content.provider_id,
            handle: PendingHandle::parse(&content.handle)?,
            issued_at: content.issued_at,
            id: content.id,
            cookie: cookie.to_owned(),
        };
        let belongs = sign_in.id == id && mac_matches(key, Purpose::ProviderState, cookie, code);
        (belongs && is_within(sign_in.issued_at, now_seconds, seconds)).then_some(sign_in)
    }

    /// The name and the value of the cookie.
    pub fn cookie(&self) -> (String, &str) {
        (format!("{COOKIE_PREFIX}{}", self.id), &self.cookie)
    }

    /// The `state` parameter.
    pub fn state(&self, key: &MacKey) -> String {
        format!("{}.{}", self.id, mac(key, Purpose::ProviderState, &self.cookie))
    }

    /// The nonce.
    pub fn nonce(&self, key: &MacKey) -> String {
        mac(key, Purpose::ProviderNonce, &self.cookie)
    }

    /// The PKCE verifier: 43 characters.
    pub fn verifier(&self, key: &MacKey) -> String {
        mac(key, Purpose::ProviderVerifier, &self.cookie)
    }

    /// What is stored when it has been used, and until when, in seconds since 1970.
    pub fn spent_nonce(&self) -> (String, i64) {
        (format!("provider {}", self.id), self.issued_at + COOKIE_SECONDS)
    }
}

/// Whom a provider has found, in the form in which the person confirms it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderProof {
    /// The `state` of the sign-in, whose cookie the browser still has.
    pub state: String,
    /// The identity.
    pub identity: ProviderIdentity,
    /// What the page calls the person.
    pub person: String,
}

impl ProviderProof {
    /// The form value.
    pub fn seal(&self, key: &MacKey) -> String {
        sealed(self, key, Purpose::ProviderProof)
    }

    /// Opens a form value that [`ProviderProof::seal`] created. Its time is that of the sign-in.
    pub fn open(text: &str, key: &MacKey) -> Option<Self> {
        opened(text, key, Purpose::ProviderProof)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(key: &MacKey, random: &Random) -> ProviderSignIn {
        ProviderSignIn::begin(3, PendingHandle::fresh(random), 5000, key, random)
    }

    #[test]
    fn a_sign_in_returns_to_its_browser_for_ten_minutes() {
        let (key, random) = (MacKey::new([7; 32]), Random::seeded(1));
        let (one, other) = (begin(&key, &random), begin(&key, &random));
        let state = one.state(&key);
        let (name, cookie) = one.cookie();
        assert_eq!(ProviderSignIn::cookie_of(&state), Some(name));
        for (state, cookie, now, opens) in [
            (&*state, cookie, 5000, true),
            (&*state, cookie, 5600, true),
            (&*state, cookie, 5601, false),
            (&*state, other.cookie().1, 5000, false),
            (&*other.state(&key), cookie, 5000, false),
            (&*state, "", 5000, false),
            (&*state.to_uppercase(), cookie, 5000, false),
            (&*format!("{state}A"), cookie, 5000, false),
            (&*one.nonce(&key), cookie, 5000, false),
            ("", cookie, 5000, false),
        ] {
            let opened = ProviderSignIn::open(state, cookie, &key, now, LIFETIME_SECONDS);
            assert_eq!(opened.is_some_and(|opened| opened == one), opens, "{state} {now}");
        }
        let other_key = MacKey::new([8; 32]);
        assert!(ProviderSignIn::open(&state, cookie, &other_key, 5000, LIFETIME_SECONDS).is_none());
        for state in ["", ".", "abc.d", "../../../x.y", "0123456789abcde;.x"] {
            assert_eq!(ProviderSignIn::cookie_of(state), None, "{state}");
        }
    }

    #[test]
    fn nothing_that_leaves_the_browser_reveals_the_rest() {
        let (key, random) = (MacKey::new([7; 32]), Random::seeded(1));
        let (one, other) = (begin(&key, &random), begin(&key, &random));
        let derived = [one.state(&key), one.nonce(&key), one.verifier(&key)];
        for (place, text) in derived.iter().enumerate() {
            assert!(!text.contains(one.handle.expose()), "{text}");
            assert!(!derived[..place].contains(text));
        }
        assert_eq!(one.verifier(&key).len(), 43);
        assert_ne!(one.verifier(&key), other.verifier(&key));
        let proof = ProviderProof {
            state: one.state(&key),
            identity: ProviderIdentity { issuer: "i".into(), subject: "s".into() },
            person: "Tina".into(),
        };
        let sealed = proof.seal(&key);
        assert!(ProviderProof::open(&sealed, &key).is_some_and(|opened| opened == proof));
        assert!(ProviderProof::open(one.cookie().1, &key).is_none());
        assert!(ProviderProof::open(&sealed, &MacKey::new([8; 32])).is_none());
    }
}

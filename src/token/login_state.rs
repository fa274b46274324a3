//! The state of a login: everything that the launch needs from its login is in the `state`
//! parameter, under a MAC.
//!
//! A login writes nothing to the database, so a flood of logins cannot fill it. Its nonce, which
//! the launch uses up, prevents a second use. A cookie derived from the state binds it to the
//! browser (core launch, sections 2 and 9), or, if the browser does not store cookies, a value in
//! the platform's storage, derived in the same way.

use std::fmt;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::HEXLOWER;

use super::mac::{MacKey, Purpose, mac, mac_matches};
use crate::domain::{PlatformDetails, Registration, Slug};
use crate::lti::login::Fingerprint;

/// How long a login may take, in seconds, from the platform's request to its response.
pub const LIFETIME_SECONDS: i64 = 600;

/// How far the tool's clock may have been set back between login and launch, in seconds.
const CLOCK_STEP_SECONDS: i64 = 60;

/// Maximum length of a state, in characters.
const MAX_STATE_CHARACTERS: usize = 2048;

/// Maximum length of a stored frame name, in bytes. Examples are `_parent`,
/// `post_message_forwarding` or `lti_storage_frame`.
const MAX_FRAME_NAME_BYTES: usize = 64;

/// The first byte of every state: the number of its layout.
const LAYOUT: u8 = 3;

const HAS_DEPLOYMENT: u8 = 1;
const HAS_STORAGE_TARGET: u8 = 2;

/// Why a state cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is empty.
    #[error("the state is missing")]
    Missing,
    /// It was not sealed with this key, or it was changed.
    #[error("the state was not created by this tool")]
    Unknown,
    /// The login was started more than [`LIFETIME_SECONDS`] ago.
    #[error("the login was started {age_seconds} s ago")]
    Expired {
        /// How long ago, in seconds.
        age_seconds: i64,
    },
}

/// A registration at the time of a login, to notice what changes until its launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistrationDigest {
    /// When it was created, in milliseconds since 1970: another registration may get its slug.
    created_at: i64,
    issuer: Fingerprint,
    client_id: Fingerprint,
    keyset_url: Fingerprint,
}

/// What was changed in a registration since a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationChange {
    /// It was deleted, and another one has its slug.
    Recreated,
    /// The issuer.
    Issuer,
    /// The client ID.
    ClientId,
    /// Both.
    Parties,
    /// The URL of the keyset alone. The keys may still be the same.
    KeysetUrl,
}

impl RegistrationDigest {
    /// The digest of a registration with these platform details.
    pub fn of(registration: &Registration, platform: &PlatformDetails) -> Self {
        Self {
            created_at: registration.created_at.as_millisecond(),
            issuer: Fingerprint::of(platform.issuer.as_str()),
            client_id: Fingerprint::of(platform.client_id.as_str()),
            keyset_url: Fingerprint::of(platform.keyset_url.as_str()),
        }
    }

    /// The most important change from this registration to `later`.
    pub fn change_to(&self, later: &Self) -> Option<RegistrationChange> {
        match (self.issuer == later.issuer, self.client_id == later.client_id) {
            _ if self.created_at != later.created_at => Some(RegistrationChange::Recreated),
            (false, true) => Some(RegistrationChange::Issuer),
            (true, false) => Some(RegistrationChange::ClientId),
            (false, false) => Some(RegistrationChange::Parties),
            (true, true) if self.keyset_url != later.keyset_url => {
                Some(RegistrationChange::KeysetUrl)
            }
            (true, true) => None,
        }
    }

    fn to_bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        let (created_at, fingerprints) = bytes.split_at_mut(8);
        created_at.copy_from_slice(&self.created_at.to_be_bytes());
        let parts = [self.issuer, self.client_id, self.keyset_url];
        for (place, part) in fingerprints.chunks_exact_mut(16).zip(parts) {
            place.copy_from_slice(&part.to_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: &[u8; Self::LENGTH]) -> Option<Self> {
        let (created_at, bytes) = bytes.split_first_chunk::<8>()?;
        let (issuer, bytes) = bytes.split_first_chunk::<16>()?;
        let (client_id, bytes) = bytes.split_first_chunk::<16>()?;
        let (keyset_url, _) = bytes.split_first_chunk::<16>()?;
        Some(Self {
            created_at: i64::from_be_bytes(*created_at),
            issuer: Fingerprint::from_bytes(*issuer),
            client_id: Fingerprint::from_bytes(*client_id),
            keyset_url: Fingerprint::from_bytes(*keyset_url),
        })
    }

    /// In bytes.
    const LENGTH: usize = 8 + 3 * 16;
}

/// The data that a launch needs from its login.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginState {
    /// The registration for which the login was started.
    pub registration: Slug,
    /// That registration at the time of the login.
    pub digest: RegistrationDigest,
    /// The nonce that the id_token must contain.
    pub nonce: String,
    /// When the login was started, in seconds since 1970.
    pub issued_at: i64,
    /// The `target_link_uri` of the login request.
    pub target_link_uri: Fingerprint,
    /// Its `lti_deployment_id`, if it had one.
    pub deployment_id: Option<Fingerprint>,
    /// The frame in which the platform offered to store data for the tool (`lti_storage_target`),
    /// if any; see [`storage_target`].
    pub storage_target: Option<String>,
}

impl fmt::Debug for LoginState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LoginState")
            .field("registration", &self.registration)
            .field("issued_at", &self.issued_at)
            .finish_non_exhaustive()
    }
}

impl LoginState {
    /// The state parameter: payload and MAC, both base64url, with a dot between them.
    pub fn seal(&self, key: &MacKey) -> String {
        let payload = URL_SAFE_NO_PAD.encode(self.to_bytes());
        let code = mac(key, Purpose::LoginState, &payload);
        format!("{payload}.{code}")
    }

    /// Opens a state parameter that [`LoginState::seal`] created. `now_seconds` is the tool's time,
    /// in seconds since 1970.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn open(text: &str, key: &MacKey, now_seconds: i64) -> Result<Self, Error> {
        let state = Self::authenticate(text, key)?;
        let age_seconds = now_seconds.saturating_sub(state.issued_at);
        if age_seconds < -CLOCK_STEP_SECONDS {
            return Err(Error::Unknown);
        }
        if age_seconds > LIFETIME_SECONDS {
            return Err(Error::Expired { age_seconds });
        }
        Ok(state)
    }

    /// Opens a state parameter regardless of its age, only to find the registration for the log.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] or [`Error::Unknown`].
    pub fn authenticate(text: &str, key: &MacKey) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(Error::Missing);
        }
        if text.len() > MAX_STATE_CHARACTERS {
            return Err(Error::Unknown);
        }
        let (payload, code) = text.split_once('.').ok_or(Error::Unknown)?;
        if !mac_matches(key, Purpose::LoginState, payload, code) {
            return Err(Error::Unknown);
        }
        let bytes = URL_SAFE_NO_PAD.decode(payload).map_err(|_| Error::Unknown)?;
        Self::from_bytes(&bytes).ok_or(Error::Unknown)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(192);
        let flags = if self.deployment_id.is_some() { HAS_DEPLOYMENT } else { 0 }
            | if self.storage_target.is_some() { HAS_STORAGE_TARGET } else { 0 };
        bytes.extend_from_slice(&[LAYOUT, flags]);
        bytes.extend_from_slice(&self.issued_at.to_be_bytes());
        bytes.extend_from_slice(&self.target_link_uri.to_bytes());
        bytes.extend_from_slice(&self.digest.to_bytes());
        bytes.extend(self.deployment_id.iter().flat_map(|deployment| deployment.to_bytes()));
        // A text whose length is out of range makes the state too long, so it will not open.
        for text in self.storage_target.as_deref().into_iter().chain([self.registration.as_str()]) {
            bytes.extend_from_slice(&(text.len() as u16).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes.extend_from_slice(self.nonce.as_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let ([LAYOUT, flags], bytes) = bytes.split_first_chunk::<2>()? else { return None };
        let (issued_at, bytes) = bytes.split_first_chunk::<8>()?;
        let (target_link_uri, bytes) = bytes.split_first_chunk::<16>()?;
        let (digest, bytes) = bytes.split_first_chunk::<{ RegistrationDigest::LENGTH }>()?;
        let (deployment_id, bytes) = if flags & HAS_DEPLOYMENT == 0 {
            (None, bytes)
        } else {
            let (deployment, bytes) = bytes.split_first_chunk::<16>()?;
            (Some(Fingerprint::from_bytes(*deployment)), bytes)
        };
        let (storage_target, bytes) = if flags & HAS_STORAGE_TARGET == 0 {
            (None, bytes)
        } else {
            let (target, bytes) = text(bytes)?;
            (Some(target), bytes)
        };
        let (registration, nonce) = text(bytes)?;
        Some(Self {
            registration: Slug::new(&registration).ok()?,
            digest: RegistrationDigest::from_bytes(digest)?,
            nonce: std::str::from_utf8(nonce).ok()?.to_owned(),
            issued_at: i64::from_be_bytes(*issued_at),
            target_link_uri: Fingerprint::from_bytes(*target_link_uri),
            deployment_id,
            storage_target,
        })
    }
}

/// A text with a length prefix, and the rest.
fn text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, bytes) = bytes.split_first_chunk::<2>()?;
    let (text, rest) = bytes.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    Some((std::str::from_utf8(text).ok()?.to_owned(), rest))
}

/// The name of the cookie that binds this state to the browser: one per state, so that launches in
/// parallel tabs do not overwrite each other's.
pub fn cookie_name(state: &str) -> String {
    let digest = digest::digest(&digest::SHA256, state.as_bytes());
    let mut name = "lti_state_".to_owned();
    HEXLOWER.encode_append(&digest.as_ref()[..6], &mut name);
    name
}

/// The value of the cookie that binds this state to the browser. It cannot be derived from the
/// state alone.
pub fn cookie_value(state: &str, key: &MacKey) -> String {
    mac(key, Purpose::LoginCookie, state)
}

/// Whether a cookie's value belongs to this state, compared in constant time.
pub fn cookie_matches(state: &str, value: &str, key: &MacKey) -> bool {
    mac_matches(key, Purpose::LoginCookie, state, value)
}

/// The frame of a login request's `lti_storage_target`, if it can be stored: a name of at most 64
/// bytes. Other names are ignored.
pub fn storage_target(name: Option<&str>) -> Option<String> {
    name.filter(|name| (1..=MAX_FRAME_NAME_BYTES).contains(&name.len())).map(str::to_owned)
}

/// The key of the value in the platform's storage that binds this state to the browser (LTI
/// postMessage Storage 0.1).
pub fn storage_key(state: &str) -> String {
    format!("state_{state}")
}

/// The value in the platform's storage that binds this state to the browser. It cannot be derived
/// from the state or the value of its cookie alone.
pub fn storage_value(state: &str, key: &MacKey) -> String {
    mac(key, Purpose::PlatformStorage, state)
}

/// Whether a value from the platform's storage belongs to this state, compared in constant time.
pub fn storage_matches(state: &str, value: &str, key: &MacKey) -> bool {
    mac_matches(key, Purpose::PlatformStorage, state, value)
}

/// A nonce from 16 random bytes, as text.
pub fn nonce_from(bytes: [u8; 16]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_795_453_357;

    fn key() -> MacKey {
        MacKey::new([7; 32])
    }

    fn slug(text: &str) -> Slug {
        Slug::new(text).unwrap()
    }

    fn digest() -> RegistrationDigest {
        RegistrationDigest {
            created_at: 1,
            issuer: Fingerprint::of("https://lms.example.edu"),
            client_id: Fingerprint::of("client"),
            keyset_url: Fingerprint::of("https://lms.example.edu/keys"),
        }
    }

    fn state() -> LoginState {
        LoginState {
            registration: slug("moodle-prod"),
            digest: digest(),
            nonce: nonce_from([9; 16]),
            issued_at: NOW,
            target_link_uri: Fingerprint::of("https://tool.example.edu/lti/launch"),
            deployment_id: Some(Fingerprint::of("7")),
            storage_target: Some("post_message_forwarding".to_owned()),
        }
    }

    #[test]
    fn sealed_state_opens() {
        let short = LoginState { deployment_id: None, storage_target: None, ..state() };
        for state in [
            state(),
            short,
            LoginState { registration: slug("a"), nonce: String::new(), ..state() },
        ] {
            let sealed = state.seal(&key());
            assert!(sealed.len() < 280, "{} characters", sealed.len());
            assert_eq!(LoginState::open(&sealed, &key(), NOW), Ok(state));
        }
    }

    #[test]
    fn changes_of_the_registration_are_noticed() {
        let other = Fingerprint::of("other");
        for (later, expected) in [
            (digest(), None),
            (
                RegistrationDigest { created_at: 2, client_id: other, ..digest() },
                Some(RegistrationChange::Recreated),
            ),
            (
                RegistrationDigest { issuer: other, keyset_url: other, ..digest() },
                Some(RegistrationChange::Issuer),
            ),
            (
                RegistrationDigest { client_id: other, ..digest() },
                Some(RegistrationChange::ClientId),
            ),
            (
                RegistrationDigest { issuer: other, client_id: other, ..digest() },
                Some(RegistrationChange::Parties),
            ),
            (
                RegistrationDigest { keyset_url: other, ..digest() },
                Some(RegistrationChange::KeysetUrl),
            ),
        ] {
            assert_eq!(digest().change_to(&later), expected, "{later:?}");
        }
    }

    #[test]
    fn a_long_slug_and_frame_stay_under_the_bound() {
        let sealed = LoginState {
            registration: slug(&"x".repeat(64)),
            storage_target: storage_target(Some(&"f".repeat(64))),
            ..state()
        }
        .seal(&key());
        assert!(sealed.len() < 400, "{} characters", sealed.len());
    }

    #[test]
    fn state_opens_for_ten_minutes() {
        let sealed = state().seal(&key());
        let table = [
            (NOW + 600, None),
            (NOW + 601, Some(Error::Expired { age_seconds: 601 })),
            (NOW - 60, None),
            (NOW - 61, Some(Error::Unknown)),
            (i64::MAX, Some(Error::Expired { age_seconds: i64::MAX - NOW })),
            (i64::MIN, Some(Error::Unknown)),
        ];
        for (now, expected) in table {
            assert_eq!(LoginState::open(&sealed, &key(), now).err(), expected, "{now}");
        }
    }

    #[test]
    fn foreign_state_does_not_open() {
        let sealed = state().seal(&key());
        let (payload, tag) = sealed.split_once('.').expect("two parts");
        let long = format!("{}.{tag}", "a".repeat(2048));
        let table = [
            ("", Error::Missing),
            (".", Error::Unknown),
            (payload, Error::Unknown),
            (&format!("{payload}."), Error::Unknown),
            (&format!(".{tag}"), Error::Unknown),
            (&format!("{sealed}="), Error::Unknown),
            (&format!("{sealed}.x"), Error::Unknown),
            (&format!("{payload}.{}", cookie_value(payload, &key())), Error::Unknown),
            (&long, Error::Unknown),
        ];
        for (text, expected) in table {
            assert_eq!(LoginState::open(text, &key(), NOW).err(), Some(expected), "{text}");
        }
        assert_eq!(
            LoginState::open(&sealed, &MacKey::new([8; 32]), NOW).err(),
            Some(Error::Unknown)
        );
        let other = LoginState { registration: slug("canvas"), ..state() }.seal(&key());
        let swapped = format!("{}.{tag}", other.split_once('.').expect("two parts").0);
        assert_eq!(LoginState::open(&swapped, &key(), NOW).err(), Some(Error::Unknown));
    }

    #[test]
    fn changed_state_never_opens() {
        let sealed = state().seal(&key());
        for index in 0..sealed.len() {
            for replacement in
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/".chars()
            {
                let mut flipped = sealed.clone();
                flipped.replace_range(index..=index, &replacement.to_string());
                assert!(
                    flipped == sealed
                        || LoginState::open(&flipped, &key(), NOW) == Err(Error::Unknown),
                    "{index} {replacement}"
                );
            }
        }
    }

    #[test]
    fn cookie_belongs_to_one_state() {
        let (one, other) = (
            state().seal(&key()),
            LoginState { nonce: nonce_from([1; 16]), ..state() }.seal(&key()),
        );
        let value = cookie_value(&one, &key());
        assert!(cookie_matches(&one, &value, &key()));
        assert!(!cookie_matches(&other, &value, &key()));
        assert!(!cookie_matches(&one, &value, &MacKey::new([8; 32])));
        assert!(!cookie_matches(&one, "", &key()));
        assert!(!cookie_matches(&one, one.split_once('.').expect("two parts").1, &key()));
        assert_ne!(cookie_name(&one), cookie_name(&other));
        assert_eq!(cookie_name(&one).len(), "lti_state_".len() + 12);
    }

    #[test]
    fn a_stored_value_belongs_to_one_state() {
        let (one, other) = (
            state().seal(&key()),
            LoginState { nonce: nonce_from([1; 16]), ..state() }.seal(&key()),
        );
        let value = storage_value(&one, &key());
        assert!(storage_matches(&one, &value, &key()));
        assert!(!storage_matches(&other, &value, &key()));
        assert!(!storage_matches(&one, &value, &MacKey::new([8; 32])));
        for known in [
            "",
            one.as_str(),
            one.split_once('.').expect("two parts").1,
            &cookie_value(&one, &key()),
        ] {
            assert!(!storage_matches(&one, known, &key()), "{known}");
        }
        assert!(!cookie_matches(&one, &value, &key()), "nor is it the cookie");
        assert_eq!(storage_key("a.b"), "state_a.b");
    }

    #[test]
    fn only_a_frames_name_is_stored() {
        for (name, expected) in
            [(None, false), (Some(""), false), (Some("_parent"), true), (Some("x"), true)]
        {
            assert_eq!(storage_target(name).as_deref(), name.filter(|_| expected), "{name:?}");
        }
        assert!(
            storage_target(Some(&"x".repeat(64))).is_some()
                && storage_target(Some(&"x".repeat(65))).is_none()
        );
    }

    #[test]
    fn debug_does_not_show_the_nonce() {
        assert!(!format!("{:?}", state()).contains(&state().nonce));
    }

    proptest! {
        #[test]
        fn never_panics(text in ".*", bytes in proptest::collection::vec(any::<u8>(), 0..200), now: i64) {
            let _ = LoginState::open(&text, &key(), now);
            let payload = URL_SAFE_NO_PAD.encode(&bytes);
            let code = mac(&key(), Purpose::LoginState, &payload);
            let _ = LoginState::open(&format!("{payload}.{code}"), &key(), now);
        }

        #[test]
        fn every_sealed_state_opens(
            registration in "[a-z0-9]{1,64}",
            nonce in ".{0,40}",
            target: [u8; 16],
            deployment: Option<[u8; 16]>,
            frame: Option<u8>,
            created_at: i64,
        ) {
            let state = LoginState {
                registration: slug(&registration),
                digest: RegistrationDigest { created_at, ..digest() },
                nonce,
                issued_at: NOW,
                target_link_uri: Fingerprint::from_bytes(target),
                deployment_id: deployment.map(Fingerprint::from_bytes),
                storage_target: frame.map(|length| "f".repeat(usize::from(length))),
            };
            prop_assert_eq!(LoginState::open(&state.seal(&key()), &key(), NOW), Ok(state));
        }
    }
}

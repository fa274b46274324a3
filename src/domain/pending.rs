//! Waiting launches: their tokens have passed every check and their nonces are spent, but a step is
//! missing.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    ConfirmedSignIn, ConsumerUser, CourseOrigins, LaunchDetails, LinkServices, PlatformUser, Random,
};

/// A launch that waits for its person's browser or choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingLaunch {
    /// Key of the registration.
    pub registration_id: i64,
    /// What it waits for.
    pub waits_for: WaitsFor,
    /// Number of wrong passwords so far.
    pub tries: u32,
    /// The launch itself.
    pub launch: CheckedLaunch,
    /// When it started to wait.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// What a launch waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitsFor {
    /// The proof that this is the browser of the login.
    Binding,
    /// The person's choice of an account.
    Account,
}

/// The data of a launch whose token passed every check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedLaunch {
    /// ID of the request that started it.
    #[serde(alias = "launch_id")]
    pub request_id: String,
    /// LTI message type.
    pub message_type: String,
    /// Key of the link's resource; `None` for content selection.
    pub resource_id: Option<i64>,
    /// The data about the person, the course and the platform.
    #[serde(rename = "visit")]
    pub details: LaunchDetails,
    /// URLs of the link's grades and members.
    pub services: LinkServices,
    /// From where the course and the link were copied.
    #[serde(default, skip_serializing_if = "CourseOrigins::is_empty")]
    pub copied_from: CourseOrigins,
    /// Whether the deployment already exists; otherwise the registration accepts new ones.
    pub deployment_known: bool,
    /// The platform's settings for content selection, as JSON.
    pub selection: Option<String>,
    /// The LTI 1.1 user of a migration claim with a valid signature.
    pub consumer_user: Option<ConsumerUser>,
    /// The same person as a platform user of LTI 1.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_user: Option<PlatformUser>,
    /// SHA-256 of the value in the platform's storage that proves the browser of the login, if the
    /// proof is missing.
    pub storage_digest: Option<Vec<u8>>,
    /// Whether the browser was recognised by the platform's storage, and so does not send cookies.
    pub without_cookies: bool,
    /// The sign-in at an identity provider that the person has confirmed, if they have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_in: Option<ConfirmedSignIn>,
}

/// Identifies a waiting launch to its page: 128 random bits. Anyone who has it can continue the
/// launch, so only a digest is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingHandle(String);

impl PendingHandle {
    /// A new handle.
    pub fn fresh(random: &Random) -> Self {
        Self(HEXLOWER.encode(&random.bytes::<16>()))
    }

    /// Parses a handle from a form; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 32
            && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)))
        .then(|| Self(text.to_owned()))
    }

    /// The handle as text, only for the page's form.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

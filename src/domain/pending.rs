//! Launches that wait: their tokens have passed every check and their nonces are spent, but
//! something is still open.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ConsumerUser, LinkServices, Random, SessionClaims};

/// A launch that waits for its person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingLaunch {
    /// The registration it came through.
    pub registration_id: i64,
    /// What it waits for.
    pub waits_for: WaitsFor,
    /// How many answers were wrong already.
    pub tries: u32,
    /// The launch itself.
    pub launch: CheckedLaunch,
    /// Since when it waits.
    pub created_at: Timestamp,
    /// Until when.
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

/// All that counts of a launch whose token passed every check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedLaunch {
    /// The request that brought it.
    #[serde(alias = "launch_id")]
    pub request_id: String,
    /// LTI message type.
    pub message_type: String,
    /// The resource that the link names, by its key within the database; none when content is to be
    /// selected.
    pub resource_id: Option<i64>,
    /// Who came, as what and from where.
    pub visit: SessionClaims,
    /// Where the link's grades and members are.
    pub services: LinkServices,
    /// Whether the deployment was there already; otherwise the registration accepts new ones.
    pub deployment_known: bool,
    /// What the platform says of the content that is to be selected, as JSON.
    pub selection: Option<String>,
    /// The LTI 1.1 user of a migration claim whose signature held.
    pub consumer_user: Option<ConsumerUser>,
    /// SHA-256 of what the platform keeps for the browser of the login, while that is to be proven.
    pub storage_digest: Option<Vec<u8>>,
    /// Whether the browser was recognised by what the platform keeps for it, and so has no cookies
    /// here.
    pub without_cookies: bool,
}

/// Names a waiting launch to the one page that it waits for: 128 random bits. Anyone who has it may
/// answer for the launch, so it is kept as a digest only.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingHandle(String);

impl PendingHandle {
    /// A fresh handle.
    pub fn fresh(random: &Random) -> Self {
        Self(random.bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads a handle from a form; none when it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 32
            && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)))
        .then(|| Self(text.to_owned()))
    }

    /// The handle as text, for the page's form only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

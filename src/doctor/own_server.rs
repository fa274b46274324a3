//! The tool's own server, which checks contact by its public URL as platforms and browsers do.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::domain::{KeyPurpose, PublicUrl, Registration, Settings};
use crate::failure::Failure;
use crate::platform::{FetchError, NetworkAccess, PlatformClient, Probe};
use crate::rules::framing::frame_ancestors;
use crate::rules::signing_key;
use crate::store::Read;

/// Maximum number of bytes read of a response.
pub(super) const MAX_RESPONSE: usize = 256 * 1024;

/// The tool's own server, and what it must respond.
pub(super) struct OwnServer {
    pub(super) url: PublicUrl,
    pub(super) keyset: Value,
    pub(super) frame_ancestors: Vec<String>,
}

impl OwnServer {
    /// What the server must respond to browsers that show it for these registrations.
    pub(super) fn read(
        read: Read<'_>,
        settings: Settings,
        registrations: &[Registration],
    ) -> Result<Self, Failure> {
        let enabled = registrations.iter().filter(|registration| registration.enabled);
        let origins: BTreeSet<String> = enabled.flat_map(frame_ancestors).collect();
        Ok(Self {
            url: settings.url,
            keyset: signing_key::public_keyset(read, KeyPurpose::Lti)?,
            frame_ancestors: origins.into_iter().collect(),
        })
    }

    /// What the checks of apps may reach: what the browsers of other people reach, too.
    pub(super) fn reach_of_apps(&self) -> NetworkAccess {
        NetworkAccess {
            loopback: self.url.is_loopback(),
            private_network: false,
            http: !self.url.is_https(),
        }
    }

    /// Whether a document is a keyset whose keys are all this tool's own.
    pub(super) fn has_keys_of(&self, document: &[u8]) -> bool {
        let keys = |keyset: &Value| -> BTreeSet<String> {
            let keys = keyset.get("keys").and_then(Value::as_array).into_iter().flatten();
            // The modulus of an RSA key, whatever its ID.
            keys.filter_map(|key| Some(key.get("n")?.as_str()?.to_owned())).collect()
        };
        let found = serde_json::from_slice(document).map(|keyset| keys(&keyset));
        found.is_ok_and(|found| !found.is_empty() && found.is_subset(&keys(&self.keyset)))
    }

    /// The admin's own server may be in a private network, but on this machine only if the URL is.
    pub(super) fn reach(&self) -> NetworkAccess {
        NetworkAccess { loopback: self.url.is_loopback(), private_network: true, http: true }
    }

    pub(super) async fn probe(
        &self,
        client: &PlatformClient,
        path: &str,
    ) -> Result<Probe, FetchError> {
        client.probe(&self.url.join(path), self.reach(), MAX_RESPONSE).await
    }
}

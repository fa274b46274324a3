//! Small documents that only this tool can create: JSON in base64url, and its code.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::mac::{MacKey, Purpose, mac, mac_matches};

/// Seals a document for one purpose. It can be read, but not changed.
pub(super) fn seal(key: &MacKey, purpose: Purpose, document: &impl Serialize) -> String {
    // A type of this module always has a JSON form; an empty document would be refused.
    let json = serde_json::to_vec(document).unwrap_or_default();
    let text = URL_SAFE_NO_PAD.encode(json);
    let code = mac(key, purpose, &text);
    format!("{text}.{code}")
}

/// Opens a document that [`seal`] created for the same purpose.
pub(super) fn open<T: DeserializeOwned>(text: &str, key: &MacKey, purpose: Purpose) -> Option<T> {
    let (document, code) = text.split_once('.')?;
    if !mac_matches(key, purpose, document, code) {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(document).ok()?).ok()
}

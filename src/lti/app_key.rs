//! What an app behind a resource can know and its visitors cannot: a key of its own, for the app's server only.
//!
//! A launch token passes through the person's browser, so the person can read it and use it. The key never does. It is not stored: it is made of the resource's UUID under
//! the tool's key, so it can be shown again and cannot be guessed.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::state::{StateKey, mac};

/// What goes before the UUID under the MAC, so that no other MAC of the same key is one of these.
const PURPOSE: &str = "app.";

/// The key of the app behind a resource: 256 bits.
pub fn app_key(key: &StateKey, resource_uuid: &str) -> String {
    URL_SAFE_NO_PAD.encode(mac(key, PURPOSE, resource_uuid))
}

/// Whether a text is the key of the app behind a resource, compared in constant time.
pub fn app_key_matches(key: &StateKey, resource_uuid: &str, text: &str) -> bool {
    URL_SAFE_NO_PAD.decode(text.trim()).is_ok_and(|tag| hmac::verify(&key.hmac(), format!("{PURPOSE}{resource_uuid}").as_bytes(), &tag).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_resource_has_its_own_key() {
        let (one, other) = (StateKey::new([1; 32]), StateKey::new([2; 32]));
        let key = app_key(&one, "a");
        assert_eq!(key, app_key(&one, "a"));
        assert!(app_key_matches(&one, "a", &key) && app_key_matches(&one, "a", &format!(" {key}\n")));
        assert!(!app_key_matches(&one, "b", &key) && !app_key_matches(&other, "a", &key));
        for text in ["", "a", &key[1..], "é"] {
            assert!(!app_key_matches(&one, "a", text), "{text:?}");
        }
    }
}

//! The key of the app behind a resource, for the app's server only.
//!
//! A launch token passes through the person's browser, so the person can read and use it. The app
//! key never does. It is not stored: it is derived from the resource's UUID and the number of the
//! key under the tool's key, so it can be shown again and cannot be guessed.

use uuid::Uuid;

use super::mac::{MacKey, Purpose, mac, mac_matches};

/// The key of the app behind a resource: 256 bits. `generation` numbers the keys of one resource; 0
/// is the key from before keys could be rotated.
pub fn app_key(key: &MacKey, resource_uuid: &Uuid, generation: i64) -> String {
    mac(key, Purpose::AppKey, &message(resource_uuid, generation))
}

/// Whether a text is this key, compared in constant time.
pub fn app_key_matches(key: &MacKey, resource_uuid: &Uuid, generation: i64, text: &str) -> bool {
    mac_matches(key, Purpose::AppKey, &message(resource_uuid, generation), text.trim())
}

/// A UUID has no dot, so no other pair has the same message.
fn message(resource_uuid: &Uuid, generation: i64) -> String {
    if generation == 0 {
        resource_uuid.to_string()
    } else {
        format!("{resource_uuid}.{generation}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_resource_and_generation_has_its_own_key() {
        let (one, other) = (MacKey::new([1; 32]), MacKey::new([2; 32]));
        let (a, b) = (&Uuid::from_u128(1), &Uuid::from_u128(2));
        let key = app_key(&one, a, 3);
        assert_eq!(key, app_key(&one, a, 3));
        assert!(
            app_key_matches(&one, a, 3, &key) && app_key_matches(&one, a, 3, &format!(" {key}\n"))
        );
        assert!(!app_key_matches(&one, b, 3, &key) && !app_key_matches(&other, a, 3, &key));
        assert!(!app_key_matches(&one, a, 0, &key) && !app_key_matches(&one, a, 4, &key));
        for text in ["", "a", &key[1..], "é"] {
            assert!(!app_key_matches(&one, a, 3, text), "{text:?}");
        }
    }

    #[test]
    fn keys_of_existing_apps_do_not_change() {
        let uuid = "393cf3fc-0000-4000-8000-000000000000".parse().unwrap();
        let key = app_key(&MacKey::new([1; 32]), &uuid, 0);
        assert_eq!(key, "9wWb-eresRtmrIZXm6bWZUqsOFagAuv1aUftgs66gJk");
    }
}

//! The key of the app behind a resource, for the app's server only.
//!
//! A launch token passes through the person's browser, so the person can read and use it. The app
//! key never does. It is not stored: it is derived from the resource's UUID and the number of the
//! key under the tool's key, so it can be shown again and cannot be guessed.
//!
//! A key is the resource's UUID, a dot and a secret. Keys used to be the secret alone, which is
//! still accepted where the launch token names the resource.

use uuid::Uuid;

use super::mac::{MacKey, Purpose, mac, mac_matches};

/// The key of the app behind a resource, with a secret of 256 bits. `generation` numbers the keys of one resource; 0
/// is the key from before keys could be rotated.
pub fn app_key(key: &MacKey, resource_uuid: &Uuid, generation: i64) -> String {
    format!("{resource_uuid}.{}", mac(key, Purpose::AppKey, &message(resource_uuid, generation)))
}

/// Whether a text is this key or its secret alone, compared in constant time.
pub fn app_key_matches(key: &MacKey, resource_uuid: &Uuid, generation: i64, text: &str) -> bool {
    let secret = match text.trim().split_once('.') {
        Some((name, secret)) if name == resource_uuid.to_string() => secret,
        Some(_) => return false,
        None => text.trim(),
    };
    mac_matches(key, Purpose::AppKey, &message(resource_uuid, generation), secret)
}

/// The UUID of the resource that a key claims to be for.
pub fn named_resource(text: &str) -> Option<Uuid> {
    text.trim().split_once('.').and_then(|(name, _)| name.parse().ok())
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
        let secret = key.strip_prefix(&format!("{a}.")).unwrap();
        assert!(app_key_matches(&one, a, 3, secret), "as keys used to be");
        let for_other = format!("{b}.{secret}");
        assert!(!app_key_matches(&one, b, 3, &for_other), "the secret is the resource's own");
        for text in ["", "a", &key[1..], &key[..key.len() - 1], "é", ".", &for_other] {
            assert!(!app_key_matches(&one, a, 3, text), "{text:?}");
        }
        for (text, expected) in [(&*key, Some(*a)), (&for_other, Some(*b)), (secret, None)] {
            assert_eq!(named_resource(text), expected, "{text:?}");
        }
    }

    #[test]
    fn keys_of_existing_apps_do_not_change() {
        let uuid = "393cf3fc-0000-4000-8000-000000000000".parse().unwrap();
        let key = app_key(&MacKey::new([1; 32]), &uuid, 0);
        let secret = "9wWb-eresRtmrIZXm6bWZUqsOFagAuv1aUftgs66gJk";
        assert_eq!(key, format!("{uuid}.{secret}"));
        assert!(app_key_matches(&MacKey::new([1; 32]), &uuid, 0, secret));
    }
}

//! The token in a registration URL, with which a platform registers itself.
//!
//! It is not stored: it is derived from the invitation's number under the tool's key, so it can be
//! shown again while the invitation is open and cannot be guessed.

use super::mac::{MacKey, Purpose, mac, mac_matches};

/// The token of an invitation: its number and a MAC over number and moment of creation, in
/// milliseconds since 1970. It has 256 bits and cannot be guessed.
pub fn token(key: &MacKey, id: i64, created_at: i64) -> String {
    format!("{id}.{}", mac(key, Purpose::Invitation, &format!("{id}.{created_at}")))
}

/// The claimed number of the invitation; [`token_matches`] checks the token.
pub fn claimed_id(token: &str) -> Option<i64> {
    let (id, _) = token.split_once('.')?;
    id.parse().ok().filter(|parsed: &i64| parsed.to_string() == id)
}

/// Whether a token belongs to an invitation, compared in constant time.
pub fn token_matches(key: &MacKey, text: &str, id: i64, created_at: i64) -> bool {
    let code = text.split_once('.').map_or("", |(_, code)| code);
    claimed_id(text) == Some(id)
        && mac_matches(key, Purpose::Invitation, &format!("{id}.{created_at}"), code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_belongs_to_one_invitation() {
        let key = MacKey::new([7; 32]);
        let token = token(&key, 12, 1000);
        assert_eq!(claimed_id(&token), Some(12));
        assert!(token_matches(&key, &token, 12, 1000));
        assert!(!token_matches(&key, &token, 13, 1000) && !token_matches(&key, &token, 12, 1001));
        assert!(!token_matches(&MacKey::new([8; 32]), &token, 12, 1000));
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
}

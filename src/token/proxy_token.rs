//! The token in a registration URL of LTI 2.0. Like [`super::invitation`], it is derived and not stored.

use super::mac::{MacKey, Purpose, mac, mac_matches};

/// What a registration URL of LTI 2.0 is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum ProxyTarget {
    /// One consumer that will be added, by the number of its invitation. It can be used once.
    Invitation(i64),
    /// The resource that a consumer was published with, by the number of that consumer. Each platform
    /// that registers becomes another consumer.
    Resource(i64),
    /// The change of a consumer that has registered, by the number of that consumer. No URL has such a
    /// token: the platform's request is signed.
    Consumer(i64),
}

impl ProxyTarget {
    /// The start of the token.
    fn prefix(self) -> String {
        match self {
            Self::Invitation(id) => format!("i{id}"),
            Self::Resource(id) => format!("r{id}"),
            Self::Consumer(id) => format!("c{id}"),
        }
    }
}

/// The token for a target: its number and a MAC over the number and what changes when the URL is
/// replaced.
pub fn token(key: &MacKey, target: ProxyTarget, stamp: &str) -> String {
    let prefix = target.prefix();
    let code = mac(key, Purpose::ProxyUrl, &format!("{prefix}.{stamp}"));
    format!("{prefix}.{code}")
}

/// The claimed target; [`token_matches`] checks the token.
pub fn claimed_target(token: &str) -> Option<ProxyTarget> {
    let (prefix, _) = token.split_once('.')?;
    let number = |text: &str| text.parse::<i64>().ok();
    let target = match (prefix.strip_prefix('i'), prefix.strip_prefix('r')) {
        (Some(id), _) => ProxyTarget::Invitation(number(id)?),
        (_, Some(id)) => ProxyTarget::Resource(number(id)?),
        _ => return None,
    };
    (target.prefix() == prefix).then_some(target)
}

/// Whether a token belongs to a target, compared in constant time.
pub fn token_matches(key: &MacKey, text: &str, target: ProxyTarget, stamp: &str) -> bool {
    let code = text.split_once('.').map_or("", |(_, code)| code);
    claimed_target(text) == Some(target)
        && mac_matches(key, Purpose::ProxyUrl, &format!("{}.{stamp}", target.prefix()), code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_belongs_to_one_target() {
        let key = MacKey::new([7; 32]);
        let target = ProxyTarget::Invitation(12);
        let token = token(&key, target, "1000");
        assert_eq!(claimed_target(&token), Some(target));
        assert!(token_matches(&key, &token, target, "1000"));
        for (other, stamp) in [
            (ProxyTarget::Invitation(13), "1000"),
            (ProxyTarget::Resource(12), "1000"),
            (ProxyTarget::Consumer(12), "1000"),
            (target, "1001"),
        ] {
            assert!(!token_matches(&key, &token, other, stamp), "{other:?} {stamp}");
        }
        assert!(!token_matches(&MacKey::new([8; 32]), &token, target, "1000"));
        let tag = token.split_once('.').unwrap().1;
        for text in ["", ".", "i12", "i12.", "12", &format!("i012.{tag}"), &format!("r12.{tag}")] {
            assert!(!token_matches(&key, text, target, "1000"), "{text}");
        }
    }
}

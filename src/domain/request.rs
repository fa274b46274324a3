//! Request IDs, which are the same in the log, on the page and in the launch log.

use std::fmt;

use jiff::Timestamp;

use super::{LaunchId, Random};

/// ID of a request in the log, in its response and on its page. The launch that it ends has the
/// same ID, unless a trusted proxy has set the request's ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId {
    own: LaunchId,
    forwarded: Option<String>,
}

impl RequestId {
    /// Minimum and maximum length of an ID from a proxy, in characters.
    const FORWARDED: std::ops::RangeInclusive<usize> = 8..=128;

    /// A new ID of this tool.
    pub fn fresh(now: Timestamp, random: &Random) -> Self {
        Self { own: LaunchId::fresh(now, random), forwarded: None }
    }

    /// The same request with the ID that a trusted proxy set, if it is valid: 8 to 128 letters,
    /// digits or `-._=+/:`, which are safe in logs and on pages.
    #[must_use]
    pub fn forwarded_as(self, name: &str) -> Self {
        let is_name = Self::FORWARDED.contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._=+/:".contains(&byte));
        Self { forwarded: is_name.then(|| name.to_owned()), ..self }
    }

    /// The ID of a launch that this request ends.
    pub fn launch_id(&self) -> &LaunchId {
        &self.own
    }

    /// The proxy's ID, if it set one.
    pub fn forwarded(&self) -> Option<&str> {
        self.forwarded.as_deref()
    }

    /// The ID as text.
    pub fn as_str(&self) -> &str {
        self.forwarded.as_deref().unwrap_or(self.own.as_str())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_valid_proxy_ids_are_used() {
        let own = RequestId::fresh(Timestamp::UNIX_EPOCH, &Random::seeded(1));
        assert_eq!(own.as_str(), own.launch_id().as_str());
        let long = "x".repeat(129);
        for (name, expected) in [
            ("0af7651916cd43dd8448eb211c80319c", true),
            ("5d6e0f1c-3c1e-4b6e-9b1f-0d9d3a5f2b11", true),
            ("Root=1-67891233-abcdef012345678912345678", true),
            ("12345678", true),
            ("1234567", false),
            ("", false),
            ("with space", false),
            ("line\nbreak", false),
            ("<script>x</script>", false),
            ("éééééééé", false),
            (&long, false),
            (&long[1..], true),
        ] {
            let named = own.clone().forwarded_as(name);
            assert_eq!(named.as_str() == name, expected, "{name:?}");
            assert_eq!(named.launch_id(), own.launch_id(), "{name:?}");
        }
    }
}

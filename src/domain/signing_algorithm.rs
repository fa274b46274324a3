//! Algorithms that launches may be signed with.

use std::fmt;
use std::str::FromStr;

use super::Invalid;
use super::words::name_list;

/// An algorithm that an id_token may be signed with (RFC 7518, section 3.1). Only algorithms with a
/// public key are allowed, because anyone with a shared secret could forge launches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256, which every platform supports.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
}

impl SigningAlgorithm {
    /// All algorithms, the most common one first.
    pub const ALL: [Self; 8] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
    ];

    /// The name in a token's header, on the command line and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
        }
    }
}

/// The algorithms that a platform's id_tokens may be signed with: at least one, in the order of
/// [`SigningAlgorithm::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningAlgorithms(Vec<SigningAlgorithm>);

impl SigningAlgorithms {
    /// The algorithms that may be among them.
    pub const WORDS: &[&str] =
        &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"];

    const RULE: &str = "must be one or more of RS256, RS384, RS512, PS256, PS384, PS512, ES256 and \
        ES384, separated by commas";

    /// Their names.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|algorithm| algorithm.as_str()).collect()
    }
}

impl Default for SigningAlgorithms {
    fn default() -> Self {
        Self(vec![SigningAlgorithm::Rs256])
    }
}

impl FromStr for SigningAlgorithms {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let mut algorithms = Vec::new();
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match SigningAlgorithm::ALL
                .into_iter()
                .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(name))
            {
                Some(algorithm) => algorithms.push(algorithm),
                None if ["none", "HS256", "HS384", "HS512"]
                    .iter()
                    .any(|unsafe_one| unsafe_one.eq_ignore_ascii_case(name)) =>
                {
                    return Err(Invalid::new(
                        "algorithms",
                        format!(
                            "must not contain {name}: anyone who knows the tool's settings could \
                             sign launches"
                        ),
                    ));
                }
                None => return Err(Invalid::new("algorithms", Self::RULE)),
            }
        }
        if algorithms.is_empty() {
            return Err(Invalid::new("algorithms", Self::RULE));
        }
        algorithms.sort_unstable();
        algorithms.dedup();
        Ok(Self(algorithms))
    }
}

name_list!(SigningAlgorithms);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_names_of_all_algorithms() {
        assert_eq!(SigningAlgorithm::ALL.map(SigningAlgorithm::as_str), *SigningAlgorithms::WORDS);
    }

    #[test]
    fn algorithms_are_those_with_a_public_key() {
        for (text, expected) in [
            ("RS256", Some("RS256")),
            ("ps256, rs256,,RS256", Some("RS256,PS256")),
            (
                "ES384,ES256,PS512,PS384,PS256,RS512,RS384,RS256",
                Some("RS256,RS384,RS512,PS256,PS384,PS512,ES256,ES384"),
            ),
            ("", None),
            (",", None),
            ("HS256", None),
            ("RS256,hs512", None),
            ("none", None),
            ("RS257", None),
            ("RS256 PS256", None),
        ] {
            assert_eq!(
                text.parse::<SigningAlgorithms>()
                    .ok()
                    .map(|algorithms| algorithms.to_string())
                    .as_deref(),
                expected,
                "{text:?}"
            );
        }
        assert_eq!(SigningAlgorithms::default().names(), ["RS256"]);
    }
}

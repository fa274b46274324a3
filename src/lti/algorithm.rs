//! The algorithms that an id_token can be signed with (RFC 7518, section 3.1). None of them has a
//! shared secret: being able to verify does not allow signing.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, VerificationAlgorithm,
};

/// The kind of key that an algorithm needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyType {
    /// RSA.
    Rsa,
    /// A point on the curve P-256.
    P256,
    /// A point on the curve P-384.
    P384,
}

impl KeyType {
    /// Its name in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::P256 => "EC on P-256",
            Self::P384 => "EC on P-384",
        }
    }
}

/// An algorithm, with the key type that it needs and its verification.
pub struct Algorithm {
    /// Its name in a token's header and in a key (`alg`).
    pub name: &'static str,
    pub(super) key_type: KeyType,
    pub(super) verification: &'static dyn VerificationAlgorithm,
    /// Its index in the list of all algorithms.
    pub(super) place: usize,
}

/// The number of algorithms.
pub(super) const COUNT: usize = 8;

static ALGORITHMS: [Algorithm; COUNT] = [
    algorithm(0, "RS256", KeyType::Rsa, &RSA_PKCS1_2048_8192_SHA256),
    algorithm(1, "RS384", KeyType::Rsa, &RSA_PKCS1_2048_8192_SHA384),
    algorithm(2, "RS512", KeyType::Rsa, &RSA_PKCS1_2048_8192_SHA512),
    algorithm(3, "PS256", KeyType::Rsa, &RSA_PSS_2048_8192_SHA256),
    algorithm(4, "PS384", KeyType::Rsa, &RSA_PSS_2048_8192_SHA384),
    algorithm(5, "PS512", KeyType::Rsa, &RSA_PSS_2048_8192_SHA512),
    algorithm(6, "ES256", KeyType::P256, &ECDSA_P256_SHA256_FIXED),
    algorithm(7, "ES384", KeyType::P384, &ECDSA_P384_SHA384_FIXED),
];

const fn algorithm(
    place: usize,
    name: &'static str,
    key_type: KeyType,
    verification: &'static dyn VerificationAlgorithm,
) -> Algorithm {
    Algorithm { name, key_type, verification, place }
}

/// The algorithm with this name; `None` for shared secrets, for `none` and for unknown algorithms.
pub fn find(name: &str) -> Option<&'static Algorithm> {
    ALGORITHMS.iter().find(|algorithm| algorithm.name == name)
}

/// The names of all algorithms.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALGORITHMS.iter().map(|algorithm| algorithm.name)
}

impl PartialEq for Algorithm {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
    }
}

impl Eq for Algorithm {}

impl fmt::Debug for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_at_its_index_and_none_has_a_shared_secret() {
        for (place, algorithm) in ALGORITHMS.iter().enumerate() {
            assert_eq!((algorithm.place, find(algorithm.name)), (place, Some(algorithm)));
        }
        for name in [
            "none", "None", "HS256", "HS384", "HS512", "rs256", "RS256 ", "", "RS1", "EdDSA",
            "ES256K", "A128KW",
        ] {
            assert_eq!(find(name), None, "{name}");
        }
    }
}

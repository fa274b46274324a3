//! The platform's signing keys, and all ways to create a token from bytes.

use std::io;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding,
};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};

/// Bytes as base64url without padding, the form of everything in a token (RFC 7515, section 2).
pub(super) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// RSASSA-PKCS1-v1_5 with SHA-256, the only one that platforms use.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
}

/// An RSA key with its key ID.
pub(super) struct SigningKey {
    kid: String,
    pair: KeyPair,
}

impl SigningKey {
    /// A fresh RSA-2048 key.
    pub(super) fn generate() -> io::Result<Self> {
        KeyPair::generate(KeySize::Rsa2048).map(Self::named).map_err(io::Error::other)
    }

    /// Reads a private key in PKCS#8 DER.
    pub(super) fn from_pkcs8(pkcs8: &[u8]) -> io::Result<Self> {
        KeyPair::from_pkcs8(pkcs8).map(Self::named).map_err(io::Error::other)
    }

    /// The private key in PKCS#8 DER, for use by other test platforms.
    pub(super) fn to_pkcs8(&self) -> io::Result<Vec<u8>> {
        let der: Pkcs8V1Der<'_> = self.pair.as_der().map_err(io::Error::other)?;
        Ok(der.as_ref().to_vec())
    }

    fn named(pair: KeyPair) -> Self {
        Self { kid: key_id_of(pair.public_key().as_ref()), pair }
    }

    /// The key ID (`kid`) in keyset and token header.
    pub(super) fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as a JSON Web Key, with the members that Moodle sends (RFC 7517).
    pub(super) fn jwk(&self) -> Value {
        let public = self.pair.public_key();
        json!({
            "kty": "RSA",
            "alg": "RS256",
            "kid": self.kid,
            "e": base64url(public.exponent().big_endian_without_leading_zero()),
            "n": base64url(public.modulus().big_endian_without_leading_zero()),
            "use": "sig",
        })
    }

    /// The public key in PEM, which an attacker can use as a shared secret.
    pub(super) fn public_pem(&self) -> String {
        let der: PublicKeyX509Der<'_> = self
            .pair
            .public_key()
            .as_der()
            .expect("a key that was made or read before can be written");
        let text = STANDARD.encode(der.as_ref());
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
            .collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    /// The signature of a message.
    pub(super) fn signature(&self, scheme: Scheme, message: &[u8]) -> Vec<u8> {
        let encoding: &'static dyn RsaEncoding = match scheme {
            Scheme::Rs256 => &RSA_PKCS1_SHA256,
            Scheme::Ps256 => &RSA_PSS_SHA256,
        };
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(encoding, &SystemRandom::new(), message, &mut signature)
            .expect("a message of any length can be signed");
        signature
    }

    /// Header and payload, signed: `header.payload.signature`.
    pub(super) fn seal(&self, scheme: Scheme, header: &[u8], payload: &[u8]) -> String {
        let message = signing_input(header, payload);
        let signature = base64url(self.signature(scheme, message.as_bytes()));
        format!("{message}.{signature}")
    }
}

/// Creates an RSA-2048 key in PKCS#8 DER for [`Options::signing_key`](super::Options::signing_key).
///
/// # Errors
///
/// The cryptographic library fails.
pub fn generate_signing_key() -> io::Result<Vec<u8>> {
    SigningKey::generate()?.to_pkcs8()
}

/// A P-256 key with its key ID, for tools that agreed on ES256.
pub(super) struct CurveKey {
    kid: String,
    pair: EcdsaKeyPair,
}

impl CurveKey {
    fn generate() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .expect("the cryptographic library creates keys");
        Self { kid: key_id_of(pair.public_key().as_ref()), pair }
    }

    /// The key ID (`kid`) in keyset and token header.
    pub(super) fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as a JSON Web Key (RFC 7518, section 6.2).
    fn jwk(&self) -> Value {
        // An uncompressed point: a prefix byte, then two numbers of equal length.
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": self.kid, "x": base64url(x), "y": base64url(y), "use": "sig" })
    }

    /// Header and payload, signed with ES256.
    pub(super) fn seal(&self, header: &[u8], payload: &[u8]) -> String {
        let message = signing_input(header, payload);
        let signature = self
            .pair
            .sign(&SystemRandom::new(), message.as_bytes())
            .expect("a message of any length can be signed");
        format!("{message}.{}", base64url(signature))
    }
}

/// A key ID derived from the public key, so that it is the same after a restart.
fn key_id_of(public_key: &[u8]) -> String {
    let print = digest::digest(&digest::SHA256, public_key);
    HEXLOWER.encode(&print.as_ref()[..10])
}

/// The input of a signature: `header.payload` in base64url.
pub(super) fn signing_input(header: &[u8], payload: &[u8]) -> String {
    format!("{}.{}", base64url(header), base64url(payload))
}

/// Header and payload, signed with HS256.
pub(super) fn seal_with_secret(secret: &[u8], header: &[u8], payload: &[u8]) -> String {
    let message = signing_input(header, payload);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
    format!("{message}.{}", base64url(tag))
}

/// The platform's keys: the current and earlier ones, one on a curve, which is published once it
/// has signed, and one that is never published.
pub(super) struct Keys {
    on_curve: Arc<OnceLock<CurveKey>>,
    current: Arc<SigningKey>,
    retired: Vec<Arc<SigningKey>>,
    attacker: Arc<OnceLock<SigningKey>>,
}

impl Keys {
    /// Starts with one published key.
    pub(super) fn new(current: SigningKey) -> Self {
        Self {
            on_curve: Arc::default(),
            current: Arc::new(current),
            retired: Vec::new(),
            attacker: Arc::default(),
        }
    }

    /// The key that signs.
    pub(super) fn current(&self) -> Arc<SigningKey> {
        Arc::clone(&self.current)
    }

    /// Replaces the current key; earlier ones stay published.
    pub(super) fn rotate(&mut self, next: SigningKey) {
        let previous = std::mem::replace(&mut self.current, Arc::new(next));
        self.retired.push(previous);
    }

    /// The published keys, newest first.
    pub(super) fn published(&self) -> Vec<Value> {
        std::iter::once(&self.current)
            .chain(self.retired.iter().rev())
            .map(|key| key.jwk())
            .chain(self.on_curve.get().map(CurveKey::jwk))
            .collect()
    }

    /// The cell of the key on a curve, which is created at its first use.
    pub(super) fn on_curve(&self) -> Arc<OnceLock<CurveKey>> {
        Arc::clone(&self.on_curve)
    }

    /// The cell of the unpublished key, which is created at its first use, because most tests do
    /// not need it.
    pub(super) fn attacker(&self) -> Arc<OnceLock<SigningKey>> {
        Arc::clone(&self.attacker)
    }
}

/// The key on a curve, created at its first use.
pub(super) fn curve_key(cell: &OnceLock<CurveKey>) -> &CurveKey {
    cell.get_or_init(CurveKey::generate)
}

/// The unpublished key, created at its first use.
pub(super) fn attacker_key(cell: &OnceLock<SigningKey>) -> &SigningKey {
    cell.get_or_init(|| SigningKey::generate().expect("the cryptographic library creates keys"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_id_survives_pkcs8_and_jwk_has_no_private_part() {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        assert_eq!(key.kid(), again.kid());
        assert_eq!(key.jwk(), again.jwk());
        for member in ["d", "p", "q", "dp", "dq", "qi"] {
            assert!(key.jwk().get(member).is_none(), "{member}");
        }
        assert!(key.public_pem().starts_with("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkq"));
    }

    #[test]
    fn old_keys_stay_published() {
        let first = SigningKey::generate().unwrap();
        let pkcs8 = first.to_pkcs8().unwrap();
        let mut keys = Keys::new(first);
        let old = keys.current();
        keys.rotate(SigningKey::from_pkcs8(&pkcs8).unwrap());
        assert_eq!(keys.published().len(), 2);
        assert_eq!(keys.published()[1]["kid"], old.kid());
    }
}

//! The tool's private keys: generated here, or read from a PEM file.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::keyset::{self, VerificationKey};

/// An RSA key pair. It has no `Debug`, and its memory is wiped when it is dropped.
pub struct PrivateKey {
    /// The private key, PKCS #8 in DER.
    pub pkcs8_der: Zeroizing<Vec<u8>>,
    /// The public modulus, big-endian.
    pub modulus: Vec<u8>,
    /// The public exponent, big-endian.
    pub exponent: Vec<u8>,
}

impl PrivateKey {
    /// Generates an RSA key of 2048 bits with the cryptographic library's random numbers.
    ///
    /// # Panics
    ///
    /// If the operating system cannot provide random numbers.
    pub fn generate() -> Self {
        let pair = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048)
            .expect("the cryptographic library generates a key");
        Self::of(&pair).expect("a new key can be encoded")
    }

    /// Parses an RSA key from PEM: PKCS #8 (RFC 5958) or PKCS #1 (RFC 8017, appendix A.1.2), of at
    /// least 2048 bits.
    ///
    /// # Errors
    ///
    /// A description of the problem: another kind of key or file, encrypted, too short, or damaged.
    pub fn from_pem(text: &str) -> Result<Self, String> {
        let blocks = pem::parse_many(text)
            .map_err(|_| "its PEM is damaged: a line is missing or not base64".to_owned())?;
        // OpenSSL writes the parameters of a curve before its key.
        let mut blocks = blocks.into_iter().filter(|block| block.tag() != "EC PARAMETERS");
        let Some(block) = blocks.next() else {
            return Err(
                "it contains no PEM, which starts with -----BEGIN PRIVATE KEY-----".to_owned()
            );
        };
        if blocks.next().is_some() {
            return Err("it contains more than one PEM block; use only the private key".to_owned());
        }
        let encrypted = || {
            "it is encrypted; decrypt it first, for example with openssl pkey -in FILE -out \
             DECRYPTED"
                .to_owned()
        };
        if block.headers().get("Proc-Type").is_some_and(|value| value.contains("ENCRYPTED")) {
            return Err(encrypted());
        }
        let tag = block.tag().to_owned();
        let der = Zeroizing::new(block.into_contents());
        let pair = match tag.as_str() {
            "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&der),
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der),
            "ENCRYPTED PRIVATE KEY" => return Err(encrypted()),
            "EC PRIVATE KEY" => return Err(
                "it is an EC key, and the tool signs with RSA (RS256), which every platform accepts"
                    .to_owned(),
            ),
            "PUBLIC KEY" | "RSA PUBLIC KEY" => {
                return Err("it is a public key; the private one is needed to sign".to_owned());
            }
            "CERTIFICATE" => {
                return Err("it is a certificate; its private key is needed to sign".to_owned());
            }
            "OPENSSH PRIVATE KEY" => return Err(
                "it is a key in OpenSSH's own format; convert a copy with ssh-keygen -p -m PKCS8"
                    .to_owned(),
            ),
            other => {
                return Err(format!(
                    "it is PEM of another kind ({})",
                    super::refusal::printable(other)
                ));
            }
        };
        Self::of(&pair.map_err(|error| rejected(&error.to_string()))?)
    }

    /// Creates the key pair and checks that its public half verifies signatures of its private
    /// half.
    fn of(pair: &RsaKeyPair) -> Result<Self, String> {
        let public = pair.public_key();
        let (modulus, exponent) = (
            public.modulus().big_endian_without_leading_zero().to_vec(),
            public.exponent().big_endian_without_leading_zero().to_vec(),
        );
        VerificationKey::from_components(&modulus, &exponent)?;
        let der: Pkcs8V1Der<'_> =
            pair.as_der().map_err(|_| "it cannot be encoded as PKCS #8".to_owned())?;
        Ok(Self { pkcs8_der: Zeroizing::new(der.as_ref().to_vec()), modulus, exponent })
    }

    /// The key's thumbprint (RFC 7638): an ID that can be computed from the public half.
    pub fn thumbprint(&self) -> String {
        let jwk = keyset::public_jwk("", &self.modulus, &self.exponent);
        let members = format!(r#"{{"e":{},"kty":"RSA","n":{}}}"#, jwk["e"], jwk["n"]);
        URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()))
    }
}

/// A description of why the library rejects an RSA key.
fn rejected(error: &str) -> String {
    match error {
        "TooSmall" => "it is RSA with fewer than 2048 bits, which is not safe".to_owned(),
        "TooLarge" => "it is RSA with more than 8192 bits, which is not used".to_owned(),
        "WrongAlgorithm" => {
            "it is not an RSA key, and the tool signs with RSA (RS256), which every platform \
             accepts"
                .to_owned()
        }
        _ => "it is not an RSA key, or it is damaged".to_owned(),
    }
}

/// Whether the public half verifies signatures of a private key (PKCS #8 in DER).
pub fn signs(pkcs8_der: &[u8], modulus: &[u8], exponent: &[u8]) -> bool {
    const MESSAGE: &[u8] = b"Does this key sign?";
    let Ok(pair) = RsaKeyPair::from_pkcs8(pkcs8_der) else { return false };
    let public = pair.public_key();
    let same = |one: &[u8], other: &[u8]| {
        keyset::without_leading_zeros(one) == keyset::without_leading_zeros(other)
    };
    if !same(public.modulus().big_endian_without_leading_zero(), modulus)
        || !same(public.exponent().big_endian_without_leading_zero(), exponent)
    {
        return false;
    }
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), MESSAGE, &mut signature).is_ok()
        && UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
            .verify(MESSAGE, &signature)
            .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lti::test_support::key_pair;

    fn pem_of(tag: &str, der: &[u8]) -> String {
        pem::encode(&pem::Pem::new(tag, der))
    }

    /// The RSAPrivateKey inside a PKCS #8 key: the content of its last octet string.
    fn pkcs1(pkcs8: &[u8]) -> Vec<u8> {
        let start = pkcs8.windows(2).position(|pair| pair == [0x04, 0x82]).unwrap();
        pkcs8[start + 4..].to_vec()
    }

    #[test]
    fn both_forms_of_pem_give_the_same_key() {
        let key = key_pair();
        for text in [
            pem_of("PRIVATE KEY", &key.pkcs8_der),
            pem_of("RSA PRIVATE KEY", &pkcs1(&key.pkcs8_der)),
        ] {
            let read =
                PrivateKey::from_pem(&format!("Bag Attributes\n  friendlyName: tool\n{text}\n"))
                    .unwrap();
            assert_eq!(
                (&read.pkcs8_der, &read.modulus, &read.exponent),
                (&key.pkcs8_der, &key.modulus, &key.exponent)
            );
            assert!(signs(&read.pkcs8_der, &read.modulus, &read.exponent));
        }
    }

    #[test]
    fn other_keys_and_files_are_rejected_by_name() {
        let key = key_pair();
        let private = pem_of("PRIVATE KEY", &key.pkcs8_der);
        let curve = aws_lc_rs::signature::EcdsaKeyPair::generate(
            &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        )
        .unwrap();
        let curve = curve.to_pkcs8v1().unwrap();
        // RSA of 1024 bits, created with `openssl genrsa -traditional 1024` for this test.
        let short = include_str!("private_key/rsa-1024.pem");
        for (what, text, why) in [
            ("nothing", String::new(), "no PEM"),
            ("other text", "hello".to_owned(), "no PEM"),
            ("cut off", private[..200].to_owned(), "PEM"),
            ("a public key", keyset::public_pem(&key.modulus, &key.exponent), "public key"),
            ("a certificate", pem_of("CERTIFICATE", b"x"), "certificate"),
            ("encrypted PKCS #8", pem_of("ENCRYPTED PRIVATE KEY", b"x"), "encrypted"),
            (
                "encrypted PKCS #1",
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: \
                 AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"
                    .to_owned(),
                "encrypted",
            ),
            ("an EC key", pem_of("EC PRIVATE KEY", b"x"), "EC key"),
            ("an EC key in PKCS #8", pem_of("PRIVATE KEY", curve.as_ref()), "not an RSA key"),
            ("OpenSSH", pem_of("OPENSSH PRIVATE KEY", b"x"), "ssh-keygen"),
            ("two keys", format!("{private}{private}"), "more than one"),
            ("another kind", pem_of("DH PARAMETERS", b"x"), "another kind (DH PARAMETERS)"),
            (
                "damaged",
                pem_of("PRIVATE KEY", &key.pkcs8_der[..key.pkcs8_der.len() - 9]),
                "damaged",
            ),
            ("too short", short.to_owned(), "fewer than 2048 bits"),
        ] {
            let error = PrivateKey::from_pem(&text).err().unwrap_or_else(|| {
                panic!(
                    "{what} is \
                taken"
                )
            });
            assert!(error.contains(why), "{what}: {error}");
        }
    }

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638() {
        let modulus = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let key = PrivateKey {
            pkcs8_der: Zeroizing::default(),
            modulus: URL_SAFE_NO_PAD.decode(modulus).unwrap(),
            exponent: vec![1, 0, 1],
        };
        assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn mismatched_key_pair_is_rejected() {
        let (key, other) = (key_pair(), PrivateKey::generate());
        assert!(signs(&key.pkcs8_der, &key.modulus, &key.exponent));
        assert!(!signs(&key.pkcs8_der, &other.modulus, &key.exponent));
        assert!(
            !signs(&[], &key.modulus, &key.exponent)
                && !signs(b"no key", &key.modulus, &key.exponent)
        );
    }
}

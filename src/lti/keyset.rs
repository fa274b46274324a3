//! Keysets: the platform's, with the keys that sign launches, and the tool's public keys.
//!
//! A keyset (JWK Set, RFC 7517) comes from the network and may contain anything. One bad entry must
//! not block a platform whose other keys are valid, so entries are checked one by one, and the
//! reason why one is unusable is kept until a token needs it.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::ParsedPublicKey;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};

use super::algorithm::{self, Algorithm, KeyType};

/// Maximum number of keys in a keyset; real ones have fewer than ten.
const MAX_KEYS: usize = 100;

/// Minimum size of a modulus, in bits (Security Framework 1.0, 6.1; NIST SP 800-131A).
const MIN_MODULUS_BITS: usize = 2048;

/// Maximum size of a modulus, in bits: larger ones only cost time.
const MAX_MODULUS_BITS: usize = 8192;

/// A platform's public keys by their `kid`.
#[derive(Debug, Clone, Default)]
pub struct Keyset {
    entries: HashMap<String, Entries>,
    without_kid: usize,
}

/// The entries of a keyset with the same `kid`. Several keys may share one if they are of different
/// types (RFC 7517, 4.5), and some platforms list a key twice.
#[derive(Debug, Clone, Default)]
struct Entries {
    keys: VerificationKeys,
    /// Why the others are unusable.
    problems: Vec<String>,
    /// The same, as one text.
    problem: String,
}

impl Entries {
    /// Adds an entry. A key that is listed twice counts once.
    fn add(&mut self, entry: Result<VerificationKey, String>) {
        match entry {
            Ok(key) if self.keys.0.contains(&key) => {}
            Ok(key) => self.keys = self.keys.0.iter().cloned().chain([key]).collect(),
            Err(problem) => {
                self.problems.push(problem);
                self.problem = self.problems.join("; ");
            }
        }
    }
}

impl Keyset {
    /// Parses a keyset (RFC 7517, section 5), regardless of its content type.
    ///
    /// # Errors
    ///
    /// A description of why the body is not a keyset: not JSON, no `keys`, or too many.
    pub fn parse(body: &[u8]) -> Result<Self, String> {
        let value: Value = serde_json::from_slice(body).map_err(|error| not_json(body, &error))?;
        let Some(entries) = value.get("keys") else {
            return Err("it is JSON without the member \"keys\"".to_owned());
        };
        let Some(entries) = entries.as_array() else {
            return Err("its member \"keys\" is not a list".to_owned());
        };
        if entries.len() > MAX_KEYS {
            return Err(format!(
                "it contains {} keys; more than {MAX_KEYS} are not read",
                entries.len()
            ));
        }
        let mut keyset = Self::default();
        for entry in entries {
            match entry.get("kid").and_then(Value::as_str) {
                Some(kid) if !kid.is_empty() => {
                    keyset.entries.entry(kid.to_owned()).or_default().add(verification_key(entry))
                }
                _ => keyset.without_kid += 1,
            }
        }
        Ok(keyset)
    }

    /// The keys with this ID: `None` if the keyset does not have it, an error message if no entry
    /// with it is usable.
    pub fn find(&self, kid: &str) -> Option<Result<&VerificationKeys, &str>> {
        self.entries.get(kid).map(|entries| match entries.keys.0.is_empty() {
            false => Ok(&entries.keys),
            true => Err(entries.problem.as_str()),
        })
    }

    fn keys(&self) -> impl Iterator<Item = &VerificationKey> {
        self.entries.values().flat_map(|entries| entries.keys.0.iter())
    }

    /// The number of keys that can be used with one of these algorithms.
    pub fn count_usable_with(&self, algorithms: &[&str]) -> usize {
        self.keys()
            .filter(|key| {
                algorithms
                    .iter()
                    .filter_map(|name| algorithm::find(name))
                    .any(|one| key.fits(one).is_ok())
            })
            .count()
    }

    /// The number of usable keys.
    pub fn len(&self) -> usize {
        self.keys().count()
    }

    /// Whether no key is usable.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The IDs of the usable keys, each with a digest of its keys, to see whether a keyset has
    /// changed.
    pub fn digests(&self) -> BTreeMap<String, String> {
        self.entries
            .iter()
            .filter(|(_, entries)| !entries.keys.0.is_empty())
            .map(|(kid, entries)| (kid.clone(), entries.keys.digest()))
            .collect()
    }

    /// Descriptions of why entries are unusable.
    pub fn problems(&self) -> Vec<String> {
        let described = |(kid, entries): (&String, &Entries)| {
            let kid = kid.clone();
            entries
                .problems
                .clone()
                .into_iter()
                .map(move |problem| format!("key \"{kid}\": {problem}"))
        };
        let mut problems: Vec<String> = self.entries.iter().flat_map(described).collect();
        problems.sort();
        if self.without_kid > 0 {
            problems.push(format!("{} without a key ID", self.without_kid));
        }
        problems
    }
}

/// Why a body is not JSON; usually it is a web page.
fn not_json(body: &[u8], error: &serde_json::Error) -> String {
    if body.trim_ascii().is_empty() {
        "it is empty".to_owned()
    } else if body.trim_ascii_start().starts_with(b"<") {
        "it is a web page, not JSON".to_owned()
    } else {
        format!("it is not JSON (line {}, column {})", error.line(), error.column())
    }
}

/// One entry of a keyset, or why it cannot verify an id_token (RFC 7517, section 4; RFC
/// 7518, sections 6.2 and 6.3).
fn verification_key(entry: &Value) -> Result<VerificationKey, String> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let key_type = match (text("kty"), text("crv")) {
        (Some("RSA"), _) => KeyType::Rsa,
        (Some("EC"), Some("P-256")) => KeyType::P256,
        (Some("EC"), Some("P-384")) => KeyType::P384,
        (Some("EC"), curve) => {
            return Err(format!(
                "its type is EC on {}, and only P-256 and P-384 are used",
                curve.map_or_else(|| "no curve".to_owned(), short)
            ));
        }
        (Some("oct"), _) => {
            return Err(
                "it is a shared secret (kty oct), which must not be in a public keyset".to_owned()
            );
        }
        (Some(other), _) => {
            return Err(format!("its type is {}, and launches need RSA or EC", short(other)));
        }
        (None, _) => return Err("it has no type (kty)".to_owned()),
    };
    match entry.get("use") {
        None | Some(Value::Null) => {}
        Some(Value::String(purpose)) if purpose == "sig" => {}
        Some(Value::String(purpose)) => {
            return Err(format!("it is not for signatures (use {})", short(purpose)));
        }
        Some(_) => return Err("its use is not text".to_owned()),
    }
    check_operations(entry.get("key_ops"))?;
    let only = match entry.get("alg") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => match algorithm::find(name) {
            Some(algorithm) if algorithm.key_type == key_type => Some(algorithm),
            Some(algorithm) => {
                return Err(format!(
                    "it is for {}, which needs {}, and is {}",
                    algorithm.name,
                    algorithm.key_type.name(),
                    key_type.name()
                ));
            }
            None => return Err(format!("it is for {}, which signs no launch", short(name))),
        },
        Some(_) => return Err("its algorithm is not text".to_owned()),
    };
    let key = match key_type {
        KeyType::Rsa => VerificationKey::rsa(
            &component(text("n"), "modulus (n)")?,
            &component(text("e"), "exponent (e)")?,
            only,
        ),
        _ => VerificationKey::on_curve(
            key_type,
            &component(text("x"), "x coordinate")?,
            &component(text("y"), "y coordinate")?,
            only,
        ),
    }?;
    Ok(VerificationKey { issuer: text("issuer").map(Arc::from), ..key })
}

/// Whether a key may verify signatures according to its `key_ops` (RFC 7517, 4.3).
fn check_operations(operations: Option<&Value>) -> Result<(), String> {
    match operations {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Array(operations)) if operations.iter().any(|one| one == "verify") => Ok(()),
        Some(Value::Array(_)) => {
            Err("it is not for verifying signatures (key_ops without verify)".to_owned())
        }
        Some(_) => Err("its key_ops is not a list".to_owned()),
    }
}

/// A number of a key. Padding is not allowed (RFC 7515, appendix C), but accepted because some
/// platforms send it.
fn component(text: Option<&str>, name: &str) -> Result<Vec<u8>, String> {
    let text = text.ok_or_else(|| format!("it has no {name}"))?;
    URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .map_err(|_| format!("its {name} is not base64url"))
}

fn short(text: &str) -> String {
    super::refusal::printable(text).chars().take(20).collect()
}

/// Different keys of a platform with the same ID, in the order of the keyset. Cloning is cheap.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VerificationKeys(Arc<[VerificationKey]>);

impl VerificationKeys {
    /// Whether `signature` (base64url, as in the token) is the signature of `message` with this
    /// algorithm by the key that fits it. Keys that can never verify it do not count (RFC 7517, 4.5).
    ///
    /// # Errors
    ///
    /// Why no key can be used with this algorithm, or that several different ones could be, so that
    /// the key ID does not say which is meant.
    pub(crate) fn verify(
        &self,
        algorithm: &'static Algorithm,
        message: &[u8],
        signature: &str,
    ) -> Result<bool, String> {
        let (mut fitting, mut problems) = (Vec::new(), Vec::new());
        for key in self.0.iter() {
            match key.fits(algorithm) {
                Ok(()) => fitting.push(key),
                Err(problem) => problems.push(problem),
            }
        }
        match fitting[..] {
            [] => Err(problems.join("; ")),
            [key] => Ok(key.verifies(algorithm, message, signature)),
            _ => Err(format!("{} different keys have this ID", fitting.len())),
        }
    }

    /// The issuers for which the keys may sign, of those keys that name one: a member of keysets that
    /// several tenants share (Microsoft).
    pub(super) fn issuers(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|key| key.issuer.as_deref())
    }

    /// The digest of the key, or of all of them.
    fn digest(&self) -> String {
        match &*self.0 {
            [key] => key.digest(),
            keys => {
                let digests: Vec<String> = keys.iter().map(VerificationKey::digest).collect();
                HEXLOWER.encode(&digest(&SHA256, digests.concat().as_bytes()).as_ref()[..16])
            }
        }
    }
}

impl From<VerificationKey> for VerificationKeys {
    fn from(key: VerificationKey) -> Self {
        Self(Arc::new([key]))
    }
}

impl FromIterator<VerificationKey> for VerificationKeys {
    fn from_iter<I: IntoIterator<Item = VerificationKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

/// A platform's public key, parsed once for all launches. Cloning is cheap.
#[derive(Clone)]
pub struct VerificationKey {
    material: Arc<Material>,
    /// The only issuer for which it may sign, if specified.
    issuer: Option<Arc<str>>,
}

impl PartialEq for VerificationKey {
    /// Whether it is the same key, for the same algorithms.
    fn eq(&self, other: &Self) -> bool {
        let parts = |key: &Self| (key.material.key_type, key.material.only.map(|only| only.name));
        parts(self) == parts(other) && self.material.bytes == other.material.bytes
    }
}

struct Material {
    key_type: KeyType,
    /// The only algorithm for which the platform uses it, if specified.
    only: Option<&'static Algorithm>,
    /// The bytes for the library.
    bytes: Vec<u8>,
    /// Parsed for each algorithm with which it was used, by the algorithm's index; parsing takes
    /// longer than verifying.
    parsed: [OnceLock<Option<ParsedPublicKey>>; algorithm::COUNT],
}

impl VerificationKey {
    /// An RSA key from its modulus and exponent, big-endian.
    ///
    /// # Errors
    ///
    /// A description of why the key is unusable: fewer than 2048 bits, more than 8192, or not an
    /// RSA key.
    pub fn from_components(modulus: &[u8], exponent: &[u8]) -> Result<Self, String> {
        Self::rsa(modulus, exponent, None)
    }

    fn rsa(
        modulus: &[u8],
        exponent: &[u8],
        only: Option<&'static Algorithm>,
    ) -> Result<Self, String> {
        let (modulus, exponent) = (without_leading_zeros(modulus), without_leading_zeros(exponent));
        let bits =
            modulus.first().map_or(0, |first| modulus.len() * 8 - first.leading_zeros() as usize);
        if bits < MIN_MODULUS_BITS {
            return Err(format!(
                "it is RSA with {bits} bits, and fewer than {MIN_MODULUS_BITS} are not safe"
            ));
        }
        if bits > MAX_MODULUS_BITS {
            return Err(format!(
                "it is RSA with {bits} bits, and more than {MAX_MODULUS_BITS} are not read"
            ));
        }
        let odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
        if !odd(modulus) || !odd(exponent) || exponent == [1] || exponent.len() > 4 {
            return Err("its numbers are not those of an RSA key".to_owned());
        }
        let key = Self::with(KeyType::Rsa, subject_public_key_info(modulus, exponent), only);
        if key.is_sound(only.map_or("RS256", |only| only.name)) {
            Ok(key)
        } else {
            Err("its numbers are not those of an RSA key".to_owned())
        }
    }

    fn on_curve(
        key_type: KeyType,
        x: &[u8],
        y: &[u8],
        only: Option<&'static Algorithm>,
    ) -> Result<Self, String> {
        let (length, algorithm) =
            if key_type == KeyType::P256 { (32, "ES256") } else { (48, "ES384") };
        if x.len() != length || y.len() != length {
            return Err(format!("its coordinates do not have {length} bytes each"));
        }
        // A point without compression (SEC 1, section 2.3.3).
        let key = Self::with(key_type, [&[4], x, y].concat(), only);
        if key.is_sound(algorithm) {
            Ok(key)
        } else {
            Err("its point is not on its curve".to_owned())
        }
    }

    fn with(key_type: KeyType, bytes: Vec<u8>, only: Option<&'static Algorithm>) -> Self {
        let material = Arc::new(Material { key_type, only, bytes, parsed: Default::default() });
        Self { material, issuer: None }
    }

    /// Whether the library accepts the key for this algorithm.
    fn is_sound(&self, algorithm: &str) -> bool {
        algorithm::find(algorithm).is_some_and(|algorithm| self.parsed(algorithm).is_some())
    }

    fn parsed(&self, algorithm: &'static Algorithm) -> Option<&ParsedPublicKey> {
        self.material.parsed[algorithm.place]
            .get_or_init(|| ParsedPublicKey::new(algorithm.verification, &self.material.bytes).ok())
            .as_ref()
    }

    /// The beginning of a SHA-256 over the key, as 32 hexadecimal digits.
    fn digest(&self) -> String {
        HEXLOWER.encode(&digest(&SHA256, &self.material.bytes).as_ref()[..16])
    }

    /// Whether the key can be used with an algorithm.
    ///
    /// # Errors
    ///
    /// A description of why not: another type, or the platform uses it for another algorithm.
    pub fn fits(&self, algorithm: &'static Algorithm) -> Result<(), String> {
        match self.material.only {
            _ if self.material.key_type != algorithm.key_type => Err(format!(
                "its type is {}, and {} needs {}",
                self.material.key_type.name(),
                algorithm.name,
                algorithm.key_type.name()
            )),
            Some(only) if only != algorithm => {
                Err(format!("it is for {}, not for {}", only.name, algorithm.name))
            }
            _ => Ok(()),
        }
    }

    /// Whether `signature` (base64url, as in the token) is this key's signature of `message` with
    /// this algorithm, which must match the key.
    pub(crate) fn verifies(
        &self,
        algorithm: &'static Algorithm,
        message: &[u8],
        signature: &str,
    ) -> bool {
        // Uses the library below `jsonwebtoken` directly, because `jsonwebtoken` sets up the key
        // again for every signature.
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        self.fits(algorithm).is_ok()
            && self.parsed(algorithm).is_some_and(|key| key.verify_sig(message, &signature).is_ok())
    }
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "VerificationKey({})", self.material.key_type.name())
    }
}

pub(super) fn without_leading_zeros(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}

/// The public half of one of the tool's keys as an entry of its keyset (RFC 7517, section 4), with
/// only `kty`, `use`, `alg`, `kid`, `n` and `e`.
pub fn public_jwk(kid: &str, modulus: &[u8], exponent: &[u8]) -> Value {
    let number = |bytes| URL_SAFE_NO_PAD.encode(without_leading_zeros(bytes));
    json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": number(modulus), "e": number(exponent) })
}

/// The tool's keyset with these entries (RFC 7517, section 5).
pub fn public_keyset(keys: Vec<Value>) -> Value {
    Value::Object(Map::from_iter([("keys".to_owned(), Value::Array(keys))]))
}

/// The public half of one of the tool's keys as PEM (SubjectPublicKeyInfo, RFC 5280, section 4.1),
/// for platforms into which a key is pasted.
pub fn public_pem(modulus: &[u8], exponent: &[u8]) -> String {
    let text = STANDARD.encode(subject_public_key_info(modulus, exponent));
    let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
    for (index, character) in text.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem.push_str("\n-----END PUBLIC KEY-----\n");
    pem
}

/// A SubjectPublicKeyInfo in DER (RFC 5280, section 4.1; RFC 8017, appendix A.1.1).
fn subject_public_key_info(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    /// OID 1.2.840.113549.1.1.1 (rsaEncryption) with its NULL parameter.
    const RSA_ENCRYPTION: [u8; 15] =
        [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let key = der(0x30, &[der_integer(modulus), der_integer(exponent)].concat());
    let key = der(0x03, &[&[0], key.as_slice()].concat());
    der(0x30, &[&RSA_ENCRYPTION, key.as_slice()].concat())
}

/// One DER value (X.690, section 8.1).
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = without_leading_zeros(&length);
    let mut value = vec![tag];
    match length {
        [] => value.push(0),
        [short] if *short < 0x80 => value.push(*short),
        long => {
            value.push(0x80 | long.len() as u8);
            value.extend_from_slice(long);
        }
    }
    value.extend_from_slice(content);
    value
}

/// A positive DER integer: a leading zero prevents the top bit from being read as a sign.
fn der_integer(number: &[u8]) -> Vec<u8> {
    let number = without_leading_zeros(number);
    match number.first() {
        Some(first) if *first < 0x80 => der(0x02, number),
        _ => der(0x02, &[&[0], number].concat()),
    }
}

#[cfg(test)]
mod tests;

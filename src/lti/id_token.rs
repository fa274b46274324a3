//! The checks of an id_token in order, each with the code of its refusal (core launch, section 4):
//!
//! - 1, 2: the state and an error response, before the token is read ([`super::login`])
//! - 3: form: at most 64 kB, three segments of base64url, JSON objects, no known name twice
//!   (`token_malformed`)
//! - 4: `alg` is one that the registration allows, by default RS256 (`alg_not_allowed`)
//! - 5: `kid` is present (`kid_missing`)
//! - 6: `iss` is the issuer for which the login was started (`iss_mismatch`)
//! - 7: `aud` is the tool's client ID and no other (`aud_mismatch`)
//! - 8: `azp` is present if there are several audiences, and is the tool's client ID if present
//!   (`azp_missing`, `azp_mismatch`)
//! - 9: the key, in the platform's keyset ([`super::keyset`]; `kid_not_found`, `jwks_unreachable`,
//!   `jwks_bad`)
//! - 10: the key is one for that algorithm (`jwks_bad`); the signature (`signature_invalid`). If
//!   several keys have the ID, only one of them may fit
//! - 11: `exp` is in the future (`token_expired`)
//! - 12: `iat` is not in the future, nor more than an hour ago (`iat_future`, `token_too_old`)
//! - 13: `nbf` is not in the future (`not_yet_valid`)
//! - 14: `nonce` is that of the login (`nonce_missing`, `nonce_mismatch`; `nonce_reused` is for the
//!   caller, who stores the used ones)
//! - 15: version 1.3.0 (`lti_version_missing`, `lti_version_unsupported`)
//! - 16: a message type that is accepted at this URL (`message_type_missing`,
//!   `message_type_unsupported`)
//! - 17: a deployment that is known and matches the login's (`deployment_missing`,
//!   `deployment_mismatch`, `deployment_unknown`)
//! - 18: a target link URI of this tool that matches the login's (`target_missing`,
//!   `target_mismatch`, `target_not_allowed`)
//! - 19: a user (`sub_missing`)
//! - 20: roles, as a list (`roles_missing`, `roles_not_array`)
//! - 21: what the message type needs (`resource_link_missing`, `deep_linking_settings_missing`,
//!   `for_user_missing`); [`super::deep_linking`] checks the settings. Learners review their own work
//!   only (`review_not_allowed`)
//! - 22: no identifier or service URL is too long (`claim_too_long`)
//!
//! Steps 6 to 8 read unverified claims, only to find the key; everything else is read after step
//! 10. A deep linking request needs neither target link URI nor roles nor resource link (core
//! launch, section 6).
//!
//! Steps 3 to 14 and 19 are those of every ID token (OpenID Connect Core 1.0, 3.1.3.7): with the
//! purpose of a sign-in, they check the tokens of identity providers, too
//! ([`super::relying_party`]).
//!
//! With the purpose of a notice ([`super::notice`]), steps 3 to 11, 13 and 15 are the same. The token
//! may be old, its nonce is not that of a login, and the rest is checked there.
//!
//! All checks together may take at most a quarter longer than the signature alone, so the payload
//! is parsed once and nothing is looked up twice.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use url::Url;

use super::algorithm::{self, Algorithm};
use super::claims::{Audience, Claims, Field, Roles};
use super::keyset::VerificationKeys;
use super::login::Fingerprint;
use super::refusal::quoted;
use super::roles::{Role, decide};
use super::{Refusal, authority, relying_party};

/// Maximum length of a token, in bytes.
const MAX_TOKEN_BYTES: usize = 65_536;
/// Maximum length of a key ID, in bytes.
const MAX_KID_BYTES: usize = 1024;
/// Maximum length of the ID of a user, a deployment or a resource link, in characters (LTI 1.3,
/// 5.3).
pub(super) const MAX_ID_CHARACTERS: usize = 255;
/// Maximum length of a service URL, in characters: the same as for other URLs of a platform.
pub(super) const MAX_SERVICE_URL_CHARACTERS: usize = 2048;
/// Maximum length of `data` of a content selection as JSON, in characters; platforms send session
/// keys and tokens of up to two thousand.
const MAX_DATA_CHARACTERS: usize = 8192;
/// Maximum nesting depth of objects and lists.
const MAX_NESTING: usize = 64;
/// The maximum age of a token, in seconds.
const MAX_AGE_SECONDS: i64 = 3600;

/// The problem of an identifier that is not there.
pub const ABSENT: &str = "is absent";

/// The message that opens a link (LTI 1.3, 5.3.1).
pub const RESOURCE_LINK_REQUEST: &str = "LtiResourceLinkRequest";

/// The message that asks for a user's work (Submission Review 1.0). Moodle sends it from its grade
/// report for every tool.
pub const SUBMISSION_REVIEW_REQUEST: &str = "LtiSubmissionReviewRequest";
const DEEP_LINKING_REQUEST: &str = super::deep_linking::REQUEST;

/// The values that the token must have. They come from the registration and the login, never from
/// the token.
#[derive(Clone)]
pub struct Expectation<'a> {
    /// Issuer of the registration.
    pub issuer: &'a str,
    /// Client ID of the registration.
    pub client_id: &'a str,
    /// The algorithms that the registration allows, by name; names that [`algorithm::find`] does
    /// not find are ignored.
    pub algorithms: &'a [&'a str],
    /// Nonce of the login.
    pub nonce: &'a str,
    /// The `target_link_uri` of the login.
    pub target_link_uri: Fingerprint,
    /// The `lti_deployment_id` of the login, if it had one.
    pub deployment_id: Option<Fingerprint>,
    /// Whether the deployment that the token names is known, or the registration accepts any.
    pub deployment_known: bool,
    /// The ASCII origin of the tool's public URL, such as `https://tool.example.edu`.
    pub tool_origin: &'a str,
    /// How far the clocks may differ, in seconds.
    pub leeway_seconds: i64,
    /// The names of the context roles that make someone staff.
    pub staff_roles: &'a [&'a str],
    /// Whether launches without a user are accepted.
    pub allow_anonymous: bool,
    /// The message types that are accepted at this URL.
    pub message_types: &'a [&'a str],
    /// The URL of the platform's keyset, for messages.
    pub keyset_url: &'a str,
}

/// The values that a notice must have. They come from the registration.
#[derive(Debug, Clone, Copy)]
pub struct NoticeExpectation<'a> {
    /// Issuer of the registration.
    pub issuer: &'a str,
    /// Client ID of the registration.
    pub client_id: &'a str,
    /// The algorithms that the registration allows, by name.
    pub algorithms: &'a [&'a str],
    /// How far the clocks may differ, in seconds.
    pub leeway_seconds: i64,
    /// The URL of the platform's keyset, for messages.
    pub keyset_url: &'a str,
}

/// What a token is for, with the values that it must have.
#[derive(Clone, Copy)]
pub(super) enum Purpose<'a> {
    /// A launch of a platform.
    Launch(&'a Expectation<'a>),
    /// The sign-in of a person at an identity provider.
    SignIn(&'a SignInExpectation<'a>),
    /// A notice of a platform.
    Notice(&'a NoticeExpectation<'a>),
}

/// The values that the token of a sign-in must have.
pub(super) struct SignInExpectation<'a> {
    /// What every ID token must have.
    pub(super) parties: Parties<'a>,
    /// Replaces [`TENANT`](super::relying_party::TENANT) in the issuer of a key.
    pub(super) tenant: Option<&'a str>,
}

/// The values that every ID token must have.
#[derive(Clone, Copy)]
pub(super) struct Parties<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) algorithms: &'a [&'a str],
    /// Nonce of the login; `None` if there was none.
    pub(super) nonce: Option<&'a str>,
    pub(super) leeway_seconds: i64,
    pub(super) keyset_url: &'a str,
}

impl<'a> Purpose<'a> {
    fn parties(&self) -> Parties<'a> {
        match self {
            Self::Launch(expected) => Parties {
                issuer: expected.issuer,
                client_id: expected.client_id,
                algorithms: expected.algorithms,
                nonce: Some(expected.nonce),
                leeway_seconds: expected.leeway_seconds,
                keyset_url: expected.keyset_url,
            },
            Self::SignIn(expected) => expected.parties,
            Self::Notice(expected) => Parties {
                issuer: expected.issuer,
                client_id: expected.client_id,
                algorithms: expected.algorithms,
                nonce: None,
                leeway_seconds: expected.leeway_seconds,
                keyset_url: expected.keyset_url,
            },
        }
    }

    /// The maximum age of the token, in seconds; `None` if it may be any.
    fn max_age_seconds(&self) -> Option<i64> {
        match self {
            Self::Launch(_) | Self::SignIn(_) => Some(MAX_AGE_SECONDS),
            Self::Notice(_) => None,
        }
    }
}

/// A well-formed token that has not been verified.
pub struct Unverified<'token> {
    signing_input: &'token [u8],
    signature: &'token str,
    header: Header,
    claims: Claims,
}

/// The relevant members of the header (RFC 7515, section 4.1). `jku`, `jwk`, `x5u` and `x5c` are
/// ignored, because they would let the token choose its own key.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Header {
    alg: Field,
    kid: Field,
    crit: Crit,
}

/// Extensions that must be understood (RFC 7515, 4.1.11). None are supported.
#[derive(Default)]
struct Crit {
    demands: bool,
}

impl<'de> Deserialize<'de> for Crit {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let crit = serde_json::Value::deserialize(deserializer)?;
        Ok(Self { demands: !(crit.is_null() || crit.as_array().is_some_and(Vec::is_empty)) })
    }
}

/// Why a token was refused, and what can be trusted nevertheless.
pub struct Rejected {
    /// The first check that failed.
    pub refusal: Refusal,
    /// The claims, if the signature is valid: for the log.
    pub claims: Option<Box<Claims>>,
    /// Whether the nonce was correct, so that it counts as used regardless of later failures.
    pub nonce_spent: bool,
}

impl Rejected {
    /// A token that was refused before anything in it can be trusted.
    pub fn unread(refusal: Refusal) -> Self {
        Self { refusal, claims: None, nonce_spent: false }
    }
}

/// A token that passed every check.
pub struct Verified {
    /// Its claims.
    pub claims: Claims,
    /// The user's role in the tool.
    pub role: Role,
}

/// Check 3: parses the token.
///
/// # Errors
///
/// [`Refusal::TokenMalformed`].
pub fn parse(token: &str) -> Result<Unverified<'_>, Refusal> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(malformed(format!(
            "it has {} bytes, and more than {MAX_TOKEN_BYTES} are not read",
            token.len()
        )));
    }
    // Split at the ends: an extra dot is then inside the payload, where base64url has none.
    let three = token
        .rsplit_once('.')
        .and_then(|(input, signature)| Some((input, input.split_once('.')?, signature)));
    let Some((signing_input, (header, payload), signature)) = three else {
        return Err(malformed("it has fewer than three segments".to_owned()));
    };
    // The library decodes the signature during verification; only its form is checked here.
    if !signature.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        return Err(malformed("its signature is not base64url without padding".to_owned()));
    }
    let header: Header = serde_json::from_str(&json_object(header, "header")?)
        .map_err(|error| not_json(&error, "header"))?;
    if header.crit.demands {
        return Err(malformed("its header requires extensions (crit)".to_owned()));
    }
    if header.kid.text().is_some_and(|kid| kid.len() > MAX_KID_BYTES) {
        return Err(malformed(format!("its key ID is longer than {MAX_KID_BYTES} characters")));
    }
    let claims = Claims::read(json_object(payload, "payload")?)
        .map_err(|error| not_json(&error, "payload"))?;
    Ok(Unverified { signing_input: signing_input.as_bytes(), signature, header, claims })
}

fn malformed(problem: String) -> Refusal {
    Refusal::TokenMalformed { problem }
}

/// A segment as text that must be a JSON object: serde would accept a list as an object whose
/// members are in order.
fn json_object(segment: &str, name: &str) -> Result<String, Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode(segment).map_err(|_| {
        malformed(if segment.contains('.') {
            "it has more than three segments".to_owned()
        } else {
            format!("its {name} is not base64url without padding")
        })
    })?;
    let text =
        String::from_utf8(bytes).map_err(|_| malformed(format!("its {name} is not UTF-8")))?;
    if !text.trim_ascii_start().starts_with('{') {
        return Err(malformed(format!("its {name} is not a JSON object")));
    }
    if is_deep(&text) {
        return Err(malformed(format!("its {name} is nested more than {MAX_NESTING} levels deep")));
    }
    Ok(text)
}

/// The problem with the JSON, without the library's message, which would quote the token.
fn not_json(error: &serde_json::Error, name: &str) -> Refusal {
    match error.classify() {
        serde_json::error::Category::Data => malformed(format!("its {name} contains a name twice")),
        _ => malformed(format!(
            "its {name} is not JSON (line {}, column {})",
            error.line(),
            error.column()
        )),
    }
}

/// Whether objects and lists are nested deeper than any launch needs: ignored claims have no other
/// limit.
fn is_deep(text: &str) -> bool {
    // Both opening brackets by one comparison: they differ only in this bit.
    let opens = |byte: u8| byte | 0x20 == b'{';
    // Almost every launch has fewer brackets than the limit. They are counted in chunks whose count
    // fits in a byte, which the compiler vectorizes.
    let brackets: usize = text
        .as_bytes()
        .chunks(255)
        .map(|piece| usize::from(piece.iter().map(|byte| u8::from(opens(*byte))).sum::<u8>()))
        .sum();
    if brackets <= MAX_NESTING {
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            _ if opens(byte) => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            return true;
        }
    }
    false
}

impl Unverified<'_> {
    /// The claimed deployment, only to look up whether it is known. The token is not verified.
    pub fn claimed_deployment_id(&self) -> Option<&str> {
        self.claims.deployment_id()
    }

    /// The claimed issuer, only to find the registration for the log. The token is not verified.
    pub fn claimed_issuer(&self) -> Option<&str> {
        self.claims.issuer()
    }

    /// The claimed audience, if there is one alone, only to find the registration for the log. The
    /// token is not verified.
    pub fn claimed_client_id(&self) -> Option<&str> {
        match self.claims.read.aud.entries.as_slice() {
            [only] => only.text(),
            _ => None,
        }
    }

    /// The claimed message type, only for messages. The token is not verified.
    pub fn claimed_message_type(&self) -> Option<&str> {
        self.claims.message_type()
    }

    /// The claimed custom parameter `id`, only to look up the resource. The token is not verified.
    pub fn claimed_custom_id(&self) -> Option<&str> {
        self.claims.custom().get("id").map(String::as_str)
    }

    /// The claimed target link URI, for the same purpose.
    pub fn claimed_target_link_uri(&self) -> Option<&str> {
        self.claims.target_link_uri()
    }

    /// The payload, for claims that are not those of a launch. The token is not verified.
    pub(super) fn payload(&self) -> &str {
        self.claims.payload()
    }

    /// Checks 4 to 8. Returns the ID of the key that is claimed to have signed the token.
    ///
    /// # Errors
    ///
    /// The refusal of the first check that fails.
    pub fn check_parties(&self, expected: &Expectation<'_>) -> Result<&str, Refusal> {
        self.check_parties_for(Purpose::Launch(expected))
    }

    /// The same for any purpose.
    pub(super) fn check_parties_for(&self, purpose: Purpose<'_>) -> Result<&str, Refusal> {
        let expected = purpose.parties();
        self.algorithm(&expected)?;
        let kid =
            self.header.kid.text().filter(|kid| !kid.is_empty()).ok_or(Refusal::KidMissing)?;
        let claims = &self.claims;
        if claims.read.iss.text() != Some(expected.issuer) {
            return Err(Refusal::IssMismatch {
                expected: expected.issuer.to_owned(),
                received: claims.read.iss.text().map(str::to_owned),
            });
        }
        let Audience { entries } = &claims.read.aud;
        let is_ours = |entry: &Field| entry.text() == Some(expected.client_id);
        // A notice may be for other tools, too, if `azp` says that it was made for this one.
        let is_for_us = match purpose {
            Purpose::Notice(_) => entries.iter().any(is_ours),
            Purpose::Launch(_) | Purpose::SignIn(_) => {
                !entries.is_empty() && entries.iter().all(is_ours)
            }
        };
        if !is_for_us {
            return Err(Refusal::AudMismatch {
                expected: expected.client_id.to_owned(),
                received: entries.iter().map(Field::shown).collect(),
            });
        }
        if claims.read.azp.is_absent() {
            if entries.len() > 1 {
                return Err(Refusal::AzpMissing);
            }
        } else if claims.read.azp.text() != Some(expected.client_id) {
            return Err(Refusal::AzpMismatch {
                expected: expected.client_id.to_owned(),
                received: claims.read.azp.shown(),
            });
        }
        Ok(kid)
    }

    /// Check 4: the token can only choose an algorithm that the registration allows.
    fn algorithm(&self, expected: &Parties<'_>) -> Result<&'static Algorithm, Refusal> {
        let named = self
            .header
            .alg
            .text()
            .filter(|name| expected.algorithms.contains(name))
            .and_then(algorithm::find);
        named.ok_or_else(|| Refusal::AlgNotAllowed {
            alg: self.header.alg.shown(),
            allowed: expected.algorithms.join(","),
        })
    }

    /// Checks 10 to 22, after repeating the checks of the parties, so skipping that call is
    /// harmless.
    ///
    /// # Errors
    ///
    /// The refusal of the first check that fails.
    pub fn verify(
        self,
        expected: &Expectation<'_>,
        keys: &VerificationKeys,
        now_seconds: i64,
    ) -> Result<Verified, Rejected> {
        let claims = self.verify_for(Purpose::Launch(expected), keys, now_seconds)?;
        let role = decide(claims.roles().iter().map(String::as_str), expected.staff_roles);
        match check_reviewer(&claims, role) {
            Ok(()) => Ok(Verified { claims, role }),
            Err(refusal) => {
                Err(Rejected { refusal, claims: Some(Box::new(claims)), nonce_spent: true })
            }
        }
    }

    /// All checks of a token for a purpose. This is the only way to verified claims.
    pub(super) fn verify_for(
        self,
        purpose: Purpose<'_>,
        keys: &VerificationKeys,
        now_seconds: i64,
    ) -> Result<Claims, Rejected> {
        let expected = purpose.parties();
        let before_signature = Rejected::unread;
        let kid = self.check_parties_for(purpose).map_err(before_signature)?;
        let algorithm = self.algorithm(&expected).map_err(before_signature)?;
        if let Purpose::SignIn(sign_in) = purpose {
            check_key_issuer(keys, sign_in, kid).map_err(before_signature)?;
        }
        match keys.verify(algorithm, self.signing_input, self.signature) {
            Ok(true) => {}
            Ok(false) => {
                return Err(before_signature(Refusal::SignatureInvalid { kid: kid.to_owned() }));
            }
            Err(problem) => {
                return Err(before_signature(Refusal::JwksBad {
                    keyset_url: expected.keyset_url.to_owned(),
                    problem: format!("key \"{kid}\": {problem}"),
                }));
            }
        }
        let claims = self.claims;
        let rejected = |refusal, claims, nonce_spent| Rejected {
            refusal,
            claims: Some(Box::new(claims)),
            nonce_spent,
        };
        let max_age = purpose.max_age_seconds();
        if let Err(refusal) = check_times(&claims, expected.leeway_seconds, max_age, now_seconds)
            .and_then(|()| expected.nonce.map_or(Ok(()), |nonce| check_nonce(&claims, nonce)))
        {
            return Err(rejected(refusal, claims, false));
        }
        let checked = match purpose {
            Purpose::Launch(expected) => check_lti_claims(&claims, expected),
            Purpose::SignIn(_) => check_user(&claims, false),
            Purpose::Notice(_) => check_version(&claims, Vec::new),
        };
        match checked {
            Ok(()) => Ok(claims),
            Err(refusal) => Err(rejected(refusal, claims, true)),
        }
    }
}

/// Whether the keys may sign for the issuer: a keyset that several tenants share may say for each
/// key whose it is.
fn check_key_issuer(
    keys: &VerificationKeys,
    expected: &SignInExpectation<'_>,
    kid: &str,
) -> Result<(), Refusal> {
    let Parties { issuer, keyset_url, .. } = expected.parties;
    let is_theirs = keys
        .issuers()
        .all(|named| relying_party::issuer_of_tenant(named, expected.tenant) == issuer);
    if is_theirs {
        return Ok(());
    }
    Err(Refusal::JwksBad {
        keyset_url: keyset_url.to_owned(),
        problem: format!("key \"{kid}\": it is for another issuer"),
    })
}

/// Checks 11 to 13. Times are numbers, with or without fractions (RFC 7519, section 2); `f64` does
/// not overflow, and NaN passes no check.
fn check_times(
    claims: &Claims,
    leeway_seconds: i64,
    max_age_seconds: Option<i64>,
    now_seconds: i64,
) -> Result<(), Refusal> {
    let (now, leeway) = (now_seconds as f64, leeway_seconds as f64);
    let whole = |seconds: f64| seconds.ceil() as i64;
    match claims.read.exp {
        Field::Number(exp) if now < exp + leeway => {}
        _ => {
            let clock_difference =
                claims.read.iat.seconds().map(|iat| now_seconds.saturating_sub(iat));
            return Err(Refusal::TokenExpired {
                expires_at: claims.read.exp.seconds(),
                now: now_seconds,
                clock_difference,
                received: instead_of_time(&claims.read.exp),
            });
        }
    }
    match claims.read.iat {
        Field::Number(iat) if iat > now + leeway => {
            return Err(Refusal::IatFuture { ahead_seconds: whole(iat - now) });
        }
        Field::Number(iat) if max_age_seconds.is_none_or(|age| now - iat <= age as f64) => {}
        Field::Number(iat) => {
            return Err(Refusal::TokenTooOld {
                age_seconds: Some(whole(now - iat)),
                received: None,
            });
        }
        _ => {
            let received = instead_of_time(&claims.read.iat);
            return Err(Refusal::TokenTooOld { age_seconds: None, received });
        }
    }
    match claims.read.nbf {
        Field::Absent => Ok(()),
        Field::Number(nbf) if nbf <= now + leeway => Ok(()),
        Field::Number(nbf) => {
            Err(Refusal::NotYetValid { ahead_seconds: Some(whole(nbf - now)), received: None })
        }
        _ => Err(Refusal::NotYetValid {
            ahead_seconds: None,
            received: instead_of_time(&claims.read.nbf),
        }),
    }
}

/// What a claim is instead of a number, in words; `None` if it is absent. A text is not read as a
/// number, because the specification has only numbers (RFC 7519, section 2), and others who check
/// the same token would not read it either.
fn instead_of_time(field: &Field) -> Option<String> {
    match field {
        Field::Absent | Field::Number(_) => None,
        Field::Text(text) => Some(format!("the text {}", quoted(text))),
        Field::Other(kind) => Some((*kind).to_owned()),
    }
}

/// Check 14.
fn check_nonce(claims: &Claims, expected: &str) -> Result<(), Refusal> {
    match &claims.read.nonce {
        Field::Text(nonce) if nonce.is_empty() => Err(Refusal::NonceMissing),
        Field::Text(nonce) if nonce == expected => Ok(()),
        Field::Text(_) => Err(Refusal::NonceMismatch),
        _ => Err(Refusal::NonceMissing),
    }
}

/// Checks 15 to 22.
fn check_lti_claims(claims: &Claims, expected: &Expectation<'_>) -> Result<(), Refusal> {
    check_version(claims, || missing_claims(claims, expected))?;
    let message_type = match &claims.read.message_type {
        Field::Absent => return Err(Refusal::MessageTypeMissing),
        Field::Text(message_type) if expected.message_types.contains(&message_type.as_str()) => {
            message_type.as_str()
        }
        other => return Err(Refusal::MessageTypeUnsupported { received: other.shown() }),
    };
    let deep_linking = message_type == DEEP_LINKING_REQUEST;
    check_deployment(claims, expected)?;
    check_target(claims, expected, deep_linking)?;
    check_user(claims, expected.allow_anonymous)?;
    match claims.read.roles {
        Roles::List(_) => {}
        Roles::Absent if deep_linking => {}
        Roles::Absent => return Err(Refusal::RolesMissing),
        Roles::Wrong => return Err(Refusal::RolesNotArray),
    }
    let link_fits =
        claims.resource_link().is_some_and(|link| link.id.chars().count() <= MAX_ID_CHARACTERS);
    if !deep_linking && !link_fits {
        return Err(Refusal::ResourceLinkMissing);
    }
    let user_fits = claims.for_user().is_some_and(|id| id.chars().count() <= MAX_ID_CHARACTERS);
    if message_type == SUBMISSION_REVIEW_REQUEST && !user_fits {
        return Err(Refusal::ForUserMissing);
    }
    if deep_linking && claims.read.deep_linking_settings.is_none() {
        return Err(Refusal::DeepLinkingSettingsMissing);
    }
    check_lengths(claims)
}

/// Check 15. `also_missing` returns the other required claims that are absent.
fn check_version(
    claims: &Claims,
    also_missing: impl FnOnce() -> Vec<&'static str>,
) -> Result<(), Refusal> {
    match &claims.read.version {
        Field::Text(version) if version == "1.3.0" => Ok(()),
        Field::Absent => Err(Refusal::LtiVersionMissing { also_missing: also_missing() }),
        other => Err(Refusal::LtiVersionUnsupported { received: other.shown() }),
    }
}

/// The end of check 21: who does not teach sees their own work only.
fn check_reviewer(claims: &Claims, role: Role) -> Result<(), Refusal> {
    let is_review = claims.message_type() == Some(SUBMISSION_REVIEW_REQUEST);
    let is_own = claims.sub().is_some() && claims.for_user().as_deref() == claims.sub();
    match is_review && role == Role::Learner && !is_own {
        true => Err(Refusal::ReviewNotAllowed),
        false => Ok(()),
    }
}

/// Check 22: the lengths of values that are compared or sent back unchanged, and so cannot be
/// truncated.
fn check_lengths(claims: &Claims) -> Result<(), Refusal> {
    let (context, services, members) =
        (claims.context(), claims.ags_endpoint(), claims.names_and_roles());
    let migration = claims.migration();
    let settings = claims.read.deep_linking_settings.as_deref();
    let data = settings.and_then(|settings| settings.data.as_ref()).map(ToString::to_string);
    for (claim, text, longest) in [
        ("context.id", context.as_ref().map(|context| context.id), MAX_ID_CHARACTERS),
        (
            "lti1p1.user_id",
            migration.as_ref().and_then(|migration| migration.user_id),
            MAX_ID_CHARACTERS,
        ),
        (
            "lti1p1.oauth_consumer_key",
            migration.as_ref().and_then(|migration| migration.consumer_key),
            MAX_ID_CHARACTERS,
        ),
        (
            "endpoint.lineitem",
            services.as_ref().and_then(|services| services.lineitem),
            MAX_SERVICE_URL_CHARACTERS,
        ),
        (
            "endpoint.lineitems",
            services.as_ref().and_then(|services| services.lineitems),
            MAX_SERVICE_URL_CHARACTERS,
        ),
        (
            "namesroleservice.context_memberships_url",
            members.as_ref().and_then(|members| members.context_memberships_url),
            MAX_SERVICE_URL_CHARACTERS,
        ),
        ("deep_linking_settings.data", data.as_deref(), MAX_DATA_CHARACTERS),
    ] {
        if text.is_some_and(|text| text.len() > longest && text.chars().nth(longest).is_some()) {
            return Err(Refusal::ClaimTooLong { claim, longest });
        }
    }
    Ok(())
}

/// The other required claims that are absent, so that they are all reported together.
fn missing_claims(claims: &Claims, expected: &Expectation<'_>) -> Vec<&'static str> {
    let deep_linking = claims.message_type() == Some(DEEP_LINKING_REQUEST);
    let required = [
        ("message_type", claims.read.message_type.is_absent()),
        ("deployment_id", claims.read.deployment_id.is_absent()),
        ("target_link_uri", claims.read.target_link_uri.is_absent() && !deep_linking),
        ("sub", claims.read.sub.is_absent() && !expected.allow_anonymous),
        ("roles", matches!(claims.read.roles, Roles::Absent) && !deep_linking),
        ("resource_link", claims.resource_link().is_none() && !deep_linking),
        ("deep_linking_settings", claims.read.deep_linking_settings.is_none() && deep_linking),
    ];
    required.into_iter().filter_map(|(name, absent)| absent.then_some(name)).collect()
}

/// Check 17.
fn check_deployment(claims: &Claims, expected: &Expectation<'_>) -> Result<(), Refusal> {
    let deployment_id = identifier(&claims.read.deployment_id)
        .map_err(|problem| Refusal::DeploymentMissing { problem })?;
    if expected.deployment_id.is_some_and(|login| login != Fingerprint::of(deployment_id)) {
        return Err(Refusal::DeploymentMismatch { token: deployment_id.to_owned() });
    }
    if !expected.deployment_known {
        return Err(Refusal::DeploymentUnknown { deployment_id: deployment_id.to_owned() });
    }
    Ok(())
}

/// Check 18.
fn check_target(
    claims: &Claims,
    expected: &Expectation<'_>,
    deep_linking: bool,
) -> Result<(), Refusal> {
    let target = match &claims.read.target_link_uri {
        Field::Absent if deep_linking => return Ok(()),
        Field::Text(target) if !target.is_empty() => target,
        _ => return Err(Refusal::TargetMissing),
    };
    if Fingerprint::of(target) != expected.target_link_uri {
        return Err(Refusal::TargetMismatch { token: target.clone() });
    }
    if !is_under(target, expected.tool_origin) {
        return Err(Refusal::TargetNotAllowed {
            token: target.clone(),
            expected_origin: expected.tool_origin.to_owned(),
        });
    }
    Ok(())
}

/// Whether a URL belongs to `origin`, by its parsed parts; ambiguous spellings do not (core launch,
/// section 5).
fn is_under(target: &str, origin: &str) -> bool {
    if target.chars().any(|character| matches!(character, '\\' | ' ') || character.is_control()) {
        return false;
    }
    let Some((scheme, authority)) = authority::written(target) else { return false };
    if authority.is_empty() || authority.contains('@') {
        return false;
    }
    // The spelling is almost always the same; only other spellings of the origin need the parser.
    origin.split_once("://") == Some((scheme, authority))
        || Url::parse(target).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == origin
        })
}

/// Check 19.
fn check_user(claims: &Claims, allow_anonymous: bool) -> Result<(), Refusal> {
    match identifier(&claims.read.sub) {
        Ok(_) => Ok(()),
        Err(_) if claims.read.sub.is_absent() && allow_anonymous => Ok(()),
        Err(problem) => Err(Refusal::SubMissing { problem }),
    }
}

/// A required ID: text, not empty, at most 255 characters, without control characters.
pub(super) fn identifier(field: &Field) -> Result<&str, &'static str> {
    match field {
        Field::Absent => Err(ABSENT),
        Field::Text(text) if text.is_empty() => Err("is empty"),
        Field::Text(text)
            if text.len() > MAX_ID_CHARACTERS && text.chars().count() > MAX_ID_CHARACTERS =>
        {
            Err("is longer than 255 characters")
        }
        Field::Text(text) if text.chars().any(char::is_control) => {
            Err("contains control characters")
        }
        Field::Text(text) => Ok(text),
        // 1 and "1" could be two, and large numbers lose digits on the way.
        Field::Number(_) => Err("is a number, and must be text in quotation marks"),
        Field::Other(_) => Err("is not text"),
    }
}

impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Unverified").field("claims", &self.claims).finish_non_exhaustive()
    }
}

impl fmt::Debug for Rejected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Rejected")
            .field("refusal", &self.refusal)
            .field("nonce_spent", &self.nonce_spent)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Verified")
            .field("claims", &self.claims)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

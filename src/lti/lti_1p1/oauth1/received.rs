//! The checks of a received message, in a fixed order.

use std::collections::HashMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::excerpt::one_line;
use super::encoding::{Pairs, parse_authorization, parse_form};
use super::signature::{Method, base_string, base_url, body_hash, signing_key};

/// How far the time of a message may differ from the tool's clock, in seconds, in either direction
/// (LTI 1.1.1, 4.2 suggests some minutes). Nonces must be stored for twice as long.
pub const MAX_AGE_SECONDS: i64 = 300;

/// Maximum length of a consumer key and of a nonce, in characters.
pub const MAX_FIELD_CHARACTERS: usize = 255;

/// Maximum length of what an error shows of a message, in characters.
const SHOWN_CHARACTERS: usize = 60;

/// Why a message is refused. Only the tool's administrators may see the difference: strangers must
/// not learn which consumer keys exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The tool's own URL of the message cannot be read.
    #[error("the URL is not an absolute URL with http:// or https://")]
    UrlUnusable,
    /// There is no `Authorization` header of the scheme `OAuth`, or it is malformed.
    #[error("the Authorization header is missing or malformed")]
    AuthorizationMalformed,
    /// A required field is missing or empty.
    #[error("{field} is missing")]
    Missing {
        /// Its name.
        field: &'static str,
    },
    /// A required field is not UTF-8, contains control characters, or is longer than
    /// [`MAX_FIELD_CHARACTERS`].
    #[error("{field} is too long or is not text")]
    Unreadable {
        /// Its name.
        field: &'static str,
    },
    /// A field of OAuth or LTI that has one meaning was sent several times.
    #[error("{field} was sent several times")]
    Repeated {
        /// Its name, cleaned and shortened.
        field: String,
    },
    /// The query has a field of OAuth, which belongs in the form.
    #[error("{field} is in the query of the URL instead of in the form")]
    OauthInQuery {
        /// Its name, cleaned and shortened.
        field: String,
    },
    /// `oauth_version` is something else than `1.0`.
    #[error("oauth_version is '{version}' instead of '1.0'")]
    VersionUnsupported {
        /// What was sent, cleaned and shortened.
        version: String,
    },
    /// `oauth_signature_method` is none of [`Method`].
    #[error("the signature method '{method}' is not supported")]
    MethodUnsupported {
        /// What was sent, cleaned and shortened.
        method: String,
    },
    /// `oauth_timestamp` is not a whole number.
    #[error("oauth_timestamp is not a whole number of seconds")]
    TimestampMalformed,
    /// The message is too old, or from the future.
    #[error("oauth_timestamp differs from the tool's clock by {} seconds", .timestamp.abs_diff(*.now))]
    TimestampOutside {
        /// When the platform signed, in seconds since 1970.
        timestamp: i64,
        /// The tool's time, in seconds since 1970.
        now: i64,
    },
    /// `oauth_body_hash` belongs to another body.
    #[error("oauth_body_hash does not match the body")]
    BodyHashMismatch,
    /// No secret of the consumer key matches. [`super::explain_mismatch`] finds usual reasons.
    #[error("the signature does not match")]
    SignatureMismatch,
}

/// A signed message whose signature is not checked yet. `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    pub(super) http_method: String,
    pub(super) base_url: String,
    pub(super) query: Pairs,
    pub(super) fields: Pairs,
    pub(super) method: Method,
    pub(super) signature: Option<Vec<u8>>,
    consumer_key: String,
    nonce: String,
    timestamp: i64,
}

/// The parameters of a message with a valid signature. `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Verified {
    /// `oauth_consumer_key`.
    pub consumer_key: String,
    /// `oauth_nonce`. It may be used once for a consumer key; the caller checks and stores it.
    pub nonce: String,
    /// `oauth_timestamp`, in seconds since 1970.
    pub timestamp: i64,
    /// The place of the secret that matched among those that were tried.
    pub secret: usize,
    /// How the message was signed; the tool can sign its own messages in the same way.
    pub method: Method,
    /// Form and query without the fields of OAuth, as octets; the form comes first, and what the
    /// query repeats of it is there once.
    pub parameters: Pairs,
}

impl Message {
    /// Reads a form that was posted to a URL, as launches are. `url` is the public URL with the
    /// query as it was sent.
    ///
    /// # Errors
    ///
    /// [`Rejection`], in the order of its variants; those about time and signature come from
    /// [`Message::verify`].
    pub fn from_form(url: &str, body: &[u8]) -> Result<Self, Rejection> {
        Self::read("POST", url, parse_form(body))
    }

    /// Reads a request that is signed in its header, as requests to a platform's services are.
    ///
    /// # Errors
    ///
    /// As for [`Message::from_form`]. `oauth_body_hash` is required, as Moodle does.
    pub fn from_header(
        http_method: &str,
        url: &str,
        header: &[u8],
        body: &[u8],
    ) -> Result<Self, Rejection> {
        let fields = parse_authorization(header).ok_or(Rejection::AuthorizationMalformed)?;
        let message = Self::read(http_method, url, fields)?;
        let hash = required(&message.fields, &[], "oauth_body_hash")?;
        if hash != body_hash(message.method, body).as_bytes() {
            return Err(Rejection::BodyHashMismatch);
        }
        Ok(message)
    }

    pub(super) fn read(http_method: &str, url: &str, fields: Pairs) -> Result<Self, Rejection> {
        let base_url = base_url(url).map_err(|_| Rejection::UrlUnusable)?;
        let query = parse_form(query_of(url).as_bytes());
        let required = |field| required(&fields, &query, field);
        let consumer_key = required("oauth_consumer_key")?;
        let method = required("oauth_signature_method")?;
        let timestamp = required("oauth_timestamp")?;
        let nonce = required("oauth_nonce")?;
        let signature = required("oauth_signature")?;
        let consumer_key = text("oauth_consumer_key", consumer_key)?;
        let nonce = text("oauth_nonce", nonce)?;
        check_repeated(&fields, &query)?;
        if let Some((name, _)) = query.iter().find(|(name, _)| name.starts_with(b"oauth_")) {
            return Err(Rejection::OauthInQuery { field: shown(name) });
        }
        if let Some(version) = first(&fields, "oauth_version").filter(|version| *version != b"1.0")
        {
            return Err(Rejection::VersionUnsupported { version: shown(version) });
        }
        let method = std::str::from_utf8(method)
            .ok()
            .and_then(Method::named)
            .ok_or_else(|| Rejection::MethodUnsupported { method: shown(method) })?;
        let timestamp = seconds(timestamp).ok_or(Rejection::TimestampMalformed)?;
        let signature = STANDARD.decode(signature).ok();
        let http_method = http_method.to_owned();
        Ok(Self {
            http_method,
            base_url,
            query,
            fields,
            method,
            signature,
            consumer_key,
            nonce,
            timestamp,
        })
    }

    /// `oauth_consumer_key`, only to look up its secrets.
    pub fn consumer_key(&self) -> &str {
        &self.consumer_key
    }

    /// How many parameters form and query have, those of OAuth included. Repeated ones count each
    /// time.
    pub fn parameter_count(&self) -> usize {
        self.fields.len() + self.query.len()
    }

    /// The URL that is signed: without query, and without a default port (RFC 5849, 3.4.1.2).
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// `oauth_timestamp`, in seconds since 1970.
    pub fn timestamp(&self) -> i64 {
        self.timestamp
    }

    /// Checks time and signature. `now` is in seconds since 1970; `secrets` are all that belong to
    /// the consumer key, such as an old and a new one.
    ///
    /// Some platforms repeat parameters of the URL's query in the form and sign them once: if the
    /// signature does not match all parameters, it may match without these repetitions.
    ///
    /// # Errors
    ///
    /// [`Rejection::TimestampOutside`] or [`Rejection::SignatureMismatch`].
    pub fn verify<'s>(
        &self,
        secrets: impl IntoIterator<Item = &'s [u8]>,
        now: i64,
    ) -> Result<Verified, Rejection> {
        if self.timestamp.abs_diff(now) > MAX_AGE_SECONDS.unsigned_abs() {
            return Err(Rejection::TimestampOutside { timestamp: self.timestamp, now });
        }
        let signature = self.signature.as_deref().ok_or(Rejection::SignatureMismatch)?;
        let distinct = distinct_query(&self.fields, &self.query);
        let mut bases = vec![self.base_string(self.query.iter())];
        if distinct.len() < self.query.len() {
            bases.push(self.base_string(distinct.iter().copied()));
        }
        // All secrets are tried, so that the time reveals nothing about them. An empty one is
        // ignored: anyone could sign with it.
        let mut matching = None;
        for (place, secret) in secrets.into_iter().enumerate() {
            let key = signing_key(secret, b"");
            let fits = bases
                .iter()
                .fold(false, |found, base| self.method.verify(base, signature, &key) | found);
            if fits & !secret.is_empty() {
                matching = matching.or(Some(place));
            }
        }
        let secret = matching.ok_or(Rejection::SignatureMismatch)?;
        let parameters = self
            .fields
            .iter()
            .chain(distinct)
            .filter(|(name, _)| !name.starts_with(b"oauth_"))
            .cloned()
            .collect();
        Ok(Verified {
            consumer_key: self.consumer_key.clone(),
            nonce: self.nonce.clone(),
            timestamp: self.timestamp,
            secret,
            method: self.method,
            parameters,
        })
    }

    fn base_string<'p>(&'p self, query: impl Iterator<Item = &'p (Vec<u8>, Vec<u8>)>) -> String {
        base_string(&self.http_method, &self.base_url, self.fields.iter().chain(query))
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Message")
            .field("base_url", &self.base_url)
            .field("method", &self.method)
            .field("consumer_key", &self.consumer_key)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Verified")
            .field("consumer_key", &self.consumer_key)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}

/// The query of a URL, without `?`.
pub(super) fn query_of(url: &str) -> &str {
    let before_fragment = url.split('#').next().unwrap_or_default();
    before_fragment.split_once('?').map_or("", |(_, query)| query)
}

fn first<'p>(pairs: &'p Pairs, name: &str) -> Option<&'p [u8]> {
    pairs.iter().find(|pair| pair.0 == name.as_bytes()).map(|pair| pair.1.as_slice())
}

/// A required field of the form; in the query, it is refused later, for a better reason than that
/// it is missing.
fn required<'p>(
    fields: &'p Pairs,
    query: &'p [(Vec<u8>, Vec<u8>)],
    field: &'static str,
) -> Result<&'p [u8], Rejection> {
    fields
        .iter()
        .chain(query)
        .find(|(name, value)| name == field.as_bytes() && !value.is_empty())
        .map(|(_, value)| value.as_slice())
        .ok_or(Rejection::Missing { field })
}

fn text(field: &'static str, value: &[u8]) -> Result<String, Rejection> {
    std::str::from_utf8(value)
        .ok()
        .filter(|text| {
            !text.chars().any(char::is_control) && text.chars().nth(MAX_FIELD_CHARACTERS).is_none()
        })
        .map(str::to_owned)
        .ok_or(Rejection::Unreadable { field })
}

/// A whole number of seconds in decimal digits, without a sign.
fn seconds(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    text.bytes().all(|octet| octet.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Whether a parameter of OAuth or LTI has one meaning, so that two values of it would be
/// ambiguous. Custom parameters and extensions can repeat.
pub(in crate::lti::lti_1p1) fn has_one_meaning(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 5] = [b"data", b"role_scope_mentor", b"roles", b"user_id", b"user_image"];
    const STARTS: [&[u8]; 8] = [
        b"accept_",
        b"content_item",
        b"context_",
        b"launch_presentation_",
        b"lis_",
        b"lti_",
        b"oauth_",
        b"resource_link_",
    ];
    NAMES.contains(&name)
        || name.starts_with(b"tool_consumer_")
        || STARTS.iter().any(|start| name.starts_with(start))
}

/// Checks that what has one meaning was sent once. A parameter of the query may be repeated in the
/// form with the same value, as some platforms do.
fn check_repeated(fields: &Pairs, query: &Pairs) -> Result<(), Rejection> {
    let mut seen: HashMap<&[u8], (&[u8], bool)> = HashMap::new();
    let in_form = fields.iter().map(|pair| (pair, true));
    for ((name, value), is_form) in in_form.chain(query.iter().map(|pair| (pair, false))) {
        if !has_one_meaning(name) {
            continue;
        }
        if let Some((earlier, was_form)) = seen.insert(name, (value, is_form))
            && (is_form == was_form || earlier != value)
        {
            return Err(Rejection::Repeated { field: shown(name) });
        }
    }
    Ok(())
}

/// The pairs of a query that are not also in the form, each as often as it is missing there.
fn distinct_query<'p>(fields: &Pairs, query: &'p Pairs) -> Vec<&'p (Vec<u8>, Vec<u8>)> {
    let mut in_form: HashMap<&(Vec<u8>, Vec<u8>), usize> = HashMap::new();
    for pair in fields {
        *in_form.entry(pair).or_default() += 1;
    }
    query
        .iter()
        .filter(|pair| match in_form.get_mut(pair) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        })
        .collect()
}

/// What an error may show of a message.
fn shown(octets: &[u8]) -> String {
    let start = &octets[..octets.len().min(4 * SHOWN_CHARACTERS)];
    one_line(&String::from_utf8_lossy(start), SHOWN_CHARACTERS)
}

//! The signature itself: base string, key, and HMAC (RFC 5849, 3.4).

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::encoding::{encode, encode_into};

/// How a message is signed. `PLAINTEXT` and `RSA-SHA1` are not supported: the first sends the
/// secret, and LTI never used the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `HMAC-SHA1` (RFC 5849, 3.4.2), which every platform supports.
    HmacSha1,
    /// `HMAC-SHA256` (LTI 1.1.2; LTI 2.0 calls it `OAuth.hmac-sha256`).
    HmacSha256,
}

impl Method {
    /// The value of `oauth_signature_method`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }

    /// The method with this name; names are case-sensitive (RFC 5849, 3.1).
    pub fn named(name: &str) -> Option<Self> {
        [Self::HmacSha1, Self::HmacSha256].into_iter().find(|method| method.as_str() == name)
    }

    /// The value of `oauth_signature` for a base string.
    pub fn sign(self, base_string: &str, key: &[u8]) -> String {
        STANDARD.encode(hmac::sign(&self.hmac_key(key), base_string.as_bytes()))
    }

    /// Whether a signature, decoded from base64, belongs to a base string. The comparison takes
    /// constant time.
    pub fn verify(self, base_string: &str, signature: &[u8], key: &[u8]) -> bool {
        hmac::verify(&self.hmac_key(key), base_string.as_bytes(), signature).is_ok()
    }

    fn hmac_key(self, key: &[u8]) -> hmac::Key {
        let algorithm = match self {
            Self::HmacSha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::HmacSha256 => hmac::HMAC_SHA256,
        };
        hmac::Key::new(algorithm, key)
    }
}

/// The value of `oauth_body_hash` for a body that is not a form (OAuth Request Body Hash 1.0,
/// section 3.2): the hash of the signature's method in base64. Moodle also requires it for an empty
/// body.
pub fn body_hash(method: Method, body: &[u8]) -> String {
    let algorithm = match method {
        Method::HmacSha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        Method::HmacSha256 => &digest::SHA256,
    };
    STANDARD.encode(digest::digest(algorithm, body))
}

/// The key of a signature: both secrets in percent-encoding, with `&` between them. LTI has no
/// tokens, so that its `token_secret` is empty and the key ends with `&`.
pub fn signing_key(consumer_secret: &[u8], token_secret: &[u8]) -> Zeroizing<Vec<u8>> {
    // Enough room for every octet: the buffer must not be moved, which would leave a copy behind.
    let mut key = String::with_capacity(3 * (consumer_secret.len() + token_secret.len()) + 1);
    encode_into(consumer_secret, &mut key);
    key.push('&');
    encode_into(token_secret, &mut key);
    Zeroizing::new(key.into_bytes())
}

/// A URL without `http://` or `https://` and a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the URL is not an absolute URL with http:// or https://")]
pub struct UrlUnusable;

/// The signed part of a URL (RFC 5849, 3.4.1.2): scheme and host in lower case, the port only if it
/// is not the scheme's own, and the path as it was sent. Query and fragment are not part of it.
///
/// The URL is the public one: behind a proxy, the tool sees another.
///
/// # Errors
///
/// [`UrlUnusable`].
pub fn base_url(url: &str) -> Result<String, UrlUnusable> {
    let (scheme, rest) = url.split_once("://").ok_or(UrlUnusable)?;
    let scheme = scheme.to_ascii_lowercase();
    let own_port = match scheme.as_str() {
        "http" => "80",
        "https" => "443",
        _ => return Err(UrlUnusable),
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let authority = authority.rsplit('@').next().unwrap_or_default();
    // The colons of an IPv6 address are in brackets.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, ""),
    };
    if host.is_empty() {
        return Err(UrlUnusable);
    }
    let mut base = format!("{scheme}://{}", host.to_ascii_lowercase());
    if !port.is_empty() && port != own_port {
        base.push(':');
        base.push_str(port);
    }
    base.push_str(if path.is_empty() { "/" } else { path });
    Ok(base)
}

/// The text that is signed (RFC 5849, 3.4.1): the HTTP method, a [`base_url`] and all parameters of
/// query, body and header, except `oauth_signature`.
pub fn base_string<'p>(
    http_method: &str,
    base_url: &str,
    parameters: impl IntoIterator<Item = &'p (Vec<u8>, Vec<u8>)>,
) -> String {
    assemble(http_method, base_url, parameters, encode)
}

/// [`base_string`] with another encoding of names and values.
pub(super) fn assemble<'p>(
    http_method: &str,
    base_url: &str,
    parameters: impl IntoIterator<Item = &'p (Vec<u8>, Vec<u8>)>,
    encode_parameter: fn(&[u8]) -> String,
) -> String {
    let mut encoded: Vec<(String, String)> = parameters
        .into_iter()
        .filter(|(name, _)| name != b"oauth_signature")
        .map(|(name, value)| (encode_parameter(name), encode_parameter(value)))
        .collect();
    encoded.sort_unstable();
    let mut text = http_method.to_ascii_uppercase();
    text.push('&');
    encode_into(base_url.as_bytes(), &mut text);
    text.push('&');
    for (place, (name, value)) in encoded.iter().enumerate() {
        if place > 0 {
            text.push_str("%26");
        }
        encode_into(name.as_bytes(), &mut text);
        text.push_str("%3D");
        encode_into(value.as_bytes(), &mut text);
    }
    text
}

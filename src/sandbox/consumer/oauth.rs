//! OAuth 1.0 signatures without tokens (RFC 5849), made and checked.

use std::collections::BTreeMap;

use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::sandbox::fields::{Fields, field, parse_fields};
use crate::sandbox::words::words;

words! {
    /// How launches are signed.
    FormSignature, "signature" {
        Sha1 "HMAC-SHA1" "HMAC-SHA1, as every platform does",
        Sha256 "HMAC-SHA256" "HMAC-SHA256",
    }
}

/// How far the time of a request may differ from the platform's, in seconds.
pub(super) const MAX_AGE: i64 = 300;

/// Every character but these is encoded (RFC 5849, 3.6).
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is signed besides the parameters of the form or the header.
#[derive(Clone)]
pub(in crate::sandbox) struct Signing {
    pub(in crate::sandbox) http_method: &'static str,
    /// With its query, whose parameters are signed, too.
    pub(in crate::sandbox) url: String,
    pub(in crate::sandbox) secret: String,
    pub(in crate::sandbox) method: FormSignature,
}

impl Signing {
    /// The signature of these parameters.
    pub(in crate::sandbox) fn signature(&self, parameters: &Fields) -> String {
        STANDARD.encode(hmac::sign(&self.key(), self.base_string(parameters).as_bytes()))
    }

    fn matches(&self, parameters: &Fields, signature: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        hmac::verify(&self.key(), self.base_string(parameters).as_bytes(), &signature).is_ok()
    }

    fn key(&self) -> hmac::Key {
        let algorithm = match self.method {
            FormSignature::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            FormSignature::Sha256 => hmac::HMAC_SHA256,
        };
        hmac::Key::new(algorithm, format!("{}&", encoded(&self.secret)).as_bytes())
    }

    /// RFC 5849, 3.4.1.
    fn base_string(&self, parameters: &Fields) -> String {
        let (place, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let query = parse_fields(query.split('#').next().unwrap_or_default().as_bytes());
        let mut pairs: Vec<(String, String)> = parameters
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "oauth_signature" | "realm"))
            .chain(&query)
            .map(|(name, value)| (encoded(name), encoded(value)))
            .collect();
        pairs.sort();
        let joined: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let parts = [self.http_method, &base_url(place), &joined.join("&")];
        parts.map(encoded).join("&")
    }
}

/// A URL without its query: lower-case scheme and host, no default port (RFC 5849, 3.4.1.2).
fn base_url(place: &str) -> String {
    match url::Url::parse(place) {
        Ok(url) => format!("{}{}", url.origin().ascii_serialization(), url.path()),
        Err(_) => place.to_owned(),
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, &RESERVED).to_string()
}

/// A request of the tool.
pub(in crate::sandbox) struct Request<'a> {
    pub(in crate::sandbox) http_method: &'static str,
    /// As the platform has named it, with its query.
    pub(in crate::sandbox) url: String,
    /// The form that is signed, or `None` if the header is signed.
    pub(in crate::sandbox) form: Option<&'a Fields>,
    pub(in crate::sandbox) authorization: Option<&'a str>,
    pub(in crate::sandbox) body: &'a [u8],
}

impl Request<'_> {
    /// The key that the header names, before anything is checked.
    pub(in crate::sandbox) fn claimed_key(&self) -> Option<String> {
        let parameters = authorization(self.authorization?)?;
        field(&parameters, "oauth_consumer_key").map(str::to_owned)
    }

    /// Checks everything but whether the nonce was used before, and returns the nonce; a problem is a
    /// sentence.
    pub(in crate::sandbox) fn verify(
        &self,
        key: &str,
        secret: &str,
        now: i64,
    ) -> Result<String, String> {
        let parameters = match self.form {
            Some(form) => form.clone(),
            None => authorization(self.authorization.unwrap_or_default())
                .ok_or("The request has no Authorization header of the scheme OAuth.")?,
        };
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, _) in &parameters {
            *counts.entry(name).or_default() += 1;
        }
        let repeated =
            counts.iter().find(|(name, count)| name.starts_with("oauth_") && **count > 1);
        if let Some((name, _)) = repeated {
            return Err(format!("{name} was sent several times."));
        }
        let value = |name: &str| field(&parameters, name).ok_or(format!("{name} is missing."));
        if value("oauth_consumer_key")? != key {
            return Err("oauth_consumer_key is not that of the tool.".to_owned());
        }
        let method = value("oauth_signature_method")?
            .parse()
            .map_err(|_| "oauth_signature_method is not supported.".to_owned())?;
        let timestamp: i64 = value("oauth_timestamp")?
            .parse()
            .map_err(|_| "oauth_timestamp is not a whole number of seconds.".to_owned())?;
        if timestamp.abs_diff(now) > MAX_AGE.unsigned_abs() {
            return Err(format!("oauth_timestamp is {timestamp}, and the platform's time {now}."));
        }
        if self.form.is_none() && value("oauth_body_hash")? != body_hash(method, self.body) {
            return Err("oauth_body_hash does not match the body.".to_owned());
        }
        let (http_method, url, secret) = (self.http_method, self.url.clone(), secret.to_owned());
        let signing = Signing { http_method, url, secret, method };
        if !signing.matches(&parameters, value("oauth_signature")?) {
            return Err("The signature does not match.".to_owned());
        }
        Ok(value("oauth_nonce")?.to_owned())
    }
}

/// OAuth Request Body Hash 1.0.
fn body_hash(method: FormSignature, body: &[u8]) -> String {
    let algorithm = match method {
        FormSignature::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        FormSignature::Sha256 => &digest::SHA256,
    };
    STANDARD.encode(digest::digest(algorithm, body))
}

/// The parameters of an `Authorization` header (RFC 5849, 3.5.1).
fn authorization(header: &str) -> Option<Fields> {
    let (scheme, rest) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("OAuth") {
        return None;
    }
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().ok().map(String::from);
    rest.split(',')
        .map(|part| {
            let (name, value) = part.trim().split_once('=')?;
            let value = value.strip_prefix('"')?.strip_suffix('"')?;
            Some((decoded(name)?, decoded(value)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Fields {
        parse_fields(text.as_bytes())
    }

    #[test]
    fn signatures_match_known_ones() {
        let launch = "lti_message_type=basic-lti-launch-request&lti_version=LTI-1p0\
             &resource_link_id=link-1&user_id=u1&roles=Instructor&oauth_consumer_key=key\
             &oauth_signature_method=HMAC-SHA1&oauth_timestamp=1700000000&oauth_nonce=n0nce\
             &oauth_version=1.0&oauth_callback=about:blank";
        let more = "&custom_a=&custom_b=+sp++ace+&resource_link_title=Gr%C3%B6%C3%9Fe+%26+Ma%C3%9F+\
             %2B+100%25+~x&resource_link_description=line1%0D%0Aline2";
        for (url, secret, fields, expected) in [
            (
                "https://Tool.Example:443/lti/1p1/launch",
                "secret",
                launch.to_owned(),
                "E/+pyjRDpEf58P1xWjv3qCdev6U=",
            ),
            (
                "https://tool.example:8443/lti/1p1/launch?id=7&x=a%20b&x=a+c&empty",
                "s&cret=%",
                format!("{launch}{more}"),
                "6af7ojRE6u30e3K/d1bJsAA2HHE=",
            ),
        ] {
            let signing = Signing {
                http_method: "POST",
                url: url.to_owned(),
                secret: secret.to_owned(),
                method: FormSignature::Sha1,
            };
            assert_eq!(signing.signature(&pairs(&fields)), expected, "{url}");
        }
    }

    #[test]
    fn a_request_is_accepted_only_as_it_was_signed() {
        let header = |signature: &str, hash: &str| {
            format!(
                r#"OAuth realm="",oauth_consumer_key="key",oauth_nonce="n0nce",oauth_signature_method="HMAC-SHA1",oauth_timestamp="1700000000",oauth_version="1.0",oauth_body_hash="{hash}",oauth_signature="{signature}""#
            )
        };
        let (url, hash) =
            ("https://lms.example/mod/lti/service.php?x=1", "%2ForRS%2BVGQjC76mdLEEoIe0FD8to%3D");
        let good = header("P9ALWXp%2FzyZioIUA4H6AuxDKZ20%3D", hash);
        let check = |url: &str, header: &str, body: &str, now: i64| {
            let request = Request {
                http_method: "POST",
                url: url.to_owned(),
                form: None,
                authorization: Some(header),
                body: body.as_bytes(),
            };
            request.verify("key", "secret", now)
        };
        let (body, now) = ("<x>Hello</x>", 1_700_000_000);
        assert_eq!(check(url, &good, body, now + 300), Ok("n0nce".to_owned()));
        let other = good.replace("key=\"key", "key=\"other");
        let twice = good.replace("realm=\"\"", "oauth_nonce=\"a\"");
        for (url, header, body, now, expected) in [
            (url, &good, "<x>hello</x>", now, "oauth_body_hash does not match the body."),
            (
                "https://lms.example/mod/lti/service.php",
                &good,
                body,
                now,
                "The signature does not match.",
            ),
            (url, &other, body, now, "oauth_consumer_key is not that of the tool."),
            (url, &twice, body, now, "oauth_nonce was sent several times."),
            (
                url,
                &"Bearer x".to_owned(),
                body,
                now,
                "The request has no Authorization header of the scheme OAuth.",
            ),
            (
                url,
                &good,
                body,
                now + 301,
                "oauth_timestamp is 1700000000, and the platform's time 1700000301.",
            ),
        ] {
            assert_eq!(check(url, header, body, now), Err(expected.to_owned()));
        }
    }
}

//! Launches of LTI 1.1, signed as a platform signs them.

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ltictl::domain::{AccountLink, Clock, PlatformUser};
use ltictl::lti::lti_1p1::oauth1::{Credentials, Method, sign_form};
use ltictl::sandbox::{ConsumerSetup, FormVersion};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Lab, RESOURCE, insert_consumer};

impl Lab {
    /// Tool and platform, where the platform also launches by LTI 1.1.
    pub(crate) async fn with_consumer() -> Self {
        let lab = Self::start().await;
        let now = Clock::System.now();
        lab.store().write(|write| insert_consumer(write, KEY, &[SECRET], now)).unwrap();
        lab.sandbox.set_consumer(ConsumerSetup {
            key: KEY.to_owned(),
            secret: SECRET.to_owned(),
            launch_url: launch_url(&lab),
            custom: BTreeMap::new(),
            version: FormVersion::Lti1p0,
        });
        lab
    }

    /// Makes an account that a user of the consumer opens; gives its key.
    pub(crate) fn account_of_consumer(&self, user_id: &str, username: &str) -> i64 {
        let id = self.account(username);
        let user =
            PlatformUser { issuer: "urn:lti-1p1".into(), tenant: KEY.into(), sub: user_id.into() };
        let link = AccountLink::new(user, Clock::System.now());
        assert!(self.store().write(|write| write.insert_account_link(id, &link)).unwrap());
        id
    }
}

/// The key of a consumer, and its secret.
pub(crate) const KEY: &str = "old-school";
pub(crate) const SECRET: &str = "a secret of an old school";

pub(crate) type Fields = Vec<(String, String)>;

/// The fields of a launch of one user, without a signature.
pub(crate) fn fields(user: &str, roles: &str) -> Fields {
    [
        ("lti_message_type", "basic-lti-launch-request"),
        ("lti_version", "LTI-1p0"),
        ("resource_link_id", "link-1"),
        ("user_id", user),
        ("roles", roles),
        ("context_id", "course-1"),
        ("context_title", "Chemistry & “Reactions” 101"),
        ("lis_person_name_full", "Sam Student"),
        ("launch_presentation_return_url", "https://old.school.example/return?a=1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// How a test signs a launch.
pub(crate) struct Signing<'t> {
    pub(crate) key: &'t str,
    pub(crate) secret: &'t str,
    pub(crate) method: Method,
    /// Seconds that the platform's clock is ahead.
    pub(crate) ahead: i64,
    pub(crate) nonce: &'t str,
}

impl Default for Signing<'_> {
    fn default() -> Self {
        Self { key: KEY, secret: SECRET, method: Method::HmacSha1, ahead: 0, nonce: "nonce-1" }
    }
}

impl Signing<'_> {
    pub(crate) fn sign(&self, url: &str, fields: Fields) -> Fields {
        let credentials = Credentials {
            consumer_key: self.key,
            secret: self.secret.as_bytes(),
            method: self.method,
        };
        let now = Clock::System.now().as_second() + self.ahead;
        sign_form(url, fields, &credentials, now, self.nonce).expect("a signed form")
    }
}

/// Where consumers launch the lab's resource.
pub(crate) fn launch_url(lab: &Lab) -> String {
    format!("{}/lti/1p1/launch/{RESOURCE}", lab.url)
}

/// The signature of a form with HMAC-SHA1, computed without the program's own code (RFC 5849, 3.4).
/// `url` has neither a default port nor upper-case letters in its host.
pub(crate) fn signature(url: &str, fields: &[(String, String)], secret: &str) -> String {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .chain(fields.iter().filter(|(name, _)| name != "oauth_signature").cloned())
        .map(|(name, value)| (encoded(&name), encoded(&value)))
        .collect();
    pairs.sort();
    let joined: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let signed = format!("POST&{}&{}", encoded(base), encoded(&joined.join("&")));
    let key = format!("{}&", encoded(secret));
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
    STANDARD.encode(hmac::sign(&key, signed.as_bytes()))
}

fn encoded(text: &str) -> String {
    const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, &RESERVED).to_string()
}

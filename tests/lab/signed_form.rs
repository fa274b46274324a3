//! Launches of LTI 1.1, signed as a platform signs them.

use ltictl::domain::Clock;
use ltictl::lti::lti_1p1::oauth1::{Credentials, Method, sign_form};

use super::{Lab, RESOURCE};

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

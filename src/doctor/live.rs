//! Requests an access token, as for grades and members; the token is discarded. Notices are checked in
//! [`super::notices`].

use serde_json::Value;

use super::own_server::OwnServer;
use super::{Check, Finding, Findings};
use crate::domain::{Clock, KeyPurpose, Random, Registration, SigningKey, Slug};
use crate::failure::{Failure, shell_word};
use crate::lti::client_assertion::{ASSERTION_TYPE, ClientAssertion};
use crate::lti::dynamic_registration::printable_response;
use crate::lti::scope::CONTEXT_MEMBERSHIP_READONLY;
use crate::platform::{NetworkAccess, PlatformClient};
use crate::store::{Pool, Read};

/// The smallest scope: reading the members of a course.
const SCOPE: &str = CONTEXT_MEMBERSHIP_READONLY;
/// Maximum number of bytes read of a response.
const MAX_RESPONSE: usize = 64 * 1024;

/// What is needed to request tokens.
#[derive(Clone)]
pub struct Live {
    pub(super) key: SigningKey,
    pub(super) random: Random,
    /// The database, if notices are to be checked.
    pub(super) pool: Option<Pool>,
}

impl Live {
    /// Reads the active signing key.
    pub fn new(read: Read<'_>, random: Random) -> Result<Self, Failure> {
        Ok(Self { key: read.active_signing_key(KeyPurpose::Lti)?, random, pool: None })
    }

    /// Checks notices, too, for which the platform's setting is stored here until it is restored.
    #[must_use]
    pub fn with_notices(self, pool: Pool) -> Self {
        Self { pool: Some(pool), ..self }
    }

    /// Adds the outcome of a request to one platform.
    pub(super) async fn request_token(
        &self,
        findings: &mut Findings,
        server: &OwnServer,
        registration: &Registration,
        client: &PlatformClient,
        clock: Clock,
    ) {
        const CHECK: Check = Check::AccessToken;
        let Some(platform) = registration.platform.as_ref().filter(|_| registration.enabled) else {
            findings.skip(
                CHECK,
                "No access token can be requested: the registration is disabled or incomplete.",
            );
            return;
        };
        let url = platform.access_token_url.as_str();
        let audience = registration.assertion_audience().unwrap_or(url);
        let assertion = ClientAssertion {
            client_id: platform.client_id.as_str(),
            audience,
            deployment_id: None,
            now_seconds: clock.now().as_second(),
            jti: &self.random.uuid().to_string(),
        };
        let Ok(assertion) = assertion.sign(self.key.kid.as_str(), self.key.private_key.expose())
        else {
            findings.fail(CHECK, "The active signing key cannot sign.", "ltictl key rotate");
            return;
        };
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", assertion.as_str()),
            ("scope", SCOPE),
        ];
        let reach = NetworkAccess::for_registration(&registration.policy, server.url.is_loopback());
        match client.probe_form(url, &form, reach, MAX_RESPONSE).await {
            // Any success counts; the token is not shown.
            Ok(probe) if (200..300).contains(&probe.status) && has_token(&probe.body) => {
                findings.ok(CHECK, "The platform issues an access token to this tool.");
            }
            Ok(probe) => {
                // An error response contains the reason, but may also repeat the assertion, which
                // must not be shown.
                let response = printable_response(&probe.body, Some(&assertion));
                denied(findings, CHECK, registration, audience, &response)
                    .seen(format!("HTTP status {}: {response}", probe.status));
            }
            Err(error) => {
                findings
                    .skip(CHECK, "The platform's token endpoint does not respond.")
                    .seen(error.to_string());
            }
        }
    }
}

fn has_token(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body)
        .is_ok_and(|answer| answer["access_token"].as_str().is_some_and(|token| !token.is_empty()))
}

/// Adds why the platform issued no token, according to its error response (RFC 6749, section 5.2,
/// and the products' own wording).
fn denied<'f>(
    findings: &'f mut Findings,
    check: Check,
    registration: &Registration,
    audience: &str,
    response: &str,
) -> &'f mut Finding {
    let response = response.to_ascii_lowercase();
    if response.contains("invalid_scope") {
        return findings.warn(
            check,
            "The platform recognizes this tool, but does not allow it to request course members.",
            "LMS: enable the services (Names and Role Provisioning, Assignment and Grade Services) \
             for this tool, if you need them",
        );
    }
    let (sentence, fix) = denial(&response, &registration.slug, audience);
    findings.fail(check, sentence, fix)
}

/// The cause that an error response suggests, and the fix.
fn denial(response: &str, slug: &Slug, audience: &str) -> (String, String) {
    let words: Vec<&str> =
        response.split(|character: char| !character.is_ascii_alphanumeric()).collect();
    let mentions = |any: &[&str]| any.iter().any(|word| words.contains(word));
    if mentions(&["aud", "audience"]) {
        (
            format!("The platform requires a different audience from {audience}."),
            format!(
                "with the audience that the platform names: ltictl platform set {slug} \
                 --token-audience AUDIENCE"
            ),
        )
    } else if mentions(&["key", "keys", "keyset", "jwks", "jwk", "signature", "kid"]) {
        (
            "The platform cannot verify this tool's signature: it has a different keyset, or \
             cannot fetch the keyset."
                .to_owned(),
            format!(
                "LMS field \"Public keyset\": the JWKS URL that `ltictl registration tool-details \
                 {slug}` prints; the platform's server must reach it"
            ),
        )
    } else if mentions(&["exp", "iat", "expired", "future"]) {
        (
            "The platform considers this tool's assertion too old or too new: the clocks differ."
                .to_owned(),
            "set the clock: timedatectl set-ntp true".to_owned(),
        )
    } else if mentions(&["client", "iss", "sub"]) {
        (
            "The client ID is unknown to the platform, or the tool is disabled there.".to_owned(),
            format!(
                "compare with the LMS field \"Client ID\", then: ltictl platform set {slug} \
                 --client-id {}",
                shell_word("ID")
            ),
        )
    } else {
        (
            "The platform does not issue an access token.".to_owned(),
            format!(
                "compare with the LMS field \"Access token URL\", then: ltictl platform set {slug} \
                 --access-token-url URL"
            ),
        )
    }
}

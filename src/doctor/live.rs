//! The one check that makes a platform do something: it is asked for an access token, as for grades
//! and members, which nobody then uses.

use serde_json::Value;

use super::public_url::OwnAddress;
use super::{Check, Finding, Findings};
use crate::domain::{Clock, Random, Registration, SigningKey};
use crate::failure::{Failure, shell_word};
use crate::lti::client_assertion::{ASSERTION_TYPE, ClientAssertion};
use crate::lti::dynamic_registration::printable_response;
use crate::lti::scope::CONTEXT_MEMBERSHIP_READONLY;
use crate::platform::{PlatformClient, Reach};
use crate::store::Read;

/// The least that can be asked for: reading who is in a course.
const SCOPE: &str = CONTEXT_MEMBERSHIP_READONLY;
/// The most that is read of an answer.
const LARGEST_ANSWER: usize = 64 * 1024;

/// What asking for tokens needs.
#[derive(Clone)]
pub struct Live {
    key: SigningKey,
    random: Random,
}

impl Live {
    /// Takes the active signing key.
    pub fn new(read: Read<'_>, random: Random) -> Result<Self, Failure> {
        Ok(Self { key: read.active_signing_key()?, random })
    }

    /// Adds what came of asking one platform.
    pub(super) async fn ask(
        &self,
        about: &mut Findings,
        address: &OwnAddress,
        registration: &Registration,
        client: &PlatformClient,
        clock: Clock,
    ) {
        const CHECK: Check = Check::AccessToken;
        let Some(platform) = registration.platform.as_ref().filter(|_| registration.enabled) else {
            about.skip(
                CHECK,
                "No access token can be asked for: the registration is switched off \
                or not complete.",
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
            about.fail(CHECK, "The active signing key cannot sign.", "ltictl key rotate");
            return;
        };
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", assertion.as_str()),
            ("scope", SCOPE),
        ];
        let reach = Reach::for_registration(&registration.policy, address.url.is_loopback());
        match client.probe_form(url, &form, reach, LARGEST_ANSWER).await {
            // Whatever the success is called: a token is shown to nobody.
            Ok(probe) if (200..300).contains(&probe.status) && has_token(&probe.body) => {
                about.ok(CHECK, "The platform gives this tool an access token.");
            }
            Ok(probe) => {
                // An answer with an error in it says why; it may repeat what was sent, which is
                // nobody's business.
                let said = printable_response(&probe.body, Some(&assertion));
                denied(about, CHECK, registration, audience, &said)
                    .seen(format!("HTTP status {}: {said}", probe.status));
            }
            Err(error) => {
                about
                    .skip(CHECK, "The platform's token end point does not answer.")
                    .seen(error.to_string());
            }
        }
    }
}

fn has_token(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body)
        .is_ok_and(|answer| answer["access_token"].as_str().is_some_and(|token| !token.is_empty()))
}

/// Why no token came, by what platforms say in which case (RFC 6749, section 5.2, and beyond it the
/// words of their own).
fn denied<'f>(
    about: &'f mut Findings,
    check: Check,
    registration: &Registration,
    audience: &str,
    said: &str,
) -> &'f mut Finding {
    let (slug, said) = (&registration.slug, said.to_ascii_lowercase());
    let words: Vec<&str> =
        said.split(|character: char| !character.is_ascii_alphanumeric()).collect();
    let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
    if said.contains("invalid_scope") {
        about.warn(
            check,
            "The platform knows this tool, and does not let it ask for the members of a course.",
            "LMS: switch on the services (Names and Role Provisioning, Assignment and Grade \
             Services) for this tool, if they are wanted",
        )
    } else if says(&["aud", "audience"]) {
        about.fail(
            check,
            format!("The platform wants another audience than {audience}."),
            format!(
                "ltictl platform set {slug} --token-audience AUDIENCE, with the audience that \
                the platform names"
            ),
        )
    } else if says(&["key", "keys", "keyset", "jwks", "jwk", "signature", "kid"]) {
        about.fail(
            check,
            "The platform cannot check this tool's signature: it has another keyset, or cannot \
             fetch it.",
            format!(
                "LMS field \"Public keyset\": the JWKS URL that ltictl registration \
                tool-details {slug} prints; the platform's server must reach it"
            ),
        )
    } else if says(&["exp", "iat", "expired", "future"]) {
        about.fail(
            check,
            "The platform finds this tool's assertion too old or too new: the clocks differ.",
            "set the clock: timedatectl set-ntp true",
        )
    } else if says(&["client", "iss", "sub"]) {
        about.fail(
            check,
            "The platform does not know this client ID, or the tool is switched off there.",
            format!(
                "compare with the LMS field \"Client ID\", then ltictl platform set {slug} \
                --client-id {}",
                shell_word("ID")
            ),
        )
    } else {
        about.fail(
            check,
            "The platform gives no access token.",
            format!(
                "compare with the LMS field \"Access token URL\", then ltictl platform set \
                {slug} --token-url URL"
            ),
        )
    }
}

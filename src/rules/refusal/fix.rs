//! Fixes for launches that break the protocol, with the commands of this tool.

use super::named_registration::NamedRegistration;
use super::registered_parties::{Difference, RegisteredParties};
use crate::failure::{shell_argument, shell_option, shell_word};
use crate::lms::{Detail, Purpose};
use crate::lti::Refusal;
use crate::lti::algorithm;
use crate::lti::deep_linking::HTTP_NOT_ALLOWED;
use crate::lti::id_token::ABSENT;
use crate::lti::message::{Endpoint, MessagePart};
use crate::lti::refusal::printable;

/// A value from outside as one word of a shell command, quoted if necessary.
fn word(text: &str) -> String {
    shell_word(&printable(text))
}

/// A value from outside as a positional argument, which must not be read as an option.
pub(super) fn argument(text: &str) -> String {
    shell_argument(&printable(text))
}

/// An option with a value from outside.
fn option(name: &str, value: &str) -> String {
    shell_option(name, &printable(value))
}

/// How to fix a refusal of a launch through this registration.
pub(super) fn protocol_fix(refusal: &Refusal, registration: &NamedRegistration) -> String {
    wrong_url_fix(refusal, registration)
        .or_else(|| login_fix(refusal, registration))
        .or_else(|| key_fix(refusal, registration))
        .or_else(|| party_fix(refusal, registration))
        .or_else(|| url_fix(refusal, registration))
        .or_else(|| launch_fix(refusal, registration))
        .unwrap_or_else(|| {
            format!(
                "The learning platform does not follow LTI 1.3 here: report the cause to its \
                 vendor. `ltictl platform show {registration}` prints its settings."
            )
        })
}

/// The fix for a login that matches no registration. `registered` has the parties of
/// `registration`, if it is known.
pub(super) fn unknown_registration(
    issuer: &str,
    client_id: Option<&str>,
    registered: Option<&RegisteredParties>,
    registration: &NamedRegistration,
) -> String {
    match registered.map(|registered| registered.difference(issuer, client_id)) {
        Some(Difference::Url) => format!(
            "Set {} in {} to the \"Initiate login URL\" that `ltictl registration tool-details \
             {registration}` prints: each registration has its own.",
            registration.field(Purpose::Login),
            registration.lms()
        ),
        Some(Difference::ClientId) => format!(
            "{} If it belongs to another tool in {}, that tool has the \"Initiate login URL\" of \
             {registration}: `ltictl registration create NAME` creates one for it.",
            client_id_fix(client_id.unwrap_or_default(), registration),
            registration.lms()
        ),
        Some(Difference::Issuer) | None => {
            let client = client_id
                .map_or_else(String::new, |client| format!(" {}", option("--client-id", client)));
            format!(
                "Compare with `ltictl registration list`. If the platform is registered with other \
                 values, such as those before it moved, run `ltictl platform set {registration} \
                 {}{client} --keep-users`, which keeps people's accounts, enrolments and grades; \
                 if it is new, start with `ltictl registration create NAME`.",
                option("--issuer", issuer)
            )
        }
    }
}

/// The fix for a login whose response does not match: often, two URLs are swapped.
pub(super) fn swapped_urls(registration: &NamedRegistration) -> String {
    format!(
        "Open the link again from the course. If it happens every time, check {} and {} in {} \
         against `ltictl registration tool-details {registration}`: they must not be swapped.",
        registration.field(Purpose::Redirect),
        registration.field(Purpose::Login),
        registration.lms()
    )
}

/// The fix for a message that arrived at the URL of another one: which fields to correct.
fn wrong_url_fix(refusal: &Refusal, registration: &NamedRegistration) -> Option<String> {
    let field = |purpose| registration.field(purpose);
    let lms = registration.lms();
    Some(match refusal {
        Refusal::LoginAtWrongUrl { .. } => format!(
            "Set {} in {lms} to the \"Initiate login URL\" that `ltictl registration tool-details \
             {registration}` prints, and compare {} and {}: two of them are probably swapped.",
            field(Purpose::Login),
            field(Purpose::Launch),
            field(Purpose::Redirect)
        ),
        Refusal::LaunchAtWrongUrl { is_selection: false, .. } => format!(
            "Set {} in {lms} to the \"Tool URL\" that `ltictl registration tool-details \
             {registration}` prints, {} to that and to the \"Deep linking URL\", and compare {}: \
             two of them are probably swapped.",
            field(Purpose::Launch),
            field(Purpose::Redirect),
            field(Purpose::Login)
        ),
        Refusal::LaunchAtWrongUrl { is_selection: true, .. } => format!(
            "Set {} in {lms} to the \"Deep linking URL\" that `ltictl registration tool-details \
             {registration}` prints, add it to {}, and compare {}: two of them are probably \
             swapped.",
            field(Purpose::Selection),
            field(Purpose::Redirect),
            field(Purpose::Login)
        ),
        Refusal::Lti1p1Launch { .. } => format!(
            "Set {} in {lms} for this tool, and enter the values that `ltictl registration \
             tool-details {registration}` prints instead of a consumer key and secret. If the \
             platform is not registered yet, start with `ltictl registration create NAME`. A link \
             with its own URL, key and secret uses LTI 1.1 too: replace it with one of the tool.",
            registration.choice(Purpose::Version)
        ),
        Refusal::ReviewNotAllowed => "Open it as a teacher of the course. If you are one, the \
            learning platform sends another role: check the user's role in the course."
            .to_owned(),
        _ => return None,
    })
}

fn login_fix(refusal: &Refusal, registration: &NamedRegistration) -> Option<String> {
    Some(match refusal {
        Refusal::ParameterRepeated { arrived_at, .. }
        | Refusal::ParameterMalformed { arrived_at, .. }
            if *arrived_at != Endpoint::Login =>
        {
            format!(
                "Open the link again from the course. If it happens every time, the response of {} \
                 is changed on its way, such as by a proxy, or is not what LTI 1.3 requires: compare \
                 {} with `ltictl registration tool-details {registration}`, and report the cause to \
                 the administrator of the learning platform.",
                registration.lms(),
                registration.field(Purpose::Redirect)
            )
        }
        Refusal::ParameterMalformed { part: MessagePart::Form | MessagePart::Query, .. } => {
            format!(
                "Check {} in {} against `ltictl registration tool-details {registration}`: it must \
             match exactly. If it does, the login request is changed on its way, such as by a \
             proxy, or is not UTF-8: report the cause to the administrator of the learning platform.",
                registration.field(Purpose::Login),
                registration.lms()
            )
        }
        Refusal::LoginParameterMissing { .. }
        | Refusal::ParameterRepeated { .. }
        | Refusal::ParameterMalformed { .. } => format!(
            "Check {} in {} against `ltictl registration tool-details {registration}`: it must \
             match exactly, and the tool must be configured for LTI 1.3.",
            registration.field(Purpose::Login),
            registration.lms()
        ),
        Refusal::PlatformError { error, .. } => platform_error_fix(error, registration),
        Refusal::NonceMismatch | Refusal::NonceReused => {
            "Open the link again from the course.".to_owned()
        }
        _ => return None,
    })
}

/// What the error codes of real platforms mean (core launch, section 3.1).
fn platform_error_fix(error: &str, registration: &NamedRegistration) -> String {
    match error {
        "login_required" | "interaction_required" => {
            "Sign in to the learning platform and open the link again; if you are signed in, the \
             browser does not send the platform's cookie from a frame: open the link in a new \
             window."
                .to_owned()
        }
        "access_denied" => "Open the link again as the user who is signed in to the learning \
            platform: another tab may have switched users."
            .to_owned(),
        "launch_no_longer_valid" => "Open the link again from the course: the page was reloaded, \
            or the launch took longer than five minutes."
            .to_owned(),
        "unauthorized_client" => format!(
            "Check that the tool is enabled in {} (in Canvas: the developer key is ON), and {} \
             against `ltictl platform show {registration}`; if it differs, run `ltictl platform \
             set {registration} --client-id ID`.",
            registration.lms(),
            registration.shown(Detail::ClientId)
        ),
        _ => format!(
            "Check {} and {} in {} against `ltictl registration tool-details {registration}`, and \
             {} against `ltictl platform show {registration}`.",
            registration.field(Purpose::Redirect),
            registration.field(Purpose::Launch),
            registration.lms(),
            registration.shown(Detail::AuthenticationRequestUrl)
        ),
    }
}

fn key_fix(refusal: &Refusal, registration: &NamedRegistration) -> Option<String> {
    Some(match refusal {
        Refusal::KidNotFound { retry_after_seconds: Some(seconds), .. } => format!(
            "Wait {seconds} s and open the link again: the platform may have a new key, and the \
             keyset will be fetched again then. If it is still refused, check {} of {} against \
             `ltictl platform show {registration}`; if it differs, run `ltictl platform set \
             {registration} --keyset-url URL`.",
            registration.shown(Detail::KeysetUrl),
            registration.lms()
        ),
        Refusal::KidNotFound { .. }
        | Refusal::JwksBad { .. }
        | Refusal::SignatureInvalid { .. } => format!(
            "Check {} of {} against `ltictl platform show {registration}`; if it differs, run \
             `ltictl platform set {registration} --keyset-url URL`.",
            registration.shown(Detail::KeysetUrl),
            registration.lms()
        ),
        Refusal::JwksUnreachable { keyset_url, problem } => {
            let url = printable(keyset_url);
            let advice = format!(
                "Try {url} from this server. If the URL is wrong, `ltictl doctor {registration}` \
                 prints the right one, if the platform publishes it, and the command that sets it."
            );
            // The guard of outgoing requests names the flag if that is what prevents the request.
            if problem.contains("--allow-private-network") {
                format!(
                    "If the platform is inside your own network, run `ltictl platform set \
                     {registration} --allow-private-network`. {advice}"
                )
            } else {
                advice
            }
        }
        Refusal::AlgNotAllowed { alg, allowed } if algorithm::find(alg).is_some() => format!(
            "Configure the learning platform to sign with {}; if it is supposed to sign with \
             {alg}, run \
             `ltictl platform set {registration} --algorithms {}`.",
            printable(allowed),
            word(&format!("{allowed},{alg}"))
        ),
        Refusal::TokenExpired { expires_at: Some(_), .. }
        | Refusal::IatFuture { .. }
        | Refusal::TokenTooOld { age_seconds: Some(_), .. }
        | Refusal::NotYetValid { ahead_seconds: Some(_), .. } => format!(
            "Synchronize the clocks of this server and of the learning platform with a time server \
             (on Linux, `timedatectl` shows whether the clock is synchronized). For small differences: `ltictl \
             platform set {registration} --leeway 120s`."
        ),
        _ => return None,
    })
}

fn party_fix(refusal: &Refusal, registration: &NamedRegistration) -> Option<String> {
    Some(match refusal {
        Refusal::IssMismatch { received: Some(received), .. } => format!(
            "If this is the same platform, run `ltictl platform set {registration} {} \
             --keep-users`, which carries people's accounts, enrolments and grades over to the new \
             issuer; if it is another platform with other users, use --leave-users instead. \
             Compare with {} in {}.",
            option("--issuer", received),
            registration.shown(Detail::Issuer),
            registration.lms()
        ),
        Refusal::AudMismatch { received, .. } if received.len() == 1 => {
            client_id_fix(&received[0], registration)
        }
        Refusal::AzpMismatch { received, .. } => client_id_fix(received, registration),
        Refusal::DeploymentUnknown { deployment_id } => format!(
            "If you expect launches from this deployment, run `ltictl deployment add \
             {registration} {}`; `ltictl \
             platform set {registration} --deployments accept` accepts every deployment of this \
             platform.",
            argument(deployment_id)
        ),
        Refusal::SubMissing { problem: ABSENT } => format!(
            "Configure the learning platform to send the user's ID, or run `ltictl platform set \
             {registration} --allow-anonymous` to accept launches without a user."
        ),
        _ => return None,
    })
}

fn client_id_fix(received: &str, registration: &NamedRegistration) -> String {
    format!(
        "If this is the client ID that {} shows ({}), run `ltictl platform set {registration} {} \
         --keep-users`; people keep their accounts.",
        registration.lms(),
        registration.shown(Detail::ClientId),
        option("--client-id", received)
    )
}

fn url_fix(refusal: &Refusal, registration: &NamedRegistration) -> Option<String> {
    let (launch, selection, lms) = (
        registration.field(Purpose::Launch),
        registration.field(Purpose::Selection),
        registration.lms(),
    );
    let tool_url = format!(
        "Set {launch} in {lms}, and the URL of the link itself if it has one, to the \"Tool URL\" \
         that `ltictl registration tool-details {registration}` prints."
    );
    Some(match refusal {
        Refusal::TargetMissing | Refusal::TargetMismatch { .. } => tool_url,
        Refusal::TargetNotAllowed { .. } => {
            format!("{tool_url} If this tool has moved, run `ltictl config set url URL`.")
        }
        Refusal::MessageTypeUnsupported { received } if received == "LtiDeepLinkingRequest" => {
            format!(
                "Set {selection} in {lms} to the \"Deep linking URL\" that `ltictl registration \
                 tool-details {registration}` prints."
            )
        }
        Refusal::MessageTypeUnsupported { .. } => format!(
            "Set {launch} and {selection} in {lms} to those that `ltictl registration tool-details \
             {registration}` prints."
        ),
        Refusal::DeepLinkReturnUrlNotAllowed { problem, .. } if *problem == HTTP_NOT_ALLOWED => {
            format!(
                "Configure the learning platform to use https. If it cannot, and you trust the \
                 network, run \
                 `ltictl platform set {registration} --allow-http`."
            )
        }
        _ => return None,
    })
}

fn launch_fix(refusal: &Refusal, registration: &NamedRegistration) -> Option<String> {
    Some(match refusal {
        Refusal::LtiVersionMissing { .. } | Refusal::LtiVersionUnsupported { .. } => {
            format!(
                "Set {} for this tool in {}.",
                registration.choice(Purpose::Version),
                registration.lms()
            )
        }
        Refusal::LaunchAtNoticeUrl { .. } => format!(
            "Set {} and {} in {} to those that `ltictl registration tool-details {registration}` \
             prints: the URL for notices is sent to the platform by the tool itself.",
            registration.field(Purpose::Launch),
            registration.field(Purpose::Redirect),
            registration.lms()
        ),
        Refusal::ResourceLinkNotAccepted { .. } => "Select content where the learning platform \
            accepts links to tools: an activity, an assignment or a module item, not a place for \
            files, pictures or text only."
            .to_owned(),
        Refusal::ResourceLinkMissing => "Launch from a link inside a course: this kind of \
            placement has no resource link. If you did launch from such a link, the learning platform omits what LTI 1.3 \
            requires; report it to its vendor."
            .to_owned(),
        _ => return None,
    })
}

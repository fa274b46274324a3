//! Fixes for launches that break the protocol, with the commands of this tool.

use crate::domain::Slug;
use crate::failure::shell_word;
use crate::lti::Refusal;
use crate::lti::algorithm;
use crate::lti::deep_linking::HTTP_NOT_ALLOWED;
use crate::lti::refusal::printable;

/// A value from outside as one word of a shell command, quoted if necessary.
fn word(text: &str) -> String {
    shell_word(&printable(text))
}

/// A value from outside as a positional argument, which must not be read as an option.
pub(super) fn argument(text: &str) -> String {
    if text.starts_with('-') { format!("-- {}", word(text)) } else { word(text) }
}

/// An option with a value from outside.
pub(super) fn option(name: &str, value: &str) -> String {
    if value.starts_with('-') {
        format!("{name}={}", word(value))
    } else {
        format!("{name} {}", word(value))
    }
}

/// How to fix a refusal of a launch through this registration.
pub(super) fn protocol_fix(refusal: &Refusal, registration: &Slug) -> String {
    login_fix(refusal, registration)
        .or_else(|| key_fix(refusal, registration))
        .or_else(|| party_fix(refusal, registration))
        .or_else(|| url_fix(refusal, registration))
        .or_else(|| launch_fix(refusal))
        .unwrap_or_else(|| {
            format!(
                "The learning platform does not follow LTI 1.3 here: report the cause to its \
                 vendor. `ltictl platform show {registration}` prints its settings."
            )
        })
}

/// The fix for a login whose response does not match: often, two URLs are swapped.
pub(super) fn swapped_urls(registration: &Slug) -> String {
    format!(
        "Open the link again from the course. If it happens every time, check \"Redirection \
         URI(s)\" and \"Initiate login URL\" in the learning platform against `ltictl registration \
         tool-details {registration}`: they must not be swapped."
    )
}

fn login_fix(refusal: &Refusal, registration: &Slug) -> Option<String> {
    Some(match refusal {
        Refusal::LoginParameterMissing { .. }
        | Refusal::ParameterRepeated { .. }
        | Refusal::ParameterMalformed { .. } => format!(
            "Check \"Initiate login URL\" in the learning platform against `ltictl registration \
             tool-details {registration}`: it must match exactly, and the tool must be configured for \
             LTI 1.3."
        ),
        Refusal::PlatformError { error, .. } => platform_error_fix(error, registration),
        Refusal::NonceMismatch | Refusal::NonceReused => {
            "Open the link again from the course.".to_owned()
        }
        _ => return None,
    })
}

/// What the error codes of real platforms mean (core launch, section 3.1).
fn platform_error_fix(error: &str, registration: &Slug) -> String {
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
            "Check that the tool is enabled in the learning platform (in Canvas: the developer key \
             is ON), and \"Client ID\" against `ltictl platform show {registration}`; if it \
             differs, run `ltictl platform set {registration} --client-id ID`."
        ),
        _ => format!(
            "Check \"Redirection URI(s)\" and \"Tool URL\" in the learning platform against \
             `ltictl registration tool-details {registration}`, and \"Authentication request URL\" \
             against `ltictl platform show {registration}`."
        ),
    }
}

fn key_fix(refusal: &Refusal, registration: &Slug) -> Option<String> {
    Some(match refusal {
        Refusal::KidNotFound { .. }
        | Refusal::JwksBad { .. }
        | Refusal::SignatureInvalid { .. } => format!(
            "Check \"Public keyset URL\" of the learning platform against `ltictl platform show \
             {registration}`; if it differs, run `ltictl platform set {registration} --keyset-url \
             URL`."
        ),
        Refusal::JwksUnreachable { keyset_url, .. } => format!(
            "Try {} from this server. If the URL is wrong, `ltictl doctor {registration}` prints the \
             right one, if the platform publishes it, and the command that sets it; if the platform is inside your own network, run `ltictl platform \
             set {registration} --allow-private-network`.",
            printable(keyset_url)
        ),
        Refusal::AlgNotAllowed { alg, allowed } if algorithm::find(alg).is_some() => format!(
            "Configure the learning platform to sign with {}; if it is supposed to sign with \
             {alg}, run \
             `ltictl platform set {registration} --algorithms {},{alg}`.",
            printable(allowed),
            printable(allowed)
        ),
        Refusal::TokenExpired { .. }
        | Refusal::IatFuture { .. }
        | Refusal::TokenTooOld { .. }
        | Refusal::NotYetValid { .. } => format!(
            "Synchronize the clocks of this server and of the learning platform with a time server \
             (on Linux, `timedatectl` shows whether the clock is synchronized). For small differences: `ltictl \
             platform set {registration} --leeway 120s`."
        ),
        _ => return None,
    })
}

fn party_fix(refusal: &Refusal, registration: &Slug) -> Option<String> {
    Some(match refusal {
        Refusal::IssMismatch { received: Some(received), .. } => format!(
            "If this is the same platform, run `ltictl platform set {registration} {} \
             --keep-users`, which carries people's accounts, enrolments and grades over to the new \
             issuer; if it is another platform with other users, use --leave-users instead. \
             Compare with \"Platform ID (issuer)\" in the learning platform.",
            option("--issuer", received)
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
        Refusal::SubMissing { .. } => format!(
            "Configure the learning platform to send the user's ID, or run `ltictl platform set \
             {registration} --allow-anonymous` to accept launches without a user."
        ),
        _ => return None,
    })
}

fn client_id_fix(received: &str, registration: &Slug) -> String {
    format!(
        "If this is the \"Client ID\" that the learning platform shows, run `ltictl platform set \
         {registration} {} --keep-users`; people keep their accounts.",
        option("--client-id", received)
    )
}

fn url_fix(refusal: &Refusal, registration: &Slug) -> Option<String> {
    let tool_url = format!(
        "Set \"Tool URL\" in the learning platform, and the URL of the link itself if it has one, \
         to the one that `ltictl registration tool-details {registration}` prints."
    );
    Some(match refusal {
        Refusal::TargetMissing | Refusal::TargetMismatch { .. } => tool_url,
        Refusal::TargetNotAllowed { .. } => {
            format!("{tool_url} If this tool has moved, run `ltictl config set url URL`.")
        }
        Refusal::MessageTypeUnsupported { received } if received == "LtiDeepLinkingRequest" => {
            format!(
                "Set \"Content selection URL\" in the learning platform to the \"Deep linking \
                 URL\" that `ltictl registration tool-details {registration}` prints."
            )
        }
        Refusal::MessageTypeUnsupported { .. } => format!(
            "Set \"Tool URL\" and \"Content selection URL\" in the learning platform to those that \
             `ltictl registration tool-details {registration}` prints."
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

fn launch_fix(refusal: &Refusal) -> Option<String> {
    Some(match refusal {
        Refusal::LtiVersionMissing { .. } | Refusal::LtiVersionUnsupported { .. } => {
            "Set \"LTI version\" of the tool in the learning platform to LTI 1.3.".to_owned()
        }
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

//! One refusal of every kind, with a title: what `ltictl explain` says of a code is what the launch
//! log and the pages would say.

use super::Refusal;

/// The errors of platforms that have a fix of their own (core launch, section 3.1).
const PLATFORM_ERRORS: [(&str, &str); 5] = [
    ("login_required", "The person is not signed in to the platform, as far as it can see"),
    ("interaction_required", "The platform wants to ask the person something first"),
    ("access_denied", "The launch belongs to another user of the platform"),
    ("launch_no_longer_valid", "The platform has forgotten the launch"),
    (
        "unauthorized_client",
        "The tool is switched off in the platform, or its client ID is another one",
    ),
];

impl Refusal {
    /// One refusal of each kind with a title for the kind, in the order of the checks. `evidence`
    /// makes what would have come from outside of the name of a placeholder.
    pub fn one_of_each(evidence: impl Fn(&str) -> String) -> Vec<(&'static str, Self)> {
        let mut all = of_logins(&evidence);
        all.extend(of_tokens(&evidence));
        all.extend(of_claims(&evidence));
        all.extend(of_content(&evidence));
        all.extend(of_people(&evidence));
        all
    }

    /// The errors of platforms that have a fix of their own, with a title each.
    pub fn known_platform_errors() -> impl Iterator<Item = (&'static str, Self)> {
        PLATFORM_ERRORS.into_iter().map(|(error, title)| {
            (title, Self::PlatformError { error: error.to_owned(), description: None })
        })
    }
}

/// The login, the state and the platform's error answer.
fn of_logins(evidence: &impl Fn(&str) -> String) -> Vec<(&'static str, Refusal)> {
    vec![
        (
            "A parameter of the login request is missing",
            Refusal::LoginParameterMissing { parameter: "login_hint" },
        ),
        (
            "A parameter came more than once",
            Refusal::ParameterRepeated { parameter: evidence("PARAMETER") },
        ),
        (
            "A parameter or the whole form cannot be read",
            Refusal::ParameterMalformed {
                parameter: evidence("PARAMETER"),
                problem: "is too long",
            },
        ),
        (
            "No registration has this issuer and client ID",
            Refusal::RegistrationUnknown {
                issuer: evidence("ISSUER"),
                client_id: Some(evidence("CLIENT_ID")),
                slug: Some(evidence("REG")),
                near_miss: Some(evidence("what is registered and looks alike")),
            },
        ),
        (
            "Several registrations share the issuer, and no client ID tells them apart",
            Refusal::RegistrationAmbiguous {
                issuer: evidence("ISSUER"),
                slugs: vec![evidence("REG"), evidence("ANOTHER")],
            },
        ),
        ("The platform's details are missing", Refusal::RegistrationIncomplete),
        ("The registration is switched off", Refusal::RegistrationDisabled),
        ("The platform's answer carries no state", Refusal::StateMissing),
        ("The state is not one of ours", Refusal::StateUnknown),
        ("The login was started too long ago", Refusal::StateExpired { age_seconds: 700 }),
        ("The launch was used before", Refusal::StateReused),
        ("The browser did not show that the login was started in it", Refusal::CookieMissing),
        (
            "The platform answered with an error",
            Refusal::PlatformError {
                error: evidence("ERROR"),
                description: Some(evidence("the platform's words")),
            },
        ),
    ]
}

/// The id_token: its form, its parties, its key and signature, its times, its nonce.
fn of_tokens(evidence: &impl Fn(&str) -> String) -> Vec<(&'static str, Refusal)> {
    vec![
        (
            "The id_token cannot be read",
            Refusal::TokenMalformed { problem: evidence("what is wrong with it") },
        ),
        (
            "The id_token is signed with an algorithm that is not allowed",
            Refusal::AlgNotAllowed { alg: evidence("ES256"), allowed: evidence("RS256") },
        ),
        ("The id_token does not name its key", Refusal::KidMissing),
        (
            "The id_token comes from another issuer",
            Refusal::IssMismatch {
                expected: evidence("ISSUER"),
                received: Some(evidence("OTHER_ISSUER")),
            },
        ),
        (
            "The id_token is for another client",
            Refusal::AudMismatch {
                expected: evidence("CLIENT_ID"),
                received: vec![evidence("OTHER_CLIENT_ID")],
            },
        ),
        ("The id_token has several audiences and no authorized party", Refusal::AzpMissing),
        (
            "The authorized party is another client",
            Refusal::AzpMismatch {
                expected: evidence("CLIENT_ID"),
                received: evidence("OTHER_CLIENT_ID"),
            },
        ),
        (
            "The platform's keyset has no such key",
            Refusal::KidNotFound {
                kid: evidence("KEY_ID"),
                keyset_url: evidence("KEYSET_URL"),
                retry_after_seconds: Some(31),
            },
        ),
        (
            "The platform's keyset cannot be fetched",
            Refusal::JwksUnreachable {
                keyset_url: evidence("KEYSET_URL"),
                problem: evidence("what the network says"),
            },
        ),
        (
            "The platform's keyset is of no use",
            Refusal::JwksBad {
                keyset_url: evidence("KEYSET_URL"),
                problem: evidence("what is wrong with it"),
            },
        ),
        (
            "The signature does not fit the platform's key",
            Refusal::SignatureInvalid { kid: evidence("KEY_ID") },
        ),
        (
            "The id_token has expired",
            Refusal::TokenExpired {
                expires_at: Some(1_795_453_417),
                now: 1_795_453_478,
                clock_difference: Some(121),
            },
        ),
        ("The id_token was issued in the future", Refusal::IatFuture { ahead_seconds: 61 }),
        (
            "The id_token was issued more than an hour ago",
            Refusal::TokenTooOld { age_seconds: Some(4000) },
        ),
        ("The id_token is not valid yet", Refusal::NotYetValid { ahead_seconds: Some(61) }),
        ("The id_token has no nonce", Refusal::NonceMissing),
        ("The nonce belongs to another login", Refusal::NonceMismatch),
        ("The nonce was used while the launch was checked", Refusal::NonceReused),
    ]
}

/// The claims of LTI.
fn of_claims(evidence: &impl Fn(&str) -> String) -> Vec<(&'static str, Refusal)> {
    vec![
        (
            "The id_token has no LTI version",
            Refusal::LtiVersionMissing { also_missing: vec!["message_type", "roles"] },
        ),
        (
            "The id_token is of another LTI version",
            Refusal::LtiVersionUnsupported { received: evidence("VERSION") },
        ),
        ("The id_token has no message type", Refusal::MessageTypeMissing),
        (
            "The message type is not served at this URL",
            Refusal::MessageTypeUnsupported { received: evidence("MESSAGE_TYPE") },
        ),
        (
            "The id_token has no usable deployment ID",
            Refusal::DeploymentMissing { problem: "is absent" },
        ),
        (
            "The login named another deployment than the id_token",
            Refusal::DeploymentMismatch { token: evidence("DEPLOYMENT_ID") },
        ),
        (
            "The registration does not have the deployment",
            Refusal::DeploymentUnknown { deployment_id: evidence("DEPLOYMENT_ID") },
        ),
        ("The id_token has no target link URI", Refusal::TargetMissing),
        (
            "The login named another target link URI than the id_token",
            Refusal::TargetMismatch { token: evidence("TARGET_URL") },
        ),
        (
            "The id_token leads to an address outside this tool",
            Refusal::TargetNotAllowed {
                token: evidence("TARGET_URL"),
                expected_origin: evidence("TOOL_URL"),
            },
        ),
        (
            "The id_token does not say who the person is",
            Refusal::SubMissing { problem: "is absent" },
        ),
        ("The id_token has no roles", Refusal::RolesMissing),
        ("The roles are not a list", Refusal::RolesNotArray),
        ("The id_token has no resource link", Refusal::ResourceLinkMissing),
        ("The deep linking request has no settings", Refusal::DeepLinkingSettingsMissing),
        (
            "A claim is longer than what is stored",
            Refusal::ClaimTooLong { claim: "context.id", longest: 255 },
        ),
        (
            "The deep linking request does not say where the selection goes",
            Refusal::DeepLinkReturnUrlMissing,
        ),
        (
            "The deep linking request wants the selection at an address that is not trusted",
            Refusal::DeepLinkReturnUrlNotAllowed {
                url: evidence("RETURN_URL"),
                problem: "is no https URL",
            },
        ),
        (
            "The platform takes no links to this tool there",
            Refusal::ResourceLinkNotAccepted {
                accept_types: vec![evidence("file"), evidence("html")],
            },
        ),
    ]
}

/// What the launch is for.
fn of_content(evidence: &impl Fn(&str) -> String) -> Vec<(&'static str, Refusal)> {
    vec![
        ("The link does not say which resource it is for", Refusal::ResourceIdMissing),
        (
            "The link names a resource that does not exist",
            Refusal::ResourceUnknown { id: evidence("UUID") },
        ),
        ("The resource is unpublished", Refusal::ResourceUnpublished { slug: evidence("RES") }),
        (
            "The resource is for other registrations",
            Refusal::ResourceNotForRegistration { slug: evidence("RES") },
        ),
    ]
}

/// Who may come in.
fn of_people(evidence: &impl Fn(&str) -> String) -> Vec<(&'static str, Refusal)> {
    vec![
        (
            "As many people are enrolled as may be",
            Refusal::EnrolmentFull { slug: evidence("RES"), maximum: 30 },
        ),
        (
            "Enrolment has not begun",
            Refusal::EnrolmentNotStarted { slug: evidence("RES"), starts_at: 1_795_453_417 },
        ),
        (
            "Enrolment is over",
            Refusal::EnrolmentFinished { slug: evidence("RES"), ended_at: 1_795_453_417 },
        ),
        (
            "The person's own time at the resource is over",
            Refusal::EnrolmentEnded { slug: evidence("RES"), ended_at: 1_795_453_417 },
        ),
        (
            "The person's account is switched off",
            Refusal::AccountDisabled { username: evidence("USERNAME") },
        ),
        (
            "An account is needed, and the platform does not say who the person is",
            Refusal::AccountRequired,
        ),
        (
            "Only teachers of the course select content",
            Refusal::SelectionNotAllowed { roles: vec![evidence("Learner")] },
        ),
        ("Too many wrong passwords", Refusal::SignInFailed { tries: 10 }),
        (
            "Too many launches of the registration wait for their people",
            Refusal::TooManyWaitingLaunches { limit: 10_000 },
        ),
        (
            "Launches and member lists have created too many accounts for the registration",
            Refusal::TooManyAccounts { limit: 200_000 },
        ),
    ]
}

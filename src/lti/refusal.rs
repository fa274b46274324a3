//! Why a login or a launch is refused: stable codes, the cause in full, who has to act and what to
//! do.

mod explain;
mod kinds;

pub use self::explain::printable;

/// Who has to act before a refused launch can work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The person who launched: try again, another browser, sign in.
    User,
    /// Anyone who administers the learning platform.
    PlatformAdmin,
    /// Anyone who administers this tool.
    ToolAdmin,
}

impl Actor {
    /// The actor as people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "you",
            Self::PlatformAdmin => "the administrator of the learning platform",
            Self::ToolAdmin => "the administrator of this tool",
        }
    }
}

/// Why a login or a launch is refused, with the evidence that somebody needs to put it right.
///
/// The codes are stable; those of the id_token follow the order of checks in [`super::id_token`].
/// Evidence comes from outside: anyone who shows it escapes it and strips control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    // Third-party-initiated login (Security Framework 1.0, 5.1.1.1).
    /// A required parameter of the login request is absent or empty.
    LoginParameterMissing {
        /// Its name.
        parameter: &'static str,
    },
    /// A parameter came twice.
    ParameterRepeated {
        /// Its name.
        parameter: String,
    },
    /// A parameter is longer than anything a platform sends, or the form cannot be read.
    ParameterMalformed {
        /// Its name, or `form`.
        parameter: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// No registration for this issuer and client ID, or no registration of that name in the login
    /// URL.
    RegistrationUnknown {
        /// `iss` as received.
        issuer: String,
        /// `client_id` as received.
        client_id: Option<String>,
        /// Slug in the login URL, if it had one.
        slug: Option<String>,
        /// Something that is registered and looks almost the same, in words.
        near_miss: Option<String>,
    },
    /// The platform sent no client ID and several registrations share its issuer.
    RegistrationAmbiguous {
        /// `iss` as received.
        issuer: String,
        /// The registrations that share it, or as many of them as are shown.
        slugs: Vec<String>,
    },
    /// The registration is still a draft: the platform's details are missing.
    RegistrationIncomplete,
    /// The registration was switched off.
    RegistrationDisabled,

    // 1. State.
    /// The answer carries no state.
    StateMissing,
    /// The state is not one of ours.
    StateUnknown,
    /// The login was started too long ago.
    StateExpired {
        /// How long ago, in seconds.
        age_seconds: i64,
    },
    /// The state was used before: the page was reloaded, or somebody replays a launch.
    StateReused,
    /// The browser did not send the cookie that belongs to this state.
    CookieMissing,

    // 2. Error answer.
    /// The platform answered with an error instead of an id_token.
    PlatformError {
        /// OAuth error code as received.
        error: String,
        /// The platform's description.
        description: Option<String>,
    },

    // 3 to 5. Form of the token.
    /// Not a signed token in compact form with JSON objects inside.
    TokenMalformed {
        /// What is wrong with it.
        problem: String,
    },
    /// An algorithm other than the allowed ones.
    AlgNotAllowed {
        /// `alg` as received.
        alg: String,
        /// The allowed ones, separated by commas.
        allowed: String,
    },
    /// The header names no key.
    KidMissing,

    // 6 to 8. Parties.
    /// Issued by somebody else than the platform for which the login was started.
    IssMismatch {
        /// Issuer of the registration.
        expected: String,
        /// `iss` as received, if it is text.
        received: Option<String>,
    },
    /// Not, or not only, for this tool.
    AudMismatch {
        /// Client ID of the registration.
        expected: String,
        /// `aud` as received.
        received: Vec<String>,
    },
    /// Several audiences and no authorized party.
    AzpMissing,
    /// The authorized party is another client.
    AzpMismatch {
        /// Client ID of the registration.
        expected: String,
        /// `azp` as received.
        received: String,
    },

    // 9 and 10. Key and signature.
    /// The platform's keyset has no such key.
    KidNotFound {
        /// `kid` as received.
        kid: String,
        /// Where the keyset is.
        keyset_url: String,
        /// Seconds until the keyset is fetched again, when the last fetch is too recent.
        retry_after_seconds: Option<u64>,
    },
    /// The keyset cannot be fetched.
    JwksUnreachable {
        /// Where it should be.
        keyset_url: String,
        /// What went wrong.
        problem: String,
    },
    /// What was fetched is not a usable keyset, or the key in it is not fit for use.
    JwksBad {
        /// Where it is.
        keyset_url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The signature does not fit the key.
    SignatureInvalid {
        /// Which key was tried.
        kid: String,
    },

    // 11 to 13. Time.
    /// `exp` is past, absent or not a number.
    TokenExpired {
        /// `exp` in seconds since 1970, if it is a number.
        expires_at: Option<i64>,
        /// Our clock, in seconds since 1970.
        now: i64,
        /// Our clock minus `iat`, in seconds, if `iat` is a number.
        clock_difference: Option<i64>,
    },
    /// `iat` lies in the future.
    IatFuture {
        /// By how many seconds.
        ahead_seconds: i64,
    },
    /// `iat` is too long ago, absent or not a number.
    TokenTooOld {
        /// How many seconds ago, if it is a number.
        age_seconds: Option<i64>,
    },
    /// `nbf` lies in the future or is not a number.
    NotYetValid {
        /// By how many seconds, if it is a number.
        ahead_seconds: Option<i64>,
    },

    // 14. Nonce.
    /// The token has no nonce.
    NonceMissing,
    /// The nonce belongs to another login.
    NonceMismatch,
    /// The nonce was used while this launch was being checked.
    NonceReused,

    // 15 to 22. LTI claims.
    /// No LTI version.
    LtiVersionMissing {
        /// Other required claims that are absent too.
        also_missing: Vec<&'static str>,
    },
    /// Another LTI version than 1.3.0.
    LtiVersionUnsupported {
        /// `version` as received.
        received: String,
    },
    /// No message type.
    MessageTypeMissing,
    /// A message type that is not served here.
    MessageTypeUnsupported {
        /// `message_type` as received.
        received: String,
    },
    /// No deployment ID that could be one.
    DeploymentMissing {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The login request named another deployment than the token.
    DeploymentMismatch {
        /// Deployment ID in the token.
        token: String,
    },
    /// A deployment that nobody entered.
    DeploymentUnknown {
        /// Deployment ID as received.
        deployment_id: String,
    },
    /// No target link URI.
    TargetMissing,
    /// The login request named another target than the token.
    TargetMismatch {
        /// `target_link_uri` in the token.
        token: String,
    },
    /// A target outside this tool.
    TargetNotAllowed {
        /// `target_link_uri` in the token.
        token: String,
        /// The tool's origin.
        expected_origin: String,
    },
    /// No user.
    SubMissing {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// No roles.
    RolesMissing,
    /// Roles that are not a list.
    RolesNotArray,
    /// No resource link, or one without an ID.
    ResourceLinkMissing,

    /// A deep linking request without settings.
    DeepLinkingSettingsMissing,
    /// An identifier, a service URL or the data of a content selection is longer than what is
    /// stored, and cannot be cut without becoming another one.
    ClaimTooLong {
        /// Which claim it is.
        claim: &'static str,
        /// The most characters that it may have.
        longest: usize,
    },

    // What a deep linking request must offer.
    /// The settings do not say where the answer goes.
    DeepLinkReturnUrlMissing,
    /// The answer would go to an address to which none is sent.
    DeepLinkReturnUrlNotAllowed {
        /// The address without its query, which may hold a secret of the platform.
        url: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The platform takes no links to this tool.
    ResourceLinkNotAccepted {
        /// `accept_types` as received.
        accept_types: Vec<String>,
    },

    // What the launch is for.
    /// The link has no custom parameter `id`.
    ResourceIdMissing,
    /// The custom parameter `id` names no resource of ours.
    ResourceUnknown {
        /// `id` as received.
        id: String,
    },
    /// The resource was unpublished.
    ResourceUnpublished {
        /// Its slug.
        slug: String,
    },
    /// The resource is for other registrations.
    ResourceNotForRegistration {
        /// Its slug.
        slug: String,
    },

    // Who may come in.
    /// As many people are enrolled as may be.
    EnrolmentFull {
        /// Slug of the resource.
        slug: String,
        /// How many that is.
        maximum: u32,
    },
    /// Enrolment begins later.
    EnrolmentNotStarted {
        /// Slug of the resource.
        slug: String,
        /// When, in seconds since 1970.
        starts_at: i64,
    },
    /// Enrolment is over.
    EnrolmentFinished {
        /// Slug of the resource.
        slug: String,
        /// Since when, in seconds since 1970.
        ended_at: i64,
    },
    /// The person's own time at the resource is over.
    EnrolmentEnded {
        /// Slug of the resource.
        slug: String,
        /// Since when, in seconds since 1970.
        ended_at: i64,
    },
    /// The person's account is switched off.
    AccountDisabled {
        /// Its username.
        username: String,
    },
    /// The platform did not say who the person is, and what they open needs an account.
    AccountRequired,
    /// Content is to be selected, and the person does not teach in the course.
    SelectionNotAllowed {
        /// The roles as they came.
        roles: Vec<String>,
    },
    /// Too many wrong passwords on the page that asks for the account.
    SignInFailed {
        /// How many.
        tries: u32,
    },
    /// The registration has as many waiting launches as it may have.
    TooManyWaitingLaunches {
        /// How many that is.
        limit: u32,
    },
    /// Launches and member synchronization have created as many accounts for the registration as
    /// they may.
    TooManyAccounts {
        /// How many that is.
        limit: u32,
    },
}

impl Refusal {
    /// By how many seconds our clock is ahead of the platform's, as far as a token that was refused
    /// for its times tells; behind it when negative.
    pub fn clock_skew_seconds(&self) -> Option<i64> {
        match self {
            Self::TokenExpired { clock_difference, .. } => *clock_difference,
            Self::IatFuture { ahead_seconds } => Some(-ahead_seconds),
            Self::TokenTooOld { age_seconds } => *age_seconds,
            Self::NotYetValid { ahead_seconds } => ahead_seconds.map(|seconds| -seconds),
            _ => None,
        }
    }

    /// The stable code, as the launch log and scripts know it.
    pub fn code(&self) -> String {
        match self {
            Self::LoginParameterMissing { .. } => "login_parameter_missing",
            Self::ParameterRepeated { .. } => "parameter_repeated",
            Self::ParameterMalformed { .. } => "parameter_malformed",
            Self::RegistrationUnknown { .. } => "registration_unknown",
            Self::RegistrationAmbiguous { .. } => "registration_ambiguous",
            Self::RegistrationIncomplete => "registration_incomplete",
            Self::RegistrationDisabled => "registration_disabled",
            Self::StateMissing => "state_missing",
            Self::StateUnknown => "state_unknown",
            Self::StateExpired { .. } => "state_expired",
            Self::StateReused => "state_reused",
            Self::CookieMissing => "cookie_missing",
            Self::PlatformError { error, .. } => {
                let error: String = error
                    .chars()
                    .filter(|character| character.is_ascii_alphanumeric() || *character == '_')
                    .take(40)
                    .collect();
                return format!("platform_error:{error}");
            }
            Self::TokenMalformed { .. } => "token_malformed",
            Self::AlgNotAllowed { .. } => "alg_not_allowed",
            Self::KidMissing => "kid_missing",
            Self::IssMismatch { .. } => "iss_mismatch",
            Self::AudMismatch { .. } => "aud_mismatch",
            Self::AzpMissing => "azp_missing",
            Self::AzpMismatch { .. } => "azp_mismatch",
            Self::KidNotFound { .. } => "kid_not_found",
            Self::JwksUnreachable { .. } => "jwks_unreachable",
            Self::JwksBad { .. } => "jwks_bad",
            Self::SignatureInvalid { .. } => "signature_invalid",
            Self::TokenExpired { .. } => "token_expired",
            Self::IatFuture { .. } => "iat_future",
            Self::TokenTooOld { .. } => "token_too_old",
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::NonceMissing => "nonce_missing",
            Self::NonceMismatch => "nonce_mismatch",
            Self::NonceReused => "nonce_reused",
            Self::LtiVersionMissing { .. } => "lti_version_missing",
            Self::LtiVersionUnsupported { .. } => "lti_version_unsupported",
            Self::MessageTypeMissing => "message_type_missing",
            Self::MessageTypeUnsupported { .. } => "message_type_unsupported",
            Self::DeploymentMissing { .. } => "deployment_missing",
            Self::DeploymentMismatch { .. } => "deployment_mismatch",
            Self::DeploymentUnknown { .. } => "deployment_unknown",
            Self::TargetMissing => "target_missing",
            Self::TargetMismatch { .. } => "target_mismatch",
            Self::TargetNotAllowed { .. } => "target_not_allowed",
            Self::SubMissing { .. } => "sub_missing",
            Self::RolesMissing => "roles_missing",
            Self::RolesNotArray => "roles_not_array",
            Self::ResourceLinkMissing => "resource_link_missing",
            Self::DeepLinkingSettingsMissing => "deep_linking_settings_missing",
            Self::ClaimTooLong { .. } => "claim_too_long",
            Self::DeepLinkReturnUrlMissing => "deep_link_return_url_missing",
            Self::DeepLinkReturnUrlNotAllowed { .. } => "deep_link_return_url_not_allowed",
            Self::ResourceLinkNotAccepted { .. } => "resource_link_not_accepted",
            Self::ResourceIdMissing => "resource_id_missing",
            Self::ResourceUnknown { .. } => "resource_unknown",
            Self::ResourceUnpublished { .. } => "resource_unpublished",
            Self::ResourceNotForRegistration { .. } => "resource_not_for_registration",
            Self::EnrolmentFull { .. } => "enrolment_full",
            Self::EnrolmentNotStarted { .. } => "enrolment_not_started",
            Self::EnrolmentFinished { .. } => "enrolment_finished",
            Self::EnrolmentEnded { .. } => "enrolment_ended",
            Self::AccountDisabled { .. } => "account_disabled",
            Self::AccountRequired => "account_required",
            Self::SelectionNotAllowed { .. } => "selection_not_allowed",
            Self::SignInFailed { .. } => "sign_in_failed",
            Self::TooManyWaitingLaunches { .. } => "too_many_waiting_launches",
            Self::TooManyAccounts { .. } => "too_many_accounts",
        }
        .to_owned()
    }

    /// Whom the error page names: as [`Refusal::actor`], except that it is the same whatever is
    /// wrong with a keyset. Otherwise a platform that chooses a keyset URL could learn what
    /// responds in this server's network.
    pub fn actor_on_page(&self) -> Actor {
        match self {
            Self::KidNotFound { .. } | Self::JwksUnreachable { .. } | Self::JwksBad { .. } => {
                Actor::ToolAdmin
            }
            _ => self.actor(),
        }
    }

    /// The HTTP status of the error page: 400 malformed, 401 token or state, 403 unknown
    /// registration or deployment, 404 unknown resource (core launch, section 4).
    pub fn http_status(&self) -> u16 {
        match self {
            Self::LoginParameterMissing { .. }
            | Self::ParameterRepeated { .. }
            | Self::ParameterMalformed { .. }
            | Self::TokenMalformed { .. }
            | Self::ResourceIdMissing => 400,
            Self::RegistrationUnknown { .. }
            | Self::RegistrationAmbiguous { .. }
            | Self::RegistrationIncomplete
            | Self::RegistrationDisabled
            | Self::DeploymentUnknown { .. }
            | Self::TargetNotAllowed { .. }
            | Self::ResourceNotForRegistration { .. }
            | Self::EnrolmentFull { .. }
            | Self::EnrolmentNotStarted { .. }
            | Self::EnrolmentFinished { .. }
            | Self::EnrolmentEnded { .. }
            | Self::AccountDisabled { .. }
            | Self::AccountRequired
            | Self::SelectionNotAllowed { .. }
            | Self::SignInFailed { .. }
            | Self::TooManyAccounts { .. }
            | Self::DeepLinkReturnUrlNotAllowed { .. } => 403,
            Self::TooManyWaitingLaunches { .. } => 503,
            Self::ResourceUnknown { .. } | Self::ResourceUnpublished { .. } => 404,
            _ => 401,
        }
    }

    /// Who has to act.
    pub fn actor(&self) -> Actor {
        match self {
            Self::StateMissing
            | Self::StateUnknown
            | Self::StateExpired { .. }
            | Self::StateReused
            | Self::CookieMissing
            | Self::NonceReused
            | Self::NonceMismatch
            | Self::SignInFailed { .. } => Actor::User,
            Self::PlatformError { error, .. }
                if matches!(
                    error.as_str(),
                    "login_required"
                        | "access_denied"
                        | "launch_no_longer_valid"
                        | "interaction_required"
                ) =>
            {
                Actor::User
            }
            Self::RegistrationUnknown { .. }
            | Self::RegistrationAmbiguous { .. }
            | Self::RegistrationIncomplete
            | Self::RegistrationDisabled
            | Self::AudMismatch { .. }
            | Self::IssMismatch { .. }
            | Self::DeploymentUnknown { .. }
            | Self::JwksUnreachable { .. }
            | Self::TokenExpired { .. }
            | Self::IatFuture { .. }
            | Self::TokenTooOld { .. }
            | Self::NotYetValid { .. }
            | Self::MessageTypeUnsupported { .. }
            | Self::ResourceUnpublished { .. }
            | Self::ResourceNotForRegistration { .. }
            | Self::EnrolmentFull { .. }
            | Self::EnrolmentNotStarted { .. }
            | Self::EnrolmentFinished { .. }
            | Self::EnrolmentEnded { .. }
            | Self::TooManyWaitingLaunches { .. }
            | Self::TooManyAccounts { .. }
            | Self::AccountDisabled { .. } => Actor::ToolAdmin,
            _ => Actor::PlatformAdmin,
        }
    }

    /// One plain sentence for the person who launched; it holds nothing that came from outside.
    pub fn sentence(&self) -> &'static str {
        match self {
            Self::LoginParameterMissing { .. }
            | Self::ParameterRepeated { .. }
            | Self::ParameterMalformed { .. } => {
                "The learning platform sent a request that this tool cannot read."
            }
            // One sentence, since anyone can get it: it must not reveal whether there is a
            // registration.
            Self::RegistrationUnknown { .. }
            | Self::RegistrationAmbiguous { .. }
            | Self::RegistrationIncomplete
            | Self::RegistrationDisabled => "This tool is not connected to your learning platform.",
            Self::StateMissing | Self::StateUnknown | Self::StateExpired { .. } => {
                "This launch is no longer valid. Go back to your course and open the link again."
            }
            Self::StateReused | Self::NonceReused => {
                "This launch was used already. Go back to your course and open the link again."
            }
            Self::CookieMissing => {
                "Your browser did not send back the cookie that belongs to this launch. Open the \
                 link again, in a new window if it was in a frame."
            }
            Self::PlatformError { error, .. } => match error.as_str() {
                "login_required" | "interaction_required" => {
                    "Your learning platform says that you are not signed in there. Sign in and \
                     open the link again."
                }
                "access_denied" => {
                    "Your learning platform says that this launch belongs to another user. Go back \
                     to your course and open the link again."
                }
                "launch_no_longer_valid" => {
                    "Your learning platform says that this launch is no longer valid. Go back to \
                     your course and open the link again."
                }
                _ => "Your learning platform refused the launch.",
            },
            Self::TokenMalformed { .. }
            | Self::AlgNotAllowed { .. }
            | Self::KidMissing
            | Self::IssMismatch { .. }
            | Self::AudMismatch { .. }
            | Self::AzpMissing
            | Self::AzpMismatch { .. }
            | Self::SignatureInvalid { .. }
            | Self::NonceMissing
            | Self::NonceMismatch => {
                "The learning platform sent a launch that this tool cannot trust."
            }
            Self::KidNotFound { .. } | Self::JwksUnreachable { .. } | Self::JwksBad { .. } => {
                "This tool could not check the launch with your learning platform."
            }
            Self::TokenExpired { .. }
            | Self::IatFuture { .. }
            | Self::TokenTooOld { .. }
            | Self::NotYetValid { .. } => {
                "The launch carries a time that does not fit: it is too old, or the clocks of the \
                 learning platform and this tool differ."
            }
            Self::MessageTypeUnsupported { .. } => {
                "The learning platform asked for something that this tool does not offer here."
            }
            Self::LtiVersionMissing { .. }
            | Self::LtiVersionUnsupported { .. }
            | Self::MessageTypeMissing
            | Self::DeploymentMissing { .. }
            | Self::DeploymentMismatch { .. }
            | Self::TargetMissing
            | Self::TargetMismatch { .. }
            | Self::TargetNotAllowed { .. }
            | Self::RolesMissing
            | Self::RolesNotArray
            | Self::ResourceLinkMissing
            | Self::DeepLinkingSettingsMissing
            | Self::DeepLinkReturnUrlMissing => {
                "The learning platform sent a launch that is incomplete."
            }
            Self::ClaimTooLong { .. } => "The learning platform sent a launch that is too long.",
            Self::DeepLinkReturnUrlNotAllowed { .. } => {
                "The learning platform wants your selection at an address that this tool does not \
                 trust."
            }
            Self::ResourceLinkNotAccepted { .. } => {
                "Your learning platform does not take what this tool offers at the place that you \
                 came from."
            }
            Self::DeploymentUnknown { .. } => {
                "This tool is not yet set up for the part of the learning platform that you come \
                 from."
            }
            Self::SubMissing { .. } => {
                "The learning platform did not say who you are, and this tool needs to know."
            }
            Self::ResourceIdMissing => "The link does not say which resource to open.",
            Self::ResourceUnknown { .. } => {
                "The link leads to a resource that does not exist here."
            }
            Self::ResourceUnpublished { .. } => "This resource is not available at the moment.",
            Self::ResourceNotForRegistration { .. } => {
                "This resource is not open to your learning platform."
            }
            Self::EnrolmentFull { .. } => "This resource has as many people as it may have.",
            Self::EnrolmentNotStarted { .. } => "This resource is not open yet.",
            Self::EnrolmentFinished { .. } => {
                "This resource takes no more people: enrolment is over."
            }
            Self::EnrolmentEnded { .. } => "Your time at this resource is over.",
            Self::AccountDisabled { .. } => "Your account on this tool is switched off.",
            Self::AccountRequired => {
                "This needs an account, and the learning platform did not say who you are."
            }
            Self::SelectionNotAllowed { .. } => {
                "Content is selected by teachers, and your learning platform does not say that you \
                 teach in this course."
            }
            Self::SignInFailed { .. } => {
                "There were too many wrong passwords. Go back to your course and open the link \
                 again."
            }
            Self::TooManyWaitingLaunches { .. } => {
                "Too many people from your learning platform are choosing an account at the \
                 moment. Go back to your course and open the link again later."
            }
            Self::TooManyAccounts { .. } => {
                "This tool cannot create more accounts for people from your learning platform."
            }
        }
    }
}

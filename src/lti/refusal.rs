//! Why a login or a launch breaks the protocol: stable codes, the cause in full, and who has to
//! act. [`Refusal`] is one table with a row per code.

mod table;
#[cfg(test)]
mod tests;

use std::fmt;

use jiff::Timestamp;

pub(crate) use self::table::refusals;
use super::message::{Endpoint, MessagePart};

/// Maximum number of characters of a value from outside that are shown.
const LONGEST_SHOWN: usize = 200;

const UNREADABLE: &str = "The learning platform sent a request that this tool cannot read.";
const WRONG_URL: &str =
    "The learning platform opened this tool by a URL that is meant for something else.";
const UNTRUSTED: &str = "The learning platform sent a launch that this tool cannot trust.";
const INCOMPLETE: &str = "The learning platform sent an incomplete launch.";
const WRONG_TIME: &str = "The times in this launch are not valid: it is too old, or the clocks of \
    the learning platform and this tool differ.";
/// One sentence for all problems with a keyset. Otherwise, a platform that chooses a keyset URL
/// could discover what responds in this server's network.
const UNCHECKED: &str = "This tool could not check the launch with your learning platform.";
const USED: &str =
    "This launch has already been used. Go back to your course and open the link again.";

/// Who has to act before a refused launch can work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The person who launched: try again, use another browser, sign in.
    User,
    /// The administrators of the learning platform.
    PlatformAdmin,
    /// The administrators of this tool.
    ToolAdmin,
}

impl Actor {
    /// The actor as text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "you",
            Self::PlatformAdmin => "the administrator of the learning platform",
            Self::ToolAdmin => "the administrator of this tool",
        }
    }
}

refusals! {
    /// Why a login or a launch breaks the protocol.
    ///
    /// The codes are stable. Those of the id_token follow the order of checks in
    /// [`super::id_token`]. Evidence comes from outside: escape it wherever you show it, and remove
    /// its control characters.
    pub enum Refusal, evidence evidence;

    // A message at the URL of another one (Security Framework 1.0, 5.1.1).
    LoginAtWrongUrl {
        /// Where it arrived.
        arrived_at: Endpoint = Endpoint::Launch,
    } => {
        code: "login_at_wrong_url",
        title: "The login request arrived at another URL of this tool",
        actor: Actor::PlatformAdmin,
        status: 400,
        sentence: WRONG_URL,
        cause: format!(
            "The login request (iss, login_hint and no id_token) arrived at the {}. Logins start \
             at the Initiate login URL: the learning platform has another URL of this tool in its \
             place.",
            arrived_at.as_str()
        ),
    }
    LaunchAtWrongUrl {
        /// Where it arrived.
        arrived_at: Endpoint = Endpoint::Login,
        /// Whether it is a content selection, according to its token, which is not verified.
        is_selection: bool = false,
    } => {
        code: "launch_at_wrong_url",
        title: "The launch arrived at another URL of this tool",
        actor: Actor::PlatformAdmin,
        status: 400,
        sentence: WRONG_URL,
        cause: match is_selection {
            true => format!(
                "A content selection (an id_token for LtiDeepLinkingRequest) arrived at the {}. \
                 Content selections belong at the Deep linking URL: the learning platform has \
                 another URL of this tool in its place.",
                arrived_at.as_str()
            ),
            false => format!(
                "The response to a login (id_token or error) arrived at the {}. Launches belong \
                 at the Tool URL: the learning platform has another URL of this tool in its place.",
                arrived_at.as_str()
            ),
        },
    }
    Lti1p1Launch {
        /// Where it arrived.
        arrived_at: Endpoint = Endpoint::Launch,
        /// The platform's name or host, as received.
        platform: Option<String> = Some(evidence("PLATFORM")),
    } => {
        code: "lti_1p1_launch",
        title: "The platform launches this tool by LTI 1.1",
        actor: Actor::PlatformAdmin,
        status: 400,
        sentence: "The learning platform opened this tool by an older version of LTI.",
        cause: format!(
            "The platform{} sent a launch of LTI 1.1 or 2.0 (lti_message_type or \
             oauth_consumer_key, no id_token) to the {}, which is for LTI 1.3.",
            platform.as_deref().map_or_else(String::new, |name| format!(" {}", quoted(name))),
            arrived_at.as_str()
        ),
    }

    // Login request (Security Framework 1.0, 5.1.1.1).
    LoginParameterMissing {
        /// Its name.
        parameter: &'static str = "login_hint",
    } => {
        code: "login_parameter_missing",
        title: "A parameter of the login request is missing",
        actor: Actor::PlatformAdmin,
        status: 400,
        sentence: UNREADABLE,
        cause: format!("The login request has no {parameter}, or an empty one."),
    }
    ParameterRepeated {
        /// Its name.
        parameter: String = evidence("PARAMETER"),
        /// Where the message arrived.
        arrived_at: Endpoint = Endpoint::Login,
    } => {
        code: "parameter_repeated",
        title: "A parameter was sent more than once",
        actor: Actor::PlatformAdmin,
        status: 400,
        sentence: UNREADABLE,
        cause: format!("The parameter {} was sent more than once.", quoted(parameter)),
    }
    ParameterMalformed {
        /// What cannot be read.
        part: MessagePart = MessagePart::Parameter(evidence("PARAMETER")),
        /// What is wrong with it.
        problem: &'static str = "is too long",
        /// Where the message arrived.
        arrived_at: Endpoint = Endpoint::Login,
    } => {
        code: "parameter_malformed",
        title: "A parameter or the whole form cannot be read",
        actor: Actor::PlatformAdmin,
        status: 400,
        sentence: UNREADABLE,
        cause: match part {
            MessagePart::Parameter(name) => format!("The parameter {} {problem}.", quoted(name)),
            MessagePart::Form => format!("The form {problem}."),
            MessagePart::Query => format!("The query of the URL {problem}."),
        },
    }

    // 2. Error response (OpenID Connect Core 1.0, 3.1.2.6).
    PlatformError {
        /// OAuth error code as received.
        error: String = evidence("ERROR"),
        /// The platform's description.
        description: Option<String> = Some(evidence("DESCRIPTION")),
    } => {
        code: platform_error_code(error),
        title: "The platform responded with an error",
        actor: platform_error_actor(error),
        status: 401,
        sentence: platform_error_sentence(error),
        cause: match description {
            Some(description) => format!(
                "The platform responded with the error {} instead of a token. Its description: {}.",
                quoted(error),
                quoted(description)
            ),
            None => format!(
                "The platform responded with the error {} instead of a token.",
                quoted(error)
            ),
        },
    }

    // 3 to 5. Form of the token.
    TokenMalformed {
        /// What is wrong with it.
        problem: String = evidence("PROBLEM"),
    } => {
        code: "token_malformed",
        title: "The id_token cannot be read",
        actor: Actor::PlatformAdmin,
        status: 400,
        sentence: UNTRUSTED,
        cause: format!("The id_token cannot be read: {}.", printable(problem)),
    }
    AlgNotAllowed {
        /// `alg` as received.
        alg: String = evidence("ES256"),
        /// The allowed ones, separated by commas.
        allowed: String = evidence("RS256"),
    } => {
        code: "alg_not_allowed",
        title: "The id_token is signed with an algorithm that is not allowed",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: UNTRUSTED,
        cause: format!(
            "The id_token is signed with {}, and this registration allows only {}.",
            quoted(alg),
            printable(allowed)
        ),
    }
    KidMissing => {
        code: "kid_missing",
        title: "The id_token does not name its key",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: UNTRUSTED,
        cause: "The header of the id_token does not say which key signed it (no kid).",
    }

    // 6 to 8. Parties.
    IssMismatch {
        /// Issuer of the registration.
        expected: String = evidence("ISSUER"),
        /// `iss` as received, if it is text.
        received: Option<String> = Some(evidence("OTHER_ISSUER")),
    } => {
        code: "iss_mismatch",
        title: "The id_token was issued by another issuer",
        actor: Actor::ToolAdmin,
        status: 401,
        sentence: UNTRUSTED,
        cause: match received {
            Some(received) => format!(
                "The id_token was issued by {}, and the registration has the issuer {}.",
                quoted(received),
                quoted(expected)
            ),
            None => format!(
                "The id_token does not name its issuer; the registration has the issuer {}.",
                quoted(expected)
            ),
        },
    }
    AudMismatch {
        /// Client ID of the registration.
        expected: String = evidence("CLIENT_ID"),
        /// `aud` as received.
        received: Vec<String> = vec![evidence("OTHER_CLIENT_ID")],
    } => {
        code: "aud_mismatch",
        title: "The id_token is for another client",
        actor: Actor::ToolAdmin,
        status: 401,
        sentence: UNTRUSTED,
        cause: if received.is_empty() {
            format!(
                "The id_token does not name its audience; the registration has the client ID {}.",
                quoted(expected)
            )
        } else {
            format!(
                "The id_token is for {}, and it must be for the registration's client ID {} alone.",
                quoted_list(received),
                quoted(expected)
            )
        },
    }
    AzpMissing => {
        code: "azp_missing",
        title: "The id_token has several audiences and no authorized party",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: UNTRUSTED,
        cause: "The id_token names several audiences and no authorized party (azp).",
    }
    AzpMismatch {
        /// Client ID of the registration.
        expected: String = evidence("CLIENT_ID"),
        /// `azp` as received.
        received: String = evidence("OTHER_CLIENT_ID"),
    } => {
        code: "azp_mismatch",
        title: "The authorized party is another client",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: UNTRUSTED,
        cause: format!(
            "The authorized party (azp) of the id_token is {}, and the registration has the client \
             ID {}.",
            quoted(received),
            quoted(expected)
        ),
    }

    // 9 and 10. Key and signature.
    KidNotFound {
        /// `kid` as received.
        kid: String = evidence("KEY_ID"),
        /// URL of the keyset.
        keyset_url: String = evidence("KEYSET_URL"),
        /// Seconds until the keyset is fetched again, if the last fetch is too recent.
        retry_after_seconds: Option<u64> = Some(31),
    } => {
        code: "kid_not_found",
        title: "The platform's keyset has no such key",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: UNCHECKED,
        cause: format!(
            "{}The id_token is signed with the key {}, which is not in the platform's keyset at \
             {}{}",
            retry_after_seconds.map_or_else(String::new, |seconds| format!(
                "The platform's keyset was fetched a moment ago and will be fetched again in \
                 {seconds} s. "
            )),
            quoted(kid),
            printable(keyset_url),
            match retry_after_seconds {
                Some(_) => ".",
                None => ". The keyset was fetched again and still does not contain it.",
            }
        ),
    }
    JwksUnreachable {
        /// URL of the keyset.
        keyset_url: String = evidence("KEYSET_URL"),
        /// What went wrong.
        problem: String = evidence("PROBLEM"),
    } => {
        code: "jwks_unreachable",
        title: "The platform's keyset cannot be fetched",
        actor: Actor::ToolAdmin,
        status: 401,
        sentence: UNCHECKED,
        cause: format!(
            "The platform's keyset at {} cannot be fetched: {}.",
            printable(keyset_url),
            printable(problem)
        ),
    }
    JwksBad {
        /// URL of the keyset.
        keyset_url: String = evidence("KEYSET_URL"),
        /// What is wrong with it.
        problem: String = evidence("PROBLEM"),
    } => {
        code: "jwks_bad",
        title: "The platform's keyset cannot be used",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: UNCHECKED,
        cause: format!(
            "The platform's keyset at {} cannot be used: {}.",
            printable(keyset_url),
            printable(problem)
        ),
    }
    SignatureInvalid {
        /// ID of the key that was tried.
        kid: String = evidence("KEY_ID"),
    } => {
        code: "signature_invalid",
        title: "The signature does not match the platform's key",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: UNTRUSTED,
        cause: format!(
            "The signature of the id_token does not match the platform's key {}.",
            quoted(kid)
        ),
    }

    // 11 to 13. Time.
    TokenExpired {
        /// `exp` in seconds since 1970, if it is a number.
        expires_at: Option<i64> = Some(1_795_453_417),
        /// The tool's time, in seconds since 1970.
        now: i64 = 1_795_453_478,
        /// The tool's time minus `iat`, in seconds, if `iat` is a number.
        clock_difference: Option<i64> = Some(121),
        /// `exp` as received, in words, if it is present and not a number.
        received: Option<String> = None,
    } => {
        code: "token_expired",
        title: "The id_token has expired",
        actor: time_actor(*expires_at),
        status: 401,
        sentence: time_sentence(*expires_at),
        cause: match expires_at {
            Some(expires_at) => format!(
                "The token expired at {}, this server's clock says {}, {} s later. {}",
                time(*expires_at),
                time(*now),
                now.saturating_sub(*expires_at),
                clocks(*clock_difference)
            ),
            None => {
                format!("The token does not say when it expires: {}.", not_a_time("exp", received))
            }
        },
    }
    IatFuture {
        /// By how many seconds.
        ahead_seconds: i64 = 61,
    } => {
        code: "iat_future",
        title: "The id_token was issued in the future",
        actor: Actor::ToolAdmin,
        status: 401,
        sentence: WRONG_TIME,
        cause: format!(
            "The token was issued {ahead_seconds} s in the future according to this server's \
             clock: the \
             platform's clock seems to be {ahead_seconds} s ahead."
        ),
    }
    TokenTooOld {
        /// Seconds since it was issued, if it says so.
        age_seconds: Option<i64> = Some(4000),
        /// `iat` as received, in words, if it is present and not a number.
        received: Option<String> = None,
    } => {
        code: "token_too_old",
        title: "The id_token was issued more than an hour ago",
        actor: time_actor(*age_seconds),
        status: 401,
        sentence: time_sentence(*age_seconds),
        cause: match age_seconds {
            Some(age) => format!(
                "The token was issued {age} s ago, more than an hour: either it is an old one, or \
                 the platform's clock is {age} s behind."
            ),
            None => format!(
                "The token does not say when it was issued: {}.",
                not_a_time("iat", received)
            ),
        },
    }
    NotYetValid {
        /// Seconds until it becomes valid, if it says so.
        ahead_seconds: Option<i64> = Some(61),
        /// `nbf` as received, in words, if it is not a number.
        received: Option<String> = None,
    } => {
        code: "not_yet_valid",
        title: "The id_token is not valid yet",
        actor: time_actor(*ahead_seconds),
        status: 401,
        sentence: time_sentence(*ahead_seconds),
        cause: match ahead_seconds {
            Some(ahead) => format!(
                "The token becomes valid in {ahead} s according to this server's clock: the \
                 platform's clock \
                 seems to be {ahead} s ahead."
            ),
            None => format!(
                "The token does not say when it becomes valid: {}.",
                not_a_time("nbf", received)
            ),
        },
    }

    // 14. Nonce.
    NonceMissing => {
        code: "nonce_missing",
        title: "The id_token has no nonce",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: UNTRUSTED,
        cause: "The id_token has no nonce, so it belongs to no login that was started here.",
    }
    NonceMismatch => {
        code: "nonce_mismatch",
        title: "The nonce belongs to another login",
        actor: Actor::User,
        status: 401,
        sentence: UNTRUSTED,
        cause: "The nonce in the id_token and the state sent with it belong to different logins.",
    }
    NonceReused => {
        code: "nonce_reused",
        title: "The nonce was used while the launch was checked",
        actor: Actor::User,
        status: 401,
        sentence: USED,
        cause: "The nonce was used by another request while this launch was being checked.",
    }

    // 15 to 22. LTI claims.
    LtiVersionMissing {
        /// Other required claims that are absent too.
        also_missing: Vec<&'static str> = vec!["message_type", "roles"],
    } => {
        code: "lti_version_missing",
        title: "The id_token has no LTI version",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: INCOMPLETE,
        cause: if also_missing.is_empty() {
            "The id_token has no LTI version.".to_owned()
        } else {
            format!("The id_token has no LTI version; also missing: {}.", also_missing.join(", "))
        },
    }
    LtiVersionUnsupported {
        /// `version` as received.
        received: String = evidence("VERSION"),
    } => {
        code: "lti_version_unsupported",
        title: "The id_token has another LTI version",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: INCOMPLETE,
        cause: format!(
            "The id_token has the LTI version {}, and this tool supports 1.3.0.",
            quoted(received)
        ),
    }
    MessageTypeMissing => {
        code: "message_type_missing",
        title: "The id_token has no message type",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: INCOMPLETE,
        cause: "The id_token has no message type.",
    }
    MessageTypeUnsupported {
        /// `message_type` as received.
        received: String = evidence("MESSAGE_TYPE"),
    } => {
        code: "message_type_unsupported",
        title: "The message type is not accepted at this URL",
        actor: Actor::ToolAdmin,
        status: 401,
        sentence: "The learning platform asked for something that this tool does not offer here.",
        cause: format!("The message type {} is not accepted at this URL.", quoted(received)),
    }
    DeploymentMissing {
        /// What is wrong with it.
        problem: &'static str = "is absent",
    } => {
        code: "deployment_missing",
        title: "The id_token has no usable deployment ID",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: INCOMPLETE,
        cause: format!("The id_token has no usable deployment ID: it {problem}."),
    }
    DeploymentMismatch {
        /// Deployment ID in the token.
        token: String = evidence("DEPLOYMENT_ID"),
    } => {
        code: "deployment_mismatch",
        title: "The login request and the id_token name different deployments",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: INCOMPLETE,
        cause: format!(
            "The id_token is for the deployment {}, and the login request named another one.",
            quoted(token)
        ),
    }
    DeploymentUnknown {
        /// Deployment ID as received.
        deployment_id: String = evidence("DEPLOYMENT_ID"),
    } => {
        code: "deployment_unknown",
        title: "The deployment is unknown to the registration",
        actor: Actor::ToolAdmin,
        status: 403,
        sentence: "This tool is not yet set up for your part of the learning platform.",
        cause: format!(
            "The launch comes from the deployment {}, which has not been added to the \
             registration.",
            quoted(deployment_id)
        ),
    }
    TargetMissing => {
        code: "target_missing",
        title: "The id_token has no target link URI",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: INCOMPLETE,
        cause: "The id_token has no target link URI.",
    }
    TargetMismatch {
        /// `target_link_uri` in the token.
        token: String = evidence("TARGET_URL"),
    } => {
        code: "target_mismatch",
        title: "The login request and the id_token name different target link URIs",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: INCOMPLETE,
        cause: format!(
            "The id_token has the target link URI {}, and the login request named another one.",
            quoted(token)
        ),
    }
    TargetNotAllowed {
        /// `target_link_uri` in the token.
        token: String = evidence("TARGET_URL"),
        /// The tool's origin.
        expected_origin: String = evidence("TOOL_URL"),
    } => {
        code: "target_not_allowed",
        title: "The target link URI is outside this tool",
        actor: Actor::PlatformAdmin,
        status: 403,
        sentence: INCOMPLETE,
        cause: format!(
            "The id_token has the target link URI {}, which is not under {}.",
            quoted(token),
            printable(expected_origin)
        ),
    }
    SubMissing {
        /// What is wrong with it.
        problem: &'static str = "is absent",
    } => {
        code: "sub_missing",
        title: "The id_token does not say who the person is",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: "The learning platform did not say who you are, and this tool needs to know.",
        cause: format!("The id_token does not say who the user is: sub {problem}."),
    }
    RolesMissing => {
        code: "roles_missing",
        title: "The id_token has no roles",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: INCOMPLETE,
        cause: "The id_token has no roles claim; an empty list is enough.",
    }
    RolesNotArray => {
        code: "roles_not_array",
        title: "The roles are not a list",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: INCOMPLETE,
        cause: "The roles claim of the id_token is not a list.",
    }
    ResourceLinkMissing => {
        code: "resource_link_missing",
        title: "The id_token has no resource link",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: INCOMPLETE,
        cause: "The id_token has no resource link, or one without a usable ID.",
    }
    ForUserMissing => {
        code: "for_user_missing",
        title: "The submission review names no user",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: INCOMPLETE,
        cause: "The id_token asks for a submission review (LtiSubmissionReviewRequest), but does not \
            say whose submission it is (for_user.user_id).",
    }
    ReviewNotAllowed => {
        code: "review_not_allowed",
        title: "Learners can review their own work only",
        actor: Actor::PlatformAdmin,
        status: 403,
        sentence: "You can see your own results only.",
        cause: "A learner asked for the submission review of another user.",
    }
    DeepLinkingSettingsMissing => {
        code: "deep_linking_settings_missing",
        title: "The deep linking request has no settings",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: INCOMPLETE,
        cause: "The deep linking request has no settings (deep_linking_settings), so it does not \
            say what can be selected.",
    }
    ClaimTooLong {
        /// Which claim it is.
        claim: &'static str = "context.id",
        /// Its maximum length, in characters.
        longest: usize = 255,
    } => {
        code: "claim_too_long",
        title: "A claim is too long to be stored",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: "The learning platform sent a launch that is too long.",
        cause: format!("The claim {claim} of the id_token has more than {longest} characters."),
    }

    // What a deep linking request must offer (Deep Linking 2.0, 4.4.1).
    DeepLinkReturnUrlMissing => {
        code: "deep_link_return_url_missing",
        title: "The deep linking request has no return URL",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: INCOMPLETE,
        cause: "The settings of the deep linking request do not say where to send the selection \
            (deep_link_return_url).",
    }
    DeepLinkReturnUrlNotAllowed {
        /// The URL without its query, which may contain a secret of the platform.
        url: String = evidence("RETURN_URL"),
        /// What is wrong with it.
        problem: &'static str = "is not an https URL",
    } => {
        code: "deep_link_return_url_not_allowed",
        title: "The return URL of the deep linking request is not trusted",
        actor: Actor::PlatformAdmin,
        status: 403,
        sentence: "The learning platform asked for your selection to be sent to a URL that this \
            tool does \
            not trust.",
        cause: format!(
            "The return URL of the deep linking request is {}, and that URL {problem}.",
            quoted(url)
        ),
    }
    ResourceLinkNotAccepted {
        /// `accept_types` as received.
        accept_types: Vec<String> = vec![evidence("file"), evidence("html")],
    } => {
        code: "resource_link_not_accepted",
        title: "The platform does not accept links to this tool there",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: "Your learning platform does not accept what this tool offers in the place where \
            you opened it.",
        cause: if accept_types.is_empty() {
            "The deep linking request does not say what kinds of content it accepts (accept_types)."
                .to_owned()
        } else {
            format!(
                "The deep linking request accepts only {}, and this tool offers links to itself \
                 (ltiResourceLink).",
                quoted_list(accept_types)
            )
        },
    }

    // Notices (Platform Notification Service 1.0).
    LaunchAtNoticeUrl {
        /// The message type as received.
        message_type: String = evidence("LtiResourceLinkRequest"),
    } => {
        code: "launch_at_notice_url",
        title: "The URL for notices received a launch",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: WRONG_URL,
        cause: format!(
            "The token has the message type {}, which belongs to a launch, not to a notice.",
            quoted(message_type)
        ),
    }
    NoticeMalformed {
        /// What is wrong with it.
        problem: &'static str = "it has no notice claim, or one that is not an object",
    } => {
        code: "notice_malformed",
        title: "The notice cannot be read",
        actor: Actor::PlatformAdmin,
        status: 401,
        sentence: UNREADABLE,
        cause: format!("The notice cannot be read: {problem}."),
    }
}

impl Refusal {
    /// Who has to act, for the error page: the same for all problems with a keyset (see the
    /// sentence of those refusals).
    pub fn actor_on_page(&self) -> Actor {
        match self {
            Self::KidNotFound { .. } | Self::JwksUnreachable { .. } | Self::JwksBad { .. } => {
                Actor::ToolAdmin
            }
            _ => self.actor(),
        }
    }

    /// The tool's clock minus the platform's, in seconds, if the times of a refused token show it.
    pub fn clock_skew_seconds(&self) -> Option<i64> {
        match self {
            Self::TokenExpired { expires_at, clock_difference, .. } => {
                expires_at.and(*clock_difference)
            }
            Self::IatFuture { ahead_seconds } => Some(-ahead_seconds),
            Self::TokenTooOld { age_seconds, .. } => *age_seconds,
            Self::NotYetValid { ahead_seconds, .. } => ahead_seconds.map(|seconds| -seconds),
            _ => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.cause())
    }
}

impl std::error::Error for Refusal {}

fn platform_error_code(error: &str) -> String {
    let error: String = error
        .chars()
        .filter(|character| character.is_ascii_alphanumeric() || *character == '_')
        .take(40)
        .collect();
    format!("platform_error:{error}")
}

fn platform_error_actor(error: &str) -> Actor {
    match error {
        "login_required" | "access_denied" | "launch_no_longer_valid" | "interaction_required" => {
            Actor::User
        }
        _ => Actor::PlatformAdmin,
    }
}

fn platform_error_sentence(error: &str) -> &'static str {
    match error {
        "login_required" | "interaction_required" => {
            "Your learning platform says that you are not signed in there. Sign in and open the \
             link again."
        }
        "access_denied" => {
            "Your learning platform says that this launch belongs to another user. Go back to your \
             course and open the link again."
        }
        "launch_no_longer_valid" => {
            "Your learning platform says that this launch is no longer valid. Go back to your \
             course and open the link again."
        }
        _ => "Your learning platform refused the launch.",
    }
}

/// A value from outside, made safe for one line: without control characters, and truncated after
/// 200 characters.
pub fn printable(text: &str) -> String {
    let mut characters = text.chars().filter(|character| !breaks_line(*character));
    let mut shown: String = characters.by_ref().take(LONGEST_SHOWN).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Whether a character moves the cursor or starts another line.
fn breaks_line(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// A value from outside in quotation marks, as [`printable`] shows it.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", printable(text))
}

/// Values from outside as one list in quotation marks.
pub fn quoted_list(texts: &[String]) -> String {
    quoted(&texts.iter().map(|text| printable(text)).collect::<Vec<_>>().join(", "))
}

/// Seconds since 1970 as a readable time, or as the number if there is no such time.
pub fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds)
        .map_or_else(|_| format!("{seconds} seconds after 1970"), |time| time.to_string())
}

/// Who has to act on a time that is wrong, or is none: no clock helps then.
fn time_actor(seconds: Option<i64>) -> Actor {
    if seconds.is_some() { Actor::ToolAdmin } else { Actor::PlatformAdmin }
}

fn time_sentence(seconds: Option<i64>) -> &'static str {
    if seconds.is_some() { WRONG_TIME } else { UNREADABLE }
}

/// Why a claim is no time: it is absent, or is this instead of a number.
fn not_a_time(claim: &str, received: &Option<String>) -> String {
    match received {
        Some(received) => {
            format!("{claim} is {}, and must be a number of seconds", printable(received))
        }
        None => format!("{claim} is absent"),
    }
}

/// Whether the clocks may have caused a token to expire.
fn clocks(clock_difference: Option<i64>) -> String {
    match clock_difference {
        None => "It does not say when it was issued, so the clocks cannot be compared.".to_owned(),
        Some(0) => "According to the platform's clock, it was issued in the same \
            second."
            .to_owned(),
        Some(seconds) if seconds > 0 => format!(
            "It was issued {seconds} s ago according to the platform's clock: the platform's \
             clock seems to \
             be {seconds} s behind, unless the launch really took that long."
        ),
        Some(seconds) => {
            format!("The platform's clock seems to be {} s ahead.", seconds.unsigned_abs())
        }
    }
}

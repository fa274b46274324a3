//! Why a login or a launch is refused. [`Refusal`] contains the protocol violations
//! ([`lti::Refusal`]) and adds this tool's own reasons: registrations, logins, resources,
//! enrolment, accounts and limits. It is one table with a row per code.

mod fix;
mod named_registration;
mod registered_parties;
#[cfg(test)]
mod tests;

use std::fmt;

use self::fix::{argument, protocol_fix};
pub use self::named_registration::NamedRegistration;
pub use self::registered_parties::RegisteredParties;
use crate::domain::{ACCOUNT_NOT_CHOSEN, BROWSER_NOT_CHECKED, RegistrationRef, Slug, Username};
use crate::lti::refusal::{quoted, quoted_list, refusals, time};
use crate::lti::{self, Actor};
use crate::token::login_state;

/// One sentence for all cases, because it must not reveal whether there is a registration.
const NOT_CONNECTED: &str = "This tool is not connected to your learning platform.";
const NO_LONGER_VALID: &str =
    "This launch is no longer valid. Go back to your course and open the link again.";
const NAME_THE_RESOURCE: &str = "Set \"Custom parameters\" of the link in the learning platform to \
    id=UUID as `ltictl resource launch-details RES` prints it, or the URL of the link if it has no \
    custom parameters; `ltictl resource list` lists the resources.";
/// One sentence for resources that do not exist and for those of other platforms, whose names can be
/// guessed.
const NO_SUCH_RESOURCE: &str = "The link leads to a resource that does not exist here.";
const UNSIGNED: &str = "The learning platform sent a launch without a valid signature.";
/// One sentence for both, because it must not reveal which consumer keys exist.
const SIGNATURE_NOT_ACCEPTED: &str =
    "This tool does not accept the signature of your learning platform.";
const OPEN_AGAIN: &str = "Open the link again from the course.";

/// The errors of platforms that have their own fix, each with a title.
const PLATFORM_ERRORS: [(&str, &str); 5] = [
    ("login_required", "The platform does not recognize the person as signed in"),
    ("interaction_required", "The platform needs to ask the person something first"),
    ("access_denied", "The launch belongs to another user of the platform"),
    ("launch_no_longer_valid", "The platform no longer has the launch"),
    ("unauthorized_client", "The tool is disabled in the platform, or has another client ID there"),
];

refusals! {
    /// Why a login or a launch is refused.
    ///
    /// The codes are stable. Evidence comes from outside: escape it wherever you show it, and
    /// remove its control characters.
    pub enum Refusal, evidence evidence,
        extends lti::Refusal, fixed by protocol_fix for registration: NamedRegistration;

    // Registrations.
    RegistrationUnknown {
        /// `iss` as received.
        issuer: String = evidence("ISSUER"),
        /// `client_id` as received.
        client_id: Option<String> = Some(evidence("CLIENT_ID")),
        /// Slug in the login URL, if it had one.
        slug: Option<RegistrationRef> = Some(evidence("REG").as_str().into()),
        /// A registered issuer that is almost the same, and the difference, in words.
        near_miss: Option<String> = Some(evidence("NEAR_MISS")),
        /// The parties of the only registration that the login may be for, if there is one.
        registered: Option<Box<RegisteredParties>> = None,
    } => {
        code: "registration_unknown",
        title: "No registration has this issuer and client ID",
        actor: Actor::ToolAdmin,
        status: 403,
        sentence: NOT_CONNECTED,
        cause: {
            let client = client_id.as_deref().map_or_else(
                || "no client ID".to_owned(),
                |client| format!("the client ID {}", quoted(client)),
            );
            let place = slug.as_ref().map_or_else(String::new, |slug| {
                format!(" at the login URL of {}", quoted(slug.as_str()))
            });
            let known = registered.as_ref().map_or_else(String::new, |registered| {
                format!(" {}", registered.compared_with(issuer, client_id.as_deref()))
            });
            let hint = near_miss.as_deref().map_or_else(String::new, |hint| {
                format!(" Almost the same: {}.", lti::refusal::printable(hint))
            });
            format!(
                "A login came from the issuer {} with {client}{place}, and no registration matches \
                 it.{known}{hint}",
                quoted(issuer)
            )
        },
        fix: fix::unknown_registration(
            issuer,
            client_id.as_deref(),
            registered.as_deref(),
            registration,
        ),
    }
    RegistrationAmbiguous {
        /// `iss` as received.
        issuer: String = evidence("ISSUER"),
        /// The registrations that share it, or as many of them as are shown.
        slugs: Vec<Slug> = vec![Slug::placeholder(), Slug::known("ANOTHER")],
    } => {
        code: "registration_ambiguous",
        title: "Several registrations share the issuer, and no client ID distinguishes them",
        actor: Actor::ToolAdmin,
        status: 403,
        sentence: NOT_CONNECTED,
        cause: format!(
            "The platform sent no client ID, and several registrations share the issuer {}: {}.",
            quoted(issuer),
            lti::refusal::printable(&joined(slugs))
        ),
        fix: "Give each platform the initiate login URL of its own registration: `ltictl \
            registration tool-details REG` prints it, and `ltictl registration list` lists them \
            all.",
    }
    RegistrationIncomplete => {
        code: "registration_incomplete",
        title: "The platform's details are missing",
        actor: Actor::ToolAdmin,
        status: 403,
        sentence: NOT_CONNECTED,
        cause: "The registration is a draft: details of the platform are missing.",
        fix: format!(
            "Run `ltictl platform set {registration}` and enter what the learning platform shows; \
             `ltictl registration show {registration}` says what is missing."
        ),
    }
    NoticesOff => {
        code: "notices_off",
        title: "The registration accepts no notices",
        actor: Actor::ToolAdmin,
        status: 401,
        sentence: NOT_CONNECTED,
        cause: "The platform has sent a notice, and the registration accepts none.",
        fix: format!(
            "To accept them, run `ltictl platform set {registration} --notices on`. Otherwise, \
             `ltictl notice status {registration}` shows whether the platform has ended its \
             subscriptions."
        ),
    }
    RegistrationDisabled => {
        code: "registration_disabled",
        title: "The registration is disabled",
        actor: Actor::ToolAdmin,
        status: 403,
        sentence: NOT_CONNECTED,
        cause: "The registration is disabled.",
        fix: format!(
            "To accept its launches again, run `ltictl registration enable {registration}`."
        ),
    }

    // What changed between login and launch.
    RegistrationDeleted {
        /// Its slug.
        slug: Slug = Slug::placeholder(),
    } => {
        code: "registration_deleted",
        title: "The registration was deleted after the login",
        actor: Actor::ToolAdmin,
        status: 403,
        sentence: NOT_CONNECTED,
        cause: format!("The registration \"{slug}\" was deleted after this login was started."),
        fix: format!(
            "If the platform is still to use this tool, run `ltictl registration create NAME \
             --slug {slug}` and `ltictl registration connect {slug}`; otherwise, remove the tool \
             from the learning platform. `ltictl audit list` shows who deleted the registration."
        ),
    }
    RegistrationRecreated => {
        code: "registration_recreated",
        title: "The registration was deleted and created again after the login",
        actor: Actor::User,
        status: 401,
        sentence: NO_LONGER_VALID,
        cause: "The registration was deleted and created again after this login was started: the \
            launch belongs to the deleted one.",
        fix: format!(
            "Open the link again from the course. If it is still refused, compare `ltictl \
             registration show {registration}` with the learning platform: a new registration may \
             have other details."
        ),
    }
    RegistrationChanged {
        /// What was changed, in words.
        what: &'static str = "client ID",
        /// Why the launch cannot be checked now, if that decides.
        problem: Option<String> = None,
    } => {
        code: "registration_changed",
        title: "The platform details of the registration were changed after the login",
        actor: Actor::User,
        status: 401,
        sentence: NO_LONGER_VALID,
        cause: match problem {
            Some(problem) => format!(
                "The {what} of the registration was changed after this login was started, and the \
                 launch does not match the new one: {}",
                lti::refusal::printable(problem)
            ),
            None => format!(
                "The {what} of the registration was changed after this login was started: the \
                 launch belongs to the old one."
            ),
        },
        fix: format!(
            "Open the link again from the course. If it is still refused, compare `ltictl platform \
             show {registration}` with the learning platform; `ltictl audit list` shows who \
             changed the {what}."
        ),
    }

    // 1. State.
    StateMissing => {
        code: "state_missing",
        title: "The platform's response has no state",
        actor: Actor::User,
        status: 401,
        sentence: NO_LONGER_VALID,
        cause: "The platform's response has no state, so it belongs to no login that was started \
            here.",
        fix: fix::swapped_urls(registration),
    }
    StateUnknown => {
        code: "state_unknown",
        title: "The state was not created by this tool",
        actor: Actor::User,
        status: 401,
        sentence: NO_LONGER_VALID,
        cause: "The state in the platform's response was not created by this tool, or it was \
            changed on the way.",
        fix: fix::swapped_urls(registration),
    }
    StateExpired {
        /// How long ago, in seconds.
        age_seconds: i64 = 700,
    } => {
        code: "state_expired",
        title: "The login was started too long ago",
        actor: Actor::User,
        status: 401,
        sentence: NO_LONGER_VALID,
        cause: format!(
            "The login was started {age_seconds} s ago, and the response came too late."
        ),
        fix: OPEN_AGAIN,
    }
    StateReused => {
        code: "state_reused",
        title: "The launch was used before",
        actor: Actor::User,
        status: 401,
        sentence: "This launch has already been used. Go back to your course and open the link \
            again.",
        cause: "This launch was used before: the page was reloaded, or someone sent a recorded \
            launch again.",
        fix: OPEN_AGAIN,
    }
    CookieMissing => {
        code: "cookie_missing",
        title: "The browser did not prove that the login was started in it",
        actor: Actor::User,
        status: 401,
        sentence: "Your browser did not send back the cookie that belongs to this launch. Open the \
            link again, in a new window if it was in a frame.",
        cause: "The browser did not prove that this login was started in it, neither by its cookie \
            nor by the platform's storage: it blocks cookies in frames, or the launch was started \
            in another browser.",
        fix: "Open the link again in a new window (in Moodle: \"Launch container\" = \"New \
            window\"), or allow cookies for this tool in the browser.",
    }

    // What the launch is for.
    ResourceIdMissing => {
        code: "resource_id_missing",
        title: "The link does not say which resource it is for",
        actor: Actor::PlatformAdmin,
        status: 400,
        sentence: "The link does not say which resource to open.",
        cause: "The launch has no custom parameter \"id\", and its URL names no resource either.",
        fix: NAME_THE_RESOURCE,
    }
    ResourceUnknown {
        /// The custom parameter `id`, or what the launch URL names, as received.
        id: String = evidence("UUID"),
    } => {
        code: "resource_unknown",
        title: "The link names a resource that does not exist",
        actor: Actor::PlatformAdmin,
        status: 404,
        sentence: NO_SUCH_RESOURCE,
        cause: format!(
            "The link names {} by its custom parameter \"id\" or its URL, but no resource has that \
             UUID or slug.",
            quoted(id)
        ),
        fix: NAME_THE_RESOURCE,
    }
    ResourceUnpublished {
        /// Its slug.
        slug: Slug = Slug::known("RES"),
    } => {
        code: "resource_unpublished",
        title: "The resource is unpublished",
        actor: Actor::ToolAdmin,
        status: 404,
        sentence: "This resource is not available at the moment.",
        cause: format!("The resource \"{slug}\" is unpublished."),
        fix: format!("To open it again, run `ltictl resource update {slug} --publish`."),
    }
    ResourceNotForRegistration {
        /// Its slug.
        slug: Slug = Slug::known("RES"),
    } => {
        code: "resource_not_for_registration",
        title: "The resource is for other registrations",
        actor: Actor::ToolAdmin,
        status: 404,
        sentence: NO_SUCH_RESOURCE,
        cause: format!("The resource \"{slug}\" is for other registrations only."),
        fix: format!(
            "To open it to this platform, too, run `ltictl resource update {slug} --registration \
             {registration}`; `--registration all` opens it to all."
        ),
    }

    // Launches of LTI 1.1 and 2.0, in the order of their checks (LTI 1.1.1, 4.2).
    OauthParameterMissing {
        /// Its name.
        parameter: &'static str = "oauth_consumer_key",
    } => {
        code: "oauth_parameter_missing",
        title: "A launch of LTI 1.1 has no key or signature",
        actor: Actor::PlatformAdmin,
        status: 400,
        sentence: UNSIGNED,
        cause: format!("The launch has no {parameter}, or an empty one."),
        fix: "Enter the consumer key and the shared secret in the platform: without both, it sends \
            launches unsigned. `ltictl resource launch-details RES --lti-1p1` prints what belongs \
            in which field.",
    }
    OauthParameterMalformed {
        /// What is wrong, as a sentence without a full stop.
        problem: String = evidence("PROBLEM"),
    } => {
        code: "oauth_parameter_malformed",
        title: "The signature of a launch of LTI 1.1 cannot be read",
        actor: Actor::PlatformAdmin,
        status: 400,
        sentence: UNSIGNED,
        cause: format!("The launch cannot be checked: {}.", lti::refusal::printable(problem)),
        fix: "Launches must be signed by OAuth 1.0 with HMAC-SHA1 or HMAC-SHA256, with each \
            oauth_ parameter once in the form (LTI 1.1.1, 4.2). If a program of your own signs \
            them, correct it; otherwise report the cause to the vendor of the platform.",
    }
    OauthTimestampOutside {
        /// The tool's time minus the platform's, in seconds.
        clock_difference: i64 = 421,
    } => {
        code: "oauth_timestamp_outside",
        title: "A launch of LTI 1.1 is too old, or the clocks differ",
        actor: Actor::ToolAdmin,
        status: 401,
        sentence: "The launch is too old, or the clocks of the learning platform and this tool \
            differ.",
        cause: format!(
            "According to its time (oauth_timestamp), the launch was signed {} s {}; at most 300 s \
             are accepted.",
            clock_difference.unsigned_abs(),
            if *clock_difference < 0 { "in the future" } else { "ago" }
        ),
        fix: "Synchronize the clocks of both servers (NTP): `timedatectl` shows whether this one \
            is. If only one launch is refused, its page was open for too long: open the link again \
            from the course.",
    }
    ConsumerUnknown {
        /// The key, as received.
        key: String = evidence("KEY"),
    } => {
        code: "consumer_unknown",
        title: "No consumer has this key",
        actor: Actor::ToolAdmin,
        status: 401,
        sentence: SIGNATURE_NOT_ACCEPTED,
        cause: format!("The launch has the consumer key {}, which no consumer has.", quoted(key)),
        fix: format!(
            "Compare the key in the platform with `ltictl consumer list`. If the platform is new, \
             run `ltictl consumer add {}`; if its key cannot be chosen, publish the resource with \
             `ltictl resource publish RES --lti-1p1 --any-key`.",
            argument(key)
        ),
    }
    OauthSignatureInvalid {
        /// What the platform did differently, if its signature then matches, in words.
        difference: Option<String> = Some(evidence("DIFFERENCE")),
        /// The text that this tool signed for comparison, without values.
        signed_url: String = evidence("URL"),
    } => {
        code: "oauth_signature_invalid",
        title: "The signature of a launch of LTI 1.1 does not match",
        actor: Actor::ToolAdmin,
        status: 401,
        sentence: SIGNATURE_NOT_ACCEPTED,
        cause: match difference {
            Some(difference) => format!(
                "The signature does not match {}: {}.",
                quoted(signed_url),
                lti::refusal::printable(difference)
            ),
            None => format!(
                "The signature does not match {}: the secret in the platform is another one, or \
                 something between the platform and this tool has changed the launch.",
                quoted(signed_url)
            ),
        },
        fix: match difference {
            Some(_) => format!(
                "Make both sides use the same: the launch URL in the platform must be the one that \
                 `ltictl resource launch-details RES --lti-1p1 --consumer {registration}` prints, \
                 letter by letter, and the secret must have no space or line break around it."
            ),
            None => format!(
                "Enter the secret in the platform again: `ltictl consumer show {registration} \
                 --show-secret` prints it, and `ltictl consumer rotate {registration}` replaces it."
            ),
        },
    }
    ConsumerDisabled => {
        code: "consumer_disabled",
        title: "The consumer is disabled",
        actor: Actor::ToolAdmin,
        status: 403,
        sentence: NOT_CONNECTED,
        cause: "The consumer is disabled: launches by LTI 1.1 are refused.",
        fix: format!(
            "To accept its launches, run `ltictl consumer enable {registration}`. If the platform \
             has moved to LTI 1.3, open the link again from the course."
        ),
    }
    ConsumerDeleted => {
        code: "consumer_deleted",
        title: "The consumer was deleted while the launch was waiting",
        actor: Actor::ToolAdmin,
        status: 403,
        sentence: NOT_CONNECTED,
        cause: "The consumer was deleted while the launch was waiting.",
        fix: "If that was a mistake, add it again with the same key and secret: `ltictl consumer \
            add NAME --key KEY --secret-stdin`.",
    }
    OauthNonceReused => {
        code: "oauth_nonce_reused",
        title: "A launch of LTI 1.1 was sent twice",
        actor: Actor::User,
        status: 401,
        sentence: "This launch has already been used. Go back to your course and open the link \
            again.",
        cause: "The nonce (oauth_nonce) was used before: the page was reloaded, or the launch was \
            copied.",
        fix: OPEN_AGAIN,
    }
    Lti1p1MessageMalformed {
        /// What is wrong, as a sentence without a full stop.
        problem: String = evidence("PROBLEM"),
    } => {
        code: "lti_1p1_message_malformed",
        title: "A signed message of LTI 1.1 is incomplete or not supported",
        actor: Actor::PlatformAdmin,
        status: 400,
        sentence: "The learning platform sent a launch that this tool cannot read.",
        cause: format!("The launch cannot be used: {}.", lti::refusal::printable(problem)),
        fix: "By LTI 1.1, this tool accepts launches (basic-lti-launch-request; LTI 1.1.1, 3) and \
            content selections that accept links to tools (ContentItemSelectionRequest; \
            Content-Item Message 1.0, 3.1). Compare the tool's settings in the platform with them.",
    }
    UserIdMissing => {
        code: "user_id_missing",
        title: "A launch of LTI 1.1 does not say who the person is",
        actor: Actor::PlatformAdmin,
        status: 400,
        sentence: "The learning platform did not say who you are.",
        cause: "The launch has no user_id, and launches without a user are not accepted.",
        fix: "Allow the platform to send the ID of the user, often called \"Public\" privacy \
            or \"Share the launcher's identity\".",
    }
    ResourceNotForConsumer {
        /// Its slug.
        slug: Slug = Slug::known("RES"),
    } => {
        code: "resource_not_for_consumer",
        title: "The consumer may not use the resource",
        actor: Actor::ToolAdmin,
        status: 404,
        sentence: NO_SUCH_RESOURCE,
        cause: format!("The consumer may not use the resource \"{slug}\"."),
        fix: format!(
            "To allow it, run `ltictl consumer set {registration} --resource {slug}` with all \
             resources that it may use."
        ),
    }

    // Enrolment and accounts.
    EnrolmentFull {
        /// Slug of the resource.
        slug: Slug = Slug::known("RES"),
        /// The maximum number of people enrolled at the same time.
        maximum: u32 = 30,
    } => {
        code: "enrolment_full",
        title: "The maximum number of people is enrolled",
        actor: Actor::ToolAdmin,
        status: 403,
        sentence: "This resource has no places left.",
        cause: format!(
            "The person is not enrolled in \"{slug}\" yet, and {maximum} people are, which is the \
             maximum."
        ),
        fix: format!(
            "Run `ltictl resource update {slug} --enrolment-maximum NUMBER` to enrol more people, \
             or `--enrolment-maximum none`."
        ),
    }
    EnrolmentNotStarted {
        /// Slug of the resource.
        slug: Slug = Slug::known("RES"),
        /// When it starts, in seconds since 1970.
        starts_at: i64 = 1_795_453_417,
    } => {
        code: "enrolment_not_started",
        title: "Enrolment has not started",
        actor: Actor::ToolAdmin,
        status: 403,
        sentence: "This resource is not open yet.",
        cause: format!(
            "The person is not enrolled in \"{slug}\" yet, and enrolment starts at {}.",
            time(*starts_at)
        ),
        fix: format!("Wait, or run `ltictl resource update {slug} --enrolment-starts-at none`."),
    }
    EnrolmentFinished {
        /// Slug of the resource.
        slug: Slug = Slug::known("RES"),
        /// When it ended, in seconds since 1970.
        ended_at: i64 = 1_795_453_417,
    } => {
        code: "enrolment_finished",
        title: "Enrolment is over",
        actor: Actor::ToolAdmin,
        status: 403,
        sentence: "Enrolment in this resource is over.",
        cause: format!(
            "The person is not enrolled in \"{slug}\" yet, and enrolment ended at {}.",
            time(*ended_at)
        ),
        fix: format!(
            "Run `ltictl resource update {slug} --enrolment-ends-at none`, or give a later time."
        ),
    }
    EnrolmentEnded {
        /// Slug of the resource.
        slug: Slug = Slug::known("RES"),
        /// When it ended, in seconds since 1970.
        ended_at: i64 = 1_795_453_417,
    } => {
        code: "enrolment_ended",
        title: "The person's own enrolment has ended",
        actor: Actor::ToolAdmin,
        status: 403,
        sentence: "Your enrolment in this resource has ended.",
        cause: format!("The person's enrolment in \"{slug}\" ended at {}.", time(*ended_at)),
        fix: format!(
            "To enrol the person again, run `ltictl account enrol USERNAME {slug}`; `ltictl \
             account list` lists the accounts."
        ),
    }
    AccountDisabled {
        /// Its username.
        username: Username = Username::placeholder(),
    } => {
        code: "account_disabled",
        title: "The person's account is disabled",
        actor: Actor::ToolAdmin,
        status: 403,
        sentence: "Your account on this tool is disabled.",
        cause: format!("The account \"{username}\" is disabled."),
        fix: format!(
            "To accept the person's launches again, run `ltictl account enable {username}`."
        ),
    }
    AccountRequired => {
        code: "account_required",
        title: "An account is required, and the platform does not say who the person is",
        actor: Actor::PlatformAdmin,
        status: 403,
        sentence: "This requires an account, and the learning platform did not say who you are.",
        cause: "The launch is anonymous (no sub), and what it opens requires an account.",
        fix: "Configure the learning platform to send the user's ID: its privacy settings for \
            this tool \
            omit it.",
    }
    SelectionNotAllowed {
        /// The roles as received.
        roles: Vec<String> = vec![evidence("Learner")],
    } => {
        code: "selection_not_allowed",
        title: "Only teachers of the course can select content",
        actor: Actor::PlatformAdmin,
        status: 403,
        sentence: "Only teachers can select content, and your learning platform does not say that \
            you teach in this course.",
        cause: format!(
            "The person wants to select content and does not teach in the course. The roles are \
             {}.",
            quoted_list(roles)
        ),
        fix: "If the person teaches there, give them the role of a teacher (Instructor) in the \
            course on the learning platform.",
    }
    AccountNotChosen {
        /// How long the launch waited, in minutes.
        minutes: i64 = 30,
    } => {
        code: ACCOUNT_NOT_CHOSEN,
        title: "The person did not choose an account",
        actor: Actor::User,
        status: 403,
        sentence: OPEN_AGAIN,
        cause: format!(
            "The person was asked to choose an account, and did not within {minutes} minutes: they \
             closed the page, or had no password for an existing account."
        ),
        fix: "Open the link again from the course. To give a person with an account a password, run \
            `ltictl account set-password USER`; to create accounts without asking, `ltictl resource \
            update RES --student-provisioning auto`.",
    }
    BrowserNotChecked => {
        code: BROWSER_NOT_CHECKED,
        title: "The page was closed before the login could be verified",
        actor: Actor::User,
        status: 401,
        sentence: OPEN_AGAIN,
        cause: "The browser sent no cookie, and the page that looks for the proof in the platform's \
            storage did not respond: it was closed, or the platform's page did not respond to it.",
        fix: "Open the link again in a new window (in Moodle: \"Launch container\" = \"New \
            window\"), or allow cookies for this tool in the browser.",
    }
    RoleLowered => {
        code: "role_lowered",
        title: "The platform lowered the person's role while the launch waited",
        actor: Actor::User,
        status: 403,
        sentence: OPEN_AGAIN,
        cause: "While the launch waited for the person or the browser, the platform sent a lower \
            role for the person in the course, so the launch ended.",
        fix: "Open the link again from the course: that launch has the new role.",
    }
    SignInFailed {
        /// Number of wrong passwords.
        tries: u32 = 10,
    } => {
        code: "sign_in_failed",
        title: "Too many wrong passwords",
        actor: Actor::User,
        status: 403,
        sentence: "There were too many wrong passwords. Go back to your course and open the link \
            again.",
        cause: format!(
            "On the page that asks for the person's account, {tries} wrong passwords were entered."
        ),
        fix: "Open the link again from the course. If the password is forgotten, run `ltictl \
            account set-password USERNAME`.",
    }

    // Limits.
    TooManyWaitingLaunches {
        /// The maximum number of waiting launches.
        limit: u32 = 10_000,
    } => {
        code: "too_many_waiting_launches",
        title: "Too many launches of the registration are waiting for people to choose an account",
        actor: Actor::ToolAdmin,
        status: 503,
        sentence: "Too many people from your learning platform are choosing an account at the \
            moment. Go back to your course and open the link again later.",
        cause: format!(
            "{limit} launches of this registration are waiting for people to choose an account, \
             which is the limit. Each expires after 30 minutes at most."
        ),
        fix: format!(
            "If this many people really launch at the same time, run `ltictl config set \
             waiting_launch_limit {}`. If not, the platform is flooding the tool: `ltictl registration \
             disable {registration}`.",
            limit.saturating_mul(2)
        ),
    }
    TooManyAccounts {
        /// The maximum number of accounts.
        limit: u32 = 200_000,
    } => {
        code: "too_many_accounts",
        title: "Launches and member lists have created too many accounts for the registration",
        actor: Actor::ToolAdmin,
        status: 403,
        sentence: "This tool cannot create more accounts for people from your learning platform.",
        cause: format!(
            "The person has no account, and launches and member synchronization have created \
             {limit} accounts for this registration, which is the limit."
        ),
        fix: format!(
            "If the platform really has this many people, run `ltictl config set account_limit {}`. \
             If not, the platform is sending invented users: `ltictl registration disable {registration}`, and `ltictl \
             account list` shows what it created.",
            limit.saturating_mul(2)
        ),
    }
}

fn joined(slugs: &[Slug]) -> String {
    slugs.iter().map(Slug::as_str).collect::<Vec<_>>().join(", ")
}

impl Refusal {
    /// The errors of platforms that have their own fix, each with a title.
    pub fn known_platform_errors() -> impl Iterator<Item = (&'static str, Self)> {
        PLATFORM_ERRORS.into_iter().map(|(error, title)| {
            (
                title,
                lti::Refusal::PlatformError { error: error.to_owned(), description: None }.into(),
            )
        })
    }

    /// See [`lti::Refusal::actor_on_page`].
    pub fn actor_on_page(&self) -> Actor {
        match self {
            Self::Protocol(refusal) => refusal.actor_on_page(),
            _ => self.actor(),
        }
    }

    /// See [`lti::Refusal::clock_skew_seconds`].
    pub fn clock_skew_seconds(&self) -> Option<i64> {
        match self {
            Self::Protocol(refusal) => refusal.clock_skew_seconds(),
            Self::OauthTimestampOutside { clock_difference } => Some(*clock_difference),
            _ => None,
        }
    }
}

impl From<lti::Refusal> for Refusal {
    fn from(refusal: lti::Refusal) -> Self {
        Self::Protocol(refusal)
    }
}

impl From<login_state::Error> for Refusal {
    fn from(error: login_state::Error) -> Self {
        match error {
            login_state::Error::Missing => Self::StateMissing,
            login_state::Error::Unknown => Self::StateUnknown,
            login_state::Error::Expired { age_seconds } => Self::StateExpired { age_seconds },
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.cause())
    }
}

impl std::error::Error for Refusal {}

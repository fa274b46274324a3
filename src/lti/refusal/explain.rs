//! The long texts of a refusal: the cause with all its evidence, and what to do about it.
//!
//! Evidence comes from outside. It passes through [`printable`] before it becomes part of a
//! sentence, and through [`argument`] before it becomes part of a command that somebody will paste
//! into a shell.

use std::fmt;

use jiff::Timestamp;

use super::Refusal;
use crate::lti::algorithm;
use crate::lti::deep_linking::HTTP_NOT_ALLOWED;

/// The most characters of foreign text that are shown.
const LONGEST_SHOWN: usize = 200;

/// Foreign text made safe for one line: control characters are dropped, and it is cut after 200
/// characters. Anyone who stores or shows it drops the characters that cannot be seen, which
/// `domain` lists.
pub fn printable(text: &str) -> String {
    let mut characters = text.chars().filter(|character| !is_treacherous(*character));
    let mut shown: String = characters.by_ref().take(LONGEST_SHOWN).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Characters that move the cursor or begin another line.
fn is_treacherous(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Foreign text in quotation marks.
fn quoted(text: &str) -> String {
    format!("\"{}\"", printable(text))
}

/// Foreign text as one word of a shell command, quoted where it needs it.
fn word(text: &str) -> String {
    let text = printable(text);
    if !text.is_empty()
        && text.chars().all(|character| {
            character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | ':' | '/' | '-')
        })
    {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Foreign text as a positional argument, which must not be read as an option.
fn argument(text: &str) -> String {
    if text.starts_with('-') { format!("-- {}", word(text)) } else { word(text) }
}

/// Foreign text as the value of an option.
fn option(name: &str, value: &str) -> String {
    if value.starts_with('-') {
        format!("{name}={}", word(value))
    } else {
        format!("{name} {}", word(value))
    }
}

/// Seconds since 1970 as a time that people read, or as the number where there is no such time.
fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds)
        .map_or_else(|_| format!("{seconds} seconds after 1970"), |time| time.to_string())
}

/// What the clocks have to do with it.
fn clocks(clock_difference: Option<i64>) -> String {
    match clock_difference {
        None => "It does not say when it was issued, so the clocks cannot be compared.".to_owned(),
        Some(0) => "It was issued this very second by the platform's clock.".to_owned(),
        Some(seconds) if seconds > 0 => {
            format!(
                "It was issued {seconds} s ago by the platform's clock: the platform's clock seems \
                 {seconds} s behind, unless the launch really took that long."
            )
        }
        Some(seconds) => format!("The platform's clock seems {} s ahead.", seconds.unsigned_abs()),
    }
}

impl Refusal {
    /// The cause in full, with all evidence, for anyone who looks after the tool or the platform.
    pub fn cause(&self) -> String {
        match self {
            Self::LoginParameterMissing { parameter } => format!(
                "The login request has no \
                {parameter}, or an empty one."
            ),
            Self::ParameterRepeated { parameter } => format!(
                "The parameter {} came more than \
                once.",
                quoted(parameter)
            ),
            Self::ParameterMalformed { parameter, problem } => format!(
                "The parameter {} \
                {problem}.",
                quoted(parameter)
            ),
            Self::RegistrationUnknown { .. }
            | Self::RegistrationAmbiguous { .. }
            | Self::RegistrationIncomplete
            | Self::RegistrationDisabled => self.registration_cause(),
            Self::StateMissing => "The platform's answer carries no state, so it belongs to no \
                login that was started here."
                .to_owned(),
            Self::StateUnknown => "The state in the platform's answer was not made by this tool, \
                or it was changed on the way."
                .to_owned(),
            Self::StateExpired { age_seconds } => format!(
                "The login was started {age_seconds} s \
                ago, and its answer came too late."
            ),
            Self::StateReused => "This launch was used before: the page was reloaded, or somebody \
                sent a recorded launch again."
                .to_owned(),
            Self::CookieMissing => "The browser did not show that this login was started in it, \
                neither by its cookie nor by what the platform keeps for it: it blocks cookies in \
                frames, or the launch was started in another browser."
                .to_owned(),
            Self::PlatformError { error, description } => {
                let description = description.as_deref().map_or_else(String::new, |text| {
                    format!(
                        " \
                    It adds: {}.",
                        quoted(text)
                    )
                });
                format!(
                    "The platform answered with the error {} instead of a \
                    token.{description}",
                    quoted(error)
                )
            }
            Self::TokenMalformed { problem } => {
                format!("The id_token cannot be read: {}.", printable(problem))
            }
            Self::AlgNotAllowed { alg, allowed } => format!(
                "The id_token is signed with {}, and \
                this registration allows only {}.",
                quoted(alg),
                printable(allowed)
            ),
            Self::KidMissing => "The header of the id_token does not say which key signed it (no \
                kid)."
                .to_owned(),
            Self::IssMismatch { .. }
            | Self::AudMismatch { .. }
            | Self::AzpMissing
            | Self::AzpMismatch { .. } => self.party_cause(),
            Self::KidNotFound { .. }
            | Self::JwksUnreachable { .. }
            | Self::JwksBad { .. }
            | Self::SignatureInvalid { .. } => self.key_cause(),
            Self::TokenExpired { .. }
            | Self::IatFuture { .. }
            | Self::TokenTooOld { .. }
            | Self::NotYetValid { .. } => self.time_cause(),
            Self::NonceMissing => "The id_token has no nonce, so it answers no login that was \
                started here."
                .to_owned(),
            Self::NonceMismatch => "The nonce in the id_token belongs to another login than the \
                state beside it."
                .to_owned(),
            Self::NonceReused => "The nonce was used by another request while this launch was \
                being checked."
                .to_owned(),
            _ => self.claim_cause(),
        }
    }

    fn registration_cause(&self) -> String {
        match self {
            Self::RegistrationUnknown { issuer, client_id, slug, near_miss } => {
                let client = client_id.as_deref().map_or_else(
                    || "no client ID".to_owned(),
                    |client| format!("the client ID {}", quoted(client)),
                );
                let place = slug.as_deref().map_or_else(String::new, |slug| {
                    format!(" at the login URL of {}", quoted(slug))
                });
                let hint = near_miss.as_deref().map_or_else(String::new, |hint| {
                    format!(" Almost the same: {}.", printable(hint))
                });
                format!(
                    "A login came from the issuer {} with {client}{place}, and no registration has \
                     these.{hint}",
                    quoted(issuer)
                )
            }
            Self::RegistrationAmbiguous { issuer, slugs } => {
                format!(
                    "The platform sent no client ID, and several registrations share the issuer \
                     {}: {}.",
                    quoted(issuer),
                    printable(&slugs.join(", "))
                )
            }
            Self::RegistrationDisabled => "The registration is disabled.".to_owned(),
            _ => "The registration is a draft: details of the platform are missing.".to_owned(),
        }
    }

    fn party_cause(&self) -> String {
        match self {
            Self::IssMismatch { expected, received: Some(received) } => {
                format!(
                    "The id_token was issued by {}, and the registration has the issuer {}.",
                    quoted(received),
                    quoted(expected)
                )
            }
            Self::IssMismatch { expected, received: None } => {
                format!(
                    "The id_token does not say who issued it; the registration has the issuer {}.",
                    quoted(expected)
                )
            }
            Self::AudMismatch { expected, received } if received.is_empty() => {
                format!(
                    "The id_token does not say for whom it is; the registration has the client ID \
                     {}.",
                    quoted(expected)
                )
            }
            Self::AudMismatch { expected, received } => format!(
                "The id_token is for {}, and it must be for the registration's client ID {} alone.",
                quoted(
                    &received
                        .iter()
                        .map(|audience| printable(audience))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
                quoted(expected)
            ),
            Self::AzpMismatch { expected, received } => {
                format!(
                    "The authorized party (azp) of the id_token is {}, and the registration has \
                     the client ID {}.",
                    quoted(received),
                    quoted(expected)
                )
            }
            _ => "The id_token names several audiences and no authorized party (azp).".to_owned(),
        }
    }

    fn key_cause(&self) -> String {
        match self {
            Self::KidNotFound { kid, keyset_url, retry_after_seconds } => {
                let pause = retry_after_seconds.map_or_else(
                    || " It was fetched again to be sure.".to_owned(),
                    |seconds| {
                        format!(
                            " It was fetched a moment ago and will be fetched again in {seconds} s."
                        )
                    },
                );
                format!(
                    "The id_token is signed with the key {}, which the platform's keyset at {} \
                     does not hold.{pause}",
                    quoted(kid),
                    printable(keyset_url)
                )
            }
            Self::JwksUnreachable { keyset_url, problem } => {
                format!(
                    "The platform's keyset at {} cannot be fetched: {}.",
                    printable(keyset_url),
                    printable(problem)
                )
            }
            Self::JwksBad { keyset_url, problem } => format!(
                "The platform's keyset at {} is of no use: {}.",
                printable(keyset_url),
                printable(problem)
            ),
            Self::SignatureInvalid { kid } => format!(
                "The signature of the id_token does not fit the platform's key {}.",
                quoted(kid)
            ),
            _ => String::new(),
        }
    }

    fn time_cause(&self) -> String {
        match self {
            Self::TokenExpired { expires_at: Some(expires_at), now, clock_difference } => format!(
                "The token expired at {}, this server's clock says {}, {} s later. {}",
                time(*expires_at),
                time(*now),
                now.saturating_sub(*expires_at),
                clocks(*clock_difference)
            ),
            Self::TokenExpired { expires_at: None, now, clock_difference } => {
                format!(
                    "The token does not say when it expires (exp is absent or not a number); this \
                     server's clock says {}. {}",
                    time(*now),
                    clocks(*clock_difference)
                )
            }
            Self::IatFuture { ahead_seconds } => {
                format!(
                    "The token was issued {ahead_seconds} s in the future by this server's clock: \
                     the platform's clock seems {ahead_seconds} s ahead."
                )
            }
            Self::TokenTooOld { age_seconds: Some(age) } => {
                format!(
                    "The token was issued {age} s ago, more than an hour: it is an old one, or the \
                     platform's clock is {age} s behind."
                )
            }
            Self::TokenTooOld { age_seconds: None } => {
                "The token does not say when it was issued (iat is absent or not a number)."
                    .to_owned()
            }
            Self::NotYetValid { ahead_seconds: Some(ahead) } => {
                format!(
                    "The token becomes valid in {ahead} s by this server's clock: the platform's \
                     clock seems {ahead} s ahead."
                )
            }
            _ => "The token says when it becomes valid (nbf), but not as a number.".to_owned(),
        }
    }

    fn claim_cause(&self) -> String {
        match self {
            Self::LtiVersionMissing { also_missing } if also_missing.is_empty() => "The id_token \
                has no LTI version."
                .to_owned(),
            Self::LtiVersionMissing { also_missing } => format!(
                "The id_token has no LTI version; \
                also absent: {}.",
                also_missing.join(
                    ", \
                "
                )
            ),
            Self::LtiVersionUnsupported { received } => format!(
                "The id_token is of LTI version \
                {}, and this tool speaks 1.3.0.",
                quoted(received)
            ),
            Self::MessageTypeMissing => "The id_token has no message type.".to_owned(),
            Self::MessageTypeUnsupported { received } => format!(
                "The message type {} is not \
                served at this URL.",
                quoted(received)
            ),
            Self::DeploymentMissing { problem } => format!(
                "The id_token has no usable deployment \
                ID: it {problem}."
            ),
            Self::DeploymentMismatch { token } => format!(
                "The id_token is for the deployment {}, \
                and the login request named another one.",
                quoted(token)
            ),
            Self::DeploymentUnknown { deployment_id } => {
                format!(
                    "The launch comes from the deployment {}, which the registration does not \
                    have.",
                    quoted(deployment_id)
                )
            }
            Self::TargetMissing => "The id_token has no target link URI.".to_owned(),
            Self::TargetMismatch { token } => format!(
                "The id_token leads to {}, and the login \
                request named another target link URI.",
                quoted(token)
            ),
            Self::TargetNotAllowed { token, expected_origin } => {
                format!(
                    "The id_token leads to {}, which is not under {}.",
                    quoted(token),
                    printable(expected_origin)
                )
            }
            Self::SubMissing { problem } => format!(
                "The id_token does not say who the user is: \
                sub {problem}."
            ),
            Self::RolesMissing => "The id_token has no roles claim; an empty list would \
                do."
            .to_owned(),
            Self::RolesNotArray => "The roles claim of the id_token is not a list.".to_owned(),
            Self::ResourceLinkMissing => "The id_token has no resource link, or one without a \
                usable ID."
                .to_owned(),
            Self::DeepLinkingSettingsMissing => {
                "The deep linking request has no settings (deep_linking_settings), so it does not \
                 say what may be selected."
                    .to_owned()
            }
            Self::ClaimTooLong { claim, longest } => format!(
                "The claim {claim} of the id_token \
                has more than {longest} characters."
            ),
            Self::DeepLinkReturnUrlMissing => {
                "The settings of the deep linking request do not say \
                where the selection goes (deep_link_return_url)."
                    .to_owned()
            }
            Self::DeepLinkReturnUrlNotAllowed { url, problem } => {
                format!(
                    "The deep linking request wants the selection at {}, and that address \
                    {problem}.",
                    quoted(url)
                )
            }
            Self::ResourceLinkNotAccepted { accept_types } if accept_types.is_empty() => {
                "The deep linking request does not say what kinds of content it takes \
                 (accept_types)."
                    .to_owned()
            }
            Self::ResourceLinkNotAccepted { accept_types } => format!(
                "The deep linking request takes {} only, and this tool offers links to itself \
                 (ltiResourceLink).",
                quoted(&accept_types.iter().map(|kind| printable(kind)).collect::<Vec<_>>().join(
                    ", \
                    "
                ))
            ),
            Self::ResourceIdMissing => "The launch carries no custom parameter \"id\", so it does \
                not say which resource it is for."
                .to_owned(),
            Self::ResourceUnknown { id } => format!(
                "The custom parameter \"id\" is {}, and no \
                resource has that UUID.",
                quoted(id)
            ),
            Self::ResourceUnpublished { slug } => format!(
                "The resource {} is \
                unpublished.",
                quoted(slug)
            ),
            Self::ResourceNotForRegistration { slug } => format!(
                "The resource {} is for other \
                registrations only.",
                quoted(slug)
            ),
            _ => self.person_cause(),
        }
    }

    fn person_cause(&self) -> String {
        match self {
            Self::EnrolmentFull { slug, maximum } => {
                format!(
                    "The person is not enrolled in {} yet, and {maximum} people are, which is \
                    the maximum.",
                    quoted(slug)
                )
            }
            Self::EnrolmentNotStarted { slug, starts_at } => {
                format!(
                    "The person is not enrolled in {} yet, and enrolment begins at {}.",
                    quoted(slug),
                    time(*starts_at)
                )
            }
            Self::EnrolmentFinished { slug, ended_at } => {
                format!(
                    "The person is not enrolled in {} yet, and enrolment ended at {}.",
                    quoted(slug),
                    time(*ended_at)
                )
            }
            Self::EnrolmentEnded { slug, ended_at } => format!(
                "The person's enrolment in {} ended \
                at {}.",
                quoted(slug),
                time(*ended_at)
            ),
            Self::AccountDisabled { username } => {
                format!("The account {} is disabled.", quoted(username))
            }
            Self::AccountRequired => "The launch is anonymous (no sub), and what it opens is for \
                people with an account only."
                .to_owned(),
            Self::SelectionNotAllowed { roles } => format!(
                "The person wants to select content and does not teach in the course. The roles \
                 are {}.",
                quoted(&roles.iter().map(|role| printable(role)).collect::<Vec<_>>().join(", "))
            ),
            Self::SignInFailed { tries } => format!(
                "The page that asked for the person's account \
                got {tries} wrong passwords."
            ),
            Self::TooManyWaitingLaunches { limit } => {
                format!(
                    "{limit} launches of this registration wait for their people, which is the \
                    limit. Each ends after 30 minutes at most."
                )
            }
            Self::TooManyAccounts { limit } => {
                format!(
                    "The person has no account, and launches and member synchronization have \
                     created {limit} accounts for this registration, which is the limit."
                )
            }
            _ => String::new(),
        }
    }

    /// What to do: the exact command, or the field to change in the learning platform.
    /// `registration` is the slug of the registration, if it is known.
    pub fn fix(&self, registration: Option<&str>) -> String {
        let registration = registration.map_or_else(|| "REG".to_owned(), argument);
        let show = format!("ltictl platform show {registration}");
        match self {
            Self::LoginParameterMissing { .. }
            | Self::ParameterRepeated { .. }
            | Self::ParameterMalformed { .. } => {
                format!(
                    "Check \"Initiate login URL\" in the learning platform against `ltictl \
                    registration tool-details {registration}`: it must be that URL exactly, and \
                    the platform must open it for LTI 1.3."
                )
            }
            Self::RegistrationUnknown { issuer, client_id, slug, .. } => {
                unknown_registration_fix(issuer, client_id.as_deref(), slug.as_deref())
            }
            Self::RegistrationAmbiguous { .. } => {
                "Give each platform the initiate login URL of its own registration: `ltictl \
                 registration tool-details REG` prints it, and `ltictl registration list` names \
                 them all."
                    .to_owned()
            }
            Self::RegistrationIncomplete => {
                format!(
                    "Run `ltictl platform set {registration}` and enter what the learning \
                    platform shows; `ltictl registration show {registration}` says what is \
                    missing."
                )
            }
            Self::RegistrationDisabled => format!(
                "Run `ltictl registration enable {registration}` \
                if it is to work again."
            ),
            Self::StateMissing | Self::StateUnknown => {
                format!(
                    "Open the link again from the course. If it happens every time, check \
                    \"Redirection URI(s)\" and \"Initiate login URL\" in the learning platform \
                    against `ltictl registration tool-details {registration}`: they must not be \
                    swapped."
                )
            }
            Self::StateExpired { .. }
            | Self::StateReused
            | Self::NonceReused
            | Self::NonceMismatch => "Open \
                the link again from the course."
                .to_owned(),
            Self::CookieMissing => {
                "Open the link again in a new window (in Moodle: \"Launch container\" = \"New \
                 window\"), or allow cookies for this tool in the browser."
                    .to_owned()
            }
            Self::PlatformError { error, .. } => platform_error_fix(error, &registration),
            Self::KidNotFound { .. } | Self::JwksBad { .. } | Self::SignatureInvalid { .. } => {
                format!(
                    "Check \"Public keyset URL\" of the learning platform against `{show}`; if it \
                 differs, run `ltictl platform set {registration} --keyset-url URL`."
                )
            }
            Self::JwksUnreachable { keyset_url, .. } => format!(
                "Try {} from this server. If the URL is wrong, run `ltictl platform set \
                 {registration} --keyset-url URL`; if the platform is inside your own network, run \
                 `ltictl platform set {registration} --allow-private-network`.",
                printable(keyset_url)
            ),
            Self::IssMismatch { received: Some(received), .. } => format!(
                "If this is the same platform, run `ltictl platform set {registration} {} \
                 --keep-users`, which carries people's accounts, enrolments and grades over to the \
                 new issuer; if it is another platform with other users, use --leave-users in its \
                 place. \"Platform ID (issuer)\" in the learning platform is the value to go by.",
                option("--issuer", received)
            ),
            Self::AudMismatch { received, .. } if received.len() == 1 => format!(
                "If this is the \"Client ID\" that the learning platform shows, run `ltictl \
                 platform set {registration} {} --keep-users`; people keep their accounts.",
                option("--client-id", &received[0])
            ),
            Self::AzpMismatch { received, .. } => format!(
                "If this is the \"Client ID\" that the learning platform shows, run `ltictl \
                 platform set {registration} {} --keep-users`; people keep their accounts.",
                option("--client-id", received)
            ),
            Self::AlgNotAllowed { alg, allowed } if algorithm::find(alg).is_some() => format!(
                "Let the learning platform sign with {}; if it is meant to sign with {alg}, run \
                 `ltictl platform set {registration} --algorithms {},{alg}`.",
                printable(allowed),
                printable(allowed)
            ),
            Self::TokenExpired { .. }
            | Self::IatFuture { .. }
            | Self::TokenTooOld { .. }
            | Self::NotYetValid { .. } => format!(
                "Set the clocks of this server and of the learning platform by a time server (on \
                 Linux `timedatectl` shows whether that works). Small differences: `ltictl \
                 platform set {registration} --leeway 120s`."
            ),
            _ => self.claim_fix(&registration),
        }
    }

    /// What to do about claims and resources; `registration` is ready for the shell.
    fn claim_fix(&self, registration: &str) -> String {
        match self {
            Self::DeploymentUnknown { deployment_id } => format!(
                "Run `ltictl deployment add {registration} {}` if the launch is wanted; `ltictl \
                 platform set {registration} --deployments accept` accepts every deployment of \
                 this platform.",
                argument(deployment_id)
            ),
            Self::TargetMissing | Self::TargetMismatch { .. } => format!(
                "Set \"Tool URL\" in the learning platform, and the URL of the link itself if it \
                 has one, to the one that `ltictl registration tool-details {registration}` prints."
            ),
            Self::TargetNotAllowed { .. } => format!(
                "Set \"Tool URL\" in the learning platform, and the URL of the link itself if it \
                 has one, to the one that `ltictl registration tool-details {registration}` \
                 prints. If this tool has moved, run `ltictl config set url URL`."
            ),
            Self::SubMissing { .. } => {
                format!(
                    "Let the learning platform send the user's ID, or run `ltictl platform set \
                    {registration} --allow-anonymous` to take launches of nobody in particular."
                )
            }
            Self::MessageTypeUnsupported { received } if received == "LtiDeepLinkingRequest" => {
                format!(
                    "Set \"Content selection URL\" in the learning platform to the \"Deep linking \
                 URL\" that `ltictl registration tool-details {registration}` prints."
                )
            }
            Self::MessageTypeUnsupported { .. } => {
                format!(
                    "Set \"Tool URL\" and \"Content selection URL\" in the learning platform \
                    to those that `ltictl registration tool-details {registration}` prints."
                )
            }
            Self::ResourceIdMissing => "Set \"Custom parameters\" of the link in the learning \
                platform to id=UUID as `ltictl resource launch-details RES` prints it; `ltictl \
                resource list` names the resources."
                .to_owned(),
            Self::ResourceUnknown { .. } => {
                "Set \"Custom parameters\" of the link in the learning \
                platform to id=UUID as `ltictl resource launch-details RES` prints it; `ltictl \
                resource list` shows what there is."
                    .to_owned()
            }
            Self::ResourceUnpublished { slug } => format!(
                "Run `ltictl resource update {} \
                --publish` if it is to be open again.",
                argument(slug)
            ),
            Self::ResourceNotForRegistration { slug } => {
                format!(
                    "Run `ltictl resource update {} --registration {registration}` if this \
                    platform is to use it too; `--registration all` opens it to \
                    all.",
                    argument(slug)
                )
            }
            Self::EnrolmentFull { slug, .. } => {
                format!(
                    "Run `ltictl resource update {} --enrolment-maximum NUMBER` to let more \
                    people in, or `--enrolment-maximum none`.",
                    argument(slug)
                )
            }
            Self::EnrolmentNotStarted { slug, .. } => format!(
                "Wait, or run `ltictl resource \
                update {} --enrolment-start none`.",
                argument(slug)
            ),
            Self::EnrolmentFinished { slug, .. } => format!(
                "Run `ltictl resource update {} \
                --enrolment-end none`, or give a later time.",
                argument(slug)
            ),
            Self::EnrolmentEnded { slug, .. } => {
                format!(
                    "Run `ltictl account enrol USERNAME {}` to let the person in again; \
                    `ltictl account list` names the accounts.",
                    argument(slug)
                )
            }
            Self::AccountDisabled { username } => format!(
                "Run `ltictl account enable {}` if the \
                person is to come in again.",
                argument(username)
            ),
            Self::AccountRequired => "Let the learning platform send the user's ID: its privacy \
                settings for this tool leave it out."
                .to_owned(),
            Self::SelectionNotAllowed { .. } => {
                "If the person teaches there: give them the role of a teacher (Instructor) in the \
                 course on the learning platform."
                    .to_owned()
            }
            Self::SignInFailed { .. } => {
                "Open the link again from the course. If the password is forgotten, run `ltictl \
                 account set-password USERNAME`."
                    .to_owned()
            }
            Self::TooManyWaitingLaunches { limit } => format!(
                "If this many people really launch at the same time, run `ltictl config set \
                 waiting_launch_limit {}`. If not, the platform floods the tool: `ltictl \
                 registration disable {registration}`.",
                limit.saturating_mul(2)
            ),
            Self::TooManyAccounts { limit } => format!(
                "If the platform really has this many people, run `ltictl config set account_limit \
                 {}`. If not, it makes them up: `ltictl registration disable {registration}`, and \
                 `ltictl account list` shows what it created.",
                limit.saturating_mul(2)
            ),
            Self::LtiVersionMissing { .. } | Self::LtiVersionUnsupported { .. } => {
                "Set \"LTI version\" of the tool in the learning platform to LTI 1.3.".to_owned()
            }
            Self::DeepLinkReturnUrlNotAllowed { problem, .. } if *problem == HTTP_NOT_ALLOWED => {
                format!(
                    "Let the learning platform speak https. Where it cannot, on a network that you \
                 trust, run `ltictl platform set {registration} --allow-http`."
                )
            }
            Self::ResourceLinkNotAccepted { .. } => "Select content where the learning platform \
                takes links to tools: an activity, an assignment or a module item, not a place for \
                files, pictures or text only."
                .to_owned(),
            Self::ResourceLinkMissing => "Launch from a link inside a course: this kind of \
                placement names no resource link. If it is one, the learning platform leaves out \
                what LTI 1.3 requires; report it to its vendor."
                .to_owned(),
            _ => format!(
                "The learning platform does not keep to LTI 1.3 here: report the cause to \
                its vendor. `ltictl platform show {registration}` prints what is set up for it."
            ),
        }
    }
}

fn unknown_registration_fix(issuer: &str, client_id: Option<&str>, slug: Option<&str>) -> String {
    let registration = slug.map_or_else(|| "REG".to_owned(), argument);
    let client =
        client_id.map_or_else(String::new, |client| format!(" {}", option("--client-id", client)));
    format!(
        "Compare with `ltictl registration list`. If the platform is registered with other values, \
         such as those before it moved, run `ltictl platform set {registration} {}{client} \
         --keep-users`, which keeps people's accounts, enrolments and grades; if it is new, start \
         with `ltictl registration create NAME`.",
        option("--issuer", issuer)
    )
}

/// What the error codes of real platforms mean (core launch, section 3.1).
fn platform_error_fix(error: &str, registration: &str) -> String {
    match error {
        "login_required" | "interaction_required" => {
            "Sign in to the learning platform and open the link again; if you are signed in, the \
             browser keeps the platform's cookie from a frame: open the link in a new \
             window."
                .to_owned()
        }
        "access_denied" => "Open the link again as the user who is signed in to the learning \
            platform: another tab may have changed users."
            .to_owned(),
        "launch_no_longer_valid" => "Open the link again from the course: the page was reloaded, \
            or the launch took longer than five minutes."
            .to_owned(),
        "unauthorized_client" => format!(
            "Check that the tool is switched on in the learning platform (in Canvas: the developer \
             key is ON), and \"Client ID\" against `ltictl platform show {registration}`; if it \
             differs, run `ltictl platform set {registration} --client-id ID`."
        ),
        _ => format!(
            "Check \"Redirection URI(s)\" and \"Tool URL\" in the learning platform against \
             `ltictl registration tool-details {registration}`, and \"Authentication request URL\" \
             against `ltictl platform show {registration}`."
        ),
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.cause())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests;

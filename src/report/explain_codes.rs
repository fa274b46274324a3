//! `explain`: explains every reason code of the program. Explanations are generated from the values
//! whose codes they explain.

use schemars::JsonSchema;
use serde::Serialize;

use crate::admin::dynamic::FailedAttempt;
use crate::admin::tool_proxy::FailedProxy;
use crate::doctor::Check;
use crate::domain::{AuditProblem, Slug};
use crate::failure::{Failure, Kind};
use crate::lti::dynamic_registration::RegistrationError;
use crate::lti::{self, Actor};
use crate::platform::ServiceError;
use crate::rules::provider_refusal::ProviderRefusal;
use crate::rules::refusal::Refusal;
use crate::rules::registration_fix::registration_fix;
use crate::session::bridge::Refused;
use crate::sync::members::{example_of_held_back, example_of_too_many_accounts};

/// What a code is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Why a login or a launch was refused.
    Launch,
    /// Why a dynamic registration, or one by LTI 2.0, failed.
    Registration,
    /// Why grades or members were not synchronized.
    Synchronization,
    /// A check of `doctor`.
    Doctor,
    /// A problem with the audit log.
    Audit,
    /// How a command failed.
    Command,
    /// An error that `/api/…` returns to apps.
    App,
    /// Why a request to an app behind a reverse proxy is refused.
    Proxy,
    /// Why a sign-in at an identity provider is refused.
    SignIn,
    /// Why an app cannot sign people in by OpenID Connect.
    #[serde(rename = "openid")]
    OpenId,
}

impl Family {
    /// The word in tables and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Launch => "launch",
            Self::Registration => "registration",
            Self::Synchronization => "synchronization",
            Self::Doctor => "doctor",
            Self::Audit => "audit",
            Self::Command => "command",
            Self::App => "app",
            Self::Proxy => "proxy",
            Self::SignIn => "sign_in",
            Self::OpenId => "openid",
        }
    }

    /// A description in a few words.
    pub fn description(self) -> &'static str {
        match self {
            Self::Launch => "why a login or a launch was refused",
            Self::Registration => "why a registration by a platform failed",
            Self::Synchronization => "why grades or members were not synchronized",
            Self::Doctor => "a check of `ltictl doctor`",
            Self::Audit => "a problem with the audit log",
            Self::Command => "how a command failed",
            Self::App => "an error that the endpoints below /api/ return to apps",
            Self::Proxy => "why a request to an app behind a reverse proxy is refused",
            Self::SignIn => "why a sign-in at an identity provider is refused",
            Self::OpenId => "why an app cannot sign people in by OpenID Connect",
        }
    }

    /// Where such a code appears.
    fn seen_in(self) -> &'static str {
        match self {
            Self::Launch => {
                "`ltictl launch list --failed`, `ltictl launch show ID`, `ltictl notice list`, \
                 `ltictl doctor`, the server's log"
            }
            Self::Registration => {
                "the page of the registration URL, `ltictl registration show REG`, `ltictl \
                 doctor`, the server's log"
            }
            Self::Synchronization => {
                "`ltictl sync status`, `ltictl sync grades`, `ltictl sync members`, `ltictl notice \
                 status`, the server's log"
            }
            Self::Doctor => "ltictl doctor",
            Self::Audit => "ltictl audit verify",
            Self::Command => "error.code on standard error with -o json, and the exit code",
            Self::App => "error.code in the responses of the endpoints below /api/",
            Self::SignIn => "the page in the window of the sign-in, and the server's log",
            Self::OpenId => {
                "the app's error message or log, the page of the sign-in, the server's log"
            }
            Self::Proxy => {
                "the header X-Lti-Refusal of the response, and the server's log at the level debug"
            }
        }
    }
}

/// Who has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The learner or the teacher in front of the browser.
    Person,
    /// The administrator of the learning platform.
    LmsAdmin,
    /// The administrator of this tool.
    ToolAdmin,
    /// The developer of the app behind a resource.
    AppDeveloper,
    /// No one: the problem resolves itself.
    Nobody,
}

impl Who {
    /// The actor in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "the person who launched (learner or teacher)",
            Self::LmsAdmin => "the administrator of the learning platform",
            Self::ToolAdmin => "the administrator of this tool",
            Self::AppDeveloper => "the developer of the app behind the resource",
            Self::Nobody => "no one: the problem resolves itself",
        }
    }
}

impl From<Actor> for Who {
    fn from(actor: Actor) -> Self {
        match actor {
            Actor::User => Self::Person,
            Actor::PlatformAdmin => Self::LmsAdmin,
            Actor::ToolAdmin => Self::ToolAdmin,
        }
    }
}

/// An explanation of a code. Values that vary are placeholders in capitals, or examples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Explanation {
    /// The code.
    pub code: String,
    /// What the code is about: `launch`, `registration`, `synchronization`, `doctor`, `audit`,
    /// `command`, `app`, `proxy`, `sign_in` or `openid`.
    pub family: Family,
    /// A summary in a few words.
    pub title: String,
    /// What the code means; values in capitals vary.
    pub meaning: String,
    /// The text of the error page, if a person sees one.
    pub page: Option<String>,
    /// Who has to act: `person`, `lms_admin`, `tool_admin`, `app_developer` or `nobody`.
    pub who: Who,
    /// What to do.
    pub fix: String,
    /// Where the code appears.
    pub seen_in: &'static str,
}

impl Explanation {
    /// An explanation; the first letters of title, meaning and fix are capitalized.
    pub fn new(
        family: Family,
        code: impl Into<String>,
        title: impl AsRef<str>,
        meaning: impl AsRef<str>,
        who: Who,
        fix: impl AsRef<str>,
    ) -> Self {
        let (title, meaning, fix) =
            (capital(title.as_ref()), capital(meaning.as_ref()), fix.as_ref());
        // Commands are not capitalized.
        let fix = if fix.starts_with("ltictl ") { fix.to_owned() } else { capital(fix) };
        Self {
            code: code.into(),
            family,
            title,
            meaning,
            page: None,
            who,
            fix,
            seen_in: family.seen_in(),
        }
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + characters.as_str()
    })
}

/// Every code of commands, launches, registrations, synchronizations and checks; `server` has those
/// of the API for apps.
pub fn all() -> Vec<Explanation> {
    let mut all: Vec<Explanation> = Refusal::one_of_each(str::to_owned)
        .iter()
        .map(|refusal| of_refusal(refusal.title(), refusal))
        .collect();
    all.extend(
        Refusal::known_platform_errors().map(|(title, refusal)| of_refusal(title, &refusal)),
    );
    all.extend(of_registrations());
    all.extend(of_synchronizations());
    all.extend(Check::ALL.iter().map(|check| {
        Explanation::new(
            Family::Doctor,
            check.as_str(),
            check.description(),
            check.importance(),
            check.actor().into(),
            check.usual_fix(),
        )
    }));
    all.extend(of_audit());
    all.extend(of_commands());
    all.extend(Refused::ALL.map(of_refused_request));
    all.extend(ProviderRefusal::one_of_each().iter().map(of_refused_sign_in));
    all
}

fn of_refusal(title: &str, refusal: &Refusal) -> Explanation {
    let page = Some(refusal.sentence().to_owned());
    Explanation {
        page,
        ..Explanation::new(
            Family::Launch,
            refusal.code(),
            title,
            refusal.cause(),
            refusal.actor().into(),
            refusal.fix(None),
        )
    }
}

fn of_refused_request(refused: Refused) -> Explanation {
    let ((title, page), (meaning, fix)) = (refused.page(), refused.explanation());
    let who = if fix.contains("`ltictl ") { Who::ToolAdmin } else { Who::Person };
    Explanation {
        page: Some(page.to_owned()),
        ..Explanation::new(Family::Proxy, refused.code(), title, meaning, who, fix)
    }
}

fn of_refused_sign_in(refusal: &ProviderRefusal) -> Explanation {
    let [title, meaning, fix] = refusal.explanation();
    let who = if fix.contains("`ltictl ") { Who::ToolAdmin } else { Who::Person };
    Explanation {
        page: Some(refusal.sentence().to_owned()),
        ..Explanation::new(Family::SignIn, refusal.code(), title, meaning, who, fix)
    }
}

fn of_registrations() -> Vec<Explanation> {
    let unusable = RegistrationError::one_of_each().into_iter().map(|(title, problem)| {
        (
            title,
            problem.code(),
            problem.to_string(),
            registration_fix(&problem, &Slug::placeholder()),
        )
    });
    let failed = FailedAttempt::one_of_each(&Slug::placeholder())
        .into_iter()
        .map(|(title, failed)| (title, failed.code, failed.problem, failed.fix));
    let proxies = FailedProxy::one_of_each()
        .into_iter()
        .map(|(title, failed)| (title, failed.code, failed.problem, failed.fix));
    unusable
        .chain(failed)
        .chain(proxies)
        .map(|(title, code, problem, fix)| {
            Explanation::new(Family::Registration, code, title, problem, who_by(&fix), fix)
        })
        .collect()
}

/// The tool's administrator if the fix names a command, or else the platform's.
fn who_by(fix: &str) -> Who {
    if fix.contains("ltictl ") { Who::ToolAdmin } else { Who::LmsAdmin }
}

fn of_synchronizations() -> Vec<Explanation> {
    let errors = ServiceError::one_of_each().into_iter().map(|(title, error)| {
        let who = match &error {
            ServiceError::Temporary { .. } | ServiceError::Conflict { .. } => Who::Nobody,
            ServiceError::NotFound { .. } | ServiceError::OutcomeRefused { .. } => Who::Person,
            ServiceError::Token(_)
            | ServiceError::Withheld { .. }
            | ServiceError::Unsigned { .. }
            | ServiceError::OutOfReach(_)
            | ServiceError::BudgetExhausted { .. } => Who::ToolAdmin,
            ServiceError::Refused { .. }
            | ServiceError::NotAllowed { .. }
            | ServiceError::Unreadable { .. } => Who::LmsAdmin,
        };
        Explanation::new(
            Family::Synchronization,
            error.code(),
            title,
            error.to_string(),
            who,
            error.fix(&Slug::placeholder()),
        )
    });
    let held_back = example_of_held_back();
    let held_back = Explanation::new(
        Family::Synchronization,
        held_back.code,
        "Too many members are missing, so none was unenrolled",
        held_back.problem,
        Who::ToolAdmin,
        held_back.fix,
    );
    let over_limit = example_of_too_many_accounts();
    let over_limit = Explanation::new(
        Family::Synchronization,
        over_limit.code,
        "Members got no account because the registration has reached its limit",
        over_limit.problem,
        Who::ToolAdmin,
        over_limit.fix,
    );
    errors.chain([held_back, over_limit]).collect()
}

fn of_audit() -> Vec<Explanation> {
    use AuditProblem::{Altered, CutOff, Missing, Reordered, Replaced};
    let titles = [
        (Altered(7), "An entry was altered"),
        (Missing(7), "An entry is missing"),
        (Reordered(7), "An entry was moved"),
        (Replaced(7), "An entry was replaced"),
        (CutOff, "The end of the log was cut off"),
    ];
    let fix = "compare `ltictl audit list` with its output for a backup (--db)";
    titles
        .into_iter()
        .map(|(problem, title)| {
            Explanation::new(
                Family::Audit,
                problem.code(),
                title,
                problem.to_string(),
                Who::ToolAdmin,
                fix,
            )
        })
        .collect()
}

fn of_commands() -> Vec<Explanation> {
    let mut all: Vec<Explanation> = Vec::new();
    for kind in Kind::ALL {
        match all.last_mut().filter(|last| last.code == kind.code()) {
            // Two kinds share a code, and thus an exit code.
            Some(last) => last.meaning = format!("{} {}", last.meaning, kind.meaning()),
            None => {
                let title =
                    kind.meaning().split([':', ';', '.']).next().unwrap_or_default().to_owned();
                let meaning = format!("Exit code {}. {}", kind.exit_code(), kind.meaning());
                all.push(Explanation::new(
                    Family::Command,
                    kind.code(),
                    title,
                    meaning,
                    Who::ToolAdmin,
                    "Follow the line that begins with hint: (error.hint in JSON).",
                ));
            }
        }
    }
    all
}

/// Finds the explanations of a code among `known`, regardless of case and hyphens. Unknown errors
/// from platforms are explained, too.
///
/// # Errors
///
/// Fails if the code is unknown, and suggests similar ones.
pub fn find(known: Vec<Explanation>, code: &str) -> Result<Vec<Explanation>, Failure> {
    let normalized = code.trim().to_ascii_lowercase().replace('-', "_");
    let mut codes: Vec<String> = known.iter().map(|explanation| explanation.code.clone()).collect();
    codes.sort();
    codes.dedup();
    let matching: Vec<Explanation> = known
        .into_iter()
        .filter(|explanation| explanation.code.to_ascii_lowercase() == normalized)
        .collect();
    if !matching.is_empty() {
        return Ok(matching);
    }
    if let Some(error) = normalized
        .strip_prefix("platform_error")
        .and_then(|rest| if rest.is_empty() { Some("ERROR") } else { rest.strip_prefix(':') })
    {
        let refusal: Refusal =
            lti::Refusal::PlatformError { error: error.to_owned(), description: None }.into();
        return Ok(vec![of_refusal(refusal.title(), &refusal)]);
    }
    Err(Failure::not_found("code", &normalized, &codes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_regardless_of_case_and_hyphens() {
        for (text, expected) in [
            ("kid_not_found", "kid_not_found"),
            ("KID-Not-Found ", "kid_not_found"),
            ("platform_error", "platform_error:ERROR"),
            ("platform_error:login_required", "platform_error:login_required"),
            ("platform_error:server_error", "platform_error:server_error"),
            ("PLATFORM_ERROR:ERROR", "platform_error:ERROR"),
        ] {
            let matching = find(all(), text).unwrap();
            assert_eq!(
                matching.iter().map(|one| one.code.as_str()).collect::<Vec<_>>(),
                [expected],
                "{text}"
            );
        }
        let failure = find(all(), "kid_not_fuond").unwrap_err();
        assert!(
            failure.why.contains("did you mean kid_not_found") && failure.hint == "ltictl explain",
            "{failure:?}"
        );
    }

    #[test]
    fn every_explanation_is_complete() {
        for explanation in all() {
            let Explanation { code, title, meaning, fix, .. } = &explanation;
            for text in [code, title, meaning, fix] {
                assert!(
                    !text.is_empty() && !text.contains('\n') && !text.contains("  "),
                    "{explanation:?}"
                );
            }
            assert!(!title.ends_with('.') && title.chars().count() <= 140, "{code}: {title}");
        }
    }

    #[test]
    fn a_code_is_explained_once_in_its_family() {
        let all = all();
        for (place, one) in all.iter().enumerate() {
            assert!(
                !all[..place]
                    .iter()
                    .any(|other| other.code == one.code && other.family == one.family),
                "{} is listed twice",
                one.code
            );
        }
    }
}

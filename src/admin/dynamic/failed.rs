//! Failed attempts to register, as the page and `registration show` describe them.

use super::Failure;
use crate::domain::{AttemptOutcome, Registration, Slug};
use crate::failure::Kind;
use crate::lti::dynamic_registration::{Configuration, RegistrationError, printable_response};
use crate::platform::FetchError;
use crate::rules::registration_fix::registration_fix;
use crate::rules::tenancy::Violation;

/// A failed attempt: why it failed, and how to fix it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedAttempt {
    /// Slug of the registration.
    pub slug: Slug,
    /// Stable code.
    pub code: &'static str,
    /// Why, in a sentence.
    pub problem: String,
    /// How to fix it.
    pub fix: String,
    /// The origins that may frame the page.
    pub frame_ancestors: Vec<String>,
    /// Whether the problem and the fix are for the tool's admin only, because they reveal which
    /// hosts and ports of this server's network respond.
    pub is_internal: bool,
}

impl FailedAttempt {
    pub(super) fn new(slug: Slug, frame_ancestors: Vec<String>) -> Self {
        Self {
            slug,
            code: "",
            problem: String::new(),
            fix: String::new(),
            frame_ancestors,
            is_internal: false,
        }
    }

    /// An example of each code that is not a [`RegistrationError`], with the code's title, for the
    /// registration with this slug.
    pub fn one_of_each(slug: &Slug) -> Vec<(&'static str, Self)> {
        let failed = Self::new(slug.clone(), Vec::new());
        let mut examples = Vec::new();
        examples.extend(failed.configuration_examples());
        examples.extend(failed.violation_examples());
        examples.extend(failed.registration_examples());
        examples
    }

    /// Examples of a configuration that cannot be fetched.
    fn configuration_examples(&self) -> [(&'static str, Self); 3] {
        let host = || "HOST".to_owned();
        [
            (
                "The platform's OpenID configuration is too long",
                self.configuration(&FetchError::TooBig { host: host(), limit_bytes: 1_000_000 }),
            ),
            (
                "The tool's own rules block access to the platform's OpenID configuration",
                self.configuration(&FetchError::HttpNotAllowed { host: host() }),
            ),
            (
                "The platform's OpenID configuration cannot be fetched",
                self.configuration(&FetchError::Status { host: host(), status: 403 }),
            ),
        ]
    }

    /// Examples of a registration that would not be kept apart from others.
    fn violation_examples(&self) -> [(&'static str, Self); 4] {
        [
            (
                "Another registration has the same issuer and other keys",
                self.violation_example(
                    "issuer_with_other_keys",
                    "registration OTHER has issuer ISSUER with another keyset URL: each could sign \
                     launches for the other's users",
                ),
            ),
            (
                "The platform names a token audience on another host than its token URL",
                self.violation_example(
                    "token_audience_foreign",
                    "the token audience is not on the host of the token URL, so the platform could \
                     use the tool's assertions elsewhere",
                ),
            ),
            (
                "The platform has the issuer of a known product, and its keyset on another host",
                self.violation_example(
                    "keyset_foreign",
                    "the issuer's keysets are on other hosts than this keyset URL",
                ),
            ),
            (
                "The client ID looks like a client ID and a deployment ID together",
                self.violation_example(
                    "client_id_ambiguous",
                    "its users could be taken for those of another registration",
                ),
            ),
        ]
    }

    fn violation_example(&self, code: &'static str, why: &str) -> Self {
        let failure = Failure::new(
            Kind::Conflict,
            "a rule is broken",
            why,
            format!("compare with the LMS, then run `ltictl platform set {}`", self.slug),
        );
        self.not_kept_apart(&Violation {
            code,
            failure: Box::new(failure),
            part: "",
            in_manifest: "".into(),
        })
    }

    /// Examples of a registration request that failed, and of a response that cannot be stored.
    fn registration_examples(&self) -> [(&'static str, Self); 4] {
        let conflict = Failure::new(
            Kind::Conflict,
            "this client ID is already registered",
            "registration OTHER has it",
            "ltictl registration show OTHER",
        );
        let unreachable = FetchError::Unreachable {
            host: "HOST".to_owned(),
            problem: "the network error".to_owned(),
        };
        let invalid = Failure::new(
            Kind::Invalid,
            "invalid FIELD",
            "the rule",
            format!("ltictl platform set {}", self.slug),
        );
        [
            ("The platform is already registered", self.not_stored(&conflict, "CLIENT_ID")),
            ("The platform did not respond to the registration", self.unanswered(&unreachable)),
            ("The platform refused the registration", self.refused(400, b"", None)),
            ("The platform's response breaks a rule", self.not_stored(&invalid, "CLIENT_ID")),
        ]
    }

    fn with(&self, code: &'static str, problem: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { code, problem: problem.into(), fix: fix.into(), ..self.clone() }
    }

    /// The problem and the fix for the page in the platform. The text is the same however a request
    /// failed: otherwise the page could be used to scan this server's network.
    pub fn for_page(&self) -> (&str, &str) {
        match (self.is_internal, self.code) {
            (false, _) => (&self.problem, &self.fix),
            (true, "registration_unanswered") => (
                "The registration was sent to the platform, but this tool could not read its \
                 response.",
                "check whether the platform lists the tool: if so, delete it there; then open the \
                 registration URL again",
            ),
            (true, _) => (
                "This tool cannot read the platform's OpenID configuration.",
                "check that the platform's URL is correct and can be opened from the internet, \
                 with a valid certificate and without signing in; then open the registration URL \
                 again",
            ),
        }
    }

    /// Sets whether the details are for the tool's admin only.
    fn internal(self, is_internal: bool) -> Self {
        Self { is_internal, ..self }
    }

    /// The configuration could not be fetched.
    pub(super) fn configuration(&self, error: &FetchError) -> Self {
        let slug = &self.slug;
        let (code, fix) = match error {
            FetchError::TooBig { .. } => (
                "configuration_too_big",
                "open the URL openid_configuration in a browser: it must \
                    show the platform's JSON, without signing in"
                    .to_owned(),
            ),
            error if error.needs_private_network() => (
                "configuration_not_allowed",
                format!(
                    "if the platform is on your own network: ltictl platform set {slug} \
                     --allow-private-network; for all platforms: ltictl serve \
                     --allow-private-network"
                ),
            ),
            FetchError::HttpNotAllowed { .. } => (
                "configuration_not_allowed",
                format!(
                    "if the platform has no https: ltictl \
                    platform set {slug} --allow-http"
                ),
            ),
            FetchError::NotAllowed { .. } => (
                "configuration_not_allowed",
                "check the URL openid_configuration: platforms cannot have this address".to_owned(),
            ),
            FetchError::Status { .. } | FetchError::Redirected { .. } => (
                "configuration_unreachable",
                "the configuration must be readable without signing in; check the platform's URL \
                 for a missing www or a slash"
                    .to_owned(),
            ),
            _ => (
                "configuration_unreachable",
                "check from this server that the platform's URL can be reached, then open the \
                 registration URL there again"
                    .to_owned(),
            ),
        };
        // Both problems are visible in the URL itself.
        let is_internal =
            !matches!(error, FetchError::HttpNotAllowed { .. } | FetchError::UrlUnusable { .. });
        self.with(
            code,
            format!("the platform's OpenID configuration cannot be fetched: {error}"),
            fix,
        )
        .internal(is_internal)
    }

    /// The platform's configuration or response cannot be used.
    pub(super) fn unusable(&self, problem: &RegistrationError) -> Self {
        // Does not reveal either that something other than a platform responds there.
        let is_internal = matches!(
            problem,
            RegistrationError::ConfigurationNotJson
                | RegistrationError::Missing { .. }
                | RegistrationError::NotLti
        );
        self.with(problem.code(), problem.to_string(), registration_fix(problem, &self.slug))
            .internal(is_internal)
    }

    /// The registration would break a rule that keeps platforms apart.
    pub(super) fn not_kept_apart(&self, violation: &Violation) -> Self {
        let slug = &self.slug;
        let fix = match violation.code {
            // The platform sends all the other values itself.
            "issuer_with_other_keys" => format!(
                "do not trust this registration unless you expect it; to keep its users apart, run \
                 `ltictl platform set {slug} --identity client-id`, then open the registration URL \
                 there again"
            ),
            "token_audience_foreign" => {
                format!(
                    "if the platform's documentation names this audience, run `ltictl platform set \
                     {slug} --token-audience AUDIENCE`, then open the registration URL there again"
                )
            }
            _ => violation.failure.hint.clone(),
        };
        self.with(violation.code, violation.failure.why.clone(), fix)
    }

    /// A registration belongs to one platform, which alone may register again.
    pub(super) fn same_issuer(
        &self,
        registration: &Registration,
        configuration: &Configuration,
    ) -> Result<(), Self> {
        match &registration.platform {
            Some(platform) if platform.issuer.as_str() != configuration.issuer => Err(self.with(
                "registered_elsewhere",
                format!(
                    "registration {} belongs to {} already, and this platform is {}",
                    registration.slug, platform.issuer, configuration.issuer
                ),
                "create a separate registration for this platform: ltictl registration create NAME",
            )),
            _ => Ok(()),
        }
    }

    /// No response was received, so the platform may have registered the tool.
    pub(super) fn unanswered(&self, error: &FetchError) -> Self {
        self.with(
            "registration_unanswered",
            format!("the registration was sent, but no response was received: {error}"),
            "check whether the platform lists the tool: if so, delete it there; then open the \
             registration URL there again",
        )
        .internal(true)
    }

    /// The platform refused the registration.
    pub(super) fn refused(&self, status: u16, body: &[u8], token: Option<&str>) -> Self {
        let reason = printable_response(body, token);
        let fix = if reason.contains("token_already_used") || matches!(status, 401 | 403) {
            "start again in the platform: its registration tokens are single-use and expire soon"
                .to_owned()
        } else if reason.contains("domain") {
            "check the tool's URL with `ltictl config get url`: the platform compares its host and \
             port with the tool's other URLs"
                .to_owned()
        } else if reason.contains("redirect") || reason.contains("uri") {
            "check the tool's URL with `ltictl config get url`: it must be the https URL at which \
             browsers reach this tool"
                .to_owned()
        } else {
            format!(
                "fix the problem in the platform, then open the registration URL there again; or \
                 enter the details with `ltictl platform set {}`",
                self.slug
            )
        };
        let reason = if reason.is_empty() { "it gave no reason".to_owned() } else { reason };
        self.with(
            "registration_refused",
            format!("the platform refused the registration (HTTP status {status}): {reason}"),
            fix,
        )
    }

    /// The platform registered the tool, but the registration cannot be stored.
    pub(super) fn not_stored(&self, failure: &Failure, client_id: &str) -> Self {
        let code =
            if failure.kind == Kind::Conflict { "registered_elsewhere" } else { "answer_invalid" };
        let client_id: String =
            client_id.chars().filter(|character| !character.is_control()).take(100).collect();
        self.with(
            code,
            format!(
                "the platform registered the tool with client ID {client_id}, but {}: {}",
                failure.what, failure.why
            ),
            failure.hint.clone(),
        )
    }

    /// The outcome as it is stored.
    pub(super) fn outcome(&self) -> AttemptOutcome {
        AttemptOutcome::Failed {
            code: self.code.to_owned(),
            problem: self.problem.clone(),
            fix: self.fix.clone(),
        }
    }
}

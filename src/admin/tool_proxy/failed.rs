//! Failed registrations by LTI 2.0, as the page, the platform and the server's log describe them.

use url::Url;

use crate::domain::Slug;
use crate::failure::Failure;
use crate::lti::lti_2p0::{ProfileProblem, ProxyError, RegistrationError, RegistrationProblem};
use crate::platform::FetchError;

/// Why a registration by LTI 2.0 failed, and how to fix it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedProxy {
    /// Stable code.
    pub code: &'static str,
    /// Why, in a sentence; without secrets.
    pub problem: String,
    /// How to fix it.
    pub fix: String,
    /// Whether the problem is for the tool's admin only, because it reveals which hosts and ports of
    /// this server's network respond.
    pub is_internal: bool,
}

/// What the administrator of a platform does to try again.
const AGAIN: &str = "then start the registration in the platform again";

/// How an administrator of a platform whose registration cannot be changed gets another one.
const REGISTER_AGAIN: &str = "run `ltictl consumer registration-url NAME`, register the tool in the \
     platform as a new one, and remove the previous consumer";

/// The code of a tool proxy without a response.
const UNANSWERED: &str = "proxy_unanswered";

impl FailedProxy {
    fn new(code: &'static str, problem: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { code, problem: problem.into(), fix: fix.into(), is_internal: false }
    }

    fn internal(self) -> Self {
        Self { is_internal: true, ..self }
    }

    /// An example of each code, with its title.
    pub fn one_of_each() -> Vec<(&'static str, Self)> {
        let host = || "HOST".to_owned();
        let url = |text: &str| Url::parse(text).ok();
        let mut examples = vec![
            (
                "The message is not a complete request to register by LTI 2.0",
                Self::request(&RegistrationProblem::Missing { parameter: "reg_key" }),
            ),
            ("No resource can be used by LTI 2.0", Self::without_resources()),
            ("Too many platforms have registered the resource", Self::too_many(500)),
            (
                "The platform's profile cannot be fetched",
                Self::profile(&FetchError::Status { host: host(), status: 403 }),
            ),
            (
                "The platform's profile cannot be used",
                Self::unusable(&ProfileProblem::NoProxyService),
            ),
            (
                "The platform does not offer what the tool needs",
                Self::incomplete(&ProxyError::CapabilitiesMissing {
                    capabilities: vec!["User.id".to_owned()],
                }),
            ),
            (
                "The platform did not respond to the tool proxy",
                Self::unanswered(&FetchError::TimedOut {
                    host: host(),
                    within: std::time::Duration::from_secs(30),
                }),
            ),
            (
                "The platform refused the tool proxy",
                Self::refused(
                    &RegistrationError::Refused { status: 400, description: String::new() },
                    "",
                ),
            ),
            (
                "The platform's response to the tool proxy cannot be stored",
                Self::not_stored(&Failure::new(
                    crate::failure::Kind::Conflict,
                    "tool_proxy_guid \"GUID\" cannot be used",
                    "it is, or was, the key of another consumer, whose users it would reach",
                    "ltictl consumer list",
                )),
            ),
        ];
        examples.extend(Self::one_of_each_change());
        if let Some((other, profile)) =
            url("https://other.example").zip(url("https://lms.example/profile"))
        {
            let what = "launch_presentation_return_url";
            examples.push((
                "A URL of the platform is on another host than its profile",
                Self::foreign(what, &other, &profile),
            ));
        }
        examples
    }

    /// An example of each code of changes.
    fn one_of_each_change() -> [(&'static str, Self); 6] {
        let missing = RegistrationProblem::Missing { parameter: "tc_profile_url" };
        [
            (
                "The message is not a complete request to change a registration by LTI 2.0",
                Self::change_request(&missing),
            ),
            (
                "A consumer that has not registered by LTI 2.0 asks to change its registration",
                Self::not_registered(&Slug::placeholder()),
            ),
            (
                "The request to change a registration is signed with a previous secret",
                Self::secret_replaced(),
            ),
            (
                "The profile of a registered platform is on another host than before",
                Self::moved("https://other.example", Some("https://lms.example")),
            ),
            ("The platform changed the key of its registration", Self::key_changed("GUID", "KEY")),
            ("Another change of the registration is under way", Self::under_way()),
        ]
    }

    /// The request is incomplete, or asks for something else.
    pub(super) fn request(problem: &RegistrationProblem) -> Self {
        Self::new(
            "proxy_request_invalid",
            format!("the platform's request is incomplete: {problem}"),
            "enter this URL as the registration URL of a new LTI 2.0 tool in the platform",
        )
    }

    /// The request to change a registration is incomplete.
    pub(super) fn change_request(problem: &RegistrationProblem) -> Self {
        Self::new(
            "proxy_change_invalid",
            format!("the platform's request to change its registration is incomplete: {problem}"),
            REGISTER_AGAIN,
        )
    }

    /// The consumer that asks for a change has not registered by LTI 2.0.
    pub(super) fn not_registered(consumer: &Slug) -> Self {
        Self::new(
            "proxy_not_registered",
            format!(
                "consumer {consumer} has not registered by LTI 2.0, so it has no registration to \
                 change"
            ),
            REGISTER_AGAIN,
        )
    }

    /// The request to change a registration is signed with a secret that a newer one has replaced.
    pub(super) fn secret_replaced() -> Self {
        Self::new(
            "proxy_secret_replaced",
            "the request is signed with a previous secret of the consumer, which a newer one has \
             replaced",
            format!(
                "check that the platform uses the secret of its newest registration, {AGAIN}; if it \
                 has lost that, {REGISTER_AGAIN}"
            ),
        )
    }

    /// The profile of a registered platform has another origin than before.
    pub(super) fn moved(origin: &str, registered: Option<&str>) -> Self {
        let registered = registered.unwrap_or("an unknown origin");
        Self::new(
            "proxy_platform_moved",
            format!(
                "the platform's profile is at {origin}, and the platform registered from {registered}"
            ),
            REGISTER_AGAIN,
        )
    }

    /// The platform has accepted the tool proxy under another key.
    pub(super) fn key_changed(guid: &str, key: &str) -> Self {
        let shown: String = guid.chars().take(100).collect();
        Self::new(
            "proxy_key_changed",
            format!(
                "the platform accepted the tool proxy as {shown:?} instead of {key:?}, which is the \
                 key of its users and links"
            ),
            "register the tool in the platform as a new one: ltictl consumer registration-url NAME",
        )
    }

    /// Another change of the same consumer is being sent.
    pub(super) fn under_way() -> Self {
        Self::new(
            "proxy_under_way",
            "another change of this registration waits for the platform's response",
            format!("wait a minute, {AGAIN}"),
        )
    }

    pub(super) fn without_resources() -> Self {
        Self::new(
            "proxy_without_resources",
            "no published resource may be used by this consumer",
            format!(
                "publish one with `ltictl resource update RES --publish`, {AGAIN}; or create another \
                 URL with `ltictl consumer registration-url NAME --resource RES`"
            ),
        )
    }

    /// The URL of a resource has been used by as many platforms as it may.
    pub(super) fn too_many(maximum: u32) -> Self {
        Self::new(
            "proxy_too_many",
            format!("{maximum} platforms have registered this resource by LTI 2.0"),
            "for another platform, run `ltictl consumer registration-url NAME --resource RES`; \
             `ltictl consumer list` shows those that can be removed",
        )
    }

    /// A URL has another origin than the profile.
    pub(super) fn foreign(what: &str, url: &Url, profile_url: &Url) -> Self {
        let origin = |url: &Url| url.origin().ascii_serialization();
        Self::new(
            "proxy_url_foreign",
            format!(
                "{what} is at {}, and the platform's profile is at {}",
                origin(url),
                origin(profile_url)
            ),
            format!(
                "check that the platform is opened at the URL that it is configured with, {AGAIN}"
            ),
        )
    }

    /// The profile could not be fetched.
    pub(super) fn profile(error: &FetchError) -> Self {
        let fix = if error.needs_private_network() {
            "if the platform is on your own network: ltictl serve --allow-private-network"
                .to_owned()
        } else {
            format!(
                "check that the URL tc_profile_url can be opened from the internet, with a valid \
                 certificate and without signing in, {AGAIN}"
            )
        };
        let problem = format!("the platform's profile cannot be fetched: {error}");
        let failed = Self::new("proxy_profile_unreachable", problem, fix);
        // Both problems are visible in the URL itself.
        match error {
            FetchError::HttpNotAllowed { .. } | FetchError::UrlUnusable { .. } => failed,
            _ => failed.internal(),
        }
    }

    /// The profile cannot be used.
    pub(super) fn unusable(problem: &ProfileProblem) -> Self {
        let failed = Self::new(
            "proxy_profile_unusable",
            problem.to_string(),
            format!(
                "check that the URL tc_profile_url returns the profile of an LTI 2.0 platform, {AGAIN}"
            ),
        );
        // Does not reveal either that something other than a platform responds there.
        failed.internal()
    }

    /// The platform does not offer what the tool needs.
    pub(super) fn incomplete(error: &ProxyError) -> Self {
        match error {
            ProxyError::Profile(problem) => Self::unusable(problem),
            ProxyError::CapabilitiesMissing { .. } => Self::new(
                "proxy_capability_missing",
                error.to_string(),
                format!(
                    "allow these capabilities for the tool in the platform (in Moodle, on the page \
                     \"External tool registrations\"), {AGAIN}"
                ),
            ),
        }
    }

    /// No response was received, so the platform may have registered the tool.
    pub(super) fn unanswered(error: &FetchError) -> Self {
        Self::new(
            UNANSWERED,
            format!("the tool proxy was sent, but no response was received: {error}"),
            format!("if the platform lists the tool, delete it there, {AGAIN}"),
        )
        .internal()
    }

    /// The platform refused the tool proxy, or its response cannot be used. It may repeat the password.
    pub(super) fn refused(error: &RegistrationError, password: &str) -> Self {
        let problem = error.to_string();
        Self::new(
            "proxy_refused",
            if password.is_empty() { problem } else { problem.replace(password, "…") },
            format!("fix the problem in the platform, {AGAIN}"),
        )
    }

    /// The platform accepted the tool proxy, but the consumer cannot be stored.
    pub(super) fn not_stored(failure: &Failure) -> Self {
        Self::new(
            "proxy_not_stored",
            format!("the platform registered the tool, but {}: {}", failure.what, failure.why),
            format!("delete the tool in the platform; then run: {}", failure.hint),
        )
    }

    /// The problem for the page and for the platform. It is the same however a request failed:
    /// otherwise the page could be used to scan this server's network.
    pub fn for_page(&self) -> String {
        match (self.is_internal, self.code) {
            (false, _) => self.problem.clone(),
            (true, UNANSWERED) => {
                "The tool proxy was sent, but this tool could not read the platform's response."
                    .to_owned()
            }
            (true, _) => "This tool cannot read the platform's profile.".to_owned(),
        }
    }

    /// Whether the platform may have accepted the tool proxy all the same.
    pub(super) fn is_unanswered(&self) -> bool {
        self.code == UNANSWERED
    }

    /// Writes the problem to the server's log.
    pub(super) fn log(&self) {
        tracing::warn!(code = self.code, problem = %self.problem, "a registration by LTI 2.0 failed");
    }

    pub(super) fn logged(self) -> Self {
        self.log();
        self
    }
}

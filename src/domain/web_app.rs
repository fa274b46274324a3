//! How the web app behind a resource learns who a person is.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;

use super::Invalid;
use super::words::{name_list, words};

/// How people and their data reach the web app behind a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WebApp {
    /// How the app learns who a person is.
    pub handover: Handover,
    /// The roles that may use the app behind a proxy.
    pub allow_role: AllowedRoles,
    /// The part of the app's host that is the resource's, as a path; null for all of it.
    pub paths: Option<PathPrefix>,
    /// Whether people without an account may use the app behind a proxy.
    pub guests: Guests,
    /// Whether the app behind a proxy gets a signed token with each request.
    pub token_header: bool,
    /// The headers that stay empty for the app behind a proxy.
    pub omit_headers: OmittedHeaders,
    /// Whether other sites may send requests that change something to the app behind a proxy.
    pub cross_site: CrossSite,
}

impl Default for WebApp {
    fn default() -> Self {
        Self {
            handover: Handover::Token,
            allow_role: AllowedRoles::default(),
            paths: None,
            guests: Guests::Refuse,
            token_header: false,
            omit_headers: OmittedHeaders::default(),
            cross_site: CrossSite::Refuse,
        }
    }
}

impl WebApp {
    /// The path below which the resource is; `/` for all of its host.
    pub fn prefix(&self) -> &str {
        self.paths.as_ref().map_or("/", PathPrefix::as_str)
    }
}

/// Where the web app of a resource is at its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppPlace {
    /// Key of the resource.
    pub resource_id: i64,
    /// The path below which it is; `None` for all paths.
    pub paths: Option<PathPrefix>,
}

words! {
    /// How an app learns who a person is.
    Handover, "handover", {
        /// The browser posts a signed launch token to it.
        Token = "token",
        /// A reverse proxy asks the tool before each request, and adds headers to it.
        Headers = "headers",
        /// The app signs people in by OpenID Connect; the launch is the sign-in.
        Openid = "openid",
    }
}

words! {
    /// Whether people without an account may use the app behind a proxy.
    Guests, "guests", {
        /// They are refused.
        Refuse = "refuse",
        /// They may use it, without a name.
        Allow = "allow",
    }
}

words! {
    /// Whether pages of other sites may send requests that change something, or open a WebSocket, in
    /// the name of a person who uses the app.
    CrossSite, "cross_site", {
        /// They are refused, since the cookie of the tool comes along with them.
        Refuse = "refuse",
        /// The app protects itself.
        Allow = "allow",
    }
}

words! {
    /// A header that says who a person is, for an app behind a proxy.
    IdentityHeader, "omit_headers", {
        /// Username of the account.
        RemoteUser = "Remote-User",
        /// Full name.
        RemoteName = "Remote-Name",
        /// Email, if the registration is trusted for it.
        RemoteEmail = "Remote-Email",
        /// Role, and course with role.
        RemoteGroups = "Remote-Groups",
        /// Username of the account.
        AuthUser = "X-Auth-Request-User",
        /// Username of the account.
        AuthUsername = "X-Auth-Request-Preferred-Username",
        /// Email, if the registration is trusted for it.
        AuthEmail = "X-Auth-Request-Email",
        /// Role, and course with role.
        AuthGroups = "X-Auth-Request-Groups",
        /// UUID of the account.
        Account = "X-Lti-Account",
        /// Email that the platform sent.
        Email = "X-Lti-Email",
        /// Whether the registration is trusted for email.
        EmailVerified = "X-Lti-Email-Verified",
        /// Role of the launch: learner, staff or admin.
        Role = "X-Lti-Role",
        /// Role in the app.
        ToolRole = "X-Lti-Tool-Role",
        /// Roles as the platform sent them.
        Roles = "X-Lti-Roles",
        /// Slug of the resource.
        Resource = "X-Lti-Resource",
        /// Slug of the registration.
        Registration = "X-Lti-Registration",
        /// Deployment ID.
        Deployment = "X-Lti-Deployment",
        /// ID of the course.
        Context = "X-Lti-Context",
        /// Title of the course.
        ContextTitle = "X-Lti-Context-Title",
        /// ID of the launch.
        LaunchId = "X-Lti-Launch-Id",
        /// Language (BCP 47).
        Locale = "X-Lti-Locale",
        /// When the session ends, in seconds since 1970.
        Expires = "X-Lti-Expires",
    }
}

/// Headers that an app behind a proxy does not get, in the order of [`IdentityHeader::ALL`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OmittedHeaders(Vec<IdentityHeader>);

impl OmittedHeaders {
    /// Their names.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|header| header.as_str()).collect()
    }

    /// Whether a header is among them.
    pub fn has(&self, header: IdentityHeader) -> bool {
        self.0.contains(&header)
    }

    /// Whether the app gets all headers.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for OmittedHeaders {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let mut named: Vec<&str> = text.split(',').map(str::trim).collect();
        named.retain(|name| !name.is_empty());
        if named == ["none"] {
            return Ok(Self::default());
        }
        let is_named =
            |header: &IdentityHeader, name: &str| name.eq_ignore_ascii_case(header.as_str());
        if !named.iter().all(|name| IdentityHeader::ALL.iter().any(|header| is_named(header, name)))
        {
            return Err(Invalid::new(
                "omit_headers",
                format!("must be none or some of {}", IdentityHeader::WORDS.join(", ")),
            ));
        }
        let is_omitted = |header: &IdentityHeader| named.iter().any(|name| is_named(header, name));
        Ok(Self(IdentityHeader::ALL.iter().copied().filter(is_omitted).collect()))
    }
}

name_list!(OmittedHeaders);

/// The roles of a launch, from the highest to the lowest.
const ROLES: [&str; 3] = ["admin", "staff", "learner"];

/// Roles of a launch that may use an app: at least one. Administrators may do what staff may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedRoles(Vec<&'static str>);

impl AllowedRoles {
    const RULE: &str = "must be one or more of admin, staff and learner, separated by commas";

    /// The roles that may be among them.
    pub const WORDS: &[&str] = &ROLES;

    /// Their names.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.clone()
    }

    /// Whether a person with this role may use the app.
    pub fn has(&self, role: &str) -> bool {
        self.0.iter().any(|allowed| *allowed == role || (*allowed == "staff" && role == "admin"))
    }
}

impl Default for AllowedRoles {
    fn default() -> Self {
        Self(ROLES.to_vec())
    }
}

impl FromStr for AllowedRoles {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let named: Vec<&str> =
            text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if named.is_empty() || !named.iter().all(|name| ROLES.contains(name)) {
            return Err(Invalid::new("allowed roles", Self::RULE));
        }
        Ok(Self(ROLES.into_iter().filter(|role| named.contains(role)).collect()))
    }
}

name_list!(AllowedRoles);

/// A path that begins and ends with a slash, such as `/wiki/`. It contains nothing that programs
/// read in different ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct PathPrefix(String);

impl PathPrefix {
    /// Checks a path.
    ///
    /// # Errors
    ///
    /// Not a path of letters, digits, `-`, `.`, `_` and `~` between slashes, or too long.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let parts = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
        let is_part = |part: &str| {
            !matches!(part, "" | "." | "..")
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
        };
        if text.len() > 200 || !parts.is_some_and(|parts| parts.split('/').all(is_part)) {
            return Err(Invalid::new(
                "paths",
                "must be a path such as /wiki/, of letters, digits and - . _ ~ between slashes, or \
                 none",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PathPrefix {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowed_roles_are_those_of_launches() {
        for (text, expected, has) in [
            ("staff,learner", Some("staff,learner"), [true, true, true]),
            (" learner, staff ,", Some("staff,learner"), [true, true, true]),
            ("staff", Some("staff"), [true, true, false]),
            ("admin", Some("admin"), [true, false, false]),
            ("learner", Some("learner"), [false, false, true]),
            ("learner,admin", Some("admin,learner"), [true, false, true]),
            ("", None, [false; 3]),
            ("teacher", None, [false; 3]),
            ("Staff", None, [false; 3]),
        ] {
            let parsed = text.parse::<AllowedRoles>().ok();
            assert_eq!(parsed.as_ref().map(ToString::to_string).as_deref(), expected, "{text:?}");
            let may = ROLES.map(|role| parsed.as_ref().is_some_and(|roles| roles.has(role)));
            assert_eq!(may, has, "{text:?}");
        }
        assert_eq!(AllowedRoles::default().to_string(), "admin,staff,learner");
        assert!(!AllowedRoles::default().has("") && !AllowedRoles::default().has("guest"));
    }

    #[test]
    fn omitted_headers_are_known_ones() {
        for (text, expected) in [
            ("", Some("")),
            ("none", Some("")),
            ("remote-email, Remote-User,remote-user", Some("Remote-User,Remote-Email")),
            ("X-Lti-Roles", Some("X-Lti-Roles")),
            ("X-Lti-Token", None),
            ("X-Lti-Frame-Ancestors", None),
            ("none,Remote-User", None),
            ("Cookie", None),
        ] {
            let parsed = text.parse::<OmittedHeaders>().ok();
            assert_eq!(parsed.map(|headers| headers.to_string()).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_prefix_is_a_plain_path() {
        for (text, accepted) in [
            ("/wiki/", true),
            ("/a/b-c/d.e/~f_/", true),
            ("/", false),
            ("", false),
            ("wiki/", false),
            ("/wiki", false),
            ("//", false),
            ("/a//b/", false),
            ("/a/../b/", false),
            ("/./", false),
            ("/a%2f/", false),
            ("/a b/", false),
            ("/a;b/", false),
            ("/a\"/", false),
            ("/é/", false),
        ] {
            assert_eq!(PathPrefix::new(text).is_ok(), accepted, "{text:?}");
        }
        assert!(PathPrefix::new(&format!("/{}/", "a".repeat(199))).is_err());
    }
}

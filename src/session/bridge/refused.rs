//! Why a request to an app behind a proxy is refused.

use crate::session::SessionEnded;

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The proxy does not say what was requested.
    NoOriginalUrl,
    /// No resource has its app at this origin.
    UnknownApp,
    /// The browser has not come by a launch, at least not for this path.
    NoVisit,
    /// The cookie names no open session.
    VisitOver,
    /// Something that the session depends on was disabled since.
    Closed(SessionEnded),
    /// The path can be read in different ways.
    AmbiguousPath,
    /// The person has no account.
    Guest,
    /// The person's role may not use the app.
    Role,
    /// A page of another site sends the request.
    CrossSiteRequest,
    /// The request asks for a protocol other than WebSocket.
    Upgrade,
}

impl Refused {
    /// Every reason.
    pub const ALL: [Self; 13] = [
        Self::NoOriginalUrl,
        Self::UnknownApp,
        Self::NoVisit,
        Self::VisitOver,
        Self::Closed(SessionEnded::Unpublished),
        Self::Closed(SessionEnded::NotForRegistration),
        Self::Closed(SessionEnded::RegistrationDisabled),
        Self::Closed(SessionEnded::AccountDisabled),
        Self::AmbiguousPath,
        Self::Guest,
        Self::Role,
        Self::CrossSiteRequest,
        Self::Upgrade,
    ];

    /// The reason code, in the header `X-Lti-Refusal`.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoOriginalUrl => "no_original_url",
            Self::UnknownApp => "unknown_app",
            Self::NoVisit => "no_visit",
            Self::VisitOver | Self::Closed(SessionEnded::Unknown) => "visit_over",
            Self::Closed(SessionEnded::Unpublished) => "resource_unpublished",
            Self::Closed(SessionEnded::NotForRegistration) => "resource_not_for_registration",
            Self::Closed(SessionEnded::RegistrationDisabled) => "registration_disabled",
            Self::Closed(SessionEnded::AccountDisabled) => "account_disabled",
            Self::AmbiguousPath => "ambiguous_path",
            Self::Guest => "guest",
            Self::Role => "role",
            Self::CrossSiteRequest => "cross_site_request",
            Self::Upgrade => "upgrade_unsupported",
        }
    }

    /// The reason with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refused| refused.code() == code)
    }

    /// The HTTP status: 400 if the proxy is not configured correctly, 401 if a launch helps.
    pub fn status(self) -> u16 {
        match self {
            Self::NoOriginalUrl => 400,
            Self::NoVisit | Self::VisitOver | Self::Closed(SessionEnded::Unknown) => 401,
            _ => 403,
        }
    }

    /// The title of its page, and a sentence that helps the person.
    pub fn page(self) -> (&'static str, &'static str) {
        match self {
            Self::NoOriginalUrl | Self::UnknownApp => (
                "This page is not set up correctly",
                "The tool that protects this page does not know it. Ask the administrator of this \
                 page.",
            ),
            Self::NoVisit => (
                "Open this page from your course",
                "This page is part of a course. Go to the course in your learning platform and open \
                 the link there. If you have just done so, your browser does not accept cookies of \
                 this page: allow them, or open the link in a new window.",
            ),
            Self::VisitOver | Self::Closed(SessionEnded::Unknown) => (
                "Your session has ended",
                "Open the link in your course again. What you had not saved here is lost.",
            ),
            Self::Closed(SessionEnded::Unpublished | SessionEnded::NotForRegistration) => (
                "This page is not available",
                "It was closed after you opened it. Ask your teacher whether it will be available \
                 again.",
            ),
            Self::Closed(SessionEnded::RegistrationDisabled) => (
                "This connection is disabled",
                "The connection between this page and your learning platform was disabled. Ask the \
                 administrator of this page.",
            ),
            Self::Closed(SessionEnded::AccountDisabled) => (
                "Your account is disabled",
                "Your account for this page was disabled. Ask the administrator of this page.",
            ),
            Self::AmbiguousPath => (
                "This address cannot be opened",
                "The address has characters that are not accepted here. Go back and use another \
                 link.",
            ),
            Self::Guest => (
                "Your learning platform does not say who you are",
                "This page is only for people whom the learning platform names. Ask your teacher.",
            ),
            Self::Role => (
                "This page is not for your role",
                "Your role in the course does not allow you to open this page. Ask your teacher.",
            ),
            Self::CrossSiteRequest => {
                ("The request came from another site", "Go back to this page and try again there.")
            }
            Self::Upgrade => (
                "This connection is not supported",
                "The program that you use asks for a protocol that is not supported here. Use a \
                 browser.",
            ),
        }
    }

    /// What it means and what to do, for the administrator.
    pub fn explanation(self) -> (&'static str, &'static str) {
        match self {
            Self::NoOriginalUrl => (
                "The proxy asked about a request without saying which: its header (nginx: \
                 X-Original-URL, Caddy and Traefik: X-Forwarded-Host) is missing or no URL. The \
                 response has the status 400.",
                "Use the configuration that `ltictl generate nginx RES`, `ltictl generate caddy RES` or \
                 `ltictl generate traefik RES` prints.",
            ),
            Self::UnknownApp => (
                "No resource with the handover headers has a target at the address that was \
                 requested.",
                "Compare the address in the browser, with scheme and port, with the targets that \
                 `ltictl resource list` shows.",
            ),
            Self::NoVisit => (
                "The browser sent no cookie of the app, or only those of other resources at the same \
                 address: the person did not come by a launch, or the browser stores no cookies.",
                "Open the link in the course; in a new window if it was in a frame.",
            ),
            Self::VisitOver => (
                "The session of the launch has ended: its time is over, or the person signed out.",
                "Open the link in the course again. `ltictl config set session_lifetime 24h` makes \
                 sessions longer.",
            ),
            Self::Closed(ended) => explanation_of_closed(ended),
            Self::AmbiguousPath => (
                "Resources have paths of their own at this address, and the path that was requested \
                 can be read in different ways: it has an escaped slash, dot or percent sign, an \
                 empty name, .. or a semicolon.",
                "Let the app use other links, or give the resource a host of its own and run `ltictl \
                 resource update RES --paths none`.",
            ),
            Self::Guest => (
                "The launch was anonymous, and the resource does not let anonymous people in.",
                "To let them in, run `ltictl resource update RES --guests allow`.",
            ),
            Self::Role => (
                "The person's role is not among those that may use the resource.",
                "To let it in, run `ltictl resource update RES --allow-role staff,learner`.",
            ),
            Self::CrossSiteRequest => (
                "A page of another site sent a form, another change or a WebSocket to the app, with \
                 the person's cookie. The app never got it.",
                "If a site of your own sends it, let its server talk to the app directly.",
            ),
            Self::Upgrade => (
                "The request asked the app to change to another protocol than WebSocket, such as \
                 HTTP/2 without TLS. Requests within it would reach the app without being checked.",
                "Let the program use HTTP/1.1, or HTTP/2 with TLS.",
            ),
        }
    }
}

fn explanation_of_closed(ended: SessionEnded) -> (&'static str, &'static str) {
    match ended {
        SessionEnded::Unknown => Refused::VisitOver.explanation(),
        SessionEnded::Unpublished => (
            "The resource was unpublished after the launch.",
            "To open it again, run `ltictl resource update RES --publish`.",
        ),
        SessionEnded::NotForRegistration => (
            "The resource was closed to the registration after the launch.",
            "To open it to all registrations, run `ltictl resource update RES --registration all`.",
        ),
        SessionEnded::RegistrationDisabled => (
            "The registration was disabled after the launch.",
            "To accept its launches again, run `ltictl registration enable REG`.",
        ),
        SessionEnded::AccountDisabled => (
            "The person's account was disabled after the launch.",
            "To accept the person's launches again, run `ltictl account enable USERNAME`.",
        ),
    }
}

impl From<SessionEnded> for Refused {
    fn from(ended: SessionEnded) -> Self {
        match ended {
            SessionEnded::Unknown => Self::VisitOver,
            ended => Self::Closed(ended),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_code_and_a_status_of_its_own_kind() {
        for refused in Refused::ALL {
            assert_eq!(Refused::from_code(refused.code()), Some(refused));
            assert!(matches!(refused.status(), 400 | 401 | 403));
        }
        assert_eq!(Refused::from(SessionEnded::Unknown).code(), "visit_over");
        assert_eq!(Refused::from_code("<script>"), None);
    }
}

//! The service that a request is for.

use axum::http::Method;

use super::super::school::Course;
use super::super::words::words;

words! {
    /// A kind of service call, in faults and in the log.
    Endpoint, "endpoint" {
        Token "token" "Access token: POST to the access token URL",
        LineItems "line-items" "Line items: GET of the container",
        NewLineItem "new-line-item" "New line item: POST to the container",
        LineItem "line-item" "One line item: GET, PUT or DELETE",
        Scores "scores" "Score: POST",
        Results "results" "Results: GET",
        Memberships "memberships" "Members: GET",
        NoticeHandlers "notice-handlers" "Handlers of notices: GET or PUT",
        Outcomes "lti-1p1-outcomes" "Grades of LTI 1.1: POST to the outcome service",
        Lti1p1Memberships "lti-1p1-memberships" "Members of LTI 1.1: GET",
        Lti1p1Members "lti-1p1-members" "Members by the extension of LTI 1.0: POST",
    }
}

const LINE_ITEM: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem";
const LINE_ITEM_READ_ONLY: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly";
const RESULT_READ_ONLY: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly";
const SCORE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";
const MEMBERSHIP_READ_ONLY: &str =
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";

const NOTICE_HANDLERS: &str = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers";

impl Endpoint {
    /// An access token needs one of these scopes (Assignment and Grade Services 2.0, 3.1; Names and
    /// Role Provisioning Services 2.0, 3.6).
    pub(super) fn scopes(self, method: &Method) -> &'static [&'static str] {
        match self {
            Self::Token | Self::Outcomes | Self::Lti1p1Memberships | Self::Lti1p1Members => &[],
            Self::LineItem if method != Method::GET => &[LINE_ITEM],
            Self::LineItems | Self::LineItem => &[LINE_ITEM, LINE_ITEM_READ_ONLY],
            Self::NewLineItem => &[LINE_ITEM],
            Self::Scores => &[SCORE],
            Self::Results => &[RESULT_READ_ONLY],
            Self::Memberships => &[MEMBERSHIP_READ_ONLY],
            Self::NoticeHandlers => &[NOTICE_HANDLERS],
        }
    }
}

impl Endpoint {
    /// Whether requests are signed with the secret of LTI 1.1 instead of having an access token.
    pub(super) fn is_signed(self) -> bool {
        matches!(self, Self::Outcomes | Self::Lti1p1Memberships | Self::Lti1p1Members)
    }
}

/// The target of a path below `/services/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) endpoint: Endpoint,
    /// The course's number; the course may not exist.
    pub(super) course: u32,
    /// The line item's number; 0 if the path has none.
    pub(super) item: u32,
}

impl Target {
    /// The course, if it exists and has services.
    pub(super) fn course(self) -> Option<Course> {
        Course::ALL
            .iter()
            .copied()
            .find(|course| course.id() == self.course && course.context().is_some())
    }
}

/// Finds the target of a request; `None` for a path or a method that is not supported.
pub(super) fn route(method: &Method, path: &str) -> Option<Target> {
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    if let ["services", "1p1", course, service] = segments.as_slice() {
        let endpoint = match (method.as_str(), *service) {
            ("POST", "outcomes") => Endpoint::Outcomes,
            ("GET", "memberships") => Endpoint::Lti1p1Memberships,
            ("POST", "members") => Endpoint::Lti1p1Members,
            _ => return None,
        };
        return Some(Target { endpoint, course: course.parse().ok()?, item: 0 });
    }
    if let ["services", "notices", _] = segments.as_slice() {
        let is_known = matches!(*method, Method::GET | Method::PUT);
        let target = Target { endpoint: Endpoint::NoticeHandlers, course: 0, item: 0 };
        return is_known.then_some(target);
    }
    let (course, item, rest) = match segments.as_slice() {
        ["services", course, "lineitems", item, "lineitem", rest @ ..] => {
            (course, item.parse().ok()?, if rest.is_empty() { &["lineitem"] } else { rest })
        }
        ["services", course, rest @ ..] => (course, 0, rest),
        _ => return None,
    };
    let endpoint = match (method.as_str(), rest) {
        ("GET", ["lineitems"]) => Endpoint::LineItems,
        ("POST", ["lineitems"]) => Endpoint::NewLineItem,
        ("GET" | "PUT" | "DELETE", ["lineitem"]) => Endpoint::LineItem,
        ("POST", ["scores"]) => Endpoint::Scores,
        ("GET", ["results"]) => Endpoint::Results,
        ("GET", ["memberships"]) => Endpoint::Memberships,
        _ => return None,
    };
    let within = matches!(endpoint, Endpoint::LineItem | Endpoint::Scores | Endpoint::Results);
    (within == (item != 0)).then_some(Target { endpoint, course: course.parse().ok()?, item })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_their_endpoints() {
        for (method, path, expected) in [
            ("GET", "/services/2/lineitems", Some((Endpoint::LineItems, 2, 0))),
            ("POST", "/services/2/lineitems", Some((Endpoint::NewLineItem, 2, 0))),
            ("PUT", "/services/2/lineitems/21/lineitem", Some((Endpoint::LineItem, 2, 21))),
            ("POST", "/services/9/lineitems/21/lineitem/scores", Some((Endpoint::Scores, 9, 21))),
            ("GET", "/services/2/lineitems/21/lineitem/results", Some((Endpoint::Results, 2, 21))),
            ("GET", "/services/2/memberships", Some((Endpoint::Memberships, 2, 0))),
            ("POST", "/services/1p1/2/outcomes", Some((Endpoint::Outcomes, 2, 0))),
            ("GET", "/services/1p1/2/memberships", Some((Endpoint::Lti1p1Memberships, 2, 0))),
            ("POST", "/services/1p1/2/members", Some((Endpoint::Lti1p1Members, 2, 0))),
            ("PUT", "/services/notices/1", Some((Endpoint::NoticeHandlers, 0, 0))),
            ("DELETE", "/services/notices/1", None),
            ("GET", "/services/1p1/2/outcomes", None),
            // The results of joining strings instead of paths.
            ("POST", "/services/2/lineitems/21/lineitem", None),
            ("POST", "/services/2/lineitems/21/lineitem//scores", None),
            ("POST", "/services/2/lineitems/scores", None),
            ("POST", "/services/2/scores", None),
            ("GET", "/services/2/lineitems/21", None),
            ("GET", "/services/x/lineitems", None),
            ("POST", "/services/2/memberships", None),
        ] {
            let found = route(&method.parse().unwrap(), path)
                .map(|target| (target.endpoint, target.course, target.item));
            assert_eq!(found, expected, "{method} {path}");
        }
    }
}

//! From which courses and links a launch's course and link were copied (LTI 1.3, appendix B).
//!
//! Platforms send it as custom parameters, if the tool asks for their variables, and Brightspace in
//! a claim of its own. What they send differs: most send the newest first, Sakai the oldest first;
//! Canvas ends a long list with a word; and many leave a variable as it is if there is nothing to
//! send. So the order is not relied on: callers look up all IDs.

use std::collections::{BTreeMap, HashSet};

use super::claims::Claims;
use super::lti_1p1::message::MAX_ID_CHARACTERS;
use crate::web::form::percent_decode;

/// The custom parameter with the IDs of the courses from which the launch's course was copied.
pub const CONTEXT_HISTORY: &str = "context_history";
/// The custom parameter with the IDs of the links from which the launched link was copied.
pub const LINK_HISTORY: &str = "link_history";
/// The variable whose value [`CONTEXT_HISTORY`] is.
pub const CONTEXT_VARIABLE: &str = "$Context.id.history";
/// The variable whose value [`LINK_HISTORY`] is.
pub const LINK_VARIABLE: &str = "$ResourceLink.id.history";

/// The claim in which Brightspace sends both, named like the variables, without being asked.
pub const BRIGHTSPACE_CLAIM: &str = "http://www.brightspace.com";

/// Maximum number of IDs that are read; Canvas sends at most as many.
pub const MAX_IDS: usize = 1000;

/// How Canvas ends a list that is longer.
const TRUNCATED: &str = "truncated";

/// The IDs of courses and links from which those of a launch were copied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CourseHistory {
    /// Of courses.
    pub contexts: Vec<String>,
    /// Of links.
    pub links: Vec<String>,
}

impl CourseHistory {
    /// Reads the history of a launch by LTI 1.3.
    pub fn of_claims(claims: &Claims) -> Self {
        let (context, link) = (claims.context(), claims.resource_link());
        let own = Self::of_custom(
            claims.custom(),
            context.as_ref().map(|context| context.id),
            link.as_ref().map(|link| link.id),
        );
        let (contexts, links) = claims.brightspace_history();
        let or = |own: Vec<String>, claimed, current| match own.is_empty() {
            true => ids(claimed, current),
            false => own,
        };
        Self {
            contexts: or(own.contexts, contexts, context.map(|context| context.id)),
            links: or(own.links, links, link.map(|link| link.id)),
        }
    }

    /// Reads the history in custom parameters. `context` and `link` are the launch's own.
    pub fn of_custom(
        custom: &BTreeMap<String, String>,
        context: Option<&str>,
        link: Option<&str>,
    ) -> Self {
        let value = |name: &str| custom.get(name).map(String::as_str);
        Self {
            contexts: ids(value(CONTEXT_HISTORY), context),
            links: ids(value(LINK_HISTORY), link),
        }
    }
}

/// The IDs in the value of a history variable, each once and in the order in which they came,
/// without the `current` one. Elements that cannot be IDs are left out.
pub fn ids(value: Option<&str>, current: Option<&str>) -> Vec<String> {
    let Some(value) = value.map(str::trim).filter(|value| !value.starts_with('$')) else {
        return Vec::new();
    };
    let mut seen = HashSet::new();
    value
        .split(',')
        .map(str::trim)
        .filter(|element| *element != TRUNCATED)
        .map(decoded)
        .filter(|id| {
            !id.is_empty() && !id.contains('\0') && id.chars().count() <= MAX_ID_CHARACTERS
        })
        .filter(|id| Some(id.as_str()) != current && seen.insert(id.clone()))
        .take(MAX_IDS)
        .collect()
}

/// An element as it was before it was encoded; one that is not encoded stays as it is.
fn decoded(element: &str) -> String {
    percent_decode(element.as_bytes())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_else(|| element.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(payload: &serde_json::Value) -> Claims {
        Claims::read(payload.to_string()).unwrap()
    }

    #[test]
    fn values_are_lists_of_ids_whatever_the_platform() {
        let largest = "x".repeat(MAX_ID_CHARACTERS);
        for (what, value, expected) in [
            ("not asked for", None, &[][..]),
            ("never copied", Some(""), &[]),
            ("a space", Some(" "), &[]),
            ("newest first", Some("c3,c2,c1"), &["c3", "c2", "c1"]),
            ("Canvas, more than 1000", Some("c3,c2,truncated"), &["c3", "c2"]),
            ("Moodle, numbers", Some("14,7"), &["14", "7"]),
            ("Moodle and Blackboard, literal", Some("$ResourceLink.id.history"), &[]),
            ("literal with space", Some(" $Context.id.history"), &[]),
            ("Sakai, oldest first", Some("content:1,content:2"), &["content:1", "content:2"]),
            ("encoded once", Some("a%2Cb,c%252Cd"), &["a,b", "c%2Cd"]),
            ("an encoded word is an ID", Some("%74runcated"), &["truncated"]),
            ("not encoded", Some("100%,50%zz"), &["100%", "50%zz"]),
            ("a plus is a plus", Some("a+b"), &["a+b"]),
            ("no UTF-8", Some("%FF"), &["%FF"]),
            ("spaces", Some(" c2 , c1 "), &["c2", "c1"]),
            ("empty elements", Some(",c2,,c1,"), &["c2", "c1"]),
            ("doubles", Some("c2,c1,c2"), &["c2", "c1"]),
            ("itself", Some("now,c1,n%6Fw"), &["c1"]),
            ("cannot be stored", Some("a%00b,c1"), &["c1"]),
            ("too long", Some(&format!("{largest}x,c1")), &["c1"]),
            ("as long as an ID", Some(&largest), &[&largest]),
        ] {
            assert_eq!(ids(value, Some("now")), expected, "{what}");
        }
    }

    #[test]
    fn no_more_than_a_thousand_ids_are_read() {
        let many = (0..3000).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
        let read = ids(Some(&many), None);
        assert_eq!((read.len(), read.last().unwrap().as_str()), (MAX_IDS, "999"));
    }

    #[test]
    fn history_comes_as_custom_parameters_or_from_brightspace() {
        let place = "https://purl.imsglobal.org/spec/lti/claim";
        for (what, custom, brightspace, contexts, links) in [
            ("none", serde_json::json!({}), serde_json::json!({}), &[][..], &[][..]),
            (
                "custom parameters",
                serde_json::json!({ "context_history": "c1,now", "link_history": "l1,here" }),
                serde_json::json!(null),
                &["c1"],
                &["l1"],
            ),
            (
                "Brightspace's claim",
                serde_json::json!({ "link_history": "$ResourceLink.id.history" }),
                serde_json::json!({
                    "Context.id.history": "c2,now", "ResourceLink.id.history": "l2,here",
                    "user_id": 7,
                }),
                &["c2"],
                &["l2"],
            ),
            (
                "both: parameters come first",
                serde_json::json!({ "context_history": "c1" }),
                serde_json::json!({
                    "Context.id.history": "c2", "ResourceLink.id.history": "l2",
                }),
                &["c1"],
                &["l2"],
            ),
            (
                "other types",
                serde_json::json!({ "context_history": ["c1"], "link_history": 5 }),
                serde_json::json!({ "Context.id.history": ["c1"] }),
                &[],
                &["5"],
            ),
            ("a text as claim", serde_json::json!({}), serde_json::json!("c1"), &[], &[]),
        ] {
            let claims = claims(&serde_json::json!({
                format!("{place}/context"): { "id": "now" },
                format!("{place}/resource_link"): { "id": "here" },
                format!("{place}/custom"): custom,
                BRIGHTSPACE_CLAIM: brightspace,
            }));
            let read = CourseHistory::of_claims(&claims);
            assert_eq!(read.contexts, contexts, "{what}");
            assert_eq!(read.links, links, "{what}");
        }
    }
}

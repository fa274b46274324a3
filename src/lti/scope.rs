//! The scopes of the services, spelled exactly as the specifications spell them: a platform
//! compares them letter by letter.

use std::collections::BTreeSet;
use std::fmt;

/// Reading, creating, updating and deleting line items (Assignment and Grade Services 2.0, 3.1).
pub const LINE_ITEM: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem";
/// Reading line items.
pub const LINE_ITEM_READONLY: &str =
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly";
/// Reading the results of a line item.
pub const RESULT_READONLY: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly";
/// Posting scores.
pub const SCORE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";
/// Reading the members of a course (Names and Role Provisioning Services 2.0, 3.1).
pub const CONTEXT_MEMBERSHIP_READONLY: &str =
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";
/// Reading and setting the URLs to which a platform sends notices (Platform Notification Service 1.0).
pub const NOTICE_HANDLERS: &str = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers";

/// A set of scopes, sorted and without repetition. `Display` writes it in the format of a token
/// request: separated by spaces (RFC 6749, 3.3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Scopes(BTreeSet<String>);

impl Scopes {
    /// Parses a list that is separated by white space, as in launches and token responses.
    pub fn parse(text: &str) -> Self {
        text.split_whitespace().collect()
    }

    /// Whether it contains a scope.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the sets have no scope in common.
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.0.is_disjoint(&other.0)
    }

    /// The scopes to request for grades: scores, and line items with write access if granted,
    /// otherwise with read access. Only granted scopes, because a platform may refuse the whole
    /// request for one additional scope.
    #[must_use]
    pub fn for_grades(&self) -> Self {
        let line_item = if self.contains(LINE_ITEM) { LINE_ITEM } else { LINE_ITEM_READONLY };
        [line_item, SCORE].into_iter().filter(|scope| self.contains(scope)).collect()
    }
}

impl<'a> FromIterator<&'a str> for Scopes {
    fn from_iter<I: IntoIterator<Item = &'a str>>(scopes: I) -> Self {
        Self(scopes.into_iter().filter(|scope| !scope.is_empty()).map(str::to_owned).collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.0.iter().enumerate() {
            if place > 0 {
                formatter.write_str(" ")?;
            }
            formatter.write_str(scope)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_granted_scopes_are_requested_for_grades() {
        for (granted, expected) in [
            (vec![], vec![]),
            (vec![SCORE], vec![SCORE]),
            (vec![LINE_ITEM_READONLY, SCORE, RESULT_READONLY], vec![LINE_ITEM_READONLY, SCORE]),
            (vec![SCORE, LINE_ITEM_READONLY, LINE_ITEM, SCORE], vec![LINE_ITEM, SCORE]),
            (vec![RESULT_READONLY], vec![]),
        ] {
            let granted = Scopes::parse(&granted.join(" "));
            assert_eq!(granted.for_grades().to_string(), expected.join(" "), "{granted}");
        }
    }

    #[test]
    fn order_of_scopes_does_not_matter() {
        assert_eq!(Scopes::parse("b  a\tb\n"), Scopes::parse("a b"));
        assert_eq!(Scopes::parse("b a b").to_string(), "a b");
        assert!(Scopes::parse(" ").is_empty());
    }
}

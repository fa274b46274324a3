//! Scopes: what a client asks for (Core, 5.4).

use std::fmt;

/// A scope that means something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The sign-in itself; without it, a request is not one of OpenID Connect.
    Openid,
    /// Name, username, language, role and groups.
    Profile,
    /// Email address.
    Email,
    /// Role and groups alone.
    Roles,
    /// The launch: resource, course, deployment and custom parameters.
    Lti,
    /// Reading and recording the person's grade.
    Score,
}

impl Scope {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 6] =
        [Self::Openid, Self::Profile, Self::Email, Self::Roles, Self::Lti, Self::Score];

    /// Its name in requests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Openid => "openid",
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Roles => "roles",
            Self::Lti => "lti",
            Self::Score => "score",
        }
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    /// Parses a list with spaces between its elements (RFC 6749, 3.3). Unknown scopes are ignored,
    /// and so is the order (Core, 3.1.2.1).
    pub fn parse(text: &str) -> Self {
        text.split(' ')
            .filter_map(|name| Scope::ALL.into_iter().find(|scope| scope.as_str() == name))
            .collect()
    }

    /// Whether a scope is among them.
    pub fn has(self, scope: Scope) -> bool {
        self.0 & bit(scope) != 0
    }

    /// The same without one.
    #[must_use]
    pub fn without(self, scope: Scope) -> Self {
        Self(self.0 & !bit(scope))
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

fn bit(scope: Scope) -> u8 {
    1 << scope as u8
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | bit(scope)))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> =
            Scope::ALL.into_iter().filter(|scope| self.has(*scope)).map(Scope::as_str).collect();
        formatter.write_str(&names.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_scopes_and_order_do_not_matter() {
        for (text, expected) in [
            ("openid", "openid"),
            ("email profile openid", "openid profile email"),
            ("openid openid groups address offline_access", "openid"),
            ("openid  lti", "openid lti"),
            ("OpenID", ""),
            ("openid\tprofile", ""),
            ("", ""),
            ("score roles", "roles score"),
        ] {
            let scopes = Scopes::parse(text);
            assert_eq!(scopes.to_string(), expected, "{text:?}");
            assert_eq!(Scopes::parse(&scopes.to_string()), scopes);
            assert_eq!(scopes.is_empty(), expected.is_empty());
        }
        let without = Scopes::parse("openid score").without(Scope::Score);
        assert!(without.has(Scope::Openid) && !without.has(Scope::Score));
    }
}

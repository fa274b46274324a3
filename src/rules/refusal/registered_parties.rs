//! The registration that a login without a matching registration is probably for.

use crate::domain::{Registration, Slug};
use crate::lti::refusal::quoted;

/// The parties of a registration, to compare with those of a login that does not match it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredParties {
    slug: Slug,
    issuer: String,
    client_id: String,
}

/// How the parties of a login differ from a registration's.
pub(super) enum Difference {
    /// Not at all: only the URL is another registration's.
    Url,
    /// The client ID is another one.
    ClientId,
    /// The issuer is another one.
    Issuer,
}

impl RegisteredParties {
    /// Those of a registration; a draft has none.
    pub fn of(registration: &Registration) -> Option<Self> {
        registration.platform.as_ref().map(|platform| Self {
            slug: registration.slug.clone(),
            issuer: platform.issuer.to_string(),
            client_id: platform.client_id.to_string(),
        })
    }

    pub(super) fn difference(&self, issuer: &str, client_id: Option<&str>) -> Difference {
        if self.issuer != issuer {
            Difference::Issuer
        } else if client_id.is_some_and(|client_id| client_id != self.client_id) {
            Difference::ClientId
        } else {
            Difference::Url
        }
    }

    pub(super) fn compared_with(&self, issuer: &str, client_id: Option<&str>) -> String {
        let (slug, registered) = (&self.slug, quoted(&self.client_id));
        match self.difference(issuer, client_id) {
            Difference::Url => {
                format!(
                    "They are those of the registration \"{slug}\", which has another login URL."
                )
            }
            Difference::ClientId => format!(
                "The registration \"{slug}\" has the same issuer and the client ID {registered}."
            ),
            Difference::Issuer => format!(
                "The registration \"{slug}\" has the issuer {} and the client ID {registered}.",
                quoted(&self.issuer)
            ),
        }
    }
}

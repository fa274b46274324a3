//! Why a sign-in at an identity provider is refused.

use crate::lti;
use crate::lti::refusal::{printable, quoted};
use crate::lti::relying_party::{ExchangeProblem, IdentityProblem, ProviderError as Answer};
use crate::platform::ProviderError;

/// Titles, what the reasons mean and what to do, for administrators, by their codes.
const EXPLANATIONS: [(&str, [&str; 3]); 16] = [
    (
        "provider_unknown",
        [
            "The identity provider does not exist or is disabled",
            "The page was opened before the provider was disabled or removed.",
            "To offer it again, run `ltictl identity-provider enable PROVIDER`.",
        ],
    ),
    (
        "provider_secret_missing",
        [
            "The client secret of the identity provider is missing",
            "It was removed, as from a backup without keys.",
            "Create a new secret at the provider, then run `ltictl identity-provider rotate \
                 PROVIDER`.",
        ],
    ),
    (
        "provider_state_invalid",
        [
            "The response does not belong to a sign-in of this browser",
            "The state parameter is not ours, is of another browser or provider, or is older \
                 than ten minutes, or the browser has no cookie for it. Someone may have sent the \
                 person a link.",
            "Open the link in the course again and sign in within ten minutes.",
        ],
    ),
    (
        "provider_state_used",
        [
            "The response was used before",
            "The page was loaded again, or someone repeats a response.",
            "Open the link in the course again.",
        ],
    ),
    (
        "provider_issuer_mismatch",
        [
            "The response is of another identity provider",
            "The parameter iss names another issuer, or is missing although the provider always \
                 sends it. This is how one provider could use codes of another one.",
            "Compare the redirect URI at the provider with that of `ltictl identity-provider \
                 show PROVIDER`: each provider has its own.",
        ],
    ),
    (
        "provider_denied",
        [
            "The identity provider sent an error",
            "The person cancelled, may not use the client, or an administrator there must allow \
                 it first. With Microsoft, AADSTS65001 and AADSTS90094 in the log mean that an \
                 administrator must consent.",
            "The server's log has the provider's words. `ltictl identity-provider show PROVIDER` \
                 prints the URL for the consent.",
        ],
    ),
    (
        "provider_unreachable",
        [
            "The identity provider does not respond",
            "Its discovery document, its token endpoint or its keyset cannot be fetched; the \
                 server's log says why.",
            "Run `ltictl doctor`. For a provider in a private network, run `ltictl \
                 identity-provider set PROVIDER --allow-private-network`.",
        ],
    ),
    (
        "provider_discovery_invalid",
        [
            "The discovery document of the identity provider cannot be used",
            "It is not JSON, is of another issuer, or lacks a URL; the server's log says what.",
            "Compare its issuer with that of `ltictl identity-provider show PROVIDER`, byte by \
                 byte, and run `ltictl doctor`.",
        ],
    ),
    (
        "provider_code_refused",
        [
            "The identity provider does not exchange the code",
            "Usually the client secret is wrong or has expired (invalid_client), or the redirect \
                 URI at the provider differs (invalid_grant); the server's log has its words.",
            "Create a new secret at the provider, then run `ltictl identity-provider rotate \
                 PROVIDER`.",
        ],
    ),
    (
        "provider_token_invalid",
        [
            "A check of the provider's ID token failed",
            "The server's log has the code of the check, which is one of those of launches, such \
                 as iss_mismatch or token_expired.",
            "Run `ltictl explain CODE` with that code, and `ltictl doctor`.",
        ],
    ),
    (
        "provider_tenant_not_allowed",
        [
            "The person is of a tenant that is not listed",
            "Microsoft signs for all tenants with the same keys, so only listed ones may sign in.",
            "If they should, run `ltictl identity-provider set PROVIDER --tenant GUID` with all \
                 tenants.",
        ],
    ),
    (
        "provider_domain_not_allowed",
        [
            "The provider does not vouch for an address in one of the allowed domains",
            "The claim that the log names is missing, false, or of another domain.",
            "To allow all domains, run `ltictl identity-provider set PROVIDER --allowed-domain \
                 \"\"`.",
        ],
    ),
    (
        "provider_subject_missing",
        [
            "The ID token does not say who the person is",
            "With Microsoft, the claim oid is missing, or is no GUID.",
            "At Microsoft, do not remove the scope profile from the client.",
        ],
    ),
    (
        "identity_not_linked",
        [
            "No account is linked to the identity",
            "The person has signed in, but nothing says which account is theirs. Names and email \
                 addresses never do.",
            "Run `ltictl account link ACCOUNT --identity-provider PROVIDER --subject SUBJECT` \
                 with the subject that the page shows.",
        ],
    ),
    (
        "identity_account_disabled",
        [
            "The account of the identity is disabled",
            "The person has signed in, and their account is disabled.",
            "To enable it, run `ltictl account enable ACCOUNT`.",
        ],
    ),
    (
        "identity_already_linked",
        [
            "The identity was linked to an account meanwhile",
            "Another page or an admin has linked it since this page was opened.",
            "Open the link in the course again.",
        ],
    ),
];

/// Why a sign-in is refused. Evidence comes from outside; it is only for the log, except the subject
/// that the person gives to the administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderRefusal {
    /// There is no such provider, or it is disabled.
    Unknown,
    /// The secret of the tool there is missing.
    NoSecret,
    /// The response does not belong to this browser, or is too old.
    State,
    /// The response was used before.
    StateUsed,
    /// The response is from another provider.
    OtherIssuer,
    /// The provider sent an error instead of a code.
    Denied(Answer),
    /// The provider, or its keyset, does not respond.
    Unreachable(String),
    /// The provider's discovery document cannot be used.
    Discovery(String),
    /// The provider does not exchange the code.
    CodeRefused(String),
    /// A check of the ID token failed.
    Token(Box<lti::Refusal>),
    /// The person is of another tenant.
    Tenant(Option<String>),
    /// The provider does not vouch for an address in one of the domains; the claim that counts.
    Domain(&'static str),
    /// The ID token does not identify the person.
    NoSubject,
    /// No account is linked to the identity; the subject for `ltictl account link`.
    NotLinked {
        /// The subject.
        subject: String,
    },
    /// The account of the identity is disabled.
    AccountDisabled,
    /// Someone else has linked the identity meanwhile.
    LinkedAlready,
}

impl ProviderRefusal {
    /// One of each.
    pub fn one_of_each() -> Vec<Self> {
        let evidence = || "EVIDENCE".to_owned();
        vec![
            Self::Unknown,
            Self::NoSecret,
            Self::State,
            Self::StateUsed,
            Self::OtherIssuer,
            Self::Denied(Answer { code: evidence(), description: None }),
            Self::Unreachable(evidence()),
            Self::Discovery(evidence()),
            Self::CodeRefused(evidence()),
            Self::Token(Box::new(lti::Refusal::NonceMismatch)),
            Self::Tenant(None),
            Self::Domain("email"),
            Self::NoSubject,
            Self::NotLinked { subject: evidence() },
            Self::AccountDisabled,
            Self::LinkedAlready,
        ]
    }

    /// The stable reason code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "provider_unknown",
            Self::NoSecret => "provider_secret_missing",
            Self::State => "provider_state_invalid",
            Self::StateUsed => "provider_state_used",
            Self::OtherIssuer => "provider_issuer_mismatch",
            Self::Denied(_) => "provider_denied",
            Self::Unreachable(_) => "provider_unreachable",
            Self::Discovery(_) => "provider_discovery_invalid",
            Self::CodeRefused(_) => "provider_code_refused",
            Self::Token(_) => "provider_token_invalid",
            Self::Tenant(_) => "provider_tenant_not_allowed",
            Self::Domain(_) => "provider_domain_not_allowed",
            Self::NoSubject => "provider_subject_missing",
            Self::NotLinked { .. } => "identity_not_linked",
            Self::AccountDisabled => "identity_account_disabled",
            Self::LinkedAlready => "identity_already_linked",
        }
    }

    /// The evidence, for the log.
    pub fn evidence(&self) -> String {
        match self {
            Self::Denied(Answer { code, description }) => {
                let description = description.as_deref().map(printable).unwrap_or_default();
                format!("{} {description}", quoted(code))
            }
            Self::Unreachable(text) | Self::Discovery(text) | Self::CodeRefused(text) => {
                printable(text)
            }
            Self::Token(refusal) => refusal.code(),
            Self::Tenant(found) => found.as_deref().map(printable).unwrap_or_default(),
            Self::Domain(claim) => format!("the claim {claim}"),
            Self::NotLinked { subject } => printable(subject),
            _ => String::new(),
        }
    }

    /// The HTTP status of the page.
    pub fn http_status(&self) -> u16 {
        match self {
            Self::Unknown => 404,
            Self::Unreachable(_) | Self::Discovery(_) | Self::CodeRefused(_) => 502,
            Self::NoSecret => 503,
            _ => 403,
        }
    }

    /// A sentence for the page, which reveals nothing that an administrator should not.
    pub fn sentence(&self) -> &'static str {
        match self {
            Self::Unknown | Self::NoSecret => "This way to sign in is not available.",
            Self::State => "This sign-in does not belong to this browser, or took too long.",
            Self::StateUsed => "This sign-in has already been used.",
            Self::OtherIssuer | Self::Token(_) | Self::NoSubject => {
                "This tool does not accept the response of the sign-in page."
            }
            Self::Denied(_) => "You or your organization did not allow the sign-in.",
            Self::Unreachable(_) | Self::Discovery(_) | Self::CodeRefused(_) => {
                "The sign-in page of your organization does not work with this tool at the moment."
            }
            Self::Tenant(_) | Self::Domain(_) => {
                "This sign-in is only for people of another organization."
            }
            Self::NotLinked { .. } => "No account of this tool is linked to this sign-in.",
            Self::AccountDisabled => "Your account on this tool is disabled.",
            Self::LinkedAlready => "This sign-in is already linked to another account.",
        }
    }

    /// What the person can do.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::State | Self::StateUsed | Self::Denied(_) | Self::LinkedAlready => {
                "Close this window and try again on the page that opened it."
            }
            Self::NotLinked { .. } => {
                "Ask the administrator of this tool to link it, and give them this identifier:"
            }
            _ => {
                "Close this window. You can use your username and password, or ask the \
                 administrator of this tool."
            }
        }
    }

    /// A title, what it means and what to do, for the administrator.
    pub fn explanation(&self) -> [&'static str; 3] {
        let known = EXPLANATIONS.iter().find(|(code, _)| *code == self.code());
        known.map_or([self.code(); 3], |(_, texts)| *texts)
    }
}

impl From<ProviderError> for ProviderRefusal {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Fetch(error) => Self::Unreachable(error.to_string()),
            ProviderError::Discovery(problem) => Self::Discovery(problem),
            ProviderError::Exchange(ExchangeProblem::Refused { error, description }) => {
                Self::CodeRefused(format!("{error} {description}"))
            }
            ProviderError::Exchange(ExchangeProblem::Unreadable) => {
                Self::CodeRefused("the response has no ID token".to_owned())
            }
        }
    }
}

impl From<IdentityProblem> for ProviderRefusal {
    fn from(problem: IdentityProblem) -> Self {
        match problem {
            IdentityProblem::Token(refusal) => Self::from(*refusal),
            IdentityProblem::Tenant { found } => Self::Tenant(found),
            IdentityProblem::Domain { claim } => Self::Domain(claim.as_str()),
            IdentityProblem::NoSubject => Self::NoSubject,
        }
    }
}

impl From<lti::Refusal> for ProviderRefusal {
    fn from(refusal: lti::Refusal) -> Self {
        match refusal {
            lti::Refusal::JwksUnreachable { problem, .. } => Self::Unreachable(problem),
            refusal => Self::Token(Box::new(refusal)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_explained() {
        let all = ProviderRefusal::one_of_each();
        assert_eq!(all.len(), EXPLANATIONS.len());
        for (refusal, (code, texts)) in all.iter().zip(EXPLANATIONS) {
            assert_eq!((refusal.code(), refusal.explanation()), (code, texts));
            assert!((400..600).contains(&refusal.http_status()), "{code}");
        }
    }
}

//! Whom an ID token is about.

use serde::Deserialize;
use serde_json::Value;

use super::{Kind, is_tenant, issuer_of_tenant};
use crate::lti::Refusal;
use crate::lti::id_token::{self, Parties, Purpose, SignInExpectation, Unverified};
use crate::lti::keyset::VerificationKeys;

/// What an ID token must have. All of it comes from the provider's settings and the sign-in.
pub struct Rules<'a> {
    /// How the provider differs from the specification.
    pub kind: Kind,
    /// The issuer of the discovery document, which may contain [`TENANT`](super::TENANT).
    pub issuer: &'a str,
    /// The client ID.
    pub client_id: &'a str,
    /// The algorithms of the discovery document.
    pub algorithms: &'a [&'a str],
    /// The nonce of the sign-in.
    pub nonce: &'a str,
    /// The URL of the keyset, for messages.
    pub keyset_url: &'a str,
    /// How far the clocks may differ, in seconds.
    pub leeway_seconds: i64,
    /// The tenants of Microsoft whose people may sign in, in lower case.
    pub tenants: &'a [String],
    /// The domains whose people may sign in, in lower case; all if there are none.
    pub domains: &'a [String],
}

/// A person at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The issuer, with the tenant if it depends on one.
    pub issuer: String,
    /// The person's identifier with that issuer, which is never given to another person.
    pub subject: String,
    /// The person's name, for the page that asks whether this is right. The provider's people can
    /// often change it.
    pub name: Option<String>,
    /// The person's email address, for the same purpose.
    pub email: Option<String>,
}

/// Why an ID token identifies no one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentityProblem {
    /// A check of every ID token failed.
    Token(Box<Refusal>),
    /// The person is of another tenant, or the token names none.
    Tenant {
        /// The claimed tenant.
        found: Option<String>,
    },
    /// The provider does not vouch for an address in one of the domains.
    Domain {
        /// The claim that counts.
        claim: Claim,
    },
    /// The claim that identifies people is missing.
    NoSubject,
}

/// The claim by which a provider vouches for a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// `hd` (Google).
    HostedDomain,
    /// `email` with `xms_edov` (Microsoft).
    OwnedDomain,
    /// `email` with `email_verified`.
    VerifiedEmail,
}

impl Claim {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HostedDomain => "hd",
            Self::OwnedDomain => "email with xms_edov",
            Self::VerifiedEmail => "email with email_verified",
        }
    }
}

impl From<Refusal> for IdentityProblem {
    fn from(refusal: Refusal) -> Self {
        Self::Token(Box::new(refusal))
    }
}

/// The claims that only providers send.
#[derive(Default, Deserialize)]
#[serde(default)]
struct OwnClaims {
    tid: Value,
    oid: Value,
    hd: Value,
    email: Value,
    email_verified: Value,
    xms_edov: Value,
}

/// A well-formed ID token whose signature has not been checked.
pub struct UnverifiedIdentity<'a> {
    token: Unverified<'a>,
    rules: &'a Rules<'a>,
    claims: OwnClaims,
    /// The issuer that the token must have.
    issuer: String,
    tenant: Option<String>,
}

impl<'a> UnverifiedIdentity<'a> {
    /// Parses an ID token.
    ///
    /// # Errors
    ///
    /// If it is malformed, or of a tenant that is not listed.
    pub fn parse(token: &'a str, rules: &'a Rules<'a>) -> Result<Self, IdentityProblem> {
        let token = id_token::parse(token)?;
        let claims: OwnClaims = serde_json::from_str(token.payload()).map_err(|_| {
            Refusal::TokenMalformed { problem: "its payload contains a name twice".to_owned() }
        })?;
        let tenant = match rules.kind {
            Kind::Microsoft => Some(listed_tenant(&claims, rules)?),
            _ => None,
        };
        // Elsewhere, a tenant in braces is part of the issuer.
        let issuer = issuer_of_tenant(rules.issuer, tenant.as_deref());
        Ok(Self { token, rules, claims, issuer, tenant })
    }

    /// The ID of the key that is claimed to have signed the token, after the checks of issuer,
    /// audience and algorithm.
    ///
    /// # Errors
    ///
    /// The first check that fails.
    pub fn key_id(&self) -> Result<&str, IdentityProblem> {
        let expected = expectation(self.rules, &self.issuer, self.tenant.as_deref());
        Ok(self.token.check_parties_for(Purpose::SignIn(&expected))?)
    }

    /// Checks the token, and returns whom it is about.
    ///
    /// # Errors
    ///
    /// The first check that fails.
    pub fn verify(
        self,
        keys: &VerificationKeys,
        now_seconds: i64,
    ) -> Result<Identity, IdentityProblem> {
        let Self { token, rules, claims: own, issuer, tenant } = self;
        let expectation = expectation(rules, &issuer, tenant.as_deref());
        let claims = token
            .verify_for(Purpose::SignIn(&expectation), keys, now_seconds)
            .map_err(|rejected| rejected.refusal)?;
        check_domain(&own, rules)?;
        let subject = match rules.kind {
            // The subject is another one for each client, and would be lost with the client ID.
            Kind::Microsoft => own.oid.as_str().filter(|oid| is_tenant(oid)),
            _ => claims.sub(),
        };
        Ok(Identity {
            subject: subject.ok_or(IdentityProblem::NoSubject)?.to_owned(),
            name: claims.name().map(str::to_owned),
            email: claims.email().map(str::to_owned),
            issuer,
        })
    }
}

fn expectation<'a>(
    rules: &'a Rules<'a>,
    issuer: &'a str,
    tenant: Option<&'a str>,
) -> SignInExpectation<'a> {
    let Rules { client_id, algorithms, nonce, leeway_seconds, keyset_url, .. } = *rules;
    SignInExpectation {
        parties: Parties {
            issuer,
            client_id,
            algorithms,
            nonce: Some(nonce),
            leeway_seconds,
            keyset_url,
        },
        tenant,
    }
}

/// The tenant that the token names, if it is listed. The keys of several tenants are the same, so
/// anyone with a tenant can have tokens signed with them.
fn listed_tenant(claims: &OwnClaims, rules: &Rules<'_>) -> Result<String, IdentityProblem> {
    let claimed = claims.tid.as_str();
    claimed
        .filter(|tenant| is_tenant(tenant) && rules.tenants.iter().any(|listed| listed == tenant))
        .map(str::to_owned)
        .ok_or_else(|| IdentityProblem::Tenant {
            found: claimed.map(crate::lti::refusal::printable),
        })
}

/// Whether the provider vouches for an address in one of the domains.
fn check_domain(claims: &OwnClaims, rules: &Rules<'_>) -> Result<(), IdentityProblem> {
    if rules.domains.is_empty() {
        return Ok(());
    }
    let is_listed = |domain: &str| {
        let domain = domain.to_ascii_lowercase();
        rules.domains.contains(&domain)
    };
    let is_true = |claim: &Value| *claim == Value::Bool(true);
    let email = claims.email.as_str().and_then(|email| email.rsplit_once('@'));
    let has_listed_email = email.is_some_and(|(_, domain)| is_listed(domain));
    let (claim, is_theirs) = match rules.kind {
        Kind::Google if claims.hd.is_null() => {
            // An account of a person, not of an organization: at Google, only addresses of its own
            // domain belong to their accounts for good.
            let is_google = email.is_some_and(|(_, domain)| domain == "gmail.com");
            let is_verified = is_google && is_true(&claims.email_verified);
            (Claim::HostedDomain, is_verified && has_listed_email)
        }
        Kind::Google => (Claim::HostedDomain, claims.hd.as_str().is_some_and(is_listed)),
        // Any administrator of a tenant can enter any address; this claim says that its domain
        // belongs to the tenant.
        Kind::Microsoft => {
            let is_owned = is_true(&claims.xms_edov)
                || claims.xms_edov == "1"
                || claims.xms_edov == 1
                || claims.xms_edov == "true";
            (Claim::OwnedDomain, is_owned && has_listed_email)
        }
        Kind::Other => (Claim::VerifiedEmail, is_true(&claims.email_verified) && has_listed_email),
    };
    if is_theirs { Ok(()) } else { Err(IdentityProblem::Domain { claim }) }
}

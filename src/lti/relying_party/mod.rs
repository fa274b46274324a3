//! Sign-in at an identity provider, as a relying party (OpenID Connect Core 1.0, section 3.1, the
//! code flow with PKCE, RFC 7636).
//!
//! A [`Discovery`] document has the provider's endpoints. An [`AuthorizationRequest`] sends the
//! browser there, and it returns with a [`Callback`]. The code in it is exchanged with a
//! [`CodeExchange`] for an ID token, which becomes an [`Identity`] after the checks of every ID
//! token ([`super::id_token`]) and those of the provider's [`Rules`].

mod callback;
mod discovery;
mod exchange;
mod identity;
mod request;
#[cfg(test)]
mod tests;

pub use self::callback::{Callback, CallbackProblem, ProviderError};
pub use self::discovery::Discovery;
pub use self::exchange::{CodeExchange, ExchangeProblem, MEDIA_TYPE, read_answer};
pub use self::identity::{Claim, Identity, IdentityProblem, Rules, UnverifiedIdentity};
pub use self::request::AuthorizationRequest;

/// Stands for the tenant in the issuer of Microsoft's endpoints for several tenants.
pub const TENANT: &str = "{tenantid}";

/// The names of such endpoints in URLs.
const SEVERAL_TENANTS: [&str; 3] = ["/organizations/", "/common/", "/consumers/"];

/// Providers that differ from the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Microsoft Entra: the issuer and the subject depend on the tenant.
    Microsoft,
    /// Google: a claim says which organization an account belongs to.
    Google,
    /// Any other provider.
    Other,
}

/// The issuer of a tenant, from an issuer that may contain [`TENANT`].
pub fn issuer_of_tenant(issuer: &str, tenant: Option<&str>) -> String {
    tenant.map_or_else(|| issuer.to_owned(), |tenant| issuer.replace(TENANT, tenant))
}

/// The issuer of a tenant, from that of one of Microsoft's endpoints for several tenants; `None` for
/// any other issuer.
pub fn issuer_among_several(issuer: &str, tenant: &str) -> Option<String> {
    let several = SEVERAL_TENANTS.iter().find(|several| issuer.contains(**several))?;
    Some(issuer.replacen(several, &format!("/{tenant}/"), 1))
}

/// Whether a text is a tenant of Microsoft: a GUID in lower case.
pub fn is_tenant(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.concat().bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

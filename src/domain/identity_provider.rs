//! Identity providers at which people sign in to their accounts on the tool.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words::words;
use super::{ClientId, Invalid, Issuer, Name, Slug, check_printable, json, trimmed};

words! {
    /// Which provider it is, and so how it differs from the specification.
    ProviderPreset, "preset", {
        /// Microsoft Entra ID.
        Microsoft = "microsoft",
        /// Google.
        Google = "google",
        /// Keycloak.
        Keycloak = "keycloak",
        /// Any other provider of OpenID Connect.
        Generic = "generic",
    }
}

words! {
    /// Who may link identities at a provider to accounts.
    Linking, "linking", {
        /// Only an admin.
        Manual = "manual",
        /// Also a person who signs in once with the account's password.
        SignedIn = "signed-in",
    }
}

words! {
    /// Who linked an identity to an account.
    LinkedBy, "linked by", {
        /// An admin.
        Admin = "admin",
        /// The person, with the account's password.
        Person = "person",
    }
}

/// An identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityProvider {
    /// Row ID in the database.
    pub id: i64,
    /// Its name in commands and in its redirect URI; it never changes.
    pub slug: Slug,
    /// Display name, which the button shows.
    pub name: Name,
    /// Which provider it is.
    pub preset: ProviderPreset,
    /// Its issuer. It never changes, because it is part of who a person is.
    pub issuer: Issuer,
    /// The tool's client ID there.
    pub client_id: ClientId,
    /// Whether the tool's secret there is stored.
    pub has_secret: bool,
    /// When that secret expires, if an admin entered it.
    pub secret_expires_at: Option<Timestamp>,
    /// The domains whose people may sign in; all if there are none.
    pub domains: Vec<String>,
    /// The tenants whose people may sign in (Microsoft).
    pub tenants: Vec<String>,
    /// Who may link identities.
    pub linking: Linking,
    /// Whether it may be reached without encryption.
    pub allow_http: bool,
    /// Whether it may be in a private network.
    pub allow_private_network: bool,
    /// Whether people may sign in there.
    pub enabled: bool,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The path of the redirect URI of a provider. Each has its own, so that no provider can answer for
/// another one.
pub fn provider_callback_path(slug: &Slug) -> String {
    format!("/lti/account/callback/{slug}")
}

/// A person at a provider. Nothing else identifies them: names and email addresses change, and
/// people can often choose them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderIdentity {
    /// The issuer, with the tenant if it depends on one.
    pub issuer: String,
    /// The provider's identifier of the person.
    pub subject: String,
}

/// An identity that opens an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccountIdentity {
    /// Slug of the identity provider.
    pub provider: Slug,
    /// The issuer, with the tenant if it depends on one.
    pub issuer: String,
    /// The provider's identifier of the person.
    pub subject: String,
    /// Who linked it.
    pub linked_by: LinkedBy,
    /// When it was linked.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// When the person last signed in with it.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub last_sign_in_at: Option<Timestamp>,
}

/// A sign-in at a provider that the person has confirmed, for a launch that waits for an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmedSignIn {
    /// Key of the provider.
    pub provider_id: i64,
    /// Key of the account.
    pub account_id: i64,
    /// The identity that opens it.
    #[serde(flatten)]
    pub identity: ProviderIdentity,
}

/// Checks the domain of email addresses; upper-case letters become lower-case ones.
///
/// # Errors
///
/// If it is not a domain.
pub fn checked_domain(text: &str) -> Result<String, Invalid> {
    let domain = trimmed(text).trim_start_matches('@').to_ascii_lowercase();
    check_printable("allowed domain", &domain, &[])?;
    let is_label = |label: &str| {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        plain && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    if domain.len() <= 253 && domain.contains('.') && domain.split('.').all(is_label) {
        return Ok(domain);
    }
    Err(Invalid::new(
        "allowed domain",
        "must be the domain of email addresses, such as example.edu",
    ))
}

/// Checks a tenant of Microsoft; upper-case letters become lower-case ones.
///
/// # Errors
///
/// If it is not a GUID.
pub fn checked_tenant(text: &str) -> Result<String, Invalid> {
    let tenant = trimmed(text).to_ascii_lowercase();
    match uuid::Uuid::try_parse(&tenant) {
        Ok(uuid) if uuid.hyphenated().to_string() == tenant => Ok(tenant),
        _ => Err(Invalid::new(
            "tenant",
            "must be the \"Directory (tenant) ID\", a GUID such as \
             1b2c3d4e-0000-4000-8000-123456789abc",
        )),
    }
}

/// Checks an identifier of a person at a provider, which is compared byte by byte.
///
/// # Errors
///
/// If it is empty, longer than 255 characters, or contains control characters.
pub fn checked_subject(text: &str) -> Result<String, Invalid> {
    if text.is_empty() || text.chars().count() > 255 || text.chars().any(char::is_control) {
        return Err(Invalid::new(
            "subject",
            "must have 1 to 255 characters, without control characters",
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_and_tenants_are_plain() {
        for (text, expected) in [
            ("School.Example.EDU", Some("school.example.edu")),
            ("@example.edu", Some("example.edu")),
            ("edu", None),
            ("-a.example.edu", None),
            ("a..example.edu", None),
            ("https://example.edu", None),
            ("example.edu other.example.edu", None),
            ("", None),
        ] {
            assert_eq!(checked_domain(text).ok().as_deref(), expected, "{text}");
        }
        for (text, expected) in [
            ("1B2C3D4E-0000-4000-8000-123456789ABC", Some("1b2c3d4e-0000-4000-8000-123456789abc")),
            ("1b2c3d4e000040008000123456789abc", None),
            ("{1b2c3d4e-0000-4000-8000-123456789abc}", None),
            ("common", None),
            ("example.onmicrosoft.com", None),
        ] {
            assert_eq!(checked_tenant(text).ok().as_deref(), expected, "{text}");
        }
    }
}

//! Finds and changes identity providers: the same rules for commands and for sign-ins.

use super::setting::{Clearable, Moment, settings};
use crate::domain::{
    ClientId, IdentityProvider, Invalid, Issuer, Linking, Name, ProviderIdentity, ProviderPreset,
    ProviderRef, PublicUrl, checked_domain, checked_subject, checked_tenant,
};
use crate::failure::{Failure, Kind};
use crate::lti::relying_party::{self, issuer_among_several};
use crate::platform::{NetworkAccess, ProviderAccess};
use crate::store::Read;

/// Maximum length of a secret, in bytes.
const MAX_SECRET_BYTES: usize = 1024;

settings! {
    /// The settings of an identity provider, as `ltictl identity-provider set` changes them.
    #[schemars(rename = "IdentityProviderEntry")]
    ProviderChange of IdentityProvider {
        /// Display name, which the button on the account page shows
        #[arg(skip)]
        name: Name = name;
        /// Whether people may sign in there
        #[arg(skip)]
        enabled: bool = enabled;
        /// Client ID that the provider has given to this tool
        #[arg(long, value_name = "ID", allow_hyphen_values = true)]
        client_id: String;
        /// Day on which the secret expires, such as 2027-06-30; doctor reminds you 30 days before
        #[arg(long = "secret-expires", value_name = "DATE")]
        secret_expires: Clearable<Moment> = secret_expires_at;
        /// Domain whose people may sign in; can be given multiple times; "" allows all
        ///
        /// The provider must vouch for it: Google by the claim hd, Microsoft by xms_edov, others by
        /// email_verified. A domain never links anyone to an account.
        #[arg(long = "allowed-domain", value_name = "DOMAIN")]
        allowed_domains: Vec<String>;
        /// Directory (tenant) ID whose people may sign in (Microsoft); can be given multiple times
        #[arg(long = "tenant", value_name = "GUID")]
        tenants: Vec<String>;
        /// Who may link identities to accounts: only admins, or also people who sign in with their
        /// password once
        #[arg(long, value_name = "WHO")]
        linking: Linking = linking;
        /// Accept an http:// URL for a host other than this machine
        #[arg(long, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
        allow_http: bool = allow_http;
        /// Allow the server to contact the provider in a private network, such as 10.x
        #[arg(long, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
        allow_private_network: bool = allow_private_network;
    }
}

/// All settings of an identity provider, without its secret.
impl From<&IdentityProvider> for ProviderChange {
    fn from(provider: &IdentityProvider) -> Self {
        Self {
            client_id: Some(provider.client_id.to_string()),
            allowed_domains: Some(provider.domains.clone()),
            tenants: Some(provider.tenants.clone()),
            ..Self::kept_in(provider)
        }
    }
}

/// Changes an identity provider.
///
/// # Errors
///
/// The first value that is invalid.
pub fn alter(provider: &mut IdentityProvider, change: &ProviderChange) -> Result<(), Invalid> {
    change.change(provider);
    if let Some(client_id) = &change.client_id {
        provider.client_id = ClientId::new(client_id)?;
    }
    if let Some(domains) = &change.allowed_domains {
        provider.domains = all(domains, checked_domain)?;
    }
    if let Some(tenants) = &change.tenants {
        provider.tenants = all(tenants, checked_tenant)?;
    }
    // It must be one without encryption only as long as that is allowed.
    Issuer::new(provider.issuer.as_str(), provider.allow_http)?;
    check_tenants(provider)
}

/// The values without empty ones and duplicates, in alphabetical order.
fn all(
    texts: &[String],
    check: fn(&str) -> Result<String, Invalid>,
) -> Result<Vec<String>, Invalid> {
    let given = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
    let mut checked = given.map(check).collect::<Result<Vec<_>, _>>()?;
    checked.sort();
    checked.dedup();
    Ok(checked)
}

/// Microsoft signs for every tenant of the world with the same keys, so the tenants must be named;
/// and the issuer must be able to serve them.
fn check_tenants(provider: &IdentityProvider) -> Result<(), Invalid> {
    let invalid = |rule: &str| Err(Invalid::new("tenant", rule));
    let tenants = &provider.tenants;
    match (provider.preset, tenants.as_slice()) {
        (ProviderPreset::Microsoft, []) => {
            invalid("is missing: Microsoft signs for every tenant, so at least one must be named")
        }
        (ProviderPreset::Microsoft, [only]) => {
            let issuer = provider.issuer.as_str();
            let is_theirs = issuer.contains(&format!("/{only}/"))
                || issuer_among_several(issuer, only).is_some();
            if is_theirs {
                Ok(())
            } else {
                invalid("is not that of the issuer, which never changes")
            }
        }
        (ProviderPreset::Microsoft, [first, ..]) => {
            match issuer_among_several(provider.issuer.as_str(), first) {
                Some(_) => Ok(()),
                None => invalid(
                    "can be several only if the provider was added with several, so that its \
                     issuer serves them",
                ),
            }
        }
        (_, []) => Ok(()),
        _ => invalid("is only for the preset microsoft"),
    }
}

/// The issuer of a new provider: the one that is given, or that of its preset.
///
/// # Errors
///
/// If none is given and the preset has none.
pub fn issuer(
    preset: ProviderPreset,
    given: Option<&str>,
    tenants: &[String],
    allow_http: bool,
) -> Result<Issuer, Invalid> {
    let usual = match (preset, tenants) {
        (ProviderPreset::Microsoft, [only]) => {
            Some(format!("https://login.microsoftonline.com/{}/v2.0", checked_tenant(only)?))
        }
        (ProviderPreset::Microsoft, _) => {
            Some("https://login.microsoftonline.com/organizations/v2.0".to_owned())
        }
        (ProviderPreset::Google, _) => Some("https://accounts.google.com".to_owned()),
        (ProviderPreset::Keycloak | ProviderPreset::Generic, _) => None,
    };
    if let Some(given) = given {
        check_given(preset, given)?;
    }
    match given.map(str::to_owned).or(usual) {
        Some(issuer) => Issuer::new(&issuer, allow_http),
        None => Err(Invalid::new("issuer", "is missing; --issuer names it")),
    }
}

/// Refuses what cannot be the issuer of a preset, because it never changes afterwards.
fn check_given(preset: ProviderPreset, given: &str) -> Result<(), Invalid> {
    let invalid = |rule: &str| Err(Invalid::new("issuer", rule));
    if given.contains("/.well-known/") {
        return invalid(
            "must be the issuer itself, without /.well-known/openid-configuration at its end",
        );
    }
    match preset {
        ProviderPreset::Google if given != "https://accounts.google.com" => {
            invalid("is always https://accounts.google.com with the preset google; leave it out")
        }
        ProviderPreset::Keycloak if !given.contains("/realms/") => {
            invalid("must be that of a realm, such as https://login.example.edu/realms/school")
        }
        _ => Ok(()),
    }
}

/// The identity provider with this slug.
pub fn find(read: Read<'_>, reference: &ProviderRef) -> Result<IdentityProvider, Failure> {
    if let Some(slug) = reference.slug()
        && let Some(provider) = read.identity_provider(&slug)?
    {
        return Ok(provider);
    }
    let known: Vec<String> =
        read.identity_providers()?.iter().map(|provider| provider.slug.to_string()).collect();
    Err(Failure {
        hint: "ltictl identity-provider list".to_owned(),
        ..Failure::not_found("identity provider", reference.as_str(), &known)
    })
}

/// Checks the tool's secret at a provider.
///
/// # Errors
///
/// If it is empty, longer than 1024 bytes, or contains control characters.
pub fn check_secret(secret: &str) -> Result<(), Invalid> {
    let is_plain = !secret.chars().any(char::is_control);
    if is_plain && !secret.is_empty() && secret.len() <= MAX_SECRET_BYTES {
        return Ok(());
    }
    Err(Invalid::new(
        "client secret",
        format!("must have 1 to {MAX_SECRET_BYTES} bytes, without control characters"),
    ))
}

/// How a provider differs from the specification.
pub fn kind(preset: ProviderPreset) -> relying_party::Kind {
    match preset {
        ProviderPreset::Microsoft => relying_party::Kind::Microsoft,
        ProviderPreset::Google => relying_party::Kind::Google,
        ProviderPreset::Keycloak | ProviderPreset::Generic => relying_party::Kind::Other,
    }
}

/// The provider for requests, of a tool at a URL.
pub fn access(provider: &IdentityProvider, tool: &PublicUrl) -> ProviderAccess {
    ProviderAccess {
        issuer: provider.issuer.to_string(),
        kind: kind(provider.preset),
        reach: NetworkAccess {
            loopback: tool.is_loopback(),
            private_network: provider.allow_private_network,
            http: provider.allow_http,
        },
    }
}

/// The identity that an admin means by a subject. With several tenants (Microsoft), it begins with
/// the tenant: `TENANT/OBJECT`.
///
/// # Errors
///
/// If it is not valid.
pub fn identity(provider: &IdentityProvider, subject: &str) -> Result<ProviderIdentity, Failure> {
    let slug = &provider.slug;
    let invalid = |rule: &str| {
        Failure::new(
            Kind::Invalid,
            "the subject is invalid",
            rule.to_owned(),
            format!("ltictl identity-provider show {slug}"),
        )
    };
    if provider.preset != ProviderPreset::Microsoft {
        let issuer = provider.issuer.to_string();
        return Ok(ProviderIdentity { issuer, subject: checked_subject(subject)? });
    }
    let lower = subject.to_ascii_lowercase();
    let (tenant, object) = match (lower.split_once('/'), provider.tenants.as_slice()) {
        (Some((tenant, object)), _) => (tenant, object),
        (None, [only]) => (only.as_str(), lower.as_str()),
        (None, _) => {
            return Err(invalid(
                "the provider has several tenants, so it must be TENANT/OBJECT, as the page shows it",
            ));
        }
    };
    if !provider.tenants.iter().any(|listed| listed == tenant) || !relying_party::is_tenant(object)
    {
        return Err(invalid(
            "it must be the object ID of a person, a GUID, of a tenant of the provider",
        ));
    }
    let issuer = provider.issuer.as_str();
    Ok(ProviderIdentity {
        issuer: issuer_among_several(issuer, tenant).unwrap_or_else(|| issuer.to_owned()),
        subject: object.to_owned(),
    })
}

/// The subject of an identity as [`identity`] reads it.
pub fn subject_in_commands(provider: &IdentityProvider, identity: &ProviderIdentity) -> String {
    let tenant = match provider.tenants.as_slice() {
        [] | [_] => None,
        tenants => tenants.iter().find(|tenant| identity.issuer.contains(tenant.as_str())),
    };
    match tenant {
        Some(tenant) => format!("{tenant}/{}", identity.subject),
        None => identity.subject.clone(),
    }
}

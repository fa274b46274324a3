//! Checks of identity providers: their secrets, and what they publish.

use jiff::{SignedDuration, Timestamp};

use super::{Check, Findings};
use crate::domain::{Clock, IdentityProvider, PublicUrl, rfc3339};
use crate::failure::counted;
use crate::lti::keyset::Keyset;
use crate::platform::{PlatformClient, ProviderError, Providers};
use crate::rules::identity_provider::access;
use crate::store::{Error, Read};

/// How long before the end of a secret an admin is reminded.
const REMINDER: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The time in which a secret should be replaced at once.
const URGENT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Maximum size of a keyset, in bytes.
const LARGEST_KEYSET: usize = 1_000_000;

/// Adds what is stored about identity providers; nothing if there are none.
pub(super) fn examine(
    findings: &mut Findings,
    read: Read<'_>,
    now: Timestamp,
) -> Result<(), Error> {
    for provider in read.identity_providers()?.iter().filter(|provider| provider.enabled) {
        secret(findings, provider, now);
    }
    let without = read.accounts_without_identity()?;
    if let Some(first) = without.first() {
        let username = &first.username;
        let others = match u32::try_from(without.len()).unwrap_or(u32::MAX) {
            1 => String::new(),
            number => format!(", and {}", counted(number - 1, "other", "others")),
        };
        findings
            .warn(
                Check::ProviderRequired,
                "An account requires an identity provider, and has no identity at one: no new \
                 platform user can open it.",
                format!(
                    "ltictl account link {username} --identity-provider PROVIDER --subject SUBJECT"
                ),
            )
            .seen(format!("{username}{others}"));
    }
    Ok(())
}

fn secret(findings: &mut Findings, provider: &IdentityProvider, now: Timestamp) {
    const CHECK: Check = Check::ProviderSecret;
    let slug = &provider.slug;
    let rotate = format!(
        "create a new secret at the provider, then run `ltictl identity-provider rotate {slug} \
         --secret-expires DATE`"
    );
    if !provider.has_secret {
        let sentence = format!(
            "The client secret of identity provider {slug} is missing, as after a restore without \
             keys: no one can sign in there."
        );
        findings.fail(CHECK, sentence, rotate);
        return;
    }
    let Some(end) = provider.secret_expires_at else {
        findings
            .ok(CHECK, format!("The client secret of identity provider {slug} is stored."))
            .seen("when it expires is not known")
            .fixed_by(format!("ltictl identity-provider set {slug} --secret-expires DATE"));
        return;
    };
    let left = end.duration_since(now);
    let finding = if left <= SignedDuration::ZERO {
        let sentence = format!("The client secret of identity provider {slug} has expired.");
        findings.fail(CHECK, sentence, rotate)
    } else if left < URGENT {
        let sentence =
            format!("The client secret of identity provider {slug} expires in less than a week.");
        findings.fail(CHECK, sentence, rotate)
    } else if left < REMINDER {
        let sentence =
            format!("The client secret of identity provider {slug} expires within 30 days.");
        findings.warn(CHECK, sentence, rotate)
    } else {
        findings.ok(CHECK, format!("The client secret of identity provider {slug} is valid."))
    };
    finding.seen(format!("it expires at {}", rfc3339(end)));
}

/// The providers that are checked over the network.
pub(super) fn enabled(read: Read<'_>) -> Result<Vec<IdentityProvider>, Error> {
    let mut providers = read.identity_providers()?;
    providers.retain(|provider| provider.enabled);
    Ok(providers)
}

/// Reads the discovery document and the keyset of each provider, and adds the findings.
pub(super) async fn check(
    findings: &mut Findings,
    enabled: Vec<IdentityProvider>,
    tool: &PublicUrl,
    client: &PlatformClient,
    clock: Clock,
) {
    let providers = Providers::new(client.clone());
    for provider in enabled {
        let found = published(&provider, tool, &providers, client, clock).await;
        let slug = &provider.slug;
        match found {
            Ok(keys) => {
                let sentence = format!("What identity provider {slug} publishes can be used.");
                findings.ok(Check::ProviderDiscovery, sentence).seen(counted(keys, "key", "keys"));
            }
            Err(problem) => {
                let sentence = format!(
                    "What identity provider {slug} publishes cannot be used: no one can sign in \
                     there."
                );
                let fix = format!(
                    "compare the issuer with the provider's discovery document: ltictl \
                     identity-provider show {slug}"
                );
                findings.fail(Check::ProviderDiscovery, sentence, fix).seen(problem);
            }
        }
    }
}

/// How many keys a provider has for its ID tokens, or why it cannot be used.
async fn published(
    provider: &IdentityProvider,
    tool: &PublicUrl,
    providers: &Providers,
    client: &PlatformClient,
    clock: Clock,
) -> Result<u64, String> {
    let access = access(provider, tool);
    let discovery = providers.discovery(&access, clock.now()).await;
    let discovery = discovery.map_err(|error| match error {
        ProviderError::Fetch(error) => error.to_string(),
        ProviderError::Discovery(problem) => problem,
        ProviderError::Exchange(_) => "the response is not one of the protocol".to_owned(),
    })?;
    let keyset = client.get_json(&discovery.jwks_uri, access.reach, LARGEST_KEYSET).await;
    let keyset = keyset.map_err(|error| error.to_string())?;
    let keyset = Keyset::parse(&keyset.body).map_err(|problem| format!("its keyset: {problem}"))?;
    match keyset.count_usable_with(&discovery.algorithms) {
        0 => Err("its keyset has no key for its algorithms".to_owned()),
        keys => Ok(keys as u64),
    }
}

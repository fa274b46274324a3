//! Presets: the endpoints of platforms that are the same for every tool.

use url::Url;

use super::sheet;
use crate::domain::DeploymentPolicy;
use crate::failure::{Failure, Kind};
use crate::lms::{self, Preset};
use crate::rules::registration::{DETAILS, PlatformChange};

/// Fills in what a change lacks from the preset `name`. `stored` is the client ID that the
/// registration has already, and `hint` the command for platforms without a preset.
///
/// # Errors
///
/// If there is no such preset, or it needs a host.
pub(super) fn fill_in(
    name: &str,
    host: Option<&str>,
    stored: Option<&str>,
    hint: &str,
    change: &mut PlatformChange,
    warnings: &mut Vec<String>,
) -> Result<(), Failure> {
    let lms = sheet::find(name)?;
    let client_id = change.client_id.as_deref().or(stored);
    let host =
        host.or(change.issuer.as_deref().filter(|_| lms.issuer_is_host())).unwrap_or_default();
    if lms.preset_needs_host() && host.is_empty() {
        let why = format!("the endpoints of {} are on its own host", lms.name);
        return Err(Failure::new(
            Kind::Usage,
            "--host is missing",
            why,
            format!("give --host, as in --preset {name} --host lms.example.edu"),
        ));
    }
    let Some(preset) = lms.preset(host, client_id.unwrap_or_default()) else {
        return Err(Failure::new(
            Kind::Usage,
            format!("{name} has no preset"),
            format!("{} has different URLs for every tool", lms.name),
            hint,
        ));
    };
    apply(name, preset, change, warnings);
    Ok(())
}

/// Fills in what the source lacks; if both have a value, the source's is used, and a warning shows
/// both.
pub(super) fn apply(
    name: &str,
    preset: Preset,
    change: &mut PlatformChange,
    warnings: &mut Vec<String>,
) {
    let mut fill = |label: &str, given: &mut Option<String>, preset: &str| match given {
        Some(given) if *given != preset => {
            warnings.push(format!("{label} is {given}, but the preset {name} has {preset}"))
        }
        Some(_) => {}
        None => *given = Some(preset.to_owned()),
    };
    for (place, given) in change.details_mut().into_iter().enumerate() {
        if let Some(value) = preset.values()[place] {
            fill(DETAILS[place].label(), given, value);
        }
    }
    if let Some(audience) = &preset.token_audience {
        let mut given = change.policy.token_audience.take().and_then(Option::from);
        fill("Token audience", &mut given, audience);
        change.policy.token_audience = Some(given.into());
    }
    change.product.get_or_insert_with(|| name.to_owned());
    change.configuration_url = change.configuration_url.take().or(preset.configuration_url);
    if preset.accepts_deployments {
        change.policy.deployments.get_or_insert(DeploymentPolicy::Accept);
    }
}

/// Warnings about values that do not fit together: a slash at the end of the issuer, http beside
/// https, two environments of a cloud.
pub(super) fn contradictions(change: &PlatformChange) -> Vec<String> {
    let mut warnings = Vec::new();
    let Some(issuer) = change.issuer.as_deref() else { return warnings };
    let urls = [
        (2, &change.keyset_url),
        (3, &change.access_token_url),
        (4, &change.authentication_request_url),
    ];
    if let Some(shorter) = issuer.strip_suffix('/') {
        warnings.push(format!(
            "{} is {issuer} with a slash at the end; most platforms have \
            {shorter}, and it is compared byte by byte",
            DETAILS[0].label()
        ));
    }
    for (place, url) in urls {
        let Some(url) = url else { continue };
        let (Ok(one), Ok(other)) = (Url::parse(issuer), Url::parse(url)) else { continue };
        let label = DETAILS[place].label();
        if one.scheme() != other.scheme() {
            warnings.push(format!(
                "{} is {issuer}, but {label} is {url}: {} and {} are mixed",
                DETAILS[0].label(),
                one.scheme(),
                other.scheme()
            ));
        }
        let environment = |url: &Url| lms::environment(url.host_str()?);
        if let (Some((_, one)), Some((_, other))) = (environment(&one), environment(&other))
            && one != other
        {
            warnings.push(format!(
                "{} is {issuer} ({one}), but {label} is {url} ({other})",
                DETAILS[0].label()
            ));
        }
    }
    warnings
}

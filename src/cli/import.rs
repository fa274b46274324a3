//! `ltictl platform import`: a platform's details from JSON, from pasted text, from a URL or from a
//! preset.

use std::path::Path;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::context::Context;
use super::keep_users::{self, UserArguments};
use super::preset;
use super::registration::{next_step, print_with_status};
use super::serve::runtime;
use super::typed::{self, typed_command, typed_words};
use crate::admin::connect;
use crate::admin::dynamic::MAX_DOCUMENT_BYTES;
use crate::domain::{
    Deployment, DeploymentId, Invalid, Name, PlatformDetails, Product, Registration,
    RegistrationRef, Settings, Slug,
};
use crate::failure::{Failure, Kind, shell_word};
use crate::lms::{self, Detail, paste};
use crate::lti::dynamic_registration::RegistrationError;
use crate::lti::json_problem;
use crate::platform::{NetworkAccess, PlatformClient};
use crate::report::{self, Style, Table, View};
use crate::rules::registration::{self, DETAILS, PlatformChange};
use crate::rules::registration_fix::registration_fix;

/// Import the platform's details from JSON, from text pasted from the LMS, from a URL or from a
/// preset
///
/// For JSON, the names of this program's own output (issuer, client_id, keyset_url,
/// access_token_url, authentication_request_url, also below "platform"), those of an OpenID
/// configuration (jwks_uri, token_endpoint, authorization_endpoint) and the flags of `platform set`
/// are accepted. For text, the labels of the LMS with their values are found in any order, also
/// among other lines. A deployment ID or a list of deployments is added, too. Stored values are
/// replaced only after you confirm, or with --yes.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Slug of the registration
    #[arg(value_name = "REG")]
    registration: RegistrationRef,
    /// File, - for standard input, or the https URL of an OpenID configuration
    #[arg(required_unless_present = "preset")]
    source: Option<String>,
    /// Use the endpoints of this platform; to list all: ltictl registration tool-details REG --for
    /// list
    #[arg(long, value_name = "PLATFORM")]
    preset: Option<String>,
    /// The platform's host or base URL, for presets that need it
    #[arg(long, requires = "preset")]
    host: Option<String>,
    /// "Client ID", if the source has none
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    client_id: Option<String>,
    /// "Platform ID (issuer)", if the source has none
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// Skip the confirmation prompt
    #[arg(short, long)]
    yes: bool,
    /// Show what would change, without changing it
    #[arg(long)]
    dry_run: bool,
    /// Accept http:// URLs for hosts other than this machine
    #[arg(long)]
    allow_http: bool,

    #[command(flatten)]
    users: UserArguments,
}

/// What was read from a source.
#[derive(Default)]
pub(super) struct ParsedSource {
    pub(super) change: PlatformChange,
    pub(super) deployments: Vec<(DeploymentId, Option<Name>)>,
    pub(super) used: Vec<String>,
    pub(super) unplaced: Vec<String>,
    /// The first value that breaks a rule.
    rejected: Option<Invalid>,
    /// Lines whose value breaks a rule, with the rule; `unplaced` contains them, too.
    rejected_lines: Vec<String>,
}

impl ParsedSource {
    /// Lines whose value breaks a rule, with the rule.
    pub(super) fn rejected_lines(&self) -> &[String] {
        &self.rejected_lines
    }
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let (mut store, settings) = context.store_and_settings()?;
    let slug = &arguments.registration;
    let (registration, deployments) = registration::show(store.read(), slug)?;
    let mut read = match &arguments.source {
        Some(source) => read_source(source, &registration, &settings, arguments.allow_http)?,
        None => ParsedSource::default(),
    };
    read.change.policy.allow_http = arguments.allow_http.then_some(true);
    read.change.client_id = arguments.client_id.clone().or(read.change.client_id);
    read.change.issuer = arguments.issuer.clone().or(read.change.issuer);
    read.change.configuration_url = arguments.source.clone().filter(|source| is_url(source));
    let mut warnings = Vec::new();
    if let Some(name) = &arguments.preset {
        let stored = registration.platform.as_ref().map(|platform| platform.client_id.as_str());
        let hint = format!("ltictl platform import {slug} -");
        let host = arguments.host.as_deref();
        preset::fill_in(name, host, stored, &hint, &mut read.change, &mut warnings)?;
    }
    if !read.change.has_details() {
        let why = "the source contains no issuer, client ID, keyset URL, access token URL or \
            authentication request URL";
        return Err(Failure::new(
            Kind::Invalid,
            "no platform details",
            why,
            format!("ltictl platform set {slug} --help"),
        ));
    }
    warnings.extend(preset::contradictions(&read.change));
    check(&registration, &mut read)?;
    let proposal = Proposal::new(&registration, &deployments, &read, warnings);
    if arguments.dry_run {
        context.print(&proposal)?;
        return arguments.users.note_dry_run(context, &store, slug, &read.change);
    }
    let dependents =
        arguments.users.decide(context, &store, slug, &mut read.change, &typed_command())?;
    let asks = context.may_ask() && !arguments.yes && !proposal.changes.is_empty();
    if asks {
        context.note(&proposal.summary());
    }
    // Without a terminal, a first import needs no --yes: it replaces nothing.
    if asks || (registration.platform.is_some() && proposal.replaces()) {
        context.confirm(arguments.yes, &format!("Change {slug} like this?"), &typed_command())?;
    }
    let registered =
        connect::import(&mut store, slug, &read.change, read.deployments, context.now())?;
    if !asks {
        context.note(&proposal.summary());
    }
    print_with_status(context, &store, &settings, &registered)?;
    keep_users::note(context, &read.change, dependents);
    next_step(context, &store, &registered)?;
    Ok(())
}

/// Checks the values as storing them would; a value that breaks a rule is reported rather than a
/// missing one.
fn check(registration: &Registration, read: &mut ParsedSource) -> Result<(), Failure> {
    let allow_http = read.change.policy.allow_http.unwrap_or(registration.policy.allow_http);
    let mut missing = Vec::new();
    for (place, value) in read.change.details_mut().into_iter().enumerate() {
        match value {
            Some(value) => registration::check_detail(place, value, allow_http)?,
            None if registration.platform.is_none() => missing.push(DETAILS[place].flag),
            None => {}
        }
    }
    match (missing.is_empty(), read.rejected.take()) {
        (true, _) => Ok(()),
        (false, Some(rejected)) => Err(rejected.into()),
        (false, None) => Err(incomplete(registration, read, &missing)),
    }
}

/// The failure if details are missing: the typed command can only add an issuer and a client ID, so
/// for others, the values that were read are entered with the missing ones.
fn incomplete(registration: &Registration, read: &mut ParsedSource, missing: &[&str]) -> Failure {
    let mut failure = registration::incomplete(&registration.slug, missing);
    if missing.iter().all(|flag| ["--issuer", "--client-id"].contains(flag)) {
        return typed::corrected(failure, &registration.slug, &typed_words());
    }
    let values = read.change.details_mut().into_iter().zip(DETAILS);
    let options = values.map(|(value, row)| match value {
        Some(value) => format!(" {} {}", row.flag, shell_word(value)),
        None => format!(" {} …", row.flag),
    });
    let flags: String = options.collect();
    failure.hint = format!("ltictl platform set {}{flags}", registration.slug);
    failure
}

fn read_source(
    source: &str,
    registration: &Registration,
    settings: &Settings,
    allow_http: bool,
) -> Result<ParsedSource, Failure> {
    let allow_http = allow_http || registration.policy.allow_http;
    let text = if is_url(source) {
        let mut reach =
            NetworkAccess::for_registration(&registration.policy, settings.url.is_loopback());
        reach.http = allow_http;
        let fetched = runtime()?
            .block_on(PlatformClient::new().get_json(source, reach, MAX_DOCUMENT_BYTES))
            .map_err(|error| {
                Failure::new(
                    Kind::Platform,
                    "the document cannot be fetched",
                    error.to_string(),
                    "check the URL, or save the document and give the file",
                )
            })?;
        let not_json = || {
            let problem = RegistrationError::ConfigurationNotJson;
            Failure::new(
                Kind::Platform,
                "the document cannot be used",
                problem.to_string(),
                format!(
                    "{}; or save the page and give the file",
                    registration_fix(&problem, &registration.slug)
                ),
            )
        };
        String::from_utf8(fetched.body)
            .ok()
            .filter(|text| text.trim_start().starts_with('{'))
            .ok_or_else(not_json)?
    } else {
        Context::read_text(Path::new(source))?
    };
    read(&text, source, allow_http)
}

/// Reads JSON or pasted text; `source` names it in errors.
pub(super) fn read(text: &str, source: &str, allow_http: bool) -> Result<ParsedSource, Failure> {
    if text.trim_start().starts_with(['{', '[']) {
        read_json(text, source)
    } else {
        read_text(text, allow_http)
    }
}

fn is_url(source: &str) -> bool {
    source.starts_with("https://") || source.starts_with("http://")
}

fn read_text(text: &str, allow_http: bool) -> Result<ParsedSource, Failure> {
    let pasted = paste::read(text, allow_http);
    let value = |detail| pasted.value(detail).map(str::to_owned);
    let deployments = match pasted.value(Detail::DeploymentId) {
        Some(id) => vec![(DeploymentId::new(id)?, None)],
        None => Vec::new(),
    };
    let rejected = pasted.unplaced.iter().find_map(|(_, reason)| reason.clone());
    let rejected_lines = pasted
        .unplaced
        .iter()
        .filter_map(|(line, reason)| reason.as_ref().map(|reason| format!("{line} ({reason})")))
        .collect();
    let unplaced = pasted.unplaced.iter().map(|(line, reason)| {
        reason.as_ref().map_or_else(|| line.clone(), |reason| format!("{line} ({reason})"))
    });
    Ok(ParsedSource {
        change: PlatformChange {
            issuer: value(Detail::Issuer),
            client_id: value(Detail::ClientId),
            keyset_url: value(Detail::KeysetUrl),
            access_token_url: value(Detail::AccessTokenUrl),
            authentication_request_url: value(Detail::AuthenticationRequestUrl),
            policy: crate::rules::registration::PolicyChange {
                token_audience: value(Detail::TokenAudience)
                    .map(|audience| audience.parse())
                    .transpose()?,
                ..Default::default()
            },
            ..PlatformChange::default()
        },
        deployments,
        used: pasted
            .values
            .iter()
            .map(|pasted| format!("{}: {}", pasted.label, pasted.value))
            .collect(),
        unplaced: unplaced.collect(),
        rejected,
        rejected_lines,
    })
}

/// Platform details under any of the names that programs and platforms use.
#[derive(Debug, Default, Deserialize)]
struct Imported {
    platform: Option<Box<Imported>>,
    #[serde(alias = "iss", alias = "platform_id")]
    issuer: Option<String>,
    client_id: Option<String>,
    #[serde(alias = "jwks_uri", alias = "jwks_url", alias = "public_keyset_url")]
    keyset_url: Option<String>,
    #[serde(alias = "token_endpoint", alias = "token_url")]
    access_token_url: Option<String>,
    #[serde(
        alias = "authorization_endpoint",
        alias = "auth_url",
        alias = "authentication_url",
        alias = "auth_login_url"
    )]
    authentication_request_url: Option<String>,
    deployment_id: Option<String>,
    #[serde(default)]
    deployments: Vec<ImportedDeployment>,
    /// Details of the platform in an OpenID configuration (LTI Dynamic Registration 1.0, platform
    /// configuration).
    #[serde(rename = "https://purl.imsglobal.org/spec/lti-platform-configuration")]
    platform_configuration: Option<PlatformConfiguration>,
    product: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PlatformConfiguration {
    product_family_code: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ImportedDeployment {
    deployment_id: String,
    name: Option<String>,
}

fn read_json(text: &str, source: &str) -> Result<ParsedSource, Failure> {
    let mut imported: Imported = serde_json::from_str(text).map_err(|error| {
        Failure::new(
            Kind::Invalid,
            "invalid JSON",
            format!("{source}: {}", json_problem(&error)),
            "give one object with issuer, client_id, keyset_url, access_token_url and \
             authentication_request_url",
        )
    })?;
    let mut deployments = std::mem::take(&mut imported.deployments);
    deployments.extend(
        imported
            .deployment_id
            .take()
            .map(|deployment_id| ImportedDeployment { deployment_id, name: None }),
    );
    let product = imported.product.take();
    if let Some(platform) = imported.platform.take() {
        imported = *platform;
    }
    let mut product = product.filter(|product| Product::new(product).is_ok());
    if let Some(code) = imported
        .platform_configuration
        .take()
        .and_then(|configuration| configuration.product_family_code)
    {
        // It only selects advice, so an invalid name is ignored.
        let name = Product::new(&code).ok().map(|code| {
            lms::product(code.as_str(), imported.issuer.as_deref().unwrap_or_default()).to_owned()
        });
        product = product.or(name);
    }
    // Only a preset, which an admin chooses, can mark a platform as self-hosted although it has the
    // issuer of the hosted product.
    let keeps_issuer = |product: &String| lms::is_self_hosted(product, imported.issuer.as_deref());
    product = product.filter(|product| !keeps_issuer(product));
    let deployments = deployments.into_iter().map(|deployment| {
        let deployment_id = DeploymentId::new(&deployment.deployment_id)?;
        Ok((deployment_id, deployment.name.as_deref().map(Name::new).transpose()?))
    });
    Ok(ParsedSource {
        deployments: deployments.collect::<Result<Vec<_>, Invalid>>()?,
        change: PlatformChange {
            issuer: imported.issuer,
            client_id: imported.client_id,
            keyset_url: imported.keyset_url,
            access_token_url: imported.access_token_url,
            authentication_request_url: imported.authentication_request_url,
            product,
            ..PlatformChange::default()
        },
        ..ParsedSource::default()
    })
}

/// One value before and after.
#[derive(Serialize, JsonSchema)]
struct Change {
    /// The value's label.
    label: &'static str,
    /// What is stored.
    before: Option<String>,
    /// What would be stored.
    after: String,
}

impl Change {
    /// The change of one value; `None` if the source has no value, or the same one.
    fn of(label: &'static str, before: Option<String>, after: Option<String>) -> Option<Self> {
        let after = after.filter(|after| before.as_ref() != Some(after))?;
        Some(Self { label, before, after })
    }

    /// The changes of the platform's own details.
    fn of_platform(
        platform: Option<&PlatformDetails>,
        change: &PlatformChange,
    ) -> [Option<Self>; 5] {
        let (before, after) = (platform.map(PlatformDetails::values), change.details());
        std::array::from_fn(|place| {
            Self::of(
                DETAILS[place].label(),
                before.map(|before| before[place].to_owned()),
                after[place].map(str::to_owned),
            )
        })
    }

    /// The changes of the product, and of what the tool permits the platform.
    fn of_policy(registration: &Registration, change: &PlatformChange) -> [Option<Self>; 4] {
        let (before, after) = (&registration.policy, &change.policy);
        [
            Self::of(
                "Token audience",
                before.token_audience.clone(),
                after.token_audience.clone().and_then(Option::from),
            ),
            Self::of(
                "Product",
                registration.product.as_ref().map(|product| product.as_str().to_owned()),
                change.product.clone(),
            ),
            Self::of(
                "Unknown deployments",
                Some(before.deployments.as_str().to_owned()),
                after.deployments.map(|deployments| deployments.as_str().to_owned()),
            ),
            Self::of(
                "Plain http",
                Some(before.allow_http.to_string()),
                after.allow_http.map(|allow| allow.to_string()),
            ),
        ]
    }
}

/// What an import would change.
#[derive(Serialize, JsonSchema)]
pub(super) struct Proposal {
    /// Slug of the registration.
    registration: Slug,
    /// Every value that would change.
    changes: Vec<Change>,
    /// What to check before storing it.
    warnings: Vec<String>,
    /// What was used from the input.
    used: Vec<String>,
    /// What was not recognized in the input.
    unplaced: Vec<String>,
}

impl Proposal {
    pub(super) fn new(
        registration: &Registration,
        known: &[Deployment],
        read: &ParsedSource,
        warnings: Vec<String>,
    ) -> Self {
        let is_new =
            |id: &&DeploymentId| known.iter().all(|deployment| deployment.deployment_id != **id);
        let added = read.deployments.iter().map(|(id, _)| id).filter(is_new).map(|id| Change {
            label: "Deployment ID",
            before: None,
            after: id.to_string(),
        });
        Self {
            registration: registration.slug.clone(),
            changes: Change::of_platform(registration.platform.as_ref(), &read.change)
                .into_iter()
                .chain(Change::of_policy(registration, &read.change))
                .flatten()
                .chain(added)
                .collect(),
            warnings,
            used: read.used.clone(),
            unplaced: read.unplaced.clone(),
        }
    }

    /// Whether a stored value would be replaced.
    fn replaces(&self) -> bool {
        self.changes.iter().any(|change| change.before.is_some())
    }

    /// The lines that were used or not recognized, the warnings and the table of changes; long
    /// lists are truncated.
    pub(super) fn summary(&self) -> String {
        let mut lines = Vec::new();
        let mut section = |heading: &str, items: &[String]| {
            if !items.is_empty() {
                lines.push(heading.to_owned());
                lines
                    .extend(items.iter().take(40).map(|item| format!("  {}", report::clean(item))));
            }
        };
        section("Used:", &self.used);
        section("Not recognized:", &self.unplaced);
        lines.push(self.differences());
        lines.join("\n") + "\n"
    }

    /// Whether nothing would change.
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The warnings and the table of changes.
    pub(super) fn differences(&self) -> String {
        let mut lines = Vec::new();
        if !self.warnings.is_empty() {
            lines.push("Warning:".to_owned());
            lines.extend(
                self.warnings
                    .iter()
                    .take(40)
                    .map(|warning| format!("  {}", report::clean(warning))),
            );
        }
        let mut table = Table::new(Style::default(), &["VALUE", "BEFORE", "AFTER"]);
        for change in self.changes.iter().take(20) {
            table
                .row(&[change.label, change.before.as_deref().unwrap_or("-"), &change.after], None);
        }
        lines.push(table.finish("Nothing changes."));
        if self.changes.len() > 20 {
            lines.push(format!("and {} more", self.changes.len() - 20));
        }
        lines.join("\n")
    }
}

impl View for Proposal {
    fn table(&self, _: Style) -> String {
        self.summary().trim_end().to_owned()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.registration.to_string()]
    }
}

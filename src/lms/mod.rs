//! Each LMS: its form for a new tool with its own labels, the details that it shows afterwards, its
//! endpoints, and how it differs from others. All of this is data, one YAML file per LMS in this
//! directory, checked by tests. To add an LMS, add a file and its line in the list below. The apps
//! that sign people in by OpenID Connect have sheets of their own in `apps/`.

mod app_sheet;
pub mod canvas_configuration;
mod form;
mod hosts;
mod identity_provider;
mod lti_1p1;
pub mod paste;
mod readers;
mod scores;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::app_sheet::{APP_NAMES, AppPart, AppSheet, SECRET, find_app};
pub use self::form::{Action, FilledField, FilledLink, MoveToLti1p3, Purpose};
use self::form::{Certainty, Field, LinkForm, fill, filled};
pub use self::hosts::{
    audience_required_at, clouds, endpoint_domains, environment, environments, hosted_product,
    identity_of, is_common_host, is_self_hosted, is_within, keyset_hosts, names_audience,
    self_hosted, token_service_at,
};
pub use self::identity_provider::{BroughtBack, ClientValues, Link, ProviderForm, provider_form};
pub use self::lti_1p1::{
    SignedForm, SignedLinkValues, TermsOfLms, find_signed, move_to_lti_1p3, signed_names, terms,
};
pub use self::readers::keyset_reader;
pub use self::scores::{ScoreDelivery, UnfinishedScores};
use crate::domain::{Identity, Product, Protocol, Registration};
use crate::lti::course_history::CUSTOM_PARAMETERS;
use crate::lti::dynamic_registration::ToolDescription;

/// The files, by the name that commands use.
const FILES: [(&str, &str); 15] = [
    ("moodle", include_str!("moodle.yaml")),
    ("canvas", include_str!("canvas.yaml")),
    ("canvas-beta", include_str!("canvas-beta.yaml")),
    ("canvas-test", include_str!("canvas-test.yaml")),
    ("canvas-selfhosted", include_str!("canvas-selfhosted.yaml")),
    ("blackboard", include_str!("blackboard.yaml")),
    ("brightspace", include_str!("brightspace.yaml")),
    ("sakai", include_str!("sakai.yaml")),
    ("schoology", include_str!("schoology.yaml")),
    ("openedx", include_str!("openedx.yaml")),
    ("ilias", include_str!("ilias.yaml")),
    ("chamilo", include_str!("chamilo.yaml")),
    ("saltire", include_str!("saltire.yaml")),
    ("1edtech", include_str!("1edtech.yaml")),
    (OTHER, include_str!("other.yaml")),
];

/// The name for any other platform: its form has our own labels.
pub const OTHER: &str = "other";

/// The value of a field for the tool's logo.
const LOGO: &str = "{logo_url}";

/// One LMS as its file describes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lms {
    /// Its name for people.
    pub name: String,
    /// Its name within sentences, if that is shorter.
    short_name: Option<String>,
    /// Where in its menus the form is.
    #[serde(rename = "where")]
    pub form_place: String,
    /// Where to paste a registration URL, if it supports dynamic registration.
    pub dynamic: Option<String>,
    /// The same within a sentence, as an example for the page that a registration URL shows in a
    /// browser.
    pub registration_url_example: Option<String>,
    /// What to do after dynamic registration.
    pub once_registered: Option<OnceRegistered>,
    /// How its `product_family_code` may start, in lower case, besides being its name in commands.
    #[serde(default)]
    family_codes: Vec<String>,
    /// Parts of the `User-Agent` with which it fetches keysets, in lower case.
    #[serde(default)]
    user_agents: Vec<String>,
    /// The format in which it accepts the tool's configuration as JSON.
    configuration_format: Option<ConfigurationFormat>,
    /// Which environment of its cloud the file describes.
    environment: Option<Environment>,
    /// What its field for redirect URIs must contain, if not both: the rest of a sentence that
    /// starts with the field.
    redirect_uris: Option<String>,
    /// The two fields that must have the tool URL, if launches are posted to the first, regardless
    /// of the redirect URI in the second.
    pub launch_fields: Option<[String; 2]>,
    /// The folders of its endpoints in its generations, the latest one last. A platform has only
    /// one of them.
    #[serde(default)]
    folders: Vec<String>,
    /// The number of characters after which it cuts URLs.
    pub max_url_length: Option<usize>,
    /// Whether it appends a question mark to the login URL, even if that contains one.
    #[serde(default)]
    pub appends_question_mark: bool,
    /// Whether it requires a subject (`sub`) in responses to deep linking requests.
    #[serde(default)]
    deep_linking_subject: bool,
    /// What it does with a score that is not final.
    #[serde(default)]
    unfinished_scores: UnfinishedScores,
    certainty: Certainty,
    fields: Vec<Field>,
    /// Where it shows the values to copy back.
    pub bring_back_where: String,
    /// Its labels for each value that it shows.
    bring_back: BTreeMap<Detail, Vec<String>>,
    /// The values that it does not show; the preset has them.
    #[serde(default)]
    shown_nowhere: Vec<Detail>,
    preset: Option<PresetTemplate>,
    /// How its teachers create a link by hand.
    link: Option<LinkForm>,
    /// How a link or tool of LTI 1.1 is created.
    lti_1p1: Option<LinkForm>,
    /// What happens when a tool moves from LTI 1.1 to LTI 1.3.
    move_to_lti_1p3: Option<MoveToLti1p3>,
    /// Further notes.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// What to do after dynamic registration, in sentences.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnceRegistered {
    /// Where the LMS shows the deployment ID.
    pub deployment_id: String,
    /// What its administrator has to do before launches work.
    pub next_step: String,
}

/// A format for the tool's configuration.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ConfigurationFormat {
    /// That of [`canvas_configuration`].
    Canvas,
}

/// One of several environments of an LMS in the cloud, which have separate keys.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Environment {
    /// Its name within sentences.
    name: String,
    /// The domains of its hosts, which it may share with other environments.
    domains: Vec<String>,
    /// The part that distinguishes its hosts from those of the environment without a mark.
    mark: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PresetTemplate {
    issuer: String,
    keyset_url: String,
    access_token_url: String,
    authentication_request_url: String,
    token_audience: Option<String>,
    /// The domains of token services that require the audience.
    #[serde(default)]
    audience_domains: Vec<String>,
    #[serde(default)]
    deployments: Deployments,
    /// How users are identified if customers share the issuer.
    identity: Option<Identity>,
    /// The hosts of the issuer's keysets, if customers share the issuer.
    #[serde(default)]
    keyset_hosts: Vec<String>,
    /// The hosts of the same token service; `*.domain` is every host below the domain.
    #[serde(default)]
    token_hosts: Vec<String>,
    /// The domains of all endpoints, if customers share the issuer.
    #[serde(default)]
    endpoint_domains: Vec<String>,
    /// The domains of all URLs of a dynamic registration, if customers share the issuer. Without
    /// them, the usual rules apply.
    #[serde(default)]
    registration_domains: Vec<String>,
    openid_configuration: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Deployments {
    #[default]
    Known,
    Accept,
}

/// A value that a platform shows once the tool is set up there.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Platform ID (issuer).
    Issuer,
    /// Client ID.
    ClientId,
    /// Public keyset URL.
    KeysetUrl,
    /// Access token URL.
    AccessTokenUrl,
    /// Authentication request URL.
    AuthenticationRequestUrl,
    /// Deployment ID.
    DeploymentId,
    /// Audience of our client assertions.
    TokenAudience,
}

impl Detail {
    /// Our own name for it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Issuer => "Platform ID (issuer)",
            Self::ClientId => "Client ID",
            Self::KeysetUrl => "Public keyset URL",
            Self::AccessTokenUrl => "Access token URL",
            Self::AuthenticationRequestUrl => "Authentication request URL",
            Self::DeploymentId => "Deployment ID",
            Self::TokenAudience => "Token audience",
        }
    }
}

/// The tool's values for a platform's form.
#[derive(Debug, Clone)]
pub struct ToolValues {
    /// Tool URL, also the first redirect URI.
    pub tool_url: String,
    /// Initiate login URL.
    pub initiate_login_url: String,
    /// JWKS URL.
    pub jwks_url: String,
    /// Deep linking URL, also the second redirect URI.
    pub deep_linking_url: String,
    /// Registration URL, if one is open.
    pub registration_url: Option<String>,
    /// Host of the tool, with its port if the URL has one.
    pub domain: String,
    /// The tool's name.
    pub name: String,
    /// The tool's logo; without one, the form has no fields for it.
    pub logo_url: Option<String>,
}

/// The values for a link to a resource.
#[derive(Debug, Clone)]
pub struct LinkValues {
    /// URL for links that have the custom parameter.
    pub launch_url: String,
    /// URL that names the resource, for links without custom parameters.
    pub named_launch_url: String,
    /// The custom parameter, `id=` and the resource's UUID.
    pub custom_parameter: String,
    /// The resource's name.
    pub name: String,
    /// The resource's maximum grade; without one, the form has no fields for grades.
    pub max_grade: Option<String>,
}

/// A value to copy back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BringBack {
    /// Its label in the LMS; `None` if the LMS does not show it.
    pub label: Option<String>,
    /// Which detail it is.
    pub detail: Detail,
}

/// The endpoints of a platform, from its preset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// Platform ID (issuer).
    pub issuer: String,
    /// Public keyset URL.
    pub keyset_url: String,
    /// Access token URL.
    pub access_token_url: String,
    /// Authentication request URL.
    pub authentication_request_url: String,
    /// Audience of our client assertions, if it is not the access token URL.
    pub token_audience: Option<String>,
    /// Whether launches from unknown deployments are accepted.
    pub accepts_deployments: bool,
    /// URL of the platform's OpenID configuration, if it is public.
    pub configuration_url: Option<String>,
}

impl Preset {
    /// The values of a platform's five details, in the order of
    /// [`PlatformDetails::values`](crate::domain::PlatformDetails::values); only the platform has
    /// the client ID.
    pub fn values(&self) -> [Option<&str>; 5] {
        [
            Some(&self.issuer),
            None,
            Some(&self.keyset_url),
            Some(&self.access_token_url),
            Some(&self.authentication_request_url),
        ]
        .map(|value| value.map(String::as_str))
    }
}

/// All LMSs with their names in commands, in the order of the list of files.
///
/// # Panics
///
/// Never: the files are part of the program, and a test reads them all.
pub fn all() -> &'static [(&'static str, Lms)] {
    static ALL: LazyLock<Vec<(&str, Lms)>> =
        LazyLock::new(|| FILES.into_iter().map(|(name, text)| (name, read(name, text))).collect());
    &ALL
}

/// Reads one of the files.
fn read<T: DeserializeOwned>(name: &str, text: &str) -> T {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("lms/{name}.yaml: {error}"))
}

/// The LMS of that name.
pub fn find(name: &str) -> Option<&'static Lms> {
    all().iter().find(|(known, _)| *known == name).map(|(_, lms)| lms)
}

/// The LMS of a registration whose product is this one, if it is known.
pub fn of_product(product: Option<&Product>) -> Option<&'static Lms> {
    product.map(Product::as_str).and_then(find)
}

/// What the platform of a registration does with a score that is not final. The service of LTI 1.1
/// has no such scores: there is a grade, or it is removed.
pub fn unfinished_scores(registration: &Registration) -> UnfinishedScores {
    match registration.protocol {
        Protocol::Lti1p3 => {
            let platform = registration.platform.as_ref();
            let issuer = platform.map(|platform| platform.issuer.as_str());
            unfinished_scores_of(registration.product.as_ref(), issuer)
        }
        Protocol::Lti1p1 | Protocol::Lti2p0 => UnfinishedScores::ClearGrade,
    }
}

/// The same for a product or, if that is not known, for an issuer.
fn unfinished_scores_of(product: Option<&Product>, issuer: Option<&str>) -> UnfinishedScores {
    let lms = of_product(product).or_else(|| find(hosted_product(issuer?)?));
    lms.map_or(UnfinishedScores::Kept, |lms| lms.unfinished_scores)
}

/// The LMS with this `product_family_code` at this issuer, with its name in commands.
pub fn of_family(family_code: &str, issuer: &str) -> Option<(&'static str, &'static Lms)> {
    let starts_with = |word: &String| {
        family_code.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    let family: Vec<&(&str, Lms)> = all()
        .iter()
        .filter(|(name, lms)| {
            name.eq_ignore_ascii_case(family_code) || lms.family_codes.iter().any(starts_with)
        })
        .collect();
    // The environments of a cloud and its self-hosted version have the same code.
    let find = |is_meant: fn(&PresetTemplate, &str) -> bool| {
        family
            .iter()
            .find(|(_, lms)| lms.preset.as_ref().is_some_and(|preset| is_meant(preset, issuer)))
    };
    find(|preset, issuer| preset.issuer == issuer)
        .or_else(|| find(|preset, _| names_host(&preset.keyset_url)))
        .or(family.first())
        .map(|(name, lms)| (*name, lms))
}

/// The product with this `product_family_code`, by its name in commands; the code itself if it is
/// unknown.
pub fn product<'a>(family_code: &'a str, issuer: &str) -> &'a str {
    of_family(family_code, issuer).map_or(family_code, |(name, _)| name)
}

/// Whether a platform requires a subject in responses to deep linking requests.
pub fn requires_subject(issuer: &str, family_code: Option<&str>) -> bool {
    let has_issuer = |lms: &Lms| {
        lms.preset.as_ref().is_some_and(|preset| preset.issuer == issuer.trim_end_matches('/'))
    };
    all().iter().any(|(_, lms)| lms.deep_linking_subject && has_issuer(lms))
        || family_code
            .and_then(|code| of_family(code, issuer))
            .is_some_and(|(_, lms)| lms.deep_linking_subject)
}

impl Lms {
    /// Its name within sentences.
    pub fn short_name(&self) -> &str {
        self.short_name.as_ref().unwrap_or(&self.name)
    }

    /// The tool's configuration as JSON, if it accepts one.
    pub fn configuration(&self, tool: &ToolDescription) -> Option<Value> {
        self.configuration_format
            .map(|ConfigurationFormat::Canvas| canvas_configuration::build(tool))
    }

    /// What its field for redirect URIs must contain, if not both: the rest of a sentence that
    /// starts with the field.
    pub fn redirect_uris(&self, tool_url: &str, deep_linking_url: &str) -> Option<String> {
        let known = [("tool_url", tool_url), ("deep_linking_url", deep_linking_url)];
        self.redirect_uris.as_deref().map(|rule| fill(rule, &known))
    }

    /// The folder of an endpoint, if it is one that distinguishes generations.
    pub fn folder_of(&self, url: &str) -> Option<&str> {
        self.folders.iter().map(String::as_str).find(|folder| url.contains(folder))
    }

    /// An endpoint as the latest generation has it.
    pub fn in_latest_folder(&self, url: &str) -> String {
        match (self.folder_of(url), self.folders.last()) {
            (Some(folder), Some(latest)) => url.replace(folder, latest),
            _ => url.to_owned(),
        }
    }

    /// Whether its preset accepts unknown deployments.
    pub fn accepts_deployments(&self) -> bool {
        self.preset.as_ref().is_some_and(|preset| preset.deployments == Deployments::Accept)
    }

    /// The completed form, in the LMS's order.
    pub fn sheet(&self, values: &ToolValues) -> Vec<FilledField> {
        let has_value =
            |field: &&Field| values.logo_url.is_some() || field.value.as_deref() != Some(LOGO);
        let history =
            CUSTOM_PARAMETERS.map(|(name, variable)| format!("{name}={variable}")).join("\n");
        let known = [
            ("tool_url", values.tool_url.as_str()),
            ("initiate_login_url", &values.initiate_login_url),
            ("jwks_url", &values.jwks_url),
            ("deep_linking_url", &values.deep_linking_url),
            ("registration_url", values.registration_url.as_deref().unwrap_or_default()),
            ("domain", &values.domain),
            ("name", &values.name),
            ("logo_url", values.logo_url.as_deref().unwrap_or_default()),
            ("history_parameters", history.as_str()),
        ];
        let filled = |field| filled(field, self.certainty, &known);
        self.fields.iter().filter(has_value).map(filled).collect()
    }

    /// The completed form of a link that is created by hand; `None` if it is not known.
    pub fn link(&'static self, values: &LinkValues) -> Option<FilledLink> {
        let form = match self.link.as_ref()? {
            LinkForm::Own(form) => form,
            LinkForm::Like { like } => return find(like)?.link(values),
        };
        let known = [
            ("launch_url", values.launch_url.as_str()),
            ("named_launch_url", &values.named_launch_url),
            ("custom_parameter", &values.custom_parameter),
            ("name", &values.name),
            ("max_grade", values.max_grade.as_deref().unwrap_or_default()),
        ];
        Some(form.filled(&known, values.max_grade.is_some()))
    }

    /// The label of the field for a purpose, and what to choose there if it is a choice; `None` if
    /// no such field is known.
    pub fn field_for(&self, purpose: Purpose) -> Option<(&str, Option<&str>)> {
        let value = |field: &Field, placeholder: &str| {
            field.value.as_deref().is_some_and(|value| value.contains(placeholder))
        };
        let redirects = |field: &Field| field.label.to_ascii_lowercase().contains("redirect");
        let is_for = |field: &&Field| match purpose {
            Purpose::Launch => value(field, "{tool_url}") && !redirects(field),
            Purpose::Selection => value(field, "{deep_linking_url}") && !redirects(field),
            Purpose::Redirect => value(field, "{tool_url}") && redirects(field),
            Purpose::Version => {
                field.choose.as_deref().is_some_and(|choice| choice.contains("1.3"))
            }
            Purpose::Login => value(field, "{initiate_login_url}"),
            Purpose::Keyset => value(field, "{jwks_url}"),
            _ => field.switches.contains(&purpose),
        };
        self.fields.iter().find(is_for).map(|field| (field.label.as_str(), field.choose.as_deref()))
    }

    /// The LMS's label for a value; `None` if it does not show it.
    pub fn label_of(&self, detail: Detail) -> Option<&str> {
        self.bring_back.get(&detail)?.first().map(String::as_str)
    }

    /// The values to copy back, in our order.
    pub fn bring_back(&self) -> Vec<BringBack> {
        let shown = self
            .bring_back
            .iter()
            .map(|(detail, labels)| BringBack { label: labels.first().cloned(), detail: *detail });
        let mut all: Vec<BringBack> = shown
            .chain(
                self.shown_nowhere.iter().map(|detail| BringBack { label: None, detail: *detail }),
            )
            .collect();
        all.sort_by_key(|one| one.detail);
        all
    }

    /// Whether it has a preset.
    pub fn has_preset(&self) -> bool {
        self.preset.is_some()
    }

    /// Whether the preset needs the LMS's host.
    pub fn preset_needs_host(&self) -> bool {
        // The keyset is on the platform's own host, if anything is; the issuer need not be.
        self.preset.as_ref().is_some_and(|preset| names_host(&preset.keyset_url))
    }

    /// Whether the preset's issuer is the LMS's own URL, so that each follows from the other.
    pub fn issuer_is_host(&self) -> bool {
        self.preset.as_ref().is_some_and(|preset| names_host(&preset.issuer))
    }

    /// The endpoints at `host`, which may have a scheme and a path; `None` if there is no preset.
    pub fn preset(&self, host: &str, client_id: &str) -> Option<Preset> {
        let template = self.preset.as_ref()?;
        let url = host.trim().trim_end_matches('/');
        let base = if url.contains("://") { url.to_owned() } else { format!("https://{url}") };
        let host = base.split_once("://").map_or("", |(_, rest)| rest);
        let known = [
            ("host", host),
            ("hostname", without_port(host)),
            ("base", &base),
            ("client_id", client_id),
        ];
        let access_token_url = fill(&template.access_token_url, &known);
        Some(Preset {
            issuer: fill(&template.issuer, &known),
            keyset_url: fill(&template.keyset_url, &known),
            token_audience: template
                .token_audience
                .as_deref()
                .map(|audience| fill(audience, &known))
                .filter(|audience| *audience != access_token_url),
            access_token_url,
            authentication_request_url: fill(&template.authentication_request_url, &known),
            configuration_url: template
                .openid_configuration
                .as_deref()
                .map(|url| fill(url, &known)),
            accepts_deployments: template.deployments == Deployments::Accept,
        })
    }
}

fn names_host(template: &str) -> bool {
    template.contains("{base}") || template.contains("{host}")
}

/// A host without its port.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> ToolValues {
        ToolValues {
            tool_url: "https://tool.example.edu/lti/launch".into(),
            initiate_login_url: "https://tool.example.edu/lti/login/reg".into(),
            jwks_url: "https://tool.example.edu/lti/jwks".into(),
            deep_linking_url: "https://tool.example.edu/lti/deep-link".into(),
            registration_url: None,
            domain: "tool.example.edu".into(),
            name: "Example {tool_url} Tool".into(),
            logo_url: Some("https://tool.example.edu/logo.png".into()),
        }
    }

    fn link_values() -> LinkValues {
        LinkValues {
            launch_url: "https://tool.example.edu/lti/launch".into(),
            named_launch_url: "https://tool.example.edu/lti/launch/quiz".into(),
            custom_parameter: "id=393cf3fc-5b7c-4b60-b528-80e38f6159d3".into(),
            name: "Quiz".into(),
            max_grade: Some("10".into()),
        }
    }

    #[test]
    fn every_form_for_links_names_the_resource() {
        for (name, lms) in all() {
            let link = lms.link(&link_values()).unwrap();
            let text: String = link
                .fields
                .iter()
                .map(|field| format!("{} {}\n", field.value, field.note.as_deref().unwrap_or("")))
                .collect();
            assert!(text.contains("id=393cf3fc") || text.contains("launch/quiz"), "{name}: {text}");
            assert!(!text.contains('{'), "{name}: {text}");
            let without = lms.link(&LinkValues { max_grade: None, ..link_values() }).unwrap();
            assert!(without.fields.iter().all(|field| field.value != "10"), "{name}");
        }
    }

    #[test]
    fn no_file_has_an_unknown_placeholder() {
        let plain = ToolValues { name: "Example Tool".into(), ..values() };
        for (name, lms) in all() {
            for field in lms.sheet(&plain) {
                assert!(
                    !field.value.contains(['{', '}'])
                        && !field.note.unwrap_or_default().contains(['{', '}']),
                    "{name}: {}",
                    field.label
                );
                assert_eq!(
                    field.action == Action::Tick,
                    field.value.is_empty(),
                    "{name}: {}",
                    field.label
                );
            }
            for field in &lms.fields {
                let kinds = usize::from(field.value.is_some())
                    + usize::from(field.choose.is_some())
                    + usize::from(field.tick);
                assert_eq!(kinds, 1, "{name}: {}", field.label);
            }
            if let Some(preset) = lms.preset("lms.example.edu", "client") {
                for url in [
                    preset.issuer,
                    preset.keyset_url,
                    preset.access_token_url,
                    preset.authentication_request_url,
                ]
                .into_iter()
                .chain(preset.configuration_url)
                {
                    assert!(
                        crate::domain::EndpointUrl::new("URL", &url, false).is_ok(),
                        "{name}: {url}"
                    );
                    assert!(!url.contains(['{', '}']), "{name}: {url}");
                }
            }
            assert!(lms.bring_back().iter().any(|one| one.detail == Detail::ClientId), "{name}");
        }
    }

    #[test]
    fn fields_are_found_by_what_they_are_for() {
        for (name, lms) in all() {
            for purpose in [Purpose::Redirect, Purpose::Login, Purpose::Keyset] {
                assert!(lms.field_for(purpose).is_some(), "{name} has no field for {purpose:?}");
            }
        }
        let label =
            |name: &str, purpose| find(name).unwrap().field_for(purpose).map(|(label, _)| label);
        assert_eq!(label("moodle", Purpose::Redirect), Some("Redirection URI(s)"));
        assert_eq!(label("blackboard", Purpose::Redirect), Some("Tool Redirect URL(s)"));
        assert_eq!(label("canvas", Purpose::Grades), Some("LTI Advantage Services"));
        assert_eq!(label("sakai", Purpose::Members), Some("Provide Roster to External Tool"));
        assert_eq!(
            find("moodle").unwrap().field_for(Purpose::Window),
            Some(("Default launch container", Some("New window")))
        );
        for (lms, launch, selection, version) in [
            ("moodle", Some("Tool URL"), Some("Content Selection URL"), Some("LTI version")),
            ("canvas", Some("Target Link URI"), None, None),
            (
                "openedx",
                Some("Tool Launch URL"),
                Some("Deep Linking Launch URL"),
                Some("LTI Version"),
            ),
            ("schoology", Some("Domain/URL"), Some("Deep Linking URL"), Some("Type of App")),
        ] {
            let purposes = [Purpose::Launch, Purpose::Selection, Purpose::Version];
            let labels = purposes.map(|purpose| label(lms, purpose));
            assert_eq!(labels, [launch, selection, version], "{lms}");
        }
        assert_eq!(label("ilias", Purpose::Grades), None);
        assert_eq!(
            find("openedx").unwrap().label_of(Detail::AuthenticationRequestUrl),
            Some("Login URL")
        );
        assert_eq!(find("openedx").unwrap().label_of(Detail::Issuer), None);
    }

    #[test]
    fn every_sheet_has_login_launch_and_keyset() {
        for (name, lms) in all() {
            for url in [values().tool_url, values().initiate_login_url, values().jwks_url] {
                assert!(
                    lms.sheet(&values()).iter().any(|field| field.value.contains(&url)),
                    "{name} lacks {url}"
                );
            }
        }
    }

    #[test]
    fn a_tool_without_a_picture_has_no_field_for_one() {
        for name in ["moodle", "canvas"] {
            let lms = find(name).unwrap();
            let with = lms.sheet(&values());
            assert!(
                with.iter().any(|field| field.value == "https://tool.example.edu/logo.png"),
                "{name}"
            );
            let without = lms.sheet(&ToolValues { logo_url: None, ..values() });
            assert!(
                without.len() < with.len()
                    && without.iter().all(|field| !field.label.contains("con U")),
                "{name}"
            );
        }
    }

    #[test]
    fn products_are_found_by_family_code() {
        for (code, issuer, expected) in [
            ("moodle", "https://lms.example.edu", "moodle"),
            ("Moodle", "https://lms.example.edu", "moodle"),
            ("canvas", "https://canvas.instructure.com", "canvas"),
            ("canvas", "https://canvas.beta.instructure.com", "canvas-beta"),
            ("canvas", "https://canvas.example.edu", "canvas-selfhosted"),
            ("desire2learn", "https://lms.example.edu", "brightspace"),
            ("BlackboardLearn", "https://blackboard.com", "blackboard"),
            ("sakailms.org", "https://lms.example.edu", "sakai"),
            ("ilias", "https://lms.example.edu", "ilias"),
            ("another", "https://lms.example.edu", "another"),
            ("\u{e9}", "https://lms.example.edu", "\u{e9}"),
        ] {
            assert_eq!(product(code, issuer), expected, "{code} {issuer}");
        }
    }

    #[test]
    fn a_value_with_braces_stays_as_it_is() {
        assert_eq!(find("moodle").unwrap().sheet(&values())[0].value, "Example {tool_url} Tool");
    }

    #[test]
    fn texts_of_a_product_fit_into_their_sentences() {
        for (name, lms) in all() {
            let rule = lms.redirect_uris("TOOL", "CHOICE");
            let once = lms.once_registered.iter();
            let sentences = once.flat_map(|once| [&once.deployment_id, &once.next_step]);
            for text in sentences.chain(&rule) {
                assert!(text.ends_with('.') && !text.contains(['{', '}']), "{name}: {text}");
            }
            for label in lms.launch_fields.iter().flatten() {
                assert!(lms.fields.iter().any(|field| field.label == *label), "{name}: {label}");
            }
            if let Some(folder) = lms.folders.last() {
                let preset = lms.preset("lms.example.edu", "client").unwrap();
                assert!(preset.values().into_iter().flatten().any(|url| url.contains(folder)));
            }
            let codes = lms.family_codes.iter().chain(&lms.user_agents);
            for code in codes {
                assert!(!code.is_empty() && *code == code.to_ascii_lowercase(), "{name}: {code}");
            }
        }
    }

    #[test]
    fn endpoints_are_compared_in_the_latest_folder() {
        let chamilo = find("chamilo").unwrap();
        for (url, expected) in [
            (
                "https://x.example/plugin/ims_lti/jwks.php",
                "https://x.example/plugin/ImsLti/jwks.php",
            ),
            (
                "https://x.example/plugin/ImsLti/jwks.php",
                "https://x.example/plugin/ImsLti/jwks.php",
            ),
            ("https://x.example/jwks.php", "https://x.example/jwks.php"),
        ] {
            assert_eq!(chamilo.in_latest_folder(url), expected);
        }
    }

    #[test]
    fn only_blackboard_requires_a_subject() {
        for (code, issuer, expected) in [
            (Some("BlackboardLearn"), "https://lms.example", true),
            (Some("blackboard"), "https://lms.example", true),
            (None, "https://blackboard.com", true),
            (Some("moodle"), "https://lms.example", false),
            (None, "https://lms.example", false),
            (None, "https://blackboard.com.evil.example", false),
        ] {
            assert_eq!(requires_subject(issuer, code), expected, "{code:?} {issuer}");
        }
    }

    #[test]
    fn presets_accept_hosts_and_urls() {
        let moodle = find("moodle").unwrap();
        assert_eq!(
            moodle.preset("https://x.example.edu/moodle/", "c").unwrap().keyset_url,
            "https://x.example.edu/moodle/mod/lti/certs.php"
        );
        assert_eq!(moodle.preset("x.example.edu", "c").unwrap().issuer, "https://x.example.edu");
        assert!(
            find("blackboard")
                .unwrap()
                .preset("", "the-app")
                .unwrap()
                .keyset_url
                .contains("/the-app/")
        );
        assert!(find("canvas").unwrap().preset("", "c").unwrap().accepts_deployments);
        let selfhosted = find("canvas-selfhosted").unwrap();
        assert!(selfhosted.preset_needs_host() && !selfhosted.issuer_is_host());
        // Canvas omits the port from the audience that it expects.
        for (host, audience) in [
            ("canvas.example.edu", None),
            ("canvas.example.edu:8443", Some("https://canvas.example.edu/login/oauth2/token")),
            ("[::1]", None),
        ] {
            let preset = selfhosted.preset(host, "c").unwrap();
            assert_eq!(
                (preset.token_audience.as_deref(), preset.access_token_url),
                (audience, format!("https://{host}/login/oauth2/token"))
            );
        }
    }
}

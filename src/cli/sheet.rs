//! `ltictl registration tool-details --for`: the form of one LMS, filled in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::context::Context;
use crate::admin::dynamic::{self, RegistrationStatus};
use crate::domain::{RegistrationRef, Resource, Settings, Slug};
use crate::failure::{Failure, Kind};
use crate::lms::{
    self, Action, BringBack, Detail, FilledField, FilledLink, Lms, SignedForm, SignedLinkValues,
    ToolValues,
};
use crate::report::view::{SignedLaunchDetails, ToolDetails};
use crate::report::{self, Output, Style, Table, View};
use crate::rules::registration;

/// Prints the form, or the list of platforms; with `copy`, copies one value to the clipboard.
pub(super) fn run(
    context: &Context,
    slug: &RegistrationRef,
    platform: &str,
    copy: Option<&str>,
) -> Result<(), Failure> {
    let (store, settings) = context.store_and_settings()?;
    let registration = registration::find(store.read(), slug)?;
    if platform == "list" {
        return context.print(&FormList(
            lms::all()
                .iter()
                .map(|(name, lms)| Listed {
                    platform: name,
                    name: &lms.name,
                    preset: lms.has_preset(),
                })
                .collect(),
        ));
    }
    let lms = find(platform)?;
    let tool = dynamic::tool_description(&settings, &registration.slug);
    if let Some(configuration) =
        lms.configuration(&tool).filter(|_| context.format.output == Output::Json && copy.is_none())
    {
        return print_configuration(&configuration);
    }
    let status = dynamic::status(store.read(), &settings, registration.id, context.now())?;
    let sheet = Sheet::new(
        &registration.slug,
        platform,
        lms,
        &tool_values(&settings, &registration.slug, &status),
    );
    match copy {
        None => context.print(&sheet),
        Some(wanted) => copy_field(context, &sheet, wanted),
    }
}

/// The values for the form of any platform.
pub(super) fn tool_values(
    settings: &Settings,
    slug: &Slug,
    status: &RegistrationStatus,
) -> ToolValues {
    let tool = ToolDetails::new(&settings.url, slug).with_status(status);
    let url = settings.url.to_url();
    let host = url.host_str().unwrap_or_default();
    ToolValues {
        tool_url: tool.tool_url,
        initiate_login_url: tool.initiate_login_url,
        jwks_url: tool.jwks_url,
        deep_linking_url: tool.deep_linking_url,
        registration_url: tool.registration_url,
        domain: url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
        name: settings.name.to_string(),
        logo_url: settings.logo.as_ref().map(|logo| logo.as_str().to_owned()),
    }
}

/// Prints what Canvas accepts by "Paste JSON"; its "Enter URL" finds the same at
/// `/lti/config/{registration}.json`.
fn print_configuration(configuration: &Value) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(configuration).map_err(|error| {
        Failure::new(Kind::Failed, "no configuration", error.to_string(), "report this as a bug")
    })?;
    Context::print_text(&text)
}

/// The LMS of that name, or a failure that suggests the nearest.
pub(super) fn find(platform: &str) -> Result<&'static Lms, Failure> {
    lms::find(platform).ok_or_else(|| {
        let known: Vec<String> = lms::all().iter().map(|(name, _)| (*name).to_owned()).collect();
        let mut failure = Failure::not_found("platform", platform, &known);
        failure.hint = format!("one of {}", known.join(", "));
        failure
    })
}

/// The form of LTI 1.1 of that platform, or a failure that names one that is known.
fn find_signed(platform: &str, resource: &Slug) -> Result<SignedForm, Failure> {
    if let Some(form) = lms::find_signed(platform) {
        return Ok(form);
    }
    let Some(lms) = lms::find(platform) else {
        let known: Vec<String> = lms::signed_names().map(str::to_owned).collect();
        let mut failure = Failure::not_found("platform", platform, &known);
        failure.hint = format!("one of {}", known.join(", "));
        return Err(failure);
    };
    Err(Failure::new(
        Kind::NotFound,
        format!("the form of {} for LTI 1.1 is not known", lms.name),
        "only its form for LTI 1.3 is",
        format!("ltictl resource launch-details {resource} --lti-1p1 --for other"),
    ))
}

/// Uses OSC 52: the terminal sets its clipboard, not that of the machine that we run on.
fn copy_field(context: &Context, sheet: &Sheet, wanted: &str) -> Result<(), Failure> {
    let number = wanted
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1))
        .and_then(|place| sheet.fields.get(place));
    let field = number.or_else(|| {
        sheet.fields.iter().find(|field| field.label.eq_ignore_ascii_case(wanted.trim()))
    });
    let Some(field) = field else {
        let labels: Vec<String> = sheet.fields.iter().map(|field| field.label.clone()).collect();
        let mut failure = Failure::not_found("field", wanted, &labels);
        failure.hint = format!(
            "ltictl registration tool-details {} --for {}",
            sheet.registration, sheet.platform
        );
        return Err(failure);
    };
    if field.action != Action::Enter {
        let why = format!("{} is chosen or ticked, not typed", field.label);
        return Err(Failure::new(
            Kind::Usage,
            "nothing to copy",
            why,
            format!(
                "ltictl registration tool-details {} --for {}",
                sheet.registration, sheet.platform
            ),
        ));
    }
    report::clipboard(&STANDARD.encode(&field.value));
    context.note(&format!("Sent to the terminal's clipboard: {}", field.label));
    Context::print_text(&report::clean(&field.value))
}

/// An LMS whose form is available.
#[derive(Serialize, JsonSchema)]
pub(super) struct Listed {
    /// Its name for `--for` and `--preset`.
    platform: &'static str,
    /// The product's name.
    name: &'static str,
    /// Whether its URLs are the same for every tool.
    preset: bool,
}

/// All LMSs whose forms are available.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct FormList(Vec<Listed>);

impl View for FormList {
    fn table(&self, style: Style) -> String {
        let mut table = Table::new(style, &["PLATFORM", "NAME", "PRESET"]);
        for listed in &self.0 {
            table.row(
                &[listed.platform, listed.name, if listed.preset { "yes" } else { "no" }],
                None,
            );
        }
        table.finish("No platforms.")
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.iter().map(|listed| listed.platform.to_owned()).collect()
    }
}

/// The form of one LMS, filled in.
#[derive(Serialize, JsonSchema)]
pub(super) struct Sheet {
    /// Slug of the registration.
    registration: Slug,
    /// Its name for `--for`.
    platform: String,
    /// The product's name.
    name: &'static str,
    /// Where the form is.
    form_place: &'static str,
    /// Where to paste a registration URL, if the product supports dynamic registration.
    dynamic_registration_place: Option<&'static str>,
    /// The registration URL, if one is open.
    registration_url: Option<String>,
    /// The form's fields in their order.
    fields: Vec<FilledField>,
    /// Where the platform shows the values to copy back.
    bring_back_place: &'static str,
    /// The values to copy back.
    bring_back: Vec<BringBack>,
    /// Notes about this LMS.
    notes: &'static [String],
    /// The command that imports these values.
    command: String,
}

impl Sheet {
    fn new(slug: &Slug, platform: &str, lms: &'static Lms, values: &ToolValues) -> Self {
        let bring_back = lms.bring_back();
        let shows_all = bring_back.iter().all(|one| one.label.is_some());
        let host = if lms.preset_needs_host() { " --host lms.example.edu" } else { "" };
        let command = match (shows_all, lms.has_preset()) {
            (false, true) => format!(
                "ltictl platform import {slug} --preset {platform}{host} --client-id CLIENT_ID"
            ),
            (false, false) => format!("ltictl platform import {slug} - --issuer ISSUER"),
            (true, _) => format!("ltictl platform import {slug} -"),
        };
        Self {
            registration: slug.clone(),
            platform: platform.to_owned(),
            name: &lms.name,
            form_place: &lms.form_place,
            dynamic_registration_place: lms.dynamic.as_deref(),
            registration_url: values.registration_url.clone(),
            fields: lms.sheet(values),
            bring_back_place: &lms.bring_back_where,
            bring_back,
            notes: &lms.notes,
            command,
        }
    }
}

impl View for Sheet {
    fn table(&self, style: Style) -> String {
        let mut lines = vec![
            style.bold(&format!("{}: the form for {}", self.name, self.registration)),
            format!("Where: {}", self.form_place),
            String::new(),
        ];
        lines.extend(form(&self.fields));
        lines.extend([String::new(), style.bold("Copy back"), self.bring_back_place.to_owned()]);
        for one in self
            .bring_back
            .iter()
            .filter(|one| one.detail != Detail::TokenAudience || one.label.is_some())
        {
            let ours = one.detail.label();
            lines.push(match &one.label {
                Some(label) if label == ours => format!("  {label}"),
                Some(label) => format!("  {label} → {ours}"),
                None => format!("  {ours}: not shown"),
            });
        }
        lines.push(format!("Then: {}", self.command));
        if self.command.contains(&format!("{} -", self.registration))
            && !self.command.contains("--preset")
        {
            lines.push("Paste what the platform shows, and end with Ctrl-D.".to_owned());
        } else if self.command.contains("--preset") {
            lines.push(format!("And:  ltictl deployment add {} DEPLOYMENT_ID", self.registration));
        }
        if let Some(place) = self.dynamic_registration_place {
            lines.extend([
                String::new(),
                style.bold("With a registration URL instead (dynamic registration)"),
                place.to_owned(),
            ]);
            lines.push(match &self.registration_url {
                Some(url) => format!("Registration URL: {url}"),
                None => format!(
                    "Registration URL: to get a new one, run `ltictl registration url {}`",
                    self.registration
                ),
            });
        }
        add_notes(&mut lines, self.notes, style);
        lines.join("\n")
    }
}

/// The form of a link in one LMS, filled in.
#[derive(Serialize, JsonSchema)]
pub(super) struct LinkSheet {
    /// Slug of the resource.
    resource: Slug,
    /// Its name for `--for`.
    platform: String,
    /// The product's name.
    name: &'static str,
    /// Where the form is.
    form_place: &'static str,
    /// The form's fields in their order.
    fields: Vec<FilledField>,
    /// Notes about links in this LMS.
    notes: &'static [String],
}

impl LinkSheet {
    /// The form for links to a resource in this LMS.
    pub(super) fn new(
        slug: &Slug,
        platform: &str,
        values: &lms::LinkValues,
    ) -> Result<Self, Failure> {
        let lms = find(platform)?;
        let link = lms.link(values).ok_or_else(|| {
            Failure::new(
                Kind::NotFound,
                format!("the form for links in {} is not known", lms.name),
                "only its form for tools is",
                format!("ltictl resource launch-details {slug} --for other"),
            )
        })?;
        Ok(Self::of(slug, platform, &lms.name, link))
    }

    fn of(slug: &Slug, platform: &str, name: &'static str, link: FilledLink) -> Self {
        Self {
            resource: slug.clone(),
            platform: platform.to_owned(),
            name,
            form_place: link.place,
            fields: link.fields,
            notes: link.notes,
        }
    }

    fn titled(&self, title: &str, style: Style) -> String {
        let mut lines =
            vec![style.bold(title), format!("Where: {}", self.form_place), String::new()];
        lines.extend(form(&self.fields));
        add_notes(&mut lines, self.notes, style);
        lines.join("\n")
    }
}

impl View for LinkSheet {
    fn table(&self, style: Style) -> String {
        self.titled(&format!("{}: a link to {}", self.name, self.resource), style)
    }
}

/// The form of a link or tool of LTI 1.1 in one LMS, filled in.
#[derive(Serialize, JsonSchema)]
pub(super) struct SignedLinkSheet {
    /// Slug of the consumer.
    consumer: Slug,
    /// The form.
    #[serde(flatten)]
    link: LinkSheet,
}

impl SignedLinkSheet {
    /// The form for launches of a resource by LTI 1.1 in this LMS.
    pub(super) fn new(
        platform: &str,
        resource: &Resource,
        details: &SignedLaunchDetails,
    ) -> Result<Self, Failure> {
        let form = find_signed(platform, &details.slug)?;
        let domain = url::Url::parse(&details.launch_url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default();
        let values = SignedLinkValues {
            launch_url: details.launch_url.clone(),
            consumer_key: details.consumer_key.clone(),
            secret: details.secret_or_command(),
            cartridge_url: details.cartridge_url.clone(),
            domain,
            name: details.name.clone(),
            has_grades: resource.max_grade.is_some(),
        };
        Ok(Self {
            consumer: details.consumer.clone(),
            link: LinkSheet::of(&details.slug, platform, form.name, form.filled(&values)),
        })
    }
}

impl View for SignedLinkSheet {
    fn table(&self, style: Style) -> String {
        let LinkSheet { name, resource, .. } = &self.link;
        self.link.titled(&format!("{name}: launches of {resource} by LTI 1.1"), style)
    }
}

pub(super) fn add_notes(lines: &mut Vec<String>, notes: &[String], style: Style) {
    if !notes.is_empty() {
        lines.extend([String::new(), style.bold("Notes")]);
        lines.extend(notes.iter().map(|note| format!("  - {note}")));
    }
}

/// The lines of a form, numbered.
pub(super) fn form(fields: &[FilledField]) -> Vec<String> {
    let mut lines = Vec::new();
    for (number, field) in fields.iter().enumerate() {
        add_field(&mut lines, number + 1, field);
    }
    lines
}

/// `label: value` with the value alone at the end, so that a double click selects it.
fn add_field(lines: &mut Vec<String>, number: usize, field: &FilledField) {
    let mut remarks = Vec::new();
    match field.action {
        Action::Enter => {}
        Action::Choose => remarks.push("choose"),
        Action::Tick => remarks.push("tick"),
    }
    if !field.certain {
        remarks.push("may differ");
    }
    let remarks =
        if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join(", ")) };
    let mut values = field.value.lines();
    let label = format!("{number:2}. {}{remarks}", field.label);
    lines.push(match values.next() {
        Some(value) => format!("{label}: {}", report::clean(value)),
        None => label,
    });
    lines.extend(values.map(|value| format!("      {}", report::clean(value))));
    lines.extend(field.note.iter().map(|note| format!("      [{note}]")));
}

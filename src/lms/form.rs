//! Forms of platforms and their fields, which are filled in with the tool's values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How reliable a label or value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Certainty {
    /// Read in the platform's source or official documentation.
    A,
    /// Seen in several integrations.
    B,
    /// One third-party source.
    C,
    /// Not checked again.
    K,
}

/// The purpose of a field, in order to name the field that may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// The URL that links open.
    Launch,
    /// The URL that content selection opens.
    Selection,
    /// The URLs to which launches may be posted.
    Redirect,
    /// The URL at which logins start.
    Login,
    /// The URL of the tool's keyset.
    Keyset,
    /// Whether grades are accepted (Assignment and Grade Services).
    Grades,
    /// Whether members are listed (Names and Role Provisioning Services).
    Members,
    /// Whether links open in a new window.
    Window,
    /// Which roles are sent.
    Roles,
    /// Which version of LTI the tool uses.
    Version,
}

impl Purpose {
    /// What most products call the field, and what to choose there if it is a choice.
    pub fn usual_field(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Launch => ("Tool URL", None),
            Self::Selection => ("Content selection URL", None),
            Self::Redirect => ("Redirection URI(s)", None),
            Self::Login => ("Initiate login URL", None),
            Self::Keyset => ("Public keyset", None),
            Self::Grades => ("Assignment and Grade Services", None),
            Self::Members => ("Names and Role Provisioning Services", None),
            Self::Window => ("Launch container", Some("New window")),
            Self::Roles => ("Roles", None),
            Self::Version => ("LTI version", Some("LTI 1.3")),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Field {
    pub(super) label: String,
    pub(super) value: Option<String>,
    pub(super) choose: Option<String>,
    #[serde(default)]
    pub(super) tick: bool,
    pub(super) note: Option<String>,
    pub(super) certainty: Option<Certainty>,
    /// What it switches on or changes, besides URLs, which its value contains.
    #[serde(default)]
    pub(super) switches: Vec<Purpose>,
}

/// How teachers create a link to a resource by hand.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum LinkForm {
    /// As in another LMS, by its name in commands.
    Like { like: String },
    /// In a form.
    Own(OwnLinkForm),
}

/// A form for links.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnLinkForm {
    /// Where in its menus the form is.
    #[serde(rename = "where")]
    pub(super) place: String,
    pub(super) certainty: Certainty,
    pub(super) fields: Vec<Field>,
    #[serde(default)]
    pub(super) notes: Vec<String>,
    /// What the LMS calls things, in a form of LTI 1.1.
    pub(super) terms: Option<Terms>,
}

/// What an LMS calls things of LTI 1.1, where its form does not show it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Terms {
    /// The tool.
    pub(super) tool: String,
    /// The launch URL, if the form of the tool has no field for it.
    pub(super) launch_url: Option<String>,
    /// The cartridge, if it reads cartridges.
    pub(super) cartridge: Option<String>,
    /// The registration URL, if it supports LTI 2.0.
    pub(super) registration_url: Option<String>,
}

/// What a platform does when a tool moves from LTI 1.1 to LTI 1.3.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveToLti1p3 {
    /// What its administrator does, and what happens to links, in sentences.
    pub steps: String,
    /// Whether launches name the LTI 1.1 user in a signed claim (Migration 1.0, 6.1), if that is
    /// known.
    pub claim: Option<bool>,
    /// Whether users have the same IDs as before, if that is known.
    pub same_user_ids: Option<bool>,
}

impl OwnLinkForm {
    pub(super) fn filled(&'static self, known: &[(&str, &str)], has_grades: bool) -> FilledLink {
        let is_needed = |field: &&Field| has_grades || !field.switches.contains(&Purpose::Grades);
        FilledLink {
            place: &self.place,
            fields: self
                .fields
                .iter()
                .filter(is_needed)
                .map(|field| filled(field, self.certainty, known))
                .collect(),
            notes: &self.notes,
        }
    }
}

/// The completed form of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilledLink {
    /// Where the form is.
    pub place: &'static str,
    /// Its fields in their order.
    pub fields: Vec<FilledField>,
    /// Notes about such links.
    pub notes: &'static [String],
}

/// What to do with a field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The value is typed or pasted.
    Enter,
    /// The value is one of a list.
    Choose,
    /// The box is ticked.
    Tick,
}

/// A completed field of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FilledField {
    /// Its label in the LMS.
    pub label: String,
    /// What to do with it.
    pub action: Action,
    /// The value; several lines if the field expects them; empty for a tick.
    pub value: String,
    /// A note about it.
    pub note: Option<String>,
    /// Whether label and value were read in the platform's source or documentation; others may
    /// differ.
    pub certain: bool,
}

/// A completed field; `certainty` is that of fields without one of their own.
pub(super) fn filled(field: &Field, certainty: Certainty, known: &[(&str, &str)]) -> FilledField {
    let (action, value) = match (&field.value, &field.choose) {
        _ if field.tick => (Action::Tick, String::new()),
        (None, choice) => (Action::Choose, choice.clone().unwrap_or_default()),
        (Some(value), _) => (Action::Enter, fill(value, known)),
    };
    FilledField {
        label: field.label.clone(),
        action,
        value,
        note: field.note.as_deref().map(|note| fill(note, known)),
        certain: field.certainty.unwrap_or(certainty) == Certainty::A,
    }
}

/// The template with each `{name}` replaced, in one pass, so that braces in a value are kept.
pub(super) fn fill(template: &str, known: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        let end = rest[start..].find('}').map(|length| start + length);
        let value = end.and_then(|end| {
            known
                .iter()
                .find(|(name, _)| *name == &rest[start + 1..end])
                .map(|(_, value)| (*value, end))
        });
        let (text, next) = value.map_or(("{", start + 1), |(value, end)| (value, end + 1));
        filled.push_str(&rest[..start]);
        filled.push_str(text);
        rest = &rest[next..];
    }
    filled + rest
}

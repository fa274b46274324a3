//! The settings of a content selection.

use super::super::bad_choice::BadChoice;

/// A content selection to request: the settings of the deep linking request (Deep Linking
/// 2.0, 4.4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeepLinkingChoice {
    /// `accept_types`.
    pub accept_types: Vec<String>,
    /// `accept_presentation_document_targets`.
    pub targets: Vec<String>,
    /// `accept_media_types`, separated by commas; omitted if `None`.
    pub media_types: Option<String>,
    /// `accept_multiple`; omitted if `None`.
    pub accept_multiple: Option<bool>,
    /// `accept_lineitem`; omitted if `None`.
    pub accept_lineitem: Option<bool>,
    /// `data`, which must be returned unchanged; omitted if `None`.
    pub data: Option<String>,
    /// `product_family_code` of the platform, for tools that treat products differently.
    pub product_family: Option<String>,
}

impl Default for DeepLinkingChoice {
    /// Like Moodle: several links, `accept_lineitem` omitted, no data.
    fn default() -> Self {
        Self {
            accept_types: vec!["ltiResourceLink".to_owned()],
            targets: ["frame", "iframe", "window"].map(str::to_owned).into(),
            media_types: None,
            accept_multiple: Some(true),
            accept_lineitem: None,
            data: None,
            product_family: None,
        }
    }
}

impl DeepLinkingChoice {
    /// Like the certification suite.
    pub fn certification() -> Self {
        Self {
            accept_types: ["link", "file", "html", "ltiResourceLink"].map(str::to_owned).into(),
            targets: ["iframe", "window", "embed"].map(str::to_owned).into(),
            media_types: Some("image/*,text/html,application/json".to_owned()),
            data: Some("909708".to_owned()),
            ..Self::default()
        }
    }

    /// The fields of `POST /launch` for this selection.
    pub(in crate::sandbox) fn to_form(&self) -> Vec<(String, String)> {
        let flag_word = |value: Option<bool>| {
            value.map_or("absent", |value| if value { "true" } else { "false" }).to_owned()
        };
        let mut form = vec![
            ("deep_linking", "1".to_owned()),
            ("accept_types", self.accept_types.join(",")),
            ("accept_targets", self.targets.join(",")),
            ("accept_multiple", flag_word(self.accept_multiple)),
            ("accept_lineitem", flag_word(self.accept_lineitem)),
        ];
        form.extend(self.media_types.clone().map(|value| ("accept_media_types", value)));
        form.extend(self.data.clone().map(|value| ("data", value)));
        form.extend(self.product_family.clone().map(|value| ("product_family", value)));
        form.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Reads one field of the form; false if it is not about content selection.
    pub(in crate::sandbox) fn take(&mut self, name: &str, value: &str) -> Result<bool, BadChoice> {
        let list = || {
            value
                .split(',')
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let some = || Some(value.to_owned()).filter(|value| !value.is_empty());
        match name {
            "accept_types" => self.accept_types = list(),
            "accept_targets" => self.targets = list(),
            "accept_media_types" => self.media_types = some(),
            "accept_multiple" => {
                self.accept_multiple =
                    optional_flag("accept_multiple", value, self.accept_multiple)?
            }
            "accept_lineitem" => {
                self.accept_lineitem =
                    optional_flag("accept_lineitem", value, self.accept_lineitem)?
            }
            // Empty data counts as data.
            "data" => self.data = Some(value.to_owned()),
            "product_family" => self.product_family = some(),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// `true`, `false` or `absent`; an empty word keeps the current value.
fn optional_flag(
    field: &'static str,
    value: &str,
    before: Option<bool>,
) -> Result<Option<bool>, BadChoice> {
    match value {
        "" => Ok(before),
        "true" => Ok(Some(true)),
        "false" => Ok(Some(false)),
        "absent" => Ok(None),
        _ => Err(BadChoice::Truth { field, word: value.to_owned() }),
    }
}

//! The settings of a deep linking request, as received.

use serde::Deserialize;
use serde_json::Value;

use super::field::{Field, flag, words};

/// The claim `deep_linking_settings` (Deep Linking 2.0, 4.4.1).
/// See [`crate::lti::deep_linking::Settings`].
///
/// Few tokens have it, and the response is sent later, so its texts are copied. A value of the
/// wrong type counts as absent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct DeepLinkingSettings {
    #[serde(rename = "deep_link_return_url")]
    pub(crate) return_url: Field,
    #[serde(deserialize_with = "words")]
    pub(crate) accept_types: Vec<String>,
    #[serde(deserialize_with = "words")]
    pub(crate) accept_presentation_document_targets: Vec<String>,
    #[serde(deserialize_with = "words")]
    pub(crate) accept_media_types: Vec<String>,
    #[serde(deserialize_with = "flag")]
    pub(crate) accept_multiple: Option<bool>,
    #[serde(deserialize_with = "flag")]
    pub(crate) accept_lineitem: Option<bool>,
    #[serde(deserialize_with = "flag")]
    pub(crate) auto_create: Option<bool>,
    pub(crate) title: Field,
    pub(crate) text: Field,
    /// Sent back unchanged, whatever it is; null counts as absent.
    pub(crate) data: Option<Value>,
}

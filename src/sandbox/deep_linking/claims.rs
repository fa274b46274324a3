//! The claims of a deep linking request.

use serde_json::{Value, json};

use super::super::claims::{Object, claim};
use super::super::launch_context::LaunchContext;
use super::choice::DeepLinkingChoice;

/// The prefix of the names of all deep linking claims.
pub(super) const DEEP_LINKING_CLAIM: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/";

/// Changes the claims of a launch to those of a deep linking request like Moodle's.
pub(in crate::sandbox) fn change_claims(
    claims: &mut Object,
    scene: &LaunchContext,
    choice: &DeepLinkingChoice,
) {
    claims.remove(&claim("resource_link"));
    claims.insert(claim("message_type"), json!("LtiDeepLinkingRequest"));
    claims.insert(claim("launch_presentation"), json!({ "locale": "en" }));
    claims.remove("https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome");
    if let Some(Value::Object(endpoint)) =
        claims.get_mut("https://purl.imsglobal.org/spec/lti-ags/claim/endpoint")
    {
        endpoint.remove("lineitem");
    }
    if let (Some(family), Some(Value::Object(platform))) =
        (&choice.product_family, claims.get_mut(&claim("tool_platform")))
    {
        platform.insert("product_family_code".to_owned(), json!(family));
    }
    let mut settings = json!({
        "accept_types": choice.accept_types,
        "accept_presentation_document_targets": choice.targets,
        "auto_create": false,
        "deep_link_return_url": scene.deep_link_return_url,
        "title": scene.tool.name,
        "text": "",
    });
    let optional = [
        ("accept_media_types", choice.media_types.as_ref().map(|types| json!(types))),
        ("accept_multiple", choice.accept_multiple.map(Value::Bool)),
        ("accept_lineitem", choice.accept_lineitem.map(Value::Bool)),
        ("data", choice.data.as_ref().map(|data| json!(data))),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            settings[name] = value;
        }
    }
    claims.insert(format!("{DEEP_LINKING_CLAIM}deep_linking_settings"), settings);
}

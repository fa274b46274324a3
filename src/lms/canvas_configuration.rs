//! The configuration JSON that Canvas accepts under "Paste JSON" and "Enter URL" of a developer
//! key.

use serde_json::{Value, json};

use crate::lti::dynamic_registration::{
    CANVAS_ICON, CANVAS_ICON_KEY, CANVAS_PRIVACY_LEVEL, SCOPES, ToolDescription,
};
use crate::lti::scope::NOTICE_HANDLERS;

/// The configuration of this tool for Canvas (Canvas documentation, "LTI 1.3 tool configuration");
/// it is the same for every school with Canvas.
pub fn build(tool: &ToolDescription) -> Value {
    let scopes: Vec<&str> = SCOPES.into_iter().chain([NOTICE_HANDLERS]).collect();
    let chooses_content = |placement: &str| {
        json!({
            "placement": placement,
            "message_type": "LtiDeepLinkingRequest",
            "target_link_uri": tool.deep_linking_url,
            "text": tool.name,
            "enabled": true,
        })
    };
    let domain = tool.domain();
    let mut configuration = json!({
        "title": tool.name,
        "description": tool.name,
        "oidc_initiation_url": tool.initiate_login_url,
        "target_link_uri": tool.launch_url,
        "public_jwk_url": tool.jwks_url,
        "scopes": scopes,
        "extensions": [{
            "domain": domain,
            "tool_id": domain,
            "platform": "canvas.instructure.com",
            "privacy_level": CANVAS_PRIVACY_LEVEL,
            "settings": {
                "text": tool.name,
                "placements": [chooses_content("link_selection"), chooses_content("assignment_selection"), chooses_content("editor_button")],
            },
        }],
    });
    let settings = &mut configuration["extensions"][0]["settings"];
    let (key, icon) = match &tool.logo_url {
        Some(logo) => ("icon_url", logo.as_str()),
        None => (CANVAS_ICON_KEY, CANVAS_ICON),
    };
    if tool.logo_url.is_some() {
        settings[key] = icon.into();
    }
    // Each placement needs its own, or the editor omits its button.
    for placement in settings["placements"].as_array_mut().into_iter().flatten() {
        placement[key] = icon.into();
    }
    if !tool.custom.is_empty() {
        configuration["custom_fields"] = json!(tool.custom);
    }
    configuration
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canvas_finds_what_it_requires() {
        let tool = ToolDescription {
            name: "Example Tool".into(),
            logo_url: None,
            launch_url: "https://tool.example:8443/lti/launch".into(),
            deep_linking_url: "https://tool.example:8443/lti/deep-link".into(),
            initiate_login_url: "https://tool.example:8443/lti/login/canvas".into(),
            jwks_url: "https://tool.example:8443/lti/jwks".into(),
            custom: [("context_history".to_owned(), "$Context.id.history".to_owned())].into(),
        };
        let built = build(&tool);
        for required in
            ["title", "description", "oidc_initiation_url", "target_link_uri", "public_jwk_url"]
        {
            assert!(built[required].as_str().is_some_and(|text| !text.is_empty()), "{required}");
        }
        let extension = &built["extensions"][0];
        assert_eq!(
            (&extension["domain"], &extension["platform"]),
            (&json!("tool.example:8443"), &json!("canvas.instructure.com"))
        );
        assert_eq!(extension["privacy_level"], "public");
        assert_eq!(
            extension["settings"]["placements"][0]["target_link_uri"],
            "https://tool.example:8443/lti/deep-link"
        );
        assert_eq!(built["custom_fields"], json!({"context_history": "$Context.id.history"}));
        assert_eq!(extension["settings"].get("icon_url"), None);
        for placement in extension["settings"]["placements"].as_array().unwrap() {
            assert_eq!(placement["canvas_icon_class"], "icon-lti", "{placement}");
        }
        let with_logo = build(&ToolDescription {
            logo_url: Some("https://tool.example/logo.png".into()),
            ..tool.clone()
        });
        let settings = &with_logo["extensions"][0]["settings"];
        assert_eq!(
            (&settings["icon_url"], &settings["placements"][2]["icon_url"]),
            (&json!("https://tool.example/logo.png"), &json!("https://tool.example/logo.png"))
        );
        assert_eq!(settings["placements"][2].get("canvas_icon_class"), None);
        assert_eq!(
            build(&ToolDescription { custom: Default::default(), ..tool }).get("custom_fields"),
            None
        );
    }
}

//! The tool's registration request, adapted to what the platform supports.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use url::Url;

use crate::lti::scope::NOTICE_HANDLERS;

use super::{Configuration, DEEP_LINKING, RESOURCE_LINK, TOOL_KEY};
use crate::lti::id_token::SUBMISSION_REVIEW_REQUEST;

/// The scopes that the tool requests; platforms grant those that they offer.
pub const SCOPES: [&str; 5] = [
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
];

/// The claims about the person; platforms share names and email addresses only with tools that
/// request them.
const CLAIMS: [&str; 8] =
    ["iss", "sub", "name", "given_name", "family_name", "email", "picture", "locale"];

/// The placements for content selection: the standard's names, and those of Canvas.
const PLACEMENTS: [&str; 5] =
    ["ContentArea", "RichTextEditor", "link_selection", "assignment_selection", "editor_button"];

/// The prefix of Canvas's own keys and placements.
const CANVAS: &str = "https://canvas.instructure.com/lti/";

/// Which data about people Canvas is to send: names, email addresses and pictures.
pub const CANVAS_PRIVACY_LEVEL: &str = "public";

/// The key of a placement's icon if it has no image, and Canvas's icon for any tool. Without an
/// icon, Canvas omits the button of its editor.
pub const CANVAS_ICON_KEY: &str = "canvas_icon_class";
/// See [`CANVAS_ICON_KEY`].
pub const CANVAS_ICON: &str = "icon-lti";

/// A tool as it is described to platforms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolDescription {
    /// The name of the tool.
    pub name: String,
    /// The URL of the tool's logo, if any.
    pub logo_url: Option<String>,
    /// Target link URI, and the first redirect URI.
    pub launch_url: String,
    /// The URL for content selection, and the second redirect URI.
    pub deep_linking_url: String,
    /// Initiate login URL of this registration.
    pub initiate_login_url: String,
    /// JWKS URL.
    pub jwks_url: String,
    /// Custom parameters of every launch; those whose variable the platform does not support are
    /// omitted.
    pub custom: BTreeMap<String, String>,
}

impl ToolDescription {
    /// Host, and port if there is one, of the target link URI: platforms compare the two (Moodle:
    /// `domain_targetlinkuri_mismatch`).
    pub fn domain(&self) -> String {
        let Ok(url) = Url::parse(&self.launch_url) else { return String::new() };
        let host = url.host_str().unwrap_or_default();
        url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The custom parameters that a platform with these variables supports.
    fn custom_for(&self, variables: &[String]) -> Map<String, Value> {
        let replaced = |value: &str| {
            value
                .strip_prefix('$')
                .is_none_or(|name| variables.iter().any(|variable| variable == name))
        };
        self.custom
            .iter()
            .filter(|(_, value)| replaced(value))
            .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
            .collect()
    }
}

/// The registration request (LTI Dynamic Registration 1.0, client registration; OpenID Connect
/// Dynamic Client Registration 1.0). Empty fields are omitted, because some platforms refuse them.
pub fn registration_request(configuration: &Configuration, tool: &ToolDescription) -> Value {
    let mut tool_configuration = Map::new();
    tool_configuration.insert("domain".into(), tool.domain().into());
    tool_configuration.insert("target_link_uri".into(), tool.launch_url.as_str().into());
    let custom = tool.custom_for(&configuration.variables);
    if !custom.is_empty() {
        tool_configuration.insert("custom_parameters".into(), custom.into());
    }
    tool_configuration.insert("claims".into(), claims(configuration).into());
    if configuration.is_product("canvas") {
        // Otherwise it depends on the release which of the claims are sent.
        tool_configuration.insert(format!("{CANVAS}privacy_level"), CANVAS_PRIVACY_LEVEL.into());
    }
    tool_configuration.insert("messages".into(), messages(configuration, tool).into());
    let mut request = json!({
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": tool.initiate_login_url,
        "redirect_uris": [tool.launch_url, tool.deep_linking_url],
        "client_name": tool.name,
        "jwks_uri": tool.jwks_url,
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": scopes(configuration).join(" "),
    });
    if let Some(logo) = &tool.logo_url {
        request["logo_uri"] = logo.as_str().into();
    }
    request[TOOL_KEY] = tool_configuration.into();
    request
}

/// The requested scopes that the platform offers. If it offers none of them, its list is missing
/// (Sakai) or wrong (Blackboard), and all are requested.
pub(super) fn scopes(configuration: &Configuration) -> Vec<&'static str> {
    let offered: Vec<&str> = SCOPES
        .into_iter()
        .filter(|scope| configuration.scopes.iter().any(|one| one == scope))
        .collect();
    let mut scopes = if offered.is_empty() { SCOPES.to_vec() } else { offered };
    // Some platforms refuse a registration with a scope that they do not know.
    if configuration.has_notices || configuration.scopes.iter().any(|one| one == NOTICE_HANDLERS) {
        scopes.push(NOTICE_HANDLERS);
    }
    scopes
}

fn claims(configuration: &Configuration) -> Vec<&'static str> {
    let offered: Vec<&str> = CLAIMS
        .into_iter()
        .filter(|claim| {
            configuration.claims.as_ref().is_none_or(|claims| claims.iter().any(|one| one == claim))
        })
        .collect();
    if offered.is_empty() { CLAIMS.to_vec() } else { offered }
}

/// The messages that the platform supports, and always resource link launches.
fn messages(configuration: &Configuration, tool: &ToolDescription) -> Vec<Value> {
    let offered = |kind: &str| configuration.messages.iter().find(|message| message.kind == kind);
    let mut link =
        json!({ "type": RESOURCE_LINK, "target_link_uri": tool.launch_url, "label": tool.name });
    // Without a placement, Canvas would use it for content selection.
    if configuration.is_product("canvas")
        && offered(RESOURCE_LINK).is_some_and(|message| {
            places(message.placements.as_deref(), "course_navigation").is_some()
        })
    {
        link["placements"] = json!(places(
            offered(RESOURCE_LINK).and_then(|message| message.placements.as_deref()),
            "course_navigation"
        ));
        link[format!("{CANVAS}course_navigation/default_enabled")] = false.into();
    }
    let mut messages = vec![link];
    if let Some(message) = offered(DEEP_LINKING) {
        let mut choice = json!({
            "type": DEEP_LINKING,
            "target_link_uri": tool.deep_linking_url,
            "label": format!("Add content from {}", tool.name),
            "supported_types": ["ltiResourceLink"],
        });
        let placements: Vec<&str> = PLACEMENTS
            .iter()
            .filter_map(|placement| places(message.placements.as_deref(), placement))
            .flatten()
            .collect();
        if !placements.is_empty() {
            choice["placements"] = placements.into();
        }
        match &tool.logo_url {
            Some(logo) => choice["icon_uri"] = logo.as_str().into(),
            None if configuration.is_product("canvas") => {
                choice[format!("{CANVAS}{CANVAS_ICON_KEY}")] = CANVAS_ICON.into();
            }
            None => {}
        }
        messages.push(choice);
    }
    // Canvas refuses a registration with types that it does not know.
    if offered(SUBMISSION_REVIEW_REQUEST).is_some() {
        messages.push(json!({
            "type": SUBMISSION_REVIEW_REQUEST,
            "target_link_uri": tool.launch_url,
        }));
    }
    messages
}

/// A placement as the platform spells it, with or without Canvas's prefix, if it is offered.
fn places<'a>(offered: Option<&'a [String]>, placement: &str) -> Option<Vec<&'a str>> {
    let bare = |one: &str| one.strip_prefix(CANVAS).unwrap_or(one) == placement;
    offered?.iter().find(|one| bare(one)).map(|one| vec![one.as_str()])
}

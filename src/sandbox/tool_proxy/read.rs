//! Reads and checks a tool proxy (LTI 2.0, Tool Proxy).

use std::collections::BTreeSet;

use serde_json::Value;

use super::choice::SecretForm;
use super::misbehaviour::CHANGE;
use super::pending::PendingProxy;
use super::profile::{LAUNCH, SERVICES, SPLIT_SECRET};
use crate::sandbox::consumer::proxy::{CAPABILITIES, Parameter, ProxyResource, ToolProxy};
use crate::sandbox::web::is_web_url;

/// The length of the tool's half of a secret, in hexadecimal digits (LTI 2.1).
const HALF_DIGITS: usize = 128;

/// Reads a tool proxy, and its secret or half of one; each problem is a sentence. `profile_url` is the
/// one that was offered to this registration.
pub(super) fn read(
    document: &Value,
    profile_url: &str,
    pending: &PendingProxy,
) -> Result<(ToolProxy, String), Vec<String>> {
    let mut problems = Vec::new();
    if pending.change.is_some() && document["tool_proxy_guid"] != pending.key.as_str() {
        problems.push(format!("tool_proxy_guid must be {}.", pending.key));
    }
    for (name, expected) in [("lti_version", "LTI-2p0"), ("tool_consumer_profile", profile_url)] {
        if document[name] != expected {
            problems.push(format!("{name} must be {expected}."));
        }
    }
    let profile = &document["tool_profile"];
    let base = text(&profile["base_url_choice"][0]["default_base_url"]).unwrap_or_default();
    let handlers = profile["resource_handler"].as_array().into_iter().flatten();
    let resources: Vec<ProxyResource> =
        handlers.filter_map(|handler| resource(handler, &base, &mut problems)).collect();
    if resources.is_empty() {
        problems.push(format!("No resource_handler has a message {LAUNCH} with a path."));
    }
    let change_url = change_url(&profile["message"], &base, &mut problems)
        .unwrap_or_else(|| pending.registration_url.clone());
    let contract = &document["security_contract"];
    check_services(&contract["tool_service"], profile_url, &mut problems);
    let secret = read_secret(document, contract, pending.secret, &mut problems);
    match problems.is_empty() {
        true => Ok((ToolProxy { resources, change_url }, secret)),
        false => Err(problems),
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn is_offered(capability: &str) -> bool {
    CAPABILITIES.iter().any(|(offered, _)| *offered == capability)
}

/// The URL that accepts requests to register again, if the tool has named one.
fn change_url(messages: &Value, base: &str, problems: &mut Vec<String>) -> Option<String> {
    let messages = messages.as_array()?;
    for message in messages {
        if message["message_type"] != CHANGE {
            problems.push(format!("The platform does not offer {}.", message["message_type"]));
        }
    }
    let message = messages.iter().find(|message| message["message_type"] == CHANGE)?;
    let url = format!("{base}{}", text(&message["path"])?);
    if !is_web_url(&url) {
        problems.push(format!("{url} is not an absolute http or https URL."));
    }
    Some(url)
}

/// A resource, if it has a message for launches.
fn resource(handler: &Value, base: &str, problems: &mut Vec<String>) -> Option<ProxyResource> {
    let mut messages = handler["message"].as_array().into_iter().flatten();
    let message = messages.find(|message| message["message_type"] == LAUNCH)?;
    let launch_url = format!("{base}{}", text(&message["path"])?);
    if !is_web_url(&launch_url) {
        problems.push(format!("{launch_url} is not an absolute http or https URL."));
    }
    let capabilities: BTreeSet<String> =
        texts(&message["enabled_capability"]).map(str::to_owned).collect();
    let mut parameters = Vec::new();
    for parameter in message["parameter"].as_array().into_iter().flatten() {
        let value = match (text(&parameter["variable"]), parameter["fixed"].as_str()) {
            (Some(variable), _) => Parameter::Variable(variable),
            (None, fixed) => Parameter::Fixed(fixed.unwrap_or_default().to_owned()),
        };
        match text(&parameter["name"]) {
            Some(name) => parameters.push((name, value)),
            None => problems.push("A parameter has no name.".to_owned()),
        }
    }
    let variables = parameters.iter().filter_map(|(_, value)| match value {
        Parameter::Variable(name) => Some(name),
        Parameter::Fixed(_) => None,
    });
    let unknown = capabilities.iter().chain(variables).filter(|name| !is_offered(name));
    problems.extend(unknown.map(|name| format!("The platform does not offer {name}.")));
    let name = text(&handler["resource_name"]["default_value"]).unwrap_or_default();
    Some(ProxyResource { name, launch_url, capabilities, parameters })
}

/// The services that the tool uses must be offered, by their whole or abbreviated identifiers.
fn check_services(services: &Value, profile_url: &str, problems: &mut Vec<String>) {
    for used in services.as_array().into_iter().flatten() {
        let id = used["service"].as_str().unwrap_or_default();
        let offered = SERVICES.iter().find(|offered| {
            id == format!("{profile_url}#{}", offered.name) || id == format!("tcp:{}", offered.name)
        });
        let Some(offered) = offered else {
            problems.push(format!("The platform does not offer the service {id}."));
            continue;
        };
        if texts(&used["action"]).any(|method| method != offered.method) {
            problems.push(format!("The service {id} has only the action {}.", offered.method));
        }
    }
}

/// The secret, or the tool's half of it.
fn read_secret(
    document: &Value,
    contract: &Value,
    form: SecretForm,
    problems: &mut Vec<String>,
) -> String {
    let (whole, half) =
        (text(&contract["shared_secret"]), text(&contract["tp_half_shared_secret"]));
    let is_enabled = texts(&document["enabled_capability"]).any(|name| name == SPLIT_SECRET);
    let secret = match (form, whole, half) {
        (SecretForm::Split, None, Some(half)) if is_enabled => {
            let is_digit = |digit: u8| digit.is_ascii_hexdigit();
            if half.len() != HALF_DIGITS || !half.bytes().all(is_digit) {
                problems.push(format!(
                    "tp_half_shared_secret must have {HALF_DIGITS} hexadecimal digits."
                ));
            }
            Some(half)
        }
        // Tools need not use what is offered.
        (_, Some(whole), None) if !is_enabled => Some(whole),
        _ => None,
    };
    secret.unwrap_or_else(|| {
        problems.push(format!(
            "The security contract must contain either shared_secret or, with {SPLIT_SECRET} where it \
             is offered, tp_half_shared_secret."
        ));
        String::new()
    })
}

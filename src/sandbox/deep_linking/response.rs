//! The tool's response to a deep linking request, checked as Moodle, Canvas and the certification
//! suite check it (Deep Linking 2.0, 4.5; certification, "Deep Linking").
//!
//! Developers of tools need all errors at once, so once the signature is valid, everything else is
//! checked, and each problem is reported as a sentence.

use std::collections::BTreeMap;

use aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::super::claims::claim;
use super::super::content::{ContentItem, LineItem};
use super::super::jwt::{decoded, find_key};
use super::super::school::Course;
use super::claims::DEEP_LINKING_CLAIM;

/// Accepted difference of the tool's clock, in seconds.
const LEEWAY: i64 = 60;

/// Maximum validity of a response, and its maximum age, in seconds.
const LONGEST_VALIDITY: i64 = 3600;

/// What the platform requested, and the tool's details.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) deployment_id: &'a Value,
    /// The settings, as sent.
    pub(super) settings: &'a Value,
    pub(super) course: Course,
    /// Host and port of the Tool URL.
    pub(super) tool_host: &'a str,
    pub(super) now_seconds: i64,
}

/// A valid response.
#[derive(Debug)]
pub(super) struct SelectionResponse {
    pub(super) nonce: String,
    /// The selected items, without identifiers yet.
    pub(super) items: Vec<ContentItem>,
    /// The tool's messages to the person.
    pub(super) messages: Vec<String>,
}

/// Checks the signature with the key named in the header.
pub(super) fn verified(response: &str, keyset: &Value) -> Result<Value, String> {
    let (message, signature) = response.rsplit_once('.').ok_or("JWT is not a signed token.")?;
    let (header, claims) = message.split_once('.').ok_or("JWT is not a signed token.")?;
    let header: Value = decoded(header).ok_or("The header of the response cannot be read.")?;
    let claims: Value = decoded(claims)
        .filter(Value::is_object)
        .ok_or("The claims of the response cannot be read.")?;
    if header["alg"] != "RS256" {
        return Err(format!("The response must be signed with RS256, not {}.", header["alg"]));
    }
    let kid = header["kid"]
        .as_str()
        .ok_or("The header of the response does not name the key that signed it (kid).")?;
    let key = find_key(keyset, kid)
        .ok_or_else(|| format!("The tool's keyset has no RSA key {kid:?}."))?;
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| "The signature of the response cannot be read.")?;
    key.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature)
        .map_err(|_| format!("The signature of the response does not match the key {kid:?}."))?;
    Ok(claims)
}

/// Checks the claims; each problem is a sentence.
pub(super) fn check(
    claims: &Value,
    expected: &Expected<'_>,
) -> Result<SelectionResponse, Vec<String>> {
    let mut problems = Vec::new();
    let mut report = |problem: String| problems.push(problem);
    check_parties(claims, expected, &mut report);
    check_times(claims, expected.now_seconds, &mut report);
    let nonce = claims["nonce"].as_str().unwrap_or_default();
    if nonce.is_empty() {
        report("The response has no nonce.".to_owned());
    }
    check_data(claims, expected, &mut report);
    let items =
        check_items(&claims[format!("{DEEP_LINKING_CLAIM}content_items")], expected, &mut report);
    let messages = ["msg", "errormsg"]
        .iter()
        .filter_map(|name| claims[format!("{DEEP_LINKING_CLAIM}{name}")].as_str())
        .map(str::to_owned)
        .collect();
    if problems.is_empty() {
        Ok(SelectionResponse { nonce: nonce.to_owned(), items, messages })
    } else {
        Err(problems)
    }
}

fn check_parties(claims: &Value, expected: &Expected<'_>, report: &mut impl FnMut(String)) {
    if claims["iss"] != expected.client_id {
        report(format!(
            "iss of the response must be the client ID, {}; it is {}.",
            expected.client_id, claims["iss"]
        ));
    }
    let fits = |audience: &Value| audience == expected.issuer;
    if !(fits(&claims["aud"])
        || claims["aud"].as_array().is_some_and(|list| list.len() == 1 && list.iter().all(fits)))
    {
        report(format!(
            "aud of the response must be the issuer, {}; it is {}.",
            expected.issuer, claims["aud"]
        ));
    }
    for (name, value) in [
        ("deployment_id", expected.deployment_id),
        ("message_type", &Value::from("LtiDeepLinkingResponse")),
        ("version", &Value::from("1.3.0")),
    ] {
        let found = &claims[claim(name)];
        if found != value {
            report(format!("{name} of the response must be {value}; it is {found}."));
        }
    }
}

fn check_times(claims: &Value, now: i64, report: &mut impl FnMut(String)) {
    let (Some(iat), Some(exp)) = (claims["iat"].as_f64(), claims["exp"].as_f64()) else {
        return report("iat and exp of the response must be numbers.".to_owned());
    };
    let seconds = |seconds: i64| seconds as f64;
    if iat > seconds(now + LEEWAY) {
        report("The response was issued in the future (iat).".to_owned());
    }
    if iat < seconds(now - LONGEST_VALIDITY) {
        report("The response was issued more than an hour ago (iat).".to_owned());
    }
    if exp <= seconds(now - LEEWAY) {
        report("The response has expired (exp).".to_owned());
    }
    if exp - iat > seconds(LONGEST_VALIDITY) {
        report("The response is valid for more than an hour (exp).".to_owned());
    }
}

fn check_data(claims: &Value, expected: &Expected<'_>, report: &mut impl FnMut(String)) {
    let (sent, back) =
        (expected.settings.get("data"), claims.get(format!("{DEEP_LINKING_CLAIM}data")));
    match (sent, back) {
        (None, Some(_)) => {
            report("The response contains data, but the request had none.".to_owned())
        }
        (Some(_), None) => {
            report("The response does not contain the data of the request.".to_owned())
        }
        (Some(sent), Some(back)) if sent != back => {
            report(format!("The data of the request was {sent}, but the response contains {back}."))
        }
        _ => {}
    }
}

fn check_items(
    items: &Value,
    expected: &Expected<'_>,
    report: &mut impl FnMut(String),
) -> Vec<ContentItem> {
    let Some(items) = items.as_array() else {
        report("content_items of the response must be a list.".to_owned());
        return Vec::new();
    };
    if items.len() > 1 && expected.settings["accept_multiple"] != true {
        report(format!(
            "The response contains {} items, but accept_multiple was not true.",
            items.len()
        ));
    }
    let mut selected = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let mut own = |problem: String| report(format!("Item {}: {problem}", place + 1));
        selected.extend(read_item(item, expected, &mut own));
    }
    selected
}

/// An item as a link; items of another type are only checked for their type.
fn read_item(
    item: &Value,
    expected: &Expected<'_>,
    report: &mut impl FnMut(String),
) -> Option<ContentItem> {
    let accepts = |setting: &str, word: &str| {
        expected.settings[setting].as_array().is_some_and(|list| list.iter().any(|one| one == word))
    };
    let Some(kind) = item["type"].as_str() else {
        report("it has no type.".to_owned());
        return None;
    };
    if !accepts("accept_types", kind) {
        report(format!("its type {kind:?} is not among accept_types."));
    }
    if kind != "ltiResourceLink" {
        return None;
    }
    for (name, targets) in
        [("iframe", ["iframe", "frame"].as_slice()), ("window", ["window"].as_slice())]
    {
        match item.get(name) {
            None => {}
            Some(Value::Object(_))
                if targets
                    .iter()
                    .any(|target| accepts("accept_presentation_document_targets", target)) => {}
            Some(Value::Object(_)) => report(format!(
                "its presentation target \"{name}\" is not among \
                accept_presentation_document_targets."
            )),
            Some(_) => report(format!("{name} must be an object.")),
        }
    }
    let mut text = |name: &str| match item.get(name) {
        None => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => {
            report(format!("{name} must be text."));
            None
        }
    };
    let (title, description, url) =
        (text("title").unwrap_or_default(), text("text").unwrap_or_default(), text("url"));
    if url.as_deref().is_some_and(|url| host(url) != expected.tool_host) {
        report(format!("its url must be at the tool, {}.", expected.tool_host));
    }
    Some(ContentItem {
        id: String::new(),
        course: expected.course,
        custom: read_custom(item, report),
        new_window: item.get("window").is_some(),
        line_item: read_line_item(item, &title, expected, report),
        title,
        text: description,
        url,
        sent: item.clone(),
    })
}

/// Host and port of a URL.
fn host(url: &str) -> &str {
    match url.split_once("://") {
        Some(("http" | "https", rest)) => rest.split(['/', '?', '#']).next().unwrap_or_default(),
        _ => "",
    }
}

fn read_custom(item: &Value, report: &mut impl FnMut(String)) -> BTreeMap<String, String> {
    let Some(custom) = item.get("custom") else { return BTreeMap::new() };
    let parameters = custom.as_object().and_then(|custom| {
        custom
            .iter()
            .map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect()
    });
    parameters.unwrap_or_else(|| {
        report("custom must be an object of strings.".to_owned());
        BTreeMap::new()
    })
}

fn read_line_item(
    item: &Value,
    title: &str,
    expected: &Expected<'_>,
    report: &mut impl FnMut(String),
) -> Option<LineItem> {
    let line_item = item.get("lineItem")?;
    if expected.settings["accept_lineitem"] == false {
        report("it has a line item, but accept_lineitem was false.".to_owned());
    }
    let text =
        |name: &str| line_item[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let Some(score_maximum) = line_item["scoreMaximum"].as_f64().filter(|maximum| *maximum > 0.0)
    else {
        report(format!(
            "scoreMaximum of its line item must be a number above 0; it is {}.",
            line_item["scoreMaximum"]
        ));
        return None;
    };
    Some(LineItem {
        score_maximum,
        label: text("label").unwrap_or_else(|| title.to_owned()),
        resource_id: text("resourceId"),
        tag: text("tag"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_795_453_357;

    fn good() -> Value {
        json!({
            "iss": "sandbox-tool", "aud": "http://localhost:8090", "iat": NOW, "exp": NOW + 300, "nonce": "n",
            claim("deployment_id"): "1", claim("message_type"): "LtiDeepLinkingResponse", claim("version"): "1.3.0",
            "https://purl.imsglobal.org/spec/lti-dl/claim/data": "",
            "https://purl.imsglobal.org/spec/lti-dl/claim/content_items": [{
                "type": "ltiResourceLink", "title": "Quiz", "url": "http://tool:1/launch", "custom": { "id": "u" }, "iframe": {},
                "lineItem": { "scoreMaximum": 10, "label": "Quiz grade", "resourceId": "quiz", "tag": "grade" },
            }],
        })
    }

    fn checked(response: &Value, settings: &Value) -> Result<SelectionResponse, Vec<String>> {
        let expected = Expected {
            issuer: "http://localhost:8090",
            client_id: "sandbox-tool",
            deployment_id: &json!("1"),
            settings,
            course: Course::Algebra,
            tool_host: "tool:1",
            now_seconds: NOW,
        };
        check(response, &expected)
    }

    fn settings() -> Value {
        json!({ "accept_types": ["ltiResourceLink"], "accept_presentation_document_targets": ["iframe"], "accept_multiple": false, "data": "" })
    }

    #[test]
    fn a_good_answer_becomes_links() {
        let response = checked(&good(), &settings()).unwrap();
        assert_eq!(response.nonce, "n");
        let item = &response.items[0];
        assert_eq!(
            (item.title.as_str(), item.url.as_deref(), item.custom["id"].as_str()),
            ("Quiz", Some("http://tool:1/launch"), "u")
        );
        let line_item = item.line_item.as_ref().unwrap();
        assert_eq!(
            (line_item.score_maximum, line_item.label.as_str(), line_item.tag.as_deref()),
            (10.0, "Quiz grade", Some("grade"))
        );
    }

    #[test]
    fn all_errors_are_reported() {
        let dl =
            |name: &str| format!("/{}", format!("{DEEP_LINKING_CLAIM}{name}").replace('/', "~1"));
        let core = |name: &str| format!("/{}", claim(name).replace('/', "~1"));
        let item = |name: &str| format!("{}/0{name}", dl("content_items"));
        let table = [
            ("/iss".to_owned(), json!("other"), "iss of the response"),
            ("/aud".to_owned(), json!(["http://localhost:8090", "b"]), "aud of the response"),
            ("/aud".to_owned(), json!("http://localhost:8090/"), "aud of the response"),
            ("/iat".to_owned(), json!(NOW + 61), "in the future"),
            ("/iat".to_owned(), json!(NOW - 3601), "more than an hour ago"),
            ("/iat".to_owned(), json!("1"), "must be numbers"),
            ("/exp".to_owned(), json!(NOW - 61), "has expired"),
            ("/exp".to_owned(), json!(NOW + 3601), "valid for more than an hour"),
            ("/nonce".to_owned(), json!(""), "no nonce"),
            (core("deployment_id"), json!("2"), "deployment_id of the response"),
            (core("message_type"), json!("LtiDeepLinkingRequest"), "message_type of the response"),
            (core("version"), json!("1.3"), "version of the response"),
            (dl("data"), json!("x"), "data of the request"),
            (dl("content_items"), json!(null), "must be a list"),
            (
                dl("content_items"),
                json!([good()[format!("{DEEP_LINKING_CLAIM}content_items")][0], { "type": "ltiResourceLink" }]),
                "contains 2 items",
            ),
            (item("/type"), json!("link"), "not among accept_types"),
            (item("/type"), json!(1), "has no type"),
            (item("/title"), json!(1), "title must be text"),
            (item("/url"), json!("http://evil:1/launch"), "must be at the tool"),
            (item("/url"), json!("/launch"), "must be at the tool"),
            (item("/custom"), json!({ "id": 1 }), "object of strings"),
            (item("/iframe"), json!(true), "iframe must be an object"),
            (item("/lineItem/scoreMaximum"), json!(0), "above 0"),
            (item("/lineItem/scoreMaximum"), json!("10"), "above 0"),
        ];
        for (place, value, expected) in table {
            let mut response = good();
            *response.pointer_mut(&place).unwrap_or_else(|| panic!("{place}")) = value;
            let problems = checked(&response, &settings()).unwrap_err();
            // A wrong time may break two rules.
            assert!(
                problems[0].contains(expected) && (problems.len() == 1 || place == "/iat"),
                "{place}: {problems:?}"
            );
        }
        for (name, value, expected) in [
            ("accept_lineitem", json!(false), "accept_lineitem was false"),
            (
                "accept_presentation_document_targets",
                json!(["window"]),
                "not among accept_presentation_document_targets",
            ),
        ] {
            let mut settings = settings();
            settings[name] = value;
            let problems = checked(&good(), &settings).unwrap_err();
            assert!(problems.len() == 1 && problems[0].contains(expected), "{problems:?}");
        }
        let mut without = settings();
        drop(without.as_object_mut().unwrap().remove("data"));
        assert!(checked(&good(), &without).unwrap_err()[0].contains("the request had none"));
    }
}

//! The OpenAPI document, against which every response in these tests is checked.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use ltictl::server::openapi_document;
use reqwest::Method;
use serde_json::{Value, json};

use super::{app_key, send, with_app};

const TOOL: &str = "https://tool.example.edu";

/// The document, in which no object may have properties that it does not describe.
fn strict() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let mut document = openapi_document(TOOL);
        close(&mut document["components"]["schemas"]);
        document
    })
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if members
                .get("properties")
                .is_some_and(|properties| properties.get("type").is_none_or(Value::is_object))
            {
                members.entry("additionalProperties").or_insert(json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// Panics if a value does not match the schema of some JSON content.
fn matches(content: &Value, value: &Value, what: &str) {
    let reference = &content["content"]["application/json"]["schema"];
    let mut schema = reference.clone();
    schema["components"] = strict()["components"].clone();
    let validator =
        jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap();
    let problems: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(problems.is_empty(), "{what}: {problems:?}\n{value:#}");
}

/// Checks a response and, if it was accepted, the body of its request. Endpoints and methods that
/// do not exist have no schema.
pub(super) fn check(method: &Method, path: &str, body: &str, status: u16, response: &Value) {
    let path = path.split('?').next().unwrap();
    let operation = &strict()["paths"][path][method.as_str().to_lowercase()];
    if operation.is_null() {
        assert!(matches!(status, 404 | 405), "{method} {path} is not described");
        return;
    }
    let what = format!("{method} {path}: {status}");
    let described = &operation["responses"][status.to_string()];
    assert!(described.is_object(), "{what} is not described: {response}");
    matches(described, response, &what);
    if status == 200 && !operation["requestBody"].is_null() {
        matches(&operation["requestBody"], &serde_json::from_str(body).unwrap(), &what);
    }
    if let Some(code) = response["error"]["code"].as_str() {
        let listed = described["description"].as_str().unwrap();
        assert!(listed.contains(&format!("`{code}`")), "{what}: {code} is not among {listed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_is_served_without_a_key_and_describes_itself() {
    let lab = with_app().await;
    let answer = send(&lab.url, Method::GET, "/api/openapi.json", &[], String::new()).await;
    assert_eq!((answer.status, &answer.body), (200, &openapi_document(&lab.url)));
    assert_eq!(answer.body["servers"], json!([{ "url": lab.url }]));
    assert!(!answer.body.to_string().contains(&app_key(&lab)));
    lab.stop().await;
}

/// All references of a value to other places of the document.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn the_document_is_complete() {
    let document = openapi_document(TOOL);
    assert_eq!(
        (&document["openapi"], &document["servers"][0]["url"]),
        (&json!("3.1.0"), &json!(TOOL))
    );
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for reference in &found {
        assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        assert!(found.contains(&format!("#/components/schemas/{name}")), "{name} is not used");
        jsonschema::meta::validate(schema).unwrap_or_else(|error| panic!("{name}: {error}"));
        for (property, described) in schema["properties"].as_object().into_iter().flatten() {
            let is_described =
                described["description"].is_string() || described["$ref"].is_string();
            assert!(is_described, "{name}.{property}");
        }
    }
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            for scheme in operation["security"]
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|all| all.as_object().unwrap().keys())
            {
                assert!(document["components"]["securitySchemes"][scheme].is_object(), "{scheme}");
            }
            for (status, response) in operation["responses"].as_object().unwrap() {
                assert!(
                    response["description"].as_str().unwrap().len() > 1,
                    "{method} {path} {status}"
                );
            }
        }
    }
    let codes = &schemas["ErrorDetails"]["properties"]["code"]["enum"];
    assert!(codes.as_array().unwrap().len() > 20, "{codes}");
}

#[test]
fn the_guide_lists_every_endpoint_and_every_error() {
    let guide = include_str!("../../docs/app.md");
    let document = openapi_document(TOOL);
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let row = format!("| `{} {path}` |", method.to_uppercase());
            assert!(guide.contains(&row), "docs/app.md should have the row {row}");
            for (status, response) in operation["responses"].as_object().unwrap() {
                if matches!(status.as_str(), "200" | "500") {
                    continue;
                }
                let row = guide.lines().find(|line| {
                    line.starts_with("| ") && line.split('|').nth(1).unwrap().contains(status)
                });
                let row = row.unwrap_or_else(|| panic!("docs/app.md should have {status}"));
                let codes = response["description"].as_str().unwrap().trim_end_matches('.');
                for code in codes.split(", ").filter(|code| *code != "`failed`") {
                    assert!(row.contains(code), "docs/app.md should have {code} in {row}");
                }
            }
        }
    }
}

//! Reads a view's JSON for formats that process its parts: values at paths, and the text of cells.

use std::borrow::Cow;

use serde_json::{Number, Value};

/// The values at a path: one, or one for each entry of the lists on the path; null where an object
/// has no such member.
pub(super) fn values_at<'v>(value: &'v Value, path: &[&str]) -> Vec<&'v Value> {
    match (value, path) {
        (value, []) => vec![value],
        (Value::Array(entries), path) => {
            entries.iter().flat_map(|entry| values_at(entry, path)).collect()
        }
        (value, [name, rest @ ..]) => values_at(&value[*name], rest),
    }
}

/// The value as the text of one cell: empty for null, words of a list separated by spaces,
/// `key=value` for a map of words, and JSON for anything nested deeper.
pub(super) fn cell(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => Cow::Borrowed(text),
        Value::Bool(true) => Cow::Borrowed("true"),
        Value::Bool(false) => Cow::Borrowed("false"),
        Value::Number(number) => Cow::Owned(number_text(number)),
        Value::Array(entries) if entries.iter().all(is_word) => Cow::Owned(joined(entries)),
        Value::Object(members) if members.values().all(is_word) => {
            let pairs: Vec<String> =
                members.iter().map(|(key, value)| format!("{key}={}", cell(value))).collect();
            Cow::Owned(pairs.join(" "))
        }
        nested => Cow::Owned(nested.to_string()),
    }
}

/// The cells of several values, separated by spaces.
pub(super) fn joined<'v>(values: impl IntoIterator<Item = &'v Value>) -> String {
    values.into_iter().map(cell).collect::<Vec<_>>().join(" ")
}

/// Whether it is neither a list nor an object.
fn is_word(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

/// A number for people: 10 for 10.0, and never with an exponent.
fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float.to_string(),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn json_keeps_its_order() {
        let text = r#"{"slug":"b","name":null,"a":[1,-2,0.5,true,"é"],"tool":{"z":1,"y":{}}}"#;
        assert_eq!(serde_json::to_string(&read(text)).unwrap(), text);
    }

    #[test]
    fn paths_lead_through_objects_and_lists() {
        let value =
            read(r#"{"platform":null,"deployments":[{"id":"1"},{"id":"2"}],"tool":{"url":"u"}}"#);
        for (path, expected) in [
            (&["tool", "url"][..], "u"),
            (&["platform", "issuer"], ""),
            (&["deployments", "id"], "1 2"),
            (&["nothing"], ""),
        ] {
            assert_eq!(joined(values_at(&value, path)), expected, "{path:?}");
        }
    }

    #[test]
    fn cells_are_one_line_of_text() {
        for (json, text) in [
            ("null", ""),
            ("true", "true"),
            ("10.0", "10"),
            ("0.25", "0.25"),
            ("1e300", &format!("1{}", "0".repeat(300))),
            ("-3", "-3"),
            (r#"["platform","deployment"]"#, "platform deployment"),
            ("[]", ""),
            (r#"{"id":"x","n":1}"#, "id=x n=1"),
            (r#"[{"deployment_id":"1"}]"#, r#"[{"deployment_id":"1"}]"#),
        ] {
            assert_eq!(cell(&read(json)), text, "{json}");
        }
    }
}

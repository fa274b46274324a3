//! Claims: JSON objects and their names.

use serde_json::{Map, Value};

/// The prefix of the names of all core claims (LTI Core 1.3, 5.3 and 5.4).
pub(super) const CLAIM: &str = "https://purl.imsglobal.org/spec/lti/claim/";

/// A JSON object: a token's header or payload.
pub(super) type Object = Map<String, Value>;

/// The full name of a core claim.
pub(super) fn claim(name: &str) -> String {
    format!("{CLAIM}{name}")
}

/// The object in a JSON value that is one.
pub(super) fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

/// JSON merge patch (RFC 7396): null removes, objects merge, everything else replaces.
pub(super) fn merge(target: &mut Object, patch: &Value) {
    let Value::Object(patch) = patch else { return };
    for (name, change) in patch {
        match (change, target.get_mut(name)) {
            (Value::Null, _) => drop(target.remove(name)),
            (Value::Object(_), Some(Value::Object(inner))) => merge(inner, change),
            (Value::Object(_), _) => {
                let mut inner = Object::new();
                merge(&mut inner, change);
                target.insert(name.clone(), Value::Object(inner));
            }
            _ => drop(target.insert(name.clone(), change.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patches_merge_like_in_the_rfc() {
        let mut target = object(json!({"a": "b", "c": {"d": "e", "f": "g"}, "h": 1}));
        merge(&mut target, &json!({"a": "z", "c": {"f": null}, "h": {"i": {"j": null, "k": 2}}}));
        assert_eq!(Value::Object(target), json!({"a": "z", "c": {"d": "e"}, "h": {"i": {"k": 2}}}));
    }
}

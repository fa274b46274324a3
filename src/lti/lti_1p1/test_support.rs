//! Recorded traffic of Moodle for the tests of this module.

use serde_json::Value;
use url::form_urlencoded;

/// The secret of all exchanges except `tool-launch`.
pub(crate) const SECRET: &[u8] = b"l11secret";

macro_rules! recorded {
    ($($name:literal),* $(,)?) => {
        &[$((
            $name,
            include_str!(concat!("../../../tests/data/moodle/lti-1.1/", $name, ".json")),
        )),*]
    };
}

const RECORDED: &[(&str, &str)] = recorded![
    "memberships-bad-signature",
    "memberships-context",
    "memberships-context-limit-2",
    "memberships-context-role-learner",
    "memberships-context-v2-accept",
    "memberships-link",
    "outcomes-1-readResult-none",
    "outcomes-2-replaceResult",
    "outcomes-3-readResult",
    "outcomes-4-replaceResult-zero",
    "outcomes-5-replaceResult-out-of-range",
    "outcomes-6-replaceResult-not-a-number",
    "outcomes-7-deleteResult",
    "outcomes-8-readResult-after-delete",
    "outcomes-9-unsupported-operation",
    "outcomes-10-bad-sourcedid",
    "outcomes-11-bad-signature",
    "platform-launch-student",
    "platform-launch-teacher",
    "tool-launch",
];

/// The names of all exchanges that start like this.
pub(crate) fn names(start: &str) -> Vec<&'static str> {
    RECORDED.iter().map(|(name, _)| *name).filter(|name| name.starts_with(start)).collect()
}

/// A recorded exchange.
pub(crate) fn recorded(name: &str) -> Value {
    let (_, text) = RECORDED.iter().find(|(one, _)| *one == name).expect("a recorded exchange");
    serde_json::from_str(text).expect("JSON")
}

/// The body of a recorded launch.
pub(crate) fn launch_body(name: &str) -> Vec<u8> {
    let launch = recorded(name);
    if let Some(body) = launch["raw_body"].as_str() {
        return body.into();
    }
    let mut form = form_urlencoded::Serializer::new(String::new());
    for pair in launch["form_in_order"].as_array().expect("a list") {
        form.append_pair(pair[0].as_str().expect("a name"), pair[1].as_str().expect("a value"));
    }
    form.finish().into()
}

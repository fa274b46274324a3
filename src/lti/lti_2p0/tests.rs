use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;

use super::*;
use crate::lti::lti_1p1::members::MEDIA_TYPE as MEMBERS;
use crate::lti::lti_1p1::message::LAUNCH;
use crate::lti::lti_1p1::oauth1::{Credentials, Message, Method, sign_form};
use crate::web::form::Parameters;

const REQUEST: [(&str, &str); 6] = [
    ("lti_message_type", "ToolProxyRegistrationRequest"),
    ("lti_version", "LTI-2p0"),
    ("reg_key", "key"),
    ("reg_password", "hidden"),
    ("tc_profile_url", "https://lms.example/profile?id=1"),
    ("launch_presentation_return_url", "https://lms.example/return?x=1"),
];

/// The request with one parameter changed.
fn request(name: &str, value: &str) -> Result<RegistrationRequest, RegistrationProblem> {
    let parameters: Parameters = REQUEST
        .iter()
        .map(|(one, text)| ((*one).to_owned(), if *one == name { value } else { text }.to_string()))
        .collect();
    RegistrationRequest::read(&parameters)
}

#[test]
fn requests_are_read_or_refused() {
    let read = request("", "").expect("a request");
    assert_eq!((read.key.as_str(), read.password.as_str()), ("key", "hidden"));
    assert_eq!(read.profile_url.as_str(), "https://lms.example/profile?id=1");
    assert!(!format!("{read:?}").contains("hidden"));
    for (parameter, _) in REQUEST {
        assert_eq!(request(parameter, "").err(), Some(RegistrationProblem::Missing { parameter }));
    }
    let url = |parameter| RegistrationProblem::UrlUnusable { parameter };
    let long = "x".repeat(256);
    for (name, value, expected) in [
        (
            "lti_message_type",
            "ToolProxyReregistrationRequest",
            RegistrationProblem::MessageTypeUnsupported {
                message_type: "ToolProxyReregistrationRequest".to_owned(),
            },
        ),
        (
            "lti_version",
            "LTI-1p0",
            RegistrationProblem::VersionUnsupported { version: "LTI-1p0".to_owned() },
        ),
        ("reg_key", &long, RegistrationProblem::TooLong { parameter: "reg_key", maximum: 255 }),
        ("tc_profile_url", "/profile", url("tc_profile_url")),
        ("tc_profile_url", "file:///etc/passwd", url("tc_profile_url")),
        (
            "launch_presentation_return_url",
            "javascript:alert(1)",
            url("launch_presentation_return_url"),
        ),
    ] {
        assert_eq!(request(name, value).err(), Some(expected), "{name}={value}");
    }
}

fn profile_json() -> Value {
    json!({
        "@context": ["http://purl.imsglobal.org/ctx/lti/v2/ToolConsumerProfile", { "tcp": "https://lms.example/profile#" }],
        "@type": "ToolConsumerProfile",
        "@id": "https://lms.example/profile",
        "lti_version": "LTI-2p0",
        "guid": "outer",
        "product_instance": {
            "guid": "lms.example",
            "product_info": {
                "product_name": { "default_value": "Moodle", "key": "product.name" },
                "product_version": "4.5",
                "product_family": { "code": "moodle", "vendor": { "code": "moodle.org", "vendor_name": { "default_value": "moodle.org" } } },
            },
            "service_owner": { "service_owner_name": { "default_value": "School" } },
        },
        "capability_offered": ["basic-lti-launch-request", "User.id", "Result.sourcedId", "Person.name.full"],
        "service_offered": [
            { "@type": "RestService", "@id": "tcp:ToolProxy.collection", "endpoint": "https://lms.example/toolproxy", "format": ["application/vnd.ims.lti.v2.toolproxy+json"], "action": ["POST"] },
            { "@id": "https://lms.example/profile#members", "endpoint": "https://lms.example/{context_id}/members", "format": MEMBERS, "action": "get" },
            { "@id": "tcp:broken", "format": [7], "action": {} },
        ],
    })
}

fn profile(json: &Value) -> Profile {
    Profile::read(json.to_string().as_bytes()).expect("a profile")
}

#[test]
fn profiles_are_read() {
    let profile = profile(&profile_json());
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    assert_eq!(
        [
            &profile.id,
            &profile.guid,
            &profile.product_name,
            &profile.product_version,
            &profile.product_family_code,
            &profile.vendor_name,
            &profile.service_owner_name
        ]
        .map(text),
        [
            "https://lms.example/profile",
            "lms.example",
            "Moodle",
            "4.5",
            "moodle",
            "moodle.org",
            "School"
        ]
    );
    assert!(profile.offers("User.id") && !profile.offers(SPLIT_SECRET));
    let (service, endpoint) = profile.proxy_service().expect("a service");
    assert_eq!(service.id, "https://lms.example/profile#ToolProxy.collection");
    assert_eq!(endpoint.as_str(), "https://lms.example/toolproxy");
    let members = profile.service(MEMBERS, "GET").expect("a service");
    assert_eq!(members.id, "https://lms.example/profile#members");
    assert_eq!(profile.services.len(), 2);
}

#[test]
fn profiles_may_lack_almost_everything() {
    for json in [
        json!({}),
        json!({ "product_instance": {}, "@context": 7, "service_offered": {}, "capability_offered": null }),
    ] {
        let profile = profile(&json);
        assert_eq!(profile, Profile::default());
        assert_eq!(profile.proxy_service(), Err(ProfileProblem::NoProxyService));
    }
    for body in ["", "[]", "<html>", "{", "7"] {
        assert!(
            matches!(Profile::read(body.as_bytes()), Err(ProfileProblem::NotJson { .. })),
            "{body}"
        );
    }
    for (place, value) in [
        ("/service_offered/0/endpoint", json!("/toolproxy")),
        ("/service_offered/0/endpoint", json!("file:///x")),
        ("/service_offered/0/action", json!(["GET"])),
        ("/service_offered/0/format", json!("text/html")),
        ("/service_offered/0/@id", json!(null)),
    ] {
        let mut json = profile_json();
        *json.pointer_mut(place).expect("a place") = value;
        assert!(profile(&json).proxy_service().is_err(), "{place}");
    }
    let mut json = profile_json();
    json["@context"] = json!({ "tcp": "https://other.example/#" });
    assert_eq!(profile(&json).services[0].id, "https://other.example/#ToolProxy.collection");
    json["@context"] = json!("https://external.example");
    assert_eq!(profile(&json).services[0].id, "tcp:ToolProxy.collection");
}

const PRODUCT: Product<'_> = Product {
    guid: "tool.example",
    name: "Tool",
    description: "A tool",
    version: "1.0",
    family_code: "ltictl",
    vendor_code: "tool.example",
    vendor_name: "Vendor",
    vendor_url: "https://tool.example/",
};

const RESOURCE: Resource<'_> = Resource {
    code: "uuid",
    name: "Essay",
    description: "",
    icon_path: "icon.png",
    launch_path: "/lti/1p1/launch",
    parameters: &[
        ("id", Parameter::Fixed("uuid")),
        ("user_name", Parameter::Variable("Person.name.full")),
        ("image", Parameter::Variable("User.image")),
    ],
};

fn proxy<'a>(profile: &'a Profile, secret: Secret<'a>) -> ToolProxy<'a> {
    ToolProxy {
        profile,
        product: PRODUCT,
        base_url: "https://tool.example/",
        resources: &[RESOURCE],
        required_capabilities: &["User.id"],
        services: &[
            ToolService { format: MEMBERS, action: "GET" },
            ToolService { format: MEMBERS, action: "PUT" },
            ToolService { format: PROXY_MEDIA_TYPE, action: "POST" },
        ],
        secret,
        change_path: "/lti/2p0/register",
        replaced_guid: None,
    }
}

#[test]
fn proxies_use_only_what_is_offered() {
    let profile = profile(&profile_json());
    let json = proxy(&profile, Secret::Shared("hidden")).to_json().expect("a proxy");
    let at = |place: &str| json.pointer(place).cloned().unwrap_or_default();
    for (place, expected) in [
        ("/@id", json!("https://lms.example/toolproxy")),
        ("/lti_version", json!("LTI-2p0")),
        ("/tool_consumer_profile", json!("https://lms.example/profile")),
        ("/tool_profile/product_instance/guid", json!("tool.example")),
        (
            "/tool_profile/product_instance/product_info/product_family/vendor/code",
            json!("tool.example"),
        ),
        ("/tool_profile/base_url_choice/0/default_base_url", json!("https://tool.example")),
        (
            "/tool_profile/resource_handler/0",
            json!({
                "resource_type": { "code": "uuid" },
                "resource_name": { "default_value": "Essay", "key": "uuid.resource.name" },
                "message": [{
                    "message_type": "basic-lti-launch-request",
                    "path": "/lti/1p1/launch",
                    "enabled_capability": ["Person.name.full", "Result.sourcedId", "User.id"],
                    "parameter": [{ "name": "id", "fixed": "uuid" }, { "name": "user_name", "variable": "Person.name.full" }],
                }],
                "icon_info": [{ "default_location": { "path": "/icon.png" }, "key": "uuid.icon.path" }],
            }),
        ),
        (
            "/security_contract",
            json!({
                "shared_secret": "hidden",
                "tool_service": [
                    { "@type": "RestServiceProfile", "service": "https://lms.example/profile#ToolProxy.collection", "action": ["POST"] },
                    { "@type": "RestServiceProfile", "service": "https://lms.example/profile#members", "action": ["GET"] },
                ],
            }),
        ),
        ("/enabled_capability", Value::Null),
    ] {
        assert_eq!(at(place), expected, "{place}");
    }
    assert!(!format!("{:?}", Secret::Shared("hidden")).contains("hidden"));
}

#[test]
fn a_proxy_that_replaces_another_names_it_and_where_changes_are_accepted() {
    let mut json = profile_json();
    let names = json!(["basic-lti-launch-request", "User.id", "ToolProxyReregistrationRequest"]);
    json["capability_offered"] = names;
    let profile = profile(&json);
    let replacing =
        ToolProxy { replaced_guid: Some("guid"), ..proxy(&profile, Secret::Shared("s")) };
    let json = replacing.to_json().expect("a proxy");
    assert_eq!(json["tool_proxy_guid"], "guid");
    let message = json!({
        "message_type": "ToolProxyReregistrationRequest",
        "path": "/lti/2p0/register",
        "parameter": [],
    });
    assert_eq!(json["tool_profile"]["message"], json!([message]));
}

#[test]
fn requests_for_changes_are_read_or_refused() {
    let missing = |parameter| RegistrationProblem::Missing { parameter };
    let url = |parameter| RegistrationProblem::UrlUnusable { parameter };
    for (name, value, expected) in [
        ("", "", None),
        ("lti_version", "LTI-2p1", None),
        ("lti_message_type", "ToolProxyUpdateRequest", None),
        ("tc_profile_url", "", Some(missing("tc_profile_url"))),
        ("launch_presentation_return_url", "/return", Some(url("launch_presentation_return_url"))),
        (
            "lti_version",
            "LTI-1p0",
            Some(RegistrationProblem::VersionUnsupported { version: "LTI-1p0".to_owned() }),
        ),
        (
            "lti_message_type",
            LAUNCH,
            Some(RegistrationProblem::MessageTypeUnsupported { message_type: LAUNCH.to_owned() }),
        ),
    ] {
        let mut fields: Vec<(String, String)> = REQUEST
            .iter()
            .filter(|(one, _)| !one.starts_with("reg_"))
            .map(|(one, text)| {
                ((*one).to_owned(), if *one == name { value } else { text }.to_owned())
            })
            .collect();
        if name != "lti_message_type" {
            fields[0].1 = "ToolProxyReregistrationRequest".to_owned();
        }
        let method = Method::HmacSha256;
        let credentials = Credentials { consumer_key: "guid", secret: b"secret", method };
        let url = "https://tool.example/lti/2p0/register";
        let form = sign_form(url, fields.clone(), &credentials, 1000, "nonce").expect("a form");
        let body: String =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
        let message = Message::from_form(url, body.as_bytes()).expect("a message");
        let verified = message.verify([&b"secret"[..]], 1000).expect("a signature");
        let read = ChangeRequest::read(&verified);
        assert_eq!(read.as_ref().err(), expected.as_ref(), "{name}={value}");
        if let Ok(read) = read {
            assert_eq!(read.profile_url.as_str(), "https://lms.example/profile?id=1");
            assert!(ChangeRequest::is_claimed_by(&fields));
        }
    }
    assert!(!ChangeRequest::is_claimed_by(&Parameters::new()));
}

#[test]
fn proxies_need_what_the_tool_needs() {
    let missing = |names: &[&str]| ProxyError::CapabilitiesMissing {
        capabilities: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    let mut json = profile_json();
    let offered = profile(&json);
    assert_eq!(proxy(&offered, Secret::Half("half")).to_json(), Err(missing(&[SPLIT_SECRET])));
    json["capability_offered"] = json!(["basic-lti-launch-request", "User.id", SPLIT_SECRET]);
    let offered = profile(&json);
    let split = proxy(&offered, Secret::Half("half")).to_json().expect("a proxy");
    assert_eq!(split["security_contract"]["tp_half_shared_secret"], "half");
    assert!(split["security_contract"].get("shared_secret").is_none());
    assert_eq!(split["enabled_capability"], json!([SPLIT_SECRET]));
    json["capability_offered"] = json!([]);
    let offered = profile(&json);
    assert_eq!(
        proxy(&offered, Secret::Shared("s")).to_json(),
        Err(missing(&["basic-lti-launch-request", "User.id"]))
    );
    json["capability_offered"] = json!(["basic-lti-launch-request", "User.id"]);
    json["service_offered"] = json!([]);
    let offered = profile(&json);
    assert_eq!(
        proxy(&offered, Secret::Shared("s")).to_json(),
        Err(ProxyError::Profile(ProfileProblem::NoProxyService))
    );
    let (whole, half) = (shared_secret(&[0xab; 32]), half_secret(&[0x0f; 64]));
    assert_eq!((whole.as_str(), half.as_str()), (&*"ab".repeat(32), &*"0f".repeat(64)));
}

#[test]
fn responses_give_key_and_secret() {
    let shared = Secret::Shared("shared");
    let body = r#"{"@type":"ToolProxy","tool_proxy_guid":"guid","tc_half_shared_secret":"theirs"}"#;
    for status in [200, 201] {
        for (secret, expected) in [(shared, "shared"), (Secret::Half("ours"), "theirsours")] {
            let registered = Registered::read(status, body.as_bytes(), secret).expect("a response");
            assert_eq!(
                (registered.tool_proxy_guid.as_str(), registered.secret.as_str()),
                ("guid", expected)
            );
            assert!(!format!("{registered:?}").contains(expected));
        }
    }
    let refused = |status, description: &str| RegistrationError::Refused {
        status,
        description: description.to_owned(),
    };
    let long = format!(r#"{{"tool_proxy_guid":"{}"}}"#, "x".repeat(256));
    for (status, body, secret, expected) in [
        (400, "", shared, refused(400, "")),
        (401, " not\nsigned ", shared, refused(401, "not signed")),
        (202, body, shared, refused(202, &body.replace("shared", "…"))),
        (201, "[]", shared, RegistrationError::NotJson),
        (201, "", shared, RegistrationError::NotJson),
        (201, "{}", shared, RegistrationError::GuidUnusable),
        (201, r#"{"tool_proxy_guid":7}"#, shared, RegistrationError::GuidUnusable),
        (201, r#"{"tool_proxy_guid":"a\n"}"#, shared, RegistrationError::GuidUnusable),
        (201, &long, shared, RegistrationError::GuidUnusable),
        (
            201,
            r#"{"tool_proxy_guid":"g"}"#,
            Secret::Half("ours"),
            RegistrationError::HalfSecretUnusable,
        ),
        (
            201,
            r#"{"tool_proxy_guid":"g","tc_half_shared_secret":""}"#,
            Secret::Half("ours"),
            RegistrationError::HalfSecretUnusable,
        ),
    ] {
        assert_eq!(
            Registered::read(status, body.as_bytes(), secret),
            Err(expected),
            "{status} {body}"
        );
    }
}

#[test]
fn administrators_are_sent_back() {
    let url = Url::parse("https://lms.example/return?x=1").expect("a URL");
    for (status, expected) in [
        (
            RegistrationStatus::Success { tool_proxy_guid: "a&b", message: "Done." },
            "https://lms.example/return?x=1&status=success&tool_proxy_guid=a%26b&lti_msg=Done.",
        ),
        (
            RegistrationStatus::Failure { message: "no" },
            "https://lms.example/return?x=1&status=failure&lti_errormsg=no",
        ),
    ] {
        assert_eq!(status.added_to(&url).as_str(), expected);
    }
}

#[test]
fn parts_of_service_urls_are_filled_completely_or_not_at_all() {
    let values = [("context_id", "a/b c"), ("context_type", "CourseSection")];
    for (endpoint, expected) in [
        (
            "https://lms.example/{context_type}/{context_id}/members",
            Some("https://lms.example/CourseSection/a%2Fb%20c/members"),
        ),
        ("https://lms.example/members", Some("https://lms.example/members")),
        ("https://lms.example/{vendor_code}/members", None),
        ("https://lms.example/{context_id", None),
        ("{context_id}", None),
        ("javascript:{context_id}", None),
    ] {
        assert_eq!(filled(endpoint, &values).map(String::from).as_deref(), expected, "{endpoint}");
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..200), names in prop::collection::vec(("[a-z_@]{0,12}", ".{0,20}"), 0..8)) {
        let _ = Profile::read(&body);
        let _ = Registered::read(201, &body, Secret::Half("x"));
        let _ = RegistrationRequest::read(&names);
    }
}

//! Profiles of LTI 2.0: a tool proxy is only created for a URL with http or https, and asks only
//! for what is offered.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::lti::lti_2p0::{
    Parameter, Product, Profile, ProxyError, Registered, Resource, Secret, ToolProxy, ToolService,
};

const PRODUCT: Product<'_> = Product {
    guid: "tool.example.edu",
    name: "Tool",
    description: "A tool",
    version: "1.0",
    family_code: "tool",
    vendor_code: "tool.example.edu",
    vendor_name: "Vendor",
    vendor_url: "https://tool.example.edu/",
};

fuzz_target!(|data: &[u8]| {
    if let Ok(registered) = Registered::read(201, data, Secret::Half("half")) {
        assert!((1..=255).contains(&registered.tool_proxy_guid.chars().count()));
        assert!(registered.secret.len() > 4 && registered.secret.ends_with("half"));
    }
    let Ok(profile) = Profile::read(data) else { return };
    let resource = Resource {
        code: "code",
        name: "Resource",
        description: "",
        icon_path: "",
        launch_path: "/launch",
        parameters: &[("name", Parameter::Variable("Person.name.full"))],
    };
    let proxy = ToolProxy {
        profile: &profile,
        product: PRODUCT,
        base_url: "https://tool.example.edu",
        resources: &[resource],
        required_capabilities: &["User.id"],
        services: &[ToolService { format: "application/json", action: "GET" }],
        secret: Secret::Shared("secret"),
        change_path: "/change",
        replaced_guid: Some("guid"),
    };
    match proxy.to_json() {
        Ok(json) => {
            assert!(json["@id"].as_str().is_some_and(|url| url.starts_with("http")));
            let message = &json["tool_profile"]["resource_handler"][0]["message"][0];
            let enabled = message["enabled_capability"].as_array().expect("a list");
            assert!(
                enabled.iter().all(|name| name.as_str().is_some_and(|name| profile.offers(name)))
            );
            assert_eq!(
                message["parameter"][0]["variable"].is_string(),
                profile.offers("Person.name.full")
            );
            for message in json["tool_profile"]["message"].as_array().into_iter().flatten() {
                assert!(message["message_type"].as_str().is_some_and(|name| profile.offers(name)));
            }
            let services = json["security_contract"]["tool_service"].as_array().expect("a list");
            assert!(services.iter().all(|service| {
                profile.services.iter().any(|offered| service["service"] == offered.id.as_str())
            }));
        }
        Err(ProxyError::CapabilitiesMissing { capabilities }) => {
            assert!(capabilities.iter().all(|name| !profile.offers(name)));
        }
        Err(ProxyError::Profile(_)) => assert!(profile.proxy_service().is_err()),
    }
});

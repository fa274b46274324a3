//! OpenID configurations of platforms: lists are bounded, and one that passes speaks for its own
//! host only.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use ltictl::lti::dynamic_registration::{
    Configuration, Permitted, ToolDescription, registration_request,
};
use serde_json::{Value, json};
use url::{Host, Url};

fuzz_target!(|data: &[u8]| {
    let Ok(configuration) = Configuration::read(data) else { return };
    let Configuration {
        issuer,
        authorization_endpoint,
        token_endpoint,
        jwks_uri,
        registration_endpoint,
        ..
    } = &configuration;
    for text in [issuer, authorization_endpoint, token_endpoint, jwks_uri, registration_endpoint] {
        assert!(!text.is_empty() && text.trim() == text);
    }
    for list in [
        &configuration.scopes,
        &configuration.variables,
        configuration.claims.as_ref().unwrap_or(&Vec::new()),
    ] {
        assert!(
            list.len() <= 500 && list.iter().all(|text| !text.is_empty() && text.trim() == text)
        );
    }
    assert!(configuration.messages.len() <= 500);
    assert!(
        configuration
            .product
            .as_ref()
            .is_none_or(|product| product.to_ascii_lowercase() == *product)
    );
    assert_eq!(
        Configuration::read(written(&configuration).to_string().as_bytes()).as_ref(),
        Ok(&configuration)
    );

    let request = registration_request(&configuration, &tool());
    assert_eq!(
        request["redirect_uris"],
        json!(["https://tool.example.edu/lti/launch", "https://tool.example.edu/lti/deep-link"])
    );
    assert_eq!(request["jwks_uri"], "https://tool.example.edu/lti/jwks");

    // Where it would have to lie for the issuer to be its own.
    let own = Url::parse(issuer)
        .map(|issuer| {
            format!("{}/.well-known/openid-configuration", issuer.origin().ascii_serialization())
        })
        .unwrap_or_default();
    let clouds = ltictl::lms::clouds();
    for configuration_url in [
        own.as_str(),
        "https://lms.example.edu/openid-configuration",
        "https://school.instructure.com/openid",
    ] {
        if configuration.check(configuration_url, Permitted::default(), &clouds).is_ok() {
            check(&configuration, configuration_url);
        }
        // More permission never refuses what less allows.
        let narrow = configuration.check(configuration_url, Permitted::default(), &clouds).is_ok();
        let wide = configuration
            .check(configuration_url, Permitted { loopback: true, http: true }, &clouds)
            .is_ok();
        assert!(wide || !narrow);
    }
});

/// What must hold for a configuration that speaks for its issuer.
fn check(configuration: &Configuration, configuration_url: &str) {
    let hosts: Vec<Url> = [
        configuration_url,
        &configuration.issuer,
        &configuration.registration_endpoint,
        &configuration.authorization_endpoint,
        &configuration.token_endpoint,
        &configuration.jwks_uri,
    ]
    .iter()
    .map(|url| Url::parse(url).expect("a URL that passed"))
    .collect();
    for url in &hosts {
        assert_eq!(url.scheme(), "https");
        assert!(
            url.username().is_empty()
                && url.password().is_none()
                && url.fragment().is_none()
                && url.as_str().len() <= 3 * 2048
        );
        match url.host().expect("a host") {
            Host::Domain(name) => assert!(name != "localhost" && !name.ends_with(".localhost")),
            Host::Ipv4(address) => assert!(!IpAddr::V4(address).is_loopback()),
            Host::Ipv6(address) => assert!(!IpAddr::V6(address).is_loopback()),
        }
    }
    let host = |place: usize| hosts[place].host_str().expect("a host");
    let (own, issuer, registration) = (host(0), host(1), host(2));
    assert!(own == issuer || own.ends_with(&format!(".{issuer}")), "{own} speaks for {issuer}");
    let last_label =
        |host: &str| host.trim_end_matches('.').rsplit('.').next().unwrap_or_default().to_owned();
    assert!(
        [issuer, own].contains(&registration) || last_label(registration) == last_label(issuer),
        "{registration} registers for {issuer}"
    );
    if issuer == "canvas.instructure.com" {
        for place in 0..hosts.len() {
            assert!(
                host(place).ends_with("instructure.com") || host(place).ends_with("canvaslms.com"),
                "{}",
                host(place)
            );
        }
    }
    let _ = configuration.display_name();
}

/// The same configuration as a document.
fn written(configuration: &Configuration) -> Value {
    let messages: Vec<Value> = configuration
        .messages
        .iter()
        .map(|message| json!({ "type": message.kind, "placements": message.placements }))
        .collect();
    json!({
        "issuer": configuration.issuer,
        "authorization_endpoint": configuration.authorization_endpoint,
        "token_endpoint": configuration.token_endpoint,
        "jwks_uri": configuration.jwks_uri,
        "registration_endpoint": configuration.registration_endpoint,
        "authorization_server": configuration.token_audience,
        "scopes_supported": configuration.scopes,
        "claims_supported": configuration.claims,
        "https://purl.imsglobal.org/spec/lti-platform-configuration": {
            "product_family_code": configuration.product,
            "version": configuration.version,
            "https://canvas.instructure.com/lti/account_name": configuration.account_name,
            "messages_supported": messages,
            "variables": configuration.variables,
        },
    })
}

fn tool() -> ToolDescription {
    ToolDescription {
        name: "Tool".to_owned(),
        logo_url: None,
        launch_url: "https://tool.example.edu/lti/launch".to_owned(),
        deep_linking_url: "https://tool.example.edu/lti/deep-link".to_owned(),
        initiate_login_url: "https://tool.example.edu/lti/login/school".to_owned(),
        jwks_url: "https://tool.example.edu/lti/jwks".to_owned(),
        custom: [("history".to_owned(), "$Context.id.history".to_owned())].into(),
    }
}

//! Registration by LTI 2.0. Requests are signed with the tool's code, which shares nothing with that of
//! the platform.

use serde_json::{Value, json};

use super::super::browser::{Browser, Form};
use super::super::{
    FormLaunch, FormVersion, MemberServices, ProxyChoice, Sandbox, SecretForm, ServiceOptions,
};
use super::{Client, ServiceResponse, services};
use crate::lti::lti_1p1::oauth1::{Credentials, Method, authorization};

const LAUNCH_URL: &str = "https://tool.example/launch/quiz";
const PROXY: &str = "application/vnd.ims.lti.v2.toolproxy+json";

/// A registration in progress, seen by the tool.
struct Registration {
    form: Form,
    profile: Value,
}

impl Registration {
    /// The form that the browser would send to the tool, and the profile.
    async fn start(sandbox: &Sandbox, client: &Client, secret: SecretForm) -> Self {
        let mut fields = ProxyChoice { secret, misbehaviour: None }.to_form();
        fields.push(("registration_url".to_owned(), "https://tool.example/register".to_owned()));
        let url = format!("{}/lti-2p0/register", sandbox.issuer());
        let page = Browser::new().post_form(&url, &fields).await.unwrap();
        let form = page.form().unwrap_or_else(|| panic!("{}", page.body));
        assert_eq!(form.action, "https://tool.example/register");
        let url = form.field("tc_profile_url").unwrap();
        let profile = client.http.get(url).send().await.unwrap().text().await.unwrap();
        Self { form, profile: serde_json::from_str(&profile).unwrap() }
    }

    fn field(&self, name: &str) -> &str {
        self.form.field(name).unwrap()
    }

    fn document(&self) -> Value {
        json!({
            "lti_version": "LTI-2p0",
            "tool_consumer_profile": self.field("tc_profile_url"),
            "tool_profile": {
                "base_url_choice": [{ "default_base_url": "https://tool.example" }],
                "resource_handler": [{
                    "resource_name": { "default_value": "Quiz" },
                    "message": [{
                        "message_type": "basic-lti-launch-request",
                        "path": "/launch/quiz",
                        "enabled_capability": ["User.id", "Membership.role"],
                        "parameter": [
                            { "name": "item", "fixed": "42" },
                            { "name": "who", "variable": "Person.name.full" },
                            { "name": "list", "variable": "ToolProxyBinding.memberships.url" },
                        ],
                    }],
                }],
            },
            "security_contract": {
                "shared_secret": "of the tool",
                "tool_service": [{ "service": "tcp:ToolProxy.collection", "action": ["POST"] }],
            },
        })
    }

    /// Posts a tool proxy, signed with this password and for this body.
    async fn post(&self, client: &Client, body: &str, signed: (&str, &str)) -> ServiceResponse {
        self.post_as(client, self.field("reg_key"), body, signed).await
    }

    async fn post_as(
        &self,
        client: &Client,
        consumer_key: &str,
        body: &str,
        (password, signed_body): (&str, &str),
    ) -> ServiceResponse {
        let url = self.profile["service_offered"][0]["endpoint"].as_str().unwrap();
        let credentials =
            Credentials { consumer_key, secret: password.as_bytes(), method: Method::HmacSha1 };
        let (now, nonce) = (jiff::Timestamp::now().as_second(), uuid::Uuid::new_v4().to_string());
        let header =
            authorization("POST", url, signed_body.as_bytes(), &credentials, now, &nonce).unwrap();
        let request = client.http.post(url).header("authorization", header);
        let request = request.header("content-type", PROXY).body(body.to_owned());
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        ServiceResponse { status, headers, body: response.text().await.unwrap() }
    }

    async fn send(&self, client: &Client, document: &Value) -> ServiceResponse {
        let body = document.to_string();
        self.post(client, &body, (self.field("reg_password"), &body)).await
    }

    async fn come_back(&self, query: &str) -> (u16, String) {
        let url = format!("{}&{query}", self.field("launch_presentation_return_url"));
        let page = Browser::new().get(&url).await.unwrap();
        (page.status, page.body)
    }
}

#[tokio::test]
async fn a_tool_registers_once_and_is_launched_as_its_proxy_says() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    let registration = Registration::start(&sandbox, &client, SecretForm::Plain).await;
    let document = registration.document();
    let response = registration.send(&client, &document).await;
    assert_eq!(response.status, 201, "{}", response.body);
    let guid = response.json()["tool_proxy_guid"].as_str().unwrap().to_owned();
    assert_eq!(registration.send(&client, &document).await.status, 401, "a second time");
    for query in [
        "status=success",
        "status=success&tool_proxy_guid=other",
        "status=failure&lti_errormsg=Out%20of%20order",
        "",
    ] {
        let (status, body) = registration.come_back(query).await;
        assert!(status == 200 && body.contains("was not registered"), "{query}: {body}");
        assert_eq!(body.contains("Out of order"), query.contains("errormsg"));
        assert_eq!(sandbox.consumer(), None, "{query}");
    }
    let (status, _) =
        registration.come_back(&format!("status=success&tool_proxy_guid={guid}")).await;
    assert_eq!(status, 303);
    let setup = sandbox.consumer().unwrap();
    assert_eq!((&setup.key, setup.secret.as_str()), (&guid, "of the tool"));
    assert_eq!((setup.launch_url.as_str(), setup.version), (LAUNCH_URL, FormVersion::Lti2p0));
    let page = sandbox.click_form(&mut Browser::new(), &FormLaunch::student()).await.unwrap();
    let form = page.form().unwrap();
    let members = form.field("custom_list").unwrap();
    assert!(members.contains("/services/1p1/2/memberships"), "{members}");
    for (name, expected) in [
        ("lti_version", Some("LTI-2p0")),
        ("oauth_consumer_key", Some(guid.as_str())),
        ("user_id", Some("4")),
        ("custom_item", Some("42")),
        ("custom_who", Some("Sam Student")),
        ("lis_person_name_full", None),
        ("lis_result_sourcedid", None),
        ("custom_context_memberships_url", None),
    ] {
        assert_eq!(form.field(name), expected, "{name}");
    }
    let choice = FormLaunch { members: MemberServices::Nothing, ..FormLaunch::student() };
    let page = sandbox.click_form(&mut Browser::new(), &choice).await.unwrap();
    let form = page.form().unwrap();
    assert_eq!(form.field("custom_list"), Some("$ToolProxyBinding.memberships.url"));
    let choice = FormLaunch::teacher().selecting(Default::default());
    let page = sandbox.click_form(&mut Browser::new(), &choice).await.unwrap();
    assert_eq!(page.status, 409, "{}", page.body);
}

#[tokio::test]
async fn what_is_wrong_with_a_tool_proxy_is_in_the_response() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    let registration = Registration::start(&sandbox, &client, SecretForm::Plain).await;
    let message = "/tool_profile/resource_handler/0/message/0";
    let half = json!({ "tp_half_shared_secret": "ab".repeat(64) });
    for (pointer, value, expected) in [
        ("/lti_version", json!("LTI-1p0"), "lti_version must be LTI-2p0."),
        ("/tool_consumer_profile", json!("x"), "tool_consumer_profile must be http"),
        ("/tool_profile/resource_handler", json!([]), "No resource_handler has a message"),
        ("/tool_profile/base_url_choice", json!([]), "/launch/quiz is not an absolute"),
        (&format!("{message}/message_type"), json!("x"), "No resource_handler has a message"),
        (&format!("{message}/enabled_capability"), json!(["X.y"]), "does not offer X.y."),
        (&format!("{message}/parameter/1/variable"), json!("Z"), "does not offer Z."),
        (&format!("{message}/parameter/0/name"), json!(""), "A parameter has no name."),
        ("/security_contract/tool_service/0/service", json!("s"), "the service s."),
        ("/security_contract/tool_service/0/action", json!(["GET"]), "only the action POST."),
        ("/security_contract/shared_secret", json!(""), "must contain either shared_secret"),
        ("/security_contract", half, "must contain either shared_secret"),
    ] {
        let mut document = registration.document();
        *document.pointer_mut(pointer).unwrap() = value;
        let response = registration.send(&client, &document).await;
        assert_eq!(response.status, 400, "{pointer}");
        assert!(response.body.contains(expected), "{pointer}: {}", response.body);
    }
    let good = registration.document().to_string();
    let password = registration.field("reg_password");
    for (body, signed, status, expected) in [
        (good.as_str(), ("other", good.as_str()), 401, "The signature does not match."),
        (&good, (password, "{}"), 401, "oauth_body_hash does not match"),
        ("<x/>", (password, "<x/>"), 400, "not JSON"),
    ] {
        let response = registration.post(&client, body, signed).await;
        assert_eq!(response.status, status, "{expected}");
        assert!(response.body.contains(expected), "{expected}: {}", response.body);
    }
    assert_eq!(sandbox.tool_proxy(), None);
    assert_eq!(registration.send(&client, &registration.document()).await.status, 201);
    assert!(sandbox.tool_proxy().is_some());
}

#[tokio::test]
async fn each_side_may_choose_a_half_of_the_secret() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    let registration = Registration::start(&sandbox, &client, SecretForm::Split).await;
    let capabilities = registration.profile["capability_offered"].as_array().unwrap();
    assert!(capabilities.contains(&json!("OAuth.splitSecret")));
    let own = "ab".repeat(64);
    let split = |half: &str| {
        let mut document = registration.document();
        document["enabled_capability"] = json!(["OAuth.splitSecret"]);
        document["security_contract"] = json!({ "tp_half_shared_secret": half });
        document
    };
    let mut not_enabled = split(&own);
    not_enabled["enabled_capability"] = json!([]);
    for wrong in [split("abc"), split(&"x".repeat(128)), not_enabled] {
        assert_eq!(registration.send(&client, &wrong).await.status, 400, "{wrong}");
    }
    let response = registration.send(&client, &split(&own)).await;
    assert_eq!(response.status, 201, "{}", response.body);
    let response = response.json();
    let theirs = response["tc_half_shared_secret"].as_str().unwrap();
    let guid = response["tool_proxy_guid"].as_str().unwrap();
    assert_eq!(theirs.len(), 128);
    registration.come_back(&format!("status=success&tool_proxy_guid={guid}")).await;
    assert_eq!(sandbox.consumer().unwrap().secret, format!("{theirs}{own}"));
    let page = Browser::new().get(&format!("{}/lti-1p1?registered", sandbox.issuer())).await;
    let body = page.unwrap().body;
    assert!(body.contains("has registered itself") && body.contains(LAUNCH_URL), "{body}");
    assert!(!body.contains(&own) && !body.contains(theirs));
}

#[tokio::test]
async fn a_tool_that_registers_again_names_its_proxy_and_where_it_is_confirmed() {
    let (sandbox, client) = services(ServiceOptions::default()).await;
    let url = format!("{}/lti-2p0/change", sandbox.issuer());
    let fields = vec![("registration_url".to_owned(), "https://tool.example/change".to_owned())];
    let page = Browser::new().post_form(&url, &fields).await.unwrap();
    assert_eq!(page.status, 409, "nothing is registered: {}", page.body);
    let first = Registration::start(&sandbox, &client, SecretForm::Plain).await;
    let guid = first.send(&client, &first.document()).await.json()["tool_proxy_guid"].clone();
    let guid = guid.as_str().unwrap().to_owned();
    first.come_back(&format!("status=success&tool_proxy_guid={guid}")).await;
    for (name, value, status) in
        [("misbehaviour", "unknown", 400), ("decision", "unknown", 400), ("other", "", 400)]
    {
        let fields = vec![(name.to_owned(), value.to_owned())];
        let page = Browser::new().post_form(&url, &fields).await.unwrap();
        assert_eq!(page.status, status, "{name}: {}", page.body);
    }
    // Without the URL of the tool's page, it is the one that was registered with.
    let page = Browser::new().post_form(&url, &[]).await.unwrap();
    let form = page.form().unwrap();
    assert_eq!(form.action, "https://tool.example/register");
    for (name, expected) in [
        ("lti_message_type", "ToolProxyReregistrationRequest"),
        ("lti_version", "LTI-2p0"),
        ("oauth_consumer_key", &guid),
    ] {
        assert_eq!(form.field(name), Some(expected), "{name}");
    }
    assert!(form.field("oauth_signature").is_some() && form.field("reg_password").is_none());
    let again = Registration { form, profile: first.profile.clone() };
    let mut document = again.document();
    let secret = "of the tool";
    for (proxy_guid, status) in [(json!(null), 400), (json!("x"), 400), (json!(guid), 200)] {
        document["tool_proxy_guid"] = proxy_guid;
        let body = document.to_string();
        let response = again.post_as(&client, &guid, &body, (secret, &body)).await;
        assert_eq!(response.status, status, "{}", response.body);
    }
    let (_, body) = again.come_back(&format!("status=success&tool_proxy_guid={guid}")).await;
    assert!(body.contains("without the header vnd-ims-confirm-url"), "{body}");
}

//! A platform of LTI 2.0: its profile, and the service that accepts tool proxies.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use ltictl::domain::Clock;
use ltictl::lti::lti_1p1::oauth1::Message;
use serde_json::{Value, json};

use super::signed_form::Fields;

/// The credentials of the request.
pub(crate) const REG_KEY: &str = "one-time key";
pub(crate) const REG_PASSWORD: &str = "one-time password & more";

/// The half of a secret that it chooses.
pub(crate) const HALF: &str = "half-of-the-platform";

/// Status, location and body of the answer to a request.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl ToString) -> Self {
        Self { status, location: None, body: body.to_string() }
    }
}

/// What it received: method, path, and for tool proxies the document or why it was refused.
pub(crate) type Received = (String, String, Option<Result<Value, String>>);

/// The platform, on a port of this machine.
pub(crate) struct ProxyPlatform {
    pub(crate) origin: String,
    profile: Arc<Mutex<Answer>>,
    response: Arc<Mutex<Answer>>,
    received: Arc<Mutex<Vec<Received>>>,
    /// The consumer key and the secret of the next tool proxy.
    credentials: Arc<Mutex<(String, String)>>,
    /// The confirmation URLs of the tool proxies.
    confirm_urls: Arc<Mutex<Vec<String>>>,
    /// While it is locked, tool proxies are not answered.
    pub(crate) pause: Arc<tokio::sync::Mutex<()>>,
    task: tokio::task::JoinHandle<()>,
}

impl ProxyPlatform {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let profile = Arc::new(Mutex::new(Answer::new(200, profile(&origin))));
        let response = Arc::new(Mutex::new(Answer::new(201, accepted("guid-1"))));
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let credentials = Arc::new(Mutex::new((REG_KEY.to_owned(), REG_PASSWORD.to_owned())));
        let confirm_urls: Arc<Mutex<Vec<String>>> = Arc::default();
        let pause = Arc::new(tokio::sync::Mutex::new(()));
        let shared = (
            (origin.clone(), Arc::clone(&profile), Arc::clone(&response), Arc::clone(&received)),
            (Arc::clone(&credentials), Arc::clone(&confirm_urls), Arc::clone(&pause)),
        );
        let handler = move |request: Request| {
            let ((own, profiles, responses, log), (credentials, urls, pause)) = shared.clone();
            async move {
                let (head, body) = request.into_parts();
                let body = axum::body::to_bytes(body, 1_000_000).await.unwrap();
                let path = head.uri.path().to_owned();
                let header = |name: &str| head.headers.get(name).map(|value| value.as_bytes());
                let document = (head.method == "POST").then(|| {
                    let signature = header("authorization").unwrap_or_default();
                    let credentials = credentials.lock().unwrap().clone();
                    proxy(&format!("{own}{path}"), signature, &body, &credentials)
                });
                let url = header("vnd-ims-confirm-url").map(String::from_utf8_lossy);
                urls.lock().unwrap().extend(url.map(|url| url.into_owned()));
                let answer = match &document {
                    None => profiles.lock().unwrap().clone(),
                    Some(Ok(_)) => responses.lock().unwrap().clone(),
                    Some(Err(_)) => Answer::new(401, ""),
                };
                let is_proxy = document.is_some();
                log.lock().unwrap().push((head.method.to_string(), path, document));
                if is_proxy {
                    drop(pause.lock().await);
                }
                let mut response = Response::builder().status(answer.status);
                if let Some(location) = answer.location {
                    response = response.header("location", location);
                }
                response.body(Body::from(answer.body)).unwrap()
            }
        };
        let task = tokio::spawn(async move {
            axum::serve(listener, axum::Router::new().fallback(handler)).await.unwrap()
        });
        Self { origin, profile, response, received, credentials, confirm_urls, pause, task }
    }

    /// Sets what the next tool proxy must be signed with.
    pub(crate) fn set_credentials(&self, key: &str, secret: &str) {
        *self.credentials.lock().unwrap() = (key.to_owned(), secret.to_owned());
    }

    /// The newest confirmation URL.
    pub(crate) fn confirm_url(&self) -> Option<String> {
        self.confirm_urls.lock().unwrap().last().cloned()
    }

    pub(crate) fn set_profile(&self, answer: Answer) {
        *self.profile.lock().unwrap() = answer;
    }

    pub(crate) fn set_response(&self, answer: Answer) {
        *self.response.lock().unwrap() = answer;
    }

    /// What it received since the last look.
    pub(crate) fn taken(&self) -> Vec<Received> {
        std::mem::take(&mut self.received.lock().unwrap())
    }

    /// The form with which it sends the administrator's browser to the tool.
    pub(crate) fn request(&self) -> Fields {
        [
            ("lti_message_type", "ToolProxyRegistrationRequest".to_owned()),
            ("lti_version", "LTI-2p0".to_owned()),
            ("reg_key", REG_KEY.to_owned()),
            ("reg_password", REG_PASSWORD.to_owned()),
            ("tc_profile_url", format!("{}/profile", self.origin)),
            ("launch_presentation_return_url", format!("{}/return?id=3", self.origin)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

impl ProxyPlatform {
    /// The form with which it asks to register again, without a signature.
    pub(crate) fn change_request(&self) -> Fields {
        [
            ("lti_message_type", "ToolProxyReregistrationRequest".to_owned()),
            ("lti_version", "LTI-2p0".to_owned()),
            ("tc_profile_url", format!("{}/profile", self.origin)),
            ("launch_presentation_return_url", format!("{}/return?id=3", self.origin)),
            ("user_id", "1".to_owned()),
            ("roles", "Administrator".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

impl Drop for ProxyPlatform {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The tool proxy of a request, if it is signed with the credentials.
fn proxy(
    url: &str,
    header: &[u8],
    body: &[u8],
    (key, secret): &(String, String),
) -> Result<Value, String> {
    let verified = Message::from_header("POST", url, header, body)
        .and_then(|message| {
            let now = Clock::System.now().as_second();
            message.verify([secret.as_bytes()], now)
        })
        .map_err(|rejection| rejection.to_string())?;
    if verified.consumer_key != *key {
        return Err("another key".to_owned());
    }
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

/// The profile of a platform that offers what Moodle does.
pub(crate) fn profile(origin: &str) -> Value {
    json!({
        "@context": [
            "http://purl.imsglobal.org/ctx/lti/v2/ToolConsumerProfile",
            { "tcp": format!("{origin}/profile#") },
        ],
        "@type": "ToolConsumerProfile",
        "@id": format!("{origin}/profile"),
        "lti_version": "LTI-2p0",
        "guid": "consumer-guid",
        "product_instance": {
            "product_info": {
                "product_name": { "default_value": "Moodle <b>", "key": "product.name" },
                "product_version": "3.0",
                "product_family": { "code": "moodle" },
            },
            "service_owner": { "service_owner_name": { "default_value": "A College" } },
        },
        "capability_offered": [
            "basic-lti-launch-request", "User.id", "Membership.role", "Result.sourcedId",
            "Context.id", "Person.name.full",
        ],
        "service_offered": [
            {
                "@type": "RestService", "@id": "tcp:ToolProxy.collection",
                "endpoint": format!("{origin}/toolproxy"),
                "format": ["application/vnd.ims.lti.v2.toolproxy+json"], "action": ["POST"],
            },
            {
                "@type": "RestService", "@id": "tcp:ToolProxyBinding.memberships",
                "endpoint": format!("{origin}/members/{{context_type}}/{{context_id}}/{{tool_code}}"),
                "format": ["application/vnd.ims.lis.v2.membershipcontainer+json"],
                "action": ["GET"],
            },
        ],
    })
}

/// The response that accepts a tool proxy.
pub(crate) fn accepted(guid: &str) -> Value {
    json!({
        "@context": "http://purl.imsglobal.org/ctx/lti/v2/ToolProxyId",
        "@type": "ToolProxy",
        "tool_proxy_guid": guid,
    })
}

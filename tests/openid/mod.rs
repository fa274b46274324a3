//! Apps that sign people in by OpenID Connect: the conformance suite's cases and our own, through a
//! real launch, a real browser's cookies and real HTTP.

mod authorize;
mod conformance;
mod grades;
mod sign_out;
mod token;

use ltictl::admin::keys;
use ltictl::admin::publish;
use ltictl::domain::{
    Client, ClientKey, ClientSecret, ClientSecrets, Clock, Handover, KeyPurpose, Name, Random,
    RedirectUris, Slug,
};
use ltictl::lti::jws::{self, Kind};
use ltictl::lti::keyset::Keyset;
use ltictl::rules::resource::{self, ResourceChange};
use ltictl::sandbox::LaunchChoice;
use ltictl::sandbox::browser::{Browser, Page};
use ltictl::store::CreatedBy;
use serde_json::Value;

use crate::lab::{Lab, RESOURCE};

/// The app's page.
const TARGET: &str = "https://app.example.edu/start?a=b";

/// Where codes are sent.
const CALLBACK: &str = "https://app.example.edu/callback";

// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// PKCE for requests.
const PKCE: [&str; 2] =
    ["code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method=S256"];

/// A tool with an app that signs people in.
struct Provider {
    lab: Lab,
    client: Client,
    secret: String,
}

/// What an endpoint for apps answers.
#[derive(Debug)]
struct Answer {
    status: u16,
    body: Value,
    page: Page,
}

impl Answer {
    fn of(page: Page) -> Self {
        Self {
            status: page.status,
            body: serde_json::from_str(&page.body).unwrap_or_default(),
            page,
        }
    }

    /// The status, and the code of an error.
    fn outcome(&self) -> (u16, &str) {
        (self.status, self.body["error"].as_str().unwrap_or_default())
    }

    fn text(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_else(|| panic!("{name}: {}", self.body)).to_owned()
    }
}

impl Provider {
    async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// The same with another client.
    async fn with(change: impl FnOnce(&mut Client)) -> Self {
        let lab = Lab::start().await;
        update(
            &lab,
            ResourceChange {
                target: Some(resource::parse_target(TARGET, true).unwrap().into()),
                handover: Some(Handover::Openid),
                ..ResourceChange::default()
            },
        );
        let (client, secret) = add_client(&lab, "Wiki", RESOURCE, change);
        Self { lab, client, secret }
    }

    /// Launches in a browser; gives where it continues.
    async fn launch(&self, browser: &mut Browser, choice: &LaunchChoice) -> String {
        let continued = self.launch_until_continued(browser, choice).await;
        let page = browser.get(&continued).await.unwrap();
        page.header("location").unwrap_or_else(|| panic!("{}", page.body)).to_owned()
    }

    /// Launches; gives the address at which the page after it continues by script.
    async fn launch_until_continued(&self, browser: &mut Browser, choice: &LaunchChoice) -> String {
        let entered = self.enter(browser, choice).await;
        assert_eq!(entered.status, 200, "{}", entered.body);
        crate::lab::script_data(&entered)["url"].clone()
    }

    /// Launches, and posts the ticket of the session's page.
    async fn enter(&self, browser: &mut Browser, choice: &LaunchChoice) -> Page {
        let launched = self.lab.sandbox.launch(browser, choice).await.unwrap();
        let session = launched
            .header("location")
            .unwrap_or_else(|| panic!("{} {}", launched.status, launched.body))
            .trim_end_matches("~/")
            .to_owned();
        let page = browser.get(&session).await.unwrap();
        browser.submit(&page).await.unwrap()
    }

    /// A browser in which a person has launched.
    async fn launched(&self, choice: &LaunchChoice) -> Browser {
        let mut browser = self.lab.browser.another();
        assert_eq!(self.launch(&mut browser, choice).await, TARGET);
        browser
    }

    /// The address of an authentication request, with changes: `-name` removes a parameter, the
    /// others replace or add one.
    fn request(&self, changes: &[&str]) -> String {
        let mut pairs: Vec<(String, String)> = [
            ("client_id", self.client.client_id.as_str()),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid profile email lti roles"),
            ("state", "st"),
            ("nonce", "no"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        for change in changes {
            match (change.strip_prefix('-'), change.split_once('=')) {
                (Some(name), _) => pairs.retain(|(found, _)| found != name),
                (None, Some((name, value))) => {
                    pairs.retain(|(found, _)| found != name);
                    pairs.push((name.to_owned(), value.to_owned()));
                }
                (None, None) => panic!("{change}"),
            }
        }
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("{}/oidc/authorize?{query}", self.lab.url)
    }

    /// The response to an authentication request.
    async fn authorize(&self, browser: &mut Browser, changes: &[&str]) -> Response {
        Response::of(browser.get(&self.request(changes)).await.unwrap())
    }

    /// A code for a person who has launched.
    async fn code(&self, browser: &mut Browser, changes: &[&str]) -> String {
        let response = self.authorize(browser, changes).await;
        response.field("code").unwrap_or_else(|| panic!("{response:?}"))
    }

    /// Posts to the token endpoint as this client.
    async fn token(&self, changes: &[&str]) -> Answer {
        let credentials = format!("{}:{}", self.client.client_id, self.secret);
        self.token_as(Some(&credentials), changes).await
    }

    /// Posts to the token endpoint with these credentials of the Basic scheme.
    async fn token_as(&self, basic: Option<&str>, changes: &[&str]) -> Answer {
        let mut fields: Vec<(String, String)> =
            [("grant_type", "authorization_code"), ("redirect_uri", CALLBACK)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec();
        for change in changes {
            match (change.strip_prefix('-'), change.split_once('=')) {
                (Some(name), _) => fields.retain(|(found, _)| found != name),
                (None, Some((name, value))) => {
                    fields.retain(|(found, _)| found != name);
                    fields.push((name.to_owned(), value.to_owned()));
                }
                (None, None) => panic!("{change}"),
            }
        }
        let mut app = self.lab.browser.another();
        if let Some(basic) = basic {
            let encoded = data_encoding::BASE64.encode(basic.as_bytes());
            app = app.with_header("authorization", &format!("Basic {encoded}"));
        }
        let url = format!("{}/oidc/token", self.lab.url);
        Answer::of(app.post_form(&url, &fields).await.unwrap())
    }

    /// The tokens for a code.
    async fn tokens(&self, code: &str) -> Answer {
        let answer = self.token(&[&format!("code={code}")]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer
    }

    /// The claims of an ID token whose signature is valid.
    async fn id_token(&self, token: &str) -> Value {
        let mut app = self.lab.browser.another();
        let keyset = app.get(&format!("{}/oidc/jwks", self.lab.url)).await.unwrap();
        let keyset = Keyset::parse(keyset.body.as_bytes()).unwrap();
        let unverified = jws::read(token, Kind::IdToken).expect("an ID token");
        let keys = keyset.find(unverified.kid()).expect("its key").expect("a usable key").clone();
        unverified.verify(&keys).expect("a valid signature")
    }

    /// What the userinfo endpoint answers.
    async fn userinfo(&self, access_token: &str) -> Answer {
        let bearer = format!("Bearer {access_token}");
        let mut app = self.lab.browser.another().with_header("authorization", &bearer);
        Answer::of(app.get(&format!("{}/oidc/userinfo", self.lab.url)).await.unwrap())
    }

    /// Signs a person in; gives their access token, ID token and browser.
    async fn signed_in(&self, choice: &LaunchChoice, changes: &[&str]) -> (Answer, Browser) {
        let mut browser = self.launched(choice).await;
        let code = self.code(&mut browser, changes).await;
        (self.tokens(&code).await, browser)
    }

    /// Stores the client with changes.
    fn change(&mut self, change: impl FnOnce(&mut Client)) {
        change(&mut self.client);
        let client = self.client.clone();
        let mut store = self.lab.store();
        store.write(|write| write.update_client(&client, Clock::System.now())).unwrap();
    }
}

/// Where an authentication request has led.
#[derive(Debug)]
struct Response {
    page: Page,
    fields: Vec<(String, String)>,
}

impl Response {
    fn of(page: Page) -> Self {
        let location = page.header("location").unwrap_or_default();
        let query = location.split_once('?').map_or("", |(_, query)| query);
        let fields = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { page, fields }
    }

    fn field(&self, name: &str) -> Option<String> {
        self.fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone())
    }

    /// `code`, the code of the error, or the title of the page.
    fn outcome(&self) -> String {
        if self.field("code").is_some() {
            assert_eq!(self.page.status, 302);
            return "code".to_owned();
        }
        self.field("error").unwrap_or_else(|| {
            assert_eq!(self.page.header("location"), None);
            format!("{} {}", self.page.status, self.page.title())
        })
    }
}

pub(crate) fn update(lab: &Lab, change: ResourceChange) {
    publish::update(&mut lab.store(), &RESOURCE.into(), &change, Clock::System.now()).unwrap();
}

/// Adds a client of a resource with the usual redirect URI; gives it with its secret.
pub(crate) fn add_client(
    lab: &Lab,
    name: &str,
    resource: &str,
    change: impl FnOnce(&mut Client),
) -> (Client, String) {
    let (now, random) = (Clock::System.now(), Random::System);
    let mut store = lab.store();
    let resource = store.read().resource(&Slug::new(resource).unwrap()).unwrap().unwrap();
    let name = Name::new(name).unwrap();
    let slug = Slug::from_name(&name).unwrap();
    let place = (resource.id, resource.slug);
    let mut client = Client::new(slug, name, ClientKey::generate(&random), place, now);
    let secret = ClientSecret::generate(&random);
    client.redirect_uris = RedirectUris::new("redirect URI", &[CALLBACK]).unwrap();
    client.secrets =
        ClientSecrets { digest: Some(secret.digest()), created_at: Some(now), previous: None };
    change(&mut client);
    store
        .write(|write| {
            keys::make_sure(write, KeyPurpose::Openid, now, &random)?;
            client.id = write.insert_client(&client, CreatedBy::Hand)?;
            Ok::<_, ltictl::failure::Failure>(())
        })
        .unwrap();
    (client, secret.expose().to_owned())
}

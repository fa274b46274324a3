//! Everything that the tool signs or authenticates, presented to everything that checks such a
//! value: each is accepted for its own purpose only.

use ltictl::domain::{Clock, KeyPurpose, Slug};
use ltictl::lti::client_assertion::{ASSERTION_TYPE, ClientAssertion};
use ltictl::lti::deep_linking::{Response, Settings};
use ltictl::lti::id_token::{self, Expectation};
use ltictl::lti::keyset::VerificationKey;
use ltictl::lti::login::Fingerprint;
use ltictl::lti::scope::SCORE;
use ltictl::rules::state_key;
use ltictl::sandbox::browser::{Browser, Form, Page};
use ltictl::sandbox::{DeepLinkingChoice, LaunchChoice, User};
use ltictl::session::select_content;
use ltictl::token::MacKey;
use ltictl::token::confirmation::Confirmation;
use ltictl::token::invitation;
use ltictl::token::login_state::{self, LoginState, RegistrationDigest};

use super::verifiers::accepted_by_apps;
use super::{APP, app_key, claims, get, post, token, with_app};
use crate::lab::Lab;

const INVITATION: (i64, i64) = (12, 1_795_453_357_000);
const SESSION_SECRET: &str = "the secret of a session";

/// A kind of value with a specimen of it.
struct Specimen {
    kind: &'static str,
    value: String,
}

/// A content selection that waits for its answer: the browser, the tool's last page, and the
/// answer's form.
struct Selection {
    browser: Browser,
    page: Page,
    form: Form,
}

async fn selection(lab: &Lab) -> Selection {
    lab.grant_all(lab.account_of(User::Tina, "tina"));
    let mut browser = lab.browser.another();
    let page = lab
        .sandbox
        .launch_and_follow(
            &mut browser,
            &LaunchChoice::teacher().selecting(DeepLinkingChoice::default()),
        )
        .await
        .unwrap();
    let mut form = page.form().unwrap();
    form.fields.push(("pick".to_owned(), lab.resource_uuid.clone()));
    form.fields.push(("do".to_owned(), "add".to_owned()));
    let page = browser.submit_form(&page, &form).await.unwrap();
    let form = page.form().unwrap();
    Selection { browser, page, form }
}

/// A client assertion as the tool signs it.
fn assertion(lab: &Lab, client_id: &str, audience: &str) -> String {
    let key = lab.store().read().active_signing_key(KeyPurpose::Lti).unwrap();
    let now_seconds = Clock::System.now().as_second();
    let assertion =
        ClientAssertion { client_id, audience, deployment_id: Some("1"), now_seconds, jti: "j-1" };
    assertion.sign(key.kid.as_str(), key.private_key.expose()).unwrap()
}

/// A deep linking response as the tool signs it. The platform chooses `data`.
fn response(lab: &Lab, client_id: &str, issuer: &str) -> String {
    let key = lab.store().read().active_signing_key(KeyPurpose::Lti).unwrap();
    let settings = Settings {
        return_url: "https://lms.example/return".into(),
        accept_types: Vec::new(),
        accept_presentation_document_targets: Vec::new(),
        accept_media_types: Vec::new(),
        accept_multiple: true,
        accept_lineitem: None,
        auto_create: false,
        title: None,
        text: None,
        data: Some("data".into()),
    };
    let now_seconds = Clock::System.now().as_second();
    let response = Response {
        client_id,
        issuer,
        deployment_id: "1",
        has_subject: true,
        settings: &settings,
        items: &[],
        nonce: "n-1",
        now_seconds,
    };
    response.sign(key.kid.as_str(), key.private_key.expose()).unwrap()
}

fn digest(lab: &Lab) -> RegistrationDigest {
    let registration =
        lab.store().read().registration(&Slug::new("test-platform").unwrap()).unwrap().unwrap();
    RegistrationDigest::of(&registration, registration.platform.as_ref().unwrap())
}

fn login_state(lab: &Lab) -> LoginState {
    LoginState {
        registration: Slug::new("test-platform").unwrap(),
        digest: digest(lab),
        nonce: login_state::nonce_from([9; 16]),
        issued_at: Clock::System.now().as_second(),
        target_link_uri: Fingerprint::of("https://tool.example.edu/lti/launch"),
        deployment_id: None,
        storage_target: None,
    }
}

fn specimens(
    lab: &Lab,
    key: &MacKey,
    launch_token: String,
    deep_linking_response: String,
) -> Vec<Specimen> {
    let sealed = login_state(lab).seal(key);
    let confirmation = Confirmation {
        invitation: INVITATION.0,
        configuration_url: "https://lms.example/configuration".into(),
        registration_token: None,
        issued_at: Clock::System.now().as_second(),
    };
    let sandbox = &lab.sandbox;
    [
        ("launch token", launch_token),
        ("client assertion", assertion(lab, sandbox.client_id(), &sandbox.access_token_url())),
        ("client assertion for an app", assertion(lab, &lab.url, APP)),
        ("deep linking response", deep_linking_response),
        ("deep linking response for an app", response(lab, &lab.url, APP)),
        ("login cookie", login_state::cookie_value(&sealed, key)),
        ("storage value", login_state::storage_value(&sealed, key)),
        ("login state", sealed),
        ("invitation", invitation::token(key, INVITATION.0, INVITATION.1)),
        ("confirmation", confirmation.seal(key)),
        ("app key", app_key(lab)),
        ("form token", select_content::form_token(SESSION_SECRET)),
    ]
    .map(|(kind, value)| Specimen { kind, value })
    .into()
}

/// Whether a token counts as an id_token of a platform whose issuer is the tool, whose client is
/// the app, and whose keyset is the tool's.
fn is_id_token(lab: &Lab, token: &str) -> bool {
    let key = lab.store().read().active_signing_key(KeyPurpose::Lti).unwrap();
    let key = VerificationKey::from_components(&key.modulus, &key.exponent).unwrap();
    let expectation = Expectation {
        issuer: &lab.url,
        client_id: APP,
        algorithms: &["RS256"],
        nonce: "n-1",
        target_link_uri: Fingerprint::of(""),
        deployment_id: None,
        deployment_known: true,
        tool_origin: &lab.url,
        leeway_seconds: 300,
        staff_roles: &["Instructor"],
        allow_anonymous: true,
        message_types: &["LtiResourceLinkRequest", "LtiDeepLinkingRequest"],
        keyset_url: "",
    };
    id_token::parse(token).is_ok_and(|token| {
        token.verify(&expectation, &key.into(), Clock::System.now().as_second()).is_ok()
    })
}

/// Whether the test platform gives an access token for it.
async fn gets_access_token(lab: &Lab, assertion: &str) -> bool {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
        ("scope", SCORE),
    ];
    reqwest::Client::new()
        .post(lab.sandbox.access_token_url())
        .form(&form)
        .send()
        .await
        .unwrap()
        .status()
        == 200
}

impl Selection {
    /// Whether the test platform accepts it as the response to the selection.
    async fn is_answered_by(&mut self, response: &str) -> bool {
        let mut form = self.form.clone();
        form.set("JWT", response);
        self.browser.submit_form(&self.page, &form).await.unwrap().status < 400
    }
}

/// The places that accept tokens, with what they need.
struct Verifiers<'t> {
    lab: &'t Lab,
    launch_token: &'t str,
    selection: Selection,
    login_state: &'t str,
    key: &'t MacKey,
    /// Seconds since 1970.
    now: i64,
}

impl Verifiers<'_> {
    /// Each place that accepts a kind of token, that kind, and whether it accepts this value.
    async fn check(
        &mut self,
        value: &str,
        by_apps: bool,
    ) -> [(&'static str, &'static str, bool); 12] {
        [
            ("an app, by docs/app.md", "launch token", by_apps),
            ("GET /api/launch", "launch token", get(self.lab, value).await.status == 200),
            (
                "POST /api/score, App-Key",
                "app key",
                post(&self.lab.url, self.launch_token, Some(value), "{\"score\": 1}").await.status
                    == 200,
            ),
            ("POST /lti/launch, id_token", "", is_id_token(self.lab, value)),
            (
                "POST /lti/launch, state",
                "login state",
                LoginState::open(value, self.key, self.now).is_ok(),
            ),
            (
                "POST /lti/launch, cookie",
                "login cookie",
                login_state::cookie_matches(self.login_state, value, self.key),
            ),
            (
                "POST /lti/resume, storage",
                "storage value",
                login_state::storage_matches(self.login_state, value, self.key),
            ),
            (
                "GET /lti/register, token",
                "invitation",
                invitation::token_matches(self.key, value, INVITATION.0, INVITATION.1),
            ),
            (
                "POST /lti/register, confirmation",
                "confirmation",
                Confirmation::open(value, self.key, self.now).is_some(),
            ),
            (
                "POST of a content selection, token",
                "form token",
                select_content::is_form_token(value, SESSION_SECRET),
            ),
            (
                "a platform's token endpoint",
                "client assertion",
                gets_access_token(self.lab, value).await,
            ),
            (
                "a platform's deep linking return URL",
                "deep linking response",
                self.selection.is_answered_by(value).await,
            ),
        ]
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_accepted_for_their_own_purpose_only() {
    let lab = with_app().await;
    let launch_token = token(&lab, &LaunchChoice::student()).await;
    let selection = selection(&lab).await;
    let key = state_key::state_key(lab.store().read()).unwrap();
    let specimens = specimens(
        &lab,
        &key,
        launch_token.clone(),
        selection.form.field("JWT").unwrap().to_owned(),
    );
    let values: Vec<String> = specimens.iter().map(|specimen| specimen.value.clone()).collect();
    let by_apps = accepted_by_apps(&lab.url, &values).await;
    let login_state = specimens.iter().find(|specimen| specimen.kind == "login state").unwrap();
    let mut verifiers = Verifiers {
        lab: &lab,
        launch_token: &launch_token,
        selection,
        login_state: &login_state.value,
        key: &key,
        now: Clock::System.now().as_second(),
    };
    let mut pairs = 0;
    for (Specimen { kind, value }, by_apps) in specimens.iter().zip(by_apps) {
        for (verifier, accepts, accepted) in verifiers.check(value, by_apps).await {
            assert_eq!(accepted, accepts == *kind, "{kind} at {verifier}");
            pairs += 1;
        }
    }
    assert_eq!(pairs, 12 * 12);
    lab.stop().await;
}

/// The attack of a platform that chooses the tool's URL as client ID and the app's origin as
/// audience.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_cannot_choose_an_assertion_that_an_app_accepts() {
    let lab = with_app().await;
    let forged = [assertion(&lab, &lab.url, APP), response(&lab, &lab.url, APP)];
    let said = claims(&forged[0]);
    assert_eq!(
        (&said["iss"], &said["aud"], said["jti"].is_string()),
        (&lab.url.as_str().into(), &APP.into(), true),
        "every claim fits"
    );
    assert_eq!(accepted_by_apps(&lab.url, &forged).await, [false, false]);
    for token in &forged {
        assert_eq!(get(&lab, token).await.code(), "token_invalid");
        assert_eq!(
            post(&lab.url, token, Some(&app_key(&lab)), "{\"score\": 1}").await.code(),
            "token_invalid"
        );
    }
    lab.stop().await;
}

//! Recorded traffic of a running Moodle drives the server: the login request as it came, and the
//! answer with its id_token, at its own time and at today's.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ltictl::admin::{connect, register, setup};
use ltictl::domain::{
    Account, AccountLink, Clock, DeploymentId, MaxGrade, Name, PlatformUser, Profile, PublicUrl,
    Random, Resource, Slug, Username,
};
use ltictl::lti::login::Fingerprint;
use ltictl::rules::registration::PlatformChange;
use ltictl::sandbox::browser::{Browser, Page};
use ltictl::server::{self, Limits, Server};
use ltictl::store::{LaunchFilter, Store};
use ltictl::token::MacKey;
use ltictl::token::login_state::{self, LoginState, RegistrationDigest};
use serde_json::Value;

use crate::lab::database::place::{Home, Place};
use crate::lab::{self, outcome};

const REGISTRATION: &str = "moodle-a";
const TOOL: &str = "http://localhost:8200";

fn recorded(name: &str) -> Value {
    let path = Path::new("tests/data/moodle/launch-manual-tool-student").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn recorded_form() -> Vec<(String, String)> {
    let login = recorded("1-login-initiation.json");
    let names = login["form_order"].as_array().unwrap().iter();
    names
        .map(|name| {
            (
                name.as_str().unwrap().to_owned(),
                login["form"][name.as_str().unwrap()].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

fn recorded_claims() -> Value {
    recorded("4-id-token.json")["payload"].clone()
}

fn recorded_time() -> Timestamp {
    Timestamp::from_second(recorded_claims()["iat"].as_i64().unwrap() + 2).unwrap()
}

/// A recorded token of the collection.
fn vector(name: &str) -> String {
    std::fs::read_to_string(Path::new("tests/data/moodle/vectors").join(name))
        .unwrap()
        .trim()
        .to_owned()
}

/// The claims of a token, not verified.
fn payload(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap())
        .unwrap()
}

/// A tool in the place of the recorded one, with a registration of the recorded Moodle.
struct Replay {
    server: Server,
    database: Place,
    _home: Home,
}

impl Replay {
    async fn at(clock: Clock) -> Self {
        let home = Home::new();
        let database = home.database().clone();
        let now = clock.now();
        setup::init(
            &database,
            PublicUrl::new(TOOL, false).unwrap(),
            Name::new("Tool B").unwrap(),
            false,
            now,
            &Random::System,
        )
        .unwrap();
        let mut store = Store::open(&database).unwrap();
        register::create(&mut store, &Name::new("Moodle A").unwrap(), None, false, now).unwrap();
        let form = recorded_form();
        let value = |name: &str| form.iter().find(|(field, _)| field == name).unwrap().1.clone();
        let change = PlatformChange {
            issuer: Some(value("iss")),
            client_id: Some(value("client_id")),
            keyset_url: Some(serve_keyset().await),
            access_token_url: Some("http://localhost:8100/mod/lti/token.php".into()),
            authentication_request_url: Some("http://localhost:8100/mod/lti/auth.php".into()),
            ..PlatformChange::default()
        };
        connect::set_platform(&mut store, &REGISTRATION.into(), &change, now).unwrap();
        connect::add_deployment(
            &mut store,
            &REGISTRATION.into(),
            DeploymentId::new(&value("lti_deployment_id")).unwrap(),
            None,
            false,
            now,
        )
        .unwrap();
        store.write(|write| write.insert_resource(&essay(now))).unwrap();
        let server = Server::start(server::Options {
            database: (&database).into(),
            name: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls: None,
            metrics: None,
            clock,
            random: Random::System,
            client_address_header: None,
            request_id_header: None,
            allow_private_network: false,
            limits: Limits::default(),
        })
        .await
        .unwrap();
        Self { server, database, _home: home }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.server.local_addr().port())
    }

    /// Posts the recorded answer.
    async fn answer(&self, clock: Clock) -> Page {
        let token = recorded("3-authentication-response-post.json")["id_token"]
            .as_str()
            .unwrap()
            .to_owned();
        self.post(&mut Browser::new(), "/lti/launch", token, clock).await
    }

    /// Posts a recorded id_token. Its nonce came from the recorded tool, so the state for
    /// it is created here, with the server's own key.
    fn digest(&self) -> RegistrationDigest {
        let store = Store::open(&self.database).unwrap();
        let registration =
            store.read().registration(&Slug::new(REGISTRATION).unwrap()).unwrap().unwrap();
        RegistrationDigest::of(&registration, registration.platform.as_ref().unwrap())
    }

    async fn post(&self, browser: &mut Browser, path: &str, token: String, clock: Clock) -> Page {
        let claims = payload(&token);
        let key: [u8; 32] = Store::open(&self.database)
            .unwrap()
            .read()
            .state_key()
            .unwrap()
            .expose()
            .try_into()
            .unwrap();
        let key = MacKey::new(key);
        let sealed = LoginState {
            registration: Slug::new(REGISTRATION).unwrap(),
            digest: self.digest(),
            nonce: claims["nonce"].as_str().unwrap().into(),
            issued_at: clock.now().as_second() - 3,
            target_link_uri: Fingerprint::of(
                claims["https://purl.imsglobal.org/spec/lti/claim/target_link_uri"]
                    .as_str()
                    .unwrap(),
            ),
            deployment_id: Some(Fingerprint::of(
                claims["https://purl.imsglobal.org/spec/lti/claim/deployment_id"].as_str().unwrap(),
            )),
            storage_target: None,
        }
        .seal(&key);
        let cookie = format!(
            "{}={}; Path=/lti; Secure; HttpOnly; SameSite=None",
            login_state::cookie_name(&sealed),
            login_state::cookie_value(&sealed, &key)
        );
        browser.set_cookie(&self.url(path), &cookie).unwrap();
        browser
            .post_form(&self.url(path), &[("id_token".into(), token), ("state".into(), sealed)])
            .await
            .unwrap()
    }

    /// What became of every launch so far. The clock may stand still, so their order says nothing.
    fn outcomes(&self) -> Vec<String> {
        let store = Store::open(&self.database).unwrap();
        let launches =
            store.read().launches(&LaunchFilter { limit: 10, ..LaunchFilter::default() }).unwrap();
        let mut outcomes: Vec<String> =
            launches.iter().map(|launch| outcome(launch).to_owned()).collect();
        outcomes.sort();
        outcomes
    }
}

/// Moodle's keyset as it was, on a port of this machine.
async fn serve_keyset() -> String {
    let keyset = std::fs::read_to_string("tests/data/moodle/vectors/platform-jwks.json").unwrap();
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/mod/lti/certs.php", listener.local_addr().unwrap());
    let router = axum::Router::new()
        .route("/mod/lti/certs.php", axum::routing::get(move || async move { keyset }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// The resource that the recorded link leads to.
fn essay(now: Timestamp) -> Resource {
    let custom_id = recorded_claims()["https://purl.imsglobal.org/spec/lti/claim/custom"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    Resource::new(
        Slug::new("essay").unwrap(),
        custom_id.parse().unwrap(),
        Name::new("Essay on cells").unwrap(),
        now,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_recorded_login_is_answered_as_the_recorded_tool_answered_it() {
    let replay = Replay::at(Clock::Fixed(recorded_time())).await;
    let own = format!("/lti/login/{REGISTRATION}");
    // Moodle's own frame; the recorded traffic does not say where it was shown.
    for (path, shown_in, status) in
        [(own.as_str(), "document", 302), ("/lti/login", "document", 302), (&own, "iframe", 200)]
    {
        let page = Browser::new()
            .with_header("sec-fetch-dest", shown_in)
            .post_form(&replay.url(path), &recorded_form())
            .await
            .unwrap();
        assert_eq!(page.status, status);
        let location = page
            .header("location")
            .map_or_else(|| lab::script_data(&page)["url"].clone(), str::to_owned);
        let location = url::Url::parse(&location).unwrap();
        assert_eq!(
            location.as_str().split('?').next(),
            Some("http://localhost:8100/mod/lti/auth.php")
        );
        let recorded = recorded("2-authentication-request.json");
        let names: Vec<String> =
            location.query_pairs().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(
            serde_json::json!(names),
            recorded["location_query_order"],
            "the same parameters in the same order"
        );
        for (name, value) in location.query_pairs() {
            match &*name {
                "state" | "nonce" => assert!(value.len() >= 22, "{name}"),
                "redirect_uri" => assert_eq!(value, format!("{TOOL}/lti/launch")),
                _ => assert_eq!(recorded["location_query"][&*name], *value, "{name}"),
            }
        }
    }
    replay.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_recorded_answer_is_let_in_at_its_own_time_and_once() {
    let clock = Clock::Fixed(recorded_time());
    let replay = Replay::at(clock).await;
    let page = replay.answer(clock).await;
    assert_eq!((page.status, replay.outcomes()), (303, vec!["accepted".to_owned()]));
    let store = Store::open(&replay.database).unwrap();
    let launch = store
        .read()
        .launches(&LaunchFilter { limit: 1, ..LaunchFilter::default() })
        .unwrap()
        .remove(0);
    assert_eq!(launch.user_name.as_deref(), Some("Sam Student"));
    assert_eq!(launch.role.as_deref(), Some("learner"));
    assert_eq!(launch.context_title.as_deref(), Some("Biology 101"));
    assert_eq!(launch.resource_link_title.as_deref(), Some("Manual link to essay"));

    assert_eq!(replay.answer(clock).await.status, 401);
    assert_eq!(replay.outcomes(), ["accepted", "state_reused"]);
    replay.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_recorded_answer_is_too_old_today() {
    let replay = Replay::at(Clock::System).await;
    assert_eq!(replay.answer(Clock::System).await.status, 401);
    assert_eq!(replay.outcomes(), ["token_expired"]);
    replay.server.shutdown().await;
}

const DL: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/";

/// Publishes what the recorded tool answered with, under its UUIDs and names, and gives the teacher
/// an account that may use all of it.
fn publish_as_recorded(
    store: &mut Store,
    items: &[Value],
    issuer: &str,
    sub: &str,
    now: Timestamp,
) {
    for (place, item) in items.iter().enumerate() {
        let (name, uuid) = (
            Name::new(item["title"].as_str().unwrap()).unwrap(),
            item["custom"]["id"].as_str().unwrap().parse().unwrap(),
        );
        let max_grade = item["lineItem"]["scoreMaximum"]
            .as_f64()
            .map(|maximum| MaxGrade::new(maximum).unwrap());
        let resource = Resource {
            max_grade,
            ..Resource::new(Slug::new(&format!("item-{place}")).unwrap(), uuid, name, now)
        };
        store
            .write(|write| {
                // The essay may be there already.
                if let Some(same) = write.resource_by_uuid(&uuid)? {
                    write.delete_resource(same.id)?;
                }
                write.insert_resource(&resource)
            })
            .unwrap();
    }
    let account = Account::by_admin(
        Username::new("tara").unwrap(),
        Random::System.uuid(),
        Profile::default(),
        now,
    );
    let account = Account { grants_all: true, ..account };
    let user =
        PlatformUser { issuer: issuer.to_owned(), tenant: String::new(), sub: sub.to_owned() };
    let link = AccountLink::new(user, now);
    store
        .write(|write| {
            let id = write.insert_account(&account)?;
            write.insert_account_link(id, &link)
        })
        .unwrap();
}

/// The claims of an answer, verified with the keys that the tool publishes; its times are the
/// recording's.
async fn verified(replay: &Replay, jwt: &str, audience: &str, issuer: &str) -> Value {
    let keyset = Browser::new().get(&replay.url("/lti/jwks")).await.unwrap();
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&keyset.body).unwrap();
    let key = keys.find(&jsonwebtoken::decode_header(jwt).unwrap().kid.unwrap()).unwrap();
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    rules.set_audience(&[audience]);
    rules.set_issuer(&[issuer]);
    rules.validate_exp = false;
    jsonwebtoken::decode::<Value>(jwt, &jsonwebtoken::DecodingKey::from_jwk(key).unwrap(), &rules)
        .unwrap()
        .claims
}

/// Lets the server answer a recorded request with these items, as far as they have line items with
/// those; gives request and answer.
async fn select(request: &str, items: &[Value]) -> (Value, Value) {
    let token = vector(request);
    let asked = payload(&token);
    let text = |name: &str| asked[name].as_str().unwrap().to_owned();
    let clock = Clock::Fixed(Timestamp::from_second(asked["iat"].as_i64().unwrap() + 2).unwrap());
    let replay = Replay::at(clock).await;
    let mut store = Store::open(&replay.database).unwrap();
    let deployment_id =
        asked["https://purl.imsglobal.org/spec/lti/claim/deployment_id"].as_str().unwrap();
    let change = PlatformChange { client_id: Some(text("aud")), ..PlatformChange::default() };
    connect::set_platform(&mut store, &REGISTRATION.into(), &change, clock.now()).unwrap();
    connect::add_deployment(
        &mut store,
        &REGISTRATION.into(),
        DeploymentId::new(deployment_id).unwrap(),
        None,
        false,
        clock.now(),
    )
    .unwrap();
    publish_as_recorded(&mut store, items, &text("iss"), &text("sub"), clock.now());

    // Another tool was recorded than that of the other recordings, for one of them.
    let target = url::Url::parse(
        asked["https://purl.imsglobal.org/spec/lti/claim/target_link_uri"].as_str().unwrap(),
    )
    .unwrap();
    let tool = target.origin().ascii_serialization();
    setup::set(&mut store, "url", &tool, false).unwrap();

    let mut browser = Browser::at(clock.now());
    let entered = replay.post(&mut browser, "/lti/deep-link", token, clock).await;
    assert_eq!(
        (entered.status, replay.outcomes()),
        (303, vec!["accepted".to_owned()]),
        "{}",
        entered.body
    );
    // The tool's own address is the recorded one, where nothing listens.
    let location = entered.header("location").unwrap();
    let path = location.strip_prefix(&tool).unwrap();
    let cookie = entered.header("set-cookie").unwrap();
    browser.set_cookie(&replay.url(path), cookie).unwrap();
    let page = browser.get(&replay.url(path)).await.unwrap();
    let mut form = page.form().unwrap_or_else(|| panic!("{} {}", page.status, page.body));
    for item in items {
        form.fields.push(("pick".to_owned(), item["custom"]["id"].as_str().unwrap().to_owned()));
        if item.get("lineItem").is_some() {
            form.fields
                .push(("gradebook".to_owned(), item["custom"]["id"].as_str().unwrap().to_owned()));
        }
    }
    let sent = browser.post_form(&form.action, &form.fields).await.unwrap().form().unwrap();
    assert_eq!(
        sent.action,
        asked[format!("{DL}deep_linking_settings")]["deep_link_return_url"].as_str().unwrap(),
        "byte for byte"
    );
    let [(field, jwt)] = &sent.fields[..] else { panic!("{:?}", sent.fields) };
    assert_eq!(field, "JWT");
    let answer = verified(&replay, jwt, &text("iss"), &text("aud")).await;
    replay.server.shutdown().await;
    (asked, answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_recorded_content_selections_are_answered_as_the_recorded_tool_answered_them() {
    for name in ["deep-linking-single", "deep-linking-multiple"] {
        let recorded = payload(&vector(&format!("{name}.response.jwt")));
        let items = recorded[format!("{DL}content_items")].as_array().unwrap().clone();
        let (asked, answer) = select(&format!("{name}.id_token.jwt"), &items).await;
        for (claim, value) in recorded.as_object().unwrap() {
            match claim.as_str() {
                // A list of one there, the same as text here.
                "aud" => assert_eq!(&answer["aud"], &value[0]),
                "iat" | "exp" | "nonce" => assert!(answer.get(claim).is_some(), "{claim}"),
                claim if claim == format!("{DL}content_items") => {}
                claim => assert_eq!(&answer[claim], value, "{claim}"),
            }
        }
        assert_ne!(answer["nonce"], asked["nonce"]);
        let ours = answer[format!("{DL}content_items")].as_array().unwrap();
        assert_eq!(ours.len(), items.len());
        for recorded in &items {
            let item = ours
                .iter()
                .find(|item| item["custom"] == recorded["custom"])
                .unwrap_or_else(|| panic!("{recorded}"));
            assert_eq!((&item["type"], &item["title"]), (&recorded["type"], &recorded["title"]));
            assert_eq!(item["url"], format!("{TOOL}/lti/launch"));
            // In the standard's words what the recorded one says in its own.
            assert_eq!(
                (recorded["presentation"]["documentTarget"].as_str(), &item["iframe"]),
                (Some("iframe"), &serde_json::json!({}))
            );
            assert_eq!(item["lineItem"]["scoreMaximum"], recorded["lineItem"]["scoreMaximum"]);
            assert_eq!(item.get("lineItem").is_some(), recorded.get("lineItem").is_some());
            if let Some(line_item) = item.get("lineItem") {
                assert_eq!(
                    (&line_item["label"], &line_item["resourceId"]),
                    (&item["title"], &item["custom"]["id"])
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorded_content_selection_without_personal_data_is_answered() {
    let token = vector("launch-no-personal-data-deep-linking.id_token.jwt");
    assert!(payload(&token).get("name").is_none());
    let item = payload(&vector("deep-linking-single.response.jwt"))[format!("{DL}content_items")]
        [0]
    .clone();
    let (_, answer) =
        select("launch-no-personal-data-deep-linking.id_token.jwt", std::slice::from_ref(&item))
            .await;
    assert_eq!(answer[format!("{DL}content_items")][0]["custom"], item["custom"]);
}

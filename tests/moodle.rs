//! Recorded traffic of a running Moodle drives the server: the login request as it came, and the answer with its id_token, at its own time and at today's.

mod lab;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use ltictl::domain::{Clock, DeploymentId, Name, PublicUrl, Random, Resource, Slug};
use ltictl::lti::state::{self, LoginState, StateKey};
use ltictl::sandbox::browser::{Browser, Page};
use ltictl::server::{self, Limits, Server};
use ltictl::store::{LaunchFilter, Store};
use ltictl::usecase::connect::{self, PlatformChange};
use ltictl::usecase::{register, setup};
use serde_json::Value;

use lab::outcome;

const REGISTRATION: &str = "moodle-a";
const TOOL: &str = "http://localhost:8200";

fn recorded(name: &str) -> Value {
    let path = Path::new("tests/data/moodle/launch-manual-tool-student").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn recorded_form() -> Vec<(String, String)> {
    let login = recorded("1-login-initiation.json");
    let names = login["form_order"].as_array().unwrap().iter();
    names.map(|name| (name.as_str().unwrap().to_owned(), login["form"][name.as_str().unwrap()].as_str().unwrap().to_owned())).collect()
}

fn recorded_claims() -> Value {
    recorded("4-id-token.json")["payload"].clone()
}

fn recorded_time() -> Timestamp {
    Timestamp::from_second(recorded_claims()["iat"].as_i64().unwrap() + 2).unwrap()
}

/// A tool that stands where the recorded one stood, with a registration of the recorded Moodle.
struct Replay {
    server: Server,
    database: PathBuf,
    _directory: tempfile::TempDir,
}

impl Replay {
    async fn at(clock: Clock) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("ltictl.db");
        let now = clock.now();
        setup::init(&database, PublicUrl::new(TOOL, false).unwrap(), Name::new("Tool B").unwrap(), false, now, &Random::System).unwrap();
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
        connect::set_platform(&mut store, REGISTRATION, &change, now).unwrap();
        connect::add_deployment(&mut store, REGISTRATION, DeploymentId::new(&value("lti_deployment_id")).unwrap(), None, false, now).unwrap();
        store.write(|write| write.insert_resource(&essay(now))).unwrap();
        let server = Server::start(server::Options {
            database: database.clone(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls: None,
            clock,
            random: Random::System,
            client_address_header: None,
            allow_private_network: false,
            limits: Limits::default(),
        })
        .await
        .unwrap();
        Self { server, database, _directory: directory }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.server.local_addr().port())
    }

    /// Posts the recorded answer. Its nonce came from the recorded tool, so the state that goes with it is made here, with the server's own key.
    async fn answer(&self, clock: Clock) -> Page {
        let claims = recorded_claims();
        let key: [u8; 32] = Store::open(&self.database).unwrap().read().state_key().unwrap().expose().try_into().unwrap();
        let key = StateKey::new(key);
        let sealed = LoginState {
            registration: REGISTRATION.into(),
            nonce: claims["nonce"].as_str().unwrap().into(),
            issued_at: clock.now().as_second() - 3,
            target_link_uri_digest: state::digest(&format!("{TOOL}/enrol/lti/launch.php")),
            deployment_id_digest: Some(state::digest("3")),
            storage_target: None,
        }
        .seal(&key);
        let mut browser = Browser::new();
        let cookie = format!("{}={}; Path=/lti; Secure; HttpOnly; SameSite=None", state::cookie_name(&sealed), state::cookie_value(&sealed, &key));
        browser.set_cookie(&self.url("/lti/launch"), &cookie).unwrap();
        let token = recorded("3-authentication-response-post.json")["id_token"].as_str().unwrap().to_owned();
        browser.post_form(&self.url("/lti/launch"), &[("id_token".into(), token), ("state".into(), sealed)]).await.unwrap()
    }

    /// What became of every launch so far. The clock may stand still, so their order says nothing.
    fn outcomes(&self) -> Vec<String> {
        let store = Store::open(&self.database).unwrap();
        let launches = store.read().launches(&LaunchFilter { limit: 10, ..LaunchFilter::default() }).unwrap();
        let mut outcomes: Vec<String> = launches.iter().map(|launch| outcome(launch).to_owned()).collect();
        outcomes.sort();
        outcomes
    }
}

/// Moodle's keyset as it was, on a port of this machine.
async fn serve_keyset() -> String {
    let keyset = std::fs::read_to_string("tests/data/moodle/vectors/platform-jwks.json").unwrap();
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/mod/lti/certs.php", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/mod/lti/certs.php", axum::routing::get(move || async move { keyset }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// The resource that the recorded link leads to.
fn essay(now: Timestamp) -> Resource {
    let custom_id = recorded_claims()["https://purl.imsglobal.org/spec/lti/claim/custom"]["id"].as_str().unwrap().to_owned();
    Resource::new(Slug::new("essay").unwrap(), custom_id.parse().unwrap(), Name::new("Essay on cells").unwrap(), now)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_recorded_login_is_answered_as_the_recorded_tool_answered_it() {
    let replay = Replay::at(Clock::Fixed(recorded_time())).await;
    let own = format!("/lti/login/{REGISTRATION}");
    // Moodle's own frame; the recorded traffic does not say where it was shown.
    for (path, shown_in, status) in [(own.as_str(), "document", 302), ("/lti/login", "document", 302), (&own, "iframe", 200)] {
        let page = Browser::new().saying("sec-fetch-dest", shown_in).post_form(&replay.url(path), &recorded_form()).await.unwrap();
        assert_eq!(page.status, status);
        let location = page.header("location").map_or_else(|| lab::script_data(&page)["url"].clone(), str::to_owned);
        let location = url::Url::parse(&location).unwrap();
        assert_eq!(location.as_str().split('?').next(), Some("http://localhost:8100/mod/lti/auth.php"));
        let recorded = recorded("2-authentication-request.json");
        let names: Vec<String> = location.query_pairs().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(serde_json::json!(names), recorded["location_query_order"], "the same parameters in the same order");
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
    let launch = store.read().launches(&LaunchFilter { limit: 1, ..LaunchFilter::default() }).unwrap().remove(0);
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

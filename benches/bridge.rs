//! Server CPU of web apps behind a launch: of what a reverse proxy asks before each request to an
//! app, for a person with a session, with and without a signed token, and for a stranger; and of a
//! whole sign-in by OpenID Connect, which is three requests and one RSA signature. All of it among
//! a million open sessions.
//!
//! The server and a test platform run in a process of their own, whose database is on disk. What is
//! measured is the processor time of that process alone, and how many requests it answers per second
//! while this process sends them from the same machine.
//!
//! Run with `cargo bench --bench bridge`; Linux only, for it reads `/proc`.

#![expect(
    clippy::disallowed_methods,
    reason = "benchmarks start processes and use the system clock"
)]

#[expect(dead_code, reason = "a benchmark uses its own part of the lab")]
#[path = "../tests/lab/mod.rs"]
mod lab;
mod serving;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Instant;

use ltictl::admin::{keys, publish};
use ltictl::domain::{
    Client, ClientKey, ClientSecret, Clock, Handover, KeyPurpose, Name, Random, RedirectUris,
    Session, SessionHandle, Slug,
};
use ltictl::failure::Failure;
use ltictl::lti::jws;
use ltictl::lti::private_key::PrivateKey;
use ltictl::rules::resource::{self, ResourceChange};
use ltictl::sandbox::LaunchChoice;
use ltictl::store::{CreatedBy, Error, RegistrationTotal, Store};
use serde_json::json;

use self::lab::{Lab, RESOURCE};
use self::serving::Process;

const ORIGIN: &str = "https://wiki.example.edu";
const SESSIONS: usize = 1_000_000;
const CONNECTIONS: usize = 8;
const REQUESTS: usize = 8_000;
const SIGN_INS: usize = 800;
const CALLBACK: &str = "https://app.example.edu/callback";
const ROUNDS: usize = 5;

fn main() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if std::env::args().nth(1).is_some_and(|argument| argument == "serve") {
        return runtime.block_on(serve());
    }
    let tool = Tool::start();
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    println!("{:<24} {:>12} {:>14}", "", "µs of CPU", "per second");
    for (name, with_token, cookie, status) in [
        ("with a session", "off", &*tool.cookie, 200),
        ("with a signed token", "on", &tool.cookie, 200),
        ("without a session", "off", "", 401),
    ] {
        tool.set_token_header(with_token);
        let mut rounds = Vec::new();
        for _ in 0..=ROUNDS {
            rounds.push(runtime.block_on(tool.load(&client, cookie, status)));
        }
        // The first round fills caches.
        rounds.remove(0);
        let median = |place: usize| {
            let mut values: Vec<f64> = rounds.iter().map(|round| round[place]).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        println!("{name:<24} {:>12.0} {:>14.0}", median(0), median(1));
    }
    let mut rounds: Vec<[f64; 2]> =
        (0..=ROUNDS).map(|_| runtime.block_on(tool.sign_in(&client))).collect();
    rounds.remove(0);
    rounds.sort_by(|one, two| one[0].total_cmp(&two[0]));
    let [cpu, rate] = rounds[ROUNDS / 2];
    println!("{:<24} {cpu:>12.0} {rate:>14.0}", "sign-in by OpenID");
    let signature = signature();
    println!("{:<24} {signature:>12.0}", "of it, one signature");
    println!("{:<24} {:>12.0}", "without it", cpu - signature);
}

/// Processor time of one RSA signature with a key as the server has it, in microseconds.
fn signature() -> f64 {
    let key = PrivateKey::generate();
    let sign = || jws::sign(jws::ID_TOKEN, &json!({ "sub": "x" }), "k", &key.pkcs8_der).unwrap();
    let started = Instant::now();
    for _ in 0..SIGN_INS {
        std::hint::black_box(sign());
    }
    started.elapsed().as_secs_f64() / SIGN_INS as f64 * 1e6
}

/// A server process that ends with the benchmark.
struct Tool {
    process: Process,
    url: String,
    database: String,
    cookie: String,
    app: OpenidApp,
}

/// A client, and the cookie of a person who has launched its resource.
struct OpenidApp {
    cookie: String,
    client_id: String,
    secret: String,
}

impl Tool {
    fn start() -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg("serve")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut next = || lines.next().unwrap().unwrap();
        let [url, database, cookie] = [(); 3].map(|()| next());
        let app = OpenidApp { cookie: next(), client_id: next(), secret: next() };
        Self { process: Process(process), url, database, cookie, app }
    }

    fn set_token_header(&self, word: &str) {
        let change = ResourceChange {
            token_header: Some(word.parse().unwrap()),
            ..ResourceChange::default()
        };
        let mut store = Store::open(std::path::PathBuf::from(&self.database)).unwrap();
        publish::update(&mut store, &RESOURCE.into(), &change, Clock::System.now()).unwrap();
    }

    /// Processor time for each of many requests on all connections, in microseconds, and requests
    /// per second.
    async fn load(&self, client: &reqwest::Client, cookie: &str, status: u16) -> [f64; 2] {
        let (before, started) = (self.process.cpu(), Instant::now());
        let tasks: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                let (client, cookie) = (client.clone(), cookie.to_owned());
                let url = format!("{}/bridge/auth/nginx", self.url);
                tokio::spawn(async move {
                    for _ in 0..REQUESTS / CONNECTIONS {
                        let request = client
                            .get(&url)
                            .header("x-original-url", format!("{ORIGIN}/page"))
                            .header("x-original-method", "GET")
                            .header("cookie", &cookie);
                        assert_eq!(request.send().await.unwrap().status(), status);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let count = REQUESTS as f64;
        [(self.process.cpu() - before) / count * 1e6, count / started.elapsed().as_secs_f64()]
    }
}

impl Tool {
    /// Processor time for each sign-in, in microseconds, and sign-ins per second.
    async fn sign_in(&self, client: &reqwest::Client) -> [f64; 2] {
        let (before, started) = (self.process.cpu(), Instant::now());
        let tasks: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                let (client, url, app) = (client.clone(), self.url.clone(), &self.app);
                let (cookie, id, secret) =
                    (app.cookie.clone(), app.client_id.clone(), app.secret.clone());
                tokio::spawn(async move {
                    for _ in 0..SIGN_INS / CONNECTIONS {
                        sign_in_once(&client, &url, &cookie, [&id, &secret]).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let count = SIGN_INS as f64;
        [(self.process.cpu() - before) / count * 1e6, count / started.elapsed().as_secs_f64()]
    }
}

async fn sign_in_once(client: &reqwest::Client, url: &str, cookie: &str, [id, secret]: [&str; 2]) {
    let query = [
        ("client_id", id),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid profile email roles lti"),
    ];
    let request = client.get(format!("{url}/oidc/authorize")).query(&query);
    let response = request.header("cookie", cookie).send().await.unwrap();
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let location = url::Url::parse(&location).unwrap();
    let code = location.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let form = [("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", CALLBACK)];
    let request = client.post(format!("{url}/oidc/token")).basic_auth(id, Some(secret)).form(&form);
    let tokens: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    let token = tokens["access_token"].as_str().unwrap();
    let request = client.get(format!("{url}/oidc/userinfo")).bearer_auth(token);
    assert_eq!(request.send().await.unwrap().status(), 200);
}

/// Publishes a resource whose app signs people in; gives the cookie of a person who has launched it,
/// the client ID and the secret.
async fn openid_app(lab: &Lab) -> [String; 3] {
    let (now, random) = (Clock::System.now(), Random::System);
    let change = ResourceChange {
        target: Some(resource::parse_target("https://app.example.edu/", false).unwrap().into()),
        handover: Some(Handover::Openid),
        ..ResourceChange::default()
    };
    let mut store = lab.store();
    let name = Name::new("App").unwrap();
    let (resource, _) =
        publish::publish(&mut store, &name, None, &change, false, now, &random).unwrap();
    let place = (resource.id, resource.slug);
    let slug = Slug::from_name(&name).unwrap();
    let mut client = Client::new(slug, name, ClientKey::generate(&random), place, now);
    let secret = ClientSecret::generate(&random);
    client.redirect_uris = RedirectUris::new("redirect URI", &[CALLBACK]).unwrap();
    client.secrets.digest = Some(secret.digest());
    client.secrets.created_at = Some(now);
    store
        .write(|write| {
            keys::make_sure(write, KeyPurpose::Openid, now, &random)?;
            write.insert_client(&client, CreatedBy::Hand).map_err(Failure::from)
        })
        .unwrap();
    let custom = [("id".to_owned(), resource.uuid.to_string())].into();
    let choice = LaunchChoice { custom, ..LaunchChoice::student() };
    let mut browser = lab.browser.another();
    let launched = lab.sandbox.launch(&mut browser, &choice).await.unwrap();
    let page = browser.get(launched.header("location").unwrap()).await.unwrap();
    browser.submit(&page).await.unwrap();
    let cookies = browser.cookies_for(&lab.url);
    let (name, value) =
        cookies.into_iter().find(|(name, _)| name.starts_with("__Host-lti_app_")).unwrap();
    [format!("{name}={value}"), client.client_id.to_string(), secret.expose().to_owned()]
}

/// The server, with one person at the app and many other sessions.
async fn serve() {
    let lab = Lab::in_file(|_| {}).await;
    let change = ResourceChange {
        target: Some(resource::parse_target(ORIGIN, false).unwrap().into()),
        handover: Some(Handover::Headers),
        ..ResourceChange::default()
    };
    publish::update(&mut lab.store(), &RESOURCE.into(), &change, Clock::System.now()).unwrap();
    let mut browser = lab.browser.another();
    let launched = lab.sandbox.launch(&mut browser, &LaunchChoice::student()).await.unwrap();
    let page = browser.get(launched.header("location").unwrap()).await.unwrap();
    let ticket = page.form().unwrap().field("ticket").unwrap().to_owned();
    let entered = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(format!("{}/bridge/app/enter", lab.url))
        .header("host", "wiki.example.edu")
        .header("origin", &lab.url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("ticket={ticket}"))
        .send()
        .await
        .unwrap();
    let cookie = entered.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let app = openid_app(&lab).await;
    fill(&lab);
    let mut stdout = std::io::stdout();
    let lines = [lab.url.clone(), lab.database.text().to_owned(), cookie];
    writeln!(stdout, "{}\n{}", lines.join("\n"), app.join("\n")).unwrap();
    stdout.flush().unwrap();
    std::future::pending::<()>().await;
}

/// Opens many sessions like the one of the launch.
fn fill(lab: &Lab) {
    let now = Clock::System.now();
    let launch_id = lab.newest_launch().unwrap().id;
    let mut store = lab.store();
    let session = store.read().session_of_launch(&launch_id, now).unwrap().unwrap();
    let first = session.handle.number();
    for batch in 0..SESSIONS / 1_000 {
        store
            .write(|write| {
                for number in 0..1_000 {
                    // Before and after the session.
                    let distance = ((batch * 1_000 + number + 1) as u64) << 12;
                    let handle = if number % 2 == 0 { first + distance } else { first - distance };
                    let other = Session {
                        handle: SessionHandle::from_number(handle),
                        secret_digest: Random::System.bytes::<32>().to_vec(),
                        ..session.clone()
                    };
                    write.insert_session(&other, RegistrationTotal::default())?;
                }
                Ok::<_, Error>(())
            })
            .unwrap();
    }
}

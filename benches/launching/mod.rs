//! A server with some platforms, and their browsers, for benchmarks of launches.

use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ltictl::admin::consumer::{self, NewConsumer};
use ltictl::admin::{self, publish, register, setup};
use ltictl::domain::{Clock, DeploymentId, Name, PublicUrl, Random};
use ltictl::lti::private_key::PrivateKey;
use ltictl::lti::{jws, keyset};
use ltictl::rules::registration::PlatformChange;
use ltictl::rules::resource::ResourceChange;
use ltictl::store::{Database, Store};
use serde_json::{Value, json};

/// As many platforms as it takes to stay below the server's limit of launches for one registration.
pub(crate) const PLATFORMS: u64 = 16;
const ISSUER: &str = "http://localhost:9";

/// The client of all browsers, which follows no redirects.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// A URL of this machine at which nothing listens yet.
pub(crate) fn free_url() -> String {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port())
}

/// The platforms' key, whose keyset is served.
pub(crate) struct Platform {
    key: PrivateKey,
    pub(crate) jwk: Value,
    pub(crate) keyset_url: String,
}

impl Platform {
    pub(crate) async fn start() -> Self {
        let key = PrivateKey::generate();
        let jwk = keyset::public_jwk("bench", &key.modulus, &key.exponent);
        let keyset_url = serve_keyset(json!({ "keys": [jwk.clone()] })).await;
        Self { key, jwk, keyset_url }
    }

    /// Signs launches of a resource of the tool at a URL.
    pub(crate) fn signer(&self, url: &str, uuid: &str) -> Signer {
        Signer { private_key: self.key.pkcs8_der.to_vec(), claims: claims(url, uuid) }
    }
}

/// The response to a launch.
pub(crate) struct Launched {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// The URL of the page that it opens, and the cookies for it.
    pub(crate) page: Option<(String, String)>,
    /// How long the launch took, without its login.
    pub(crate) took: Duration,
}

impl Launched {
    pub(crate) async fn of(response: reqwest::Response, took: Duration) -> Self {
        let status = response.status().as_u16();
        let texts =
            |name| response.headers().get_all(name).iter().map(|text| text.to_str().unwrap());
        let page = response.url().join(texts("location").next().unwrap_or_default()).unwrap();
        let cookies: Vec<&str> =
            texts("set-cookie").filter_map(|cookie| cookie.split(';').next()).collect();
        let page = (status == 303).then(|| (page.into(), cookies.join("; ")));
        Self { status, page, body: response.text().await.unwrap_or_default(), took }
    }
}

/// A server process that ends with the benchmark.
pub(crate) struct Server {
    pub(crate) process: Child,
    pub(crate) url: String,
}

impl Server {
    /// Starts `ltictl serve` at this URL with more arguments, and waits until it is ready.
    pub(crate) async fn serve(
        database: impl Into<Database>,
        url: &str,
        client: &reqwest::Client,
        more: &[&str],
    ) -> Self {
        let process = Command::new(env!("CARGO_BIN_EXE_ltictl"))
            .args(["serve", "--listen", url.trim_start_matches("http://"), "--db"])
            .arg(database.into().location())
            .args(more)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while client.get(format!("{url}/readyz")).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { process, url: url.to_owned() }
    }

    /// The processor time that the process has taken.
    pub(crate) fn cpu(&self) -> Duration {
        cpu_of(self.process.id()).unwrap()
    }

    pub(crate) fn resident_mib(&self) -> f64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }
}

/// What Linux knows about a process, after its name.
fn stat_of(process: u32) -> Option<Vec<u64>> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields = stat.rsplit(')').next()?.split_whitespace();
    Some(fields.map(|field| field.parse().unwrap_or_default()).collect())
}

/// The processor time that a process has taken; `None` if there is no such process.
pub(crate) fn cpu_of(process: u32) -> Option<Duration> {
    // utime and stime in ticks, of which Linux has 100 a second for user space.
    let fields = stat_of(process)?;
    Some(Duration::from_millis((fields[11] + fields[12]) * 10))
}

/// The processes whose parent is that of this process, and the parent.
pub(crate) fn family_of(process: u32) -> Vec<u32> {
    let parent_of = |process: u32| Some(stat_of(process)?[1]);
    let parent = parent_of(process).unwrap();
    let mut family = vec![u32::try_from(parent).unwrap()];
    for entry in std::fs::read_dir("/proc").unwrap() {
        let name = entry.unwrap().file_name();
        let Some(other) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
        if parent_of(other) == Some(parent) {
            family.push(other);
        }
    }
    family
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The platform's side: its key, and the claims of a launch of ordinary size.
pub(crate) struct Signer {
    private_key: Vec<u8>,
    claims: Value,
}

/// One login and launch, as a browser sends them.
/// `sub` is the person at the platform.
pub(crate) async fn launch(
    client: &reqwest::Client,
    url: &str,
    signer: &Signer,
    platform: u64,
    sub: &str,
) -> Launched {
    let client_id = format!("bench-tool-{platform}");
    let target = signer.claims["https://purl.imsglobal.org/spec/lti/claim/target_link_uri"]
        .as_str()
        .unwrap();
    let hint = r#"{"cmid":3,"launchid":"ltilaunch1_1028948999"}"#;
    let login = [
        ("iss", ISSUER),
        ("target_link_uri", target),
        ("login_hint", "4"),
        ("lti_message_hint", hint),
        ("client_id", &client_id),
        ("lti_deployment_id", "2"),
    ];
    let answer = client
        .post(format!("{url}/lti/login/platform-{platform}"))
        .form(&login)
        .send()
        .await
        .unwrap();
    if answer.status() != 302 {
        return Launched::of(answer, Duration::ZERO).await;
    }
    let cookie =
        answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let location = url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    let parameter =
        |name: &str| location.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let now = jiff::Timestamp::now().as_second();
    let mut claims = signer.claims.clone();
    claims["sub"] = sub.into();
    claims["aud"] = client_id.into();
    claims["nonce"] = parameter("nonce").into();
    claims["iat"] = now.into();
    claims["exp"] = (now + 60).into();
    let token = jws::sign(jws::PLATFORM_MESSAGE, &claims, "bench", &signer.private_key).unwrap();
    let form = [("id_token", token), ("state", parameter("state"))];
    let started = Instant::now();
    let answer = client
        .post(format!("{url}/lti/launch"))
        .header("cookie", cookie)
        .form(&form)
        .send()
        .await
        .unwrap();
    let took = started.elapsed();
    Launched::of(answer, took).await
}

/// The shared secret of all consumers of LTI 1.1.
pub(crate) const SECRET: &str = "a shared secret of 160 random bits, or so";

/// Claims like those of a running Moodle.
fn claims(url: &str, uuid: &str) -> Value {
    let recorded: Value = serde_json::from_str(include_str!(
        "../../tests/data/moodle/launch-manual-tool-student/4-id-token.json"
    ))
    .unwrap();
    let mut claims = recorded["payload"].clone();
    claims["iss"] = ISSUER.into();
    claims["https://purl.imsglobal.org/spec/lti/claim/deployment_id"] = "2".into();
    claims["https://purl.imsglobal.org/spec/lti/claim/target_link_uri"] =
        format!("{url}/lti/launch").into();
    claims["https://purl.imsglobal.org/spec/lti/claim/custom"]["id"] = uuid.into();
    claims
}

/// Creates the tool's database.
pub(crate) fn initialise(database: impl Into<Database>, url: &str) {
    setup::init(
        database,
        PublicUrl::new(url, false).unwrap(),
        Name::new("Bench").unwrap(),
        false,
        Clock::System.now(),
        &Random::System,
    )
    .unwrap();
}

/// Adds the platforms and a resource to a database; returns the UUID of the resource.
pub(crate) fn connect(database: impl Into<Database>, keyset_url: &str) -> String {
    let (now, random) = (Clock::System.now(), Random::System);
    let mut store = Store::open(database).unwrap();
    for number in 0..PLATFORMS {
        let slug = format!("platform-{number}");
        register::create(&mut store, &Name::new(&slug).unwrap(), None, false, now).unwrap();
        let change = PlatformChange {
            issuer: Some(ISSUER.into()),
            client_id: Some(format!("bench-tool-{number}")),
            keyset_url: Some(keyset_url.into()),
            access_token_url: Some(format!("{ISSUER}/token")),
            authentication_request_url: Some(format!("{ISSUER}/auth")),
            ..PlatformChange::default()
        };
        admin::connect::set_platform(&mut store, &slug.as_str().into(), &change, now).unwrap();
        let consumer = Name::new(&format!("consumer-{number}")).unwrap();
        let new = NewConsumer::default();
        consumer::add(&mut store, &consumer, &new, Some(SECRET), false, &random, now).unwrap();
        admin::connect::add_deployment(
            &mut store,
            &slug.as_str().into(),
            DeploymentId::new("2").unwrap(),
            None,
            false,
            now,
        )
        .unwrap();
    }
    publish::publish(
        &mut store,
        &Name::new("Essay").unwrap(),
        None,
        &ResourceChange::default(),
        false,
        now,
        &random,
    )
    .unwrap()
    .0
    .uuid
    .to_string()
}

async fn serve_keyset(keyset: Value) -> String {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/jwks", listener.local_addr().unwrap());
    let router = axum::Router::new()
        .route("/jwks", axum::routing::get(move || async move { axum::Json(keyset) }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

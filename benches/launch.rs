//! Server CPU of one login and launch through HTTP, as a ratio to its floor in the same run.
//!
//! Both sides are processes of their own, answer eight connections at once, and keep their database
//! on disk with synced commits. The floor is the work that cannot be avoided: two HTTP exchanges, the
//! decoding of one id_token and one durable insert, on the same libraries and the same group
//! commit. What is measured is the processor time of the server process alone; the clients' signing
//! and waiting do not count.
//!
//! Run with `cargo bench --bench launch`; Linux only, for it reads `/proc`.

#![expect(
    clippy::disallowed_methods,
    reason = "benchmarks start processes and use the system clock"
)]

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, SamplingMode};
use ltictl::admin::{connect, publish, register, setup};
use ltictl::domain::{Clock, DeploymentId, Name, PublicUrl, Random};
use ltictl::lti::private_key::PrivateKey;
use ltictl::lti::{jws, keyset};
use ltictl::rules::registration::PlatformChange;
use ltictl::rules::resource::ResourceChange;
use ltictl::store::{Pool, Store};
use serde_json::{Value, json};

const CONNECTIONS: u64 = 8;
/// As many platforms as it takes to stay below the server's limit of launches for one registration.
const PLATFORMS: u64 = 16;
const ISSUER: &str = "http://localhost:9";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|argument| argument == "floor") {
        return floor(Path::new(&arguments[2]), &arguments[3], &arguments[4]);
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let bench = runtime.block_on(Bench::prepare());
    println!("serve idle: {:.1} MiB resident", bench.tool.resident_mib());
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(6))
        .configure_from_args();
    let mut group = criterion.benchmark_group("server CPU of a login and launch");
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("floor", |bencher| {
        bencher.iter_custom(|times| runtime.block_on(bench.load(&bench.floor, times)))
    });
    group.bench_function("ltictl serve", |bencher| {
        bencher.iter_custom(|times| runtime.block_on(bench.load(&bench.tool, times)))
    });
    group.finish();
    // The figure to quote: alternating rounds, so that a machine that changes its speed changes it
    // for both.
    let mut ratios: Vec<f64> = (0..5)
        .map(|_| {
            let floor = runtime.block_on(bench.load(&bench.floor, 2000)).as_secs_f64() / 2000.0;
            let tool = runtime.block_on(bench.load(&bench.tool, 2000)).as_secs_f64() / 2000.0;
            println!(
                "floor {:.0} µs, ltictl serve {:.0} µs, ratio {:.2}",
                floor * 1e6,
                tool * 1e6,
                tool / floor
            );
            tool / floor
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    println!("login + launch CPU / floor: {:.2} (median of 5)", ratios[2]);
}

/// A server process that ends with the benchmark.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        // utime and stime in ticks, of which Linux has 100 a second for user space.
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    fn resident_mib(&self) -> f64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

struct Bench {
    tool: Server,
    floor: Server,
    client: reqwest::Client,
    signer: Arc<Signer>,
    _directory: tempfile::TempDir,
}

/// The platform's side: its key, and the claims of a launch of ordinary size.
struct Signer {
    private_key: Vec<u8>,
    claims: Value,
}

impl Bench {
    async fn prepare() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let key = PrivateKey::generate();
        let jwk = keyset::public_jwk("bench", &key.modulus, &key.exponent);
        let keyset_url = serve_keyset(json!({ "keys": [jwk] })).await;
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();

        let database = directory.path().join("ltictl.db");
        let port = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let url = format!("http://127.0.0.1:{port}");
        let uuid = set_up(&database, &url, &keyset_url);
        let process = Command::new(env!("CARGO_BIN_EXE_ltictl"))
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--db"])
            .arg(&database)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let tool = Server { process, url: url.clone() };
        while client.get(format!("{url}/readyz")).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }

        let floor_database = directory.path().join("floor.db");
        drop(Store::create(&floor_database).unwrap());
        let components = [jwk["n"].as_str().unwrap(), jwk["e"].as_str().unwrap()];
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg("floor")
            .arg(&floor_database)
            .args(components)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let floor = Server { process, url: format!("http://{}", line.trim()) };

        let signer =
            Arc::new(Signer { private_key: key.pkcs8_der.to_vec(), claims: claims(&url, &uuid) });
        Self { tool, floor, client, signer, _directory: directory }
    }

    /// So many logins with launches on all connections; gives the server's processor time.
    async fn load(&self, server: &Server, times: u64) -> Duration {
        let before = server.cpu();
        let tasks: Vec<_> = (0..CONNECTIONS)
            .map(|connection| {
                let share = times / CONNECTIONS + u64::from(connection < times % CONNECTIONS);
                let (client, url, signer) =
                    (self.client.clone(), server.url.clone(), Arc::clone(&self.signer));
                tokio::spawn(async move {
                    for number in 0..share {
                        launch(
                            &client,
                            &url,
                            &signer,
                            (connection + CONNECTIONS * number) % PLATFORMS,
                        )
                        .await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        // Criterion cannot work with a time of nothing, which a few launches within one tick may
        // take.
        (server.cpu() - before).max(Duration::from_micros(1))
    }
}

/// One login and launch, as a browser sends them.
async fn launch(client: &reqwest::Client, url: &str, signer: &Signer, platform: u64) {
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
    assert_eq!(answer.status(), 302);
    let cookie =
        answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let location = url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    let parameter =
        |name: &str| location.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let now = jiff::Timestamp::now().as_second();
    let mut claims = signer.claims.clone();
    claims["aud"] = client_id.into();
    claims["nonce"] = parameter("nonce").into();
    claims["iat"] = now.into();
    claims["exp"] = (now + 60).into();
    let token = jws::sign(jws::PLATFORM_MESSAGE, &claims, "bench", &signer.private_key).unwrap();
    let form = [("id_token", token), ("state", parameter("state"))];
    let answer = client
        .post(format!("{url}/lti/launch"))
        .header("cookie", cookie)
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
}

/// Claims like those of a running Moodle.
fn claims(url: &str, uuid: &str) -> Value {
    let recorded: Value = serde_json::from_str(include_str!(
        "../tests/data/moodle/launch-manual-tool-student/4-id-token.json"
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

fn set_up(database: &Path, url: &str, keyset_url: &str) -> String {
    let (now, random) = (Clock::System.now(), Random::System);
    setup::init(
        database,
        PublicUrl::new(url, false).unwrap(),
        Name::new("Bench").unwrap(),
        false,
        now,
        &random,
    )
    .unwrap();
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
        connect::set_platform(&mut store, &slug.as_str().into(), &change, now).unwrap();
        connect::add_deployment(
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

/// The floor's server: `POST /lti/login/…` answers a redirect, `POST /lti/launch` decodes the
/// id_token, inserts one row and answers a redirect.
fn floor(database: &Path, modulus: &str, exponent: &str) {
    use axum::extract::{Form, State};
    use axum::http::{StatusCode, header};
    use axum::routing::post;

    #[derive(Clone)]
    struct Floor {
        pool: Pool,
        key: Arc<jsonwebtoken::DecodingKey>,
        validation: Arc<jsonwebtoken::Validation>,
    }

    #[derive(serde::Deserialize)]
    struct Launch {
        id_token: String,
    }

    async fn login() -> (StatusCode, [(header::HeaderName, String); 2]) {
        let nonce = uuid::Uuid::new_v4().simple().to_string();
        (
            StatusCode::FOUND,
            [
                (header::LOCATION, format!("http://localhost:9/auth?nonce={nonce}&state={nonce}")),
                (header::SET_COOKIE, format!("state={nonce}")),
            ],
        )
    }

    async fn launch(
        State(floor): State<Floor>,
        Form(form): Form<Launch>,
    ) -> (StatusCode, [(header::HeaderName, &'static str); 1]) {
        let decoded =
            jsonwebtoken::decode::<Value>(&form.id_token, &floor.key, &floor.validation).unwrap();
        let nonce = decoded.claims["nonce"].as_str().unwrap().to_owned();
        let expires_at = jiff::Timestamp::now();
        floor.pool.write(move |write| write.spend_nonce(&nonce, expires_at)).await.unwrap();
        (StatusCode::SEE_OTHER, [(header::LOCATION, "/")])
    }

    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.set_audience(
        &(0..PLATFORMS).map(|number| format!("bench-tool-{number}")).collect::<Vec<_>>(),
    );
    let floor = Floor {
        pool: Pool::open(database).unwrap(),
        key: Arc::new(jsonwebtoken::DecodingKey::from_rsa_components(modulus, exponent).unwrap()),
        validation: Arc::new(validation),
    };
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let router = axum::Router::new()
            .route("/lti/login/{registration}", post(login))
            .route("/lti/launch", post(launch))
            .with_state(floor);
        let listener = tokio::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .await
            .unwrap();
        let mut stdout = std::io::stdout();
        writeln!(stdout, "{}", listener.local_addr().unwrap()).unwrap();
        stdout.flush().unwrap();
        axum::serve(listener, router).await.unwrap();
    });
}

//! Server CPU of one login, launch and page through HTTP, as a ratio to its floor in the same run.
//!
//! Both sides are processes of their own, answer eight connections at once, and keep their database
//! on disk with synced commits. The floor is the work that cannot be avoided: three HTTP exchanges,
//! the decoding of one id_token and one durable insert, on the same libraries and the same group
//! commit. What is measured is the processor time of the server process alone; the clients' signing
//! and waiting do not count.
//!
//! After that, it prints how many commits the launches of 64 connections take, and how long launches
//! take at half the load that these can produce.
//!
//! Run with `cargo bench --bench launch`; Linux only, for it reads `/proc`. With `-- --postgres URL`, it
//! compares servers on a file with one and two servers on the empty database at this URL, which has to
//! be on this machine, and also counts the processor time of PostgreSQL.

#![expect(
    clippy::disallowed_methods,
    reason = "benchmarks start processes and use the system clock"
)]

mod launching;

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode};
use ltictl::domain::Clock;
use ltictl::lti::lti_1p1::oauth1::{Credentials, Method, sign_form};
use ltictl::store::{Pool, ServerAddress, SignInFiles, Store};
use serde_json::Value;

use self::launching::{
    Launched, PLATFORMS, Platform, SECRET, Server, Signer, client, connect, free_url, initialise,
    launch,
};

const CONNECTIONS: u64 = 8;
/// A busy hour: so many connections at once.
const MANY_CONNECTIONS: u64 = 64;
/// How many launches are measured on so many connections.
const MANY_LAUNCHES: u64 = 6400;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|argument| argument == "floor") {
        return floor(Path::new(&arguments[2]), &arguments[3], &arguments[4]);
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if let Some(place) = arguments.iter().position(|argument| argument == "--postgres") {
        return runtime.block_on(on_postgres(&arguments[place + 1]));
    }
    let bench = runtime.block_on(Bench::prepare());
    println!("serve idle: {:.1} MiB resident", bench.tool.resident_mib());
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(6))
        .configure_from_args();
    let mut group = criterion.benchmark_group("server CPU of a login, launch and page");
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
    println!("login + launch + page CPU / floor: {:.2} (median of 5)", ratios[2]);
    runtime.block_on(bench.compare_with_lti_1p1());
    runtime.block_on(bench.under_load());
}

/// How many launches a round of the comparison with PostgreSQL has.
const ROUND: u64 = 2000;

/// Compares servers on a file and on PostgreSQL.
async fn on_postgres(url: &str) {
    let bench = Bench::prepare().await;
    let address = ServerAddress::parse(url, SignInFiles::default()).unwrap();
    let urls = [free_url(), free_url()];
    initialise(&address, &urls[0]);
    let uuid = connect(&address, &bench.platform.keyset_url);
    let signer = Arc::new(bench.platform.signer(&urls[0], &uuid));
    let mut servers = Vec::new();
    for url in &urls {
        servers.push(Server::serve(&address, url, &bench.client, &[]).await);
    }
    let backend = backend_of(url).await;
    let both: Vec<&Server> = servers.iter().collect();
    let mut figures = Vec::new();
    for _ in 0..5 {
        let file = bench.round(&[&bench.tool], &bench.signer, None).await;
        let one = bench.round(&both[..1], &signer, Some(backend)).await;
        let two = bench.round(&both, &signer, Some(backend)).await;
        for (what, round) in [("a file", &file), ("one server", &one), ("two servers", &two)] {
            println!(
                "{what}: {:.0} launches/s, {:.0} µs of the servers and {:.0} µs of PostgreSQL each",
                round.rate, round.own, round.database
            );
        }
        figures.push([
            one.own / file.own,
            two.own / file.own,
            one.database,
            two.database,
            two.rate / one.rate,
        ]);
    }
    let median = |place: usize| {
        let mut values: Vec<f64> = figures.iter().map(|round| round[place]).collect();
        values.sort_by(f64::total_cmp);
        values[2]
    };
    println!("servers' CPU on PostgreSQL / on a file: {:.2}, two: {:.2}", median(0), median(1));
    println!("PostgreSQL's CPU: {:.0} µs, two servers: {:.0} µs", median(2), median(3));
    println!("two servers / one server: {:.2} launches (medians of 5)", median(4));
}

/// The process of a connection to PostgreSQL, which ends with the program.
async fn backend_of(url: &str) -> u32 {
    let config: tokio_postgres::Config = url.parse().unwrap();
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let row = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap();
    tokio::spawn(async move {
        std::future::pending::<()>().await;
        drop(client);
    });
    u32::try_from(row.get::<_, i32>(0)).unwrap()
}

/// What a round of launches took.
struct Round {
    /// Launches a second.
    rate: f64,
    /// The servers' processor time for each, in µs.
    own: f64,
    /// That of PostgreSQL.
    database: f64,
}

impl Bench {
    /// Launches on eight connections to each of the servers, and their processor time.
    async fn round(
        &self,
        servers: &[&Server],
        signer: &Arc<Signer>,
        backend: Option<u32>,
    ) -> Round {
        let own = || servers.iter().map(|server| server.cpu()).sum::<Duration>();
        let database = || {
            let processes = backend.map(launching::family_of).unwrap_or_default();
            processes.into_iter().filter_map(launching::cpu_of).sum::<Duration>()
        };
        let (own_before, database_before, started) = (own(), database(), Instant::now());
        let loads =
            servers.iter().map(|server| self.launches_of(signer, server, ROUND, CONNECTIONS));
        futures_util::future::join_all(loads).await;
        let launches = (ROUND * servers.len() as u64) as f64;
        let each = |time: Duration| time.as_secs_f64() / launches * 1e6;
        Round {
            rate: launches / started.elapsed().as_secs_f64(),
            own: each(own() - own_before),
            database: each(database() - database_before),
        }
    }
}

struct Bench {
    platform: Platform,
    tool: Server,
    floor: Server,
    client: reqwest::Client,
    signer: Arc<Signer>,
    metrics_url: String,
    directory: tempfile::TempDir,
}

impl Bench {
    async fn prepare() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let platform = Platform::start().await;
        let client = client();

        let database = directory.path().join("ltictl.db");
        let url = free_url();
        initialise(&database, &url);
        let uuid = connect(&database, &platform.keyset_url);
        let metrics = free_url();
        let more = format!("--metrics={}", metrics.trim_start_matches("http://"));
        let tool = Server::serve(&database, &url, &client, &[&more]).await;

        let floor_database = directory.path().join("floor.db");
        drop(Store::create(&floor_database).unwrap());
        let components = ["n", "e"].map(|member| platform.jwk[member].as_str().unwrap().to_owned());
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

        let signer = Arc::new(platform.signer(&url, &uuid));
        let metrics_url = format!("{metrics}/metrics");
        Self { platform, tool, floor, client, signer, metrics_url, directory }
    }

    /// So many logins with launches and pages on all connections; gives the server's processor time.
    async fn load(&self, server: &Server, times: u64) -> Duration {
        let before = server.cpu();
        self.launches(server, times, CONNECTIONS).await;
        // Criterion cannot work with a time of nothing, which a few launches within one tick may
        // take.
        (server.cpu() - before).max(Duration::from_micros(1))
    }

    /// The processor time of launches by LTI 1.1, and of those by LTI 1.3 in the same round.
    async fn compare_with_lti_1p1(&self) {
        const LAUNCHES: u64 = 2000;
        let mut ratios = Vec::new();
        for round in 0..5 {
            let new = self.load(&self.tool, LAUNCHES).await.as_secs_f64();
            let before = self.tool.cpu();
            let tasks: Vec<_> = (0..CONNECTIONS)
                .map(|connection| {
                    let (client, url) = (self.client.clone(), self.tool.url.clone());
                    tokio::spawn(async move {
                        for number in 0..LAUNCHES / CONNECTIONS {
                            let nonce = (round * LAUNCHES + number) * CONNECTIONS + connection;
                            let platform = nonce % PLATFORMS;
                            let launched = signed_launch(&client, &url, platform, nonce).await;
                            assert_eq!(launched.status, 303, "{}", launched.body);
                            open_page(&client, launched).await;
                        }
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
            let old = (self.tool.cpu() - before).as_secs_f64();
            let each = |time: f64| time / LAUNCHES as f64 * 1e6;
            println!("LTI 1.3 {:.0} µs, LTI 1.1 {:.0} µs", each(new), each(old));
            ratios.push(old / new);
        }
        ratios.sort_by(f64::total_cmp);
        println!("LTI 1.1 / LTI 1.3: {:.2} (median of 5)", ratios[2]);
    }

    /// So many logins with launches on this number of connections.
    async fn launches(&self, server: &Server, times: u64, connections: u64) {
        self.launches_of(&self.signer, server, times, connections).await;
    }

    /// The same, signed for another tool.
    async fn launches_of(
        &self,
        signer: &Arc<Signer>,
        server: &Server,
        times: u64,
        connections: u64,
    ) {
        let tasks: Vec<_> = (0..connections)
            .map(|connection| {
                let share = times / connections + u64::from(connection < times % connections);
                let (client, url, signer) =
                    (self.client.clone(), server.url.clone(), Arc::clone(signer));
                tokio::spawn(async move {
                    for number in 0..share {
                        let platform = (connection + connections * number) % PLATFORMS;
                        let launched = accepted(&client, &url, &signer, platform).await;
                        open_page(&client, launched).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    }

    /// Commits for each launch on many connections, and how long launches take at half that load.
    async fn under_load(&self) {
        let commits = self.commits().await;
        let started = Instant::now();
        self.launches(&self.tool, MANY_LAUNCHES, MANY_CONNECTIONS).await;
        let interval = started.elapsed() * 2 / MANY_LAUNCHES as u32;
        let commits = (self.commits().await - commits) as f64;
        let each = MANY_LAUNCHES as f64 / commits;
        println!("{MANY_CONNECTIONS} connections: {each:.1} launches for each commit");
        let mut ticks = tokio::time::interval(interval);
        let mut tasks = Vec::new();
        for number in 0..MANY_LAUNCHES / 4 {
            ticks.tick().await;
            let (client, url, signer) =
                (self.client.clone(), self.tool.url.clone(), Arc::clone(&self.signer));
            let platform = number % PLATFORMS;
            tasks.push(tokio::spawn(async move {
                accepted(&client, &url, &signer, platform).await.took
            }));
        }
        let mut times = Vec::new();
        for task in tasks {
            times.push(task.await.unwrap());
        }
        let (half, last) = percentiles(times);
        let (sync_half, sync_last) = percentiles(sync_times(self.directory.path()));
        println!(
            "half of that load: the request with the id_token takes p50 {half:.1} ms, p99 \
             {last:.1} ms; fdatasync takes p50 {sync_half:.1} ms, p99 {sync_last:.1} ms"
        );
        println!("serve after that: {:.1} MiB resident", self.tool.resident_mib());
    }

    /// How many commits the server has made.
    async fn commits(&self) -> u64 {
        let response = self.client.get(&self.metrics_url).send().await.unwrap();
        let text = response.text().await.unwrap();
        let count = "database_commit_duration_seconds_count";
        let line = text.lines().find(|line| line.contains(count)).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }
}

/// One login with its launch.
async fn accepted(client: &reqwest::Client, url: &str, signer: &Signer, platform: u64) -> Launched {
    let launched = launch(client, url, signer, platform, "4").await;
    assert_eq!(launched.status, 303, "{}", launched.body);
    launched
}

/// One launch by LTI 1.1, as a browser sends it: one form, of the size that Moodle's have.
async fn signed_launch(client: &reqwest::Client, url: &str, platform: u64, nonce: u64) -> Launched {
    let launch_url = format!("{url}/lti/1p1/launch/essay");
    let long = "x".repeat(400);
    let fields = [
        ("lti_message_type", "basic-lti-launch-request"),
        ("lti_version", "LTI-1p0"),
        ("resource_link_id", "3"),
        ("resource_link_title", "Essay about the history of printing"),
        ("resource_link_description", &long),
        ("user_id", "4"),
        ("lis_person_sourcedid", ""),
        ("roles", "Learner"),
        ("context_id", "2"),
        ("context_label", "HIST-101"),
        ("context_title", "History & “Printing” 101"),
        ("context_type", "CourseSection"),
        ("lis_person_name_given", "Sam"),
        ("lis_person_name_family", "Student"),
        ("lis_person_name_full", "Sam Student"),
        ("lis_person_contact_email_primary", "sam@example.edu"),
        ("launch_presentation_locale", "en"),
        ("launch_presentation_document_target", "window"),
        ("launch_presentation_return_url", "http://localhost:9/mod/lti/return.php?course=2&id=3"),
        ("tool_consumer_info_product_family_code", "moodle"),
        ("tool_consumer_info_version", "2024100700"),
        ("tool_consumer_instance_guid", "localhost"),
        ("tool_consumer_instance_name", "School"),
        ("ext_lms", "moodle-2"),
        ("ext_user_username", "sam"),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let key = format!("consumer-{platform}");
    let credentials =
        Credentials { consumer_key: &key, secret: SECRET.as_bytes(), method: Method::HmacSha1 };
    let now = Clock::System.now().as_second();
    let form = sign_form(&launch_url, fields, &credentials, now, &nonce.to_string()).unwrap();
    let started = Instant::now();
    let answer = client.post(&launch_url).form(&form).send().await.unwrap();
    let took = started.elapsed();
    Launched::of(answer, took).await
}

/// Opens the page of a launch.
async fn open_page(client: &reqwest::Client, launched: Launched) {
    let (url, cookies) = launched.page.unwrap();
    let response = client.get(url).header("cookie", cookies).send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.bytes().await.unwrap();
}

/// The 50th and the 99th percentile, in milliseconds.
fn percentiles(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    (at(50), at(99))
}

/// How long it takes until a page is on this disk.
fn sync_times(directory: &Path) -> Vec<Duration> {
    let mut file = std::fs::File::create(directory.join("synced")).unwrap();
    (0..200)
        .map(|_| {
            let started = Instant::now();
            file.write_all(&[7; 4096]).unwrap();
            file.sync_data().unwrap();
            started.elapsed()
        })
        .collect()
}

/// The floor's server: `POST /lti/login/…` answers a redirect, `POST /lti/launch` decodes the
/// id_token, inserts one row and answers a redirect, `GET /` answers a page.
fn floor(database: &Path, modulus: &str, exponent: &str) {
    use axum::extract::{Form, State};
    use axum::http::{StatusCode, header};
    use axum::routing::{get, post};

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
            .route("/", get(async || axum::response::Html("<!doctype html><title>Essay</title>")))
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

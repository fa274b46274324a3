//! `/metrics` over real HTTP, after real launches.

use std::collections::{BTreeMap, BTreeSet};

use ltictl::sandbox::{LaunchChoice, Misbehaviour};

use crate::lab::{Lab, REGISTRATION};

/// What a scrape says: each series, such as `name{label="value"}`, with its value. Panics where the
/// text is not what the format wants (Prometheus text format 0.0.4): help and type before the
/// samples of each family, families in one piece, names and labels well formed, no series twice,
/// and histograms that add up.
struct Scrape(BTreeMap<String, f64>);

impl Scrape {
    fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'));
        let (mut series, mut families) = (BTreeMap::new(), BTreeSet::new());
        let (mut family, mut kind, mut help) = (String::new(), String::new(), String::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, words) = rest.split_once(' ').unwrap();
                assert!(!words.is_empty() && families.insert(name.to_owned()), "{line}");
                help = name.to_owned();
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, of) = rest.split_once(' ').unwrap();
                assert_eq!(name, help, "{line}");
                assert!(["counter", "gauge", "histogram"].contains(&of), "{line}");
                assert!(of != "counter" || name.ends_with("_total"), "{line}");
                (family, kind) = (name.to_owned(), of.to_owned());
            } else {
                let (name, value) = line.rsplit_once(' ').unwrap();
                let base = name.split('{').next().unwrap();
                let suffixes: &[&str] =
                    if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
                assert!(
                    suffixes.iter().any(|suffix| base == format!("{family}{suffix}")),
                    "{line} does not belong to {family}"
                );
                assert!(
                    base.bytes().all(|byte| byte.is_ascii_lowercase()
                        || byte.is_ascii_digit()
                        || byte == b'_'),
                    "{line}"
                );
                let labels = name.strip_prefix(base).unwrap();
                assert!(
                    labels.is_empty() || (labels.starts_with('{') && labels.ends_with("\"}")),
                    "{line}"
                );
                assert!(
                    series.insert(name.to_owned(), value.parse::<f64>().unwrap()).is_none(),
                    "{line} is there twice"
                );
            }
        }
        let scrape = Self(series);
        for (name, count) in scrape.0.iter().filter(|(name, _)| name.contains("_count")) {
            let (base, labels) = name.split_once("_count").unwrap();
            let labels = labels.trim_matches(['{', '}']);
            let buckets: Vec<f64> = scrape
                .0
                .iter()
                .filter(|(name, _)| {
                    name.starts_with(&format!("{base}_bucket{{")) && name.contains(labels)
                })
                .map(|(_, value)| *value)
                .collect();
            assert!(
                buckets.iter().all(|value| value <= count) && buckets.contains(count),
                "{name}: {buckets:?}"
            );
        }
        scrape
    }

    fn value(&self, series: &str) -> f64 {
        *self.0.get(series).unwrap_or_else(|| panic!("there is no {series} in {:#?}", self.0))
    }
}

async fn scrape(lab: &Lab) -> Scrape {
    let url = format!("http://{}/metrics", lab.server.metrics_addr().unwrap());
    let page = lab.browser.another().get(&url).await.unwrap();
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/plain; version=0.0.4; charset=utf-8"))
    );
    Scrape::parse(&page.body)
}

async fn lab_with_metrics() -> Lab {
    Lab::with(|options| options.metrics = Some(([127, 0, 0, 1], 0).into())).await
}

/// Launches that are accepted, refused and never finished, and requests of a stranger. Returns what
/// the refused ones sent.
async fn cause_metrics(lab: &Lab) -> Vec<String> {
    for _ in 0..3 {
        assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    }
    let mut secrets = Vec::new();
    for misbehaviour in [Misbehaviour::DeploymentUnknown, Misbehaviour::KidUnknown] {
        let mut browser = lab.browser.another();
        let choice = LaunchChoice::student().with(misbehaviour);
        let page = lab.sandbox.launch_until_token(&mut browser, &choice).await.unwrap();
        secrets.extend(page.form().unwrap().fields.into_iter().map(|(_, value)| value));
        assert!(browser.submit(&page).await.unwrap().status >= 400);
    }
    let (mut browser, choice) = (lab.browser.another(), LaunchChoice::student());
    lab.sandbox.launch_until_token(&mut browser, &choice).await.unwrap();
    for path in ["/made/up/by/a/stranger", "/healthz", "/metrics"] {
        let status = lab.browser.another().get(&format!("{}{path}", lab.url)).await.unwrap().status;
        assert_eq!(status, if path == "/healthz" { 200 } else { 404 }, "{path}");
    }
    secrets
}

/// The series that these requests change, and some that they do not, with their values.
fn expected_metrics() -> Vec<(String, f64)> {
    let launches = |outcome: &str, reason: &str| {
        format!(
            "ltictl_launches_total{{registration=\"{REGISTRATION}\",outcome=\"{outcome}\",\
             reason=\"{reason}\"}}"
        )
    };
    let requests = |route: &str, method: &str, status: &str| {
        format!(
            "ltictl_http_request_duration_seconds_count{{route=\"{route}\",method=\"{method}\",\
             status=\"{status}\"}}"
        )
    };
    vec![
        (launches("accepted", ""), 3.0),
        (launches("refused", "deployment_unknown"), 1.0),
        (launches("refused", "kid_not_found"), 1.0),
        (format!("ltictl_logins_started_total{{registration=\"{REGISTRATION}\"}}"), 6.0),
        (format!("ltictl_logins_returned_total{{registration=\"{REGISTRATION}\"}}"), 5.0),
        (requests("/lti/login/{registration}", "POST", "3xx"), 6.0),
        (requests("/lti/launch", "POST", "3xx"), 3.0),
        (requests("/lti/launch", "POST", "4xx"), 2.0),
        (requests("none", "GET", "4xx"), 2.0),
        (requests("/healthz", "GET", "2xx"), 1.0),
        ("ltictl_http_requests_in_flight".into(), 0.0),
        ("ltictl_platform_keyset_fetches_total{result=\"ok\"}".into(), 2.0),
        ("ltictl_platform_keyset_fetches_total{result=\"failed\"}".into(), 0.0),
        ("ltictl_platform_keyset_hits_total".into(), 3.0),
        ("ltictl_token_requests_total{result=\"ok\"}".into(), 0.0),
        ("ltictl_sync_runs_total{work=\"grades\",result=\"ok\"}".into(), 0.0),
        ("ltictl_grades_pending{state=\"waiting\"}".into(), 0.0),
        ("ltictl_sessions".into(), 3.0),
        ("ltictl_database_changes_waiting".into(), 0.0),
        (format!("ltictl_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION")), 1.0),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scrape_reports_what_happened() {
    let lab = lab_with_metrics().await;
    let before = scrape(&lab).await;
    assert_eq!(before.value("ltictl_sessions"), 0.0);
    let secrets = cause_metrics(&lab).await;
    let after = scrape(&lab).await;
    for (series, expected) in expected_metrics() {
        assert_eq!(after.value(&series), expected, "{series}");
    }
    assert!(after.value("ltictl_database_commit_duration_seconds_count") >= 5.0);
    // A server measures its databases itself.
    if lab.database.is_file() {
        assert!(after.value("ltictl_database_size_bytes{file=\"database\"}") > 4096.0);
    }
    assert!(after.value("process_start_time_seconds") > 1.7e9);
    let text = format!("{:?}", after.0);
    assert!(!text.contains("stranger") && !text.contains("Sam"), "{text}");
    for secret in secrets.iter().filter(|secret| secret.len() > 8) {
        assert!(!text.contains(&secret[..16.min(secret.len())]), "{secret}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_have_an_address_of_their_own_until_the_server_stops() {
    let lab = lab_with_metrics().await;
    let address = lab.server.metrics_addr().unwrap();
    let mut browser = lab.browser.another();
    let elsewhere = format!("http://{address}/lti/jwks");
    assert_eq!(browser.get(&elsewhere).await.unwrap().status, 404);
    let url = format!("http://{address}/metrics");
    assert!(browser.get(&url).await.unwrap().body.contains("ltictl_sessions"));
    lab.stop().await;
    // Another test may have taken the port by now.
    let afterwards = browser.get(&url).await;
    let serves_metrics = afterwards.is_ok_and(|page| page.body.contains("ltictl_sessions"));
    assert!(!serves_metrics, "metrics end with the server");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_are_off_by_default() {
    let lab = Lab::start().await;
    assert_eq!(lab.server.metrics_addr(), None);
    assert_eq!(
        lab.browser.another().get(&format!("{}/metrics", lab.url)).await.unwrap().status,
        404
    );
    lab.stop().await;
}

//! How fast a command is there: `--version`, and a list of 1,000 registrations.
//!
//! Run with `cargo bench --bench start`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::Criterion;
use ltictl::domain::{Clock, DeploymentId, Name, PublicUrl, Random};
use ltictl::store::Store;
use ltictl::usecase::connect::{self, PlatformChange};
use ltictl::usecase::{register, setup};

fn ltictl(database: &Path, arguments: &[&str]) -> Duration {
    let started = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_ltictl")).args(arguments).arg("--db").arg(database).stdout(Stdio::null()).status().unwrap();
    assert!(status.success());
    started.elapsed()
}

fn set_up(database: &Path) {
    let (now, random) = (Clock::System.now(), Random::System);
    setup::init(database, PublicUrl::new("https://tool.example.edu", false).unwrap(), Name::new("Bench").unwrap(), false, now, &random).unwrap();
    let mut store = Store::open(database).unwrap();
    for number in 0..1000 {
        let ((registration, _), _) = register::create(&mut store, &Name::new(&format!("School {number}")).unwrap(), None, false, now).unwrap();
        let issuer = format!("https://lms{number}.example.edu");
        let change = PlatformChange {
            issuer: Some(issuer.clone()),
            client_id: Some(format!("client-{number}")),
            keyset_url: Some(format!("{issuer}/mod/lti/certs.php")),
            access_token_url: Some(format!("{issuer}/mod/lti/token.php")),
            authentication_request_url: Some(format!("{issuer}/mod/lti/auth.php")),
            ..PlatformChange::default()
        };
        connect::set_platform(&mut store, registration.slug.as_str(), &change, now).unwrap();
        connect::add_deployment(&mut store, registration.slug.as_str(), DeploymentId::new("1").unwrap(), None, false, now).unwrap();
    }
}

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let database = directory.path().join("ltictl.db");
    set_up(&database);
    let list = ["registration", "list", "-o", "json"];
    let mut criterion = Criterion::default().sample_size(50).configure_from_args();
    criterion.bench_function("--version", |bencher| bencher.iter(|| ltictl(&database, &["--version"])));
    criterion.bench_function("registration list -o json, 1,000 registrations", |bencher| bencher.iter(|| ltictl(&database, &list)));
    let mut pairs: Vec<(Duration, Duration)> = (0..51).map(|_| (ltictl(&database, &["--version"]), ltictl(&database, &list))).collect();
    pairs.sort_by_key(|(version, list)| list.saturating_sub(*version));
    let (version, list) = pairs[25];
    println!("--version {version:.1?}; list of 1,000 registrations {:.1?} more (median of 51 pairs)", list.saturating_sub(version));
}

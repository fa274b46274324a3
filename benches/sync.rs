//! How fast grades go out: `ltictl sync grades` as a process of its own, against the test platform
//! in this one, over real HTTP and with synced commits.
//!
//! - With a platform that answers in 50 ms: how many times faster than one request at a time. Ten
//!   thousand grades side by side, and a sample of them one by one.
//! - With a platform that answers at once: scores a second, the platform's work on the same machine
//!   included.
//!
//! Run with `cargo bench --bench sync`.

#[expect(dead_code, reason = "a benchmark uses its own part of the lab")]
#[path = "../tests/lab/mod.rs"]
mod lab;

use std::process::Command;
use std::time::{Duration, Instant};

use ltictl::sandbox::{LaunchChoice, User};

use self::lab::Lab;

const GRADES: u32 = 10_000;
/// How many are sent one at a time.
const SAMPLE: u32 = 200;
const LATENCY: Duration = Duration::from_millis(50);

fn main() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut rates: Vec<f64> = Vec::new();
        for _ in 0..3 {
            rates.push(rate(GRADES, Duration::ZERO, 8).await);
            println!("no latency: {:.0} scores/s", rates[rates.len() - 1]);
        }
        rates.sort_by(f64::total_cmp);
        println!("no latency, {GRADES} grades: {:.0} scores/s (median of 3)", rates[1]);
        let (one, many) = (rate(SAMPLE, LATENCY, 1).await, rate(GRADES, LATENCY, 8).await);
        println!("50 ms, {SAMPLE} grades one at a time: {one:.1} scores/s");
        println!("50 ms, {GRADES} grades: {many:.1} scores/s, {:.2} times as fast", many / one);
    });
}

/// How many scores a second the platform takes, from the start of the process to its end.
async fn rate(grades: u32, latency: Duration, concurrency: u16) -> f64 {
    let lab = Lab::start().await;
    lab.account_of(User::Sam, "sam");
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    lab.enrol_crowd(grades);
    let mut services = lab.sandbox.services();
    services.latency = latency;
    lab.sandbox.set_services(services);
    let mut command = Command::new(env!("CARGO_BIN_EXE_ltictl"));
    command
        .args(["sync", "grades", "--concurrency", &concurrency.to_string()])
        .env("LTICTL_DB", &lab.database);
    let start = Instant::now();
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let took = start.elapsed();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(lab.sandbox.service_log().scores.len(), grades as usize);
    lab.stop().await;
    f64::from(grades) / took.as_secs_f64()
}

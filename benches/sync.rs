//! How fast grades go out: `ltictl sync grades` as a process of its own, against the test platform
//! in this one, over real HTTP and with synced commits.
//!
//! - With a platform that answers in 50 ms: how many times faster than one request at a time. Ten
//!   thousand grades side by side, and a sample of them one by one.
//! - With a platform that answers at once: scores a second, the platform's work on the same machine
//!   included.
//! - The same with LTI 1.1 (Basic Outcomes), and how it compares.
//!
//! Run with `cargo bench --bench sync`.

#![expect(
    clippy::disallowed_methods,
    reason = "benchmarks start processes and use the system clock"
)]

#[expect(dead_code, reason = "a benchmark uses its own part of the lab")]
#[path = "../tests/lab/mod.rs"]
mod lab;

use std::process::Command;
use std::time::{Duration, Instant};

use ltictl::sandbox::{FormLaunch, LaunchChoice, User};

use self::lab::Lab;

const GRADES: u32 = 10_000;
/// How many are sent one at a time.
const SAMPLE: u32 = 200;
const LATENCY: Duration = Duration::from_millis(50);

fn main() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let services = [Service::Grades, Service::Outcomes];
        let mut rates = [Vec::new(), Vec::new()];
        // In turns, so that both meet the same machine.
        for _ in 0..3 {
            for (service, rates) in services.into_iter().zip(&mut rates) {
                rates.push(rate(service, GRADES, Duration::ZERO, 8).await);
                println!("{service:?}, no latency: {:.0} scores/s", rates[rates.len() - 1]);
            }
        }
        let [grades, outcomes] = rates.map(|mut rates| {
            rates.sort_by(f64::total_cmp);
            rates[1]
        });
        println!("no latency, {GRADES} grades (medians of 3): {grades:.0} scores/s by LTI 1.3");
        println!("    {outcomes:.0} scores/s by LTI 1.1, {:.2} times as many", outcomes / grades);
        for service in services {
            let one = rate(service, SAMPLE, LATENCY, 1).await;
            let many = rate(service, GRADES, LATENCY, 8).await;
            println!("{service:?}, 50 ms, {SAMPLE} grades one at a time: {one:.1} scores/s");
            println!("    {GRADES} grades: {many:.1} scores/s, {:.2} times as fast", many / one);
        }
    });
}

/// What takes the grades.
#[derive(Debug, Clone, Copy)]
enum Service {
    /// Assignment and Grade Services (LTI 1.3).
    Grades,
    /// Basic Outcomes (LTI 1.1).
    Outcomes,
}

impl Service {
    /// A tool and a platform whose link has been launched, with so many grades to send.
    async fn lab(self, grades: u32) -> Lab {
        match self {
            Self::Grades => {
                let lab = Lab::start().await;
                lab.account_of(User::Sam, "sam");
                assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
                lab.enrol_crowd(grades);
                lab
            }
            Self::Outcomes => {
                let lab = Lab::with_consumer().await;
                let launch = FormLaunch::student();
                let page = lab.sandbox.launch_form(&mut lab.browser.another(), &launch).await;
                assert_eq!(page.unwrap().status, 303);
                lab.enrol_crowd_of_consumer(grades);
                lab
            }
        }
    }
}

/// How many scores a second the platform takes, from the start of the process to its end.
async fn rate(service: Service, grades: u32, latency: Duration, concurrency: u16) -> f64 {
    let lab = service.lab(grades).await;
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

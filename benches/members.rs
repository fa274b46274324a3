//! How fast and in how much memory `ltictl sync members` takes 100,000 members over, in pages of 50
//! to 1,000, from a platform on the same machine.
//!
//! Run with `cargo bench --bench members`. The memory is the most that the process ever had
//! (`VmHWM`); beside it stands that of the same command with five members.

#[expect(dead_code, reason = "a benchmark uses its own part of the lab")]
#[path = "../tests/lab/mod.rs"]
mod lab;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lab::Lab;
use ltictl::sandbox::{LaunchChoice, ServiceOptions};

const MEMBERS: u32 = 100_000;

/// Runs the command; how long it took, and the most memory that it had, in KiB.
fn sync_members(lab: &Lab, more: &[&str]) -> (Duration, u64) {
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_ltictl"))
        .args(["sync", "members", "--db"])
        .arg(&lab.database)
        .args(more)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut most = 0;
    let status = loop {
        if let Ok(text) = std::fs::read_to_string(format!("/proc/{}/status", child.id()))
            && let Some(line) = text.lines().find(|line| line.starts_with("VmHWM:"))
        {
            most = most.max(line.split_whitespace().nth(1).unwrap().parse().unwrap());
        }
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(status.success());
    (started.elapsed(), most)
}

fn main() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for page in [50, 200, 1000] {
        let lab = runtime.block_on(async {
            let lab = Lab::start().await;
            lab.launch(&LaunchChoice::teacher()).await;
            lab
        });
        let (_, idle) = sync_members(&lab, &[]);
        let run = |name: &str, members: u32, more: &[&str]| {
            lab.sandbox.set_services(ServiceOptions {
                members,
                largest_page: page,
                ..ServiceOptions::default()
            });
            let (took, most) = sync_members(&lab, more);
            let more = most.saturating_sub(idle);
            println!(
                "pages of {page}, {name}: {took:.1?}, {:.0} members/s, {most} KiB at most, {more} \
                 KiB above idle",
                f64::from(MEMBERS) / took.as_secs_f64()
            );
        };
        run("planned", MEMBERS, &["--dry-run"]);
        run("all new", MEMBERS, &[]);
        run("all known", MEMBERS, &[]);
        run("all gone", 0, &["--force"]);
        runtime.block_on(lab.stop());
    }
}

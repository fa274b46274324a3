//! `ltictl launch follow` beside a running server.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use ltictl::sandbox::{LaunchChoice, Misbehaviour};
use serde_json::Value;

use crate::lab::{Lab, REGISTRATION};

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A command that follows, until the test ends.
struct Follower {
    child: Child,
    lines: Option<std::io::Lines<BufReader<ChildStdout>>>,
}

impl Follower {
    fn start(lab: &Lab, arguments: &[&str]) -> Self {
        let mut command = crate::lab::binary();
        command
            .args(["launch", "follow"])
            .args(arguments)
            .env("LTICTL_DB", &lab.database)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = Some(BufReader::new(child.stdout.take().unwrap()).lines());
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        self.lines.as_mut().unwrap().next().expect("a line").unwrap()
    }

    /// The id and outcome, or reason, of the next launch.
    fn launch(&mut self) -> (String, String) {
        let launch: Value = serde_json::from_str(&self.line()).unwrap();
        let text = |name: &str| launch[name].as_str().unwrap_or_default().to_owned();
        (text("id"), if launch["reason"].is_null() { text("outcome") } else { text("reason") })
    }

    /// Waits until the command has ended by itself; gives its exit code.
    fn ended(&mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn launched(lab: &Lab, choice: LaunchChoice) -> String {
    lab.launch(&choice).await.header("x-request-id").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn launches_are_printed_when_they_arrive() {
    let lab = Lab::start().await;
    let mut before = Vec::new();
    for _ in 0..12 {
        before.push(launched(&lab, LaunchChoice::student()).await);
    }
    let mut all = Follower::start(&lab, &["-o", "json"]);
    for id in &before[2..] {
        assert_eq!(all.launch(), (id.clone(), "accepted".into()), "the last ten first");
    }
    let mut failed =
        Follower::start(&lab, &["--failed", "--registration", REGISTRATION, "-o", "json"]);
    let refused =
        launched(&lab, LaunchChoice::student().with(Misbehaviour::DeploymentUnknown)).await;
    let accepted = launched(&lab, LaunchChoice::student()).await;
    assert_eq!(all.launch(), (refused.clone(), "deployment_unknown".into()));
    assert_eq!(all.launch(), (accepted, "accepted".into()));
    assert_eq!(failed.launch(), (refused, "deployment_unknown".into()));

    // It ends when its reader is closed, although nothing more comes in.
    drop(all.lines.take());
    assert_eq!(all.ended(), Some(0));
    let pid = rustix::process::Pid::from_child(&failed.child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(failed.ended(), Some(0));

    let mut table = Follower::start(&lab, &[]);
    let line = table.line();
    assert!(
        line.contains("accepted") && line.contains("algebra-quiz") && line.contains(&before[4]),
        "{line}"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn following_an_unknown_registration_fails() {
    let lab = Lab::start().await;
    let mut follower = Follower::start(&lab, &["--registration", "no-such"]);
    assert_eq!(follower.ended(), Some(3));
    lab.stop().await;
}

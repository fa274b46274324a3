//! A database with one platform and one resource that nobody serves, and what is asked of findings.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jiff::Timestamp;
use ltictl::store::Store;
use ltictl::usecase::diagnose::{self, Finding, Verdict};

use crate::commands;
use crate::lab::{REGISTRATION, RESOURCE};

/// A database with one platform and one resource, which nobody serves.
pub(crate) struct Desk {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) database: PathBuf,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let desk = Self { database: directory.path().join("ltictl.db"), directory };
        desk.run("init --url https://tool.example.edu --name Tool");
        desk.run("registration create Test-platform");
        desk.run(&format!(
            "platform set {REGISTRATION} --issuer {ISSUER} --client-id abc --keyset-url {ISSUER}/jwks --token-url {ISSUER}/token --auth-url {ISSUER}/auth"
        ));
        desk.run(&format!("deployment add {REGISTRATION} 1"));
        desk.run(&format!("resource publish Quiz --slug {RESOURCE}"));
        desk
    }

    /// Runs a command line; words are separated by one space, and `""` is an empty one.
    pub(crate) fn run(&self, line: &str) {
        run(&self.database, line);
    }

    pub(crate) fn sql(&self, statements: &str) {
        rusqlite::Connection::open(&self.database).unwrap().execute_batch(statements).unwrap();
    }

    /// What the checks without network say.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        match Store::open(&self.database) {
            Ok(store) => diagnose::stay_offline(diagnose::examine(store.read(), &self.database, Some(REGISTRATION), Timestamp::now()).unwrap()),
            Err(error) => diagnose::unopened(&self.database, &error).unwrap(),
        }
    }
}

pub(crate) const ISSUER: &str = "https://lms.example.edu";

pub(crate) fn ltictl(database: &Path, line: &str) -> Output {
    let words = line.split(' ').map(|word| if word == "\"\"" { "" } else { word });
    Command::new(env!("CARGO_BIN_EXE_ltictl")).args(words).env("LTICTL_DB", database).env("NO_COLOR", "1").output().unwrap()
}

pub(crate) fn run(database: &Path, line: &str) {
    let output = ltictl(database, line);
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// How a check went: the worst of its findings.
pub(crate) fn verdict(findings: &[Finding], check: &str) -> Option<Verdict> {
    let all = findings.iter().filter(|finding| finding.check == check).map(|finding| finding.result);
    all.max_by_key(|result| [Verdict::Skip, Verdict::Ok, Verdict::Warn, Verdict::Fail].iter().position(|rank| rank == result))
}

/// The fix of the worst finding of a check.
pub(crate) fn fix(findings: &[Finding], check: &str) -> String {
    let worst = verdict(findings, check);
    let finding = findings.iter().find(|finding| finding.check == check && Some(finding.result) == worst);
    finding.and_then(|finding| finding.fix.clone()).unwrap_or_default()
}

pub(crate) fn failed(findings: &[Finding]) -> Vec<&Finding> {
    findings.iter().filter(|finding| finding.result == Verdict::Fail).collect()
}

//! A database with one platform and one resource, without a server, and questions about findings.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Output;

use jiff::Timestamp;
use ltictl::doctor::{self, Check, Finding, Noun, Verdict};
use ltictl::domain::RegistrationRef;
use ltictl::store::{self, Error, Store, Write};

use crate::commands;
use crate::lab::database::Database;
use crate::lab::database::place::{Engine, Home, Original, Place};
use crate::lab::{REGISTRATION, RESOURCE};

/// A database with one platform and one resource, without a server.
pub(crate) struct Desk {
    pub(crate) database: Place,
    home: Home,
}

impl Desk {
    /// The first one is made by commands, the others are copies: a signing key takes its time.
    pub(crate) fn new() -> Self {
        Self::on(Engine::of_this_run())
    }

    /// With a database in a file, for stories that are about files.
    pub(crate) fn in_file() -> Self {
        Self::on(Engine::File)
    }

    fn on(engine: Engine) -> Self {
        static ORIGINAL: Original = Original::new();
        let home = Home::copied(&ORIGINAL, engine, |home| {
            let place = home.database();
            run(place, "init --url https://tool.example.edu --name Tool");
            run(place, "registration create Test-platform");
            let details = format!(
                "--issuer {ISSUER} --client-id abc --keyset-url {ISSUER}/jwks \
                 --access-token-url {ISSUER}/token --authentication-request-url {ISSUER}/auth"
            );
            run(place, &format!("platform set {REGISTRATION} {details}"));
            run(place, &format!("deployment add {REGISTRATION} 1"));
            run(place, &format!("resource publish Quiz --slug {RESOURCE}"));
            Database::open(place).date_changes_back();
            home
        });
        Self { database: home.database().clone(), home }
    }

    /// A path beside the database, if this is a file.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path(name)
    }

    /// Says which product the platform is.
    pub(crate) fn product(&self, product: &str) {
        self.change(|database| database.set_platform_detail(REGISTRATION, "product", product));
    }

    /// Runs a command line; words are separated by one space, and `""` is an empty one.
    pub(crate) fn run(&self, line: &str) {
        run(&self.database, line);
    }

    /// Changes the database without the tool.
    pub(crate) fn change(&self, change: impl FnOnce(&Database)) {
        change(&Database::open(&self.database));
    }

    /// Changes the database as the server does.
    pub(crate) fn write(&self, change: impl FnOnce(&Write<'_>) -> Result<(), Error>) {
        Store::open(&self.database).unwrap().write(change).unwrap();
    }

    /// What the checks without network say.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        self.findings_at(Timestamp::now())
    }

    /// The same at another time.
    pub(crate) fn findings_at(&self, now: Timestamp) -> Vec<Finding> {
        whole(match Store::open(&self.database) {
            Ok(store) => {
                let examine = |slug| examine_offline(&store, &self.database, slug, now);
                let mut findings = examine(None);
                findings.retain(|finding| {
                    finding.noun == Noun::Tool || finding.subject == REGISTRATION
                });
                let mut alone = examine(Some(&REGISTRATION.into()));
                alone.retain(|finding| finding.subject == REGISTRATION);
                let same: Vec<_> =
                    findings.iter().filter(|finding| finding.subject == REGISTRATION).collect();
                assert_eq!(alone.iter().collect::<Vec<_>>(), same, "if only it is examined");
                findings
            }
            Err(error) => doctor::open_failure(&(&self.database).into(), &error).unwrap(),
        })
    }
}

/// The findings of the checks without network.
pub(crate) fn examine_offline(
    store: &Store,
    database: impl Into<store::Database>,
    only: Option<&RegistrationRef>,
    now: Timestamp,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |finding| {
        findings.push(finding);
        Ok(())
    };
    doctor::examine_offline(store.read(), Ok(()), &database.into(), only, now, &mut add).unwrap();
    findings
}

pub(crate) const ISSUER: &str = "https://lms.example.edu";

pub(crate) fn ltictl(database: impl AsRef<OsStr>, line: &str) -> Output {
    let words = line.split(' ').map(|word| if word == "\"\"" { "" } else { word });
    crate::lab::binary()
        .args(words)
        .env("LTICTL_DB", database)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

pub(crate) fn run(database: impl AsRef<OsStr>, line: &str) {
    let output = ltictl(database, line);
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// How a check went: the worst of its findings.
pub(crate) fn verdict(findings: &[Finding], check: &str) -> Option<Verdict> {
    let all =
        findings.iter().filter(|finding| finding.check == check).map(|finding| finding.result);
    all.max_by_key(|result| {
        [Verdict::Skip, Verdict::Ok, Verdict::Warn, Verdict::Fail]
            .iter()
            .position(|rank| rank == result)
    })
}

/// The fix of the worst finding of a check.
pub(crate) fn fix(findings: &[Finding], check: &str) -> String {
    let worst = verdict(findings, check);
    let finding =
        findings.iter().find(|finding| finding.check == check && Some(finding.result) == worst);
    finding.and_then(|finding| finding.fix.clone()).unwrap_or_default()
}

pub(crate) fn failed(findings: &[Finding]) -> Vec<&Finding> {
    findings.iter().filter(|finding| finding.result == Verdict::Fail).collect()
}

/// The findings, each of which is whole: its check can be looked up, what is not well has a fix,
/// and the commands in it exist.
pub(crate) fn whole(findings: Vec<Finding>) -> Vec<Finding> {
    for finding in &findings {
        assert!(Check::ALL.iter().any(|check| check.as_str() == finding.check), "{finding:?}");
        assert!(
            finding.sentence.ends_with(['.', ':', '…']) || finding.check == "redirect_uris",
            "{finding:?}"
        );
        let fix = finding.fix.as_deref().unwrap_or_default();
        assert_eq!(
            fix.is_empty(),
            matches!(finding.result, Verdict::Ok | Verdict::Skip),
            "{finding:?}"
        );
        commands::check(fix);
        commands::check(finding.evidence.as_deref().unwrap_or_default());
    }
    findings
}

/// The finding of a check that is as bad as the worst of it.
pub(crate) fn worst<'f>(findings: &'f [Finding], check: &str) -> &'f Finding {
    let expected = verdict(findings, check);
    findings
        .iter()
        .find(|finding| finding.check == check && Some(finding.result) == expected)
        .unwrap_or_else(|| panic!("no {check} in {findings:?}"))
}

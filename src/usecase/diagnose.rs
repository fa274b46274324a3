//! `doctor`: looks at everything that a launch depends on and says what is wrong, and how to put it right.
//!
//! Every check has one shape, the [`Finding`]. The files of this room are groups of checks: `tool`, `registration` and `product` look at what is stored, `history` at the
//! launch log, `public_url` and `platform` go out and ask; `database` looks at the file. Nothing here changes anything, and nothing is sent that a platform or the own server would log as a
//! launch; `live`, which asks for access tokens, runs only when it is wanted.

mod database;
mod history;
mod live;
mod platform;
mod product;
mod public_url;
mod registration;
mod tool;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

pub use self::database::{DATABASE, DatabaseCheck, check_database, database_failure};
pub use self::live::Live;
use self::public_url::OwnAddress;
use super::{Failure, Kind, register};
use crate::domain::{Clock, Registration};
use crate::platform::PlatformClient;
use crate::store::{self, Read};

/// The subject of what concerns the tool as a whole; registrations are named by their slug.
pub const TOOL: &str = "tool";

/// How many registrations are asked at the same time.
const AT_ONCE: usize = 16;

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It may be right and often is not.
    Warn,
    /// It keeps launches or services from working, or is not safe.
    Fail,
    /// It could not be looked at, or makes no sense here.
    Skip,
}

impl Verdict {
    /// The word in tables and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable name of the check.
    pub check: &'static str,
    /// A registration's slug, or [`TOOL`].
    pub subject: String,
    /// How it went.
    pub result: Verdict,
    /// The finding in one sentence.
    pub sentence: String,
    /// What was seen.
    pub evidence: Option<String>,
    /// What to do: a command, or the LMS field to change.
    pub fix: Option<String>,
}

/// The findings about one subject, as the groups of checks add to them.
struct Findings {
    subject: String,
    list: Vec<Finding>,
}

impl Findings {
    fn about(subject: &str) -> Self {
        Self { subject: subject.to_owned(), list: Vec::new() }
    }

    fn add(&mut self, result: Verdict, check: &'static str, sentence: impl Into<String>) -> &mut Finding {
        let place = self.list.len();
        self.list.push(Finding { check, subject: self.subject.clone(), result, sentence: sentence.into(), evidence: None, fix: None });
        &mut self.list[place]
    }

    fn ok(&mut self, check: &'static str, sentence: impl Into<String>) -> &mut Finding {
        self.add(Verdict::Ok, check, sentence)
    }

    fn warn(&mut self, check: &'static str, sentence: impl Into<String>, fix: impl Into<String>) -> &mut Finding {
        self.add(Verdict::Warn, check, sentence).fixed_by(fix)
    }

    fn fail(&mut self, check: &'static str, sentence: impl Into<String>, fix: impl Into<String>) -> &mut Finding {
        self.add(Verdict::Fail, check, sentence).fixed_by(fix)
    }

    fn skip(&mut self, check: &'static str, sentence: impl Into<String>) -> &mut Finding {
        self.add(Verdict::Skip, check, sentence)
    }
}

impl Finding {
    fn fixed_by(&mut self, fix: impl Into<String>) -> &mut Self {
        self.fix = Some(fix.into());
        self
    }

    fn seen(&mut self, evidence: impl Into<String>) -> &mut Self {
        self.evidence = Some(evidence.into());
        self
    }
}

/// What the checks without network found, and what those with network need.
pub struct Examined {
    /// What was found, the tool's findings first.
    pub findings: Vec<Finding>,
    address: OwnAddress,
    registrations: Vec<Registration>,
}

/// The findings about a database that cannot be opened for a reason that belongs to the check-up; none when the error is of another kind.
pub fn unopened(path: &Path, error: &store::Error) -> Option<Vec<Finding>> {
    tool::unopened(path, error)
}

/// Runs the checks that need no network: of the tool and of the registration of that slug, or of all of them.
///
/// # Errors
///
/// No such registration; the database's own errors.
pub fn examine(read: Read<'_>, database: &Path, slug: Option<&str>, now: Timestamp) -> Result<Examined, Failure> {
    let all: Vec<Registration> = read.registrations()?.into_iter().map(|(registration, _)| registration).collect();
    if let Some(slug) = slug {
        register::find(read, slug)?;
    }
    let settings = read.settings()?;
    let mut about_tool = Findings::about(TOOL);
    tool::examine(&mut about_tool, read, database, &settings, &all, now)?;
    history::of_strangers(&mut about_tool, read, now)?;
    let mut findings = about_tool.list;
    let address = OwnAddress::read(read, settings)?;
    let registrations: Vec<Registration> = all.iter().filter(|registration| slug.is_none_or(|slug| slug == registration.slug.as_str())).cloned().collect();
    for registration in &registrations {
        let mut about = Findings::about(registration.slug.as_str());
        registration::examine(&mut about, registration, &all, &address.url);
        history::of_registration(&mut about, read, registration, now)?;
        findings.extend(about.list);
    }
    Ok(Examined { findings, address, registrations })
}

/// Runs the checks that ask the tool's own server and the platforms, and gives all findings, grouped by subject. Each request has the client's time limit. With `live`, the
/// platforms are asked for access tokens too.
pub async fn ask_around(examined: Examined, client: &PlatformClient, clock: Clock, live: Option<Live>) -> Vec<Finding> {
    let Examined { mut findings, address, registrations } = examined;
    let address = Arc::new(address);
    let (doors, mut tasks) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
    for registration in registrations {
        let (address, client, doors, live) = (Arc::clone(&address), client.clone(), Arc::clone(&doors), live.clone());
        tasks.spawn(async move {
            let _door = doors.acquire_owned().await;
            let mut about = Findings::about(registration.slug.as_str());
            let mut about_door = Findings::about(registration.slug.as_str());
            tokio::join!(
                public_url::ask_for(&mut about_door, &address, &registration, &client),
                platform::ask(&mut about, &address, &registration, &client, clock)
            );
            about.list.extend(about_door.list);
            if let Some(live) = live {
                live.ask(&mut about, &address, &registration, &client, clock).await;
            }
            about.list
        });
    }
    let mut about_tool = Findings::about(TOOL);
    public_url::ask(&mut about_tool, &address, client, clock).await;
    findings.extend(about_tool.list);
    while let Some(asked) = tasks.join_next().await {
        findings.extend(asked.unwrap_or_default());
    }
    grouped(findings)
}

/// Says that the checks with network were not run, and gives all findings.
pub fn stay_offline(examined: Examined) -> Vec<Finding> {
    let mut about_tool = Findings::about(TOOL);
    about_tool.skip("online", "Neither the tool's own server nor any platform was asked (--offline).");
    let mut findings = examined.findings;
    findings.extend(about_tool.list);
    grouped(findings)
}

/// The findings by subject, each in the order in which the checks stand; the tool comes first.
fn grouped(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut subjects: Vec<String> = vec![TOOL.to_owned()];
    for finding in &findings {
        if !subjects.contains(&finding.subject) {
            subjects.push(finding.subject.clone());
        }
    }
    findings.sort_by_key(|finding| subjects.iter().position(|subject| *subject == finding.subject));
    findings
}

/// The failure that stands for findings of which at least one failed; none when nothing failed.
pub fn failure(findings: &[Finding]) -> Option<Failure> {
    let failed: Vec<String> =
        findings.iter().filter(|finding| finding.result == Verdict::Fail).map(|finding| format!("{} ({})", finding.check, finding.subject)).collect();
    let what = match failed.len() {
        0 => return None,
        1 => "1 check failed".to_owned(),
        many => format!("{many} checks failed"),
    };
    Some(Failure::new(Kind::Check, what, failed.join(", "), "follow the fixes above, then run ltictl doctor again"))
}

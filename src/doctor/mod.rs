//! `doctor`: looks at everything that a launch depends on and says what is wrong, and how to put it
//! right.
//!
//! Every check has one shape, the [`Finding`]. The files of this room are groups of checks: `tool`,
//! `registration` and `product` look at what is stored, `history` at the launch log, `public_url`
//! and `platform` go out and ask; `database` looks at the file. Nothing here changes anything, and
//! nothing is sent that a platform or the own server would log as a launch; `live`, which asks for
//! access tokens, runs only when it is wanted.

mod checks;
mod database;
mod history;
mod limits;
mod live;
mod platform;
mod product;
mod public_url;
mod registration;
mod tool;
mod words;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::rules::{self, tenancy};

pub use self::checks::Check;
pub use self::database::{DATABASE, DatabaseCheck, check_database, database_failure};
pub use self::live::Live;
use self::public_url::OwnAddress;
use crate::domain::{Clock, FetchedKeyset, Registration};
use crate::failure::Failure;
use crate::failure::Kind;
use crate::lti::login::LoginRequest;
use crate::platform::PlatformClient;
use crate::rules::tenancy::Neighbourhood;
use crate::rules::tenancy::Violation;
use crate::store::{self, Read};

/// The subject of what concerns the tool as a whole; registrations are named by their slug.
pub const TOOL: &str = "tool";

/// How many registrations are asked at the same time.
const AT_ONCE: usize = 8;
/// How many of those may be asked at one host: many customers of one cloud must not look like an
/// attack.
const AT_ONE_HOST: usize = 2;

/// How many checks the failure names that stands for them all.
const MOST_NAMED: usize = 10;

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

    fn add(&mut self, result: Verdict, check: Check, sentence: impl Into<String>) -> &mut Finding {
        let place = self.list.len();
        self.list.push(Finding {
            check: check.as_str(),
            subject: self.subject.clone(),
            result,
            sentence: sentence.into(),
            evidence: None,
            fix: None,
        });
        &mut self.list[place]
    }

    fn ok(&mut self, check: Check, sentence: impl Into<String>) -> &mut Finding {
        self.add(Verdict::Ok, check, sentence)
    }

    fn warn(
        &mut self,
        check: Check,
        sentence: impl Into<String>,
        fix: impl Into<String>,
    ) -> &mut Finding {
        self.add(Verdict::Warn, check, sentence).fixed_by(fix)
    }

    fn fail(
        &mut self,
        check: Check,
        sentence: impl Into<String>,
        fix: impl Into<String>,
    ) -> &mut Finding {
        self.add(Verdict::Fail, check, sentence).fixed_by(fix)
    }

    fn skip(&mut self, check: Check, sentence: impl Into<String>) -> &mut Finding {
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
    subjects: Vec<Subject>,
}

impl Examined {
    /// How many registrations are to be asked about.
    pub fn registrations(&self) -> usize {
        self.subjects.len()
    }
}

/// A registration, and what the server fetched of its platform's keys last.
struct Subject {
    registration: Registration,
    fetched: Option<FetchedKeyset>,
    /// Why no access token may be requested for it.
    withheld: Option<Violation>,
}

impl Subject {
    fn read(read: Read<'_>, registration: Registration) -> Result<Self, Failure> {
        let fetched = match &registration.platform {
            Some(platform) => read.fetched_keyset(platform.keyset_url.as_str())?,
            None => None,
        };
        let withheld = tenancy::may_request_tokens(read, &registration)?.err();
        Ok(Self { registration, fetched, withheld })
    }

    /// Where most of its requests go.
    fn host(&self) -> String {
        self.registration
            .platform
            .as_ref()
            .map(|platform| platform.keyset_url.origin())
            .unwrap_or_default()
    }
}

/// The findings about a database that cannot be opened for a reason that belongs to the check-up;
/// none when the error is of another kind.
pub fn unopened(path: &Path, error: &store::Error) -> Option<Vec<Finding>> {
    tool::unopened(path, error)
}

/// Whether a login is one that `doctor` tries: it leads to no launch, and is not to be counted as
/// one that never came back.
pub fn is_own_login(request: &LoginRequest) -> bool {
    request.login_hint == platform::LOGIN_HINT
}

/// Runs the checks that need no network: of the tool and of the registration of that slug, or of
/// all of them.
pub fn examine(
    read: Read<'_>,
    database: &Path,
    slug: Option<&str>,
    now: Timestamp,
) -> Result<Examined, Failure> {
    let all: Vec<Registration> =
        read.registrations()?.into_iter().map(|(registration, _)| registration).collect();
    if let Some(slug) = slug {
        rules::registration::find(read, slug)?;
    }
    let settings = read.settings()?;
    let mut about_tool = Findings::about(TOOL);
    tool::examine(&mut about_tool, read, database, &settings, &all, now)?;
    history::of_strangers(&mut about_tool, read, now)?;
    let mut findings = about_tool.list;
    let address = OwnAddress::read(read, settings.clone())?;
    let mut subjects = Vec::new();
    let neighbourhood = Neighbourhood::of(&all);
    for registration in
        all.iter().filter(|registration| slug.is_none_or(|slug| slug == registration.slug.as_str()))
    {
        let mut about = Findings::about(registration.slug.as_str());
        registration::examine(
            &mut about,
            registration,
            &all,
            &neighbourhood,
            &address.url,
            history::generic_logins(read, registration, now)?,
        );
        registration::service_hosts(&mut about, read, registration)?;
        limits::examine(&mut about, read, registration, &settings)?;
        history::of_registration(&mut about, read, registration, &address.url, now)?;
        findings.extend(about.list);
        subjects.push(Subject::read(read, registration.clone())?);
    }
    Ok(Examined { findings, address, subjects })
}

/// Runs the checks that ask the tool's own server and the platforms, and gives all findings,
/// grouped by subject. Each request has the client's time limit; a few registrations are asked at
/// the same time, and fewer at one host. With `live`, the platforms are asked for access tokens
/// too. `done` is told of each registration that is through.
pub async fn check_online(
    examined: Examined,
    client: &PlatformClient,
    clock: Clock,
    live: Option<Live>,
    mut done: impl FnMut(),
) -> Vec<Finding> {
    let Examined { mut findings, address, subjects } = examined;
    let address = Arc::new(address);
    let (doors, mut hosts, mut tasks) =
        (Arc::new(Semaphore::new(AT_ONCE)), HashMap::new(), JoinSet::new());
    for subject in subjects {
        let host =
            hosts.entry(subject.host()).or_insert_with(|| Arc::new(Semaphore::new(AT_ONE_HOST)));
        let (host, doors) = (Arc::clone(host), Arc::clone(&doors));
        let (address, client, live) = (Arc::clone(&address), client.clone(), live.clone());
        tasks.spawn(async move {
            // The host's turn comes first, so that nobody waits for it inside.
            let _turn = (host.acquire_owned().await, doors.acquire_owned().await);
            let mut about = Findings::about(subject.registration.slug.as_str());
            let mut about_server = Findings::about(subject.registration.slug.as_str());
            tokio::join!(
                public_url::examine_login(
                    &mut about_server,
                    &address,
                    &subject.registration,
                    &client
                ),
                platform::ask(&mut about, &address, &subject, &client, clock)
            );
            about.list.extend(about_server.list);
            if let (Some(_), Some(violation)) = (&live, &subject.withheld) {
                about
                    .skip(
                        Check::AccessToken,
                        format!("No access token is requested: {}.", violation.failure.why),
                    )
                    .fixed_by(violation.failure.hint.clone());
            } else if let Some(live) = live {
                live.ask(&mut about, &address, &subject.registration, &client, clock).await;
            }
            about.list
        });
    }
    let mut about_tool = Findings::about(TOOL);
    public_url::ask(&mut about_tool, &address, client, clock).await;
    findings.extend(about_tool.list);
    while let Some(asked) = tasks.join_next().await {
        findings.extend(asked.unwrap_or_default());
        done();
    }
    grouped(findings)
}

/// Says that the checks with network were not run, and gives all findings.
pub fn stay_offline(examined: Examined) -> Vec<Finding> {
    let mut about_tool = Findings::about(TOOL);
    about_tool.skip(
        Check::Online,
        "Neither the tool's own server nor any platform was contacted (--offline).",
    );
    let mut findings = examined.findings;
    findings.extend(about_tool.list);
    grouped(findings)
}

/// The findings by subject, each in the order in which the checks stand; the tool comes first.
fn grouped(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut places: HashMap<String, usize> = HashMap::from([(TOOL.to_owned(), 0)]);
    for finding in &findings {
        let next = places.len();
        places.entry(finding.subject.clone()).or_insert(next);
    }
    findings.sort_by_key(|finding| places.get(&finding.subject).copied());
    findings
}

/// The failure that stands for findings of which at least one failed, or when it is `strict`,
/// warns; none when there is none.
pub fn failure(findings: &[Finding], strict: bool) -> Option<Failure> {
    let of = |result| -> Vec<String> {
        findings
            .iter()
            .filter(|finding| finding.result == result)
            .map(|finding| format!("{} ({})", finding.check, finding.subject))
            .collect()
    };
    let (failed, warned) = (of(Verdict::Fail), if strict { of(Verdict::Warn) } else { Vec::new() });
    let number = |count: usize, what: &str| match count {
        1 => format!("1 check {what}"),
        many => format!("{many} checks {what}"),
    };
    let what = match (failed.len(), warned.len()) {
        (0, 0) => return None,
        (0, warned) => format!("{} (--strict)", number(warned, "warned")),
        (failed, 0) => number(failed, "failed"),
        (failed, warned) => {
            format!("{}, and {} (--strict)", number(failed, "failed"), number(warned, "warned"))
        }
    };
    let named = [failed, warned].concat();
    let (shown, rest) = named.split_at(named.len().min(MOST_NAMED));
    let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    Some(Failure::new(
        Kind::Check,
        what,
        format!("{}{more}", shown.join(", ")),
        "follow the fixes above, then run ltictl doctor again",
    ))
}

//! `doctor`: checks everything that launches depend on, and reports problems with their fixes.
//!
//! The result of every check is a [`Finding`]. Each file is a group of checks: `tool`,
//! `registration` and `product` check what is stored, `history` the launch log, and `database` the
//! file; `public_url` and `platform` send requests. Nothing here changes anything or sends requests
//! that a platform or the tool's own server would log as a launch; `live`, which requests access
//! tokens, is optional.

mod checks;
mod database;
mod endpoint;
mod history;
mod labels;
mod limits;
mod live;
mod own_server;
mod platform;
mod product;
mod public_url;
mod registration;
mod tool;

use std::borrow::Cow;
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
use self::own_server::OwnServer;
use crate::domain::{Clock, FetchedKeyset, Registration, RegistrationRef};
use crate::failure::Failure;
use crate::failure::Kind;
use crate::lti::login::LoginRequest;
use crate::platform::PlatformClient;
use crate::rules::tenancy::Neighbourhood;
use crate::rules::tenancy::Violation;
use crate::store::{self, Read};

/// The subject of findings about the whole tool; for registrations, it is the slug.
pub const TOOL: &str = "tool";

/// Maximum number of registrations that are checked concurrently.
const MAX_CONCURRENT: usize = 8;
/// Maximum number of those at one host: many customers of one cloud must not look like an attack.
const MAX_PER_HOST: usize = 2;

/// Maximum number of checks named in the failure.
const MAX_NAMED: usize = 10;

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No problem was found.
    Ok,
    /// It is probably a problem.
    Warn,
    /// It prevents launches or services from working, or is not secure.
    Fail,
    /// It was not checked, or does not apply.
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

/// The finding of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// Stable name of the check.
    pub check: &'static str,
    /// A registration's slug, or `tool`.
    pub subject: String,
    /// `ok`, `warn`, `fail` or `skip`.
    pub result: Verdict,
    /// The finding in one sentence.
    pub sentence: Cow<'static, str>,
    /// The evidence.
    pub evidence: Option<String>,
    /// What to do.
    pub fix: Option<String>,
}

/// The findings about one subject.
struct Findings {
    subject: String,
    list: Vec<Finding>,
}

impl Findings {
    fn new(subject: &str) -> Self {
        Self { subject: subject.to_owned(), list: Vec::new() }
    }

    fn add(
        &mut self,
        result: Verdict,
        check: Check,
        sentence: impl Into<Cow<'static, str>>,
    ) -> &mut Finding {
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

    fn ok(&mut self, check: Check, sentence: impl Into<Cow<'static, str>>) -> &mut Finding {
        self.add(Verdict::Ok, check, sentence)
    }

    fn warn(
        &mut self,
        check: Check,
        sentence: impl Into<Cow<'static, str>>,
        fix: impl Into<String>,
    ) -> &mut Finding {
        self.add(Verdict::Warn, check, sentence).fixed_by(fix)
    }

    fn fail(
        &mut self,
        check: Check,
        sentence: impl Into<Cow<'static, str>>,
        fix: impl Into<String>,
    ) -> &mut Finding {
        self.add(Verdict::Fail, check, sentence).fixed_by(fix)
    }

    fn skip(&mut self, check: Check, sentence: impl Into<Cow<'static, str>>) -> &mut Finding {
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

/// The findings of the offline checks, and the input of the online checks.
pub struct OfflineChecks {
    /// The findings so far, those about the tool first.
    pub findings: Vec<Finding>,
    server: OwnServer,
    subjects: Vec<Subject>,
}

impl OfflineChecks {
    /// The number of registrations to check.
    pub fn registrations(&self) -> usize {
        self.subjects.len()
    }
}

/// A registration, and the keyset of its platform that the server fetched last.
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

    /// The host of most requests.
    fn host(&self) -> String {
        self.registration
            .platform
            .as_ref()
            .map(|platform| platform.keyset_url.origin())
            .unwrap_or_default()
    }
}

/// The findings about a database that cannot be opened; `None` if the error is not one that
/// `doctor` reports.
pub fn open_failure(path: &Path, error: &store::Error) -> Option<Vec<Finding>> {
    tool::open_failure(path, error)
}

/// The findings about a database that is damaged, for when the other checks fail because of that;
/// `None` if it is not.
pub fn damage(read: Read<'_>, path: &Path) -> Option<Vec<Finding>> {
    tool::damage(read, path)
}

/// Whether a login was started by `doctor`: it leads to no launch, and must not count as
/// unfinished.
pub fn is_own_login(request: &LoginRequest) -> bool {
    request.login_hint == platform::LOGIN_HINT
}

/// Runs the checks that need no network, on the tool and on one registration or all of them, for
/// [`check_online`]. For one registration, the tool's checks that read the whole database are
/// omitted. `writable` is the result of [`store::Store::check_writable`].
pub fn examine(
    read: Read<'_>,
    writable: Result<(), store::Error>,
    database: &Path,
    slug: Option<&RegistrationRef>,
    now: Timestamp,
) -> Result<OfflineChecks, Failure> {
    read.in_snapshot(|| {
        let (findings, server, examined) = examine_stored(read, writable, database, slug, now)?;
        let subject = |registration| Subject::read(read, registration);
        let subjects = examined.into_iter().map(subject).collect::<Result<_, _>>()?;
        Ok(OfflineChecks { findings, server, subjects })
    })
}

/// Runs only the checks that need no network, and returns all findings. See [`examine`].
pub fn examine_offline(
    read: Read<'_>,
    writable: Result<(), store::Error>,
    database: &Path,
    slug: Option<&RegistrationRef>,
    now: Timestamp,
) -> Result<Vec<Finding>, Failure> {
    read.in_snapshot(|| {
        let (findings, ..) = examine_stored(read, writable, database, slug, now)?;
        Ok(without_online(findings))
    })
}

/// The findings, the tool's own server, and the registrations that were examined.
fn examine_stored(
    read: Read<'_>,
    writable: Result<(), store::Error>,
    database: &Path,
    slug: Option<&RegistrationRef>,
    now: Timestamp,
) -> Result<(Vec<Finding>, OwnServer, Vec<Registration>), Failure> {
    let only = slug.map(|slug| rules::registration::find(read, slug)).transpose()?;
    let all: Vec<Registration> = match &only {
        Some(registration) => registration::comparable(read, registration)?,
        None => read.registrations()?.into_iter().map(|(registration, _)| registration).collect(),
    };
    let settings = read.settings()?;
    let mut tool_findings = Findings::new(TOOL);
    database::writable(&mut tool_findings, writable)?;
    let contents = only.is_none().then_some(&all[..]);
    tool::examine(&mut tool_findings, read, database, &settings, contents, now)?;
    history::examine_unattributed(&mut tool_findings, read, now)?;
    let mut findings = tool_findings.list;
    let examined = only.as_ref().map_or(&all[..], std::slice::from_ref);
    let server = OwnServer::read(read, settings.clone(), examined)?;
    let neighbourhood = Neighbourhood::of(&all);
    let similar = match &only {
        Some(registration) => registration::Similar::to(read, registration, &all)?,
        None => registration::Similar::of(&all),
    };
    let keyset_clients = history::keyset_clients(read)?;
    for registration in examined {
        let mut registration_findings = Findings::new(registration.slug.as_str());
        registration::examine(
            &mut registration_findings,
            registration,
            &similar,
            &neighbourhood,
            &server.url,
            history::generic_logins(read, registration, now)?,
        );
        registration::service_hosts(&mut registration_findings, read, registration)?;
        limits::examine(&mut registration_findings, read, registration, &settings)?;
        let findings_of = &mut registration_findings;
        history::examine(findings_of, read, registration, &keyset_clients, &server.url, now)?;
        findings.extend(registration_findings.list);
    }
    Ok((findings, server, only.map_or(all, |only| vec![only])))
}

/// Runs the checks that contact the tool's own server and the platforms, and returns all findings,
/// grouped by subject. Every request has the client's time limit; a few registrations are checked
/// concurrently, and fewer at one host. With `live`, access tokens are requested, too. `done` is
/// called after each registration.
pub async fn check_online(
    offline: OfflineChecks,
    client: &PlatformClient,
    clock: Clock,
    live: Option<Live>,
    mut done: impl FnMut(),
) -> Vec<Finding> {
    let OfflineChecks { mut findings, server, subjects } = offline;
    let server = Arc::new(server);
    let (slots, mut hosts, mut tasks) =
        (Arc::new(Semaphore::new(MAX_CONCURRENT)), HashMap::new(), JoinSet::new());
    for subject in subjects {
        let host =
            hosts.entry(subject.host()).or_insert_with(|| Arc::new(Semaphore::new(MAX_PER_HOST)));
        let (host, slots) = (Arc::clone(host), Arc::clone(&slots));
        let (server, client, live) = (Arc::clone(&server), client.clone(), live.clone());
        tasks.spawn(async move {
            // Wait for the host first, in order not to occupy a slot while waiting.
            let _permits = (host.acquire_owned().await, slots.acquire_owned().await);
            let mut registration_findings = Findings::new(subject.registration.slug.as_str());
            let mut server_findings = Findings::new(subject.registration.slug.as_str());
            tokio::join!(
                public_url::examine_login(
                    &mut server_findings,
                    &server,
                    &subject.registration,
                    &client
                ),
                platform::check(&mut registration_findings, &server, &subject, &client, clock)
            );
            registration_findings.list.extend(server_findings.list);
            if let (Some(_), Some(violation)) = (&live, &subject.withheld) {
                registration_findings
                    .skip(
                        Check::AccessToken,
                        format!("No access token is requested: {}.", violation.failure.why),
                    )
                    .fixed_by(violation.failure.hint.clone());
            } else if let Some(live) = live {
                live.request_token(
                    &mut registration_findings,
                    &server,
                    &subject.registration,
                    &client,
                    clock,
                )
                .await;
            }
            registration_findings.list
        });
    }
    let mut tool_findings = Findings::new(TOOL);
    public_url::check(&mut tool_findings, &server, client, clock).await;
    findings.extend(tool_findings.list);
    while let Some(checked) = tasks.join_next().await {
        findings.extend(checked.unwrap_or_default());
        done();
    }
    grouped(findings)
}

/// Adds that the online checks were not run, and returns all findings.
pub fn without_online_checks(offline: OfflineChecks) -> Vec<Finding> {
    without_online(offline.findings)
}

fn without_online(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut tool_findings = Findings::new(TOOL);
    tool_findings.skip(
        Check::Online,
        "Neither the tool's own server nor any platform was contacted (--offline).",
    );
    findings.extend(tool_findings.list);
    grouped(findings)
}

/// Sorts findings by subject, the tool first; within a subject, the order is kept.
fn grouped(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut places: HashMap<String, usize> = HashMap::from([(TOOL.to_owned(), 0)]);
    for finding in &findings {
        let next = places.len();
        places.entry(finding.subject.clone()).or_insert(next);
    }
    findings.sort_by_key(|finding| places.get(&finding.subject).copied());
    findings
}

/// The failure for findings of which at least one failed or, if `strict`, warned.
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
    let (shown, rest) = named.split_at(named.len().min(MAX_NAMED));
    let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    Some(Failure::new(
        Kind::Check,
        what,
        format!("{}{more}", shown.join(", ")),
        "follow the fixes above, then run ltictl doctor again",
    ))
}

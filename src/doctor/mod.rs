//! `doctor`: checks everything that launches depend on, and reports problems with their fixes.
//!
//! The result of every check is a [`Finding`]. Each file is a group of checks: `tool`,
//! `registration`, `details`, `product` and `clients` check what is stored, `history` the launch log, and
//! `database` the file; `public_url`, `targets`, `proxied`, `provider` and `platform`
//! send requests, and `online` runs
//! these. Nothing here changes anything or sends requests that a platform or the tool's own server
//! would log as a launch; `live` and `notices`, which request access tokens, are optional.

mod checks;
mod clients;
mod consumer;
mod database;
mod details;
mod endpoint;
mod frames;
mod history;
mod labels;
mod limits;
mod live;
mod notices;
mod online;
mod own_server;
mod platform;
mod product;
mod provider;
mod proxied;
mod public_url;
mod registration;
mod server;
mod targets;
mod tool;

use std::borrow::Cow;

use crate::rules::{self, tenancy};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

pub use self::checks::Check;
pub use self::database::{DatabaseCheck, check_database, database_failure};
pub use self::live::Live;
pub use self::online::check_online;
use self::own_server::OwnServer;
use crate::domain::{
    Consumer, FetchedKeyset, IdentityProvider, Registration, RegistrationRef, Settings, Slug,
};
use crate::failure::Failure;
use crate::failure::Kind;
use crate::lti::login::LoginRequest;
use crate::rules::tenancy::Neighbourhood;
use crate::rules::tenancy::Violation;
use crate::store::{self, Database, Read, RegistrationFacts};

/// Maximum number of registrations or apps that are checked concurrently.
const MAX_CONCURRENT: usize = 8;
/// Maximum number of those at one host: many customers of one cloud must not look like an attack.
const MAX_PER_HOST: usize = 2;

/// How many registrations' facts are read together.
const BATCH: usize = 500;

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

/// What findings are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Noun {
    /// The whole tool.
    Tool,
    /// The database alone.
    Database,
    /// A registration.
    Registration,
    /// A consumer of LTI 1.1 or 2.0.
    Consumer,
}

impl Noun {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Database => "database",
            Self::Registration => "registration",
            Self::Consumer => "consumer",
        }
    }
}

/// The finding of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// Stable name of the check.
    pub check: &'static str,
    /// `tool`, `database`, `registration` or `consumer`.
    pub noun: Noun,
    /// A registration's or a consumer's slug; otherwise the noun.
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
    noun: Noun,
    subject: String,
    list: Vec<Finding>,
}

impl Findings {
    /// About the only one of its kind.
    fn of(noun: Noun) -> Self {
        Self { noun, subject: noun.as_str().to_owned(), list: Vec::new() }
    }

    /// About one of many.
    fn about(noun: Noun, slug: &Slug) -> Self {
        Self { noun, subject: slug.to_string(), list: Vec::new() }
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
            noun: self.noun,
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

/// The findings about the tool without network, and what the checks of registrations need.
pub struct OfflineChecks<'r> {
    tool_findings: Findings,
    server: OwnServer,
    apps: Vec<targets::App>,
    proxied: Vec<proxied::ProxiedApp>,
    providers: Vec<IdentityProvider>,
    stored: Stored<'r>,
}

impl OfflineChecks<'_> {
    /// The number of registrations to check.
    pub fn registrations(&self) -> usize {
        self.stored.examined().len()
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
pub fn open_failure(database: &Database, error: &store::Error) -> Option<Vec<Finding>> {
    tool::open_failure(database, error)
}

/// The findings about a database that is damaged, for when the other checks fail because of that;
/// `None` if it is not.
pub fn damage(read: Read<'_>, database: &Database) -> Option<Vec<Finding>> {
    tool::damage(read, database)
}

/// Whether a login was started by `doctor`: it leads to no launch, and must not count as
/// unfinished.
pub fn is_own_login(request: &LoginRequest) -> bool {
    request.login_hint == platform::LOGIN_HINT
}

/// Runs the checks of the tool that need no network, for [`check_online`]. For one registration,
/// the tool's checks that read the whole database are omitted. `writable` is the result of
/// [`store::Store::check_writable`].
pub fn examine<'r>(
    read: Read<'r>,
    writable: Result<(), store::Error>,
    database: &Database,
    slug: Option<&RegistrationRef>,
    now: Timestamp,
) -> Result<OfflineChecks<'r>, Failure> {
    read.in_snapshot(|| {
        let stored = Stored::read(read, slug, now)?;
        let tool_findings = stored.examine_tool(writable, database)?;
        let server = OwnServer::read(read, stored.settings.clone(), stored.examined())?;
        // For one registration, the tool's resources are not checked.
        let resources = if slug.is_none() { read.resources()? } else { Vec::new() };
        let proxied = proxied::apps(&resources);
        let providers = if slug.is_none() { provider::enabled(read)? } else { Vec::new() };
        let apps = targets::apps(resources, stored.examined(), &server);
        Ok(OfflineChecks { tool_findings, server, apps, proxied, providers, stored })
    })
}

/// Runs only the checks that need no network, and calls `callback` with each finding, in order:
/// thousands of registrations have hundreds of thousands. See [`examine`].
pub fn examine_offline(
    read: Read<'_>,
    writable: Result<(), store::Error>,
    database: &Database,
    slug: Option<&RegistrationRef>,
    now: Timestamp,
    callback: &mut dyn FnMut(Finding) -> Result<(), Failure>,
) -> Result<(), Failure> {
    read.in_snapshot(|| {
        let stored = Stored::read(read, slug, now)?;
        let mut tool_findings = stored.examine_tool(writable, database)?;
        skip_online(&mut tool_findings);
        tool_findings.list.into_iter().try_for_each(&mut *callback)?;
        let comparison = stored.comparison()?;
        stored.examined().chunks(BATCH).try_for_each(|batch| {
            let examined = stored.examine_batch(batch, &comparison)?;
            examined.into_iter().flat_map(|findings| findings.list).try_for_each(&mut *callback)
        })?;
        stored.examine_consumers(callback)
    })
}

/// What is examined.
struct Stored<'r> {
    read: Read<'r>,
    now: Timestamp,
    settings: Settings,
    only: Option<Only>,
    /// All registrations, or those with which the only one is compared, by name.
    registrations: Vec<Registration>,
    consumers: Vec<Consumer>,
}

/// The only one that is examined.
enum Only {
    Registration(Box<Registration>),
    Consumer,
}

impl<'r> Stored<'r> {
    fn read(
        read: Read<'r>,
        slug: Option<&RegistrationRef>,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let settings = read.settings()?;
        let Some(reference) = slug else {
            let (registrations, consumers) = (read.registrations()?, read.consumers()?);
            return Ok(Self { read, now, settings, only: None, registrations, consumers });
        };
        if let Some(slug) = reference.slug()
            && let Some(consumer) = read.consumer(&slug)?
        {
            let (registrations, consumers) = (Vec::new(), vec![consumer]);
            let only = Some(Only::Consumer);
            return Ok(Self { read, now, settings, only, registrations, consumers });
        }
        let registration = rules::registration::find(read, reference)?;
        let registrations = registration::comparable(read, &registration)?;
        let only = Some(Only::Registration(Box::new(registration)));
        Ok(Self { read, now, settings, only, registrations, consumers: Vec::new() })
    }

    fn examined(&self) -> &[Registration] {
        self.only().map_or(&self.registrations[..], std::slice::from_ref)
    }

    fn only(&self) -> Option<&Registration> {
        match &self.only {
            Some(Only::Registration(registration)) => Some(registration),
            Some(Only::Consumer) | None => None,
        }
    }

    fn examine_tool(
        &self,
        writable: Result<(), store::Error>,
        database: &Database,
    ) -> Result<Findings, Failure> {
        let Self { read, now, settings, only, registrations, consumers } = self;
        let mut findings = Findings::of(Noun::Tool);
        database::writable(&mut findings, writable)?;
        let contents = only.is_none().then_some(&registrations[..]);
        tool::examine(&mut findings, *read, database, settings, contents, consumers, *now)?;
        if only.is_none() {
            provider::examine(&mut findings, *read, *now)?;
        }
        history::examine_unattributed(&mut findings, *read, *now)?;
        Ok(findings)
    }

    /// What each registration is compared with.
    fn comparison(&self) -> Result<Comparison<'_>, Failure> {
        let Self { read, registrations, .. } = self;
        let only = self.only();
        Ok(Comparison {
            neighbourhood: Neighbourhood::of(registrations),
            similar: match only {
                Some(only) => registration::Similar::to(*read, only, registrations)?,
                None => registration::Similar::of(registrations),
            },
            counts: history::Counts::read(*read, only)?,
        })
    }

    /// The findings about each of these registrations.
    fn examine_batch(
        &self,
        batch: &[Registration],
        comparison: &Comparison<'_>,
    ) -> Result<Vec<Findings>, Failure> {
        let Self { read, now, settings, .. } = self;
        let Comparison { neighbourhood, similar, counts } = comparison;
        let filter = history::facts_filter(*now, registration::MAX_SERVICE_HOSTS);
        let facts = read.registration_facts(batch, &filter)?;
        let examine = |(registration, facts): (&Registration, &RegistrationFacts)| {
            let mut findings = Findings::about(Noun::Registration, &registration.slug);
            let url = &settings.url;
            registration::examine(&mut findings, registration, facts, similar, neighbourhood, url);
            let origins = &facts.service_origins;
            registration::service_hosts(&mut findings, *read, registration, origins)?;
            limits::examine(&mut findings, facts, settings);
            history::examine(&mut findings, registration, facts, counts, url);
            Ok(findings)
        };
        batch.iter().zip(&facts).map(examine).collect()
    }

    /// Calls `callback` with the findings about each consumer.
    fn examine_consumers(
        &self,
        callback: &mut dyn FnMut(Finding) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let filter = history::facts_filter(self.now, 0);
        for batch in self.consumers.chunks(BATCH) {
            let registrations: Vec<Registration> =
                batch.iter().map(|consumer| consumer.registration.clone()).collect();
            let facts = self.read.registration_facts(&registrations, &filter)?;
            for (consumer, facts) in batch.iter().zip(&facts) {
                let mut findings = Findings::about(Noun::Consumer, &consumer.registration.slug);
                consumer::examine(&mut findings, self.read, consumer, facts)?;
                findings.list.into_iter().try_for_each(&mut *callback)?;
            }
        }
        Ok(())
    }
}

/// What each registration is compared with.
struct Comparison<'s> {
    neighbourhood: Neighbourhood<'s>,
    similar: registration::Similar<'s>,
    counts: history::Counts,
}

/// Adds that the online checks were not run.
fn skip_online(tool_findings: &mut Findings) {
    tool_findings.skip(
        Check::Online,
        "Neither the tool's own server nor any platform was contacted (--offline).",
    );
}

/// How many findings there are, and the first ones that count as failures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    counts: [usize; 4],
    failed: Vec<String>,
    warned: Vec<String>,
}

impl Totals {
    /// Counts a finding.
    pub fn add(&mut self, finding: &Finding) {
        self.counts[finding.result as usize] += 1;
        let named = match finding.result {
            Verdict::Fail => &mut self.failed,
            Verdict::Warn => &mut self.warned,
            Verdict::Ok | Verdict::Skip => return,
        };
        if named.len() < MAX_NAMED {
            named.push(format!("{} ({})", finding.check, finding.subject));
        }
    }

    /// The number of findings with a result.
    pub fn count(&self, result: Verdict) -> usize {
        self.counts[result as usize]
    }

    /// The failure if at least one check failed or, if `strict`, warned.
    pub fn failure(&self, strict: bool) -> Option<Failure> {
        let (failed, warned) =
            (self.count(Verdict::Fail), if strict { self.count(Verdict::Warn) } else { 0 });
        let number = |count: usize, what: &str| match count {
            1 => format!("1 check {what}"),
            many => format!("{many} checks {what}"),
        };
        let what = match (failed, warned) {
            (0, 0) => return None,
            (0, warned) => format!("{} (--strict)", number(warned, "warned")),
            (failed, 0) => number(failed, "failed"),
            (failed, warned) => {
                format!("{}, and {} (--strict)", number(failed, "failed"), number(warned, "warned"))
            }
        };
        let all = self.failed.iter().chain(self.warned.iter().take(warned));
        let shown: Vec<&str> = all.map(String::as_str).take(MAX_NAMED).collect();
        let rest = failed + warned - shown.len();
        let more = if rest == 0 { String::new() } else { format!(" and {rest} more") };
        Some(Failure::new(
            Kind::Check,
            what,
            format!("{}{more}", shown.join(", ")),
            "follow the fixes above, then run `ltictl doctor` again",
        ))
    }
}

impl<'f> FromIterator<&'f Finding> for Totals {
    fn from_iter<I: IntoIterator<Item = &'f Finding>>(findings: I) -> Self {
        let mut totals = Self::default();
        findings.into_iter().for_each(|finding| totals.add(finding));
        totals
    }
}

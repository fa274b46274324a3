//! Reads the launch log: lists launches, shows and follows them, and counts outcomes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::{Counted, Launch, LaunchId, Outcome, RegistrationRef, Slug, json};
use crate::failure::{Failure, Kind};
use crate::rules::{consumer, outcome, registration, resource};
use crate::store::{
    self, LaunchFilter, OutcomeCount, Read, TallyFilter, TallyOwner, WaitingLaunch,
};

/// Maximum time between the timestamp in a launch's ID and its log entry, which has to wait for the
/// form, the platform's keyset and the database.
const MAX_LOG_DELAY: SignedDuration = SignedDuration::from_mins(2);

/// Calls `callback` for the newest launches that match the filter, until it breaks: those of the
/// log, and those that are waiting at `now` or whose wait has just expired.
///
/// # Errors
///
/// If the filter names a registration or a resource that neither exists nor is in the log, or what
/// `callback` returns.
pub fn each(
    read: Read<'_>,
    filter: &LaunchFilter,
    now: Timestamp,
    mut callback: impl FnMut(Launch) -> Result<ControlFlow<()>, Failure>,
) -> Result<(), Failure> {
    let mut waiting = waiting(read, filter, now)?.into_iter().peekable();
    let (mut shown, limit) = (0, filter.limit);
    let mut add = |launch| {
        shown += 1;
        let flow = callback(launch)?;
        Ok::<_, Failure>(if shown < limit { flow } else { ControlFlow::Break(()) })
    };
    let mut is_done = limit == 0;
    read.each_launch(filter, |launch: Launch| {
        while let Some(newer) = waiting.next_if(|waiting| waiting.id > launch.id) {
            if add(newer)?.is_break() {
                is_done = true;
                return Ok(ControlFlow::Break(()));
            }
        }
        let flow = add(launch)?;
        is_done |= flow.is_break();
        Ok::<_, Failure>(flow)
    })?;
    while !is_done && let Some(launch) = waiting.next() {
        is_done = add(launch)?.is_break();
    }
    if shown == 0 { check_names(read, filter) } else { Ok(()) }
}

/// The newest launches that wait and match the filter, newest first.
fn waiting(read: Read<'_>, filter: &LaunchFilter, now: Timestamp) -> Result<Vec<Launch>, Failure> {
    let LaunchFilter { failed, registration, resource, sub, reason, since, until, limit } = filter;
    let limit = *limit as usize;
    let mut found: Vec<Launch> = Vec::new();
    read.each_waiting_launch(|waiting| {
        let launch = shown_waiting(waiting, now);
        let refusal = match &launch.outcome {
            Outcome::Refused { reason, .. } => Some(reason),
            _ => None,
        };
        let is_meant = (!failed || refusal.is_some())
            && reason.as_ref().is_none_or(|reason| refusal == Some(reason))
            && registration.as_ref().is_none_or(|slug| {
                launch.registration.as_ref().is_some_and(|own| own.as_str() == slug.as_str())
            })
            && resource.as_ref().is_none_or(|slug| {
                launch.resource.as_ref().is_some_and(|own| own.as_str() == slug.as_str())
            })
            && sub.as_ref().is_none_or(|sub| launch.sub.as_ref() == Some(sub))
            && since.is_none_or(|since| launch.at >= since)
            && until.is_none_or(|until| launch.at < until);
        if is_meant {
            found.push(launch);
        }
        // All registrations together may have many more than are shown.
        let is_full = found.len() >= limit;
        Ok::<_, Failure>(if is_full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    // The ID of a request that came from elsewhere may be in another order.
    found.sort_unstable_by(|one, other| other.id.cmp(&one.id));
    Ok(found)
}

/// A waiting launch in the form of an entry of the log. If its wait has expired, it is shown as the
/// entry that the server will write.
fn shown_waiting(waiting: WaitingLaunch, now: Timestamp) -> Launch {
    let outcome = if waiting.pending.expires_at <= now {
        outcome::abandoned(&waiting)
    } else {
        outcome::waiting(&waiting)
    };
    let WaitingLaunch { pending, registration, resource } = waiting;
    let (request, at) = (&pending.launch.request_id, pending.created_at);
    let id = LaunchId::parse(request).unwrap_or_else(|| LaunchId::first_of(at));
    let mut launch = Launch {
        request_id: Some(request.clone()),
        registration: Some(registration),
        resource,
        message_type: Some(pending.launch.message_type),
        ..Launch::new(id, at, outcome)
    };
    pending.launch.details.add_to(&mut launch);
    launch
}

/// The launch that is waiting and began with this request.
fn waiting_of(read: Read<'_>, id: &str, now: Timestamp) -> Result<Option<Launch>, Failure> {
    Ok(read.waiting_launch_of_request(id)?.map(|waiting| shown_waiting(waiting, now)))
}

/// The newest launches of the log that match the filter.
///
/// # Errors
///
/// See [`each`].
pub fn list(read: Read<'_>, filter: &LaunchFilter) -> Result<Vec<Launch>, Failure> {
    let launches = read.launches(filter)?;
    if launches.is_empty() {
        check_names(read, filter)?;
    }
    Ok(launches)
}

/// Checks that the filter's registration and resource exist, or are in the log, which may contain
/// deleted ones.
fn check_names(read: Read<'_>, filter: &LaunchFilter) -> Result<(), Failure> {
    let stands_there = |filter: LaunchFilter| {
        Ok::<_, store::Error>(!read.launches(&LaunchFilter { limit: 1, ..filter })?.is_empty())
    };
    if let Some(slug) = &filter.registration
        && !stands_there(LaunchFilter {
            registration: Some(slug.clone()),
            ..LaunchFilter::default()
        })?
        && consumer::known(read, &slug.as_str().into())?.is_none()
    {
        registration::find(read, slug)?;
    }
    if let Some(slug) = &filter.resource
        && !stands_there(LaunchFilter { resource: Some(slug.clone()), ..LaunchFilter::default() })?
    {
        resource::find(read, slug)?;
    }
    Ok(())
}

/// The slug of a registration that exists or is in the log.
fn known_slug(read: Read<'_>, reference: &RegistrationRef) -> Result<Slug, Failure> {
    let registration = Some(reference.clone());
    check_names(read, &LaunchFilter { registration, ..LaunchFilter::default() })?;
    Ok(Slug::new(reference.as_str())?)
}

/// One launch by its ID, or by the ID of a request that began or ended it; it may be waiting at
/// `now`.
pub fn show(read: Read<'_>, id: &str, now: Timestamp) -> Result<Launch, Failure> {
    let (typed, named) = (LaunchId::parse(id), id.trim());
    let mut launch = typed.as_ref().map(|id| read.launch(id)).transpose()?.flatten();
    for request in typed.iter().map(LaunchId::as_str).chain([named]) {
        launch = match launch {
            Some(launch) => Some(launch),
            None => match read.launch_of_request(request)? {
                None => waiting_of(read, request, now)?,
                ended => ended,
            },
        };
    }
    launch.ok_or_else(|| {
        Failure::new(
            Kind::NotFound,
            format!("no launch {id:?}"),
            "the launch log has no such entry, or it has been deleted (see the setting \
             launch_retention); \
             the error page and the server's log contain the ID",
            "ltictl launch list",
        )
    })
}

/// The newest launch; it may be waiting at `now`.
///
/// # Errors
///
/// Without any launch: [`Kind::NotFound`].
pub fn newest(read: Read<'_>, now: Timestamp) -> Result<Launch, Failure> {
    let mut newest = None;
    let filter = LaunchFilter { limit: 1, ..LaunchFilter::default() };
    each(read, &filter, now, |launch| {
        newest = Some(launch);
        Ok(ControlFlow::Break(()))
    })?;
    newest.ok_or_else(|| {
        Failure::new(
            Kind::NotFound,
            "there is no launch yet",
            "the launch log is empty; open a link in the platform, or use the test platform",
            "ltictl sandbox",
        )
    })
}

/// Returns each new launch once, regardless of which server on the database has logged it.
pub struct Follower {
    filter: LaunchFilter,
    /// The launches already returned from the period in which others may still be logged.
    seen: BTreeSet<LaunchId>,
}

impl Follower {
    /// Starts now; also returns the newest `before` launches, oldest first.
    pub fn start(
        read: Read<'_>,
        filter: &LaunchFilter,
        before: u32,
    ) -> Result<(Self, Vec<Launch>), Failure> {
        check_names(read, filter)?;
        let mut follower = Self {
            filter: LaunchFilter { since: None, until: None, limit: u32::MAX, ..filter.clone() },
            seen: BTreeSet::new(),
        };
        // In this order, so that a launch logged in between is not skipped.
        follower.next(read)?;
        let mut launches =
            read.launches(&LaunchFilter { limit: before, ..follower.filter.clone() })?;
        follower.seen.extend(launches.iter().map(|launch| launch.id.clone()));
        launches.reverse();
        Ok((follower, launches))
    }

    /// The launches since the last call, oldest first.
    pub fn next(&mut self, read: Read<'_>) -> Result<Vec<Launch>, Failure> {
        let Some(newest) = read.newest_launch_id()? else { return Ok(Vec::new()) };
        let since = newest.moment().saturating_sub(MAX_LOG_DELAY).unwrap_or(Timestamp::UNIX_EPOCH);
        let mut launches =
            read.launches(&LaunchFilter { since: Some(since), ..self.filter.clone() })?;
        launches.retain(|launch| !self.seen.contains(&launch.id));
        launches.reverse();
        self.seen = self.seen.split_off(&LaunchId::first_of(since));
        self.seen.extend(launches.iter().map(|launch| launch.id.clone()));
        Ok(launches)
    }
}

/// Launches through one registration.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct LaunchStats {
    /// The registration's slug; `null` for launches without a registration.
    pub registration: Option<Slug>,
    /// Accepted launches.
    pub accepted: u64,
    /// When a launch was last accepted, even if before `since`.
    #[serde(serialize_with = "json::time")]
    #[schemars(with = "Option<String>")]
    pub last_success_at: Option<Timestamp>,
    /// Logins that the tool redirected to the platform.
    pub logins_started: u64,
    /// Logins that the platform returned to the tool.
    pub logins_returned: u64,
    /// Why launches were refused, the most frequent reason first.
    pub failures: Vec<FailureCount>,
}

/// How often launches were refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FailureCount {
    /// Reason code.
    pub reason: String,
    /// Number of launches.
    pub count: u64,
}

impl LaunchStats {
    /// Number of refused launches.
    pub fn refused(&self) -> u64 {
        self.failures.iter().map(|failure| failure.count).sum()
    }

    /// Number of logins for which the platform has not responded.
    pub fn logins_never_returned(&self) -> u64 {
        self.logins_started.saturating_sub(self.logins_returned)
    }
}

/// The statistics of all registrations, or one of them, since then, sorted by slug. Launches and
/// logins without a registration come last, if there are any. With a limit, the first ones.
///
/// # Errors
///
/// If the registration neither exists nor is in the log.
pub fn stats(
    read: Read<'_>,
    registration: Option<&RegistrationRef>,
    since: Timestamp,
    limit: Option<u32>,
) -> Result<Vec<LaunchStats>, Failure> {
    let only = registration.map(|reference| known_slug(read, reference)).transpose()?;
    let mut collected = Collected::new(read, only.as_ref(), limit.unwrap_or(u32::MAX))?;
    let outcomes = match &only {
        Some(slug) => read.launch_outcomes(slug, since)?,
        None => read.all_launch_outcomes(since, collected.last())?,
    };
    for OutcomeCount { registration, reason, count } in outcomes {
        let Some(stats) = collected.of(registration) else { continue };
        let count = u64::from(count);
        match reason {
            None => stats.accepted += count,
            Some(reason) => stats.failures.push(FailureCount { reason, count }),
        }
    }
    let tallies = |what| {
        let owner = only.as_ref().map_or(TallyOwner::Any, TallyOwner::Registration);
        read.tallies_by_registration(&TallyFilter { what, owner, since })
    };
    for tally in tallies(Counted::LoginStarted)? {
        if let Some(stats) = collected.of(tally.registration) {
            stats.logins_started = tally.count;
        }
    }
    for tally in tallies(Counted::LoginReturned)? {
        if let Some(stats) = collected.of(tally.registration) {
            stats.logins_returned = tally.count;
        }
    }
    Ok(collected.finish(read)?)
}

/// Statistics by registration, while they are collected.
struct Collected {
    all: BTreeMap<Option<Slug>, LaunchStats>,
    last_success: HashMap<Slug, Option<Timestamp>>,
    /// Whether there are more registrations, which are ignored.
    is_cut: bool,
}

impl Collected {
    /// Nothing yet, for one registration or for the first ones.
    fn new(read: Read<'_>, only: Option<&Slug>, limit: u32) -> Result<Self, store::Error> {
        let mut all = BTreeMap::new();
        let mut last_success = HashMap::new();
        match only {
            Some(slug) => drop(all.insert(Some(slug.clone()), LaunchStats::default())),
            None => {
                last_success.extend(read.launched_registrations(limit)?);
                let slugs = read.first_registration_slugs(limit)?;
                let slugs = slugs.into_iter().chain(last_success.keys().cloned());
                all.extend(slugs.map(|slug| (Some(slug), LaunchStats::default())));
            }
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let is_cut = all.len() >= limit;
        while all.len() > limit {
            all.pop_last();
        }
        Ok(Self { all, last_success, is_cut })
    }

    /// The last registration, if the following ones are ignored.
    fn last(&self) -> Option<&Slug> {
        self.all.keys().next_back().filter(|_| self.is_cut)?.as_ref()
    }

    /// The statistics of a registration, unless it is ignored.
    fn of(&mut self, registration: Option<Slug>) -> Option<&mut LaunchStats> {
        if self.is_cut {
            self.all.get_mut(&registration)
        } else {
            Some(self.all.entry(registration).or_default())
        }
    }

    fn finish(mut self, read: Read<'_>) -> Result<Vec<LaunchStats>, store::Error> {
        for (slug, stats) in &mut self.all {
            if let Some(slug) = slug {
                stats.last_success_at = match self.last_success.get(slug) {
                    Some(last) => *last,
                    None => read.last_accepted_at(slug)?,
                };
                stats.registration = Some(slug.clone());
            }
        }
        let unknown = self.all.remove(&None).filter(|unknown| *unknown != LaunchStats::default());
        Ok(self.all.into_values().chain(unknown).collect())
    }
}

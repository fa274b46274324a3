//! Reading the launch log: lists, one launch, what comes in, and how often what became of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Counted, Launch, LaunchId};
use crate::failure::{Failure, Kind};
use crate::rules::{registration, resource};
use crate::store::{self, LaunchFilter, Read, TallyFilter};

/// How much later than its identifier says a launch may be written down: its form, the platform's
/// keyset and the database take their time.
const LATEST: SignedDuration = SignedDuration::from_mins(2);

/// The newest launches that fit the filter.
///
/// # Errors
///
/// Not found, when the filter names a registration or a resource that neither exists nor stands in
/// the log.
pub fn list(read: Read<'_>, filter: &LaunchFilter) -> Result<Vec<Launch>, Failure> {
    let launches = read.launches(filter)?;
    if launches.is_empty() {
        names_exist(read, filter)?;
    }
    Ok(launches)
}

/// Whether what a filter names exists; what stands in the log may be gone by now.
fn names_exist(read: Read<'_>, filter: &LaunchFilter) -> Result<(), Failure> {
    let stands_there = |filter: LaunchFilter| {
        Ok::<_, store::Error>(!read.launches(&LaunchFilter { limit: 1, ..filter })?.is_empty())
    };
    if let Some(slug) = &filter.registration
        && !stands_there(LaunchFilter {
            registration: Some(slug.clone()),
            ..LaunchFilter::default()
        })?
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

/// One launch by its identifier, or by that of a request that began or ended it, as a person typed
/// it.
pub fn show(read: Read<'_>, id: &str) -> Result<Launch, Failure> {
    let (typed, named) = (LaunchId::parse(id), id.trim());
    let mut launch = typed.as_ref().map(|id| read.launch(id)).transpose()?.flatten();
    for request in typed.iter().map(LaunchId::as_str).chain([named]) {
        launch = match launch {
            Some(launch) => Some(launch),
            None => read.launch_of_request(request)?,
        };
    }
    launch.ok_or_else(|| {
        Failure::new(
            Kind::NotFound,
            format!("no launch {id:?}"),
            "the launch log has no such entry, or no longer (see the setting launch_retention); \
             the id stands on the error page and in the server's log",
            "ltictl launch list",
        )
    })
}

/// Sees launches as they come in, each once, whichever server on the same database has written them
/// down.
pub struct Follower {
    filter: LaunchFilter,
    /// What was seen of the time from which something may still come.
    seen: BTreeSet<LaunchId>,
}

impl Follower {
    /// Begins now; gives the newest `before` launches too, the oldest first.
    pub fn start(
        read: Read<'_>,
        filter: &LaunchFilter,
        before: u32,
    ) -> Result<(Self, Vec<Launch>), Failure> {
        names_exist(read, filter)?;
        let mut follower = Self {
            filter: LaunchFilter { since: None, until: None, limit: u32::MAX, ..filter.clone() },
            seen: BTreeSet::new(),
        };
        // In this order, or what is written down in between would be taken for seen.
        follower.next(read)?;
        let mut launches =
            read.launches(&LaunchFilter { limit: before, ..follower.filter.clone() })?;
        follower.seen.extend(launches.iter().map(|launch| launch.id.clone()));
        launches.reverse();
        Ok((follower, launches))
    }

    /// What has come in since the last time, the oldest first.
    pub fn next(&mut self, read: Read<'_>) -> Result<Vec<Launch>, Failure> {
        let Some(newest) = read.newest_launch_id()? else { return Ok(Vec::new()) };
        let since = newest.moment().saturating_sub(LATEST).unwrap_or(Timestamp::UNIX_EPOCH);
        let mut launches =
            read.launches(&LaunchFilter { since: Some(since), ..self.filter.clone() })?;
        launches.retain(|launch| !self.seen.contains(&launch.id));
        launches.reverse();
        self.seen = self.seen.split_off(&LaunchId::first_of(since));
        self.seen.extend(launches.iter().map(|launch| launch.id.clone()));
        Ok(launches)
    }
}

/// How one registration was launched through since some moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LaunchStats {
    /// Its slug; none for what belongs to no registration.
    pub registration: Option<String>,
    /// Launches that were let in.
    pub accepted: u64,
    /// Why others were refused, and how often, the most frequent first.
    pub failures: Vec<(String, u64)>,
    /// When a launch was let in last, however long ago.
    pub last_success_at: Option<Timestamp>,
    /// Logins that were answered.
    pub logins_started: u64,
    /// Logins whose answer arrived here, whatever became of it.
    pub logins_returned: u64,
}

impl LaunchStats {
    /// Launches that were refused.
    pub fn refused(&self) -> u64 {
        self.failures.iter().map(|(_, count)| count).sum()
    }

    /// Logins that never came back, or have not yet.
    pub fn logins_never_returned(&self) -> u64 {
        self.logins_started.saturating_sub(self.logins_returned)
    }
}

/// How every registration, or one of them, was launched through since then, in the order of their
/// slugs; what belongs to none comes last, if there is any.
///
/// # Errors
///
/// Not found, when the one neither exists nor stands in the log.
pub fn stats(
    read: Read<'_>,
    registration: Option<&str>,
    since: Timestamp,
) -> Result<Vec<LaunchStats>, Failure> {
    let mut all: BTreeMap<String, LaunchStats> = BTreeMap::new();
    match registration {
        Some(slug) => {
            names_exist(
                read,
                &LaunchFilter { registration: Some(slug.to_owned()), ..LaunchFilter::default() },
            )?;
            all.insert(slug.to_owned(), LaunchStats::default());
        }
        None => {
            let slugs =
                [read.registration_slugs()?, read.launched_registrations()?, vec![String::new()]]
                    .concat();
            all.extend(slugs.into_iter().map(|slug| (slug, LaunchStats::default())));
        }
    }
    for (slug, stats) in &mut all {
        for (reason, count) in
            read.launch_outcomes(Some(slug.as_str()).filter(|slug| !slug.is_empty()), since)?
        {
            match reason {
                None => stats.accepted += u64::from(count),
                Some(reason) => stats.failures.push((reason, u64::from(count))),
            }
        }
    }
    let tallies = |what| read.tallies_by_registration(&TallyFilter { what, registration, since });
    for tally in tallies(Counted::LoginStarted)? {
        all.entry(tally.registration).or_default().logins_started = tally.count;
    }
    for tally in tallies(Counted::LoginReturned)? {
        all.entry(tally.registration).or_default().logins_returned = tally.count;
    }
    for (slug, stats) in &mut all {
        if !slug.is_empty() {
            stats.last_success_at = read.last_accepted_at(slug)?;
            stats.registration = Some(slug.clone());
        }
    }
    let strangers = all.remove("").filter(|strangers| *strangers != LaunchStats::default());
    Ok(all.into_values().chain(strangers).collect())
}

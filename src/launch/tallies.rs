//! Counters that the server holds in memory and stores once a minute, so that a login or a fetch of
//! the keyset needs no write of its own.
//!
//! Everything is counted twice: since the server started, for the metrics, and since the last
//! flush, for the database. The memory for this is bounded, regardless of the requests.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::domain::{Counted, Slug, Tally};
use crate::store::{self, Pool};

/// How many registrations are counted separately; others are counted without a registration.
const MAX_REGISTRATIONS: usize = 20_000;

/// Counters in memory; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Tallies {
    shared: Arc<Mutex<Counters>>,
}

#[derive(Debug, Default)]
struct Counters {
    /// By the registration's slug; `None` for events without a registration.
    registrations: HashMap<Option<Slug>, Row>,
    /// Counts of earlier hours that are not stored yet.
    earlier: Vec<Tally>,
}

/// The counters of one registration; there are few, so a list is enough.
#[derive(Debug, Default)]
struct Row {
    /// How many registrations were counted before this one.
    place: usize,
    counters: Vec<Counter>,
    /// Launches since the server started, by reason code; the empty code counts accepted ones.
    launches: Vec<(String, u64)>,
}

/// What a count since the server started belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CountedFor {
    /// No registration.
    None,
    /// A registration.
    Registration(Slug),
    /// All registrations that are not counted separately.
    Others,
}

/// The count of an event since the server started.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Total {
    /// What happened.
    pub what: Counted,
    /// The registration.
    pub counted_for: CountedFor,
    /// A detail, such as the browser.
    pub detail: &'static str,
    /// The count.
    pub count: u64,
}

/// The count of launches with one outcome since the server started.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LaunchTotal {
    /// The registration.
    pub counted_for: CountedFor,
    /// The reason code without text from the platform; empty for accepted launches.
    pub reason: String,
    /// The count.
    pub count: u64,
}

#[derive(Debug)]
struct Counter {
    what: Counted,
    detail: &'static str,
    /// Since the server started.
    total: u64,
    /// Since the last flush, within `hour`.
    unwritten: u64,
    hour: i64,
    last_at: Timestamp,
}

impl Tallies {
    /// Counts an event: what happened, for which registration, if any, and a detail that has few
    /// possible values.
    pub fn count(
        &self,
        what: Counted,
        registration: Option<&Slug>,
        detail: &'static str,
        now: Timestamp,
    ) {
        let counters = &mut *self.counters();
        let (registration, row) = counters.row(registration);
        let row = &mut row.counters;
        let hour = Tally::hour_of(now);
        let place = row
            .iter()
            .position(|counter| counter.what == what && counter.detail == detail)
            .unwrap_or_else(|| {
                row.push(Counter { what, detail, total: 0, unwritten: 0, hour, last_at: now });
                row.len() - 1
            });
        let counter = &mut row[place];
        let left_over = if counter.hour == hour { None } else { counter.take(registration) };
        counter.hour = hour;
        counter.total += 1;
        counter.unwritten += 1;
        counter.last_at = now;
        counters.earlier.extend(left_over);
    }

    /// Counts a launch: with the reason code of a refused one, without for an accepted one.
    pub fn count_launch(&self, registration: Option<&Slug>, reason: Option<&str>) {
        // Text from platforms has an unlimited number of values.
        let reason = reason.unwrap_or_default().split(':').next().unwrap_or_default();
        let counters = &mut *self.counters();
        let (_, row) = counters.row(registration);
        match row.launches.iter_mut().find(|(counted, _)| counted == reason) {
            Some((_, count)) => *count += 1,
            None => row.launches.push((reason.to_owned(), 1)),
        }
    }

    /// What has been counted since the server started: separately for so many registrations that
    /// were counted first, and together for the others.
    pub fn totals(&self, separate: usize) -> Vec<Total> {
        let counters = self.counters();
        let (mut totals, mut others) = (Vec::new(), BTreeMap::new());
        for (registration, row) in &counters.registrations {
            for Counter { what, detail, total: count, .. } in &row.counters {
                if row.place < separate {
                    let counted_for = registration.into();
                    totals.push(Total { what: *what, counted_for, detail, count: *count });
                } else {
                    *others.entry((*what, *detail)).or_default() += count;
                }
            }
        }
        let counted_for = CountedFor::Others;
        totals.extend(others.into_iter().map(|((what, detail), count)| Total {
            what,
            counted_for: counted_for.clone(),
            detail,
            count,
        }));
        totals
    }

    /// How launches ended since the server started, divided like [`Tallies::totals`].
    pub fn launches(&self, separate: usize) -> Vec<LaunchTotal> {
        let counters = self.counters();
        let (mut totals, mut others) = (Vec::new(), BTreeMap::<&str, u64>::new());
        for (registration, row) in &counters.registrations {
            for (reason, count) in &row.launches {
                if row.place < separate {
                    let (counted_for, reason) = (registration.into(), reason.clone());
                    totals.push(LaunchTotal { counted_for, reason, count: *count });
                } else {
                    *others.entry(reason).or_default() += count;
                }
            }
        }
        totals.extend(others.into_iter().map(|(reason, count)| LaunchTotal {
            counted_for: CountedFor::Others,
            reason: reason.to_owned(),
            count,
        }));
        totals
    }

    /// Stores what was counted since the last flush. If that fails, it stays in memory.
    pub async fn flush(&self, pool: &Pool) -> Result<(), store::Error> {
        let taken = Arc::new(self.take());
        if taken.is_empty() {
            return Ok(());
        }
        let tallies = Arc::clone(&taken);
        let written = pool
            .write(move |write| tallies.iter().try_for_each(|tally| write.add_to_tally(tally)))
            .await;
        if written.is_err() {
            self.release(&taken);
        }
        written
    }

    /// Takes the counts that are not stored yet.
    fn take(&self) -> Vec<Tally> {
        let counters = &mut *self.counters();
        let mut taken = std::mem::take(&mut counters.earlier);
        for (registration, row) in &mut counters.registrations {
            let counters = row.counters.iter_mut();
            taken.extend(counters.filter_map(|counter| counter.take(registration.as_ref())));
        }
        taken
    }

    fn release(&self, tallies: &[Tally]) {
        self.counters().earlier.extend_from_slice(tallies);
    }

    fn counters(&self) -> MutexGuard<'_, Counters> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<&Option<Slug>> for CountedFor {
    fn from(registration: &Option<Slug>) -> Self {
        registration.clone().map_or(Self::None, Self::Registration)
    }
}

impl Counters {
    /// The counters of a registration, and the slug that they are counted under.
    fn row<'a>(&mut self, registration: Option<&'a Slug>) -> (Option<&'a Slug>, &mut Row) {
        let seen = self.registrations.len();
        let key = registration.cloned();
        let (registration, key) =
            if self.registrations.contains_key(&key) || seen < MAX_REGISTRATIONS {
                (registration, key)
            } else {
                (None, None)
            };
        let row = self.registrations.entry(key);
        (registration, row.or_insert_with(|| Row { place: seen, ..Row::default() }))
    }
}

impl Counter {
    fn take(&mut self, registration: Option<&Slug>) -> Option<Tally> {
        let count = std::mem::take(&mut self.unwritten);
        (count > 0).then(|| Tally {
            hour: self.hour,
            registration: registration.cloned(),
            what: self.what,
            detail: self.detail.to_owned(),
            count,
            last_at: self.last_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Store, TallyFilter, TallyOwner};

    fn at(time: &str) -> Timestamp {
        format!("2026-11-23T{time}Z").parse().unwrap()
    }

    fn slug(text: &str) -> Slug {
        Slug::new(text).unwrap()
    }

    /// Two registrations whose logins were counted in two hours, and flushed more than once.
    struct Flushed {
        _directory: tempfile::TempDir,
        pool: Pool,
        store: Store,
        tallies: Tallies,
    }

    impl Flushed {
        async fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("ltictl.db");
            let store = Store::create(&path).unwrap();
            let (pool, tallies) = (Pool::open(&path).unwrap(), Tallies::default());
            for (registration, browser, time) in [
                ("a", "safari", "08:59:59"),
                ("a", "safari", "09:00:00"),
                ("a", "chrome", "09:10:00"),
                ("b", "chrome", "09:20:00"),
            ] {
                tallies.count(Counted::LoginStarted, Some(&slug(registration)), browser, at(time));
            }
            tallies.count(Counted::KeysetFetched, None, "moodle", at("09:30:00"));
            for _ in 0..2 {
                tallies.flush(&pool).await.unwrap();
            }
            tallies.count(Counted::LoginStarted, Some(&slug("a")), "safari", at("09:40:00"));
            tallies.flush(&pool).await.unwrap();
            Self { _directory: directory, pool, store, tallies }
        }

        /// The logins of registration `a` since a time, by browser.
        fn browsers(&self, since: &str) -> Vec<(String, u64, Timestamp)> {
            let a = slug("a");
            let filter = TallyFilter {
                what: Counted::LoginStarted,
                owner: TallyOwner::Registration(&a),
                since: at(since),
            };
            let sums = self.store.read().tallies_by_detail(&filter).unwrap();
            sums.into_iter().map(|tally| (tally.detail, tally.count, tally.last_at)).collect()
        }
    }

    #[tokio::test]
    async fn flush_stores_each_count_once_by_the_hour() {
        let flushed = Flushed::new().await;
        assert_eq!(
            flushed.browsers("08:00:00"),
            [("safari".into(), 3, at("09:40:00")), ("chrome".into(), 1, at("09:10:00"))]
        );
        assert_eq!(
            flushed.browsers("09:59:59"),
            [("safari".into(), 2, at("09:40:00")), ("chrome".into(), 1, at("09:10:00"))]
        );
        assert_eq!(flushed.browsers("10:00:00"), []);
        let read = flushed.store.read();
        let all = TallyFilter {
            what: Counted::LoginStarted,
            owner: TallyOwner::Any,
            since: at("08:00:00"),
        };
        let sums = read.tallies_by_registration(&all).unwrap();
        assert_eq!(
            sums.into_iter().map(|tally| (tally.registration, tally.count)).collect::<Vec<_>>(),
            [(Some(slug("a")), 4), (Some(slug("b")), 1)]
        );
        assert_eq!(read.last_counted(Counted::KeysetFetched, None).unwrap(), Some(at("09:30:00")));
        assert_eq!(read.last_counted(Counted::KeysetFetched, Some(&slug("a"))).unwrap(), None);
    }

    #[tokio::test]
    async fn totals_include_what_was_flushed() {
        let tallies = Flushed::new().await.tallies;
        let total = |counted_for: CountedFor, detail, count| Total {
            what: Counted::LoginStarted,
            counted_for,
            detail,
            count,
        };
        let (a, b) = (CountedFor::Registration(slug("a")), CountedFor::Registration(slug("b")));
        for (separate, last) in [(10, b), (1, CountedFor::Others)] {
            let mut totals = tallies.totals(separate);
            totals.retain(|total| total.what == Counted::LoginStarted);
            totals.sort();
            let expected = [
                total(a.clone(), "chrome", 1),
                total(a.clone(), "safari", 3),
                total(last, "chrome", 1),
            ];
            assert_eq!(totals, expected, "{separate}");
        }
    }

    #[tokio::test]
    async fn old_tallies_are_deleted_by_the_hour() {
        let flushed = Flushed::new().await;
        let deleted =
            flushed.pool.write(|write| write.delete_old_tallies(at("09:00:00"), 100)).await;
        assert_eq!(deleted.unwrap(), 1);
        assert_eq!(flushed.browsers("08:00:00")[0].1, 2);
    }

    #[test]
    fn counts_survive_a_failed_flush() {
        let tallies = Tallies::default();
        tallies.count(Counted::KeysetFetched, None, "other", at("09:00:00"));
        let taken = tallies.take();
        assert_eq!((taken.len(), tallies.take().len()), (1, 0));
        tallies.release(&taken);
        tallies.count(Counted::KeysetFetched, None, "other", at("09:00:01"));
        assert_eq!(tallies.take().iter().map(|tally| tally.count).sum::<u64>(), 2);
    }

    #[test]
    fn memory_is_bounded() {
        let tallies = Tallies::default();
        for number in 0..MAX_REGISTRATIONS + 10 {
            let slug = slug(&number.to_string());
            tallies.count(Counted::LoginStarted, Some(&slug), "other", at("09:00:00"));
        }
        assert_eq!(tallies.counters().registrations.len(), MAX_REGISTRATIONS + 1);
        let without_registration: Vec<u64> = tallies
            .totals(usize::MAX)
            .iter()
            .filter(|total| total.counted_for == CountedFor::None)
            .map(|total| total.count)
            .collect();
        assert_eq!(without_registration, [10]);
        for reason in [
            None,
            Some("token_expired"),
            Some("platform_error:made_up_1"),
            Some("platform_error:made_up_2"),
        ] {
            tallies.count_launch(Some(&slug("0")), reason);
        }
        let mut reasons: Vec<(String, u64)> =
            tallies.launches(1).into_iter().map(|total| (total.reason, total.count)).collect();
        reasons.sort();
        assert_eq!(
            reasons,
            [(String::new(), 1), ("platform_error".into(), 2), ("token_expired".into(), 1)]
        );
    }
}

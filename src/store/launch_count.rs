//! Numbers of launches by hour, registration and reason.
//!
//! Launches are counted in short writes some time after they arrived, when no launch with an
//! earlier ID can arrive any more. Statistics add up the counted hours and read the other launches
//! one by one: the newer ones, and those of an hour that is not counted as a whole.

use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::query::{Queries as _, Row, bind};
use super::{Error, OutcomeCount, Read, Write};
use crate::domain::{LaunchId, Slug, Tally};

/// Which launches are counted, by their IDs.
#[derive(Debug, Clone, Copy)]
struct Range {
    /// From the beginning of this hour.
    first_hour: i64,
    /// To before this moment.
    counted_to: Timestamp,
}

/// The beginning of an hour, as the number of hours since 1970.
fn beginning_of(hour: i64) -> Timestamp {
    Timestamp::from_second(hour.saturating_mul(3600)).unwrap_or(Timestamp::MAX)
}

/// The first hour that begins at a moment or after it.
fn first_hour_after(moment: Timestamp) -> i64 {
    let hour = Tally::hour_of(moment);
    if beginning_of(hour) < moment { hour + 1 } else { hour }
}

/// The places of reasons, and how often launches had them.
type Counts = Vec<(usize, u32)>;

/// How often launches of each registration had each outcome. Most registrations have few outcomes,
/// and there are few reasons.
#[derive(Default)]
struct Outcomes {
    places: HashMap<String, usize>,
    registrations: Vec<(Option<Slug>, Counts)>,
    /// The reasons; an empty one is that of accepted launches.
    reasons: Vec<String>,
}

impl Outcomes {
    fn add(&mut self, row: &Row<'_>) -> Result<(), Error> {
        let slug = row.text("registration")?.unwrap_or_default();
        let place = match self.places.get(slug) {
            Some(place) => *place,
            None => {
                let registration =
                    if slug.is_empty() { None } else { row.get::<Option<Slug>>("registration")? };
                self.places.insert(slug.to_owned(), self.registrations.len());
                self.registrations.push((registration, Vec::new()));
                self.registrations.len() - 1
            }
        };
        let reason = row.text("reason")?.unwrap_or_default();
        let reason = match self.reasons.iter().position(|known| known == reason) {
            Some(place) => place,
            None => {
                self.reasons.push(reason.to_owned());
                self.reasons.len() - 1
            }
        };
        let count: u32 = row.get("count")?;
        let counts = &mut self.registrations[place].1;
        match counts.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, sum)) => *sum += count,
            None => counts.push((reason, count)),
        }
        Ok(())
    }

    /// By registration, the most frequent outcome first.
    fn sorted(self) -> Vec<OutcomeCount> {
        let Self { registrations, reasons, .. } = self;
        let mut sorted: Vec<OutcomeCount> = registrations
            .into_iter()
            .flat_map(|(registration, counts)| {
                let reasons = &reasons;
                counts.into_iter().map(move |(reason, count)| OutcomeCount {
                    registration: registration.clone(),
                    reason: Some(reasons[reason].clone()).filter(|reason| !reason.is_empty()),
                    count,
                })
            })
            .collect();
        sorted.sort_by(|one, other| {
            let key = |outcome: &OutcomeCount| Reverse(outcome.count);
            (&one.registration, key(one), &one.reason).cmp(&(
                &other.registration,
                key(other),
                &other.reason,
            ))
        });
        sorted
    }
}

impl Read<'_> {
    /// The outcomes of all launches since then with their numbers, for each registration by its
    /// slug, the most frequent first; up to a slug if it is given.
    pub fn all_launch_outcomes(
        &self,
        since: Timestamp,
        last: Option<&Slug>,
    ) -> Result<Vec<OutcomeCount>, Error> {
        self.in_snapshot(|| {
            let mut outcomes = Outcomes::default();
            match self.counted_launches()? {
                Some(Range { first_hour, counted_to })
                    if beginning_of(first_hour.max(first_hour_after(since))) < counted_to =>
                {
                    let hour = first_hour.max(first_hour_after(since));
                    self.add_launches(since, Some(beginning_of(hour)), last, &mut outcomes)?;
                    self.connection.each(
                        "SELECT registration, reason, count FROM launch_count
                         WHERE hour >= :hour AND (CAST(:last AS TEXT) IS NULL
                             OR registration <= :last)",
                        bind! { hour, last },
                        |row| outcomes.add(row),
                    )?;
                    self.add_launches(counted_to, None, last, &mut outcomes)?;
                }
                _ => self.add_launches(since, None, last, &mut outcomes)?,
            }
            Ok(outcomes.sorted())
        })
    }

    /// Adds each launch of a period, by its ID.
    fn add_launches(
        &self,
        from: Timestamp,
        to: Option<Timestamp>,
        last: Option<&Slug>,
        outcomes: &mut Outcomes,
    ) -> Result<(), Error> {
        self.connection.each(
            "SELECT registration, reason, 1 AS count FROM launch
             WHERE id >= :from AND id < :to
                 AND (CAST(:last AS TEXT) IS NULL OR registration IS NULL
                     OR registration || '' <= :last)",
            bind! {
                last,
                from: LaunchId::first_of(from),
                to: LaunchId::first_of(to.unwrap_or(Timestamp::MAX)),
            },
            |row| outcomes.add(row),
        )
    }

    fn counted_launches(&self) -> Result<Option<Range>, Error> {
        self.connection.find(
            "SELECT first_hour, counted_to FROM launch_count_range WHERE id = 1",
            bind! {},
            |row| {
                Ok(Range { first_hour: row.get("first_hour")?, counted_to: row.get("counted_to")? })
            },
        )
    }
}

impl Write<'_> {
    /// Counts the next launches from before `settled`, at most about `limit`, all of one hour.
    /// Returns whether there were any.
    ///
    /// Launches that are deleted because a registration has too many bytes of them remain counted.
    pub fn count_launches(&self, settled: Timestamp, limit: u32) -> Result<bool, Error> {
        let range = match self.counted_launches()? {
            Some(range) if range.counted_to > settled => self.uncount_after(range, settled)?,
            range => range,
        };
        let start = range.map_or(Timestamp::UNIX_EPOCH, |range| range.counted_to);
        let Some(next) = self.launch_moment(start, 0)?.filter(|next| *next < settled) else {
            return Ok(false);
        };
        let hour = Tally::hour_of(next);
        let first_hour = range.map_or(hour, |range| range.first_hour);
        let start = start.max(beginning_of(hour));
        let last = beginning_of(hour + 1).min(settled);
        // There may be more than `limit` launches in a millisecond.
        let after_next = next + SignedDuration::from_millis(1);
        let end =
            self.launch_moment(next, limit)?.map_or(last, |end| end.max(after_next).min(last));
        self.connection.change(
            "INSERT INTO launch_count (hour, registration, reason, count)
             SELECT :hour, coalesce(registration, ''), coalesce(reason, ''), count(*) FROM launch
                 WHERE id >= :from AND id < :to GROUP BY 2, 3
             ON CONFLICT (hour, registration, reason) DO UPDATE
                 SET count = launch_count.count + excluded.count",
            bind! { hour, from: LaunchId::first_of(start), to: LaunchId::first_of(end) },
        )?;
        self.connection.change(
            "INSERT INTO launch_count_range (id, first_hour, counted_to)
             VALUES (1, :first_hour, :end)
             ON CONFLICT (id) DO UPDATE SET counted_to = excluded.counted_to",
            bind! { first_hour, end },
        )?;
        Ok(true)
    }

    /// Forgets the counts of the hour of `settled` and later ones, which were counted while the
    /// clock was wrong: launches since then may have earlier IDs than what was counted.
    fn uncount_after(&self, range: Range, settled: Timestamp) -> Result<Option<Range>, Error> {
        let hour = Tally::hour_of(settled);
        self.connection.change("DELETE FROM launch_count WHERE hour >= :hour", bind! { hour })?;
        if range.first_hour >= hour {
            self.connection.change("DELETE FROM launch_count_range WHERE id = 1", bind! {})?;
            return Ok(None);
        }
        let counted_to = beginning_of(hour);
        self.connection.change(
            "UPDATE launch_count_range SET counted_to = :counted_to WHERE id = 1",
            bind! { counted_to },
        )?;
        Ok(Some(Range { counted_to, ..range }))
    }

    /// The moment of the first launch from a moment on, after skipping some.
    fn launch_moment(&self, from: Timestamp, skipped: u32) -> Result<Option<Timestamp>, Error> {
        let id: Option<LaunchId> = self.connection.find(
            "SELECT id FROM launch WHERE id >= :from ORDER BY id LIMIT 1 OFFSET :skipped",
            bind! { from: LaunchId::first_of(from), skipped },
            |row| row.get("id"),
        )?;
        Ok(id.map(|id| id.moment()))
    }

    /// Deletes the counts of hours that began before `moment`, at most `limit`: launches from
    /// before `moment` are deleted, so what is left of its hour has to be counted again.
    pub(super) fn forget_counts(&self, moment: Timestamp, limit: u32) -> Result<(), Error> {
        let first_hour = first_hour_after(moment);
        self.connection.change(
            "UPDATE launch_count_range SET first_hour = :first_hour
             WHERE id = 1 AND first_hour < :first_hour",
            bind! { first_hour },
        )?;
        self.connection.change(
            "DELETE FROM launch_count WHERE (hour, registration, reason) IN (
                 SELECT hour, registration, reason FROM launch_count
                 WHERE hour < :first_hour LIMIT :limit)",
            bind! { first_hour, limit },
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Launch, Outcome, Random};
    use crate::store::Store;
    use crate::store::both_engines::each_engine;

    /// Random numbers below a limit.
    struct Numbers(Random);

    impl Numbers {
        fn below(&self, limit: u64) -> i64 {
            i64::try_from(u64::from_be_bytes(self.0.bytes()) % limit).unwrap()
        }
    }

    /// The moment so many seconds after a whole hour.
    fn at(second: i64) -> Timestamp {
        "2026-11-23T17:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
    }

    fn launch(moment: Timestamp, numbers: &Numbers) -> Launch {
        let outcome = match numbers.below(3) {
            0 => Outcome::Accepted,
            reason => Outcome::Refused {
                reason: format!("reason_{reason}"),
                cause: String::new(),
                actor: String::new(),
                fix: String::new(),
            },
        };
        let registration = match numbers.below(4) {
            0 => None,
            number => Some(Slug::new(&format!("school-{number}")).unwrap()),
        };
        Launch { registration, ..Launch::new(LaunchId::fresh(moment, &numbers.0), moment, outcome) }
    }

    /// The outcomes according to a scan of all launches.
    fn scanned(store: &Store, since: Timestamp) -> Vec<OutcomeCount> {
        let mut outcomes = Outcomes::default();
        store.read().add_launches(since, None, None, &mut outcomes).unwrap();
        outcomes.sorted()
    }

    fn add(store: &mut Store, numbers: &Numbers, count: u32, from: i64, to: i64) {
        let change = |write: &Write<'_>| {
            (0..count).try_for_each(|_| {
                let second = from + numbers.below(u64::try_from(to - from).unwrap());
                write.insert_launch(&launch(at(second), numbers))
            })
        };
        store.write(change).unwrap();
    }

    #[test]
    fn counted_launches_are_the_same_as_scanned_ones() {
        const HOUR: i64 = 3600;
        for seed in 0..12 {
            each_engine(|mut store| {
                let numbers = Numbers(Random::seeded(seed));
                // The moment up to which launches have settled.
                let mut settled = 2 * HOUR + numbers.below(3_000);
                add(&mut store, &numbers, 60, 0, settled + HOUR);
                for _ in 0..40 {
                    match numbers.below(4) {
                        0 => {
                            let later = settled + HOUR;
                            add(&mut store, &numbers, 5, settled, later);
                            settled += numbers.below(2_500);
                        }
                        1 => {
                            let before = at(settled - 2 * HOUR + numbers.below(4_000));
                            let limit = 1 + u32::try_from(numbers.below(20)).unwrap();
                            store.write(|write| write.delete_old_launches(before, limit)).unwrap();
                        }
                        _ => {
                            let limit = 1 + u32::try_from(numbers.below(20)).unwrap();
                            store.write(|write| write.count_launches(at(settled), limit)).unwrap();
                        }
                    }
                    for since in [-HOUR, 0, 1_800, HOUR, settled - HOUR, settled - 10, settled] {
                        let since = at(since);
                        assert_eq!(
                            store.read().all_launch_outcomes(since, None).unwrap(),
                            scanned(&store, since),
                            "seed {seed}, since {since}"
                        );
                    }
                }
            });
        }
    }

    #[test]
    fn launches_after_a_clock_was_ahead_are_counted() {
        const YEAR: i64 = 365 * 24 * 3_600;
        for earlier in [0, 20] {
            each_engine(|mut store| {
                let numbers = Numbers(Random::seeded(7));
                let count = |store: &mut Store, settled| {
                    while store.write(|write| write.count_launches(at(settled), 100)).unwrap() {}
                    let counted = store.read().all_launch_outcomes(at(0), None).unwrap();
                    assert_eq!(counted, scanned(store, at(0)), "{earlier}, {settled}");
                };
                add(&mut store, &numbers, earlier, 0, 3_600);
                add(&mut store, &numbers, 20, YEAR, YEAR + 10);
                count(&mut store, YEAR + 7_200);
                // The clock is right again, first without and then with launches.
                count(&mut store, 7_000);
                add(&mut store, &numbers, 20, 7_000, 9_000);
                count(&mut store, 20_000);
                count(&mut store, YEAR + 7_200);
            });
        }
    }

    #[test]
    fn statistics_of_counted_hours_read_no_launches() {
        let numbers = Numbers(Random::seeded(7));
        let directory = tempfile::tempdir().unwrap();
        let mut store = Store::create(directory.path().join("ltictl.db")).unwrap();
        add(&mut store, &numbers, 500, 0, 3_600);
        let steps = |store: &Store| {
            let (outcomes, steps) =
                store.counting_steps(|read| read.all_launch_outcomes(at(0), None));
            let sum: u32 = outcomes.unwrap().iter().map(|outcome| outcome.count).sum();
            assert_eq!(sum, 500);
            steps
        };
        let before = steps(&store);
        while store.write(|write| write.count_launches(at(9_000), 100)).unwrap() {}
        let after = steps(&store);
        assert!(after < before / 5, "{after} steps instead of {before}");
        assert!(!store.write(|write| write.count_launches(at(9_000), 100)).unwrap());
        let last = Slug::new("school-2").unwrap();
        let mut first = store.read().all_launch_outcomes(at(0), None).unwrap();
        first.retain(|outcome| outcome.registration.as_ref() <= Some(&last));
        assert_eq!(store.read().all_launch_outcomes(at(0), Some(&last)).unwrap(), first);
    }
}

//! Maintenance once a minute: stores counters, deletes expired rows, and rotates signing keys.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::app::App;
use crate::admin::keys;
use crate::domain::{KeyPurpose, LaunchId, SteadyClock};
use crate::failure::Failure;
use crate::launch::{NONCE_LIFETIME, fetched_keysets};
use crate::rules::waiting_launch;
use crate::store::{self, Pool, Write};

/// The time between two rounds.
const PAUSE: Duration = Duration::from_secs(60);

/// The time until the next round if expired rows are left.
const SHORT_PAUSE: Duration = Duration::from_secs(1);

/// How many launches whose wait has expired are ended in one write.
const ABANDONED: u32 = 50;

/// The time between two looks at the database's files.
const FILE_PAUSE: Duration = Duration::from_secs(1);

/// A smaller difference between the clock and the time that has passed is not reported.
const CLOCK_STEP: SignedDuration = SignedDuration::from_secs(5);

/// Runs until it is aborted.
pub(super) async fn run(app: App) {
    tokio::join!(watch_files(&app), maintain(&app));
}

/// Reports once if the database's files are deleted or replaced, even if there are no launches.
async fn watch_files(app: &App) {
    loop {
        tokio::time::sleep(FILE_PAUSE).await;
        if let Err(error) = app.service.pool.check_files() {
            let failure = Failure::from(error);
            tracing::error!(
                why = failure.why,
                hint = failure.hint,
                "launches are not accepted until the server is started again"
            );
            return;
        }
    }
}

/// Keys come first, because the next one may be overdue if no server was running.
async fn maintain(app: &App) {
    let started = Instant::now();
    let mut clock = SteadyClock::new(NONCE_LIFETIME.unsigned_abs());
    clock.observe(Duration::ZERO, app.service.clock.now());
    maintain_keys(app, None).await;
    let mut pause = PAUSE;
    loop {
        count_sessions(app).await;
        tokio::time::sleep(pause).await;
        let observed = clock.observe(started.elapsed(), app.service.clock.now());
        maintain_keys(app, observed.steady).await;
        report_step(observed.step);
        pause = if round(app, observed.steady).await { PAUSE } else { SHORT_PAUSE };
    }
}

fn report_step(step: SignedDuration) {
    let seconds = step.as_secs();
    if step <= -CLOCK_STEP {
        tracing::warn!(seconds = -seconds, "the clock was set back");
    } else if step >= CLOCK_STEP {
        tracing::warn!(seconds, "the clock was set forward, or this machine was suspended");
    }
}

/// Counts the open sessions for the metrics, which takes long if there are very many.
async fn count_sessions(app: &App) {
    if app.requests.is_none() {
        return;
    }
    let now = app.service.clock.now();
    if let Err(error) = app.open_sessions.count(&app.service.pool, now).await {
        tracing::warn!(%error, "the sessions could not be counted");
    }
}

/// How many launches, tallies or profile changes are handled between two looks at the time.
const ROWS: u32 = 16;

/// How long one write deletes rows. Together with its commit this delays a launch by less than
/// 10 ms.
const SLICE: Duration = Duration::from_millis(2);

/// How long one round deletes rows of one kind, so that it does not delay the rotation of keys; the
/// rest waits for the next one.
const SLICES_TIME: Duration = Duration::from_secs(20);

/// How many launches are counted in one write.
const COUNT_BATCH: u32 = 500;

/// How many rows are added to the index of searches in one write.
const INDEX_BATCH: u32 = 200;

/// How long one round counts or indexes launches; the rest waits for the next one.
const COUNT_TIME: Duration = Duration::from_secs(10);

/// Rotates keys that are due; see [`keys::maintain`].
async fn maintain_keys(app: &App, steady: Option<Timestamp>) {
    for purpose in KeyPurpose::ALL {
        maintain_keys_of(app, *purpose, steady).await;
    }
}

async fn maintain_keys_of(app: &App, purpose: KeyPurpose, steady: Option<Timestamp>) {
    match keys::maintain(
        &app.service.pool.via("maintenance"),
        purpose,
        app.service.clock.now(),
        steady,
        &app.service.random,
    )
    .await
    {
        Ok(kept) => {
            if let Some(kid) = kept.activated {
                tracing::info!(%kid, %purpose, "a new signing key is active");
            }
            if let Some((kid, signs_from)) = kept.published {
                tracing::info!(%kid, %purpose, %signs_from, "the next signing key was published");
            }
            for kid in kept.retired {
                tracing::info!(%kid, %purpose, "an old signing key was retired");
            }
        }
        Err(failure) => tracing::warn!(error = %failure, "could not rotate the signing keys"),
    }
}

/// Stores counters and fetched keysets; deletes old launches, expired nonces and sessions, and idle
/// clients; counts launches; turns profile changes of past days into audit log entries; reads the tool's URL again.
/// `steady` is a time that has certainly been reached. Returns `false` if expired rows are left.
pub(super) async fn round(app: &App, steady: Option<Timestamp>) -> bool {
    let now = app.service.clock.now();
    app.addresses.remove_idle();
    if let Some(rate) = &app.service.launch_rate {
        rate.remove_idle();
    }
    app.service.refusals.remove_idle();
    app.service.sign_ins.remove_idle();
    match clean_up(app, now, steady).await {
        Ok(Deleted { rows, is_all }) => {
            tracing::debug!(rows, "cleaned up");
            is_all
        }
        Err(error) => {
            tracing::warn!(%error, "could not clean up");
            true
        }
    }
}

async fn clean_up(
    app: &App,
    now: Timestamp,
    steady: Option<Timestamp>,
) -> Result<Deleted, store::Error> {
    let pool = &app.service.pool.via("maintenance");
    // If one fails, the others still run.
    let written = app.service.tallies.flush(pool).await;
    let noted = fetched_keysets::flush(&app.service.keysets, pool).await;
    let (expired, old, counted, indexed) = match steady {
        Some(steady) => (
            delete_expired(pool, steady).await,
            delete_old(pool, steady).await,
            count_launches(pool, steady).await,
            index_for_search(pool, steady).await,
        ),
        None => (Ok(Deleted::NOTHING), Ok(Deleted::NOTHING), Ok(()), Ok(())),
    };
    // They can no longer be continued, whatever the clock does; their nonces are spent.
    let ended = end_abandoned(app, pool, now).await;
    let sealed = seal_profile_changes(pool, now).await;
    app.location.refresh(pool)?;
    written.and(noted).and(counted).and(indexed).and(ended)?;
    let (expired, old, sealed) = (expired?, old?, sealed?);
    Ok(Deleted {
        rows: expired.rows + old.rows,
        is_all: expired.is_all && old.is_all && sealed.is_all,
    })
}

/// What was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Deleted {
    rows: usize,
    /// Whether nothing is left.
    is_all: bool,
}

impl Deleted {
    const NOTHING: Self = Self { rows: 0, is_all: true };
}

/// Repeats a change in short writes until it returns 0, and leaves the writer as much time between
/// them for others.
async fn in_slices(
    pool: &Pool,
    change: impl Fn(&Write<'_>) -> Result<usize, store::Error> + Copy + Send + 'static,
) -> Result<Deleted, store::Error> {
    let started = Instant::now();
    let mut rows = 0;
    while started.elapsed() < SLICES_TIME {
        let began = Instant::now();
        let deleted = pool.write(change).await?;
        if deleted == 0 {
            return Ok(Deleted { rows, is_all: true });
        }
        rows += deleted;
        tokio::time::sleep(began.elapsed()).await;
        // Deleted rows are all over the file, so copying their pages takes longer than a launch.
        pool.checkpoint().await?;
    }
    Ok(Deleted { rows, is_all: false })
}

/// Counts launches that have settled, for the statistics, in short writes between which others run.
async fn count_launches(pool: &Pool, steady: Timestamp) -> Result<(), store::Error> {
    let started = Instant::now();
    let settled = LaunchId::settled_before(steady);
    while started.elapsed() < COUNT_TIME {
        let began = Instant::now();
        if !pool.write(move |write| write.count_launches(settled, COUNT_BATCH)).await? {
            break;
        }
        tokio::time::sleep(began.elapsed()).await;
    }
    Ok(())
}

/// Adds settled launches and audit log entries to the index of `ltictl search`, and after an update
/// everything that was there before, in short writes between which others run.
async fn index_for_search(pool: &Pool, steady: Timestamp) -> Result<(), store::Error> {
    let started = Instant::now();
    let settled = LaunchId::settled_before(steady);
    while started.elapsed() < COUNT_TIME {
        let began = Instant::now();
        if !pool.write(move |write| write.index_for_search(settled, INDEX_BATCH)).await? {
            break;
        }
        tokio::time::sleep(began.elapsed()).await;
    }
    Ok(())
}

/// Repeats a part of a change until it returns 0 or the time of a slice has passed.
fn slice(mut part: impl FnMut() -> Result<usize, store::Error>) -> Result<usize, store::Error> {
    let started = Instant::now();
    let mut rows = 0;
    loop {
        let more = part()?;
        rows += more;
        if more == 0 || started.elapsed() >= SLICE {
            return Ok(rows);
        }
    }
}

/// Ends launches whose wait has expired.
async fn end_abandoned(app: &App, pool: &Pool, now: Timestamp) -> Result<(), store::Error> {
    loop {
        let random = app.service.random.clone();
        let end = move |write: &Write<'_>| {
            waiting_launch::end_abandoned(write, None, &random, now, ABANDONED)
        };
        if pool.write(end).await? < ABANDONED as usize {
            return Ok(());
        }
    }
}

/// Deletes expired rows.
async fn delete_expired(pool: &Pool, steady: Timestamp) -> Result<Deleted, store::Error> {
    in_slices(pool, move |write| write.delete_expired(steady, SLICE)).await
}

/// Turns profile changes of past days into audit log entries.
async fn seal_profile_changes(pool: &Pool, now: Timestamp) -> Result<Deleted, store::Error> {
    in_slices(pool, move |write| slice(|| write.seal_profile_changes(now, ROWS))).await
}

/// Deletes launches, tallies and notices that are older than the setting `launch_retention` allows.
async fn delete_old(pool: &Pool, now: Timestamp) -> Result<Deleted, store::Error> {
    let Some(retention) = pool.look_up(|read| read.settings())?.launch_retention.duration() else {
        return Ok(Deleted::NOTHING);
    };
    let before = now.saturating_sub(retention).unwrap_or(Timestamp::UNIX_EPOCH);
    let part = move |write: &Write<'_>| {
        let launches = write.delete_old_launches(before, ROWS)?;
        let tallies = write.delete_old_tallies(before, ROWS)?;
        Ok(launches + tallies + write.delete_old_notices(before, ROWS)?)
    };
    in_slices(pool, move |write| slice(|| part(write))).await
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::admin::setup;
    use crate::domain::{Clock, Counted, Launch, LaunchId, Outcome, Random, Slug, Tally};
    use crate::server::app::tests::app;
    use crate::store::{LaunchFilter, Store, TallyFilter, TallyOwner};

    #[tokio::test]
    async fn round_deletes_expired_rows_and_reads_settings_again() {
        let now: Timestamp = "2026-11-23T17:00:00Z".parse().unwrap();
        let mut database = None;
        let (app, _directory) = app(|options| {
            options.clock = Clock::Fixed(now);
            database = Some(options.database.clone());
        });
        let second = SignedDuration::from_secs(1);
        for (nonce, expires_at) in [("past", now - second), ("good", now + second)] {
            assert!(
                app.service
                    .pool
                    .write(move |write| write.spend_nonce(nonce, expires_at))
                    .await
                    .unwrap()
            );
        }
        setup::set(
            &mut Store::open(database.unwrap()).unwrap(),
            "url",
            "http://localhost:8080/below",
            false,
        )
        .unwrap();
        round(&app, Some(now)).await;
        assert!(
            !app.service.pool.look_up(|read| read.nonce_is_spent("past", now - second)).unwrap()
        );
        assert!(
            app.service.pool.look_up(|read| read.nonce_is_spent("good", now + second)).unwrap()
        );
        assert_eq!((app.location.base_path().as_str(), app.location.is_https()), ("/below", false));
    }

    #[tokio::test]
    async fn expired_rows_are_deleted_in_several_writes_between_which_others_run() {
        const NONCES: usize = 20_000;
        let now: Timestamp = NOW.parse().unwrap();
        let (app, _directory) = app(|options| options.clock = Clock::Fixed(now));
        let pool = app.service.pool.clone();
        let fill = move |write: &store::Write<'_>| {
            (0..NONCES).try_for_each(|number| {
                write.spend_nonce(&format!("expired {number}"), now - CLOCK_STEP).map(drop)
            })
        };
        pool.write::<_, store::Error>(fill).await.unwrap();
        let expired = async || {
            let rows = pool.read(|read| read.expiring_rows(now)).await.unwrap();
            rows.iter().map(|rows| rows.expired as usize).sum::<usize>()
        };
        assert_eq!(expired().await, NONCES);
        let before = pool.figures().commits.count;
        let other = async {
            tokio::time::sleep(SLICE).await;
            pool.write(move |write| write.spend_nonce("new", now + CLOCK_STEP)).await.unwrap();
            expired().await
        };
        let (deleted, left) = tokio::join!(delete_expired(&pool, now), other);
        assert!(0 < left && left < NONCES, "{left}");
        assert_eq!(deleted.unwrap(), Deleted { rows: NONCES, is_all: true });
        assert_eq!(expired().await, 0);
        let commits = pool.figures().commits.count - before;
        assert!(commits > 3, "{commits}");
        assert!(pool.look_up(|read| read.nonce_is_spent("new", now + CLOCK_STEP)).unwrap());
    }

    const NOW: &str = "2026-11-23T17:00:00Z";

    #[tokio::test]
    async fn settled_launches_are_counted() {
        let now: Timestamp = NOW.parse().unwrap();
        let mut database = None;
        let (app, _directory) = app(|options| {
            options.clock = Clock::Fixed(now);
            database = Some(options.database.clone());
        });
        let mut store = Store::open(database.unwrap()).unwrap();
        let random = Random::seeded(1);
        let add = |write: &store::Write<'_>| {
            (0..1_200).try_for_each(|_| write.insert_launch(&launch(&random, 1, None)))
        };
        store.write::<_, store::Error>(add).unwrap();
        let steps = |store: &Store| {
            let since = days_ago(1) - SignedDuration::from_hours(1);
            let (outcomes, steps) =
                store.counting_steps(|read| read.all_launch_outcomes(since, None));
            assert_eq!(outcomes.unwrap()[0].count, 1_200);
            steps
        };
        let before = steps(&store);
        round(&app, Some(now)).await;
        assert!(steps(&store) < before / 10);
    }

    /// The time this many days ago.
    fn days_ago(days: i64) -> Timestamp {
        NOW.parse::<Timestamp>().unwrap() - SignedDuration::from_hours(24 * days)
    }

    fn moodle() -> Slug {
        Slug::new("moodle").unwrap()
    }

    /// A launch this many days ago, refused if there is a reason.
    fn launch(random: &Random, age: i64, reason: Option<&str>) -> Launch {
        Launch {
            registration: Some(moodle()),
            ..Launch::new(
                LaunchId::fresh(days_ago(age), random),
                days_ago(age),
                reason.map_or(Outcome::Accepted, |reason| Outcome::Refused {
                    reason: reason.into(),
                    cause: "".into(),
                    actor: "".into(),
                    fix: "".into(),
                }),
            )
        }
    }

    /// Stores launches of several ages, and a count for each.
    fn store_launches(store: &mut Store, random: &Random) {
        store
            .write(|write| {
                for (age, reason) in [
                    (200, None),
                    (91, None),
                    (91, Some("token_expired")),
                    (89, Some("token_expired")),
                    (20, Some("token_expired")),
                ] {
                    write.insert_launch(&launch(random, age, reason))?;
                    let tally = Tally {
                        hour: Tally::hour_of(days_ago(age)),
                        registration: Some(moodle()),
                        what: Counted::LoginStarted,
                        detail: "other".into(),
                        count: 1,
                        last_at: days_ago(age),
                    };
                    write.add_to_tally(&tally)?;
                }
                Ok::<_, store::Error>(())
            })
            .unwrap();
    }

    /// How many launches are stored, and how many are counted.
    fn kept(store: &Store) -> (usize, u64) {
        let launches =
            store.read().launches(&LaunchFilter { limit: 10, ..LaunchFilter::default() }).unwrap();
        let filter = TallyFilter {
            what: Counted::LoginStarted,
            owner: TallyOwner::Any,
            since: Timestamp::UNIX_EPOCH,
        };
        let tallies = store.read().tallies_by_registration(&filter).unwrap();
        (launches.len(), tallies.iter().map(|tally| tally.count).sum())
    }

    #[tokio::test]
    async fn old_launches_are_deleted_in_short_writes_between_which_others_run() {
        const LAUNCHES: usize = 2_000;
        let (app, _directory) = app(|options| options.clock = Clock::Fixed(NOW.parse().unwrap()));
        let pool = app.service.pool.clone();
        let random = app.service.random.clone();
        let fill = move |write: &Write<'_>| {
            (0..LAUNCHES).try_for_each(|_| write.insert_launch(&launch(&random, 200, None)))
        };
        pool.write::<_, store::Error>(fill).await.unwrap();
        let left = || pool.look_up(|read| read.newest_launch_id()).unwrap().is_some();
        let before = pool.figures().commits.count;
        let other = async {
            tokio::time::sleep(SLICE).await;
            pool.write(move |write| write.spend_nonce("new", days_ago(-1))).await.unwrap();
            left()
        };
        let (deleted, were_left) = tokio::join!(delete_old(&pool, days_ago(0)), other);
        assert_eq!(deleted.unwrap(), Deleted { rows: LAUNCHES, is_all: true });
        assert!(were_left && !left());
        // With writes of a thousand rows there would be four.
        let commits = pool.figures().commits.count - before;
        assert!(commits > 6, "{commits}");
    }

    #[tokio::test]
    async fn launches_are_deleted_after_the_retention() {
        let mut database = None;
        let (app, _directory) = app(|options| {
            options.clock = Clock::Fixed(NOW.parse().unwrap());
            database = Some(options.database.clone());
        });
        let mut store = Store::open(database.unwrap()).unwrap();
        store_launches(&mut store, &app.service.random);
        for (retention, expected) in [("off", (5, 5)), ("90d", (2, 2)), ("30d", (1, 1))] {
            setup::set(&mut store, "launch_retention", retention, false).unwrap();
            round(&app, Some(NOW.parse().unwrap())).await;
            assert_eq!(kept(&store), expected, "{retention}");
            assert_eq!(
                store.read().last_accepted_at(&moodle()).unwrap(),
                Some(days_ago(91)),
                "{retention}"
            );
        }
    }
}

//! The server's connections: several that read, and one thread that writes.
//!
//! SQLite allows one writer at a time anyway. Changes are queued for one thread, which commits
//! waiting changes together in one transaction, each in its own savepoint, and responds when the
//! commit is on disk, so one sync serves many launches. The audit log names the actor of each.
//!
//! Of a server, a connection that ended is never used again. A read or a change that has not begun
//! waits for the server to return (see `outage`) and begins on a new connection. What had begun
//! fails: its closure has run, so only the caller can repeat it. If the answer to a COMMIT is lost,
//! the changes may have been stored or not: they are not acknowledged, and the caller sees the same
//! error. Repeating is harmless then: the nonce of a launch that was stored is spent, so the
//! same launch is refused, and a new one from the course is accepted; a change with a condition finds
//! it already made. Nothing that was acknowledged is lost, because the server answers a COMMIT only
//! when it is on disk.
//!
//! If the database's files are deleted or replaced, nothing is read, written or acknowledged any
//! more, until the server is started again (see `open_files`).

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;

use super::audit::{Count, Counter};
use super::engine::sqlite::steps::Steps;
use super::engine::{Connection, Guard, Purpose};
use super::outage::{Patience, Place, Places};
use super::record_cache::RecordCache;
use super::search_index::index_changes;
use super::transaction::Transaction;
use super::{
    Database, Error, PATIENCE, Read, ServerProblem, Store, Write, audit, begin,
    known_schema_version,
};
use crate::domain::{Actor, Clock};

/// Maximum number of changes in one commit; a longer queue continues in the next.
const MAX_BATCH: usize = 256;

/// Maximum number of reads at the same time that may take long.
const MAX_READS: usize = 4;

/// How often the writer checks the files when there is nothing to write.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// For how long a write shows that the database can be written.
const PROOF_LIFETIME: Duration = Duration::from_secs(10);

/// The same for a server, which can be gone at any time.
const SERVER_PROOF_LIFETIME: Duration = Duration::from_secs(1);

/// Maximum number of connections that read from a server at the same time.
const MAX_SERVER_READERS: usize = 16;

/// For how long a failed attempt shows that it cannot.
const DISPROOF_LIFETIME: Duration = Duration::from_secs(1);

/// A handle on the server's connections; cheap to clone. The writer thread ends when the last
/// handle has been dropped and its queue is empty.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
    /// Who makes the changes through this handle.
    actor: Arc<Actor>,
}

struct Shared {
    readers: Mutex<Vec<Reader>>,
    /// Limits the reads that may take long.
    turns: tokio::sync::Semaphore,
    /// Limits the connections that read from a server.
    places: Places,
    database: Database,
    queue: Option<mpsc::Sender<Job>>,
    writer: Option<thread::JoinHandle<()>>,
    counters: Arc<Counters>,
    guard: Arc<Guard>,
    /// Whether the writer ends, and waits for other processes no longer than one attempt.
    is_closing: Arc<AtomicBool>,
    /// The last attempt to show that the database can be written.
    proof: tokio::sync::Mutex<Option<(Instant, Result<(), Error>)>>,
}

/// A connection that reads, and what it keeps in memory.
struct Reader {
    connection: Connection,
    records: RecordCache,
    /// Always zero unless it reads a file.
    steps: Steps,
}

impl Reader {
    /// Begins a snapshot, in which what is kept in memory is up to date.
    fn begin(&self) -> Result<Transaction<'_>, Error> {
        let snapshot = Transaction::snapshot(&self.connection)?;
        known_schema_version(&self.connection)?;
        self.records.refresh(&self.connection)?;
        Ok(snapshot)
    }

    /// Runs a query in its snapshot. If this cannot be ended, the connection is not used again.
    fn read<T, E: From<Error>>(
        &self,
        snapshot: Transaction<'_>,
        query: impl FnOnce(Read<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let result = query(Read { connection: &self.connection, records: Some(&self.records) });
        let ended = snapshot.end();
        // The query's own error says more.
        if result.is_ok() {
            ended?;
        }
        result
    }
}

/// The upper bounds, in seconds, by which [`CommitTimes`] counts commits.
const COMMIT_BOUNDS: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];

/// Load of the writer thread.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolFigures {
    /// Number of queued changes.
    pub waiting: i64,
    /// How long commits took.
    pub commits: CommitTimes,
}

/// How long commits took, from the beginning of a transaction until it was on disk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CommitTimes {
    /// Number of commits.
    pub count: u64,
    /// Their total duration in seconds.
    pub seconds: f64,
    /// How many took at most as long as each bound and longer than the one before.
    within: [u64; COMMIT_BOUNDS.len()],
}

impl CommitTimes {
    /// Upper bounds in seconds, the last one infinite, each with the number of commits that took at
    /// most as long and longer than the bound before it.
    pub fn by_bound(&self) -> impl Iterator<Item = (f64, u64)> {
        let longer = self.count - self.within.iter().sum::<u64>();
        COMMIT_BOUNDS.into_iter().zip(self.within).chain([(f64::INFINITY, longer)])
    }

    fn add(&mut self, seconds: f64) {
        self.count += 1;
        self.seconds += seconds;
        if let Some(place) = COMMIT_BOUNDS.iter().position(|bound| seconds <= *bound) {
            self.within[place] += 1;
        }
    }
}

/// The writer's live counters.
#[derive(Default)]
struct Counters {
    waiting: AtomicI64,
    commits: Mutex<CommitTimes>,
}

impl Counters {
    fn commits(&self) -> std::sync::MutexGuard<'_, CommitTimes> {
        self.commits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A queued change.
struct Job {
    /// Who makes it.
    actor: Arc<Actor>,
    /// When it was queued.
    queued_at: Instant,
    /// The entry's details if the audit log counts the changes instead of logging each.
    count: Option<Count>,
    run: Run,
}

/// Runs inside the transaction, or gets the error if there is none, and returns what to do once the
/// commit has succeeded or failed.
type Run = Box<dyn FnOnce(Result<&Write<'_>, Error>) -> JobResult + Send>;

/// Sends the result to the task that waits for it.
type Callback = Box<dyn FnOnce(Result<(), Error>) + Send>;

struct JobResult {
    /// Whether to keep the change.
    keep: bool,
    callback: Callback,
}

impl Pool {
    /// Opens the database (see [`Store::open`]) for the server.
    ///
    /// # Errors
    ///
    /// Any error of [`Store::open`], or the thread cannot be started.
    pub fn open(database: impl Into<Database>) -> Result<Self, Error> {
        Self::of(Store::open(database)?.acting_as(Actor::server(None)))
    }

    /// Turns a store into a pool and starts the writer thread. Actor and clock are the store's.
    ///
    /// # Errors
    ///
    /// The thread cannot be started.
    pub fn of(mut store: Store) -> Result<Self, Error> {
        store.install_triggers()?;
        store.connection.set_purpose(Purpose::Writing)?;
        store.connection.wait_in_short_steps()?;
        let path = store.connection.path().to_owned();
        let actor = Arc::new(store.actor);
        let (queue, jobs) = mpsc::channel();
        let counters = Arc::<Counters>::default();
        let guard = Arc::new(Guard::of(&store.connection, store.database)?);
        let database = store.connection.database();
        warn_if_unencrypted(&database);
        let is_closing = Arc::<AtomicBool>::default();
        let writer = Writer {
            logging: store.connection,
            counting: None,
            database: database.clone(),
            clock: store.clock,
            counters: Arc::clone(&counters),
            guard: Arc::clone(&guard),
            is_closing: Arc::clone(&is_closing),
            is_locked: false,
            is_saved: false,
        };
        let writer = thread::Builder::new()
            .name("database-writer".into())
            .spawn(move || writer.write_all(&jobs))
            .map_err(|source| Error::Io { path, source })?;
        Ok(Self {
            shared: Arc::new(Shared {
                readers: Mutex::default(),
                turns: tokio::sync::Semaphore::new(MAX_READS),
                places: Places::new(MAX_SERVER_READERS),
                database,
                queue: Some(queue),
                writer: Some(writer),
                counters,
                guard,
                is_closing,
                proof: tokio::sync::Mutex::default(),
            }),
            actor,
        })
    }

    /// Load of the writer thread.
    pub fn figures(&self) -> PoolFigures {
        let counters = &self.shared.counters;
        PoolFigures {
            waiting: counters.waiting.load(Ordering::Relaxed),
            commits: counters.commits().clone(),
        }
    }

    /// Fails if the database's files have been deleted or replaced.
    ///
    /// # Errors
    ///
    /// [`Error::FileChanged`].
    pub fn check_files(&self) -> Result<(), Error> {
        self.shared.guard.check()
    }

    /// Shows that the database can be written. However often this is called, it writes once in ten
    /// seconds, or once a second while that fails.
    ///
    /// # Errors
    ///
    /// Why it cannot be written.
    pub async fn prove_writable(&self) -> Result<(), Error> {
        self.check_files()?;
        let mut proof = self.shared.proof.lock().await;
        if let Some((at, result)) = &*proof {
            let lifetime = match (result, &self.shared.database) {
                (Ok(()), Database::File(_)) => PROOF_LIFETIME,
                (Ok(()), Database::Server(_)) => SERVER_PROOF_LIFETIME,
                (Err(_), _) => DISPROOF_LIFETIME,
            };
            if at.elapsed() < lifetime {
                return result.as_ref().map_err(Error::shared).copied();
            }
        }
        let result = self.write(|write| write.touch()).await;
        let shared = result.as_ref().map_err(Error::shared).copied();
        *proof = Some((Instant::now(), result));
        shared
    }

    /// Stops waiting for other processes: what they delay fails, so that the writer can end.
    pub fn close(&self) {
        self.shared.is_closing.store(true, Ordering::Relaxed);
    }

    /// The same pool for another part of the server, under whose name changes are logged.
    #[must_use]
    pub fn via(&self, part: &'static str) -> Self {
        let actor = Actor { name: self.actor.name.clone(), via: part.into() };
        Self { shared: Arc::clone(&self.shared), actor: Arc::new(actor) }
    }

    /// Reads a few rows by their keys on a separate connection, in one snapshot, which contains
    /// everything that any process has committed. Blocks this thread, which may serve other
    /// requests: whatever grows with a course or the database belongs in [`Pool::read`]. In debug
    /// builds, a query that takes too many steps panics.
    ///
    /// # Errors
    ///
    /// Any error of `query`, or the connection cannot be opened.
    pub fn look_up<T, E: From<Error>>(
        &self,
        query: impl FnOnce(Read<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let look_up = || {
            self.with_snapshot(|reader, snapshot| {
                reader.steps.reset();
                let result = reader.read(snapshot, query);
                reader.steps.check();
                result
            })
        };
        match &self.shared.database {
            Database::File(_) => look_up(),
            // It waits for the server.
            Database::Server(_) => off_worker(look_up),
        }
    }

    /// Reads anything, like [`Pool::look_up`], while other threads of the runtime serve the other
    /// requests. Few reads run at the same time; the others wait for their turns.
    ///
    /// # Errors
    ///
    /// As for [`Pool::look_up`].
    pub async fn read<T, E: From<Error>>(
        &self,
        query: impl FnOnce(Read<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _turn = self.shared.turns.acquire().await.map_err(|_| Error::Closed)?;
        off_worker(|| self.with_snapshot(|reader, snapshot| reader.read(snapshot, query)))
    }

    /// Copies what was committed from the write-ahead log into the database, on a connection of its
    /// own: otherwise the writer does it when the log is long, and changes wait meanwhile.
    ///
    /// # Errors
    ///
    /// The database's error.
    pub async fn checkpoint(&self) -> Result<(), Error> {
        let _turn = self.shared.turns.acquire().await.map_err(|_| Error::Closed)?;
        if let Database::Server(_) = self.shared.database {
            return Ok(());
        }
        off_worker(|| {
            self.shared.guard.result()?;
            let reader = self.idle_or_new(&Patience::since(Instant::now()))?;
            let result = reader.connection.file().and_then(|file| file.checkpoint());
            self.keep(reader);
            result
        })
    }

    /// Runs what reads, in a snapshot that begins on a connection that works. If the server is gone,
    /// this waits for a moment.
    fn with_snapshot<T, E: From<Error>>(
        &self,
        run: impl FnOnce(&Reader, Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.shared.guard.result()?;
        let mut patience = Patience::since(Instant::now());
        let _place = self.place(&patience)?;
        loop {
            let reader = match self.idle_or_new(&patience) {
                Ok(reader) => reader,
                Err(error) => {
                    patience.pause(error)?;
                    continue;
                }
            };
            let snapshot = match reader.begin() {
                Err(error) if error.is_outage() => {
                    // The others have ended, too; one after the other, they would take their time.
                    self.readers().clear();
                    patience.pause(error)?;
                    continue;
                }
                begun => begun,
            };
            let result = snapshot.map_err(E::from).and_then(|snapshot| run(&reader, snapshot));
            self.keep(reader);
            return result;
        }
    }

    /// A place for a connection to a server.
    fn place(&self, patience: &Patience) -> Result<Option<Place<'_>>, Error> {
        let Database::Server(address) = &self.shared.database else { return Ok(None) };
        match self.shared.places.take(patience.attempt()) {
            Some(place) => Ok(Some(place)),
            None => Err(Error::server(
                address,
                ServerProblem::TooManyConnections,
                format!("all {MAX_SERVER_READERS} connections of this process are in use"),
            )),
        }
    }

    fn idle_or_new(&self, patience: &Patience) -> Result<Reader, Error> {
        let idle = self.readers().pop();
        match idle {
            Some(reader) => Ok(reader),
            None => self.reader(patience.attempt()),
        }
    }

    /// Keeps a connection for the next read, unless it has ended. A transaction that could not be
    /// ended would keep it in the past.
    fn keep(&self, reader: Reader) {
        if !reader.connection.in_transaction() && reader.connection.is_usable() {
            self.readers().push(reader);
        }
    }

    /// Sends a change to the writer thread and waits until it is on disk.
    ///
    /// # Errors
    ///
    /// What `change` returns (nothing is kept then), or the database's error.
    pub async fn write<T, E>(
        &self,
        change: impl FnOnce(&Write<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.enqueue(None, change).await
    }

    /// Like [`Pool::write`], for a change of many rows that one entry of the audit log counts.
    ///
    /// # Errors
    ///
    /// As for [`Pool::write`].
    pub async fn write_counted<T, E>(
        &self,
        count: Count,
        change: impl FnOnce(&Write<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.enqueue(Some(count), change).await
    }

    async fn enqueue<T, E>(
        &self,
        count: Option<Count>,
        change: impl FnOnce(&Write<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let run = Box::new(move |write: Result<&Write<'_>, Error>| {
            let outcome = write.map_err(E::from).and_then(change);
            let keep = outcome.is_ok();
            let callback = move |committed: Result<(), Error>| {
                // The receiver may have been dropped because the browser closed its connection.
                let _ = sender
                    .send(outcome.and_then(|value| committed.map(|()| value).map_err(E::from)));
            };
            JobResult { keep, callback: Box::new(callback) }
        });
        let queue = self.shared.queue.as_ref().ok_or(Error::Closed)?;
        self.shared.counters.waiting.fetch_add(1, Ordering::Relaxed);
        queue
            .send(Job { actor: Arc::clone(&self.actor), queued_at: Instant::now(), count, run })
            .map_err(|_| Error::Closed)?;
        receiver.await.unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// Opens a connection that reads. Closing it leaves the write-ahead log alone: if the files have
    /// been replaced, the log at the path is not this database's.
    fn reader(&self, limit: Duration) -> Result<Reader, Error> {
        self.check_files()?;
        let connection = Connection::open_for(&self.shared.database, Purpose::Reading, limit)?;
        if let Some(file) = connection.sqlite() {
            file.keep_log_when_closed()?;
        }
        let steps = connection.sqlite().map(Steps::count).transpose()?.unwrap_or_default();
        Ok(Reader { connection, records: RecordCache::default(), steps })
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, Vec<Reader>> {
        self.shared.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs what may take long, while another thread takes over the work of this one if it is a worker
/// of a runtime.
fn off_worker<T>(run: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(run),
        _ => run(),
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.is_closing.store(true, Ordering::Relaxed);
        // The writer closes last, because it empties the write-ahead log.
        self.readers.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
        drop(self.queue.take());
        if let Some(writer) = self.writer.take()
            && writer.thread().id() != thread::current().id()
        {
            let _ = writer.join();
        }
    }
}

/// The state of the writer thread.
struct Writer {
    /// Logs each change in the audit log.
    logging: Connection,
    /// Only counts changes; opened when it is first needed.
    counting: Option<(Connection, Counter)>,
    database: Database,
    clock: Clock,
    counters: Arc<Counters>,
    guard: Arc<Guard>,
    is_closing: Arc<AtomicBool>,
    /// Whether another process kept the last change from being written.
    is_locked: bool,
    /// Whether everything was saved after the files had been deleted or replaced.
    is_saved: bool,
}

impl Writer {
    fn write_all(mut self, jobs: &mpsc::Receiver<Job>) {
        loop {
            let first = match jobs.recv_timeout(CHECK_INTERVAL) {
                Ok(job) => job,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    let _ = self.check_files();
                    continue;
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            };
            let mut ungrouped = Vec::new();
            for job in std::iter::once(first).chain(jobs.try_iter().take(MAX_BATCH - 1)) {
                self.counters.waiting.fetch_sub(1, Ordering::Relaxed);
                match job.count {
                    None => ungrouped.push(job),
                    // In the order of arrival; each counted change has its own transaction.
                    Some(_) => {
                        self.write_logged(std::mem::take(&mut ungrouped));
                        self.write_counted(job);
                    }
                }
            }
            self.write_logged(ungrouped);
        }
        // The files may have been replaced since the last check.
        let _ = self.check_files();
    }

    /// Fails if the files have been deleted or replaced, and abandons them then.
    fn check_files(&mut self) -> Result<(), Error> {
        let checked = self.guard.check();
        if checked.is_err() && !self.is_saved {
            self.counting = None;
            self.is_saved = self.guard.abandon(&self.logging);
        }
        checked
    }

    fn write_logged(&mut self, batch: Vec<Job>) {
        let Some((batch, deadline)) = self.with_deadline(batch) else { return };
        let (clock, database) = (self.clock, &self.database);
        let reopen = |limit| {
            let connection = writing(database, limit)?;
            audit::install_triggers(&connection)?;
            Ok(connection)
        };
        let commit =
            Commit { counters: &self.counters, guard: &self.guard, deadline, reopen: &reopen };
        self.is_locked = commit.write(&mut self.logging, batch, |transaction, actor, _| {
            audit::seal(transaction, actor, clock)
        });
    }

    /// The changes that are still worth an attempt, if any, and how long this may wait for other
    /// processes. The rest fails: while another process writes, changes must not wait for each
    /// other's attempts in addition.
    fn with_deadline(&mut self, mut batch: Vec<Job>) -> Option<(Vec<Job>, Instant)> {
        if let Err(error) = self.check_files() {
            fail_all(batch, &error);
            return None;
        }
        let is_closing = self.is_closing.load(Ordering::Relaxed);
        if self.is_locked {
            let is_late = |job: &Job| is_closing || job.queued_at.elapsed() > PATIENCE;
            let (late, in_time) = batch.into_iter().partition(is_late);
            fail_all(late, &Error::Busy);
            batch = in_time;
        }
        let queued_at = batch.iter().map(|job| job.queued_at).min()?;
        Some((batch, if is_closing { queued_at } else { queued_at + PATIENCE }))
    }

    fn write_counted(&mut self, job: Job) {
        let Some((batch, deadline)) = self.with_deadline(vec![job]) else { return };
        let (clock, counters, guard) =
            (self.clock, Arc::clone(&self.counters), Arc::clone(&self.guard));
        let database = self.database.clone();
        let queued_at = batch.first().map_or_else(Instant::now, |job| job.queued_at);
        let opened = self.open_counting(&mut Patience::since(queued_at));
        self.is_locked = match (opened, &mut self.counting) {
            (Err(error), _) => {
                fail_all(batch, &error);
                false
            }
            (Ok(()), None) => false,
            (Ok(()), Some((connection, counter))) => {
                counter.reset();
                let reopen = |limit| {
                    let connection = writing(&database, limit)?;
                    // On a server, the counter is a table of the connection.
                    Counter::watch(&connection)?;
                    Ok(connection)
                };
                let commit =
                    Commit { counters: &counters, guard: &guard, deadline, reopen: &reopen };
                commit.write(connection, batch, |transaction, actor, count| {
                    count.map_or(Ok(()), |count| counter.seal(transaction, actor, clock, count))?;
                    Ok(true)
                })
            }
        };
    }

    /// Opens the connection that only counts. If the server is gone, this waits for a moment.
    fn open_counting(&mut self, patience: &mut Patience) -> Result<(), Error> {
        while self.counting.is_none() {
            let opened = writing(&self.database, patience.attempt()).and_then(|connection| {
                let counter = Counter::watch(&connection)?;
                Ok((connection, counter))
            });
            match opened {
                Ok(opened) => self.counting = Some(opened),
                Err(error) => patience.pause(error)?,
            }
        }
        Ok(())
    }
}

/// An administrator may have decided so, for a network of their own; others should know.
fn warn_if_unencrypted(database: &Database) {
    if let Database::Server(address) = database {
        for host in address.unencrypted_hosts() {
            tracing::warn!(host, "connections to the database are not encrypted: sslmode=disable");
        }
    }
}

/// Opens a connection that writes.
fn writing(database: &Database, limit: Duration) -> Result<Connection, Error> {
    let connection = Connection::open_for(database, Purpose::Writing, limit)?;
    connection.wait_in_short_steps()?;
    Ok(connection)
}

/// Returns an error for each of the changes.
fn fail_all(batch: Vec<Job>, error: &Error) {
    batch.into_iter().for_each(|job| ((job.run)(Err(error.shared())).callback)(Ok(())));
}

/// What a commit reports to, and depends on.
struct Commit<'w> {
    counters: &'w Counters,
    guard: &'w Guard,
    /// How long it may wait for other processes.
    deadline: Instant,
    /// Opens the connection again, within some time, after it has ended.
    reopen: &'w dyn Fn(Duration) -> Result<Connection, Error>,
}

impl Commit<'_> {
    fn begin<'c>(&self, connection: &'c Connection) -> Result<Transaction<'c>, Error> {
        let transaction = begin(connection, self.deadline)?;
        known_schema_version(&transaction)?;
        Ok(transaction)
    }

    /// A new connection after one has ended. If the server is gone, this waits for a moment.
    fn reopened(&self, patience: &mut Patience, mut error: Error) -> Result<Connection, Error> {
        loop {
            patience.pause(error)?;
            match (self.reopen)(patience.attempt()) {
                Ok(connection) => return Ok(connection),
                Err(next) => error = next,
            }
        }
    }

    /// Commits changes together; `seal` writes the audit log entries of each, and returns whether there
    /// may be changes that the search does not find yet. Returns whether other processes kept it from
    /// doing so.
    fn write(
        &self,
        connection: &mut Connection,
        batch: Vec<Job>,
        seal: impl Fn(&Connection, &Actor, Option<&Count>) -> Result<bool, Error>,
    ) -> bool {
        let started = Instant::now();
        let queued_at = batch.iter().map(|job| job.queued_at).min().unwrap_or(started);
        let mut patience = Patience::since(queued_at);
        let transaction = loop {
            let error = match self.begin(connection) {
                Ok(transaction) => break transaction,
                Err(error) => error,
            };
            match self.reopened(&mut patience, error) {
                Ok(new) => *connection = new,
                Err(error) => {
                    let is_locked = matches!(error, Error::Busy);
                    fail_all(batch, &error);
                    return is_locked;
                }
            }
        };
        let mut callbacks = Vec::with_capacity(batch.len());
        let committed = run_all(transaction, batch, &mut callbacks, seal)
            // Nothing is acknowledged that went into a file which is no longer there.
            .and_then(|()| self.guard.check());
        self.counters.commits().add(started.elapsed().as_secs_f64());
        // A change that failed on its own reports its own error; the others share the commit's.
        for callback in callbacks {
            callback(committed.as_ref().map_err(Error::shared).copied());
        }
        false
    }
}

/// Runs the changes, each in a savepoint unless there is only one, and commits those that are to be
/// kept. Adds what is to be called afterwards to `callbacks`.
fn run_all(
    transaction: Transaction<'_>,
    batch: Vec<Job>,
    callbacks: &mut Vec<Callback>,
    seal: impl Fn(&Connection, &Actor, Option<&Count>) -> Result<bool, Error>,
) -> Result<(), Error> {
    let mut all = Kept::default();
    let alone = batch.len() == 1;
    let mut jobs = batch.into_iter();
    while let Some(job) = jobs.next() {
        match run(&transaction, job, alone, callbacks, &seal) {
            Ok(kept) => {
                all.is_kept |= kept.is_kept;
                all.is_unindexed |= kept.is_unindexed;
            }
            Err(error) => {
                fail_all(jobs.collect(), &error);
                return Err(error);
            }
        }
    }
    if !all.is_kept {
        return transaction.roll_back();
    }
    if all.is_unindexed {
        index_changes(&transaction)?;
    }
    transaction.commit()
}

/// What remains of a change.
#[derive(Default)]
struct Kept {
    is_kept: bool,
    /// Whether the search may have to be informed.
    is_unindexed: bool,
}

/// Runs one change. If it fails, all others do, unless it has a savepoint of its own.
fn run(
    transaction: &Transaction<'_>,
    job: Job,
    alone: bool,
    callbacks: &mut Vec<Callback>,
    seal: &impl Fn(&Connection, &Actor, Option<&Count>) -> Result<bool, Error>,
) -> Result<Kept, Error> {
    if !alone && let Err(error) = transaction.begin_part() {
        callbacks.push((job.run)(Err(error.shared())).callback);
        return Err(error);
    }
    let result = (job.run)(Ok(&Write { read: Read::of(transaction) }));
    let mut kept = Kept { is_kept: result.keep, is_unindexed: false };
    let sealed =
        if result.keep { seal(transaction, &job.actor, job.count.as_ref()) } else { Ok(false) };
    match sealed {
        Ok(is_unindexed) => {
            kept.is_unindexed = is_unindexed;
            callbacks.push(result.callback);
        }
        Err(error) => {
            let (shared, callback) = (error.shared(), result.callback);
            callbacks.push(Box::new(move |_| callback(Err(shared))));
            if alone || error.is_outage() {
                return Err(error);
            }
            kept.is_kept = false;
        }
    }
    if !alone {
        if !kept.is_kept {
            transaction.undo_part()?;
        }
        transaction.end_part()?;
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_counted_by_duration() {
        let mut times = CommitTimes::default();
        for seconds in [0.0001, 0.0005, 0.02, 9.0] {
            times.add(seconds);
        }
        let counted: Vec<(f64, u64)> =
            times.by_bound().filter(|(_, commits)| *commits > 0).collect();
        assert_eq!(counted, [(0.0005, 2), (0.025, 1), (f64::INFINITY, 1)]);
        assert_eq!(times.count, 4);
    }
}

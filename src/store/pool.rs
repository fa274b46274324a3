//! What the server uses: connections that read, and one thread that writes.
//!
//! SQLite has one writer at a time anyway. Changes queue for one thread, which commits those that
//! wait together in one transaction, each in its own savepoint, and answers when the commit is on
//! disk: one sync serves many launches. Each is in the audit log under its own name.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Instant;

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::audit::{Count, Counter};
use super::{Error, Read, Store, Write, audit, connect};
use crate::domain::{Actor, Clock};

/// How many changes one commit takes at most; a longer queue goes on in the next.
const LARGEST_BATCH: usize = 256;

/// A handle on the server's connections; cheap to clone. The writer thread ends after the last
/// handle is gone and its queue is empty.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
    /// Who changes what is changed through this handle.
    actor: Arc<Actor>,
}

struct Shared {
    readers: Mutex<Vec<Connection>>,
    path: PathBuf,
    queue: Option<mpsc::Sender<Job>>,
    writer: Option<thread::JoinHandle<()>>,
    figures: PoolFigures,
}

/// How the writer keeps up; clones share the figures.
#[derive(Debug, Clone)]
pub struct PoolFigures {
    /// How many changes wait for their turn.
    pub waiting: Gauge<i64, AtomicI64>,
    /// How long each commit took, from the beginning of its transaction until it was on disk, in
    /// seconds.
    pub commits: Histogram,
}

impl Default for PoolFigures {
    fn default() -> Self {
        Self {
            waiting: Gauge::default(),
            commits: Histogram::new([
                0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
            ]),
        }
    }
}

/// A change that waits.
struct Job {
    /// Who makes it.
    actor: Arc<Actor>,
    /// What is said of it when the audit log counts its changes instead of telling each.
    count: Option<Count>,
    run: Run,
}

/// Runs inside the transaction, or hears why there is none, and gives back what to do once the
/// commit has succeeded or failed.
type Run = Box<dyn FnOnce(Result<&Write<'_>, Error>) -> Ran + Send>;

struct Ran {
    /// Whether the change is to be kept.
    keep: bool,
    /// Tells the one who waits.
    answer: Box<dyn FnOnce(Result<(), Error>) + Send>,
}

impl Pool {
    /// Opens the database (see [`Store::open`]) for the server.
    ///
    /// # Errors
    ///
    /// Any error of [`Store::open`], or no thread to be had.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::of(Store::open(path)?.acting_as(Actor::server()))
    }

    /// Makes a pool of a store and starts the writer thread; who acts, and the clock, are the
    /// store's.
    ///
    /// # Errors
    ///
    /// No thread to be had.
    pub fn of(mut store: Store) -> Result<Self, Error> {
        store.arm()?;
        let path = PathBuf::from(store.connection.path().unwrap_or_default());
        let actor = Arc::new(store.actor);
        let (queue, jobs) = mpsc::channel();
        let figures = PoolFigures::default();
        let writer = Writer {
            telling: store.connection,
            counting: None,
            path: path.clone(),
            clock: store.clock,
            figures: figures.clone(),
        };
        let writer = thread::Builder::new()
            .name("database-writer".into())
            .spawn(move || writer.write_all(&jobs))
            .map_err(|source| Error::Io { path: path.clone(), source })?;
        Ok(Self {
            shared: Arc::new(Shared {
                readers: Mutex::default(),
                path,
                queue: Some(queue),
                writer: Some(writer),
                figures,
            }),
            actor,
        })
    }

    /// How the writer keeps up.
    pub fn figures(&self) -> PoolFigures {
        self.shared.figures.clone()
    }

    /// The same connections for another part of the program, which the audit log names.
    #[must_use]
    pub fn via(&self, part: &'static str) -> Self {
        let actor = Actor { name: self.actor.name.clone(), via: part.into() };
        Self { shared: Arc::clone(&self.shared), actor: Arc::new(actor) }
    }

    /// Asks a question on a connection of its own; it sees everything that was committed before, by
    /// whichever process. It blocks for the question's own short time.
    ///
    /// # Errors
    ///
    /// What `question` returns, or a connection that cannot be opened.
    pub fn read<T, E: From<Error>>(
        &self,
        question: impl FnOnce(Read<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let idle = self.readers().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.shared.path)?,
        };
        let answer = question(Read { connection: &connection });
        self.readers().push(connection);
        answer
    }

    /// Hands a change to the writer thread and waits until it is on disk.
    ///
    /// # Errors
    ///
    /// What `change` returns (nothing of it is kept then), or the database's error in its type.
    pub async fn write<T, E>(
        &self,
        change: impl FnOnce(&Write<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.hand_over(None, change).await
    }

    /// The same for a change of so many rows that one entry of the audit log is to count them.
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
        self.hand_over(Some(count), change).await
    }

    async fn hand_over<T, E>(
        &self,
        count: Option<Count>,
        change: impl FnOnce(&Write<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let run = Box::new(move |write: Result<&Write<'_>, Error>| {
            let outcome = write.map_err(E::from).and_then(change);
            let keep = outcome.is_ok();
            let answer = move |committed: Result<(), Error>| {
                // Whoever asked may be gone: a browser that closed its connection.
                let _ =
                    tell.send(outcome.and_then(|value| committed.map(|()| value).map_err(E::from)));
            };
            Ran { keep, answer: Box::new(answer) }
        });
        let queue = self.shared.queue.as_ref().ok_or(Error::Closed)?;
        self.shared.figures.waiting.inc();
        queue
            .send(Job { actor: Arc::clone(&self.actor), count, run })
            .map_err(|_| Error::Closed)?;
        told.await.unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.shared.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(writer) = self.writer.take()
            && writer.thread().id() != thread::current().id()
        {
            let _ = writer.join();
        }
    }
}

/// The writer thread's own.
struct Writer {
    /// Notices every change for the audit log.
    telling: Connection,
    /// Only counts changes; there is none before somebody wants it.
    counting: Option<(Connection, Counter)>,
    path: PathBuf,
    clock: Clock,
    figures: PoolFigures,
}

impl Writer {
    fn write_all(mut self, jobs: &mpsc::Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            let mut together = Vec::new();
            for job in std::iter::once(first).chain(jobs.try_iter().take(LARGEST_BATCH - 1)) {
                self.figures.waiting.dec();
                match job.count {
                    None => together.push(job),
                    // In the order in which they came, each counted one in a transaction of its
                    // own.
                    Some(_) => {
                        self.tell(std::mem::take(&mut together));
                        self.count(job);
                    }
                }
            }
            self.tell(together);
        }
    }

    fn tell(&mut self, batch: Vec<Job>) {
        let clock = self.clock;
        if !batch.is_empty() {
            write_batch(&mut self.telling, batch, &self.figures, |transaction, actor, _| {
                audit::seal(transaction, actor, clock)
            });
        }
    }

    fn count(&mut self, job: Job) {
        let (clock, figures) = (self.clock, self.figures.clone());
        match self.counting() {
            Err(error) => ((job.run)(Err(error)).answer)(Ok(())),
            Ok((connection, counter)) => {
                counter.reset();
                write_batch(connection, vec![job], &figures, |transaction, actor, count| {
                    count.map_or(Ok(()), |count| counter.seal(transaction, actor, clock, count))
                });
            }
        }
    }

    fn counting(&mut self) -> Result<&mut (Connection, Counter), Error> {
        if self.counting.is_none() {
            let connection = connect(&self.path)?;
            let counter = Counter::watch(&connection)?;
            self.counting = Some((connection, counter));
        }
        self.counting.as_mut().ok_or(Error::Closed)
    }
}

/// Commits changes together; `seal` writes into the audit log what one of them has changed.
fn write_batch(
    connection: &mut Connection,
    batch: Vec<Job>,
    figures: &PoolFigures,
    seal: impl Fn(&Connection, &Actor, Option<&Count>) -> Result<(), Error>,
) {
    let begun = Instant::now();
    let mut answers = Vec::with_capacity(batch.len());
    let alone = batch.len() == 1;
    let transaction = match connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(Error::from)
    {
        Ok(transaction) => transaction,
        Err(error) => {
            let again = || {
                if matches!(error, Error::Busy) {
                    Error::Busy
                } else {
                    Error::Commit(error.to_string())
                }
            };
            return batch.into_iter().for_each(|job| ((job.run)(Err(again())).answer)(Ok(())));
        }
    };
    let committed = (|| -> Result<(), Error> {
        let mut kept = false;
        for job in batch {
            if !alone {
                transaction.prepare_cached("SAVEPOINT job")?.execute([])?;
            }
            let ran = (job.run)(Ok(&Write { read: Read { connection: &transaction } }));
            let keep = ran.keep;
            kept |= keep;
            answers.push(ran.answer);
            if keep {
                seal(&transaction, &job.actor, job.count.as_ref())?;
            }
            if !alone {
                if !keep {
                    transaction.prepare_cached("ROLLBACK TO job")?.execute([])?;
                }
                transaction.prepare_cached("RELEASE job")?.execute([])?;
            }
        }
        if kept { transaction.commit() } else { transaction.rollback() }.map_err(Error::from)
    })();
    figures.commits.observe(begun.elapsed().as_secs_f64());
    // A change that failed on its own tells its own error; the others share the commit's.
    let failed = committed.err().map(|error| error.to_string());
    for answer in answers {
        answer(failed.as_ref().map_or(Ok(()), |problem| Err(Error::Commit(problem.clone()))));
    }
}

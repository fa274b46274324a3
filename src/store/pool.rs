//! What the server uses: connections that read, and one thread that writes.
//!
//! SQLite has one writer at a time anyway. Changes queue for one thread, which commits those that wait together in one transaction, each in its own savepoint,
//! and answers when the commit is on disk: one sync serves many launches. Each is in the audit log under its own name.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Instant;

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::{Error, Read, Store, Write, audit, connect};
use crate::domain::{Actor, Clock};

/// How many changes one commit takes at most; a longer queue goes on in the next.
const LARGEST_BATCH: usize = 256;

/// A handle on the server's connections; cheap to clone. The writer thread ends after the last handle is gone and its queue is empty.
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
    /// How long each commit took, from the beginning of its transaction until it was on disk, in seconds.
    pub commits: Histogram,
}

impl Default for PoolFigures {
    fn default() -> Self {
        Self { waiting: Gauge::default(), commits: Histogram::new([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5]) }
    }
}

/// A change that waits.
struct Job {
    /// Who makes it.
    actor: Arc<Actor>,
    run: Run,
}

/// Runs inside the transaction, or hears why there is none, and gives back what to do once the commit has succeeded or failed.
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

    /// Makes a pool of a store and starts the writer thread; who acts, and the clock, are the store's.
    ///
    /// # Errors
    ///
    /// No thread to be had.
    pub fn of(mut store: Store) -> Result<Self, Error> {
        store.arm()?;
        let path = PathBuf::from(store.connection.path().unwrap_or_default());
        let actor = Arc::new(store.actor);
        let (connection, clock) = (store.connection, store.clock);
        let (queue, jobs) = mpsc::channel();
        let figures = PoolFigures::default();
        let counted = figures.clone();
        let writer = thread::Builder::new()
            .name("database-writer".into())
            .spawn(move || write_all(connection, clock, &jobs, &counted))
            .map_err(|source| Error::Io { path: path.clone(), source })?;
        Ok(Self { shared: Arc::new(Shared { readers: Mutex::default(), path, queue: Some(queue), writer: Some(writer), figures }), actor })
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

    /// Asks a question on a connection of its own; it sees everything that was committed before, by whichever process. It blocks for the question's own short time.
    ///
    /// # Errors
    ///
    /// What `question` returns, or a connection that cannot be opened.
    pub fn read<T, E: From<Error>>(&self, question: impl FnOnce(Read<'_>) -> Result<T, E>) -> Result<T, E> {
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
    pub async fn write<T, E>(&self, change: impl FnOnce(&Write<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
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
                let _ = tell.send(outcome.and_then(|value| committed.map(|()| value).map_err(E::from)));
            };
            Ran { keep, answer: Box::new(answer) }
        });
        let queue = self.shared.queue.as_ref().ok_or(Error::Closed)?;
        self.shared.figures.waiting.inc();
        queue.send(Job { actor: Arc::clone(&self.actor), run }).map_err(|_| Error::Closed)?;
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

fn write_all(mut connection: Connection, clock: Clock, jobs: &mpsc::Receiver<Job>, figures: &PoolFigures) {
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        batch.extend(jobs.try_iter().take(LARGEST_BATCH - 1));
        figures.waiting.dec_by(i64::try_from(batch.len()).unwrap_or(0));
        write_batch(&mut connection, clock, batch, figures);
    }
}

fn write_batch(connection: &mut Connection, clock: Clock, batch: Vec<Job>, figures: &PoolFigures) {
    let begun = Instant::now();
    let mut answers = Vec::with_capacity(batch.len());
    let alone = batch.len() == 1;
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Error::from) {
        Ok(transaction) => transaction,
        Err(error) => {
            let again = || if matches!(error, Error::Busy) { Error::Busy } else { Error::Commit(error.to_string()) };
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
                audit::seal(&transaction, &job.actor, clock)?;
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

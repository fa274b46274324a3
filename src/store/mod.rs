//! The database: open, migrate, read, write. All SQL is here.
//!
//! A [`Store`] is one connection, for commands; a [`Pool`] is for the server: a few connections
//! that read and one thread that writes. Both offer the same two views: [`Read`] with the queries,
//! and [`Write`], which exists only inside an immediate transaction, with the changes. Each file
//! adds the queries and changes of its tables. Changes are written into the audit log
//! automatically, in the same transaction; a store only needs the actor.
//!
//! Each table has one list of columns, in a `record!`; see `record` for how
//! SELECT, INSERT, UPDATE and the audit log use it, `column` for how single values are stored,
//! `query` for how statements are run, and `engine` for what runs them.
//!
//! A file contains private keys: it is created with mode 0600 and refused if others can read it. It
//! is in WAL mode, so readers and the writer do not wait for each other, and every commit is synced
//! to disk. On PostgreSQL, an advisory lock lets one transaction write at a time, so whatever holds
//! with one writer holds for several servers, too, and no transaction has to be repeated.

mod account;
mod app_key;
mod audit;
mod carried;
mod client;
mod column;
mod consumer;
mod consumer_migration;
mod course_context;
mod course_copy;
mod database;
mod delivery;
mod engine;
mod enrolment;
mod error;
pub mod file;
mod grade;
mod health;
mod history;
mod identity_provider;
mod invitation;
mod launch;
mod launch_count;
mod launch_log;
mod launched_link;
mod lease;
mod managed;
mod member_pass;
mod membership;
mod names;
mod notice;
mod origin;
mod outage;
mod pending;
mod pending_proxy;
mod platform_keyset;
mod pool;
mod prepared;
mod private_file;
mod proxy_invitation;
mod query;
mod record;
mod record_cache;
mod registration;
mod resource;
mod resource_list;
mod running_server;
mod search;
mod search_index;
mod server;
mod session;
mod settings;
mod signature_comparison;
mod signing_key;
mod tally;
mod total;
mod transaction;
mod transfer;
mod words;

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Deref;
use std::path::Path;
use std::time::{Duration, Instant};

use self::engine::Connection;
use self::engine::sqlite::{self, BUSY_TIMEOUT};
use self::record_cache::{RecordCache, Records};
use self::transaction::Transaction;
use crate::domain::{Actor, Clock};

pub use self::account::{AccountExtent, is_recent};
pub use self::audit::{AuditFilter, Count, audited_nouns};
pub use self::carried::{Dependents, IdentityScope, UserClash, UserMove};
pub use self::consumer_migration::{MovedUsers, MovingUsers};
pub use self::course_copy::{CopyReport, KnownPlace, OriginLink};
pub use self::database::Database;
pub use self::delivery::StatusLink;
pub use self::engine::{
    Failure, ServerAddress, ServerProblem, SignInError, SignInFiles, add_search_functions, quoted,
};
pub use self::enrolment::{LinkUse, Member, Person};
pub use self::error::{Error, FileProblem};
pub use self::grade::GradeCourse;
pub use self::health::{ExpiringRows, FilePart};
pub use self::history::{
    FactsFilter, LaunchesByRole, LinkServiceCounts, LoginsOfAnHour, PendingDeployment, Refusals,
    RegistrationFacts, StuckGrades,
};
pub use self::launch_log::{LaunchFilter, OutcomeCount};
pub use self::managed::{CreatedBy, Managed};
pub use self::member_pass::{MemberList, MemberPass};
pub use self::membership::{Absence, KnownLink, ListedMember, MemberSync};
pub use self::names::Named;
pub use self::notice::NoticeFilter;
pub use self::origin::{ForeignOrigin, OwnOrigin};
pub use self::pending::WaitingLaunch;
pub use self::pool::{CommitTimes, Pool, PoolFigures};
pub use self::private_file::mode_for_others;
pub use self::record_cache::RecordVersion;
pub use self::registration::DeletionExtent;
pub use self::resource::ResourceExtent;
pub use self::resource_list::{ListedResource, Place, Selector};
pub use self::search::{Found, FoundKind};
pub use self::server::{ServerDatabase, ServerState};
pub use self::session::CoursePlace;
pub use self::tally::{TallyFilter, TallyOwner};
pub use self::total::RegistrationTotal;
pub use self::transfer::CopiedTable;

/// How long a change waits for other processes' writes, in several attempts.
const PATIENCE: Duration = Duration::from_millis(if cfg!(test) { 1_000 } else { 30_000 });

/// How long a change waits silently.
const SILENT_WAIT: Duration = Duration::from_millis(if cfg!(test) { 50 } else { 1_000 });

/// The newest schema version that this program supports.
pub const SCHEMA_VERSION: usize = sqlite::SCHEMA_VERSION;

/// One connection to the database.
pub struct Store {
    connection: Connection,
    /// As it was given to be opened; a path may be a symbolic link.
    database: Database,
    /// Whether the audit triggers are installed, which happens before the first write.
    has_triggers: bool,
    actor: Actor,
    clock: Clock,
    /// Called once when a change has to wait for another process.
    on_wait: Option<fn()>,
}

/// Queries of the database.
#[derive(Clone, Copy)]
pub struct Read<'c> {
    connection: &'c Connection,
    /// What this connection has read before, if it keeps that.
    records: Option<&'c RecordCache>,
}

impl<'c> Read<'c> {
    /// Queries that keep nothing.
    fn of(connection: &'c Connection) -> Self {
        Self { connection, records: None }
    }

    /// The version of the records that this reads.
    pub fn record_version(&self) -> Result<RecordVersion, Error> {
        self.records
            .map_or_else(|| record_cache::version(self.connection), |records| Ok(records.version()))
    }

    /// A record from the cache, or what `find` returns.
    fn cached<K: Clone + Eq + Hash, V: Clone>(
        &self,
        kind: impl Fn(&mut Records) -> &mut HashMap<K, V>,
        key: &K,
        may_keep: impl FnOnce(&V) -> bool,
        find: impl FnOnce() -> Result<Option<V>, Error>,
    ) -> Result<Option<V>, Error> {
        match self.records {
            Some(records) => records.get(kind, key, may_keep, find),
            None => find(),
        }
    }
}

/// Queries and changes, inside one immediate transaction.
pub struct Write<'c> {
    read: Read<'c>,
}

impl Store {
    /// Creates the file with mode 0600, and its directory if necessary, and opens it. An existing
    /// file is opened, and so is a database on a server, which has to exist.
    ///
    /// # Errors
    ///
    /// The directory or the file cannot be created, or any error of [`Store::open`].
    pub fn create(database: impl Into<Database>) -> Result<Self, Error> {
        let database = database.into();
        if let Database::File(path) = &database {
            create_file(path)?;
        }
        Self::open_any(database, true)
    }

    /// Opens the database, and brings the schema of a file up to date; that of a database on a server is
    /// changed only by [`Store::upgrade`], because others use it, too.
    ///
    /// # Errors
    ///
    /// The file does not exist or others can read it, the server cannot be reached or refuses the user,
    /// the database is empty or belongs to another program, its schema is too new for this program or,
    /// on a server, older, or the engine fails.
    pub fn open(database: impl Into<Database>) -> Result<Self, Error> {
        let database = database.into();
        // An empty file would become a database.
        if database.file().is_some_and(|path| file::sizes(path) == (0, 0) && path.is_file()) {
            return Err(Error::NotInitialised);
        }
        Self::open_any(database, false)
    }

    /// See [`Store::open`]. An empty file becomes a database, and so does an empty database on a server
    /// if `creates`.
    fn open_any(database: Database, creates: bool) -> Result<Self, Error> {
        let mut connection = Connection::open(&database)?;
        match &database {
            Database::File(_) => migrate(&mut connection)?,
            Database::Server(address) => match check_schema(&connection, address)? {
                0 if creates => {
                    if connection.has_tables()? {
                        return Err(Error::NotOurs { path: connection.path().to_owned() });
                    }
                    migrate(&mut connection)?;
                }
                0 => return Err(Error::NotInitialised),
                _ => {}
            },
        }
        Ok(Self::over(connection, database))
    }

    /// Brings the schema of a database up to date, and returns the versions before and after. Several
    /// processes share one on a server, so no other command does this there. Servers of the previous
    /// version go on if they can use the new schema; otherwise they answer that it is too new.
    ///
    /// # Errors
    ///
    /// As for [`Store::open`], or the schema is too new for this program.
    pub fn upgrade(database: impl Into<Database>) -> Result<(usize, usize), Error> {
        let mut connection = Connection::open(database)?;
        let found = known_schema_version(&connection)?;
        if found == 0 {
            return Err(Error::NotInitialised);
        }
        migrate(&mut connection)?;
        Ok((found, known_schema_version(&connection)?))
    }

    fn over(connection: Connection, database: Database) -> Self {
        let database = match database {
            Database::File(path) => Database::File(std::path::absolute(&path).unwrap_or(path)),
            server @ Database::Server(_) => server,
        };
        Self {
            connection,
            database,
            has_triggers: false,
            actor: Actor::default(),
            clock: Clock::System,
            on_wait: None,
        }
    }

    /// Sets what is called when a change has to wait for another process for more than a second.
    #[must_use]
    pub fn announcing_waits(mut self, on_wait: fn()) -> Self {
        self.on_wait = Some(on_wait);
        self
    }

    /// Sets who makes the following changes, for the audit log.
    #[must_use]
    pub fn acting_as(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// Sets the clock for the times in the audit log.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The queries.
    pub fn read(&self) -> Read<'_> {
        Read::of(&self.connection)
    }

    /// Runs `change` in one immediate transaction: if this returns `Ok`, all changes and their audit
    /// log entries are on disk; otherwise none. Waits up to 30 seconds for other processes' writes.
    ///
    /// # Errors
    ///
    /// What `change` returns, or the database's error.
    pub fn write<T, E: From<Error>>(
        &mut self,
        change: impl FnOnce(&Write<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.install_triggers()?;
        let transaction = self.begin()?;
        self.complete(transaction, change)
    }

    fn begin(&self) -> Result<Transaction<'_>, Error> {
        self.connection.set_patience(SILENT_WAIT)?;
        let begun = begin(&self.connection, Instant::now());
        self.connection.set_patience(BUSY_TIMEOUT)?;
        if !matches!(begun, Err(Error::Busy)) {
            return begun;
        }
        if let Some(on_wait) = self.on_wait {
            on_wait();
        }
        begin(&self.connection, Instant::now() + PATIENCE)
    }

    /// Writes to the file without changing anything, which shows that it can be written.
    ///
    /// # Errors
    ///
    /// Why it cannot be written; [`Error::Busy`] if another process is writing.
    pub fn check_writable(&self) -> Result<(), Error> {
        health::check_writable(&self.connection)
    }

    /// Empties the write-ahead log, which still contains overwritten data, unless another process
    /// is reading it.
    pub fn truncate_log(&self) {
        if let Some(file) = self.connection.sqlite() {
            file.truncate_log();
        }
    }

    /// Installs the audit triggers, unless they are installed.
    fn install_triggers(&mut self) -> Result<(), Error> {
        if !self.has_triggers {
            audit::install_triggers(&self.connection)?;
            self.has_triggers = true;
        }
        Ok(())
    }
}

#[cfg(test)]
impl Store {
    /// Counts the steps that SQLite takes for queries; with an index they do not depend on the
    /// number of rows.
    pub(crate) fn counting_steps<T>(&self, query: impl FnOnce(Read<'_>) -> T) -> (T, u32) {
        use std::sync::Arc;
        use std::sync::atomic::{AtomicU32, Ordering};
        let steps = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&steps);
        let connection = self.connection.sqlite().expect("a file");
        connection
            .watch_steps(1, move || {
                counter.fetch_add(1, Ordering::Relaxed);
            })
            .unwrap();
        let result = query(self.read());
        connection.stop_watching_steps().unwrap();
        (result, steps.load(Ordering::Relaxed))
    }

    /// Lists the tables and columns that queries read, in the order in which they are prepared.
    pub(crate) fn recording_statements<T>(
        &self,
        query: impl FnOnce(Read<'_>) -> T,
    ) -> (T, Vec<String>) {
        self.connection.sqlite().expect("a file").recording_statements(|| query(self.read()))
    }
}

/// Begins an immediate transaction, in as many attempts as there is time for. Each waits for the
/// connection's busy timeout.
fn begin(connection: &Connection, deadline: Instant) -> Result<Transaction<'_>, Error> {
    loop {
        match Transaction::immediate(connection) {
            Err(Error::Busy) if Instant::now() < deadline => {}
            begun => return begun,
        }
    }
}

impl Read<'_> {
    /// Runs queries that read the same state of the database, whatever others write meanwhile.
    ///
    /// # Errors
    ///
    /// What `queries` returns, or the database's error.
    pub fn in_snapshot<T, E: From<Error>>(
        &self,
        queries: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        if self.connection.in_transaction() {
            return queries();
        }
        let snapshot = Transaction::snapshot(self.connection)?;
        let result = queries()?;
        snapshot.end()?;
        Ok(result)
    }
}

impl<'c> Deref for Write<'c> {
    type Target = Read<'c>;

    fn deref(&self) -> &Read<'c> {
        &self.read
    }
}

/// Creates an empty file with mode 0600, and its directory if necessary, unless it exists.
fn create_file(path: &Path) -> Result<(), Error> {
    create_directory(path)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(Error::Io { path: path.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

/// Creates the directory of a file, for its owner only.
fn create_directory(path: &Path) -> Result<(), Error> {
    let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty())
    else {
        return Ok(());
    };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(|source| Error::Io { path: path.to_owned(), source })
}

/// Its version; fails if the schema is newer than this program can use. It may become so while a
/// server runs, because the first command of a newer version brings a file up to date, and
/// [`Store::upgrade`] a database on a server.
fn known_schema_version(connection: &Connection) -> Result<usize, Error> {
    let found = connection.schema()?;
    if found.usable_from > SCHEMA_VERSION {
        let path = connection.path().to_owned();
        return Err(Error::Newer { path, found: found.version, known: SCHEMA_VERSION });
    }
    Ok(found.version)
}

/// The version of the schema on a server; fails if this program cannot use it. It is 0 if there is
/// none.
fn check_schema(connection: &Connection, address: &ServerAddress) -> Result<usize, Error> {
    let found = known_schema_version(connection)?;
    if (1..SCHEMA_VERSION).contains(&found) {
        let address = address.clone();
        return Err(Error::Older { address, found, needed: SCHEMA_VERSION });
    }
    Ok(found)
}

fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let found = known_schema_version(connection)?;
    if found >= SCHEMA_VERSION {
        return Ok(());
    }
    if connection.migrate(audit::permanent_triggers)? {
        registration::index_issuers(connection)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod both_engines;
#[cfg(test)]
mod on_server;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod tests;

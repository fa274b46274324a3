//! What commands address things by, as a shell completes it: quick looks at a database that may be
//! anything, and that nothing changes.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, params};

use super::{APPLICATION_ID, Error, Read, SCHEMA_VERSION, Store, check_file, schema_version};
use crate::domain::{Actor, Clock};

/// Nobody reads more than these in a shell.
const MOST: u32 = 500;

/// What is addressed by a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Registrations, by slug.
    Registrations,
    /// Resources, by slug.
    Resources,
    /// Accounts, by username.
    Accounts,
    /// The tool's keys that are still published, by key ID.
    SigningKeys,
    /// LTI 1.1 consumers, by key.
    Consumers,
    /// Launches, by id, the newest first.
    Launches,
}

impl Named {
    /// Name and description of those whose name starts with `?1`, which is a stretch of an index:
    /// from there to before the last character that there is; at most `?2` of them.
    fn question(self) -> &'static str {
        match self {
            Self::Registrations => {
                "SELECT slug, name FROM registration WHERE slug >= ?1 AND slug < ?1 || \
                 char(1114111) ORDER BY slug LIMIT ?2"
            }
            Self::Resources => {
                "SELECT slug, name FROM resource WHERE slug >= ?1 AND slug < ?1 || char(1114111) \
                 ORDER BY slug LIMIT ?2"
            }
            Self::Accounts => {
                "SELECT username, coalesce(name, '') FROM account WHERE username >= ?1 AND \
                 username < ?1 || char(1114111) ORDER BY username LIMIT ?2"
            }
            Self::SigningKeys => {
                "SELECT kid, state FROM signing_key WHERE state <> 'retired' AND kid >= ?1 AND kid \
                 < ?1 || char(1114111) ORDER BY kid LIMIT ?2"
            }
            Self::Consumers => {
                "SELECT DISTINCT consumer_key, '' FROM consumer_secret WHERE consumer_key >= ?1 \
                 AND consumer_key < ?1 || char(1114111) ORDER BY consumer_key LIMIT ?2"
            }
            Self::Launches => {
                "SELECT id, coalesce(reason, 'accepted') || coalesce(', ' || registration, '') \
                 FROM launch WHERE id >= ?1 AND id < ?1 || char(1114111) ORDER BY id DESC LIMIT ?2"
            }
        }
    }
}

impl Store {
    /// Opens a database that is set up and up to date, to look something up while somebody types:
    /// it is not brought up to date, nothing can be changed, and another process's work is not
    /// waited for.
    ///
    /// # Errors
    ///
    /// As [`Store::open`]; also when the schema is older than this program.
    pub fn peek(path: &Path) -> Result<Self, Error> {
        check_file(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(Duration::from_millis(100))?;
        connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;")?;
        let found: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
        if found != APPLICATION_ID || schema_version(&connection)? != SCHEMA_VERSION {
            return Err(Error::NotOurs { path: path.to_owned() });
        }
        Ok(Self { connection, is_armed: false, actor: Actor::default(), clock: Clock::System })
    }
}

impl Read<'_> {
    /// Names that start with `start`, each with a description that may be empty; some hundreds at
    /// most.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn names(&self, named: Named, start: &str) -> Result<Vec<(String, String)>, Error> {
        let mut statement = self.connection.prepare(named.question())?;
        Ok(statement
            .query_map(params![start, MOST], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?)
    }

    /// The deployment IDs that start with `start`, each with its name: those of the registration
    /// that one of `words` names, or of all registrations.
    ///
    /// # Errors
    ///
    /// Of the database only.
    pub fn deployment_names(
        &self,
        words: &[String],
        start: &str,
    ) -> Result<Vec<(String, String)>, Error> {
        let mut named = None;
        for word in words {
            named = self.registration(word)?.map(|registration| registration.id).or(named);
        }
        let mut statement = self.connection.prepare(
            "SELECT deployment_id, name FROM deployment WHERE (?3 IS NULL OR registration_id = ?3) \
             AND deployment_id >= ?1 AND deployment_id < ?1 || char(1114111) ORDER BY \
             deployment_id LIMIT ?2",
        )?;
        Ok(statement
            .query_map(params![start, MOST, named], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?)
    }
}

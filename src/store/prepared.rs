//! Changes of thousands of rows, which are prepared on a snapshot while others write. Only what has
//! been prepared is written within the transaction, so that launches wait for a short time.

use super::query::{Queries as _, bind};
use super::search_index::index_changes;
use super::transaction::Transaction;
use super::{Error, Read, Store, Write, audit};

/// How often a change is prepared on a snapshot, if others always change what it depends on.
const ATTEMPTS: u32 = 3;

/// What has been changed so far, by the end of the audit log and by what it defers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Revision {
    newest_entry: i64,
    deferred: (i64, i64),
}

impl Store {
    /// Like [`Store::write`], but `prepare` runs on a snapshot, before others have to wait; it runs
    /// again if anything that is audited was changed meanwhile, and finally within the transaction.
    /// `ignored` are kinds of audit entries that make no difference to what was prepared: a noun,
    /// or a noun and an action, such as `account created`. Without a list, what was prepared depends
    /// on more than what is audited, so it is prepared again within the transaction.
    ///
    /// # Errors
    ///
    /// What `prepare` or `change` returns, or the database's error.
    pub fn write_prepared<P, T, E: From<Error>>(
        &mut self,
        prepare: impl Fn(Read<'_>) -> Result<P, E>,
        ignored: impl Fn(&P) -> Option<&'static [&'static str]>,
        change: impl FnOnce(&Write<'_>, P) -> Result<T, E>,
    ) -> Result<T, E> {
        self.install_triggers()?;
        for _ in 0..ATTEMPTS {
            let read = self.read();
            let (revision, prepared) =
                read.in_snapshot(|| Ok::<_, E>((read.revision()?, prepare(read)?)))?;
            let Some(ignored) = ignored(&prepared) else { break };
            let transaction = self.begin()?;
            let read = Read::of(&transaction);
            if read.is_unchanged_since(revision, ignored)? {
                return self.complete(transaction, |write| change(write, prepared));
            }
        }
        self.write(|write| {
            let prepared = prepare(**write)?;
            change(write, prepared)
        })
    }

    /// Makes the change, writes its audit log entries, and commits.
    pub(super) fn complete<T, E: From<Error>>(
        &self,
        transaction: Transaction<'_>,
        change: impl FnOnce(&Write<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let value = change(&Write { read: Read::of(&transaction) })?;
        if audit::seal(&transaction, &self.actor, self.clock)? {
            index_changes(&transaction)?;
        }
        transaction.commit()?;
        Ok(value)
    }
}

impl Read<'_> {
    fn revision(self) -> Result<Revision, Error> {
        self.connection.one(
            "SELECT (SELECT coalesce(max(id), 0) FROM audit) AS newest_entry,
                 count(*) AS number, coalesce(sum(at), 0) AS times FROM audit_deferred",
            bind! {},
            |row| {
                Ok(Revision {
                    newest_entry: row.get("newest_entry")?,
                    deferred: (row.get("number")?, row.get("times")?),
                })
            },
        )
    }

    /// Whether all changes since are of ignored kinds. Deferred changes are of accounts' profiles.
    fn is_unchanged_since(self, revision: Revision, ignored: &[&str]) -> Result<bool, Error> {
        let is_ignored = |kind: &str| ignored.contains(&kind);
        let ignores_profiles = is_ignored("account") || is_ignored("account changed");
        if !ignores_profiles && self.revision()?.deferred != revision.deferred {
            return Ok(false);
        }
        let mut is_unchanged = true;
        self.connection.each(
            "SELECT noun, action FROM audit WHERE id > :newest_entry",
            bind! { newest_entry: revision.newest_entry },
            |row| {
                let (noun, action): (String, String) = (row.get("noun")?, row.get("action")?);
                let kind = format!("{noun} {action}");
                is_unchanged &= is_ignored(&noun) || is_ignored(&kind);
                Ok(())
            },
        )?;
        Ok(is_unchanged)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::domain::{Account, Clock, Name, Profile, Random, Slug, Username};
    use crate::store::both_engines::{TestDatabase, each_database};

    fn register(store: &mut Store, slug: &str) {
        let (slug, name) = (Slug::new(slug).unwrap(), Name::new(slug).unwrap());
        store.write(|write| write.insert_registration(&slug, &name, Clock::System.now())).unwrap();
    }

    fn add_account(store: &mut Store, username: &str) {
        let account = Account::by_admin(
            Username::new(username).unwrap(),
            Random::System.uuid(),
            Profile::default(),
            Clock::System.now(),
        );
        store.write(|write| write.insert_account(&account)).unwrap();
    }

    /// Adds a registration, while `others` writes during each preparation on a snapshot; how often
    /// it was prepared, and what it saw last.
    fn prepared(
        database: &TestDatabase,
        ignored: Option<&'static [&'static str]>,
        others: impl Fn(&mut Store, u32),
    ) -> (u32, usize) {
        let (mut store, times) = (database.open(), Cell::new(0));
        let on_snapshot = if ignored.is_some() { ATTEMPTS } else { 1 };
        let prepare = |read: Read<'_>| {
            times.set(times.get() + 1);
            let seen = read.registration_slugs()?.len();
            if times.get() <= on_snapshot {
                // If this connection kept others from writing, this would fail.
                others(&mut database.open(), times.get());
            }
            assert_eq!(read.registration_slugs()?.len(), seen, "it reads one state");
            Ok::<_, Error>(seen)
        };
        let seen = store
            .write_prepared(
                prepare,
                |_| ignored,
                |write, seen| {
                    let (slug, name) = (Slug::new("own").unwrap(), Name::new("own").unwrap());
                    write.insert_registration(&slug, &name, Clock::System.now())?;
                    Ok(seen)
                },
            )
            .unwrap();
        assert!(store.read().audit_proof(None).unwrap().problem.is_none());
        (times.get(), seen)
    }

    #[test]
    fn changes_are_prepared_again_if_others_change_what_they_depend_on() {
        type Others = fn(&mut Store, u32);
        let cases: [(&str, Others, (u32, usize)); 4] = [
            ("nothing", |_, _| {}, (1, 0)),
            ("unrelated", |store, time| add_account(store, &format!("user-{time}")), (1, 0)),
            (
                "once",
                |store, time| {
                    if time == 1 {
                        register(store, "other")
                    }
                },
                (2, 1),
            ),
            (
                "always, so it is finally prepared while others wait",
                |store, time| register(store, &format!("other-{time}")),
                (ATTEMPTS + 1, ATTEMPTS as usize),
            ),
        ];
        for (name, others, expected) in cases {
            let ignored: &[&str] = &["account created"];
            each_database(|database| {
                assert_eq!(prepared(database, Some(ignored), others), expected, "{name}");
            });
        }
    }

    #[test]
    fn what_depends_on_more_than_the_audit_log_is_prepared_in_the_transaction() {
        each_database(|database| {
            assert_eq!(prepared(database, None, |store, _| register(store, "other")), (2, 1));
        });
    }
}

//! Tests that run on both engines; and their schemas have the same tables, columns and indexes.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

use super::engine::postgres::testing::TestSchema;
use super::query::{Queries as _, Row, bind};
use super::{
    AuditFilter, Count, Error, Member, Pool, Read, ServerAddress, Store, TallyFilter, TallyOwner,
    Write,
};
use crate::domain::{
    Account, Actor, Clock, Counted, Enrolment, EnrolmentSource, Name, Profile, Random, Resource,
    Slug, Tally, Username, folded,
};

/// A database for a test, which any number of stores can open, each like a process of its own.
#[derive(Clone)]
pub(super) enum TestDatabase {
    File(PathBuf),
    Server(ServerAddress),
}

impl TestDatabase {
    pub(super) fn open(&self) -> Store {
        match self {
            Self::File(path) => Store::open(path).unwrap(),
            Self::Server(address) => Store::open(address.clone()).unwrap(),
        }
    }

    /// A server's connections, to be opened outside of its runtime.
    pub(super) fn pool(&self) -> Pool {
        Pool::of(self.open().acting_as(Actor::server(None))).unwrap()
    }

    pub(super) fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }
}

/// Runs a test with a new database of each engine: of PostgreSQL if there is a server for tests.
pub(super) fn each_database(test: impl Fn(&TestDatabase)) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ltictl.db");
    drop(Store::create(&path).unwrap());
    test(&TestDatabase::File(path));
    match TestSchema::create() {
        Some(schema) => {
            drop(create(&schema));
            test(&TestDatabase::Server(schema.address.clone()));
        }
        None => println!("not run on PostgreSQL: LTICTL_TEST_POSTGRES is not set"),
    }
}

/// Runs a test with a new store of each engine.
pub(super) fn each_engine(test: impl Fn(Store)) {
    each_database(|database| test(database.open()));
}

/// Runs an asynchronous test with a new database of each engine, and a server's connections to it.
pub(super) fn each_pool<F: Future<Output = ()>>(test: impl Fn(TestDatabase, Pool) -> F) {
    each_pool_as(|store| store.acting_as(Actor::server(None)), test);
}

/// The same with another actor or clock.
pub(super) fn each_pool_as<F: Future<Output = ()>>(
    prepared: impl Fn(Store) -> Store,
    test: impl Fn(TestDatabase, Pool) -> F,
) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    each_database(|database| {
        let pool = Pool::of(prepared(database.open())).unwrap();
        runtime.block_on(test(database.clone(), pool));
    });
}

/// Creates the database in a schema of a server.
pub(super) fn create(schema: &TestSchema) -> Store {
    Store::create(schema.address.clone()).unwrap()
}

/// What only one of them has, and why.
const ONLY_ONE: [(&str, &str); 5] = [
    ("schema_version", "SQLite has it in the header of the file"),
    ("search_index", "a table of FTS5 in SQLite, and one with a column of words in PostgreSQL"),
    ("search_term", "SQLite looks up the words of a beginning one by one"),
    ("search_pending", "SQLite's triggers add words to the index themselves"),
    ("sqlite_", "SQLite's own"),
];

/// Names, and how they are described.
type Described = BTreeMap<String, String>;

fn described(store: &Store, sql: &str) -> Described {
    let rows = store.connection.all(sql, bind! {}, |row| {
        Ok((row.get::<String>("name")?, row.get::<String>("description")?))
    });
    let is_shared = |name: &str| !ONLY_ONE.iter().any(|(only, _)| name.starts_with(only));
    rows.unwrap().into_iter().filter(|(name, _)| is_shared(name)).collect()
}

fn columns_of_sqlite(store: &Store) -> Described {
    described(
        store,
        "SELECT tables.name || '.' || part.name AS name,
             CASE part.type WHEN 'INTEGER' THEN 'bigint' WHEN 'TEXT' THEN 'text'
                 WHEN 'REAL' THEN 'double precision' ELSE 'bytea' END
                 || CASE WHEN part.\"notnull\" OR part.pk THEN ' not null' ELSE '' END AS description
         FROM pragma_table_list AS tables JOIN pragma_table_xinfo(tables.name) AS part
         WHERE tables.schema = 'main' AND tables.type IN ('table', 'virtual')",
    )
}

fn columns_of_postgres(store: &Store) -> Described {
    described(
        store,
        "SELECT table_name || '.' || column_name AS name,
             CASE data_type WHEN 'boolean' THEN 'bigint' ELSE data_type END
                 || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END AS description
         FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name IN (
             SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE')",
    )
}

#[test]
fn both_have_the_same_columns_and_indexes() {
    let Some(schema) = TestSchema::create() else { return };
    let directory = tempfile::tempdir().unwrap();
    let sqlite = Store::create(directory.path().join("ltictl.db")).unwrap();
    let postgres = create(&schema);
    let (one, other) = (columns_of_sqlite(&sqlite), columns_of_postgres(&postgres));
    assert!(one.len() > 200, "only {} columns were found", one.len());
    assert_eq!(differences(&one, &other), [""; 0], "columns");
    let (one, other) = (
        described(
            &sqlite,
            "SELECT name, CASE WHEN sql LIKE 'CREATE UNIQUE%' THEN 'unique' ELSE '' END AS description
             FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL",
        ),
        described(
            &postgres,
            "SELECT indexname AS name,
                 CASE WHEN indexdef LIKE 'CREATE UNIQUE%' THEN 'unique' ELSE '' END AS description
             FROM pg_indexes WHERE schemaname = current_schema()
                 -- Those of constraints have no names in SQLite.
                 AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname
                     AND connamespace = CAST(current_schema() AS REGNAMESPACE))",
        ),
    );
    assert!(one.len() > 30, "only {} indexes were found", one.len());
    assert_eq!(differences(&one, &other), [""; 0], "indexes");
}

fn differences(sqlite: &Described, postgres: &Described) -> Vec<String> {
    let names = sqlite.keys().chain(postgres.keys().filter(|name| !sqlite.contains_key(*name)));
    names
        .filter(|name| sqlite.get(*name) != postgres.get(*name))
        .map(|name| format!("{name}: {:?}, {:?}", sqlite.get(name), postgres.get(name)))
        .collect()
}

#[test]
fn members_of_objects_are_read_although_others_have_a_character_that_a_server_cannot_store() {
    each_engine(|store| {
        for (document, expected) in [
            (r#"{"a":"x\u0000","b":"y"}"#, "y"),
            (r#"{"a":"\\\u0000\u0000x","b":"\\u0000"}"#, r"\u0000"),
        ] {
            let sql = "SELECT CAST(:document AS TEXT) ->> '$.b' AS member";
            let read = |row: &Row<'_>| row.get::<String>("member");
            let member = store.connection.one(sql, &[(":document", document.into())], read);
            assert_eq!(member.unwrap(), expected, "{document}");
        }
    });
}

#[test]
fn people_are_listed_by_name_in_parts() {
    each_engine(|mut store| {
        let add = |write: &Write<'_>| {
            let (slug, name) = (Slug::new("quiz").unwrap(), Name::new("Quiz").unwrap());
            let now = Clock::System.now();
            let quiz = Resource::new(slug, Random::System.uuid(), name, now);
            write.insert_resource(&quiz)?;
            let resource_id = write.resource(&quiz.slug)?.unwrap().id;
            (0..1_100).try_for_each(|number| add_account(write, number))?;
            let accounts =
                write.connection.all("SELECT id FROM account", &[], |row| row.get("id"))?;
            for account_id in accounts {
                write.insert_enrolment(&enrolment(account_id, resource_id))?;
            }
            let change = "UPDATE account
                 SET name = CASE id % 3 WHEN 0 THEN 'É' WHEN 1 THEN 'e' ELSE 'F' END
                 WHERE id > 1050";
            write.connection.execute_batch(change)?;
            Ok::<_, Error>(resource_id)
        };
        let resource_id = store.write(add).unwrap();
        let members = store.read().members(resource_id).unwrap();
        let key = |member: &Member| {
            let account = &member.account;
            (folded(&account.display_name()), account.username.to_string())
        };
        let keys: Vec<_> = members.iter().map(key).collect();
        assert_eq!(keys.len(), 1_100);
        assert!(keys.is_sorted(), "{keys:?}");
        assert!(keys[32].0 == "e" && keys[35].0 == "f", "capitals and accents make no difference");
        let mut some = Vec::new();
        let take = |member| {
            some.push(member);
            let is_enough = some.len() == 600;
            Ok::<_, Error>(if is_enough {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        };
        store.read().each_member(resource_id, take).unwrap();
        assert_eq!(some, members[..600]);
    });
}

fn enrolment(account_id: i64, resource_id: i64) -> Enrolment {
    Enrolment {
        account_id,
        resource_id,
        role: "student".into(),
        teaches: false,
        source: EnrolmentSource::Admin,
        created_at: Clock::System.now(),
        ends_at: None,
        last_access_at: None,
    }
}

#[test]
fn a_pool_reads_writes_and_counts() {
    each_pool(|_, pool| async move {
        let add = |number: u32| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.write(move |write| add_account(write, number)).await })
        };
        let added: Vec<_> = (0..20).map(add).collect();
        for one in added {
            one.await.unwrap().unwrap();
        }
        let failed = pool.write(|write| {
            add_account(write, 20)?;
            Err::<(), Error>(Error::Closed)
        });
        assert!(failed.await.is_err());
        let count = Count { name: "members".into(), more: Vec::new() };
        let counted = pool.write_counted(count, |write| {
            (30..40).try_for_each(|number| add_account(write, number))
        });
        counted.await.unwrap();
        pool.prove_writable().await.unwrap();
        let number = |read: Read<'_>| read.account_count();
        assert_eq!(pool.look_up(number).unwrap(), 30);
        let (entries, proof) = pool
            .read(|read| {
                let filter = AuditFilter { limit: 1, ..AuditFilter::default() };
                Ok::<_, Error>((read.audit_entries(&filter)?, read.audit_proof(None)?))
            })
            .await
            .unwrap();
        assert_eq!(entries[0].after.as_deref(), Some(r#"{"accounts_created":10}"#));
        assert_eq!((proof.problem, proof.entries, proof.append_only), (None, 21, true));
    });
}

#[test]
fn counts_are_added_up_for_one_registration_for_none_and_for_all() {
    each_engine(|mut store| {
        let school = Slug::new("school").unwrap();
        let now = Clock::System.now();
        for (registration, count) in [(Some(school.clone()), 2), (None, 3)] {
            let tally = Tally {
                hour: Tally::hour_of(now),
                registration,
                what: Counted::LoginStarted,
                detail: "firefox".to_owned(),
                count,
                last_at: now,
            };
            store.write(|write| write.add_to_tally(&tally)).unwrap();
        }
        for (owner, expected) in [
            (TallyOwner::Registration(&school), 2),
            (TallyOwner::NoRegistration, 3),
            (TallyOwner::Any, 5),
        ] {
            let filter = TallyFilter { what: Counted::LoginStarted, owner, since: now };
            let found = store.read().tallies_by_detail(&filter).unwrap();
            assert_eq!(found.iter().map(|tally| tally.count).sum::<u64>(), expected, "{owner:?}");
        }
    });
}

pub(super) fn add_account(write: &Write<'_>, number: u32) -> Result<(), Error> {
    let account = Account::by_admin(
        Username::new(&format!("user-{number}")).unwrap(),
        Random::System.uuid(),
        Profile::default(),
        Clock::System.now(),
    );
    write.insert_account(&account).map(drop)
}

//! The store as a whole: files, schema, transactions.

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite_migration::Migrations;

use super::both_engines::{TestDatabase, each_database, each_engine, each_pool};
use super::column::{from_milliseconds, to_milliseconds};
use super::engine::sqlite::APPLICATION_ID;
use super::engine::sqlite::functions::add_for_migrations;
use super::engine::sqlite::schema::MIGRATIONS;
use super::query::Queries as _;
use super::record::Record as _;
use super::*;
use crate::domain::{
    DeploymentId, Grade, KeyPurpose, Launch, LaunchDetails, LaunchId, LogLevel, LogShare, LogoUrl,
    Name, Outcome, PublicUrl, Purpose, Random, Session, SessionHandle, SessionLifetime, Settings,
    Slug,
};
use crate::lti::roles::Role;

fn now() -> Timestamp {
    "2026-11-23T17:00:00Z".parse().unwrap()
}

fn fresh() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data").join("ltictl.db");
    (directory, path)
}

/// Runs what waits for a server, outside of the runtime that calls this.
fn outside<T>(run: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(run)
}

/// Another process's write, which keeps everyone else from writing until it ends.
struct WriteElsewhere(Store);

impl WriteElsewhere {
    fn begin(database: &TestDatabase) -> Self {
        outside(|| {
            let store = database.open();
            store.connection.begin_immediate().unwrap();
            Self(store)
        })
    }

    fn end(self) {
        outside(|| self.0.connection.roll_back().unwrap());
    }
}

fn draft(write: &Write<'_>, slug: &str) -> Result<(), Error> {
    write.insert_registration(&Slug::new(slug).unwrap(), &Name::new(slug).unwrap(), now())
}

#[test]
fn only_create_creates() {
    let (_directory, path) = fresh();
    assert!(matches!(Store::open(&path), Err(Error::Missing { .. })));
    Store::create(&path).unwrap();
    assert!(matches!(Store::open(&path).unwrap().read().settings(), Err(Error::NotInitialised)));
}

#[cfg(unix)]
#[test]
fn file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let (_directory, path) = fresh();
    let mut store = Store::create(&path).unwrap();
    store.write(|write| draft(write, "a")).unwrap();
    for file in ["ltictl.db", "ltictl.db-wal"] {
        let mode = std::fs::metadata(path.with_file_name(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let wal = path.with_file_name("ltictl.db-wal");
    std::fs::set_permissions(&wal, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(Store::open(&path), Err(Error::ReadableByOthers { path, .. }) if path == wal));
    std::fs::set_permissions(&wal, std::fs::Permissions::from_mode(0o600)).unwrap();
    for mode in [0o640, 0o604, 0o660] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        assert!(
            matches!(Store::open(&path), Err(Error::ReadableByOthers { mode: found, .. }) if found == mode)
        );
    }
}

#[test]
fn newer_schema_and_foreign_file_are_refused() {
    let (_directory, path) = fresh();
    let store = Store::create(&path).unwrap();
    store.connection.raw().pragma_update(None, "user_version", 9999).unwrap();
    assert!(matches!(Store::open(&path), Err(Error::Newer { found: 9999, .. })));

    let (_directory, path) = fresh();
    drop(Store::create(&path).unwrap());
    let other = Connection::open(&path).unwrap();
    other.pragma_update(None, "application_id", 42).unwrap();
    assert!(matches!(Store::open(&path), Err(Error::NotOurs { .. })));

    std::fs::write(&path, "not a database, but long enough to be looked at as if it were one")
        .unwrap();
    assert!(matches!(Store::open(&path), Err(Error::NotOurs { .. })));
}

#[test]
fn migration_indexes_existing_issuers() {
    let (_directory, path) = fresh();
    drop(Store::create(&path).unwrap());
    std::fs::remove_file(&path).unwrap();
    let mut connection = Connection::open(&path).unwrap();
    Migrations::from_slice(&MIGRATIONS[..10]).to_latest(&mut connection).unwrap();
    connection.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    connection
        .execute_batch(
            "INSERT INTO registration (slug, name, issuer, client_id, keyset_url, access_token_url, authentication_request_url, created_at, updated_at)
             VALUES ('a', 'A', 'https://lms.example', 'c', 'https://k', 'https://t', 'https://a', 0, 0), ('b', 'B', NULL, NULL, NULL, NULL, NULL, 0, 0)",
        )
        .unwrap();
    drop(connection);
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(
        Store::open(&path).unwrap().read().neighbouring_issuers("http://LMS.example/").unwrap(),
        ["https://lms.example"]
    );
}

#[test]
fn migration_counts_accounts_for_the_tenant_that_created_them() {
    let (_directory, path) = fresh();
    drop(Store::create(&path).unwrap());
    std::fs::remove_file(&path).unwrap();
    let mut connection = Connection::open(&path).unwrap();
    add_for_migrations(&connection).unwrap();
    Migrations::from_slice(&MIGRATIONS[..15]).to_latest(&mut connection).unwrap();
    connection.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    let registration = "INSERT INTO registration (id, slug, name, issuer, client_id, keyset_url, \
        access_token_url, authentication_request_url, created_at, updated_at)";
    connection
        .execute_batch(&format!(
            "{registration} VALUES (1, 'a', 'A', 'https://cloud.example', 'first', 'https://k', 'https://t', 'https://a', 0, 0),
                (2, 'b', 'B', 'https://cloud.example', 'second', 'https://k', 'https://t', 'https://a', 0, 0),
                (3, 'c', 'C', 'https://lms.example', 'c', 'https://k', 'https://t', 'https://a', 0, 0);"
        ))
        .unwrap();
    let links = [
        ("cloud", "first"),
        ("cloud", "second"),
        ("cloud", "6:second:1"),
        ("cloud", "5:first:7"),
        ("cloud", "second"),
        ("cloud", "former"),
        ("lms", ""),
    ];
    for (id, (issuer, tenant)) in (1_i64..).zip(links) {
        connection
            .execute_batch(&format!(
                "INSERT INTO account (id, uuid, username, origin, created_at, updated_at) VALUES ({id}, '{id}', 'u{id}', 'launch', 0, 0);
                 INSERT INTO account_link (account_id, issuer, tenant, sub, made_account, created_at) VALUES ({id}, 'https://{issuer}.example', '{tenant}', '{id}', 1, 0);"
            ))
            .unwrap();
    }
    drop(connection);
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let store = Store::open(&path).unwrap();
    assert_eq!(
        [1, 2, 3].map(|id| store.read().registration_total(id).unwrap().accounts),
        [2, 3, 1]
    );
}

#[test]
fn migration_removes_names_that_only_repeat_the_deployment_id() {
    let (_directory, path) = fresh();
    drop(Store::create(&path).unwrap());
    std::fs::remove_file(&path).unwrap();
    let mut connection = Connection::open(&path).unwrap();
    Migrations::from_slice(&MIGRATIONS[..10]).to_latest(&mut connection).unwrap();
    connection.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    connection
        .execute_batch(
            "INSERT INTO registration (id, slug, name, created_at, updated_at) VALUES (1, 'a', 'A', 0, 0);
             INSERT INTO deployment (registration_id, deployment_id, name, created_at) VALUES (1, '1:x', '1:x', 0), (1, '2', 'Arts', 0);",
        )
        .unwrap();
    drop(connection);
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut store = Store::open(&path).unwrap();
    let names = |store: &Store| -> Vec<Option<String>> {
        let deployments = store.read().deployments(1).unwrap();
        deployments.into_iter().map(|one| one.name.map(|name| name.to_string())).collect()
    };
    assert_eq!(names(&store), [None, Some("Arts".to_owned())]);
    let (id, name) = (DeploymentId::new("1:x").unwrap(), Name::new("Law").unwrap());
    let at = Timestamp::UNIX_EPOCH;
    store.write(|write| write.rename_deployment(1, &id, Some(&name), at)).unwrap();
    assert_eq!(names(&store), [Some("Law".to_owned()), Some("Arts".to_owned())]);
}

#[test]
fn migration_stores_origins_and_confirmed_audiences() {
    let (_directory, path) = fresh();
    drop(Store::create(&path).unwrap());
    std::fs::remove_file(&path).unwrap();
    let mut connection = Connection::open(&path).unwrap();
    Migrations::from_slice(&MIGRATIONS[..14]).to_latest(&mut connection).unwrap();
    connection.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    connection
        .execute_batch(
            "INSERT INTO registration (id, slug, name, issuer, client_id, keyset_url, access_token_url, authentication_request_url, token_audience, created_at, updated_at)
             VALUES (1, 'a', 'A', 'https://LMS-a.example', 'c', 'https://lms-a.example:443/k', 'https://t.example/t', 'https://a', 'https://typed.example', 0, 0),
                    (2, 'b', 'B', 'https://lms-b.example', 'c', 'https://lms-b.example/k', 'https://lms-b.example/t', 'https://a', 'https://chosen.example', 0, 0);
             INSERT INTO registration_invitation (registration_id, auto_confirm, created_at, expires_at, used_at, used_by)
             VALUES (1, 0, 0, 9, NULL, NULL), (2, 0, 0, 9, 5, 'https://lms-b.example');
             INSERT INTO deployment (id, registration_id, deployment_id, name, created_at) VALUES (1, 1, '1', 'A', 0), (2, 2, '1', 'B', 0);
             INSERT INTO resource (id, slug, uuid, name, kind, target_kind, grade_sync, member_sync, student_provisioning, teacher_provisioning, created_at, updated_at)
             VALUES (1, 'quiz', '393cf3fc-5b7c-4b60-b528-80e38f6159d3', 'Quiz', 'activity', 'page', 'on', 'off', 'auto', 'prompt', 0, 0);
             INSERT INTO resource_link (deployment_id, resource_link_id, resource_id, lineitem_url, memberships_url)
             VALUES (1, '21', 1, 'https://grades.example./21?x=1', 'https://grades.example/members'), (2, '21', 1, 'https://grades.example/21', 'no URL');",
        )
        .unwrap();
    drop(connection);
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let store = Store::open(&path).unwrap();
    let confirmed = |slug| {
        let registration = store.read().registration(&Slug::known(slug)).unwrap();
        registration.unwrap().policy.audience_confirmed
    };
    assert_eq!(
        (confirmed("a"), confirmed("b")),
        (true, false),
        "what came with a dynamic registration was not typed"
    );
    let own = |id: i64, origin: &str| store.read().own_origin(id, origin).unwrap();
    for origin in ["https://lms-a.example", "https://t.example"] {
        assert_eq!(own(1, origin), OwnOrigin { is_declared: true, signed: None }, "{origin}");
    }
    let (first, second) = (own(1, "https://grades.example"), own(2, "https://grades.example"));
    assert!(
        first.signed.unwrap() < second.signed.unwrap() && !first.is_declared,
        "{first:?} {second:?}"
    );
    let foreign = |id: i64, signed: i64| {
        let registration = store.read().registration_by_id(id).unwrap().unwrap();
        store
            .read()
            .foreign_origin(
                id,
                registration.platform.as_ref().unwrap(),
                false,
                "https://grades.example",
                signed,
            )
            .unwrap()
    };
    assert_eq!(foreign(1, first.signed.unwrap()), None);
    assert_eq!(
        foreign(2, second.signed.unwrap()),
        Some(ForeignOrigin { registration: slug("a"), kind: "service".to_owned() })
    );
}

#[test]
fn connections_are_durable_and_strict() {
    let (_directory, path) = fresh();
    let store = Store::create(&path).unwrap();
    let pragma = |name: &str| {
        store
            .connection
            .raw()
            .query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, rusqlite::types::Value>(0))
            .unwrap()
    };
    assert_eq!(pragma("journal_mode"), "wal".to_owned().into());
    assert_eq!(pragma("synchronous"), 2.into());
    assert_eq!(pragma("foreign_keys"), 1.into());
    assert_eq!(pragma("busy_timeout"), i64::try_from(BUSY_TIMEOUT.as_millis()).unwrap().into());
    let loose: i64 = store
        .connection
        .raw()
        .query_row(
            "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND NOT strict \
            AND type = 'table' AND name NOT LIKE 'sqlite_%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(loose, 0, "every table is STRICT");
}

#[test]
fn failed_change_is_rolled_back() {
    each_engine(|mut store| {
        let failed: Result<(), Error> = store.write(|write| {
            draft(write, "a")?;
            Err(Error::NotInitialised)
        });
        assert!(failed.is_err());
        assert!(store.read().registrations().unwrap().is_empty());
    });
}

#[test]
fn settings_are_read_as_written() {
    each_engine(|mut store| {
        let settings = Settings {
            url: PublicUrl::new("https://tool.example.edu/", false).unwrap(),
            name: Name::new("Example Tool").unwrap(),
            logo: Some(LogoUrl::new("https://tool.example.edu/logo.png").unwrap()),
            session_lifetime: SessionLifetime::from_seconds(3600).unwrap(),
            sync_interval: "15m".parse().unwrap(),
            app_key: crate::domain::AppKeyRule::Required,
            launch_retention: "30d".parse().unwrap(),
            key_rotation: "90d".parse().unwrap(),
            waiting_launch_limit: "50".parse().unwrap(),
            account_limit: "7000".parse().unwrap(),
            time_zone: Some("Europe/Lisbon".parse().unwrap()),
            log_level: LogLevel::Debug,
        };
        store.write(|write| write.save_settings(&settings)).unwrap();
        assert_eq!(store.read().settings().unwrap(), settings);
        let without = Settings { logo: None, ..settings };
        store.write(|write| write.save_settings(&without)).unwrap();
        assert_eq!(store.read().settings().unwrap(), without);
    });
}

#[test]
fn failed_change_does_not_affect_others_in_its_batch() {
    each_pool(|_, pool| async move {
        let tasks: Vec<_> = (0..100)
            .map(|number| {
                let pool = pool.clone();
                tokio::spawn(async move {
                    pool.write(move |write| {
                        draft(write, &format!("r{number}"))?;
                        if number % 3 == 0 { Err(Error::NotInitialised) } else { Ok(()) }
                    })
                    .await
                })
            })
            .collect();
        for (number, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.unwrap().is_ok(), number % 3 != 0);
        }
        assert_eq!(pool.look_up(|read| read.registration_slugs()).unwrap().len(), 66);
    });
}

#[test]
fn nonce_is_spent_once() {
    each_pool(|database, pool| async move {
        let spend = || pool.write(|write| write.spend_nonce("n", now()));
        assert!(spend().await.unwrap());
        assert!(!spend().await.unwrap());
        drop(pool);
        outside(|| {
            let mut store = database.open();
            assert!(
                !store.write(|write| write.spend_nonce("n", now())).unwrap(),
                "a restart forgets nothing"
            );
            assert_eq!(
                store
                    .write(|write| write
                        .delete_expired(now() + jiff::SignedDuration::from_secs(1), Duration::MAX))
                    .unwrap(),
                1
            );
        });
    });
}

#[test]
fn commits_of_other_connections_are_visible() {
    each_database(|database| {
        let (mut store, pool) = (database.open(), database.pool());
        assert!(
            pool.look_up(|read| read.registration(&Slug::new("a").unwrap())).unwrap().is_none()
        );
        store.write(|write| draft(write, "a")).unwrap();
        assert!(
            pool.look_up(|read| read.registration(&Slug::new("a").unwrap())).unwrap().is_some()
        );
    });
}

/// Registrations and roles whose refused launches have their own share of the log.
const GROUPS: [(Option<&str>, Option<&str>); 4] = [
    (None, None),
    (Some("moodle"), None),
    (Some("moodle"), Some("learner")),
    (Some("canvas"), None),
];

fn at(second: i64) -> Timestamp {
    now() + jiff::SignedDuration::from_secs(second)
}

fn slug(text: &str) -> Slug {
    Slug::new(text).unwrap()
}

/// A launch whose ID is of this second, with this outcome.
fn launch_in(
    (registration, role): (Option<&str>, Option<&str>),
    second: i64,
    outcome: Outcome,
    random: &Random,
) -> Launch {
    Launch {
        registration: registration.map(slug),
        role: role.map(str::to_owned),
        ..Launch::new(LaunchId::fresh(at(second), random), now(), outcome)
    }
}

fn malformed() -> Outcome {
    Outcome::Refused {
        reason: "token_malformed".into(),
        cause: "".into(),
        actor: "".into(),
        fix: "".into(),
    }
}

/// Stores five refused launches of each group, and five accepted ones.
fn insert_launches(store: &mut Store, random: &Random) {
    let accepted = (Some("moodle"), Some("learner"));
    store
        .write(|write| {
            for second in 0..5 {
                write.insert_launch(&launch_in(accepted, second, Outcome::Accepted, random))?;
                for group in GROUPS {
                    write.insert_launch(&launch_in(group, second, malformed(), random))?;
                }
            }
            Ok::<_, Error>(())
        })
        .unwrap();
}

#[test]
fn refused_launches_are_bounded() {
    each_engine(|mut store| {
        let random = Random::seeded(1);
        insert_launches(&mut store, &random);
        let one = store_bytes(&store, None, LogShare::Unsigned) / 5;
        assert!(one > 300, "{one}");
        for (registration, role) in GROUPS {
            let share = if role.is_some() { LogShare::Signed } else { LogShare::Unsigned };
            // There is room for two: the oldest ones are deleted together, and the new one stays.
            let newest = launch_in((registration, role), 9, malformed(), &random);
            let limit = 2 * store_bytes(&store, registration, share) / 5;
            store.write(|write| write.insert_launch_within(&newest, limit)).unwrap();
            let left = store
                .read()
                .launches(&LaunchFilter { limit: 100, ..LaunchFilter::default() })
                .unwrap();
            let kept: Vec<_> = left
                .iter()
                .filter(|launch| {
                    launch.outcome != Outcome::Accepted
                        && launch.registration.as_ref().map(Slug::as_str) == registration
                        && launch.role.as_deref() == role
                })
                .map(|launch| &launch.id)
                .collect();
            assert!(kept.len() <= 2, "{registration:?} {role:?}: {kept:?}");
            assert_eq!(
                left.iter().filter(|launch| launch.outcome == Outcome::Accepted).count(),
                5,
                "accepted launches stay"
            );
        }
    });
}

/// The steps of SQLite's plan for a query.
fn plan(store: &Store, query: &str) -> Vec<String> {
    let mut statement =
        store.connection.raw().prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
    rusqlite::fallible_iterator::FallibleIterator::collect(
        statement.raw_query().map(|row| row.get(3)),
    )
    .unwrap()
}

#[test]
fn oldest_launches_are_found_with_an_index() {
    let (_directory, path) = fresh();
    let store = Store::create(&path).unwrap();
    for which in [
        "INDEXED BY refused_launch WHERE registration IS ?1 AND (role IS NULL) = ?3 AND reason IS \
         NOT NULL ORDER BY id LIMIT ?2",
        "INDEXED BY launch_by_registration WHERE registration IS ?1 ORDER BY id LIMIT ?2",
    ] {
        let plan = plan(&store, &format!("SELECT id FROM launch {which}"));
        assert!(
            plan.len() == 1 && plan[0].contains("SEARCH"),
            "nothing is looked at but what is deleted: {plan:?}"
        );
    }
}

/// A store in which a hostile registration has used all its room for sessions and launches, and
/// more.
struct Flooded {
    store: Store,
    /// The hostile registration's oldest session.
    oldest: SessionHandle,
    /// A session of another registration that is as old.
    other: SessionHandle,
    /// The hostile registration's newest session.
    newest: SessionHandle,
}

impl Flooded {
    fn of(mut store: Store) -> Self {
        let random = Random::seeded(1);
        let session = |registration_id, second| session(registration_id, second, &random);
        let launch = |slug: &str, second: i64| Launch {
            registration: Some(Slug::new(slug).unwrap()),
            ..Launch::new(LaunchId::fresh(at(second), &random), at(second), Outcome::Accepted)
        };
        let [oldest, other, newest] = store
            .write(|write| {
                draft(write, "hostile")?;
                draft(write, "school")?;
                let hostile = write.registration(&Slug::new("hostile").unwrap())?.unwrap().id;
                let school = write.registration(&Slug::new("school").unwrap())?.unwrap().id;
                let sessions = [session(hostile, 0), session(school, 0), session(hostile, 100)];
                let [first, other, newest] = &sessions;
                write.insert_session(other, RegistrationTotal::default())?;
                write.insert_session(first, RegistrationTotal::default())?;
                write.insert_launch(&launch("school", 0))?;
                for second in 1..100 {
                    write
                        .insert_session(&session(hostile, second), RegistrationTotal::default())?;
                    write.insert_launch(&launch("hostile", second))?;
                }
                let total = write.registration_total(hostile)?;
                let bytes = total.session_bytes;
                write.insert_session_within(newest, total, bytes - 1)?;
                assert!(
                    write.registration_total(hostile)?.session_bytes < bytes * 3 / 4,
                    "several end together"
                );
                let bytes = write.launch_log_bytes(Some(&slug("hostile")), LogShare::Accepted)?;
                write.insert_launch_within(&launch("hostile", 100), bytes)?;
                assert!(
                    write.launch_log_bytes(Some(&slug("hostile")), LogShare::Accepted)? < bytes
                );
                Ok::<_, Error>(sessions.map(|session| session.handle))
            })
            .unwrap();
        Self { store, oldest, other, newest }
    }

    fn is_open(&self, handle: SessionHandle) -> bool {
        self.store.read().session(handle, at(200)).unwrap().is_some()
    }

    fn launches(&self, slug: &str) -> Vec<Launch> {
        let filter = LaunchFilter {
            registration: Some(slug.into()),
            limit: 1000,
            ..LaunchFilter::default()
        };
        self.store.read().launches(&filter).unwrap()
    }
}

fn session(registration_id: i64, second: i64, random: &Random) -> Session {
    let launch_id = LaunchId::fresh(at(second), random);
    Session {
        handle: SessionHandle::fresh(&launch_id, random),
        secret_digest: vec![0; 32],
        launch_id,
        registration_id,
        purpose: Purpose::Selection("{}".into()),
        account_id: None,
        details: LaunchDetails::default(),
        created_at: at(second),
        expires_at: at(10_000),
    }
}

#[test]
fn oldest_sessions_and_launches_are_deleted_first() {
    each_engine(|store| {
        let flooded = Flooded::of(store);
        assert_eq!(
            [flooded.oldest, flooded.other, flooded.newest].map(|handle| flooded.is_open(handle)),
            [false, true, true],
            "the oldest of this registration, and of no other"
        );
        let hostile = flooded.launches("hostile");
        assert_eq!(
            (hostile.len(), hostile[0].at, flooded.launches("school").len()),
            (92, at(100), 1)
        );
        assert_eq!(
            store_bytes(&flooded.store, Some("hostile"), LogShare::Accepted),
            flooded
                .store
                .read()
                .launch_log_bytes(Some(&slug("hostile")), LogShare::Accepted)
                .unwrap()
        );
    });
}

#[test]
fn expired_rows_are_deleted_by_index_in_slices() {
    each_engine(|store| {
        let mut flooded = Flooded::of(store);
        let counts = |store: &Store| {
            store
                .read()
                .expiring_rows(at(10_001))
                .unwrap()
                .into_iter()
                .map(|rows| rows.expired)
                .sum()
        };
        let before: u32 = counts(&flooded.store);
        assert!(before > 50, "{before}");
        let mut delete = |second, time| {
            flooded.store.write(|write| write.delete_expired(at(second), time)).unwrap()
        };
        assert_eq!(delete(10_000, Duration::MAX), 0, "what expires now has not expired yet");
        let first = delete(10_001, Duration::ZERO);
        assert!(first > 0 && first < before as usize, "{first} of {before}");
        assert_eq!(delete(10_001, Duration::MAX), before as usize - first);
        assert_eq!(delete(10_001, Duration::MAX), 0);
        assert_eq!(counts(&flooded.store), 0u32);
        if flooded.store.connection.sqlite().is_none() {
            return;
        }
        for table in ["spent_nonce", "session", "pending_launch"] {
            let plan = plan(
                &flooded.store,
                &format!("SELECT 1 FROM {table} WHERE expires_at < 1 ORDER BY expires_at LIMIT 1"),
            );
            let is_by_expiry = |line: &String| {
                line.contains("COVERING INDEX") || line.contains("PRIMARY KEY (expires_at<?)")
            };
            assert!(plan.len() == 1 && plan.iter().all(is_by_expiry), "{plan:?}");
        }
    });
}

/// A person's sessions at a resource, each in a course of its own, with this role.
fn sessions_in_courses(
    store: &mut Store,
    account_id: i64,
    role: &str,
    number: i64,
) -> Vec<Session> {
    let random = Random::seeded(role.len() as u64);
    store
        .write(|write| {
            let mut sessions = Vec::new();
            for second in 0..number {
                let mut session = session(1, second, &random);
                session.account_id = Some(account_id);
                session.details.sub = Some("4".into());
                session.details.role = role.into();
                session.details.context_id = Some(format!("course-{second}"));
                assert!(write.insert_session(&session, RegistrationTotal::default())?);
                sessions.push(session);
            }
            Ok::<_, Error>(sessions)
        })
        .unwrap()
}

#[test]
fn lowering_a_role_costs_the_same_however_many_sessions_a_person_has() {
    each_engine(|mut store| {
        store.write(|write| draft(write, "school")).unwrap();
        let account_id = 1;
        store
            .connection
            .execute_batch(
                "INSERT INTO account (id, uuid, username, origin, created_at, updated_at)
             VALUES (1, '7f1f9be0-9f4e-4f7c-9f0a-3d3e6f0b1a11', 'ada', 'admin', 0, 0)",
            )
            .unwrap();
        let place = CoursePlace {
            registration_id: 1,
            sub: "4",
            deployment_id: "",
            context_id: Some("course-3"),
            resource_link_id: "",
        };
        let steps = |store: &Store| {
            let lower = |read: Read<'_>| {
                Write { read }.lower_role(account_id, place, Role::Learner, &["Learner".into()])
            };
            if store.connection.sqlite().is_none() {
                lower(store.read()).unwrap();
                return 0;
            }
            let (result, steps) = store.counting_steps(lower);
            result.unwrap();
            steps
        };
        sessions_in_courses(&mut store, account_id, "learner", 500);
        let with_few = steps(&store);
        assert!(with_few < 100, "{with_few}");
        let staff = sessions_in_courses(&mut store, account_id, "staff", 500);
        let with_many = steps(&store);
        assert!(
            with_many < 1_500,
            "one of 500 is lowered, and the others are not read: {with_many}"
        );
        let left = |session: &Session| store.read().session(session.handle, at(501)).unwrap();
        assert_eq!(left(&staff[3]), None, "the content selection of this course has ended");
        assert_eq!(left(&staff[4]).as_ref(), Some(&staff[4]));
    });
}

#[test]
fn launches_and_grades_rarely_open_temporary_tables() {
    let (_directory, store) = migrated();
    let cases = [
        // For the first entry of a share of the log.
        (Launch::table().insert(&[]), 1),
        (Session::table().insert(&[("rank", ":rank"), ("place", ":place")]), 0),
        // For the trigger that deletes what has become settled, which rarely runs.
        (Grade::table().upsert(&[], "account_id, resource_id, coalesce(context_id, 0)"), 1),
    ];
    for (sql, expected) in cases {
        let mut statement = store.connection.raw().prepare(&format!("EXPLAIN {sql}")).unwrap();
        let (mut rows, mut opened) = (statement.raw_query(), 0);
        while let Some(row) = rows.next().unwrap() {
            let opcode: String = row.get("opcode").unwrap();
            opened += usize::from(matches!(opcode.as_str(), "OpenEphemeral" | "OpenAutoindex"));
        }
        assert_eq!(opened, expected, "{sql}");
    }
}

#[test]
fn a_handle_that_is_taken_is_not_used_twice() {
    each_engine(|mut store| {
        store.write(|write| draft(write, "school")).unwrap();
        let random = Random::seeded(7);
        let first = session(1, 0, &random);
        let second = Session { launch_id: LaunchId::fresh(at(0), &random), ..first.clone() };
        let inserted = store
            .write(|write| {
                let total = RegistrationTotal::default();
                Ok::<_, Error>([
                    write.insert_session(&first, total)?,
                    write.insert_session(&second, total)?,
                ])
            })
            .unwrap();
        assert_eq!(inserted, [true, false]);
        let read = store.read();
        assert_eq!(read.session_of_launch(&first.launch_id, at(1)).unwrap().as_ref(), Some(&first));
        assert_eq!(read.session_of_launch(&second.launch_id, at(1)).unwrap(), None);
    });
}

#[test]
fn each_change_of_a_kept_table_increases_the_version() {
    each_engine(|store| {
        let sql = if store.connection.sqlite().is_some() {
            "SELECT substr(sql, instr(sql, 'AFTER ')) AS event FROM sqlite_schema
         WHERE type = 'trigger' AND sql LIKE '%UPDATE record_version%'"
        } else {
            "SELECT concat_ws(' ', action_timing, event_manipulation, 'ON', event_object_table, 'BEGIN')
             AS event FROM information_schema.triggers
         WHERE trigger_schema = current_schema()
             AND action_statement = 'EXECUTE FUNCTION records_are_changed()'"
        };
        let events = store.connection.all(sql, &[], |row| row.get::<String>("event")).unwrap();
        for table in ["setting", "registration", "deployment", "resource", "resource_registration"]
        {
            for event in ["INSERT", "UPDATE", "DELETE"] {
                let begins = format!("AFTER {event} ON {table} BEGIN");
                assert!(
                    events.iter().any(|event| event.starts_with(&begins)),
                    "{begins}: {events:?}"
                );
            }
        }
    });
}

#[test]
fn a_reader_sees_each_change_of_what_it_keeps() {
    each_database(|database| {
        let mut store = database.open();
        let url = PublicUrl::new("https://tool.example.edu", false).unwrap();
        let settings = |name| Settings::new(url.clone(), Name::new(name).unwrap());
        store
            .write(|write| {
                draft(write, "school")?;
                write.save_settings(&settings("Tool"))
            })
            .unwrap();
        // Only registrations that are complete are kept.
        let complete = "UPDATE registration SET issuer = :url, client_id = '7', keyset_url = :url,
         access_token_url = :url, authentication_request_url = :url";
        let url = "https://lms.example.edu";
        store.connection.execute(complete, &[(":url", url.into())]).unwrap();
        let pool = database.pool();
        let seen = || {
            pool.look_up(|read| {
                let registration = read.registration(&slug("school"))?;
                let by_id = registration.as_ref().map(|found| read.registration_by_id(found.id));
                assert_eq!(by_id.transpose()?.flatten(), registration);
                let enabled = registration.map(|registration| registration.enabled);
                Ok::<_, Error>((read.settings()?.name.to_string(), enabled))
            })
            .unwrap()
        };
        for _ in 0..2 {
            assert_eq!(seen(), ("Tool".into(), Some(true)));
        }
        // Another process, which knows nothing of the reader.
        let mut other = database.open();
        other.write(|write| write.save_settings(&settings("Other"))).unwrap();
        assert_eq!(seen(), ("Other".into(), Some(true)));
        other
            .write(|write| {
                let mut registration = write.registration(&slug("school"))?.unwrap();
                registration.enabled = false;
                write.update_registration(&registration, now())
            })
            .unwrap();
        assert_eq!(seen().1, Some(false));
        other.connection.execute_batch("DELETE FROM registration").unwrap();
        assert_eq!(seen().1, None);
    });
}

#[test]
fn counts_of_sessions_are_deleted_with_the_registration() {
    each_engine(|store| {
        let mut flooded = Flooded::of(store);
        flooded
            .store
            .write(|write| {
                write.delete_registration(
                    write.registration(&Slug::new("hostile").unwrap())?.unwrap().id,
                )
            })
            .unwrap();
        let sql = "SELECT count(*) AS count FROM registration_total";
        let count = flooded.store.connection.one(sql, &[], |row| row.get::<i64>("count"));
        assert_eq!(count.unwrap(), 1);
        assert!(flooded.is_open(flooded.other));
    });
}

/// The bytes of a share of the log, recounted.
fn store_bytes(store: &Store, registration: Option<&str>, share: LogShare) -> i64 {
    let sql = "SELECT coalesce(sum(bytes), 0) AS bytes FROM launch
         WHERE coalesce(registration, '') = :registration
             AND CASE WHEN reason IS NULL THEN 'accepted'
                 WHEN role IS NULL THEN 'unsigned' ELSE 'signed' END = :share";
    let parameters = [
        (":registration", registration.unwrap_or_default().into()),
        (":share", share.as_str().into()),
    ];
    let counted = store.connection.one(sql, &parameters, |row| row.get::<i64>("bytes")).unwrap();
    assert_eq!(
        store.read().launch_log_bytes(registration.map(slug).as_ref(), share).unwrap(),
        counted,
        "the triggers have counted right"
    );
    counted
}

#[test]
fn the_server_waits_for_another_process_longer_than_one_attempt() {
    each_pool(|database, pool| async move {
        let write = || pool.write(|write| write.spend_nonce("n", now()));
        let elsewhere = WriteElsewhere::begin(&database);
        assert!(matches!(write().await, Err(Error::Busy)), "not for ever");
        let unlock = async {
            tokio::time::sleep(3 * BUSY_TIMEOUT).await;
            elsewhere.end();
        };
        assert!(tokio::join!(write(), unlock).0.unwrap());
    });
}

#[test]
fn changes_that_another_process_delays_do_not_wait_for_each_other_in_addition() {
    each_pool(|database, pool| async move {
        let _elsewhere = WriteElsewhere::begin(&database);
        let started = Instant::now();
        // Six commits.
        let tasks: Vec<_> = (0..1_500)
            .map(|_| {
                let pool = pool.clone();
                tokio::spawn(async move { pool.write(|write| write.spend_nonce("n", now())).await })
            })
            .collect();
        for task in tasks {
            assert!(matches!(task.await.unwrap(), Err(Error::Busy)));
        }
        assert!(started.elapsed() < 4 * PATIENCE, "{:?}", started.elapsed());
    });
}

#[test]
fn a_pool_that_closes_does_not_wait_for_other_processes() {
    each_pool(|database, pool| async move {
        let _elsewhere = WriteElsewhere::begin(&database);
        pool.close();
        let started = Instant::now();
        let change = pool.write(|write| write.spend_nonce("n", now())).await;
        assert!(matches!(change, Err(Error::Busy)));
        tokio::task::spawn_blocking(move || drop(pool)).await.unwrap();
        assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    });
}

#[test]
fn a_proof_that_the_database_can_be_written_serves_all_who_ask() {
    each_pool(|_, pool| async move {
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let pool = pool.clone();
                tokio::spawn(async move { pool.prove_writable().await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(pool.figures().commits.count, 1);
    });
}

#[cfg(debug_assertions)]
#[tokio::test]
#[should_panic(expected = "use Pool::read")]
async fn a_look_up_that_reads_thousands_of_rows_panics() {
    let (_directory, path) = fresh();
    drop(Store::create(&path).unwrap());
    let pool = Pool::open(&path).unwrap();
    let nonces = (0..10_000).map(|number| format!("n{number}"));
    pool.write(move |write| {
        nonces.map(|nonce| write.spend_nonce(&nonce, now())).collect::<Result<Vec<_>, _>>()
    })
    .await
    .unwrap();
    let count = |read: Read<'_>| read.expiring_rows(now());
    assert!(pool.read(count).await.unwrap().iter().any(|rows| rows.all == 10_000));
    let _ = pool.look_up(count);
}

#[test]
fn a_read_that_takes_long_leaves_the_worker_to_others() {
    each_pool(|_, pool| async move {
        let (sender, receiver) = std::sync::mpsc::channel();
        let slow = tokio::spawn(async move {
            pool.read(move |_| Ok::<_, Error>(receiver.recv_timeout(Duration::from_secs(20)))).await
        });
        // On the only worker, while the read waits.
        tokio::spawn(async move { sender.send(()).unwrap() }).await.unwrap();
        assert_eq!(slow.await.unwrap().unwrap(), Ok(()));
    });
}

#[test]
fn a_command_waits_for_another_process_and_says_so() {
    use std::sync::atomic::{AtomicU32, Ordering};

    static ANNOUNCED: AtomicU32 = AtomicU32::new(0);
    each_database(|database| {
        ANNOUNCED.store(0, Ordering::Relaxed);
        let mut store = database.open().announcing_waits(|| {
            ANNOUNCED.fetch_add(1, Ordering::Relaxed);
        });
        store.write(|write| draft(write, "a")).unwrap();
        assert_eq!(ANNOUNCED.load(Ordering::Relaxed), 0);
        let elsewhere = WriteElsewhere::begin(database);
        let waiting = std::thread::spawn(move || store.write(|write| draft(write, "b")));
        std::thread::sleep(3 * BUSY_TIMEOUT);
        elsewhere.end();
        waiting.join().unwrap().unwrap();
        assert_eq!(ANNOUNCED.load(Ordering::Relaxed), 1);
    });
}

/// Rows of the first version: one registration with a deployment, one resource, one session.
const FIRST_ROWS: &str = r#"
    INSERT INTO setting VALUES ('url', 'https://old.example.edu'), ('name', 'Old Tool');
    INSERT INTO registration (id, slug, name, created_at, updated_at)
        VALUES (1, 'school', 'School', 0, 0);
    INSERT INTO deployment (registration_id, deployment_id, name, created_at)
        VALUES (1, '7', 'Site', 0);
    INSERT INTO resource (id, slug, uuid, name, kind, target_kind, grade_sync, member_sync,
            student_provisioning, teacher_provisioning, created_at, updated_at)
        VALUES (1, 'quiz', '393cf3fc-5b7c-4b60-b528-80e38f6159d3', 'Quiz', 'activity', 'page', 'on',
            'enrol-and-unenrol', 'auto', 'prompt', 5000, 5000);
    INSERT INTO session VALUES ('0123456789abcdef', x'00', '0123456789abcdef', 1, 1,
        '{"sub":"4","role":"learner","roles":[],"deployment_id":"7",
            "resource_link_id":"21","custom":{}}', 0, 253402300799000);
    INSERT INTO signing_key VALUES
        ('oldest', 'retired', x'', x'01', x'01', 1000, 9000),
        ('old', 'published', x'02', x'02', x'01', 2000, NULL),
        ('new', 'active', x'03', x'03', x'01', 3000, NULL);
"#;

/// Replaces all tables by those of the first version.
fn return_to_the_first_version(store: &mut Store) {
    store
        .connection
        .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA writable_schema = OFF;")
        .unwrap();
    let tables: Vec<String> = {
        let mut statement = store
            .connection
            .raw()
            .prepare(
                "SELECT 'DROP ' || iif(type = 'view', 'VIEW ', 'TABLE ') || name
                 FROM pragma_table_list WHERE schema = 'main' AND type <> 'shadow'
                     AND name NOT LIKE 'sqlite_%'
                 ORDER BY type = 'table', type = 'virtual', name DESC",
            )
            .unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    for drop in tables {
        store.connection.execute_batch(&drop).unwrap();
    }
    store.connection.raw().pragma_update(None, "user_version", 0).unwrap();
    Migrations::from_slice(&MIGRATIONS[..2]).to_latest(store.connection.raw_mut()).unwrap();
}

/// A store as the first version created it, opened by this version.
fn migrated() -> (tempfile::TempDir, Store) {
    let (directory, path) = fresh();
    let mut store = Store::create(&path).unwrap();
    return_to_the_first_version(&mut store);
    store.connection.execute_batch(FIRST_ROWS).unwrap();
    drop(store);
    (directory, Store::open(&path).unwrap())
}

#[test]
fn migration_keeps_existing_rows() {
    let (_directory, store) = migrated();
    assert_eq!(store.connection.schema_version().unwrap(), SCHEMA_VERSION);
    let session = store
        .read()
        .session(crate::domain::SessionHandle::parse("0123456789abcdef").unwrap(), now())
        .unwrap()
        .unwrap();
    assert_eq!(
        store.read().session_of_launch(&session.launch_id, now()).unwrap().as_ref(),
        Some(&session),
        "by its launch, too"
    );
    assert_eq!(
        (session.purpose, session.account_id, session.details.sub.as_deref()),
        (crate::domain::Purpose::Resource(1), None, Some("4"))
    );
    assert_eq!(
        store.read().settings().unwrap().app_key,
        crate::domain::AppKeyRule::Optional,
        "the default under which the database was set up"
    );
    let app_keys = crate::domain::AppKeys {
        generation: 0,
        created_at: from_milliseconds(5000),
        previous: None,
    };
    assert_eq!(
        store.read().app_keys(1).unwrap(),
        app_keys,
        "the key that the app has keeps working"
    );
    let resource = store.read().resource(&Slug::new("quiz").unwrap()).unwrap().unwrap();
    assert_eq!(
        (resource.teacher_role.as_str(), resource.registrations, resource.enrolment),
        ("teacher", None, crate::domain::EnrolmentRules::default())
    );
    let registration = store.read().registration(&Slug::new("school").unwrap()).unwrap().unwrap();
    assert_eq!(
        (registration.has_deployment, registration.policy),
        (true, crate::domain::PlatformPolicy::default())
    );
    let broken: i64 = store
        .connection
        .raw()
        .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(broken, 0);
}

#[test]
fn migration_keeps_signing_keys() {
    use crate::domain::KeyState::{Active, Published, Retired};
    let (_directory, store) = migrated();
    let keys: Vec<_> = store.read().signing_keys(KeyPurpose::Lti).unwrap();
    let keys: Vec<_> = keys
        .iter()
        .map(|key| {
            (
                key.kid.as_str(),
                key.state,
                key.private_key.expose().len(),
                key.signs_from.map(to_milliseconds),
                key.signed_until.map(to_milliseconds),
            )
        })
        .collect();
    assert_eq!(
        keys,
        [
            ("new", Active, 1, Some(3000), None),
            ("old", Published, 1, Some(2000), Some(3000)),
            ("oldest", Retired, 0, Some(1000), Some(2000))
        ]
    );
}

/// The version before a link could open several resources.
const ONE_RESOURCE_FOR_EACH_LINK: usize = 27;

#[test]
fn migration_keeps_the_people_of_links_and_their_grades() {
    let (_directory, path) = fresh();
    let mut store = Store::create(&path).unwrap();
    return_to_the_first_version(&mut store);
    store.connection.execute_batch(FIRST_ROWS).unwrap();
    Migrations::from_slice(&MIGRATIONS[..ONE_RESOURCE_FOR_EACH_LINK])
        .to_latest(store.connection.raw_mut())
        .unwrap();
    store
        .connection
        .execute_batch(
            "UPDATE resource SET max_grade = 10;
             INSERT INTO account (id, uuid, username, origin, created_at, updated_at)
                 VALUES (1, '1', 'sam', 'launch', 0, 0);
             INSERT INTO context (id, deployment_id, context_id) VALUES (1, 1, 'algebra');
             INSERT INTO resource_link (id, deployment_id, resource_link_id, context_id, resource_id,
                     lineitem_url, found_lineitem_url)
                 VALUES (7, 1, '21', 1, 1, 'https://lms.example.edu/21', 'https://lms.example.edu/9');
             INSERT INTO resource_link_user VALUES (7, 1, '4', 0, 0, NULL);
             INSERT INTO grade (account_id, resource_id, score, maximum, activity_progress,
                     grading_progress, set_by, at)
                 VALUES (1, 1, 5, 10, 'Completed', 'FullyGraded', 'cli', 0);",
        )
        .unwrap();
    drop(store);
    let store = Store::open(&path).unwrap();
    let count = |what: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM {what}");
        store.connection.raw().query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count("resource_link_user WHERE resource_link_id = 7"), 1);
    assert_eq!(count("unsettled_grade WHERE resource_link_id = 7 AND account_id = 1"), 1);
    assert_eq!(count("pragma_foreign_key_check"), 0);
    let link = store.read().service_link(7).unwrap().unwrap();
    assert_eq!(
        (link.lineitem_url.as_deref(), link.found_lineitem_url.as_deref()),
        (Some("https://lms.example.edu/21"), Some("https://lms.example.edu/9"))
    );
    // References are checked again, and triggers still look at links.
    store.connection.execute_batch("DELETE FROM deployment").unwrap();
    assert_eq!(count("resource_link") + count("resource_link_user") + count("unsettled_grade"), 0);
}

//! Tests of databases on a server: versions of the schema, and connections that end.

use std::thread;
use std::time::{Duration, Instant};

use super::both_engines::add_account;
use super::engine::postgres::testing::{Line, Proxy, TestSchema};
use super::{Error, Pool, SCHEMA_VERSION, ServerProblem, Store};

/// The versions of schemas beside the newest.
const OLDER: usize = SCHEMA_VERSION - 1;
const NEWER: usize = SCHEMA_VERSION + 1;

/// A runtime like the server's.
fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn an_error_does_not_repeat_what_a_row_contains() {
    let Some(schema) = TestSchema::create() else { return };
    let store = Store::create(&schema.address).unwrap();
    let insert = |holder: &str| {
        let values = format!("('secret-word', {holder}, 1)");
        let sql = format!("INSERT INTO lease (name, holder, expires_at) VALUES {values}");
        store.connection.execute(&sql, &[])
    };
    insert("'one'").unwrap();
    for holder in ["NULL", "'two'"] {
        let error = insert(holder).unwrap_err().to_string();
        assert!(error.contains("lease") && !error.contains("secret-word"), "{error}");
    }
}

#[test]
fn only_its_own_commands_create_and_upgrade_a_schema() {
    let Some(schema) = TestSchema::create() else { return };
    let address = &schema.address;
    assert!(matches!(Store::open(address), Err(Error::NotInitialised)));
    assert!(matches!(Store::upgrade(address), Err(Error::NotInitialised)));
    drop(Store::create(address).unwrap());
    let store = Store::open(address).unwrap();
    assert_eq!(Store::upgrade(address).unwrap(), (SCHEMA_VERSION, SCHEMA_VERSION));
    // An upgrade replaces the triggers of the older version.
    let super::Connection::Postgres(connection) = &store.connection else { unreachable!() };
    connection.execute_batch(&super::audit::permanent_triggers()).unwrap();
    store.connection.execute_batch("UPDATE schema_version SET version = version - 1").unwrap();
    for opened in [Store::open(address), Store::create(address)] {
        let error = opened.err().unwrap();
        assert!(
            matches!(error, Error::Older { found: OLDER, needed: SCHEMA_VERSION, .. }),
            "{error}"
        );
    }
    store.connection.execute_batch("UPDATE schema_version SET version = version + 1").unwrap();
}

#[test]
fn a_running_server_uses_a_newer_schema_as_long_as_that_allows_it() {
    let Some(schema) = TestSchema::create() else { return };
    let store = Store::create(&schema.address).unwrap();
    let other = Store::open(&schema.address).unwrap();
    let runtime = runtime();
    let pool = Pool::of(store).unwrap();
    let works = || {
        let number = pool.look_up(|read| read.account_count())?;
        let number = u32::try_from(number).unwrap();
        pool.look_up(|read| read.accounts())?;
        runtime.block_on(pool.write(move |write| add_account(write, number)))
    };
    works().unwrap();
    works().unwrap();
    // What an upgrade does.
    let newer = "ALTER TABLE account ADD COLUMN more TEXT;
        UPDATE schema_version SET version = version + 1";
    other.connection.execute_batch(newer).unwrap();
    works().unwrap();
    assert!(Store::open(&schema.address).is_ok());
    other.connection.execute_batch("UPDATE schema_version SET usable_from = version").unwrap();
    let refused = works().unwrap_err();
    assert!(matches!(refused, Error::Newer { found: NEWER, .. }), "{refused}");
    assert!(matches!(Store::open(&schema.address), Err(Error::Newer { .. })));
    let write = runtime.block_on(pool.write(|write| write.touch()));
    assert!(matches!(write, Err(Error::Newer { .. })));
}

fn is_outage<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(error) if error.is_outage())
}

#[test]
fn connections_that_the_server_ends_are_replaced() {
    let Some(schema) = TestSchema::create() else { return };
    drop(Store::create(&schema.address).unwrap());
    let name = format!("ended-{}", std::process::id());
    let pool = Pool::of(Store::open(schema.named(&name)).unwrap()).unwrap();
    let end_all = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{name}'"
    );
    let stored = runtime().block_on(async {
        let task = |task: u32| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let (mut stored, mut lost) = (Vec::new(), 0);
                for number in task * 1000..task * 1000 + 200 {
                    let added = pool.write(move |write| add_account(write, number)).await;
                    let read = pool.look_up(|read| read.account_count());
                    assert!(read.is_ok() || is_outage(&read), "{read:?}");
                    match added {
                        Ok(()) => stored.push(number),
                        Err(error) if error.is_outage() => lost += 1,
                        Err(error) => panic!("{error}"),
                    }
                }
                (stored, lost)
            })
        };
        let tasks: Vec<_> = (0..4).map(task).collect();
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(30)).await;
            tokio::task::block_in_place(|| schema.administrate(&end_all));
        }
        let mut all = Vec::new();
        for task in tasks {
            let (stored, lost) = task.await.unwrap();
            assert!(lost < 60, "{lost} changes were lost");
            all.extend(stored);
        }
        all
    });
    schema.administrate(&end_all);
    // The first read and the first change after all connections have ended.
    let accounts = pool.look_up(|read| read.accounts()).unwrap();
    for number in &stored {
        let name = format!("user-{number}");
        assert!(accounts.iter().any(|account| account.username.as_str() == name), "{name}");
    }
    schema.administrate(&end_all);
    runtime().block_on(pool.write(|write| add_account(write, 9999))).unwrap();
    let proof = pool.look_up(|read| read.audit_proof(None)).unwrap();
    assert_eq!(proof.problem, None);
}

/// A pool behind a proxy, which has read and written once.
fn behind_proxy(schema: &TestSchema) -> (Proxy, Pool) {
    drop(Store::create(&schema.address).unwrap());
    let proxy = Proxy::of(schema);
    let pool = Pool::of(Store::open(schema.at(&proxy.place, "")).unwrap()).unwrap();
    assert!(read(&pool).is_ok() && write(&pool, 0).is_ok());
    (proxy, pool)
}

fn read(pool: &Pool) -> Result<u64, Error> {
    pool.look_up(|read| read.account_count())
}

fn write(pool: &Pool, number: u32) -> Result<(), Error> {
    runtime().block_on(pool.write(move |write| add_account(write, number)))
}

/// Runs something and returns how long it took, too.
fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    (run(), begin.elapsed())
}

#[test]
fn a_server_that_returns_soon_is_waited_for() {
    let Some(schema) = TestSchema::create() else { return };
    let (proxy, pool) = behind_proxy(&schema);
    for number in 1..3 {
        proxy.set(Line::Cut);
        thread::scope(|scope| {
            let change = scope.spawn(|| timed(|| write(&pool, number)));
            let count = scope.spawn(|| timed(|| read(&pool)));
            thread::sleep(Duration::from_millis(600));
            proxy.set(Line::Up);
            for (result, time) in [change.join().unwrap(), {
                let (count, time) = count.join().unwrap();
                (count.map(drop), time)
            }] {
                result.unwrap();
                assert!(
                    time > Duration::from_millis(500) && time < Duration::from_secs(2),
                    "{time:?}"
                );
            }
        });
    }
    assert_eq!(read(&pool).unwrap(), 3);
}

#[test]
fn a_server_that_is_gone_or_silent_ends_nothing_later_than_its_time_limit() {
    let Some(schema) = TestSchema::create() else { return };
    let (proxy, pool) = behind_proxy(&schema);
    for line in [Line::Cut, Line::Silent] {
        proxy.set(line);
        thread::scope(|scope| {
            let reads: Vec<_> =
                (0..40).map(|_| scope.spawn(|| timed(|| read(&pool).map(drop)))).collect();
            let change = scope.spawn(|| timed(|| write(&pool, 1)));
            for task in reads.into_iter().chain([change]) {
                let (result, time) = task.join().unwrap();
                assert!(time < Duration::from_secs(5), "{line:?}: {time:?}");
                assert!(is_outage(&result), "{line:?}: {result:?}");
            }
        });
        let proof = runtime().block_on(pool.prove_writable());
        assert!(is_outage(&proof), "{line:?}: {proof:?}");
        proxy.set(Line::Cut);
        proxy.set(Line::Up);
        assert!(read(&pool).is_ok(), "{line:?}");
        write(&pool, if line == Line::Cut { 2 } else { 3 }).unwrap();
        thread::sleep(Duration::from_millis(1_100));
        runtime().block_on(pool.prove_writable()).unwrap();
    }
}

#[test]
fn a_change_whose_commit_has_no_answer_is_not_acknowledged_and_can_be_repeated() {
    let Some(schema) = TestSchema::create() else { return };
    let (proxy, pool) = behind_proxy(&schema);
    let proxy = std::sync::Arc::new(proxy);
    let line = std::sync::Arc::clone(&proxy);
    let (changed, time) = timed(|| {
        runtime().block_on(pool.write(move |write| {
            line.set(Line::UntilCommit);
            add_account(write, 1)
        }))
    });
    assert!(is_outage(&changed), "{changed:?}");
    assert!(time < Duration::from_secs(8), "{time:?}");
    proxy.set(Line::Cut);
    proxy.set(Line::Up);
    // It was stored all the same, so repeating it finds that.
    assert_eq!(read(&pool).unwrap(), 2);
    assert!(write(&pool, 1).is_err());
    write(&pool, 2).unwrap();
}

#[test]
fn a_server_that_never_answers_is_not_waited_for_longer_than_the_time_limit() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let address = super::ServerAddress::parse(
        &format!("postgres://tool@127.0.0.1:{port}/d?connect_timeout=1"),
        super::SignInFiles::default(),
    )
    .unwrap();
    let (connected, time) = timed(|| Store::open(&address));
    assert!(time < Duration::from_secs(3), "{time:?}");
    let error = connected.err().unwrap();
    let Error::Server { problem: ServerProblem::Unreachable, reason, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(reason, "no answer within 1.0s");
}

#[test]
fn a_snapshot_ends_although_nothing_waits_for_that() {
    let Some(schema) = TestSchema::create() else { return };
    drop(Store::create(&schema.address).unwrap());
    let name = format!("snapshot-{}", std::process::id());
    let pool = Pool::of(Store::open(schema.named(&name)).unwrap()).unwrap();
    let open = format!(
        "SELECT count(*) AS open FROM pg_stat_activity
         WHERE application_name = '{name}' AND xact_start IS NOT NULL"
    );
    let other = Store::open(&schema.address).unwrap();
    for _ in 0..3 {
        assert_eq!(read(&pool).unwrap(), 0);
        let ended = (0..500).any(|_| {
            thread::sleep(Duration::from_millis(10));
            let open = other.connection.first(&open, &[], |row| row.value(0)?.as_i64());
            open.unwrap() == Some(0)
        });
        assert!(ended, "it is ended without the next use of its connection");
    }
}

#[test]
fn an_error_that_comes_later_undoes_only_its_own_change() {
    let Some(schema) = TestSchema::create() else { return };
    drop(Store::create(&schema.address).unwrap());
    let pool = Pool::of(Store::open(&schema.address).unwrap()).unwrap();
    // What waits while the first change runs is committed together.
    let (running, has_begun) = std::sync::mpsc::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel();
    let [first, good, bad, another] = runtime().block_on(async {
        let (one, others) = (pool.clone(), pool.clone());
        let first = tokio::spawn(async move {
            let change = one.write(move |write| {
                running.send(()).unwrap();
                may_go_on.recv().unwrap();
                add_account(write, 1)
            });
            change.await
        });
        has_begun.recv().unwrap();
        let all = tokio::spawn(async move {
            let good = others.write(|write| add_account(write, 2));
            let bad = others.write(|write| {
                add_account(write, 3)?;
                let sql = "INSERT INTO lease (name, holder, expires_at) VALUES (NULL, 'holder', 1)";
                write.connection.execute_later(sql, std::iter::empty(), &[])
            });
            let another = others.write(|write| add_account(write, 4));
            tokio::join!(good, bad, another)
        });
        while pool.figures().waiting < 3 {
            tokio::task::yield_now().await;
        }
        go_on.send(()).unwrap();
        let (good, bad, another) = all.await.unwrap();
        [first.await.unwrap(), good, bad, another]
    });
    assert!(first.is_ok() && good.is_ok() && another.is_ok(), "{first:?} {good:?} {another:?}");
    assert!(bad.unwrap_err().to_string().contains("lease"));
    assert_eq!(read(&pool).unwrap(), 3);
}

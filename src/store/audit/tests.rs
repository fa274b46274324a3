use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::tables::NOT_AUDITED;
use super::*;
use crate::domain::{
    Account, AccountLink, AuditProblem, Client, ClientKey, ClientSecret, Consumer, ConsumerKey,
    ConsumerUser, Deployment, DeploymentId, EnrolmentSource, Grade, KeyPurpose, KeyState, Kid,
    MaxGrade, Name, PlatformUser, Profile, Random, RedirectUris, Resource, Secret, SigningKey,
    Slug, Submission, Username,
};
use crate::store::both_engines::{TestDatabase, each_database, each_pool_as};
use crate::store::{CreatedBy, Store, Write, both_engines};

fn now() -> Timestamp {
    "2026-11-25T08:00:00Z".parse().unwrap()
}

/// The store if alice acts at a fixed time.
fn of_alice(store: Store) -> Store {
    let alice = Actor { name: "alice".into(), via: "registration create".into() };
    store.acting_as(alice).with_clock(Clock::Fixed(now()))
}

/// A file in which alice acts.
fn store() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::create(directory.path().join("ltictl.db")).unwrap();
    (directory, of_alice(store))
}

/// Runs a test with a store of each engine in which alice acts.
fn each_engine(test: impl Fn(Store)) {
    both_engines::each_engine(|store| test(of_alice(store)));
}

fn draft(write: &Write<'_>, slug: &str) -> Result<(), Error> {
    write.insert_registration(&Slug::new(slug).unwrap(), &Name::new(slug).unwrap(), now())
}

fn account(username: &str) -> Account {
    Account::by_admin(
        Username::new(username).unwrap(),
        Random::System.uuid(),
        Profile::default(),
        now(),
    )
}

/// The entries from the oldest to the newest, each in one line.
fn logged(store: &Store) -> Vec<String> {
    logged_in(store.read())
}

fn logged_in(read: Read<'_>) -> Vec<String> {
    let mut entries =
        read.audit_entries(&AuditFilter { limit: 1000, ..AuditFilter::default() }).unwrap();
    entries.reverse();
    let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "-".to_owned());
    entries
        .iter()
        .map(|entry| {
            format!(
                "{} {} {} {} {} {}",
                entry.actor.name,
                entry.action,
                entry.noun,
                entry.name,
                side(&entry.before),
                side(&entry.after)
            )
        })
        .collect()
}

/// Adds the consumer `school`.
fn insert_consumer(write: &Write<'_>) -> Result<i64, Error> {
    let (name, key) = (Name::new("school").unwrap(), ConsumerKey::new("key").unwrap());
    let token = "0123456789abcdef".to_owned();
    write.insert_consumer(&Consumer::new(name, None, key, token, now()).unwrap(), CreatedBy::Hand)
}

/// The entries after the first `since`.
fn newest(store: &Store, since: usize) -> Vec<String> {
    logged(store).split_off(since)
}

#[test]
fn every_table_and_column_is_audited_or_left_out() {
    let (_directory, store) = store();
    let names = |question: &str| -> BTreeSet<String> {
        store
            .connection
            .raw()
            .prepare(question)
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    };
    // A table may be audited under several nouns, each for some of its rows.
    let mut decided: Vec<&str> = AUDITED.iter().map(|audited| audited.table).collect();
    decided.sort_unstable();
    decided.dedup();
    decided.extend(NOT_AUDITED.iter().map(|(table, reason)| {
        assert!(!reason.is_empty(), "{table}");
        *table
    }));
    let tables: BTreeSet<String> = decided.iter().map(|table| (*table).to_owned()).collect();
    assert_eq!(
        tables.len(),
        decided.len(),
        "a table is in both lists of src/store/audit/tables.rs, or twice in one"
    );
    let in_schema = names(
        "SELECT name FROM pragma_table_list
         WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite_%'",
    );
    assert_eq!(
        tables, in_schema,
        "every table is in RULES or in NOT_AUDITED of src/store/audit/tables.rs"
    );
    for (place, audited) in AUDITED.iter().enumerate() {
        for column in audited.columns.iter().filter(|column| column.kind == Kind::Moment) {
            assert!(column.name.ends_with("_at"), "{}: {} is a time", audited.noun, column.name);
        }
        if AUDITED[..place].iter().any(|other| other.table == audited.table) {
            assert!(!audited.only.is_empty(), "{}: for which rows?", audited.noun);
            continue;
        }
        let columns: Vec<&str> = audited
            .columns
            .iter()
            .map(|column| column.source)
            .chain(audited.left_out.iter().copied())
            .collect();
        let listed: BTreeSet<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        assert_eq!(listed.len(), columns.len(), "{}: a column is listed twice", audited.table);
        let in_schema = names(&format!("SELECT name FROM pragma_table_info('{}')", audited.table));
        assert_eq!(
            listed, in_schema,
            "{}: every column is in the record, `columns` or `left_out` of src/store/audit/tables.rs",
            audited.table
        );
    }
}

#[test]
fn change_is_logged_with_before_and_after() {
    each_engine(|mut store| {
        store.write(|write| draft(write, "moodle")).unwrap();
        let entries = logged(&store);
        assert_eq!(entries.len(), 1);
        assert!(
        entries[0].starts_with(
            r#"alice created registration moodle - {"slug":"moodle","name":"moodle","enabled":true,"audience_confirmed":false,"algorithms":["RS256"],"#
        ),
        "{}",
        entries[0]
    );

        let registration =
            store.read().registration(&Slug::new("moodle").unwrap()).unwrap().unwrap();
        let change = |name: &str, enabled: bool| crate::domain::Registration {
            name: Name::new(name).unwrap(),
            enabled,
            ..registration.clone()
        };
        store.write(|write| write.update_registration(&change("Moodle", false), now())).unwrap();
        store
            .write(|write| {
                write.update_registration(
                    &change("Moodle", false),
                    now() + jiff::SignedDuration::from_secs(1),
                )
            })
            .unwrap();
        assert_eq!(
            newest(&store, 1),
            [
                r#"alice changed registration moodle {"name":"moodle","enabled":true} {"name":"Moodle","enabled":false}"#
            ],
            "storing what is there changes nothing"
        );
        let entry = store.read().audit_entry(2).unwrap().unwrap();
        assert_eq!((entry.at, &*entry.actor.via), (now(), "registration create"));

        store.write(|write| write.delete_registration(registration.id)).unwrap();
        let [deleted] = &newest(&store, 2)[..] else { panic!("one entry") };
        assert!(
            deleted.starts_with(
                r#"alice deleted registration moodle {"slug":"moodle","name":"Moodle","#
            ) && deleted.ends_with(" -"),
            "{deleted}"
        );
    });
}

#[test]
fn keys_and_names_of_all_tables_can_be_read() {
    each_engine(|mut store| {
        // On a connection that writes: what is deleted has its name in a temporary table.
        let read = |write: &Write<'_>, sql: &str| write.connection.all(sql, &[], |_| Ok(()));
        for audited in AUDITED.iter() {
            let is_file = store.connection.sqlite().is_some();
            let over = if is_file { tables::over } else { permanent::over };
            let (key, name) = (over(audited.key, "one"), over(audited.name, "one"));
            let sql = format!("SELECT {key} AS key, {name} AS name FROM {} AS one", audited.table);
            let found = store.write(|write| read(write, &sql));
            assert_eq!(found.map_err(|error| error.to_string()), Ok(Vec::new()), "{sql}");
        }
    });
}

#[test]
fn transaction_logs_each_object_once_and_only_if_it_changed() {
    each_engine(|mut store| {
        let step = |write: &Write<'_>, name: &str| {
            let registration = write.registration(&Slug::new("moodle").unwrap())?.unwrap();
            write.update_registration(
                &crate::domain::Registration { name: Name::new(name).unwrap(), ..registration },
                now(),
            )
        };
        store
            .write(|write| {
                draft(write, "moodle")?;
                step(write, "First")?;
                step(write, "Second")?;
                draft(write, "gone")?;
                write.delete_registration(
                    write.registration(&Slug::new("gone").unwrap())?.unwrap().id,
                )
            })
            .unwrap();
        let entries = logged(&store);
        assert!(entries.len() == 1 && entries[0].contains(r#""name":"Second""#), "{entries:?}");
        store
            .write(|write| {
                step(write, "Third")?;
                step(write, "Second")
            })
            .unwrap();
        // The next row may reuse the key of the deleted one, but it is another object.
        store
            .write(|write| {
                write.delete_registration(
                    write.registration(&Slug::new("moodle").unwrap())?.unwrap().id,
                )?;
                draft(write, "canvas")
            })
            .unwrap();
        let entries: Vec<String> = newest(&store, 1)
            .iter()
            .map(|entry| entry.split(" {").next().unwrap().to_owned())
            .collect();
        assert_eq!(
            entries,
            ["alice deleted registration moodle", "alice created registration canvas -"]
        );
    });
}

/// Stores a registration with a deployment and a registration URL, and a resource for it.
fn insert_moodle_and_quiz(write: &Write<'_>) -> Result<(), Error> {
    draft(write, "moodle")?;
    let deployment = Deployment {
        deployment_id: DeploymentId::new("1").unwrap(),
        name: Some(Name::new("Site").unwrap()),
    };
    write.insert_deployment(1, &deployment, now())?;
    write.insert_invitation(1, true, now(), now())?;
    let quiz = Resource::new(
        Slug::new("quiz").unwrap(),
        Random::System.uuid(),
        Name::new("Quiz").unwrap(),
        now(),
    );
    write.insert_resource(&Resource {
        registrations: Some(vec![Slug::new("moodle").unwrap()]),
        ..quiz
    })?;
    Ok(())
}

/// Stores Sam, who came from the platform, and Tina, to whom the resource was granted. Returns the
/// key of Sam's account.
fn insert_sam_and_tina(write: &Write<'_>) -> Result<i64, Error> {
    let sam = write.insert_account(&account("sam"))?;
    let tina = write.insert_account(&account("tina"))?;
    let user = PlatformUser {
        issuer: "https://lms.example.edu".into(),
        tenant: String::new(),
        sub: "4".into(),
    };
    write.insert_account_link(sam, &AccountLink::new(user, now()))?;
    write.insert_consumer_user(
        sam,
        &ConsumerUser { consumer_key: "key".into(), user_id: "4".into() },
        now(),
    )?;
    write.insert_grant(tina, 1)?;
    for account_id in [sam, tina] {
        insert_enrolment_and_grade(write, account_id)?;
    }
    Ok(sam)
}

fn insert_enrolment_and_grade(write: &Write<'_>, account_id: i64) -> Result<(), Error> {
    write.insert_enrolment(&crate::domain::Enrolment {
        account_id,
        resource_id: 1,
        role: "student".into(),
        teaches: false,
        source: EnrolmentSource::Admin,
        created_at: now(),
        ends_at: None,
        last_access_at: None,
    })?;
    write.put_grade(&Grade {
        context_id: None,
        account_id,
        resource_id: 1,
        score: None,
        maximum: MaxGrade::new(10.0).unwrap(),
        activity_progress: "Completed".parse().unwrap(),
        grading_progress: "FullyGraded".parse().unwrap(),
        comment: None,
        submission: Submission::default(),
        set_by: "cli".into(),
        at: now(),
    })?;
    Ok(())
}

#[test]
fn a_change_after_a_failed_statement_is_not_acknowledged_unless_it_is_stored() {
    each_engine(|mut store| {
        let before = logged(&store).len();
        let result: Result<(), Error> = store.write(|write| {
            write.insert_account(&account("sam"))?;
            // A mistake that the change ignores: SQLite continues, PostgreSQL does not.
            let _ = write.connection.change("INSERT INTO account (id) VALUES (NULL)", &[]);
            Ok(())
        });
        let is_stored = store.read().account(&Username::new("sam").unwrap()).unwrap().is_some();
        assert_eq!(result.is_ok(), is_stored, "{result:?}");
        assert_eq!(logged(&store).len() - before, usize::from(is_stored));
    });
}

#[test]
fn many_entries_of_one_transaction_are_stored_in_order() {
    each_engine(|mut store| {
        for changes in [1, 63, 64, 65, 200] {
            let before = logged(&store).len();
            let names: Vec<String> =
                (0..changes).map(|number| format!("of-{changes}-{number}")).collect();
            store
                .write(|write| {
                    names.iter().try_for_each(|name| write.insert_account(&account(name)).map(drop))
                })
                .unwrap();
            let entries = newest(&store, before);
            assert_eq!(entries.len(), names.len());
            for (entry, name) in entries.iter().zip(&names) {
                assert!(entry.starts_with(&format!("alice created account {name} - ")), "{entry}");
            }
        }
        let proof = store.read().audit_proof(None).unwrap();
        assert_eq!((proof.problem, proof.entries), (None, 393));
    });
}

#[test]
fn cascading_deletions_are_logged_by_name() {
    each_engine(|mut store| {
        let sam = store
            .write(|write| {
                insert_moodle_and_quiz(write)?;
                insert_sam_and_tina(write)
            })
            .unwrap();
        let since = logged(&store).len();
        store.write(|write| write.delete_account(sam)).unwrap();
        store.write(|write| write.delete_resource(1)).unwrap();
        store.write(|write| write.delete_registration(1)).unwrap();
        let mut deleted: Vec<String> = newest(&store, since)
            .iter()
            .map(|entry| entry.split(" {").next().unwrap().replacen("alice deleted ", "", 1))
            .collect();
        deleted.sort();
        assert_eq!(
            deleted,
            [
                "account sam",
                "account_grant tina/quiz",
                "account_link sam: https://lms.example.edu 4",
                "consumer_user sam: key 4",
                "deployment moodle/1",
                "enrolment sam/quiz",
                "enrolment tina/quiz",
                "grade sam/quiz",
                "grade tina/quiz",
                "registration moodle",
                "registration_url moodle",
                "resource quiz",
                "resource_registration quiz/moodle",
            ]
        );
        for (name, noun, found) in [
            ("sam", None, 10),
            ("sam", Some("grade"), 2),
            ("tina/quiz", None, 6),
            ("s", None, 0),
            ("moodle", Some("deployment"), 2),
        ] {
            let filter = AuditFilter {
                name: Some(name.into()),
                noun: noun.map(str::to_owned),
                limit: 100,
                ..AuditFilter::default()
            };
            assert_eq!(
                store.read().audit_entries(&filter).unwrap().len(),
                found,
                "{name} {noun:?}"
            );
        }
    });
}

#[test]
fn entries_of_a_name_are_found_by_index() {
    let (_directory, store) = store();
    let filter = AuditFilter { name: Some("sam".into()), ..AuditFilter::default() };
    let (which, _) = filter.conditions().unwrap();
    let mut statement = store
        .connection
        .raw()
        .prepare(&format!("EXPLAIN QUERY PLAN SELECT id FROM audit {which} ORDER BY id DESC"))
        .unwrap();
    let plan: Vec<String> = rusqlite::fallible_iterator::FallibleIterator::collect(
        statement.raw_query().map(|row| row.get("detail")),
    )
    .unwrap();
    assert!(!plan.iter().any(|step| step.contains("SCAN")), "{plan:?}");
}

#[test]
fn secrets_are_not_logged() {
    each_engine(|mut store| {
        let id = store.write(|write| write.insert_account(&account("sam"))).unwrap();
        for hash in [Some("$argon2id$one"), Some("$argon2id$two"), Some("$argon2id$two"), None] {
            store.write(|write| write.set_password_hash(id, hash, now())).unwrap();
        }
        store
            .write(|write| {
                // In one transaction with a change that does not affect the password.
                write.set_password_hash(id, Some("$argon2id$three"), now())?;
                let sam = write.account_by_id(id)?.unwrap();
                write.update_account(&Account { enabled: false, ..sam }, now())?;
                let secret = Secret::new(b"the shared secret".to_vec());
                write.insert_consumer_secret(insert_consumer(write)?, &secret, now())?;
                write.save_state_key(&Secret::new(b"the state key".to_vec()))?;
                let key = SigningKey {
                    kid: Kid::new("k1").unwrap(),
                    purpose: KeyPurpose::Lti,
                    state: KeyState::Active,
                    private_key: Secret::new(b"the private key".to_vec()),
                    modulus: b"the modulus".to_vec(),
                    exponent: vec![1, 0, 1],
                    created_at: now(),
                    signs_from: Some(now()),
                    signed_until: None,
                    retired_at: None,
                };
                write.insert_signing_key(&key)
            })
            .unwrap();
        assert_eq!(
            newest(&store, 1),
            [
                r#"alice changed account sam {"password":null} {"password":"set"}"#,
                r#"alice changed account sam {"password":"set"} {"password":"changed"}"#,
                r#"alice changed account sam {"password":"set"} {"password":null}"#,
                r#"alice changed account sam {"password":null,"enabled":true} {"password":"set","enabled":false}"#,
                r#"alice created consumer school - {"name":"school","enabled":true,"protocol":"lti-1.1","frame_ancestors":[]}"#,
                r#"alice created consumer_access school - {"consumer_key":"key","any_key":false,"all_resources":true}"#,
                r#"alice created deployment school/key - {"registration":"school","deployment_id":"key"}"#,
                r#"alice created consumer_secret school - {"consumer":"school","secret":"set"}"#,
                r#"alice created key k1 - {"purpose":"lti","state":"active","signing_starts_at":"2026-11-25T08:00:00Z"}"#,
            ]
        );
        let sql = "SELECT coalesce(before, '') || coalesce(after, '') || name AS entry FROM audit";
        let log =
            store.connection.all(sql, &[], |row| row.get::<String>("entry")).unwrap().join("\n");
        assert!(!log.contains("argon2") && !log.contains("the "), "{log}");
    });
}

#[test]
fn failed_changes_are_not_logged() {
    each_engine(|mut store| {
        let failed: Result<(), Error> = store.write(|write| {
            draft(write, "moodle")?;
            Err(Error::NotInitialised)
        });
        assert!(failed.is_err() && logged(&store).is_empty());
        store.write(|write| draft(write, "canvas")).unwrap();
        assert_eq!(logged(&store).len(), 1);
    });
}

#[test]
fn each_change_of_a_batch_is_logged_with_its_actor() {
    both_engines::each_pool(|_, pool| async move {
        let parts = [pool.via("launch"), pool.via("app")];
        let tasks: Vec<_> = (0..90)
            .map(|number| {
                let pool = parts[number % 2].clone();
                tokio::spawn(async move {
                    let change = move |write: &Write<'_>| {
                        draft(write, &format!("r{number}"))?;
                        if number % 3 == 0 { Err(Error::NotInitialised) } else { Ok(()) }
                    };
                    pool.write(change).await
                })
            })
            .collect();
        for task in tasks {
            let _ = task.await.unwrap();
        }
        let list = |via: &str| {
            let filter =
                AuditFilter { via: Some(via.into()), limit: 100, ..AuditFilter::default() };
            pool.look_up(|read| read.audit_entries(&filter)).unwrap()
        };
        let numbers = |entries: Vec<AuditEntry>| {
            entries
                .iter()
                .map(|entry| entry.name[1..].parse::<u32>().unwrap())
                .collect::<BTreeSet<_>>()
        };
        let expected = |rest: u32| {
            (0..90).filter(|number| number % 2 == rest && number % 3 != 0).collect::<BTreeSet<_>>()
        };
        assert_eq!((numbers(list("launch")), numbers(list("app"))), (expected(0), expected(1)));
        let proof = pool.look_up(|read| read.audit_proof(None)).unwrap();
        assert_eq!((proof.entries, proof.problem, proof.append_only), (60, None, true));
    });
}

/// A store in which launches make changes at this time.
fn launching(database: &TestDatabase, at: &str) -> Store {
    let actor = Actor { name: "server".into(), via: "launch".into() };
    database.open().acting_as(actor).with_clock(Clock::Fixed(at.parse().unwrap()))
}

/// Alice's store, with the accounts of two people.
fn with_sam_and_tina(database: &TestDatabase) -> Store {
    let mut store = of_alice(database.open());
    let add = |write: &Write<'_>| {
        write.insert_account(&account("sam")).and(write.insert_account(&account("tina")))
    };
    store.write(add).unwrap();
    store
}

fn rename(store: &mut Store, username: &str, name: Option<&str>) {
    let change = |write: &Write<'_>| {
        let account = write.account(&Username::new(username).unwrap())?.unwrap();
        let profile = Profile { name: name.map(str::to_owned), ..account.profile.clone() };
        write.update_account(&Account { profile, ..account }, now())
    };
    store.write::<_, Error>(change).unwrap();
}

#[test]
fn profile_changes_are_one_entry_per_account_and_day() {
    each_database(|database| {
        let mut store = with_sam_and_tina(database);
        // Each change in its own process: deferred changes are in the database.
        for (minute, name) in ["One", "Two", "Three"].into_iter().enumerate() {
            rename(
                &mut launching(database, &format!("2026-11-25T09:0{minute}:00Z")),
                "sam",
                Some(name),
            );
        }
        rename(&mut launching(database, "2026-11-25T10:00:00Z"), "tina", Some("There"));
        rename(&mut launching(database, "2026-11-25T11:00:00Z"), "tina", None);
        assert_eq!(newest(&store, 2), [""; 0], "the day is not over");
        let sealed = |store: &mut Store, now: &str| {
            store.write(|write| write.seal_profile_changes(now.parse().unwrap(), 100)).unwrap()
        };
        assert_eq!(sealed(&mut store, "2026-11-25T23:59:59Z"), 0);
        // A change of the next day ends the day before for its account.
        rename(&mut launching(database, "2026-11-26T00:00:00Z"), "sam", Some("Four"));
        assert_eq!(
            newest(&store, 2),
            [r#"server changed account sam {"name":null} {"name":"Three"}"#]
        );
        assert_eq!(
            store.read().audit_entry(3).unwrap().unwrap().at,
            "2026-11-25T09:02:00Z".parse().unwrap(),
            "the time of the last change"
        );
        // The others end with the day. A value that was changed back has not changed.
        assert_eq!(sealed(&mut store, "2026-11-27T00:00:00Z"), 2);
        assert_eq!(
            newest(&store, 3),
            [r#"server changed account sam {"name":"Three"} {"name":"Four"}"#]
        );
        assert_eq!(sealed(&mut store, "2026-11-28T00:00:00Z"), 0);
        let proof = store.read().audit_proof(None).unwrap();
        assert_eq!((proof.entries, proof.problem), (4, None));
    });
}

#[test]
fn deferred_change_is_logged_before_other_changes_of_its_account() {
    each_database(|database| {
        let mut store = with_sam_and_tina(database);
        for username in ["sam", "tina"] {
            rename(&mut launching(database, "2026-11-25T09:00:00Z"), username, Some("One"));
            rename(&mut launching(database, "2026-11-25T09:01:00Z"), username, Some("Two"));
        }
        rename(&mut store, "sam", Some("By Alice"));
        let tina = store.read().account(&Username::new("tina").unwrap()).unwrap().unwrap().id;
        store.write(|write| write.delete_account(tina)).unwrap();
        // A launch that changes more than the profile is not deferred.
        let mut launching = launching(database, "2026-11-25T09:02:00Z");
        rename(&mut launching, "sam", Some("Three"));
        launching
            .write(|write| {
                let sam = write.account(&Username::new("sam").unwrap())?.unwrap();
                write.update_account(&Account { enabled: false, ..sam }, now())
            })
            .unwrap();
        let entries = newest(&store, 2);
        let (deleted, others): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| entry.contains(" deleted "));
        assert_eq!(
            others,
            [
                r#"server changed account sam {"name":null} {"name":"Two"}"#,
                r#"alice changed account sam {"name":"Two"} {"name":"By Alice"}"#,
                r#"server changed account tina {"name":null} {"name":"Two"}"#,
                r#"server changed account sam {"name":"By Alice"} {"name":"Three"}"#,
                r#"server changed account sam {"enabled":true} {"enabled":false}"#,
            ]
        );
        assert!(
            deleted.len() == 1 && deleted[0].starts_with("alice deleted account tina"),
            "{deleted:?}"
        );
        assert_eq!(store.read().audit_proof(None).unwrap().problem, None);
    });
}

#[test]
fn pages_that_only_change_profiles_are_added_up() {
    each_pool_as(of_alice, |_, pool| async move {
        let id = pool.write(|write| write.insert_account(&account("sam"))).await.unwrap();
        let rename = |registration: &str, name: String| {
            let count = Count {
                name: "quiz".into(),
                more: vec![("registration", registration.to_owned())],
            };
            let change = move |write: &Write<'_>| {
                let account = write.account_by_id(id)?.unwrap();
                let profile = Profile { name: Some(name), ..account.profile.clone() };
                write.update_account(&Account { profile, ..account }, now())
            };
            pool.write_counted(count, change)
        };
        for number in 0..5 {
            rename("moodle", format!("Name {number}")).await.unwrap();
        }
        rename("canvas", "Other".into()).await.unwrap();
        let entries = || {
            pool.look_up(|read| {
                read.audit_entries(&AuditFilter {
                    noun: Some(MEMBERS.into()),
                    limit: 10,
                    ..AuditFilter::default()
                })
            })
            .unwrap()
        };
        assert_eq!(entries().len(), 0);
        let sealed = pool
            .write(|write| write.seal_profile_changes("2026-11-26T00:00:00Z".parse().unwrap(), 1))
            .await
            .unwrap();
        assert_eq!(sealed, 1, "no more than were asked for");
        pool.write(|write| write.seal_profile_changes("2026-11-26T00:00:00Z".parse().unwrap(), 10))
            .await
            .unwrap();
        let after: BTreeSet<String> =
            entries().into_iter().filter_map(|entry| entry.after).collect();
        assert_eq!(
            after,
            [
                r#"{"registration":"canvas","accounts_changed":1}"#,
                r#"{"registration":"moodle","accounts_changed":5}"#
            ]
            .map(str::to_owned)
            .into()
        );
    });
}

/// Adds a resource for the registration `before`.
fn insert_quiz_for_before(write: &Write<'_>) -> Result<(), Error> {
    let (quiz, name) = (Slug::new("quiz").unwrap(), Name::new("Quiz").unwrap());
    let registrations = Some(vec![Slug::new("before").unwrap()]);
    let quiz = Resource::new(quiz, Random::System.uuid(), name, now());
    write.insert_resource(&Resource { registrations, ..quiz }).map(drop)
}

#[test]
fn many_changes_are_counted_in_one_entry() {
    each_pool_as(of_alice, |database, pool| async move {
        let count = || Count { name: "quiz".into(), more: vec![("registration", "moodle".into())] };
        let fill = |write: &Write<'_>| {
            (0..3).try_for_each(|number| {
                write.insert_account(&account(&format!("member-{number}"))).map(drop)
            })?;
            let first = write.account(&Username::new("member-0").unwrap())?.unwrap();
            write.update_account(&Account { enabled: false, ..first }, now())
        };
        pool.write(|write| draft(write, "before")).await.unwrap();
        pool.write_counted(count(), fill).await.unwrap();
        pool.write_counted(count(), |_| Ok::<_, Error>(())).await.unwrap();
        let failed = pool
            .write_counted(count(), |write| {
                draft(write, "lost").and(Err::<(), _>(Error::NotInitialised))
            })
            .await;
        assert!(failed.is_err());
        pool.write_counted(count(), |write| {
            write.delete_account(write.account(&Username::new("member-1").unwrap())?.unwrap().id)
        })
        .await
        .unwrap();
        pool.write(|write| draft(write, "after")).await.unwrap();
        // Changes that cannot be counted are refused. A server counts all.
        if database.is_file() {
            let refused = pool.write_counted(count(), insert_quiz_for_before).await.unwrap_err();
            assert!(refused.to_string().contains("resource_registration cannot be counted"));
        }
        let (entries, proof) = pool
            .read(|read| Ok::<_, Error>((logged_in(read), read.audit_proof(None)?)))
            .await
            .unwrap();
        assert_eq!(entries.len(), 4, "{entries:?}");
        for (entry, expected) in [
            (
                &entries[1],
                json!({ "registration": "moodle", "accounts_created": 3, "accounts_changed": 1 }),
            ),
            (&entries[2], json!({ "registration": "moodle", "accounts_deleted": 1 })),
        ] {
            let counted: Value =
                serde_json::from_str(entry.strip_prefix("alice changed members quiz {} ").unwrap())
                    .unwrap();
            assert_eq!(counted, expected);
        }
        assert_eq!(proof.problem, None);
    });
}

#[test]
fn entries_cannot_be_changed_or_deleted() {
    each_database(|database| {
        let mut store = of_alice(database.open());
        store.write(|write| draft(write, "moodle")).unwrap();
        let other = database.open().connection;
        for attempt in ["UPDATE audit SET name = 'x'", "DELETE FROM audit"] {
            let refused = other.execute_batch(attempt).unwrap_err().to_string();
            assert!(refused.contains("append-only"), "{attempt}: {refused}");
        }
        assert!(store.read().audit_proof(None).unwrap().append_only);
        for drop in dropped_triggers(database) {
            other.execute_batch(drop).unwrap();
            assert!(!store.read().audit_proof(None).unwrap().append_only, "{drop}");
        }
    });
}

/// What removes the triggers that refuse changes of the log.
fn dropped_triggers(database: &TestDatabase) -> &'static [&'static str] {
    if database.is_file() {
        &["DROP TRIGGER audit_is_not_changed", "DROP TRIGGER audit_is_not_deleted"]
    } else {
        &["DROP TRIGGER audit_only_grows ON audit"]
    }
}

/// Changes to a log of five entries, the problem found in it, and whether its last hash is still
/// there.
const TAMPERING: &[(&str, Option<AuditProblem>, bool)] = &[
    ("UPDATE audit SET actor = 'bob' WHERE id = 2", Some(AuditProblem::Altered(2)), false),
    ("UPDATE audit SET at = at + 1 WHERE id = 3", Some(AuditProblem::Altered(3)), false),
    (
        "UPDATE audit SET after = NULL, before = after, action = 'deleted' WHERE id = 1",
        Some(AuditProblem::Altered(1)),
        false,
    ),
    (
        "UPDATE audit SET actor = 'alicer', via = 'egistration create' WHERE id = 4",
        Some(AuditProblem::Altered(4)),
        false,
    ),
    ("UPDATE audit SET hash = previous_hash WHERE id = 2", Some(AuditProblem::Altered(2)), false),
    ("DELETE FROM audit WHERE id = 3", Some(AuditProblem::Missing(3)), false),
    ("DELETE FROM audit WHERE id = 1", Some(AuditProblem::Missing(1)), false),
    (
        "DELETE FROM audit WHERE id = 3; UPDATE audit SET id = id - 1 WHERE id > 3",
        Some(AuditProblem::Replaced(2)),
        false,
    ),
    (
        "UPDATE audit SET id = 100 WHERE id = 2; UPDATE audit SET id = 2 WHERE id = 3; UPDATE \
             audit SET id = 3 WHERE id = 100; SELECT at, actor, via, noun, name, action, before, \
             after, previous_hash, hash FROM audit LIMIT 0;",
        Some(AuditProblem::Reordered(2)),
        false,
    ),
    ("DELETE FROM audit WHERE id > 3", None, false),
    ("DELETE FROM audit", None, false),
    ("SELECT 1", None, true),
];

#[test]
fn tampering_with_the_log_is_detected() {
    for (meddling, problem, expected_found) in TAMPERING {
        each_database(|database| {
            let mut store = of_alice(database.open());
            for slug in ["a", "b", "c", "d", "e"] {
                store.write(|write| draft(write, slug)).unwrap();
            }
            let whole = store.read().audit_proof(None).unwrap();
            let last = whole.last.unwrap();
            let found = (whole.entries, last.0, whole.problem, whole.append_only);
            assert_eq!(found, (5, 5, None, true));
            for drop in dropped_triggers(database) {
                store.connection.execute_batch(drop).unwrap();
            }
            store.connection.execute_batch(meddling).unwrap();
            assert_eq!(store.read().audit_proof(None).unwrap().problem, *problem, "{meddling}");
            let expected = store.read().audit_proof(Some(last.1)).unwrap();
            assert_eq!(expected.expected, expected_found.then_some(5), "{meddling}");
            let cut_off = (!expected_found).then_some(AuditProblem::CutOff);
            assert_eq!(
                expected.problem,
                problem.or(cut_off),
                "{meddling}: the hash that was kept elsewhere tells"
            );
        });
    }
}

/// The hash follows the documentation of [`chain`], so that others can check it.
#[test]
fn the_hash_can_be_computed_by_others() {
    each_engine(|mut store| {
        store
            .write(|write| {
                let account_id = write.insert_account(&account("sam"))?;
                let user = ConsumerUser { consumer_key: "key".into(), user_id: "4".into() };
                write.insert_consumer_user(account_id, &user, now())
            })
            .unwrap();
        let first = store.read().audit_entry(1).unwrap().unwrap();
        let entry = store.read().audit_entry(2).unwrap().unwrap();
        let mut bytes = first.hash.as_bytes().to_vec();
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 2]);
        bytes.extend(1_795_593_600_000_u64.to_be_bytes());
        for text in ["alice", "registration create", "consumer_user", "sam: key 4", "created"] {
            bytes.extend((text.len() as u64).to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes.extend([255; 8]);
        let after = r#"{"account":"sam","consumer_key":"key","user_id":"4"}"#;
        bytes.extend((after.len() as u64).to_be_bytes());
        bytes.extend(after.as_bytes());
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
        assert_eq!(entry.hash.as_bytes(), digest.as_ref());
    });
}

#[test]
fn secrets_of_clients_are_not_logged() {
    each_engine(|mut store| {
        store
            .write(|write| {
                let slug = Slug::new("wiki").unwrap();
                let name = Name::new("Wiki").unwrap();
                write.insert_resource(&Resource::new(slug.clone(), Uuid::nil(), name, now()))
            })
            .unwrap();
        let wiki = store.read().resource(&Slug::new("wiki").unwrap()).unwrap().unwrap();
        let secrets = [1, 2].map(|seed| ClientSecret::generate(&Random::seeded(seed)));
        let mut client = Client::new(
            Slug::new("grafana").unwrap(),
            Name::new("Grafana").unwrap(),
            ClientKey::generate(&Random::seeded(3)),
            (wiki.id, wiki.slug),
            now(),
        );
        let uri = ["https://app.example.edu/cb"];
        client.redirect_uris = RedirectUris::new("u", &uri).unwrap();
        client.secrets = client.secrets.rotated(&secrets[0], now(), SignedDuration::ZERO);
        client.id = store.write(|write| write.insert_client(&client, CreatedBy::Hand)).unwrap();
        client.secrets = client.secrets.rotated(&secrets[1], now(), SignedDuration::from_hours(1));
        store.write(|write| write.update_client(&client, now())).unwrap();
        store.write(|write| write.delete_resource(wiki.id)).unwrap();
        let entries = newest(&store, 1);
        assert!(
            entries[0].contains(
                r#""resource":"wiki","enabled":true,"auth_method":"client_secret_basic","redirect_uris":["https://app.example.edu/cb"]"#
            ) && entries[0].contains(r#""secret":"set""#),
            "{entries:?}"
        );
        assert_eq!(
            entries[1],
            r#"alice changed client grafana {"secret":"set","previous_secret":null,"previous_secret_expires_at":null} {"secret":"changed","previous_secret":"set","previous_secret_expires_at":"2026-11-25T09:00:00Z"}"#
        );
    });
}

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::domain::{
    Account, Deployment, DeploymentId, Launch, Name, Outcome, Profile, Random, Resource, Username,
};
use crate::store::engine::postgres::search::{AMONG_ALL, AMONG_NEWEST};
use crate::store::engine::postgres::testing::TestSchema;
use crate::store::{Store, Write, both_engines};

fn now() -> Timestamp {
    "2026-11-23T17:00:00Z".parse().unwrap()
}

fn slug(text: &str) -> Slug {
    Slug::new(text).unwrap()
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// A database with one object of each kind, and some others.
struct Searched {
    store: Store,
    random: Random,
}

/// Runs a test with such a database of each engine.
fn each_engine(test: impl Fn(Searched)) {
    both_engines::each_engine(|store| test(Searched::of(store)));
}

/// Courses and links, which only launches create otherwise.
const COURSES: &str = "
    INSERT INTO context (id, deployment_id, context_id, label, title) VALUES
        (1, 1, 'ctx-7', 'ALG', 'Algebra for beginners'), (2, 1, 'ctx-8', NULL, NULL);
    INSERT INTO resource_link (id, deployment_id, resource_link_id, context_id, resource_id, title)
        VALUES (1, 1, 'link-9', 1, 2, 'Weekly quiz');";

const RESOURCES: [(&str, &str); 3] = [
    ("algebra", "Linear Algebra"),
    ("algebra-quiz", "Algebra"),
    ("zoology", "高等数学 and more algebra, explained"),
];

const ACCOUNTS: [(&str, &str); 3] =
    [("zoe-nunez", "Zoë Núñez"), ("sam", "Sam Student"), ("sue", "Sue Student")];

impl Searched {
    fn of(mut store: Store) -> Self {
        let random = Random::seeded(1);
        store.write(|write| Self::fill(write, &random)).unwrap();
        Self { store, random }
    }

    fn fill(write: &Write<'_>, random: &Random) -> Result<(), Error> {
        for text in ["moodle-prod", "canvas"] {
            write.insert_registration(&slug(text), &name(&format!("School of {text}")), now())?;
            let id = write.registration(&slug(text))?.unwrap().id;
            let deployment_id = DeploymentId::new(&format!("dep-{text}")).unwrap();
            let deployment = Deployment { deployment_id, name: Some(name("Whole site")) };
            write.insert_deployment(id, &deployment, now())?;
        }
        for (text, title) in RESOURCES {
            write.insert_resource(&Resource::new(slug(text), random.uuid(), name(title), now()))?;
        }
        for (username, full_name) in ACCOUNTS {
            let profile = Profile {
                name: Some(full_name.to_owned()),
                email: Some(format!("{username}@example.edu")),
                ..Profile::default()
            };
            let username = Username::new(username).unwrap();
            write.insert_account(&Account::by_admin(username, random.uuid(), profile, now()))?;
        }
        write.connection.execute_batch(COURSES)?;
        write.connection.execute_batch(
            "UPDATE registration SET issuer = 'https://moodle.example.edu', client_id = 'Ab12Cd',
                 keyset_url = 'https://moodle.example.edu/mod/lti/certs.php',
                 access_token_url = 'https://moodle.example.edu/mod/lti/token.php',
                 authentication_request_url = 'https://moodle.example.edu/mod/lti/auth.php'
             WHERE slug = 'moodle-prod'",
        )?;
        Ok(())
    }

    /// Adds a launch by a person, so many minutes ago.
    fn launch(&mut self, person: &str, reason: Option<&str>, minutes: i64) -> LaunchId {
        let at = now() - SignedDuration::from_mins(minutes);
        let outcome = match reason {
            None => Outcome::Accepted,
            Some(reason) => Outcome::Refused {
                reason: reason.to_owned(),
                cause: String::new(),
                actor: String::new(),
                fix: String::new(),
            },
        };
        let launch = Launch {
            registration: Some(slug("moodle-prod")),
            user_name: Some(person.to_owned()),
            ..Launch::new(LaunchId::fresh(at, &self.random), at, outcome)
        };
        self.store.write(|write| write.insert_launch(&launch)).unwrap();
        launch.id
    }

    /// Indexes everything that is due.
    fn index(&mut self, settled: Timestamp) {
        while self.store.write(|write| write.index_for_search(settled, 2)).unwrap() {}
    }

    /// What is found of some kinds, as identifiers.
    fn find(&self, text: &str, kinds: &[SearchKind]) -> String {
        let search = Search::parse(text, |name| name.parse().ok()).unwrap();
        let results = self.store.read().search(&search.check_indexed().unwrap(), kinds, 3).unwrap();
        let group = |group: &FoundKind| {
            let ids: Vec<&str> = group.found.iter().map(|found| found.id.as_str()).collect();
            let more = if group.has_more { " …" } else { "" };
            format!("{}: {}{more}", group.kind.as_str(), ids.join(" "))
        };
        results.iter().map(group).collect::<Vec<_>>().join("; ")
    }

    /// Every word in the index with its place.
    fn words(&self) -> Vec<String> {
        let connection = &self.store.connection;
        let sql = if connection.sqlite().is_some() {
            let merge = "INSERT INTO search_index (search_index) VALUES ('optimize')";
            connection.execute_batch(merge).unwrap();
            "SELECT concat_ws(' ', term, doc, col, offset) AS word FROM search_term
             ORDER BY doc, col, offset"
        } else {
            "SELECT place || ' ' || CAST(words AS TEXT) AS word FROM search_index ORDER BY place"
        };
        connection.all(sql, bind! {}, |row| row.get("word")).unwrap()
    }
}

/// Everything but the logs.
const OBJECTS: &[SearchKind] = &[
    SearchKind::Registration,
    SearchKind::Platform,
    SearchKind::Deployment,
    SearchKind::Resource,
    SearchKind::Account,
    SearchKind::Course,
    SearchKind::Link,
];

#[test]
fn every_kind_is_found_by_its_words() {
    each_engine(|searched| {
        for (text, expected) in [
            ("algebra", "resource: algebra algebra-quiz zoology; course: ctx-7"),
            ("ALGÈBRA quiz", "resource: algebra-quiz"),
            ("\"linear algebra\"", "resource: algebra"),
            ("\"algebra linear\"", ""),
            ("algebra NOT linear", "resource: algebra-quiz zoology; course: ctx-7"),
            ("linear OR quiz", "resource: algebra-quiz algebra; link: link-9"),
            ("(linear OR more) algebra", "resource: algebra zoology"),
            ("alg", "course: ctx-7"),
            ("lin*", "resource: algebra; link: link-9"),
            ("数学", "resource: zoology"),
            ("nunez", "account: zoe-nunez"),
            ("zoe-nunez@example.edu", "account: zoe-nunez"),
            ("student", "account: sue sam"),
            ("name:sam", "account: sam"),
            ("email:sam", "account: sam"),
            ("id:student", ""),
            ("moodle", "registration: moodle-prod; deployment: dep-moodle-prod"),
            ("moodle.example.edu", "platform: moodle-prod"),
            ("client_id:ab12cd", "platform: moodle-prod"),
            ("school https", "platform: moodle-prod"),
            ("school", "registration: canvas moodle-prod"),
            ("site", "deployment: dep-canvas dep-moodle-prod"),
            ("site registration:canvas", "deployment: dep-canvas"),
            ("site NOT registration:canvas", "deployment: dep-moodle-prod"),
            (
                "registration:moodle-prod",
                "registration: moodle-prod; deployment: dep-moodle-prod; course: ctx-8 ctx-7; link: link-9",
            ),
            ("registration:mood* quiz", "link: link-9"),
            ("deployment:dep-canvas", "deployment: dep-canvas"),
            ("deployment:dep-moodle-prod quiz", "link: link-9"),
            ("course:algebra", "course: ctx-7"),
            ("user:zoe OR user:nunez", "account: zoe-nunez"),
            ("registration:moodle", ""),
            ("resource:algebra-quiz", "resource: algebra-quiz; link: link-9"),
            ("r1", ""),
            ("ctx-8", "course: ctx-8"),
            ("weekly", "link: link-9"),
            ("reason:accepted OR sam", "account: sam"),
            ("no", ""),
        ] {
            assert_eq!(searched.find(text, OBJECTS), expected, "{text}");
        }
    });
}

#[test]
fn a_platform_alone_is_found_by_its_registration_too() {
    each_engine(|searched| {
        for text in ["moodle-prod", "school moodle", "moodle.example.edu"] {
            let found = searched.find(text, &[SearchKind::Platform]);
            assert_eq!(found, "platform: moodle-prod", "{text}");
        }
    });
}

#[test]
fn an_exact_identifier_and_the_shortest_name_come_first() {
    each_engine(|mut searched| {
        let add = |write: &Write<'_>| {
            (0..100).try_for_each(|number| {
                let resource = Resource::new(
                    slug(&format!("algebra-{number}")),
                    Random::System.uuid(),
                    name(&format!("Algebra, part {number}")),
                    now(),
                );
                write.insert_resource(&resource)
            })
        };
        searched.store.write(add).unwrap();
        let found = searched.find("algebra", &[SearchKind::Resource]);
        assert_eq!(found, "resource: algebra algebra-quiz algebra-99 …");
        assert_eq!(searched.find("\"part 7\"", &[SearchKind::Resource]), "resource: algebra-7");
    });
}

#[test]
fn a_beginning_of_very_many_words_is_found() {
    each_engine(|mut searched| {
        let add = |write: &Write<'_>| {
            (0..60).try_for_each(|number| {
                let profile =
                    Profile { name: Some(format!("Stranger{number} Smith")), ..Profile::default() };
                let username = Username::new(&format!("u{number}")).unwrap();
                write
                    .insert_account(&Account::by_admin(
                        username,
                        Random::System.uuid(),
                        profile,
                        now(),
                    ))
                    .map(drop)
            })
        };
        searched.store.write(add).unwrap();
        for (text, expected) in [
            ("strang*", "account: u59 u58 u57 …"),
            ("str*", "account: u59 u58 u57 …"),
            ("strang* smith", "account: u59 u58 u57 …"),
            ("stranger1*", "account: u19 u18 u17 …"),
            ("stranger59* OR nunez", "account: u59 zoe-nunez"),
            ("strang* NOT stranger5*", "account: u49 u48 u47 …"),
            ("smith NOT strang*", ""),
            ("stud* OR strang*", "account: u59 u58 u57 …"),
            ("\"stranger1 smi\"*", "account: u1"),
        ] {
            assert_eq!(searched.find(text, &[SearchKind::Account]), expected, "{text}");
        }
    });
}

#[test]
fn launches_are_found_before_and_after_they_are_indexed() {
    each_engine(|mut searched| {
        let old = searched.launch("Zoë Núñez", None, 120);
        let refused = searched.launch("Sam Student", Some("state_missing"), 90);
        let fresh = searched.launch("Zoë Núñez", Some("state_expired"), 1);
        let launches = |ids: &[&LaunchId]| {
            let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
            if ids.is_empty() { String::new() } else { format!("launch: {}", ids.join(" ")) }
        };
        for is_indexed in [false, true] {
            if is_indexed {
                searched.index(LaunchId::settled_before(now()));
            }
            for (text, expected) in [
                ("nunez", launches(&[&fresh, &old])),
                ("nunez reason:accepted", launches(&[&old])),
                ("state_missing", launches(&[&refused])),
                ("state*", launches(&[&fresh, &refused])),
                ("registration:moodle-prod NOT accepted", launches(&[&fresh, &refused])),
                (old.as_str(), launches(&[&old])),
                ("registration:canvas", String::new()),
            ] {
                assert_eq!(searched.find(text, &[SearchKind::Launch]), expected, "{text}");
            }
        }
        let before = now() - SignedDuration::from_mins(60);
        searched.store.write(|write| write.delete_old_launches(before, 10)).unwrap();
        assert_eq!(searched.find("nunez", &[SearchKind::Launch]), launches(&[&fresh]));
    });
}

#[test]
fn launches_with_the_same_place_are_told_apart() {
    each_engine(|mut searched| {
        let id = searched.launch("Zoë", None, 120);
        let bits = id.as_str().to_owned();
        // The same time and the same first random bits.
        let twin = LaunchId::parse(&format!("{}0000", &bits[..12])).unwrap();
        let launch = Launch {
            user_name: Some("Sam".to_owned()),
            ..Launch::new(twin.clone(), id.moment(), Outcome::Accepted)
        };
        searched.store.write(|write| write.insert_launch(&launch)).unwrap();
        for is_indexed in [false, true] {
            if is_indexed {
                searched.index(now());
            }
            assert_eq!(searched.find("zoe", &[SearchKind::Launch]), format!("launch: {id}"));
            assert_eq!(searched.find("sam", &[SearchKind::Launch]), format!("launch: {twin}"));
        }
    });
}

#[test]
fn launches_of_a_clock_that_was_ahead_are_indexed_again() {
    each_engine(|mut searched| {
        searched.launch("Zoë", None, -600);
        searched.index(now() + SignedDuration::from_hours(20));
        searched.index(LaunchId::settled_before(now()));
        let id = searched.launch("Sam", None, 0);
        searched.index(now() + SignedDuration::from_hours(1));
        assert_eq!(searched.find("sam", &[SearchKind::Launch]), format!("launch: {id}"));
    });
}

#[test]
fn audit_log_entries_are_found() {
    each_engine(|mut searched| {
        for is_indexed in [false, true] {
            if is_indexed {
                searched.index(now());
            }
            for (text, expected) in [
                ("noun:registration name:canvas", "audit: 3"),
                ("noun:account zoe-nunez action:created", "audit: 8"),
                ("id:8", "audit: 8"),
                ("noun:account action:deleted", ""),
            ] {
                assert_eq!(searched.find(text, &[SearchKind::Audit]), expected, "{text}");
            }
        }
    });
}

/// What random searches consist of. Each of the first parts can follow each of the others.
const OPERATORS: [&str; 5] = ["", "OR ", "AND ", "NOT ", "AND NOT "];
const TERMS: [&str; 24] = [
    "algebra",
    "alg*",
    "quiz",
    "linear",
    "\"linear algebra\"",
    "\"algebra lin\"*",
    "学",
    "数*",
    "zo*",
    "nunez",
    "student",
    "sa*",
    "site",
    "school",
    "moodle*",
    "example",
    "\"example edu\"",
    "https",
    "registration:moodle-prod",
    "registration:c*",
    "resource:algebra*",
    "name:algebra",
    "id:link*",
    "course:beginners",
];

#[test]
fn both_engines_find_the_same() {
    let Some(schema) = TestSchema::create() else { return };
    let directory = tempfile::tempdir().unwrap();
    let mut engines =
        [Store::create(directory.path().join("ltictl.db")).unwrap(), both_engines::create(&schema)]
            .map(Searched::of);
    for searched in &mut engines {
        for (person, reason, minutes) in
            [("Zoë Núñez", None, 90), ("Sam Student", Some("algebra"), 80), ("Zoë", None, 1)]
        {
            searched.launch(person, reason, minutes);
        }
        searched.index(LaunchId::settled_before(now()));
    }
    let random = Random::seeded(7);
    let number = move || random.uuid().as_bytes()[0] as usize;
    let mut found = 0;
    for _ in 0..150 {
        let mut text = String::new();
        for place in 0..=number() % 3 {
            let operator = if place == 0 { "" } else { OPERATORS[number() % OPERATORS.len()] };
            let (one, other) = (TERMS[number() % TERMS.len()], TERMS[number() % TERMS.len()]);
            text += operator;
            text += &match number() % 3 {
                0 => format!("({one} OR {other}) "),
                1 => format!("({one} {other}) "),
                _ => format!("{one} "),
            };
        }
        let is_indexed = Search::parse(&text, |name| name.parse::<SearchField>().ok())
            .and_then(Search::check_indexed)
            .is_ok();
        if is_indexed {
            let [sqlite, postgres] =
                [0, 1].map(|place| engines[place].find(&text, SearchKind::ALL));
            assert_eq!(postgres, sqlite, "{text}");
            found += usize::from(!sqlite.is_empty());
        }
    }
    assert!(found > 30, "only {found} searches found something");
}

#[test]
fn what_others_change_on_a_server_is_indexed_with_the_next_change() {
    let Some(schema) = TestSchema::create() else { return };
    let mut searched = Searched::of(both_engines::create(&schema));
    let change = "UPDATE context SET title = 'Geometry' WHERE id = 1";
    searched.store.connection.execute_batch(change).unwrap();
    assert_eq!(searched.find("geometry", OBJECTS), "");
    searched.store.write(|write| write.touch()).unwrap();
    assert_eq!(searched.find("geometry", OBJECTS), "course: ctx-7");
    assert_eq!(searched.find("beginners", OBJECTS), "");
}

#[test]
fn a_server_knows_the_places_of_launches() {
    let Some(schema) = TestSchema::create() else { return };
    let store = both_engines::create(&schema);
    let random = Random::seeded(3);
    for hours in 0..50 {
        let id = LaunchId::fresh(now() - SignedDuration::from_hours(hours * hours), &random);
        let sql = "SELECT launch_place(:id) AS place";
        let read = |row: &Row<'_>| row.get::<i64>("place");
        let place = store.connection.one(sql, &[(":id", id.as_str().into())], read);
        assert_eq!(place.unwrap(), id.place(), "{id}");
    }
}

#[test]
fn no_statement_about_the_index_reads_a_whole_table() {
    let directory = tempfile::tempdir().unwrap();
    let searched = Searched::of(Store::create(directory.path().join("ltictl.db")).unwrap());
    let connection = &searched.store.connection;
    for kind in Indexed::ALL {
        let by_keys = (kind != Indexed::Launch).then(|| kind.select_keys());
        let by_order = [kind.select("ASC"), kind.select("DESC"), kind.select_more()];
        for sql in by_order.into_iter().chain(by_keys) {
            let plan = connection
                .all(&format!("EXPLAIN QUERY PLAN {sql}"), &[], |row| row.get::<String>("detail"))
                .unwrap();
            let reads_all = |line: &&String| {
                let is_table = !line.contains("CONSTANT ROW") && !line.contains("VIRTUAL TABLE");
                line.starts_with("SCAN ") && is_table
            };
            assert_eq!(plan.iter().find(reads_all), None, "{sql}: {plan:?}");
        }
    }
}

/// How PostgreSQL runs a statement of the index, and how many rows each part of it returned.
fn plan(store: &Store, mode: &str, sql: &str, word: &str) -> String {
    let first = Indexed::Launch.first_place();
    let last = Indexed::Launch.last_place();
    let mut sql = sql.to_owned();
    for (number, name) in [":wanted", ":first", ":last", ":limit", ":newest"].iter().enumerate() {
        sql = sql.replace(name, &format!("${}", number + 1));
    }
    let connection = &store.connection;
    connection
        .execute_batch(&format!(
            "SET plan_cache_mode = {mode};
             PREPARE planned (TEXT, BIGINT, BIGINT, BIGINT, BIGINT) AS {sql}"
        ))
        .unwrap();
    let explained = format!(
        "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF)
         EXECUTE planned ('{word}', {first}, {last}, 20, 1000)"
    );
    let lines = connection
        .all(&explained, bind! {}, |row| Ok(row.text("QUERY PLAN")?.unwrap_or_default().to_owned()))
        .unwrap();
    connection.execute_batch("DEALLOCATE planned").unwrap();
    lines.join("\n")
}

#[test]
fn postgresql_reads_few_rows_for_rare_and_for_common_words() {
    let Some(schema) = TestSchema::create() else { return };
    let store = both_engines::create(&schema);
    let first = Indexed::Launch.first_place();
    let fill = format!(
        "INSERT INTO search_index (place, words) SELECT {first} + number, CAST(
             '''ngcommon'':1' || CASE number % 5000 WHEN 7 THEN ' ''ngrare'':2' ELSE '' END
             AS TSVECTOR) FROM generate_series(1, 40000) AS number;
         ANALYZE search_index"
    );
    store.connection.execute_batch(&fill).unwrap();
    for mode in ["force_custom_plan", "force_generic_plan"] {
        let rare = plan(&store, mode, AMONG_ALL, "ngrare");
        let reads_rare = "Bitmap Index Scan on search_index_by_words (actual rows=8 loops=1)";
        assert!(rare.contains(reads_rare), "{mode}: {rare}");
        let common = plan(&store, mode, AMONG_NEWEST, "ngcommon");
        let reads_common = "Index Scan Backward using search_index_pkey on search_index \
             (actual rows=20 loops=1)";
        assert!(common.contains(reads_common), "{mode}: {common}");
    }
}

/// Changes after which the index has to be the same as a new one.
const CHANGES: &[&str] = &[
    "UPDATE registration SET name = 'Another', slug = 'other' WHERE slug = 'canvas'",
    "UPDATE registration SET client_id = 'xyz' WHERE slug = 'moodle-prod'",
    "UPDATE deployment SET name = 'Somewhere' WHERE id = 1",
    "UPDATE resource SET description = 'All of it', target_kind = 'app',
         target = 'https://app.example.edu/x' WHERE id = 2",
    "UPDATE account SET given_name = 'Z', family_name = 'N', name = NULL WHERE id = 1",
    "UPDATE account SET username = 'someone', email = NULL WHERE id = 2",
    "UPDATE context SET title = 'Renamed' WHERE id = 1",
    "UPDATE resource_link SET resource_id = 3, title = NULL WHERE id = 1",
    "DELETE FROM account WHERE id = 3",
    "DELETE FROM registration WHERE slug = 'other'",
    "INSERT INTO context (id, deployment_id, context_id, label) VALUES (9, 1, 'ctx-9', 'NEW')",
    "DELETE FROM context WHERE id = 1",
];

#[test]
fn the_index_is_always_the_same_as_a_new_one() {
    each_engine(|mut searched| {
        searched.launch("Zoë Núñez", None, 120);
        for change in CHANGES {
            searched.store.write(|write| write.connection.execute_batch(change)).unwrap();
            searched.index(now());
            let kept = searched.words();
            // As after the migration of an older database.
            let migration = include_str!("../migrations/030_search.sql");
            let backlog = &migration[migration.rfind("INSERT INTO search_backlog").unwrap()..];
            let renew = |write: &Write<'_>| {
                let clear = "DELETE FROM search_backlog; DELETE FROM search_index;";
                write.connection.execute_batch(&format!("{clear}{backlog}"))
            };
            searched.store.write(renew).unwrap();
            searched.index(now());
            assert_eq!(searched.words(), kept, "{change}");
        }
    });
}

#[test]
fn an_object_that_is_not_indexed_is_work_for_the_next_search_and_a_few_launches_are_not() {
    each_engine(|searched| {
        let store = &searched.store;
        let waits = |sql: &str| {
            store.connection.execute_batch(&format!("DELETE FROM search_backlog; {sql}")).unwrap();
            store.read().has_search_backlog(now() + SignedDuration::from_hours(24), 500).unwrap()
        };
        let insert = "INSERT INTO search_backlog (kind, position, last) VALUES";
        assert!(!waits(""));
        assert!(waits(&format!("{insert} (3, 0, 3)")), "accounts");
        assert!(!waits(&format!("{insert} (3, 3, 3)")), "all of them are indexed");
        assert!(!waits(&format!("{insert} (6, 0, NULL), (7, 0, NULL)")), "searches read the logs");
    });
}

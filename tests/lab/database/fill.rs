//! Databases of any size, for measuring how the cost of commands grows with them.

use std::path::Path;

use jiff::Timestamp;
use ltictl::admin::setup;
use ltictl::domain::{
    ClientId, Clock, EndpointUrl, Issuer, LaunchId, MaxGrade, Name, PlatformDetails, PublicUrl,
    Random, Registration, Resource, Slug,
};
use ltictl::store::{CreatedBy, Error, Store};
use rusqlite::functions::FunctionFlags;

use super::Database;

/// Creates a database with this number of registrations and resources, ten times as many accounts,
/// enrolments, sent grades, sessions and audit entries, and twenty times as many launches of the
/// last 30 days, a twentieth of them refused.
///
/// The slugs are `school-1`, `quiz-1` and so on; each resource is opened in one course.
pub(crate) fn fill(path: &Path, registrations: u32) {
    create(path, (1..=registrations).map(|number| registration(number, None)), registrations);
    let database = Database::begin_filling(path);
    database.add_links(registrations, "number", "number");
    database.add_people(10 * registrations, registrations, "1 + (number - 1) % :size");
    database.add_sessions(10 * registrations, registrations, "number");
    database.add_launches(20 * registrations, registrations);
    database.add_audit_entries(10 * registrations);
    database.commit();
    drop(database);
    count_launches(path);
}

/// Counts and indexes the launches, as the server does once a minute.
fn count_launches(path: &Path) {
    let mut store = Store::open(path).unwrap();
    let now = Clock::System.now();
    while store.write(|write| write.count_launches(now, 20_000)).unwrap() {}
    while store.write(|write| write.index_for_search(now, 20_000)).unwrap() {}
}

/// Creates a database with one resource that is opened in this number of courses of one
/// registration, each with ten people whose grades were sent.
pub(crate) fn fill_courses(path: &Path, courses: u32) {
    create(path, [registration(1, None)], 1);
    let database = Database::begin_filling(path);
    database.add_links(courses, "1", "1");
    database.add_people(10 * courses, courses, "1");
    database.commit();
}

/// Creates a database with one course that this number of people have opened, whose grades were
/// sent. The first one has as many sessions.
pub(crate) fn fill_people(path: &Path, people: u32) {
    create(path, [registration(1, None)], 1);
    let database = Database::begin_filling(path);
    database.add_links(1, "1", "1");
    database.add_people(people, 1, "1");
    database.add_sessions(people, 1, "1");
    database.commit();
}

/// Creates a database with this number of registrations of customers of one cloud, who share an
/// issuer, and one resource.
pub(crate) fn fill_customers(path: &Path, registrations: u32) {
    create(path, (1..=registrations).map(customer), 1);
    let database = Database::begin_filling(path);
    database.add_links(registrations, "number", "1");
    database.commit();
}

/// Creates the database with its registrations and resources, as the tool does.
fn create(path: &Path, registrations: impl IntoIterator<Item = Registration>, resources: u32) {
    let now = Clock::System.now();
    let url = PublicUrl::new("https://tool.example.edu", false).unwrap();
    setup::init(path, url, Name::new("Tool").unwrap(), false, now, &Random::System).unwrap();
    let mut store = Store::open(path).unwrap();
    store
        .write(|write| {
            for registration in registrations {
                write.add_registration(&registration, CreatedBy::Hand)?;
            }
            for number in 1..=resources {
                let name = format!("quiz-{number}");
                let (slug, name) = (Slug::new(&name).unwrap(), Name::new(&name).unwrap());
                let mut resource = Resource::new(slug, Random::System.uuid(), name, now);
                resource.max_grade = Some(MaxGrade::new(10.0).unwrap());
                write.insert_resource(&resource)?;
            }
            Ok::<_, Error>(())
        })
        .unwrap();
}

/// A registration with endpoints of its own, and an issuer of its own unless it shares one.
pub(crate) fn registration(number: u32, shared_issuer: Option<&str>) -> Registration {
    let own = format!("https://lms-{number}.example.edu");
    with_platform(number, shared_issuer.unwrap_or(&own), [&own, &own])
}

/// A registration of a customer of a cloud.
fn customer(number: u32) -> Registration {
    let hosts = ["https://sso.canvaslms.com"; 2];
    with_platform(number, "https://canvas.instructure.com", hosts)
}

fn with_platform(number: u32, issuer: &str, [keys, tokens]: [&str; 2]) -> Registration {
    let name = format!("school-{number}");
    let endpoint = |url: String| EndpointUrl::new("url", &url, false).unwrap();
    let platform = PlatformDetails {
        issuer: Issuer::new(issuer, false).unwrap(),
        client_id: ClientId::new(&format!("client-{number}")).unwrap(),
        keyset_url: endpoint(format!("{keys}/jwks")),
        access_token_url: endpoint(format!("{tokens}/token")),
        authentication_request_url: endpoint(format!("{tokens}/auth")),
    };
    let (slug, name) = (Slug::new(&name).unwrap(), Name::new(&name).unwrap());
    Registration {
        platform: Some(platform),
        ..Registration::draft(slug, name, Clock::System.now())
    }
}

impl Database {
    /// Begins a transaction that writes very many rows. If the process is stopped, the file may be
    /// damaged.
    fn begin_filling(path: &Path) -> Self {
        let database = Self::open(path);
        database.execute_all("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;");
        database.begin_writing();
        database
    }

    /// Grants an account this resource only.
    pub(crate) fn set_only_grant(&self, account_id: u32, resource_id: u32) {
        self.change("DELETE FROM account_grant WHERE account_id = ?1", &[account_id.into()]);
        self.change(
            "INSERT INTO account_grant VALUES (?1, ?2)",
            &[account_id.into(), resource_id.into()],
        );
    }

    /// Makes `count` grades due: their scores differ from what was sent.
    pub(crate) fn change_grades(&self, count: u32) {
        self.change("UPDATE grade SET score = 9, at = at + 1 WHERE id <= ?1", &[count.into()]);
    }

    /// Adds a deployment for each registration, and courses with a link each. `registration` and
    /// `resource` are expressions of their `number`.
    fn add_links(&self, courses: u32, registration: &str, resource: &str) {
        self.execute_all(
            "INSERT INTO deployment (id, registration_id, deployment_id, name, created_at)
             SELECT id, id, '1', 'Deployment', 0 FROM registration",
        );
        self.for_each(
            courses,
            &format!(
                "INSERT INTO context (id, deployment_id, context_id, label, title)
                 SELECT number, {registration}, 'course-' || number, 'C' || number,
                     'Course ' || number FROM numbers"
            ),
        );
        self.for_each(
            courses,
            &format!(
                "INSERT INTO resource_link (id, deployment_id, resource_link_id, context_id,
                     resource_id, title, lineitem_url, lineitems_url, grade_scopes, memberships_url)
                 SELECT number, {registration}, 'link-' || number, number, {resource}, 'Quiz',
                     service || '/items/1', service || '/items',
                     'https://purl.imsglobal.org/spec/lti-ags/scope/lineitem '
                         || 'https://purl.imsglobal.org/spec/lti-ags/scope/score',
                     service || '/members'
                 FROM (SELECT number,
                     'https://lms-' || {registration} || '.example.edu/course/' || number
                         AS service FROM numbers)"
            ),
        );
    }

    /// Adds people, each of whom is enrolled and has a grade that the platform has accepted. They
    /// are distributed over `links`; `resource` is an expression of their `number`.
    fn add_people(&self, people: u32, links: u32, resource: &str) {
        let resource = resource.replace(":size", &links.to_string());
        self.for_each(
            people,
            "INSERT INTO account (id, uuid, username, origin, name, email, created_at, updated_at)
             SELECT number, printf('00000000-0000-4000-8000-%012d', number), 'user-' || number,
                 'launch', 'Person ' || number, 'user-' || number || '@example.edu', 0, 0
             FROM numbers",
        );
        for (table, columns, values) in [
            (
                "account_link (account_id, issuer, tenant, sub, made_account, created_at)",
                format!("'https://lms-' || (1 + (number - 1) % {links}) || '.example.edu'"),
                "'', 'sub-' || number, 1, 0",
            ),
            (
                "enrolment (account_id, resource_id, role, teaches, source, created_at)",
                resource.clone(),
                "'student', 0, 'launch', 0",
            ),
            (
                "resource_link_user (account_id, resource_link_id, sub, teaches, last_launch_at)",
                format!("1 + (number - 1) % {links}"),
                "'sub-' || number, 0, 0",
            ),
            (
                "grade_delivery (account_id, resource_link_id, sub, newest_time, accepted,
                     accepted_at)",
                format!("1 + (number - 1) % {links}"),
                "'sub-' || number, 1,
                 json_array(8.0, 10.0, 'Completed', 'FullyGraded', NULL), 1",
            ),
            (
                "grade (account_id, resource_id, score, maximum, activity_progress,
                     grading_progress, set_by, at)",
                resource,
                "8, 10, 'Completed', 'FullyGraded', 'admin', 1",
            ),
        ] {
            self.for_each(
                people,
                &format!("INSERT INTO {table} SELECT number, {columns}, {values} FROM numbers"),
            );
        }
    }

    /// Adds sessions and nonces, which have not expired. `account` is an expression of their
    /// `number`.
    fn add_sessions(&self, sessions: u32, registrations: u32, account: &str) {
        self.for_each(
            sessions,
            &format!(
                "INSERT INTO session (handle, secret_digest, launch_id, registration_id,
                     resource_id, account_id, rank, place, visit, created_at, expires_at)
                 SELECT ((unixepoch() * 1000) << 21) + number, randomblob(32),
                     lower(hex(randomblob(8))),
                     1 + (number - 1) % {registrations}, 1 + (number - 1) % {registrations},
                     {account}, 0, number,
                     json_object('deployment_id', '1', 'context_id', 'course-1',
                         'resource_link_id', 'link-1', 'sub', 'sub-' || {account},
                         'name', 'Person ' || {account}, 'role', 'learner', 'roles', json_array(),
                         'return_url', 'https://lms.example.edu/course/view?id=' || number),
                     unixepoch() * 1000, unixepoch() * 1000 + 36000000
                 FROM numbers"
            ),
        );
        self.for_each(
            sessions,
            "INSERT INTO spent_nonce (expires_at, nonce)
             SELECT unixepoch() * 1000 + 600000, lower(hex(randomblob(16))) FROM numbers",
        );
    }

    /// Adds launches, evenly over the last 30 days. A twentieth are refused.
    fn add_launches(&self, launches: u32, registrations: u32) {
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        self.file()
            .create_scalar_function("launch_id", 1, flags, |context| {
                let moment = Timestamp::from_millisecond(context.get(0)?).unwrap_or_default();
                Ok(LaunchId::first_of(moment).to_string())
            })
            .unwrap();
        let gap = 30 * 86_400_000 / i64::from(launches);
        self.for_each(
            launches,
            &format!(
                "INSERT INTO launch (id, at, reason, cause, actor, fix, registration, resource,
                     deployment_id, message_type, sub, user_name, role, context_title,
                     resource_link_id, resource_link_title, request_id, browser)
                 SELECT launch_id(at), at, iif(refused, 'token_expired', NULL),
                     iif(refused, 'The token has expired.', NULL), iif(refused, 'platform', NULL),
                     iif(refused, 'Set the clock.', NULL), 'school-' || place, 'quiz-' || place,
                     '1', 'LtiResourceLinkRequest', 'sub-' || number, 'Person ' || number,
                     iif(refused, NULL, 'student'), 'Course ' || place, 'link-' || place, 'Quiz',
                     NULL, 'firefox'
                 FROM (SELECT number, number % 20 = 0 AS refused,
                     1 + (number * 7 + number / 20) % {registrations} AS place,
                     unixepoch() * 1000 - ({launches} - number) * {gap} AS at FROM numbers)"
            ),
        );
    }

    /// Adds entries to the audit log, whose hashes are wrong.
    fn add_audit_entries(&self, entries: u32) {
        self.for_each(
            entries,
            "INSERT INTO audit (at, actor, via, noun, name, action, after, previous_hash, hash)
             SELECT unixepoch() * 1000, 'launch', 'serve', 'account', 'user-' || number,
                 'created', json_object('name', 'Person ' || number), zeroblob(32), zeroblob(32)
             FROM numbers",
        );
    }

    /// Executes a statement that selects from `numbers`, which has a row for each `number` from 1
    /// to `count`.
    fn for_each(&self, count: u32, statement: &str) {
        let numbers = "WITH RECURSIVE numbers (number) AS
            (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?1)";
        assert_eq!(self.change(&format!("{numbers} {statement}"), &[count.into()]), count as usize);
    }
}

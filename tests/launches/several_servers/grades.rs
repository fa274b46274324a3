//! Two servers that send grades to one platform: every grade arrives, and once, whatever is killed or
//! restarted meanwhile.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use ltictl::admin::grade;
use ltictl::domain::{Clock, Random};
use ltictl::platform::PlatformClient;
use ltictl::rules::grade::NewGrade;
use ltictl::sandbox::{AcceptedScore, Endpoint};
use ltictl::server::{self, Server};
use ltictl::store::{Pool, Store};
use ltictl::sync::runs::SyncRuns;
use ltictl::sync::{Limits, Synchronizer, Work, schedule};
use tokio::task::JoinHandle;

use super::super::crash::{Process, run, start};
use super::{RESTARTS, Restart, free_port, kills, name_of_test, on_own_server};
use crate::lab::database::Database;
use crate::lab::database::place::{Engine, Place};
use crate::lab::{Lab, RESOURCE};
use crate::sync::grades::class;

/// How many people have grades: so many that one changes less than once per second, as a platform
/// wants to see it.
const STUDENTS: u32 = 200;

/// How many scores arrive between two faults.
const SCORES: usize = 20;

/// How long the platform takes for an answer.
const LATENCY: Duration = Duration::from_millis(15);

/// How long a lease lasts without being renewed. Usually, it is longer.
const LEASE: Duration = Duration::from_secs(1);

/// The name of the only registration's lease.
const LEASE_NAME: &str = "grades/1";

/// Where the process that is one of the two servers has its database and its port.
const DATABASE: &str = "LTICTL_TEST_SERVER_DATABASE";
const PORT: &str = "LTICTL_TEST_SERVER_PORT";

/// In the process that a [`Course`] starts as one of its servers: serves until it is killed, and sends
/// grades as servers do, only more often.
fn serve_if_asked() {
    let (Ok(database), Ok(port)) = (std::env::var(DATABASE), std::env::var(PORT)) else { return };
    let place = Place::at(&database);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().unwrap()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let pool = Pool::open(&place).unwrap();
        let synchronizer =
            Synchronizer::new(pool, PlatformClient::new(), Clock::System, Random::System);
        let limits = Limits { lease: LEASE, ..synchronizer.limits };
        let synchronizer = Synchronizer { limits, ..synchronizer };
        let _server = Server::start(server::Options::new(place, address)).await.unwrap();
        let runs = SyncRuns::default();
        loop {
            schedule::once(&synchronizer, &runs, Work::Grades).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
}

/// A platform with students, and two servers that send their grades.
struct Course {
    lab: Arc<Lab>,
    test: String,
    ports: [u16; 2],
    servers: [Option<Process>; 2],
}

impl Course {
    /// Starts it for this test, which begins with [`serve_if_asked`].
    async fn start(test: &str) -> Self {
        let lab = class().await;
        lab.enrol_crowd(STUDENTS);
        let course = Self {
            lab: Arc::new(lab),
            test: name_of_test(module_path!(), test),
            ports: [free_port(), free_port()],
            servers: [None, None],
        };
        course.answer_after(LATENCY);
        course
    }

    /// How long the platform takes for an answer.
    fn answer_after(&self, latency: Duration) {
        let mut services = self.lab.sandbox.services();
        services.latency = latency;
        self.lab.sandbox.set_services(services);
    }

    async fn serve(&mut self, which: usize) {
        let port = self.ports[which];
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", &self.test])
            .env(DATABASE, self.lab.database.text())
            .env(PORT, port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.servers[which] = Some(start(command, port).await);
    }

    fn kill(&mut self, which: usize) {
        let mut server = self.servers[which].take().unwrap();
        server.0.kill().unwrap();
        server.0.wait().unwrap();
    }

    fn scores(&self) -> Vec<AcceptedScore> {
        self.lab.sandbox.service_log().scores
    }

    /// Waits until so many more scores have arrived, and up to 40 ms more, as chance has it.
    async fn wait_for_scores(&self) {
        let wanted = self.scores().len() + SCORES;
        wait_until("scores do not arrive any more", || self.scores().len() >= wanted).await;
        let [chance] = Random::System.bytes::<1>();
        tokio::time::sleep(Duration::from_micros(u64::from(chance) * 160)).await;
    }

    /// Waits until the database says that the platform has all grades.
    async fn wait_until_settled(&self) {
        let store = self.lab.store();
        let is_settled =
            || store.read().links_with_unsettled_grades(None, None).unwrap().is_empty();
        wait_until("grades are not sent any more", is_settled).await;
    }

    /// Fails unless each grade was taken once, in the order of its changes, and the last one of each
    /// person is what was set last.
    fn check(&self, last: &BTreeMap<String, f64>) {
        let mut taken: BTreeMap<String, Vec<(f64, Timestamp)>> = BTreeMap::new();
        for score in self.scores() {
            let value = (score.score_given.unwrap(), score.timestamp);
            taken.entry(score.user_id).or_default().push(value);
        }
        assert_eq!(taken.len(), last.len());
        for (user, taken) in &taken {
            let is_in_order = taken.is_sorted_by(|one, next| one.0 < next.0 && one.1 < next.1);
            assert!(is_in_order, "{user}: {taken:?}");
            assert_eq!(taken.last().map(|(score, _)| score), last.get(user), "{user}");
        }
        run(&self.lab.database, &["audit", "verify"]);
    }

    async fn end(mut self) {
        self.servers = [None, None];
        Arc::into_inner(self.lab).unwrap().stop().await;
    }
}

async fn wait_until(otherwise: &str, is_so: impl Fn() -> bool) {
    for _ in 0..12_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{otherwise}");
}

/// Someone who changes the grades of all students, again and again.
struct Teacher {
    stop: Arc<AtomicBool>,
    changing: JoinHandle<BTreeMap<String, f64>>,
}

impl Teacher {
    fn start(lab: &Arc<Lab>) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let (lab, is_over) = (Arc::clone(lab), Arc::clone(&stop));
        let changing = tokio::task::spawn_blocking(move || {
            let (mut store, mut last) = (lab.store(), BTreeMap::new());
            // Everyone's grade was changed when this ends.
            for number in 0.. {
                if number >= STUDENTS && is_over.load(Ordering::Relaxed) {
                    break;
                }
                change(&lab, &mut store, number, &mut last);
                std::thread::sleep(Duration::from_millis(3));
            }
            last
        });
        Self { stop, changing }
    }

    /// Stops; what everyone's grade is now, by the platform's users.
    async fn end(self) -> BTreeMap<String, f64> {
        self.stop.store(true, Ordering::Relaxed);
        self.changing.await.unwrap()
    }
}

/// Sets the grade of a student to one that no one had: greater than all that were set before.
fn change(lab: &Lab, store: &mut Store, number: u32, last: &mut BTreeMap<String, f64>) {
    let student = number % STUDENTS;
    // Greater than those that they begin with. Until it is stored, each try has another one.
    for attempt in 0..1_000 {
        let score = 10.0 + f64::from(number) + f64::from(attempt) / 1_000.0;
        let new = NewGrade {
            score: Some(score.to_string().parse().unwrap()),
            maximum: Some("1000000".parse().unwrap()),
            ..NewGrade::default()
        };
        let account = format!("student{student}").as_str().into();
        if grade::set(store, &RESOURCE.into(), &account, &new, Clock::System.now()).is_ok() {
            last.insert((1001 + student).to_string(), score);
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
        if let Ok(reopened) = Store::open(&lab.database) {
            *store = reopened;
        }
    }
    panic!("a grade cannot be stored");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_grade_arrives_once_when_servers_are_killed() {
    tokio::task::spawn_blocking(serve_if_asked).await.unwrap();
    if Engine::of_this_run() != Engine::Server {
        return;
    }
    let mut course = Course::start("every_grade_arrives_once_when_servers_are_killed").await;
    course.serve(0).await;
    course.serve(1).await;
    let teacher = Teacher::start(&course.lab);
    for _ in 0..kills() {
        course.wait_for_scores().await;
        let [chance] = Random::System.bytes::<1>();
        let which = usize::from(chance % 2);
        course.kill(which);
        course.serve(which).await;
    }
    course.wait_for_scores().await;
    let last = teacher.end().await;
    course.wait_until_settled().await;
    course.check(&last);
    course.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lease_of_a_killed_server_passes_to_the_other_one() {
    tokio::task::spawn_blocking(serve_if_asked).await.unwrap();
    if Engine::of_this_run() != Engine::Server {
        return;
    }
    let mut course = Course::start("the_lease_of_a_killed_server_passes_to_the_other_one").await;
    course.serve(0).await;
    course.wait_for_scores().await;
    course.answer_after(2 * LEASE);
    course.serve(1).await;
    assert!(course.scores().len() < STUDENTS as usize, "the first server is in the middle");
    let before = course.lab.sandbox.service_log();
    course.kill(0);
    let lease = Database::open(&course.lab.database).lease(LEASE_NAME);
    course.answer_after(LATENCY);

    course.wait_until_settled().await;
    let calls = course.lab.sandbox.service_log().calls.split_off(before.calls.len());
    let first = calls.iter().find(|call| call.endpoint == Some(Endpoint::Token)).unwrap();
    assert!(first.at >= lease, "the other server waited for {lease}: {first:?}");
    assert_eq!(course.scores().len(), STUDENTS as usize, "each grade arrived once");
    run(&course.lab.database, &["audit", "verify"]);
    course.end().await;
}

#[test]
fn every_grade_arrives_once_when_postgresql_is_restarted() {
    serve_if_asked();
    on_own_server(
        module_path!(),
        "every_grade_arrives_once_when_postgresql_is_restarted",
        restart_while_grades_are_sent,
    );
}

async fn restart_while_grades_are_sent(restart: Restart) {
    let mut course = Course::start("every_grade_arrives_once_when_postgresql_is_restarted").await;
    course.serve(0).await;
    course.serve(1).await;
    let teacher = Teacher::start(&course.lab);
    for _ in 0..RESTARTS {
        course.wait_for_scores().await;
        restart.run().await;
    }
    course.wait_for_scores().await;
    let last = teacher.end().await;
    course.wait_until_settled().await;
    course.check(&last);
    course.end().await;
}

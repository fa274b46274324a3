//! Generated databases, on which benchmarks measure commands, are like those that the tool fills.

use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use ltictl::domain::Clock;
use ltictl::store::Store;
use ltictl::sync::status::{FEW_LINKS, Selected, SyncStatus, status};

use crate::lab::database::Database;
use crate::lab::database::fill::{fill, fill_courses, fill_people};

fn filled(fill: impl FnOnce(&Path)) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ltictl.db");
    fill(&path);
    (directory, path)
}

fn status_of(path: &Path) -> SyncStatus {
    let store = Store::open(path).unwrap();
    status(store.read(), Selected::All, Clock::System.now()).unwrap()
}

/// The sums over all links: accepted, waiting and refused grades.
fn grades(status: &SyncStatus) -> [u32; 3] {
    let counts = status.links.iter().filter_map(|link| link.grades);
    counts.fold([0; 3], |[accepted, waiting, refused], counts| {
        [accepted + counts.accepted, waiting + counts.waiting, refused + counts.refused]
    })
}

#[test]
fn grades_of_a_generated_database_are_sent_until_they_change() {
    let (_directory, path) = filled(|path| fill(path, 4));
    let database = Database::open(&path);
    assert_eq!(database.integrity(), ("ok".to_owned(), 0));
    assert_eq!(database.wrong_total_count(), 0);
    let before = status_of(&path);
    assert_eq!((before.platforms.len(), before.links.len()), (4, 4));
    assert_eq!(grades(&before), [40, 0, 0]);
    let slugs: Vec<_> = before.links.iter().map(|link| link.resource.as_str()).collect();
    assert_eq!(slugs, ["quiz-1", "quiz-2", "quiz-3", "quiz-4"], "by the resource's name");
    database.change_grades(3);
    assert_eq!(grades(&status_of(&path)), [37, 3, 0]);
}

#[test]
fn a_resource_may_be_opened_in_many_courses() {
    let (_directory, path) = filled(|path| fill_courses(path, 5));
    assert_eq!(Database::open(&path).integrity(), ("ok".to_owned(), 0));
    let status = status_of(&path);
    assert_eq!((status.platforms.len(), status.links.len()), (1, 5));
    assert_eq!(grades(&status), [50, 0, 0]);
}

#[test]
fn status_of_many_links_has_only_those_with_something_to_report() {
    let (_directory, path) = filled(|path| fill(path, FEW_LINKS + 1));
    let reported = || {
        let store = Store::open(&path).unwrap();
        status(store.read(), Selected::Reportable, Clock::System.now()).unwrap()
    };
    let before = reported();
    assert!(before.omits_links && before.links.is_empty() && before.platforms.is_empty());
    assert_eq!(status_of(&path).links.len(), FEW_LINKS as usize + 1);
    Database::open(&path).change_grades(3);
    let after = reported();
    assert_eq!(grades(&after), [27, 3, 0]);
    let platforms: Vec<_> = after
        .platforms
        .iter()
        .map(|platform| (platform.registration.as_str(), platform.grades_waiting, platform.lists))
        .collect();
    assert_eq!(platforms, [("school-1", 1, 1), ("school-2", 1, 1), ("school-3", 1, 1)]);
    let all = status_of(&path);
    assert!(!all.omits_links);
    assert_eq!(grades(&all), [10 * (FEW_LINKS + 1) - 3, 3, 0]);
}

#[test]
fn status_of_many_links_has_the_platforms_that_are_being_synchronized() {
    let (_directory, path) = filled(|path| fill(path, FEW_LINKS + 1));
    let now = Clock::System.now();
    let mut store = Store::open(&path).unwrap();
    let until = now + SignedDuration::from_mins(1);
    store.write(|write| write.take_lease("grades/7", "process", now, until)).unwrap();
    let status = status(store.read(), Selected::Reportable, now).unwrap();
    let platforms: Vec<_> = status
        .platforms
        .iter()
        .map(|platform| (platform.registration.as_str(), platform.grades_under_way))
        .collect();
    assert_eq!(platforms, [("school-7", true)]);
    assert!(status.grades_under_way() && !status.members_under_way());
}

#[test]
fn a_course_may_have_many_people_and_an_account_one_grant() {
    let (_directory, path) = filled(|path| fill_people(path, 30));
    let database = Database::open(&path);
    assert_eq!((database.integrity(), database.wrong_total_count()), (("ok".to_owned(), 0), 0));
    assert_eq!(grades(&status_of(&path)), [30, 0, 0]);
    database.set_only_grant(7, 1);
    assert!(Store::open(&path).unwrap().read().has_grants(7).unwrap());
}

//! Generated databases, on which benchmarks measure commands, are like those that the tool fills.

use std::path::{Path, PathBuf};

use ltictl::domain::Clock;
use ltictl::store::Store;
use ltictl::sync::status::{Selected, SyncStatus, status};

use crate::lab::database::Database;
use crate::lab::database::fill::{fill, fill_courses};

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

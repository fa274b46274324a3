//! The database's files are deleted or replaced while the server runs, or cannot be written.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ltictl::sandbox::LaunchChoice;
use ltictl::store::{LaunchFilter, Store};

use crate::cli::tool::Tool;
use crate::lab::database::Database;
use crate::lab::{Lab, REGISTRATION};

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Launches until one is not acknowledged; how many were.
async fn launch_until_refused(lab: &Lab) -> usize {
    for launched in 0..20 {
        let page = lab.launch(&LaunchChoice::student()).await;
        if page.status != 303 {
            assert_eq!(page.status, 503, "{}", page.body);
            return launched;
        }
    }
    panic!("launches are acknowledged for ever");
}

/// The accepted launches in a database that no server uses.
fn launches_in(path: &Path) -> usize {
    let filter = LaunchFilter { limit: u32::MAX, ..LaunchFilter::default() };
    Store::open(path).unwrap().read().launches(&filter).unwrap().len()
}

async fn readiness(lab: &Lab) -> (u16, String) {
    let page = lab.browser.another().get(&format!("{}/readyz", lab.url)).await.unwrap();
    (page.status, page.body)
}

/// What a test does to the files while the server runs.
type Accident = fn(&Path);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_after_the_files_are_deleted_or_replaced() {
    let accidents: [(&str, Accident); 5] = [
        ("database deleted", |path| std::fs::remove_file(path).unwrap()),
        ("database moved away", |path| std::fs::rename(path, beside(path, ".away")).unwrap()),
        ("log deleted", |path| std::fs::remove_file(beside(path, "-wal")).unwrap()),
        ("log and index deleted", |path| {
            std::fs::remove_file(beside(path, "-wal")).unwrap();
            std::fs::remove_file(beside(path, "-shm")).unwrap();
        }),
        ("index deleted", |path| std::fs::remove_file(beside(path, "-shm")).unwrap()),
    ];
    for (name, accident) in accidents {
        let lab = Lab::in_file(|_| {}).await;
        assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
        assert_eq!(readiness(&lab).await, (200, "ready\n".into()));
        accident(lab.database.file());
        assert_eq!(launch_until_refused(&lab).await, 0, "{name}");
        assert_eq!(readiness(&lab).await.0, 503, "{name}");
        let path = lab.database.file().to_owned();
        // Another process uses the database while the server stops.
        let other = path.exists().then(|| Database::open(&path));
        if let Some(other) = &other {
            other.set_setting("name", "Renamed");
        }
        let home = lab.stop_and_keep_database().await;
        drop(other);
        // What was acknowledged before is in the database, wherever this is now.
        match name {
            "database deleted" => {
                assert!(!path.exists() && !beside(&path, "-wal").exists(), "{name}")
            }
            "database moved away" => {
                assert!(!beside(&path, "-wal").exists(), "{name}");
                assert_eq!(launches_in(&beside(&path, ".away")), 1, "{name}");
            }
            _ => {
                assert_eq!(launches_in(&path), 1, "{name}");
                let settings = Store::open(&path).unwrap().read().settings().unwrap();
                assert_eq!(settings.name.as_str(), "Renamed", "{name}");
            }
        }
        drop(home);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_takes_the_place_of_another_stays_whole() {
    let lab = Lab::in_file(|_| {}).await;
    let other = lab.path("other.db");
    let tool = Tool::in_file().drafted("Other");
    tool.run(&["backup", other.to_str().unwrap()]);
    for _ in 0..5 {
        assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    }
    std::fs::rename(&other, lab.database.file()).unwrap();
    assert_eq!(launch_until_refused(&lab).await, 0);
    assert_eq!(launches_in(lab.database.file()), 0);
    // Another process uses the new database while the server stops.
    let path = lab.database.file().to_owned();
    let other = Database::open(&path);
    other.set_setting("name", "Renamed");
    assert!(beside(&path, "-wal").exists());
    let _home = lab.stop_and_keep_database().await;
    assert!(beside(&path, "-wal").exists(), "the log of the other database");
    drop(other);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.read().settings().unwrap().name.as_str(), "Renamed");
    assert_eq!(Database::open(&path).row_count("registration"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_saved_even_if_another_process_reads_an_earlier_state_meanwhile() {
    let lab = Lab::in_file(|_| {}).await;
    let reader = Database::open(lab.database.file());
    reader.begin_reading();
    let before = reader.row_count("launch");
    for _ in 0..3 {
        assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    }
    let moved = beside(lab.database.file(), ".away");
    std::fs::rename(lab.database.file(), &moved).unwrap();
    assert_eq!(launch_until_refused(&lab).await, 0);
    assert!(
        !beside(lab.database.file(), "-wal").exists(),
        "nothing at the path meets another database"
    );
    drop(reader);
    let path = lab.database.file().to_owned();
    let _home = lab.stop_and_keep_database().await;
    assert_eq!((before, launches_in(&moved)), (0, 3));
    for ending in ["-wal", "-shm", "-wal.abandoned", "-shm.abandoned"] {
        assert!(!beside(&path, ending).exists(), "{ending}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_after_a_symbolic_link_leads_elsewhere() {
    let mut link = PathBuf::new();
    let directory = tempfile::tempdir().unwrap();
    let lab = Lab::in_file(|options| {
        link = directory.path().join("link.db");
        std::os::unix::fs::symlink(options.database.file().unwrap(), &link).unwrap();
        options.database = (&link).into();
    })
    .await;
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    let other = Tool::in_file();
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(other.database().file(), &link).unwrap();
    assert_eq!(launch_until_refused(&lab).await, 0);
    assert_eq!(readiness(&lab).await.0, 503);
    let path = lab.database.file().to_owned();
    let _home = lab.stop_and_keep_database().await;
    assert_eq!((launches_in(&path), launches_in(other.database().file())), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_another_process_after_the_log_was_deleted_outlive_the_server() {
    let lab = Lab::in_file(|_| {}).await;
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    let path = lab.database.file().to_owned();
    let before = written_at(&path);
    std::fs::remove_file(beside(&path, "-wal")).unwrap();
    std::fs::remove_file(beside(&path, "-shm")).unwrap();
    assert_eq!(launch_until_refused(&lab).await, 0);
    // The server saves what the log contained within a second.
    while written_at(&path) == before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // A process of its own, which ends before the server does: within this one, SQLite would share
    // what it has open.
    Tool::in_file().run(&["registration", "create", "Other", "--db", path.to_str().unwrap()]);
    let home = lab.stop_and_keep_database().await;
    let slugs = Store::open(&path).unwrap().read().registration_slugs().unwrap();
    let slugs: Vec<&str> = slugs.iter().map(|slug| slug.as_str()).collect();
    assert_eq!(slugs, ["other", REGISTRATION]);
    assert_eq!(launches_in(&path), 1);
    drop(home);
}

/// When a file was last written, without opening it: that would release locks of this process.
fn written_at(path: &Path) -> SystemTime {
    std::fs::metadata(path).unwrap().modified().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_older_than_the_database_says_so() {
    let lab = Lab::start().await;
    assert_eq!(lab.launch(&LaunchChoice::student()).await.status, 303);
    // As the first command of a newer version does.
    let missing = lab.browser.another().get(&format!("{}/no-such-page", lab.url)).await.unwrap();
    Database::open(&lab.database).set_schema_version(999);
    let failed = lab.launch(&LaunchChoice::student()).await;
    assert_eq!((missing.status, failed.status), (404, 503));
    // The log has an entry about what failed, and none about what anyone can ask for.
    assert!(!missing.body.contains("Request ID"), "{}", missing.body);
    assert!(failed.body.contains("who finds the cause in the server's log"), "{}", failed.body);
    let (status, text) = readiness(&lab).await;
    assert_eq!((status, &*text), (503, "not ready: the database is newer than this server\n"));
    lab.stop().await;
}

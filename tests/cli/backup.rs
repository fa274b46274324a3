//! Backups of a database in use, restoring them, and the check of the file.

use std::path::Path;

use serde_json::Value;

use super::service::{Service, free_port};
use super::tool::{Tool, URL, set_mode};
use crate::lab::database::Database;
use crate::lab::database::place::{Engine, Original};

/// A tool with people, secrets and things to count. The first one is made by commands, the others
/// are copies.
fn full() -> Tool {
    static ORIGINAL: Original = Original::new();
    Tool::copied(&ORIGINAL, Engine::File, made)
}

fn made(tool: Tool) -> Tool {
    tool.run(&["init", "--url", URL, "--name", "Example Tool"]);
    let tool = tool.registered("Moodle Prod").published("Algebra quiz");
    tool.run(&["account", "create", "sam", "--name", "Sam Student"]);
    tool.run_with_input(
        &["account", "set-password", "sam", "--password-stdin"],
        "a long enough password\n",
    );
    tool.run_with_input(
        &["consumer", "add", "old-key", "--secret-stdin"],
        "the-secret-of-lti-one-one\n",
    );
    tool.run(&["grade", "set", "algebra-quiz", "sam", "7.5"]);
    tool
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn holds(path: &Path, part: &[u8]) -> bool {
    std::fs::read(path).unwrap().windows(part.len()).any(|window| window == part)
}

/// A change that makes a database unusable.
type Damage = fn(&Database);

/// What lies in the tool's directory.
fn files(tool: &Tool) -> Vec<String> {
    let mut files: Vec<String> = std::fs::read_dir(tool.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    files
}

#[test]
fn a_backup_is_whole_private_and_never_in_the_way() {
    let tool = full();
    let file = tool.path("copy.db");
    let said = tool.json(&["backup", "copy.db"]);
    assert_eq!((said["path"].as_str(), said["with_keys"].as_bool()), (Some("copy.db"), Some(true)));
    assert_eq!(said["bytes"].as_u64().unwrap(), std::fs::metadata(&file).unwrap().len());
    let rows = |table: &str| {
        let mut tables = said["tables"].as_array().unwrap().iter();
        tables.find(|found| found["table"] == table).unwrap()["rows"].as_u64()
    };
    // One of the registrations is a consumer.
    assert_eq!((rows("registration"), rows("consumer")), (Some(2), Some(1)));
    assert_eq!((rows("account"), rows("grade")), (Some(1), Some(1)));
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions())
            & 0o777,
        0o600
    );
    assert_eq!(files(&tool), ["copy.db", "ltictl.db"], "nothing else is left");

    let before = std::fs::read(&file).unwrap();
    tool.run(&["registration", "create", "Canvas"]);
    let refused = tool.fails(&["backup", "copy.db"], 4);
    assert!(refused.contains("hint: ltictl backup copy.db --force"), "{refused}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let again = tool.run(&["backup", "copy.db", "--force"]);
    assert!(again.remarks.contains("ltictl restore copy.db"), "{}", again.remarks);
    assert_ne!(std::fs::read(&file).unwrap(), before);
    for (place, exit_code) in
        [("ltictl.db", 4), ("./ltictl.db", 4), (".", 4), ("nowhere/copy.db", 1)]
    {
        let dump = tool.dump();
        tool.fails(&["backup", place, "--force"], exit_code);
        assert_eq!(tool.dump(), dump);
    }
    Tool::empty_for_file().fails(&["backup", "copy.db"], 3);
    let shown = tool.run(&["backup", "again.db"]).answer;
    assert!(
        shown.contains("Registrations") && shown.contains("keep it as private as the database"),
        "{shown}"
    );
}

#[test]
fn a_damaged_database_gives_no_backup() {
    let tool = full();
    Database::open(tool.database()).corrupt_indexes();
    tool.fails(&["backup", "copy.db"], 7);
    assert!(!tool.path("copy.db").exists());
    assert!(!files(&tool).iter().any(|name| name.contains("ltictl-backup")));
}

#[test]
fn a_backup_is_restored_on_a_new_machine_and_over_an_existing_database() {
    let tool = full();
    tool.run(&["backup", "copy.db"]);
    let whole = tool.dump();
    let copy = tool.path("copy.db");

    let fresh = Tool::empty_for_file();
    let place = fresh.path("deep/er/ltictl.db");
    let said = fresh.json(&["--db", text(&place), "restore", text(&copy)]);
    assert_eq!(
        (&said["previous_database"], said["has_new_keys"].as_bool()),
        (&Value::Null, Some(false))
    );
    assert_eq!(said["name"], "Example Tool");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode(&place), mode(place.parent().unwrap()), mode(&fresh.path("deep"))),
            (0o600, 0o700, 0o700)
        );
    }
    assert_eq!(fresh.json(&["--db", text(&place), "key", "list"]), tool.json(&["key", "list"]));

    // Here something else has happened since; it is kept.
    tool.run(&["registration", "create", "Canvas"]);
    let refused = tool.fails(&["restore", "copy.db"], 2);
    assert!(
        refused.contains("hint: ltictl restore copy.db --yes") && refused.contains("Example Tool"),
        "{refused}"
    );
    let said = tool.json(&["restore", "copy.db", "--yes"]);
    let restored = tool.dump();
    let (note, rest): (Vec<&str>, Vec<&str>) =
        restored.lines().partition(|line| line.contains("restored_from"));
    assert_eq!(
        (note.len(), rest.join("\n")),
        (1, whole.trim_end().to_owned()),
        "nothing is new but the note in the audit log"
    );
    let previous = said["previous_database"].as_str().unwrap();
    assert!(previous.contains("ltictl.db.before-restore-20"), "{previous}");
    assert_eq!(tool.json(&["--db", previous, "registration", "list"]).as_array().unwrap().len(), 2);
    let left = files(&tool);
    assert!(!left.iter().any(|name| name.starts_with(".ltictl")), "{left:?}");
    // Twice within a second keeps both.
    let again = tool.json(&["restore", "copy.db", "--yes"]);
    assert_ne!(again["previous_database"], said["previous_database"]);
    tool.run(&["db", "check"]);
}

#[test]
fn a_backup_without_keys_contains_no_secret() {
    let tool = full();
    tool.run(&["key", "rotate", "--now"]);
    let secrets = Database::open(tool.database()).secrets();
    tool.run(&["backup", "whole.db"]);
    let said = tool.json(&["backup", "bare.db", "--without-keys"]);
    assert_eq!(said["with_keys"], false);
    for secret in &secrets {
        let part = &secret[..secret.len().min(200)];
        assert!(holds(&tool.path("whole.db"), part), "this is what it looks like");
        assert!(!holds(&tool.path("bare.db"), part));
        assert!(!holds(&tool.path("bare.db"), &secret[secret.len() / 2..]));
    }
    assert_eq!(files(&tool), ["bare.db", "ltictl.db", "whole.db"]);
}

#[test]
fn a_backup_without_keys_gets_new_ones_when_restored() {
    let tool = full();
    tool.run(&["key", "rotate", "--now"]);
    let app_key =
        |tool: &Tool| tool.json(&["resource", "app-key", "algebra-quiz", "--show-secret"]);
    tool.run(&["resource", "app-key", "algebra-quiz", "--rotate", "--show-secret"]);
    let before = app_key(&tool);
    tool.run(&["backup", "bare.db", "--without-keys"]);

    let fresh = Tool::empty_for_file();
    let answer = fresh.run(&["restore", text(&tool.path("bare.db"))]);
    for words in ["JWKS URL", "ltictl key export", "app-key", "passwords"] {
        assert!(answer.remarks.contains(words), "{words}: {}", answer.remarks);
    }
    let after = app_key(&fresh);
    assert!(
        after["app_key"] != before["app_key"] && after["previous_expires_at"].is_null(),
        "the app's key is new, and the previous one with it"
    );
    let states = |tool: &Tool| {
        tool.json(&["key", "list"])
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["state"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let mut found = states(&fresh);
    found.sort();
    assert_eq!(found, ["active", "retired", "retired"]);
    let audited = fresh.json(&["audit", "list", "--limit", "1"]);
    let newest = &audited[0];
    assert_eq!(
        (newest["via"].as_str(), newest["noun"].as_str(), newest["action"].as_str()),
        (Some("restore"), Some("key"), Some("created"))
    );
    assert_eq!(fresh.json(&["audit", "verify"])["problem"], Value::Null);
    assert_eq!(fresh.json(&["registration", "show", "moodle-prod"])["status"], "active");
    assert_eq!(fresh.json(&["grade", "list", "algebra-quiz"]).as_array().unwrap().len(), 1);
    assert_ne!(
        Database::open(fresh.database()).state_key(),
        Database::open(tool.database()).state_key()
    );
    fresh.run(&["db", "check"]);
    let port = free_port();
    drop(Service::start(fresh.process(&["serve", "--listen", &format!("127.0.0.1:{port}")]), port));
}

#[test]
fn an_invalid_backup_changes_nothing() {
    let tool = full();
    tool.run(&["backup", "good.db"]);
    let good = std::fs::read(tool.path("good.db")).unwrap();
    let broken = |name: &str, damage: Damage| {
        std::fs::write(tool.path(name), &good).unwrap();
        set_mode(&tool.path(name), 0o600);
        damage(&Database::open(tool.path(name)));
    };
    std::fs::write(
        tool.path("text.db"),
        "no database at all, whatever its name may say of it, and long enough to be one",
    )
    .unwrap();
    broken("another.db", |database| database.set_application_id(42));
    broken("newer.db", |database| database.set_schema_version(9999));
    broken("bare.db", Database::delete_settings);
    broken("keyless.db", Database::corrupt_active_private_key);
    broken("dangling.db", Database::leave_dangling_references);
    broken("damaged.db", Database::corrupt_indexes);
    let half = &good[..good.len() / 2];
    std::fs::write(tool.path("half.db"), half).unwrap();
    let (before, list) = (tool.dump(), files(&tool));
    for (name, exit_code, why) in [
        ("nowhere.db", 3, "no file"),
        ("text.db", 5, "not a backup"),
        ("another.db", 5, "not a backup"),
        ("newer.db", 1, "newer"),
        ("bare.db", 5, "no settings"),
        ("keyless.db", 7, "cannot sign"),
        ("dangling.db", 7, "damaged"),
        ("damaged.db", 7, "damaged"),
        ("half.db", 7, "damaged"),
    ] {
        let refused = tool.fails(&["restore", name, "--yes"], exit_code);
        assert!(refused.contains(why), "{name}: {refused}");
        assert_eq!((tool.dump(), files(&tool)), (before.clone(), list.clone()), "{name}");
    }
    // A log without its database would be taken for a part of the restored one.
    let fresh = Tool::empty_for_file();
    fresh.file("ltictl.db-wal", "left behind");
    let refused = fresh.fails(&["restore", text(&tool.path("good.db"))], 4);
    assert!(refused.contains("ltictl.db-wal") && !fresh.database().exists(), "{refused}");
    // What cannot be read is not replaced.
    fresh.file(
        "ltictl.db",
        "something else entirely, which no one has asked to have replaced by anything",
    );
    std::fs::remove_file(fresh.path("ltictl.db-wal")).unwrap();
    set_mode(fresh.database().file(), 0o600);
    assert!(
        fresh
            .fails(&["restore", text(&tool.path("good.db")), "--yes"], 4)
            .contains("move it out of the way")
    );
}

#[test]
fn a_backup_of_the_first_schema_is_migrated_when_restored() {
    let tool = full();
    let old = tool.path("old.db");
    Database::create_with_first_schema(&old);
    let before = std::fs::read(&old).unwrap();
    let said = tool.json(&["restore", "old.db", "--yes"]);
    assert_eq!(
        (said["backup_schema_version"].as_u64(), said["has_new_keys"].as_bool()),
        (Some(1), Some(true))
    );
    assert!(said["schema_version"].as_u64() > Some(5));
    assert_eq!(tool.json(&["registration", "list"])[0]["slug"], "school");
    assert_eq!(
        tool.run(&["config", "get", "app_key"]).answer.trim(),
        "optional",
        "an existing database keeps its default"
    );
    assert_eq!(std::fs::read(&old).unwrap(), before, "the backup itself is not touched");
    tool.run(&["db", "check"]);
}

#[test]
fn a_running_server_is_not_pulled_the_rug_from_under() {
    let tool = full();
    tool.run(&["backup", "copy.db"]);
    tool.run(&["registration", "create", "Canvas"]);
    let port = free_port();
    let service =
        Service::start(tool.process(&["serve", "--listen", &format!("127.0.0.1:{port}")]), port);
    tool.run(&["backup", "while-it-runs.db"]);
    let before = tool.dump();
    let refused = tool.fails(&["restore", "copy.db", "--yes"], 4);
    assert!(refused.contains("in use") && refused.contains("ltictl serve"), "{refused}");
    assert_eq!(tool.dump(), before);
    assert!(
        !files(&tool)
            .iter()
            .any(|name| name.contains("before-restore") || name.starts_with(".ltictl")),
        "{:?}",
        files(&tool)
    );
    tool.run(&["registration", "create", "Still at work"]);
    drop(service);
    tool.run(&["restore", "copy.db", "--yes"]);
    assert_eq!(tool.json(&["registration", "list"]).as_array().unwrap().len(), 1);
    drop(Service::start(tool.process(&["serve", "--listen", &format!("127.0.0.1:{port}")]), port));
}

#[test]
fn a_restore_that_is_killed_leaves_all_of_the_old_or_all_of_the_new() {
    let tool = Tool::in_file();
    let database = || Database::open(tool.database());
    database().fill_launch_log(4000);
    tool.run(&["config", "set", "name", "New"]);
    tool.run(&["backup", "copy.db"]);
    database().set_launch_cause("old");
    tool.run(&["config", "set", "name", "Old"]);
    let started = std::time::Instant::now();
    tool.run(&["restore", "copy.db", "--yes"]);
    let whole = started.elapsed();
    let mut seen = std::collections::BTreeSet::new();
    for step in 0..8 {
        database().set_launch_cause("old");
        tool.run(&["config", "set", "name", "Old"]);
        let mut restore = tool
            .process(&["restore", "copy.db", "--yes"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(whole * step / 7);
        restore.kill().unwrap();
        restore.wait().unwrap();
        tool.run(&["config", "list"]);
        let name = database().setting("name");
        let old_launches = database().launch_count("old");
        assert_eq!(old_launches, if name == "Old" { 4000 } else { 0 }, "{step}: {name}");
        tool.run(&["db", "check"]);
        seen.insert(name);
    }
    assert!(seen.contains("Old"), "a killed restore was seen");
}

/// The names of the checks with this result.
fn checks(output: &Value, result: &str) -> Vec<String> {
    findings(output, result).map(|finding| finding["check"].as_str().unwrap().to_owned()).collect()
}

fn findings<'o>(output: &'o Value, result: &'o str) -> impl Iterator<Item = &'o Value> {
    let findings = output["findings"].as_array().unwrap().iter();
    findings.filter(move |finding| finding["result"] == result)
}

#[test]
fn the_check_of_the_file_lists_problems_first_and_what_it_contains() {
    let tool = full();
    let said = tool.json(&["db", "check"]);
    let all = [
        "database_file",
        "database_writable",
        "schema_version",
        "integrity",
        "foreign_keys",
        "settings",
        "signing_keys",
        "state_key",
        "log_size",
        "free_pages",
    ];
    assert_eq!(checks(&said, "ok"), all);
    let table = said["tables"]
        .as_array()
        .unwrap()
        .iter()
        .find(|table| table["table"] == "registration")
        .unwrap();
    assert!(table["rows"] == 2 && table["bytes"].as_u64() > Some(4095), "{table}");
    let shown = tool.run(&["db", "check"]).answer;
    assert!(
        shown.starts_with("Database\n")
            && shown.contains("  Registrations  1\n")
            && !shown.contains("search_index")
            && shown.contains("10 ok, 0 warnings, 0 failures, 0 skipped"),
        "{shown}"
    );
}

#[test]
fn the_check_of_the_file_finds_corruption() {
    let damages: [(&str, Damage); 7] = [
        ("foreign_keys", Database::leave_dangling_references),
        ("settings", Database::delete_settings),
        ("signing_keys", Database::corrupt_active_private_key),
        ("signing_keys", Database::deactivate_keys),
        ("state_key", Database::delete_state_key),
        ("schema_version", |database| database.set_schema_version(9999)),
        ("integrity", |database| database.set_application_id(7)),
    ];
    for (check, damage) in damages {
        let tool = full();
        damage(&Database::open(tool.database()));
        let failed = tool.command(&["-o", "json", "db", "check"]).output().unwrap();
        assert_eq!(failed.status.code(), Some(7), "{check}");
        let said: Value = serde_json::from_slice(&failed.stdout).unwrap();
        assert_eq!(checks(&said, "fail"), [check]);
        let finding = findings(&said, "fail").next().unwrap();
        assert!(finding["fix"].as_str().is_some_and(|fix| !fix.is_empty()), "{finding}");
    }
    let tool = full();
    Database::open(tool.database()).corrupt_indexes();
    assert_eq!(tool.command(&["db", "check"]).output().unwrap().status.code(), Some(7));
}

#[test]
fn the_check_of_the_file_needs_one_that_only_its_owner_can_read() {
    let open = Tool::in_file();
    set_mode(open.database().file(), 0o644);
    #[cfg(unix)]
    assert!(
        String::from_utf8(open.command(&["db", "check"]).output().unwrap().stdout)
            .unwrap()
            .contains("fix: chmod 600")
    );
    Tool::empty_for_file().fails(&["db", "check"], 3);
}

#[cfg(unix)]
#[test]
fn progress_is_shown_on_terminals_only() {
    use super::terminal::Terminal;
    let tool = Tool::in_file();
    for command in [["backup", "copy.db"], ["db", "check"]] {
        let (status, screen) = Terminal::run(&tool, &command).end();
        assert!(status.success() && screen.contains("Pages"), "{command:?}: {screen}");
    }
    for command in [&["backup", "copy.db", "--force"][..], &["db", "check"]] {
        let piped = tool.run(command);
        assert!(!piped.remarks.contains("Pages"), "{}", piped.remarks);
    }
    let (_, screen) = Terminal::run(&tool, &["db", "check", "--quiet"]).end();
    assert!(!screen.contains("Pages"), "{screen}");
}

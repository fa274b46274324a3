//! A disk that is full, and one that can only be read: real file systems, each in a mount namespace
//! of its own.

use std::process::Command;

use super::service::free_port;
use super::tool::{Tool, URL};

/// Runs a script with a file system of 2 MiB at `$DISK`, a database in it, and `ltictl`; gives what
/// it prints on both streams. `None` where this user may not make mount namespaces.
fn on_a_small_disk(script: &str) -> Option<String> {
    let allowed = Command::new("unshare").args(["-rm", "true"]).status();
    if !allowed.is_ok_and(|status| status.success()) {
        eprintln!("left out: this user may not make mount namespaces");
        return None;
    }
    let tool = Tool::empty();
    let disk = tool.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let ltictl = tool.process(&[]);
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c"]).arg(format!(
        "exec 2>&1
         mount -t tmpfs -o size=2m,mode=700 tmpfs $DISK || exit 1
         ltictl() {{ $LTICTL \"$@\"; echo \"exit code $?\"; }}
         ltictl init --url {URL} --name Tool
         {script}"
    ));
    for (name, value) in ltictl.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    let output = command
        .env("DISK", &disk)
        .env("LTICTL", ltictl.get_program())
        .env("LTICTL_DB", disk.join("ltictl.db"))
        .output()
        .unwrap();
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Asserts that parts of a text come in this order.
#[track_caller]
fn assert_in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let (_, after) = rest.split_once(part).unwrap_or_else(|| panic!("no {part:?} in\n{text}"));
        rest = after;
    }
}

const FILL: &str = "dd if=/dev/zero of=$DISK/rest bs=4k 2> /dev/null";

#[test]
fn a_full_disk_is_called_that_and_nothing_is_lost() {
    let Some(shown) = on_a_small_disk(&format!(
        "{FILL}
         ltictl registration create Moodle
         ltictl doctor --offline --problems
         ltictl db check
         rm $DISK/rest
         ltictl registration create Canvas
         ltictl registration list -q
         ltictl db check"
    )) else {
        return;
    };
    assert_in_order(
        &shown,
        &[
            "the database cannot grow",
            "the disk is full",
            "df -h",
            "exit code 1",
            "database_writable",
            "the disk is full",
            "exit code 7",
            "database_writable",
            "exit code 7",
            "exit code 0",
            "canvas\nexit code 0",
            "exit code 0",
        ],
    );
    assert!(!shown.contains("restore"), "{shown}");
}

#[test]
fn a_read_only_disk_is_called_that() {
    let Some(shown) = on_a_small_disk(
        "mount -o remount,ro $DISK
         ltictl registration create Moodle
         ltictl doctor --offline --problems
         ltictl db check",
    ) else {
        return;
    };
    assert_in_order(&shown, &["exit code 1", "database_writable", "exit code 7", "exit code 7"]);
    assert_eq!(shown.matches("read-only").count(), 3, "{shown}");
    assert!(!shown.contains("restore"), "{shown}");
}

#[test]
fn a_server_on_a_full_disk_is_not_ready() {
    let port = free_port();
    let Some(shown) = on_a_small_disk(&format!(
        "$LTICTL serve --listen 127.0.0.1:{port} 2> $DISK/log &
         for attempt in $(seq 200); do
             $LTICTL serve --check --listen 127.0.0.1:{port} 2> /dev/null && break
             sleep 0.05
         done
         ltictl serve --check --listen 127.0.0.1:{port}
         {FILL}
         for attempt in $(seq 300); do
             $LTICTL serve --check --listen 127.0.0.1:{port} 2> /dev/null || break
             sleep 0.05
         done
         ltictl serve --check --listen 127.0.0.1:{port}
         rm $DISK/rest
         for attempt in $(seq 300); do
             $LTICTL serve --check --listen 127.0.0.1:{port} 2> /dev/null && break
             sleep 0.05
         done
         ltictl serve --check --listen 127.0.0.1:{port}
         kill $!
         wait"
    )) else {
        return;
    };
    assert_in_order(
        &shown,
        &[
            "exit code 0",
            "exit code 0",
            "the database cannot be written",
            "exit code 7",
            "exit code 0",
        ],
    );
}

#[test]
fn damage_is_a_finding_with_the_commands_that_help() {
    let tool = Tool::in_file().registered("Moodle").published("Quiz");
    // Everything is in the file itself after this.
    tool.run(&["backup", "copy.db"]);
    let whole = std::fs::read(tool.path("copy.db")).unwrap();
    let database = tool.path("damaged.db");
    let path = database.to_str().unwrap();
    for (first, last) in [(2, 5), (5, 40), (2, 400)] {
        let mut damaged = whole.clone();
        let end = (last * 4096).min(damaged.len());
        damaged[first * 4096..end].fill(0xa5);
        std::fs::write(&database, damaged).unwrap();
        super::tool::set_mode(&database, 0o600);
        for command in [&["doctor", "--offline", "--problems"][..], &["db", "check"]] {
            let output = tool.command(&[&["--db", path], command].concat()).output().unwrap();
            let shown = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(7), "{command:?}: {shown}");
            assert!(shown.contains("ltictl restore FILE"), "{command:?}: {shown}");
        }
        let list = tool.command(&["--db", path, "registration", "list"]).output().unwrap();
        let shown = String::from_utf8(list.stderr).unwrap();
        if !list.status.success() {
            assert!(shown.contains("ltictl db check") && shown.contains(path), "{shown}");
        }
    }
}

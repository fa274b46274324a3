//! Several processes on one database: nothing is lost, and readers delay no one.

use super::tool::Tool;
use crate::lab::database::Database;

#[test]
fn two_binaries_that_write_at_once_lose_nothing() {
    let tool = Tool::new();
    std::thread::scope(|scope| {
        for writer in ["left", "right"] {
            let tool = &tool;
            scope.spawn(move || {
                for number in 0..50 {
                    tool.run(&["registration", "create", &format!("{writer} {number:02}")]);
                }
            });
        }
    });
    let list = tool.json(&["registration", "list"]);
    let slugs: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|registration| registration["slug"].as_str().unwrap())
        .collect();
    let expected: Vec<String> = ["left", "right"]
        .iter()
        .flat_map(|writer| (0..50).map(move |number| format!("{writer}-{number:02}")))
        .collect();
    assert_eq!(slugs, expected);
}

#[test]
fn two_processes_create_the_same_thing_once() {
    let tool = Tool::new();
    let codes: Vec<Option<i32>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    tool.command(&["registration", "create", "Moodle Prod"])
                        .output()
                        .unwrap()
                        .status
                        .code()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(codes.iter().filter(|code| **code == Some(0)).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == Some(4)).count(), 7, "{codes:?}");
}

#[test]
fn a_read_transaction_blocks_no_one() {
    let tool = Tool::new().drafted("Before");
    let reader = Database::open(tool.database());
    reader.begin_reading();
    assert_eq!(reader.row_count("registration"), 1);
    tool.run(&["registration", "create", "After"]);
    assert_eq!(tool.json(&["registration", "list"]).as_array().unwrap().len(), 2);
    assert_eq!(reader.row_count("registration"), 1, "the reader keeps its view");
    reader.commit();
    assert_eq!(reader.row_count("registration"), 2);
}

#[test]
fn a_short_write_of_another_process_is_waited_for() {
    let tool = Tool::new();
    let writer = Database::open(tool.database());
    writer.begin_writing();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| tool.run(&["registration", "create", "Moodle Prod"]));
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(!waiting.is_finished());
        writer.commit();
    });
    tool.run(&["registration", "show", "moodle-prod"]);
}

#[test]
fn a_command_that_waits_says_what_for() {
    let tool = Tool::new();
    let other = Database::open(tool.database());
    other.begin_writing();
    let command = tool
        .process(&["registration", "create", "Moodle"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    drop(other);
    let output = command.wait_with_output().unwrap();
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("waiting for another process"), "{shown}");
}

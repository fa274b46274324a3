//! The server as a process: what it says when it starts.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use super::tool::Tool;

/// A process that ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What `ltictl serve` logs until it listens, that line included.
fn log_until_listening(tool: &Tool, arguments: &[&str]) -> Vec<String> {
    let mut command = tool.process(&[&["serve", "--listen", "127.0.0.1:0", "--log-format", "json"], arguments].concat());
    let mut process = Process(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    let mut lines = Vec::new();
    for line in BufReader::new(process.0.stderr.take().unwrap()).lines().map(Result::unwrap) {
        let ends = line.contains("\"listening\"");
        lines.push(line);
        if ends {
            return lines;
        }
    }
    panic!("the server does not start: {lines:#?}");
}

#[test]
fn a_server_that_opens_private_networks_to_all_says_so() {
    let tool = Tool::new();
    let says_so =
        |arguments: &[&str]| log_until_listening(&tool, arguments).iter().any(|line| line.contains("WARN") && line.contains("--allow-private-network"));
    assert!(!says_so(&[]));
    assert!(says_so(&["--allow-private-network"]));
}

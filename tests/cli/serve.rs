//! The server as a process: what it says when it starts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};

use serde_json::Value;

use super::service::{Service, free_port};
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
    let mut command = tool.process(
        &[&["serve", "--listen", "127.0.0.1:0", "--log-format", "json"], arguments].concat(),
    );
    let mut process = Process(
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap(),
    );
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
    let says_so = |arguments: &[&str]| {
        log_until_listening(&tool, arguments)
            .iter()
            .any(|line| line.contains("WARN") && line.contains("--allow-private-network"))
    };
    assert!(!says_so(&[]));
    assert!(says_so(&["--allow-private-network"]));
}

/// `ltictl serve` with its log, as JSON, line by line.
struct Serving {
    log: std::io::Lines<BufReader<std::process::ChildStderr>>,
    _process: Process,
}

impl Serving {
    fn start(tool: &Tool, arguments: &[&str]) -> Self {
        let mut command = tool.process(
            &[&["serve", "--listen", "127.0.0.1:0", "--log-format", "json"], arguments].concat(),
        );
        let mut process = Process(
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap(),
        );
        Self { log: BufReader::new(process.0.stderr.take().unwrap()).lines(), _process: process }
    }

    /// The next line with this message.
    fn line(&mut self, message: &str) -> Value {
        loop {
            let line: Value =
                serde_json::from_str(&self.log.next().expect("it runs on").unwrap()).unwrap();
            if line["message"] == message {
                return line;
            }
        }
    }
}

/// What is answered to a GET request.
fn get(address: &str, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn every_line_of_a_request_has_the_name_that_its_answer_tells() {
    let tool = Tool::new();
    let proxys = "5d6e0f1c-3c1e-4b6e-9b1f-0d9d3a5f2b11";
    for (arguments, is_trusted) in [
        (&["--log-level", "debug"][..], false),
        (&["--log-level", "debug", "--request-id-header", "X-Request-Id"], true),
    ] {
        let mut serving = Serving::start(&tool, arguments);
        let address = serving.line("listening")["address"].as_str().unwrap().to_owned();
        let answer = get(&address, "/healthz", &format!("X-Request-Id: {proxys}\r\n"));
        let request_id =
            answer.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap();
        assert_eq!(request_id == proxys, is_trusted, "{answer}");
        let line = serving.line("request");
        assert_eq!(
            (line["span"]["id"].as_str(), line["path"].as_str()),
            (Some(request_id), Some("/healthz")),
            "{line}"
        );
    }
}

#[test]
fn metrics_have_an_address_of_their_own_when_they_are_wanted() {
    let tool = Tool::new();
    let mut serving = Serving::start(&tool, &["--metrics=127.0.0.1:0"]);
    let metrics = serving.line("metrics are served")["address"].as_str().unwrap().to_owned();
    let public = serving.line("listening")["address"].as_str().unwrap().to_owned();
    assert!(get(&metrics, "/metrics", "").contains("\nltictl_build_info{version="));
    assert!(get(&public, "/metrics", "").starts_with("HTTP/1.1 404 "));
    tool.fails(&["serve", "--metrics=public"], 2);
}

#[test]
fn a_health_check_says_whether_the_server_is_ready() {
    let tool = Tool::new();
    let port = free_port();
    let address = format!("127.0.0.1:{port}");
    let check = ["serve", "--check", "--listen", &address];
    assert!(tool.fails(&check, 6).contains("the server is not ready"));
    let _server = Service::start(tool.process(&["serve", "--listen", &address]), port);
    let answer = tool.run(&check);
    assert_eq!((answer.answer, answer.remarks), (String::new(), String::new()));
    tool.run(&["serve", "--check", "--listen", &format!("0.0.0.0:{port}")]);
}

#[test]
fn a_health_check_believes_no_other_server() {
    let tool = Tool::empty();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = std::thread::spawn(move || {
        for answer in
            ["HTTP/1.1 404 Not Found\r\n\r\n", "HTTP/1.1 503 Service Unavailable\r\n\r\n", ""]
        {
            // Once for the error as JSON, once as text.
            for _ in 0..2 {
                let (mut client, _) = listener.accept().unwrap();
                let mut request = [0; 1024];
                assert!(client.read(&mut request).unwrap() > 0);
                client.write_all(answer.as_bytes()).unwrap();
            }
        }
    });
    for _ in 0..3 {
        tool.fails(&["serve", "--check", "--listen", &address], 6);
    }
    server.join().unwrap();
}

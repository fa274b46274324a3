//! The server as a process: what it says when it starts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};

use serde_json::Value;

use super::service::{Service, free_port};
use super::tool::{Tool, URL, platform_of};

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
    process: Process,
}

impl Serving {
    fn start(tool: &Tool, arguments: &[&str]) -> Self {
        Self::start_at(tool, &[&["--listen", "127.0.0.1:0"], arguments].concat())
    }

    /// With all arguments, the address included.
    fn start_at(tool: &Tool, arguments: &[&str]) -> Self {
        let mut command = tool.process(&[&["serve", "--log-format", "json"], arguments].concat());
        let mut process = Process(
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap(),
        );
        Self { log: BufReader::new(process.0.stderr.take().unwrap()).lines(), process }
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

/// Sends a signal to the server.
#[cfg(unix)]
fn signal(serving: &Serving, signal: rustix::process::Signal) {
    let process = rustix::process::Pid::from_child(&serving.process.0);
    rustix::process::kill_process(process, signal).unwrap();
}

#[cfg(unix)]
#[test]
fn hang_up_changes_the_log_level_unless_the_command_line_has_one() {
    use rustix::process::Signal;

    let tool = Tool::new();
    for (arguments, is_fixed) in [(&[][..], false), (&["--log-level", "info"], true)] {
        tool.run(&["config", "set", "log_level", "info"]);
        let mut serving = Serving::start(&tool, arguments);
        let address = serving.line("listening")["address"].as_str().unwrap().to_owned();
        get(&address, "/healthz", "");
        tool.run(&["config", "set", "log_level", "debug"]);
        signal(&serving, Signal::HUP);
        serving.line("reloaded the certificate and the log level");
        get(&address, "/healthz?after", "");
        signal(&serving, Signal::HUP);
        let next = loop {
            let line: Value = serde_json::from_str(&serving.log.next().unwrap().unwrap()).unwrap();
            if line["message"] != "not everything was reloaded; what was in use stays in use" {
                break line;
            }
        };
        // Requests are logged as debug messages.
        let expected =
            if is_fixed { "reloaded the certificate and the log level" } else { "request" };
        assert_eq!(next["message"], expected, "{next}");
    }
}

#[cfg(unix)]
#[test]
fn hang_up_exchanges_the_certificate_and_keeps_the_old_one_if_the_new_one_is_broken() {
    use rustix::process::Signal;

    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls");
    let tool = Tool::new();
    let (certificate, key) = (tool.path("certificate.pem"), tool.path("key.pem"));
    std::fs::copy(data.join("certificate.pem"), &certificate).unwrap();
    std::fs::copy(data.join("key.pem"), &key).unwrap();
    let mut serving = Serving::start(
        &tool,
        &["--tls-cert", certificate.to_str().unwrap(), "--tls-key", key.to_str().unwrap()],
    );
    serving.line("listening");
    std::fs::write(&certificate, "").unwrap();
    signal(&serving, Signal::HUP);
    let refused = serving.line("not everything was reloaded; what was in use stays in use");
    assert!(refused["why"].as_str().unwrap().contains("certificate.pem"), "{refused}");
    std::fs::copy(data.join("certificate.pem"), &certificate).unwrap();
    signal(&serving, Signal::HUP);
    serving.line("reloaded the certificate and the log level");
}

#[cfg(unix)]
#[test]
fn the_first_signal_waits_for_requests_and_the_second_does_not() {
    use rustix::process::Signal;

    let tool = Tool::new();
    let mut serving = Serving::start(&tool, &[]);
    let address = serving.line("listening")["address"].as_str().unwrap().to_owned();
    let mut unfinished = TcpStream::connect(&address).unwrap();
    let head = "POST /lti/launch HTTP/1.1\r\nHost: localhost\r\nContent-Type: \
        application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\n";
    unfinished.write_all(head.as_bytes()).unwrap();
    // The server has read the head once it answers another connection.
    get(&address, "/healthz", "");
    signal(&serving, Signal::TERM);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(serving.process.0.try_wait().unwrap(), None, "it waits for the request");
    signal(&serving, Signal::TERM);
    serving.line("stopped before all requests in progress were finished");
    assert_eq!(serving.process.0.wait().unwrap().code(), Some(1));
}

#[test]
fn without_an_address_the_server_listens_where_the_url_leads() {
    let tool = Tool::new();
    let port = free_port();
    tool.run(&["config", "set", "url", &format!("http://localhost:{port}/below")]);
    let mut serving = Serving::start_at(&tool, &[]);
    let address = format!("127.0.0.1:{port}");
    assert_eq!(serving.line("listening")["address"], address.as_str());
    tool.run(&["serve", "--check"]);
    let missing = Tool::empty_for_file().fails(&["serve", "--check"], 7);
    assert!(missing.contains("there is no database"));
    let elsewhere = log_until_listening(&tool, &[]);
    assert!(!elsewhere.iter().any(|line| line.contains("another port")), "a random port is meant");
    let other = format!("127.0.0.1:{}", free_port());
    let mut serving = Serving::start_at(&tool, &["--listen", &other]);
    let warning = serving.line(
        "the tool's URL has another port, so links lead elsewhere; use --listen, or change the \
         URL: ltictl config set url URL",
    );
    assert_eq!(warning["level"], "WARN");
}

#[test]
fn an_empty_file_stays_empty() {
    let tool = Tool::empty_for_file();
    std::fs::write(tool.database().file(), "").unwrap();
    super::tool::set_mode(tool.database().file(), 0o600);
    for command in [&["registration", "list"][..], &["doctor", "--offline"], &["serve"]] {
        assert!(tool.fails(command, 3).contains("ltictl init"), "{command:?}");
    }
    assert_eq!(std::fs::metadata(tool.database().file()).unwrap().len(), 0);
}

#[cfg(unix)]
#[test]
fn what_a_restart_cannot_fix_has_an_exit_code_that_supervisors_can_stop_at() {
    let tool = Tool::in_file();
    super::tool::set_mode(tool.database().file(), 0o640);
    assert!(tool.fails(&["serve"], 7).contains("chmod 600"));
    super::tool::set_mode(tool.database().file(), 0o600);
    crate::lab::database::Database::open(tool.database()).set_schema_version(999);
    assert!(tool.fails(&["serve"], 7).contains("newer"));
    let unit = tool.run(&["generate", "systemd"]).answer;
    let codes = unit.lines().find_map(|line| line.strip_prefix("RestartPreventExitStatus="));
    assert!(codes.unwrap().split(' ').any(|code| code == "7"), "{unit}");
}

#[test]
fn what_is_done_already_is_not_suggested() {
    let tool = Tool::new();
    let port = free_port();
    tool.run(&["config", "set", "url", &format!("http://127.0.0.1:{port}")]);
    let init = ["init", "--url", URL, "--name", "x", "--if-not-exists"];
    let publish = |name: &str| tool.run(&["resource", "publish", name]).remarks;
    let add = || tool.run(&["deployment", "add", "moodle-prod", "1", "--if-not-exists"]).remarks;
    assert!(tool.run(&init).remarks.contains("ltictl registration create"));
    assert!(publish("Quiz").contains("ltictl registration create \"Moodle Prod\""));
    tool.run(&["registration", "create", "Moodle Prod"]);
    assert!(tool.run(&init).remarks.contains("ltictl registration connect moodle-prod"));
    assert!(publish("Essay").contains("ltictl registration connect moodle-prod"));
    tool.connect("moodle-prod", &platform_of("moodle-prod"));
    let remarks = add();
    assert!(
        remarks.contains("`ltictl resource launch-details essay`")
            && remarks.contains("then `ltictl serve`")
            && !remarks.contains("resource publish"),
        "{remarks}"
    );
    assert_eq!(tool.run(&init).remarks, "");
    let remarks = publish("Algebra");
    assert!(!remarks.contains("registration") && remarks.contains("`ltictl serve`"), "{remarks}");
    let service = Service::start(tool.process(&["serve"]), port);
    for remarks in [add(), publish("Biology")] {
        assert!(!remarks.contains("ltictl serve") && remarks.contains("Next: "), "{remarks}");
    }
    drop(service);
    for resource in ["quiz", "essay", "algebra", "biology"] {
        tool.run(&["resource", "unpublish", resource]);
    }
    assert!(add().contains("`ltictl resource publish NAME`, then `ltictl serve`"));
}

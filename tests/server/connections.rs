//! Connections that are hoarded, half-used or not read: the server keeps serving everyone else.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use ltictl::admin::setup;
use ltictl::server::Limits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::lab::{Lab, raw};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// Longer than any test may take.
const LONG: Duration = Duration::from_secs(60);

/// Much shorter than [`LONG`], but long enough for a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// A time that a test waits out.
const SHORT: Duration = Duration::from_millis(200);

/// Limits that take effect in no test unless it shortens them.
fn lavish() -> Limits {
    Limits {
        body_time: LONG,
        header_time: LONG,
        keep_alive_time: LONG,
        write_time: LONG,
        ..Limits::default()
    }
}

/// Connects from 127.0.0.`host`.
async fn connect_from(host: u8, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, host), 0).into()).unwrap();
    socket.connect(to).await.unwrap()
}

/// Sends a request on a connection that stays open, and reads the response.
async fn exchange(stream: &mut TcpStream) -> io::Result<String> {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"ok\n") {
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(String::from_utf8(answer).unwrap())
}

/// Whether the server closes a connection soon.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    tokio::time::timeout(SOON, stream.read_to_end(&mut rest)).await.is_ok()
}

/// How many of these connections the server has closed by now.
fn closed(streams: &[TcpStream]) -> usize {
    let is_open = |stream: &TcpStream| {
        let read = stream.try_read(&mut [0; 4096]);
        read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    };
    streams.iter().filter(|stream| !is_open(stream)).count()
}

/// A good request, as any browser sends it.
async fn served(to: SocketAddr) -> bool {
    let answer = async {
        let mut stream = TcpStream::connect(to).await?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok::<_, io::Error>(answer)
    };
    let answer = tokio::time::timeout(SOON, answer).await;
    answer.is_ok_and(|answer| answer.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200 ")))
}

/// The ways to keep a connection open, as many as asked for, each from another address.
async fn hoard(to: SocketAddr, number: usize) -> Vec<TcpStream> {
    let mut hoarded = Vec::new();
    for index in 0..number {
        let mut stream = connect_from(u8::try_from(2 + index % 200).unwrap(), to).await;
        let half = match index % 4 {
            0 => String::new(),
            1 => "GET /lti/login HTTP/1.1\r\nHost: x\r\nX-A: ".to_owned(),
            2 => format!(
                "POST /lti/launch HTTP/1.1\r\nHost: x\r\n{FORM}Content-Length: \
                 200000\r\n\r\nid_token="
            ),
            _ => "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        };
        // It may have been closed already.
        let _ = stream.write_all(half.as_bytes()).await;
        hoarded.push(stream);
    }
    hoarded
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_header_sent_byte_by_byte_is_cut_off() {
    let lab = Lab::with(|options| options.limits = Limits { header_time: SHORT, ..lavish() }).await;
    for begin in ["", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"] {
        let mut stream = TcpStream::connect(lab.server.local_addr()).await.unwrap();
        stream.write_all(begin.as_bytes()).await.unwrap();
        let trickle = async {
            loop {
                if stream.write_all(b"G").await.is_err() {
                    break;
                }
                tokio::time::sleep(SHORT / 8).await;
            }
        };
        tokio::time::timeout(SOON, trickle).await.expect("it is cut off");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_sent_byte_by_byte_is_cut_off() {
    let lab = Lab::with(|options| options.limits = Limits { body_time: SHORT, ..lavish() }).await;
    let (mut reader, mut writer) =
        TcpStream::connect(lab.server.local_addr()).await.unwrap().into_split();
    writer
        .write_all(
            format!(
                "POST /lti/launch HTTP/1.1\r\nHost: x\r\nConnection: \
        close\r\n{FORM}Content-Length: 200000\r\n\r\n"
            )
            .as_bytes(),
        )
        .await
        .unwrap();
    let trickle = tokio::spawn(async move {
        while writer.write_all(b"a").await.is_ok() {
            tokio::time::sleep(SHORT / 8).await;
        }
    });
    let mut answer = [0; 12];
    tokio::time::timeout(SOON, reader.read_exact(&mut answer))
        .await
        .expect("it is cut off")
        .unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    drop(reader);
    trickle.await.unwrap();
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_never_reads_is_cut_off() {
    let lab = Lab::with(|options| options.limits = Limits { write_time: SHORT, ..lavish() }).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(lab.server.local_addr()).await.unwrap();
    let requests = "GET /lti/login HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100);
    let send = async { while stream.write_all(requests.as_bytes()).await.is_ok() {} };
    tokio::time::timeout(SOON, send).await.expect("it is cut off");
    assert!(served(lab.server.local_addr()).await);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_connection_is_kept_for_a_while_only() {
    let lab =
        Lab::with(|options| options.limits = Limits { keep_alive_time: SHORT, ..lavish() }).await;
    let mut stream = TcpStream::connect(lab.server.local_addr()).await.unwrap();
    for _ in 0..3 {
        assert!(exchange(&mut stream).await.unwrap().starts_with("HTTP/1.1 200 "));
    }
    assert!(is_closed(&mut stream).await);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_in_use_is_kept() {
    let lab = Lab::with(|options| {
        options.limits =
            Limits { header_time: SHORT, write_time: SHORT, body_time: SHORT, ..lavish() }
    })
    .await;
    let mut stream = TcpStream::connect(lab.server.local_addr()).await.unwrap();
    for _ in 0..6 {
        exchange(&mut stream)
            .await
            .expect("neither the time of a header nor of a response is that of a connection");
        tokio::time::sleep(SHORT / 4).await;
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_tls_handshake_is_cut_off() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls");
    let lab = Lab::with(|options| {
        options.tls = Some((directory.join("certificate.pem"), directory.join("key.pem")));
        options.limits = Limits { header_time: SHORT, ..lavish() };
    })
    .await;
    for begin in [&b""[..], &[0x16, 3, 1, 2, 0, 1]] {
        let mut stream = TcpStream::connect(lab.server.local_addr()).await.unwrap();
        stream.write_all(begin).await.unwrap();
        assert!(is_closed(&mut stream).await, "{begin:?}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hoarded_connections_keep_no_one_out() {
    let lab = Lab::with(|options| {
        options.limits = Limits { connections: Some(8), limit_loopback: true, ..lavish() }
    })
    .await;
    let address = lab.server.local_addr();
    let hoarded = hoard(address, 40).await;
    for _ in 0..20 {
        assert!(served(address).await);
    }
    assert!(closed(&hoarded) >= 32, "{}", closed(&hoarded));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_has_its_share_of_connections() {
    let limits = || Limits { connections: Some(40), connections_per_address: Some(4), ..lavish() };
    let lab =
        Lab::with(|options| options.limits = Limits { limit_loopback: true, ..limits() }).await;
    let address = lab.server.local_addr();
    let mut other = connect_from(3, address).await;
    exchange(&mut other).await.unwrap();
    let mut hoarded = Vec::new();
    for _ in 0..12 {
        hoarded.push(connect_from(2, address).await);
    }
    for mut oldest in hoarded.drain(..8) {
        assert!(
            is_closed(&mut oldest).await,
            "those that have waited longest make room for the address's own"
        );
    }
    for mut newest in hoarded {
        exchange(&mut newest).await.expect("four are left");
    }
    exchange(&mut other).await.expect("another address notices nothing");
    lab.stop().await;

    // A proxy, on this machine or another one, connects for everyone.
    for is_proxy in [false, true] {
        let header = is_proxy.then(|| "x-forwarded-for".parse().unwrap());
        let lab = Lab::with(|options| {
            options.limits = Limits { limit_loopback: is_proxy, ..limits() };
            options.client_address_header = header;
        })
        .await;
        let mut streams = Vec::new();
        for _ in 0..12 {
            streams.push(TcpStream::connect(lab.server.local_addr()).await.unwrap());
        }
        for mut stream in streams {
            exchange(&mut stream).await.expect("all are kept");
        }
        lab.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_names_one_host() {
    let lab = Lab::with(|options| options.metrics = Some(([127, 0, 0, 1], 0).into())).await;
    let metrics = lab.server.metrics_addr().unwrap();
    for (target, version, headers, expected) in [
        ("/healthz", "1.1", "Host: tool.example\r\n", true),
        ("/healthz", "1.1", "hOST: [::1]:8080\r\n", true),
        ("/healthz", "1.1", "", false),
        ("/healthz", "1.1", "Host: a\r\nHost: a\r\n", false),
        ("/healthz", "1.1", "Host: a\r\nHost: b\r\n", false),
        ("/healthz", "1.1", "Host:\r\n", false),
        ("/healthz", "1.1", "Host: a/b\r\n", false),
        ("/healthz", "1.1", "Host: a, b\r\n", false),
        ("/healthz", "1.1", "Host: b\u{fc}cher\r\n", false),
        ("/healthz", "1.0", "", true),
        ("/healthz", "1.0", "Host: a\r\nHost: a\r\n", false),
        ("/healthz", "1.0", "Host: a b\r\n", false),
        ("http://tool.example/healthz", "1.1", "Host: other.example\r\n", true),
        ("http://tool.example/healthz", "1.1", "", false),
        ("http://tool.example/healthz", "1.0", "", true),
    ] {
        let whole = |target: &str| {
            format!("GET {target} HTTP/{version}\r\n{headers}Connection: close\r\n\r\n")
        };
        let answer = raw(&lab, &whole(target)).await;
        let status = if expected { " 200 " } else { " 400 " };
        assert!(answer.contains(status), "{target} {version} {headers}: {answer}");
        assert!(expected || answer.contains("The request cannot be read"), "{answer}");
        let mut stream = TcpStream::connect(metrics).await.unwrap();
        stream.write_all(whole(&target.replace("healthz", "metrics")).as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains(status), "{target} {version} {headers}: {answer}");
    }
    // Every endpoint, and what is no path.
    for target in [
        "/lti/login",
        "/lti/launch",
        "/lti/register",
        "/lti/jwks",
        "/session/x/",
        "/api/launch",
        "/readyz",
        "/nothing",
    ] {
        assert!(
            raw(&lab, &format!("GET {target} HTTP/1.1\r\nConnection: close\r\n\r\n"))
                .await
                .starts_with("HTTP/1.1 400 "),
            "{target}"
        );
    }
    for (method, target) in [("OPTIONS", "*"), ("CONNECT", "tool.example:443"), ("GET", "*")] {
        let answer = raw(
            &lab,
            &format!("{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        )
        .await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{method} {target}: {answer}");
    }
    lab.stop().await;
}

/// With the real program, whose limit on open files and whose memory can be seen from outside.
#[cfg(target_os = "linux")]
mod program {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Child, Command, Stdio};
    use std::sync::mpsc;

    use ltictl::domain::{Clock, Name, PublicUrl, Random};
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    use serde_json::Value;

    use super::*;
    use crate::lab::database::place::Home;

    /// `ltictl serve`, until the end of the test.
    struct Program {
        process: Child,
        address: SocketAddr,
        log: mpsc::Receiver<Value>,
        _home: Home,
    }

    impl Program {
        /// Starts it with this limit on open files.
        fn start(files: u32, arguments: &[&str]) -> Self {
            // Connections to a database on a server have memory of their own.
            let home = Home::in_file();
            let url = PublicUrl::new("http://localhost", false).unwrap();
            setup::init(
                home.database(),
                url,
                Name::new("Tool").unwrap(),
                false,
                Clock::System.now(),
                &Random::System,
            )
            .unwrap();
            let script = format!(
                "ulimit -n {files}; exec \"$0\" --db \"$1\" serve --listen 127.0.0.1:0 \
                 --log-format json {}",
                arguments.join(" ")
            );
            let mut command = Command::new("sh");
            command
                .args(["-c", &script, env!("CARGO_BIN_EXE_ltictl")])
                .arg(home.database())
                .env("TZ", "UTC");
            let mut process = command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let lines = BufReader::new(process.stderr.take().unwrap()).lines();
            let (send, log) = mpsc::channel();
            std::thread::spawn(move || {
                for line in lines.map_while(Result::ok) {
                    let _ = send.send(serde_json::from_str(&line).unwrap_or(Value::String(line)));
                }
            });
            let mut program = Self {
                process,
                address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                log,
                _home: home,
            };
            program.address =
                program.line("listening")["address"].as_str().unwrap().parse().unwrap();
            program
        }

        /// The next line of the log with this in its message.
        fn line(&self, message: &str) -> Value {
            loop {
                let line = self
                    .log
                    .recv_timeout(SOON)
                    .unwrap_or_else(|_| panic!("it logs nothing of {message:?}"));
                if line["message"].as_str().is_some_and(|found| found.contains(message)) {
                    return line;
                }
            }
        }

        fn open_files(&self) -> u64 {
            std::fs::read_dir(format!("/proc/{}/fd", self.process.id())).unwrap().count() as u64
        }

        /// How much of its memory is resident, in bytes.
        fn memory(&self) -> usize {
            let status =
                std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
            line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
        }
    }

    impl Drop for Program {
        fn drop(&mut self) {
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn few_file_descriptors_are_enough_while_connections_are_hoarded() {
        let program = Program::start(64, &[]);
        let _hoarded = hoard(program.address, 200).await;
        for _ in 0..20 {
            assert!(served(program.address).await);
        }
        let warning = program.line("too many connections");
        assert!(warning["message"].as_str().unwrap().contains("--max-connections"), "{warning}");
        assert!(program.open_files() < 64);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_server_survives_when_no_file_descriptor_is_left() {
        let program = Program::start(256, &["--max-connections", "100"]);
        assert!(served(program.address).await, "its database is open");
        let few = Some(program.open_files() + 3);
        let process = Pid::from_child(&program.process);
        prlimit(Some(process), Resource::Nofile, Rlimit { current: few, maximum: few }).unwrap();
        let _hoarded = hoard(program.address, 40).await;
        for _ in 0..5 {
            assert!(served(program.address).await);
        }
        let error = program.line("could not be accepted");
        assert!(error["error"].as_str().unwrap().contains("Too many open files"), "{error}");
        assert!(error["message"].as_str().unwrap().contains("LimitNOFILE"), "{error}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn connections_cost_little_memory() {
        let program = Program::start(1024, &["--max-connections", "400"]);
        let number = 150;
        // What is allocated once is not counted.
        for _ in 0..5 {
            assert!(served(program.address).await);
        }
        let large_header =
            format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: {}\r\n\r\n", "a".repeat(10_000));
        let large_form = format!(
            "POST /lti/launch HTTP/1.1\r\nHost: x\r\n{FORM}Content-Length: 250000\r\n\r\n{}",
            "a".repeat(250_000)
        );
        let small = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".to_owned();
        for (what, request, missing, most) in [
            ("idle after a small request", &small, 0, 32 * 1024),
            ("idle after a large header", &large_header, 0, 32 * 1024),
            ("idle after a large form", &large_form, 0, 32 * 1024),
            ("in the middle of a form", &large_form, 1, 320 * 1024),
        ] {
            let before = program.memory();
            let mut streams = Vec::new();
            for _ in 0..number {
                let mut stream = TcpStream::connect(program.address).await.unwrap();
                stream.write_all(&request.as_bytes()[..request.len() - missing]).await.unwrap();
                if missing == 0 {
                    assert!(stream.read(&mut [0; 16 * 1024]).await.unwrap() > 0);
                }
                streams.push(stream);
            }
            assert!(served(program.address).await);
            let each = program.memory().saturating_sub(before) / number;
            println!("{what}: {each} bytes each");
            assert!(each <= most, "{what}: {each} bytes each");
        }
    }
}

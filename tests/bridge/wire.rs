//! HTTP as bytes: a client that sends exactly the headers that a test wants, in any spelling.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How long anything may take before a test fails.
const LIMIT: Duration = Duration::from_secs(30);

/// A response.
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(bytes.len());
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or("0");
        let headers = lines.filter_map(|line| line.split_once(':'));
        Self {
            status: status.parse().unwrap_or_default(),
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect(),
            body: String::from_utf8_lossy(bytes.get(end + 4..).unwrap_or_default()).into_owned(),
        }
    }

    /// All values of a header.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The only value of a header; empty if there is none.
    pub(super) fn header(&self, name: &str) -> &str {
        let all = self.all(name);
        assert!(all.len() <= 1, "{name}: {all:?}");
        all.first().copied().unwrap_or_default()
    }

    /// What an app got, which the plain app answers line by line: a header as it arrived.
    pub(super) fn at_app(&self, name: &str) -> Vec<&str> {
        let lines = self.body.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect()
    }
}

/// A request; its head is completed with `Host` and what ends the connection.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) host: &'a str,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a str,
}

impl Ask<'_> {
    fn bytes(&self, ends: bool) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\nHost: {}\r\n", self.method, self.path, self.host);
        for (name, value) in self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.body.is_empty() {
            text.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        if ends {
            text.push_str("Connection: close\r\n");
        }
        (text + "\r\n" + self.body).into_bytes()
    }

    /// Sends it, and reads the whole response.
    pub(super) async fn send(&self, address: SocketAddr) -> Answer {
        let exchange = async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            // A proxy may answer before it has read a large body.
            let _ = stream.write_all(&self.bytes(true)).await;
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            Answer::parse(&answer)
        };
        tokio::time::timeout(LIMIT, exchange).await.unwrap()
    }

    /// Opens a WebSocket; gives the status, and what comes back for a few bytes if it is open.
    pub(super) async fn open_socket(&self, address: SocketAddr) -> (u16, String) {
        let exchange = async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(&self.bytes(false)).await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let Ok(byte) = stream.read_u8().await else { break };
                head.push(byte);
            }
            let status = Answer::parse(&head).status;
            if status != 101 {
                return (status, String::new());
            }
            stream.write_all(b"hello").await.unwrap();
            let mut echo = [0; 5];
            stream.read_exact(&mut echo).await.unwrap();
            (status, String::from_utf8_lossy(&echo).into_owned())
        };
        tokio::time::timeout(LIMIT, exchange).await.unwrap()
    }
}

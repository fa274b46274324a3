//! A raw HTTP server for the tests of this module: it counts requests and sends the given
//! responses, even malformed ones.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A response, byte for byte.
#[derive(Clone)]
pub(super) struct StubResponse {
    pub(super) delay: Duration,
    pub(super) bytes: Vec<u8>,
}

impl StubResponse {
    /// A response with a status line, more header lines (each ending with CR LF) and a body.
    pub(super) fn new(status: &str, headers: &str, body: &[u8]) -> Self {
        let mut bytes = format!(
            "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
            body.len()
        )
        .into_bytes();
        bytes.extend_from_slice(body);
        Self { delay: Duration::ZERO, bytes }
    }

    pub(super) fn ok(body: &[u8]) -> Self {
        Self::new("200 OK", "", body)
    }

    pub(super) fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

/// A server on a free port of this machine, which stops when dropped.
pub(super) struct Stub {
    pub(super) address: SocketAddr,
    requests: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Stub {
    /// Starts a server that responds with the result of `response`, which receives the number of the
    /// request, from 0, and its head.
    pub(super) async fn start(
        response: impl Fn(usize, &str) -> StubResponse + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, response) = (Arc::new(AtomicUsize::new(0)), Arc::new(response));
        let counter = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (counter, response) = (Arc::clone(&counter), Arc::clone(&response));
                tokio::spawn(async move {
                    serve(stream, |head| response(counter.fetch_add(1, Ordering::SeqCst), head))
                        .await;
                });
            }
        });
        Self { address, requests, task }
    }

    /// `http://127.0.0.1:PORT` and `path`.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The number of requests so far.
    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Read and write failures are ignored because the client may disconnect early.
async fn serve(mut stream: TcpStream, response: impl FnOnce(&str) -> StubResponse) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let response = response(&String::from_utf8_lossy(&head));
    tokio::time::sleep(response.delay).await;
    if stream.write_all(&response.bytes).await.is_ok() {
        let _ = stream.shutdown().await;
    }
}

//! A web app that knows nothing of LTI: it answers with what it got, and echoes on WebSockets. It
//! refuses to be framed and sets a cookie, as many apps do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The app, until it is dropped.
pub(super) struct PlainApp {
    pub(super) address: SocketAddr,
    requests: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl PlainApp {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&counted)));
            }
        });
        Self { address, requests, serving }
    }

    /// How many requests it got.
    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for PlainApp {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The proof that a server has read the key of a WebSocket (RFC 6455, 4.2.2).
fn accepted(key: &str) -> String {
    let text = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()))
}

async fn serve(mut stream: TcpStream, requests: Arc<AtomicUsize>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    requests.fetch_add(1, Ordering::SeqCst);
    let head = String::from_utf8_lossy(&head).into_owned();
    let header = |name: &str| {
        head.lines().filter_map(|line| line.split_once(':')).find_map(|(found, value)| {
            found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    if header("upgrade").is_some() {
        let key = header("sec-websocket-key").unwrap_or_default();
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\n\r\n",
            accepted(&key)
        );
        let _ = stream.write_all(answer.as_bytes()).await;
        let (mut from, mut to) = stream.split();
        let _ = tokio::io::copy(&mut from, &mut to).await;
        return;
    }
    let length: usize = header("content-length").and_then(|n| n.parse().ok()).unwrap_or_default();
    let mut body = vec![0; length];
    if stream.read_exact(&mut body).await.is_err() {
        return;
    }
    let text = format!("{head}body-bytes: {length}\n").replace("\r\n", "\n");
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         X-Frame-Options: DENY\r\nContent-Security-Policy: default-src 'self'; frame-ancestors \
         'none'; img-src *\r\nSet-Cookie: own=1; Path=/\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
}

//! Accepts connections and serves HTTP/1.1 on them, with limits on time and on their number.
//!
//! If there is no room for a new connection, the one that has waited longest for its client is
//! closed ([`table`]). So a client that hoards connections cannot block others, whether its
//! connections are idle, send half a request or do not read the response.

mod activity;
mod capacity;
mod exchange;
mod stream;
mod table;
mod tls;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use self::activity::{Registry, Slot};
pub(super) use self::capacity::Capacity;
use self::exchange::Exchange;
use self::stream::{SmallReads, Timed, Times};
pub(super) use self::tls::Tls;
use super::client_address::network;

/// The maximum size of a request's header; platforms send hints of several kilobytes in the URL.
const MAX_HEADER: usize = 128 * 1024;

/// How long to wait before another attempt to accept a connection if one fails.
const RETRY: Duration = Duration::from_millis(20);

/// The minimum time between log lines about connections that are closed or cannot be accepted.
const REPORT_INTERVAL: Duration = Duration::from_secs(60);

/// The limits on a listener's connections.
#[derive(Clone)]
pub(super) struct Rules {
    /// The maximum numbers of connections.
    pub(super) capacity: Capacity,
    /// Whether the peer is a proxy for many clients; then there is no limit per address.
    pub(super) from_proxy: bool,
    /// Whether this machine is limited like other addresses.
    pub(super) limit_loopback: bool,
    /// How long a handshake, and then a header, may take to arrive.
    pub(super) header_time: Duration,
    /// How long a connection may be idle between two requests.
    pub(super) keep_alive_time: Duration,
    /// How long a client may leave a response unread.
    pub(super) write_time: Duration,
    /// Accepts TLS; `None` for plain HTTP.
    pub(super) tls: Option<Arc<Tls>>,
}

impl Rules {
    /// The network that a connection counts against; `None` for a proxy or this machine.
    fn counted(&self, peer: IpAddr) -> Option<IpAddr> {
        let is_exempt =
            self.from_proxy || (peer.to_canonical().is_loopback() && !self.limit_loopback);
        (!is_exempt).then(|| network(peer))
    }
}

/// A listener that serves until it is stopped or dropped.
pub(super) struct Serving {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<JoinSet<()>>,
}

impl Serving {
    /// Serves `router` to everyone who connects.
    pub(super) fn start(
        listener: std::net::TcpListener,
        router: Router,
        rules: Rules,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let registry = Arc::new(Registry::new(rules.capacity.total, rules.capacity.per_address));
        let acceptor = Acceptor {
            address,
            router,
            rules: Arc::new(rules),
            registry,
            stopped,
            reports: Reports::default(),
        };
        Ok(Self { address, stop, accepting: tokio::spawn(acceptor.run(listener)) })
    }

    /// The address on which it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting connections, finishes the requests in flight within this time, and closes
    /// the rest.
    pub(super) async fn shutdown(&mut self, time: Duration) {
        self.stop.send_replace(true);
        let Ok(mut connections) = (&mut self.accepting).await else { return };
        let all = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(time, all).await.is_err() {
            tracing::warn!("requests that had not finished were aborted");
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // This ends the task's connections, too.
        self.accepting.abort();
    }
}

struct Acceptor {
    address: SocketAddr,
    router: Router,
    rules: Arc<Rules>,
    registry: Arc<Registry>,
    stopped: watch::Receiver<bool>,
    reports: Reports,
}

/// Events that are not logged every time.
#[derive(Default)]
struct Reports {
    full: Report,
    failed: Report,
}

/// When something was reported last, and how often it has happened since.
#[derive(Default)]
struct Report(Option<Instant>, u64);

impl Report {
    /// How often it has happened since the last report, if it is time for another one.
    fn due(&mut self, now: Instant) -> Option<u64> {
        self.1 += 1;
        if self.0.is_some_and(|last| now.saturating_duration_since(last) < REPORT_INTERVAL) {
            return None;
        }
        self.0 = Some(now);
        Some(std::mem::take(&mut self.1))
    }
}

impl Acceptor {
    /// Accepts connections until it is stopped, and returns those that are open then.
    async fn run(mut self, listener: TcpListener) -> JoinSet<()> {
        let mut connections = JoinSet::new();
        let mut stopped = self.stopped.clone();
        loop {
            tokio::select! {
                biased;
                () = end(&mut stopped) => return connections,
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.accept(&mut connections, stream, peer).await,
                    Err(error) => self.handle_accept_error(&error).await,
                },
            }
        }
    }

    /// Serves a connection if there is room for it, or if another one can be closed to make room.
    async fn accept(&mut self, connections: &mut JoinSet<()>, stream: TcpStream, peer: SocketAddr) {
        let (slot, closed_another) = self.registry.admit(self.rules.counted(peer.ip())).await;
        if (closed_another || slot.is_none())
            && let Some(times) = self.reports.full.due(Instant::now())
        {
            let Capacity { total, per_address } = self.rules.capacity;
            let open = self.registry.len();
            tracing::warn!(address = %self.address, open, total, per_address, times, "too many \
                connections: those that waited longest for their client were closed; see \
                --max-connections");
        }
        let Some(slot) = slot else { return };
        let id = slot.id();
        let handle = connections.spawn(serve(
            slot,
            stream,
            peer,
            self.router.clone(),
            Arc::clone(&self.rules),
            self.stopped.clone(),
        ));
        self.registry.set_abort_handle(id, handle);
    }

    /// Handles a connection that could not be accepted. In case file descriptors are exhausted, the
    /// connection that has waited longest is closed.
    async fn handle_accept_error(&mut self, error: &io::Error) {
        if affects_one_connection(error) {
            return;
        }
        self.registry.close_one();
        if let Some(times) = self.reports.failed.due(Instant::now()) {
            let open = self.registry.len();
            tracing::error!(address = %self.address, %error, open, times, "connections could not \
                be accepted; if there are too many open files, raise the limit (LimitNOFILE of \
                systemd, ulimit -n) or lower --max-connections");
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// Waits until the server stops.
async fn end(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Whether a failure to accept affects only that connection (accept(2)).
fn affects_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

async fn serve(
    slot: Slot,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    rules: Arc<Rules>,
    mut stopped: watch::Receiver<bool>,
) {
    // Responses are small and complete; waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let activity = slot.activity();
    let times = Times {
        header: rules.header_time,
        keep_alive: rules.keep_alive_time,
        write: rules.write_time,
    };
    let stream = Timed::new(stream, Arc::clone(&activity), times);
    let exchange = Exchange { router, peer, activity };
    match &rules.tls {
        None => http(stream, exchange, &mut stopped).await,
        Some(tls) => {
            let handshake = tokio::time::timeout(rules.header_time, tls.acceptor().accept(stream));
            let accepted = tokio::select! {
                accepted = handshake => accepted,
                () = end(&mut stopped) => return,
            };
            match accepted {
                Ok(Ok(stream)) => http(stream, exchange, &mut stopped).await,
                Ok(Err(error)) => {
                    tracing::debug!(%peer, %error, "the TLS handshake failed")
                }
                Err(_) => tracing::debug!(%peer, "the TLS handshake took too long"),
            }
        }
    }
    // After the stream, so that its file descriptor is free by then.
    drop(slot);
}

async fn http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    exchange: Exchange,
    stopped: &mut watch::Receiver<bool>,
) {
    let mut builder = http1::Builder::new();
    // The stream has the timeouts.
    builder.max_buf_size(MAX_HEADER).header_read_timeout(None);
    let mut connection =
        std::pin::pin!(builder.serve_connection(TokioIo::new(SmallReads::new(stream)), exchange));
    tokio::select! {
        biased;
        _ = connection.as_mut() => return,
        () = end(stopped) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

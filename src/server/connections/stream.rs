//! The stream of a connection, with time limits on each part.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf, Take};
use tokio::time::{Instant, Sleep};

use super::activity::Activity;

/// Minimum number of bytes that a client has to read per second, as long as there are any.
const MIN_RATE: u64 = 1024;

/// Maximum number of bytes that are read at once. As long as reads stay below 8 KiB, hyper's buffer
/// does not grow: memory is proportional to a body, and an idle connection does not keep the
/// largest buffer that it ever needed.
const MAX_READ: u64 = 8 * 1024 - 1;

/// Time limits of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// From the first byte of a request, or from the beginning of the connection, to the end of the
    /// header.
    pub(super) header: Duration,
    /// From the end of a response to the first byte of the next request.
    pub(super) keep_alive: Duration,
    /// The interval in which a client has to read part of a response: at least [`MIN_RATE`] on
    /// average.
    pub(super) write: Duration,
}

/// A socket that fails if its client takes too long.
#[derive(Debug)]
pub(super) struct Timed<S> {
    inner: S,
    activity: Arc<Activity>,
    times: Times,
    /// The number of requests when the header's time began.
    requests: u64,
    /// Whether the next request has begun.
    has_begun: bool,
    /// The deadline of the header, or of its beginning.
    header_by: Instant,
    /// The number of bytes that the client has read since a time, while it delays the response.
    taking: Option<(u64, Instant)>,
    reading: Deadline,
    writing: Deadline,
}

/// Wakes a task at a time, which may change.
#[derive(Debug, Default)]
struct Deadline(Option<Pin<Box<Sleep>>>);

impl Deadline {
    fn poll(&mut self, at: Instant, context: &mut Context<'_>) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
        if sleep.deadline() != at {
            sleep.as_mut().reset(at);
        }
        sleep.as_mut().poll(context)
    }
}

impl<S> Timed<S> {
    pub(super) fn new(inner: S, activity: Arc<Activity>, times: Times) -> Self {
        let header_by = Instant::now() + times.header;
        Self {
            inner,
            activity,
            times,
            requests: 0,
            has_begun: true,
            header_by,
            taking: None,
            reading: Deadline::default(),
            writing: Deadline::default(),
        }
    }

    /// Whether the client has taken too long to send a header.
    fn is_too_slow(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let (requests, is_serving) = self.activity.requests();
        if is_serving {
            // Bodies have their own time limit.
            return Poll::Pending;
        }
        if requests != self.requests {
            (self.requests, self.has_begun, self.header_by) =
                (requests, false, Instant::now() + self.times.keep_alive);
        }
        self.reading.poll(self.header_by, context)
    }

    /// Part of a header was received.
    fn has_read(&mut self) {
        let (requests, is_serving) = self.activity.requests();
        if !is_serving && (!self.has_begun || requests != self.requests) {
            (self.requests, self.has_begun, self.header_by) =
                (requests, true, Instant::now() + self.times.header);
        }
    }

    /// Records the result of an attempt to send.
    fn sent(
        &mut self,
        sent: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(sent) = sent {
            self.activity.is_not_read(false);
            if let (Ok(bytes), Some((taken, _))) = (&sent, &mut self.taking) {
                *taken = taken.saturating_add(*bytes as u64);
            }
            return Poll::Ready(sent);
        }
        self.activity.is_not_read(true);
        loop {
            let (taken, since) = *self.taking.get_or_insert_with(|| (0, Instant::now()));
            ready!(self.writing.poll(since + self.times.write, context));
            if u128::from(taken) * 1000 < u128::from(MIN_RATE) * self.times.write.as_millis() {
                return Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the client does not read",
                )));
            }
            self.taking = None;
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Timed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match pin!(&mut self.inner).poll_read(context, buffer) {
            Poll::Ready(read) => {
                if buffer.filled().len() > before {
                    self.has_read();
                }
                Poll::Ready(read)
            }
            // As if the client had disconnected.
            Poll::Pending => self.is_too_slow(context).map(Ok),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Timed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let sent = pin!(&mut self.inner).poll_write(context, bytes);
        self.sent(sent, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = pin!(&mut self.inner).poll_write_vectored(context, bytes);
        self.sent(sent, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(pin!(&mut self.inner).poll_flush(context));
        // The client has read all of it.
        self.taking = None;
        // The time until the next request starts here: hyper started to wait for it before the
        // response, and does not poll again.
        let _ = self.is_too_slow(context);
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        pin!(&mut self.inner).poll_shutdown(context)
    }
}

/// A stream that is read in small portions, see [`MAX_READ`].
#[derive(Debug)]
pub(super) struct SmallReads<S>(Take<S>);

impl<S: AsyncRead> SmallReads<S> {
    pub(super) fn new(inner: S) -> Self {
        Self(inner.take(MAX_READ))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for SmallReads<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.0.set_limit(MAX_READ);
        pin!(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for SmallReads<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        pin!(self.0.get_mut()).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        pin!(self.0.get_mut()).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.get_ref().is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        pin!(self.0.get_mut()).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        pin!(self.0.get_mut()).poll_shutdown(context)
    }
}

//! Connections that can be cut off, which a web framework alone cannot do: a platform that
//! disappears in the middle of a response closes the connection without a message.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// How many bytes a connection may still send.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Limit {
    /// No limit.
    #[default]
    None,
    /// The head of the next response, and this many bytes of its body.
    Body(usize),
    /// This many bytes.
    Bytes(usize),
}

/// The handle with which an endpoint cuts off its connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Connection(Arc<Mutex<Limit>>);

impl Connection {
    /// Closes the connection before any byte of the response is sent.
    pub(super) fn drop_now(&self) {
        self.set(Limit::Bytes(0));
    }

    /// Closes the connection after this many bytes of the response's body.
    pub(super) fn cut_after(&self, bytes: usize) {
        self.set(Limit::Body(bytes));
    }

    fn set(&self, limit: Limit) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = limit;
    }

    /// How many of these bytes may be sent; zero is final.
    fn allowed(&self, bytes: &[u8]) -> usize {
        let mut limit = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Limit::Body(rest) = *limit
            && let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n")
        {
            *limit = Limit::Bytes(end + 4 + rest);
        }
        match *limit {
            Limit::None | Limit::Body(_) => bytes.len(),
            Limit::Bytes(rest) => rest.min(bytes.len()),
        }
    }

    fn spend(&self, bytes: usize) {
        let mut limit = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Limit::Bytes(rest) = &mut *limit {
            *rest = rest.saturating_sub(bytes);
        }
    }
}

impl Connected<IncomingStream<'_, Listener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.io().connection.clone()
    }
}

/// A listener whose connections can be cut off.
pub(super) struct Listener(pub(super) TcpListener);

impl axum::serve::Listener for Listener {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = axum::serve::Listener::accept(&mut self.0).await;
        // A response is a single write, so waiting for more would only delay it.
        drop(stream.set_nodelay(true));
        (Stream { stream, connection: Connection::default() }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// One connection.
pub(super) struct Stream {
    stream: TcpStream,
    connection: Connection,
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let allowed = this.connection.allowed(bytes);
        if allowed == 0 && !bytes.is_empty() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let written = Pin::new(&mut this.stream).poll_write(context, &bytes[..allowed]);
        if let Poll::Ready(Ok(count)) = &written {
            this.connection.spend(*count);
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_is_sent_completely_and_body_partly() {
        let connection = Connection::default();
        let response = b"HTTP/1.1 200 OK\r\n\r\n[1,2,3,4]";
        assert_eq!(connection.allowed(response), response.len());
        connection.cut_after(4);
        assert_eq!(connection.allowed(response), response.len() - 5);
        connection.spend(20);
        assert_eq!(connection.allowed(&response[20..]), 3);
        connection.spend(3);
        assert_eq!(connection.allowed(b"more"), 0);
        connection.drop_now();
        assert_eq!(connection.allowed(response), 0);
    }
}

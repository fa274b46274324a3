//! The signals with which users and supervisors stop a command, or make it read its settings again.

#[cfg(unix)]
use std::io::{self, IsTerminal as _};

#[cfg(unix)]
use tokio::signal::unix;

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// Ctrl-C or SIGTERM.
    Stop,
    /// SIGHUP.
    Reload,
}

/// Waits for Ctrl-C or SIGTERM. SIGHUP ends the process, as usual.
pub(super) async fn stopped() {
    Signals::to_stop().next().await;
}

/// The signals to this process; none is lost between two calls of [`Signals::next`].
#[cfg(unix)]
pub(super) struct Signals {
    interrupt: Option<unix::Signal>,
    terminate: Option<unix::Signal>,
    hang_up: Option<unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    /// All signals of [`Signal`].
    pub(super) fn new() -> Self {
        let mut signals = Self::to_stop();
        // Where a terminal hangs up, it has been closed, which ends the server.
        if !io::stdin().is_terminal() {
            signals.hang_up = unix::signal(unix::SignalKind::hangup()).ok();
        }
        signals
    }

    /// Those for [`Signal::Stop`].
    fn to_stop() -> Self {
        let of = |kind| unix::signal(kind).ok();
        Self {
            interrupt: of(unix::SignalKind::interrupt()),
            terminate: of(unix::SignalKind::terminate()),
            hang_up: None,
        }
    }

    /// The next signal.
    pub(super) async fn next(&mut self) -> Signal {
        /// Waits for ever if the signal cannot be received.
        async fn received(signal: &mut Option<unix::Signal>) {
            match signal {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        }
        tokio::select! {
            () = received(&mut self.interrupt) => Signal::Stop,
            () = received(&mut self.terminate) => Signal::Stop,
            () = received(&mut self.hang_up) => Signal::Reload,
        }
    }
}

/// The signals to this process.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Ctrl-C.
    pub(super) fn new() -> Self {
        Self
    }

    fn to_stop() -> Self {
        Self
    }

    /// The next signal.
    pub(super) async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Stop
    }
}

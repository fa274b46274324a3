//! A process that runs until it is stopped, at the latest at the end of the test.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// How long a process may take to listen on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that ends with the test.
pub(crate) struct Service(Child);

impl Service {
    /// A process that runs already.
    pub(crate) fn of(child: Child) -> Self {
        Self(child)
    }

    /// Starts a command and waits until it listens on that port.
    pub(crate) fn start(mut command: Command, port: u16) -> Self {
        let mut service = Self(
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        );
        let started = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert_eq!(service.0.try_wait().unwrap(), None, "{command:?} has ended");
            assert!(started.elapsed() < PATIENCE, "{command:?} does not listen on {port}");
            std::thread::sleep(Duration::from_millis(20));
        }
        service
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that is free, from below the range from which the system gives ports out by itself:
/// for addresses that must be written down before anybody listens there.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 1_000).unwrap() * 10;
    loop {
        let port = 20_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

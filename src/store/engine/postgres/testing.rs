//! Schemas for tests, in the database that `LTICTL_TEST_POSTGRES` names, and a proxy that can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::{Connection, ServerAddress, SignInFiles};

/// The variable with the URL of a database in which tests may create schemas.
const VARIABLE: &str = "LTICTL_TEST_POSTGRES";

/// The variable with the file of the certificate authority that signed the certificate of the
/// server, which listens on `localhost`, too.
const AUTHORITY: &str = "LTICTL_TEST_POSTGRES_CA";

/// A schema of its own, which is deleted at the end.
pub(in crate::store) struct TestSchema {
    /// The database, in which this schema is the current one.
    pub(in crate::store) address: ServerAddress,
    name: String,
    server: ServerAddress,
}

impl TestSchema {
    /// An empty schema; `None` if there is no server for tests.
    #[expect(clippy::disallowed_methods, reason = "the variable says which server tests may use")]
    pub(in crate::store) fn create() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let url = std::env::var(VARIABLE).ok()?;
        let server = ServerAddress::parse(&url, SignInFiles::default()).unwrap();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        let connection = Connection::open(&server, None).unwrap();
        connection.execute_batch(&format!("CREATE SCHEMA {name}")).unwrap();
        let separator = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{separator}options=-csearch_path%3D{name}");
        let address = ServerAddress::parse(&url, SignInFiles::default()).unwrap();
        Some(Self { address, name, server })
    }
}

impl TestSchema {
    /// The same schema at another place, with more parameters.
    pub(in crate::store) fn at(&self, place: &str, more: &str) -> ServerAddress {
        let (user, database) = (self.server.user(), self.server.database());
        let url = format!(
            "postgres://{user}@{place}/{database}?options=-csearch_path%3D{}{more}",
            self.name
        );
        ServerAddress::parse(&url, SignInFiles::default()).unwrap()
    }

    /// The same schema on the server's port, with a name for its connections.
    pub(in crate::store) fn named(&self, application: &str) -> ServerAddress {
        let place =
            format!("%2F{}", self.server.host().trim_start_matches('/').replace('/', "%2F"));
        let port = self.server.port();
        self.at(&format!("{place}:{port}"), &format!("&application_name={application}"))
    }

    /// Runs statements as an administrator.
    pub(in crate::store) fn administrate(&self, sql: &str) {
        Connection::open(&self.server, None).unwrap().execute_batch(sql).unwrap();
    }

    /// The server's port.
    pub(in crate::store) fn port(&self) -> u16 {
        self.server.port()
    }

    /// The file of the server's certificate authority, if it has one.
    #[expect(clippy::disallowed_methods, reason = "the variable says whose certificates tests use")]
    pub(in crate::store) fn authority() -> Option<PathBuf> {
        std::env::var_os(AUTHORITY).map(PathBuf::from)
    }
}

/// What happens to the connections through a [`Proxy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Line {
    /// They work.
    Up,
    /// They end, and new ones, too.
    Cut,
    /// They stay open, but nothing passes through.
    Silent,
    /// The answer to the next COMMIT gets lost, and all that follows.
    UntilCommit,
}

/// A port on loopback through which the server can be reached, unless the line is cut.
pub(in crate::store) struct Proxy {
    /// `127.0.0.1:PORT`.
    pub(in crate::store) place: String,
    shared: Arc<Mutex<(Line, Vec<TcpStream>)>>,
}

impl Proxy {
    /// In front of the server of a schema, which listens on a socket.
    pub(in crate::store) fn of(schema: &TestSchema) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = listener.local_addr().unwrap().to_string();
        let socket = format!("{}/.s.PGSQL.{}", schema.server.host(), schema.server.port());
        let shared = Arc::new(Mutex::new((Line::Up, Vec::new())));
        let lines = Arc::clone(&shared);
        // It ends with the tests.
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (line, open) = &mut *lines.lock().unwrap();
                if *line == Line::Cut {
                    continue;
                }
                open.push(client.try_clone().unwrap());
                let server = UnixStream::connect(&socket).unwrap();
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                forward(from, to, &lines);
                forward(server, client, &lines);
            }
        });
        Self { place, shared }
    }

    /// Changes what happens from now on.
    pub(in crate::store) fn set(&self, line: Line) {
        let (current, open) = &mut *self.shared.lock().unwrap();
        *current = line;
        if line == Line::Cut {
            for one in open.drain(..) {
                let _ = one.shutdown(Shutdown::Both);
            }
        }
    }
}

/// Copies what comes from one side to the other.
fn forward(
    mut from: impl Read + Send + 'static,
    mut to: impl Write + Send + 'static,
    shared: &Arc<Mutex<(Line, Vec<TcpStream>)>>,
) {
    let shared = Arc::clone(shared);
    thread::spawn(move || {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(length) = from.read(&mut buffer) {
            let sent = &buffer[..length];
            let line = shared.lock().unwrap().0;
            let is_answer = |part| part == b"C\0\0\0\x0bCOMMIT\0";
            if line == Line::UntilCommit && sent.windows(12).any(is_answer) {
                shared.lock().unwrap().0 = Line::Silent;
                continue;
            }
            if length == 0 || (line != Line::Silent && to.write_all(sent).is_err()) {
                break;
            }
        }
    });
}

impl Drop for TestSchema {
    fn drop(&mut self) {
        if let Ok(connection) = Connection::open(&self.server, None) {
            let _ = connection.execute_batch(&format!(
                "SET client_min_messages = warning; DROP SCHEMA {} CASCADE",
                self.name
            ));
        }
    }
}

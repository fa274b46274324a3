//! Where tests have their databases: on the server that `LTICTL_TEST_POSTGRES` names, or in files.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ltictl::store::{self, ServerAddress, SignInFiles};
use tempfile::TempDir;

use super::server::ServerDatabase;

/// The name of the database's file.
const FILE: &str = "ltictl.db";

/// What a test's database is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// SQLite, in a file.
    File,
    /// A PostgreSQL server.
    Server,
}

impl Engine {
    /// That of all stories of this run which do not need a file.
    pub(crate) fn of_this_run() -> Self {
        if super::server::url().is_some() { Self::Server } else { Self::File }
    }
}

/// A directory and a database of a test's own, which are deleted with this value.
pub(crate) struct Home {
    directory: TempDir,
    database: Place,
    on_server: Option<ServerDatabase>,
}

impl Home {
    /// With an empty database on the server for tests, or the place of a file that does not exist.
    pub(crate) fn new() -> Self {
        Self::on(Engine::of_this_run(), None)
    }

    /// With an empty database on the server for tests, for a story that is about servers; `None` if
    /// there is no such server.
    pub(crate) fn on_server() -> Option<Self> {
        (Engine::of_this_run() == Engine::Server).then(Self::new)
    }

    /// With the place of a file that does not exist, for a story that is about files.
    pub(crate) fn in_file() -> Self {
        Self::on(Engine::File, None)
    }

    /// With a copy of a database, which `make` makes when the first copy is needed.
    pub(crate) fn copied(
        original: &Original,
        engine: Engine,
        make: impl FnOnce(Self) -> Self,
    ) -> Self {
        match engine {
            Engine::File => {
                let bytes = original.file.get_or_init(|| {
                    let first = make(Self::in_file());
                    std::fs::read(first.database.file()).unwrap()
                });
                let home = Self::in_file();
                write_private(home.database.file(), bytes);
                home
            }
            Engine::Server => {
                let first =
                    original.server.get_or_init(|| make(Self::on(engine, None)).on_server.unwrap());
                Self::on(engine, Some(first))
            }
        }
    }

    fn on(engine: Engine, original: Option<&ServerDatabase>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let on_server = (engine == Engine::Server).then(|| ServerDatabase::create(original));
        let database = match &on_server {
            Some(database) => Place::at(&database.url),
            None => directory.path().join(FILE).into(),
        };
        Self { directory, database, on_server }
    }

    /// Where the database is.
    pub(crate) fn database(&self) -> &Place {
        &self.database
    }

    /// A path in the directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

/// A database that tests get copies of. There may be one of each engine.
pub(crate) struct Original {
    file: OnceLock<Vec<u8>>,
    server: OnceLock<ServerDatabase>,
}

impl Original {
    pub(crate) const fn new() -> Self {
        Self { file: OnceLock::new(), server: OnceLock::new() }
    }
}

/// Where a test's database is: what `--db` and `LTICTL_DB` take.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    database: store::Database,
    text: String,
}

impl Place {
    /// At the URL of a server.
    pub(crate) fn at(url: &str) -> Self {
        ServerAddress::parse(url, SignInFiles::default()).map(store::Database::from).unwrap().into()
    }

    /// The path, of a story that is about files.
    pub(crate) fn file(&self) -> &Path {
        self.database.file().unwrap_or_else(|| panic!("{} is not a file", self.text))
    }

    pub(crate) fn is_file(&self) -> bool {
        self.database.file().is_some()
    }

    /// The path or the URL.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is a database of the tool, or of another program.
    pub(crate) fn exists(&self) -> bool {
        match &self.database {
            store::Database::File(path) => path.exists(),
            store::Database::Server(_) => super::Database::open(self).has_tables(),
        }
    }
}

/// As messages name it.
impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.database.fmt(formatter)
    }
}

impl AsRef<OsStr> for Place {
    fn as_ref(&self) -> &OsStr {
        self.text.as_ref()
    }
}

impl From<store::Database> for Place {
    fn from(database: store::Database) -> Self {
        let text = database.location();
        Self { database, text }
    }
}

impl From<PathBuf> for Place {
    fn from(path: PathBuf) -> Self {
        store::Database::from(path).into()
    }
}

impl From<Place> for store::Database {
    fn from(place: Place) -> Self {
        place.database
    }
}

impl From<&Place> for store::Database {
    fn from(place: &Place) -> Self {
        place.database.clone()
    }
}

/// Writes a file that no one else can read.
fn write_private(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

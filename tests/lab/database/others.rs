//! Others who use a database on a server: a user who does not own the tables, and another program.

use ltictl::store;

use super::Database;
use super::place::Place;
use super::server::Connection;

/// Changes of tables that the audit log records.
const CHANGES: [&str; 6] = [
    "UPDATE grade SET score = 9",
    "UPDATE setting SET value = 'Other' WHERE key = 'name'",
    "INSERT INTO setting VALUES ('time_zone', 'UTC')",
    "DELETE FROM account",
    "DELETE FROM registration",
    "SET ltictl.counts = 'on'; DELETE FROM registration",
];

/// A user of the server who does not own the tables of a database.
pub(crate) struct OtherUser {
    name: String,
    database: String,
    owner: Database,
}

impl OtherUser {
    pub(crate) fn of(place: &Place) -> Self {
        let owner = Database::open(place);
        let database: String = owner.read("SELECT CAST(current_database() AS TEXT)", &[]);
        let name = format!("user_of_{database}");
        owner.execute_all(&format!("CREATE ROLE {name} LOGIN"));
        Self { name, database, owner }
    }

    /// The URL of the database with this user.
    pub(crate) fn url(&self, place: &Place) -> String {
        let mut url = url::Url::parse(place.text()).unwrap();
        let parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        url.query_pairs_mut().clear().extend_pairs(parameters.into_iter().map(|(key, value)| {
            let value = if key == "user" { self.name.clone() } else { value };
            (key, value)
        }));
        url.into()
    }

    /// Takes permissions from the user and from everyone, such as `INSERT ON account`; `{database}`
    /// stands for the name of the database.
    pub(crate) fn revoke(&self, permissions: &str) {
        let permissions = permissions.replace("{database}", &self.database);
        self.owner.execute_all(&format!("REVOKE {permissions} FROM PUBLIC, {}", self.name));
    }
}

impl Drop for OtherUser {
    fn drop(&mut self) {
        self.owner.execute_all(&format!("DROP OWNED BY {0}; DROP ROLE {0}", self.name));
    }
}

/// What the server says to each change of audited tables by another program than the tool.
pub(crate) fn changes_by_another_program(place: &Place) -> Vec<String> {
    let store::Database::Server(address) = place.into() else { panic!("{place} is a file") };
    let connection = Connection::open(address.url());
    let refused = |change: &&str| format!("{change}: {:?}", connection.try_all(change).err());
    CHANGES.iter().map(refused).collect()
}

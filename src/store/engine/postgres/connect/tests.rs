use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use super::super::testing::{Proxy, TestSchema};
use super::super::{Connection, SignInFiles};
use super::*;
use crate::domain::Secret;
use crate::store::Store;

/// A server that has all that these tests need, with the file of its certificate authority.
fn server() -> Option<(TestSchema, PathBuf)> {
    let authority = TestSchema::authority()?;
    TestSchema::create().map(|schema| (schema, authority))
}

fn address(url: &str) -> ServerAddress {
    ServerAddress::parse(url, SignInFiles::default()).unwrap()
}

/// The problem of a connection, if there is one.
fn problem(address: &ServerAddress) -> Option<ServerProblem> {
    match Connection::open(address, None) {
        Ok(_) => None,
        Err(Error::Server { problem, reason, .. }) => {
            assert!(!reason.is_empty(), "{problem:?} has no reason");
            Some(problem)
        }
        Err(error) => panic!("{error}"),
    }
}

fn value(connection: &Connection, sql: &str) -> String {
    let read = |row: super::super::Row<'_>| row.value(0)?.as_str().map(str::to_owned);
    connection.first(sql, &[], read).unwrap().unwrap()
}

#[test]
fn certificates_are_checked_completely() {
    let Some((schema, authority)) = server() else { return };
    let (port, authority) = (schema.port(), authority.display().to_string());
    let missing = "/no/such/file";
    let proxy = Proxy::of(&schema).place.replace("127.0.0.1", "localhost");
    for (place, parameters, expected) in [
        ("localhost", format!("sslmode=verify-full&sslrootcert={authority}"), None),
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={authority}"), None),
        (
            "db.example.edu",
            format!("hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert={authority}"),
            Some(ServerProblem::OtherName),
        ),
        ("localhost", "sslmode=verify-full".into(), Some(ServerProblem::UntrustedCertificate)),
        (
            "localhost",
            "sslmode=verify-full&sslrootcert=system".into(),
            Some(ServerProblem::UntrustedCertificate),
        ),
        (
            "localhost",
            format!("sslmode=verify-full&sslrootcert={missing}"),
            Some(ServerProblem::Tls),
        ),
    ] {
        let url = format!("postgres://ltictl@{place}:{port}/postgres?{parameters}");
        assert_eq!(problem(&address(&url)), expected, "{url}");
    }
    // A server without TLS, such as one behind a proxy that only has its socket.
    let url = format!("postgres://ltictl@{proxy}/postgres?sslmode=verify-full");
    assert_eq!(problem(&address(&url)), Some(ServerProblem::NoTls));
    let encrypted = |parameters: &str| {
        let url = format!("postgres://ltictl@localhost:{port}/postgres?{parameters}");
        let connection = Connection::open(&address(&url), None).unwrap();
        value(&connection, "SELECT ssl::TEXT FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    };
    assert_eq!(encrypted("sslmode=disable"), "false");
    let full = format!("sslmode=verify-full&sslrootcert={authority}");
    assert_eq!(encrypted(&full), "true");
}

#[test]
fn refusals_say_what_is_wrong() {
    let Some((schema, _)) = server() else { return };
    schema.administrate(
        "CREATE ROLE secret_user LOGIN PASSWORD 'right'; CREATE ROLE refused_user LOGIN;
         CREATE ROLE no_connections LOGIN CONNECTION LIMIT 0; CREATE ROLE reader LOGIN;
         ALTER ROLE reader SET default_transaction_read_only = on",
    );
    let port = schema.port();
    let url = |user: &str, database: &str| format!("postgres://{user}@127.0.0.1:{port}/{database}");
    for (user, database, expected) in [
        ("secret_user", "postgres", ServerProblem::PasswordMissing),
        ("refused_user", "postgres", ServerProblem::NotAdmitted),
        ("no_such_user", "postgres", ServerProblem::NoUser),
        ("ltictl", "no_such_database", ServerProblem::NoDatabase),
        ("no_connections", "postgres", ServerProblem::TooManyConnections),
        ("reader", "postgres", ServerProblem::ReadOnly),
    ] {
        assert_eq!(problem(&address(&url(user, database))), Some(expected), "{user}, {database}");
    }
    let with = |files| ServerAddress::parse(&url("secret_user", "postgres"), files).unwrap();
    let given = |password: &[u8]| {
        let password = Some(Secret::new(password.to_vec()));
        with(SignInFiles { password, ..SignInFiles::default() })
    };
    assert_eq!(problem(&given(b"wrong")), Some(ServerProblem::PasswordWrong));
    assert_eq!(problem(&given(b"right")), None);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pgpass");
    let private = std::fs::File::options().write(true).create_new(true).mode(0o600).open(&file);
    std::io::Write::write_all(&mut private.unwrap(), b"127.0.0.1:*:*:secret_user:right\n").unwrap();
    let passfile = SignInFiles { passfile: Some(file), ..SignInFiles::default() };
    assert_eq!(problem(&with(passfile)), None);
    // Only an owner creates tables, from PostgreSQL 15 on.
    let refused = Store::create(given(b"right")).err().unwrap();
    let Error::Server { problem, .. } = refused else { panic!("{refused}") };
    assert_eq!(problem, ServerProblem::NotPermitted);
    schema.administrate("DROP ROLE secret_user, refused_user, no_connections, reader");
}

#[test]
fn the_first_server_that_can_be_written_is_used() {
    let Some((schema, _)) = server() else { return };
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let port = schema.port();
    let both = address(&format!("postgres://ltictl@127.0.0.1:{closed},127.0.0.1:{port}/postgres"));
    assert_eq!(problem(&both), None);
    let one = address(&format!("postgres://ltictl@127.0.0.1:{closed}/postgres"));
    assert_eq!(problem(&one), Some(ServerProblem::Unreachable));
    let none = format!("postgres://ltictl@127.0.0.1:{closed},127.0.0.1:{closed}/postgres");
    let error = Connection::open(&address(&none), None).err().unwrap();
    let places = error.to_string().matches(&format!("127.0.0.1:{closed}: ")).count();
    assert_eq!(places, 2, "{error}");
}

#[test]
fn what_the_program_relies_on_is_set_whatever_the_user_has() {
    let Some((schema, _)) = server() else { return };
    schema.administrate(
        "CREATE ROLE careless LOGIN; ALTER ROLE careless SET standard_conforming_strings = off;
         ALTER ROLE careless SET synchronous_commit = off;
         ALTER ROLE careless SET statement_timeout = 1;
         ALTER ROLE careless SET client_encoding = 'LATIN1'",
    );
    let url = format!(
        "postgres://careless@127.0.0.1:{}/postgres?options=-csearch_path%3Dother&application_name=x",
        schema.port()
    );
    let connection = Connection::open(&address(&url), None).unwrap();
    for (setting, expected) in [
        ("standard_conforming_strings", "on"),
        ("synchronous_commit", "on"),
        ("statement_timeout", "1h"),
        ("client_encoding", "UTF8"),
        ("search_path", "other"),
        ("application_name", "x"),
        ("tcp_keepalives_idle", "10"),
    ] {
        assert_eq!(value(&connection, &format!("SHOW {setting}")), expected, "{setting}");
    }
    drop(connection);
    schema.administrate("DROP ROLE careless");
}

#[test]
fn servers_that_are_too_old_or_store_other_characters_are_refused() {
    for (version, encoding, expected) in [
        ("13.0", "UTF8", None),
        ("15.8 (Debian 15.8-1)", "UTF8", None),
        ("18beta1", "UTF8", None),
        ("12.22", "UTF8", Some(ServerProblem::TooOld)),
        ("9.6.24", "UTF8", Some(ServerProblem::TooOld)),
        ("15.8", "SQL_ASCII", Some(ServerProblem::OtherEncoding)),
        ("15.8", "LATIN1", Some(ServerProblem::OtherEncoding)),
    ] {
        let found = match check_server(version, encoding) {
            Ok(()) => None,
            Err(Failed::Server(problem, _)) => Some(problem),
            Err(Failed::Other(error)) => panic!("{error}"),
        };
        assert_eq!(found, expected, "{version}, {encoding}");
    }
}

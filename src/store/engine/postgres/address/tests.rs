use super::*;

fn files() -> SignInFiles {
    SignInFiles { user: Some("system".into()), ..SignInFiles::default() }
}

fn parsed(url: &str) -> Result<ServerAddress, SignInError> {
    ServerAddress::parse(url, files())
}

#[test]
fn addresses_are_read_as_libpq_reads_them() {
    for (url, shown) in [
        ("postgres://tool@db.example.edu/ltictl", "postgres://tool@db.example.edu:5432/ltictl"),
        ("postgresql://tool@db:6432/lti?sslmode=disable", "postgres://tool@db:6432/lti"),
        ("postgres://db.example.edu", "postgres://system@db.example.edu:5432/system"),
        ("postgres://tool@db", "postgres://tool@db:5432/tool"),
        ("postgres://[::1]:1/d", "postgres://system@[::1]:1/d"),
        ("postgres:///d?host=::1", "postgres://system@[::1]:5432/d"),
        ("postgres://a:1,b,[::1]:3/d", "postgres://system@a:1,b:5432,[::1]:3/d"),
        ("postgres://a,b/d?port=7", "postgres://system@a:7,b:7/d"),
        ("postgres:///d?hostaddr=192.0.2.1&user=u%40x", "postgres://u%40x@192.0.2.1:5432/d"),
        ("postgres://db/d%2Fe?user=u", "postgres://u@db:5432/d%2Fe"),
        ("postgres://%2Frun%2Fpg/d", "postgres://system@%2Frun%2Fpg/d"),
        ("postgres:///d?host=/run/pg&port=7", "postgres://system@%2Frun%2Fpg:7/d"),
        (
            "postgres://db/d?target_session_attrs=any&connect_timeout=3",
            "postgres://system@db:5432/d",
        ),
    ] {
        let address = parsed(url).unwrap();
        assert_eq!(address.to_string(), shown, "{url}");
        assert_eq!(parsed(shown).unwrap().to_string(), shown, "shown again");
        assert_eq!(format!("{address:?}"), format!("ServerAddress({shown})"));
    }
    assert!(matches!(parsed("postgres:///d").unwrap().hosts()[0].place, Place::Socket(_)));
}

#[test]
fn only_connections_that_leave_this_machine_are_encrypted_by_default() {
    for (url, tls) in [
        ("postgres://db/d", &[true][..]),
        ("postgres://db,localhost,[::1],127.0.0.5/d", &[true, false, false, false]),
        ("postgres://localhost.example.edu/d", &[true]),
        ("postgres://localhost/d?sslmode=verify-full", &[true]),
        ("postgres://db/d?sslmode=disable", &[false]),
        ("postgres://localhost/d?hostaddr=192.0.2.1", &[true]),
        ("postgres://db/d?hostaddr=127.0.0.1", &[false]),
        ("postgres://%2Frun%2Fpg,db/d?sslmode=verify-full", &[false, true]),
    ] {
        let address = parsed(url).unwrap();
        let found: Vec<bool> = address.hosts().iter().map(|host| host.has_tls).collect();
        assert_eq!(found, tls, "{url}");
    }
    let open = parsed("postgres://db,localhost,%2Frun%2Fpg/d?sslmode=disable").unwrap();
    assert_eq!(open.unencrypted_hosts(), ["db"]);
    assert!(parsed("postgres://db/d").unwrap().unencrypted_hosts().is_empty());
}

#[test]
fn addresses_that_cannot_be_used_say_why() {
    for (url, why) in [
        ("host=db dbname=ltictl", "not the URL of a PostgreSQL database"),
        ("mysql://db/d", "not the URL"),
        ("postgres://tool:secret@db/d", "the URL contains a password"),
        ("postgres://db/d?password=secret", "the URL contains a password"),
        ("postgres://tool:@db/d", "the URL contains a password"),
        ("postgres://db/d?sslmode=require", "sslmode=require does not check which server"),
        ("postgres://db/d?sslmode=prefer", "sslmode=prefer does not check"),
        ("postgres://db/d?sslmode=allow", "sslmode=allow does not check"),
        ("postgres://db/d?sslmode=verify-ca", "sslmode=verify-ca does not check"),
        ("postgres://db/d?sslmode=full", "neither verify-full nor disable"),
        ("postgres://db/d?channel_binding=require", "channel_binding=require is not supported"),
        ("postgres://db/d?client_encoding=latin1", "client_encoding=latin1 is not supported"),
        ("postgres://db/d?gssencmode=require", "is not supported: gssencmode"),
        ("postgres://db/d?target_session_attrs=standby", "a server that cannot be written"),
        ("postgres://db:port/d", "port=port is not a number"),
        ("postgres://db:70000/d", "port=70000 is not a number"),
        ("postgres://db/d?connect_timeout=-1", "connect_timeout=-1 is not a number"),
        ("postgres://[::1/d", "no closing bracket"),
        ("postgres://a,b,c/d?port=1,2", "as many ports"),
        ("postgres://a/d?hostaddr=name", "hostaddr=name is not an IP address"),
        ("postgres://a/d?sslcert=c.pem", "only one of sslcert and sslkey"),
        ("postgres://a/%ff", "dbname is not a text in UTF-8"),
        ("postgres://a/d%00", "dbname is not a text"),
        ("postgres://a/d?host", "\"host\" has no value"),
        ("postgres://a/d?options=-cstandard_conforming_strings%3Doff", "which this program sets"),
        (
            "postgres://a/d?options=-c%20Statement_Timeout%3D0",
            "options in the URL sets statement_t",
        ),
        ("postgres://a/d?options=--session-replication-role%3Dreplica", "sets session_replication"),
        ("postgres://a/d?options=-c%20a%3Db%20-cLOCK_TIMEOUT%3D1", "sets lock_timeout"),
        ("postgres://a/d?options=-c%20client_encoding%3DLATIN1", "sets client_encoding"),
        ("postgres://a/d?options=-c%20row%5C_security%3Doff", "sets row_security"),
        ("postgres://a/d?service=x", "the service \"x\" is not in a service file"),
    ] {
        let Err(error) = parsed(url) else { panic!("{url} was accepted") };
        let SignInError::Address { why: found, fix } = &error else { panic!("{url}: {error}") };
        assert!(found.contains(why), "{url}: {found}");
        assert!(!fix.is_empty() && !error.to_string().contains("secret"), "{url}");
    }
    assert!(parsed("postgres://a/d?options=-csearch_path%3Dlti%20-c%20role%3Dlti").is_ok());
    let unnamed = ServerAddress::parse("postgres://db/d", SignInFiles::default());
    assert!(unnamed.unwrap_err().to_string().contains("does not name a user"));
}

#[test]
fn the_service_file_has_what_the_url_leaves_out() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("services");
    std::fs::write(
        &file,
        "[lti]\nhost=db.example.edu\nport=6432\nuser=tool\ndbname=one\nsslrootcert=/ca.pem\n",
    )
    .unwrap();
    let files = SignInFiles { service_file: Some(file.clone()), ..files() };
    for (url, shown) in [
        ("postgres:///?service=lti", "postgres://tool@db.example.edu:6432/one"),
        ("postgres:///two?service=lti&user=me", "postgres://me@db.example.edu:6432/two"),
    ] {
        let address = ServerAddress::parse(url, files.clone()).unwrap();
        assert_eq!(address.to_string(), shown);
        assert_eq!(address.options().roots, Roots::File("/ca.pem".into()));
    }
    let other = ServerAddress::parse("postgres:///?service=other", files.clone());
    assert!(other.unwrap_err().to_string().contains("is not in"));
    // A password in it must be private.
    std::fs::write(&file, "[lti]\npassword=secret\n").unwrap();
    set_mode(&file, 0o644);
    let open = ServerAddress::parse("postgres:///?service=lti", files.clone()).unwrap_err();
    assert!(matches!(open, SignInError::ReadableByOthers { mode: 0o644, .. }), "{open}");
    set_mode(&file, 0o600);
    let address = ServerAddress::parse("postgres:///?service=lti", files).unwrap();
    assert_eq!(password(&address).as_deref(), Some("secret"));
}

#[cfg(unix)]
fn set_mode(file: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn password(address: &ServerAddress) -> Option<String> {
    let found = address.password(&address.hosts()[0]).unwrap();
    found.map(|found| String::from_utf8(found.expose().to_vec()).unwrap())
}

#[test]
fn passwords_come_from_private_files() {
    let directory = tempfile::tempdir().unwrap();
    let (passfile, own) = (directory.path().join("pgpass"), directory.path().join("password"));
    std::fs::write(&passfile, "# comment\ndb:*:d:*:one\nlocalhost:5432:d:system:two\n").unwrap();
    std::fs::write(&own, "four words, and a\nline\n").unwrap();
    for file in [&passfile, &own] {
        set_mode(file, 0o640);
    }
    let with = |url: &str, files: SignInFiles| ServerAddress::parse(url, files).unwrap();
    let only_passfile = SignInFiles { passfile: Some(passfile.clone()), ..files() };
    let only_own = SignInFiles { password_file: Some(own.clone()), ..only_passfile.clone() };
    for files in [&only_passfile, &only_own] {
        let address = with("postgres://db/d", files.clone());
        let error = address.password(&address.hosts()[0]).err().unwrap();
        assert!(matches!(error, SignInError::ReadableByOthers { mode: 0o640, .. }));
    }
    for file in [&passfile, &own] {
        set_mode(file, 0o600);
    }
    let from_environment =
        SignInFiles { password: Some(Secret::new(b"three".to_vec())), ..only_passfile.clone() };
    let no_own = SignInFiles { password_file: Some(directory.path().join("none")), ..files() };
    let address = with("postgres://db/d", no_own);
    let error = address.password(&address.hosts()[0]).err().unwrap();
    assert!(matches!(error, SignInError::Unreadable { .. }), "{error}");
    let missing = SignInFiles { passfile: Some(directory.path().join("none")), ..files() };
    for (url, files, expected) in [
        ("postgres://db/d", &only_passfile, Some("one")),
        ("postgres:///d?host=/run/pg", &only_passfile, Some("two")),
        ("postgres://other/d", &only_passfile, None),
        ("postgres://db/d", &missing, None),
        ("postgres://db/d", &from_environment, Some("three")),
        ("postgres://db/d", &only_own, Some("four words, and a\nline")),
    ] {
        assert_eq!(password(&with(url, files.clone())).as_deref(), expected, "{url}");
    }
}

#[test]
fn the_schema_is_the_first_one_of_the_search_path() {
    for (options, schema) in [
        ("", "public"),
        ("?options=-csearch_path%3Dtool", "tool"),
        ("?options=-c%20search_path%3D%22tool%22,public%20-cwork_mem%3D8MB", "tool"),
        ("?options=-cwork_mem%3D8MB", "public"),
    ] {
        let url = format!("postgres://user@localhost/tool{options}");
        let address = ServerAddress::parse(&url, SignInFiles::default()).unwrap();
        assert_eq!(address.schema(), schema, "{options}");
    }
}

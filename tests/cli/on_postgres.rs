//! What only a database on PostgreSQL has: its own backups, copies from and to files, and refusals.

use std::process::{Command, Output};

use crate::lab::database::Database;
use crate::lab::database::place::Home;

/// A directory, and a database that commands in it use.
struct Desk(Home);

impl Desk {
    /// `None` if there is no server for tests.
    fn new() -> Option<Self> {
        Home::on_server().map(Self)
    }

    /// Runs a script with the binary first on its path.
    fn sh(&self, script: &str) -> Output {
        let binary = std::path::Path::new(env!("CARGO_BIN_EXE_ltictl")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        Command::new("bash")
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(self.0.path(""))
            .env("PATH", format!("{}:{path}", binary.display()))
            .env("HOME", self.0.path(""))
            .env("LTICTL_DB", self.0.database())
            .output()
            .unwrap()
    }

    /// Runs a script that must succeed, and returns its standard output.
    fn run(&self, script: &str) -> String {
        let output = self.sh(script);
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a script that must fail with this code, and returns its standard error.
    fn fail(&self, script: &str, code: i32) -> String {
        let output = self.sh(script);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{script}: {said}");
        said
    }

    /// The two commands in the hint of a failure.
    fn hinted(&self, script: &str) -> String {
        let said = self.fail(script, 3);
        let hint = said.lines().find_map(|line| line.strip_prefix(" hint: ")).unwrap();
        let commands: Vec<&str> = hint.split('`').skip(1).step_by(2).collect();
        assert_eq!(commands.len(), 2, "{hint}");
        commands.join(" && ")
    }

    /// The one command in the hint of a failure, for an administrator of PostgreSQL.
    fn administration(said: &str) -> String {
        let hint = said.lines().find_map(|line| line.strip_prefix(" hint: ")).unwrap();
        hint.split_once("administrator of PostgreSQL: ").unwrap().1.to_owned()
    }

    fn set_up(&self) {
        self.run(
            "ltictl init --url https://tool.example.edu --name 'Example Tool'
             ltictl registration create 'Moodle Prod'
             ltictl resource publish 'Algebra Quiz' --max-grade 10
             ltictl account create sam
             ltictl account enrol sam algebra-quiz
             ltictl grade set algebra-quiz sam 7.5",
        );
    }
}

#[test]
fn the_commands_that_backup_and_restore_print_work() {
    let (Some(desk), Some(other)) = (Desk::new(), Home::on_server()) else { return };
    desk.set_up();
    let made = desk.hinted("ltictl backup all.sql");
    assert!(made.contains("pg_dump "), "{made}");
    let checked = desk.run(&made);
    assert!(checked.contains("Schema version"), "{checked}");
    let into = format!("export LTICTL_DB='{}'; ", other.database().text());
    let restored = desk.hinted(&format!("{into} ltictl restore all.sql"));
    desk.run(&format!("{into} {restored}"));
    let [before, after] =
        ["", &into].map(|into| desk.run(&format!("{into} ltictl export; ltictl audit verify")));
    assert_eq!(before, after);
    // It is usable, and then it is no longer what was restored.
    desk.run(&format!("{into} ltictl grade set algebra-quiz sam 8"));
    let said = desk.fail(&format!("{into} ltictl restore all.sql"), 4);
    assert!(said.contains("createdb "), "{said}");
}

#[test]
fn an_incomplete_or_readable_backup_is_refused() {
    let Some(desk) = Desk::new() else { return };
    desk.set_up();
    let made = desk.hinted("ltictl backup all.sql");
    desk.run(&made);
    desk.run("umask 077; head -c 20000 all.sql > part.sql; echo nothing > empty.sql");
    for file in ["part.sql", "empty.sql"] {
        let said = desk.fail(&format!("ltictl backup {file}"), 7);
        assert!(said.contains("is not a complete backup"), "{said}");
        desk.fail(&format!("ltictl restore {file}"), 7);
    }
    desk.run("chmod 644 all.sql");
    assert!(desk.fail("ltictl backup all.sql", 7).contains("chmod 600 all.sql"));
}

#[test]
fn a_copy_there_and_back_is_the_same() {
    let (Some(desk), Some(other)) = (Desk::new(), Home::on_server()) else { return };
    desk.set_up();
    let there = other.database().text();
    desk.run(&format!(
        "ltictl db copy --to one.db
         ltictl db copy --from one.db --to '{there}'
         ltictl --db '{there}' db copy --to two.db"
    ));
    let exported: Vec<String> = ["", "--db one.db", &format!("--db '{there}'"), "--db two.db"]
        .iter()
        .map(|database| {
            let all = "export --all-accounts; ltictl audit verify; ltictl grade list algebra-quiz -o json";
            let all = all.replace("ltictl ", &format!("ltictl {database} "));
            desk.run(&format!("ltictl {database} {all}"))
        })
        .collect();
    assert!(exported.iter().all(|one| *one == exported[0]), "{exported:#?}");
    // Keys go on where they were, and searches find what was copied.
    for database in ["--db two.db".to_owned(), format!("--db '{there}'")] {
        desk.run(&format!("ltictl {database} account create tina"));
        for word in ["tina", "moodle", "algebra"] {
            let found = desk.run(&format!("ltictl {database} search {word} -o json"));
            assert!(found.contains("\"kind\""), "{database} {word}: {found}");
        }
    }
    let said = desk.fail(&format!("ltictl db copy --to '{there}'"), 4);
    assert!(said.contains("already holds Example Tool"), "{said}");
    desk.fail("ltictl db copy --to one.db", 4);
}

#[test]
fn a_password_in_the_url_is_refused_and_not_repeated() {
    let Some(desk) = Desk::new() else { return };
    let said = desk.fail("ltictl --db postgres://ltictl:secret-word@db/ltictl status", 2);
    assert!(said.contains("--db-password-file") && !said.contains("secret-word"), "{said}");
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let (Some(desk), Some(other)) = (Desk::new(), Home::on_server()) else { return };
    desk.set_up();
    let there = other.database().text();
    assert!(desk.fail(&format!("ltictl --db '{there}' db check"), 3).contains("not set up"));
    Database::create_for_another_program(other.database());
    for command in [
        format!("ltictl --db '{there}' init --url https://tool.example.edu --name Tool"),
        format!("ltictl db copy --to '{there}'"),
    ] {
        let said = desk.fail(&command, 1);
        assert!(said.contains("is not a database of ltictl"), "{said}");
    }
    assert_eq!(desk.run(&format!("psql -qtA -d '{there}' -c '\\dt'")).lines().count(), 1);
}

#[test]
fn what_looks_like_a_url_is_not_a_path() {
    let directory = tempfile::tempdir().unwrap();
    for database in [
        "Postgres://ltictl@db/tool",
        "postgres:/ltictl@db/tool",
        "mysql://db/tool",
        "postgres:tool",
    ] {
        let output = crate::lab::binary()
            .args(["--db", database, "init", "--url", "https://tool.example.edu", "--name", "Tool"])
            .current_dir(directory.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{database}");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "{database}");
    }
}

#[test]
fn a_user_who_lacks_a_permission_gets_it_by_the_command_in_the_hint() {
    let Some(desk) = Desk::new() else { return };
    desk.set_up();
    let url = desk.0.database().text().to_owned();
    let (_, database) = url.split('?').next().unwrap().rsplit_once('/').unwrap();
    let user = format!("user_of_{database}");
    let admin = format!("psql -qv ON_ERROR_STOP=1 -d '{url}'");
    let as_user =
        format!("export LTICTL_DB='{}'; ", url.replace("user=ltictl", &format!("user={user}")));
    desk.run(&format!("{admin} -c 'CREATE ROLE {user} LOGIN'"));
    let create = format!("{as_user} ltictl account create zoe");
    for (revoked, missing) in [
        ("ALL ON schema_version", "permission denied for table schema_version"),
        ("INSERT ON account", "permission denied for table account"),
        ("ALL ON SCHEMA public", "permission denied for schema public"),
        ("TEMPORARY ON DATABASE {database}", "temporary tables in database"),
        ("CONNECT ON DATABASE {database}", "permission denied for database"),
    ] {
        let revoked = revoked.replace("{database}", database);
        desk.run(&format!("{admin} -c 'REVOKE {revoked} FROM PUBLIC, {user}'"));
        let said = desk.fail(&create, 1);
        assert!(said.contains("lacks a permission") && said.contains(missing), "{revoked}: {said}");
        desk.run(&format!("export PGUSER=ltictl; {}", Desk::administration(&said)));
        desk.run(&format!("{create}; ltictl account delete zoe --yes; ltictl audit verify"));
    }
    desk.run(&format!("{admin} -c 'DROP OWNED BY {user}; DROP ROLE {user}'"));
}

#[test]
fn only_the_tool_changes_its_tables() {
    let Some(desk) = Desk::new() else { return };
    desk.set_up();
    for change in [
        "UPDATE grade SET score = 9",
        "UPDATE setting SET value = $$Other$$",
        "INSERT INTO setting VALUES ($$time_zone$$, $$UTC$$)",
        "DELETE FROM account",
        "SET ltictl.counts = on; DELETE FROM registration",
    ] {
        let script = format!("psql -qv ON_ERROR_STOP=1 -d \"$LTICTL_DB\" -c '{change}'");
        let said = desk.fail(&script, 1);
        assert!(said.contains("only ltictl changes its tables"), "{change}: {said}");
    }
    let grade = desk.run("ltictl audit verify; ltictl grade show algebra-quiz sam -o json");
    assert!(grade.contains("7.5"), "{grade}");
}

//! What is stored.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use ltictl::doctor::Verdict;

use super::setup::{Desk, failed, fix, ltictl, verdict, worst};
use crate::lab::REGISTRATION;

/// One thing that breaks: the check that finds it, how bad it is, the fix that is named, and the
/// command that heals it; `FIX` is the fix itself, word for word.
struct Row {
    check: &'static str,
    expected: Verdict,
    breaks: Break,
    fix: &'static str,
    heal: &'static str,
}

enum Break {
    Command(&'static str),
    Sql(&'static str),
}

const FIX: &str = "FIX";
const GOOD_PLATFORM: &str = "platform set test-platform --issuer https://lms.example.edu \
    --keyset-url https://lms.example.edu/jwks --token-url https://lms.example.edu/token --auth-url \
    https://lms.example.edu/auth";

const ROWS: &[Row] = &[
    row("status", Verdict::Warn, Break::Command("registration disable test-platform"), "ltictl \
        registration enable test-platform", FIX),
    row(
        "status",
        Verdict::Fail,
        Break::Sql("UPDATE registration SET issuer = NULL, client_id = NULL, keyset_url = NULL, \
            access_token_url = NULL, authentication_request_url = NULL"),
        "ltictl platform set test-platform",
        "platform set test-platform --client-id abc --issuer https://lms.example.edu --keyset-url \
         https://lms.example.edu/jwks --token-url https://lms.example.edu/token --auth-url \
         https://lms.example.edu/auth",
    ),
    row(
        "deployments",
        Verdict::Fail,
        Break::Command("deployment remove test-platform 1 --yes"),
        "ltictl deployment add test-platform DEPLOYMENT_ID",
        "deployment add test-platform 1",
    ),
    row(
        "issuer",
        Verdict::Warn,
        Break::Command("platform set test-platform --issuer https://lms.example.edu/"),
        "ltictl platform set test-platform --issuer https://lms.example.edu",
        FIX,
    ),
    row("leeway", Verdict::Warn, Break::Command("platform set test-platform --leeway 0s"), "ltictl \
        platform set test-platform --leeway 60s", FIX),
    row("leeway", Verdict::Warn, Break::Command("platform set test-platform --leeway \
        300s"), "ltictl \
        platform set test-platform --leeway 60s", FIX),
    row(
        "token_audience",
        Verdict::Warn,
        Break::Command("platform set test-platform --token-url \
            https://auth.brightspace.com/core/connect/token"),
        "ltictl platform set test-platform --token-audience https://api.brightspace.com/auth/token",
        FIX,
    ),
    row(
        "token_audience",
        Verdict::Warn,
        Break::Command("platform set test-platform --token-audience \
            https://auth.brightspace.com/core/connect/token"),
        "ltictl platform set test-platform --token-audience https://api.brightspace.com/auth/token",
        FIX,
    ),
    row(
        "canvas_environment",
        Verdict::Fail,
        Break::Command(
            "platform set test-platform --issuer https://canvas.beta.instructure.com --keyset-url \
             https://sso.beta.canvaslms.com/api/lti/security/jwks --token-url \
             https://sso.canvaslms.com/login/oauth2/token",
        ),
        "ltictl platform set test-platform",
        GOOD_PLATFORM,
    ),
    row(
        "endpoint_hosts",
        Verdict::Warn,
        Break::Command("platform set test-platform --keyset-url https://other.example.org/jwks"),
        "ltictl platform set test-platform",
        GOOD_PLATFORM,
    ),
    row("http", Verdict::Warn, Break::Command("platform set test-platform --allow-http"), "ltictl \
        platform set test-platform --allow-http=false", FIX),
    row(
        "http",
        Verdict::Warn,
        Break::Command("platform set test-platform --allow-http --keyset-url \
            http://lms.example.edu/jwks"),
        "--allow-http=false",
        "platform set test-platform --allow-http=false --keyset-url https://lms.example.edu/jwks",
    ),
    row(
        "issuer_shared",
        Verdict::Warn,
        Break::Sql(
            "INSERT INTO registration (slug, name, issuer, client_id, keyset_url, access_token_url, authentication_request_url, created_at, updated_at)
             SELECT 'other', 'Other', issuer, 'other', keyset_url, access_token_url, authentication_request_url, 0, 0 FROM registration;
             INSERT INTO tally (hour, registration, what, detail, count, last_at)
             SELECT unixepoch() / 3600, slug, 'generic_login', '', 3, unixepoch() * 1000 FROM registration",
        ),
        "Initiate login URL",
        "registration delete other --yes",
    ),
    row(
        "registration_twice",
        Verdict::Warn,
        Break::Sql(
            "INSERT INTO registration (slug, name, issuer, client_id, keyset_url, access_token_url, authentication_request_url, created_at, updated_at)
             SELECT 'other', 'Other', issuer || '/', client_id, keyset_url, access_token_url, authentication_request_url, 0, 0 FROM registration",
        ),
        "ltictl launch list --registration test-platform",
        "registration delete other --yes",
    ),
    row(
        "token_audience",
        Verdict::Warn,
        Break::Sql("UPDATE registration SET access_token_url = \
            'https://sso.canvaslms.com/login/oauth2/token', token_audience = \
            'canvas.instructure.com'"),
        "ltictl platform set test-platform --token-audience \"\"",
        "platform set test-platform --token-audience \"\" --token-url \
         https://lms.example.edu/token",
    ),
    row(
        "resource_registrations",
        Verdict::Warn,
        Break::Sql("UPDATE resource SET all_registrations = 0"),
        "ltictl resource update algebra-quiz --registration all",
        FIX,
    ),
    row(
        "resource_registrations",
        Verdict::Warn,
        Break::Command("registration disable test-platform"),
        "ltictl resource update algebra-quiz --registration all",
        "registration enable test-platform",
    ),
    row(
        "consumer_secrets",
        Verdict::Warn,
        Break::Sql("INSERT INTO consumer_secret (consumer_key, secret, created_at) VALUES \
            ('school', CAST('short' AS BLOB), unixepoch() * 1000)"),
        "ltictl consumer remove school, then ltictl consumer add school",
        "consumer remove school --yes",
    ),
    row(
        "consumer_secrets",
        Verdict::Warn,
        Break::Sql(
            "INSERT INTO consumer_secret (consumer_key, secret, created_at) VALUES ('school', \
             CAST('a long secret with a line break\n' AS BLOB), unixepoch() * 1000)",
        ),
        "with the secret alone",
        "consumer remove school --yes",
    ),
    row(
        "consumer_secrets",
        Verdict::Warn,
        Break::Sql("INSERT INTO consumer_secret (consumer_key, secret, created_at) VALUES \
            ('school', CAST('0123456789abcdef' AS BLOB), 0)"),
        "ltictl consumer remove school",
        "consumer remove school --yes",
    ),
    row(
        "signing_key",
        Verdict::Warn,
        Break::Sql("INSERT OR REPLACE INTO setting VALUES ('key_rotation', '90d'); UPDATE \
            signing_key SET signs_from = 0 WHERE state = 'active'"),
        "ltictl key rotate",
        "config set key_rotation off",
    ),
    row(
        "next_key",
        Verdict::Warn,
        Break::Sql("INSERT OR REPLACE INTO setting VALUES ('key_rotation', '90d'); UPDATE \
            signing_key SET signs_from = 0 WHERE state = 'active'"),
        "ltictl key rotate",
        "config set key_rotation off",
    ),
    row("resources", Verdict::Warn, Break::Command("resource unpublish algebra-quiz"), "ltictl \
        resource update algebra-quiz --publish", FIX),
    row(
        "resource_target",
        Verdict::Fail,
        Break::Sql("UPDATE resource SET target_kind = 'directory', target = '/nowhere/at/all'"),
        "ltictl resource update algebra-quiz --target DIR",
        "resource update algebra-quiz --target page",
    ),
    row("signing_key", Verdict::Fail, Break::Sql("UPDATE signing_key SET state = \
        'published'"), "ltictl \
        key rotate", FIX),
    row("signing_key", Verdict::Warn, Break::Sql("UPDATE signing_key SET created_at = 0"), "ltictl \
        key rotate", FIX),
    row("signing_key", Verdict::Fail, Break::Sql("UPDATE signing_key SET modulus = x'ff' WHERE \
        state = 'active'"), "ltictl \
        key activate", FIX),
    row(
        "public_url",
        Verdict::Fail,
        Break::Command("config set url http://tool.example.edu --allow-http"),
        "ltictl config set url https://",
        "config set url https://tool.example.edu",
    ),
    row(
        "public_url",
        Verdict::Warn,
        Break::Command("config set url http://localhost:8080"),
        "ltictl config set url https://",
        "config set url https://tool.example.edu",
    ),
    row(
        "public_url",
        Verdict::Warn,
        Break::Command("config set url https://10.1.2.3"),
        "ltictl config set url https://",
        "config set url https://tool.example.edu",
    ),
    row("app_key", Verdict::Warn, Break::Command("config set app_key optional"), "ltictl config \
        set app_key required", FIX),
    row(
        "app_key",
        Verdict::Warn,
        Break::Sql("UPDATE resource SET target_kind = 'app', target = 'https://app.example.edu/', \
            max_grade = 10, app_key_created_at = 1"),
        "--rotate",
        "resource app-key algebra-quiz --rotate --show-secret",
    ),
    row(
        "public_url_path",
        Verdict::Warn,
        Break::Command("config set url https://tool.example.edu/lti/launch"),
        "ltictl config set url https://tool.example.edu",
        FIX,
    ),
    row(
        "signing_algorithms",
        Verdict::Warn,
        Break::Command("platform set test-platform --algorithms ES256"),
        "ltictl platform set test-platform --algorithms RS256,ES256",
        FIX,
    ),
    row(
        "preset",
        Verdict::Warn,
        Break::Command("platform set test-platform --product moodle"),
        "ltictl platform import test-platform --preset moodle --host https://lms.example.edu \
         --client-id abc --yes",
        FIX,
    ),
    row(
        "preset",
        Verdict::Fail,
        Break::Command("platform set test-platform --product blackboard"),
        "ltictl platform import test-platform --preset blackboard --client-id abc --yes",
        FIX,
    ),
    row(
        "chamilo_urls",
        Verdict::Fail,
        Break::Sql(
            "UPDATE registration SET product = 'chamilo', issuer = 'https://lms.example.edu', keyset_url = 'https://lms.example.edu/plugin/ims_lti/jwks.php',
                 access_token_url = 'https://lms.example.edu/plugin/ImsLti/token.php'",
        ),
        "three URLs of one folder",
        "platform import test-platform --preset chamilo --host lms.example.edu --client-id abc \
         --yes",
    ),
    row(
        "openedx_urls",
        Verdict::Fail,
        Break::Sql("UPDATE registration SET product = 'openedx'; UPDATE setting SET value = \
            'https://tool.example.edu?tenant=1' WHERE key = 'url'"),
        "ltictl config set url",
        "config set url https://tool.example.edu",
    ),
    row(
        "clock",
        Verdict::Fail,
        Break::Sql("INSERT INTO launch (id, at) VALUES ('7zzzzzzzzzzzzzzz', 99999999999999)"),
        "timedatectl set-ntp true",
        // The log is kept; only the clock can be put right, which a test cannot do.
        "",
    ),
];

const fn row(
    check: &'static str,
    expected: Verdict,
    breaks: Break,
    fix: &'static str,
    heal: &'static str,
) -> Row {
    Row { check, expected, breaks, fix, heal }
}

#[test]
fn what_breaks_is_found_and_its_fix_heals_it() {
    let desk = Desk::new();
    assert!(failed(&desk.findings()).is_empty(), "{:?}", failed(&desk.findings()));
    for Row { check, expected, breaks, fix: named, heal } in ROWS {
        let before = verdict(&desk.findings(), check);
        assert!(
            !matches!(before, Some(Verdict::Warn | Verdict::Fail)),
            "{check} is {before:?} before anything broke: {:?}",
            desk.findings()
        );
        match breaks {
            Break::Command(line) => desk.run(line),
            Break::Sql(statements) => desk.sql(statements),
        }
        let findings = desk.findings();
        assert_eq!(verdict(&findings, check), Some(*expected), "{check}: {findings:?}");
        let said = fix(&findings, check);
        assert!(said.contains(named), "{check}: {said:?} does not name {named:?}");
        match *heal {
            "" => continue,
            FIX => desk.run(said.strip_prefix("ltictl ").unwrap()),
            line => desk.run(line),
        }
        let healed = verdict(&desk.findings(), check);
        assert!(
            !matches!(healed, Some(Verdict::Warn | Verdict::Fail)),
            "{check} is still {healed:?} after {said:?}: {:?}",
            desk.findings()
        );
    }
}

#[test]
fn long_urls_expired_rows_and_damage_are_found() {
    let desk = Desk::new();
    desk.run(&format!("config set url https://tool.example.edu/{}", "x".repeat(250)));
    assert_eq!(verdict(&desk.findings(), "url_length"), Some(Verdict::Warn));
    desk.sql(
        "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < \
        1001) INSERT INTO spent_nonce SELECT n, 1000 FROM number",
    );
    assert_eq!(fix(&desk.findings(), "expired_rows"), "ltictl serve");
    desk.sql("PRAGMA ignore_check_constraints = ON; UPDATE registration SET allow_anonymous = 2");
    let findings = desk.findings();
    assert_eq!(verdict(&findings, "database"), Some(Verdict::Fail), "{findings:?}");
    assert!(fix(&findings, "database").contains("backup"));
}

#[test]
fn a_next_key_is_published_early_and_begins_in_time() {
    let desk = Desk::new();
    assert_eq!(verdict(&desk.findings(), "next_key"), Some(Verdict::Ok), "nothing is to follow");
    desk.run("key rotate");
    assert_eq!(verdict(&desk.findings(), "next_key"), Some(Verdict::Ok), "{:?}", desk.findings());
    let now = Timestamp::now();
    let overdue = desk.findings_at(now + SignedDuration::from_hours(26));
    assert_eq!(
        (verdict(&overdue, "next_key"), fix(&overdue, "next_key").as_str()),
        (Some(Verdict::Warn), "ltictl serve, or ltictl key activate")
    );
    desk.sql("UPDATE signing_key SET signs_from = created_at + 60000 WHERE state = 'next'");
    let hasty = desk.findings_at(now);
    assert_eq!(verdict(&hasty, "next_key"), Some(Verdict::Warn), "{hasty:?}");
    assert!(fix(&hasty, "next_key").starts_with("ltictl key retire "), "{hasty:?}");
    desk.run("key activate");
    assert_eq!(verdict(&desk.findings(), "next_key"), Some(Verdict::Ok));
}

#[test]
fn a_database_of_a_newer_version_is_found() {
    let desk = Desk::new();
    desk.sql("PRAGMA user_version = 9999");
    let findings = desk.findings();
    assert_eq!((verdict(&findings, "database"), findings.len()), (Some(Verdict::Fail), 1));
    assert_eq!(ltictl(&desk.database, "doctor --offline").status.code(), Some(7));
}

#[test]
fn redirect_uris_and_long_urls_are_told_in_the_words_of_the_lms() {
    let desk = Desk::new();
    for (product, field) in [
        ("moodle", "Moodle field \"Redirection URI(s)\""),
        ("blackboard", "Blackboard Learn field \"Tool Redirect URL(s)\""),
        ("unheard-of", "LMS field \"Redirection URI(s)\""),
    ] {
        desk.run(&format!("platform set {REGISTRATION} --product {product}"));
        let findings = desk.findings();
        let said = &worst(&findings, "redirect_uris").sentence;
        assert!(said.starts_with(field), "{said}");
        assert!(
            said.contains("https://tool.example.edu/lti/launch")
                && said.contains("https://tool.example.edu/lti/deep-link"),
            "{said}"
        );
    }
    desk.run(&format!("config set url https://tool.example.edu/{}", "x".repeat(250)));
    desk.run(&format!("platform set {REGISTRATION} --product ilias"));
    assert_eq!(verdict(&desk.findings(), "url_length"), Some(Verdict::Fail));
}

#[test]
fn products_are_held_against_what_is_known_of_them() {
    let desk = Desk::new();
    assert_eq!(verdict(&desk.findings(), "preset"), None, "nobody said which product it is");
    let import = format!("platform import {REGISTRATION} --client-id abc --yes --preset");
    for (line, expected) in [
        (format!("{import} moodle --host https://lms.example.edu/moodle"), Verdict::Ok),
        (format!("{import} brightspace --host lms.example.edu"), Verdict::Ok),
        (format!("{import} chamilo --host lms.example.edu"), Verdict::Ok),
        // Canvas answers at its old hosts too.
        (format!("{import} canvas"), Verdict::Ok),
        (
            format!(
                "platform set {REGISTRATION} --keyset-url \
                 https://canvas.instructure.com/api/lti/security/jwks"
            ),
            Verdict::Ok,
        ),
        (
            format!(
                "platform set {REGISTRATION} --keyset-url https://canvas.instructure.com/another"
            ),
            Verdict::Warn,
        ),
        // A Canvas of one's own has any issuer, and its end points on one host.
        (format!("{import} canvas-selfhosted --host canvas.example.edu"), Verdict::Ok),
        (format!("platform set {REGISTRATION} --issuer https://canvas.example.edu"), Verdict::Ok),
        (
            format!(
                "platform set {REGISTRATION} --token-url \
                 https://other.example.edu/login/oauth2/token"
            ),
            Verdict::Warn,
        ),
        // What has no preset is not compared.
        (format!("platform set {REGISTRATION} --product sakai"), Verdict::Skip),
    ] {
        desk.run(&line);
        assert_eq!(
            verdict(&desk.findings(), "preset"),
            Some(expected),
            "{line}: {:?}",
            desk.findings()
        );
    }
    assert_eq!(
        verdict(&desk.findings(), "time_server"),
        Some(Verdict::Skip),
        "that cannot be known here"
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_or_replace_is_found() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap()
    };
    let desk = Desk::new();
    mode(desk.directory.path(), 0o777);
    assert_eq!(verdict(&desk.findings(), "database_file"), Some(Verdict::Warn));
    assert!(fix(&desk.findings(), "database_file").starts_with("chmod go-w "));
    mode(desk.directory.path(), 0o700);
    mode(&desk.database, 0o644);
    let output = ltictl(&desk.database, "doctor --offline");
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert_eq!(
        fix(&desk.findings(), "database_file"),
        format!("chmod 600 {}", desk.database.display())
    );
    mode(&desk.database, 0o600);
    assert_eq!(verdict(&desk.findings(), "database_file"), Some(Verdict::Ok));
}

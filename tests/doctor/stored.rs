//! What is stored.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use ltictl::doctor::Verdict;

use super::setup::{Desk, failed, fix, ltictl, verdict, worst};
use crate::lab::REGISTRATION;
use crate::lab::database::Database;

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
    Change(fn(&Database)),
}

const FIX: &str = "FIX";
const GOOD_PLATFORM: &str = "platform set test-platform --issuer https://lms.example.edu \
    --keyset-url https://lms.example.edu/jwks --access-token-url https://lms.example.edu/token --authentication-request-url \
    https://lms.example.edu/auth";

const ROWS: &[Row] = &[
    row(
        "status",
        Verdict::Warn,
        Break::Command("registration disable test-platform"),
        "ltictl \
        registration enable test-platform",
        FIX,
    ),
    row(
        "status",
        Verdict::Fail,
        Break::Change(Database::clear_platform_details),
        "ltictl platform set test-platform",
        "platform set test-platform --client-id abc --issuer https://lms.example.edu --keyset-url \
         https://lms.example.edu/jwks --access-token-url https://lms.example.edu/token --authentication-request-url \
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
    row(
        "leeway",
        Verdict::Warn,
        Break::Command("platform set test-platform --leeway 0s"),
        "ltictl \
        platform set test-platform --leeway 60s",
        FIX,
    ),
    row(
        "leeway",
        Verdict::Warn,
        Break::Command(
            "platform set test-platform --leeway \
        300s",
        ),
        "ltictl \
        platform set test-platform --leeway 60s",
        FIX,
    ),
    row(
        "token_audience",
        Verdict::Warn,
        Break::Command(
            "platform set test-platform --access-token-url \
            https://auth.brightspace.com/core/connect/token",
        ),
        "ltictl platform set test-platform --token-audience https://api.brightspace.com/auth/token",
        FIX,
    ),
    row(
        "token_audience",
        Verdict::Warn,
        Break::Command(
            "platform set test-platform --token-audience \
            https://auth.brightspace.com/core/connect/token",
        ),
        "ltictl platform set test-platform --token-audience https://api.brightspace.com/auth/token",
        FIX,
    ),
    row(
        "canvas_environment",
        Verdict::Fail,
        Break::Command(
            "platform set test-platform --issuer https://canvas.beta.instructure.com --keyset-url \
             https://sso.beta.canvaslms.com/api/lti/security/jwks --access-token-url \
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
    row(
        "http",
        Verdict::Warn,
        Break::Command("platform set test-platform --allow-http"),
        "ltictl \
        platform set test-platform --allow-http=false",
        FIX,
    ),
    row(
        "http",
        Verdict::Warn,
        Break::Command(
            "platform set test-platform --allow-http --keyset-url \
            http://lms.example.edu/jwks",
        ),
        "--allow-http=false",
        "platform set test-platform --allow-http=false --keyset-url https://lms.example.edu/jwks",
    ),
    row(
        "issuer_shared",
        Verdict::Warn,
        Break::Change(|database| {
            database.copy_registration_with_another_client_id();
            database.count_generic_logins(3);
        }),
        "Initiate login URL",
        "registration delete other --yes",
    ),
    row(
        "registration_twice",
        Verdict::Warn,
        Break::Change(Database::copy_registration_with_slash_after_issuer),
        "ltictl launch list --registration test-platform",
        "registration delete other --yes",
    ),
    row(
        "token_audience",
        Verdict::Warn,
        Break::Change(|database| {
            let token_url = "https://sso.canvaslms.com/login/oauth2/token";
            database.set_platform_detail(REGISTRATION, "access_token_url", token_url);
            let audience = "canvas.instructure.com";
            database.set_platform_detail(REGISTRATION, "token_audience", audience);
        }),
        "ltictl platform set test-platform --token-audience \"\"",
        "platform set test-platform --token-audience \"\" --access-token-url \
         https://lms.example.edu/token",
    ),
    row(
        "resource_registrations",
        Verdict::Warn,
        Break::Change(Database::publish_for_no_registration),
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
        Break::Change(|database| {
            database.insert_consumer_secret("short", Timestamp::now());
        }),
        "`ltictl consumer rotate school`",
        "consumer remove school --yes",
    ),
    row(
        "consumer_secrets",
        Verdict::Warn,
        Break::Change(|database| {
            database.insert_consumer_secret("a long secret with a line break\n", Timestamp::now());
        }),
        "ltictl consumer rotate school",
        "consumer remove school --yes",
    ),
    row(
        "consumer_secrets",
        Verdict::Warn,
        Break::Change(|database| {
            database.insert_consumer_secret("0123456789abcdef", Timestamp::UNIX_EPOCH);
        }),
        "ltictl consumer remove school",
        "consumer remove school --yes",
    ),
    row(
        "signing_key",
        Verdict::Warn,
        Break::Change(rotate_keys_every_90_days_but_not_since_1970),
        "ltictl key rotate",
        "config set key_rotation off",
    ),
    row(
        "next_key",
        Verdict::Warn,
        Break::Change(rotate_keys_every_90_days_but_not_since_1970),
        "ltictl key rotate",
        "config set key_rotation off",
    ),
    row(
        "resources",
        Verdict::Warn,
        Break::Command("resource unpublish algebra-quiz"),
        "ltictl \
        resource update algebra-quiz --publish",
        FIX,
    ),
    row(
        "resource_target",
        Verdict::Fail,
        Break::Change(|database| database.set_target_directory("/nowhere/at/all")),
        "ltictl resource update algebra-quiz --target DIR",
        "resource update algebra-quiz --target page",
    ),
    row(
        "signing_key",
        Verdict::Fail,
        Break::Change(Database::deactivate_keys),
        "ltictl key rotate",
        FIX,
    ),
    row(
        "signing_key",
        Verdict::Warn,
        Break::Change(Database::age_all_keys),
        "ltictl key rotate",
        FIX,
    ),
    row(
        "signing_key",
        Verdict::Fail,
        Break::Change(Database::corrupt_active_public_key),
        "ltictl key activate",
        FIX,
    ),
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
    row(
        "app_key",
        Verdict::Warn,
        Break::Command("config set app_key optional"),
        "ltictl config \
        set app_key required",
        FIX,
    ),
    row(
        "app_key",
        Verdict::Warn,
        Break::Change(|database| {
            database.set_target_app_with_old_key("https://app.example.edu/");
        }),
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
        "client_id",
        Verdict::Fail,
        Break::Change(|database| {
            database.set_platform_detail(REGISTRATION, "client_id", "\u{a0}abc ");
        }),
        "ltictl platform set test-platform --client-id abc",
        FIX,
    ),
    row(
        "client_id",
        Verdict::Warn,
        Break::Change(|database| {
            database.set_platform_detail(REGISTRATION, "client_id", "ab c");
        }),
        "compare with the LMS field \"Client ID\", then: ltictl platform set test-platform --client-id \
         abc",
        "platform set test-platform --client-id abc",
    ),
    row(
        "endpoint_urls",
        Verdict::Fail,
        Break::Command("platform set test-platform --keyset-url https://lms.example.edu/token"),
        "compare with what the LMS shows as \"Public keyset URL\" and \"Access token URL\", then: ltictl \
         platform set test-platform --keyset-url URL --access-token-url URL",
        GOOD_PLATFORM,
    ),
    row(
        "endpoint_urls",
        Verdict::Fail,
        Break::Command(
            "platform set test-platform --product moodle --issuer https://lms.example.edu \
             --token-url https://lms.example.edu/mod/lti/token.php --keyset-url \
             https://LMS.example.edu/mod/lti/token.php/ --auth-url \
             https://lms.example.edu/mod/lti/auth.php",
        ),
        "ltictl platform set test-platform --keyset-url https://lms.example.edu/mod/lti/certs.php",
        FIX,
    ),
    row(
        "endpoint_urls",
        Verdict::Fail,
        Break::Change(|database| {
            for (column, value) in [
                ("configuration_url", "https://lms.example.edu/openid"),
                ("access_token_url", "https://lms.example.edu/mod/lti/auth.php"),
            ] {
                database.set_platform_detail(REGISTRATION, column, value);
            }
        }),
        "ltictl platform import test-platform https://lms.example.edu/openid --client-id abc",
        GOOD_PLATFORM,
    ),
    row(
        "own_urls",
        Verdict::Fail,
        Break::Command("platform set test-platform --keyset-url https://tool.example.edu/lti/jwks"),
        "ltictl platform import test-platform https://lms.example.edu/openid --client-id abc",
        GOOD_PLATFORM,
    ),
    row(
        "own_urls",
        Verdict::Fail,
        Break::Change(|database| {
            database.set_platform_detail(REGISTRATION, "configuration_url", None::<&str>);
            database.set_platform_detail(
                REGISTRATION,
                "access_token_url",
                "https://tool.example.edu/lti/login/test-platform",
            );
        }),
        "ltictl platform set test-platform --access-token-url https://lms.example.edu/mod/lti/token.php",
        FIX,
    ),
    row(
        "own_urls",
        Verdict::Fail,
        Break::Command(
            "platform set test-platform --product \"\" --auth-url \
             https://tool.example.edu/lti/login/test-platform",
        ),
        "compare with what the LMS shows as \"Authentication request URL\", then: ltictl platform set \
         test-platform --authentication-request-url URL",
        GOOD_PLATFORM,
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
        Break::Change(|database| {
            database.set_platform_detail(REGISTRATION, "product", "blackboard");
            database.set_platform_detail(REGISTRATION, "configuration_url", None::<&str>);
        }),
        "ltictl platform import test-platform --preset blackboard --client-id abc --yes",
        FIX,
    ),
    row(
        "chamilo_urls",
        Verdict::Fail,
        Break::Change(|database| {
            for (column, value) in [
                ("product", "chamilo"),
                ("issuer", "https://lms.example.edu"),
                ("keyset_url", "https://lms.example.edu/plugin/ims_lti/jwks.php"),
                ("access_token_url", "https://lms.example.edu/plugin/ImsLti/token.php"),
            ] {
                database.set_platform_detail(REGISTRATION, column, value);
            }
        }),
        "three URLs of one folder",
        "platform import test-platform --preset chamilo --host lms.example.edu --client-id abc \
         --yes",
    ),
    row(
        "openedx_urls",
        Verdict::Fail,
        Break::Change(|database| {
            database.set_platform_detail(REGISTRATION, "product", "openedx");
            database.set_setting("url", "https://tool.example.edu?tenant=1");
        }),
        "ltictl config set url",
        "config set url https://tool.example.edu",
    ),
    row(
        "clock",
        Verdict::Fail,
        Break::Change(Database::insert_launch_of_the_future),
        "timedatectl set-ntp true",
        // The log is kept; only the clock can be put right, which a test cannot do.
        "",
    ),
];

fn rotate_keys_every_90_days_but_not_since_1970(database: &Database) {
    database.set_setting("key_rotation", "90d");
    database.age_active_key();
}

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
fn every_fault_is_found_and_its_fix_works() {
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
            Break::Change(change) => desk.change(change),
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
fn long_urls_and_expired_rows_are_found() {
    let desk = Desk::new();
    desk.run(&format!("config set url https://tool.example.edu/{}", "x".repeat(250)));
    assert_eq!(verdict(&desk.findings(), "url_length"), Some(Verdict::Warn));
    desk.change(|database| database.insert_expired_nonces(1001));
    assert_eq!(fix(&desk.findings(), "expired_rows"), "ltictl serve");
}

#[test]
fn damage_of_a_file_is_found() {
    let desk = Desk::in_file();
    desk.change(Database::violate_check_constraint);
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
        (Some(Verdict::Warn), "run `ltictl serve`, or `ltictl key activate`")
    );
    desk.change(Database::hurry_next_key);
    let hasty = desk.findings_at(now);
    assert_eq!(verdict(&hasty, "next_key"), Some(Verdict::Warn), "{hasty:?}");
    assert!(fix(&hasty, "next_key").contains("`ltictl key retire "), "{hasty:?}");
    desk.run("key activate");
    assert_eq!(verdict(&desk.findings(), "next_key"), Some(Verdict::Ok));
}

#[test]
fn a_database_of_a_newer_version_is_found() {
    let desk = Desk::new();
    desk.change(|database| database.set_schema_version(9999));
    let findings = desk.findings();
    assert_eq!((verdict(&findings, "database"), findings.len()), (Some(Verdict::Fail), 1));
    assert_eq!(ltictl(&desk.database, "doctor --offline").status.code(), Some(7));
}

#[test]
fn redirect_uris_and_long_urls_have_the_labels_of_the_lms() {
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
fn products_are_compared_with_known_details() {
    let desk = Desk::new();
    assert_eq!(verdict(&desk.findings(), "preset"), None, "the product is not set");
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
        // A Canvas of one's own has any issuer, and its endpoints on one host.
        (format!("{import} canvas-selfhosted --host canvas.example.edu"), Verdict::Ok),
        (format!("platform set {REGISTRATION} --issuer https://canvas.example.edu"), Verdict::Ok),
        (
            format!(
                "platform set {REGISTRATION} --access-token-url \
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
    let desk = Desk::in_file();
    mode(&desk.path(""), 0o777);
    assert_eq!(verdict(&desk.findings(), "database_file"), Some(Verdict::Warn));
    assert!(fix(&desk.findings(), "database_file").starts_with("chmod go-w "));
    mode(&desk.path(""), 0o700);
    mode(desk.database.file(), 0o644);
    let output = ltictl(&desk.database, "doctor --offline");
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert_eq!(fix(&desk.findings(), "database_file"), format!("chmod 600 {}", desk.database));
    mode(desk.database.file(), 0o600);
    assert_eq!(verdict(&desk.findings(), "database_file"), Some(Verdict::Ok));
}

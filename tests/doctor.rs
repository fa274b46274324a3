//! `ltictl doctor`: a healthy set-up has nothing that fails; each thing that breaks is found by its check, and what the finding says to do heals it.

mod lab;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lab::{Lab, REGISTRATION, RESOURCE};
use ltictl::domain::{Clock, Random};
use ltictl::platform::PlatformClient;
use ltictl::sandbox::{KeysetVariant, LaunchChoice, ToolSetup};
use ltictl::store::Store;
use ltictl::usecase::diagnose::{self, Finding, Live, TOOL, Verdict};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A database with one platform and one resource, which nobody serves.
struct Desk {
    directory: tempfile::TempDir,
    database: PathBuf,
}

const ISSUER: &str = "https://lms.example.edu";

impl Desk {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let desk = Self { database: directory.path().join("ltictl.db"), directory };
        desk.run("init --url https://tool.example.edu --name Tool");
        desk.run("registration create Test-platform");
        desk.run(&format!(
            "platform set {REGISTRATION} --issuer {ISSUER} --client-id abc --keyset-url {ISSUER}/jwks --token-url {ISSUER}/token --auth-url {ISSUER}/auth"
        ));
        desk.run(&format!("deployment add {REGISTRATION} 1"));
        desk.run(&format!("resource publish Quiz --slug {RESOURCE}"));
        desk
    }

    /// Runs a command line; words are separated by one space, and `""` is an empty one.
    fn run(&self, line: &str) {
        run(&self.database, line);
    }

    fn sql(&self, statements: &str) {
        rusqlite::Connection::open(&self.database).unwrap().execute_batch(statements).unwrap();
    }

    /// What the checks without network say.
    fn findings(&self) -> Vec<Finding> {
        match Store::open(&self.database) {
            Ok(store) => diagnose::stay_offline(diagnose::examine(store.read(), &self.database, Some(REGISTRATION), Timestamp::now()).unwrap()),
            Err(error) => diagnose::unopened(&self.database, &error).unwrap(),
        }
    }
}

fn ltictl(database: &Path, line: &str) -> Output {
    let words = line.split(' ').map(|word| if word == "\"\"" { "" } else { word });
    Command::new(env!("CARGO_BIN_EXE_ltictl")).args(words).env("LTICTL_DB", database).env("NO_COLOR", "1").output().unwrap()
}

fn run(database: &Path, line: &str) {
    let output = ltictl(database, line);
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// How a check went: the worst of its findings.
fn verdict(findings: &[Finding], check: &str) -> Option<Verdict> {
    let all = findings.iter().filter(|finding| finding.check == check).map(|finding| finding.result);
    all.max_by_key(|result| [Verdict::Skip, Verdict::Ok, Verdict::Warn, Verdict::Fail].iter().position(|rank| rank == result))
}

/// The fix of the worst finding of a check.
fn fix(findings: &[Finding], check: &str) -> String {
    let worst = verdict(findings, check);
    let finding = findings.iter().find(|finding| finding.check == check && Some(finding.result) == worst);
    finding.and_then(|finding| finding.fix.clone()).unwrap_or_default()
}

fn failed(findings: &[Finding]) -> Vec<&Finding> {
    findings.iter().filter(|finding| finding.result == Verdict::Fail).collect()
}

/// One thing that breaks: the check that finds it, how bad it is, the fix that is named, and the command that heals it; `FIX` is the fix itself, word for word.
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
const GOOD_PLATFORM: &str = "platform set test-platform --issuer https://lms.example.edu --keyset-url https://lms.example.edu/jwks --token-url https://lms.example.edu/token --auth-url https://lms.example.edu/auth";

const ROWS: &[Row] = &[
    row("status", Verdict::Warn, Break::Command("registration disable test-platform"), "ltictl registration enable test-platform", FIX),
    row(
        "status",
        Verdict::Fail,
        Break::Sql("UPDATE registration SET issuer = NULL, client_id = NULL, keyset_url = NULL, access_token_url = NULL, authentication_request_url = NULL"),
        "ltictl platform set test-platform",
        "platform set test-platform --client-id abc --issuer https://lms.example.edu --keyset-url https://lms.example.edu/jwks --token-url https://lms.example.edu/token --auth-url https://lms.example.edu/auth",
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
    row("leeway", Verdict::Warn, Break::Command("platform set test-platform --leeway 0s"), "ltictl platform set test-platform --leeway 60s", FIX),
    row("leeway", Verdict::Warn, Break::Command("platform set test-platform --leeway 300s"), "ltictl platform set test-platform --leeway 60s", FIX),
    row(
        "token_audience",
        Verdict::Warn,
        Break::Command("platform set test-platform --token-url https://auth.brightspace.com/core/connect/token"),
        "ltictl platform set test-platform --token-audience https://api.brightspace.com/auth/token",
        FIX,
    ),
    row(
        "token_audience",
        Verdict::Warn,
        Break::Command("platform set test-platform --token-audience https://auth.brightspace.com/core/connect/token"),
        "ltictl platform set test-platform --token-audience https://api.brightspace.com/auth/token",
        FIX,
    ),
    row(
        "canvas_environment",
        Verdict::Fail,
        Break::Command("platform set test-platform --issuer https://canvas.beta.instructure.com --keyset-url https://sso.canvaslms.com/api/lti/security/jwks"),
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
    row("http", Verdict::Warn, Break::Command("platform set test-platform --allow-http"), "ltictl platform set test-platform --allow-http=false", FIX),
    row(
        "http",
        Verdict::Warn,
        Break::Command("platform set test-platform --allow-http --keyset-url http://lms.example.edu/jwks"),
        "--allow-http=false",
        "platform set test-platform --allow-http=false --keyset-url https://lms.example.edu/jwks",
    ),
    row(
        "issuer_shared",
        Verdict::Warn,
        Break::Sql(
            "INSERT INTO registration (slug, name, issuer, client_id, keyset_url, access_token_url, authentication_request_url, created_at, updated_at)
             SELECT 'other', 'Other', issuer, 'other', keyset_url, access_token_url, authentication_request_url, 0, 0 FROM registration",
        ),
        "Initiate login URL",
        "registration delete other --yes",
    ),
    row("resources", Verdict::Warn, Break::Command("resource unpublish algebra-quiz"), "ltictl resource update algebra-quiz --publish", FIX),
    row(
        "resource_target",
        Verdict::Fail,
        Break::Sql("UPDATE resource SET target_kind = 'directory', target = '/nowhere/at/all'"),
        "ltictl resource update algebra-quiz --target DIR",
        "resource update algebra-quiz --target page",
    ),
    row("signing_key", Verdict::Fail, Break::Sql("UPDATE signing_key SET state = 'published'"), "ltictl key rotate", FIX),
    row("signing_key", Verdict::Warn, Break::Sql("UPDATE signing_key SET created_at = 0"), "ltictl key rotate", FIX),
    row("signing_key", Verdict::Fail, Break::Sql("UPDATE signing_key SET modulus = x'ff'"), "ltictl key rotate --now", "key rotate --now"),
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
        "ltictl platform import test-platform --preset moodle --host https://lms.example.edu --client-id abc --yes",
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
        "platform import test-platform --preset chamilo --host lms.example.edu --client-id abc --yes",
    ),
    row(
        "openedx_urls",
        Verdict::Fail,
        Break::Sql("UPDATE registration SET product = 'openedx'; UPDATE setting SET value = 'https://tool.example.edu?tenant=1' WHERE key = 'url'"),
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

const fn row(check: &'static str, expected: Verdict, breaks: Break, fix: &'static str, heal: &'static str) -> Row {
    Row { check, expected, breaks, fix, heal }
}

#[test]
fn what_breaks_is_found_and_its_fix_heals_it() {
    let desk = Desk::new();
    assert!(failed(&desk.findings()).is_empty(), "{:?}", failed(&desk.findings()));
    for Row { check, expected, breaks, fix: named, heal } in ROWS {
        let before = verdict(&desk.findings(), check);
        assert!(!matches!(before, Some(Verdict::Warn | Verdict::Fail)), "{check} is {before:?} before anything broke: {:?}", desk.findings());
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
        assert!(!matches!(healed, Some(Verdict::Warn | Verdict::Fail)), "{check} is still {healed:?} after {said:?}: {:?}", desk.findings());
    }
}

#[test]
fn long_urls_expired_rows_and_damage_are_found() {
    let desk = Desk::new();
    desk.run(&format!("config set url https://tool.example.edu/{}", "x".repeat(250)));
    assert_eq!(verdict(&desk.findings(), "url_length"), Some(Verdict::Warn));
    desk.sql("WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 1001) INSERT INTO spent_nonce SELECT n, 1000 FROM number");
    assert_eq!(fix(&desk.findings(), "expired_rows"), "ltictl serve");
    desk.sql("PRAGMA ignore_check_constraints = ON; UPDATE registration SET allow_anonymous = 2");
    let findings = desk.findings();
    assert_eq!(verdict(&findings, "database"), Some(Verdict::Fail), "{findings:?}");
    assert!(fix(&findings, "database").contains("backup"));
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
        (format!("platform set {REGISTRATION} --keyset-url https://canvas.instructure.com/api/lti/security/jwks"), Verdict::Ok),
        (format!("platform set {REGISTRATION} --keyset-url https://canvas.instructure.com/another"), Verdict::Warn),
        // A Canvas of one's own has any issuer, and its end points on one host.
        (format!("{import} canvas-selfhosted --host canvas.example.edu"), Verdict::Ok),
        (format!("platform set {REGISTRATION} --issuer https://canvas.example.edu"), Verdict::Ok),
        (format!("platform set {REGISTRATION} --token-url https://other.example.edu/login/oauth2/token"), Verdict::Warn),
        // What has no preset is not compared.
        (format!("platform set {REGISTRATION} --product sakai"), Verdict::Skip),
    ] {
        desk.run(&line);
        assert_eq!(verdict(&desk.findings(), "preset"), Some(expected), "{line}: {:?}", desk.findings());
    }
    assert_eq!(verdict(&desk.findings(), "time_server"), Some(Verdict::Skip), "that cannot be known here");
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_or_replace_is_found() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let desk = Desk::new();
    mode(desk.directory.path(), 0o777);
    assert_eq!(verdict(&desk.findings(), "database_file"), Some(Verdict::Warn));
    assert!(fix(&desk.findings(), "database_file").starts_with("chmod go-w "));
    mode(desk.directory.path(), 0o700);
    mode(&desk.database, 0o644);
    let output = ltictl(&desk.database, "doctor --offline");
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert_eq!(fix(&desk.findings(), "database_file"), format!("chmod 600 {}", desk.database.display()));
    mode(&desk.database, 0o600);
    assert_eq!(verdict(&desk.findings(), "database_file"), Some(Verdict::Ok));
}

#[test]
fn an_attempt_at_dynamic_registration_that_nobody_finished_is_found() {
    let desk = Desk::new();
    assert_eq!(verdict(&desk.findings(), "dynamic_registration"), None, "nothing was tried");
    desk.sql(
        "INSERT INTO registration_attempt (registration_id, invitation_id, at, platform)
         SELECT registration_id, id, created_at, 'https://lms.example.edu' FROM registration_invitation",
    );
    assert_eq!(verdict(&desk.findings(), "dynamic_registration"), Some(Verdict::Warn));
    assert!(fix(&desk.findings(), "dynamic_registration").contains(&format!("ltictl registration url {REGISTRATION}")));
    desk.sql("UPDATE registration_attempt SET code = 'registered', finished_at = at");
    assert_eq!(verdict(&desk.findings(), "dynamic_registration"), Some(Verdict::Ok));
}

#[test]
fn the_log_speaks() {
    let desk = Desk::new();
    assert_eq!(verdict(&desk.findings(), "last_launch"), Some(Verdict::Warn));
    let now = Timestamp::now().as_millisecond();
    let refused = |id: u32, reason: &str, fix: &str, registration: &str| {
        desk.sql(&format!("INSERT INTO launch (id, at, reason, fix, registration) VALUES ('{id:016}', {now}, '{reason}', '{fix}', {registration})"));
    };
    refused(1, "rare", "not this", "'test-platform'");
    refused(2, "frequent", "an older fix", "'test-platform'");
    refused(3, "frequent", "the newest fix", "'test-platform'");
    refused(4, "registration_unknown", "of strangers", "NULL");
    desk.sql(&format!("INSERT INTO launch (id, at, registration) VALUES ('{:016}', {now}, 'test-platform')", 5));
    desk.sql(&format!("INSERT INTO launch (id, at, reason, registration) VALUES ('{:016}', {}, 'old', 'test-platform')", 0, now - 48 * 3600 * 1000));
    let findings = desk.findings();
    assert_eq!(verdict(&findings, "last_launch"), Some(Verdict::Ok));
    let refusals: Vec<_> = findings.iter().filter(|finding| finding.check == "refusals").collect();
    assert_eq!((refusals[0].subject.as_str(), refusals[0].fix.as_deref()), (TOOL, Some("of strangers")));
    assert_eq!((refusals[1].subject.as_str(), refusals[1].fix.as_deref()), (REGISTRATION, Some("the newest fix")));
    assert!(refusals[1].sentence.contains("frequent") && refusals[1].evidence.as_deref().unwrap().starts_with("2 times"), "{refusals:?}");
}

/// What all checks say, network included.
async fn ask(lab: &Lab, clock: Clock) -> Vec<Finding> {
    let store = lab.store();
    let examined = diagnose::examine(store.read(), &lab.database, Some(REGISTRATION), clock.now()).unwrap();
    let client = PlatformClient::with_time_limits(Duration::from_secs(2), Duration::from_secs(2));
    diagnose::ask_around(examined, &client, clock, None).await
}

/// The same, and the platform is asked for an access token.
async fn ask_live(lab: &Lab) -> Vec<Finding> {
    let store = lab.store();
    let examined = diagnose::examine(store.read(), &lab.database, Some(REGISTRATION), Timestamp::now()).unwrap();
    let client = PlatformClient::with_time_limits(Duration::from_secs(2), Duration::from_secs(2));
    let live = Live::new(store.read(), Random::System).unwrap();
    diagnose::ask_around(examined, &client, Clock::System, Some(live)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_set_up_passes_and_leaves_no_trace() {
    let lab = Lab::start().await;
    lab.launch(&LaunchChoice::student()).await;
    let before = lab.newest_launch();
    let findings = ask(&lab, Clock::System).await;
    assert!(failed(&findings).is_empty(), "{:?}", failed(&findings));
    for check in ["own_keyset", "login", "post", "platform_keyset", "authentication_endpoint", "token_endpoint", "platform_clock", "last_launch", "refusals"] {
        assert_eq!(verdict(&findings, check), Some(Verdict::Ok), "{check}: {findings:?}");
    }
    assert_eq!(lab.newest_launch(), before, "the check-up is no launch");
    assert!(findings.iter().all(|finding| finding.fix.is_some() == matches!(finding.result, Verdict::Warn | Verdict::Fail)), "{findings:?}");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_platform_gets_wrong_is_found() {
    let lab = Lab::start().await;
    for variant in [KeysetVariant::Html, KeysetVariant::Empty, KeysetVariant::Rsa1024, KeysetVariant::Oct, KeysetVariant::Redirect, KeysetVariant::Big] {
        lab.sandbox.set_keyset(Some(variant));
        let findings = ask(&lab, Clock::System).await;
        assert_eq!(verdict(&findings, "platform_keyset"), Some(Verdict::Fail), "{variant:?}: {findings:?}");
        assert!(fix(&findings, "platform_keyset").contains("ltictl platform set test-platform --keyset-url"), "{findings:?}");
    }
    lab.sandbox.set_keyset(None);
    assert!(failed(&ask(&lab, Clock::System).await).is_empty());
    let url = lab.sandbox.issuer().to_owned();
    for (flag, wrong, right, check, expected, named) in [
        ("--auth-url", format!("{url}/nothing"), lab.sandbox.authentication_request_url(), "authentication_endpoint", Verdict::Fail, "--auth-url"),
        ("--token-url", format!("{url}/nothing"), lab.sandbox.access_token_url(), "token_endpoint", Verdict::Warn, "--token-url"),
        ("--token-url", "http://127.0.0.1:1/token".to_owned(), lab.sandbox.access_token_url(), "token_endpoint", Verdict::Fail, "--token-url"),
        ("--keyset-url", format!("{url}/nothing"), lab.sandbox.keyset_url(), "platform_keyset", Verdict::Fail, "--keyset-url"),
        ("--keyset-url", "https://10.0.0.1/jwks".to_owned(), lab.sandbox.keyset_url(), "platform_keyset", Verdict::Fail, "--allow-private-network"),
    ] {
        run(&lab.database, &format!("platform set {REGISTRATION} {flag} {wrong}"));
        let findings = ask(&lab, Clock::System).await;
        assert_eq!(verdict(&findings, check), Some(expected), "{wrong}: {findings:?}");
        assert!(fix(&findings, check).contains(named), "{wrong}: {}", fix(&findings, check));
        run(&lab.database, &format!("platform set {REGISTRATION} {flag} {right}"));
        assert!(failed(&ask(&lab, Clock::System).await).is_empty(), "{wrong} is healed");
    }
    for (seconds, expected) in [(0, Verdict::Ok), (15, Verdict::Warn), (-15, Verdict::Warn), (60, Verdict::Fail), (-60, Verdict::Fail)] {
        let findings = ask(&lab, Clock::Fixed(Timestamp::now() + SignedDuration::from_secs(seconds))).await;
        assert_eq!(verdict(&findings, "platform_clock"), Some(expected), "{seconds}: {findings:?}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyset_that_fits_no_allowed_algorithm_is_found() {
    let lab = Lab::start().await;
    run(&lab.database, &format!("platform set {REGISTRATION} --algorithms ES256,PS256"));
    let findings = ask(&lab, Clock::System).await;
    assert_eq!(verdict(&findings, "platform_keyset"), Some(Verdict::Fail), "{findings:?}");
    assert!(fix(&findings, "platform_keyset").contains("--algorithms"), "{findings:?}");
    let evidence = findings.iter().find(|finding| finding.check == "platform_keyset").unwrap().evidence.clone().unwrap();
    assert_eq!(evidence, "allowed: PS256,ES256; the keyset is for: RS256");
    run(&lab.database, &format!("platform set {REGISTRATION} --algorithms RS256,ES256"));
    assert!(failed(&ask(&lab, Clock::System).await).is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_platform_says_of_itself_is_compared() {
    let lab = Lab::start().await;
    assert_eq!(verdict(&ask(&lab, Clock::System).await, "openid_configuration"), None, "nobody said where it is");
    let issuer = lab.sandbox.issuer().to_owned();
    run(&lab.database, &format!("platform import {REGISTRATION} {issuer}/openid-configuration --client-id {} --yes", lab.sandbox.client_id()));
    assert_eq!(verdict(&ask(&lab, Clock::System).await, "openid_configuration"), Some(Verdict::Ok));
    let sql = |statement: &str| rusqlite::Connection::open(&lab.database).unwrap().execute_batch(statement).unwrap();
    for (column, wrong, expected, flag) in [
        ("issuer", "https://lms.example.edu", Verdict::Fail, format!("--issuer {issuer}")),
        ("keyset_url", "https://lms.example.edu/jwks", Verdict::Warn, format!("--keyset-url {}", lab.sandbox.keyset_url())),
        ("access_token_url", "https://lms.example.edu/token", Verdict::Warn, format!("--token-url {}", lab.sandbox.access_token_url())),
        ("authentication_request_url", "https://lms.example.edu/auth", Verdict::Warn, format!("--auth-url {}", lab.sandbox.authentication_request_url())),
    ] {
        sql(&format!("UPDATE registration SET {column} = '{wrong}'"));
        let findings = ask(&lab, Clock::System).await;
        assert_eq!(verdict(&findings, "openid_configuration"), Some(expected), "{column}: {findings:?}");
        let said = fix(&findings, "openid_configuration");
        assert_eq!(said, format!("ltictl platform set {REGISTRATION} {flag}"));
        run(&lab.database, said.strip_prefix("ltictl ").unwrap());
        assert!(failed(&ask(&lab, Clock::System).await).is_empty(), "{column} is healed");
        sql(&format!("UPDATE registration SET configuration_url = '{issuer}/openid-configuration'"));
    }
    for nothing in [format!("{issuer}/nothing"), format!("{issuer}/jwks"), "http://127.0.0.1:1/".to_owned()] {
        sql(&format!("UPDATE registration SET configuration_url = '{nothing}'"));
        assert_eq!(verdict(&ask(&lab, Clock::System).await, "openid_configuration"), Some(Verdict::Skip), "{nothing}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_is_asked_for_only_when_that_is_wanted() {
    let lab = Lab::start().await;
    assert_eq!(verdict(&ask(&lab, Clock::System).await, "access_token"), None);
    assert_eq!(verdict(&ask_live(&lab).await, "access_token"), Some(Verdict::Ok), "{:?}", ask_live(&lab).await);
    let right = lab.sandbox.tool().unwrap();
    let client_id = lab.sandbox.client_id().to_owned();
    for (line, heal, named) in [
        ("--token-audience https://api.example.edu", "--token-audience \"\"".to_owned(), "--token-audience"),
        ("--client-id another", format!("--client-id {client_id}"), "--client-id"),
    ] {
        run(&lab.database, &format!("platform set {REGISTRATION} {line}"));
        let findings = ask_live(&lab).await;
        assert_eq!(verdict(&findings, "access_token"), Some(Verdict::Fail), "{line}: {findings:?}");
        assert!(fix(&findings, "access_token").contains(named), "{line}: {}", fix(&findings, "access_token"));
        run(&lab.database, &format!("platform set {REGISTRATION} {heal}"));
        assert_eq!(verdict(&ask_live(&lab).await, "access_token"), Some(Verdict::Ok), "{line} is healed");
    }
    // The platform was told another keyset, or one that it cannot fetch.
    for jwks_url in [lab.sandbox.keyset_url(), "http://127.0.0.1:1/jwks".to_owned()] {
        lab.sandbox.set_tool(ToolSetup { jwks_url, ..right.clone() });
        let findings = ask_live(&lab).await;
        assert_eq!(verdict(&findings, "access_token"), Some(Verdict::Fail), "{findings:?}");
        assert!(fix(&findings, "access_token").contains(&format!("ltictl registration tool-details {REGISTRATION}")), "{findings:?}");
        let evidence = findings.iter().find(|finding| finding.check == "access_token").unwrap().evidence.clone().unwrap();
        assert!(evidence.contains("invalid_client") && !evidence.contains("eyJ"), "{evidence}");
    }
    lab.sandbox.set_tool(right);
    // A clock that is wrong, there.
    lab.sandbox.set_clock_offset(3600);
    assert!(fix(&ask_live(&lab).await, "access_token").contains("timedatectl"));
    lab.sandbox.set_clock_offset(0);
    let output = tokio::task::block_in_place(|| ltictl(&lab.database, &format!("doctor {REGISTRATION} --live")));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("access_token"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_is_shown_to_nobody_whatever_the_success_is_called() {
    let lab = Lab::start().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let created = axum::routing::post(|| async { (axum::http::StatusCode::CREATED, r#"{"access_token":"the-secret-token","token_type":"Bearer"}"#) });
        axum::serve(listener, axum::Router::new().route("/token", created)).await
    });
    run(&lab.database, &format!("platform set {REGISTRATION} --token-url {url}"));
    let findings = ask_live(&lab).await;
    assert_eq!(verdict(&findings, "access_token"), Some(Verdict::Ok), "{findings:?}");
    assert!(!format!("{findings:?}").contains("the-secret-token"));
    lab.stop().await;
}

/// A reverse proxy that changes what the tool answers to a request with that head; gives its URL.
async fn proxy(lab: &Lab, change: fn(&str, String) -> String) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let (url, server) = (format!("http://{}", listener.local_addr().unwrap()), lab.server.local_addr());
    tokio::spawn(async move {
        while let Ok((mut browser, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(browser.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap().replacen("\r\n", "\r\nconnection: close\r\n", 1);
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
                let mut body = vec![0; length];
                browser.read_exact(&mut body).await.unwrap();
                let mut tool = tokio::net::TcpStream::connect(server).await.unwrap();
                tool.write_all(head.as_bytes()).await.unwrap();
                tool.write_all(&body).await.unwrap();
                let mut answer = String::new();
                tool.read_to_string(&mut answer).await.unwrap();
                browser.write_all(change(&head, answer).as_bytes()).await.unwrap();
            });
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_proxy_in_front_breaks_is_found() {
    let lab = Lab::start().await;
    type Change = fn(&str, String) -> String;
    let rows: [(&str, Verdict, &str, Change); 12] = [
        ("own_keyset", Verdict::Ok, "", |_, answer| answer),
        ("own_keyset", Verdict::Fail, "ltictl key rotate", |_, answer| answer.replace("\"kty\":\"RSA\"", "\"d\":\"AQABC\"")),
        ("own_keyset", Verdict::Fail, "ltictl serve with this database", |_, answer| {
            answer.replace("\"kid\":\"", "\"kid\":\"\\u0030").replace("content-length", "x-length")
        }),
        ("own_keyset", Verdict::Warn, "Content-Type", |_, answer| answer.replace("application/json", "text/plain")),
        ("framing", Verdict::Fail, "X-Frame-Options", |_, answer| answer.replacen("\r\n", "\r\nX-Frame-Options: SAMEORIGIN\r\n", 1)),
        ("framing", Verdict::Warn, "Content-Security-Policy", |_, answer| answer.replace("content-security-policy", "x-policy")),
        ("login", Verdict::Fail, "Set-Cookie", |_, answer| answer.replace("; SameSite=None", "; SameSite=Lax")),
        ("login", Verdict::Skip, "", |_, answer| answer.replace("302 Found", "429 Too Many Requests")),
        ("post", Verdict::Ok, "", |_, answer| answer),
        ("post", Verdict::Fail, "ltictl config set url", |head, answer| {
            let moved = "HTTP/1.1 301 Moved Permanently\r\nlocation: https://www.tool.example.edu/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            if head.starts_with("POST") { moved.to_owned() } else { answer }
        }),
        ("post", Verdict::Fail, "client_max_body_size", |head, answer| {
            let too_large = "HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            if head.starts_with("POST") { too_large.to_owned() } else { answer }
        }),
        ("login", Verdict::Fail, "reverse proxy", |_, answer| answer.replace("302 Found", "403 Forbidden").replace("location:", "x-location:")),
    ];
    for (check, expected, named, change) in rows {
        run(&lab.database, &format!("config set url {}", proxy(&lab, change).await));
        let findings = ask(&lab, Clock::System).await;
        assert_eq!(verdict(&findings, check), Some(expected), "{check} {named}: {findings:?}");
        assert!(fix(&findings, check).contains(named), "{check}: {}", fix(&findings, check));
    }
    run(&lab.database, "config set url http://127.0.0.1:1");
    let findings = ask(&lab, Clock::System).await;
    assert_eq!((verdict(&findings, "own_keyset"), verdict(&findings, "login")), (Some(Verdict::Fail), Some(Verdict::Skip)), "{findings:?}");
    assert!(fix(&findings, "own_keyset").contains("ltictl serve"));
    run(&lab.database, &format!("config set url {}", lab.url));
    assert!(failed(&ask(&lab, Clock::System).await).is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_tells_the_same_story_in_words_json_and_exit_codes() {
    let lab = Lab::start().await;
    let doctor = |line: &str| {
        let output = tokio::task::block_in_place(|| ltictl(&lab.database, line));
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, told, errors) = doctor("doctor");
    assert_eq!((code, errors.as_str()), (Some(0), ""), "{told}");
    assert!(told.starts_with("Tool\n") && told.contains("\nRegistration test-platform\n") && told.contains(" 0 fail"), "{told}");
    doctor("deployment remove test-platform 1 --yes");
    let (code, told, errors) = doctor("doctor test-platform");
    assert_eq!(code, Some(7), "{told}");
    assert!(told.contains("  fail  deployments ") && told.contains("fix: ltictl deployment add test-platform DEPLOYMENT_ID"), "{told}");
    assert!(errors.contains("1 check failed") && errors.contains("deployments (test-platform)"), "{errors}");
    let (code, json, errors) = doctor("doctor --offline -o json");
    let findings: Value = serde_json::from_str(&json).unwrap();
    let find = |check: &str| findings.as_array().unwrap().iter().find(|finding| finding["check"] == check).cloned().unwrap_or_default();
    assert_eq!((code, find("deployments")["result"].as_str(), find("deployments")["subject"].as_str()), (Some(7), Some("fail"), Some(REGISTRATION)));
    assert_eq!((find("online")["result"].as_str(), find("platform_keyset")), (Some("skip"), Value::Null));
    assert_eq!(serde_json::from_str::<Value>(&errors).unwrap()["error"]["code"], "check_failed");
    doctor("deployment add test-platform 1");
    assert_eq!(doctor("doctor").0, Some(0));
    assert_eq!(doctor("doctor test-platfrom").0, Some(3));
    lab.stop().await;
}

//! Who changed what: every command that changes something, by name; and a log that cannot be
//! changed unnoticed.

use std::collections::BTreeSet;

use base64::Engine as _;
use serde_json::{Value, json};

use super::tool::{Tool, URL, keys_in_order, platform_of, platform_set};
use crate::lab::database::Database;

/// Commands that change nothing, or nothing that is audited.
const CHANGE_NOTHING: &[&str] = &[
    "account list",
    "account show",
    "audit list",
    "audit show",
    "context list",
    "context show",
    "audit verify",
    "backup",
    "client list",
    "client sheet",
    "client show",
    "completions",
    "config get",
    "config list",
    "identity-provider list",
    "identity-provider show",
    "consumer list",
    "consumer show",
    "db check",
    "db copy",
    "db upgrade",
    "demo",
    "deployment list",
    "deployment show",
    "diff",
    "doctor",
    "explain",
    "export",
    "generate caddy",
    "generate compose",
    "generate dockerfile",
    "generate nginx",
    "generate systemd",
    "generate traefik",
    "grade list",
    "grade show",
    "key export",
    "key list",
    "key show",
    "launch follow",
    "launch list",
    "launch show",
    "launch stats",
    "man",
    "notice list",
    "notice status",
    "platform list",
    "platform show",
    "registration list",
    "registration show",
    "registration tool-details",
    "resource launch-details",
    "resource link list",
    "resource list",
    "resource show",
    "sandbox",
    "schema",
    "search",
    "status",
    "sync grades",
    "sync status",
];

/// Commands that other tests see in the log, for they need a terminal or a platform, or change the
/// log as a whole: the server itself changes only by what comes in.
const SEEN_ELSEWHERE: &[&str] =
    &["registration connect", "resource link forget", "restore", "serve", "sync members"];

/// Commands that change only what a platform sends where. The platform's own setting is what counts,
/// and the log does not have it.
const AT_PLATFORMS: &[&str] = &["notice subscribe", "notice unsubscribe"];

/// Noun and verb of every command.
fn commands(command: &clap::Command, path: &str) -> BTreeSet<String> {
    let below = command.get_subcommands().filter(|below| below.get_name() != "help");
    let found: BTreeSet<String> = below
        .flat_map(|below| commands(below, format!("{path} {}", below.get_name()).trim()))
        .collect();
    if found.is_empty() { [path.to_owned()].into() } else { found }
}

/// The entries from the oldest to the newest.
fn log(tool: &Tool) -> Vec<Value> {
    let Value::Array(mut entries) = tool.json(&["audit", "list", "--limit", "1000"]) else {
        panic!("a list")
    };
    entries.reverse();
    entries
}

/// Who runs this test, as the operating system says.
fn user() -> String {
    String::from_utf8(std::process::Command::new("id").arg("-un").output().unwrap().stdout)
        .unwrap()
        .trim()
        .to_owned()
}

/// Arguments and input of a command, and entries that it adds to the log, among others.
type Change<'c> = (&'c [&'c str], &'c str, &'c [&'c str]);

/// Runs commands, and checks what each of them adds to the log.
struct AuditedTool {
    tool: Tool,
    /// The number of entries so far.
    entries: usize,
    /// The commands that entries name.
    commands: BTreeSet<String>,
}

impl AuditedTool {
    fn check_all(&mut self, changes: &[Change<'_>]) {
        for (arguments, input, expected) in changes {
            self.check(arguments, input, expected);
        }
    }

    fn check(&mut self, arguments: &[&str], input: &str, expected: &[&str]) {
        let mut command = self.tool.command(arguments);
        command
            .env("USER", "mallory")
            .env("LOGNAME", "mallory")
            .env_remove("SUDO_USER")
            .write_stdin(input);
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let entries = log(&self.tool).split_off(self.entries);
        self.entries += entries.len();
        let text = |entry: &Value, key: &str| entry[key].as_str().unwrap().to_owned();
        let changes: Vec<String> = entries
            .iter()
            .map(|entry| {
                format!("{} {} {}", text(entry, "action"), text(entry, "noun"), text(entry, "name"))
            })
            .collect();
        for expected in expected {
            assert!(
                changes.iter().any(|change| change == expected),
                "{arguments:?}: {expected:?} is not in {changes:?}"
            );
        }
        for entry in &entries {
            assert_eq!(text(entry, "actor"), user(), "{arguments:?}");
            let via = text(entry, "via");
            assert!(
                arguments.join(" ").starts_with(&via) && !via.is_empty(),
                "{arguments:?}: {via}"
            );
            self.commands.insert(via);
        }
    }

    /// A registration, `moodle`, with a deployment.
    fn change_registrations(&mut self) {
        let values = platform_of("moodle");
        let import = self.tool.file("platform.json", r#"{"client_id": "other"}"#);
        self.check_all(&[
            (
                &["registration", "create", "Moodle"],
                "",
                &["created registration moodle", "created registration_url moodle"],
            ),
            (
                &["registration", "url", "moodle"],
                "",
                &["changed registration_url moodle", "created registration_url moodle"],
            ),
            (
                &["registration", "rename", "moodle", "Moodle Prod"],
                "",
                &["changed registration moodle"],
            ),
            (&["registration", "disable", "moodle"], "", &["changed registration moodle"]),
            (&["registration", "enable", "moodle"], "", &["changed registration moodle"]),
            (&platform_set("moodle", &values), "", &["changed registration moodle"]),
            (
                &["platform", "import", "moodle", &import, "--yes"],
                "",
                &["changed registration moodle"],
            ),
            (&["deployment", "add", "moodle", "1"], "", &["created deployment moodle/1"]),
            (
                &["deployment", "rename", "moodle", "1", "Site"],
                "",
                &["changed deployment moodle/1"],
            ),
        ]);
    }

    /// A resource, `quiz`.
    fn change_resources(&mut self) {
        self.check_all(&[
            (&["resource", "publish", "Quiz", "--max-grade", "10"], "", &["created resource quiz"]),
            (
                &["resource", "update", "quiz", "--registration", "moodle"],
                "",
                &["changed resource quiz", "created resource_registration quiz/moodle"],
            ),
            (&["resource", "rename", "quiz", "Test"], "", &["changed resource quiz"]),
            (&["resource", "unpublish", "quiz"], "", &["changed resource quiz"]),
            (
                &["resource", "app-key", "quiz", "--rotate", "--show-secret"],
                "",
                &["changed resource quiz"],
            ),
        ]);
    }

    /// An account, `sam`.
    fn change_accounts(&mut self) {
        let [issuer, ..] = platform_of("moodle");
        self.check_all(&[
            (&["account", "create", "sam", "--name", "Sam"], "", &["created account sam"]),
            (&["account", "update", "sam", "--name", "Sam S."], "", &["changed account sam"]),
            (&["account", "rename", "sam", "sam.s"], "", &["changed account sam.s"]),
            (&["account", "rename", "sam.s", "sam"], "", &["changed account sam"]),
            (
                &["account", "set-password", "sam", "--password-stdin"],
                PASSWORD,
                &["changed account sam"],
            ),
            (
                &["account", "link", "sam", "--registration", "moodle", "--sub", "4"],
                "",
                &[&format!("created account_link sam: {issuer} 4")],
            ),
            (
                &["account", "unlink", "sam", "--registration", "moodle", "--sub", "4"],
                "",
                &[&format!("deleted account_link sam: {issuer} 4")],
            ),
            (&["account", "disable", "sam"], "", &["changed account sam"]),
            (&["account", "enable", "sam"], "", &["changed account sam"]),
        ]);
    }

    /// The account's enrolment, grant and grade at the resource.
    fn change_enrolments_and_grades(&mut self) {
        let grades = self.tool.file("grades.csv", "account,score\nsam,5\n");
        self.check_all(&[
            (&["account", "enrol", "sam", "quiz"], "", &["created enrolment sam/quiz"]),
            (&["account", "grant", "sam", "quiz"], "", &["created account_grant sam/quiz"]),
            (&["account", "revoke", "sam", "quiz"], "", &["deleted account_grant sam/quiz"]),
            (&["grade", "set", "quiz", "sam", "4"], "", &["created grade sam/quiz"]),
            (&["grade", "import", "quiz", &grades], "", &["changed grade sam/quiz"]),
            (&["account", "unenrol", "sam", "quiz"], "", &["deleted enrolment sam/quiz"]),
        ]);
    }

    fn change_clients(&mut self) {
        let uri = ["--redirect-uri", "https://app.example.edu/cb"];
        let target = ["--target", "https://app.example.edu/", "--handover", "openid"];
        self.check_all(&[
            (
                &[&["resource", "publish", "Wiki"][..], &target].concat(),
                "",
                &["created resource wiki"],
            ),
            (
                &[&["client", "add", "wiki", "Notes", "--secret-stdin"][..], &uri].concat(),
                CLIENT_SECRET,
                &["created client notes"],
            ),
            (&["client", "rename", "notes", "Our notes"], "", &["changed client notes"]),
            (&["client", "disable", "notes"], "", &["changed client notes"]),
            (&["client", "enable", "notes"], "", &["changed client notes"]),
            (&["client", "update", "notes", "--email", "none"], "", &["changed client notes"]),
            (&["client", "rotate-secret", "notes"], "", &["changed client notes"]),
            (&["client", "remove", "notes", "--yes"], "", &["deleted client notes"]),
        ]);
    }

    fn change_identity_providers(&mut self) {
        self.check_all(&[
            (
                &[
                    "identity-provider",
                    "add",
                    "School",
                    "--issuer",
                    "https://id.example.edu",
                    "--client-id",
                    "tool",
                    "--client-secret-stdin",
                ],
                "a secret word\n",
                &["created identity_provider school"],
            ),
            (
                &["identity-provider", "set", "school", "--linking", "signed-in"],
                "",
                &["changed identity_provider school"],
            ),
            (
                &["identity-provider", "rename", "school", "Our school"],
                "",
                &["changed identity_provider school"],
            ),
            (
                &["identity-provider", "rotate", "school", "--client-secret-stdin"],
                "another secret word\n",
                &["changed identity_provider school"],
            ),
            (
                &["identity-provider", "disable", "school"],
                "",
                &["changed identity_provider school"],
            ),
            (&["identity-provider", "enable", "school"], "", &["changed identity_provider school"]),
            (
                &["identity-provider", "remove", "school", "--yes"],
                "",
                &["deleted identity_provider school"],
            ),
        ]);
    }

    fn change_consumers(&mut self) {
        self.check_all(&[
            (
                &["consumer", "add", "key", "--secret-stdin"],
                CONSUMER_SECRET,
                &[
                    "created consumer key",
                    "created consumer_access key",
                    "created deployment key/key",
                    "created consumer_secret key",
                ],
            ),
            (&["consumer", "disable", "key"], "", &["changed consumer key"]),
            (&["consumer", "enable", "key"], "", &["changed consumer key"]),
            (&["consumer", "rename", "key", "Old"], "", &["changed consumer key"]),
            (
                &["consumer", "set", "key", "--frame-ancestor", "https://old.example.edu"],
                "",
                &["changed consumer key"],
            ),
            (
                &["consumer", "rotate", "key", "--overlap", "0s"],
                "",
                &["created consumer_secret key", "deleted consumer_secret key"],
            ),
            (
                &["consumer", "migrate", "key", "moodle"],
                "",
                &["created consumer_migration key/moodle"],
            ),
            (
                &["consumer", "migrate", "key", "moodle", "--roll-back", "--yes"],
                "",
                &["deleted consumer_migration key/moodle"],
            ),
            (&["consumer", "registration-url", "College"], "", &["created proxy_url college"]),
            (
                &["consumer", "registration-url", "College", "--revoke"],
                "",
                &["deleted proxy_url college"],
            ),
            (
                &["consumer", "remove", "key", "--yes"],
                "",
                &[
                    "deleted consumer key",
                    "deleted consumer_access key",
                    "deleted consumer_secret key",
                    "deleted deployment key/key",
                ],
            ),
        ]);
    }

    /// Signing keys: an imported one and a new one follow the first.
    fn change_keys(&mut self, first: &str) {
        let pem = pem::encode(&pem::Pem::new(
            "PRIVATE KEY",
            ltictl::lti::private_key::PrivateKey::generate().pkcs8_der.to_vec(),
        ));
        let first_key_changed = format!("changed key {first}");
        self.check_all(&[
            (&["key", "import", "-", "--kid", "imported"], &pem, &["created key imported"]),
            (&["key", "activate"], "", &["changed key imported", &first_key_changed]),
            (&["key", "rotate", "--now"], "", &["changed key imported"]),
            (&["key", "retire", first, "--yes"], "", &[&first_key_changed]),
        ]);
    }

    fn delete_everything(&mut self) {
        self.check_all(&[
            (
                &["resource", "delete", "quiz", "--yes"],
                "",
                &[
                    "deleted grade sam/quiz",
                    "deleted resource quiz",
                    "deleted resource_registration quiz/moodle",
                ],
            ),
            (&["account", "delete", "sam", "--yes"], "", &["deleted account sam"]),
            (
                &["deployment", "remove", "moodle", "1", "--yes"],
                "",
                &["deleted deployment moodle/1"],
            ),
            (
                &["registration", "delete", "moodle", "--yes"],
                "",
                &["deleted registration moodle", "deleted registration_url moodle"],
            ),
        ]);
    }

    /// The private half of the first key that `key list` lists.
    fn first_listed_key(&self) -> (String, Vec<u8>) {
        let kid = self.tool.json(&["key", "list"])[0]["kid"].as_str().unwrap().to_owned();
        let key = Database::open(self.tool.database()).private_key(&kid);
        (kid, key)
    }
}

const PASSWORD: &str = "correct horse battery staple";
const CONSUMER_SECRET: &str = "the-shared-secret-of-1.1";
const CLIENT_SECRET: &str = "the-secret-of-a-client-of-OpenID-Connect";

#[test]
fn every_command_that_changes_something_is_in_the_log_with_its_user_and_no_secret() {
    let mut audited = AuditedTool { tool: Tool::empty(), entries: 0, commands: BTreeSet::new() };
    audited.check_all(&[
        (
            &["init", "--url", URL, "--name", "Example Tool"],
            "",
            &["created setting url", "created setting name"],
        ),
        (&["config", "set", "name", "Other"], "", &["changed setting name"]),
    ]);
    let (first_kid, first_key) = audited.first_listed_key();
    audited.change_registrations();
    audited.change_resources();
    audited.change_accounts();
    audited.change_enrolments_and_grades();
    audited.change_identity_providers();
    audited.change_consumers();
    audited.change_clients();
    audited.change_keys(&first_kid);
    audited.delete_everything();
    let manifest = "resources: {essay: {name: Essay}}";
    audited.check(&["apply", "-f", "-"], manifest, &["created resource essay"]);

    let mut checked = audited.commands.clone();
    let others = CHANGE_NOTHING.iter().chain(SEEN_ELSEWHERE).chain(AT_PLATFORMS);
    checked.extend(others.map(|path| (*path).to_owned()));
    assert_eq!(
        checked,
        commands(&ltictl::cli::command(), ""),
        "every command is checked here, or is in one of the lists"
    );
    let (_, new_key) = audited.first_listed_key();
    check_log_for_secrets(&audited.tool, &[first_key, new_key]);
    assert_eq!(audited.tool.json(&["audit", "verify"])["problem"], Value::Null);
}

/// Fails if the stored log contains the password, the consumer's secret or a part of a key.
fn check_log_for_secrets(tool: &Tool, private_keys: &[Vec<u8>]) {
    let dump = tool.dump();
    let log = dump.split("\naudit\n").nth(1).unwrap().split("\ncontext\n").next().unwrap();
    assert!(log.contains("created"), "{log}");
    for secret in [PASSWORD, CONSUMER_SECRET, CLIENT_SECRET, "$argon2"] {
        assert!(!log.contains(secret), "{secret}");
    }
    for key in private_keys {
        let part = &key[key.len() / 2..][..24];
        let hexadecimal: String = part.iter().map(|byte| format!("{byte:02x}")).collect();
        let encoded = base64::engine::general_purpose::STANDARD.encode(key);
        for form in [
            hexadecimal.clone(),
            hexadecimal.to_uppercase(),
            format!("{part:?}").trim_matches(['[', ']']).to_owned(),
            encoded[40..80].to_owned(),
        ] {
            assert!(!log.contains(&form), "{form}");
        }
    }
}

#[test]
fn failed_and_empty_changes_are_not_audited() {
    let tool = Tool::new().registered("Moodle Prod").published("Quiz").with_account("sam");
    tool.run(&["resource", "update", "quiz", "--registration", "moodle-prod"]);
    let before = log(&tool);
    tool.fails(&["registration", "create", "Moodle Prod"], 4);
    tool.fails(&["config", "set", "url", "ftp://tool.example.edu"], 5);
    for arguments in [
        &["registration", "enable", "moodle-prod"][..],
        &["registration", "rename", "moodle-prod", "Moodle Prod"],
        &["config", "set", "name", "Example Tool"],
        &["resource", "update", "quiz", "--max-grade", "10"],
        &["resource", "update", "quiz", "--registration", "moodle-prod"],
        &["account", "enable", "sam"],
        &["account", "set-password", "sam", "--remove"],
        &["init", "--url", URL, "--name", "x", "--if-not-exists"],
    ] {
        tool.run(arguments);
        assert_eq!(log(&tool), before, "{arguments:?}");
    }
}

#[test]
fn the_log_is_listed_by_whatever_is_asked_for() {
    let tool = Tool::new().registered("Moodle Prod").drafted("Canvas");
    tool.run(&["registration", "disable", "moodle-prod"]);
    let mut sudo = tool.command(&["registration", "rename", "canvas", "Canvas Prod"]);
    sudo.env("SUDO_USER", "alice").assert().success();
    let count = |arguments: &[&str]| {
        tool.json(&[&["audit", "list"], arguments].concat()).as_array().unwrap().len()
    };
    let (me, all) = (user(), count(&[]));
    for (arguments, expected) in [
        (&["--noun", "registration"][..], 5),
        (&["--noun", "registration", "--action", "created"], 2),
        (&["--name", "moodle-prod"], 5),
        (&["--name", "moodle-prod", "--noun", "deployment"], 1),
        (&["--name", "moodle"], 0),
        (&["--actor", &me], all),
        (&["--actor", "alice"], 1),
        (&["--actor", "a_ice"], 0),
        (&["--actor", "nobody-like-that"], 0),
        (&["--via", "registration disable"], 1),
        (&["--via", "registration"], 0),
        (&["--since", "1h"], all),
        (&["--until", "1h"], 0),
        (&["--since", "2030-01-01"], 0),
        (&["--until", "2030-01-01T00:00:00Z"], all),
        (&["--limit", "3"], 3),
    ] {
        assert_eq!(count(arguments), expected, "{arguments:?}");
    }
    for (arguments, exit_code, named) in [
        (&["--noun", "registrations"][..], 3, "did you mean registration"),
        (&["--since", "yesterday"], 5, "since must say how long ago"),
        (&["--until", "1"], 5, "until must"),
        (&["--action", "made"], 5, "created, changed, deleted"),
    ] {
        let refused = tool.fails(&[&["audit", "list"], arguments].concat(), exit_code);
        assert!(refused.contains(named), "{arguments:?}: {refused}");
    }
    let table = tool.run(&["audit", "list", "--limit", "2"]);
    assert!(
        table.answer.contains(&format!(
            "{me} (sudo: alice)  registration rename   changed  \
            registration  canvas       name: Canvas → Canvas Prod"
        )),
        "{}",
        table.answer
    );
    assert!(table.remarks.contains("use --limit"), "{}", table.remarks);
}

#[test]
fn an_entry_shows_before_and_after_side_by_side() {
    let tool = Tool::new().drafted("Moodle Prod");
    tool.run(&["registration", "rename", "moodle-prod", "Moodle"]);
    let text = tool.json_text(&["audit", "list", "--limit", "1"]);
    assert_eq!(
        keys_in_order(&text),
        [
            "id",
            "changed_at",
            "actor",
            "via",
            "action",
            "noun",
            "name",
            "before",
            "name",
            "after",
            "name",
            "previous_hash",
            "hash"
        ]
    );
    let entry = &tool.json(&["audit", "list", "--limit", "1"])[0];
    assert_eq!(
        (&entry["before"], &entry["after"]),
        (&json!({ "name": "Moodle Prod" }), &json!({ "name": "Moodle" }))
    );
    let id = entry["id"].to_string();
    assert_eq!(tool.json(&["audit", "show", &id]), *entry);
    let shown = tool.run(&["audit", "show", &id]).answer;
    assert!(
        shown.contains("What        registration moodle-prod\n")
            && shown.contains("      BEFORE       AFTER\nname  Moodle Prod  Moodle\n"),
        "{shown}"
    );
    tool.fails(&["audit", "show", "9999"], 3);
    let created = tool.json(&["audit", "list", "--noun", "registration", "--action", "created"]);
    assert_eq!(
        (&created[0]["before"], &created[0]["after"]["enabled"]),
        (&Value::Null, &json!(true))
    );
}

/// Runs `audit verify`, which has to find a problem. Returns its code, the entry that has it, and
/// the message.
fn failed_verification(tool: &Tool, more: &[&str]) -> (Value, Value, String) {
    let arguments = [&["-o", "json", "audit", "verify"], more].concat();
    let output = tool.command(&arguments).output().unwrap();
    let (found, error): (Value, Value) = (
        serde_json::from_slice(&output.stdout).unwrap(),
        serde_json::from_slice(&output.stderr).unwrap(),
    );
    assert_eq!(
        (output.status.code(), error["error"]["code"].as_str()),
        (Some(7), Some("check_failed"))
    );
    (
        found["problem"]["code"].clone(),
        found["problem"]["entry"].clone(),
        error["error"]["message"].as_str().unwrap().to_owned(),
    )
}

#[test]
fn meddling_with_the_log_is_found() {
    let tool = Tool::new().drafted("One").drafted("Two");
    let verified = tool.json(&["audit", "verify"]);
    let (last, hash) = (
        verified["last_entry"].as_i64().unwrap(),
        verified["last_hash"].as_str().unwrap().to_owned(),
    );
    assert_eq!(
        verified,
        json!({
            "entries": last,
            "last_entry": last,
            "last_hash": hash,
            "expected_entry": null,
            "append_only": true,
            "problem": null,
        })
    );
    tool.run(&["registration", "create", "Three"]);
    let kept = tool.run(&["audit", "verify", "--expect", &hash]).answer;
    assert!(
        kept.contains(&format!("that of entry {last}; 2 later entries"))
            && kept.contains("no entry was altered"),
        "{kept}"
    );
    tool.fails(&["audit", "verify", "--expect", "abc"], 5);

    let verify = |more: &[&str]| failed_verification(&tool, more);
    let database = Database::open(tool.database());
    assert!(database.is_audit_log_protected(), "the database itself refuses");
    database.allow_audit_changes();
    assert!(verify(&[]).2.contains("can be changed"));
    database.allow_audit_deletion();
    database.cut_off_audit_log(last);
    assert!(
        verify(&[]).2.contains("can be changed"),
        "without the hash that was kept, a log that ends earlier looks whole"
    );
    assert_eq!(verify(&["--expect", &hash]).0, "cut_off");
    database.alter_audit_entry(3);
    assert_eq!(
        verify(&[]),
        (
            json!("altered"),
            json!(3),
            "the audit log has been tampered with: entry 3 was altered".to_owned()
        )
    );
    database.delete_audit_entry(2);
    assert_eq!(verify(&[]).1, 2);
    assert_eq!(
        tool.command(&["registration", "create", "Four"]).output().unwrap().status.code(),
        Some(0),
        "the tool keeps working"
    );
}

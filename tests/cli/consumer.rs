//! LTI 1.1 consumers: keys, secrets, what they may use, and how they are replaced.

use ltictl::domain::{
    Clock, Consumer, ConsumerKey, Name, PENDING_PROXY_LIFETIME, PendingProxy, Protocol,
    Registration, Secret, Slug,
};
use ltictl::store::{CreatedBy, Store};
use serde_json::{Value, json};

use super::tool::Tool;

#[test]
fn consumer_secrets_are_shown_only_on_request() {
    let tool = Tool::new();
    let add = ["consumer", "add", "school.example", "--secret-stdin"];
    let added = tool.run_with_input(&add, "a shared secret\n");
    assert!(
        added.answer.contains("school.example") && !added.answer.contains("a shared secret"),
        "{}",
        added.answer
    );
    let mut again = tool.command(&add);
    let again = again.write_stdin("a shared secret").output().unwrap();
    assert_eq!(again.status.code(), Some(4));
    assert!(!String::from_utf8_lossy(&again.stderr).contains("a shared secret"));
    tool.run_with_input(&[&add[..], &["--if-not-exists"]].concat(), "a shared secret");
    tool.run_with_input(&add, "another secret");
    let list = tool.json(&["consumer", "list"]);
    assert_eq!(
        (&list[0]["slug"], &list[0]["consumer_key"], &list[0]["secret_count"]),
        (&json!("school-example"), &json!("school.example"), &json!(2))
    );
    assert_eq!(list[0]["shared_secret"], Value::Null);
    for name in ["school-example", "school.example"] {
        assert_eq!(tool.json(&["consumers", "show", name])["secret_count"], 2);
    }
    let shown = tool.json(&["consumer", "show", "school-example", "--show-secret"]);
    assert_eq!(shown["shared_secret"], "another secret", "the newest one");
    assert!(tool.run(&["consumer", "list"]).answer.contains("CONSUMER KEY"));
    for (arguments, exit_code, named) in [
        (&["consumer", "add", "school.example"][..], 4, "already exists"),
        (&["consumer", "add", "", "--secret-stdin"], 5, "secret"),
        (&["consumer", "show", "school"], 3, "did you mean"),
        (
            &["consumer", "remove", "school.example"],
            2,
            "Remove consumer school-example with 2 secrets",
        ),
        (&["consumer", "remove", "other", "--yes"], 3, "ltictl consumer list"),
        (&["registration", "show", "school-example"], 3, "registration"),
        (&["registration", "create", "School Example"], 4, "ltictl consumer show school-example"),
    ] {
        let refused = tool.fails(arguments, exit_code);
        assert!(refused.contains(named), "{arguments:?}: {refused}");
    }
    assert_eq!(tool.json(&["registration", "list"]), json!([]));
    tool.run(&["consumer", "remove", "school.example", "--yes"]);
    assert_eq!(tool.json(&["consumer", "list"]), json!([]));
}

#[test]
fn registration_urls_of_lti_2_0_are_replaced_and_revoked() {
    let tool = Tool::new();
    tool.run(&["resource", "publish", "Quiz", "--max-grade", "10"]);
    let command = ["consumer", "registration-url", "College Moodle", "--resource", "quiz"];
    let url = |shown: &Value| shown["registration_url"].as_str().expect("a URL").to_owned();
    let (first, second) = (url(&tool.json(&command)), url(&tool.json(&command)));
    assert!(first.contains("/lti/2p0/register/i"), "{first}");
    assert_ne!(first, second, "a newer URL replaces it");
    assert_eq!(tool.json(&["consumer", "list"]), json!([]), "there is no consumer yet");
    tool.run(&["consumer", "registration-url", "College Moodle", "--revoke"]);
    tool.fails(&["consumer", "registration-url", "College Moodle", "--revoke"], 3);
    tool.fails(&["consumer", "registration-url", "X", "--resource", "nothing"], 3);
    tool.fails(&["consumer", "registration-url", "X", "--expires", "91d"], 5);
    tool.run(&["consumer", "add", "Taken", "--disabled"]);
    tool.fails(&["consumer", "registration-url", "Taken"], 4);
    // A resource that is published on its own has a URL for any number of platforms.
    let published = tool.json(&["resource", "update", "quiz", "--lti-1p1"]);
    let own = url(&published);
    assert!(own.contains("/lti/2p0/register/r"), "{own}");
    assert_eq!(url(&tool.json(&["resource", "launch-details", "quiz", "--lti-1p1"])), own);
    let other = ["resource", "launch-details", "quiz", "--lti-1p1", "--consumer", "taken"];
    assert_eq!(tool.json(&other)["registration_url"], Value::Null);
    let log = tool.run(&["audit", "list", "-o", "json"]).answer;
    assert!(!log.contains(first.rsplit('/').next().expect("a token")), "{log}");
}

/// The secret in the answer to a command.
fn secret(shown: &Value) -> String {
    shown["shared_secret"].as_str().expect("a secret").to_owned()
}

#[test]
fn generated_secrets_are_printed_once_and_replaced_with_an_overlap() {
    let tool = Tool::new();
    tool.run(&["resource", "publish", "Quiz"]);
    let add = ["consumer", "add", "Old Moodle", "--resource", "quiz"];
    let added = tool.json(&add);
    let first = secret(&added);
    assert!(first.len() >= 32, "{first}");
    assert_eq!(
        (&added["slug"], &added["consumer_key"], &added["status"], &added["resources"]),
        (&json!("old-moodle"), &json!("old-moodle"), &json!("active"), &json!(["quiz"]))
    );
    assert_eq!(tool.json(&["consumer", "show", "old-moodle"])["shared_secret"], Value::Null);
    let rotated = tool.json(&["consumer", "rotate", "old-moodle"]);
    assert_ne!(secret(&rotated), first);
    assert_eq!(rotated["secret_count"], 2, "the first one is accepted for a while");
    let rotated = tool.json(&["consumer", "rotate", "old-moodle", "--overlap", "0s"]);
    assert_eq!(rotated["secret_count"], 1);
    assert_eq!(tool.json(&["consumer", "disable", "old-moodle"])["status"], "disabled");
    assert_eq!(tool.json(&["consumer", "enable", "old-moodle"])["status"], "active");
    let refused =
        tool.fails(&["consumer", "set", "old-moodle", "--resource", "", "--any-key", "on"], 5);
    assert!(refused.contains("--any-key on --resource RES"), "{refused}");
    for origin in ["https://lms.example; script-src *", "*", "lms.example"] {
        tool.fails(&["consumer", "set", "old-moodle", "--frame-ancestor", origin], 5);
    }
    tool.run(&["consumer", "rename", "old-moodle", "Older"]);
    let changed = tool.json(&["consumer", "set", "old-moodle", "--any-key", "on"]);
    assert_eq!((&changed["any_key"], &changed["name"]), (&json!(true), &json!("Older")));
    let log = tool.run(&["audit", "list", "-o", "json"]).answer;
    assert!(!log.contains(&first) && log.contains("\"noun\": \"consumer_secret\""), "{log}");
}

#[test]
fn a_resource_is_published_by_lti_1_1_with_its_own_key_and_secret() {
    let tool = Tool::new();
    let published = tool.json(&["resource", "publish", "Quiz", "--lti-1p1", "--max-grade", "10"]);
    let text = |key: &str| published[key].as_str().unwrap_or_default().to_owned();
    assert!(text("launch_url").ends_with("/lti/1p1/launch/quiz"), "{published}");
    assert_eq!(text("consumer_key"), "quiz-lti-1p1");
    assert!(text("shared_secret").len() >= 32, "{published}");
    assert!(
        text("cartridge_url").contains("/lti/1p1/cartridge/")
            && text("cartridge_url").ends_with("/quiz.xml")
            && !text("cartridge_url").contains(&text("shared_secret")),
        "{published}"
    );
    let details = ["resource", "launch-details", "quiz", "--lti-1p1"];
    let shown = tool.json(&details);
    assert_eq!(
        (&shown["consumer_key"], &shown["shared_secret"], &shown["cartridge_url"]),
        (&published["consumer_key"], &Value::Null, &published["cartridge_url"])
    );
    let again = tool.json(&[&details[..], &["--show-secret"]].concat());
    assert_eq!(again["shared_secret"], published["shared_secret"]);
    for lms in ["moodle", "canvas", "brightspace", "blackboard", "sakai", "chamilo", "other"] {
        let form = tool.run(&[&details[..], &["--for", lms, "--show-secret"]].concat()).answer;
        for value in [text("consumer_key"), text("shared_secret")] {
            assert!(form.contains(&value), "{lms}: {form}");
        }
    }
    let own = tool.json(&["consumer", "show", "quiz-lti-1p1"]);
    assert_eq!((&own["published_with"], &own["resources"]), (&json!("quiz"), &json!(["quiz"])));
    let any = tool.json(&["resource", "update", "quiz", "--lti-1p1", "--any-key"]);
    assert_eq!((&any["any_key"], &any["shared_secret"]), (&json!(true), &Value::Null));
    let again = tool.json(&["resource", "update", "quiz", "--lti-1p1"]);
    assert_eq!(again["any_key"], true, "only `consumer set` takes that back");
    let found = tool.json(&["search", "quiz-lti-1p1"]);
    for hit in found.as_array().unwrap().iter().filter(|hit| hit["kind"] != "audit") {
        assert_eq!(hit["command"], "ltictl consumer show quiz-lti-1p1", "{hit}");
    }
    assert!(found.to_string().contains("consumer show"), "{found}");
    let manifest = "registrations: {quiz-lti-1p1: {name: Taken}}";
    let mut apply = tool.command(&["apply", "-f", "-"]);
    let refused = apply.write_stdin(manifest).output().unwrap();
    assert_eq!(refused.status.code(), Some(4));
    tool.run(&["resource", "publish", "Essay"]);
    let refused = tool.fails(&["resource", "launch-details", "essay", "--lti-1p1"], 3);
    assert!(refused.contains("ltictl resource update essay --lti-1p1"), "{refused}");
    tool.run(&["resource", "delete", "quiz", "--yes"]);
    assert_eq!(tool.json(&["consumer", "list"]), json!([]), "deleted with the resource");
}

/// A manifest with a resource, and consumers of these lines.
fn manifest(consumers: &str) -> String {
    format!("resources: {{quiz: {{}}, essay: {{}}}}\nconsumers:\n{consumers}")
}

#[test]
fn consumers_are_part_of_manifests() {
    let tool = Tool::new();
    let lines = "  old-moodle: {name: Old Moodle, secret: \"${SECRET}\", resources: [quiz, essay]}\n  \
                 quiz-alone: {own_resource: quiz, any_key: true}\n";
    let apply = |text: &str, more: &[&str]| {
        let file = tool.file("consumers.yaml", text);
        let mut command = tool.command(&[&["apply", "--env", "-f", &file][..], more].concat());
        let output = command.env("SECRET", "a shared secret of some length").output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), format!("{}{}", text(&output.stdout), text(&output.stderr)))
    };
    let (code, planned) = apply(&manifest(lines), &["--dry-run"]);
    assert!(code == Some(7) && planned.contains("+ consumer old-moodle"), "{planned}");
    assert!(!planned.contains("a shared secret"), "{planned}");
    let (code, applied) = apply(&manifest(lines), &[]);
    assert!(code == Some(0) && !applied.contains("a shared secret"), "{applied}");
    let shown = tool.json(&["consumer", "show", "old-moodle", "--show-secret"]);
    assert_eq!(
        (&shown["shared_secret"], &shown["resources"], &shown["consumer_key"]),
        (&json!("a shared secret of some length"), &json!(["essay", "quiz"]), &json!("old-moodle"))
    );
    let own = tool.json(&["resource", "launch-details", "quiz", "--lti-1p1", "--show-secret"]);
    assert_eq!((&own["consumer"], &own["any_key"]), (&json!("quiz-alone"), &json!(true)));
    assert!(secret(&own).len() >= 32, "one was generated");
    assert_eq!(apply(&manifest(lines), &[]).1.trim(), "No changes");

    let export = tool.run(&["export"]).answer;
    assert!(export.contains("quiz-alone:") && !export.contains("a shared secret"), "{export}");
    assert_eq!(tool.run_with_input(&["apply", "-f", "-"], &export).answer.trim(), "No changes");

    let changed = lines.replace("[quiz, essay]", "null").replace("name: Old", "name: Older");
    assert_eq!(apply(&manifest(&changed), &[]).0, Some(0));
    let shown = tool.json(&["consumer", "show", "old-moodle"]);
    assert_eq!((&shown["name"], &shown["resources"]), (&json!("Older Moodle"), &Value::Null));
    let (_, pruned) = apply(&manifest("  quiz-alone: {}\n"), &["--prune", "--yes"]);
    assert!(pruned.contains("- consumer old-moodle"), "{pruned}");
    tool.fails(&["consumer", "show", "old-moodle"], 3);
}

#[test]
fn what_a_manifest_may_not_do_to_a_consumer_is_refused() {
    let tool = Tool::new();
    tool.run(&["registration", "create", "Campus"]);
    tool.run_with_input(
        &["apply", "-f", "-"],
        &manifest("  old: {key: k, own_resource: quiz, secret: sixteen bytes or more}\n"),
    );
    for (lines, expected) in [
        ("  old: {key: other}\n", "the key never changes"),
        ("  old: {own_resource: essay}\n", "its own resource never changes"),
        ("  old: {secret: another}\n", "ltictl consumer rotate old --secret-stdin"),
        ("  old: {any_key: true, resources: null}\n", "must be restricted to resources"),
        ("  old: {resources: [quizz]}\n", "no resource \"quizz\""),
        ("  old: {frame_ancestors: [lms.example]}\n", "must be an origin"),
        ("  new: {key: k}\n", "consumer old has it"),
        ("  new: {own_resource: quiz}\n", "consumer old was published with it"),
        ("  new: {secret: \"\"}\n", "must have 1 to 1024 bytes"),
        ("  campus: {}\n", "registration campus already exists"),
        ("  a: {key: same}\n  b: {key: same}\n", "consumer a has it"),
        ("  Old Moodle: {}\n", "slug"),
        ("  new: {shared_secret: x}\n", "shared_secret"),
    ] {
        let before = tool.dump();
        let mut command = tool.command(&["apply", "-f", "-"]);
        let output = command.write_stdin(manifest(lines)).output().unwrap();
        let problem = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && problem.contains(expected), "{lines}: {problem}");
        assert_eq!(tool.dump(), before, "{lines}");
    }
}

#[test]
fn doctor_checks_consumers() {
    let tool = Tool::new();
    let findings = |arguments: &[&str]| {
        let doctor = ["doctor", "--offline", "-o", "json"];
        let output = tool.command(&[&doctor[..], arguments].concat()).output().unwrap();
        let list: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        list
    };
    let of = |list: &[Value], subject: &str, check: &str| {
        let found = list.iter().find(|one| one["subject"] == subject && one["check"] == check);
        found.map(|one| (one["result"].clone(), one["fix"].as_str().unwrap_or("").to_owned()))
    };
    tool.run(&["consumer", "add", "Old Moodle"]);
    let list = findings(&[]);
    assert_eq!(of(&list, "tool", "registrations"), None, "a consumer is a platform, too");
    let (result, fix) = of(&list, "old-moodle", "consumer_resources").unwrap();
    assert_eq!((result, &*fix), (json!("warn"), "ltictl consumer set old-moodle --resource RES"));
    tool.run(&["resource", "publish", "Quiz"]);
    let list = findings(&["old-moodle"]);
    assert_eq!(of(&list, "old-moodle", "consumer_resources").unwrap().0, "ok");
    let (result, fix) = of(&list, "old-moodle", "last_launch").unwrap();
    assert!(
        result == "warn" && fix.contains("launch-details quiz --lti-1p1 --consumer old-moodle"),
        "{fix}"
    );
    assert_eq!(of(&list, "tool", "resource_registrations"), None, "only of the whole tool");
    assert_eq!(of(&findings(&[]), "tool", "resource_registrations").unwrap().0, "ok");
    // Only files are backed up without keys.
    if !tool.database().is_file() {
        return;
    }
    let backup = tool.path("without-keys.db");
    tool.run(&["backup", backup.to_str().unwrap(), "--without-keys"]);
    tool.run(&["restore", backup.to_str().unwrap(), "--yes"]);
    let (result, fix) = of(&findings(&["old-moodle"]), "old-moodle", "consumer_secrets").unwrap();
    assert!(result == "fail" && fix.contains("ltictl consumer rotate old-moodle"), "{fix}");
}

/// Adds a consumer that has registered by LTI 2.0, with the key "guid"; gives the key of its
/// registration in the database.
pub(super) fn insert_registered(tool: &Tool, slug: &str, resources: &[&str]) -> i64 {
    let (name, now) = (Name::new(slug).unwrap(), Clock::System.now());
    let key = ConsumerKey::new("guid").unwrap();
    let new = Consumer::new(name, None, key, "token".to_owned(), now).unwrap();
    let registration = Registration { protocol: Protocol::Lti2p0, ..new.registration };
    let resources = resources.iter().map(|slug| Slug::new(slug).unwrap()).collect();
    let consumer = Consumer { registration, resources: Some(resources), ..new };
    let mut store = Store::open(tool.database()).unwrap();
    store
        .write(|write| {
            let id = write.insert_consumer(&consumer, CreatedBy::Hand)?;
            write.insert_consumer_secret(id, &Secret::new(b"current".to_vec()), now)?;
            Ok::<_, ltictl::store::Error>(id)
        })
        .unwrap()
}

#[test]
fn a_changed_registration_is_shown_until_the_platform_confirms_it() {
    let tool = Tool::new().published("Quiz");
    let id = insert_registered(&tool, "college", &["quiz"]);
    let show = ["consumer", "show", "college", "--show-secret"];
    assert_eq!(tool.json(&show)["change_expires_at"], Value::Null);
    assert!(!tool.run(&show).answer.contains("registered again"));
    let now = Clock::System.now();
    let pending = PendingProxy {
        registration_id: id,
        secret: Some(Secret::new(b"unconfirmed".to_vec())),
        members_template: None,
        is_answered: true,
        created_at: now,
        expires_at: now + PENDING_PROXY_LIFETIME,
    };
    let mut store = Store::open(tool.database()).unwrap();
    store.write(|write| write.put_pending_proxy(&pending, b"digest")).unwrap();
    let shown = tool.json(&show);
    assert!(shown["change_expires_at"].is_string(), "{shown}");
    assert_eq!(shown["shared_secret"], "current");
    let printed = tool.run(&show).answer;
    assert!(printed.contains("registered again") && !printed.contains("unconfirmed"), "{printed}");
    let refused = tool.fails(&["consumer", "rotate", "college"], 5);
    assert!(refused.contains("its platform can register again"), "{refused}");
    tool.run(&["consumer", "remove", "college", "--yes"]);
}

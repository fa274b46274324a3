//! One fact has one name: as a flag, as a key of the manifest and as a key of the JSON.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::tool::Tool;

/// A mapping of the manifest; the commands that change its values; and where the JSON of a command
/// has them, by the name of a schema and of its part.
const NOUNS: &[(&str, &[&str], &str, &str)] = &[
    ("ResourceEntry", &["resource publish", "resource update"], "resource", ""),
    ("AccountEntry", &["account create", "account update"], "account", ""),
    ("RegistrationEntry", &["registration create", "platform set"], "platform", ""),
    ("PlatformEntry", &["registration create", "platform set"], "platform", "PlatformDetails"),
    ("PolicyEntry", &["registration create", "platform set"], "platform", "PolicyView"),
];

/// Keys of the manifest that are flags of other names, and why.
const OTHER_FLAGS: &[(&str, &str, &str)] = &[
    ("leeway_seconds", "leeway", "the value has a unit, and the contract spells the flag"),
    ("frame_ancestors", "frame-ancestor", "given once for each entry of the list"),
    ("registrations", "registration", "given once for each entry of the list"),
    ("deployments", "deployment-id", "given once for each entry of the list"),
];

/// Keys of the manifest that are no flags, and why.
const NO_FLAGS: &[(&str, &str)] = &[
    ("uuid", "never changes"),
    ("origin", "never changes"),
    ("name", "an argument without a flag"),
    ("enabled", "the verbs enable and disable"),
    ("published", "the verbs publish and unpublish"),
    ("grants", "the verbs grant and revoke"),
    ("platform", "a group of keys"),
    ("policy", "a group of keys"),
    ("openid_configuration_url", "comes from an import"),
];

/// Keys of the manifest that are not in the JSON, and why.
const NOT_IN_JSON: &[(&str, &str)] = &[
    ("allow_http", "a permission to change, which is not stored"),
    ("keep_users", "a decision about a change, which is not stored"),
    ("name", "part of registration show"),
    ("enabled", "part of the status in registration show"),
    ("deployments", "part of registration show"),
];

fn properties(schema: &Value, part: &str) -> Vec<String> {
    let part = if part.is_empty() { schema } else { &schema["$defs"][part] };
    part["properties"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn flags_manifest_and_json_use_the_same_names() {
    let tool = Tool::empty();
    let schema = |name: &str| -> Value {
        serde_json::from_str(&tool.run(&["schema", name]).answer).unwrap()
    };
    let (manifest, tree) = (schema("manifest"), ltictl::cli::command());
    let mut seen = 0;
    for (entry, commands, json, part) in NOUNS {
        let in_json = properties(&schema(json), part);
        for key in properties(&manifest, entry) {
            seen += 1;
            let other = OTHER_FLAGS.iter().find(|(known, ..)| *known == key);
            let flag = other.map_or_else(|| key.replace('_', "-"), |(_, flag, _)| (*flag).into());
            let is_flag = |command: &&str| {
                let verb = command.split(' ').fold(&tree, |above, word| {
                    above.find_subcommand(word).expect("the command exists")
                });
                verb.get_arguments().any(|argument| argument.get_long() == Some(&flag))
            };
            assert!(
                commands.iter().any(is_flag) || NO_FLAGS.iter().any(|(known, _)| *known == key),
                "{entry}.{key}: none of {commands:?} has --{flag}"
            );
            assert!(
                in_json.contains(&key) || NOT_IN_JSON.iter().any(|(known, _)| *known == key),
                "{entry}.{key} is not in the JSON of {json}: {in_json:?}"
            );
        }
    }
    assert!(seen > 50, "{seen}");
}

/// Filters of lists that are not called like the key of the JSON that they compare, and why.
const OTHER_FILTERS: &[(&str, &str)] = &[
    ("failed", "selects a state"),
    ("since", "a bound of the time"),
    ("until", "a bound of the time"),
];

#[test]
fn filters_of_logs_are_called_like_the_keys_that_they_compare() {
    let tool = Tool::empty();
    for (noun, part) in [("launch", "LaunchView"), ("audit", "AuditEntry")] {
        let schema = tool.run(&["schema", &format!("{noun}-list")]).answer;
        let keys = properties(&serde_json::from_str(&schema).unwrap(), part);
        let tree = ltictl::cli::command();
        let list = tree.find_subcommand(noun).unwrap().find_subcommand("list").unwrap();
        let own = list.get_arguments().filter(|argument| argument.get_help_heading().is_none());
        for flag in own.filter_map(clap::Arg::get_long).filter(|flag| *flag != "limit") {
            assert!(
                keys.iter().any(|key| key == flag)
                    || OTHER_FILTERS.iter().any(|(known, _)| *known == flag),
                "{noun} list --{flag}: {keys:?}"
            );
        }
    }
}

/// Names that commands and manifests had before, with those that they have now.
const EARLIER: &[(&str, &str)] = &[
    ("opens", "opens_at"),
    ("closes", "closes_at"),
    ("enrolment_start", "enrolment_starts_at"),
    ("enrolment_end", "enrolment_ends_at"),
];

#[test]
fn earlier_names_are_still_accepted() {
    let tool = Tool::new().published("Quiz");
    for (earlier, now) in EARLIER {
        let flag = format!("--{}", earlier.replace('_', "-"));
        let quiz = tool.json(&["resource", "update", "quiz", &flag, "2026-09-01"]);
        assert_eq!(quiz[now], "2026-09-01T00:00:00Z", "{flag}");
        tool.run(&["resource", "update", "quiz", &flag, "none"]);
        let manifest = format!("resources:\n  quiz:\n    {earlier}: 2026-10-01\n");
        tool.run_with_input(&["apply", "-f", "-"], &manifest);
        let quiz = tool.json(&["resource", "show", "quiz"]);
        assert_eq!(quiz[now], "2026-10-01T00:00:00Z", "{earlier}");
        tool.run(&["resource", "update", "quiz", &flag, "none"]);
    }
    let tool = Tool::new().drafted("Moodle Prod");
    let url = "https://lms.example.edu";
    let set = tool.json(&[
        "platform",
        "set",
        "moodle-prod",
        "--issuer",
        url,
        "--client-id",
        "a",
        "--keyset-url",
        url,
        "--token-url",
        url,
        "--auth-url",
        url,
    ]);
    assert_eq!(set["platform"]["access_token_url"], url);
    assert_eq!(set["platform"]["authentication_request_url"], url);
}

/// The names of the fields that are written as times in a source file.
fn written_as_times(source: &str) -> Vec<String> {
    let fields = source.split("serialize_with = \"json::time\"").collect::<Vec<_>>();
    fields
        .windows(2)
        .map(|around| {
            let attribute = around[0].rsplit("#[serde(").next().unwrap_or_default();
            let renamed =
                attribute.split("rename = \"").nth(1).and_then(|rest| rest.split('"').next());
            let field = around[1].split("pub ").nth(1).and_then(|rest| rest.split(':').next());
            renamed.or(field).unwrap_or_default().to_owned()
        })
        .collect()
}

#[test]
fn every_type_that_is_written_names_its_times() {
    fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
            match entry.path() {
                path if path.is_dir() => sources(&path, found),
                path => found.extend((path.extension() == Some("rs".as_ref())).then_some(path)),
            }
        }
    }
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    let mut seen = 0;
    for file in files {
        for name in written_as_times(&std::fs::read_to_string(&file).unwrap()) {
            assert!(name.ends_with("_at"), "{}: {name} is a time", file.display());
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

/// Nouns of one thing only, or of things that are not kept, with what they have instead.
const WITHOUT_LIST_OR_SHOW: &[(&str, &str)] = &[
    ("sync", "a process: sync status shows what was and was not synchronized"),
    ("notice", "a log whose list shows all of each, and subscriptions: notice status"),
    ("db", "one file: db check shows it"),
    ("generate", "files for other programs, which are printed and not kept"),
    ("resource link", "a link has no settings: resource link list shows all of it"),
];

/// Verbs of the same meaning: where one works, all of them do.
const SAME_VERBS: &[&[&str]] = &[
    &["list", "ls"],
    &["show", "get"],
    &["create", "add", "new"],
    &["delete", "remove", "rm"],
    &["update", "set", "edit"],
];

/// The nouns with their paths, and every noun below them.
fn nouns<'t>(above: &'t clap::Command, path: &str, found: &mut Vec<(String, &'t clap::Command)>) {
    for below in above.get_subcommands().filter(|below| below.has_subcommands()) {
        let path = format!("{path} {}", below.get_name()).trim().to_owned();
        nouns(below, &path, found);
        found.push((path, below));
    }
}

#[test]
fn every_noun_has_list_and_show_and_the_same_words_for_verbs() {
    let (tree, mut found) = (ltictl::cli::command(), Vec::new());
    nouns(&tree, "", &mut found);
    assert!(found.len() >= 14, "{}", found.len());
    for (path, noun) in found {
        let has = |verb: &str| noun.find_subcommand(verb).is_some();
        let is_exception = WITHOUT_LIST_OR_SHOW.iter().any(|(known, _)| *known == path);
        assert_ne!(has("list") && has("show"), is_exception, "{path} has no list or no show");
        for verbs in SAME_VERBS {
            assert!(
                verbs.iter().all(|verb| has(verb)) || !verbs.iter().any(|verb| has(verb)),
                "{path} has only some of {verbs:?}"
            );
        }
        assert!(
            !has("create") || !has("update") || has("rename") || path == "grade",
            "{path} can be named, but not renamed"
        );
    }
}

//! Bad input: refused where it enters, naming field and rule, and nothing is half-written.

use super::tool::{Tool, platform_of, platform_set};
use crate::commands;

/// Longer than any identifier may be.
fn too_long() -> String {
    "x".repeat(256)
}

#[test]
fn urls_are_absolute_secure_and_plain() {
    let tool = Tool::new().drafted("Moodle Prod");
    let before = tool.dump();
    let long = format!("https://lms.example.edu/{}", "x".repeat(2048));
    let fields = [
        "issuer",
        "client ID",
        "Public keyset URL",
        "Access token URL",
        "Authentication request URL",
    ];
    for (url, rule) in [
        ("", "must not be empty"),
        ("lms.example.edu/keys", "must be an absolute URL"),
        ("/keys", "must be an absolute URL"),
        ("https://", "must be an absolute URL"),
        ("ftp://lms.example.edu/keys", "must be an absolute URL that starts with https://"),
        ("javascript:alert(1)", "must be an absolute URL that starts with https://"),
        (
            "http://lms.example.edu/keys",
            "must start with https:// (http:// is for localhost, or with --allow-http)",
        ),
        ("http://localhost.example.edu/keys", "must start with https://"),
        ("https://user@lms.example.edu/keys", "must not contain a user name or password"),
        ("https://user:secret@lms.example.edu/keys", "must not contain a user name or password"),
        ("https://lms.example.edu/keys#top", "must not have a fragment"),
        ("https://lms.example.edu/a b", "must be a URL without spaces"),
        ("https://lms.example.edu/\u{1b}[31m", "control characters"),
        ("https://lms.example.edu/\nkeys", "control characters"),
        (&long, "at most"),
    ] {
        for place in [0, 2, 3, 4] {
            let mut values = platform_of("moodle");
            values[place] = url.to_owned();
            let refused = tool.fails(&platform_set("moodle-prod", &values), 5);
            let [what, why, hint] = refused.lines().collect::<Vec<_>>()[..] else {
                panic!("{refused}")
            };
            assert_eq!(what, format!("error: invalid {}", fields[place]), "{url:?}");
            assert!(
                why.starts_with(&format!("  why: {} must", fields[place])) && why.contains(rule),
                "{url:?}: {why}"
            );
            assert!(hint.contains("ltictl platform set moodle-prod --"), "{hint}");
            assert!(!refused.contains("secret") && !refused.contains('\u{1b}'), "{refused}");
        }
    }
    assert_eq!(tool.dump(), before);
}

#[test]
fn urls_on_this_machine_need_no_flag_others_need_one_for_http() {
    let tool = Tool::new();
    for (number, (base, allow_http)) in [
        ("http://localhost:8100", false),
        ("http://127.0.0.1:8100", false),
        ("http://[::1]:8100", false),
        ("http://lms.localhost", false),
        ("http://lms.example.edu", true),
    ]
    .into_iter()
    .enumerate()
    {
        let slug = format!("platform-{number}");
        tool.run(&["registration", "create", &slug]);
        let values = [
            base.to_owned(),
            "c".to_owned(),
            format!("{base}/keys"),
            format!("{base}/token?a=b"),
            format!("{base}/auth"),
        ];
        let mut arguments = platform_set(&slug, &values);
        if allow_http {
            tool.fails(&arguments, 5);
            arguments.push("--allow-http");
        }
        tool.run(&arguments);
    }
}

#[test]
fn identifiers_and_names_are_short_and_visible() {
    let tool = Tool::new().registered("Moodle Prod").published("Quiz");
    let before = tool.dump();
    let too_long = too_long();
    for (text, rule) in [
        ("", "must not be empty"),
        ("   ", "must not be empty"),
        (too_long.as_str(), "must be at most 255 characters long, this one has 256"),
        ("a\u{1b}[31mb", "must not contain control characters"),
        ("a\nb", "must not contain control characters"),
        ("a\u{7f}b", "must not contain control characters"),
        ("a\u{9b}b", "must not contain control characters"),
        ("a\u{202e}b", "must not contain the invisible character U+202E"),
    ] {
        for (arguments, field) in [
            (&["registration", "create", "--slug", "other", "--", text][..], "name"),
            (&["registration", "rename", "moodle-prod", text], "name"),
            (&["platform", "set", "moodle-prod", "--client-id", text], "client ID"),
            (&["deployment", "add", "moodle-prod", text], "deployment ID"),
            (&["deployment", "add", "moodle-prod", "7", "--name", text], "name"),
            (&["deployment", "rename", "moodle-prod", "1", text], "name"),
            (&["resource", "publish", "--slug", "other", "--", text], "name"),
            (&["resource", "update", "quiz", "--name", text], "name"),
            (&["config", "set", "name", text], "name"),
        ] {
            if text.is_empty() && arguments.starts_with(&["deployment", "rename"]) {
                // It removes the name.
                continue;
            }
            let refused = tool.fails(arguments, 5);
            assert!(refused.contains(&format!("why: {field} {rule}")), "{arguments:?}: {refused}");
            assert!(!refused.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{arguments:?}");
        }
    }
    assert_eq!(tool.dump(), before);
}

#[test]
fn slugs_are_plain() {
    let tool = Tool::new();
    let before = tool.dump();
    for slug in ["", "Moodle", "a b", "a--b", "-a", "a-", "a/b", "..", "é", &"x".repeat(65)] {
        let slug = format!("--slug={slug}");
        assert!(
            tool.fails(&["registration", "create", "Moodle", &slug], 5)
                .contains("slug must be 1 to 64 characters"),
            "{slug}"
        );
        assert!(
            tool.fails(&["resource", "publish", "Quiz", &slug], 5)
                .contains("slug must be 1 to 64 characters"),
            "{slug}"
        );
    }
    assert!(tool.fails(&["registration", "create", "!!!"], 5).contains("--slug"));
    assert_eq!(tool.dump(), before);
}

#[test]
fn policies_keep_to_their_limits() {
    let tool = Tool::new().registered("Moodle Prod");
    let before = tool.dump();
    for (arguments, named) in [
        (&["--leeway", "301"][..], "leeway must be between 0s and 300s"),
        (&["--leeway", "-1"], "leeway must be"),
        (&["--leeway", "1m"], "leeway must be"),
        (&["--leeway", "99999999999"], "leeway must be"),
        (&["--deployments", "some"], "deployments must be one of known, accept"),
        (&["--token-audience", "a\u{1b}b"], "token audience must"),
        (&["--frame-ancestor", "https://lms.example.edu/path"], "frame ancestor must be an origin"),
        (&["--frame-ancestor", "https://a.example; script-src *"], "frame ancestor must"),
        (&["--frame-ancestor", "*"], "frame ancestor must"),
        (
            &["--frame-ancestor", "http://lms.example.edu"],
            "frame ancestor must start with https://",
        ),
    ] {
        let refused = tool.fails(&[&["platform", "set", "moodle-prod"], arguments].concat(), 5);
        assert!(refused.contains(named), "{arguments:?}: {refused}");
        assert!(refused.contains("hint: ltictl platform set"), "{arguments:?}: {refused}");
    }
    assert_eq!(tool.dump(), before);
}

#[test]
fn one_bad_value_among_good_ones_keeps_all_of_them_out() {
    let tool = Tool::new().registered("Moodle Prod");
    let before = tool.dump();
    tool.fails(
        &[
            "platform",
            "set",
            "moodle-prod",
            "--client-id",
            "new",
            "--auth-url",
            "http://lms.example.edu",
        ],
        5,
    );
    tool.fails(&["platform", "set", "moodle-prod", "--client-id", "new", "--leeway", "301"], 5);
    tool.fails(&["platform", "set", "moodle-prod", "--allow-http", "--issuer", "not a url"], 5);
    assert_eq!(tool.dump(), before);
}

#[test]
fn the_example_of_a_url_is_one_that_would_be_accepted() {
    let tool = Tool::new().registered("Moodle Prod");
    for (arguments, example) in [
        (
            &["platform", "set", "moodle-prod", "--frame-ancestor", "foo"][..],
            "an origin such as https://lms.example.edu or",
        ),
        (&["platform", "set", "moodle-prod", "--issuer", "foo"], "such as https://lms.example.edu"),
        (
            &["platform", "set", "moodle-prod", "--keyset-url", "foo"],
            "such as https://lms.example.edu/path",
        ),
        (&["config", "set", "url", "foo"], "such as https://tool.example.edu\n"),
        (&["config", "set", "logo", "foo"], "such as https://tool.example.edu/logo.png\n"),
    ] {
        let refused = tool.fails(arguments, 5);
        assert!(refused.contains(example), "{arguments:?}: {refused}");
    }
}

#[test]
fn unknown_names_bring_the_nearest_ones() {
    let tool = Tool::new()
        .registered("Moodle Prod")
        .registered("Moodle Test")
        .drafted("Canvas")
        .published("Algebra quiz");
    let before = tool.dump();
    for (arguments, why) in [
        (&["registration", "show", "moodle-prd"][..], "did you mean moodle-prod or moodle-test?"),
        (&["registration", "rename", "canvs", "x"], "did you mean canvas?"),
        (&["registration", "delete", "canvas-eu", "--yes"], "did you mean canvas?"),
        (&["registration", "enable", "test"], "did you mean moodle-test?"),
        (&["registration", "tool-details", "zzz"], "no registration has a similar name"),
        (&["platform", "set", "moodle-prodd", "--client-id", "x"], "did you mean moodle-prod"),
        (&["platform", "show", "Moodle-Prod"], "did you mean moodle-prod"),
        (&["platform", "import", "canvs", "-"], "did you mean canvas?"),
        (&["deployment", "add", "canvs", "1"], "did you mean canvas?"),
        (&["deployment", "list", "canvs"], "did you mean canvas?"),
        (&["launch", "list", "--registration", "canvs"], "did you mean canvas?"),
        (&["resource", "show", "algebra"], "did you mean algebra-quiz?"),
        (&["resource", "launch-details", "algebra-quizz"], "did you mean algebra-quiz?"),
        (
            &["resource", "unpublish", "00000000-0000-4000-8000-000000000000"],
            "no resource has a similar name",
        ),
    ] {
        let refused = tool.fails(arguments, 3);
        assert!(refused.lines().nth(1).unwrap().contains(why), "{arguments:?}: {refused}");
    }
    assert!(
        tool.fails(&["registration", "show", "\u{1b}[2J"], 3).starts_with("error: no registration")
    );
    assert_eq!(tool.dump(), before);
}

#[test]
fn input_that_is_too_long_is_not_read_to_its_end() {
    let tool = Tool::new().drafted("Moodle Prod");
    let file = tool.file("huge.json", &" ".repeat(2 * 1024 * 1024));
    assert!(
        tool.fails(&["platform", "import", "moodle-prod", &file], 5)
            .contains("must be at most 1 MiB")
    );
}

/// Usage errors, and what their reason says.
const REASONS: &[(&str, &str)] = &[
    ("platform test moodle", "\"platform test\" is written \"doctor\" here"),
    ("apply tool.yaml", "\"tool.yaml\" is written \"--file tool.yaml\" here"),
    ("registration creat X", "did you mean create?"),
    ("res list", "did you mean resource or restore?"),
    ("rotate", "there is consumer rotate, identity-provider rotate, key rotate"),
    ("registration list --limti 3", "did you mean --limit?"),
    ("resource publish X --dir /nope", "usage: ltictl resource publish <NAME>"),
    ("search zoe --limit 0", "it must be a whole number from 1 to 65535"),
    ("registration list --limit x", "it must be a whole number of at least 1"),
    ("registration list --limit=99999999999999999999", "it must be a whole number of at least 1"),
    ("serve --listen x", "it must be an address with a port, such as 127.0.0.1:8080"),
    ("launch show", "\"last\" is the newest launch"),
    ("config get", "the keys are url, name,"),
];

#[test]
fn words_of_other_programs_work_or_lead_to_the_command() {
    let tool = Tool::new().published("Essay").with_account("sam");
    tool.run(&["registration", "add", "Moodle Prod"]);
    tool.run(&super::tool::platform_set("moodle-prod", &platform_of("moodle")));
    for line in [
        "key create",
        "deployment create moodle-prod 1",
        "registration get moodle-prod",
        "registrations ls",
        "resource create Quiz",
        "resource set quiz --name Test",
        "users list",
        "platforms ls",
        "resource rename quiz Test",
        "platform update moodle-prod --leeway 30s",
        "resource rm quiz --yes",
        "registration remove moodle-prod --yes",
    ] {
        tool.run(&line.split(' ').collect::<Vec<_>>());
    }
    for (line, hint) in [
        ("platform test moodle-prod", "ltictl doctor moodle-prod"),
        ("platform new Sakai", "ltictl registration create Sakai"),
        ("registration update moodle-prod", "ltictl platform set moodle-prod"),
        ("registration test moodle-prod", "ltictl doctor moodle-prod"),
        ("version", "ltictl --version"),
        ("validate tool.yaml", "ltictl diff --file tool.yaml"),
        ("plan tool.yaml", "ltictl diff --file tool.yaml"),
        ("serve --port 8080", "ltictl serve --listen 127.0.0.1:8080"),
        ("apply tool.yaml", "ltictl apply --file tool.yaml"),
        ("export -f tool.yaml", "ltictl export > tool.yaml"),
        ("launch list -n 5 --json", "ltictl launch list --limit 5 -o json"),
        ("registration shwo moodle-prod", "ltictl registration show moodle-prod"),
        ("nonsense", "ltictl --help"),
        ("registration enabled x", "ltictl registration enable x"),
        ("regsitration list", "ltictl registration list"),
        ("resource publsh", "ltictl resource publish"),
        ("res list", "ltictl --help"),
        ("import", "ltictl --help"),
        ("rotate", "ltictl --help"),
        ("resource publish X --dir /nope", "ltictl resource publish --help"),
        ("registration create X --status foo", "ltictl registration create --help"),
        ("launch show last --failed", "ltictl launch show --help"),
        ("registration list --limti 3", "ltictl registration list --limit 3"),
        ("registration list --format json", "ltictl registration list -o json"),
        ("--json registration list", "ltictl registration list -o json"),
        ("--verbose doctor", "ltictl doctor -o wide"),
    ] {
        let said = tool.fails(&line.split(' ').collect::<Vec<_>>(), 2);
        assert!(said.ends_with(&format!("hint: {hint}\n")), "{line}: {said}");
    }
    for (line, why) in REASONS {
        let said = tool.fails(&line.split(' ').collect::<Vec<_>>(), 2);
        assert!(said.contains(&format!("  why: {why}")), "{line}: {said}");
    }
    let said = tool.fails(&["registration", "xyz"], 2);
    assert!(said.contains("its commands are create, list, show, rename"), "{said}");
    let said = tool.fails(&["platform", "show"], 2);
    assert!(said.contains("usage: ltictl platform show <REG>\n"), "{said}");
    assert!(tool.fails(&["launch", "show", "last"], 3).contains("there is no launch yet"));
}

#[test]
fn a_busy_port_is_the_same_failure_for_every_server() {
    let tool = Tool::new().registered("Moodle Prod");
    let busy = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = busy.local_addr().unwrap();
    let next = address.port().checked_add(1).unwrap_or(8080);
    let (listen, metrics) = (address.to_string(), format!("--metrics={address}"));
    for (arguments, option) in [
        (&["serve", "--listen", &listen][..], "serve --listen "),
        (&["sandbox", "--registration", "moodle-prod", "--listen", &listen], "sandbox --listen "),
        (&["serve", "--listen", "127.0.0.1:0", &metrics], "serve --metrics="),
    ] {
        let output = tool.command(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(
            said.contains(&format!(
                "error: cannot listen on {address}\n  why: another program listens on this \
                 port\n hint: ltictl {option}127.0.0.1:{next}\n"
            )),
            "{arguments:?}: {said}"
        );
    }
}

/// Every argument with a number or a duration, with the words before its value.
fn lines_with_numbers(
    command: &clap::Command,
    path: &[String],
    lines: &mut Vec<(Vec<String>, bool)>,
) {
    const NAMES: [&str; 6] = ["NUMBER", "N", "PORT", "SECONDS", "DURATION", "SCORE"];
    let is_number = |argument: &clap::Arg| {
        argument.get_value_names().is_some_and(|names| NAMES.contains(&names[0].as_str()))
    };
    let positionals: Vec<&clap::Arg> = command.get_positionals().collect();
    let required: Vec<_> = positionals.iter().filter(|one| one.is_required_set()).collect();
    for argument in command.get_arguments().filter(|argument| is_number(argument)) {
        let flag = argument.get_long().map(|flag| format!("--{flag}"));
        let is_option = flag.is_some();
        let before = required.iter().filter(|one| is_option || one.get_id() != argument.get_id());
        let values = before.map(|one| if is_number(one) { "1" } else { "x" }.to_owned());
        let switch = (path.last().is_some_and(|verb| verb == "app-key")).then(|| "--rotate".into());
        lines.push((
            path.iter().cloned().chain(switch).chain(values).chain(flag).collect(),
            is_option,
        ));
    }
    for below in command.get_subcommands() {
        lines_with_numbers(below, &[path, &[below.get_name().to_owned()]].concat(), lines);
    }
}

#[test]
fn a_value_that_is_not_a_number_is_refused_with_what_is_allowed() {
    let tool = Tool::new();
    let mut lines = Vec::new();
    lines_with_numbers(&ltictl::cli::command(), &[], &mut lines);
    assert!(lines.len() > 20, "{lines:?}");
    for (line, is_option) in lines {
        for value in ["-3", "abc"] {
            let mut arguments: Vec<&str> = line.iter().map(String::as_str).collect();
            arguments.push(value);
            let output = tool.command(&arguments).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            let why = said.lines().find(|line| line.starts_with("  why: ")).unwrap_or_default();
            assert!(
                (why.contains("must be ") || why.contains("a duration "))
                    && why.contains(|one: char| one.is_ascii_digit()),
                "{line:?} {value}: {said}"
            );
            if is_option && value == "-3" {
                arguments.pop();
                let joined = format!("{}={value}", arguments.pop().unwrap());
                arguments.push(&joined);
                let output = tool.command(&arguments).output().unwrap();
                assert_eq!(String::from_utf8(output.stderr).unwrap(), said, "{line:?} {value}");
            }
        }
    }
    for (line, why) in [
        ("launch list --since -3d", "since must say how long ago"),
        ("resource publish -3 -4", "unexpected argument '-4'"),
        ("registration list -3", "unexpected argument '-3'"),
        ("registration create X --client-id -3 --leeway -3s", "must be a number of seconds"),
    ] {
        let output = tool.command(&line.split(' ').collect::<Vec<_>>()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(why), "{line}: {said}");
    }
}

/// Command lines with a name that a shell would not read as one word: each command that requires a
/// registration, a resource or an account.
fn lines_with_hostile_names(
    command: &clap::Command,
    path: &[String],
    lines: &mut Vec<Vec<String>>,
) {
    const HOSTILE: &str = "a b; $(id)'";
    let positionals: Vec<&clap::Arg> =
        command.get_positionals().filter(|argument| argument.is_required_set()).collect();
    let is_name = |argument: &&clap::Arg| {
        ["registration", "resource", "account"].contains(&argument.get_id().as_str())
    };
    if positionals.iter().any(is_name) {
        let value = |argument: &&clap::Arg| if is_name(argument) { HOSTILE } else { "1" };
        lines.push(
            [path, &positionals.iter().map(|one| value(one).to_owned()).collect::<Vec<_>>()]
                .concat(),
        );
    }
    for below in command.get_subcommands() {
        lines_with_hostile_names(below, &[path, &[below.get_name().to_owned()]].concat(), lines);
    }
}

#[test]
fn names_that_are_no_words_are_quoted_in_hints() {
    let tool = Tool::new().registered("Moodle Prod").published("Quiz");
    let mut lines = Vec::new();
    lines_with_hostile_names(&ltictl::cli::command(), &[], &mut lines);
    assert!(lines.len() > 30, "{lines:?}");
    for line in lines {
        let arguments: Vec<&str> = line.iter().map(String::as_str).collect();
        let output = tool.command(&arguments).output().unwrap();
        assert!(!output.status.success(), "{line:?}");
        commands::check(&String::from_utf8(output.stderr).unwrap());
    }
}

#[test]
fn a_missing_name_lists_those_that_exist() {
    let mut tool = Tool::new();
    assert!(tool.fails(&["registration", "show"], 2).contains("why: usage: "));
    for (number, expected) in [
        (1, "the registration is lms-1\n"),
        (2, "the registrations are lms-1, lms-2\n"),
        (12, "lms-6, lms-7 and 2 more\n"),
    ] {
        for number in 1..=number {
            tool.run(&["registration", "create", &format!("LMS {number}"), "--if-not-exists"]);
        }
        let refused = tool.fails(&["registration", "show"], 2);
        assert!(refused.contains(expected), "{refused}");
    }
    tool = tool.published("Quiz").with_account("tina");
    tool.run(&["deployment", "add", "lms-1", "7"]);
    for (arguments, expected) in [
        (&["resource", "show"][..], "the resource is quiz\n"),
        (&["account", "show"], "the account is tina\n"),
        (&["grade", "set", "quiz"], "the account is tina\n"),
        (&["deployment", "show", "lms-1"], "the deployment ID is 7\n"),
        (&["deployment", "add", "lms-1"], "DEPLOYMENT_ID is missing"),
    ] {
        let refused = tool.fails(arguments, 2);
        assert!(refused.contains(expected), "{arguments:?}: {refused}");
    }
}

//! OpenID clients: how they are added, what their apps are given, and how secrets are replaced.

use jiff::{SignedDuration, Timestamp};
use ltictl::domain::{Clock, KeyPurpose, Slug};
use ltictl::store::Store;
use serde_json::{Value, json};

use super::tool::Tool;

const URI: &str = "https://wiki.example.edu/callback?x=%2F";

/// A tool with the resource wiki, whose launches are sign-ins.
fn tool() -> Tool {
    let tool = Tool::new();
    let target = ["--target", "https://wiki.example.edu/", "--handover", "openid"];
    tool.run(&[&["resource", "publish", "Wiki"], &target[..]].concat());
    tool
}

/// Adds the client "Notes" with more arguments.
fn add<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["client", "add", "wiki", "Notes", "--redirect-uri", URI], more].concat()
}

/// Whether the client would be accepted with a secret.
fn accepts(tool: &Tool, secret: &str, now: Timestamp) -> bool {
    let store = Store::open(tool.database()).unwrap();
    let client = store.read().client(&Slug::new("notes").unwrap()).unwrap().unwrap();
    client.secrets.accepts(secret, now)
}

#[test]
fn a_client_gets_what_its_form_asks_for_and_its_secret_once() {
    let tool = tool();
    let added = tool.run(&add(&[]));
    for line in [
        "https://tool.example.edu/.well-known/openid-configuration",
        "https://tool.example.edu/oidc/authorize",
        "https://tool.example.edu/oidc/token",
        "https://tool.example.edu/oidc/userinfo",
        "https://tool.example.edu/oidc/jwks",
        "https://tool.example.edu/oidc/logout",
        "openid profile email roles lti",
        URI,
    ] {
        assert!(added.answer.contains(line), "{line}: {}", added.answer);
    }
    assert!(added.remarks.contains("printed only now") && added.remarks.contains("Next"));
    let line = added.answer.lines().find(|line| line.contains("Client secret")).unwrap();
    let secret = line.split_whitespace().last().unwrap();
    assert_eq!(secret.len(), 43);
    let now = Clock::System.now();
    assert!(accepts(&tool, secret, now) && !accepts(&tool, &secret[1..], now));
    let shown = tool.json(&["client", "show", "notes"]);
    let id = shown["client_id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("app_") && id.len() == 26, "{id}");
    assert_eq!(tool.json(&["clients", "show", &id]), shown, "by its client ID");
    assert_eq!(
        (&shown["client_secret"], &shown["auth_method"], &shown["require_pkce"]),
        (&Value::Null, &json!("client_secret_basic"), &json!(false))
    );
    assert_eq!(shown["redirect_uris"], json!([URI]), "byte for byte");
    for output in [
        tool.run(&["client", "list"]).answer,
        tool.run(&["client", "show", "notes"]).answer,
        tool.run(&["client", "sheet", "notes"]).answer,
        tool.run(&["export"]).answer,
        tool.run(&["audit", "list", "-o", "json"]).answer,
    ] {
        assert!(!output.contains(secret), "{output}");
    }
    // A key for ID tokens was made, in a keyset of its own.
    let keys = tool.json(&["key", "list"]);
    let purposes: Vec<&str> =
        keys.as_array().unwrap().iter().map(|key| key["purpose"].as_str().unwrap()).collect();
    assert!(purposes.contains(&"lti") && purposes.contains(&"openid"), "{keys}");
    assert_eq!(tool.json(&["key", "export"])["keys"].as_array().unwrap().len(), 1);
    let again = tool.run(&add(&["--if-not-exists"]));
    assert!(again.answer.contains(&id) && !again.remarks.contains("printed only now"));
    assert!(tool.fails(&add(&[]), 4).contains("ltictl client show notes"));
    tool.run(&add(&["--slug", "second"]));
    let list = tool.json(&["client", "list", "--resource", "wiki"]);
    assert_eq!(list.as_array().unwrap().len(), 2);
    let openid = tool.json(&["key", "list"]);
    assert_eq!(openid.as_array().unwrap().len(), keys.as_array().unwrap().len(), "one is enough");
}

#[test]
fn a_resource_with_another_handover_has_no_clients() {
    let tool = Tool::new();
    let add = ["client", "add", "wiki", "Notes", "--redirect-uri", URI];
    assert!(tool.fails(&add, 3).contains("wiki"));
    tool.run(&["resource", "publish", "Wiki"]);
    let failure = tool.fails(&add, 4);
    assert!(
        failure.contains("ltictl resource update wiki --handover openid --target"),
        "{failure}"
    );
    tool.run(&["resource", "update", "wiki", "--target", "https://wiki.example.edu/"]);
    let failure = tool.fails(&add, 4);
    assert!(failure.ends_with("ltictl resource update wiki --handover openid\n"), "{failure}");
    tool.run(&["resource", "update", "wiki", "--handover", "openid"]);
    tool.run(&add);
    assert!(tool.fails(&["client", "list", "--resource", "other"], 3).contains("other"));
    let quiz = ["resource", "publish", "Quiz"];
    tool.run(&quiz);
    assert!(
        tool.fails(&["client", "update", "notes", "--resource", "quiz"], 4)
            .contains("ltictl resource update quiz --handover openid")
    );
    let prompt = tool.fails(&["resource", "delete", "wiki"], 2);
    assert!(prompt.contains("1 OpenID client"), "{prompt}");
    tool.run(&["resource", "delete", "wiki", "--yes"]);
    assert_eq!(tool.json(&["client", "list"]), json!([]));
}

/// Arguments of `client add`, and what is wrong with them.
const REFUSED: &[(&[&str], &str)] = &[
    (&["--redirect-uri", "http://wiki.example.edu/cb"], "must start with https://"),
    (
        &["--redirect-uri", "https://tool.example.edu:8443/cb"],
        "must be on another host than the tool",
    ),
    (&["--login-url", "https://tool.example.edu/login"], "must be on another host than the tool"),
    (&["--redirect-uri", "https://wiki.example.edu/#x"], "must not have a fragment"),
    (&["--redirect-uri", "https://me@wiki.example.edu/"], "user name"),
    (&["--redirect-uri", "https://*.example.edu/"], "must not contain *"),
    (&["--redirect-uri", "/callback"], "must be an absolute URL"),
    (&["--redirect-uri", "javascript:alert(1)"], "must start with https://"),
    (&["--redirect-uri", "org.example.app:/cb"], "only for public clients"),
    (&["--post-logout-redirect-uri", "http://wiki.example.edu/"], "post-logout redirect URI"),
    (&["--login-url", "http://wiki.example.edu/login"], "login URL"),
    (&["--auth-method", "basic_auth"], "must be one of client_secret_basic"),
    (&["--auth-method", "private_key_jwt"], "keys must be given"),
    (&["--keys-url", "https://wiki.example.edu/jwks"], "only with the method private_key_jwt"),
    (&["--auth-method", "private_key_jwt", "--keys-url", "http://wiki.example.edu/"], "keys URL"),
    (&["--auth-method", "none", "--may-score"], "needs a client that authenticates"),
    (&["--subject", "public"], "must be one of pairwise, account"),
    (&["--email", "fake"], "must be one of real, made-up, none"),
    (&["--id-token", "long"], "must be one of short, full"),
    (&["--require-pkce", "yes"], "must be one of on, off"),
    (&["--claim", "groups"], "such as memberOf=groups"),
    (&["--claim", "sub=name"], "sub is a claim of the tool itself"),
    (&["--claim", "email_verified=email"], "email_verified is a claim"),
    (&["--claim", "role=groups"], "role is a claim"),
    (&["--claim", "x=phone"], "must be one of name, given_name"),
    (&["--claim", "x=name", "--claim", "x=role"], "x occurs twice"),
];

#[test]
fn what_an_app_cannot_have_is_refused() {
    let tool = tool();
    let before = tool.dump();
    for (arguments, problem) in REFUSED {
        let failure = tool.fails(&add(arguments), 5);
        assert!(failure.contains(problem), "{arguments:?}: {failure}");
    }
    let failure = tool.fails(&["client", "add", "wiki", "Notes"], 5);
    assert!(failure.contains("redirect URI must be given"), "{failure}");
    let many: Vec<String> = (0..20).map(|number| format!("https://a.example/{number}")).collect();
    let many: Vec<&str> = many.iter().flat_map(|uri| ["--redirect-uri", uri.as_str()]).collect();
    assert!(tool.fails(&add(&many), 5).contains("at most 20"));
    let jwks = tool.file("jwks.json", r#"{"keys":[{"kty":"oct","k":"AQ","kid":"1"}]}"#);
    let signed = ["--auth-method", "private_key_jwt", "--keys-file", &jwks];
    assert!(tool.fails(&add(&signed), 5).contains("must be public keys"));
    let secret = |more: &[&str], text: &str| {
        let mut command = tool.command(&add(&[&["--secret-stdin"], more].concat()));
        let output = command.write_stdin(text).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, failure) = secret(&[], &"s".repeat(31));
    assert!(code == Some(5) && failure.contains("32 to 500 characters"), "{failure}");
    assert!(!failure.contains("sss"), "{failure}");
    let (code, failure) = secret(&["--auth-method", "none"], &"s".repeat(32));
    assert!(code == Some(5) && failure.contains("omit --secret-stdin"), "{failure}");
    assert_eq!(tool.dump(), before);
}

/// Arguments of `client update`, and the key that they set, with its new value in JSON.
const CHANGES: &[(&[&str], &str, &str)] = &[
    (&["--name", "Our notes"], "name", r#""Our notes""#),
    (
        &["--redirect-uri", "https://a.example/", "--redirect-uri", "http://localhost:1/"],
        "redirect_uris",
        r#"["https://a.example/","http://localhost:1/"]"#,
    ),
    (
        &["--post-logout-redirect-uri", "https://a.example/bye"],
        "post_logout_redirect_uris",
        r#"["https://a.example/bye"]"#,
    ),
    (&["--post-logout-redirect-uri", ""], "post_logout_redirect_uris", "[]"),
    (&["--login-url", "https://a.example/in"], "login_url", r#""https://a.example/in""#),
    (&["--login-url", "none"], "login_url", "null"),
    (&["--auth-method", "post"], "auth_method", r#""client_secret_post""#),
    (&["--may-score"], "may_score", "true"),
    (&["--may-score=false"], "may_score", "false"),
    (
        &["--auth-method", "private_key_jwt", "--keys-url", "https://a.example/jwks"],
        "keys_url",
        r#""https://a.example/jwks""#,
    ),
    (&["--auth-method", "none"], "keys_url", "null"),
    (&["--redirect-uri", "org.example.app:/cb"], "redirect_uris", r#"["org.example.app:/cb"]"#),
    (&["--require-pkce", "off"], "require_pkce", "true"),
    (&["--auth-method", "basic", "--redirect-uri", "https://a.example/"], "require_pkce", "false"),
    (&["--require-pkce", "on"], "require_pkce", "true"),
    (&["--subject", "account"], "subject", r#""account""#),
    (&["--email", "made-up"], "email", r#""made-up""#),
    (&["--id-token", "full"], "id_token", r#""full""#),
    (
        &["--claim", "memberOf=groups", "--claim", "upn=preferred_username"],
        "claims",
        r#"{"memberOf":"groups","upn":"preferred_username"}"#,
    ),
    (&["--claim", ""], "claims", "{}"),
];

#[test]
fn every_setting_is_changed_by_an_option() {
    let tool = tool();
    tool.run(&add(&[]));
    for (arguments, key, value) in CHANGES {
        tool.run(&[&["client", "update", "notes"], *arguments].concat());
        let shown = tool.json(&["client", "show", "notes"]);
        assert_eq!(shown[key].to_string(), *value, "{arguments:?}");
    }
    // The app's keys are kept in the database, too; those of the tool serve as an example.
    let jwks = tool.file("jwks.json", &tool.run(&["key", "export"]).answer);
    let signed = ["--auth-method", "private_key_jwt", "--keys-file", &jwks];
    tool.run(&[&["client", "update", "notes"], &signed[..]].concat());
    let shown = tool.json(&["client", "show", "notes"]);
    assert_eq!(shown["keys"], tool.json(&["key", "export"]));
    assert_eq!(shown["secret_created_at"], Value::Null, "it no longer has a secret");
    let failure = tool.fails(&["client", "rotate-secret", "notes"], 4);
    assert!(failure.contains("--auth-method client_secret_basic"), "{failure}");
    let back = ["client", "update", "notes", "--auth-method", "client_secret_basic"];
    assert!(tool.run(&back).remarks.contains("ltictl client rotate-secret notes"));
    assert_eq!(tool.json(&["client", "show", "notes"])["keys"], Value::Null);
    let renamed = tool.json(&["client", "rename", "notes", "Notes of all"]);
    assert_eq!((&renamed["name"], &renamed["slug"]), (&json!("Notes of all"), &json!("notes")));
    for (verb, status) in [("disable", "disabled"), ("enable", "active")] {
        tool.run(&["client", verb, "notes"]);
        assert_eq!(tool.json(&["client", "show", "notes"])["status"], status);
    }
    assert!(tool.fails(&["client", "update", "notes"], 2).contains("client update notes --help"));
    assert!(tool.fails(&["client", "update", "note", "--name", "x"], 3).contains("notes"));
    assert!(tool.fails(&["client", "remove", "notes"], 2).contains("ltictl client remove notes"));
    tool.run(&["client", "remove", "notes", "--yes"]);
    assert_eq!(tool.json(&["client", "list"]), json!([]));
    assert!(tool.fails(&["client", "show", "notes"], 3).contains("ltictl client list"));
}

#[test]
fn the_previous_secret_is_accepted_for_the_overlap() {
    let tool = tool();
    let first = "the first secret%+:of-32-or-more-characters".replace(' ', "-");
    let added = tool.run_with_input(&add(&["--secret-stdin"]), &format!("{first}\n"));
    assert!(!added.answer.contains(&first) && !added.remarks.contains("printed only now"));
    let second = tool.json(&["client", "rotate-secret", "notes"]);
    let until = second["previous_secret_expires_at"].as_str().unwrap().parse().unwrap();
    let second = second["client_secret"].as_str().unwrap().to_owned();
    let now = Clock::System.now();
    let day = SignedDuration::from_hours(24);
    assert!((now + day).duration_since(until).abs() < SignedDuration::from_mins(5));
    for (moment, expected) in
        [(now, [true, true]), (now + day - day / 2, [true, true]), (now + day * 2, [false, true])]
    {
        assert_eq!([&first, &second].map(|one| accepts(&tool, one, moment)), expected);
    }
    let third = "z".repeat(32);
    let rotate = ["client", "rotate-secret", "notes", "--overlap", "0s", "--secret-stdin"];
    let rotated = tool.run_with_input(&rotate, &third);
    assert!(!rotated.answer.contains(&third), "{}", rotated.answer);
    assert_eq!([&first, &second, &third].map(|one| accepts(&tool, one, now)), [false, false, true]);
    assert!(
        tool.fails(&["client", "rotate-secret", "notes", "--overlap", "91d"], 5).contains("90")
    );
    let entry = &tool.json(&["audit", "list", "--limit", "1"])[0];
    let change = tool.json(&["audit", "show", &entry["id"].to_string()]);
    assert_eq!(
        (&change["noun"], &change["after"]["secret"], &change["after"]["previous_secret"]),
        (&json!("client"), &json!("changed"), &Value::Null),
        "{change}"
    );
    assert!(!change.to_string().contains("zzz"), "{change}");
}

#[test]
fn clients_are_part_of_manifests() {
    let tool = Tool::new();
    let manifest = "resources:\n  wiki: {target: https://wiki.example.edu/, handover: openid}\n\
        clients:\n  notes:\n    name: Notes\n    resource: wiki\n    \
        redirect_uris: [https://wiki.example.edu/cb]\n    claims: {memberOf: groups}\n  \
        device: {resource: wiki, auth_method: none, redirect_uris: [\"org.example.app:/cb\"]}\n";
    let file = tool.file("lti.yaml", manifest);
    let planned = tool.command(&["apply", "-f", &file, "--dry-run"]).output().unwrap();
    let plan = String::from_utf8_lossy(&planned.stdout).into_owned();
    assert!(planned.status.code() == Some(7) && plan.contains("3 to create"), "{plan}");
    assert!(!plan.contains("client_id"), "it is random: {plan}");
    let applied = tool.run(&["apply", "-f", &file]);
    assert!(applied.answer.contains("+ client notes"), "{}", applied.answer);
    assert!(applied.remarks.contains("ltictl client rotate-secret notes"), "{}", applied.remarks);
    assert!(!applied.remarks.contains("rotate-secret device"), "{}", applied.remarks);
    let store = Store::open(tool.database()).unwrap();
    store.read().active_signing_key(KeyPurpose::Openid).unwrap();
    assert_eq!(tool.run(&["apply", "-f", &file]).answer.trim(), "No changes");
    let secret = tool.json(&["client", "rotate-secret", "notes"])["client_secret"].clone();
    let secret = secret.as_str().unwrap().to_owned();
    // An export is stable, and another tool gets the same clients, with other secrets.
    let export = tool.run(&["export", "--without-settings"]).answer;
    assert!(!export.contains(&secret), "{export}");
    assert_eq!(tool.run_with_input(&["apply", "-f", "-"], &export).answer.trim(), "No changes");
    assert!(accepts(&tool, &secret, Clock::System.now()), "a manifest leaves the secret alone");
    let other = Tool::new();
    other.run_with_input(&["apply", "-f", "-"], &export);
    assert_eq!(other.run(&["export", "--without-settings"]).answer, export);
    assert_eq!(other.json(&["client", "show", "notes"])["secret_created_at"], Value::Null);
    for (lines, problem) in [
        ("notes: {client_id: app_AAAAAAAAAAAAAAAAAAAAAA}", "the client ID never changes"),
        ("new: {redirect_uris: [https://a.example/]}", "resource must be given"),
        ("new: {resource: wikis, redirect_uris: [https://a.example/]}", "wikis"),
        ("new: {resource: quiz, redirect_uris: [https://a.example/]}", "has the handover token"),
        ("new: {resource: wiki}", "redirect URI must be given"),
        ("notes: {redirect_uris: [\"http://a.example/\"]}", "must start with https://"),
        ("notes: {claims: {sub: name}}", "sub is a claim of the tool itself"),
        ("notes: {auth_method: none, may_score: true}", "needs a client that authenticates"),
        ("notes: {secret: x}", "secret"),
    ] {
        let text = format!("resources: {{quiz: {{}}}}\nclients:\n  {lines}\n");
        let mut command = tool.command(&["apply", "-f", "-"]);
        let output = command.write_stdin(text).output().unwrap();
        let failure = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && failure.contains(problem), "{lines}: {failure}");
    }
    let pruned = "clients: {device: {}}\n";
    let pruned = tool.run_with_input(&["apply", "-f", "-", "--prune", "--yes"], pruned);
    assert!(pruned.answer.contains("- client notes"), "{}", pruned.answer);
    assert_eq!(tool.json(&["client", "list"])[0]["slug"], "device");
}

#[test]
fn sheets_have_the_words_of_the_apps_and_no_secret() {
    let tool = tool();
    tool.run(&add(&[]));
    for (app, words) in [
        ("grafana", &["[auth.generic_oauth]", "role_attribute_path"][..]),
        ("gitea", &["--auto-discover-url"]),
        ("jupyterhub", &["c.GenericOAuthenticator.client_id", "oauth_callback"]),
        ("mod-auth-openidc", &["OIDCClientID", "OIDCRemoteUserClaim preferred_username"]),
        ("oauth2-proxy", &["oidc_issuer_url = \"https://tool.example.edu\""]),
        ("django", &["OIDC_RP_CLIENT_ID", "--email made-up"]),
        ("streamlit", &["server_metadata_url", "{ scope ="]),
        ("nextcloud", &["user_oidc:provider notes"]),
        ("generic", &["https://tool.example.edu/oidc/token", "client_secret_basic"]),
    ] {
        let sheet = tool.run(&["client", "sheet", "notes", "--for", app]).answer;
        let id = tool.json(&["client", "show", "notes"])["client_id"].clone();
        assert!(sheet.contains(id.as_str().unwrap()), "{sheet}");
        for word in words.iter().chain(&["THE-CLIENT-SECRET", "ltictl client rotate-secret notes"])
        {
            assert!(sheet.contains(word), "{app}, {word}: {sheet}");
        }
    }
    // The address at which an app receives sign-ins is known.
    let grafana = ["client", "sheet", "notes", "--for", "grafana"];
    assert!(tool.run(&grafana).answer.contains("usually ends with /login/generic_oauth"));
    let uri = "https://grafana.example.edu/login/generic_oauth";
    tool.run(&["client", "update", "notes", "--redirect-uri", uri, "--auth-method", "none"]);
    let sheet = tool.json(&grafana);
    assert!(!sheet["notes"].to_string().contains("usually ends with"), "{sheet}");
    assert_eq!((&sheet["secret"], &sheet["app"]), (&Value::Null, &json!("grafana")));
    assert!(tool.fails(&["client", "sheet", "notes", "--for", "other"], 2).contains("jupyterhub"));
    assert!(tool.fails(&["client", "sheet", "other"], 3).contains("other"));
}

#[test]
fn doctor_checks_clients() {
    let tool = tool();
    let findings = || -> Vec<(String, String, String)> {
        let output = tool.command(&["doctor", "--offline", "-o", "json"]).output().unwrap();
        let list: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
        let is_of =
            |one: &&Value| ["resource_client", "clients"].contains(&one["check"].as_str().unwrap());
        let found = list.iter().filter(is_of);
        found.map(|one| (text(one, "check"), text(one, "result"), text(one, "fix"))).collect()
    };
    let has = |check: &str, result: &str, fix: &str| {
        let found = findings();
        let is = |(one, of, with): &(String, String, String)| {
            one == check && of == result && with.contains(fix)
        };
        assert!(found.iter().any(is), "{check} {result} {fix}: {found:?}");
    };
    has("resource_client", "fail", "ltictl client add wiki NAME --redirect-uri URI");
    has("clients", "skip", "");
    tool.run(&add(&[]));
    has("resource_client", "ok", "");
    has("clients", "ok", "");
    tool.run(&["client", "disable", "notes"]);
    has("resource_client", "fail", "ltictl client enable notes");
    tool.run(&["client", "enable", "notes"]);
    // The tool moves to the app's host.
    tool.run(&["config", "set", "url", "https://wiki.example.edu"]);
    has("clients", "warn", "ltictl client update notes --redirect-uri URI");
    tool.run(&["config", "set", "url", "https://tool.example.edu"]);
    tool.run(&["resource", "update", "wiki", "--handover", "token"]);
    has("resource_client", "skip", "");
    has("clients", "warn", "ltictl resource update wiki --handover openid");
    tool.run(&["resource", "update", "wiki", "--handover", "openid"]);
    // Only files are backed up without keys.
    if !tool.database().is_file() {
        return;
    }
    let backup = tool.path("without-keys.db");
    tool.run(&["backup", backup.to_str().unwrap(), "--without-keys"]);
    tool.run(&["restore", backup.to_str().unwrap(), "--yes"]);
    has("clients", "fail", "ltictl client rotate-secret notes");
    assert_eq!(findings().iter().filter(|(_, result, _)| result == "fail").count(), 1);
    assert_eq!(tool.json(&["key", "list"]).as_array().unwrap().len(), 4, "both have new keys");
}

#[test]
fn lines_of_a_configuration_are_not_wrapped_on_a_terminal() {
    let tool = tool();
    tool.run(&add(&[]));
    for app in ["gitea", "jupyterhub", "mod-auth-openidc", "streamlit"] {
        let words = ["client", "sheet", "notes", "--for", app];
        let mut command = tool.process(&words);
        command.env("COLUMNS", "80");
        let (_, shown) = super::terminal::Terminal::start(command).end();
        let part = &tool.json(&words)["settings"][0]["text"];
        for line in part.as_str().unwrap().lines() {
            assert!(
                shown.lines().any(|found| found.trim_end() == line.trim_end()),
                "{app}: {line}\n{shown}"
            );
        }
    }
}

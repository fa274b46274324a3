//! Identity providers, at which people sign in to their accounts: how they are added and changed, and
//! how accounts are linked to identities there.

use serde_json::{Value, json};

use super::tool::Tool;

const SECRET: &str = "the-secret-of-the-provider";
const ISSUER: &str = "https://login.example.edu/realms/school";

/// Adds a provider with more arguments; its secret is read from standard input.
fn add<'a>(name: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let usual = ["--client-id", "tool-client", "--client-secret-stdin"];
    [&["identity-provider", "add", name], more, &usual].concat()
}

/// A tool with the provider School.
fn tool() -> Tool {
    let tool = Tool::new();
    let school = add("School", &["--preset", "keycloak", "--issuer", ISSUER]);
    tool.run_with_input(&school, SECRET);
    tool
}

#[test]
fn each_preset_prints_its_own_form_and_never_the_secret() {
    let tool = Tool::new();
    let tenant = "1b2c3d4e-0000-4000-8000-123456789abc";
    let issuer_of_tenant = format!("https://login.microsoftonline.com/{tenant}/v2.0");
    for (name, arguments, issuer, label) in [
        (
            "Entra",
            &["--preset", "microsoft", "--tenant", tenant][..],
            &*issuer_of_tenant,
            "Redirect URI",
        ),
        (
            "Google",
            &["--preset", "google"],
            "https://accounts.google.com",
            "Authorized redirect URIs",
        ),
        ("School", &["--preset", "keycloak", "--issuer", ISSUER], ISSUER, "Valid redirect URIs"),
        ("Other", &["--preset", "generic", "--issuer", ISSUER], ISSUER, "Redirect URI"),
    ] {
        let added = tool.run_with_input(&add(name, arguments), SECRET).answer;
        let slug = name.to_lowercase();
        let redirect_uri = format!("https://tool.example.edu/lti/account/callback/{slug}");
        for text in [issuer, label, &redirect_uri] {
            assert!(added.contains(text), "{name}: {text} in {added}");
        }
        assert!(!added.contains(SECRET));
        let shown = tool.json(&["identity-provider", "show", &slug]);
        assert_eq!(
            (&shown["issuer"], &shown["redirect_uri"], &shown["has_secret"]),
            (&json!(issuer), &json!(redirect_uri), &json!(true))
        );
        assert!(!shown.to_string().contains(SECRET));
    }
    assert_eq!(tool.json(&["identity-provider", "list"]).as_array().unwrap().len(), 4);
}

#[test]
fn what_cannot_work_is_refused_and_adds_nothing() {
    let tool = Tool::new();
    for (arguments, why) in [
        (&["--preset", "microsoft"][..], "tenant is missing"),
        (&["--preset", "microsoft", "--tenant", "school"], "a GUID such as"),
        (
            &["--preset", "google", "--tenant", "1b2c3d4e-0000-4000-8000-123456789abc"],
            "is only for the preset microsoft",
        ),
        (&["--preset", "google", "--issuer", ISSUER], "is always https://accounts.google.com"),
        (&["--preset", "keycloak"], "issuer is missing"),
        (
            &["--preset", "keycloak", "--issuer", "https://login.example.edu"],
            "must be that of a realm",
        ),
        (
            &[
                "--preset",
                "generic",
                "--issuer",
                "https://login.example.edu/.well-known/openid-configuration",
            ],
            "must be the issuer itself",
        ),
        (
            &["--preset", "generic", "--issuer", "http://login.example.edu"],
            "must start with https://",
        ),
    ] {
        let mut command = tool.command(&add("School", arguments));
        let output = command.write_stdin(SECRET).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(5), "{arguments:?}: {said}");
        assert!(said.contains(why), "{arguments:?}: {said}");
        assert!(!said.contains(SECRET));
    }
    assert_eq!(tool.json(&["identity-provider", "list"]), json!([]));
}

#[test]
fn a_provider_is_changed_disabled_and_removed() {
    let tool = tool();
    let shown = || tool.json(&["identity-provider", "show", "school"]);
    tool.run(&["identity-provider", "set", "school", "--linking", "signed-in"]);
    tool.run(&["identity-provider", "set", "school", "--allowed-domain", "example.edu"]);
    assert_eq!(
        (&shown()["linking"], &shown()["allowed_domains"]),
        (&json!("signed-in"), &json!(["example.edu"]))
    );
    tool.run(&["identity-provider", "disable", "school"]);
    assert_eq!(shown()["status"], "disabled");
    tool.run(&["identity-provider", "enable", "school"]);
    assert_eq!(shown()["status"], "active");
    let rotate = ["identity-provider", "rotate", "school", "--client-secret-stdin"];
    let rotated = tool.run_with_input(&rotate, "the-next-secret");
    assert!(!rotated.answer.contains("the-next-secret"));
    // Its history shows that the secret was changed, and not what it is.
    let audit = tool.json(&["audit", "list", "--noun", "identity_provider"]);
    assert_eq!(audit.as_array().unwrap().len(), 6, "{audit}");
    assert!(!audit.to_string().contains(SECRET) && !audit.to_string().contains("next-secret"));
    tool.run(&["identity-provider", "remove", "school", "--yes"]);
    assert!(tool.fails(&["identity-provider", "show", "school"], 3).contains("school"));
}

#[test]
fn an_identity_opens_one_account() {
    let tool = tool();
    for name in ["kim", "lee"] {
        tool.run(&["account", "create", name]);
    }
    let identity = ["--identity-provider", "school", "--subject", "f:1:kim"];
    tool.run(&[&["account", "link", "kim"], &identity[..]].concat());
    let linked = tool.fails(&[&["account", "link", "lee"], &identity[..]].concat(), 4);
    assert!(linked.contains("kim"), "{linked}");
    let shown = tool.json(&["account", "show", "kim"]);
    let identities = shown["identities"].as_array().unwrap();
    assert_eq!(identities.len(), 1);
    let text = |key: &str| identities[0][key].as_str().unwrap().to_owned();
    assert_eq!(
        [text("provider"), text("issuer"), text("subject"), text("linked_by")],
        ["school", ISSUER, "f:1:kim", "admin"]
    );
    // Subjects are compared byte by byte.
    let other = ["--identity-provider", "school", "--subject", "F:1:KIM"];
    tool.run(&[&["account", "link", "lee"], &other[..]].concat());
    let unknown = ["account", "unlink", "kim", "--identity-provider", "school", "--subject", "x"];
    assert!(tool.fails(&unknown, 3).contains("that identity is linked to no account"));
    tool.run(&[&["account", "unlink", "kim"], &identity[..]].concat());
    assert_eq!(tool.json(&["account", "show", "kim"])["identities"], json!([]));
    // Removing a provider removes its links, and says so before.
    let refused = tool.fails(&["identity-provider", "remove", "school"], 2);
    assert!(refused.contains("--yes"), "{refused}");
    tool.run(&["identity-provider", "remove", "school", "--yes"]);
    assert_eq!(tool.json(&["account", "show", "lee"])["identities"], json!([]));
}

#[test]
fn an_account_may_require_a_provider() {
    let tool = tool();
    tool.run(&["account", "create", "kim", "--require-provider"]);
    let requires = || tool.json(&["account", "show", "kim"])["require_provider"].clone();
    assert_eq!(requires(), Value::Bool(true));
    let warned = tool.command(&["doctor", "--offline", "-o", "json"]).output().unwrap();
    let findings: Vec<Value> = serde_json::from_slice(&warned.stdout).unwrap();
    let about_kim = |one: &&Value| one.to_string().contains("kim");
    assert_eq!(findings.iter().filter(about_kim).count(), 1, "{findings:#?}");
}

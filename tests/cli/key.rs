//! The tool's own keys: the next one is published before it signs, older ones stay published until
//! they are retired.

use serde_json::Value;

use super::tool::{Tool, set_mode};
use crate::lab::database::Database;

/// Every key's state, sorted.
fn states(tool: &Tool) -> Vec<String> {
    let mut states: Vec<String> = tool
        .json(&["key", "list"])
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["state"].as_str().unwrap().to_owned())
        .collect();
    states.sort();
    states
}

fn first_kid(tool: &Tool) -> String {
    tool.json(&["key", "list"])[0]["kid"].as_str().unwrap().to_owned()
}

/// A private key in PEM, as another program would have it.
fn private_pem(tool: &Tool) -> String {
    let der = Database::open(tool.database()).active_private_key();
    pem::encode(&pem::Pem::new("PRIVATE KEY", der))
}

#[test]
fn the_next_key_is_published_and_signs_later() {
    let tool = Tool::new();
    let first = first_kid(&tool);
    let answer = tool.run(&["key", "rotate"]);
    assert!(answer.answer.contains("signs from 20"), "{}", answer.answer);
    assert!(
        answer.remarks.contains(&format!("Until then, {first} stays active"))
            && answer.remarks.contains("ltictl key activate"),
        "{}",
        answer.remarks
    );
    assert_eq!(states(&tool), ["active", "next"]);
    assert_eq!(
        tool.json(&["key", "export"])["keys"].as_array().unwrap().len(),
        2,
        "platforms fetch both"
    );
    let list = tool.json(&["key", "list"]);
    let of = |kid: &str| list.as_array().unwrap().iter().find(|key| key["kid"] == kid).unwrap();
    let next = list.as_array().unwrap().iter().find(|key| key["state"] == "next").unwrap();
    assert_eq!(
        (next["next_step"].as_str(), &next["next_step_at"]),
        (Some("signs"), &next["signing_starts_at"])
    );
    assert_eq!(
        (of(&first)["next_step"].as_str(), &of(&first)["next_step_at"]),
        (Some("stops_signing"), &next["signing_starts_at"])
    );
    let seconds = |key: &Value, name: &str| {
        key[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second()
    };
    assert_eq!(seconds(next, "signing_starts_at") - seconds(next, "created_at"), 24 * 3600);
    assert!(tool.fails(&["key", "rotate"], 4).contains("ltictl key activate"));
    tool.fails(&["key", "rotate", "--now", "--if-not-exists"], 2);
    assert_eq!(tool.json(&["key", "rotate", "--if-not-exists"])["kid"], next["kid"]);
    let emergency = tool.run(&["key", "rotate", "--now"]).remarks;
    assert!(
        emergency.contains(&format!("ltictl key retire {}", next["kid"].as_str().unwrap())),
        "{emergency}"
    );
    assert_eq!(tool.json(&["key", "activate"])["kid"], next["kid"]);
    assert_eq!(states(&tool), ["active", "published", "published"]);
    tool.fails(&["key", "activate"], 3);
}

#[test]
fn a_compromised_key_is_replaced_immediately() {
    let tool = Tool::new();
    let first = first_kid(&tool);
    let refused = tool.fails(&["key", "retire", &first, "--yes"], 4);
    assert!(refused.contains("hint: ltictl key rotate --now"), "{refused}");
    let rotated = tool.run(&["key", "rotate", "--now"]);
    assert!(rotated.remarks.contains(&format!("ltictl key retire {first}")), "{}", rotated.remarks);
    assert_eq!(states(&tool), ["active", "published"]);
    assert_eq!(tool.json(&["key", "export"])["keys"].as_array().unwrap().len(), 2);
    let refused = tool.fails(&["key", "retire", &first], 2);
    assert!(
        refused.contains(&format!("hint: ltictl key retire {first} --yes"))
            && refused.contains("is valid until 20")
            && refused.contains(" UTC.\n"),
        "{refused}"
    );
    let private = Database::open(tool.database()).private_key(&first);
    assert_eq!(tool.json(&["key", "retire", &first, "--yes"])["state"], "retired");
    assert_eq!(states(&tool), ["active", "retired"]);
    assert_eq!(tool.json(&["key", "export"])["keys"].as_array().unwrap().len(), 1);
    for file in ["ltictl.db", "ltictl.db-wal"] {
        let bytes = std::fs::read(tool.path(file)).unwrap_or_default();
        assert!(
            !bytes.windows(64).any(|window| window == &private[private.len() - 64..]),
            "{file} holds the private half still"
        );
    }
    tool.fails(&["key", "retire", "nothing", "--yes"], 3);
    tool.fails(&["key", "activate", &first], 4);
}

#[test]
fn an_overlap_is_a_duration() {
    let tool = Tool::new();
    for bad in ["", "5", "31d", "-1h", "soon"] {
        tool.fails(&["key", "rotate", &format!("--overlap={bad}")], 5);
    }
    tool.fails(&["key", "rotate", "--overlap", "1h", "--now"], 2);
    assert_eq!(states(&tool), ["active"]);
    assert_eq!(tool.json(&["key", "rotate", "--overlap", "7d"])["state"], "next");
}

#[test]
fn the_list_shows_the_schedule() {
    let tool = Tool::new();
    let list = tool.json(&["key", "list"]);
    assert_eq!(
        (&list[0]["next_step"], &list[0]["next_step_at"], &list[0]["age_days"]),
        (&Value::Null, &Value::Null, &0.into())
    );
    tool.run(&["config", "set", "key_rotation", "90d"]);
    let list = tool.json(&["key", "list"]);
    assert_eq!(list[0]["next_step"], "gets_successor");
    assert!(tool.run(&["key", "list"]).answer.contains("next key due 20"));
}

#[test]
fn a_key_that_platforms_know_is_imported() {
    let (tool, other) = (Tool::new(), Tool::empty());
    other.run(&["init", "--url", "https://other.example.edu", "--name", "Other"]);
    let pem = private_pem(&other);
    let file = tool.file("key.pem", &pem);
    set_mode(&tool.path("key.pem"), 0o600);
    let quiet = tool.run(&["key", "import", &file, "--kid", "2024-key"]);
    assert!(!quiet.remarks.contains("Warning"), "{}", quiet.remarks);
    assert_eq!(states(&tool), ["active", "next"]);
    let exported =
        |tool: &Tool, kid: &str| tool.json(&["key", "export", kid])["keys"][0]["n"].clone();
    assert_eq!(exported(&tool, "2024-key"), exported(&other, &first_kid(&other)));
    tool.fails(&["key", "import", &file, "--kid", "2024-key"], 4);
    assert_eq!(
        tool.json(&["key", "import", &file, "--kid", "2024-key", "--if-not-exists"])["state"],
        "next"
    );
    tool.run(&["key", "activate", "2024-key"]);
    assert_eq!(tool.json(&["key", "import", &file, "--if-not-exists"])["state"], "active");

    let third = Tool::new();
    set_mode(&tool.path("key.pem"), 0o644);
    #[cfg(unix)]
    assert!(
        third
            .run(&["key", "import", &file, "--activate"])
            .remarks
            .contains("Warning: others on this machine can read")
    );
    #[cfg(not(unix))]
    third.run(&["key", "import", &file, "--activate"]);
    assert_eq!(states(&third), ["active", "published"]);
    let fourth = Tool::new();
    fourth.run_with_input(&["key", "import", "-"], &pem);
    assert_eq!(states(&fourth), ["active", "next"]);
}

#[test]
fn an_invalid_private_key_changes_nothing() {
    let tool = Tool::new();
    let before = tool.dump();
    let public = tool.run(&["key", "export", "--format", "pem"]).answer;
    for (text, why) in [
        (public.as_str(), "public key"),
        ("hello", "no PEM"),
        (
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "encrypted",
        ),
    ] {
        let file = tool.file("bad.pem", text);
        set_mode(&tool.path("bad.pem"), 0o600);
        assert!(tool.fails(&["key", "import", &file], 5).contains(why), "{why}");
    }
    tool.fails(&["key", "import", "/nowhere/key.pem"], 1);
    assert_eq!(tool.dump(), before);
}

#[test]
fn a_key_is_shown_as_it_is_listed() {
    let tool = Tool::new();
    let active = first_kid(&tool);
    let next = tool.json(&["key", "rotate"])["kid"].as_str().unwrap().to_owned();
    assert_eq!(tool.json(&["key", "show"])["kid"], *active, "without an ID, the active key");
    for (place, kid) in
        tool.json(&["key", "list", "--columns", "kid"]).as_array().unwrap().iter().enumerate()
    {
        let kid = kid["kid"].as_str().unwrap();
        assert!([&active, &next].iter().any(|known| *known == kid));
        assert_eq!(tool.json(&["key", "show", kid]), tool.json(&["key", "list"])[place]);
    }
    assert!(tool.fails(&["key", "show", "nothing"], 3).contains("nothing"));
}

#[test]
fn only_public_halves_leave() {
    let tool = Tool::new();
    let kid = first_kid(&tool);
    let keyset = tool.json(&["key", "export", &kid]);
    let mut members: Vec<&str> =
        keyset["keys"][0].as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
    let pem = tool.run(&["key", "export", "--format", "pem"]).answer;
    assert!(
        pem.starts_with("-----BEGIN PUBLIC KEY-----\n")
            && pem.ends_with("-----END PUBLIC KEY-----\n"),
        "{pem}"
    );
    let document = tool.json(&["key", "export", &kid, "--format", "pem"]);
    assert_eq!((document["kid"].as_str(), document["pem"].as_str()), (Some(&*kid), Some(&*pem)));
    assert!(
        tool.run(&["key", "export", "--help"])
            .answer
            .contains("Private keys never leave the database")
    );
    let private = private_pem(&tool);
    let body: String = private.lines().filter(|line| !line.starts_with("-----")).collect();
    for arguments in [
        &["key", "list"][..],
        &["key", "export"],
        &["key", "export", "--format", "pem"],
        &["key", "rotate"],
        &["key", "activate"],
    ] {
        for output in ["table", "json"] {
            let answer = tool.command(&[arguments, &["-o", output]].concat()).output().unwrap();
            let text = String::from_utf8_lossy(&[answer.stdout, answer.stderr].concat())
                .replace(['\n', ' '], "");
            assert!(
                !text.contains(&body[body.len() - 80..]) && !text.contains("PRIVATEKEY"),
                "{arguments:?}"
            );
        }
    }
}

#[test]
fn keys_of_both_purposes_are_managed_apart() {
    let tool = Tool::new();
    let first = first_kid(&tool);
    let active = |purpose: &str| {
        let keys = tool.json(&["key", "list"]);
        let is = |key: &&Value| key["purpose"] == purpose && key["state"] == "active";
        keys.as_array().unwrap().iter().find(is).map(|key| key["kid"].as_str().unwrap().to_owned())
    };
    assert_eq!((active("lti"), active("openid")), (Some(first.clone()), None));
    // The first key signs at once, since there is none whose place it takes.
    tool.run(&["key", "rotate", "--purpose", "openid"]);
    let openid = active("openid").unwrap();
    assert_eq!(active("lti"), Some(first.clone()));
    assert_eq!(tool.json(&["key", "show"])["kid"], first.as_str(), "the one of LTI");
    assert_eq!(tool.json(&["key", "show", &openid])["purpose"], "openid");
    let keyset = tool.json(&["key", "export"]);
    assert_eq!(keyset["keys"].as_array().unwrap().len(), 1, "{keyset}");
    let answer = tool.run(&["key", "rotate", "--purpose", "openid"]);
    let next = tool.json(&["key", "list"])[0]["kid"].as_str().unwrap().to_owned();
    assert!(answer.remarks.contains(&format!("ltictl key activate {next}")), "{}", answer.remarks);
    assert!(tool.fails(&["key", "activate"], 3).contains("no next key"), "it is of the other");
    let activated = tool.run(&["key", "activate", &next]);
    assert!(
        activated.remarks.contains(&format!("The key {openid} stays")),
        "{}",
        activated.remarks
    );
    assert_eq!((active("lti"), active("openid")), (Some(first), Some(next)));
    let der = ltictl::sandbox::generate_signing_key().unwrap();
    let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", der));
    let openid = ["key", "import", "-", "--purpose", "openid"];
    let imported = tool.run_with_input(&[&openid[..], &["--activate"]].concat(), &pem);
    assert!(imported.answer.contains("OpenID: ID tokens for apps"), "{}", imported.answer);
    assert!(tool.fails(&["key", "rotate", "--purpose", "saml"], 5).contains("one of lti, openid"));
}

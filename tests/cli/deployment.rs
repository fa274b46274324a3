//! Deployments: added as the platform shows them, named, removed.

use super::tool::{Tool, platform_of};

#[test]
fn deployments_are_added_listed_renamed_and_removed() {
    let tool = Tool::new().drafted("Moodle Prod");
    assert!(
        tool.run(&["deployment", "list", "moodle-prod"]).answer.starts_with("No deployments yet.")
    );
    assert_eq!(
        tool.run(&["deployment", "add", "moodle-prod", "3", "--name", "Whole site"]).answer,
        "  Registration   moodle-prod\n  Deployment ID  3\n  Name           Whole site\n"
    );
    let unnamed = tool.json(&["deployment", "add", "moodle-prod", "1:AbC"]);
    assert_eq!(unnamed["name"], serde_json::Value::Null);
    assert_eq!(
        tool.run(&["deployment", "list", "moodle-prod"]).answer,
        "DEPLOYMENT ID  NAME\n3              Whole site\n1:AbC          -\n"
    );
    assert!(
        tool.run(&["registration", "show", "moodle-prod"])
            .answer
            .ends_with("Deployment ID               1:AbC\n")
    );
    assert_eq!(
        tool.json(&["deployment", "rename", "moodle-prod", "1:AbC", "Course 1"])["name"],
        "Course 1"
    );
    assert_eq!(
        tool.run(&["deployment", "list", "moodle-prod"]).answer,
        "DEPLOYMENT ID  NAME\n3              Whole site\n1:AbC          Course 1\n"
    );
    let shown = tool.json(&["registration", "show", "moodle-prod"]);
    let listed = tool.json(&["deployment", "list", "moodle-prod"]);
    for (place, row) in listed.as_array().unwrap().iter().enumerate() {
        let mut row = row.clone();
        assert_eq!(row.as_object_mut().unwrap().remove("registration").unwrap(), "moodle-prod");
        assert_eq!(row, shown["deployments"][place]);
    }
    tool.run(&["deployment", "remove", "moodle-prod", "3", "--yes"]);
    assert_eq!(tool.json(&["deployment", "list", "moodle-prod"])[0]["deployment_id"], "1:AbC");
}

#[test]
fn deployments_of_all_registrations_are_listed_and_each_is_shown() {
    let tool = Tool::new().drafted("Sakai");
    assert!(tool.run(&["deployment", "list"]).answer.starts_with("No deployments yet."));
    let tool = tool.registered("Moodle Prod").registered("Canvas");
    tool.run(&["deployment", "add", "moodle-prod", "3", "--name", "Arts"]);
    assert_eq!(
        tool.run(&["deployment", "list"]).answer,
        "REGISTRATION  DEPLOYMENT ID  NAME\n\
        canvas        1              Whole site\n\
        moodle-prod   1              Whole site\n\
        moodle-prod   3              Arts\n"
    );
    assert_eq!(
        tool.run(&["deployment", "list", "-q"]).answer,
        "canvas 1\nmoodle-prod 1\nmoodle-prod 3\n"
    );
    let all = tool.json(&["deployment", "list"]);
    assert_eq!(
        all.as_array().unwrap()[1..],
        *tool.json(&["deployment", "list", "moodle-prod"]).as_array().unwrap()
    );
    assert_eq!(tool.json(&["deployment", "show", "moodle-prod", "3"]), all[2]);
    assert_eq!(tool.json(&["deployment", "list", "--limit", "2"]).as_array().unwrap().len(), 2);
    let unknown = tool.fails(&["deployment", "show", "moodle-prod", "7"], 3);
    assert!(unknown.contains("ltictl deployment list moodle-prod"), "{unknown}");
}

#[test]
fn the_next_step_follows_what_is_missing() {
    let tool = Tool::new().drafted("Moodle Prod").registered("Canvas");
    assert!(
        tool.run(&["deployment", "add", "moodle-prod", "1"])
            .remarks
            .contains("ltictl platform set moodle-prod")
    );
    assert!(
        tool.run(&["deployment", "add", "canvas", "2"])
            .remarks
            .contains("ltictl resource publish NAME")
    );
}

#[test]
fn an_id_is_stored_exactly_as_entered() {
    let tool = Tool::new().drafted("Moodle Prod");
    for id in ["1", "-1", "1:8865aa05b4b79b64a91a86042e43af5ea8ae79eb", "a b", "Ä", "*"] {
        assert_eq!(tool.json(&["deployment", "add", "moodle-prod", id])["deployment_id"], id);
    }
    tool.run(&["deployment", "add", "moodle-prod", "CASE"]);
    tool.run(&["deployment", "add", "moodle-prod", "case"]);
}

#[test]
fn the_same_deployment_is_a_conflict_or_left_unchanged() {
    let tool = Tool::new().registered("Moodle Prod");
    let before = tool.dump();
    assert!(
        tool.fails(&["deployment", "add", "moodle-prod", "1"], 4)
            .contains("under the name Whole site")
    );
    assert_eq!(
        tool.json(&["deployment", "add", "moodle-prod", "1", "--name", "Other", "--if-not-exists"])
            ["name"],
        "Whole site"
    );
    assert_eq!(tool.dump(), before);
}

#[test]
fn removing_needs_a_yes_and_a_deployment() {
    let tool = Tool::new().registered("Moodle Prod");
    let refused = tool.fails(&["deployment", "remove", "moodle-prod", "1"], 2);
    assert!(
        refused
            .contains("Remove deployment 1 (Whole site) of moodle-prod, with no dependent data?"),
        "{refused}"
    );
    assert!(refused.contains("hint: ltictl deployment remove moodle-prod 1 --yes"), "{refused}");
    let unknown = tool.fails(&["deployment", "remove", "moodle-prod", "7", "--yes"], 3);
    assert!(unknown.contains("ltictl deployment list moodle-prod"), "{unknown}");
    tool.fails(&["deployment", "rename", "moodle-prod", "7", "Other"], 3);
}

#[test]
fn a_deployment_without_a_name_has_none_wherever_it_comes_from() {
    let tool = Tool::new().drafted("Moodle Prod").drafted("Canvas");
    tool.run(&["registration", "create", "Sakai", "--deployment-id", "7"]);
    let [issuer, client_id, keyset_url, access_token_url, authentication_request_url] =
        platform_of("canvas");
    let json = serde_json::json!({
        "issuer": issuer, "client_id": client_id, "keyset_url": keyset_url,
        "access_token_url": access_token_url,
        "authentication_request_url": authentication_request_url, "deployment_id": "1:x",
    });
    let json = tool.file("canvas.json", &json.to_string());
    tool.run(&["platform", "import", "canvas", &json]);
    let manifest = tool.file(
        "tool.yaml",
        "registrations:\n  moodle-prod:\n    deployments:\n      - deployment_id: \"3\"\n",
    );
    tool.run(&["apply", "--file", &manifest, "--yes"]);
    let all = tool.json(&["deployment", "list"]);
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|deployment| deployment["name"].is_null()), "{all:?}");
    for (arguments, kept) in [
        (&["deployment", "remove", "sakai", "7"][..], "Remove deployment 7 of sakai, with"),
        (&["deployment", "add", "sakai", "7"], "registration sakai has it; with"),
    ] {
        let output = tool.command(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(kept), "{said}");
    }
    assert_eq!(tool.json(&["deployment", "rename", "sakai", "7", "Site"])["name"], "Site");
    assert!(tool.json(&["deployment", "rename", "sakai", "7", ""])["name"].is_null());
    let exported = tool.run(&["export"]).answer;
    tool.file("all.yaml", &exported);
    let same = tool.run(&["diff", "--file", "all.yaml"]);
    assert!(!same.answer.contains("deployment"), "{}", same.answer);
}

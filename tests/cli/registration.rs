//! From a name to a draft, to an active registration, and back to nothing.

use serde_json::json;

use super::tool::{Tool, URL, platform_of};
use crate::lab::database::Database;

#[test]
fn a_draft_shows_the_values_for_the_platform_and_the_next_step() {
    let tool = Tool::new();
    let created = tool.run(&["registration", "create", "Moodle Prod"]);
    let expected = "
  Name                        Moodle Prod
  Slug                        moodle-prod
  Status                      Draft (missing: platform details and a deployment)

Tool details (copy these into the platform)
  Tool URL                    https://tool.example.edu/lti/launch
  Initiate login URL          https://tool.example.edu/lti/login/moodle-prod
  JWKS URL                    https://tool.example.edu/lti/jwks
  Deep linking URL            https://tool.example.edu/lti/deep-link
  Registration URL            https://tool.example.edu/lti/register?token=TOKEN
    expires                   TIME

Platform details (copied from the platform)
  Platform ID (issuer)        -
  Client ID                   -
  Public keyset URL           -
  Access token URL            -
  Authentication request URL  -

Deployments
  Deployment ID               -
";
    assert_eq!(format!("\n{}", without_token(&created.answer)), expected);
    assert!(
        created.remarks.contains("ltictl platform import moodle-prod -"),
        "{}",
        created.remarks
    );
    assert!(
        created.remarks.contains("ltictl deployment add moodle-prod DEPLOYMENT_ID"),
        "{}",
        created.remarks
    );
    assert_eq!(tool.run(&["registration", "show", "moodle-prod"]).answer, created.answer);
}

#[test]
fn a_draft_is_created_with_its_registration_url_or_not_at_all() {
    let tool = Tool::new();
    let before = tool.dump();
    let database = Database::open(tool.database());
    database.refuse_registration_urls();
    tool.fails(&["registration", "create", "Moodle Prod"], 1);
    assert_eq!(tool.dump(), before);
    database.stop_refusing_registration_urls();
    assert!(
        tool.json(&["registration", "create", "Moodle Prod"])["tool"]["registration_url"]
            .is_string()
    );
    // What already exists keeps the URL that was given out.
    let url = || {
        let shown = tool.json(&["registration", "create", "Moodle Prod", "--if-not-exists"]);
        shown["tool"]["registration_url"].clone()
    };
    assert_eq!(url(), url());
}

#[test]
fn a_registration_is_created_with_everything_at_once() {
    let tool = Tool::new();
    let [issuer, client_id, keyset_url, token_url, auth_url] = platform_of("lms");
    let create = [
        "registration",
        "create",
        "Moodle Prod",
        "--issuer",
        &issuer,
        "--client-id",
        &client_id,
        "--keyset-url",
        &keyset_url,
        "--token-url",
        &token_url,
        "--auth-url",
        &auth_url,
        "--deployment-id",
        "1",
        "--deployment-id",
        "-2",
        "--leeway",
        "90",
    ];
    let before = tool.dump();
    let incomplete = tool.fails(&create[..create.len() - 10], 2);
    assert!(
        incomplete.contains("missing")
            && incomplete.contains("ltictl registration create 'Moodle Prod' --issuer https://lms")
            && incomplete.contains("/keys --access-token-url … --authentication-request-url …\n"),
        "{incomplete}"
    );
    assert_eq!(tool.dump(), before, "nothing was created");
    let created = tool.json(&create);
    assert_eq!(
        (&created["status"], &created["platform"]["client_id"]),
        (&json!("active"), &json!(client_id)),
        "{created}"
    );
    assert_eq!(tool.json(&["platform", "show", "moodle-prod"])["policy"]["leeway_seconds"], 90);
    let ids: Vec<&str> = created["deployments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|deployment| deployment["deployment_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["1", "-2"]);
    assert_eq!(created["tool"]["registration_url"], json!(null), "it needs none");
}

#[test]
fn one_command_does_what_three_do() {
    let (one, three) = (Tool::new(), Tool::new());
    let preset = ["--preset", "canvas", "--client-id", "10000000000001"];
    let deployment = ["--deployment-id", "3:a", "--deployment-name", "Whole site"];
    let create = ["registration", "create", "Canvas"];
    let created = one.json(&[&create[..], &preset, &deployment].concat());
    assert_eq!(created["status"], "active");
    three.run(&create);
    three.run(&[&["platform", "import", "canvas"], &preset[..]].concat());
    three.run(&["deployment", "add", "canvas", "3:a", "--name", "Whole site"]);
    for noun in ["platform", "deployment"] {
        let [mut one, mut three] = [&one, &three].map(|tool| tool.json(&[noun, "list"])[0].take());
        for row in [&mut one, &mut three] {
            row.as_object_mut().unwrap().remove("dynamic_registration");
        }
        assert_eq!(one, three);
    }
    let before = one.dump();
    for (arguments, code, named) in [
        (&["--preset", "moodle", "--client-id", "a"][..], 2, "--host is missing"),
        (&["--preset", "canvas"], 2, "missing: --client-id"),
        (&["--preset", "nothing", "--client-id", "a"], 3, "nothing"),
        (&["--host", "lms.example.edu"], 2, "--preset"),
        (&["--deployment-name", "Site"], 2, "--deployment-id"),
        (
            &["--deployment-id", "1", "--deployment-name", "A", "--deployment-name", "B"],
            2,
            "2 names",
        ),
    ] {
        let refused = one.fails(&[&["registration", "create", "Other"], arguments].concat(), code);
        assert!(refused.contains(named), "{arguments:?}: {refused}");
    }
    assert_eq!(one.dump(), before);
}

#[test]
fn a_second_client_id_of_a_platform_is_registered_beside_the_first() {
    let tool = Tool::new().registered("lms");
    tool.run(&["platform", "set", "lms", "--leeway", "90", "--product", "moodle"]);
    let first = tool.json(&["registration", "show", "lms"]);
    let second = ["registration", "create", "Second", "--same-platform", "lms"];
    let created = tool.run(&[&second[..], &["--client-id", "another"]].concat());
    assert!(created.remarks.contains("lms is not changed"), "{}", created.remarks);
    let shown = tool.json(&["registration", "show", "second"]);
    for value in ["issuer", "keyset_url", "access_token_url", "authentication_request_url"] {
        assert_eq!(shown["platform"][value], first["platform"][value], "{value}");
    }
    assert_eq!(shown["platform"]["client_id"], "another");
    let platform = tool.json(&["platform", "show", "second"]);
    assert_eq!(
        (&platform["policy"]["leeway_seconds"], &platform["product"]),
        (&json!(90), &json!("moodle"))
    );
    assert_eq!(tool.json(&["registration", "show", "lms"]), first, "the first did not change");

    // Without a client ID, dynamic registration brings it.
    let third = ["registration", "create", "Third", "--same-platform", "lms"];
    let draft = tool.json(&third);
    assert_eq!(draft["status"], "draft");
    assert_eq!(tool.json(&["platform", "show", "third"])["policy"]["leeway_seconds"], 90);
    assert!(draft["tool"]["registration_url"].is_string(), "{draft}");

    let same = ["registration", "create", "Fourth", "--same-platform", "lms", "--client-id"];
    tool.fails(&[&same[..], &["client-of-lms"]].concat(), 4);
    tool.fails(&["registration", "create", "Fifth", "--same-platform", "third"], 4);
    tool.fails(&["registration", "create", "Sixth", "--same-platform", "nothing"], 3);
    assert_eq!(tool.json(&["registration", "list"]).as_array().unwrap().len(), 3);
}

#[test]
fn a_draft_for_the_same_platform_comes_with_the_command_that_completes_it() {
    let tool = Tool::new().registered("lms");
    let remarks = tool.run(&["registration", "create", "New", "--same-platform", "lms"]).remarks;
    let command = remarks.lines().find(|line| line.contains("platform set new --issuer")).unwrap();
    let command = command.replace("CLIENT_ID", "another");
    tool.run(&command.split_whitespace().skip(1).collect::<Vec<_>>());
    let details = |slug: &str| {
        let mut platform = tool.json(&["registration", "show", slug])["platform"].clone();
        (platform["client_id"].take(), platform)
    };
    let ((id, new), (_, old)) = (details("new"), details("lms"));
    assert_eq!((id, new), (json!("another"), old));
}

#[test]
fn the_url_for_a_registered_platform_says_what_a_new_tool_would_break() {
    let tool = Tool::new().registered("lms");
    let remarks = tool.run(&["registration", "url", "lms"]).remarks;
    assert!(
        remarks.contains("client-of-lms")
            && remarks.contains("ltictl registration create NAME --same-platform lms"),
        "{remarks}"
    );
    tool.run(&["registration", "create", "Draft"]);
    assert!(!tool.run(&["registration", "url", "draft"]).remarks.contains("--same-platform"));
}

#[test]
fn the_status_follows_what_is_known() {
    let tool = Tool::new().drafted("Moodle Prod");
    let state = || {
        let shown = tool.json(&["registration", "show", "moodle-prod"]);
        format!("{} {}", shown["status"].as_str().unwrap(), shown["missing"])
    };
    assert_eq!(state(), r#"draft ["platform","deployment"]"#);
    tool.run(&["deployment", "add", "moodle-prod", "1"]);
    assert_eq!(state(), r#"draft ["platform"]"#);
    tool.connect("moodle-prod", &platform_of("moodle"));
    assert_eq!(state(), "active []");
    tool.run(&["registration", "disable", "moodle-prod"]);
    assert_eq!(state(), "disabled []");
    tool.run(&["registration", "disable", "moodle-prod"]);
    tool.run(&["registration", "enable", "moodle-prod"]);
    assert_eq!(state(), "active []");
    tool.run(&["deployment", "remove", "moodle-prod", "1", "--yes"]);
    assert_eq!(state(), r#"draft ["deployment"]"#);
}

#[test]
fn slugs_come_from_names_or_are_chosen() {
    let tool = Tool::new();
    for (arguments, slug, name) in [
        (&["Moodle Prod"][..], "moodle-prod", "Moodle Prod"),
        (&["  Canvas (EU), test  "], "canvas-eu-test", "Canvas (EU), test"),
        (&["学校", "--slug", "gakko"], "gakko", "学校"),
        (&["--slug", "2nd", "--", "--looks like a flag"], "2nd", "--looks like a flag"),
    ] {
        let created = tool.json(&[&["registration", "create"], arguments].concat());
        assert_eq!((created["slug"].as_str(), created["name"].as_str()), (Some(slug), Some(name)));
        assert_eq!(created["tool"]["initiate_login_url"], format!("{URL}/lti/login/{slug}"));
    }
}

#[test]
fn existing_objects_are_not_created_again() {
    let tool = Tool::new().registered("Moodle Prod");
    let before = tool.dump();
    assert!(
        tool.fails(&["registration", "create", "Moodle prod"], 4)
            .contains("ltictl registration show moodle-prod")
    );
    let unchanged = tool.json(&["registration", "create", "Moodle Prod!", "--if-not-exists"]);
    assert_eq!(
        (unchanged["name"].as_str(), unchanged["status"].as_str()),
        (Some("Moodle Prod"), Some("active"))
    );
    assert_eq!(tool.dump(), before);
    assert_eq!(
        tool.json(&["registration", "create", "Moodle Prod", "--slug", "second"])["slug"],
        "second"
    );
}

#[test]
fn a_new_name_leaves_slug_and_urls() {
    let tool = Tool::new().registered("Moodle Prod");
    let before = tool.json(&["registration", "show", "moodle-prod"]);
    let after = tool.json(&["registration", "rename", "moodle-prod", "Moodle (old)"]);
    assert_eq!(after["name"], "Moodle (old)");
    for key in ["slug", "tool", "platform", "deployments", "created_at"] {
        assert_eq!(after[key], before[key], "{key}");
    }
}

#[test]
fn deleting_lists_what_is_deleted_and_needs_confirmation() {
    let tool = Tool::new().registered("Moodle Prod").drafted("Empty");
    let before = tool.dump();
    let refused = tool.fails(&["registration", "delete", "moodle-prod"], 2);
    assert!(refused.contains("Delete Moodle Prod (moodle-prod) with 1 deployment?"), "{refused}");
    assert!(refused.contains("hint: ltictl registration delete moodle-prod --yes"), "{refused}");
    assert_eq!(tool.dump(), before);
    let deleted = tool.run(&["registration", "delete", "moodle-prod", "--yes"]);
    assert_eq!(deleted.answer, "");
    assert_eq!(deleted.remarks, "Deleted moodle-prod with 1 deployment. The launch log is kept.\n");
    assert!(
        tool.run(&["registration", "delete", "empty", "-y"])
            .remarks
            .starts_with("Deleted empty with no dependent data.")
    );
    assert_eq!(tool.json_text(&["registration", "list"]), "[]\n");
    tool.fails(&["registration", "delete", "moodle-prod", "--yes"], 3);
}

#[test]
fn the_list_shows_the_status_of_each_registration() {
    let tool = Tool::new();
    assert_eq!(
        tool.run(&["registration", "list"]).answer,
        "No registrations yet. Create one with: ltictl registration create NAME\n"
    );
    let tool = tool.registered("Moodle Prod").drafted("Canvas");
    assert_eq!(
        tool.run(&["registration", "list"]).answer,
        "\
SLUG         NAME         STATUS  PLATFORM ID (ISSUER)             CLIENT ID              DEPLOYMENTS
canvas       Canvas       Draft   -                                -                      0
moodle-prod  Moodle Prod  Active  https://moodle-prod.example.edu  client-of-moodle-prod  1
"
    );
    let list = tool.json(&["registration", "list"]);
    assert_eq!(list[0], tool.json(&["registration", "show", "canvas"]));
    assert_eq!(list[1], tool.json(&["registration", "show", "moodle-prod"]));
    assert_eq!(
        tool.run(&["registrations", "ls"]).answer,
        tool.run(&["registration", "list"]).answer,
        "the other spellings work too"
    );
}

#[test]
fn fifty_deployments_do_not_bury_the_rest() {
    let tool = Tool::new().registered("Canvas");
    let deployments: Vec<String> = (2..=50)
        .map(|number| {
            format!(r#"{{"deployment_id": "{number}:course", "name": "Course {number}"}}"#)
        })
        .collect();
    let json = format!(
        r#"{{"issuer": "https://canvas.example.edu", "deployments": [{}]}}"#,
        deployments.join(",")
    );
    tool.run(&["platform", "import", "canvas", &tool.file("canvas.json", &json)]);
    let shown = tool.run(&["registration", "show", "canvas"]).answer;
    assert!(shown.lines().count() < 32, "{shown}");
    assert!(shown.contains("and 40 more: ltictl deployment list canvas"), "{shown}");
    assert_eq!(
        tool.json(&["registration", "show", "canvas"])["deployments"].as_array().unwrap().len(),
        50
    );
    assert_eq!(tool.run(&["deployment", "list", "canvas"]).answer.lines().count(), 51);
}

#[test]
fn tool_details_can_be_shown_alone() {
    let tool = Tool::new().drafted("Moodle Prod");
    let details = tool.run(&["registration", "tool-details", "moodle-prod"]);
    assert_eq!(
        format!("\n{}", without_token(&details.answer)),
        "
  Tool URL            https://tool.example.edu/lti/launch
  Initiate login URL  https://tool.example.edu/lti/login/moodle-prod
  JWKS URL            https://tool.example.edu/lti/jwks
  Deep linking URL    https://tool.example.edu/lti/deep-link
  Registration URL    https://tool.example.edu/lti/register?token=TOKEN
    expires           TIME
"
    );
    assert!(details.remarks.contains("Redirection URI(s)"), "{}", details.remarks);
    assert_eq!(
        tool.json(&["registration", "tool-details", "moodle-prod"]),
        tool.json(&["registration", "show", "moodle-prod"])["tool"]
    );
}

/// What differs from run to run, replaced by a word.
fn without_token(text: &str) -> String {
    let line = |line: &str| match (line.split_once("?token="), line.split_once("    expires")) {
        (Some((before, _)), _) => format!("{before}?token=TOKEN\n"),
        (_, Some((before, after))) => format!(
            "{before}    expires{}TIME\n",
            " ".repeat(after.len() - after.trim_start().len())
        ),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn a_registration_url_is_printed_and_replaces_the_one_before() {
    let tool = Tool::new().drafted("Moodle Prod");
    let shown = |tool: &Tool| tool.json(&["registration", "show", "moodle-prod"]);
    let first = shown(&tool)["tool"]["registration_url"].as_str().unwrap().to_owned();
    let printed = tool.run(&["registration", "url", "moodle-prod", "--expires", "12h"]);
    let url = printed.answer.trim_end();
    assert!(
        url.starts_with("https://tool.example.edu/lti/register?token=")
            && url != first
            && printed.answer.lines().count() == 1,
        "{url} after {first}"
    );
    assert!(printed.remarks.contains("It can be used once"), "{}", printed.remarks);
    let registration = shown(&tool);
    assert_eq!(registration["tool"]["registration_url"], url);
    let dynamic = |tool: &Tool| {
        tool.json(&["platform", "show", "moodle-prod"])["dynamic_registration"].clone()
    };
    assert_eq!(dynamic(&tool)["state"], "open");
    assert_eq!(dynamic(&tool)["auto_confirm"], false);
    let json = tool.json(&["registration", "url", "moodle-prod", "--auto-confirm"]);
    assert_eq!(json["registration_url"], shown(&tool)["tool"]["registration_url"]);
    assert_eq!(
        json["registration_url_expires_at"],
        shown(&tool)["tool"]["registration_url_expires_at"]
    );
    assert_eq!(dynamic(&tool)["auto_confirm"], true);
    for expires in ["0d", "91d", "soon", ""] {
        tool.fails(&["registration", "url", "moodle-prod", "--expires", expires], 5);
    }
    tool.fails(&["registration", "url", "unknown"], 3);
}

#[test]
fn tool_details_show_the_state_of_the_registration_url() {
    let tool = Tool::new().drafted("Moodle Prod");
    let details = ["registration", "tool-details", "moodle-prod"];
    assert!(!tool.run(&details).remarks.contains("The registration URL is"));
    Database::open(tool.database()).expire_registration_urls();
    let said = tool.run(&details);
    assert!(
        !said.answer.contains("token=") && said.remarks.contains("The registration URL is expired"),
        "{} {}",
        said.answer,
        said.remarks
    );
}

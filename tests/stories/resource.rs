//! Resources: published, changed, taken back.

use super::tool::{Tool, URL, keys_in_order};

#[test]
fn a_resource_says_what_to_type_into_a_link() {
    let tool = Tool::new();
    let published = tool.run(&["resource", "publish", "Algebra quiz", "--kind", "activity", "--max-grade", "10"]);
    assert!(published.remarks.contains("ltictl resource launch-details algebra-quiz"), "{}", published.remarks);
    let uuid = tool.json(&["resource", "show", "algebra-quiz"])["uuid"].as_str().unwrap().to_owned();
    assert_eq!(
        tool.run(&["resource", "launch-details", "algebra-quiz"]).answer,
        format!("  Launch URL         {URL}/lti/launch\n  Custom properties  id={uuid}\n")
    );
    let details = tool.json(&["resource", "launch-details", &uuid]);
    assert_eq!((details["slug"].as_str(), details["custom_properties"]["id"].as_str()), (Some("algebra-quiz"), Some(&*uuid)));
}

#[test]
fn the_json_holds_what_scripts_rely_on() {
    let tool = Tool::new().published("Algebra quiz");
    let text = tool.json_text(&["resource", "show", "algebra-quiz"]);
    assert_eq!(
        keys_in_order(&text),
        [
            "slug",
            "uuid",
            "name",
            "description",
            "kind",
            "course",
            "launch_url",
            "custom_properties",
            "id",
            "target",
            "max_grade",
            "grade_sync",
            "member_sync",
            "student_provisioning",
            "teacher_provisioning",
            "published",
            "created_at",
            "updated_at"
        ]
    );
    assert_eq!(tool.json(&["resource", "list"])[0], tool.json(&["resource", "show", "algebra-quiz"]));
}

#[test]
fn every_setting_is_kept_and_can_be_changed() {
    let tool = Tool::new();
    tool.run(&["resource", "publish", "Algebra", "--kind", "course"]);
    tool.run(&["resource", "publish", "Quiz"]);
    std::fs::create_dir(tool.path("content")).unwrap();
    let directory = tool.path("content").canonicalize().unwrap().to_str().unwrap().to_owned();
    for (arguments, key, value) in [
        (&["--name", "Great quiz"][..], "name", r#""Great quiz""#),
        (&["--description", "Two\nlines"], "description", r#""Two\nlines""#),
        (&["--description", ""], "description", "null"),
        (&["--course", "algebra"], "course", r#""algebra""#),
        (&["--course", ""], "course", "null"),
        (&["--kind", "course"], "kind", r#""course""#),
        (&["--target", "https://app.example.edu/start?x=1"], "target", r#""https://app.example.edu/start?x=1""#),
        (&["--target", "http://localhost:3000/"], "target", r#""http://localhost:3000/""#),
        (&["--target", "content"], "target", &format!("{directory:?}")),
        (&["--target", "page"], "target", "null"),
        (&["--max-grade", "12.5"], "max_grade", "12.5"),
        (&["--max-grade", "none"], "max_grade", "null"),
        (&["--grade-sync", "off"], "grade_sync", r#""off""#),
        (&["--member-sync", "enrol-new"], "member_sync", r#""enrol-new""#),
        (&["--student-provisioning", "existing"], "student_provisioning", r#""existing""#),
        (&["--teacher-provisioning", "auto"], "teacher_provisioning", r#""auto""#),
    ] {
        tool.run(&[&["resource", "update", "quiz"], arguments].concat());
        assert_eq!(tool.json(&["resource", "show", "quiz"])[key].to_string(), value, "{arguments:?}");
    }
    assert_eq!(tool.json(&["resource", "show", "quiz"])["slug"], "quiz");
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let quiz = Tool::new().published("Quiz").json(&["resource", "show", "quiz"]);
    let values = ["kind", "grade_sync", "member_sync", "student_provisioning", "teacher_provisioning"].map(|key| quiz[key].as_str().unwrap().to_owned());
    assert_eq!(values, ["activity", "on", "enrol-and-unenrol", "auto", "prompt"]);
    assert_eq!(quiz["published"], true);
}

#[test]
fn unpublishing_is_taken_back_by_update() {
    let tool = Tool::new().published("Algebra quiz");
    assert!(tool.run(&["resource", "unpublish", "algebra-quiz"]).remarks.contains("ltictl resource update algebra-quiz --publish"));
    assert!(tool.run(&["resource", "list"]).answer.contains("Unpublished"));
    assert!(tool.run(&["resource", "launch-details", "algebra-quiz"]).remarks.contains("unpublished"));
    assert_eq!(tool.json(&["resource", "update", "algebra-quiz", "--publish"])["published"], true);
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let tool = Tool::new().published("Quiz");
    tool.run(&["resource", "publish", "Algebra", "--kind", "course"]);
    tool.run(&["resource", "publish", "Essay", "--course", "algebra"]);
    let before = tool.dump();
    for (arguments, exit_code, named) in [
        (&["publish", "Quiz"][..], 4, "ltictl resource show quiz"),
        (&["publish", "Other", "--kind", "lesson"], 5, "kind"),
        (&["publish", "Other", "--course", "nowhere"], 3, "nowhere"),
        (&["publish", "Other", "--course", "quiz"], 5, "course"),
        (&["publish", "Other", "--kind", "course", "--course", "algebra"], 5, "course"),
        (&["publish", "Other", "--max-grade", "-1"], 5, "max grade"),
        (&["publish", "Other", "--max-grade", "nan"], 5, "max grade"),
        (&["publish", "Other", "--target", "no/such/directory"], 5, "target"),
        (&["publish", "Other", "--target", "http://app.example.edu/"], 5, "target"),
        (&["publish", "Other", "--grade-sync", "yes"], 5, "grade sync"),
        (&["publish", "Other", "--member-sync", "all"], 5, "member sync"),
        (&["publish", "Other", "--student-provisioning", "none"], 5, "student provisioning"),
        (&["publish", "Other", "--slug", "Not A Slug"], 5, "slug"),
        (&["update", "quiz"], 2, "no new value was given"),
        (&["update", "quiz", "--description", "a\u{1b}b"], 5, "description"),
        (&["update", "algebra", "--kind", "activity"], 4, "essay"),
        (&["update", "qiuz", "--name", "x"], 3, "did you mean quiz?"),
        (&["unpublish", "nothing"], 3, "nothing"),
    ] {
        let refused = tool.fails(&[&["resource"], arguments].concat(), exit_code);
        assert!(refused.contains(named), "{arguments:?}: {refused}");
    }
    assert_eq!(tool.json(&["resource", "publish", "Quiz", "--max-grade", "99", "--if-not-exists"])["max_grade"], 10.0);
    assert_eq!(tool.dump(), before);
}

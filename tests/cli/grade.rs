//! Grades: given one by one, and out of a file.

use serde_json::{Value, json};

use super::tool::{Tool, keys_in_order};

fn class() -> Tool {
    Tool::new().published("Quiz").with_account("sam").with_account("tina")
}

#[test]
fn a_grade_is_set_shown_and_cleared() {
    let tool = class();
    tool.run(&["account", "update", "sam", "--name", "Sam Student"]);
    let given = tool.json_text(&["grade", "set", "quiz", "sam", "7.5", "--comment", "Well\ndone"]);
    let keys = [
        "resource",
        "account",
        "name",
        "course",
        "score",
        "maximum",
        "activity_progress",
        "grading_progress",
        "comment",
        "submission",
        "started_at",
        "submitted_at",
        "set_by",
        "graded_at",
    ];
    assert_eq!(keys_in_order(&given), keys);
    let given: Value = serde_json::from_str(&given).unwrap();
    assert_eq!(
        (&given["score"], &given["maximum"], &given["set_by"]),
        (&json!(7.5), &json!(10.0), &json!("cli"))
    );
    assert_eq!(
        (&given["activity_progress"], &given["grading_progress"]),
        (&json!("Completed"), &json!("FullyGraded"))
    );
    assert_eq!(tool.json(&["grade", "show", "quiz", "sam"]), given);
    assert_eq!(tool.json(&["grade", "list", "quiz"]), json!([given]));
    let listed = tool.run(&["grade", "list", "quiz"]).answer;
    assert!(
        listed.starts_with("ACCOUNT  NAME")
            && listed.lines().nth(1).unwrap().ends_with("Well done"),
        "{listed}"
    );
    assert!(tool.run(&["grade", "show", "quiz", "sam"]).answer.contains("7.5 of 10"));

    let before = tool.dump();
    tool.run(&["grade", "set", "quiz", "sam", "7.5", "--comment", "Well\ndone"]);
    assert_eq!(tool.dump(), before, "the same once more changes nothing");

    let other = [
        "--maximum",
        "20",
        "--activity-progress",
        "Submitted",
        "--grading-progress",
        "PendingManual",
    ];
    let changed = tool.json(&[&["grade", "set", "quiz", "sam", "12"], &other[..]].concat());
    assert_eq!(
        (&changed["maximum"], &changed["activity_progress"], &changed["grading_progress"]),
        (&json!(20.0), &json!("Submitted"), &json!("PendingManual"))
    );
    let taken = tool.json(&["grade", "set", "quiz", "sam", "none"]);
    assert_eq!((&taken["score"], &taken["maximum"]), (&Value::Null, &json!(10.0)));
    assert_eq!(tool.json(&["account", "show", "sam"])["grade_count"], 0);
}

#[test]
fn a_grade_of_an_unenrolled_person_is_noted() {
    let tool = class();
    assert!(
        tool.run(&["grade", "set", "quiz", "sam", "5"])
            .remarks
            .contains("ltictl account enrol sam quiz")
    );
    tool.run(&["account", "enrol", "sam", "quiz"]);
    assert_eq!(tool.run(&["grade", "set", "quiz", "sam", "6"]).remarks, "");
}

#[test]
fn invalid_input_is_rejected_and_changes_nothing() {
    let tool = class();
    tool.run(&["resource", "publish", "Reading"]);
    let before = tool.dump();
    for (arguments, exit_code, named) in [
        (&["set", "quiz", "sam"][..], 2, "SCORE"),
        (&["set", "quiz", "unknown", "5"], 3, "unknown"),
        (&["set", "nothing", "sam", "5"], 3, "nothing"),
        (&["set", "reading", "sam", "5"], 4, "ltictl resource update reading --max-grade 10"),
        (&["set", "quiz", "sam", "-1"], 5, "score"),
        (&["set", "quiz", "sam", "much"], 5, "or none"),
        (&["set", "quiz", "sam", "10.5"], 5, "ltictl resource update quiz --extra-credit on"),
        (&["set", "quiz", "sam", "6", "--maximum", "5"], 5, "score 6 is above the maximum of 5"),
        (&["set", "quiz", "sam", "5", "--maximum", "0"], 5, "maximum must be"),
        (&["set", "quiz", "sam", "5", "--activity-progress", "Done"], 5, "activity progress"),
        (&["set", "quiz", "sam", "5", "--grading-progress", "Done"], 5, "grading progress"),
        (&["set", "quiz", "sam", "5", "--comment", "a\u{1b}b"], 5, "comment"),
        (&["list", "nothing"], 3, "nothing"),
        (&["show", "quiz", "sam"], 3, "ltictl grade set quiz sam SCORE"),
        (&["import", "nothing", "grades.csv"], 3, "nothing"),
        (&["import", "quiz", "grades.csv"], 1, "cannot read"),
    ] {
        let refused = tool.fails(&[&["grade"], arguments].concat(), exit_code);
        assert!(refused.contains(named), "{arguments:?}: {refused}");
    }
    assert_eq!(tool.dump(), before);
}

#[test]
fn a_file_gives_a_whole_class_its_grades() {
    let tool = class();
    let uuid = tool.json(&["account", "show", "tina"])["uuid"].as_str().unwrap().to_owned();
    let text = format!(
        "\u{feff}comment,score,account,maximum\r\n\"Well, done\",7.5,sam,\r\n, none , {uuid} \
         ,20\r\n"
    );
    let file = tool.file("grades.csv", &text);
    let imported = tool.json(&["grade", "import", "quiz", &file]);
    assert_eq!(imported.as_array().unwrap().len(), 2);
    let [sam, tina] = [&imported[0], &imported[1]];
    assert_eq!(
        (&sam["account"], &sam["score"], &sam["maximum"], &sam["comment"]),
        (&json!("sam"), &json!(7.5), &json!(10.0), &json!("Well, done"))
    );
    assert_eq!(
        (&tina["account"], &tina["score"], &tina["maximum"], &tina["comment"]),
        (&json!("tina"), &Value::Null, &json!(20.0), &Value::Null)
    );
    assert_eq!(sam["set_by"], "import");
    let before = tool.dump();
    let again = tool.run(&["grade", "import", "quiz", &file]);
    assert!(again.remarks.contains("Rows imported from the file: 2."), "{}", again.remarks);
    assert_eq!(tool.dump(), before, "the same once more changes nothing");

    let piped = tool.run_with_input(
        &["grade", "import", "quiz", "-"],
        "account,score,activity_progress,grading_progress\nsam,1,InProgress,NotReady\n",
    );
    assert!(
        piped.answer.contains("InProgress") && piped.answer.contains("NotReady"),
        "{}",
        piped.answer
    );
}

#[test]
fn extra_credit_is_the_resources_choice() {
    let tool = class();
    tool.run(&["resource", "update", "quiz", "--extra-credit", "on"]);
    assert_eq!(tool.json(&["grade", "set", "quiz", "sam", "10.5"])["score"], 10.5);
    let imported = tool.json(&[
        "grade",
        "import",
        "quiz",
        &tool.file("grades.csv", "account,score\ntina,12\n"),
    ]);
    assert_eq!(imported[0]["score"], 12.0);
    tool.run(&["resource", "update", "quiz", "--extra-credit", "off"]);
    assert_eq!(
        tool.json(&["grade", "show", "quiz", "sam"])["score"],
        10.5,
        "grades that were recorded stay"
    );
    tool.fails(&["grade", "set", "quiz", "sam", "11"], 5);
}

#[test]
fn all_errors_of_a_file_are_reported_together() {
    let tool = class();
    tool.run(&["grade", "set", "quiz", "sam", "1"]);
    let before = tool.dump();
    let long = "x".repeat(2001);
    for (text, named) in [
        ("", &["line 1: column account is missing, column score is missing"][..]),
        ("account\nsam\n", &["line 1: column score is missing"]),
        ("account,score,mark\nsam,1,2\n", &["line 1: unknown column \"mark\""]),
        ("account,score,score\nsam,1,2\n", &["line 1: column score is listed twice"]),
        ("account;score\nsam;1\n", &["unknown column \"account;score\""]),
        (
            "account,score,maximum\nsam,2,\nunknown,-1,0\n\n,5,\ntina,,\nsam,3,\ntina,1,2,3\n",
            &[
                "line 3: no account \"unknown\"; line 3: score must be a number from 0 to 1000000, \
                 or none; line 3: maximum must be",
                "line 5: account is missing",
                "line 6: score is missing",
                "line 7: sam is already listed in line 2",
                "line 8: has 4 cells under 3 columns",
            ],
        ),
        (
            "account,score\nsam,11\n",
            &[
                "line 2: score 11 is above the maximum of 10",
                "ltictl resource update quiz --extra-credit on",
            ],
        ),
        (
            "account,score,comment\nsam,2,\"two\nlines\"\nunknown,1,\n",
            &["line 4: no account \"unknown\""],
        ),
        (
            &format!("account,score,comment\nsam,2,{long}\n"),
            &["line 2: comment must be at most 2000 characters"],
        ),
        (
            "account,score,activity_progress,grading_progress\nsam,2,Done,Done\n",
            &["line 2: activity progress must be", "line 2: grading progress must be"],
        ),
    ] {
        let refused = tool.fails(&["grade", "import", "quiz", &tool.file("grades.csv", text)], 5);
        for named in named {
            assert!(refused.contains(named), "{text:?}: {refused}");
        }
        assert_eq!(tool.dump(), before, "{text:?}");
    }
    tool.run(&["resource", "publish", "Reading"]);
    assert!(
        tool.fails(
            &["grade", "import", "reading", &tool.file("grades.csv", "account,score\nsam,1\n")],
            4
        )
        .contains("has no grades")
    );
}

use super::*;
use crate::report::view::RegistrationView;

/// A row with values of all types.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Row {
    id: &'static str,
    name: Option<&'static str>,
    score: Option<f64>,
    at: Option<&'static str>,
    on: bool,
    tags: Vec<&'static str>,
    inner: Option<Inner>,
    list: Vec<Inner>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Inner {
    key: &'static str,
    other: u8,
}

fn row(id: &'static str) -> Row {
    Row {
        id,
        name: None,
        score: None,
        at: None,
        on: false,
        tags: Vec::new(),
        inner: None,
        list: Vec::new(),
    }
}

fn rows() -> Vec<Row> {
    vec![
        Row {
            name: Some("beta"),
            score: Some(10.0),
            at: Some("2026-01-01T00:00:00.5Z"),
            on: true,
            tags: vec!["x", "y"],
            ..row("2")
        },
        Row {
            name: Some("Alpha"),
            score: Some(9.5),
            inner: Some(Inner { key: "k", other: 1 }),
            ..row("10")
        },
        Row {
            at: Some("2026-01-01T00:00:00Z"),
            list: vec![Inner { key: "k", other: 2 }, Inner { key: "l", other: 3 }],
            ..row("1")
        },
    ]
}

fn plan(columns: &[&str], sort: &[&str], filters: &[&str]) -> Result<Plan, Failure> {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Selection {
        columns: owned(columns),
        sort: owned(sort),
        filters: owned(filters),
        ..Selection::default()
    }
    .check(&Shape::of::<Row>())
}

fn ids(sort: &[&str], filters: &[&str]) -> Vec<&'static str> {
    let mut rows = rows();
    plan(&[], sort, filters).unwrap().apply(&mut rows, |row| row.id.to_owned()).unwrap();
    rows.iter().map(|row| row.id).collect()
}

#[test]
fn rows_are_sorted_by_type_and_value() {
    for (sort, expected) in [
        (&["id"][..], ["1", "2", "10"]),
        (&["-id"], ["10", "2", "1"]),
        (&["name"], ["10", "2", "1"]),
        (&["-name"], ["2", "10", "1"]),
        (&["score"], ["10", "2", "1"]),
        (&["-score"], ["2", "10", "1"]),
        (&["at"], ["1", "2", "10"]),
        (&["-at"], ["2", "1", "10"]),
        (&["on"], ["10", "1", "2"]),
        (&["-on", "id"], ["2", "1", "10"]),
        (&["-tags", "id"], ["2", "1", "10"]),
        (&["inner.key"], ["10", "2", "1"]),
        (&["list.other"], ["1", "2", "10"]),
        (&["-list"], ["1", "2", "10"]),
    ] {
        assert_eq!(ids(sort, &[]), expected, "{sort:?}");
    }
}

#[test]
fn all_filters_must_match() {
    for (filters, expected) in [
        (&["id=2"][..], &["2"][..]),
        (&["id!=2"], &["10", "1"]),
        (&["name~ALPH"], &["10"]),
        (&["name="], &["1"]),
        (&["name!="], &["2", "10"]),
        (&["score=10"], &["2"]),
        (&["score=9.50"], &["10"]),
        (&["on=true"], &["2"]),
        (&["on!=true", "id!=1"], &["10"]),
        (&["tags=y"], &["2"]),
        (&["tags!=y"], &["10", "1"]),
        (&["tags="], &["10", "1"]),
        (&["tags!="], &["2"]),
        (&["inner.key=k"], &["10"]),
        (&["inner.key="], &["2", "1"]),
        (&["list.key=l"], &["1"]),
        (&["list.other=2"], &["1"]),
        (&["list="], &["2", "10"]),
        (&["id~=2"], &[]),
        (&["name=a=b"], &[]),
    ] {
        assert_eq!(ids(&[], filters), expected, "{filters:?}");
    }
}

#[test]
fn invalid_options_are_usage_errors_that_list_valid_values() {
    for (columns, sort, filters, part) in [
        (
            &["nam"][..],
            &[][..],
            &[][..],
            "did you mean name? the keys are id, name, score, at, on, tags, inner.key, inner.other, \
             list, list.key, list.other",
        ),
        (&[""], &[], &[], "the keys are id, name"),
        (&[], &["--id"], &[], "the keys are id"),
        (&[], &["inner.keys"], &[], "did you mean inner.key"),
        (&[], &[], &["score"], "a condition is KEY=VALUE, KEY!=VALUE or KEY~TEXT"),
        (&[], &[], &["=x"], "a condition is"),
        (&[], &[], &["nothing=x"], "the keys are id"),
    ] {
        let failure = plan(columns, sort, filters).unwrap_err();
        assert_eq!(failure.kind, Kind::Usage);
        assert!(failure.why.contains(part), "{failure}");
    }
    let selection = Selection { filters: vec!["status=activ".to_owned()], ..Selection::default() };
    assert_eq!(
        selection.check(&Shape::of::<RegistrationView>()).unwrap_err().why,
        "status is one of draft, active, disabled"
    );
}

#[test]
fn columns_keep_their_position_in_the_document() {
    let row = serde_json::to_value(&rows()[2]).unwrap();
    for (columns, expected) in [
        (&["id"][..], r#"{"id":"1"}"#),
        (&["on", "id"], r#"{"on":false,"id":"1"}"#),
        (&["inner.key", "id"], r#"{"inner":null,"id":"1"}"#),
        (&["list.key"], r#"{"list":[{"key":"k"},{"key":"l"}]}"#),
        (
            &["list.other", "id", "list.key"],
            r#"{"list":[{"other":2,"key":"k"},{"other":3,"key":"l"}],"id":"1"}"#,
        ),
        (&["list.key", "list"], r#"{"list":[{"key":"k","other":2},{"key":"l","other":3}]}"#),
    ] {
        assert_eq!(
            serde_json::to_string(&plan(columns, &[], &[]).unwrap().project(row.clone())).unwrap(),
            expected,
            "{columns:?}"
        );
    }
    assert_eq!(plan(&["inner"], &[], &[]).unwrap().columns, ["inner.key", "inner.other"]);
}

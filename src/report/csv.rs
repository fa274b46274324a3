//! CSV for spreadsheets (RFC 4180): one header, and a row for each entry of a list or for the one
//! object.

use std::borrow::Cow;
use std::io;

use serde_json::Value;

use super::clean;
use super::shape::Shape;
use super::value;

/// Writes rows under a header of these paths.
pub(super) fn write(
    columns: &[String],
    rows: impl Iterator<Item = io::Result<Value>>,
    writer: impl io::Write,
) -> io::Result<()> {
    let mut csv = Rows::begin(columns, writer)?;
    for row in rows {
        csv.add(&row?)?;
    }
    csv.end()
}

/// Rows that are written one by one.
pub(super) struct Rows<'c, W: io::Write> {
    csv: csv::Writer<W>,
    paths: Vec<Vec<&'c str>>,
}

impl<'c, W: io::Write> Rows<'c, W> {
    /// Writes the header.
    pub(super) fn begin(columns: &'c [String], writer: W) -> io::Result<Self> {
        let paths = columns.iter().map(|column| column.split('.').collect()).collect();
        let mut csv = csv::Writer::from_writer(writer);
        csv.write_record(columns)?;
        Ok(Self { csv, paths })
    }

    pub(super) fn add(&mut self, row: &Value) -> io::Result<()> {
        Ok(self.csv.write_record(self.paths.iter().map(|path| cell(row, path).into_owned()))?)
    }

    pub(super) fn end(mut self) -> io::Result<()> {
        self.csv.flush()
    }
}

/// The columns of an object: those of its shape or, if they are not known in advance, its own keys.
pub(super) fn columns_of(shape: &Shape, value: &Value) -> Vec<String> {
    match (shape, value) {
        (Shape::Map(_), Value::Object(members)) => members.keys().cloned().collect(),
        _ => shape.columns(),
    }
}

fn cell<'r>(row: &'r Value, path: &[&str]) -> Cow<'r, str> {
    let values = value::values_at(row, path);
    match values[..] {
        [Value::Number(_)] | [Value::Bool(_)] => value::cell(values[0]),
        [value] => harmless(value::cell(value)),
        _ => harmless(Cow::Owned(value::joined(values))),
    }
}

/// The text without anything that a spreadsheet would execute or a terminal would act on.
///
/// Names and titles come from platforms. A spreadsheet evaluates text that begins like a formula,
/// so it is prefixed with a single quote, as OWASP's "CSV Injection" recommends.
fn harmless(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_formula =
        text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let guarded = if is_formula { Cow::Owned(format!("'{text}")) } else { text };
    match clean(&guarded) {
        Cow::Borrowed(_) => guarded,
        Cow::Owned(cleaned) => Cow::Owned(cleaned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(columns: &[&str], rows: &str) -> String {
        let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        let rows: Vec<Value> = serde_json::from_str(rows).unwrap();
        let mut bytes = Vec::new();
        write(&columns, rows.into_iter().map(Ok), &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn an_empty_list_has_a_header() {
        assert_eq!(text(&["slug", "tool.tool_url"], "[]"), "slug,tool.tool_url\n");
    }

    #[test]
    fn text_is_never_a_formula_and_numbers_are_unchanged() {
        for start in ["=", "+", "-", "@", "\\t", "\\r", "\\n", "＝", "＋", "－", "＠"] {
            let written = text(&["a"], &format!(r#"[{{"a":"{start}1+1"}}]"#));
            assert!(written.starts_with("a\n'") || written.starts_with("a\n\"'"), "{written:?}");
        }
        assert_eq!(text(&["a"], r#"[{"a":-5}]"#), "a\n-5\n");
        assert_eq!(text(&["list"], r#"[{"list":["=1+1"]}]"#), "list\n'=1+1\n");
        assert_eq!(
            text(&["list.x"], r#"[{"list":[{"x":"=1+1"},{"x":"b"}]}]"#),
            "list.x\n'=1+1 b\n"
        );
    }

    #[test]
    fn cells_are_read_back_unchanged() {
        let written = text(
            &["a", "b"],
            r#"[{"a":"one, \"two\"\nthree","b":null},{"a":"\u001b[2J","b":["x","y"]}]"#,
        );
        let mut reader = csv::Reader::from_reader(written.as_bytes());
        let rows: Vec<Vec<String>> =
            reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        assert_eq!(rows, [["one, \"two\"\nthree", ""], ["\u{fffd}[2J", "x y"]]);
    }
}

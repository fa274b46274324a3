//! Findings of `doctor`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use crate::doctor::{DATABASE, Finding, TOOL, Totals, Verdict};
use crate::failure::counted;
use crate::report::table::Health;
use crate::report::{List, RowList, Style, View, clean, wrap};

/// The findings to show, grouped by subject.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Findings {
    /// The findings.
    pub list: Vec<Finding>,
    /// The totals of all findings, shown or not.
    #[serde(skip)]
    pub totals: Totals,
}

impl From<Vec<Finding>> for Findings {
    fn from(list: Vec<Finding>) -> Self {
        let totals = list.iter().collect();
        Self { list, totals }
    }
}

/// All results, in their order.
const RESULTS: [Verdict; 4] = [Verdict::Ok, Verdict::Warn, Verdict::Fail, Verdict::Skip];

/// Before and after a check's name in the lines of a table. Text that is [`clean`] does not contain
/// it.
const MARK: &str = "\u{1f}";

/// A table of findings that is written line by line. Its column of checks is as wide as the longest
/// name, which is known at the end, so the names are marked, and [`write_aligned`] aligns what follows them.
pub(crate) struct FindingsTable<W> {
    style: Style,
    lines: W,
    /// The results as they are shown.
    words: [String; 4],
    width: usize,
    subject: Option<String>,
}

impl<W: Write> FindingsTable<W> {
    /// An empty table.
    pub(crate) fn new(style: Style, lines: W) -> Self {
        let words = RESULTS.map(|result| {
            let word = format!("{:<4}", result.as_str());
            let colored = health(result).map(|health| style.colored(&word, health));
            colored.unwrap_or(word)
        });
        Self { style, lines, words, width: 0, subject: None }
    }

    /// Whether no finding was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.subject.is_none()
    }

    /// Adds a finding, below the name of its subject.
    pub(crate) fn add(&mut self, finding: &Finding) -> io::Result<()> {
        let Finding { check, subject, result, sentence, evidence, fix } = finding;
        if self.subject.as_ref() != Some(subject) {
            if !self.is_empty() {
                writeln!(self.lines)?;
            }
            writeln!(self.lines, "{}", self.style.bold(&heading(subject)))?;
            self.subject = Some(subject.clone());
        }
        self.width = self.width.max(check.len());
        let word = &self.words[*result as usize];
        put(&mut self.lines, &["  ", word, "  ", MARK, check, MARK, "  ", &clean(sentence)])?;
        // Tables show evidence for problems only; JSON always contains it.
        if matches!(result, Verdict::Warn | Verdict::Fail) {
            for (label, text) in [("seen", evidence), ("fix", fix)] {
                let Some(text) = text else { continue };
                let text = clean(text).replace('\n', " ");
                put(&mut self.lines, &["        ", MARK, MARK, "  ", label, ": ", &text])?;
            }
        }
        Ok(())
    }

    /// Adds the numbers of findings. Returns the lines, and the width of the names.
    pub(crate) fn end(mut self, totals: &Totals) -> io::Result<(W, usize)> {
        if !self.is_empty() {
            writeln!(self.lines)?;
        }
        writeln!(self.lines, "{}", summary(totals, self.style))?;
        if totals.count(Verdict::Warn) + totals.count(Verdict::Fail) > 0 {
            writeln!(self.lines, "What a check does, and why: ltictl explain CHECK")?;
        }
        Ok((self.lines, self.width))
    }
}

/// Writes the parts of a line: formatting them takes longer.
fn put(lines: &mut impl Write, parts: &[&str]) -> io::Result<()> {
    parts.iter().try_for_each(|part| lines.write_all(part.as_bytes()))?;
    lines.write_all(b"\n")
}

/// Writes a line of a table, in which the name of the check takes `width` characters. What follows it
/// is wrapped to the terminal's width, if there is one.
pub(crate) fn write_aligned(
    line: &[u8],
    width: usize,
    style: Style,
    mut output: impl Write,
) -> io::Result<()> {
    let mut parts = line.splitn(3, |byte| [*byte] == MARK.as_bytes());
    let parts = (parts.next(), parts.next(), parts.next());
    let (Some(before), Some(check), Some(after)) = parts else { return output.write_all(line) };
    output.write_all(before)?;
    output.write_all(check)?;
    for _ in check.len()..width {
        output.write_all(b" ")?;
    }
    let Some(terminal) = style.width else { return output.write_all(after) };
    output.write_all(b"  ")?;
    let text = String::from_utf8_lossy(after);
    let wrapped = wrap::indented(text.trim(), terminal.into(), BEFORE_CHECK + width + 2);
    output.write_all(wrapped.as_bytes())?;
    output.write_all(b"\n")
}

/// How many characters a line has before the name of the check.
const BEFORE_CHECK: usize = 8;

/// The line above the findings about a subject.
fn heading(subject: &str) -> String {
    match subject {
        TOOL => "Tool".to_owned(),
        DATABASE => "Database".to_owned(),
        _ => format!("Registration {}", clean(subject)),
    }
}

/// The colour of a result.
fn health(result: Verdict) -> Option<Health> {
    match result {
        Verdict::Ok => Some(Health::Good),
        Verdict::Warn => Some(Health::Waiting),
        Verdict::Fail => Some(Health::Bad),
        Verdict::Skip => None,
    }
}

/// The number of findings with each result, in colour unless it is zero.
fn summary(totals: &Totals, style: Style) -> String {
    let words = [
        (Verdict::Ok, "ok", "ok"),
        (Verdict::Warn, "warning", "warnings"),
        (Verdict::Fail, "failure", "failures"),
        (Verdict::Skip, "skipped", "skipped"),
    ];
    let part = |(result, one, many): (Verdict, &str, &str)| {
        let count = totals.count(result);
        let text = counted(count, one, many);
        health(result)
            .filter(|_| count > 0)
            .map_or(text.clone(), |health| style.colored(&text, health))
    };
    words.map(part).join(", ")
}

impl Findings {
    fn write_table(&self, style: Style) -> io::Result<String> {
        let mut table = FindingsTable::new(style, Vec::new());
        self.list.iter().try_for_each(|finding| table.add(finding))?;
        let (lines, width) = table.end(&self.totals)?;
        let mut text = Vec::new();
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            write_aligned(line, width, style, &mut text)?;
        }
        Ok(String::from_utf8_lossy(&text).trim_end_matches('\n').to_owned())
    }
}

impl View for Findings {
    fn table(&self, style: Style) -> String {
        // Writing to memory does not fail.
        self.write_table(style).unwrap_or_default()
    }

    fn identifiers(&self) -> Vec<String> {
        self.list.iter().map(|finding| finding.check.to_owned()).collect()
    }
}

impl List for Findings {
    type Row = Finding;

    fn rows(&self) -> &[Finding] {
        &self.list
    }

    fn rows_mut(&mut self) -> &mut Vec<Finding> {
        &mut self.list
    }

    fn searched(finding: &Finding) -> String {
        let Finding { check, sentence, evidence, fix, .. } = finding;
        let texts = [Some(*check), Some(sentence), evidence.as_deref(), fix.as_deref()];
        texts.into_iter().flatten().collect::<Vec<_>>().join("\n")
    }
}

impl RowList for Findings {
    const NOUN: &'static str = "findings";

    fn of(rows: Vec<Finding>) -> Self {
        rows.into()
    }

    fn identifier(row: &Finding) -> Option<String> {
        Some(row.check.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_listed_by_subject_with_evidence_and_fix() {
        let finding = |subject: &str, result, fix: Option<&str>| Finding {
            check: "status",
            subject: subject.to_owned(),
            result,
            sentence: "A\u{1b}[2J sentence.".into(),
            evidence: fix.map(|_| "what came".to_owned()),
            fix: fix.map(str::to_owned),
        };
        let all = vec![
            finding(TOOL, Verdict::Ok, None),
            finding("moodle", Verdict::Fail, Some("ltictl platform set moodle")),
            finding("moodle", Verdict::Skip, None),
        ];
        let findings = Findings::from(all.clone());
        let expected = "Tool\n  ok    status  A\u{fffd}[2J sentence.\n\nRegistration moodle\n  \
            fail  status  A\u{fffd}[2J sentence.\n                seen: what came\n                \
            fix: ltictl platform set moodle\n  skip  status  A\u{fffd}[2J sentence.\n\n1 ok, 0 \
            warnings, 1 failure, 1 skipped\nWhat a check does, and why: ltictl \
            explain CHECK";
        assert_eq!(findings.table(Style::default()), expected);
        let json = serde_json::to_value(&findings).unwrap();
        assert_eq!(json[1]["result"], "fail");
        assert_eq!(json[0]["fix"], serde_json::Value::Null);
        let problems = Findings { list: all[1..2].to_vec(), ..findings.clone() };
        assert!(
            problems.table(Style::default()).contains("1 ok, 0 warnings, 1 failure, 1 skipped")
        );
        let none = Findings { list: Vec::new(), totals: all[..1].iter().collect() };
        assert!(none.table(Style::default()).starts_with("1 ok"));
        assert!(
            findings.table(Style { color: true, width: None }).contains("\u{1b}[31mfail\u{1b}[0m")
        );
    }
}

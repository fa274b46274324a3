//! Findings of `doctor`.

use std::cmp::Reverse;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use crate::doctor::{Finding, Noun, Totals, Verdict};
use crate::failure::counted;
use crate::report::spool::Spool;
use crate::report::stream::Shown;
use crate::report::table::Health;
use crate::report::zone::localized;
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

/// A table of findings, grouped by subject. Its lines are spooled, so that any number of findings
/// takes little memory. The column of checks is as wide as the longest name, which is known at the
/// end, so the names are marked, and [`write_aligned`] aligns what follows them.
pub(crate) struct FindingsTable {
    style: Style,
    lines: Spool,
    /// The results as they are shown.
    words: [String; 4],
    width: usize,
    order: FindingsOrder,
    open: Option<OpenGroup>,
    groups: Vec<Group>,
    /// The number of subjects without problems, by noun.
    sound: [usize; 4],
}

/// The order of a table of findings, and what it contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FindingsOrder {
    /// The worst first; all checks of each subject are added, and those without problems counted.
    Worst,
    /// The worst first, of some checks.
    WorstOfSome,
    /// As added.
    AsAdded,
}

/// The findings about the current subject.
struct OpenGroup {
    noun: Noun,
    subject: String,
    counts: [usize; 4],
    listed: Vec<Finding>,
}

impl OpenGroup {
    fn of(finding: &Finding) -> Self {
        let (noun, subject) = (finding.noun, finding.subject.clone());
        Self { noun, subject, counts: [0; 4], listed: Vec::new() }
    }

    fn contains(&self, finding: &Finding) -> bool {
        (self.noun, &self.subject) == (finding.noun, &finding.subject)
    }

    /// The numbers of its results, the worst first.
    fn summary(&self) -> String {
        let parts = WORDS.iter().rev().filter_map(|(result, one, many)| {
            let count = self.counts[*result as usize];
            (count > 0).then(|| counted(count, one, many))
        });
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// A group of the table whose lines are spooled.
struct Group {
    /// The numbers of failures and of warnings.
    problems: (usize, usize),
    listed: usize,
    position: u64,
}

impl FindingsTable {
    /// An empty table.
    pub(crate) fn new(style: Style, order: FindingsOrder) -> Self {
        let words = RESULTS.map(|result| {
            let word = format!("{:<4}", result.as_str());
            let colored = health(result).map(|health| style.colored(&word, health));
            colored.unwrap_or(word)
        });
        Self {
            style,
            lines: Spool::new(),
            words,
            width: 0,
            order,
            open: None,
            groups: Vec::new(),
            sound: [0; 4],
        }
    }

    /// Adds a finding to the group of its subject; it is counted if it is not listed.
    pub(crate) fn add(&mut self, finding: Finding, is_listed: bool) -> io::Result<()> {
        if self.open.as_ref().is_none_or(|open| !open.contains(&finding)) {
            self.close()?;
        }
        let open = self.open.get_or_insert_with(|| OpenGroup::of(&finding));
        open.counts[finding.result as usize] += 1;
        if is_listed {
            open.listed.push(finding);
        }
        Ok(())
    }

    /// Whether no finding is listed.
    pub(crate) fn is_empty(&mut self) -> io::Result<bool> {
        self.close()?;
        Ok(self.groups.is_empty())
    }

    /// Spools the current group, if a finding is listed.
    fn close(&mut self) -> io::Result<()> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        let count = |result: Verdict| match self.order {
            FindingsOrder::Worst => open.counts[result as usize],
            _ => open.listed.iter().filter(|finding| finding.result == result).count(),
        };
        let problems = (count(Verdict::Fail), count(Verdict::Warn));
        if open.listed.is_empty() {
            if problems == (0, 0) {
                self.sound[open.noun as usize] += 1;
            }
            return Ok(());
        }
        if self.order != FindingsOrder::AsAdded {
            open.listed.sort_by_key(|finding| match finding.result {
                Verdict::Fail => 0,
                Verdict::Warn => 1,
                Verdict::Ok | Verdict::Skip => 2,
            });
        }
        let position = self.lines.position()?;
        self.groups.push(Group { problems, listed: open.listed.len(), position });
        let mut title = self.style.bold(&heading(open.noun, &open.subject));
        if self.order == FindingsOrder::Worst {
            title = format!("{title}: {}", open.summary());
        }
        writeln!(self.lines, "{title}")?;
        open.listed.iter().try_for_each(|finding| self.spool(finding))?;
        writeln!(self.lines)
    }

    fn spool(&mut self, finding: &Finding) -> io::Result<()> {
        let Finding { check, result, sentence, evidence, fix, .. } = finding;
        self.width = self.width.max(check.len());
        let word = &self.words[*result as usize];
        let sentence = localized(sentence);
        put(&mut self.lines, &["  ", word, "  ", MARK, check, MARK, "  ", &clean(&sentence)])?;
        // Tables show evidence for problems only; JSON always contains it.
        if matches!(result, Verdict::Warn | Verdict::Fail) {
            let evidence = evidence.as_deref().map(localized);
            for (label, text) in [("seen", evidence.as_deref()), ("fix", fix.as_deref())] {
                let Some(text) = text else { continue };
                let text = clean(text).replace('\n', " ");
                put(&mut self.lines, &["        ", MARK, MARK, "  ", label, ": ", &text])?;
            }
        }
        Ok(())
    }

    /// Writes the groups, the worst first, with at most `limit` findings, and the numbers of all.
    /// `omits_sound` says whether checks without problems are not listed.
    pub(crate) fn write(
        mut self,
        totals: &Totals,
        limit: usize,
        omits_sound: bool,
        output: &mut dyn Write,
    ) -> io::Result<()> {
        self.close()?;
        let sound = self.sound();
        let Self { style, lines, width, mut groups, order, .. } = self;
        if order != FindingsOrder::AsAdded {
            // The tool is the first one among equals.
            groups.sort_by_key(|group| Reverse(group.problems));
        }
        let all: usize = groups.iter().map(|group| group.listed).sum();
        let mut left = limit;
        lines.each_line(groups.iter().map(|group| group.position), |line| {
            let is_heading = !line.starts_with(b" ");
            let is_finding = !is_heading && !line.starts_with(BLANK);
            if left == 0 && (is_heading || is_finding) {
                return Ok(false);
            }
            if is_heading && left < limit {
                writeln!(output)?;
            }
            left -= usize::from(is_finding);
            write_aligned(line, width, style, &mut *output)?;
            Ok(true)
        })?;
        if !groups.is_empty() {
            writeln!(output)?;
        }
        if let Some(sound) = sound.filter(|_| omits_sound) {
            writeln!(output, "{sound}\n")?;
        }
        writeln!(output, "{}", summary(totals, style))?;
        let shown = Shown::of(Findings::NOUN, all.min(limit) as u64, all as u64);
        if let Some(note) = shown.note() {
            writeln!(output, "{}", style.fitted(&note, 0))?;
        }
        if totals.count(Verdict::Warn) + totals.count(Verdict::Fail) > 0 {
            writeln!(output, "What a check does, and why: ltictl explain CHECK")?;
        }
        if omits_sound {
            writeln!(output, "Every check: ltictl doctor --all")?;
        }
        Ok(())
    }

    /// What has no problems, if anything.
    fn sound(&self) -> Option<String> {
        let number = |noun: Noun| self.sound[noun as usize];
        let only = [(Noun::Tool, "the tool"), (Noun::Database, "the database")];
        let only = only.into_iter().filter(|(noun, _)| number(*noun) > 0);
        let many = [
            (Noun::Registration, "registration", "registrations"),
            (Noun::Consumer, "consumer", "consumers"),
        ];
        let many = many.into_iter().filter(|(noun, ..)| number(*noun) > 0);
        let parts: Vec<String> = only
            .map(|(_, words)| words.to_owned())
            .chain(many.map(|(noun, one, more)| counted(number(noun), one, more)))
            .collect();
        let (last, others) = parts.split_last().filter(|_| self.order == FindingsOrder::Worst)?;
        Some(match others {
            [] => format!("No problems: {last}"),
            others => format!("No problems: {} and {last}", others.join(", ")),
        })
    }
}

/// Writes the parts of a line: formatting them takes longer.
fn put(lines: &mut impl Write, parts: &[&str]) -> io::Result<()> {
    parts.iter().try_for_each(|part| lines.write_all(part.as_bytes()))?;
    lines.write_all(b"\n")
}

/// Writes a line of a table, in which the name of the check takes `width` characters. What follows it
/// is wrapped to the terminal's width, if there is one.
fn write_aligned(
    line: &[u8],
    width: usize,
    style: Style,
    mut output: impl Write,
) -> io::Result<()> {
    let mut parts = line.splitn(3, |byte| [*byte] == MARK.as_bytes());
    let parts = (parts.next(), parts.next(), parts.next());
    let (Some(before), Some(check), Some(after)) = parts else { return output.write_all(line) };
    if let Some(terminal) = style.width.filter(|_| check.is_empty()).map(usize::from) {
        return write_continued(after, width, terminal, output);
    }
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

/// Writes what continues a finding to a terminal: a label with its text, which is below the sentence if
/// there is room enough.
fn write_continued(
    line: &[u8],
    width: usize,
    terminal: usize,
    mut output: impl Write,
) -> io::Result<()> {
    let line = String::from_utf8_lossy(line);
    let (label, text) = line.trim().split_once(": ").unwrap_or(("", line.trim()));
    let below_sentence = BEFORE_CHECK + width + 2;
    let has_room = terminal >= below_sentence + ENOUGH_ROOM;
    let indent = if has_room { below_sentence } else { BEFORE_CHECK };
    let text = wrap::indented(text, terminal, indent + label.len() + 2);
    writeln!(output, "{:indent$}{label}: {text}", "")
}

/// How wide a text should be at least to be below a sentence.
const ENOUGH_ROOM: usize = 64;

/// What a line has before the name of the check if it continues a finding.
const BLANK: &[u8] = b"        ";

/// How many characters a line has before the name of the check.
const BEFORE_CHECK: usize = BLANK.len();

/// The line above the findings about a subject.
fn heading(noun: Noun, subject: &str) -> String {
    match noun {
        Noun::Tool => "Tool".to_owned(),
        Noun::Database => "Database".to_owned(),
        Noun::Registration => format!("Registration {}", clean(subject)),
        Noun::Consumer => format!("Consumer {}", clean(subject)),
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

/// Each result, as a number of findings is written.
const WORDS: [(Verdict, &str, &str); 4] = [
    (Verdict::Skip, "skipped", "skipped"),
    (Verdict::Ok, "ok", "ok"),
    (Verdict::Warn, "warning", "warnings"),
    (Verdict::Fail, "failure", "failures"),
];

/// The number of findings with each result, in colour unless it is zero.
fn summary(totals: &Totals, style: Style) -> String {
    let [skipped, ok, warnings, failures] = WORDS;
    let part = |(result, one, many): (Verdict, &str, &str)| {
        let count = totals.count(result);
        let text = counted(count, one, many);
        health(result)
            .filter(|_| count > 0)
            .map_or(text.clone(), |health| style.colored(&text, health))
    };
    [ok, warnings, failures, skipped].map(part).join(", ")
}

impl Findings {
    /// The problems among these findings, with the numbers of all, as `doctor` prints them.
    pub fn problems(&self, style: Style) -> String {
        let is_problem =
            |finding: &Finding| matches!(finding.result, Verdict::Warn | Verdict::Fail);
        self.to_text(style, FindingsOrder::Worst, is_problem)
    }

    fn to_text(
        &self,
        style: Style,
        order: FindingsOrder,
        is_listed: fn(&Finding) -> bool,
    ) -> String {
        let mut table = FindingsTable::new(style, order);
        let omits_sound = order == FindingsOrder::Worst;
        let mut text = Vec::new();
        let add = |finding: &Finding| table.add(finding.clone(), is_listed(finding));
        // Writing to memory does not fail.
        let added = self.list.iter().try_for_each(add);
        let written =
            added.and_then(|()| table.write(&self.totals, usize::MAX, omits_sound, &mut text));
        debug_assert!(written.is_ok());
        String::from_utf8_lossy(&text).trim_end_matches('\n').to_owned()
    }
}

impl View for Findings {
    fn table(&self, style: Style) -> String {
        self.to_text(style, FindingsOrder::AsAdded, |_| true)
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
            noun: if subject == "tool" { Noun::Tool } else { Noun::Registration },
            subject: subject.to_owned(),
            result,
            sentence: "A\u{1b}[2J sentence.".into(),
            evidence: fix.map(|_| "what came".to_owned()),
            fix: fix.map(str::to_owned),
        };
        let all = vec![
            finding("tool", Verdict::Ok, None),
            finding("moodle", Verdict::Fail, Some("ltictl platform set moodle")),
            finding("moodle", Verdict::Skip, None),
        ];
        let findings = Findings::from(all.clone());
        let end = "1 ok, 0 warnings, 1 failure, 1 skipped\nWhat a check does, and why: ltictl \
            explain CHECK";
        let failure = "  fail  status  A\u{fffd}[2J sentence.\n                seen: what came\n\
            \x20               fix: ltictl platform set moodle\n";
        let expected = format!(
            "Tool\n  ok    status  A\u{fffd}[2J sentence.\n\nRegistration moodle\n{failure}\x20 skip  \
             status  A\u{fffd}[2J sentence.\n\n{end}"
        );
        assert_eq!(findings.table(Style::default()), expected);
        let expected = format!(
            "Registration moodle: 1 failure, 1 skipped\n{failure}\nNo problems: the tool\n\n{end}\n\
             Every check: ltictl doctor --all"
        );
        assert_eq!(findings.problems(Style::default()), expected);
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

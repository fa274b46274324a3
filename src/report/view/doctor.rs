//! Findings of `doctor`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::doctor::{DATABASE, Finding, TOOL, Verdict};
use crate::report::table::Health;
use crate::report::{List, Style, View, clean};

/// The findings to show, grouped by subject.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Findings {
    /// The findings.
    pub list: Vec<Finding>,
    #[serde(skip)]
    counts: [usize; 4],
}

/// The results in the order in which the last line counts them.
const RESULTS: [Verdict; 4] = [Verdict::Ok, Verdict::Warn, Verdict::Fail, Verdict::Skip];

impl From<Vec<Finding>> for Findings {
    fn from(list: Vec<Finding>) -> Self {
        let counts =
            RESULTS.map(|result| list.iter().filter(|finding| finding.result == result).count());
        Self { list, counts }
    }
}

impl Findings {
    /// All findings, or only problems; the last line counts all of them.
    pub fn of(findings: Vec<Finding>, problems_only: bool) -> Self {
        let mut shown = Self::from(findings);
        if problems_only {
            shown.list.retain(|finding| matches!(finding.result, Verdict::Warn | Verdict::Fail));
        }
        shown
    }
}

impl View for Findings {
    fn table(&self, style: Style) -> String {
        let width = self.list.iter().map(|finding| finding.check.len()).max().unwrap_or(0);
        let mut lines = Vec::new();
        for (place, finding) in self.list.iter().enumerate() {
            if place == 0 || self.list[place - 1].subject != finding.subject {
                if place > 0 {
                    lines.push(String::new());
                }
                let subject = clean(&finding.subject);
                lines.push(style.bold(&match finding.subject.as_str() {
                    TOOL => "Tool".to_owned(),
                    DATABASE => "Database".to_owned(),
                    _ => format!("Registration {subject}"),
                }));
            }
            let health = match finding.result {
                Verdict::Ok => Some(Health::Good),
                Verdict::Warn => Some(Health::Waiting),
                Verdict::Fail => Some(Health::Bad),
                Verdict::Skip => None,
            };
            let word = format!("{:<4}", finding.result.as_str());
            let word = health.map_or(word.clone(), |health| style.colored(&word, health));
            lines.push(format!("  {word}  {:width$}  {}", finding.check, clean(&finding.sentence)));
            // Tables show evidence for problems only; JSON always contains it.
            let shown = |result| matches!(result, Verdict::Warn | Verdict::Fail);
            for (label, text) in [("seen", &finding.evidence), ("fix", &finding.fix)] {
                if let Some(text) = text.as_ref().filter(|_| shown(finding.result)) {
                    lines.push(format!(
                        "        {:width$}  {label}: {}",
                        "",
                        clean(text).replace('\n', " ")
                    ));
                }
            }
        }
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(self.summary(style));
        if self.counts[1] + self.counts[2] > 0 {
            lines.push("What a check does, and why: ltictl explain CHECK".to_owned());
        }
        lines.join("\n")
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

impl Findings {
    /// The number of findings with each result, in colour unless it is zero.
    fn summary(&self, style: Style) -> String {
        let words = [
            ("ok", "ok", Some(Health::Good)),
            ("warning", "warnings", Some(Health::Waiting)),
            ("failure", "failures", Some(Health::Bad)),
            ("skipped", "skipped", None),
        ];
        let part = |(count, (one, many, health)): (&usize, (&str, &str, Option<Health>))| {
            let text = format!("{count} {}", if *count == 1 { one } else { many });
            health
                .filter(|_| *count > 0)
                .map_or(text.clone(), |health| style.colored(&text, health))
        };
        self.counts.iter().zip(words).map(part).collect::<Vec<_>>().join(", ")
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
        let findings = Findings::of(all.clone(), false);
        let expected = "Tool\n  ok    status  A\u{fffd}[2J sentence.\n\nRegistration moodle\n  \
            fail  status  A\u{fffd}[2J sentence.\n                seen: what came\n                \
            fix: ltictl platform set moodle\n  skip  status  A\u{fffd}[2J sentence.\n\n1 ok, 0 \
            warnings, 1 failure, 1 skipped\nWhat a check does, and why: ltictl \
            explain CHECK";
        assert_eq!(findings.table(Style::default()), expected);
        let json = serde_json::to_value(&findings).unwrap();
        assert_eq!(json[1]["result"], "fail");
        assert_eq!(json[0]["fix"], serde_json::Value::Null);
        let problems = Findings::of(all.clone(), true);
        assert_eq!(problems.list.len(), 1);
        assert!(
            problems.table(Style::default()).contains("1 ok, 0 warnings, 1 failure, 1 skipped")
        );
        assert!(Findings::of(all[..1].to_vec(), true).table(Style::default()).starts_with("1 ok"));
        assert!(
            findings.table(Style { color: true, wrap: false }).contains("\u{1b}[31mfail\u{1b}[0m")
        );
    }
}

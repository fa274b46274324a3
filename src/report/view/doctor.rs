//! What `doctor` found.

use schemars::JsonSchema;
use serde::Serialize;

use super::list;
use crate::report::table::Mood;
use crate::report::{Style, View, clean};
use crate::usecase::diagnose::{DATABASE, Finding, TOOL, Verdict};

/// What one check found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FindingView {
    /// Stable name of the check.
    pub check: &'static str,
    /// A registration's slug, or `tool`.
    pub subject: String,
    /// `ok`, `warn`, `fail` or `skip`.
    pub result: Verdict,
    /// The finding in one sentence.
    pub sentence: String,
    /// What was seen.
    pub evidence: Option<String>,
    /// What to do.
    pub fix: Option<String>,
}

impl From<&Finding> for FindingView {
    fn from(finding: &Finding) -> Self {
        Self {
            check: finding.check,
            subject: finding.subject.clone(),
            result: finding.result,
            sentence: finding.sentence.clone(),
            evidence: finding.evidence.clone(),
            fix: finding.fix.clone(),
        }
    }
}

/// Every finding, grouped by subject already.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Findings(pub Vec<FindingView>);

impl View for Findings {
    fn table(&self, style: Style) -> String {
        let width = self.0.iter().map(|finding| finding.check.len()).max().unwrap_or(0);
        let mut lines = Vec::new();
        for (place, finding) in self.0.iter().enumerate() {
            if place == 0 || self.0[place - 1].subject != finding.subject {
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
            let mood = match finding.result {
                Verdict::Ok => Some(Mood::Good),
                Verdict::Warn => Some(Mood::Waiting),
                Verdict::Fail => Some(Mood::Bad),
                Verdict::Skip => None,
            };
            let word = format!("{:<4}", finding.result.as_str());
            let word = mood.map_or(word.clone(), |mood| style.colored(&word, mood));
            lines.push(format!("  {word}  {:width$}  {}", finding.check, clean(&finding.sentence)));
            // What is well needs no proof on a terminal; programs get it all the same.
            let shown = |result| matches!(result, Verdict::Warn | Verdict::Fail);
            for (label, text) in [("seen", &finding.evidence), ("fix", &finding.fix)] {
                if let Some(text) = text.as_ref().filter(|_| shown(finding.result)) {
                    lines.push(format!("        {:width$}  {label}: {}", "", clean(text).replace('\n', " ")));
                }
            }
        }
        lines.push(String::new());
        lines.push(self.summary());
        lines.join("\n")
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.iter().map(|finding| finding.check.to_owned()).collect()
    }
}

list!(Findings, FindingView);

impl Findings {
    fn summary(&self) -> String {
        let count = |result| self.0.iter().filter(|finding| finding.result == result).count();
        let (ok, warn, fail, skip) = (count(Verdict::Ok), count(Verdict::Warn), count(Verdict::Fail), count(Verdict::Skip));
        format!("{ok} ok, {warn} warn, {fail} fail, {skip} skip")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_stand_under_their_subject_with_evidence_and_fix() {
        let finding = |subject: &str, result, fix: Option<&str>| FindingView {
            check: "status",
            subject: subject.to_owned(),
            result,
            sentence: "A\u{1b}[2J sentence.".to_owned(),
            evidence: fix.map(|_| "what came".to_owned()),
            fix: fix.map(str::to_owned),
        };
        let findings = Findings(vec![
            finding(TOOL, Verdict::Ok, None),
            finding("moodle", Verdict::Fail, Some("ltictl platform set moodle")),
            finding("moodle", Verdict::Skip, None),
        ]);
        let expected = "Tool\n  ok    status  A\u{fffd}[2J sentence.\n\nRegistration moodle\n  fail  status  A\u{fffd}[2J sentence.\n                seen: what came\n                fix: ltictl platform set moodle\n  skip  status  A\u{fffd}[2J sentence.\n\n1 ok, 0 warn, 1 fail, 1 skip";
        assert_eq!(findings.table(Style::default()), expected);
        let json = serde_json::to_value(&findings).unwrap();
        assert_eq!(json[1]["result"], "fail");
        assert_eq!(json[0]["fix"], serde_json::Value::Null);
        assert!(findings.table(Style { color: true, wrap: false }).contains("\u{1b}[31mfail\u{1b}[0m"));
    }
}

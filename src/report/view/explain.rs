//! Reason codes in words.

use schemars::JsonSchema;
use serde::Serialize;

use super::list;
use crate::report::explain_codes::{Explanation, Family, Who};
use crate::report::{Details, Style, Table, View};

/// A code in words.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ExplanationView {
    /// The code.
    pub code: String,
    /// What it says something about: `launch`, `registration`, `synchronization`, `doctor`,
    /// `audit`, `command` or `app`.
    pub family: Family,
    /// What it is, in a few words.
    pub title: String,
    /// What it means; capitals stand for values.
    pub meaning: String,
    /// What the person who launches reads, where there is such a person.
    pub page: Option<String>,
    /// Who has to act: `person`, `lms_admin`, `tool_admin`, `app_developer` or `nobody`.
    pub who: Who,
    /// What to do.
    pub fix: String,
    /// Where the code is met.
    pub seen_in: &'static str,
}

impl From<Explanation> for ExplanationView {
    fn from(explanation: Explanation) -> Self {
        let Explanation { code, family, title, meaning, page, who, fix, seen_in } = explanation;
        Self { code, family, title, meaning, page, who, fix, seen_in }
    }
}

/// Everything that a code stands for; most stand for one thing.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Explanations(pub Vec<ExplanationView>);

impl View for Explanations {
    fn table(&self, style: Style) -> String {
        let one = |explanation: &ExplanationView| {
            let mut details = Details::new(style);
            details.section(&format!(
                "{} ({})",
                explanation.code,
                explanation.family.description()
            ));
            details.add("In short", &explanation.title);
            details.add("What it means", &explanation.meaning);
            if let Some(page) = &explanation.page {
                details.add("What the person reads", page);
            }
            details.add("Who can help", explanation.who.as_str());
            details.add("What to do", &explanation.fix);
            details.add("Seen in", explanation.seen_in);
            details.finish()
        };
        self.0.iter().map(one).collect::<Vec<_>>().join("\n\n")
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.iter().map(|explanation| explanation.code.clone()).collect()
    }
}

list!(Explanations, ExplanationView);

/// Every code there is.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct CodeList(pub Vec<ExplanationView>);

impl View for CodeList {
    fn table(&self, style: Style) -> String {
        let mut table = Table::new(style, &["CODE", "ABOUT", "IN SHORT"]);
        for explanation in &self.0 {
            table.row(&[&explanation.code, explanation.family.as_str(), &explanation.title], None);
        }
        table.finish("There are no codes.")
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.iter().map(|explanation| explanation.code.clone()).collect()
    }
}

list!(CodeList, ExplanationView);

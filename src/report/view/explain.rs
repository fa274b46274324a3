//! Explanations of reason codes.

use schemars::JsonSchema;
use serde::Serialize;

use super::list;
use crate::report::explain_codes::Explanation;
use crate::report::table::{self, column};
use crate::report::{Details, Style, View};

/// All meanings of a code; most codes have one.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Explanations(pub Vec<Explanation>);

impl View for Explanations {
    fn table(&self, style: Style) -> String {
        let one = |explanation: &Explanation| {
            let mut details = Details::new(style);
            details.section(&format!(
                "{} ({})",
                explanation.code,
                explanation.family.description()
            ));
            details.add("In short", &explanation.title);
            details.add("What it means", &explanation.meaning);
            if let Some(page) = &explanation.page {
                details.add("Page shown", page);
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

list!(Explanations, Explanation, |explanation| table::texts(CodeList::COLUMNS, explanation));

list! {
    /// Every code.
    CodeList of Explanation {
        noun: "codes",
        columns: &[
            column("CODE", |explanation| explanation.code.clone()),
            column("ABOUT", |explanation| explanation.family.as_str().to_owned()),
            column("IN SHORT", |explanation| explanation.title.clone()),
        ],
        identifier: |explanation| explanation.code.clone(),
        empty: "There are no codes.",
    }
}

//! The audit log: who changed what.

use serde_json::{Map, Value};

use super::{list, short_time};
use crate::domain::{AuditAction, AuditEntry, AuditProof};
use crate::report::table::{Entry, Health, colored_column, column, time_column};
use crate::report::{Details, Style, Table, View};

/// The longest value that lists show in full, in characters.
const LONGEST: usize = 40;

/// A member of an object that changed: its name, and its values before and after.
type Difference = (String, Option<Value>, Option<Value>);

fn health(entry: &AuditEntry) -> Health {
    match entry.action {
        AuditAction::Created => Health::Good,
        AuditAction::Changed => Health::Waiting,
        AuditAction::Deleted => Health::Bad,
    }
}

/// Every member of the object before or after the change, with both values.
fn differences(entry: &AuditEntry) -> Vec<Difference> {
    let object = |text: &Option<String>| -> Map<String, Value> {
        text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    let mut after = object(&entry.after);
    let mut differences: Vec<Difference> = object(&entry.before)
        .into_iter()
        .map(|(name, before)| {
            let after = after.remove(&name);
            (name, Some(before), after)
        })
        .collect();
    differences.extend(after.into_iter().map(|(name, after)| (name, None, Some(after))));
    differences
}

/// The differences, shortened for lists.
fn summary(entry: &AuditEntry) -> String {
    if entry.action != AuditAction::Changed {
        return "-".to_owned();
    }
    let short = |value: Option<&Value>| {
        let text = in_words(value);
        if text.chars().count() > LONGEST {
            format!("{}…", text.chars().take(LONGEST - 1).collect::<String>())
        } else {
            text
        }
    };
    let differences = differences(entry).into_iter().map(|(name, before, after)| match before {
        None => format!("{name}: {}", short(after.as_ref())),
        Some(_) => format!("{name}: {} → {}", short(before.as_ref()), short(after.as_ref())),
    });
    differences.collect::<Vec<_>>().join(", ")
}

/// A value in words.
fn in_words(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(values)) => {
            values.iter().map(|value| in_words(Some(value))).collect::<Vec<_>>().join(" ")
        }
        Some(other) => other.to_string(),
    }
}

const DETAILS: &[Entry<AuditEntry>] = &[
    Entry::Value("Entry", |entry| entry.id.to_string()),
    Entry::Time("Time", |entry| entry.at),
    Entry::Value("Who", |entry| entry.actor.name.clone()),
    Entry::Value("Via", |entry| entry.actor.via.clone().into_owned()),
    Entry::Value("What", |entry| format!("{} {}", entry.noun, entry.name)),
    Entry::Value("Action", |entry| entry.action.to_string()),
    Entry::Value("Hash", |entry| entry.hash.to_string()),
];

impl View for AuditEntry {
    fn table(&self, style: Style) -> String {
        let details = Details::of(style, self, DETAILS);
        let mut table = Table::new(style, &["", "BEFORE", "AFTER"]);
        let place = if self.action == AuditAction::Deleted { 1 } else { 2 };
        for (name, before, after) in differences(self) {
            table.row(
                &[&name, &in_words(before.as_ref()), &in_words(after.as_ref())],
                Some((place, health(self))),
            );
        }
        format!("{}\n\n{}", details.finish(), table.finish("No values were recorded."))
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.id.to_string()]
    }
}

list! {
    /// The newest changes.
    AuditList of AuditEntry {
        noun: "changes",
        columns: &[
            column("ENTRY", |entry| entry.id.to_string()),
            time_column("TIME", |entry| short_time(entry.at)),
            column("WHO", |entry| entry.actor.name.clone()),
            column("VIA", |entry| entry.actor.via.clone().into_owned()),
            colored_column("ACTION", |entry| entry.action.to_string(), health),
            column("WHAT", |entry| entry.noun.clone()),
            column("NAME", |entry| entry.name.clone()),
            column("CHANGE", summary),
        ],
        identifier: |entry| entry.id.to_string(),
        empty: "No matching changes.",
    }
}

impl View for AuditProof {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Entries in order", &self.entries.to_string());
        let last_hash = self.last.map(|(_, hash)| hash.to_string());
        details.add_optional("Last hash", last_hash.as_deref());
        if let Some(entry) = self.expected {
            let later = self.last.map_or(entry, |(last, _)| last) - entry;
            details.add("Expected hash", &format!("that of entry {entry}; {later} later entries"));
        }
        details.add("Append-only", if self.append_only { "yes" } else { "no" });
        let verdict = match &self.problem {
            Some(problem) => style.colored(&problem.to_string(), Health::Bad),
            None if !self.append_only => style.colored(
                "the entries are intact, but the database no longer protects them",
                Health::Bad,
            ),
            None => style.colored("no entry was altered, removed or moved", Health::Good),
        };
        format!("{}\n\n{verdict}", details.finish())
    }

    fn identifiers(&self) -> Vec<String> {
        self.last.map(|(_, hash)| hash.to_string()).into_iter().collect()
    }
}

//! The audit log: who changed what.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{list, rfc3339, short_time};
use crate::domain::{AuditAction, AuditEntry, AuditProof};
use crate::report::table::Mood;
use crate::report::{Details, Style, Table, View};

/// The longest value that a list shows whole, in characters.
const LONGEST: usize = 40;

/// One change.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AuditEntryView {
    /// The entries are numbered from 1, without a gap.
    pub id: i64,
    /// When it was made.
    pub at: String,
    /// Who made it: a user of the operating system, or `server`.
    pub actor: String,
    /// By which command, or which part of the server.
    pub via: String,
    /// `created`, `changed` or `deleted`.
    #[schemars(with = "String")]
    pub action: AuditAction,
    /// What sort of thing it was made to.
    pub noun: String,
    /// Which one.
    pub name: String,
    /// What was before: of a changed thing only what differs.
    pub before: Option<Map<String, Value>>,
    /// What is after, likewise.
    pub after: Option<Map<String, Value>>,
    /// The hash of the entry before, in hexadecimal.
    pub previous_hash: String,
    /// The hash of this one.
    pub hash: String,
    #[serde(skip)]
    time: String,
}

impl From<&AuditEntry> for AuditEntryView {
    fn from(entry: &AuditEntry) -> Self {
        // What is no JSON object was not written by this program; `audit verify` tells.
        let side = |text: &Option<String>| {
            text.as_deref().map(|text| serde_json::from_str(text).unwrap_or_default())
        };
        Self {
            id: entry.id,
            at: rfc3339(entry.at),
            actor: entry.actor.name.clone(),
            via: entry.actor.via.clone().into_owned(),
            action: entry.action,
            noun: entry.noun.clone(),
            name: entry.name.clone(),
            before: side(&entry.before),
            after: side(&entry.after),
            previous_hash: entry.previous_hash.to_string(),
            hash: entry.hash.to_string(),
            time: short_time(entry.at),
        }
    }
}

impl AuditEntryView {
    fn mood(&self) -> Mood {
        match self.action {
            AuditAction::Created => Mood::Good,
            AuditAction::Changed => Mood::Waiting,
            AuditAction::Deleted => Mood::Bad,
        }
    }

    /// Every member that stands on one of the two sides, with both values.
    fn members(&self) -> Vec<(&str, Option<&Value>, Option<&Value>)> {
        let before = self.before.iter().flatten().map(|(name, value)| {
            (name.as_str(), Some(value), self.after.as_ref().and_then(|after| after.get(name)))
        });
        let is_new =
            |name: &&String| self.before.as_ref().is_none_or(|before| !before.contains_key(*name));
        let after = self
            .after
            .iter()
            .flatten()
            .filter(|(name, _)| is_new(name))
            .map(|(name, value)| (name.as_str(), None, Some(value)));
        before.chain(after).collect()
    }

    /// What a list says of it: the differences, shortened.
    fn in_short(&self) -> String {
        if self.action != AuditAction::Changed {
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
        let differences = self.members().into_iter().map(|(name, before, after)| match before {
            None => format!("{name}: {}", short(after)),
            Some(_) => format!("{name}: {} → {}", short(before), short(after)),
        });
        differences.collect::<Vec<_>>().join(", ")
    }
}

/// A value as people read it.
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

impl View for AuditEntryView {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Entry", &self.id.to_string());
        details.add("Time (UTC)", &self.time);
        details.add("Who", &self.actor);
        details.add("Via", &self.via);
        details.add("What", &format!("{} {}", self.noun, self.name));
        details.add("Action", self.action.as_str());
        details.add("Hash", &self.hash);
        let mut table = Table::new(style, &["", "BEFORE", "AFTER"]);
        let place = if self.action == AuditAction::Deleted { 1 } else { 2 };
        for (name, before, after) in self.members() {
            table.row(&[name, &in_words(before), &in_words(after)], Some((place, self.mood())));
        }
        format!("{}\n\n{}", details.finish(), table.finish("Nothing more is known."))
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.id.to_string()]
    }
}

/// The newest changes.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct AuditList(pub Vec<AuditEntryView>);

impl View for AuditList {
    fn table(&self, style: Style) -> String {
        let mut table = Table::new(
            style,
            &["ENTRY", "TIME (UTC)", "WHO", "VIA", "ACTION", "WHAT", "NAME", "CHANGE"],
        );
        for entry in &self.0 {
            let (id, action) = (entry.id.to_string(), entry.action.as_str());
            table.row(
                &[
                    &id,
                    &entry.time,
                    &entry.actor,
                    &entry.via,
                    action,
                    &entry.noun,
                    &entry.name,
                    &entry.in_short(),
                ],
                Some((4, entry.mood())),
            );
        }
        table.finish("No changes like that.")
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.iter().map(|entry| entry.id.to_string()).collect()
    }
}

list!(AuditList, AuditEntryView);

/// What the audit log looks like from its first entry to its last.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AuditProofView {
    /// How many entries are as they were written, from the first one on.
    pub entries: u64,
    /// The number of the last of them.
    pub last_entry: Option<i64>,
    /// Its hash, to be kept elsewhere.
    pub last_hash: Option<String>,
    /// The entry that has the expected hash.
    pub expected_entry: Option<i64>,
    /// Whether the database refuses to change and to delete entries.
    pub append_only: bool,
    /// The first thing that is wrong.
    pub problem: Option<AuditProblemView>,
}

/// What is wrong with the audit log.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AuditProblemView {
    /// `altered`, `missing`, `reordered`, `replaced` or `cut_off`.
    pub code: &'static str,
    /// The number of the entry.
    pub entry: Option<i64>,
    /// In words.
    pub message: String,
}

impl From<&AuditProof> for AuditProofView {
    fn from(proof: &AuditProof) -> Self {
        Self {
            entries: proof.entries,
            last_entry: proof.last.map(|(id, _)| id),
            last_hash: proof.last.map(|(_, hash)| hash.to_string()),
            expected_entry: proof.expected,
            append_only: proof.append_only,
            problem: proof.problem.map(|problem| AuditProblemView {
                code: problem.code(),
                entry: problem.entry(),
                message: problem.to_string(),
            }),
        }
    }
}

impl View for AuditProofView {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Entries in order", &self.entries.to_string());
        details.add_optional("Last hash", self.last_hash.as_deref());
        if let Some(entry) = self.expected_entry {
            let later = self.last_entry.unwrap_or(entry) - entry;
            details.add("Expected hash", &format!("that of entry {entry}; {later} came later"));
        }
        details.add("Append-only", if self.append_only { "yes" } else { "no" });
        let verdict = match &self.problem {
            Some(problem) => style.colored(&problem.message, Mood::Bad),
            None if !self.append_only => style.colored(
                "the entries are whole, but the database no longer protects them",
                Mood::Bad,
            ),
            None => style.colored("no entry was altered, removed or put elsewhere", Mood::Good),
        };
        format!("{}\n\n{verdict}", details.finish())
    }

    fn identifiers(&self) -> Vec<String> {
        self.last_hash.clone().into_iter().collect()
    }
}

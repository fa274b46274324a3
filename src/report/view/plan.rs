//! The changes of a manifest, planned or made.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::domain::Slug;
use crate::provision::{Action, Change, FieldChange, Plan};
use crate::report::table::Health;
use crate::report::{Style, View, clean, counted_in_words};

/// The changes of a manifest, planned or made.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlanView {
    /// Whether the changes were only planned, not made.
    pub dry_run: bool,
    /// Number of objects that are created.
    pub created: usize,
    /// Number of objects that are updated.
    pub updated: usize,
    /// Number of objects that are deleted.
    pub deleted: usize,
    /// Every change.
    pub changes: Vec<ChangeView>,
}

/// A change of one object.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChangeView {
    /// What happens.
    pub action: Action,
    /// settings, registration, deployment, resource, consumer, client or account.
    pub kind: &'static str,
    /// The slug of the registration that a deployment belongs to.
    pub registration: Option<Slug>,
    /// Slug, deployment ID or username; null for settings.
    pub key: Option<String>,
    /// The keys that change; for deletions, all keys.
    pub fields: Vec<FieldChange>,
    /// What is deleted with it, such as grades.
    pub also_deletes: Option<String>,
}

impl PlanView {
    /// The view of a plan that is executed or, with `dry_run`, only shown.
    pub fn new(plan: &Plan, dry_run: bool) -> Self {
        let also_deletes = |number: usize| {
            plan.losses
                .iter()
                .find(|loss| loss.change == number)
                .map(|loss| counted_in_words(&loss.counts))
        };
        Self {
            dry_run,
            created: plan.count(Action::Create),
            updated: plan.count(Action::Update),
            deleted: plan.count(Action::Delete),
            changes: plan
                .changes
                .iter()
                .enumerate()
                .map(|(number, change)| ChangeView::new(change, also_deletes(number), dry_run))
                .collect(),
        }
    }

    /// The numbers of changes in words.
    pub fn summary(&self) -> String {
        let (created, updated, deleted) = (self.created, self.updated, self.deleted);
        if self.changes.is_empty() {
            "No changes".to_owned()
        } else if self.dry_run {
            format!("{created} to create, {updated} to update, {deleted} to delete")
        } else {
            format!("{created} created, {updated} updated, {deleted} deleted")
        }
    }
}

impl ChangeView {
    fn new(change: &Change, also_deletes: Option<String>, dry_run: bool) -> Self {
        let mut fields = change.fields();
        if dry_run && change.has_fresh_uuid() {
            // They are created when the plan is applied.
            fields.retain(|field| !matches!(field.field.as_str(), "uuid" | "client_id"));
        }
        Self {
            action: change.action(),
            kind: change.kind(),
            registration: change.registration().cloned(),
            key: change.key().map(str::to_owned),
            fields,
            also_deletes,
        }
    }

    fn object(&self) -> String {
        let key = self.key.as_deref().map(|key| format!(" {key}")).unwrap_or_default();
        let of = self
            .registration
            .as_ref()
            .map(|registration| format!(" of {registration}"))
            .unwrap_or_default();
        clean(&format!("{}{key}{of}", self.kind)).into_owned()
    }
}

impl View for PlanView {
    fn table(&self, style: Style) -> String {
        let mut lines = Vec::new();
        for change in &self.changes {
            let (sign, health) = match change.action {
                Action::Create => ("+", Health::Good),
                Action::Update => ("~", Health::Waiting),
                Action::Delete => ("-", Health::Bad),
            };
            let with = change
                .also_deletes
                .as_deref()
                .map(|also| format!(", with {also}"))
                .unwrap_or_default();
            lines.push(style.colored(&format!("{sign} {}{with}", change.object()), health));
            // Deleted objects and objects that were just created need no list of their keys.
            let has_fields = change.action == Action::Update
                || (change.action == Action::Create && self.dry_run);
            for field in change.fields.iter().filter(|_| has_fields) {
                let new = style.colored(&in_words(&field.new), Health::Good);
                let line = match change.action {
                    Action::Update => format!(
                        "    {}: {} → {new}",
                        field.field,
                        style.colored(&in_words(&field.old), Health::Bad)
                    ),
                    _ => format!("    {}: {new}", field.field),
                };
                lines.push(line);
            }
        }
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(self.summary());
        lines.join("\n")
    }

    fn identifiers(&self) -> Vec<String> {
        self.changes.iter().map(ChangeView::object).collect()
    }
}

/// A value on one line.
fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        value => clean(&value.to_string()).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_listed_by_object() {
        let field =
            |field: &str, old: Value, new: Value| FieldChange { field: field.to_owned(), old, new };
        let change = |action, kind, key: &str, fields, also_deletes: Option<&str>| ChangeView {
            action,
            kind,
            registration: (kind == "deployment").then(|| Slug::known("moodle")),
            key: Some(key.to_owned()),
            fields,
            also_deletes: also_deletes.map(str::to_owned),
        };
        let view = |dry_run| PlanView {
            dry_run,
            created: 1,
            updated: 1,
            deleted: 1,
            changes: vec![
                change(
                    Action::Create,
                    "deployment",
                    "1",
                    vec![field("name", Value::Null, "Whole\u{1b} site".into())],
                    None,
                ),
                change(
                    Action::Update,
                    "resource",
                    "quiz",
                    vec![field("max_grade", 10.into(), Value::Null)],
                    None,
                ),
                change(
                    Action::Delete,
                    "account",
                    "tina",
                    vec![field("email", "tina@example.edu".into(), Value::Null)],
                    Some("1 grade"),
                ),
            ],
        };
        let expected = "+ deployment 1 of moodle\n    name: \"Whole\\u001b site\"\n~ resource \
            quiz\n    max_grade: 10 → nothing\n- account tina, with 1 grade\n\n1 to create, 1 to \
            update, 1 to delete";
        assert_eq!(view(true).table(Style::default()), expected);
        let done = view(false).table(Style::default());
        assert!(
            done.starts_with("+ deployment 1 of moodle\n~ resource quiz\n    max_grade")
                && done.ends_with("1 created, 1 updated, 1 deleted"),
            "{done}"
        );
        assert!(
            view(true)
                .table(Style { color: true, width: None })
                .contains("\u{1b}[31m- account tina, with 1 grade\u{1b}[0m")
        );
        let nothing =
            PlanView { dry_run: false, created: 0, updated: 0, deleted: 0, changes: Vec::new() };
        assert_eq!(nothing.table(Style::default()), "No changes");
    }
}

//! Backups, restored databases, copies, and the database itself.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::doctor::Findings;
use crate::admin::backup::{BackedUp, TableSize};
use crate::admin::copy::Copied;
use crate::doctor::{DatabaseCheck, Finding};
use crate::report::{Details, Style, View};

impl View for BackedUp {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Backup", &self.path.display().to_string());
        details.add("Size", &size_in_words(self.bytes));
        details.add("Schema version", &self.schema_version.to_string());
        details.add(
            "Keys and passwords",
            if self.with_keys { "included: keep it as private as the database" } else { "omitted" },
        );
        add_counts(&mut details, sizes(&self.tables));
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.path.display().to_string()]
    }
}

/// A database that was restored.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RestoredView {
    /// Path of the database.
    pub database: String,
    /// Path of the backup.
    pub restored_from: String,
    /// Path of the previous database, if there was one.
    pub previous_database: Option<String>,
    /// The tool's public URL.
    pub url: String,
    /// The tool's name.
    pub name: String,
    /// The schema version of the backup.
    pub backup_schema_version: usize,
    /// The schema version of the database.
    pub schema_version: usize,
    /// Whether new keys were created, because the backup has none.
    pub has_new_keys: bool,
    /// All tables with their sizes.
    pub tables: Vec<TableSize>,
}

impl View for RestoredView {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Database", &self.database);
        details.add("Restored from", &self.restored_from);
        details.add_optional("Previous database", self.previous_database.as_deref());
        details.add("Tool", &format!("{} at {}", self.name, self.url));
        let version = self.schema_version.to_string();
        let from =
            format!("{} (the backup had {})", self.schema_version, self.backup_schema_version);
        details.add(
            "Schema version",
            if self.schema_version == self.backup_schema_version { &version } else { &from },
        );
        details.add("Keys", if self.has_new_keys { "new" } else { "those of the backup" });
        add_counts(&mut details, sizes(&self.tables));
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.database.clone()]
    }
}

/// Adds the numbers of interest to people; programs get every table.
fn add_counts<'t>(details: &mut Details, tables: impl IntoIterator<Item = (&'t str, u64)>) {
    let tables: BTreeMap<&str, u64> = tables.into_iter().collect();
    details.section("Contents");
    for (table, label) in [
        ("registration", "Registrations"),
        ("consumer", "Consumers"),
        ("deployment", "Deployments"),
        ("resource", "Resources"),
        ("account", "Accounts"),
        ("enrolment", "Enrolments"),
        ("grade", "Grades"),
        ("launch", "Launches"),
    ] {
        if let Some(rows) = tables.get(table) {
            // A consumer has a row in both tables.
            let consumers = tables.get("consumer").copied().unwrap_or_default();
            let others = if table == "registration" { consumers } else { 0 };
            details.add(label, &rows.saturating_sub(others).to_string());
        }
    }
}

/// A database whose schema is up to date.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UpgradedView {
    /// Path of the file, or address of the database on its server.
    pub database: String,
    /// The schema version before.
    pub previous_schema_version: usize,
    /// The schema version now.
    pub schema_version: usize,
}

impl View for UpgradedView {
    fn table(&self, _: Style) -> String {
        let Self { database, previous_schema_version: previous, schema_version: now } = self;
        if previous == now {
            format!("{database} is up to date (schema version {now}).")
        } else {
            format!("{database} was brought up to date (schema version {previous} to {now}).")
        }
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.database.clone()]
    }
}

/// Tables with their numbers of rows.
fn sizes(tables: &[TableSize]) -> impl Iterator<Item = (&str, u64)> {
    tables.iter().map(|found| (&*found.table, found.rows))
}

impl View for Copied {
    fn table(&self, style: Style) -> String {
        let mut details = Details::new(style);
        details.add("Database", &self.database);
        details.add("Copy", &self.copy);
        details.add("Schema version", &self.schema_version.to_string());
        let rows = self.tables.iter().map(|copied| copied.rows).sum::<u64>();
        details.add("Tables", &format!("{} with {rows} rows, the same in both", self.tables.len()));
        let same = format!("{} entries, the same in both", self.audit_entries);
        details.add("Audit log", &same);
        details.add_optional("Last hash", self.last_hash.as_deref());
        let tables = self.tables.iter().map(|copied| (&*copied.table, copied.rows));
        add_counts(&mut details, tables);
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.copy.clone()]
    }
}

/// The database.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DatabaseView {
    /// Path of the file, or address of the database on its server.
    pub database: String,
    /// Its size in bytes.
    pub bytes: Option<u64>,
    /// Size of a file's write-ahead log in bytes.
    pub log_bytes: u64,
    /// Number of a file's free pages.
    pub free_pages: Option<u64>,
    /// Number of a file's pages.
    pub pages: Option<u64>,
    /// Its schema version.
    pub schema_version: Option<usize>,
    /// All tables with their sizes.
    pub tables: Vec<TableSize>,
    /// The findings.
    pub findings: Vec<Finding>,
}

impl DatabaseView {
    /// The view of a check.
    pub fn new(database: String, check: &DatabaseCheck) -> Self {
        Self {
            database,
            bytes: check.bytes,
            log_bytes: check.log_bytes,
            free_pages: check.pages.map(|pages| pages.free),
            pages: check.pages.map(|pages| pages.count),
            schema_version: check.schema_version,
            tables: check.tables.clone(),
            findings: check.findings.clone(),
        }
    }
}

impl View for DatabaseView {
    fn table(&self, style: Style) -> String {
        let findings = Findings::from(self.findings.clone()).table(style);
        if self.tables.is_empty() {
            return findings;
        }
        let mut details = Details::new(style);
        details.add_optional("Size", self.bytes.map(size_in_words).as_deref());
        let rows = self.tables.iter().map(|found| found.rows).sum::<u64>();
        details.add(
            "Tables",
            &format!("{} with {rows} rows (each of them: with -o json)", self.tables.len()),
        );
        add_counts(&mut details, sizes(&self.tables));
        format!("{findings}\n\n{}", details.finish())
    }
}

/// A size in words, in units of 1024.
fn size_in_words(bytes: u64) -> String {
    let (mut size, mut unit) = (bytes as f64, "bytes");
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if size < 1024.0 {
            break;
        }
        (size, unit) = (size / 1024.0, larger);
    }
    if unit == "bytes" { format!("{bytes} bytes") } else { format!("{size:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::size_in_words;

    #[test]
    fn sizes_have_the_unit_that_suits_them() {
        for (bytes, words) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1536, "1.5 KiB"),
            (4 * 1024 * 1024, "4.0 MiB"),
            (3 << 40, "3.0 TiB"),
        ] {
            assert_eq!(size_in_words(bytes), words);
        }
    }
}

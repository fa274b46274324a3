//! Problems of a manifest, with their positions.

use std::fmt::Write;

use crate::failure::{Failure, FileError, Kind};

/// A position in a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    /// Index of the source.
    pub(super) source: u32,
    /// Line, from 1 up.
    pub(super) line: u32,
    /// Column, from 1 up, in characters.
    pub(super) column: u32,
}

#[derive(Debug, Clone)]
struct Problem {
    position: Position,
    path: String,
    message: String,
    kind: Kind,
}

/// Maximum number of problems that are kept, to limit memory.
const MAX_PROBLEMS: usize = 10_000;

#[derive(Debug, Clone, Default)]
pub(super) struct Problems {
    list: Vec<Problem>,
    further: usize,
}

impl Problems {
    /// Adds a broken rule: position, path of the value (empty for the whole document), and rule.
    pub(super) fn add(
        &mut self,
        position: Position,
        path: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.push(Problem {
            position,
            path: path.into(),
            message: message.into(),
            kind: Kind::Invalid,
        });
    }

    /// Adds the failure of an operation.
    pub(super) fn add_failure(
        &mut self,
        position: Position,
        path: impl Into<String>,
        failure: Failure,
    ) {
        let message = if failure.kind == Kind::Invalid {
            failure.why
        } else {
            format!("{}: {}", failure.what, failure.why)
        };
        let kind = if failure.kind == Kind::Conflict { Kind::Conflict } else { Kind::Invalid };
        // Flags of commands are keys here.
        self.push(Problem {
            position,
            path: path.into(),
            message: message.replace("--allow-http", "allow_http: true"),
            kind,
        });
    }

    fn push(&mut self, problem: Problem) {
        // One line each, whatever a key contains.
        let one_line =
            |text: String| if text.contains('\n') { text.replace('\n', " ") } else { text };
        let problem =
            Problem { path: one_line(problem.path), message: one_line(problem.message), ..problem };
        if self.list.len() < MAX_PROBLEMS {
            self.list.push(problem);
        } else {
            self.further += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Combines all problems into one failure, a line for each, in the order of the files. It is a
    /// conflict if the manifest itself is valid and only contradicts the database.
    pub(super) fn into_failure(mut self, names: &[&str]) -> Failure {
        self.list.sort_by_key(|problem| problem.position);
        let count = self.list.len() + self.further;
        let kind = if self.list.iter().all(|problem| problem.kind == Kind::Conflict) {
            Kind::Conflict
        } else {
            Kind::Invalid
        };
        let error = |Problem { position, path, message, .. }: Problem| FileError {
            file: names.get(position.source as usize).copied().unwrap_or_default().to_owned(),
            line: position.line,
            column: position.column,
            path,
            message,
        };
        let problems: Vec<FileError> = self.list.into_iter().map(error).collect();
        let mut lines = String::new();
        for FileError { file, line, column, path, message } in &problems {
            let separator = if path.is_empty() { "" } else { ": " };
            let line_break = if lines.is_empty() { "" } else { "\n" };
            // Writing to a string cannot fail.
            let _ = write!(lines, "{line_break}{file}:{line}:{column}: {path}{separator}{message}");
        }
        if self.further > 0 {
            let _ = write!(lines, "\nand {} more", self.further);
        }
        let what = if count == 1 {
            "the manifest has a problem".to_owned()
        } else {
            format!("the manifest has {count} problems")
        };
        Failure { problems, ..Failure::new(kind, what, lines, "ltictl schema manifest") }
    }
}

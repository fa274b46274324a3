//! Examples of commands. Each noun's file defines them beside its arguments; help texts and manual
//! pages show them.

use crate::report::broken_command;

/// Command lines with captions, by verb; a command without verbs has one entry, whose verb is
/// empty.
pub(super) type Examples = &'static [(&'static str, &'static [(&'static str, &'static str)])];

/// The longest line of an example: indented, it fits into 80 columns.
pub(super) const LONGEST_LINE: usize = 78;

pub(super) fn text(examples: &[(&str, &str)]) -> String {
    let lines = examples.iter().map(|(line, meaning)| {
        let line = broken_command(line, LONGEST_LINE).replace('\n', "\n  ");
        format!("  {line}\n      {meaning}")
    });
    format!("Examples:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

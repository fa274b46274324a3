//! Examples of commands. Each noun's file defines them beside its arguments; help texts and manual
//! pages show them.

/// Command lines with captions, by verb; a command without verbs has one entry, whose verb is
/// empty.
pub(super) type Examples = &'static [(&'static str, &'static [(&'static str, &'static str)])];

pub(super) fn text(examples: &[(&str, &str)]) -> String {
    let lines = examples.iter().map(|(line, meaning)| format!("  {line}\n      {meaning}"));
    format!("Examples:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

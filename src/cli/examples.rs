//! Examples of commands: each noun's file has them beside its arguments, and help texts and manual
//! pages show them.

/// Command lines with what each does, by the verb of a noun; a command without verbs has one entry,
/// with no verb.
pub(super) type Examples = &'static [(&'static str, &'static [(&'static str, &'static str)])];

/// The examples as help texts show them.
pub(super) fn text(examples: &[(&str, &str)]) -> String {
    let lines = examples.iter().map(|(line, meaning)| format!("  {line}\n      {meaning}"));
    format!("Examples:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

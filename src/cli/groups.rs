//! The groups in which `ltictl --help` lists the commands.
//!
//! The parser has one list of subcommands only, so that the text of the groups is part of a
//! template.

use std::fmt::Write as _;

use clap::Command;

/// The groups with their commands, in the order of the help.
const GROUPS: &[(&str, &[&str])] = &[
    ("Connect platforms", &["init", "registration", "platform", "deployment", "consumer"]),
    ("Publish resources", &["resource", "client", "apply", "diff", "export"]),
    ("People and grades", &["account", "identity-provider", "grade", "context", "sync"]),
    (
        "Operate the tool",
        &[
            "serve",
            "status",
            "doctor",
            "launch",
            "notice",
            "search",
            "explain",
            "config",
            "key",
            "audit",
            "backup",
            "restore",
            "db",
            "generate",
            "schema",
            "completions",
            "man",
        ],
    ),
    ("Try it out", &["demo", "sandbox"]),
];

/// Maximum length of a name that the summaries are aligned with.
const LONGEST_ALIGNED: usize = 14;

/// The command tree with the groups in its help, each command with its summary.
pub(super) fn with_groups(tree: Command) -> Command {
    let header = *tree.get_styles().get_header();
    let literal = *tree.get_styles().get_literal();
    let heading = |text: &str| format!("{header}{text}:{header:#}");
    let lengths = GROUPS.iter().flat_map(|(_, names)| *names).map(|name| name.len());
    // A longer name only moves its own summary, so that all lines fit a terminal.
    let width = lengths.filter(|length| *length <= LONGEST_ALIGNED).max();
    let width = width.unwrap_or_default();
    let mut template = "{about-with-newline}\n{usage-heading} {usage}\n".to_owned();
    for (group, names) in GROUPS {
        let _ = write!(template, "\n{}\n", heading(group));
        for name in *names {
            let about = tree.find_subcommand(name).and_then(Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(template, "  {literal}{name:width$}{literal:#}  {about}");
        }
    }
    let _ = write!(template, "\n{}\n{{options}}{{after-help}}", heading("Options"));
    tree.help_template(template)
}

#[cfg(test)]
mod tests {
    use super::GROUPS;

    #[test]
    fn every_command_is_in_one_group() {
        let tree = crate::cli::command();
        let mut grouped: Vec<&str> =
            GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let mut visible: Vec<&str> = tree
            .get_subcommands()
            .filter(|command| !command.is_hide_set())
            .map(clap::Command::get_name)
            .collect();
        grouped.sort_unstable();
        visible.sort_unstable();
        assert_eq!(grouped, visible);
    }
}

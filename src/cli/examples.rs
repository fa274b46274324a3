//! What to type: each noun's file has its examples beside its arguments, and here they come below
//! the help texts.

use clap::Command;

/// Command lines with what each does, by the verb of a noun; a command without verbs has one entry,
/// with no verb.
pub(super) type Examples = &'static [(&'static str, &'static [(&'static str, &'static str)])];

/// Every noun's.
const ALL: &[(&str, Examples)] = &[
    ("init", super::init::EXAMPLES),
    ("config", super::config::EXAMPLES),
    ("registration", super::registration::EXAMPLES),
    ("platform", super::platform::EXAMPLES),
    ("deployment", super::deployment::EXAMPLES),
    ("resource", super::resource::EXAMPLES),
    ("account", super::account::EXAMPLES),
    ("grade", super::grade::EXAMPLES),
    ("consumer", super::consumer::EXAMPLES),
    ("sync", super::sync::EXAMPLES),
    ("key", super::key::EXAMPLES),
    ("launch", super::launch::EXAMPLES),
    ("audit", super::audit::EXAMPLES),
    ("apply", super::apply::EXAMPLES),
    ("diff", super::diff::EXAMPLES),
    ("export", super::export::EXAMPLES),
    ("doctor", super::doctor::EXAMPLES),
    ("backup", super::backup::EXAMPLES),
    ("restore", super::backup::RESTORE_EXAMPLES),
    ("db", super::db::EXAMPLES),
    ("explain", super::explain::EXAMPLES),
    ("serve", super::serve::EXAMPLES),
    ("sandbox", super::sandbox::EXAMPLES),
    ("demo", super::demo::EXAMPLES),
    ("generate", super::generate::EXAMPLES),
    ("schema", super::schema::EXAMPLES),
    ("completions", super::completions::EXAMPLES),
    ("man", super::man::EXAMPLES),
];

/// The examples of a command, by its noun and verb.
pub(super) fn of(noun: &str, verb: &str) -> &'static [(&'static str, &'static str)] {
    let verbs = ALL.iter().find(|(known, _)| *known == noun).map_or(&[][..], |(_, verbs)| verbs);
    verbs.iter().find(|(known, _)| *known == verb).map_or(&[], |(_, examples)| examples)
}

/// The command tree with the examples below its help texts.
pub(super) fn added_to(mut tree: Command) -> Command {
    for (noun, verbs) in ALL {
        tree = tree.mut_subcommand(noun, |mut command| {
            for (verb, examples) in *verbs {
                command = match *verb {
                    "" => command.after_long_help(text(examples)),
                    verb => {
                        command.mut_subcommand(verb, |below| below.after_long_help(text(examples)))
                    }
                };
            }
            command
        });
    }
    tree
}

fn text(examples: &[(&str, &str)]) -> String {
    let lines = examples.iter().map(|(line, meaning)| format!("  {line}\n      {meaning}"));
    format!("Examples:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

//! The SYNOPSIS of a manual page: options with their arguments, which the crate that renders the
//! other sections omits.

use clap::builder::ValueRange;
use clap::{Arg, ArgAction, Command};

use super::escaped;

/// Keeps groff from hyphenating the next word.
const WHOLE: &str = "\\%";

/// The section. Each argument has a line of the source, and is never broken in the output.
pub(super) fn section(command: &Command) -> String {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let mut lines = vec![format!("\\fB{}\\fR", escaped(name))];
    let (global, own): (Vec<&Arg>, Vec<&Arg>) = command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set() && !argument.is_positional())
        .partition(|argument| argument.is_global_set() || is_built_in(argument));
    lines.extend(own.into_iter().chain(global).map(with_markers));
    let positionals = command.get_positionals().filter(|argument| !argument.is_hide_set());
    lines.extend(positionals.map(with_markers));
    if command.has_subcommands() {
        lines.push("\\fIcommand\\fR".to_owned());
    }
    format!(".SH SYNOPSIS\n{}\n", lines.join(&format!("\n{WHOLE}")))
}

/// `--help` and `--version`, which are listed behind the options of the command.
fn is_built_in(argument: &Arg) -> bool {
    matches!(
        argument.get_action(),
        ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
    )
}

/// The argument, in brackets if it is optional, with dots if it may be repeated.
fn with_markers(argument: &Arg) -> String {
    let text = argument_text(argument);
    let text = if argument.is_required_set() { text } else { format!("[{text}]") };
    let may_repeat = if argument.is_positional() {
        range(argument).max_values() > 1
    } else {
        matches!(argument.get_action(), ArgAction::Append | ArgAction::Count)
            && argument.get_value_delimiter().is_none()
    };
    if may_repeat { format!("{text}...") } else { text }
}

/// Such as `-o|--output FORMAT`, `--metrics[=ADDRESS]` or `FILE`.
fn argument_text(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    let value = names.iter().map(|name| format!("\\fI{}\\fR", escaped(name)));
    let value = value.collect::<Vec<_>>().join("\\ ");
    if argument.is_positional() {
        return value;
    }
    let flags = [
        argument.get_short().map(|short| format!("-{short}")),
        argument.get_long().map(|long| format!("--{long}")),
    ];
    let flags = flags.into_iter().flatten().map(|flag| format!("\\fB{}\\fR", escaped(&flag)));
    let flags = flags.collect::<Vec<_>>().join("|");
    let range = range(argument);
    match (range.takes_values(), range.min_values()) {
        (false, _) => flags,
        (true, 0) if argument.is_require_equals_set() => format!("{flags}[={value}]"),
        (true, 0) => format!("{flags}\\ [{value}]"),
        (true, _) => format!("{flags}\\ {value}"),
    }
}

fn range(argument: &Arg) -> ValueRange {
    argument.get_num_args().unwrap_or_default()
}

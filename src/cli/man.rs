//! `ltictl man`: the manual pages, one for each command; what all commands share stands in the first.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::Resettable;

use crate::usecase::{Failure, Kind};

/// Write the manual pages into a directory
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The directory; it is created if need be
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// What a manual page has and a help text has no room for: heading, and entries of a term with its meaning.
const SECTIONS: [(&str, &[(&str, &str)]); 5] = [
    (
        "EXIT STATUS",
        &[
            ("0", "Done."),
            ("1", "Failed: input or output, or an internal error."),
            ("2", "The command was not used right, or a value is missing and nobody can be asked for it."),
            ("3", "There is no such registration, deployment, resource, account, grade, consumer key, key, launch, setting or database."),
            ("4", "It exists already, or something else is in the way."),
            ("5", "A value breaks a rule; the message names the field and the rule."),
            ("6", "The platform or the network failed."),
            ("7", "A check failed, or differences were found."),
        ],
    ),
    (
        "OUTPUT",
        &[
            (
                "table",
                "Labels and values in columns. In a pipe nothing is coloured, wrapped or cut. Remarks about what comes next go to standard error, and only beside tables.",
            ),
            (
                "json",
                "One document: snake_case keys, RFC 3339 times in UTC, null rather than absent. `ltictl schema NAME` prints its JSON Schema. A failure is {\"error\": {\"code\", \"message\", \"hint\"}} on standard error.",
            ),
            ("yaml", "The same as JSON, failures too."),
            (
                "csv",
                "A header, and a row for each entry of a list or for the one answer. Keys of nested objects come after a dot, words of a list have a space between them, pairs of a map are key=value, lists of objects are JSON, and null is empty. Text that begins with =, +, -, @, a tab or a line break gets a single quote before it, so that no spreadsheet takes it for a formula.",
            ),
            (
                "env",
                "Lines for a shell: LTI_, the JSON key in capitals with _ for a dot, and the value in single quotes. Keys of the sections tool and platform stand without the section's name. Null is empty, words of a list have a space between them; a list of objects gives its length as LTI_..._COUNT and its entries under their numbers from 1 up.",
            ),
            (
                "--columns KEYS",
                "JSON keys, separated by commas, with a dot before keys of nested objects and of the entries of lists, such as deployments.name.",
            ),
            (
                "--sort KEYS",
                "Numbers sort as numbers, times as times, lists by their length, text without regard to capitals, and null comes last. -KEY turns the order round. Rows that are alike stay in their order.",
            ),
            (
                "--filter CONDITION",
                "KEY=VALUE, KEY!=VALUE or KEY~TEXT, which looks for a part without regard to capitals. Several must hold together. A list is what any of its entries is; null is the empty text. Conditions hold within --limit.",
            ),
            (
                "--quiet",
                "Identifiers alone, one a line: what other commands take to name the thing. Answers without a name print nothing. Failures are said as ever.",
            ),
        ],
    ),
    (
        "ENVIRONMENT",
        &[
            ("LTICTL_DB", "The database file, unless --db names another."),
            ("LTICTL_LOG", "What `ltictl serve` logs, unless --log-level says otherwise."),
            ("NO_COLOR", "Answers and errors are not coloured when it is set to anything."),
            ("XDG_DATA_HOME", "The data directory, where it is not ~/.local/share."),
        ],
    ),
    (
        "FILES",
        &[
            (
                "~/.local/share/ltictl/ltictl.db",
                "The database, unless --db or LTICTL_DB names another. It holds the tool's private signing keys: it is created with mode 0600, and refused when others can read it.",
            ),
            (
                "ltictl.db-wal, ltictl.db-shm",
                "Belong to the database while a process has it open; to copy it then, use `sqlite3 ltictl.db \".backup copy.db\"`.",
            ),
        ],
    ),
    (
        "EXAMPLES",
        &[
            ("ltictl init --url https://tool.example.edu --name \"Example Tool\"", "Sets the tool up."),
            ("ltictl registration create \"Moodle Prod\"", "Prints the tool details for the platform's form."),
            ("ltictl platform set moodle-prod", "Asks for the five values that the platform shows then."),
            ("ltictl deployment add moodle-prod 3 --name \"Whole site\"", "Lets launches of that deployment in."),
            ("ltictl resource publish \"Algebra quiz\" --max-grade 10", "Makes something to launch, and prints what a link to it needs."),
            ("ltictl serve", "Serves the launches."),
            ("ltictl launch list --failed", "Says which launches were refused, and why."),
            ("ltictl registration list -o json", "Answers with JSON, for scripts."),
        ],
    ),
];

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    write(&arguments.directory).map_err(|error| {
        Failure::new(
            Kind::Failed,
            "the manual pages cannot be written",
            format!("{}: {error}", arguments.directory.display()),
            "ltictl man DIR, with a directory that you can write to",
        )
    })
}

fn write(directory: &Path) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    // The first page says in sections of its own what the help text says in its last lines.
    clap_mangen::generate_to(super::command().after_help(Resettable::Reset), directory)?;
    let first = directory.join("ltictl.1");
    let page = std::fs::read_to_string(&first)?;
    let end = page.find(".SH VERSION").unwrap_or(page.len());
    std::fs::write(first, format!("{}{}{}", &page[..end], sections(), &page[end..]))
}

/// [`SECTIONS`] in the language of manual pages, see groff_man(7).
fn sections() -> String {
    let mut text = String::new();
    for (heading, entries) in SECTIONS {
        text.push_str(&format!(".SH \"{heading}\"\n"));
        for (term, meaning) in entries {
            text.push_str(&format!(".TP\n\\fB{}\\fR\n{}\n", escaped(term), escaped(meaning)));
        }
    }
    text
}

/// Text that groff shows as it is: a back slash, a hyphen and a quote mean something to it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq").replace('~', "\\(ti")
}

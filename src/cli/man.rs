//! `ltictl man`: the manual pages, one for each command, with examples, exit codes, environment and
//! files.

mod lines;
mod synopsis;

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;

use super::examples::{Examples, LONGEST_LINE};
use super::explain;
use crate::failure::{Failure, Kind};
use crate::report::broken_command;
use crate::report::explain_codes::Family;

/// What to type, by verb: below the help of each command, and in its manual page.
pub(super) const EXAMPLES: Examples = &[(
    "",
    &[(
        "ltictl man /usr/local/share/man/man1",
        "Install the manual pages for all users of this machine",
    )],
)];

/// Write the manual pages into a directory
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The directory; created if it does not exist
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// The date of this version, as in its section of `CHANGELOG.md`.
const VERSION_DATE: &str = "2026-11-30";

/// Which pages an entry of a section appears on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pages {
    All,
    /// Commands that open the database.
    Database,
    /// The page of the program.
    Program,
    /// The page of this command and of the program.
    One(&'static str),
}

impl Pages {
    /// `path` is noun and verb of the command, empty for the program.
    fn include(self, path: &[String]) -> bool {
        let noun = path.first().map(String::as_str);
        match self {
            Self::All => true,
            Self::Program => noun.is_none(),
            Self::One(name) => noun.is_none_or(|noun| noun == name),
            Self::Database => noun.is_none_or(|noun| !WITHOUT_DATABASE.contains(&noun)),
        }
    }
}

/// Commands that do not open the user's database.
const WITHOUT_DATABASE: [&str; 6] = ["completions", "demo", "explain", "generate", "man", "schema"];

/// A heading, and entries of a term and its meaning.
type Section = (&'static str, &'static [(Pages, &'static str, &'static str)]);

/// Sections that are too long for help texts.
const SECTIONS: &[Section] = &[
    (
        "OUTPUT",
        &[
            (
                Pages::Program,
                "table",
                "Labels and values in columns. In a pipe, nothing is colored, wrapped or \
                 truncated. Notes about the next step are printed to standard error, and only with \
                 tables.",
            ),
            (
                Pages::Program,
                "json",
                "One document: snake_case keys, RFC 3339 times in UTC, null if there is no value. \
                 `ltictl schema NAME` prints its JSON Schema. A failure is {\"error\": {\"code\", \
                 \"message\", \"hint\"}} on standard error.",
            ),
            (Pages::Program, "yaml", "Same as JSON, including failures."),
            (
                Pages::Program,
                "csv",
                "A header, and one row for each entry of a list or for a single object. Nested \
                 keys are joined with dots, words of a list with spaces; pairs of a map are \
                 key=value, lists of objects are JSON, and null is empty. Text that begins with =, \
                 +, -, @, a tab or a line break is prefixed with a single quote, so that \
                 spreadsheets do not treat it as a formula.",
            ),
            (
                Pages::Program,
                "env",
                "Lines for a shell: LTI_, the JSON key in capitals with _ instead of a dot, and \
                 the value in single quotes. Keys of the sections tool and platform omit the \
                 section's name. Null is empty, and words of a list are separated by spaces; for a \
                 list of objects, LTI_..._COUNT is its length, and its entries are numbered from \
                 1.",
            ),
            (
                Pages::Program,
                "--columns KEYS",
                "JSON keys, separated by commas; nested keys, including those of list entries, are \
                 written with dots, such as deployments.name.",
            ),
            (
                Pages::Program,
                "--sort KEYS",
                "Numbers are sorted numerically, times by date, lists by length, text without \
                 regard to case, and null comes last. -KEY reverses the order. Equal rows keep \
                 their order.",
            ),
            (
                Pages::Program,
                "--filter CONDITION",
                "KEY=VALUE, KEY!=VALUE or KEY~TEXT (contains TEXT, without regard to case). If \
                 several are given, all must match. A list matches if any of its entries matches; \
                 null matches the empty text.",
            ),
            (
                Pages::Program,
                "--search TEXT",
                "Every word of TEXT must occur in the columns that the table shows; capitals and \
                 accents are ignored.",
            ),
            (
                Pages::Program,
                "--limit NUMBER",
                "The first rows that match. Without it, a table shows at most 1,000 rows and says \
                 how many there are, and other formats contain all. launch list and audit list \
                 read the newest 50 entries, or as many as --limit says; --search, --filter and \
                 --sort apply only to these.",
            ),
            (
                Pages::Program,
                "--quiet",
                "Print identifiers only, one per line, as other commands accept them. Output \
                 without an identifier is omitted. Failures are still printed.",
            ),
        ],
    ),
    (
        "ENVIRONMENT",
        &[
            (Pages::Database, "LTICTL_DB", "The database file, unless --db is given."),
            (Pages::One("serve"), "LTICTL_LOG", "The log level, unless --log-level is given."),
            (Pages::All, "NO_COLOR", "If set to any value, output and errors are not colored."),
            (Pages::Database, "XDG_DATA_HOME", "The data directory, if it is not ~/.local/share."),
            (
                Pages::One("completions"),
                "LTICTL_COMPLETE",
                "Set by the completion scripts when they ask for completions.",
            ),
        ],
    ),
    (
        "FILES",
        &[
            (
                Pages::Database,
                "~/.local/share/ltictl/ltictl.db",
                "The database, unless --db or LTICTL_DB is given. It contains the tool's private \
                 signing keys: it is created with mode 0600, and refused if others can read it.",
            ),
            (
                Pages::Program,
                "ltictl.db-wal, ltictl.db-shm",
                "Belong to the database while a process has it open; to copy it during that time, \
                 use `sqlite3 ltictl.db \".backup copy.db\"`.",
            ),
        ],
    ),
];

/// The examples of the whole program; each command has its own.
const FIRST_EXAMPLES: &[(&str, &str)] = &[
    ("ltictl init --url https://tool.example.edu --name \"Example Tool\"", "Set up the tool."),
    (
        "ltictl registration create \"Moodle Prod\"",
        "Create a registration, and print the tool details for the platform's form.",
    ),
    ("ltictl registration connect moodle-prod", "Connect the platform step by step."),
    (
        "ltictl resource publish \"Algebra quiz\" --max-grade 10",
        "Publish a resource, and print the values for a link to it.",
    ),
    ("ltictl serve", "Serve launches."),
    ("ltictl launch list --failed", "List refused launches, and why they were refused."),
    ("ltictl apply -f lti.yaml", "Apply a manifest; `ltictl export` prints one."),
    ("ltictl registration list -o json", "Print JSON, for scripts."),
];

/// Finds the examples of a noun's verb.
type ExamplesOf = fn(&str, &str) -> &'static [(&'static str, &'static str)];

pub(super) fn run(
    arguments: &Arguments,
    tree: Command,
    examples_of: ExamplesOf,
) -> Result<(), Failure> {
    write(&arguments.directory, tree, examples_of).map_err(|error| {
        Failure::new(
            Kind::Failed,
            "the manual pages cannot be written",
            format!("{}: {error}", arguments.directory.display()),
            "name a directory that you can write to: ltictl man DIR",
        )
    })
}

fn write(directory: &Path, tree: Command, examples_of: ExamplesOf) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let mut tree = tree.disable_help_subcommand(true);
    tree.build();
    write_pages(directory, &tree, &[], &[], examples_of)
}

/// Writes the pages of a command and its subcommands; `siblings` are the other commands of its
/// noun.
fn write_pages(
    directory: &Path,
    command: &Command,
    path: &[String],
    siblings: &[String],
    examples_of: ExamplesOf,
) -> io::Result<()> {
    let below: Vec<&Command> =
        command.get_subcommands().filter(|below| !below.is_hide_set()).collect();
    let names: Vec<String> = below.iter().map(|below| below.get_name().to_owned()).collect();
    for child in &below {
        write_pages(
            directory,
            child,
            &[path, &[child.get_name().to_owned()]].concat(),
            &names,
            examples_of,
        )?;
    }
    let man = Man::new(command.clone());
    let mut page = title(path).into_bytes();
    man.render_name_section(&mut page)?;
    page.extend(synopsis::section(command).into_bytes());
    man.render_description_section(&mut page)?;
    if command.get_arguments().any(|argument| !argument.is_hide_set()) {
        man.render_options_section(&mut page)?;
    }
    if !below.is_empty() {
        man.render_subcommands_section(&mut page)?;
    }
    page.extend(own_sections(path, siblings, examples_of).into_bytes());
    if path.is_empty() {
        man.render_version_section(&mut page)?;
    }
    std::fs::write(
        directory.join(man.get_filename()),
        ascii(&lines::broken(&with_one_preamble(&String::from_utf8_lossy(&page)))),
    )
}

/// The title of a page. Its date is that of the version, so that the pages do not change daily.
fn title(path: &[String]) -> String {
    let name = ["ltictl".to_owned()].iter().chain(path).cloned().collect::<Vec<_>>().join("-");
    format!(
        ".TH {} 1 {VERSION_DATE} \"ltictl {}\" \"ltictl manual\"\n",
        escaped(&name.to_uppercase()),
        env!("CARGO_PKG_VERSION")
    )
}

/// Replaces non-ASCII characters with escapes: groff does not always detect a page's encoding.
fn ascii(page: &str) -> String {
    page.chars()
        .map(|character| {
            if character.is_ascii() {
                character.to_string()
            } else {
                format!("\\[u{:04X}]", u32::from(character))
            }
        })
        .collect()
}

/// Removes all but the first definition of the apostrophe, which every rendered section repeats.
fn with_one_preamble(page: &str) -> String {
    let is_preamble = |line: &&str| line.starts_with(".ie ") || line.starts_with(".el ");
    let preamble = page.lines().filter(is_preamble).take(2);
    preamble
        .chain(page.lines().filter(|line| !is_preamble(line)))
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

/// The sections after the options, as groff_man(7).
fn own_sections(path: &[String], siblings: &[String], examples_of: ExamplesOf) -> String {
    let examples = match path {
        [] => FIRST_EXAMPLES,
        [noun, verbs @ ..] => examples_of(noun, &verbs.join(" ")),
    };
    let mut text = examples_section(examples);
    let exit_codes = exit_codes();
    text.push_str(&section(
        "EXIT STATUS",
        exit_codes.iter().map(|(code, meaning)| (code.as_str(), meaning.as_str())),
    ));
    if path == ["explain"] {
        text.push_str(&codes());
    }
    for (heading, entries) in SECTIONS {
        text.push_str(&section(
            heading,
            entries
                .iter()
                .filter(|(pages, ..)| pages.include(path))
                .map(|(_, term, meaning)| (*term, *meaning)),
        ));
    }
    if let Some((own, above)) = path.split_last() {
        let root = "ltictl".to_owned();
        let page = |path: &[String]| [std::slice::from_ref(&root), path].concat().join("-");
        // The program first, then the noun, then the commands beside this one.
        let mut pages: Vec<String> =
            (0..=above.len()).map(|length| page(&path[..length])).collect();
        if !above.is_empty() {
            pages.extend(
                siblings
                    .iter()
                    .filter(|name| *name != own)
                    .map(|name| page(&[above, std::slice::from_ref(name)].concat())),
            );
        }
        let pages: Vec<String> =
            pages.iter().map(|page| format!("\\fB{}\\fR(1)", escaped(page))).collect();
        text.push_str(&format!(".SH \"SEE ALSO\"\n{}\n", pages.join(",\n")));
    }
    text
}

/// Every exit code; kinds of failures with the same code are combined.
fn exit_codes() -> Vec<(String, String)> {
    let mut entries = vec![("0".to_owned(), "Done.".to_owned())];
    for kind in Kind::ALL {
        let (code, meaning) = (kind.exit_code().to_string(), kind.meaning());
        match entries.last_mut().filter(|(last, _)| *last == code) {
            Some((_, text)) => *text = format!("{text} {meaning}"),
            None => entries.push((code, meaning.to_owned())),
        }
    }
    entries
}

/// Every reason code, with one section per family.
fn codes() -> String {
    let all = explain::all();
    let mut families = Vec::new();
    for explanation in &all {
        if !families.contains(&explanation.family) {
            families.push(explanation.family);
        }
    }
    let section = |family: Family| {
        let entries = all
            .iter()
            .filter(|one| one.family == family)
            .map(|one| (one.code.as_str(), one.title.as_str()));
        section(&format!("CODES: {}", family.description().to_uppercase()), entries)
    };
    families.into_iter().map(section).collect()
}

/// The examples, each line as a shell accepts it.
fn examples_section(examples: &[(&str, &str)]) -> String {
    let bold = |line: &str| format!("\\fB{}\\fR", escaped(line));
    let example = |(line, caption): &(&str, &str)| {
        let lines: Vec<String> = broken_command(line, LONGEST_LINE).lines().map(bold).collect();
        format!(".nf\n{}\n.fi\n.RS 4\n{}\n.RE\n", lines.join("\n"), escaped(caption))
    };
    let examples: Vec<String> = examples.iter().map(example).collect();
    if examples.is_empty() {
        return String::new();
    }
    format!(".SH \"EXAMPLES\"\n{}", examples.join(".PP\n"))
}

/// A section of terms and meanings; empty if there are none.
fn section<'t>(heading: &str, entries: impl Iterator<Item = (&'t str, &'t str)>) -> String {
    let entries: String = entries
        .map(|(term, meaning)| format!(".TP\n\\fB{}\\fR\n{}\n", escaped(term), escaped(meaning)))
        .collect();
    if entries.is_empty() { entries } else { format!(".SH \"{heading}\"\n{entries}") }
}

/// Escapes backslashes, hyphens and quotes for groff, and a dot at the start of a line.
fn escaped(text: &str) -> String {
    let text = text
        .replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('\'', "\\(aq")
        .replace('`', "\\(ga")
        .replace('~', "\\(ti");
    if text.starts_with('.') { format!("\\&{text}") } else { text }
}

//! Output: a view becomes a table for people, JSON, YAML or CSV for programs, or
//! variables for a shell; a failure becomes three lines or one object.
//!
//! A view defines its JSON ([`serde::Serialize`]), the schema of that ([`schemars::JsonSchema`]), its
//! table and its identifiers; everything else is derived from these. A [`List`] can be filtered, sorted
//! and cut to columns besides, by a [`Selection`].
//!
//! Control characters are removed from all text that is written to a terminal, so that a platform
//! cannot write escape sequences there.

mod bar;
mod csv;
mod env;
pub mod explain_codes;
pub mod explain_openid;
mod failure;
mod findings;
mod json;
mod log;
mod manifest;
pub mod progress;
mod schema;
mod selection;
mod shape;
mod sorter;
mod spool;
mod stream;
mod table;
mod text;
mod value;
mod wrap;
mod yaml;
mod zone;

pub mod view;

use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use serde_json::Value;

use self::selection::Plan;
use self::shape::Shape;
use crate::failure::Failure;

pub use self::failure::{FailureView, print_failure};
pub use self::findings::{ShownFindings, print_findings};
pub use self::log::VisibleLines;
pub use self::manifest::print_manifest;
pub use self::schema::{SchemaParts, input_schema_of, schema_of};
pub use self::selection::Selection;
pub use self::shape::row_keys;
pub use self::stream::{Shown, Source, print_rows_of};
pub use self::table::{Details, Style, Table};
pub use self::text::{clean, counted_in_words};
pub use self::wrap::broken_command;
pub use self::zone::{localized, set_zone, zone};

/// Output format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// Aligned text with the labels of the LMS, for people.
    #[default]
    Table,
    /// The same with every column, whatever the width of the terminal.
    Wide,
    /// One JSON document, for programs; its schema: ltictl schema.
    Json,
    /// The same as YAML.
    Yaml,
    /// A header and rows, for spreadsheets.
    Csv,
    /// LTI_TOOL_URL='...' and the like, for a shell to source.
    Env,
}

impl Output {
    /// Whether output is text for people.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Table | Self::Wide)
    }

    /// The style that suits standard output.
    fn style(self) -> Style {
        let style = Style::of_stdout();
        if self == Self::Wide { Style { width: None, ..style } } else { style }
    }
}

/// How output is written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Format {
    /// The format.
    pub output: Output,
    /// Whether only identifiers are written.
    pub quiet: bool,
}

impl Format {
    /// Whether output is text for people.
    pub fn is_text(self) -> bool {
        self.output.is_text() && !self.quiet
    }
}

/// The output of a command: `Serialize` defines its JSON, `JsonSchema` the schema of the JSON, and
/// `table` the text for people.
pub trait View: Serialize + JsonSchema {
    /// The text for people, without a line break at the end.
    fn table(&self, style: Style) -> String;

    /// Whether the text has its own lines, such as those of a configuration, which a terminal must not
    /// wrap between words: they are copied.
    fn has_own_lines(&self) -> bool {
        false
    }

    /// What `--quiet` prints, one per line: the names that other commands accept. Empty if the view
    /// has no name.
    fn identifiers(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A view of many values of a type; its JSON is the array of its rows.
pub trait List: View {
    /// The type of a row.
    type Row: Serialize + JsonSchema;

    /// All rows.
    fn rows(&self) -> &[Self::Row];

    /// All rows, to be filtered and sorted.
    fn rows_mut(&mut self) -> &mut Vec<Self::Row>;

    /// The texts of a row that `--search` searches: what the table shows.
    fn searched(row: &Self::Row) -> String;
}

/// What becomes of a row: its source continues with the next one or stops.
pub type Taken = Result<ControlFlow<()>, Failure>;

/// A list that consists of its rows only, so that any number of them can be printed one by one.
pub trait RowList: List {
    /// What its rows are called, in the plural.
    const NOUN: &'static str;

    /// The list of these rows.
    fn of(rows: Vec<Self::Row>) -> Self;

    /// What `--quiet` prints for a row; `None` if the row has no name.
    fn identifier(row: &Self::Row) -> Option<String>;
}

/// A view that can be printed as one line of an endless list.
pub trait LineView: View {
    /// The line for people, without a line break.
    fn line(&self, style: Style) -> String;
}

/// Writes one line to standard output and flushes it: the line for people, JSON on one line, or an
/// entry of a YAML list. CSV and env have no such form, so the line for people is written instead.
/// Returns `false` if standard output is a closed pipe.
///
/// # Errors
///
/// Standard output cannot be written.
pub fn print_line(view: &impl LineView, format: Format) -> io::Result<bool> {
    let line = match format.output {
        _ if format.quiet => view.identifiers().join("\n"),
        Output::Json => json::to_line(view)?,
        // JSON on one line is YAML, too.
        Output::Yaml => format!("- {}", json::to_line(view)?),
        Output::Table | Output::Wide | Output::Csv | Output::Env => {
            let style = Style::of_stdout();
            style.whole(&view.line(style)).into_owned()
        }
    };
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether standard output is a closed pipe. On systems other than Unix, only the next write
/// detects that.
pub fn stdout_is_closed() -> bool {
    #[cfg(unix)]
    {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let stdout = io::stdout();
        let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
        poll(&mut polled, Some(&Timespec::default())).is_ok()
            && polled[0].revents().intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL)
    }
    #[cfg(not(unix))]
    false
}

/// Writes a view to standard output. A closed pipe is not an error.
///
/// # Errors
///
/// Standard output cannot be written.
pub fn print(view: &impl View, format: Format) -> io::Result<()> {
    if format.quiet {
        return print_identifiers(view);
    }
    match format.output {
        Output::Table | Output::Wide => {
            let style = format.output.style();
            let text = view.table(style);
            print_text(&if view.has_own_lines() { text.into() } else { style.whole(&text) })
        }
        Output::Json => {
            to_stdout(|stdout| json::write(view, &mut *stdout).and_then(|()| writeln!(stdout)))
        }
        Output::Yaml => to_stdout(|stdout| yaml::write_view(view, stdout)),
        Output::Csv => to_stdout(|stdout| print_csv(view, stdout)),
        Output::Env => to_stdout(|stdout| print_env(view, stdout)),
    }
}

/// Writes the selected rows and columns of a list to standard output.
///
/// # Errors
///
/// The selection names an unknown key. The inner error: standard output cannot be written.
pub fn print_list<L: List>(
    mut list: L,
    selection: &Selection,
    format: Format,
) -> Result<io::Result<()>, Failure> {
    if selection.is_empty() && (format.output.is_text() || format.output == Output::Json) {
        return Ok(print(&list, format));
    }
    let shape = Shape::of::<L::Row>();
    let plan = selection.check(&shape)?;
    let had_rows = !list.rows().is_empty();
    if let Err(error) = plan.apply(list.rows_mut(), L::searched) {
        return Ok(Err(error));
    }
    if let Some(limit) = plan.limit {
        list.rows_mut().truncate(limit);
    }
    if had_rows && list.rows().is_empty() && format.is_text() {
        return Ok(print_for_people(&plan.nothing_matches("rows")));
    }
    Ok(print_rows(list, &shape, &plan, format))
}

fn print_rows<L: List>(list: L, shape: &Shape, plan: &Plan, format: Format) -> io::Result<()> {
    let all_columns = plan.columns.is_empty();
    if format.quiet {
        return print_identifiers(&list);
    }
    let rows = || list.rows().iter().map(|row| Ok(plan.project(serde_json::to_value(row)?)));
    match format.output {
        Output::Table | Output::Wide if !all_columns => {
            print_text(&table::of_columns(format.output.style(), &plan.columns, rows())?)
        }
        Output::Json if !all_columns => to_stdout(|stdout| {
            json::write(&Rows(rows), &mut *stdout).and_then(|()| writeln!(stdout))
        }),
        Output::Table | Output::Wide | Output::Json => print(&list, format),
        Output::Yaml => to_stdout(|stdout| yaml::write_entries(rows(), stdout)),
        Output::Csv => {
            let columns = plan.columns_of(shape);
            to_stdout(|stdout| csv::write(&columns, rows(), stdout))
        }
        Output::Env => {
            let shape = plan.shape_of(shape);
            to_stdout(|stdout| {
                env::write_count(list.rows().len(), &mut *stdout)?;
                (1..).zip(rows()).try_for_each(|(number, row)| {
                    env::write_row(number, &shape, &row?, &mut *stdout)
                })
            })
        }
    }
}

/// Rows that are serialized one by one.
struct Rows<F>(F);

impl<F: Fn() -> I, I: Iterator<Item = io::Result<Value>>> Serialize for Rows<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{Error as _, SerializeSeq as _};
        let mut list = serializer.serialize_seq(None)?;
        for row in (self.0)() {
            list.serialize_element(&row.map_err(S::Error::custom)?)?;
        }
        list.end()
    }
}

fn print_identifiers(view: &impl View) -> io::Result<()> {
    to_stdout(|stdout| {
        view.identifiers()
            .iter()
            .try_for_each(|identifier| writeln!(stdout, "{}", clean(identifier)))
    })
}

fn print_csv<V: View>(view: &V, stdout: impl Write) -> io::Result<()> {
    match (Shape::of::<V>(), serde_json::to_value(view)?) {
        (Shape::List(row), Value::Array(rows)) => {
            csv::write(&row.columns(), rows.into_iter().map(Ok), stdout)
        }
        (shape, value) => {
            csv::write(&csv::columns_of(&shape, &value), std::iter::once(Ok(value)), stdout)
        }
    }
}

fn print_env<V: View>(view: &V, stdout: impl Write) -> io::Result<()> {
    env::write(&Shape::of::<V>(), &serde_json::to_value(view)?, stdout)
}

/// Writes to standard output through a buffer, so that a long list is never held in memory as text.
fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut stdout = io::BufWriter::with_capacity(
        64 * 1024,
        PipeWriter { writer: io::stdout().lock(), is_closed: false },
    );
    let written = write(&mut stdout).and_then(|()| stdout.flush());
    // No one reads the rest of the buffer.
    let (PipeWriter { is_closed, .. }, _) = stdout.into_parts();
    if is_closed { Ok(()) } else { written }
}

/// A writer that records whether its pipe was closed, which not every format's errors contain.
struct PipeWriter<W> {
    writer: W,
    is_closed: bool,
}

impl<W: Write> Write for PipeWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer
            .write(bytes)
            .inspect_err(|error| self.is_closed |= error.kind() == io::ErrorKind::BrokenPipe)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer
            .flush()
            .inspect_err(|error| self.is_closed |= error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Writes a value as one JSON document, for instance into a file; every write error is reported.
///
/// # Errors
///
/// It cannot be written.
pub fn write_json(value: &impl Serialize, mut writer: impl Write) -> io::Result<()> {
    json::write(value, &mut writer)?;
    writeln!(writer)?;
    writer.flush()
}

/// Writes text for people to standard output, within the width of the terminal if that is one. A
/// closed pipe is not an error.
///
/// # Errors
///
/// Standard output cannot be written.
pub fn print_for_people(text: &str) -> io::Result<()> {
    print_text(&Style::of_stdout().whole(text))
}

/// Writes text as it is and a line break to standard output: a document that is copied or saved. A
/// closed pipe is not an error.
///
/// # Errors
///
/// Standard output cannot be written.
pub fn print_text(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    unless_closed(writeln!(stdout, "{text}").and_then(|()| stdout.flush()))
}

/// Ignores that a pipe was closed.
fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes a note for people to standard error, for instance the next command.
pub fn note(text: &str) {
    let text = localized(text);
    let text = Style::of_stderr().whole(&text);
    let mut stderr = io::stderr().lock();
    // If standard error is closed, there is no other place to report anything.
    let _ = writeln!(stderr, "{text}");
}

/// Whether to write colours to a stream: it is a terminal, and `NO_COLOR` is not set
/// (<https://no-color.org>).
#[expect(
    clippy::disallowed_methods,
    reason = "NO_COLOR belongs to the terminal, not to the command line"
)]
fn wants_color(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Sends text, in base64, to the clipboard of the terminal (OSC 52), by way of standard error.
pub fn clipboard(base64: &str) {
    let mut stderr = io::stderr().lock();
    // A terminal that was closed has no clipboard.
    let _ = write!(stderr, "\u{1b}]52;c;{base64}\u{7}").and_then(|()| stderr.flush());
}

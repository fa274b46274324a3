//! How things look: one view becomes a table for people or JSON for programs; a failure becomes three lines or one JSON object.
//!
//! Whatever came from outside loses its control characters on the way to a terminal, so that a platform cannot write escape sequences there.

mod failure;
mod json;
pub mod progress;
mod table;
mod text;

pub mod view;

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

pub use self::failure::print_failure;
pub use self::table::{Details, Style, Table};
pub use self::text::{clean, counted_in_words};

/// What an answer looks like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// Aligned text with the labels of the LMS, for people.
    #[default]
    Table,
    /// One JSON document, for programs.
    Json,
}

/// Something that can be shown: its JSON is what `Serialize` says, its table what `table` says.
pub trait View: Serialize {
    /// The view for people, without a line break at the end.
    fn table(&self, style: Style) -> String;
}

/// Writes a view to standard output; a reader that has gone away is no error.
///
/// # Errors
///
/// Standard output cannot be written.
pub fn print(view: &impl View, output: Output) -> io::Result<()> {
    match output {
        Output::Table => print_text(&view.table(Style::of_stdout())),
        Output::Json => {
            // Straight out through a buffer: a list of thousands is never whole in memory.
            let mut stdout = io::BufWriter::with_capacity(64 * 1024, io::stdout().lock());
            heard(json::write(view, &mut stdout).and_then(|()| writeln!(stdout)).and_then(|()| stdout.flush()))
        }
    }
}

/// Writes a value as one JSON document into a file, or wherever else every byte has to arrive.
///
/// # Errors
///
/// It cannot be written.
pub fn write_json(value: &impl Serialize, mut writer: impl Write) -> io::Result<()> {
    json::write(value, &mut writer)?;
    writeln!(writer)?;
    writer.flush()
}

/// Writes text and a line break to standard output; a reader that has gone away is no error.
///
/// # Errors
///
/// Standard output cannot be written.
pub fn print_text(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    heard(writeln!(stdout, "{text}").and_then(|()| stdout.flush()))
}

/// A reader that has gone away has heard enough.
fn heard(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes a remark for people to standard error: what comes next, what to look out for.
pub fn note(text: &str) {
    let mut stderr = io::stderr().lock();
    // Nothing is left to tell anybody when standard error is gone.
    let _ = writeln!(stderr, "{text}");
}

/// Whether colours are wanted on a stream: it is a terminal, and `NO_COLOR` is not set (<https://no-color.org>).
fn wants_color(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Sends text, in base64, to the clipboard of the terminal (OSC 52), by way of standard error.
pub fn clipboard(base64: &str) {
    let mut stderr = io::stderr().lock();
    // A terminal that is gone has no clipboard.
    let _ = write!(stderr, "\u{1b}]52;c;{base64}\u{7}").and_then(|()| stderr.flush());
}

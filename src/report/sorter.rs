//! Sorts any number of rows with little memory: sorted parts are written to temporary files, which
//! are then merged.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, SeekFrom, Write as _};

use serde_json::Value;

use super::Taken;
use super::selection::{Keys, Plan};
use super::spool::cannot_spool;
use crate::failure::Failure;

/// How many bytes of rows are sorted in memory.
const PART: usize = if cfg!(test) { 1_000 } else { 8 << 20 };

/// What a key and the places in memory of a row take beside its text, roughly.
const OVERHEAD: usize = 160;

/// The rows so far: each is a line of JSON with its identifier, if it has one, and its value.
pub(super) struct Sorter<'p> {
    plan: &'p Plan,
    lines: Vec<(Keys, String)>,
    bytes: usize,
    parts: Vec<File>,
}

impl<'p> Sorter<'p> {
    pub(super) fn new(plan: &'p Plan) -> Self {
        Self { plan, lines: Vec::new(), bytes: 0, parts: Vec::new() }
    }

    pub(super) fn add(&mut self, identifier: Option<&str>, value: &Value) -> io::Result<()> {
        let line = serde_json::to_string(&(identifier, value))?;
        self.bytes += line.len() + OVERHEAD;
        self.lines.push((self.plan.keys(value), line));
        if self.bytes > PART { self.write_part() } else { Ok(()) }
    }

    fn sort(&mut self) {
        self.lines.sort_by(|(one, _), (other, _)| self.plan.compare(one, other));
    }

    fn write_part(&mut self) -> io::Result<()> {
        self.sort();
        let mut part = BufWriter::new(tempfile::tempfile()?);
        for (_, line) in self.lines.drain(..) {
            writeln!(part, "{line}")?;
        }
        self.bytes = 0;
        let mut part = part.into_inner()?;
        part.seek(SeekFrom::Start(0))?;
        self.parts.push(part);
        Ok(())
    }

    /// Calls `take` with each identifier and value in order, until it breaks. Equal rows are in the
    /// order in which they were added.
    pub(super) fn each(
        mut self,
        mut take: impl FnMut(Option<&str>, &Value) -> Taken,
    ) -> Result<(), Failure> {
        if self.parts.is_empty() {
            self.sort();
            for (_, line) in &self.lines {
                let (identifier, value): (Option<String>, Value) =
                    serde_json::from_str(line).map_err(cannot_spool)?;
                if take(identifier.as_deref(), &value)?.is_break() {
                    break;
                }
            }
            return Ok(());
        }
        self.write_part().map_err(cannot_spool)?;
        let mut parts = Vec::with_capacity(self.parts.len());
        for part in self.parts {
            parts.extend(Part::open(part, self.plan).map_err(cannot_spool)?);
        }
        // The first one of several that are equal is the earliest.
        while let Some(place) = (0..parts.len())
            .min_by(|one, other| self.plan.compare(&parts[*one].keys, &parts[*other].keys))
        {
            let part = &mut parts[place];
            if take(part.identifier.as_deref(), &part.value)?.is_break() {
                break;
            }
            if !part.advance(self.plan).map_err(cannot_spool)? {
                parts.remove(place);
            }
        }
        Ok(())
    }
}

/// A sorted part, at one of its rows.
struct Part {
    file: BufReader<File>,
    line: String,
    keys: Keys,
    identifier: Option<String>,
    value: Value,
}

impl Part {
    /// `None` if the part is empty.
    fn open(file: File, plan: &Plan) -> io::Result<Option<Self>> {
        let mut part = Self {
            file: BufReader::new(file),
            line: String::new(),
            keys: Keys::new(),
            identifier: None,
            value: Value::Null,
        };
        Ok(part.advance(plan)?.then_some(part))
    }

    /// Reads the next row. Returns whether there was one.
    fn advance(&mut self, plan: &Plan) -> io::Result<bool> {
        self.line.clear();
        if self.file.read_line(&mut self.line)? == 0 {
            return Ok(false);
        }
        (self.identifier, self.value) = serde_json::from_str(&self.line)?;
        self.keys = plan.keys(&self.value);
        Ok(true)
    }
}

//! Output that appears as a whole or not at all: long lists are written here row by row while the
//! database is read, and copied to standard output once they are complete. A slow reader of the
//! output therefore does not keep the database's snapshot open.

use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, SeekFrom, Write};

use tempfile::SpooledTempFile;

use super::to_stdout;
use crate::failure::{Failure, Kind};

/// How many bytes are kept in memory; longer output is written to a temporary file without a name.
const IN_MEMORY: usize = 4 << 20;

/// Bytes that are read or written at a time.
const BUFFER: usize = 64 << 10;

/// Output that is not complete yet.
pub(super) struct Spool(BufWriter<SpooledTempFile>);

impl Spool {
    pub(super) fn new() -> Self {
        Self(BufWriter::with_capacity(BUFFER, SpooledTempFile::new(IN_MEMORY)))
    }

    /// Copies everything to standard output.
    pub(super) fn print(self) -> io::Result<()> {
        let mut file = self.read()?;
        to_stdout(|stdout| io::copy(&mut file, stdout).map(drop))
    }

    /// How many bytes were written.
    pub(super) fn position(&mut self) -> io::Result<u64> {
        self.0.flush()?;
        self.0.get_mut().stream_position()
    }

    /// Calls a function with each line of the parts that begin at these positions, until it returns
    /// `false`. A part ends at an empty line.
    pub(super) fn each_line(
        self,
        parts: impl Iterator<Item = u64>,
        mut line_of: impl FnMut(&[u8]) -> io::Result<bool>,
    ) -> io::Result<()> {
        let mut file = self.read()?;
        let mut line = Vec::new();
        for position in parts {
            file.seek(SeekFrom::Start(position))?;
            while file.read_until(b'\n', &mut line)? > 1 {
                if !line_of(&line)? {
                    return Ok(());
                }
                line.clear();
            }
            line.clear();
        }
        Ok(())
    }

    pub(super) fn read(self) -> io::Result<BufReader<SpooledTempFile>> {
        let mut file = self.0.into_inner()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(BufReader::with_capacity(BUFFER, file))
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Why long output could not be prepared.
pub(super) fn cannot_spool(error: impl Into<io::Error>) -> Failure {
    Failure::new(
        Kind::Failed,
        "cannot prepare the output",
        error.into().to_string(),
        "check the permissions and the free space of the directory for temporary files (TMPDIR)",
    )
}

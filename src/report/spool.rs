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

    /// Writes everything to standard output with a function that writes each line.
    pub(super) fn print_lines(
        self,
        write: impl Fn(&[u8], &mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut file = self.read()?;
        let mut line = Vec::new();
        to_stdout(|stdout| {
            while file.read_until(b'\n', &mut line)? > 0 {
                write(&line, stdout)?;
                line.clear();
            }
            Ok(())
        })
    }

    fn read(self) -> io::Result<BufReader<SpooledTempFile>> {
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

//! Copies of whole files by SQLite's online backup.

use std::fs::File;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};

use super::super::super::error::Error;
use super::Connection;

/// How many pages are copied between two calls of the progress function.
pub(in crate::store) const PAGES_AT_ONCE: i32 = 2000;

/// The same while a server may be running: so many are written to the disk at a time, so that a
/// launch does not wait for more.
const PAGES_BESIDE_SERVER: i32 = 512;

/// The longest pause after such pages; usually it is a quarter of the time that they took.
const LONGEST_PAUSE: Duration = Duration::from_millis(25);

/// Called while a file is copied or checked, with the pages that are done and the total.
pub type CopyProgress<'p> = &'p mut (dyn FnMut(u64, u64) + Send);

/// How pages are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As fast as possible.
    Fast,
    /// With pauses, and without filling the disk's queue, so that a running server is not delayed.
    BesideServer,
}

impl Connection {
    /// Copies all pages; with the copy's file, at the pace for copies beside a server.
    pub(in crate::store) fn copy_pages(
        &self,
        to: &mut Self,
        file: Option<&File>,
        progress: CopyProgress<'_>,
    ) -> Result<(), Error> {
        let backup = Backup::new(&self.0, &mut to.0)?;
        loop {
            let began = Instant::now();
            let step =
                backup.step(if file.is_some() { PAGES_BESIDE_SERVER } else { PAGES_AT_ONCE })?;
            if let Some(file) = file {
                // Otherwise the system writes gigabytes at once, and commits wait behind them. If this
                // fails, the copy is not kept: it is synced again at the end.
                let _ = file.sync_data();
                thread::sleep((began.elapsed() / 4).min(LONGEST_PAUSE));
            }
            let pages = backup.progress();
            let (all, left) = (
                u64::from(pages.pagecount.unsigned_abs()),
                u64::from(pages.remaining.unsigned_abs()),
            );
            progress(all.saturating_sub(left), all);
            match step {
                StepResult::Done => return Ok(()),
                StepResult::More => {}
                _ => return Err(Error::Busy),
            }
        }
    }
}

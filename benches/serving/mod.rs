//! A server in a process of its own, whose processor time is measured.

use std::process::Child;

/// The process, until it is dropped.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    /// Processor seconds of all threads so far.
    pub(crate) fn cpu(&self) -> f64 {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.0.id())).unwrap();
        let nanoseconds = threads.filter_map(|thread| {
            std::fs::read_to_string(thread.ok()?.path().join("schedstat"))
                .ok()?
                .split(' ')
                .next()?
                .parse::<u64>()
                .ok()
        });
        nanoseconds.sum::<u64>() as f64 / 1e9
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

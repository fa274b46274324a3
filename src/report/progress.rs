//! How a long command comes on: a bar on a terminal, nothing elsewhere.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::usecase::sync::Progress;

/// A bar on standard error, when that is a terminal.
#[derive(Clone)]
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar for this, with nothing to do yet.
    pub fn new(what: &'static str) -> Self {
        let target = if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(0), target).with_prefix(what);
        if let Ok(style) = ProgressStyle::with_template("{prefix} {wide_bar} {human_pos} of {human_len}, {eta} left") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn expect(&self, more: u64) {
        self.0.inc_length(more);
    }

    fn advance(&self, done: u64) {
        self.0.inc(done);
    }
}

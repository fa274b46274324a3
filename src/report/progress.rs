//! Progress of long commands: a bar on a terminal, or else a line from time to time.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::domain::Slug;
use crate::rules::progress::Progress;

/// How often a line is printed if there is no terminal.
const LINE: Duration = Duration::from_secs(10);

/// Maximum number of platforms to name.
const NAMED: usize = 3;

/// A bar on standard error, if that is a terminal.
#[derive(Clone)]
pub struct Bar {
    bar: ProgressBar,
    what: &'static str,
    /// When the last line was printed, or the command started.
    printed: Arc<Mutex<Instant>>,
}

impl Bar {
    /// A bar with this label, with nothing to do yet.
    pub fn new(what: &'static str) -> Self {
        Self::on(
            what,
            if io::stderr().is_terminal() {
                ProgressDrawTarget::stderr()
            } else {
                ProgressDrawTarget::hidden()
            },
        )
    }

    /// A bar that is not shown.
    pub fn hidden(what: &'static str) -> Self {
        Self::on(what, ProgressDrawTarget::hidden())
    }

    fn on(what: &'static str, target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), target).with_prefix(what);
        let bar = styled(bar, "{prefix} …\n{msg}");
        Self { bar, what, printed: Arc::new(Mutex::new(Instant::now())) }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// The bar with this template.
fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

impl Progress for Bar {
    fn expect(&self, more: u64) {
        // Before it is known how much there is to do, a bar would be full.
        if more > 0 && self.bar.length().is_none_or(|length| length == 0) {
            styled(
                self.bar.clone(),
                "{prefix} {wide_bar} {human_pos} of {human_len}, {eta} left\n{msg}",
            );
        }
        self.bar.inc_length(more);
    }

    fn advance(&self, done: u64) {
        self.bar.inc(done);
    }

    fn waiting(&self, platforms: &[(Slug, Duration)], limit: Duration) {
        let line = waiting_line(platforms, limit);
        if !self.bar.is_hidden() {
            return self.bar.set_message(line);
        }
        let mut printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        if printed.elapsed() >= LINE {
            *printed = Instant::now();
            // Continue if standard error is closed.
            let _ = writeln!(io::stderr(), "{}: {line}", self.what);
        }
    }
}

/// The platforms that a run is waiting for, the slowest first.
fn waiting_line(platforms: &[(Slug, Duration)], limit: Duration) -> String {
    let mut names: Vec<String> = platforms
        .iter()
        .take(NAMED)
        .map(|(slug, since)| format!("{slug} ({}s)", since.as_secs()))
        .collect();
    if platforms.len() > NAMED {
        names.push(format!("{} more", platforms.len() - NAMED));
    }
    format!("waiting for {}; each platform gets at most {}s", names.join(", "), limit.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platforms_that_take_longest_are_named() {
        let platforms: Vec<(Slug, Duration)> =
            [("north", 31), ("south", 12), ("east", 2), ("west", 1), ("far", 0)]
                .map(|(slug, since)| (Slug::new(slug).unwrap(), Duration::from_secs(since)))
                .into();
        let limit = Duration::from_secs(300);
        assert_eq!(
            waiting_line(&platforms[..1], limit),
            "waiting for north (31s); each platform gets at most 300s"
        );
        assert_eq!(
            waiting_line(&platforms, limit),
            "waiting for north (31s), south (12s), east (2s), 2 more; each platform gets at most \
             300s"
        );
    }
}

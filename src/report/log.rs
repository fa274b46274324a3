//! Log lines that are safe to display.

use std::io::{self, Write};

use crate::domain::{has_invisible, is_invisible};

/// Replaces invisible characters in log lines, each of which is written at once; the log formatter
/// escapes control characters.
#[derive(Debug)]
pub struct VisibleLines<W>(pub W);

impl<W: Write> Write for VisibleLines<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(line) {
            Ok(text) if has_invisible(text) => {
                self.0.write_all(text.replace(is_invisible, "\u{fffd}").as_bytes())?
            }
            _ => self.0.write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn invisible_characters_are_replaced_in_the_log() {
        let lines = Shared::default();
        let writer = lines.clone();
        let log = || {
            tracing_subscriber::fmt().with_ansi(false).with_writer({
                let writer = writer.clone();
                move || VisibleLines(writer.clone())
            })
        };
        for subscriber in
            [tracing::Dispatch::new(log().finish()), tracing::Dispatch::new(log().json().finish())]
        {
            tracing::dispatcher::with_default(&subscriber, || {
                tracing::info!(name = "a\u{200b}b\u{1b}[31mc\u{e0041}d \u{e9}", "text\u{202e}")
            });
        }
        let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert_eq!(written.lines().count(), 2, "{written}");
        for line in written.lines() {
            assert!(
                line.contains("text\u{fffd}") && !line.contains(crate::domain::is_unprintable),
                "{line:?}"
            );
        }
    }
}

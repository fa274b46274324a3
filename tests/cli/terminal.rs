//! A pseudo-terminal with the binary in it, and a user who types.

use std::fs::File;
use std::io::Write;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::termios::{LocalModes, tcgetattr};

use super::tool::{Tool, URL};
use crate::lab::pty;

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A command that runs in a terminal.
pub(crate) struct Terminal {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    bytes: Vec<u8>,
    /// How much of the text was expected already.
    seen: usize,
}

impl Terminal {
    /// Answers what is asked when a tool is set up.
    pub(crate) fn set_the_tool_up(&mut self) {
        self.expect("public URL");
        self.answer(URL);
        self.expect("The tool's name");
        self.answer("Example Tool");
    }

    /// Starts a command whose input, output and error are one terminal.
    pub(crate) fn run(tool: &Tool, arguments: &[&str]) -> Self {
        Self::start(tool.process(arguments))
    }

    /// Starts a command that is made ready already.
    ///
    /// Unless the command has a width, the terminal is wide enough for whole lines.
    pub(crate) fn start(mut command: Command) -> Self {
        if !command.get_envs().any(|(name, value)| name == "COLUMNS" && value.is_some()) {
            command.env("COLUMNS", "200");
        }
        let (child, keyboard) = pty::spawn(command, None);
        let display = keyboard.try_clone().unwrap();
        let (sender, screen) = channel();
        std::thread::spawn(move || {
            pty::read_screen(display, |bytes| sender.send(bytes.to_vec()).is_ok());
        });
        Self { child, keyboard, screen, bytes: Vec::new(), seen: 0 }
    }

    /// Waits until `text` is on the screen, after what was expected before.
    pub(crate) fn expect(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let shown = self.shown();
            if let Some(place) = shown[self.seen..].find(text) {
                self.seen += place + text.len();
                return;
            }
            match self.screen.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.bytes.extend(bytes),
                Err(error) => {
                    panic!("{text:?} does not come ({error}); the screen shows:\n{shown}")
                }
            }
        }
    }

    /// Types a line and presses Enter.
    pub(crate) fn answer(&mut self, line: &str) {
        self.keys(&format!("{line}\r"));
    }

    /// Types or pastes a line for a command that reads whole lines.
    pub(crate) fn line(&mut self, line: &str) {
        self.keyboard.write_all(format!("{line}\r").as_bytes()).unwrap();
    }

    /// Presses keys, once the command reads them one by one: before that the terminal would take
    /// some of them, Ctrl-C and Backspace, for itself.
    pub(crate) fn keys(&mut self, keys: &str) {
        let deadline = Instant::now() + PATIENCE;
        while tcgetattr(&self.keyboard).unwrap().local_modes.contains(LocalModes::ICANON) {
            assert!(
                Instant::now() < deadline,
                "nothing reads keys; the screen shows:\n{}",
                self.shown()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Types a line that the terminal does not show, and presses Enter.
    pub(crate) fn secret(&mut self, line: &str) {
        let deadline = Instant::now() + PATIENCE;
        while tcgetattr(&self.keyboard).unwrap().local_modes.contains(LocalModes::ECHO) {
            assert!(
                Instant::now() < deadline,
                "what is typed would be shown; the screen shows:\n{}",
                self.shown()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        self.keyboard.write_all(format!("{line}\r").as_bytes()).unwrap();
    }

    /// Types or pastes lines for a command that reads standard input to its end, and ends it with
    /// Ctrl-D.
    pub(crate) fn paste(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
        self.keyboard.write_all(b"\x04").unwrap();
    }

    /// Waits for the command's end; gives all that was shown.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(bytes) =
            self.screen.recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            self.bytes.extend(bytes);
        }
        assert!(
            Instant::now() < deadline,
            "the command does not end; the screen shows:\n{}",
            self.shown()
        );
        (self.child.wait().unwrap(), self.shown())
    }

    /// Whether anything was bold or coloured.
    pub(crate) fn is_styled(&mut self) -> bool {
        self.shows_until_its_end(b"\x1b[")
    }

    /// Whether the cursor was hidden.
    pub(crate) fn hides_the_cursor(&mut self) -> bool {
        self.shows_until_its_end(b"\x1b[?25l")
    }

    fn shows_until_its_end(&mut self, sequence: &[u8]) -> bool {
        while let Ok(bytes) = self.screen.recv_timeout(PATIENCE) {
            self.bytes.extend(bytes);
        }
        self.bytes.windows(sequence.len()).any(|bytes| bytes == sequence)
    }

    /// What came, without the sequences that move the cursor.
    fn shown(&self) -> String {
        let mut shown = String::new();
        let text = String::from_utf8_lossy(&self.bytes);
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            if character == '\u{1b}' {
                // CSI: parameters, then one letter.
                characters.by_ref().skip_while(|next| *next == '[').find(char::is_ascii_alphabetic);
            } else {
                shown.push(character);
            }
        }
        shown
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed half-way leaves nothing running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! A command in a pseudo-terminal, from the side of the person in front of it.

use std::fs::File;
use std::io::Read;
use std::process::{Child, Command};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Starts a command whose input, output and error are one terminal; the file is its keyboard and
/// its screen. Without a size, the terminal's is 0 by 0.
pub(crate) fn spawn(mut command: Command, size: Option<Winsize>) -> (Child, File) {
    let controller =
        openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let terminal = File::from(rustix::fs::open(name, flags, Mode::empty()).unwrap());
    if let Some(size) = size {
        tcsetwinsize(&terminal, size).unwrap();
    }
    command
        .stdin(terminal.try_clone().unwrap())
        .stdout(terminal.try_clone().unwrap())
        .stderr(terminal);
    // The command's own copies of the terminal are dropped here, so that the controller sees the
    // end when the child ends.
    (command.spawn().unwrap(), File::from(controller))
}

/// Reads the screen until the command has closed its terminal or `receive` is no longer
/// interested.
pub(crate) fn read_screen(mut screen: File, mut receive: impl FnMut(&[u8]) -> bool) {
    let mut buffer = [0; 4096];
    // A terminal whose other side has gone reads as an error. Linux may report that just before it
    // delivers what was written last, so only the second error in a row counts.
    let mut errors = 0;
    while errors < 2 {
        match screen.read(&mut buffer) {
            Ok(length) if length > 0 => {
                errors = 0;
                if !receive(&buffer[..length]) {
                    return;
                }
            }
            _ => errors += 1,
        }
    }
}

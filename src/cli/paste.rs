//! What somebody pastes into the terminal, several lines at once.
//!
//! Nothing is read ahead: the questions that follow read the same terminal, key by key.

use std::io;
use std::time::Duration;

/// A terminal hands over what is pasted faster than this; who types an empty line and then nothing
/// for as long has ended.
const PAUSE: Duration = Duration::from_millis(250);

/// The longest text that is taken, in bytes.
const LARGEST: usize = 1024 * 1024;

/// Waits for lines and reads them, until an empty one after which nothing follows, until
/// `is_complete` says that nothing is missing, or until Ctrl-D.
///
/// # Errors
///
/// The terminal is gone.
pub(super) fn block(is_complete: impl Fn(&str) -> bool) -> io::Result<String> {
    let mut text = String::new();
    loop {
        let ended =
            text == "\n" || text.ends_with("\n\n") || (text.ends_with('\n') && is_complete(&text));
        if ended && !is_ready(Some(PAUSE))? {
            return Ok(text);
        }
        if !ended {
            is_ready(None)?;
        }
        let more = read()?;
        if more.is_empty() || text.len() + more.len() > LARGEST {
            return Ok(text);
        }
        text.push_str(&more);
    }
}

/// What has been pasted already and not been read.
///
/// # Errors
///
/// The terminal is gone.
pub(super) fn rest() -> io::Result<String> {
    let mut text = String::new();
    while text.len() <= LARGEST && is_ready(Some(PAUSE))? {
        let more = read()?;
        if more.is_empty() {
            break;
        }
        text.push_str(&more);
    }
    Ok(text)
}

/// Waits until there is something to read, at most as long as that; says whether there is.
///
/// # Errors
///
/// The terminal is gone.
#[cfg(unix)]
pub(super) fn is_ready(timeout: Option<Duration>) -> io::Result<bool> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdin = io::stdin();
    let timeout = timeout.map(|timeout| Timespec {
        tv_sec: timeout.as_secs().cast_signed(),
        tv_nsec: i64::from(timeout.subsec_nanos()),
    });
    loop {
        match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], timeout.as_ref()) {
            Err(rustix::io::Errno::INTR) => {}
            other => return Ok(other? > 0),
        }
    }
}

/// What can be read now, with the line breaks of a terminal whose keys were read one by one.
#[cfg(unix)]
fn read() -> io::Result<String> {
    let mut buffer = [0; 4096];
    let length = rustix::io::read(io::stdin(), &mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).replace('\r', "\n"))
}

/// Elsewhere a terminal cannot be asked: there is always something to wait for.
#[cfg(not(unix))]
pub(super) fn is_ready(timeout: Option<Duration>) -> io::Result<bool> {
    timeout.into_iter().for_each(std::thread::sleep);
    Ok(timeout.is_none())
}

#[cfg(not(unix))]
fn read() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line.replace('\r', ""))
}

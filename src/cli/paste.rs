//! Text pasted into the terminal, several lines at once.
//!
//! Nothing is read ahead: later prompts read the same terminal, key by key.

use std::io;
use std::time::Duration;

/// How long to wait for more text: a terminal delivers pasted text faster, so an empty line
/// followed by such a pause ends the text.
const PAUSE: Duration = Duration::from_millis(250);

/// Maximum length of the text, in bytes.
const LARGEST: usize = 1024 * 1024;

/// Waits for lines and reads them until an empty one that nothing follows, until `is_complete`
/// returns true, or until Ctrl-D.
pub(super) fn read_block(is_complete: impl Fn(&str) -> bool) -> io::Result<String> {
    let mut text = String::new();
    loop {
        let has_ended =
            text == "\n" || text.ends_with("\n\n") || (text.ends_with('\n') && is_complete(&text));
        if has_ended && !is_ready(Some(PAUSE))? {
            return Ok(text);
        }
        if !has_ended {
            is_ready(None)?;
        }
        let more = read()?;
        if more.is_empty() || text.len() + more.len() > LARGEST {
            return Ok(text);
        }
        text.push_str(&more);
    }
}

/// Reads text that was pasted already.
pub(super) fn read_rest() -> io::Result<String> {
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

/// Waits for input, at most for `timeout`; returns whether there is some.
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

/// Reads what is available, and converts the line breaks of a terminal in raw mode.
#[cfg(unix)]
fn read() -> io::Result<String> {
    let mut buffer = [0; 4096];
    let length = rustix::io::read(io::stdin(), &mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).replace('\r', "\n"))
}

/// Other systems cannot poll a terminal: assume input if there is no timeout, and none after one.
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

//! The integration tests: one program with a module per subject, so that it is linked once.
//!
//! Every test starts the real server or runs the real binary, on a database of its own. A test that
//! measures or changes its process does so in a child process, because all tests share this one.

#![expect(clippy::disallowed_methods, reason = "tests start processes and use the system clock")]

mod accounts;
mod api;
mod architecture;
mod bridge;
#[cfg(feature = "browser")]
mod browser;
mod cli;
mod commands;
mod course_copy;
mod doctor;
mod documentation;
mod lab;
mod launches;
mod notices;
mod openid;
mod registrations;
mod server;
mod sessions;
mod sync;

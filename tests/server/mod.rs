//! The server as a whole: connections, malformed input, limits, operation, logs and metrics.

mod connections;
mod counts;
#[cfg(unix)]
mod follow;
mod input;
mod large;
mod limits;
mod log;
#[cfg(unix)]
mod lost_files;
mod metrics;
mod operation;
mod requests;
mod strangers;

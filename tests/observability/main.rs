//! Watching a server: the names of requests, what is counted, the metrics, and the launch log while
//! it grows.

#[path = "../lab/mod.rs"]
mod lab;

#[cfg(unix)]
mod follow;
mod metrics;
mod requests;
mod tallies;

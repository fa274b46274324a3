//! The command line as its users meet it: every test runs the real binary on a database of its own.
//! One file per story, one program for all, so that it is linked once.

mod account;
mod audit;
mod backup;
mod client;
mod completion;
mod config;
#[cfg(unix)]
mod connect;
mod consumer;
mod conventions;
mod demo;
mod deployment;
#[cfg(unix)]
#[cfg(target_os = "linux")]
mod disk;
mod documents;
mod explain;
#[cfg(unix)]
mod first_steps;
mod generate;
mod grade;
mod identity_provider;
mod import;
mod input;
mod key;
mod launch;
mod link;
mod long_lists;
mod manifest;
#[cfg(unix)]
mod manifest_crash;
mod names;
#[cfg(unix)]
mod on_postgres;
mod outputs;
#[cfg(unix)]
mod pipeline;
mod platform;
#[cfg(unix)]
mod prompts;
#[cfg(unix)]
mod readme;
mod registration;
mod resource;
mod sandbox;
mod schema;
mod search;
mod serve;
pub(crate) mod service;
#[cfg(unix)]
mod several_servers;
mod sheets;
mod sync;
#[cfg(unix)]
mod terminal;
mod time_zone;
pub(crate) mod tool;
mod two_processes;

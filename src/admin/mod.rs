//! What administrators do: register, connect, publish, and manage accounts, keys, settings and the
//! database itself.

pub mod account;
pub mod app_key;
pub mod audit;
pub mod backup;
pub mod client;
pub mod connect;
pub mod consumer;
pub mod consumer_migration;
pub mod copy;
pub mod course_context;
pub mod dump;
pub mod dynamic;
pub mod grade;
pub mod identity_provider;
pub mod keys;
pub mod launch_log;
pub mod link;
pub mod notice;
pub mod publish;
pub mod register;
pub mod restore;
pub mod search;
pub mod setup;
pub mod tool_proxy;

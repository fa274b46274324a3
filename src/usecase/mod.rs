//! What the product does, once, for both faces: functions over a store, a platform client and a
//! `now`.
//!
//! A use case checks what it is given, works in one transaction, and returns domain values or one
//! [`Failure`], whose kind fixes exit code and HTTP status and whose hint names the command that
//! helps.

pub mod account;
pub mod app_key;
pub mod app_request;
pub mod audit;
pub mod backup;
pub mod carry_over;
mod complaint;
pub mod connect;
pub mod consumer;
pub mod diagnose;
pub mod dynamic;
pub mod explain;
pub mod failure;
pub mod fairness;
pub mod fetched_keysets;
pub mod grade;
pub mod identity;
pub mod keys;
pub mod launch;
pub mod launch_log;
pub mod overview;
pub mod passwords;
mod people;
pub mod platform_storage;
pub mod profile;
pub mod provision;
pub mod publish;
pub mod register;
pub mod restore;
pub mod score_request;
pub mod select_content;
pub mod setup;
pub mod sign_in_throttle;
pub mod sync;
pub mod tallies;
pub mod tenancy;
pub mod throttle;
pub mod visit;

pub use self::complaint::Complaints;
pub use self::failure::{Failure, Kind};

//! Synchronization of grades and members with the platforms.

mod filled;
pub(crate) mod grades;
mod members;
mod moodle_services;
mod outcomes;
mod platforms;
mod signed_members;

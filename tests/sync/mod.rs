//! Synchronization of grades and members with the platforms.

mod filled;
mod grades;
mod members;
mod moodle_services;
mod outcomes;
mod platforms;
mod signed_members;

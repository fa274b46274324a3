//! Synchronization of grades and members with the platforms.

mod grades;
mod members;
mod moodle_services;
mod platforms;

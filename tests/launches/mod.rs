//! Launches, accepted and refused, and content selection.

mod certification;
mod content_selection;
#[cfg(unix)]
mod crash;
mod frame;
mod moodle;
mod resource_name;
mod steps;

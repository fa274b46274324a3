//! Launches, accepted and refused, and content selection.

mod certification;
mod changed;
mod content_item;
mod content_selection;
#[cfg(unix)]
mod crash;
mod example;
mod frame;
mod lti_1p1;
mod misplaced;
mod moodle;
mod resource_name;
mod review;
mod sandbox_form;
#[cfg(unix)]
mod several_servers;
mod staff_roles;
mod steps;

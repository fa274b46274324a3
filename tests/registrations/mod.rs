//! Registrations: dynamic registration, and platforms that attack each other.

mod dynamic;
mod hostile_platform;
mod lti_2p0;
mod lti_2p0_change;
mod lti_2p0_sandbox;

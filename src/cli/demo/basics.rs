//! What all parts of the demonstration need.

use crate::failure::{Failure, Kind};

/// The slug of its registration.
pub(super) const REGISTRATION: &str = "test-platform";

pub(super) fn demo_failed(error: impl std::fmt::Display) -> Failure {
    Failure::new(
        Kind::Failed,
        "the demo failed",
        error.to_string(),
        "check that programs on this machine may connect to localhost",
    )
}

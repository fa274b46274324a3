//! A tool that is being added.

use super::choice::RegistrationChoice;

/// A tool that is being added.
pub(in crate::sandbox) struct PendingRegistration {
    pub(super) choice: RegistrationChoice,
    pub(super) token: Option<String>,
    pub(super) used: bool,
}

//! The options of a run.

use crate::domain::{RegistrationRef, ResourceRef};
/// Options of a run.
#[derive(Debug, Clone, Default)]
pub struct MemberRun {
    /// Only this resource, by its slug.
    pub resource: Option<ResourceRef>,
    /// Only this registration, by its slug.
    pub registration: Option<RegistrationRef>,
    /// Report what would change, without changing it.
    pub dry_run: bool,
    /// Unenrol missing members even if they are more than half.
    pub force: bool,
}

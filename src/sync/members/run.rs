//! The options of a run.

/// Options of a run.
#[derive(Debug, Clone, Default)]
pub struct MemberRun {
    /// Only this resource, by its slug.
    pub resource: Option<String>,
    /// Only this registration, by its slug.
    pub registration: Option<String>,
    /// Report what would change, without changing it.
    pub dry_run: bool,
    /// Unenrol missing members even if they are more than half.
    pub force: bool,
}

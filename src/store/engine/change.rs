//! Changes of rows, as a connection reports them.

/// How a row was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum RowChange {
    Inserted,
    Updated,
    Deleted,
}

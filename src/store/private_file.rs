//! Who can read a file.

use std::fs::Metadata;

/// The permission bits of a file that users other than its owner can read or write; `None` if only its
/// owner can, and where the system has no such bits.
#[cfg(unix)]
pub fn mode_for_others(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// See above.
#[cfg(not(unix))]
pub fn mode_for_others(_: &Metadata) -> Option<u32> {
    None
}

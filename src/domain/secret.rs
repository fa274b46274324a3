//! Bytes that must not be seen.

use zeroize::Zeroizing;

/// Bytes that must never reach a log, a terminal or a page.
///
/// It has no `Debug`, `Display` or `Serialize`, so what would print it does not compile; its memory
/// is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes over.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for signing or storing.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

/// Takes bytes over that are wiped already when they are dropped.
impl From<Zeroizing<Vec<u8>>> for Secret {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

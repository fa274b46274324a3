//! Secret bytes.

use zeroize::Zeroizing;

/// Bytes that must never reach a log, a terminal or a page.
///
/// It has no `Debug`, `Display` or `Serialize`, so code that prints it does not compile; its memory
/// is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Wraps the bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for signing or storing.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

/// Wraps bytes that are wiped on drop already.
impl From<Zeroizing<Vec<u8>>> for Secret {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

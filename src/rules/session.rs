//! The secret of a session: what the browser sends, and what the database stores.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The secret of a session as its cookie or URL contains it.
pub fn secret_text(bytes: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether a text could be the secret of a session.
pub fn is_secret_text(text: &str) -> bool {
    URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

/// The secret of a session as the database stores it.
pub fn secret_digest(bytes: &[u8; 32]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

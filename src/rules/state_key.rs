//! The tool's own secret, from which login states, app keys and invitations are derived.

use crate::failure::Failure;
use crate::store::{Error, Read};
use crate::token::MacKey;

/// The key that authenticates tokens.
pub fn state_key(read: Read<'_>) -> Result<MacKey, Failure> {
    let bytes = read.state_key()?.expose().try_into().map_err(|_| Error::Corrupt("state key"))?;
    Ok(MacKey::new(bytes))
}

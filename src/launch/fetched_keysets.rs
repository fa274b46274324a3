//! What the server fetched from platforms and keeps in memory is noted by the minute, so that
//! `doctor`, another process, can compare it with what is there now.

use crate::platform::Keysets;
use crate::store::{self, Pool};

/// Writes down what was fetched since the last time. What cannot be written is lost; it is fetched
/// again within a day.
pub async fn write_down(keysets: &Keysets, pool: &Pool) -> Result<(), store::Error> {
    let fetched = keysets.take_fetched();
    if fetched.is_empty() {
        return Ok(());
    }
    pool.write(move |write| write.note_fetched_keysets(&fetched)).await
}

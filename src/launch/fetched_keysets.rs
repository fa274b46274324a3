//! Stores the keysets that the server has fetched from platforms once a minute, so that `doctor`,
//! which is another process, can compare them with the platforms' current ones.

use crate::platform::Keysets;
use crate::store::{self, Pool};

/// Stores the keysets that were fetched since the last call. If that fails, they are lost; each
/// keyset is fetched again within a day.
pub async fn flush(keysets: &Keysets, pool: &Pool) -> Result<(), store::Error> {
    let fetched = keysets.take_fetched();
    if fetched.is_empty() {
        return Ok(());
    }
    pool.write(move |write| write.put_fetched_keysets(&fetched)).await
}

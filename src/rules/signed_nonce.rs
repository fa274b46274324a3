//! The nonces of signed forms (LTI 1.1.1, 4.2): each counts once for a consumer key.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use jiff::Timestamp;

use crate::lti::lti_1p1::oauth1::{MAX_AGE_SECONDS, Verified};
use crate::store::{self, Read, Write};

/// Nonces are stored until the end of the period of this many seconds after the one of their
/// message. So all uses that could be accepted at the same time are in three neighbouring periods.
const NONCE_PERIOD: i64 = 2 * MAX_AGE_SECONDS;

/// The nonce as it is stored, and until when: it counts once for a key of a consumer. Keys are part of
/// a digest, so that no key and nonce can look like others.
pub fn of(registration_id: i64, verified: &Verified) -> (String, Timestamp) {
    let Verified { consumer_key, nonce, timestamp, .. } = verified;
    let text = format!("{registration_id} {} {consumer_key} {nonce}", consumer_key.len());
    let hash = digest(&SHA256, text.as_bytes());
    let period = timestamp.div_euclid(NONCE_PERIOD) + 2;
    let stored_until = Timestamp::from_second(period.saturating_mul(NONCE_PERIOD));
    let text = format!("1p1 {}", HEXLOWER.encode(hash.as_ref()));
    (text, stored_until.unwrap_or(Timestamp::MAX))
}

/// Whether a nonce was spent, with a time that could still be accepted.
pub fn is_spent(
    read: Read<'_>,
    nonce: &str,
    stored_until: Timestamp,
) -> Result<bool, store::Error> {
    for seconds in [-NONCE_PERIOD, 0, NONCE_PERIOD] {
        let other = Timestamp::from_second(stored_until.as_second() + seconds);
        if read.nonce_is_spent(nonce, other.unwrap_or(stored_until))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Spends a nonce. Returns `false` if it was spent before.
pub fn spend(
    write: &Write<'_>,
    nonce: &str,
    stored_until: Timestamp,
) -> Result<bool, store::Error> {
    Ok(!is_spent(**write, nonce, stored_until)? && write.spend_nonce(nonce, stored_until)?)
}

//! Finds the platform's key for a signed token.

use jiff::Timestamp;

use super::service::{LaunchService, ReadyRegistration};
use crate::lti;
use crate::lti::id_token::Rejected;
use crate::lti::keyset::VerificationKeys;
use crate::platform::NetworkAccess;

/// Runs the checks of a token with the keys named `kid`. A signature that does not match, and a key
/// that cannot be used, cause a refetch of the keyset, as seldom as an unknown key does: the platform
/// may have replaced its key and kept the ID. So `check` may be called twice.
pub(super) async fn check_with_key<T>(
    service: &LaunchService,
    ready: &ReadyRegistration<'_>,
    reach: NetworkAccess,
    kid: &str,
    now: Timestamp,
    mut check: impl FnMut(&VerificationKeys) -> Result<T, Rejected>,
) -> Result<Result<T, Rejected>, lti::Refusal> {
    let (url, is_local) = (ready.platform.keyset_url.as_str(), ready.platform.issuer.is_loopback());
    let keys = service.keysets.key(url, kid, reach, is_local, None, now).await?;
    let result = check(&keys);
    let may_be_replaced = |refusal: &lti::Refusal| {
        matches!(refusal, lti::Refusal::SignatureInvalid { .. } | lti::Refusal::JwksBad { .. })
    };
    if !result.as_ref().is_err_and(|rejected| may_be_replaced(&rejected.refusal)) {
        return Ok(result);
    }
    let renewed = service.keysets.key(url, kid, reach, is_local, Some(&keys), now).await?;
    match renewed == keys {
        true => Ok(result),
        false => Ok(check(&renewed)),
    }
}

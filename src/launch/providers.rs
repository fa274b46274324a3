//! The identity providers that the account page offers, and what became of a sign-in there.

use super::outcome::OfferedProvider;
use super::service::LaunchService;
use crate::domain::{CheckedLaunch, PendingHandle, WaitsFor};
use crate::failure::Failure;
use crate::store;

/// The providers that the account page offers.
pub(super) fn offered(service: &LaunchService) -> Result<Vec<OfferedProvider>, store::Error> {
    let providers = service.pool.look_up(|read| read.identity_providers())?;
    let usable = providers.into_iter().filter(|provider| provider.enabled && provider.has_secret);
    Ok(usable
        .map(|provider| OfferedProvider { slug: provider.slug, name: provider.name })
        .collect())
}

/// How far the sign-in for a launch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The person has not signed in yet.
    Waiting,
    /// The launch can continue.
    Ready,
    /// The launch no longer waits.
    Over,
}

impl Progress {
    /// The word for the page's script.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ready => "ready",
            Self::Over => "over",
        }
    }
}

/// How far the sign-in is for the launch with a handle.
///
/// # Errors
///
/// If the database cannot be read.
pub fn progress(service: &LaunchService, handle: &str) -> Result<Progress, Failure> {
    let Some(handle) = PendingHandle::parse(handle) else { return Ok(Progress::Over) };
    let now = service.clock.now();
    let pending = service.pool.look_up(|read| read.pending_launch(&handle, now))?;
    Ok(match pending.filter(|pending| pending.waits_for == WaitsFor::Account) {
        None => Progress::Over,
        Some(pending) if pending.launch.signed_in.is_some() => Progress::Ready,
        Some(_) => Progress::Waiting,
    })
}

/// The account of a sign-in that the person has confirmed, unless something it depends on has
/// changed since.
pub(super) fn confirmed_account(
    service: &LaunchService,
    launch: &CheckedLaunch,
) -> Result<Option<i64>, store::Error> {
    let Some(signed_in) = &launch.signed_in else { return Ok(None) };
    service.pool.look_up(|read| {
        let provider = read.identity_provider_by_id(signed_in.provider_id)?;
        if !provider.is_some_and(|provider| provider.enabled) {
            return Ok(None);
        }
        let linked = read.account_of_identity(signed_in.provider_id, &signed_in.identity)?;
        Ok(linked.map(|account| account.id).filter(|id| *id == signed_in.account_id))
    })
}

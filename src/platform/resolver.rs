//! Resolves names and checks their addresses. The HTTP client connects to the checked addresses
//! without another look-up.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{FetchError, NetworkAccess};

/// A pending look-up.
pub(super) type PendingLookup = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Resolves a name to addresses: the system's resolver, or a table in tests.
pub(super) type Lookup = Arc<dyn Fn(String) -> PendingLookup + Send + Sync>;

/// The system's resolver.
pub(super) fn system() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
        })
    })
}

/// Resolves names for one [`NetworkAccess`]. A name is refused if any of its addresses is out of reach,
/// because its owner controls their order.
pub(super) struct GuardedResolver {
    pub(super) reach: NetworkAccess,
    pub(super) lookup: Lookup,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, host) = (self.reach, name.as_str().to_owned());
        // The client allows http for these names because they are this machine (RFC 6761, section
        // 6.3), so they are not looked up.
        let is_loopback_name = host == "localhost" || host.ends_with(".localhost");
        let pending = if is_loopback_name { loopback() } else { (self.lookup)(host.clone()) };
        Box::pin(async move {
            let addresses = pending.await?;
            if addresses.is_empty() {
                return Err(
                    io::Error::new(io::ErrorKind::NotFound, "the name has no address").into()
                );
            }
            for address in &addresses {
                reach.check_address(&host, *address).map_err(Refused)?;
            }
            // The client replaces 0 with the URL's port.
            let addresses: Addrs =
                Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

fn loopback() -> PendingLookup {
    Box::pin(async { Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]) })
}

/// Wraps a [`FetchError`] for the HTTP client's chain of errors.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refused(pub(super) FetchError);

//! Names to addresses, checked: what the HTTP client connects to is what was looked at, and is
//! looked up once.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{FetchError, Reach};

/// Addresses on their way.
pub(super) type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Who knows a name's addresses: the system, or a table in tests.
pub(super) type Lookup = Arc<dyn Fn(String) -> Looking + Send + Sync>;

/// The system's resolver.
pub(super) fn system() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
        })
    })
}

/// Resolves for one [`Reach`]: a name with a single address out of reach is refused as a whole,
/// since anyone who owns the name chooses what comes first.
pub(super) struct GuardedResolver {
    pub(super) reach: Reach,
    pub(super) lookup: Lookup,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, host) = (self.reach, name.as_str().to_owned());
        // The client opens http for these names on the ground that they are this machine (RFC 6761,
        // 6.3), so nobody else is asked what they are.
        let is_loopback_name = host == "localhost" || host.ends_with(".localhost");
        let looking = if is_loopback_name { loopback() } else { (self.lookup)(host.clone()) };
        Box::pin(async move {
            let addresses = looking.await?;
            if addresses.is_empty() {
                return Err(
                    io::Error::new(io::ErrorKind::NotFound, "the name has no address").into()
                );
            }
            for address in &addresses {
                reach.check_address(&host, *address).map_err(Refused)?;
            }
            // The client puts the URL's port in place of 0.
            let addresses: Addrs =
                Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

fn loopback() -> Looking {
    Box::pin(async { Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]) })
}

/// Carries our refusal through the HTTP client's errors.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refused(pub(super) FetchError);
